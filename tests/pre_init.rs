//! What pre-init promises on a prefix, run as whoever runs the tests.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use runtime::pre_init::{Error, Options, Outcome, Report, Stages, run, was_initialised};
use serde_json::{Value, json};
use step::PreInit;
use tempfile::TempDir;

/// A root that held nothing but a store, and plans to run on it.
struct Root(TempDir);

impl Root {
    fn new() -> Self {
        let root = Self(tempfile::tempdir().unwrap());
        fs::create_dir_all(root.path("nix/store")).unwrap();
        root
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn options(&self) -> Options {
        Options {
            prefix: self.0.path().to_owned(),
            adopt: false,
            owners: None,
            dry_run: false,
            json: false,
        }
    }

    fn run(&self, step: &PreInit) -> Report {
        self.try_run(step).unwrap()
    }

    fn try_run(&self, step: &PreInit) -> Result<Report, Error> {
        run(step, &self.options(), Stages::All)
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.path(path), text).unwrap();
    }

    fn exists(&self, path: &str) -> bool {
        self.path(path).symlink_metadata().is_ok()
    }

    /// Everything beneath the root but what differs by its nature (record and stamps): type, mode, owner, contents.
    fn tree(&self) -> BTreeMap<PathBuf, String> {
        let mut tree = BTreeMap::new();
        collect(self.0.path(), self.0.path(), false, &mut tree);
        tree.retain(|path, _| !path.ends_with("record.json") && !path.ends_with(".system-installer"));
        tree
    }

    /// The same with everything, and with inode and change time.
    fn exact(&self) -> BTreeMap<PathBuf, String> {
        let mut tree = BTreeMap::new();
        collect(self.0.path(), self.0.path(), true, &mut tree);
        tree
    }
}

fn collect(root: &Path, directory: &Path, exact: bool, tree: &mut BTreeMap<PathBuf, String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let meta = path.symlink_metadata().unwrap();
        let mut line = format!("{:o} {}:{}", meta.mode(), meta.uid(), meta.gid());
        if meta.is_symlink() {
            write!(line, " -> {}", fs::read_link(&path).unwrap().display()).unwrap();
        } else if meta.is_file() {
            write!(line, " {:?}", fs::read(&path).unwrap()).unwrap();
        }
        if exact {
            write!(line, " {} {}.{}", meta.ino(), meta.ctime(), meta.ctime_nsec()).unwrap();
        }
        tree.insert(path.strip_prefix(root).unwrap().to_owned(), line);
        if meta.is_dir() {
            collect(root, &path, exact, tree);
        }
    }
}

/// A step with `changes` merged into a small one; `null` takes away.
fn step(changes: &Value) -> PreInit {
    let mut plan = json!({
        "format": 1, "name": "machine", "system": "/nix/store/00000000000000000000000000000000-machine",
        "directories": {}, "files": {}, "symlinks": {}, "users": {}, "groups": {},
        "machineId": "generate", "hooks": []
    });
    for path in ["/etc", "/var", "/tmp"] {
        plan["directories"][path] = directory(if path == "/tmp" { "1777" } else { "0755" });
    }
    plan["files"]["/etc/motd"] = file("welcome\n");
    plan["symlinks"]["/etc/link"] = link("motd");
    merge(&mut plan, changes);
    serde_json::from_value(plan).unwrap()
}

fn merge(into: &mut Value, changes: &Value) {
    for (name, change) in changes.as_object().unwrap() {
        match change {
            Value::Null => {
                into.as_object_mut().unwrap().remove(name);
            }
            Value::Object(_) if into.get(name).is_some_and(Value::is_object) => merge(&mut into[name], change),
            change => into[name] = change.clone(),
        }
    }
}

/// Owners are those who run the tests, so that these promises can be tested by anybody.
fn owner() -> (String, String) {
    let meta = tempfile::tempdir().unwrap().path().metadata().unwrap();
    (meta.uid().to_string(), meta.gid().to_string())
}

fn directory(mode: &str) -> Value {
    let (user, group) = owner();
    json!({ "mode": mode, "user": user, "group": group })
}

fn file(text: &str) -> Value {
    let (user, group) = owner();
    json!({ "text": text, "mode": "0644", "user": user, "group": group, "onChange": "keep" })
}

fn link(target: &str) -> Value {
    json!({ "target": target, "onChange": "keep" })
}

fn reasons(report: &Report) -> Vec<String> {
    report
        .kept
        .iter()
        .map(|kept| format!("{}: {}", kept.subject, kept.reason))
        .collect()
}

