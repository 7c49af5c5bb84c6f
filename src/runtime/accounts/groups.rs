//! group and gshadow.

use std::collections::{BTreeMap, BTreeSet};

use super::{Before, Database, Error, Merged, Note, OurGroup, by_id, ids, number, owners, second_name, taken, text};
use step::{Group, User};

/// The group password that nobody has: gshadow(5).
const LOCKED: &str = "!";

/// Takes away the groups that an earlier plan had, where nobody changed them and no user needs them, and from all others
/// the members that an earlier plan gave them.
pub(super) fn remove_dropped(merged: &mut Merged, groups: &BTreeMap<String, Group>, before: Before<'_>) {
    let dropped: BTreeSet<String> = before
        .all()
        .flat_map(|ours| ours.groups.keys())
        .filter(|name| !groups.contains_key(*name))
        .cloned()
        .collect();
    for name in dropped {
        let Some(fields) = merged.databases.group.as_ref().and_then(|d| d.fields(&name)) else {
            remove_rest(merged, &name, before);
            if before.deleted_before(|ours| ours.groups.contains_key(&name)) {
                let members = before.members(&name).into_iter().cloned().collect();
                remember(merged, &name, members, before);
            }
            continue;
        };
        let members = split_members(&text(&fields, 3));
        let gshadow = merged.databases.gshadow.as_ref().and_then(|d| d.fields(&name));
        // A password or an administrator of the group is a person's (gpasswd(1)).
        let is_open = text(&fields, 1) != "x" || gshadow.is_some_and(|fields| !is_untouched(&fields));
        let unchanged = !is_open
            && before
                .groups(&name)
                .iter()
                .any(|ours| number(&fields, 2) == Some(ours.gid) && members.iter().all(|m| ours.members.contains(m)));
        let needed = merged
            .databases
            .passwd
            .iter()
            .flat_map(Database::entries)
            .any(|user| number(&user, 3).is_some() && number(&user, 3) == number(&fields, 2));
        if !unchanged || needed {
            let why = if needed {
                "it is a user's group"
            } else {
                "it was changed"
            };
            note(merged, &name, format!("not in the plan any more, kept: {why}"));
            take_back_members(merged, &name, before);
            // So that it is still known what a person changed when a later plan has the group again.
            let taken_out = before.taken_out(&name, &members);
            remember(merged, &name, taken_out, before);
            continue;
        }
        for database in [&mut merged.databases.group, &mut merged.databases.gshadow]
            .into_iter()
            .flatten()
        {
            database.remove(&name);
        }
        merged.steps.push(("remove", subject(&name)));
    }
    let joined: BTreeSet<&String> = before.all().flat_map(|ours| ours.joined.keys()).collect();
    for name in joined.into_iter().filter(|name| !groups.contains_key(*name)) {
        if let Some(fields) = merged.databases.group.as_ref().and_then(|d| d.fields(name)) {
            let taken_out = before.taken_out(name, &split_members(&text(&fields, 3)));
            if !taken_out.is_empty() && !merged.ours.groups.contains_key(name) {
                merged.ours.joined.insert(name.clone(), taken_out);
            }
        }
        take_back_members(merged, name, before);
    }
}

/// Keeps in the record a group that the plan does not have.
fn remember(merged: &mut Merged, name: &str, members: Vec<String>, before: Before<'_>) {
    if let Some(gid) = before.groups(name).first().map(|ours| ours.gid) {
        merged.ours.groups.insert(name.to_owned(), OurGroup { gid, members });
    }
}

/// Whether a line of gshadow is as we wrote it, whatever its members: it has neither a password nor administrators.
fn is_untouched(fields: &[Vec<u8>]) -> bool {
    text(fields, 1) == LOCKED && text(fields, 2).is_empty()
}

