//! Numbers with a meaning.

/// A number of things, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count(pub u32);

/// How long a menu waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timeout {
    /// This many seconds, at most [`Timeout::MAX`].
    Seconds(u32),
    /// Until somebody chooses; `null` in a plan.
    Forever,
}

impl Timeout {
    /// GRUB keeps the seconds in a signed integer of 32 bits (`grub_menu_set_timeout`).
    pub const MAX: u32 = i32::MAX.unsigned_abs();
}