#[test]
fn a_bare_root_gets_what_the_plan_says() {
    let root = Root::new();
    let report = root.run(&step(&json!({})));
    assert_eq!(report.outcome, Outcome::Initialised);
    assert_eq!(root.read("etc/motd"), "welcome\n");
    assert_eq!(fs::read_link(root.path("etc/link")).unwrap(), Path::new("motd"));
    assert_eq!(
        root.path("tmp").metadata().unwrap().permissions().mode() & 0o7777,
        0o1777
    );
    let id = root.read("etc/machine-id");
    assert!(
        id.len() == 33 && id.trim_end().bytes().all(|b| b.is_ascii_hexdigit()),
        "{id}"
    );
    let profiles = root.path("nix/var/nix/profiles");
    assert_eq!(
        fs::read_link(profiles.join("system")).unwrap(),
        Path::new("system-1-link")
    );
    assert!(
        fs::read_link(profiles.join("system-1-link"))
            .unwrap()
            .ends_with("00000000000000000000000000000000-machine")
    );
    assert!(!root.exists("var/lib/system-installer/journal.json"));
}

#[test]
fn the_same_plan_again_writes_nothing() {
    let root = Root::new();
    let step = step(&json!({ "users": { "root": user() }, "groups": { "root": { "gid": 0, "members": [] } } }));
    root.run(&step);
    let before = root.exact();
    let report = root.run(&step);
    assert_eq!((report.outcome, report.steps), (Outcome::Unchanged, vec![]));
    assert_eq!(root.exact(), before);
}

fn user() -> Value {
    json!({ "uid": 0, "group": "root", "extraGroups": [], "home": "/root", "shell": "/bin/sh",
            "description": "", "hashedPassword": "!" })
}

#[test]
fn another_plan_and_back_ends_in_the_same_tree() {
    let root = Root::new();
    let first = step(&json!({ "files": { "/etc/only-first": file("1") } }));
    let second = step(&json!({
        "directories": { "/srv": directory("0750"), "/tmp": directory("0700") },
        "files": { "/etc/motd": file("changed\n"), "/srv/new": file("2") },
        "symlinks": { "/etc/link": link("elsewhere") }
    }));
    root.run(&first);
    let tree = root.tree();
    let report = root.run(&second);
    assert_eq!(report.outcome, Outcome::Changed);
    assert_eq!(root.read("etc/motd"), "changed\n");
    assert_eq!(root.read("srv/new"), "2");
    assert!(!root.exists("etc/only-first"));
    assert_eq!(
        root.path("tmp").metadata().unwrap().permissions().mode() & 0o7777,
        0o700
    );
    root.run(&first);
    assert_eq!(root.tree(), tree);
}

#[test]
fn what_a_person_changed_stays() {
    let root = Root::new();
    root.run(&step(&json!({ "files": { "/etc/b": file("b"), "/etc/c": file("c") } })));
    root.write("etc/motd", "mine\n");
    fs::remove_file(root.path("etc/b")).unwrap();
    fs::remove_file(root.path("etc/link")).unwrap();
    symlink("my-target", root.path("etc/link")).unwrap();
    fs::set_permissions(root.path("tmp"), fs::Permissions::from_mode(0o711)).unwrap();
    let report = root.run(&step(&json!({
        "files": { "/etc/motd": file("new\n"), "/etc/b": file("b2"), "/etc/c": file("c2") },
        "symlinks": { "/etc/link": link("new") }
    })));
    assert_eq!(root.read("etc/motd"), "mine\n");
    assert_eq!(root.read("etc/c"), "c2");
    assert!(!root.exists("etc/b"));
    assert_eq!(fs::read_link(root.path("etc/link")).unwrap(), Path::new("my-target"));
    assert_eq!(
        root.path("tmp").metadata().unwrap().permissions().mode() & 0o7777,
        0o711
    );
    assert_eq!(
        reasons(&report),
        [
            "`/etc/b`: deleted by hand",
            "`/etc/link`: changed by hand",
            "`/etc/motd`: changed by hand",
            "`/tmp`: its mode or owner was changed by hand"
        ]
    );
    // And it still does when the plan drops it.
    let report = root.run(&step(
        &json!({ "files": { "/etc/motd": null }, "symlinks": { "/etc/link": null } }),
    ));
    assert_eq!(root.read("etc/motd"), "mine\n");
    assert!(root.exists("etc/link"));
    assert!(reasons(&report).contains(&"`/etc/motd`: not in the plan any more, but it was changed by hand".to_owned()));
}

#[test]
fn a_plan_may_ask_to_replace_what_a_person_changed() {
    let root = Root::new();
    let mut replaced = file("ours\n");
    replaced["onChange"] = json!("replace");
    root.run(&step(&json!({ "files": { "/etc/motd": replaced.clone() } })));
    root.write("etc/motd", "mine\n");
    let elsewhere = Root::new();
    elsewhere.write("target", "untouched");
    replaced["text"] = json!("newer\n");
    root.run(&step(&json!({ "files": { "/etc/motd": replaced.clone() } })));
    assert_eq!(root.read("etc/motd"), "newer\n");

    fs::remove_file(root.path("etc/motd")).unwrap();
    symlink(elsewhere.path("target"), root.path("etc/motd")).unwrap();
    replaced["text"] = json!("newest\n");
    root.run(&step(&json!({ "files": { "/etc/motd": replaced } })));
    assert!(root.path("etc/motd").symlink_metadata().unwrap().is_file());
    assert_eq!(elsewhere.read("target"), "untouched");
}

