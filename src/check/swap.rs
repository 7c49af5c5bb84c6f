//! Swap that is named is used.

use super::{Plans, warning};
use crate::diagnostic::{Problem, code};
use crate::plan::disk::Content;
use crate::plan::disk::mounts::each;
use crate::plan::text::Base;

pub fn check(plans: &Plans) -> Vec<Problem> {
    let mut problems = Vec::new();
    let Some(disks) = &plans.filled.disks else {
        return problems;
    };
    // On any other base, /etc/fstab is somebody else's.
    if plans.filled.base != Some(Base::Full) {
        return problems;
    }
    each(disks, &mut |path, content| {
        if let Content::Swap(swap) = content
            && swap.random_encryption == Some(true)
        {
            let message = "nothing sets the encrypted swap up: it is not in `/etc/fstab`";
            let hint = "name it in `files.\"/etc/crypttab\"`, or leave the encryption out";
            problems.push(warning(path.name("randomEncryption"), code::UNUSED_SWAP, message, hint));
        }
    });
    problems
}
