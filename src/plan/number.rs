//! Numbers of a plan, each with the range that it is in.

use tree::Tree;

use crate::problem::code;
#[cfg(feature = "reference")]
use crate::read::Shape;
use crate::read::{Reader, Value};

/// A number of things: 1 or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count(pub u32);

/// How long a menu waits for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timeout {
    /// This many seconds, at most [`Timeout::MAX`].
    Seconds(u32),
    /// Until a person chooses. A plan writes `null`.
    Forever,
}

impl Timeout {
    /// The longest wait in seconds. GRUB keeps it in a signed integer of 32 bits (`grub_menu_set_timeout`).
    pub const MAX: u32 = i32::MAX.unsigned_abs();
}

/// An integer from `MIN` to `MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Whole<const MIN: i64, const MAX: i64>(pub i64);

impl<const MIN: i64, const MAX: i64> Whole<MIN, MAX> {
    /// One of the plan's own defaults, known to be in the range.
    pub(super) fn new(number: i64) -> Self {
        Self(number)
    }
}

/// The place of a partition among the others. Smaller ones come first.
pub type Priority = Whole<{ i32::MIN as i64 }, { i32::MAX as i64 }>;

/// A number of sectors of 512 bytes. The largest alignment that sgdisk takes has 65,536.
pub type Sectors = Whole<0, 65_536>;

/// A bit of a partition's attributes in a GPT.
pub type Attribute = Whole<0, 63>;

/// The priority of swap, as in swapon(8). -1 leaves it to the kernel.
pub type SwapPriority = Whole<{ -1 }, 32_767>;

/// A user or group id, from 0 to 4294967294.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Id(pub u32);

impl Id {
    /// Whether an account can have this id. System calls with ids of 16 and 32 bits take 65535 and 4294967295 for -1
    /// (systemd's `uid_is_valid`).
    pub fn is_usable(id: u32) -> bool {
        !matches!(id, 65_535 | u32::MAX)
    }
}

/// Reads an integer between the bounds of `range`, both included. `hint` is told for one that is too small.
fn number(tree: &Tree, reader: &mut Reader, expected: &str, range: (i64, i64), hint: Option<&str>) -> Option<i64> {
    let (least, most) = range;
    let Tree::Int(integer) = tree else {
        let hint = match tree {
            Tree::String(text) if text.parse::<u32>().is_ok() => Some(format!("write `{text}` without quotes")),
            _ => None,
        };
        reader.wrong_type(expected, tree, hint);
        return None;
    };
    let number = Some(*integer).filter(|number| (least..=most).contains(number));
    if number.is_none() {
        let message = format!("`{integer}` is not from {least} to {most}");
        let hint = hint.filter(|_| *integer < least);
        reader.report(code::OUT_OF_RANGE, message, hint.map(str::to_owned));
    }
    number
}

/// Makes 32 bits of a number that [`number`] has found in their range.
fn narrow(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl Value for Id {
    const EXPECTED: &'static str = "an integer";

    #[cfg(feature = "reference")]
    const SHAPE: Shape = Shape::Integer {
        minimum: 0,
        maximum: u32::MAX as i64 - 1,
    };

    fn read(tree: &Tree, reader: &mut Reader) -> Option<Self> {
        let Tree::Int(integer) = tree else {
            let hint = match tree {
                Tree::String(text) if text.parse::<u32>().is_ok() => Some(format!("write `{text}` without quotes")),
                _ => None,
            };
            reader.wrong_type(Self::EXPECTED, tree, hint);
            return None;
        };
        match u32::try_from(*integer) {
            Ok(id) if Self::is_usable(id) => Some(Self(id)),
            _ => {
                let hint = "ids go from 0 to 4294967294, without 65535".to_owned();
                reader.report(
                    code::BAD_ID,
                    format!("`{integer}` is not a user or group id"),
                    Some(hint),
                );
                None
            }
        }
    }

    fn write(&self) -> Tree {
        Tree::Int(i64::from(self.0))
    }
}

impl Value for Count {
    const EXPECTED: &'static str = "a positive integer";

    #[cfg(feature = "reference")]
    const SHAPE: Shape = Shape::Integer {
        minimum: 1,
        maximum: u32::MAX as i64,
    };

    fn read(tree: &Tree, reader: &mut Reader) -> Option<Self> {
        number(tree, reader, Self::EXPECTED, (1, u32::MAX.into()), None).map(|count| Self(narrow(count)))
    }

    fn write(&self) -> Tree {
        Tree::Int(i64::from(self.0))
    }
}

impl Value for Timeout {
    const EXPECTED: &'static str = "a number of seconds, or `null`";
    const TAKES_NULL: bool = true;

    #[cfg(feature = "reference")]
    const SHAPE: Shape = Shape::Integer {
        minimum: 0,
        maximum: Self::MAX as i64,
    };

    fn read(tree: &Tree, reader: &mut Reader) -> Option<Self> {
        if *tree == Tree::Null {
            return Some(Self::Forever);
        }
        let hint = "write `null` to wait for ever";
        number(tree, reader, Self::EXPECTED, (0, Self::MAX.into()), Some(hint))
            .map(|seconds| Self::Seconds(narrow(seconds)))
    }

    fn write(&self) -> Tree {
        match self {
            Self::Seconds(seconds) => Tree::Int(i64::from(*seconds)),
            Self::Forever => Tree::Null,
        }
    }
}

impl<const MIN: i64, const MAX: i64> Value for Whole<MIN, MAX> {
    const EXPECTED: &'static str = "an integer";

    #[cfg(feature = "reference")]
    const SHAPE: Shape = Shape::Integer {
        minimum: MIN,
        maximum: MAX,
    };

    fn read(tree: &Tree, reader: &mut Reader) -> Option<Self> {
        number(tree, reader, Self::EXPECTED, (MIN, MAX), None).map(Self)
    }

    fn write(&self) -> Tree {
        Tree::Int(self.0)
    }
}
