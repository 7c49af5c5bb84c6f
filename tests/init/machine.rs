//! A root that holds nothing but a store, and starting it.

use crate::programs;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::mount::{MountFlags, MountPropagationFlags, UnmountFlags};
use serde_json::{Value, json};
use step::{FORMAT, Init, PostInit, PreInit};

use crate::init::real_init::{MARKER, Seen, descriptors};

/// The store path of the system.
pub const SYSTEM: &str = "/nix/store/aaaa-system";
const RUNTIME: &str = "/nix/store/aaaa-system-installer-runtime/bin/system-installer-runtime";
const REAL_INIT: &str = "/nix/store/aaaa-init/bin/init";

/// How the machine is started.
#[derive(Debug, Clone, Copy, Default)]
#[allow(clippy::struct_excessive_bools)] // each is independent of the others
pub struct How {
    /// A container engine has mounted everything.
    pub mounted: bool,
    /// Without the capability to mount.
    pub unprivileged: bool,
    /// `/` is mounted read-only.
    pub read_only: bool,
    /// The engine says that this is a container.
    pub container: bool,
    /// In a user namespace that maps root alone.
    pub rootless: bool,
    /// Standard input, output and error are `/dev/null`, and `/dev` has a console.
    pub console: bool,
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    pub status: Option<i32>,
    /// What the real init saw, if it was reached.
    pub seen: Option<Seen>,
    /// What was said on standard error.
    pub said: String,
    /// What was said on standard output.
    pub told: String,
}

pub struct Machine {
    dir: tempfile::TempDir,
}

impl Machine {
    /// A bare root; `None` where we may not start machines.
    pub fn new() -> Option<Self> {
        let map = fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
        if !rustix::process::geteuid().is_root() || !map.split_whitespace().eq(["0", "0", "4294967295"]) {
            skipped!("only root may start machines");
            return None;
        }
        let machine = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        machine.add_program(programs::runtime(), RUNTIME);
        machine.add_program(&std::env::current_exe().unwrap(), REAL_INIT);
        machine.plan(&json!({}));
        machine.command(&[REAL_INIT, "--exact", "init::real_init::tell", "--nocapture"]);
        Some(machine)
    }

