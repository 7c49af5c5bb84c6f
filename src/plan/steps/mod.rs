//! A filled plan as the steps that its scripts carry.
//!
//! A step says all that it does: before it is made, every attribute is given its default. If one is missing all the
//! same, the plan was not filled in, and an empty value stands in its place.

mod boot;

use std::collections::BTreeMap;

use step::{FORMAT, Init, MachineId, Mode, OnChange, PostInit, PreBoot, PreInit};

use crate::sections::file_system::has_read_only_root;
use crate::text::{Owner, Text};
use crate::{Command, Directory, File, Group, Map, Plan, Symlink, User};

/// A filled plan and the store path that it is built at, which its scripts name.
#[derive(Debug, Clone, Copy)]
pub struct Output<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The store path.
    pub path: &'a str,
}

impl From<Output<'_>> for PreInit {
    fn from(Output { plan, path }: Output<'_>) -> Self {
        let nix = plan.nix.as_ref().filter(|nix| nix.enable == Some(true));
        Self {
            format: FORMAT,
            name: text(plan.name.as_ref()),
            system: path.to_owned(),
            directories: entries(plan.directories.as_ref(), directory),
            files: entries(plan.files.as_ref(), file),
            symlinks: entries(plan.symlinks.as_ref(), symlink),
            users: entries(plan.users.as_ref(), user),
            groups: entries(plan.groups.as_ref(), group),
            machine_id: plan.machine_id.clone().unwrap_or(MachineId::None),
            nix: nix.map(|nix| step::Nix {
                package: text(nix.package.as_ref()),
            }),
            hooks: commands(plan.hooks.as_ref().and_then(|hooks| hooks.pre_init.as_ref())),
        }
    }
}

impl From<&Plan> for PostInit {
    fn from(plan: &Plan) -> Self {
        let init = plan.init.as_ref();
        let environment = init.and_then(|init| init.environment.as_ref());
        Self {
            format: FORMAT,
            command: words(init.and_then(|init| init.command.as_ref())),
            environment: entries(environment, |variable| variable.text().to_owned()),
        }
    }
}

impl From<Output<'_>> for Init {
    fn from(Output { plan, path }: Output<'_>) -> Self {
        Self {
            format: FORMAT,
            pre_init: format!("{path}/pre-init"),
            post_init: format!("{path}/post-init"),
            read_only: has_read_only_root(plan),
        }
    }
}

impl From<Output<'_>> for PreBoot {
    fn from(output: Output<'_>) -> Self {
        let Output { plan, path } = output;
        let other = plan.boot.as_ref().and_then(|boot| boot.system.as_ref());
        Self {
            format: FORMAT,
            name: text(plan.name.as_ref()),
            system: other.map_or(path, Text::text).to_owned(),
            boot: boot::boot(output),
            hooks: commands(plan.hooks.as_ref().and_then(|hooks| hooks.pre_boot.as_ref())),
        }
    }
}

fn text<T: Text>(value: Option<&T>) -> String {
    value.map_or("", Text::text).to_owned()
}

fn texts<T: Text>(values: Option<&Vec<T>>) -> Vec<String> {
    values
        .into_iter()
        .flatten()
        .map(|value| value.text().to_owned())
        .collect()
}

fn words(command: Option<&Command>) -> Vec<String> {
    texts(command.map(|command| &command.0))
}

fn commands(commands: Option<&Vec<Command>>) -> Vec<Vec<String>> {
    commands
        .into_iter()
        .flatten()
        .map(|command| words(Some(command)))
        .collect()
}

/// The entries of a section. Those that are `null` are left out: they take a default away, and only `plan.json` shows
/// them.
fn entries<K, V, S>(map: Option<&Map<K, V>>, step: impl Fn(&V) -> S) -> BTreeMap<String, S> {
    let present = map.into_iter().flat_map(Map::present);
    present.map(|(name, value)| (name.clone(), step(value))).collect()
}

fn owner(owner: Option<&Owner>) -> String {
    owner.map_or("root", Text::text).to_owned()
}

fn directory(directory: &Directory) -> step::Directory {
    step::Directory {
        mode: directory.mode.unwrap_or(Mode(0o755)),
        user: owner(directory.user.as_ref()),
        group: owner(directory.group.as_ref()),
    }
}

fn file(file: &File) -> step::File {
    step::File {
        text: file.text.as_ref().map(|text| text.text().to_owned()),
        source: file.source.as_ref().map(|source| source.text().to_owned()),
        mode: file.mode.unwrap_or(Mode(0o644)),
        user: owner(file.user.as_ref()),
        group: owner(file.group.as_ref()),
        on_change: file.on_change.unwrap_or(OnChange::Keep),
    }
}

fn symlink(symlink: &Symlink) -> step::Symlink {
    step::Symlink {
        target: text(symlink.target.as_ref()),
        on_change: symlink.on_change.unwrap_or(OnChange::Keep),
    }
}

fn user(user: &User) -> step::User {
    step::User {
        uid: user.uid.map(|uid| uid.0),
        group: text(user.group.as_ref()),
        extra_groups: texts(user.extra_groups.as_ref()),
        home: text(user.home.as_ref()),
        shell: text(user.shell.as_ref()),
        description: text(user.description.as_ref()),
        hashed_password: text(user.hashed_password.as_ref()),
        hashed_password_file: user.hashed_password_file.as_ref().map(|file| file.text().to_owned()),
    }
}

fn group(group: &Group) -> step::Group {
    step::Group {
        gid: group.gid.map(|gid| gid.0),
        members: texts(group.members.as_ref()),
    }
}
