//! Strings that are one of a few words.

use super::{Mistake, Text};
use crate::problem::code;
#[cfg(feature = "reference")]
use crate::read::Shape;
use crate::read::quoted;
use crate::read::{Reader, Value};
use step::{MachineId, Mode, OnChange};
use tree::Tree;

/// Which entries a plan has without naming them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// A usual tree of directories, files and accounts.
    Full,
    /// Only the directories that file systems are mounted on.
    Mountpoints,
    /// Nothing.
    None,
}

/// Finds `text` among `choices`. The error says which there are.
fn choose<T: Copy>(text: &str, choices: &[(&'static str, T)]) -> Result<T, Mistake> {
    if let Some((_, value)) = choices.iter().find(|(word, _)| *word == text) {
        return Ok(*value);
    }
    let words: Vec<String> = choices.iter().map(|(word, _)| format!("`{word}`")).collect();
    Err(
        Mistake::new(code::UNKNOWN_WORD, format!("{} is not a known word", quoted(text)))
            .hint(format!("write one of {}", words.join(", "))),
    )
}

/// Declares an enum of words: `choice!(/** doc */ Format, "`raw` or `qcow2`"; Raw = "raw", ...)`.
macro_rules! choice {
    (
        $(#[doc = $doc:literal])+
        $name:ident, $expected:literal;
        $($(#[doc = $variant_doc:literal])+ $variant:ident = $word:literal,)+
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($(#[doc = $variant_doc])+ $variant,)+
        }

        impl Text for $name {
            const EXPECTED: &'static str = $expected;
            #[cfg(feature = "reference")]
            const WORDS: &'static [&'static str] = &[$($word),+];

            fn parse(text: &str, _is_path: bool) -> Result<Self, Mistake> {
                choose(text, &[$(($word, Self::$variant)),+])
            }

            fn text(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }
    };
}

choice! {
    /// The format of an image.
    ImageFormat, "`raw` or `qcow2`";
    /// The bytes of the disk. What was never written is a hole.
    Raw = "raw",
    /// QEMU's own format.
    Qcow2 = "qcow2",
}

choice! {
    /// The type of a disk: there is only one.
    DiskType, "`disk`";
    /// A disk.
    Disk = "disk",
}

choice! {
    /// When free blocks of swap are discarded: swapon(8).
    DiscardPolicy, "`once`, `pages` or `both`";
    /// All of them, once, when it is turned on.
    Once = "once",
    /// Each after its use.
    Pages = "pages",
    /// Both.
    Both = "both",
}

choice! {
    /// The kind of disko's outdated `table`.
    TableFormat, "`gpt` or `msdos`";
    /// A GUID partition table.
    Gpt = "gpt",
    /// A master boot record.
    Msdos = "msdos",
}

choice! {
    /// Where a partition stands in a master boot record.
    PartType, "`primary`, `logical` or `extended`";
    /// In one of its four entries.
    Primary = "primary",
    /// Inside the extended partition.
    Logical = "logical",
    /// In one of its four entries, and holds the logical partitions.
    Extended = "extended",
}

impl Text for Base {
    const EXPECTED: &'static str = "`full`, `mountpoints` or `none`";
    #[cfg(feature = "reference")]
    const WORDS: &'static [&'static str] = &["full", "mountpoints", "none"];

    fn parse(text: &str, _is_path: bool) -> Result<Self, Mistake> {
        choose(
            text,
            &[
                ("full", Self::Full),
                ("mountpoints", Self::Mountpoints),
                ("none", Self::None),
            ],
        )
    }

    fn text(&self) -> &str {
        match self {
            Self::Full => "full",
            Self::Mountpoints => "mountpoints",
            Self::None => "none",
        }
    }
}

impl Text for OnChange {
    const EXPECTED: &'static str = "`keep` or `replace`";
    #[cfg(feature = "reference")]
    const WORDS: &'static [&'static str] = &["keep", "replace"];

    fn parse(text: &str, _is_path: bool) -> Result<Self, Mistake> {
        choose(text, &[("keep", Self::Keep), ("replace", Self::Replace)])
    }

    fn text(&self) -> &str {
        match self {
            Self::Keep => "keep",
            Self::Replace => "replace",
        }
    }
}

impl Text for MachineId {
    const EXPECTED: &'static str = "`generate`, `uninitialized`, `none` or 32 hexadecimal digits";
    #[cfg(feature = "reference")]
    const PATTERN: Option<&'static str> = Some("^(generate|uninitialized|none|[0-9a-f]{32})$");

    fn parse(text: &str, _is_path: bool) -> Result<Self, Mistake> {
        let wrong = |message: String| Mistake::new(code::BAD_MACHINE_ID, message);
        match Self::try_from(text.to_owned()) {
            // machine-id(5): "may not be all zeros".
            Ok(Self::Id(id)) if id.bytes().all(|b| b == b'0') => {
                Err(wrong("a machine id may not be all zeros".to_owned()))
            }
            Ok(id) => Ok(id),
            Err(_) if Self::try_from(text.to_ascii_lowercase().replace('-', "")).is_ok() => {
                Err(wrong(format!("{} is not a machine id", quoted(text)))
                    .hint(format!("write `{}`", text.to_ascii_lowercase().replace('-', ""))))
            }
            Err(_) => Err(wrong(format!("{} is not a machine id", quoted(text)))
                .hint("write `generate`, `uninitialized`, `none` or 32 lower-case hexadecimal digits")),
        }
    }

    fn text(&self) -> &str {
        match self {
            Self::Generate => "generate",
            Self::Uninitialized => "uninitialized",
            Self::None => "none",
            Self::Id(id) => id,
        }
    }
}

/// The mode in the three or four octal digits of `text`.
///
/// # Errors
///
/// `text` is not a mode.
fn mode(text: &str) -> Result<Mode, Mistake> {
    Mode::try_from(text.to_owned()).map_err(|_| {
        Mistake::new(code::BAD_MODE, format!("{} is not a mode", quoted(text)))
            .hint("write three or four octal digits in a string, as `\"0755\"`")
    })
}

impl Value for Mode {
    const EXPECTED: &'static str = "a mode in a string";

    #[cfg(feature = "reference")]
    const SHAPE: Shape = Shape::Text {
        words: &[],
        pattern: Some("^[0-7]{3,4}$"),
    };

    fn read(tree: &Tree, reader: &mut Reader) -> Option<Self> {
        if let Tree::Int(digits) = tree {
            // Nix reads 0644 as the number 644: the digits are right, and only the quotes are missing.
            let quoted = format!("{digits:04}");
            let hint = mode(&quoted).is_ok().then(|| format!("quote it: `\"{quoted}\"`"));
            reader.wrong_type(Self::EXPECTED, tree, hint);
            return None;
        }
        let (text, _) = reader.string(Self::EXPECTED, tree, false)?;
        mode(text).map_err(|mistake| reader.mistake(mistake)).ok()
    }

    fn write(&self) -> Tree {
        Tree::String(String::from(*self))
    }
}
