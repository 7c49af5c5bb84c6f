//! passwd, group, shadow and gshadow: a plan's users and groups merged into what is there. No I/O.
//!
//! Every field is a three-way merge between what we wrote last, what stands there now and what the plan says: a field
//! that a person changed stays. Ids are never changed, and never given to a second name unless the plan itself chose them
//! for both.

mod database;
mod groups;
mod ids;
mod losses;
#[cfg(test)]
mod tests;
mod users;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

pub use database::Database;
use step::{Group, User};
use tree::fields;

/// The four databases; `None` where the file does not exist.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Databases {
    /// `/etc/passwd`
    pub passwd: Option<Database>,
    /// `/etc/group`
    pub group: Option<Database>,
    /// `/etc/shadow`
    pub shadow: Option<Database>,
    /// `/etc/gshadow`
    pub gshadow: Option<Database>,
}

/// What we wrote for a user; the record keeps it to tell a person's change from ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OurUser {
    /// The numeric id.
    pub uid: u32,
    /// The id of the primary group.
    pub gid: u32,
    /// The GECOS field.
    pub description: String,
    /// The home directory.
    pub home: String,
    /// The login shell.
    pub shell: String,
    /// SHA-256 of the password field: enough to know it again, and no second place that the hash itself can leak from.
    pub password: String,
}

fields!(OurUser: uid, gid, description, home, shell, password);

/// What we wrote for a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OurGroup {
    /// The numeric id.
    pub gid: u32,
    /// The members that we added. Those that a person took out again stay in this list.
    pub members: Vec<String>,
}

fields!(OurGroup: gid, members);

/// Everything we wrote into the databases, and the ids that were ever given out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ours {
    /// Users of the plan, and those of earlier plans that a person changed or deleted, by name.
    pub users: BTreeMap<String, OurUser>,
    /// The same for groups.
    pub groups: BTreeMap<String, OurGroup>,
    /// The members that we added to groups that were there before us, by group.
    pub joined: BTreeMap<String, Vec<String>>,
    /// Ids of users that an earlier plan had, by name: they are given to no other name.
    pub retired_uids: BTreeMap<String, u32>,
    /// The same for groups.
    pub retired_gids: BTreeMap<String, u32>,
    /// Ids of users that a plan chose itself: it may give them to another name.
    pub chosen_uids: Vec<u32>,
    /// The same for groups.
    pub chosen_gids: Vec<u32>,
    /// Whether `/etc/gshadow` is there because of us, or will be: an interrupted run may not have written it yet.
    pub gshadow: bool,
}

fields!(Ours: users, groups, joined, retired_uids, retired_gids, chosen_uids, chosen_gids, gshadow);

/// What came before this run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Before<'a> {
    /// What the last completed run wrote.
    pub record: Option<&'a Ours>,
    /// What interrupted runs since then were about to write.
    pub attempts: &'a [Ours],
    /// Whether the databases can be the ones that the record is about. If so, a recorded name that is missing was
    /// deleted by a person, and stays deleted.
    pub same_files: bool,
}

impl Before<'_> {
    fn all(&self) -> impl Iterator<Item = &Ours> {
        self.record.into_iter().chain(self.attempts)
    }

    fn users(&self, name: &str) -> Vec<&OurUser> {
        self.all().filter_map(|ours| ours.users.get(name)).collect()
    }

    fn groups(&self, name: &str) -> Vec<&OurGroup> {
        self.all().filter_map(|ours| ours.groups.get(name)).collect()
    }

    /// Whom we added to the group `name`.
    fn members(&self, name: &str) -> Vec<&String> {
        self.all()
            .flat_map(|ours| {
                let group = ours.groups.get(name).map(|group| &group.members);
                group.into_iter().chain(ours.joined.get(name)).flatten()
            })
            .collect()
    }

    /// Whether an interrupted run was about to take away the user or group that `has` looks for. What is left of it
    /// then belongs to nobody.
    fn began_to_drop(&self, has: impl Fn(&Ours) -> bool) -> bool {
        self.attempts.iter().any(|ours| !has(ours))
    }

    /// Whether a person deleted a user or group that is missing now: it was `recorded`, and no interrupted run could be
    /// the reason.
    fn deleted(&self, recorded: bool) -> bool {
        self.same_files && recorded && self.attempts.is_empty()
    }

    /// The same for a user or group that the plan does not have: no run since the record was about to take it away.
    fn deleted_before(&self, has: impl Fn(&Ours) -> bool) -> bool {
        self.same_files && self.record.is_some_and(&has) && !self.began_to_drop(has)
    }

    /// The members that we added to the group `name`, and that a person took out again: they are not in `current`.
    fn taken_out(&self, name: &str, current: &[String]) -> Vec<String> {
        let Some(record) = self.record.filter(|_| self.same_files && self.attempts.is_empty()) else {
            return Vec::new();
        };
        let group = record.groups.get(name).map(|group| &group.members);
        let members = group.into_iter().chain(record.joined.get(name)).flatten();
        members.filter(|member| !current.contains(member)).cloned().collect()
    }
}