/// Takes the members that we added out of a group that stays.
fn take_back_members(merged: &mut Merged, name: &str, before: Before<'_>) {
    let mut changed = false;
    let databases = [&mut merged.databases.group, &mut merged.databases.gshadow];
    for database in databases.into_iter().flatten() {
        changed |= set_members(database, name, &[], &before.members(name));
    }
    if changed {
        merged.steps.push(("change", subject(name)));
    }
}

/// Merges the members of the group `name`, if `database` (group or gshadow) has it; gives whether they changed.
fn set_members(database: &mut Database, name: &str, wanted: &[String], before: &[&String]) -> bool {
    let Some(mut fields) = database.fields(name) else {
        return false;
    };
    let current = split_members(&text(&fields, 3));
    let members = merge_members(&current, wanted, before);
    if members == current {
        return false;
    }
    fields.resize(4, Vec::new());
    fields[3] = members.join(",").into_bytes();
    database.set(name, &fields);
    true
}

/// Takes away the gshadow line of a group that has no group line any more.
fn remove_rest(merged: &mut Merged, name: &str, before: Before<'_>) {
    let Some(gshadow) = &mut merged.databases.gshadow else {
        return;
    };
    let Some(fields) = gshadow.fields(name) else {
        return;
    };
    let members = split_members(&text(&fields, 3));
    let unchanged = is_untouched(&fields)
        && before
            .groups(name)
            .iter()
            .any(|ours| members.iter().all(|member| ours.members.contains(member)));
    if unchanged || before.began_to_drop(|ours| ours.groups.contains_key(name)) {
        gshadow.remove(name);
        merged.steps.push(("remove", subject(name)));
    } else {
        note(merged, name, "its line in /etc/gshadow was changed, kept".to_owned());
    }
}

/// Adds the plan's groups and their members.
pub(super) fn merge(
    merged: &mut Merged,
    groups: &BTreeMap<String, Group>,
    users: &BTreeMap<String, User>,
    before: Before<'_>,
) -> Result<(), Error> {
    // Where we make the group file, we make gshadow as well. A system that never had gshadow is not given one.
    merged.ours.gshadow |= !groups.is_empty() && merged.databases.group.is_none() && merged.databases.gshadow.is_none();
    let fresh = merged.databases.group.is_none() || before.all().any(|ours| ours.gshadow);
    let gids = assign(merged, groups, users, before)?;
    for name in by_id(&gids) {
        let group = &groups[name];
        let gid = gids[name];
        let before_members = before.members(name);
        // A group that was there before us stays a person's, but for the members that we add to it.
        let present = merged.databases.group.as_ref().and_then(|d| d.fields(name));
        let current = split_members(&text(present.as_deref().unwrap_or_default(), 3));
        let taken_out = match present {
            Some(_) => before.taken_out(name, &current),
            None => Vec::new(),
        };
        let mut wanted = group.members.clone();
        wanted.retain(|member| !taken_out.contains(member));
        // Members whom a person took out are remembered, in case a later plan has them again.
        let earlier = taken_out.iter().filter(|member| !group.members.contains(member));
        let earlier: Vec<String> = earlier.cloned().collect();
        if present.is_none() || !before.groups(name).is_empty() {
            let mut members = group.members.clone();
            members.extend(earlier);
            merged.ours.groups.insert(name.clone(), OurGroup { gid, members });
        } else {
            let mut joined = group.members.clone();
            joined.retain(|member| !current.contains(member) || before_members.contains(&member));
            joined.extend(earlier);
            if !joined.is_empty() {
                merged.ours.joined.insert(name.clone(), joined);
            }
        }
        match present {
            Some(_) => {
                if group.gid.is_some_and(|wanted| wanted != gid) {
                    note(merged, name, format!("keeps the id {gid}: files may belong to it"));
                }
                for member in taken_out.iter().filter(|member| group.members.contains(member)) {
                    note(merged, name, format!("`{member}` was taken out by hand and stays so"));
                }
                let database = merged.databases.group.get_or_insert_default();
                if set_members(database, name, &wanted, &before_members) {
                    merged.steps.push(("change", subject(name)));
                }
            }
            None if before.deleted(before.record.is_some_and(|ours| ours.groups.contains_key(name))) => {
                note(merged, name, "was deleted by hand and stays so".to_owned());
                continue;
            }
            None => {
                let fields = [name.clone(), "x".to_owned(), gid.to_string(), group.members.join(",")];
                merged
                    .databases
                    .group
                    .get_or_insert_default()
                    .set(name, &fields.map(String::into_bytes));
                merged.steps.push(("add", subject(name)));
            }
        }
        merge_gshadow(merged, name, &wanted, &before_members, fresh);
    }
    Ok(())
}

