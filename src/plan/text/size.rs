//! Sizes and places on a disk, as disko, sgdisk(8) and parted(8) write them.

use super::{Mistake, string};
use crate::problem::code;
use crate::read::quoted;

/// The bytes of a sector, for sizes and places that count sectors.
pub const SECTOR: u64 = 512;

string! {
    /// A size: a number of bytes, or a number with `K`, `M`, `G`, `T` or `P` for powers of 1024.
    ByteSize like "^[0-9]+[KMGTP]?$", "a size in a string", |text| {
        scaled(text, "KMGTP").map(|_| ()).ok_or_else(|| not_a_size(text, "`\"512M\"` or `\"20G\"`"))
    }
}

impl ByteSize {
    /// The size in bytes.
    pub fn bytes(&self) -> u64 {
        scaled(&self.0, "KMGTP").map_or(0, |(number, unit)| number * unit.unwrap_or(1))
    }
}

string! {
    /// The size of an image: `auto`, or the same as [`ByteSize`].
    ImageSize like "^(auto|[0-9]+[KMGTP]?)$", "`auto` or a size in a string", |text| {
        match text {
            Self::AUTO => Ok(()),
            _ => ByteSize::check(text).map_err(|mistake| mistake.hint("write `\"auto\"`, or a size as `\"20G\"`")),
        }
    }
}

impl ImageSize {
    /// The word for an image that is as large as what is on it needs.
    pub const AUTO: &'static str = "auto";

    /// The size in bytes; `None` for `auto`.
    pub fn bytes(&self) -> Option<u64> {
        (self.0 != Self::AUTO).then(|| ByteSize(self.0.clone()).bytes())
    }
}

impl ByteSize {
    fn check(text: &str) -> Result<(), Mistake> {
        <Self as super::Text>::parse(text, false).map(|_| ())
    }
}

string! {
    /// The size of a partition, as disko and sgdisk write it. `100%` is all that is left. A number counts sectors of
    /// 512 bytes; with `K`, `M`, `G`, `T` or `P` it counts powers of 1024.
    PartitionSize like "^(100%|[0-9]+[KMGTP]?)$", "a size in a string", |text| {
        if text == Self::REST || scaled(text, "KMGTP").and_then(in_bytes).is_some() {
            return Ok(());
        }
        Err(not_a_size(text, "`\"512M\"`, or `\"100%\"` for all that is left"))
    }
}

impl PartitionSize {
    /// All that is left.
    pub const REST: &'static str = "100%";

    /// The size in bytes; `None` for all that is left.
    pub fn bytes(&self) -> Option<u64> {
        scaled(&self.0, "KMGTP").and_then(in_bytes)
    }
}

/// A place on a disk, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot {
    /// `0`. For a start: the next place with room. For an end: as far as there is room.
    Next,
    /// This many bytes from the beginning of the disk.
    At(u64),
    /// This many bytes behind the default.
    After(u64),
    /// This many bytes before the end of the room on the disk.
    BeforeEnd(u64),
}

string! {
    /// Where a partition starts or ends, as in sgdisk's `--new`. `0` is the next place with room. Other numbers count
    /// from the beginning of the disk, with `+` from the default, with `-` back from the end of the disk. They count
    /// sectors, or with `K`, `M`, `G`, `T` or `P` powers of 1024.
    Place like "^[+-]?[0-9]+(s|[KMGTP](iB)?)?$", "a place on the disk in a string", |text| {
        if spot(text).is_some() {
            return Ok(());
        }
        let hint = match text {
            "100%" => "write `size = \"100%\";`, or `end = \"-0\";`",
            _ => "write `\"1M\"`, `\"2048s\"`, `\"+512M\"` or `\"-1G\"`",
        };
        let message = format!("{} is not a place on a disk", quoted(text));
        Err(Mistake::new(code::BAD_SIZE, message).hint(hint))
    }
}

impl Place {
    /// The place.
    pub fn spot(&self) -> Spot {
        spot(&self.0).unwrap_or(Spot::Next)
    }

    /// Whether it counts sectors: then it is meant exactly.
    pub fn is_in_sectors(&self) -> bool {
        self.0.ends_with('s')
    }
}

fn spot(text: &str) -> Option<Spot> {
    let digits = text.trim_start_matches(['+', '-']);
    if text.len() > digits.len() + 1 {
        return None;
    }
    let plain = digits.strip_suffix('s').or_else(|| {
        let without = digits.strip_suffix("iB")?;
        without.ends_with(|c: char| c.is_ascii_uppercase()).then_some(without)
    });
    let bytes = scaled(plain.unwrap_or(digits), "KMGTP").and_then(in_bytes)?;
    Some(match text.as_bytes().first() {
        Some(b'+') => Spot::After(bytes),
        Some(b'-') => Spot::BeforeEnd(bytes),
        _ if bytes == 0 => Spot::Next,
        _ => Spot::At(bytes),
    })
}

