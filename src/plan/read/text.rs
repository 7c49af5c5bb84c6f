//! How strings are read: all kinds in the same way.

use tree::Tree;

use super::Reader;
use crate::problem::{Code, code};

/// A mistake in a string, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The kind of mistake.
    pub code: Code,
    /// What is wrong: in lower case, on one line.
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
}

impl Mistake {
    /// A mistake without a hint.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            hint: None,
        }
    }

    /// The same mistake with a hint.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }
}

/// The rule of a kind of string. Its second argument is whether the string was a path value.
pub type Check = fn(&str, bool) -> Result<(), Mistake>;

/// A kind of string.
pub trait Text: Sized {
    /// What messages call it: `a host name`.
    const EXPECTED: &'static str;
    /// Whether it may be a path value, of which Nix makes a store path.
    const TAKES_PATHS: bool = false;

    /// What documentation writes in its place: `<path>`.
    #[cfg(feature = "reference")]
    const STANDS_FOR: &'static str = "name";
    /// The only strings of this kind, if they are few.
    #[cfg(feature = "reference")]
    const WORDS: &'static [&'static str] = &[];
    /// A regular expression (ECMA 262) that every string of this kind matches, if there is one.
    #[cfg(feature = "reference")]
    const PATTERN: Option<&'static str> = None;
    /// Whether it names something in the store that the build needs. Such a string needs the context that says so.
    const IN_STORE: bool = false;

    /// The rule, for kinds that hold nothing but the string. All of them are read by the same code.
    const CHECK: Option<Check> = None;

    /// Makes a value of a string that [`Self::CHECK`] has accepted.
    fn checked(_text: String, _is_path: bool) -> Option<Self> {
        None
    }

    /// Reads `text`, which has no NUL byte. `is_path` is only true if [`Self::TAKES_PATHS`] is.
    ///
    /// # Errors
    ///
    /// `text` is not of this kind.
    fn parse(text: &str, is_path: bool) -> Result<Self, Mistake>;

    /// The string itself.
    fn text(&self) -> &str;

    /// Whether it was a path value.
    fn is_path(&self) -> bool {
        false
    }

    /// The hint if an integer was given.
    fn hint_for_integer(_integer: i64) -> Option<String> {
        None
    }
}

/// Declares how strings are read: all kinds in the same way.
macro_rules! strings {
    ($($text:ty),+ $(,)?) => {$(
        impl $crate::read::Value for $text {
            const EXPECTED: &'static str = <$text as $crate::read::Text>::EXPECTED;

            #[cfg(feature = "reference")]
            const SHAPE: $crate::read::Shape = $crate::read::Shape::Text {
                words: <$text as $crate::read::Text>::WORDS,
                pattern: <$text as $crate::read::Text>::PATTERN,
            };

            fn read(tree: &$crate::Tree, reader: &mut $crate::read::Reader) -> Option<Self> {
                $crate::read::read_text(tree, reader)
            }

            fn write(&self) -> $crate::Tree {
                $crate::read::text_tree($crate::read::Text::text(self), $crate::read::Text::is_path(self))
            }
        }
    )+};
}

pub(crate) use strings;

/// Reads a string of the kind `T`.
pub fn read_text<T: Text>(tree: &Tree, reader: &mut Reader) -> Option<T> {
    let kind = Kind {
        expected: T::EXPECTED,
        takes_paths: T::TAKES_PATHS,
        in_store: T::IN_STORE,
        hint_for_integer: T::hint_for_integer,
    };
    if let Some(check) = T::CHECK {
        let (text, is_path) = read_checked(tree, reader, &kind, check)?;
        return T::checked(text, is_path);
    }
    let mut value = None;
    read_string(tree, reader, &kind, &mut |text, is_path| {
        value = Some(T::parse(text, is_path)?);
        Ok(())
    });
    value
}

/// What is to be known of a kind of string, so that all kinds are read by the same code.
struct Kind {
    expected: &'static str,
    takes_paths: bool,
    in_store: bool,
    hint_for_integer: fn(i64) -> Option<String>,
}

#[inline(never)]
fn read_checked(tree: &Tree, reader: &mut Reader, kind: &Kind, check: Check) -> Option<(String, bool)> {
    let mut value = None;
    read_string(tree, reader, kind, &mut |text, is_path| {
        check(text, is_path)?;
        value = Some((text.to_owned(), is_path));
        Ok(())
    });
    value
}

fn read_string(
    tree: &Tree,
    reader: &mut Reader,
    kind: &Kind,
    parse: &mut dyn FnMut(&str, bool) -> Result<(), Mistake>,
) {
    if let Tree::Int(integer) = tree {
        reader.wrong_type(kind.expected, tree, (kind.hint_for_integer)(*integer));
        return;
    }
    let Some((text, is_path)) = reader.string(kind.expected, tree, kind.takes_paths) else {
        return;
    };
    if let Err(mistake) = parse(text, is_path) {
        reader.mistake(mistake);
    } else if kind.in_store && matches!(tree, Tree::Bare(_)) {
        let hint = format!("write `builtins.storePath \"{text}\"`, or the derivation that it comes from");
        let message = "the string has no context, and a build would not find what it names";
        reader.report(code::NO_CONTEXT, message, Some(hint));
    }
}

/// The tree of a string or a path value.
#[inline(never)]
pub fn text_tree(text: &str, is_path: bool) -> Tree {
    if is_path {
        Tree::Path(text.to_owned())
    } else {
        Tree::String(text.to_owned())
    }
}

/// `text` in backticks, printable, and short enough for one line.
pub(crate) fn quoted(text: &str) -> String {
    let shown: String = text.chars().take(80).flat_map(char::escape_debug).collect();
    if text.chars().count() > 80 {
        format!("`{shown}...`")
    } else {
        format!("`{shown}`")
    }
}