#[test]
fn a_directory_with_something_in_it_is_never_deleted() {
    let root = Root::new();
    let more = json!({ "directories": { "/srv": directory("0755"), "/opt": directory("0755") } });
    root.run(&step(&more));
    root.write("srv/data", "precious");
    root.run(&step(&json!({})));
    assert_eq!(root.read("srv/data"), "precious");
    assert!(!root.exists("opt"));
}

#[test]
fn a_directory_that_was_there_before_us_is_not_taken_away() {
    let root = Root::new();
    fs::create_dir(root.path("opt")).unwrap();
    root.run(&step(&json!({ "directories": { "/opt": directory("0755") } })));
    root.run(&step(&json!({})));
    assert!(root.exists("opt"));
}

#[test]
fn one_type_becomes_another() {
    let root = Root::new();
    let first = step(&json!({
        "directories": { "/a": directory("0755") },
        "files": { "/a/inner": file("inner"), "/b": file("b") },
        "symlinks": { "/c": link("etc") }
    }));
    let second = step(&json!({
        "directories": { "/b": directory("0755"), "/c": directory("0755") },
        "files": { "/a": file("a"), "/b/inner": file("inner"), "/c/inner": file("inner") },
        "symlinks": {}
    }));
    root.run(&first);
    let tree = root.tree();
    root.run(&second);
    assert_eq!(root.read("a"), "a");
    assert_eq!(root.read("b/inner"), "inner");
    assert!(root.path("c").symlink_metadata().unwrap().is_dir());
    assert!(!root.exists("etc/inner"));
    root.run(&first);
    assert_eq!(root.tree(), tree);
}

#[test]
fn somebody_elses_root_is_refused_and_adopted_without_changing_a_file() {
    let root = Root::new();
    fs::create_dir(root.path("etc")).unwrap();
    root.write("etc/passwd", "root:x:0:0::/root:/bin/bash\n");
    root.write("etc/motd", "theirs\n");
    let before = root.exact();
    let step = step(&json!({ "files": { "/etc/new": file("new") } }));
    let error = root.try_run(&step).unwrap_err().to_string();
    assert!(error.contains("--adopt") && !error.contains('\n'), "{error}");
    assert_eq!(root.exact(), before);

    let report = run(
        &step,
        &Options {
            adopt: true,
            ..root.options()
        },
        Stages::All,
    )
    .unwrap();
    assert_eq!(root.read("etc/motd"), "theirs\n");
    assert_eq!(root.read("etc/new"), "new");
    assert_eq!(reasons(&report), ["`/etc/motd`: it was there before"]);
    assert_eq!(root.run(&step).outcome, Outcome::Unchanged);
}

#[test]
fn a_fifo_in_the_way_is_an_error_before_anything_is_changed() {
    let root = Root::new();
    fs::create_dir(root.path("etc")).unwrap();
    let status = std::process::Command::new("mkfifo")
        .arg(root.path("etc/motd"))
        .status()
        .unwrap();
    assert!(status.success());
    let error = root.try_run(&step(&json!({}))).unwrap_err().to_string();
    assert_eq!(
        error,
        format!(
            "cannot make `{}`: a FIFO is in the way",
            root.path("etc/motd").display()
        )
    );
    assert!(!root.exists("tmp"));
    fs::remove_file(root.path("etc/motd")).unwrap();
    root.run(&step(&json!({})));
    assert_eq!(root.read("etc/motd"), "welcome\n");
}

#[test]
fn an_interrupted_run_is_finished_by_the_next() {
    let clean = Root::new();
    let good = json!({ "files": { "/etc/x": file("x") }, "machineId": "0123456789abcdef0123456789abcdef" });
    clean.run(&step(&good));

    let root = Root::new();
    root.run(&step(&json!({ "files": { "/etc/y": file("y") }, "machineId": "none" })));
    let mut bad = good.clone();
    bad["files"]["/etc/motd"] = file("from the run that failed\n");
    bad["files"]["/etc/z"] = file("z");
    bad["hooks"] = json!([["/bin/false"]]);
    let error = root.try_run(&step(&bad)).unwrap_err().to_string();
    assert!(error.starts_with("hook `/bin/false`: "), "{error}");
    assert_eq!(root.read("etc/z"), "z");
    assert!(root.exists("var/lib/system-installer/journal.json"));
    let report = root.run(&step(&good));
    assert_eq!(reasons(&report), [""; 0]);
    assert_eq!(root.tree(), clean.tree());
}

