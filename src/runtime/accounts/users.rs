//! passwd and shadow.

use std::collections::{BTreeMap, BTreeSet};

use super::{Before, Error, Merged, Note, OurUser, by_id, ids, owners, second_name};
use step::User;
use tree::digest;

/// The day of the last password change in a new shadow line: a fixed day, so that an image is the same whenever it is
/// built; not 0, which forces a change at the first login (shadow(5)).
const LAST_CHANGE: &str = "1";

/// The fields behind the password in a new shadow line.
const SHADOW_DATES: [&str; 7] = [LAST_CHANGE, "", "", "", "", "", ""];

/// Takes away the users that an earlier plan had, where nobody changed them. Their files, home included, stay.
pub(super) fn remove_dropped(merged: &mut Merged, users: &BTreeMap<String, User>, before: Before<'_>) {
    let mut dropped: BTreeSet<&str> = BTreeSet::new();
    dropped.extend(before.all().flat_map(|ours| ours.users.keys()).map(String::as_str));
    for name in dropped {
        if users.contains_key(name) {
            continue;
        }
        let Some(fields) = merged.databases.passwd.as_ref().and_then(|d| d.fields(name)) else {
            remove_rest(merged, name, before);
            if before.deleted_before(|ours| ours.users.contains_key(name)) {
                remember(merged, name, before);
            }
            continue;
        };
        let shadow = merged.databases.shadow.as_ref().and_then(|d| d.fields(name));
        let is_as_written = |ours: &&OurUser| {
            fields == passwd_fields(name, ours) && shadow.as_ref().is_none_or(|fields| is_untouched(fields, ours))
        };
        if !before.users(name).iter().any(is_as_written) {
            note(
                merged,
                name,
                "not in the plan any more, kept: it was changed".to_owned(),
            );
            // So that it is still known what a person changed when a later plan has the user again.
            remember(merged, name, before);
            continue;
        }
        for database in [&mut merged.databases.passwd, &mut merged.databases.shadow]
            .into_iter()
            .flatten()
        {
            database.remove(name);
        }
        merged.steps.push(("remove", subject(name)));
    }
}

/// Keeps in the record a user whom the plan does not have.
fn remember(merged: &mut Merged, name: &str, before: Before<'_>) {
    if let Some(ours) = before.users(name).first() {
        merged.ours.users.insert(name.to_owned(), (*ours).clone());
    }
}

/// Whether a line of shadow is as we wrote it. If a person set the password or the dates, the account is theirs.
fn is_untouched(fields: &[Vec<u8>], ours: &OurUser) -> bool {
    let found = fields.get(1).map_or(&[][..], Vec::as_slice);
    let dates = fields.iter().skip(2).map(Vec::as_slice);
    digest::hex(found) == ours.password && dates.eq(SHADOW_DATES.map(str::as_bytes))
}

/// Takes away the shadow line of a user who has no passwd line any more: a user of that name, added again, would have the old
/// password.
fn remove_rest(merged: &mut Merged, name: &str, before: Before<'_>) {
    let Some(shadow) = &mut merged.databases.shadow else {
        return;
    };
    let Some(fields) = shadow.fields(name) else {
        return;
    };
    let found = digest::hex(fields.get(1).map_or(&[], Vec::as_slice));
    let unchanged = before.users(name).iter().any(|ours| ours.password == found);
    if unchanged || before.began_to_drop(|ours| ours.users.contains_key(name)) {
        shadow.remove(name);
        merged.steps.push(("remove", subject(name)));
    } else {
        note(merged, name, "its line in /etc/shadow was changed, kept".to_owned());
    }
}

