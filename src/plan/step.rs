//! The steps: what the scripts `pre-init`, `post-init`, `init` and `pre-boot` carry as JSON behind their first line.
//!
//! Written by [`crate::emit`] with every default filled in, read by the runtime. [`FORMAT`] changes whenever an older
//! runtime would misread a newer step.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::read::{FromTree, Tree, fields};

/// The version of these types; a runtime refuses every other one.
pub const FORMAT: u32 = 1;

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
    /// Commands to run before the record is written.
    pub hooks: Vec<Vec<String>>,
}

fields!(PreInit: format, name, system, directories, files, symlinks, users, groups, machine_id, hooks);

/// A directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Tree")]
pub struct Directory {
    /// Permissions.
    pub mode: Mode,
    /// Owner: a user name or a decimal uid.
    pub user: String,
    /// Owning group: a group name or a decimal gid.
    pub group: String,
}

fields!(Directory: mode, user, group);

/// A regular file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Tree")]
pub struct File {
    /// The contents themselves; either this or `source`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The store path of a regular file with the contents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Permissions.
    pub mode: Mode,
    /// Owner: a user name or a decimal uid.
    pub user: String,
    /// Owning group: a group name or a decimal gid.
    pub group: String,
    /// What happens to a person's change.
    pub on_change: OnChange,
}

fields!(File: text, source, mode, user, group, on_change);

/// A symbolic link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Tree")]
pub struct Symlink {
    /// What the link says; it is never resolved.
    pub target: String,
    /// What happens to a person's change.
    pub on_change: OnChange,
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
    /// The numeric id; without one, a free id is taken at the first run and kept from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uid: Option<u32>,
    /// The name of the primary group.
    pub group: String,
    /// The names of further groups.
    pub extra_groups: Vec<String>,
    /// The home directory.
    pub home: String,
    /// The login shell.
    pub shell: String,
    /// The GECOS field.
    pub description: String,
    /// The password, hashed as crypt(5) says; `!` locks the account.
    pub hashed_password: String,
    /// A file beneath the prefix that holds the hashed password on its first line; goes before `hashed_password`, which a
    /// new user gets where it does not exist.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hashed_password_file: Option<String>,
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
    /// The store path of the system: the output that holds this script.
    pub system: String,
    /// How its disk boots; without it, there is nothing to install.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boot: Option<Boot>,
    /// Commands to run after something was installed.
    pub hooks: Vec<Vec<String>>,
}

fields!(PreBoot: format, name, system, boot, hooks);

/// A boot loader and its settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Tree")]
pub struct Boot {
    /// How long the menu waits, in seconds; for ever without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u32>,
    /// The boot loader.
    pub loader: Loader,
    /// The EFI system partitions.
    pub efi: Efi,
}

fields!(Boot: timeout, loader, efi);

/// A boot loader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", try_from = "Tree")]
pub enum Loader {
    /// GRUB, for BIOS, UEFI or both.
    Grub(Grub),
    /// systemd-boot, for UEFI.
    SystemdBoot(SystemdBoot),
    /// A command that installs the boot loader itself.
    External(External),
}

impl TryFrom<Tree> for Loader {
    type Error = String;

    fn try_from(mut tree: Tree) -> Result<Self, String> {
        let Tree::Attrs(attrs) = &mut tree else {
            return Err("expected a boot loader".to_owned());
        };
        let kind = attrs
            .iter()
            .position(|(name, _)| name == "type")
            .map(|n| attrs.remove(n).1);
        match kind {
            Some(Tree::String(kind)) if kind == "grub" => Ok(Self::Grub(tree.try_into()?)),
            Some(Tree::String(kind)) if kind == "systemd-boot" => Ok(Self::SystemdBoot(tree.try_into()?)),
            Some(Tree::String(kind)) if kind == "external" => Ok(Self::External(tree.try_into()?)),
            _ => Err("`type`: expected `grub`, `systemd-boot` or `external`".to_owned()),
        }
    }
}

impl FromTree for Loader {
    fn from_tree(tree: Tree) -> Result<Self, String> {
        Self::try_from(tree)
    }
}

/// GRUB.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Tree")]
pub struct Grub {
    /// The disks that BIOS boots from; several are mirrors of each other.
    pub devices: Vec<String>,
    /// The images for BIOS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bios: Option<GrubBios>,
    /// The image for UEFI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub efi: Option<GrubEfi>,
    /// The name of the file in `/boot/grub` by which the images find the file system that they boot from.
    pub marker: String,
    /// How many generations the menu has at the most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub configuration_limit: Option<u32>,
    /// GRUB commands that go into grub.cfg before the entries.
    pub extra_config: String,
}

fields!(Grub: devices, bios, efi, marker, configuration_limit, extra_config);

/// GRUB's images for BIOS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Tree")]
pub struct GrubBios {
    /// The store path of `boot.img`, the boot sector.
    pub boot: String,
    /// The store path of `core.img`.
    pub core: String,
}

fields!(GrubBios: boot, core);

/// GRUB's image for UEFI.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Tree")]
pub struct GrubEfi {
    /// The store path of the image.
    pub image: String,
    /// Whether it goes where firmware looks without being told (`EFI/BOOT`).
    pub removable: bool,
    /// Its name there, as the UEFI specification says for the architecture: `BOOTX64.EFI`.
    pub fallback_name: String,
}

fields!(GrubEfi: image, removable, fallback_name);

/// systemd-boot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Tree")]
pub struct SystemdBoot {
    /// The store path of the image.
    pub image: String,
    /// Its name in `EFI/BOOT`, as the UEFI specification says for the architecture: `BOOTX64.EFI`.
    pub fallback_name: String,
    /// How many generations the menu has at the most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub configuration_limit: Option<u32>,
    /// Whether the menu lets a person edit the kernel's command line.
    pub editor: bool,
    /// How often a new entry is tried before it counts as bad; without it, entries are not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tries: Option<u32>,
}

fields!(SystemdBoot: image, fallback_name, configuration_limit, editor, tries);

/// A command that installs a boot loader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Tree")]
pub struct External {
    /// The command; the system's store path is added as its last word.
    pub command: Vec<String>,
}

fields!(External: command);

/// The EFI system partitions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Tree")]
pub struct Efi {
    /// Where they are mounted, beneath the prefix; several are mirrors of each other.
    pub mount_points: Vec<String>,
    /// Whether the firmware's boot entries may be changed.
    pub can_touch_efi_variables: bool,
}

fields!(Efi: mount_points, can_touch_efi_variables);
