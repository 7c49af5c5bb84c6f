//! Users and groups: no two have the same id, and every name that the plan uses exists.

use std::collections::BTreeMap;

use super::{Plans, at, problem};
use crate::problem::{AttrPath, Code, Problem, code};
use crate::text::{AccountName, Owner, Text};
use crate::{Id, Map};

pub fn check(plans: &Plans) -> Vec<Problem> {
    let mut problems = Vec::new();
    ids(plans, &mut problems);
    root(plans, &mut problems);
    names(plans, &mut problems);
    owners(plans, &mut problems);
    problems
}

/// No two users have the same uid, and no two groups the same gid.
fn ids(plans: &Plans, problems: &mut Vec<Problem>) {
    let users = plans.filled.users.iter().flat_map(Map::present);
    let users: Vec<_> = users
        .filter_map(|(name, user)| Some((name.as_str(), user.uid?)))
        .collect();
    let given = |name: &str| plans.given.users.as_ref()?.entries.get(name)?.as_ref()?.uid;
    let place = |name: &str| at("users").name(name).name("uid");
    twice(&users, &given, code::UID_TWICE, &place, problems);
    let groups = plans.filled.groups.iter().flat_map(Map::present);
    let groups: Vec<_> = groups
        .filter_map(|(name, group)| Some((name.as_str(), group.gid?)))
        .collect();
    let given = |name: &str| plans.given.groups.as_ref()?.entries.get(name)?.as_ref()?.gid;
    let place = |name: &str| at("groups").name(name).name("gid");
    twice(&groups, &given, code::GID_TWICE, &place, problems);
}

/// Complains about each id that the author gave and that a default or an earlier entry has already.
fn twice(
    filled: &[(&str, Id)],
    given: &dyn Fn(&str) -> Option<Id>,
    code: Code,
    place: &dyn Fn(&str) -> AttrPath,
    problems: &mut Vec<Problem>,
) {
    let mut holders: BTreeMap<Id, &str> = BTreeMap::new();
    for (name, id) in filled.iter().filter(|(name, _)| given(name).is_none()) {
        holders.entry(*id).or_insert(name);
    }
    for (name, id) in filled.iter().filter(|(name, _)| given(name).is_some()) {
        let holder = *holders.entry(*id).or_insert(name);
        if holder != *name {
            let message = format!("`{}` is the id of `{holder}` already", id.0);
            let hint = "take another one, or none: a free id is then found";
            problems.push(problem(place(name), code, message, hint));
        }
    }
}

/// The ids of the user and the group `root` are 0: the kernel goes by the number alone.
fn root(plans: &Plans, problems: &mut Vec<Problem>) {
    let users = plans.given.users.iter().flat_map(Map::present);
    let users = users.map(|(name, user)| (at("users").name(name).name("uid"), name, user.uid));
    let groups = plans.given.groups.iter().flat_map(Map::present);
    let groups = groups.map(|(name, group)| (at("groups").name(name).name("gid"), name, group.gid));
    for (place, _, id) in users.chain(groups).filter(|(_, name, _)| *name == "root") {
        if let Some(id) = id.filter(|id| id.0 != 0) {
            let message = format!("`{}` is not the id of `root`, which is 0 on every system", id.0);
            problems.push(problem(place, code::ROOT_ID, message, "leave the attribute out"));
        }
    }
}

/// Every group that a user names exists, and every user that a group names.
fn names(plans: &Plans, problems: &mut Vec<Problem>) {
    let group = |name: &AccountName| {
        plans
            .filled
            .groups
            .as_ref()
            .is_some_and(|groups| groups.has(name.text()))
    };
    let user = |name: &AccountName| plans.filled.users.as_ref().is_some_and(|users| users.has(name.text()));
    for (name, entry) in plans.filled.users.iter().flat_map(Map::present) {
        let place = at("users").name(name);
        let given = || plans.given.users.as_ref()?.entries.get(name)?.as_ref()?.group.as_ref();
        for missing in entry.group.iter().filter(|name| !group(name)) {
            if given().is_some() {
                problems.push(no_group(place.name("group"), missing.text()));
            } else {
                // The user has it by default, and only an entry that takes it away can be the reason.
                problems.push(problem(
                    at("groups").name(missing.text()),
                    code::NO_SUCH_GROUP,
                    format!("the group is taken away, and it is that of the user `{name}`"),
                    format!("write `users.{name} = null;` too, or another `users.{name}.group`"),
                ));
            }
        }
        for (index, missing) in entry
            .extra_groups
            .iter()
            .flatten()
            .enumerate()
            .filter(|(_, name)| !group(name))
        {
            problems.push(no_group(place.name("extraGroups").index(index), missing.text()));
        }
    }
    for (name, entry) in plans.given.groups.iter().flat_map(Map::present) {
        for (index, missing) in entry
            .members
            .iter()
            .flatten()
            .enumerate()
            .filter(|(_, name)| !user(name))
        {
            problems.push(no_user(
                at("groups").name(name).name("members").index(index),
                missing.text(),
            ));
        }
    }
}

/// The owners of directories and files exist.
fn owners(plans: &Plans, problems: &mut Vec<Problem>) {
    let plan = plans.given;
    let user = |name: &str| plans.filled.users.as_ref().is_some_and(|users| users.has(name));
    let group = |name: &str| plans.filled.groups.as_ref().is_some_and(|groups| groups.has(name));
    let directories = plan.directories.iter().flat_map(Map::present);
    let directories = directories.map(|(path, entry)| ("directories", path, &entry.user, &entry.group));
    let files = plan.files.iter().flat_map(Map::present);
    let files = files.map(|(path, entry)| ("files", path, &entry.user, &entry.group));
    for (section, path, owner, owning_group) in directories.chain(files) {
        let unknown = |owner: &Option<Owner>, exists: &dyn Fn(&str) -> bool| {
            let owner = owner.as_ref().filter(|owner| !owner.is_always_known())?;
            owner.name().filter(|name| !exists(name)).map(str::to_owned)
        };
        if let Some(name) = unknown(owner, &user) {
            problems.push(no_user(at(section).name(path).name("user"), &name));
        }
        if let Some(name) = unknown(owning_group, &group) {
            problems.push(no_group(at(section).name(path).name("group"), &name));
        }
    }
}

fn no_group(path: AttrPath, name: &str) -> Problem {
    problem(
        path,
        code::NO_SUCH_GROUP,
        format!("there is no group `{name}`"),
        format!("add `groups.{name} = {{ }};`"),
    )
}

fn no_user(path: AttrPath, name: &str) -> Problem {
    problem(
        path,
        code::NO_SUCH_USER,
        format!("there is no user `{name}`"),
        format!("add `users.{name} = {{ }};`"),
    )
}
