//! pre-init without root, and root after it: what the kernel refused is not forgotten, however often a run is interrupted.
//! The runtime itself is run as nobody, so these tests need root.

use crate::programs;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

const NOBODY: u32 = 65534;

/// A folder that nobody may use: the runtime, a script, a prefix.
struct Place(TempDir);

impl Place {
    fn new() -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            skipped!("only root can become nobody and root again");
            return None;
        }
        let place = Self(tempfile::tempdir().unwrap());
        fs::set_permissions(place.0.path(), fs::Permissions::from_mode(0o755)).unwrap();
        // By a process of its own: a descriptor open for writing here would be inherited by the children of other tests,
        // and the kernel runs no program that somebody may write to.
        let copied = Command::new("cp")
            .arg(programs::runtime())
            .arg(place.path("runtime"))
            .status();
        assert!(copied.unwrap().success());
        fs::create_dir(place.path("root")).unwrap();
        chown(place.path("root"), Some(NOBODY), Some(NOBODY)).unwrap();
        Some(place)
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn script(&self, name: &str, changes: &Value) -> PathBuf {
        let directory = |user: &str| json!({ "mode": "0755", "user": user, "group": user });
        let mut step = json!({
            "format": 1, "name": name, "system": format!("/nix/store/{}-{name}", "0".repeat(32)),
            "directories": { "/": directory("root"), "/etc": directory("root"), "/var": directory("root"),
                             "/var/lib": directory("root"), "/closed": { "mode": "0000", "user": "root", "group": "root" } },
            "files": { "/etc/a": file("a", "root"), "/closed/b": file("b", "root") },
            "symlinks": { "/link": { "target": "etc", "onChange": "keep" } },
            "users": { "root": user(0, "/root") },
            "groups": { "root": { "gid": 0, "members": [] }, "shadow": { "gid": 42, "members": [] } },
            "machineId": "generate", "hooks": []
        });
        for (section, entries) in changes.as_object().unwrap() {
            match entries {
                Value::Object(entries) => {
                    for (name, entry) in entries {
                        step[section][name] = entry.clone();
                    }
                }
                entries => step[section] = entries.clone(),
            }
        }
        let path = self.path(name);
        fs::write(
            &path,
            format!("#!{} pre-init\n{step:#}\n", self.path("runtime").display()),
        )
        .unwrap();
        path
    }

    fn command(&self, script: &Path, uid: u32) -> Command {
        let mut command = Command::new(self.path("runtime"));
        command
            .args(["pre-init".as_ref(), script])
            .arg(format!("--prefix={}", self.path("root").display()));
        if uid != 0 {
            command.uid(uid).gid(uid);
        }
        command
    }

    fn run(&self, script: &Path, uid: u32) -> String {
        let output = self.command(script, uid).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Everything in the prefix with mode and owner.
    fn tree(&self) -> BTreeMap<PathBuf, String> {
        let mut tree = BTreeMap::new();
        let mut folders = vec![self.path("root")];
        while let Some(folder) = folders.pop() {
            let meta = folder.symlink_metadata().unwrap();
            let path = folder.strip_prefix(self.path("root")).unwrap().to_owned();
            tree.insert(path, format!("{:o} {}:{}", meta.mode(), meta.uid(), meta.gid()));
            if meta.is_dir() {
                folders.extend(fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
            }
        }
        // Made by a run that finds accounts; its owner does not matter to a lock.
        tree.remove(Path::new("etc/.pwd.lock"));
        tree
    }
}

fn user(uid: u32, home: &str) -> Value {
    json!({ "uid": uid, "group": "root", "extraGroups": [], "home": home, "shell": "/bin/sh",
            "description": "", "hashedPassword": "!" })
}

fn file(text: &str, user: &str) -> Value {
    json!({ "text": text, "mode": "0640", "user": user, "group": "root", "onChange": "keep" })
}

/// What root alone makes of a fresh prefix.
fn by_root() -> BTreeMap<PathBuf, String> {
    let place = Place::new().unwrap();
    chown(place.path("root"), Some(0), Some(0)).unwrap();
    place.run(&place.script("machine", &json!({})), 0);
    place.tree()
}

fn lines(output: &Output) -> Vec<String> {
    String::from_utf8_lossy(&output.stderr)
        .lines()
        .map(str::to_owned)
        .collect()
}

#[test]
fn root_finishes_what_nobody_began() {
    let Some(place) = Place::new() else { return };
    let script = place.script("machine", &json!({}));
    assert!(place.run(&script, NOBODY).contains("warning: owner or mode of"));
    let before = place.tree();
    assert!(place.run(&script, NOBODY).contains("nothing to do"));
    assert_eq!(place.tree(), before);
    let said = place.run(&script, 0);
    assert!(!said.contains("warning"), "{said}");
    assert_eq!(place.tree(), by_root());
    assert!(place.run(&script, 0).contains("nothing to do"));
}

#[test]
fn root_finishes_an_interrupted_run_of_nobodys() {
    let Some(place) = Place::new() else { return };
    let failing = place.script("failing", &json!({ "hooks": [["/bin/false"]] }));
    assert!(!place.command(&failing, NOBODY).output().unwrap().status.success());
    let said = place.run(&place.script("machine", &json!({})), 0);
    assert!(!said.contains("kept"), "{said}");
    assert_eq!(place.tree(), by_root());
}

#[test]
fn the_manifest_of_a_resumed_run_is_complete() {
    let manifest = |interrupted: bool| {
        let place = Place::new().unwrap();
        let script = place.script("machine", &json!({}));
        if interrupted {
            let failing = place.script("failing", &json!({ "hooks": [["/bin/false"]] }));
            assert!(!place.command(&failing, NOBODY).output().unwrap().status.success());
        }
        let owners = place.path("root/owners");
        let output = place
            .command(&script, NOBODY)
            .arg(format!("--owners={}", owners.display()))
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        fs::read_to_string(owners).unwrap()
    };
    if Place::new().is_none() {
        return;
    }
    let clean = manifest(false);
    assert_eq!(manifest(true), clean);
    for path in [
        "/etc/shadow",
        "/etc/machine-id",
        "/etc/a",
        "/.system-installer",
        "/var/lib/system-installer/record.json",
    ] {
        assert!(clean.contains(&format!("\n.{path} ")), "{path} is missing in\n{clean}");
    }
    assert!(
        clean.contains("./etc/shadow type=file mode=0640 uid=0 gid=42\n"),
        "{clean}"
    );
}

#[test]
fn a_closed_directory_does_not_lock_nobody_out() {
    let Some(place) = Place::new() else { return };
    place.run(&place.script("machine", &json!({})), NOBODY);
    let next = place.script("next", &json!({ "files": { "/closed/b": file("b2", "root") } }));
    place.run(&next, NOBODY);
    assert_eq!(fs::read_to_string(place.path("root/closed/b")).unwrap(), "b2");
    place.run(&next, 0);
    assert_eq!(place.path("root/closed").metadata().unwrap().mode() & 0o7777, 0);
}

#[test]
fn a_users_link_does_not_lead_root_elsewhere() {
    let Some(place) = Place::new() else { return };
    chown(place.path("root"), Some(0), Some(0)).unwrap();
    let web = |extra: &str| {
        json!({
            "users": { "web": user(1500, "/srv") },
            "directories": { "/srv": { "mode": "0755", "user": "web", "group": "root" },
                             "/srv/app": { "mode": "0755", "user": "web", "group": "root" } },
            "files": { (format!("/srv/app/{extra}")): file("planned", "web") }
        })
    };
    place.run(&place.script("first", &web("conf")), 0);
    // As the user, who may do so in a directory of their own.
    fs::remove_dir_all(place.path("root/srv/app")).unwrap();
    symlink("/etc", place.path("root/srv/app")).unwrap();
    std::os::unix::fs::lchown(place.path("root/srv/app"), Some(1500), Some(1500)).unwrap();
    let said = place.run(&place.script("second", &web("job")), 0);
    assert!(
        said.contains("kept `/srv/app/job`: a link on the way belongs to another user"),
        "{said}"
    );
    assert!(place.path("root/etc/job").symlink_metadata().is_err());
    assert_eq!(place.path("root/etc").metadata().unwrap().uid(), 0);
}

#[test]
fn a_file_system_that_became_read_only_is_no_matter_if_nothing_on_it_changes() {
    let Some(place) = Place::new() else { return };
    chown(place.path("root"), Some(0), Some(0)).unwrap();
    let plan = |name: &str, text: &str| {
        let link = json!({ "target": "/x", "onChange": "keep" });
        place.script(
            name,
            &json!({ "symlinks": { "/usr/env": link }, "files": { "/etc/a": file(text, "root") },
            "directories": { "/usr": { "mode": "0755", "user": "root", "group": "root" } } }),
        )
    };
    let run = r#"
        mkdir "$1/usr"; mount -t tmpfs -o mode=0755 tmpfs "$1/usr"
        "$2" pre-init "$3" --prefix="$1" || exit 10
        mount -o remount,ro "$1/usr"
        "$2" pre-init "$4" --prefix="$1" || exit 11
        "$2" pre-init "$4" --prefix="$1" | grep -q 'nothing to do' || exit 12
        "$2" pre-init "$3" --prefix="$1" || exit 13
    "#;
    let output = Command::new("unshare")
        .args(["--mount", "sh", "-c", run, "sh"])
        .arg(place.path("root"))
        .args([place.path("runtime"), plan("first", "1"), plan("second", "2")])
        .output()
        .unwrap();
    assert!(output.status.success(), "{:?} {}", lines(&output), output.status);
}

#[test]
fn root_finishes_a_run_of_nobodys_that_was_killed_anywhere() {
    if Place::new().is_none() {
        return;
    }
    let expected = by_root();
    for n in (1..).step_by(6) {
        let place = Place::new().unwrap();
        let script = place.script("machine", &json!({}));
        let changes = "mkdirat,openat,write,fchmod,renameat,unlinkat,symlinkat,syncfs";
        let output = Command::new("strace")
            .args([
                "-qq",
                "-o",
                "/dev/null",
                "-e",
                &format!("inject={changes}:signal=KILL:when={n}"),
            ])
            .arg(place.path("runtime"))
            .args(["pre-init".as_ref(), script.as_path()])
            .arg(format!("--prefix={}", place.path("root").display()))
            .uid(NOBODY)
            .gid(NOBODY)
            .output()
            .expect("strace(1) is needed for this test");
        let said = place.run(&script, 0);
        assert!(!said.contains("kept"), "after a kill at call {n}: {said}");
        assert_eq!(place.tree(), expected, "after a kill at call {n}");
        if output.status.success() {
            assert!(n > 60, "only {n} calls were tried");
            return;
        }
    }
}