#[test]
fn hooks_run_once_and_are_told_the_prefix() {
    let root = Root::new();
    let log = root.path("log");
    let script = format!("echo $SYSTEM_INSTALLER_PREFIX >> {}", log.display());
    let step = step(&json!({ "hooks": [["/bin/sh", "-c", script]] }));
    root.run(&step);
    root.run(&step);
    assert_eq!(
        root.read("log"),
        format!("{}\n", root.0.path().canonicalize().unwrap().display())
    );
}

#[test]
fn a_dry_run_changes_nothing_and_says_what_a_run_does() {
    let root = Root::new();
    root.run(&step(&json!({})));
    let next =
        step(&json!({ "files": { "/etc/motd": file("2"), "/etc/new": file("n") }, "symlinks": { "/etc/link": null } }));
    let before = root.exact();
    let dry = run(
        &next,
        &Options {
            dry_run: true,
            ..root.options()
        },
        Stages::All,
    )
    .unwrap();
    assert_eq!(root.exact(), before);
    let wet = root.run(&next);
    assert_eq!(dry.steps, wet.steps);
    assert_eq!(
        dry.to_string(),
        format!(
            "update file /etc/motd\ncreate file /etc/new\nremove file /etc/link\n`{}`: would change to `machine`: 3 files\n",
            root.0.path().display()
        )
    );
}

#[test]
fn an_image_has_no_machine_id_and_each_machine_gets_its_own() {
    let root = Root::new();
    let step = step(&json!({}));
    run(&step, &root.options(), Stages::Tree).unwrap();
    assert_eq!(root.read("etc/machine-id"), "uninitialized\n");
    root.run(&step);
    let id = root.read("etc/machine-id");
    assert_ne!(id, "uninitialized\n");
    root.run(&step);
    assert_eq!(root.read("etc/machine-id"), id);
}

#[test]
fn a_lost_root_over_a_kept_var_is_made_again_as_the_same_machine() {
    let root = Root::new();
    let step = step(&json!({
        "users": { "root": user(), "svc": { "group": "svc", "extraGroups": [], "home": "/", "shell": "/", "description": "", "hashedPassword": "!" } },
        "groups": { "root": { "gid": 0, "members": [] }, "svc": { "members": [] } }
    }));
    root.run(&step);
    let tree = root.tree();
    for lost in ["etc", "tmp", "nix/var"] {
        fs::remove_dir_all(root.path(lost)).unwrap();
    }
    fs::remove_file(root.path(".system-installer")).unwrap();
    let report = root.run(&step);
    assert_eq!(reasons(&report), [""; 0]);
    assert_eq!(root.tree(), tree);
}

#[test]
fn two_runs_at_once_both_succeed() {
    let root = Root::new();
    let step = step(&json!({ "users": { "root": user() }, "groups": { "root": { "gid": 0, "members": [] } } }));
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..8).map(|_| scope.spawn(|| root.run(&step).outcome)).collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    assert_eq!(
        outcomes
            .iter()
            .filter(|outcome| **outcome == Outcome::Initialised)
            .count(),
        1,
        "{outcomes:?}"
    );
    assert_eq!(root.read("etc/passwd"), "root:x:0:0::/root:/bin/sh\n");
}

#[test]
fn an_owner_that_does_not_exist_is_an_error_before_anything_is_changed() {
    let root = Root::new();
    let mut odd = file("x");
    odd["user"] = json!("nobody-here");
    let error = root
        .try_run(&step(&json!({ "files": { "/etc/x": odd } })))
        .unwrap_err()
        .to_string();
    assert_eq!(error, "cannot make `/etc/x`: user `nobody-here` does not exist");
    assert!(!root.exists("etc"));
}

#[test]
fn a_prefix_that_is_missing_or_a_file_is_one_line() {
    let root = Root::new();
    for name in ["missing", "file"] {
        root.write("file", "");
        let options = Options {
            prefix: root.path(name),
            ..root.options()
        };
        let error = run(&step(&json!({})), &options, Stages::All).unwrap_err().to_string();
        assert!(error.contains(name) && !error.contains('\n'), "{error}");
    }
}

