//! How GRUB passes kernel parameters on.

/// A parameter that GRUB cannot give the kernel as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotForGrub {
    /// A character that would end a line or that a terminal would obey.
    #[error("the kernel parameter {0:?} holds a control character")]
    Control(String),
    /// A character that GRUB puts a backslash before. The kernel does not know such a backslash, and would take it
    /// literally.
    #[error(
        "GRUB cannot give the kernel the parameter `{0}` unchanged: no `\\`, no `'`, and double quotes only round a whole value"
    )]
    Quoting(String),
}

/// The words that the kernel sees in `param`, without their quotes.
///
/// GRUB puts a word that has a space in double quotes again, round the whole of it; the kernel takes them off
/// (`next_arg` in `lib/cmdline.c`). So quotes round a whole word or round what follows its first `=` arrive as they were
/// meant. Any other quote, and a backslash, would arrive with a backslash before it (`grub-core/lib/cmdline.c`; newer
/// versions spare `\xHH`, 2.06 does not). The kernel takes the byte 0xa0 for a space as well, and GRUB does not: only a word
/// with both keeps its quotes.
///
/// # Errors
/// GRUB cannot pass it on.
pub fn words(param: &str) -> Result<Vec<String>, NotForGrub> {
    if param.chars().any(char::is_control) {
        return Err(NotForGrub::Control(param.to_owned()));
    }
    let fail = || NotForGrub::Quoting(param.to_owned());
    let mut words = Vec::new();
    let mut word = String::new();
    let mut in_quotes = false;
    for c in param.chars() {
        match c {
            '"' => {
                in_quotes = !in_quotes;
                word.push(c);
            }
            ' ' if !in_quotes => words.push(std::mem::take(&mut word)),
            c => word.push(c),
        }
    }
    words.push(word);
    if in_quotes {
        return Err(fail());
    }
    words.retain(|word| !word.is_empty());
    for word in &mut words {
        *word = unquoted(word).ok_or_else(fail)?;
    }
    Ok(words)
}

fn unquoted(word: &str) -> Option<String> {
    let strip = |text: &str| text.strip_prefix('"')?.strip_suffix('"').map(str::to_owned);
    let is_split = |text: &str| text.as_bytes().contains(&0xa0);
    let plain = match word.split_once('=') {
        _ if word.starts_with('"') => strip(word)?,
        Some((name, value)) if value.starts_with('"') && !name.is_empty() && !is_split(name) => {
            format!("{name}={}", strip(value)?)
        }
        _ => word.to_owned(),
    };
    if plain != word && is_split(&plain) && !plain.contains(' ') {
        return None;
    }
    (!plain.contains(['"', '\'', '\\'])).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_arrives_at_the_kernel_as_it_was_meant() {
        let text = |param| words(param).map(|words| words.join("|"));
        for (param, expected) in [
            ("quiet", "quiet"),
            ("a=b c=d", "a=b|c=d"),
            ("  a  b ", "a|b"),
            ("dyndbg=\"file x +p\"", "dyndbg=file x +p"),
            ("\"a=b c\"", "a=b c"),
            ("$(reboot) ${x} ; # {", "$(reboot)|${x}|;|#|{"),
            ("--help", "--help"),
            ("a=\"\u{e0} b\"", "a=\u{e0} b"),
            ("a=\u{e0}", "a=\u{e0}"),
            ("", ""),
        ] {
            assert_eq!(text(param).as_deref(), Ok(expected), "{param}");
        }
        for param in [
            "a\"",
            "a=b\"c d\"e",
            "it's",
            "a\\b",
            "a\\x2d",
            "a=\"b\"c",
            "a\nb",
            "a\tb",
            "a\0",
            "\\",
            "a=\"\u{e0}\"",
            "\u{e0}=\"b c\"",
            "=\"b\"",
        ] {
            assert!(text(param).is_err(), "{param:?}");
        }
    }
}
