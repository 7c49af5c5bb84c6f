//! Account databases that were lost as a whole, as by a power loss. Who is missing in one of them was not deleted by a
//! person.

use super::{Before, Database, Databases};

/// Which databases were lost since the record was written.
pub struct Lost {
    passwd: bool,
    group: bool,
    shadow: bool,
}

impl Lost {
    /// Looks at `databases`. One is lost if it is missing or empty, or if we had put several names there and none of
    /// them is left.
    pub fn of(databases: &Databases, before: Before<'_>) -> Self {
        let users = || before.record.into_iter().flat_map(|ours| ours.users.keys());
        let groups = || before.record.into_iter().flat_map(|ours| ours.groups.keys());
        Self {
            passwd: before.same_files && is_lost(databases.passwd.as_ref(), users()),
            group: before.same_files && is_lost(databases.group.as_ref(), groups()),
            shadow: before.same_files && is_lost(databases.shadow.as_ref(), users()),
        }
    }

    /// `before` for users. If their database was lost, a user who is missing does not count as deleted by a person.
    pub fn users<'a>(&self, before: Before<'a>) -> Before<'a> {
        Before {
            same_files: before.same_files && !self.passwd,
            ..before
        }
    }

    /// The same for groups.
    pub fn groups<'a>(&self, before: Before<'a>) -> Before<'a> {
        Before {
            same_files: before.same_files && !self.group,
            ..before
        }
    }

    /// Warnings for a person, a sentence each.
    pub fn warnings(&self) -> impl Iterator<Item = String> {
        let all = [
            (self.passwd, "/etc/passwd", "the users of the plan are made again"),
            (self.group, "/etc/group", "the groups of the plan are made again"),
            (
                self.shadow,
                "/etc/shadow",
                "the users of the plan have the plan's passwords again",
            ),
        ];
        let lost = all.into_iter().filter(|(lost, ..)| *lost);
        lost.map(|(_, path, what)| format!("what was in `{path}` was lost: {what}"))
    }
}

fn is_lost<'a>(database: Option<&Database>, mut recorded: impl Iterator<Item = &'a String> + Clone) -> bool {
    let is_empty = database.is_none_or(|database| database.entries().next().is_none());
    let count = recorded.clone().take(2).count();
    let is_there = |name: &String| database.is_some_and(|database| database.fields(name).is_some());
    count > 0 && (is_empty || (count > 1 && !recorded.any(is_there)))
}
