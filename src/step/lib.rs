//! The steps: what the scripts `pre-init`, `post-init`, `init` and `pre-boot` carry as JSON behind their first line.
//!
//! Written by the build with every default filled in, read by the runtime. [`FORMAT`] changes whenever an older
//! runtime would misread a newer step.

mod boot;
pub mod kernel_parameter;
mod loaders;
pub mod partition_type;
pub mod password;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use tree::{FromTree, Tree, fields};

pub use boot::{Boot, Efi};
pub use loaders::{External, Extlinux, GRUB_DIRECTORIES, Grub, GrubBios, GrubEfi, Loader, SystemdBoot};

/// The version of these types; a runtime refuses every other one.
pub const FORMAT: u32 = 1;

/// The variable that names the prefix to hooks and other commands of the plan.
pub const PREFIX_VARIABLE: &str = "SYSTEM_INSTALLER_PREFIX";

/// A step that a script can hold.
pub trait Step: FromTree {
    /// The step's name, which is the script's as well.
    const NAME: &'static str;
}

impl Step for PreInit {
    const NAME: &'static str = "pre-init";
}

impl Step for PostInit {
    const NAME: &'static str = "post-init";
}

impl Step for Init {
    const NAME: &'static str = "init";
}

impl Step for PreBoot {
    const NAME: &'static str = "pre-boot";
}

/// The path of the registration: the contents of the Nix database, for a store that came without one. NixOS and Nixpkgs
/// put it there, too. It is in the format of `nix-store --load-db`.
pub const REGISTRATION: &str = "/nix-path-registration";

/// What `pre-init` does beneath its prefix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Tree")]
pub struct PreInit {
    /// [`FORMAT`].
    pub format: u32,
    /// The plan's name.
    pub name: String,
    /// The store path of the system: the output that holds this script.
    pub system: String,
    /// Directories by absolute path, parents of every other entry included.
    pub directories: BTreeMap<String, Directory>,
    /// Regular files by absolute path.
    pub files: BTreeMap<String, File>,
    /// Symbolic links by absolute path.
    pub symlinks: BTreeMap<String, Symlink>,
    /// Users by name.
    pub users: BTreeMap<String, User>,
    /// Groups by name.
    pub groups: BTreeMap<String, Group>,
    /// What becomes of `/etc/machine-id`.
    pub machine_id: MachineId,
    /// The Nix of the system, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nix: Option<Nix>,
    /// Commands to run before the record is written.
    pub hooks: Vec<Vec<String>>,
}

fields!(PreInit: format, name, system, directories, files, symlinks, users, groups, machine_id, nix, hooks);

/// The Nix of a system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Tree")]
pub struct Nix {
    /// Its store path, with `bin/nix-store`.
    pub package: String,
}

fields!(Nix: package);

// The attributes of an entry come in the order of their names, as Nix has them.

/// A directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Tree")]
pub struct Directory {
    /// Owning group: a group name or a decimal gid.
    pub group: String,
    /// Permissions.
    pub mode: Mode,
    /// Owner: a user name or a decimal uid.
    pub user: String,
}

fields!(Directory: mode, user, group);

/// A regular file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Tree")]
pub struct File {
    /// Owning group: a group name or a decimal gid.
    pub group: String,
    /// Permissions.
    pub mode: Mode,
    /// What happens to a person's change.
    pub on_change: OnChange,
    /// The store path of a regular file with the contents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The contents themselves; either this or `source`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Owner: a user name or a decimal uid.
    pub user: String,
}

fields!(File: text, source, mode, user, group, on_change);

/// A symbolic link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Tree")]
pub struct Symlink {
    /// What happens to a person's change.
    pub on_change: OnChange,
    /// What the link says; it is never resolved.
    pub target: String,
}

fields!(Symlink: target, on_change);

/// What happens to a managed file or link that a person changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnChange {
    /// The person's version stays.
    Keep,
    /// The plan's version takes its place.
    Replace,
}

impl FromTree for OnChange {
    fn from_tree(tree: Tree) -> Result<Self, String> {
        match String::from_tree(tree)?.as_str() {
            "keep" => Ok(Self::Keep),
            "replace" => Ok(Self::Replace),
            other => Err(format!("`{other}` is neither `keep` nor `replace`")),
        }
    }
}

