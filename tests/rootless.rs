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
                        if entry.is_null() {
                            step[section].as_object_mut().unwrap().remove(name);
                        } else {
                            step[section][name] = entry.clone();
                        }
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
    by_root_of(&json!({}))
}

/// The same with `changes` to the plan.
fn by_root_of(changes: &Value) -> BTreeMap<PathBuf, String> {
    let place = Place::new().unwrap();
    chown(place.path("root"), Some(0), Some(0)).unwrap();
    place.run(&place.script("machine", changes), 0);
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

/// Everything is root's, and a file is setuid.
fn all_of_roots() -> Value {
    let mut su = file("su", "root");
    su["mode"] = json!("4755");
    json!({ "files": { "/etc/su": su }, "groups": { "shadow": null } })
}

#[test]
fn root_takes_over_a_tree_in_which_all_is_roots() {
    let Some(place) = Place::new() else { return };
    let script = place.script("machine", &all_of_roots());
    assert!(place.run(&script, NOBODY).contains("warning: owner or mode of"));
    let dry = place.command(&script, 0).arg("--dry-run").output().unwrap();
    let said = place.run(&script, 0);
    assert!(said.contains("initialised for") && !said.contains("warning"), "{said}");
    assert!(
        String::from_utf8_lossy(&dry.stdout).contains("update file /etc/su"),
        "{dry:?}"
    );
    assert_eq!(place.tree(), by_root_of(&all_of_roots()));
    assert_eq!(place.path("root/etc/su").metadata().unwrap().mode() & 0o7777, 0o4755);
    assert!(place.run(&script, 0).contains("nothing to do"));
}

#[test]
fn a_mode_that_was_refused_is_set_as_soon_as_it_is_granted() {
    let Some(place) = Place::new() else { return };
    chown(place.path("root"), Some(0), Some(0)).unwrap();
    let script = place.script("machine", &all_of_roots());
    // As the sandbox of a build.
    let refusing = || {
        let mut command = Command::new("strace");
        command
            .args(["-qq", "-o", "/dev/null", "-e", "inject=fchmod:error=EPERM"])
            .arg(place.path("runtime"))
            .args(["pre-init".as_ref(), script.as_path()])
            .arg(format!("--prefix={}", place.path("root").display()));
        command.output().expect("strace(1) is needed for this test")
    };
    let output = refusing();
    assert!(output.status.success(), "{output:?}");
    assert_ne!(place.path("root/etc/su").metadata().unwrap().mode() & 0o7777, 0o4755);
    let again = String::from_utf8(refusing().stdout).unwrap();
    assert!(again.contains("nothing to do") && again.contains("warning"), "{again}");
    let said = place.run(&script, 0);
    assert!(!said.contains("warning"), "{said}");
    assert_eq!(place.path("root/etc/su").metadata().unwrap().mode() & 0o7777, 0o4755);
    assert!(place.run(&script, 0).contains("nothing to do"));
}

/// Changes the file at `path` in the state folder as nobody, who may do so.
fn forge(place: &Place, name: &str, change: impl FnOnce(&mut Value)) {
    let path = place.path("root/var/lib/system-installer").join(name);
    let mut value: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut value);
    fs::write(&path, value.to_string()).unwrap();
}

/// Makes a file of nobody's.
fn plant(place: &Place, path: &str, text: &str, mode: u32) {
    fs::write(place.path(path), text).unwrap();
    chown(place.path(path), Some(NOBODY), Some(NOBODY)).unwrap();
    fs::set_permissions(place.path(path), fs::Permissions::from_mode(mode)).unwrap();
}

/// Of whom and with what mode something is.
fn state(place: &Place, path: &str) -> (u32, u32) {
    let meta = place.path(path).symlink_metadata().unwrap();
    (meta.uid(), meta.mode() & 0o7777)
}

/// SHA-256 of `of root's`.
const OF_ROOTS: &str = "b9718d66f870adacee339932bc5f806befe6b66f7b5c8865e5d0fe76d5ba69be";

