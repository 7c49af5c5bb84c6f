//! What a plan has without naming it: the entries of each `base`.
//!
//! The tree follows FHS 3.0 and file-hierarchy(7), without three kinds of entries. /bin, /sbin, /lib, /lib64 and their
//! like below /usr: a system with hard-coded paths links them into the store itself. /boot: the plan of a boot loader
//! brings it. /media and /var/lock: udisks and systemd-tmpfiles make them where they are used.

use super::{Directory, File, Group, Symlink, User};
use crate::number::Id;
use crate::text::{AccountName, Base, Contents, Description, HashedPassword, Home, Owner, Shell, Target};
use step::{Mode, OnChange};

/// A shell that lets nobody in. It need not exist: what cannot be executed lets nobody in either. passwd(5) files
/// everywhere have this path.
pub const NO_LOGIN: &str = "/sbin/nologin";
/// A home in which nothing can be stored.
pub const NO_HOME: &str = "/var/empty";
/// The list of file systems: fstab(5). A plan without file systems has none.
pub const FSTAB: &str = "/etc/fstab";
/// The hash that no password has, as in shadow(5).
pub const LOCKED: &str = "!";

/// The entries of one `base`, each with its path or name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entries {
    /// Directories.
    pub directories: Vec<(&'static str, Directory)>,
    /// Files.
    pub files: Vec<(&'static str, File)>,
    /// Symbolic links.
    pub symlinks: Vec<(&'static str, Symlink)>,
    /// Users.
    pub users: Vec<(&'static str, User)>,
    /// Groups.
    pub groups: Vec<(&'static str, Group)>,
}

const FULL: &[(&str, u32)] = &[
    ("/", 0o755),
    ("/dev", 0o755),
    ("/etc", 0o755),
    ("/home", 0o755),
    ("/mnt", 0o755),
    ("/opt", 0o755),
    // The mode of a kernel's own procfs and sysfs: what is mounted over hides it.
    ("/proc", 0o555),
    ("/root", 0o700),
    ("/run", 0o755),
    ("/srv", 0o755),
    ("/sys", 0o555),
    ("/tmp", 0o1777),
    // systemd-nspawn refuses a root without /usr.
    ("/usr", 0o755),
    ("/var", 0o755),
    ("/var/cache", 0o755),
    // Nobody's home: not even root writes there without meaning to.
    ("/var/empty", 0o555),
    ("/var/lib", 0o755),
    ("/var/log", 0o755),
    ("/var/spool", 0o755),
    ("/var/tmp", 0o1777),
];

/// What a system with an activation of its own (NixOS, say) needs to find: /etc, and the directories that file systems
/// are mounted on.
const MOUNTPOINTS: &[(&str, u32)] = &[
    ("/dev", 0o755),
    ("/etc", 0o755),
    ("/nix", 0o755),
    ("/proc", 0o555),
    ("/run", 0o755),
    ("/sys", 0o555),
    ("/tmp", 0o1777),
    ("/var", 0o755),
];

/// The entries of `base` for a system called `name` with this host name.
pub fn entries(base: Base, name: &str, host_name: &str) -> Entries {
    match base {
        Base::Full => Entries {
            directories: directories(FULL),
            files: files(name, host_name),
            symlinks: vec![("/var/run", link("../run"))],
            users: users(),
            groups: groups(),
        },
        Base::Mountpoints => Entries {
            directories: directories(MOUNTPOINTS),
            ..Entries::default()
        },
        Base::None => Entries::default(),
    }
}

fn directories(list: &[(&'static str, u32)]) -> Vec<(&'static str, Directory)> {
    let directory = |mode| Directory {
        mode: Some(Mode(mode)),
        ..Directory::default()
    };
    list.iter().map(|(path, mode)| (*path, directory(*mode))).collect()
}

fn link(target: &str) -> Symlink {
    Symlink {
        target: Some(Target::known(target)),
        on_change: Some(OnChange::Keep),
    }
}

fn files(name: &str, host_name: &str) -> Vec<(&'static str, File)> {
    let os_release = format!(
        "ID={}\nNAME={}\nPRETTY_NAME={}\n",
        os_id(name),
        shell_quoted(name),
        shell_quoted(name)
    );
    // 127.0.1.1 for the host's own name, so that it resolves without a network and `localhost` keeps 127.0.0.1.
    let own = match host_name.split_once('.') {
        Some((short, _)) => format!("127.0.1.1 {host_name} {short}\n"),
        None if host_name == "localhost" => String::new(),
        None => format!("127.0.1.1 {host_name}\n"),
    };
    // `files` is built into the C library; whoever has more (systemd, LDAP) says so in a file of the plan.
    let nsswitch = "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nnetworks: files\n\
                    ethers: files\nprotocols: files\nrpc: files\nservices: files\n";
    let texts = [
        ("/etc/hostname", format!("{host_name}\n")),
        (
            "/etc/hosts",
            format!("127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n{own}"),
        ),
        ("/etc/nsswitch.conf", nsswitch.to_owned()),
        ("/etc/os-release", os_release),
    ];
    texts.into_iter().map(|(path, text)| (path, file(text))).collect()
}

/// A file with this text.
pub fn file(text: String) -> File {
    File {
        text: Some(Contents::known(text)),
        on_change: Some(OnChange::Keep),
        ..File::default()
    }
}

/// The value of `ID` in os-release(5): lower-case letters, digits, `.`, `_` and `-`.
fn os_id(name: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || "._-".contains(c) {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    name.chars().map(plain).collect()
}

/// A value of os-release(5) in double quotes. What a shell would obey is escaped by a backslash.
fn shell_quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        if "\"\\$`".contains(c) {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

fn users() -> Vec<(&'static str, User)> {
    let user = |uid, group, home, shell| User {
        uid: Some(Id(uid)),
        group: Some(AccountName::known(group)),
        home: Some(Home::known(home)),
        shell: Some(Shell::known(shell)),
        hashed_password: Some(HashedPassword::known(LOCKED)),
        description: Some(Description::known("")),
        ..User::default()
    };
    vec![
        // No shell is in the closure; /bin/sh is where a system that has one puts it.
        ("root", user(0, "root", "/root", "/bin/sh")),
        // The kernel's overflow id (overflowuid): who owns what a user namespace cannot map.
        ("nobody", user(65534, "nogroup", NO_HOME, NO_LOGIN)),
    ]
}

/// The groups of the two users, and `tty`. Whoever mounts /dev/pts gives it `gid=5` by number (systemd's `TTY_GID`), so
/// that this id must not go to another group. udev's rules name more groups. A plan with udev names those itself; where
/// one is missing, udev leaves the device to root.
fn groups() -> Vec<(&'static str, Group)> {
    let group = |gid| Group {
        gid: Some(Id(gid)),
        members: None,
    };
    vec![("root", group(0)), ("tty", group(5)), ("nogroup", group(65534))]
}

impl Owner {
    /// Whether every plan has this owner, whatever its users and groups are.
    pub fn is_always_known(&self) -> bool {
        self.name().is_none_or(|name| name == "root")
    }
}
