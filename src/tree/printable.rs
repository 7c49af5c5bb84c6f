//! Makes text safe for a terminal: it may repeat what a plan or somebody's file says.

/// `text` with escapes for what a terminal would obey: control characters, line ends included, and characters that
/// change the direction of writing. Names in a plan or in somebody's file may have them.
#[must_use]
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') {
            shown.extend(c.escape_debug());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Lines of text with the same escapes. The line ends stay.
pub fn printable_lines(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for (n, line) in text.split('\n').enumerate() {
        if n > 0 {
            shown.push('\n');
        }
        shown += &printable(line);
    }
    shown
}