#[test]
fn a_record_of_somebody_elses_gives_away_marks_and_deletes_nothing_of_roots() {
    for journal in [false, true] {
        let Some(place) = Place::new() else { return };
        let changes = |hook: &str| {
            let mut changes = all_of_roots();
            changes["directories"] = json!({ "/srv": { "mode": "0777", "user": "65534", "group": "root" } });
            changes["hooks"] = json!([[hook]]);
            changes
        };
        let script = place.script("machine", &changes("/bin/true"));
        let name = if journal {
            let failing = place.script("failing", &changes("/bin/false"));
            assert!(!place.command(&failing, NOBODY).output().unwrap().status.success());
            "journal.json"
        } else {
            place.run(&script, NOBODY);
            "record.json"
        };
        plant(&place, "root/evil", "evil", 0o755);
        plant(&place, "root/etc/su", "evil", 0o755);
        plant(&place, "root/etc/machine-id", "#!/bin/evil\n", 0o6755);
        fs::set_permissions(place.path("root/var/lib"), fs::Permissions::from_mode(0o6777)).unwrap();
        // What root has in the tree, moved to where the plan has something of nobody's.
        fs::remove_dir(place.path("root/srv")).unwrap();
        fs::create_dir(place.path("root/srv")).unwrap();
        fs::set_permissions(place.path("root/srv"), fs::Permissions::from_mode(0o700)).unwrap();
        fs::write(place.path("root/keep"), "of root's").unwrap();
        fs::set_permissions(place.path("root/keep"), fs::Permissions::from_mode(0o644)).unwrap();
        symlink("of-roots", place.path("root/link-of-roots")).unwrap();
        let entry =
            |mode: u32, uid: u32| json!({ "type": "file", "sha256": OF_ROOTS, "mode": mode, "uid": uid, "gid": 0 });
        forge(&place, name, |forged| {
            let forged = if journal { &mut forged["attempts"][0] } else { forged };
            for (path, entry) in [
                ("/evil", entry(0o4755, 0)),
                ("/etc/su", entry(0o4755, 0)),
                ("/keep", entry(0o644, 0)),
                ("/link-of-roots", json!({ "type": "symlink", "target": "of-roots" })),
                (
                    "/srv",
                    json!({ "type": "directory", "mode": 0o700, "uid": 0, "gid": 0 }),
                ),
            ] {
                forged["entries"][path] = entry.clone();
                if !journal {
                    forged["pending"][path] = entry;
                }
            }
            forged["created"] = json!(["/srv", "/evil"]);
            if !journal {
                forged["pending"]["/etc/passwd"] = entry(0o666, NOBODY);
                forged["pending"]["/etc/machine-id"] = entry(0o6755, 0);
            }
        });
        let said = place.run(&script, 0);
        assert_eq!(state(&place, "root/evil"), (NOBODY, 0o755), "{said}");
        assert_eq!(state(&place, "root/etc/passwd"), (0, 0o644));
        assert_eq!(state(&place, "root/etc/machine-id"), (0, 0o444));
        assert_ne!(
            fs::read_to_string(place.path("root/etc/machine-id")).unwrap(),
            "#!/bin/evil\n"
        );
        assert_eq!(state(&place, "root/var/lib"), (0, 0o755));
        assert_eq!(state(&place, "root/srv"), (0, 0o700), "{said}");
        assert_eq!(state(&place, "root/keep"), (0, 0o644));
        assert!(place.path("root/link-of-roots").is_symlink());
        // Either it is as the plan says, or it is somebody else's.
        let su = fs::read_to_string(place.path("root/etc/su")).unwrap();
        match state(&place, "root/etc/su") {
            (0, 0o4755) => assert_eq!(su, "su"),
            other => assert_eq!(other, (NOBODY, 0o755)),
        }
        // And nothing of it is believed later on.
        let next = place.script("next", &json!({ "files": { "/etc/new": file("new", "root") } }));
        place.run(&next, 0);
        assert_eq!(state(&place, "root/evil"), (NOBODY, 0o755));
        assert_eq!(state(&place, "root/keep"), (0, 0o644));
        assert_eq!(state(&place, "root/srv"), (0, 0o700));
    }
}

#[test]
fn a_record_in_a_folder_of_somebody_elses_does_not_make_a_root_ours() {
    let Some(place) = Place::new() else { return };
    let script = place.script("machine", &json!({}));
    place.run(&script, NOBODY);
    // Somebody else's root, in which nobody has a folder.
    fs::remove_dir_all(place.path("root/etc")).unwrap();
    fs::create_dir(place.path("root/etc")).unwrap();
    fs::write(place.path("root/etc/passwd"), "root:x:0:0::/root:/bin/sh\n").unwrap();
    let output = place.command(&script, 0).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(lines(&output)[0].contains("--adopt"), "{output:?}");
}

#[test]
fn whoever_has_the_rights_of_root_in_a_tree_that_root_takes_over_is_named() {
    let Some(place) = Place::new() else { return };
    let script = place.script("machine", &json!({}));
    place.run(&script, NOBODY);
    let passwd = fs::read_to_string(place.path("root/etc/passwd")).unwrap();
    fs::write(place.path("root/etc/passwd"), passwd + "toor::0:0::/:/bin/sh\n").unwrap();
    let said = place.run(&script, 0);
    assert!(
        said.contains(
            "warning: user `toor` has all rights of root, and is not in the plan: `/etc/passwd` was user 65534's"
        ),
        "{said}"
    );
}

#[test]
fn a_link_of_roots_that_a_user_moved_does_not_lead_root_elsewhere() {
    // The link itself, and a directory of root's with the link in it.
    for moved in ["mv d old && mv old/l d", "mv d old && mv of-roots d"] {
        let Some(place) = Place::new() else { return };
        chown(place.path("root"), Some(0), Some(0)).unwrap();
        let web = |text: &str, below: &str| {
            let mut hosts = file(text, "web");
            hosts["onChange"] = json!("replace");
            let link = json!({ "target": "/etc", "onChange": "keep" });
            json!({
                "users": { "web": user(1500, "/srv") },
                "directories": { "/srv": { "mode": "0755", "user": "root", "group": "root" },
                                 "/srv/w": { "mode": "0755", "user": "web", "group": "root" },
                                 "/srv/w/of-roots": { "mode": "0755", "user": "root", "group": "root" },
                                 "/srv/w/d": { "mode": "0755", "user": "web", "group": "root" } },
                "symlinks": { "/srv/w/d/l": link, "/srv/w/of-roots/l": link },
                "files": { (format!("/srv/w/d/{below}hosts")): hosts }
            })
        };
        let below = if moved.contains("of-roots") { "l/" } else { "" };
        place.run(&place.script("first", &web("1", "")), 0);
        fs::write(place.path("root/etc/hosts"), "of root's").unwrap();
        let status = Command::new("sh")
            .args(["-c", moved])
            .current_dir(place.path("root/srv/w"))
            .uid(1500)
            .gid(1500)
            .status()
            .unwrap();
        assert!(status.success());
        let said = place.run(&place.script("second", &web("2", below)), 0);
        assert_eq!(
            fs::read_to_string(place.path("root/etc/hosts")).unwrap(),
            "of root's",
            "{said}"
        );
        assert_eq!(state(&place, "root/etc/hosts").0, 0);
        let kept = format!("kept `/srv/w/d/{below}hosts`: a link on the way belongs to another user");
        assert!(said.contains(&kept), "{said}");
    }
}
