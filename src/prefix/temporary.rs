//! The temporary names of staged files, links and directories.

use sha2::{Digest, Sha256};

/// The name under which `name` is staged: always the same, so that what an interrupted run left is found, and short
/// however long `name` is.
pub(super) fn temporary_name(name: &str) -> String {
    use std::fmt::Write as _;
    let mut temporary = String::from(".system-installer.");
    for byte in &Sha256::digest(name.as_bytes())[..8] {
        let _ = write!(temporary, "{byte:02x}");
    }
    temporary.push_str(".tmp");
    temporary
}
