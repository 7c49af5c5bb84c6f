//! Gives every attribute that was left out its default, so that a step says all that it does.
//!
//! Filling a filled plan changes nothing. A default gives way to what the plan says: to an entry of the same path in any
//! section, to `null`, and to a file or link where it would need a directory.

use std::collections::{BTreeMap, BTreeSet};

use super::base::{self, Entries, LOCKED, NO_HOME, NO_LOGIN};
use super::step::{MachineId, Mode, OnChange};
use super::text::{
    AccountName, Base, Description, EntryPath, HashedPassword, Home, HostName, Owner, Shell, Text, parents,
};
use super::{Directory, File, Group, Hooks, Id, Map, Plan, Symlink, User};

/// The same plan with every default filled in. `runtime`, `buildSystem` and `buildRuntime` stay as they are: their
/// defaults are known only where the plan is built.
#[must_use]
pub fn fill(plan: &Plan) -> Plan {
    let name = plan.name.as_ref().map_or("", Text::text);
    let host_name = plan.host_name.clone().unwrap_or_else(|| HostName::from_name(name));
    let base = plan.base.unwrap_or(Base::Full);
    let given = Given::of(plan);
    let defaults = base::entries(base, name, host_name.text());

    let mut plan = Plan {
        host_name: Some(host_name),
        base: Some(base),
        machine_id: plan.machine_id.clone().or(Some(MachineId::Generate)),
        ..plan.clone()
    };
    accounts(&mut plan, &defaults);
    tree(&mut plan, &given, &defaults);
    implicit_directories(&mut plan);
    if let Some(init) = &mut plan.init {
        init.environment.get_or_insert_default();
    }
    plan.hooks
        .get_or_insert_with(Hooks::default)
        .pre_init
        .get_or_insert_default();
    plan
}

/// What the plan itself says about paths.
struct Given {
    /// Every path that is named and not `null`.
    present: BTreeSet<String>,
    /// Every path where there is no directory: files, links, directories that are not wanted.
    blocked: BTreeSet<String>,
}

impl Given {
    fn of(plan: &Plan) -> Self {
        let mut given = Self {
            present: BTreeSet::new(),
            blocked: BTreeSet::new(),
        };
        if let Some(files) = &plan.files {
            given.blocked.extend(files.present().map(|(path, _)| path.clone()));
        }
        if let Some(symlinks) = &plan.symlinks {
            given.blocked.extend(symlinks.present().map(|(path, _)| path.clone()));
        }
        given.present.clone_from(&given.blocked);
        for (path, directory) in plan.directories.iter().flat_map(|directories| &directories.entries) {
            let set = if directory.is_some() {
                &mut given.present
            } else {
                &mut given.blocked
            };
            set.insert(path.clone());
        }
        given
    }

    /// Whether a default at `path` still has its place.
    fn leaves_room(&self, path: &str) -> bool {
        !self.present.contains(path) && !parents(path).any(|parent| self.blocked.contains(parent))
    }
}

/// Puts the defaults that still have their place among the entries of a section.
fn add<T: Clone>(map: &mut Option<Map<EntryPath, T>>, defaults: &BTreeMap<String, T>, given: &Given) {
    let entries = &mut map.get_or_insert_default().entries;
    for (path, value) in defaults {
        if given.leaves_room(path) {
            entries.entry(path.clone()).or_insert_with(|| Some(value.clone()));
        }
    }
}

fn tree(plan: &mut Plan, given: &Given, defaults: &Entries) {
    add(&mut plan.directories, &defaults.directories, given);
    add(&mut plan.files, &defaults.files, given);
    add(&mut plan.symlinks, &defaults.symlinks, given);
    for (path, directory) in entries_mut(&mut plan.directories) {
        let mode = defaults.directories.get(path).and_then(|default| default.mode);
        fill_directory(directory, mode.unwrap_or(Mode(0o755)));
    }
    for (_, file) in entries_mut(&mut plan.files) {
        let File {
            mode,
            user,
            group,
            on_change,
            ..
        } = file;
        mode.get_or_insert(Mode(0o644));
        user.get_or_insert_with(Owner::root);
        group.get_or_insert_with(Owner::root);
        on_change.get_or_insert(OnChange::Keep);
    }
    for (_, Symlink { on_change, .. }) in entries_mut(&mut plan.symlinks) {
        on_change.get_or_insert(OnChange::Keep);
    }
}

fn fill_directory(directory: &mut Directory, mode: Mode) {
    directory.mode.get_or_insert(mode);
    directory.user.get_or_insert_with(Owner::root);
    directory.group.get_or_insert_with(Owner::root);
}

