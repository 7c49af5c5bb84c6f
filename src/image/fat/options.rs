//! How to make a FAT file system: what the plan's arguments for mkfs.fat say.

use super::{Bits, Error, names};
use boot::date;

/// The first moment that FAT knows: 1980.
const EPOCH: u32 = 315_532_800;

/// How to make a file system.
#[derive(Debug, Clone)]
pub struct Options {
    /// Its label.
    pub(super) label: Option<[u8; 11]>,
    /// Its serial number.
    pub(super) volume_id: u32,
    /// FAT16 or FAT32; `None` where the size decides.
    pub(super) bits: Option<Bits>,
    /// All times in it: DOS's time and date.
    pub(super) time: (u16, u16),
}

impl Options {
    /// The options of the plan's `arguments` for mkfs.fat. The serial number is `volume_id` unless they name one. All times are
    /// `time`, in seconds since 1970; one before 1980 becomes 1980, where FAT's begin.
    ///
    /// # Errors
    /// [`Error::Argument`].
    pub fn new(arguments: &[String], volume_id: u32, time: u32) -> Result<Self, Error> {
        let mut options = Self {
            label: None,
            volume_id,
            bits: None,
            time: dos_time(time.max(EPOCH)),
        };
        let mut given = arguments.iter();
        while let Some(argument) = given.next() {
            let (option, value) = argument.split_at_checked(2).unwrap_or((argument, ""));
            let value = match value {
                "" => given.next().map_or("", String::as_str),
                value => value,
            };
            let refused = || Error::Argument(format!("{option} {value}").trim_end().to_owned());
            match option {
                "-F" => {
                    options.bits = Some(match value {
                        "16" => Bits::Sixteen,
                        "32" => Bits::ThirtyTwo,
                        _ => return Err(refused()),
                    });
                }
                "-n" => options.label = Some(names::label(value).ok_or_else(refused)?),
                "-i" => {
                    let is_number = value.bytes().all(|byte| byte.is_ascii_hexdigit());
                    let number = u32::from_str_radix(value, 16).ok().filter(|_| is_number);
                    options.volume_id = number.ok_or_else(refused)?;
                }
                _ => return Err(refused()),
            }
        }
        Ok(options)
    }
}

/// DOS's time and date.
fn dos_time(time: u32) -> (u16, u16) {
    let (year, month, day) = date::civil(time.into());
    let seconds = time % 86_400;
    let clock = (seconds / 3600) << 11 | (seconds / 60 % 60) << 5 | ((seconds % 60) / 2);
    // It counts as far as 2107, which is behind what 32 bits of seconds reach.
    let date = (year - 1980) << 9 | month << 5 | day;
    (
        u16::try_from(clock).unwrap_or_default(),
        u16::try_from(date).unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(arguments: &[&str]) -> Result<Options, String> {
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        Options::new(&arguments, 1, 1).map_err(|error| error.to_string())
    }

    #[test]
    fn the_arguments_of_mkfs_fat_that_plans_have_are_understood() {
        let found = options(&["-F", "32", "-n", "esp", "-iDEADBEEF"]).unwrap();
        assert_eq!(found.bits, Some(Bits::ThirtyTwo));
        assert_eq!(found.label.as_ref(), Some(b"esp        "));
        assert_eq!(found.volume_id, 0xDEAD_BEEF);
        assert_eq!(options(&["-F16"]).unwrap().bits, Some(Bits::Sixteen));
    }

    #[test]
    fn other_arguments_are_refused() {
        for (arguments, refused) in [
            (&["-F", "12"][..], "-F 12"),
            (&["-n"], "-n"),
            (&["-n", "a label too long"], "-n a label too long"),
            (&["-i", "+1"], "-i +1"),
            (&["-c"], "-c"),
            (&["-s", "8"], "-s 8"),
            (&["ü"], "ü"),
        ] {
            let error = options(arguments).unwrap_err();
            let expected = format!(
                "cannot take `{refused}` for a vfat file system: its arguments are `-F 16` or `-F 32`, `-n LABEL` and `-i HEXADECIMAL`"
            );
            assert_eq!(error, expected);
        }
    }

    #[test]
    fn times_are_those_of_dos_from_its_first_day_on() {
        assert_eq!(options(&[]).unwrap().time, (0, 0x21));
        // 2026-01-02 03:04:05.
        assert_eq!(dos_time(1_767_323_045), (3 << 11 | 4 << 5 | 2, 46 << 9 | 1 << 5 | 2));
    }
}
