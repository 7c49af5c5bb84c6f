//! The table of the formats that the image of a disk can be written in. To add one, write a file beside this one and a row here,
//! and make its name a word of the plan's `image.format`: a test holds that the two agree.

use super::format::ImageFormat;
use super::qcow2::Qcow2;
use super::raw::Raw;

/// All of them.
pub static IMAGE_FORMATS: [&dyn ImageFormat; 2] = [&Raw, &Qcow2];

/// That of a file without an ending.
pub static DEFAULT: &dyn ImageFormat = &Raw;

/// Their names.
pub fn names() -> impl Iterator<Item = &'static str> {
    IMAGE_FORMATS.into_iter().map(ImageFormat::name)
}

/// The format that a plan calls `name`.
pub fn by_name(name: &str) -> Option<&'static dyn ImageFormat> {
    IMAGE_FORMATS.into_iter().find(|format| format.name() == name)
}

/// The format whose files have this ending, in any case.
pub fn by_ending(ending: &str) -> Option<&'static dyn ImageFormat> {
    let has = |format: &&dyn ImageFormat| format.endings().iter().any(|known| ending.eq_ignore_ascii_case(known));
    IMAGE_FORMATS.into_iter().find(has)
}

#[cfg(test)]
mod tests {
    use plan::text::{ImageFormat as Word, Text};

    use super::*;

    #[test]
    fn the_words_of_the_plan_are_the_names() {
        for name in names() {
            assert_eq!(Word::parse(name, false).unwrap().text(), name);
        }
        let known: Vec<String> = names().map(|name| format!("`{name}`")).collect();
        let hint = Word::parse("", false).unwrap_err().hint;
        assert_eq!(hint, Some(format!("write one of {}", known.join(", "))));
    }

    #[test]
    fn no_ending_is_that_of_two_formats() {
        let mut endings: Vec<&str> = IMAGE_FORMATS
            .iter()
            .flat_map(|format| format.endings())
            .copied()
            .collect();
        let count = endings.len();
        endings.sort_unstable();
        endings.dedup();
        assert_eq!(endings.len(), count);
        assert_eq!(by_ending("QCOW2").map(ImageFormat::name), Some("qcow2"));
        assert!(by_ending("vmdk").is_none());
    }
}