/// A user or group whose declaration could not be followed to the letter, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// `user NAME` or `group NAME`.
    pub subject: String,
    /// What was kept.
    pub message: String,
}

/// The result of a merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// The new databases.
    pub databases: Databases,
    /// What we wrote into them.
    pub ours: Ours,
    /// What was kept although the plan says otherwise.
    pub notes: Vec<Note>,
    /// Warnings for a person, a sentence each.
    pub warnings: Vec<String>,
    /// What was done: `("add" | "change" | "remove", subject)`.
    pub steps: Vec<(&'static str, String)>,
}

/// Why a merge is impossible; nothing was changed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// A file is damaged: some file systems leave NUL bytes where a write was lost.
    #[error("`/etc/{0}` holds NUL bytes: it is damaged; restore it or take it away")]
    Damaged(&'static str),
    /// The plan's id belongs to somebody else.
    #[error("{subject} needs the id {id}, which belongs to `{owner}`")]
    Taken {
        /// `user NAME` or `group NAME`.
        subject: String,
        /// The id.
        id: u32,
        /// Who has it.
        owner: String,
    },
    /// The plan's id was given out to another name before, and no plan chose it.
    #[error(
        "{subject} needs the id {id}, which was given to `{owner}`: its files may still be there; take another id, or none"
    )]
    Retired {
        /// `user NAME` or `group NAME`.
        subject: String,
        /// The id.
        id: u32,
        /// Whose it was.
        owner: String,
    },
    /// No id is left.
    #[error("no free id is left for {0}")]
    UsedUp(String),
    /// A primary group that neither the plan nor the system has.
    #[error("user `{user}` needs the group `{group}`, which does not exist")]
    NoGroup {
        /// The user.
        user: String,
        /// The group.
        group: String,
    },
}

/// Merges `users` and `groups` into `databases`. `passwords` has what the password file of each user who has one holds:
/// `None` where it does not exist.
///
/// # Errors
/// [`Error`]: the databases are damaged, or an id cannot be had.
pub fn merge(
    databases: &Databases,
    users: &BTreeMap<String, User>,
    groups: &BTreeMap<String, Group>,
    passwords: &BTreeMap<String, Option<String>>,
    before: Before<'_>,
) -> Result<Merged, Error> {
    check_damage(databases)?;
    let mut merged = Merged {
        databases: databases.clone(),
        ours: Ours::default(),
        notes: Vec::new(),
        warnings: Vec::new(),
        steps: Vec::new(),
    };
    for ours in before.all() {
        merged.ours.gshadow |= ours.gshadow;
        merged.ours.chosen_uids.extend(&ours.chosen_uids);
        merged.ours.chosen_gids.extend(&ours.chosen_gids);
        merged.ours.retired_uids.extend(ours.retired_uids.clone());
        merged.ours.retired_gids.extend(ours.retired_gids.clone());
        merged
            .ours
            .retired_uids
            .extend(ours.users.iter().map(|(name, user)| (name.clone(), user.uid)));
        merged
            .ours
            .retired_gids
            .extend(ours.groups.iter().map(|(name, group)| (name.clone(), group.gid)));
    }
    let lost = losses::Lost::of(databases, before);
    merged.warnings.extend(lost.warnings());
    let (before_users, before_groups) = (lost.users(before), lost.groups(before));
    users::remove_dropped(&mut merged, users, before_users);
    groups::remove_dropped(&mut merged, groups, before_groups);
    groups::merge(&mut merged, groups, users, before_groups)?;
    users::merge(&mut merged, users, passwords, before_users)?;
    let ours = &mut merged.ours;
    ours.chosen_uids.extend(users.values().filter_map(|user| user.uid));
    ours.chosen_gids.extend(groups.values().filter_map(|group| group.gid));
    for chosen in [&mut ours.chosen_uids, &mut ours.chosen_gids] {
        chosen.sort_unstable();
        chosen.dedup();
    }
    ours.retired_uids.retain(|name, _| !ours.users.contains_key(name));
    ours.retired_gids.retain(|name, _| !ours.groups.contains_key(name));
    Ok(merged)
}

