//! Free numeric ids for users and groups that the plan gives none.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// Ids of services: taken from above, as `useradd --system` does, so that what a person adds from below stays apart.
const SYSTEM: RangeInclusive<u32> = 400..=999;
/// Ids of people (`UID_MIN` and a half of `UID_MAX` of login.defs(5); above 60000 begin ids that systemd hands out).
const PEOPLE: RangeInclusive<u32> = 1000..=29999;

/// Whose id is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A service: from 999 down to 400.
    System,
    /// A person: from 1000 up to 29999.
    Person,
}

impl Kind {
    /// A user with a home below `/home` is a person; everybody else is a service.
    pub fn of_home(home: &str) -> Self {
        if home.starts_with("/home/") {
            Self::Person
        } else {
            Self::System
        }
    }
}

/// The next id of `kind` that is not in `taken`, which holds every id in use and every id that was ever given out:
/// files of a user who is gone must not fall to another. `None` where the range is used up.
pub fn free(kind: Kind, taken: &BTreeSet<u32>) -> Option<u32> {
    match kind {
        Kind::System => SYSTEM.rev().find(|id| !taken.contains(id)),
        Kind::Person => PEOPLE.into_iter().find(|id| !taken.contains(id)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_counted_down_and_people_up() {
        let taken = BTreeSet::from([999, 1000]);
        assert_eq!(free(Kind::System, &taken), Some(998));
        assert_eq!(free(Kind::Person, &taken), Some(1001));
        assert_eq!(free(Kind::System, &SYSTEM.collect()), None);
    }
}
