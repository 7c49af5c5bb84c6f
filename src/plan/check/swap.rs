//! Encrypted swap is set up by something. `/etc/fstab` cannot do it.

use super::{Plans, warning};
use crate::problem::{Problem, code};
use crate::sections::disk::Content;
use crate::sections::disk::mounts::each;
use crate::text::Base;

/// The file that sets up volumes with a new key at every start: crypttab(5).
const CRYPTTAB: &str = "/etc/crypttab";

pub fn check(plans: &Plans) -> Vec<Problem> {
    let mut problems = Vec::new();
    let Some(disks) = &plans.filled.disks else {
        return problems;
    };
    // On any other base, /etc/fstab is somebody else's.
    if plans.filled.base != Some(Base::Full) {
        return problems;
    }
    // An author who writes the file has the swap in it, or leaves it out knowingly.
    let has = |is_there: Option<bool>| is_there == Some(true);
    let given = plans.given;
    if has(given.files.as_ref().map(|files| files.has(CRYPTTAB)))
        || has(given.symlinks.as_ref().map(|symlinks| symlinks.has(CRYPTTAB)))
    {
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