/// Adds the plan's users, and updates those fields of theirs that nobody changed.
pub(super) fn merge(
    merged: &mut Merged,
    users: &BTreeMap<String, User>,
    passwords: &BTreeMap<String, Option<String>>,
    before: Before<'_>,
) -> Result<(), Error> {
    let uids = assign(merged, users, before)?;
    for name in by_id(&uids) {
        let user = &users[name];
        let file = passwords.get(name);
        let password = file.and_then(Option::as_ref).unwrap_or(&user.hashed_password);
        let kept = file
            .filter(|file| file.is_none())
            .and_then(|_| kept_password(merged, name, user, before));
        let wanted = OurUser {
            uid: uids[name],
            gid: primary_group(merged, name, user)?,
            description: user.description.clone(),
            home: user.home.clone(),
            shell: user.shell.clone(),
            password: kept.clone().unwrap_or_else(|| digest::hex(password.as_bytes())),
        };
        let mut is_ours = true;
        match merged.databases.passwd.as_ref().and_then(|d| d.fields(name)) {
            Some(fields) => {
                // A user who was there before us stays a person's: no later plan may take them away.
                is_ours = !before.users(name).is_empty();
                if user.uid.is_some_and(|uid| uid != wanted.uid) {
                    note(merged, name, format!("keeps the id {}: files belong to it", wanted.uid));
                }
                update(merged, name, fields, &wanted, before);
            }
            None if before.deleted(before.record.is_some_and(|ours| ours.users.contains_key(name))) => {
                note(merged, name, "was deleted by hand and stays so".to_owned());
                merged.ours.users.insert(name.clone(), wanted);
                continue;
            }
            None => {
                merged
                    .databases
                    .passwd
                    .get_or_insert_default()
                    .set(name, &passwd_fields(name, &wanted));
                merged.steps.push(("add", subject(name)));
            }
        }
        if file.is_some_and(Option::is_none) {
            warn_of_missing_file(merged, name, user, kept.is_some());
        }
        if kept.is_none() {
            set_password(merged, name, password, before);
        }
        if is_ours {
            merged.ours.users.insert(name.clone(), wanted);
        }
    }
    Ok(())
}

/// The id of each user of the plan: the one that the user has, else the plan's, else the one from before, else the one of
/// the group that bears the user's name, else a free one.
fn assign(
    merged: &mut Merged,
    users: &BTreeMap<String, User>,
    before: Before<'_>,
) -> Result<BTreeMap<String, u32>, Error> {
    let present = owners(merged.databases.passwd.as_ref());
    let mut taken = super::taken(merged, users, &BTreeMap::new());
    let mut uids: BTreeMap<String, u32> = BTreeMap::new();
    for (name, user) in users {
        let current = merged.databases.passwd.as_ref().and_then(|d| d.id(name));
        let earlier = before
            .users(name)
            .first()
            .map(|ours| ours.uid)
            .or(merged.ours.retired_uids.get(name).copied());
        let earlier = earlier.filter(|uid| {
            let anothers = users
                .iter()
                .any(|(other, user)| other != name && user.uid == Some(*uid));
            !present.contains_key(uid) && !anothers && !uids.values().any(|other| other == uid)
        });
        let named_group = merged.ours.groups.get(name).map(|group| group.gid).filter(|gid| {
            let given_out = merged
                .ours
                .retired_uids
                .values()
                .chain(uids.values())
                .any(|uid| uid == gid);
            !present.contains_key(gid) && !given_out && !users.values().any(|other| other.uid == Some(*gid))
        });
        let uid = match (current, user.uid, earlier.or(named_group)) {
            (Some(uid), _, _) | (None, None, Some(uid)) => uid,
            (None, Some(uid), _) => match present.get(&uid) {
                Some(owner) => {
                    return Err(Error::Taken {
                        subject: subject(name),
                        id: uid,
                        owner: owner.clone(),
                    });
                }
                // As on a root that was lost.
                None if before.users(name).iter().any(|ours| ours.uid == uid) => uid,
                None => {
                    let ours = &merged.ours;
                    let warning = second_name(&subject(name), name, uid, &ours.retired_uids, &ours.chosen_uids)?;
                    merged.warnings.extend(warning);
                    uid
                }
            },
            (None, None, None) => {
                ids::free(ids::Kind::of_home(&user.home), &taken).ok_or_else(|| Error::UsedUp(subject(name)))?
            }
        };
        taken.insert(uid);
        uids.insert(name.clone(), uid);
    }
    Ok(uids)
}

