//! Numbers of a plan, each with the range that it is in.

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