/// The id of each group of the plan: the one that it has, else the plan's, else the one it had before, else a free one.
fn assign(
    merged: &mut Merged,
    groups: &BTreeMap<String, Group>,
    users: &BTreeMap<String, User>,
    before: Before<'_>,
) -> Result<BTreeMap<String, u32>, Error> {
    let present = owners(merged.databases.group.as_ref());
    let mut taken = taken(merged, users, groups);
    let mut gids: BTreeMap<String, u32> = BTreeMap::new();
    for (name, group) in groups {
        let current = merged.databases.group.as_ref().and_then(|d| d.id(name));
        let earlier = before
            .groups(name)
            .first()
            .map(|ours| ours.gid)
            .or(merged.ours.retired_gids.get(name).copied());
        let earlier = earlier.filter(|gid| {
            let anothers = groups
                .iter()
                .any(|(other, group)| other != name && group.gid == Some(*gid));
            !present.contains_key(gid) && !anothers && !gids.values().any(|other| other == gid)
        });
        let gid = match (current, group.gid, earlier) {
            (Some(gid), _, _) | (None, None, Some(gid)) => gid,
            (None, Some(gid), _) => match present.get(&gid) {
                Some(owner) => {
                    return Err(Error::Taken {
                        subject: subject(name),
                        id: gid,
                        owner: owner.clone(),
                    });
                }
                // As on a root that was lost.
                None if before.groups(name).iter().any(|ours| ours.gid == gid) => gid,
                None => {
                    let ours = &merged.ours;
                    let warning = second_name(&subject(name), name, gid, &ours.retired_gids, &ours.chosen_gids)?;
                    merged.warnings.extend(warning);
                    gid
                }
            },
            (None, None, None) => {
                let kind = users
                    .get(name)
                    .map_or(ids::Kind::System, |user| ids::Kind::of_home(&user.home));
                ids::free(kind, &taken).ok_or_else(|| Error::UsedUp(subject(name)))?
            }
        };
        taken.insert(gid);
        gids.insert(name.clone(), gid);
    }
    Ok(gids)
}

/// Adds the members to gshadow, where there is one or shall be one.
fn merge_gshadow(merged: &mut Merged, name: &str, members: &[String], before: &[&String], fresh: bool) {
    if merged.databases.gshadow.is_none() && !fresh {
        return;
    }
    let database = merged.databases.gshadow.get_or_insert_default();
    if database.fields(name).is_none() {
        database.set(name, &[name, LOCKED, "", ""].map(|field| field.as_bytes().to_vec()));
    }
    set_members(database, name, members, before);
}

/// The members that are there now, without those whom only an earlier plan added, and then the members of this plan.
fn merge_members(current: &[String], wanted: &[String], before: &[&String]) -> Vec<String> {
    let mut members: Vec<String> = current
        .iter()
        .filter(|m| wanted.contains(m) || !before.contains(m))
        .cloned()
        .collect();
    for member in wanted {
        if !members.contains(member) {
            members.push(member.clone());
        }
    }
    members
}

fn split_members(field: &str) -> Vec<String> {
    field
        .split(',')
        .filter(|member| !member.is_empty())
        .map(str::to_owned)
        .collect()
}

fn subject(name: &str) -> String {
    format!("group `{name}`")
}

fn note(merged: &mut Merged, name: &str, message: String) {
    merged.notes.push(Note {
        subject: subject(name),
        message,
    });
}
