//! What the image of a disk can be written as. A new format is a row here and a word of the plan's `image.format`.

/// A format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// Its name, as in a plan.
    pub name: &'static str,
    /// The endings of files of it; the first is that of images that a build makes.
    pub endings: &'static [&'static str],
}

/// All of them.
pub const FORMATS: [Format; 2] = [
    Format {
        name: "raw",
        endings: &["raw", "img"],
    },
    Format {
        name: "qcow2",
        endings: &["qcow2"],
    },
];

/// Their names.
pub const NAMES: [&str; FORMATS.len()] = [FORMATS[0].name, FORMATS[1].name];

/// That of a file without an ending.
pub const DEFAULT: &str = FORMATS[0].name;

/// The format whose files have this ending, in any case.
pub fn by_ending(ending: &str) -> Option<&'static str> {
    let has = |format: &&Format| format.endings.iter().any(|known| ending.eq_ignore_ascii_case(known));
    FORMATS.iter().find(has).map(|format| format.name)
}
