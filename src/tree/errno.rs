//! What the operating system answers, in words.

use std::io;

/// The text of an errno (`rustix::io::Errno`). `std` would add the number.
pub fn errno_text(errno: impl Into<io::Error>) -> String {
    io_text(&errno.into())
}

/// The text of the operating system's answer. `std` would add the errno's number.
pub fn io_text(error: &io::Error) -> String {
    let text = error.to_string();
    match text.rfind(" (os error ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}