fn primary_group(merged: &Merged, name: &str, user: &User) -> Result<u32, Error> {
    let present = merged.databases.group.as_ref().and_then(|d| d.id(&user.group));
    let ours = merged.ours.groups.get(&user.group).map(|group| group.gid);
    let numeric = user.group.parse().ok();
    let root = (user.group == "root").then_some(0);
    present.or(ours).or(numeric).or(root).ok_or_else(|| Error::NoGroup {
        user: name.to_owned(),
        group: user.group.clone(),
    })
}

fn passwd_fields(name: &str, user: &OurUser) -> Vec<Vec<u8>> {
    let fields = [
        name,
        "x",
        &user.uid.to_string(),
        &user.gid.to_string(),
        &user.description,
        &user.home,
        &user.shell,
    ];
    fields.map(|field| field.as_bytes().to_vec()).to_vec()
}

/// Updates the fields that are as we wrote them. The others are a person's, and stay.
fn update(merged: &mut Merged, name: &str, mut fields: Vec<Vec<u8>>, wanted: &OurUser, before: Before<'_>) {
    let earlier = before.users(name);
    fields.resize(7, Vec::new());
    let old = fields.clone();
    let new = passwd_fields(name, wanted);
    let ours: Vec<Vec<Vec<u8>>> = earlier.iter().map(|user| passwd_fields(name, user)).collect();
    for (n, what) in [(3, "primary group"), (4, "description"), (5, "home"), (6, "shell")] {
        if fields[n] == new[n] {
            continue;
        }
        if ours.iter().any(|line| line[n] == fields[n]) {
            fields[n].clone_from(&new[n]);
        } else {
            note(
                merged,
                name,
                format!("keeps its {what} `{}`", String::from_utf8_lossy(&fields[n])),
            );
        }
    }
    if fields != old {
        merged.databases.passwd.get_or_insert_default().set(name, &fields);
        merged.steps.push(("change", subject(name)));
    }
}

/// Keeps the password of a user whose password file does not exist, as on a tmpfs that is not filled yet. Returns what
/// the record is to say of it: a password of ours stays ours, and a person's stays theirs.
fn kept_password(merged: &Merged, name: &str, user: &User, before: Before<'_>) -> Option<String> {
    let fields = merged.databases.shadow.as_ref()?.fields(name)?;
    let found = digest::hex(fields.get(1)?);
    let earlier = before.users(name);
    if earlier.iter().any(|ours| ours.password == found) {
        return Some(found);
    }
    let first = earlier.first().map(|ours| ours.password.clone());
    Some(first.unwrap_or_else(|| digest::hex(user.hashed_password.as_bytes())))
}

fn warn_of_missing_file(merged: &mut Merged, name: &str, user: &User, kept: bool) {
    let path = user.hashed_password_file.as_deref().unwrap_or_default();
    let subject = subject(name);
    merged.warnings.push(if kept {
        format!("{subject} keeps its password: `{path}` does not exist")
    } else if user.hashed_password.starts_with(['!', '*']) {
        format!("{subject} is locked: `{path}`, which is to hold its password, does not exist")
    } else {
        format!("{subject} has the password of `hashedPassword`: `{path}` does not exist")
    });
}

/// Sets the password field of shadow where it is missing or stands as we wrote it.
fn set_password(merged: &mut Merged, name: &str, password: &str, before: Before<'_>) {
    let shadow = merged.databases.shadow.get_or_insert_default();
    match shadow.fields(name) {
        None => {
            let fields = [name, password, LAST_CHANGE, "", "", "", "", "", ""];
            shadow.set(name, &fields.map(|field| field.as_bytes().to_vec()));
        }
        Some(mut fields) => {
            fields.resize(fields.len().max(2), Vec::new());
            if fields[1] == password.as_bytes() {
                return;
            }
            let found = digest::hex(&fields[1]);
            if before.users(name).iter().any(|ours| ours.password == found) {
                fields[1] = password.as_bytes().to_vec();
                shadow.set(name, &fields);
                merged.steps.push(("change", format!("password of {}", subject(name))));
            } else {
                note(merged, name, "keeps its password".to_owned());
            }
        }
    }
}

fn subject(name: &str) -> String {
    format!("user `{name}`")
}

fn note(merged: &mut Merged, name: &str, message: String) {
    merged.notes.push(Note {
        subject: subject(name),
        message,
    });
}
