//! Names on FAT. Each file has a short one: capitals, of at most eight and three characters. Where that is not the whole name, it
//! has a long one too.

use std::collections::{HashMap, HashSet};

/// The length of a short name, without its dot.
const LENGTH: usize = 11;
/// UTF-16 units in one entry of a long name.
const PART: usize = 13;
/// The longest name, in UTF-16 units.
const LONGEST: usize = 255;
/// Characters that even a long name cannot have.
const FORBIDDEN: &str = "\"*/:<>?\\|";
/// What a short name can have besides capitals and digits.
const SHORT: &[u8] = b"!#$%&'()-@^_`{}~";

/// A name as it lies in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    /// The short one, padded.
    pub(super) short: [u8; LENGTH],
    /// The long one, where the short one is another.
    pub(super) long: Vec<u16>,
}

impl Name {
    /// How many entries it takes.
    pub(super) fn entries(&self) -> u64 {
        1 + self.long.len().div_ceil(PART) as u64
    }

    /// The entries of the long name, the last part first.
    pub(super) fn long_entries(&self) -> Vec<[u8; 32]> {
        let sum = self
            .short
            .iter()
            .fold(0_u8, |sum, byte| sum.rotate_right(1).wrapping_add(*byte));
        let count = self.long.len().div_ceil(PART);
        let parts = self.long.chunks(PART).zip(1_u8..).map(|(part, number)| {
            let mut entry = [0; 32];
            let is_last = usize::from(number) == count;
            entry[0] = number | if is_last { 0x40 } else { 0 };
            // With these attributes, systems that know no long names hide the entry.
            entry[11] = 0x0F;
            entry[13] = sum;
            // Behind the end of the name come a zero and then ones.
            let units = part.iter().copied().chain([0]).chain(std::iter::repeat(0xFFFF));
            let offsets = (1..11).chain(14..26).chain(28..32).step_by(2);
            // `step_by` would count on across the ranges, but each has an even length.
            for (unit, at) in units.zip(offsets) {
                entry[at..at + 2].copy_from_slice(&u16::to_le_bytes(unit));
            }
            entry
        });
        let mut entries: Vec<_> = parts.collect();
        entries.reverse();
        entries
    }
}

/// What is wrong with `name`, if anything is.
pub(super) fn problem(name: &str) -> Option<&'static str> {
    if name.chars().any(|c| c < ' ' || c == '\x7F' || FORBIDDEN.contains(c)) {
        return Some("a name there has none of the characters `\"*/:<>?\\|` and no control characters");
    }
    if name.ends_with(['.', ' ']) || name.starts_with(' ') {
        return Some("a name there neither ends in a dot or space nor begins with a space");
    }
    (name.encode_utf16().count() > LONGEST).then_some("a name there has at most 255 characters")
}

/// The name in capitals: two names that FAT takes for the same have the same one.
pub(super) fn folded(name: &str) -> String {
    name.to_uppercase()
}

/// The names in one directory, in this order, each good in itself and no two the same.
pub(super) fn assign(names: &[String]) -> Vec<Name> {
    let mut taken: HashSet<[u8; LENGTH]> = names.iter().filter_map(|name| exact(name)).collect();
    let mut numbers = HashMap::new();
    let assign = |name: &String| match exact(name) {
        Some(short) => Name {
            short,
            long: Vec::new(),
        },
        None => Name {
            short: alias(name, &mut taken, &mut numbers),
            long: name.encode_utf16().collect(),
        },
    };
    names.iter().map(assign).collect()
}

/// The short name that says all of `name`.
fn exact(name: &str) -> Option<[u8; LENGTH]> {
    let (base, extension) = match name.rsplit_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (name, ""),
    };
    let fits = |part: &str, length| part.len() <= length && part.bytes().all(is_short);
    (!base.is_empty() && fits(base, 8) && fits(extension, 3)).then(|| padded(base.as_bytes(), extension.as_bytes()))
}

fn is_short(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit() || SHORT.contains(&byte)
}

fn padded(base: &[u8], extension: &[u8]) -> [u8; LENGTH] {
    let mut name = [b' '; LENGTH];
    name[..base.len()].copy_from_slice(base);
    name[8..8 + extension.len()].copy_from_slice(extension);
    name
}

