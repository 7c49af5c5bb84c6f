//! What a program that failed says about the reason.

/// The last line of `said` that is not blank. The reason stands there, behind warnings and the like.
pub fn last_line(said: &[u8]) -> Option<String> {
    let said = String::from_utf8_lossy(said);
    let last = said.lines().rev().find(|line| !line.trim().is_empty());
    last.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::last_line;

    #[test]
    fn the_reason_is_on_the_last_line_that_is_not_blank() {
        assert_eq!(last_line(b"warning: a\nerror: b\n\n  \n").as_deref(), Some("error: b"));
        assert_eq!(last_line(b" \n\n"), None);
    }
}