fn entries_mut<K, T>(map: &mut Option<Map<K, T>>) -> impl Iterator<Item = (&String, &mut T)> {
    let entries = map.iter_mut().flat_map(|map| &mut map.entries);
    entries.filter_map(|(name, value)| value.as_mut().map(|value| (name, value)))
}

/// Adds the directories that entries lie in, so that `pre-init` makes nothing that its script does not show. The accounts
/// and the machine id are files below /etc. `/` is left alone unless it is named: the prefix exists already.
fn implicit_directories(plan: &mut Plan) {
    let mut needed = BTreeSet::new();
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    let directories = plan
        .directories
        .iter()
        .flat_map(|map| &map.entries)
        .map(|(path, d)| (path, d.is_some()));
    let files = plan
        .files
        .iter()
        .flat_map(|map| &map.entries)
        .map(|(path, f)| (path, f.is_some()));
    let symlinks = plan
        .symlinks
        .iter()
        .flat_map(|map| &map.entries)
        .map(|(path, s)| (path, s.is_some()));
    for (path, present) in directories.chain(files).chain(symlinks) {
        taken.insert(path);
        if present {
            needed.extend(parents(path).map(str::to_owned));
        }
    }
    if needs_etc(plan) {
        needed.insert("/etc".to_owned());
    }
    needed.retain(|path| !taken.contains(path.as_str()));
    let entries = &mut plan.directories.get_or_insert_default().entries;
    for path in needed {
        let mut directory = Directory::default();
        fill_directory(&mut directory, Mode(0o755));
        entries.insert(path, Some(directory));
    }
}

/// Whether the plan writes files below /etc other than those of `files`.
pub fn needs_etc(plan: &Plan) -> bool {
    let users = plan.users.iter().flat_map(Map::present).next().is_some();
    let groups = plan.groups.iter().flat_map(Map::present).next().is_some();
    users || groups || plan.machine_id.as_ref().is_some_and(|id| *id != MachineId::None)
}

fn accounts(plan: &mut Plan, defaults: &Entries) {
    let users = plan.users.get_or_insert_default();
    let groups = plan.groups.get_or_insert_default();
    for (name, default) in &defaults.users {
        let entry = users
            .entries
            .entry(name.clone())
            .or_insert_with(|| Some(User::default()));
        if let Some(user) = entry {
            user.uid = user.uid.or(default.uid);
            user.group = user.group.take().or_else(|| default.group.clone());
            user.home = user.home.take().or_else(|| default.home.clone());
            user.shell = user.shell.take().or_else(|| default.shell.clone());
        }
    }
    for (name, default) in &defaults.groups {
        let entry = groups
            .entries
            .entry(name.clone())
            .or_insert_with(|| Some(Group::default()));
        if let Some(group) = entry {
            group.gid = group.gid.or(default.gid);
        }
    }
    let mut gids: BTreeSet<Id> = groups.present().filter_map(|(_, group)| group.gid).collect();
    for (name, user) in &mut users.entries {
        let Some(user) = user else { continue };
        fill_user(name, user);
        if user.group.as_ref().is_some_and(|group| group.text() == name) {
            // A user's own group, as useradd makes it: the same number where that is free.
            let gid = user
                .uid
                .filter(|uid| !groups.entries.contains_key(name) && gids.insert(*uid));
            groups
                .entries
                .entry(name.clone())
                .or_insert_with(|| Some(Group { gid, members: None }));
        }
    }
    let mut joining: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, user) in users.present() {
        for group in user.extra_groups.iter().flatten() {
            joining.entry(group.text()).or_default().push(name);
        }
    }
    for (name, group) in entries_mut(&mut plan.groups) {
        let members = group.members.get_or_insert_default();
        let mut known: BTreeSet<String> = members.iter().map(|member| member.text().to_owned()).collect();
        for user in joining.remove(name.as_str()).unwrap_or_default() {
            if known.insert(user.to_owned()) {
                members.push(AccountName::known(user));
            }
        }
    }
}

fn fill_user(name: &str, user: &mut User) {
    user.group.get_or_insert_with(|| AccountName::known(name));
    user.extra_groups.get_or_insert_default();
    user.home.get_or_insert_with(|| Home::known(NO_HOME));
    user.shell.get_or_insert_with(|| Shell::known(NO_LOGIN));
    user.description.get_or_insert_with(|| Description::known(""));
    user.hashed_password
        .get_or_insert_with(|| HashedPassword::known(LOCKED));
}