string! {
    /// A place as in parted(8), which disko's outdated `table` uses. `1M` is a million bytes there.
    PartedPlace like "^-?[0-9]+([.][0-9]+)?(%|s|B|[kKMGTP](i?B)?)?$", "a place on the disk in a string", |text| {
        let number = text.trim_start_matches('-');
        let unit = number.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let number = &number[..number.len() - unit.len()];
        let is_number = number.split('.').count() <= 2
            && number.split('.').all(|part| !part.is_empty())
            && text.len() - number.len() - unit.len() <= 1;
        let is_unit = matches!(unit, "" | "%" | "s" | "B")
            || matches!(unit.trim_start_matches(['k', 'K', 'M', 'G', 'T', 'P']), "" | "B" | "iB")
                && unit.starts_with(|c: char| c.is_ascii_alphabetic())
                && unit.len() - unit.trim_start_matches(|c: char| !matches!(c, 'i' | 'B')).len() == 1;
        if is_number && is_unit {
            return Ok(());
        }
        let message = format!("{} is not a place on a disk", quoted(text));
        Err(Mistake::new(code::BAD_SIZE, message).hint("write `\"1MiB\"`, `\"512MB\"` or `\"100%\"`"))
    }
}

/// A number, and the bytes of the unit behind it if there is one. `None` if it is no number of 64 bits.
fn scaled(text: &str, units: &str) -> Option<(u64, Option<u64>)> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: u64 = digits.parse().ok()?;
    let unit = match &text[digits.len()..] {
        "" => None,
        letter if letter.len() == 1 => Some(1_u64 << (10 * (1 + units.find(letter)?))),
        _ => return None,
    };
    number.checked_mul(unit.unwrap_or(1))?;
    Some((number, unit))
}

/// The bytes of a number that counts sectors if it has no unit.
fn in_bytes((number, unit): (u64, Option<u64>)) -> Option<u64> {
    number.checked_mul(unit.unwrap_or(SECTOR))
}

fn not_a_size(text: &str, examples: &str) -> Mistake {
    let wrong = Mistake::new(code::BAD_SIZE, format!("{} is not a size", quoted(text)));
    let short = text.trim_end_matches("iB").trim_end_matches('B').to_ascii_uppercase();
    match scaled(&short, "KMGTP") {
        Some(_) if short != text => wrong.hint(format!("write `\"{short}\"`, which counts in powers of 1024")),
        _ => wrong.hint(format!("write {examples}")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Text;
    use super::*;

    fn is<T: Text>(text: &str) -> bool {
        T::parse(text, false).is_ok()
    }

    #[test]
    fn a_size_is_a_number_with_a_unit_of_1024() {
        let bytes = |text: &str| ByteSize::parse(text, false).ok().map(|size| size.bytes());
        for (text, expected) in [
            ("0", Some(0)),
            ("512", Some(512)),
            ("4K", Some(4096)),
            ("20G", Some(20 << 30)),
            ("3P", Some(3 << 50)),
            ("16384P", None),
            ("99999999999999999999", None),
            ("", None),
            ("M", None),
            ("-1G", None),
            ("1.5G", None),
            ("512MB", None),
            ("1E", None),
            ("1 G", None),
        ] {
            assert_eq!(bytes(text), expected, "{text}");
        }
    }

    #[test]
    fn a_partition_counts_in_sectors_where_no_unit_is_named() {
        let bytes = |text: &str| PartitionSize::parse(text, false).unwrap().bytes();
        assert_eq!(bytes("2048"), Some(1 << 20));
        assert_eq!(bytes("1M"), Some(1 << 20));
        assert_eq!(bytes("100%"), None);
        for bad in ["50%", "99999999999999999", "all", "512MiB"] {
            assert!(!is::<PartitionSize>(bad), "{bad}");
        }
    }

    #[test]
    fn a_place_counts_from_the_beginning_the_default_or_the_end() {
        for (text, spot) in [
            ("0", Some(Spot::Next)),
            ("1M", Some(Spot::At(1 << 20))),
            ("1MiB", Some(Spot::At(1 << 20))),
            ("2048", Some(Spot::At(1 << 20))),
            ("34s", Some(Spot::At(34 * 512))),
            ("+512M", Some(Spot::After(512 << 20))),
            ("-0", Some(Spot::BeforeEnd(0))),
            ("-1G", Some(Spot::BeforeEnd(1 << 30))),
            ("100%", None),
            ("--1", None),
            ("iB", None),
            ("1iB", None),
            ("1sM", None),
            ("", None),
        ] {
            assert_eq!(Place::parse(text, false).ok().map(|place| place.spot()), spot, "{text}");
        }
    }

    #[test]
    fn a_place_of_parted_has_its_units() {
        for good in [
            "0%", "100%", "1M", "1MiB", "512MB", "1.5GiB", "2048s", "-1", "10kB", "512B",
        ] {
            assert!(is::<PartedPlace>(good), "{good}");
        }
        for bad in ["", "%", "1.2.3M", "1MBB", "1Mi", "--1", "1MM", "1iB", ".5", "5."] {
            assert!(!is::<PartedPlace>(bad), "{bad}");
        }
    }

    #[test]
    fn a_size_in_other_units_is_told_how_to_write_it() {
        let hint = |text: &str| ByteSize::parse(text, false).unwrap_err().hint.unwrap();
        assert_eq!(hint("512MiB"), "write `\"512M\"`, which counts in powers of 1024");
        assert_eq!(hint("20g"), "write `\"20G\"`, which counts in powers of 1024");
        assert_eq!(hint("much"), "write `\"512M\"` or `\"20G\"`");
    }
}