/// A short name with a number in it that none in this directory has yet.
fn alias(
    name: &str,
    taken: &mut HashSet<[u8; LENGTH]>,
    numbers: &mut HashMap<(Vec<u8>, Vec<u8>), u32>,
) -> [u8; LENGTH] {
    let name = name.trim_start_matches('.');
    let (base, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let short = |part: &str, length: usize| -> Vec<u8> {
        let characters = part.chars().filter(|c| !matches!(c, ' ' | '.')).map(|c| {
            let byte = u8::try_from(c.to_ascii_uppercase()).unwrap_or(b'_');
            if is_short(byte) { byte } else { b'_' }
        });
        characters.take(length).collect()
    };
    let (base, extension) = (short(base, 6), short(extension, 3));
    let next = numbers.entry((base.clone(), extension.clone())).or_insert(1);
    loop {
        let number = format!("~{next}");
        *next += 1;
        let mut numbered = base[..base.len().min(8 - number.len())].to_vec();
        numbered.extend(number.bytes());
        let short = padded(&numbered, &extension);
        if taken.insert(short) {
            return short;
        }
    }
}

/// A volume's label, where it can be one.
pub(super) fn label(text: &str) -> Option<[u8; LENGTH]> {
    let is_good = |c: char| matches!(c, ' '..='~') && !FORBIDDEN.contains(c) && !"+,.;=[]".contains(c);
    if text.is_empty() || text.len() > LENGTH || text.starts_with(' ') || !text.chars().all(is_good) {
        return None;
    }
    let mut label = [b' '; LENGTH];
    label[..text.len()].copy_from_slice(text.as_bytes());
    Some(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short(names: &[&str]) -> Vec<String> {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let text = |name: &Name| String::from_utf8(name.short.to_vec()).unwrap();
        assign(&names).iter().map(text).collect()
    }

    #[test]
    fn a_name_in_capitals_that_is_short_needs_no_other() {
        let names = ["EFI".to_owned(), "BOOTX64.EFI".to_owned()];
        assert!(
            assign(&names)
                .iter()
                .all(|name| name.long.is_empty() && name.entries() == 1)
        );
        assert_eq!(short(&["EFI", "BOOTX64.EFI"]), ["EFI        ", "BOOTX64 EFI"]);
    }

    #[test]
    fn every_other_name_gets_a_number() {
        assert_eq!(
            short(&[
                "LOADER~1.CON",
                "loader.conf",
                "loader.confs",
                "a.b.c",
                ".hidden",
                "x+y",
                "größe",
                "a b"
            ]),
            [
                "LOADER~1CON",
                "LOADER~2CON",
                "LOADER~3CON",
                "AB~1    C  ",
                "HIDDEN~1   ",
                "X_Y~1      ",
                "GR__E~1    ",
                "AB~1       ",
            ]
        );
    }

    #[test]
    fn a_great_many_names_stay_different() {
        let names: Vec<String> = (0..12_000).map(|number| format!("some-long-name-{number}")).collect();
        let found: HashSet<_> = assign(&names).into_iter().map(|name| name.short).collect();
        assert_eq!(found.len(), 12_000);
    }

    #[test]
    fn a_long_name_lies_in_parts_from_its_end_on() {
        let name = assign(&["loader-entries".to_owned()]).remove(0);
        let entries = name.long_entries();
        assert_eq!(name.entries(), 3);
        assert_eq!(entries[0][..6], [0x42, b's', 0, 0, 0, 0xFF]);
        assert_eq!(entries[1][..11], [1, b'l', 0, b'o', 0, b'a', 0, b'd', 0, b'e', 0]);
        assert_eq!(entries[1][28..], [b'i', 0, b'e', 0]);
        // Thirteen fill their entry, and nothing is behind their end.
        assert_eq!(assign(&["thirteen-long".to_owned()])[0].long_entries().len(), 1);
    }

    #[test]
    fn a_name_that_cannot_be_there_says_why() {
        for name in ["a:b", "a\n", "a.", "a ", " a", &"x".repeat(256)] {
            assert!(problem(name).is_some(), "{name:?}");
        }
        for name in ["a", ".a", "a b", "größe", "a+b,c;d=e[f]", &"x".repeat(255)] {
            assert_eq!(problem(name), None, "{name:?}");
        }
    }
}