    /// Where `path` of the machine is on the host.
    pub fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join("root").join(path.trim_start_matches('/'))
    }

    /// Copies a program with the libraries that it needs, if it is not a static one.
    pub fn add_program(&self, program: &Path, place: &str) {
        self.copy(program, place);
        let output = Command::new("ldd").arg(program).output().unwrap();
        for word in String::from_utf8(output.stdout)
            .unwrap()
            .split_whitespace()
            .filter(|word| word.starts_with('/'))
        {
            self.copy(Path::new(word), word);
        }
    }

    fn copy(&self, from: &Path, to: &str) {
        let to = self.path(to);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, to).unwrap();
    }

    /// Writes the script of `pre-init` with these sections, and that of `init`, which takes `readOnly`.
    pub fn plan(&self, sections: &Value) {
        let mut step = json!({
            "format": FORMAT, "name": "machine", "system": SYSTEM, "machineId": "generate",
            "directories": {
                "/etc": { "mode": "0755", "user": "0", "group": "0" },
                "/root": { "mode": "0700", "user": "0", "group": "0" },
            },
            "files": { "/etc/motd": { "text": "hello\n", "mode": "0644", "user": "0", "group": "0", "onChange": "keep" } },
            "symlinks": {}, "users": {}, "groups": {}, "hooks": [],
        });
        for (name, value) in sections
            .as_object()
            .unwrap()
            .iter()
            .filter(|(name, _)| *name != "readOnly")
        {
            step[name] = value.clone();
        }
        let step: PreInit = serde_json::from_value(step).unwrap();
        self.script("pre-init", &step);
        let init = Init {
            format: FORMAT,
            pre_init: format!("{SYSTEM}/pre-init"),
            post_init: format!("{SYSTEM}/post-init"),
            read_only: sections["readOnly"] == true,
        };
        self.script("init", &init);
    }

    /// Writes the script of `post-init` with this command.
    pub fn command(&self, words: &[&str]) {
        let step = PostInit {
            format: FORMAT,
            command: words.iter().map(ToString::to_string).collect(),
            environment: BTreeMap::from([("PLAN".to_owned(), "from the plan".to_owned())]),
        };
        self.script("post-init", &step);
    }

    fn script(&self, name: &str, step: &impl serde::Serialize) {
        let path = self.path(&format!("{SYSTEM}/{name}"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(
            &path,
            format!("#!{RUNTIME} {name}\n{}\n", serde_json::to_string_pretty(step).unwrap()),
        )
        .unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Starts the machine and waits for its end.
    pub fn start(&self, how: How) -> Outcome {
        let log = self.dir.path().join("log");
        fs::write(&log, "").unwrap();
        let mut command = Command::new("unshare");
        command.args(["--pid", "--mount", "--fork", "--kill-child", "--propagation", "private"]);
        if how.rootless {
            command.args(["--user", "--map-root-user"]);
        }
        command.arg(std::env::current_exe().unwrap());
        command.args(["--exact", "init::machine::enter_and_become_init", "--nocapture"]);
        command
            .env("MACHINE_ROOT", self.path("/"))
            .env("MACHINE_LOG", &log)
            .env("MACHINE_HOW", how.to_text());
        let output = command.stdin(Stdio::null()).output().unwrap();
        let mut said = String::from_utf8(output.stderr).unwrap();
        // With a console all is there, and the log is where standard output went otherwise.
        let mut told = fs::read_to_string(&log).unwrap();
        if how.console {
            said = told
                .lines()
                .filter(|line| !line.contains(MARKER))
                .collect::<Vec<_>>()
                .join("\n");
        } else {
            told = String::from_utf8(output.stdout).unwrap();
        }
        let seen = told
            .lines()
            .find_map(|line| line.split_once(MARKER))
            .map(|(_, json)| serde_json::from_str(json).unwrap());
        Outcome {
            status: output.status.code(),
            seen,
            said,
            told,
        }
    }

    /// Calls `init` as an ordinary process whose root this is.
    pub fn call(&self, words: &[&str]) -> Outcome {
        let mut command = Command::new("chroot");
        command.arg(self.path("/")).arg(format!("{SYSTEM}/init")).args(words);
        let output = command.stdin(Stdio::null()).output().unwrap();
        Outcome {
            status: output.status.code(),
            seen: None,
            said: String::from_utf8(output.stderr).unwrap(),
            told: String::from_utf8(output.stdout).unwrap(),
        }
    }

    /// All but the store and what the API file systems are mounted on: by path mode, owner, change time and contents.
    pub fn snapshot(&self) -> BTreeMap<PathBuf, (u32, u32, i64, i64, Vec<u8>)> {
        let mut all = BTreeMap::new();
        let mut waiting = vec![
            self.path("/etc"),
            self.path("/var"),
            self.path("/nix/var"),
            self.path("/root"),
        ];
        while let Some(path) = waiting.pop() {
            let Ok(meta) = fs::symlink_metadata(&path) else {
                continue;
            };
            let contents = if meta.is_file() {
                fs::read(&path).unwrap()
            } else {
                Vec::new()
            };
            if meta.is_dir() {
                waiting.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            }
            all.insert(
                path,
                (meta.mode(), meta.uid(), meta.ctime(), meta.ctime_nsec(), contents),
            );
        }
        all
    }
}

impl How {
    fn to_text(self) -> String {
        let flags = [
            self.mounted,
            self.unprivileged,
            self.read_only,
            self.container,
            self.console,
            self.rootless,
        ];
        flags.map(|flag| if flag { '1' } else { '0' }).iter().collect()
    }

    fn from_text(text: &str) -> Self {
        let flags: Vec<bool> = text.chars().map(|flag| flag == '1').collect();
        Self {
            mounted: flags[0],
            unprivileged: flags[1],
            read_only: flags[2],
            container: flags[3],
            console: flags[4],
            rootless: flags[5],
        }
    }
}

/// The part of a container engine or an initrd: in new namespaces, makes the root the root and becomes its init. Passes
/// without doing anything where it is not asked for.
#[test]
fn enter_and_become_init() {
    let Some(root) = std::env::var_os("MACHINE_ROOT") else {
        return;
    };
    assert!(rustix::process::getpid().is_init());
    let how = How::from_text(&std::env::var("MACHINE_HOW").unwrap());
    let mut root = PathBuf::from(root);
    if how.read_only && !how.container {
        // Its own file system: the host's is not to be mounted otherwise.
        let copy = root.parent().unwrap().join("copy");
        fs::create_dir_all(&copy).unwrap();
        rustix::mount::mount("tmpfs", &copy, "tmpfs", MountFlags::NOSUID, None).unwrap();
        assert!(
            Command::new("cp")
                .arg("-a")
                .arg(root.join("."))
                .arg(&copy)
                .status()
                .unwrap()
                .success()
        );
        rustix::mount::mount_remount(&copy, MountFlags::RDONLY | MountFlags::NOSUID, "").unwrap();
        root = copy;
    } else {
        rustix::mount::mount_bind(&root, &root).unwrap();
    }
    let root = root.as_path();
    if how.mounted || how.console {
        mount_as_an_engine_does(root);
    }
    if how.console {
        fs::write(root.join("dev/console"), "").unwrap();
        rustix::mount::mount_bind(std::env::var_os("MACHINE_LOG").unwrap(), root.join("dev/console")).unwrap();
    }
    if how.read_only && how.container {
        let flags = MountFlags::BIND | MountFlags::RDONLY | MountFlags::NOSUID;
        rustix::mount::mount_remount(root, flags, "").unwrap();
    }
    let given = descriptors();
    std::env::set_current_dir(root).unwrap();
    rustix::process::pivot_root(".", ".").unwrap();
    rustix::mount::mount_change("/", MountPropagationFlags::PRIVATE).unwrap();
    rustix::mount::unmount(".", UnmountFlags::DETACH).unwrap();
    std::env::set_current_dir("/").unwrap();
    if how.unprivileged {
        rustix::thread::remove_capability_from_bounding_set(rustix::thread::CapabilitySet::SYS_ADMIN).unwrap();
    }
    let mut command = Command::new(format!("{SYSTEM}/init"));
    command
        .args(["single", "splash=1"])
        .env_clear()
        .env("NOTIFY_SOCKET", "/run/notify")
        .env("DESCRIPTORS", given);
    if how.container {
        command.env("container", "test");
    }
    if how.console {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    }
    panic!("{}", command.exec());
}

fn mount_as_an_engine_does(root: &Path) {
    let mount = |kind: &str, path: &str| {
        let place = root.join(path);
        fs::create_dir_all(&place).unwrap();
        rustix::mount::mount(kind, place, kind, MountFlags::NOSUID, None).unwrap();
    };
    for (kind, path) in [
        ("proc", "proc"),
        ("sysfs", "sys"),
        ("tmpfs", "dev"),
        ("devpts", "dev/pts"),
    ] {
        mount(kind, path);
    }
    mount("tmpfs", "dev/shm");
    mount("tmpfs", "run");
    fs::write(root.join("run/theirs"), "theirs").unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        root.join("dev/null"),
        rustix::fs::FileType::CharacterDevice,
        rustix::fs::Mode::from_raw_mode(0o666),
        rustix::fs::makedev(1, 3),
    )
    .unwrap();
}