fn check_damage(databases: &Databases) -> Result<(), Error> {
    let files = [
        ("passwd", &databases.passwd),
        ("group", &databases.group),
        ("shadow", &databases.shadow),
        ("gshadow", &databases.gshadow),
    ];
    for (name, database) in files {
        if database.as_ref().is_some_and(|d| d.to_bytes().contains(&0)) {
            return Err(Error::Damaged(name));
        }
    }
    Ok(())
}

/// The decimal number in field `n`.
fn number(fields: &[Vec<u8>], n: usize) -> Option<u32> {
    std::str::from_utf8(fields.get(n)?).ok()?.parse().ok()
}

/// Field `n` as text, for comparing. Bytes that are not UTF-8 never equal a plan's value.
fn text(fields: &[Vec<u8>], n: usize) -> String {
    fields
        .get(n)
        .map(|field| String::from_utf8_lossy(field).into_owned())
        .unwrap_or_default()
}

/// Who has which id in `database` (field 2 in both passwd and group).
fn owners(database: Option<&Database>) -> BTreeMap<u32, String> {
    let mut owners = BTreeMap::new();
    for fields in database.into_iter().flat_map(Database::entries) {
        if let Some(id) = number(&fields, 2) {
            owners.entry(id).or_insert_with(|| text(&fields, 0));
        }
    }
    owners
}

/// Checks the `id` that the plan gives `subject`, called `name`, against those of names that earlier plans had
/// (`retired`). If such a name had the id, the result is a warning where a plan chose it itself (`chosen`), and an
/// error otherwise.
fn second_name(
    subject: &str,
    name: &str,
    id: u32,
    retired: &BTreeMap<String, u32>,
    chosen: &[u32],
) -> Result<Option<String>, Error> {
    let Some((owner, _)) = retired.iter().find(|(owner, held)| **held == id && *owner != name) else {
        return Ok(None);
    };
    if !chosen.contains(&id) {
        return Err(Error::Retired {
            subject: subject.to_owned(),
            id,
            owner: owner.clone(),
        });
    }
    Ok(Some(format!(
        "{subject} has the id {id}, which was `{owner}`'s: what belonged to `{owner}` belongs to it now"
    )))
}

/// The names in the order in which new lines are written.
fn by_id(ids: &BTreeMap<String, u32>) -> Vec<&String> {
    let mut order: Vec<&String> = ids.keys().collect();
    order.sort_unstable_by_key(|name| (ids[*name], *name));
    order
}

/// Every id that is in use or was ever given out, of users and groups alike: so a service can have one number as uid
/// and gid.
fn taken(merged: &Merged, users: &BTreeMap<String, User>, groups: &BTreeMap<String, Group>) -> BTreeSet<u32> {
    let mut taken = BTreeSet::new();
    taken.extend(owners(merged.databases.passwd.as_ref()).into_keys());
    taken.extend(owners(merged.databases.group.as_ref()).into_keys());
    taken.extend(merged.ours.retired_uids.values());
    taken.extend(merged.ours.retired_gids.values());
    taken.extend(users.values().filter_map(|user| user.uid));
    taken.extend(groups.values().filter_map(|group| group.gid));
    taken.extend(merged.ours.groups.values().map(|group| group.gid));
    taken
}
