//! A problem in a plan: its code, where it is, what is wrong and what to write instead.

pub mod code;

use std::fmt;

use tree::printable::printable;

/// One step of an attribute path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Segment {
    /// An attribute of an attribute set.
    Name(String),
    /// An element of a list, counted from 0.
    Index(usize),
}

/// The place of a value within the plan. It is empty for the plan itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct AttrPath(pub Vec<Segment>);

impl AttrPath {
    /// The path of attribute `name` of the value at this path.
    #[must_use]
    pub fn name(&self, name: &str) -> Self {
        let mut segments = self.0.clone();
        segments.push(Segment::Name(name.to_owned()));
        Self(segments)
    }

    /// The path of the element `index` of the list at this path.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        let mut segments = self.0.clone();
        segments.push(Segment::Index(index));
        Self(segments)
    }

    /// The same as a JSON pointer (RFC 6901): `/files/~1etc~1motd/mode`, `/init/command/0`.
    #[must_use]
    pub fn pointer(&self) -> String {
        let mut pointer = String::new();
        for segment in &self.0 {
            pointer.push('/');
            match segment {
                Segment::Name(name) => {
                    for c in name.chars() {
                        match c {
                            '~' => pointer.push_str("~0"),
                            '/' => pointer.push_str("~1"),
                            c => pointer.push(c),
                        }
                    }
                }
                Segment::Index(index) => pointer.push_str(&index.to_string()),
            }
        }
        pointer
    }
}

impl fmt::Display for AttrPath {
    /// Writes the path as Nix code has it, with quotes round the names that need them: `files."/etc/motd".mode`,
    /// `init.command[0]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Name(name) => {
                    if n > 0 {
                        f.write_str(".")?;
                    }
                    if is_identifier(name) {
                        f.write_str(name)?;
                    } else {
                        f.write_str(&format!("{name:?}").replace("${", "\\${"))?;
                    }
                }
                Segment::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// Whether Nix takes `name` as an attribute name without quotes.
fn is_identifier(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'\''))
}

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The plan cannot be used.
    Error,
    /// Legal, but probably not meant.
    Warning,
}

impl Severity {
    /// The word that messages begin with.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// The kind of a problem. Its number is stable and is never used again for another kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Code(pub u16);

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MSI{:03}", self.0)
    }
}

/// One problem in a plan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The place. Problems are sorted by it first.
    pub path: AttrPath,
    /// The kind of mistake.
    pub code: Code,
    /// Whether the plan can still be used.
    pub severity: Severity,
    /// What is wrong: in lower case, on one line, without a final period, names in backticks.
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
}

impl Problem {
    /// The problem on one line, without its severity. `place` is the text for its path.
    #[must_use]
    pub fn line(&self, place: &str) -> String {
        let place = if place.is_empty() {
            "the plan".to_owned()
        } else {
            format!("`{}`", printable(place))
        };
        let hint = self.hint.as_ref().map(|hint| format!(" (hint: {hint})"));
        format!("[{}] {place}: {}{}", self.code, self.message, hint.unwrap_or_default())
    }
}

/// An error with a hint.
pub(crate) fn problem(path: AttrPath, code: Code, message: impl Into<String>, hint: impl Into<String>) -> Problem {
    Problem {
        path,
        code,
        severity: Severity::Error,
        message: message.into(),
        hint: Some(hint.into()),
    }
}

/// What is legal, but probably not meant.
pub(crate) fn warning(path: AttrPath, code: Code, message: impl Into<String>, hint: impl Into<String>) -> Problem {
    Problem {
        severity: Severity::Warning,
        ..problem(path, code, message, hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_obeys_no_part_of_a_problem() {
        let problem = Problem {
            path: AttrPath::default().name("files").name("/\u{1b}[2J\n${x}\""),
            code: Code(1),
            severity: Severity::Error,
            message: "no".to_owned(),
            hint: None,
        };
        assert_eq!(problem.path.to_string(), r#"files."/\u{1b}[2J\n\${x}\"""#);
        assert_eq!(
            problem.line(&problem.path.pointer()),
            r#"[MSI001] `/files/~1\u{1b}[2J\n${x}"`: no"#
        );
        assert_eq!(printable("a\tb\u{202e}c \u{e4}\u{9b}"), r"a\tb\u{202e}c ä\u{9b}");
    }
}