#[test]
fn a_record_of_a_newer_runtime_is_left_alone() {
    let root = Root::new();
    root.run(&step(&json!({})));
    root.write("var/lib/system-installer/record.json", r#"{"format":2,"news":true}"#);
    let before = root.exact();
    let error = root.try_run(&step(&json!({}))).unwrap_err().to_string();
    assert!(error.contains("its format is 2, this runtime knows 1 ("), "{error}");
    assert_eq!(root.exact(), before);
    assert!(
        was_initialised(root.0.path()),
        "an older system must start on it all the same"
    );
}

#[test]
fn hard_linked_files_are_replaced_and_not_changed_in_place() {
    let root = Root::new();
    root.run(&step(&json!({})));
    fs::hard_link(root.path("etc/motd"), root.path("other-name")).unwrap();
    root.run(&step(&json!({ "files": { "/etc/motd": file("new\n") } })));
    assert_eq!(root.read("etc/motd"), "new\n");
    assert_eq!(root.read("other-name"), "welcome\n");
}

#[test]
fn an_account_database_that_is_a_link_is_not_followed() {
    let root = Root::new();
    let elsewhere = Root::new();
    elsewhere.write("passwd", "theirs");
    fs::create_dir(root.path("etc")).unwrap();
    symlink(elsewhere.path("passwd"), root.path("etc/passwd")).unwrap();
    let step = step(&json!({ "users": { "root": user() }, "groups": { "root": { "gid": 0, "members": [] } } }));
    let report = run(
        &step,
        &Options {
            adopt: true,
            ..root.options()
        },
        Stages::All,
    )
    .unwrap();
    assert_eq!(reasons(&report), ["`/etc/passwd`: it is a link"]);
    assert_eq!(elsewhere.read("passwd"), "theirs");
    assert!(root.read("etc/group").contains("root:x:0:"));
}

#[test]
fn what_adoption_kept_stays_kept_through_later_plans() {
    let root = Root::new();
    fs::create_dir(root.path("etc")).unwrap();
    root.write("etc/passwd", "root:x:0:0::/root:/bin/bash\n");
    root.write("etc/motd", "theirs\n");
    fs::create_dir(root.path("data")).unwrap();
    fs::set_permissions(root.path("data"), fs::Permissions::from_mode(0o700)).unwrap();
    let mut replaced = file("ours\n");
    replaced["onChange"] = json!("replace");
    let plan = |x: &str| {
        step(&json!({
            "directories": { "/data": directory("0755") },
            "files": { "/etc/motd": replaced.clone(), "/etc/x": file(x) }
        }))
    };
    let options = Options {
        adopt: true,
        ..root.options()
    };
    run(&plan("1"), &options, Stages::All).unwrap();
    for x in ["2", "3"] {
        let report = root.run(&plan(x));
        assert_eq!(reasons(&report).len(), 2, "{report}");
        assert_eq!(root.read("etc/motd"), "theirs\n");
        assert_eq!(root.read("etc/x"), x);
        assert_eq!(
            root.path("data").metadata().unwrap().permissions().mode() & 0o7777,
            0o700
        );
    }
}

#[test]
fn a_persons_directory_is_not_taken_over_by_a_later_plan() {
    let root = Root::new();
    root.run(&step(&json!({})));
    fs::create_dir(root.path("data")).unwrap();
    fs::set_permissions(root.path("data"), fs::Permissions::from_mode(0o700)).unwrap();
    let report = root.run(&step(&json!({ "directories": { "/data": directory("0755") } })));
    assert_eq!(
        reasons(&report),
        ["`/data`: it was there before, with another mode or owner"]
    );
    assert_eq!(
        root.path("data").metadata().unwrap().permissions().mode() & 0o7777,
        0o700
    );
}

#[test]
fn a_directory_that_stays_because_something_is_in_it_is_said_to_stay() {
    let root = Root::new();
    root.run(&step(&json!({
        "directories": { "/data": directory("0755"), "/data/sub": directory("0755") }, "files": { "/data/sub/f": file("f") }
    })));
    root.write("data/mine", "precious");
    let next = step(&json!({}));
    let dry = run(
        &next,
        &Options {
            dry_run: true,
            ..root.options()
        },
        Stages::All,
    )
    .unwrap();
    let report = root.run(&next);
    assert_eq!(dry.steps, report.steps);
    assert_eq!(
        reasons(&report),
        ["`/data`: not in the plan any more, but something is in it"]
    );
    assert!(root.exists("data/mine") && !root.exists("data/sub"));
}

#[test]
fn a_new_root_gets_the_plans_mode_however_it_was_mounted() {
    let root = Root::new();
    let step = step(&json!({ "directories": { "/": directory("0755") } }));
    root.run(&step);
    // A lost root over a kept /var, as a tmpfs is mounted by default.
    fs::remove_file(root.path(".system-installer")).unwrap();
    fs::set_permissions(root.path(""), fs::Permissions::from_mode(0o1777)).unwrap();
    let report = root.run(&step);
    assert_eq!(reasons(&report), [""; 0]);
    assert_eq!(root.path("").metadata().unwrap().permissions().mode() & 0o7777, 0o755);
}

#[test]
fn a_plan_without_a_machine_id_may_have_a_link_or_a_file_of_its_own_there() {
    let root = Root::new();
    let id = link("/persist/etc/machine-id");
    let plan = step(&json!({ "machineId": "none", "symlinks": { "/etc/machine-id": id } }));
    for _ in 0..2 {
        assert_eq!(reasons(&root.run(&plan)), [""; 0]);
        assert_eq!(
            fs::read_link(root.path("etc/machine-id")).unwrap(),
            Path::new("/persist/etc/machine-id")
        );
    }
    let plan = step(&json!({ "machineId": "none", "files": { "/etc/machine-id": file("uninitialized\n") } }));
    assert_eq!(reasons(&root.run(&plan)), [""; 0]);
    assert_eq!(root.read("etc/machine-id"), "uninitialized\n");
}

#[test]
fn a_machine_id_of_the_plan_follows_the_plan() {
    let root = Root::new();
    let id = |digit: &str| digit.repeat(32);
    root.run(&step(&json!({ "machineId": id("1") })));
    let report = root.run(&step(&json!({ "machineId": id("2") })));
    assert_eq!(
        (root.read("etc/machine-id"), reasons(&report)),
        (id("2") + "\n", vec![])
    );
    fs::set_permissions(root.path("etc/machine-id"), fs::Permissions::from_mode(0o644)).unwrap();
    root.write("etc/machine-id", &(id("3") + "\n"));
    let report = root.run(&step(&json!({ "machineId": id("4") })));
    assert_eq!(root.read("etc/machine-id"), id("3") + "\n");
    assert_eq!(reasons(&report), ["`/etc/machine-id`: it has another id"]);
}

#[test]
fn a_manifest_that_cannot_be_written_is_refused_before_anything_is_done() {
    let root = Root::new();
    let options = Options {
        owners: Some("/missing/owners".into()),
        ..root.options()
    };
    let error = run(&step(&json!({})), &options, Stages::All).unwrap_err().to_string();
    assert_eq!(error, "cannot write `/missing/owners`: No such file or directory");
    assert!(!root.exists("var"));
}

/// A step with a user whose password is in `/run/password`, and `changes`.
fn step_with_password_file(changes: &Value) -> PreInit {
    let mut all = json!({
        "users": { "root": user(), "web": user() },
        "groups": { "root": { "gid": 0, "members": [] } }
    });
    let web = all["users"]["web"].as_object_mut().unwrap();
    web.remove("uid");
    web.insert("hashedPasswordFile".to_owned(), json!("/run/password"));
    merge(&mut all, changes);
    step(&all)
}

fn shadow_of_web(root: &Root) -> String {
    let shadow = root.read("etc/shadow");
    let line = shadow.lines().find_map(|line| line.strip_prefix("web:")).unwrap();
    line.split(':').next().unwrap().to_owned()
}

#[test]
fn a_password_file_that_is_missing_is_said_and_changes_no_password() {
    let root = Root::new();
    let report = root.run(&step_with_password_file(&json!({})));
    assert_eq!(shadow_of_web(&root), "!");
    let locked = "user `web` is locked: `/run/password`, which is to hold its password, does not exist";
    assert_eq!(report.warnings, [locked]);

    fs::create_dir(root.path("run")).unwrap();
    root.write("run/password", "$6$salt$one\n");
    let report = root.run(&step_with_password_file(&json!({ "files": { "/etc/a": file("1") } })));
    assert_eq!(shadow_of_web(&root), "$6$salt$one");
    assert_eq!(report.warnings, [""; 0]);

    fs::remove_file(root.path("run/password")).unwrap();
    let report = root.run(&step_with_password_file(&json!({ "files": { "/etc/a": file("2") } })));
    assert_eq!(shadow_of_web(&root), "$6$salt$one");
    assert_eq!(
        report.warnings,
        ["user `web` keeps its password: `/run/password` does not exist"]
    );

    root.write("run/password", "$6$salt$two\n");
    root.run(&step_with_password_file(&json!({ "files": { "/etc/a": file("3") } })));
    assert_eq!(shadow_of_web(&root), "$6$salt$two");

    // A person's own password outlives a time without the file.
    root.write(
        "etc/shadow",
        &root.read("etc/shadow").replace("$6$salt$two", "$6$salt$mine"),
    );
    fs::remove_file(root.path("run/password")).unwrap();
    root.run(&step_with_password_file(&json!({ "files": { "/etc/a": file("4") } })));
    root.write("run/password", "$6$salt$three\n");
    let report = root.run(&step_with_password_file(&json!({ "files": { "/etc/a": file("5") } })));
    assert_eq!(shadow_of_web(&root), "$6$salt$mine");
    assert_eq!(reasons(&report), ["user `web`: keeps its password"]);
}

#[test]
fn without_its_password_file_a_new_user_gets_the_plans_password() {
    let root = Root::new();
    let report = root.run(&step_with_password_file(
        &json!({ "users": { "web": { "hashedPassword": "$6$salt$plan" } } }),
    ));
    assert_eq!(shadow_of_web(&root), "$6$salt$plan");
    assert_eq!(
        report.warnings,
        ["user `web` has the password of `hashedPassword`: `/run/password` does not exist"]
    );
}

#[test]
fn a_password_file_without_a_hash_is_refused_and_not_repeated() {
    let root = Root::new();
    fs::create_dir(root.path("run")).unwrap();
    for wrong in ["hunter2 hunter2\n", "hunter2:$6$a$b\n", "\n", ""] {
        root.write("run/password", wrong);
        let error = root
            .try_run(&step_with_password_file(&json!({})))
            .unwrap_err()
            .to_string();
        assert_eq!(
            error,
            format!(
                "`{}` holds no hashed password: write what `mkpasswd` prints, or `!` to lock the account",
                root.path("run/password").display()
            )
        );
        assert!(!root.exists("etc"));
    }
}

/// A step with two people besides root, and `changes`.
fn step_with_people(changes: &Value) -> PreInit {
    let person = |uid: u32| {
        let mut person = user();
        person["uid"] = json!(uid);
        person
    };
    let mut all = json!({
        "users": { "root": user(), "ann": person(1000), "bob": person(1001) },
        "groups": { "root": { "gid": 0, "members": [] }, "staff": { "gid": 50, "members": ["ann", "bob"] } }
    });
    merge(&mut all, changes);
    step(&all)
}

#[test]
fn what_a_person_changed_survives_an_older_generation() {
    let root = Root::new();
    let gone = json!({ "ann": null, "bob": null });
    let more = json!({ "directories": { "/data": directory("0755") }, "files": { "/etc/a": file("a"), "/etc/b": file("b") },
                       "symlinks": { "/etc/l": link("a") } });
    let newer = |motd: &str| {
        let mut changes = more.clone();
        changes["files"]["/etc/motd"] = file(motd);
        step_with_people(&changes)
    };
    let older = step_with_people(&json!({ "users": gone, "groups": { "staff": null } }));
    root.run(&older);
    root.run(&newer("1"));
    // passwd, chage, chsh, gpasswd, chmod, rm.
    let shadow = root.read("etc/shadow");
    root.write(
        "etc/shadow",
        &shadow
            .replace("ann:!:1:", "ann:$6$mine:19000:")
            .replace("bob:!:1:::::", "bob:!:1:0:90:7::"),
    );
    root.write(
        "etc/group",
        &root.read("etc/group").replace("staff:x:50:ann,bob", "staff:x:50:ann"),
    );
    fs::set_permissions(root.path("data"), fs::Permissions::from_mode(0o700)).unwrap();
    fs::set_permissions(root.path("etc/a"), fs::Permissions::from_mode(0o600)).unwrap();
    fs::remove_file(root.path("etc/b")).unwrap();
    fs::remove_file(root.path("etc/l")).unwrap();
    let before = root.tree();
    let report = root.run(&older);
    let said = reasons(&report);
    for kept in [
        "user `ann`: not in the plan any more, kept: it was changed",
        "user `bob`: not in the plan any more, kept: it was changed",
        "`/data`: not in the plan any more, but its mode or owner was changed by hand",
        "`/etc/a`: not in the plan any more, but it was changed by hand",
    ] {
        assert!(said.contains(&kept.to_owned()), "{kept} is not in {said:#?}");
    }
    for motd in ["1", "2"] {
        let report = root.run(&newer(motd));
        let mut after = root.tree();
        assert_eq!(root.read("etc/motd"), motd);
        for path in ["etc/motd", "etc/group", "etc/.pwd.lock"] {
            after.insert(path.into(), before[Path::new(path)].clone());
        }
        // A group that came back comes behind the others.
        assert!(root.read("etc/group").contains("staff:x:50:ann"), "{report}");
        for (path, line) in &before {
            if !path.ends_with("gshadow") {
                assert_eq!(after.get(path), Some(line), "{path:?}, {report}");
            }
        }
        assert!(
            reasons(&report).contains(&"`/etc/b`: deleted by hand".to_owned()),
            "{report}"
        );
    }
    // What nobody changed is still the plan's.
    let mut moved = user();
    moved["uid"] = json!(1000);
    moved["shell"] = json!("/bin/bash");
    root.run(&step_with_people(&json!({ "users": { "ann": moved } })));
    assert!(
        root.read("etc/passwd").contains("ann:x:1000:0::/root:/bin/bash"),
        "{}",
        root.read("etc/passwd")
    );
    assert!(root.read("etc/shadow").contains("ann:$6$mine:19000:"));
}

#[test]
fn a_user_who_was_deleted_by_hand_stays_so_through_an_older_generation() {
    let root = Root::new();
    let older = step_with_people(&json!({ "users": { "ann": null } }));
    root.run(&step_with_people(&json!({})));
    for path in ["etc/passwd", "etc/shadow"] {
        let kept: String = root
            .read(path)
            .lines()
            .filter(|line| !line.starts_with("ann:"))
            .fold(String::new(), |all, line| all + line + "\n");
        root.write(path, &kept);
    }
    root.run(&older);
    let report = root.run(&step_with_people(&json!({})));
    assert!(!root.read("etc/passwd").contains("ann:"));
    assert!(
        reasons(&report).contains(&"user `ann`: was deleted by hand and stays so".to_owned()),
        "{report}"
    );
}

#[test]
fn what_is_lost_is_made_again_by_the_same_plan_and_by_another() {
    for lose in [
        "rm etc/passwd",
        ": >etc/passwd",
        "echo >etc/passwd",
        "rm etc/group",
        ": >etc/shadow",
        "rm etc/gshadow",
        "rm -r etc",
        "rm -r etc; mkdir etc",
        "rm -r var",
    ] {
        for next in ["hi", "other"] {
            let root = Root::new();
            let plan = |text: &str| {
                step_with_people(
                    &json!({ "files": { "/etc/edition": file(text) }, "directories": { "/var/x": directory("0755") } }),
                )
            };
            root.run(&plan("hi"));
            let before = root.tree();
            let status = std::process::Command::new("sh")
                .args(["-c", lose])
                .current_dir(root.path(""))
                .status();
            assert!(status.unwrap().success());
            let report = root.run(&plan(next));
            let mut after = root.tree();
            if next != "hi" && lose != "rm -r var" {
                assert_eq!(root.read("etc/edition"), next, "{lose}");
            }
            after.insert("etc/edition".into(), before[Path::new("etc/edition")].clone());
            after.remove(Path::new("etc/.pwd.lock"));
            assert_eq!(after, before, "{lose}, {next}: {report}");
            assert!(
                lose.ends_with("gshadow") || report.warnings.iter().any(|warning| warning.contains("lost")),
                "{lose}, {next}: {report}"
            );
            assert_eq!(root.run(&plan(next)).outcome, Outcome::Unchanged, "{lose}, {next}");
        }
    }
}

#[test]
fn one_entry_that_was_taken_away_stays_so_and_is_no_loss() {
    let root = Root::new();
    let plan =
        |text: &str| step_with_people(&json!({ "files": { "/etc/edition": file(text), "/etc/other": file("o") } }));
    root.run(&plan("1"));
    fs::remove_file(root.path("etc/other")).unwrap();
    let passwd = root.read("etc/passwd");
    root.write(
        "etc/passwd",
        &passwd
            .lines()
            .filter(|line| !line.starts_with("bob:"))
            .fold(String::new(), |all, line| all + line + "\n"),
    );
    assert_eq!(root.run(&plan("1")).outcome, Outcome::Unchanged);
    let report = root.run(&plan("2"));
    assert!(
        !root.exists("etc/other") && !root.read("etc/passwd").contains("bob:"),
        "{report}"
    );
    assert_eq!(report.warnings, [""; 0]);
}

#[test]
fn a_file_that_was_deleted_by_hand_stays_so_when_its_directory_comes_back() {
    let root = Root::new();
    let newer =
        step(&json!({ "directories": { "/d": directory("0755") }, "files": { "/d/a": file("a"), "/d/b": file("b") } }));
    root.run(&newer);
    fs::remove_file(root.path("d/a")).unwrap();
    root.run(&step(&json!({})));
    assert!(!root.exists("d"));
    let report = root.run(&newer);
    assert!(root.exists("d/b") && !root.exists("d/a"), "{report}");
}

#[test]
fn a_record_that_others_may_write_to_is_not_believed_and_that_is_said() {
    let root = Root::new();
    let step = step(&json!({}));
    root.run(&step);
    fs::set_permissions(root.path("var/lib"), fs::Permissions::from_mode(0o777)).unwrap();
    let report = root.run(&step);
    let path = root.path("var/lib/system-installer/record.json");
    let warning = format!(
        "`{}` is not believed: others may write to it, or to a directory above it",
        path.display()
    );
    assert_eq!(report.warnings, [warning]);
    assert_eq!(reasons(&report), [""; 0]);
}

#[test]
fn without_its_record_a_root_keeps_what_a_person_changed() {
    let root = Root::new();
    root.run(&step_with_people(
        &json!({ "directories": { "/data": directory("0755") } }),
    ));
    fs::set_permissions(root.path("data"), fs::Permissions::from_mode(0o700)).unwrap();
    root.write("etc/motd", "mine\n");
    fs::remove_dir_all(root.path("var")).unwrap();
    let plan = step_with_people(&json!({ "directories": { "/data": directory("0755") } }));
    for _ in 0..2 {
        root.run(&plan);
        assert_eq!(
            root.path("data").metadata().unwrap().permissions().mode() & 0o7777,
            0o700
        );
        assert_eq!(root.read("etc/motd"), "mine\n");
    }
}