/// A user, for `/etc/passwd` and `/etc/shadow` (passwd(5), shadow(5)).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Tree")]
pub struct User {
    /// The GECOS field.
    pub description: String,
    /// The names of further groups.
    pub extra_groups: Vec<String>,
    /// The name of the primary group.
    pub group: String,
    /// The password, hashed as crypt(5) says; `!` locks the account.
    pub hashed_password: String,
    /// A file beneath the prefix that holds the hashed password on its first line. It takes precedence over
    /// `hashed_password`, which a new user gets where the file does not exist.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hashed_password_file: Option<String>,
    /// The home directory.
    pub home: String,
    /// The login shell.
    pub shell: String,
    /// The numeric id; without one, a free id is taken at the first run and kept from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uid: Option<u32>,
}

fields!(User: uid, group, extra_groups, home, shell, description, hashed_password, hashed_password_file);

/// A group, for `/etc/group` and `/etc/gshadow` (group(5), gshadow(5)).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Tree")]
pub struct Group {
    /// The numeric id; without one, a free id is taken at the first run and kept from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gid: Option<u32>,
    /// The names of the members, those from `extraGroups` included.
    pub members: Vec<String>,
}

fields!(Group: gid, members);

/// What becomes of `/etc/machine-id` (machine-id(5)).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum MachineId {
    /// The instance stage writes a random id where there is none.
    Generate,
    /// `uninitialized`: systemd takes the next boot as the first one.
    Uninitialized,
    /// The file is not touched.
    None,
    /// This id: 32 lower-case hexadecimal digits.
    Id(String),
}

impl TryFrom<String> for MachineId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "generate" => Ok(Self::Generate),
            "uninitialized" => Ok(Self::Uninitialized),
            "none" => Ok(Self::None),
            id if id.len() == 32 && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) => Ok(Self::Id(text)),
            _ => Err(format!(
                "`{text}` is none of `generate`, `uninitialized`, `none` and 32 lower-case hexadecimal digits"
            )),
        }
    }
}

impl FromTree for MachineId {
    fn from_tree(tree: Tree) -> Result<Self, String> {
        String::from_tree(tree)?.try_into()
    }
}

impl From<MachineId> for String {
    fn from(id: MachineId) -> Self {
        match id {
            MachineId::Generate => "generate".to_owned(),
            MachineId::Uninitialized => "uninitialized".to_owned(),
            MachineId::None => "none".to_owned(),
            MachineId::Id(id) => id,
        }
    }
}

/// Permission bits, setuid, setgid and sticky included; in JSON four octal digits in a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Mode(pub u32);

impl TryFrom<String> for Mode {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if matches!(text.len(), 3 | 4) && text.bytes().all(|b| matches!(b, b'0'..=b'7')) {
            return Ok(Self(u32::from_str_radix(&text, 8).map_err(|e| e.to_string())?));
        }
        Err(format!("`{text}` is not a mode of three or four octal digits"))
    }
}

impl FromTree for Mode {
    fn from_tree(tree: Tree) -> Result<Self, String> {
        String::from_tree(tree)?.try_into()
    }
}

impl From<Mode> for String {
    fn from(mode: Mode) -> Self {
        format!("{:04o}", mode.0)
    }
}

/// What `post-init` does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Tree")]
pub struct PostInit {
    /// [`FORMAT`].
    pub format: u32,
    /// The command that takes this process's place.
    pub command: Vec<String>,
    /// Variables merged into the environment that `post-init` was given.
    pub environment: BTreeMap<String, String>,
}

fields!(PostInit: format, command, environment);

/// What `init` does: the two steps that it runs in one process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Tree")]
pub struct Init {
    /// [`FORMAT`].
    pub format: u32,
    /// The path of the `pre-init` script.
    pub pre_init: String,
    /// The path of the `post-init` script.
    pub post_init: String,
    /// Whether process 1 leaves `/` as read-only as it finds it.
    pub read_only: bool,
}

fields!(Init: format, pre_init, post_init, read_only);

/// What `pre-boot` does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Tree")]
pub struct PreBoot {
    /// [`FORMAT`].
    pub format: u32,
    /// The plan's name.
    pub name: String,
    /// The store path of the system that is started by default: the output that holds this script, or the plan's
    /// `boot.system`.
    pub system: String,
    /// How its disk boots; without it, there is nothing to install.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boot: Option<Boot>,
    /// Commands to run after something was installed.
    pub hooks: Vec<Vec<String>>,
}

fields!(PreBoot: format, name, system, boot, hooks);
