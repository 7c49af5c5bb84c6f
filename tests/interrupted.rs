//! pre-init under SIGKILL at every system call that changes something, and on a disk that fills up: the next run ends in
//! the tree of a run that nobody disturbed. The runtime itself is run, under strace(1), which is needed here.

use crate::programs;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

/// Every call by which pre-init changes a file system or waits for it.
const CHANGES: [&str; 11] = [
    "mkdirat",
    "openat",
    "write",
    "fchmod",
    "fchown",
    "renameat",
    "unlinkat",
    "symlinkat",
    "syncfs",
    "fcntl",
    "flock",
];

fn script(folder: &Path, name: &str, changes: &Value) -> PathBuf {
    let own = tempfile::tempdir().unwrap().path().metadata().unwrap();
    let (user, group) = (own.uid().to_string(), own.gid().to_string());
    let directory = json!({ "mode": "0750", "user": user, "group": group });
    let file = |text: &str| json!({ "text": text, "mode": "0640", "user": user, "group": group, "onChange": "keep" });
    let root = json!({ "uid": 0, "group": "root", "extraGroups": [], "home": "/root", "shell": "/bin/sh",
                       "description": "", "hashedPassword": "!" });
    let mut step = json!({
        "format": 1, "name": name, "system": format!("/nix/store/{}-{name}", "0".repeat(32)),
        "directories": { "/etc": directory, "/var": directory, "/both": directory },
        "files": { "/etc/same": file("same\n"), "/etc/changes": file(name) },
        "symlinks": { "/etc/link": { "target": name, "onChange": "keep" } },
        "users": { "root": root }, "groups": { "root": { "gid": 0, "members": [] } },
        "machineId": "0123456789abcdef0123456789abcdef", "hooks": []
    });
    for (section, entries) in changes.as_object().unwrap() {
        for (path, entry) in entries.as_object().unwrap() {
            step[section][path] = match entry {
                Value::String(text) if section == "files" => file(text),
                Value::Null if section == "directories" => directory.clone(),
                entry => entry.clone(),
            };
        }
    }
    let path = folder.join(name);
    fs::write(
        &path,
        format!("#!{} pre-init\n{step:#}\n", programs::runtime().display()),
    )
    .unwrap();
    path
}

struct Scripts {
    _folder: TempDir,
    first: PathBuf,
    second: PathBuf,
}

fn scripts() -> Scripts {
    let folder = tempfile::tempdir().unwrap();
    let web = json!({ "group": "web", "extraGroups": [], "home": "/var/empty", "shell": "/sbin/nologin",
                      "description": "", "hashedPassword": "$6$salt$hash" });
    let first = script(
        folder.path(),
        "first",
        &json!({
            "files": { "/etc/only-first": "1", "/turns": "file" },
            "users": { "web": web }, "groups": { "web": { "members": [] } }
        }),
    );
    let second = script(
        folder.path(),
        "second",
        &json!({ "directories": { "/turns": null }, "files": { "/turns/into": "directory", "/new": "2" } }),
    );
    Scripts {
        _folder: folder,
        first,
        second,
    }
}

fn pre_init(script: &Path, prefix: &Path) -> Output {
    Command::new(programs::runtime())
        .args(["pre-init".as_ref(), script.as_os_str()])
        .arg(format!("--prefix={}", prefix.display()))
        .output()
        .unwrap()
}

fn complete(script: &Path, prefix: &Path) -> String {
    let output = pre_init(script, prefix);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Everything beneath `root`: type, mode, owner, contents.
fn tree(root: &Path) -> BTreeMap<String, String> {
    let mut tree = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let meta = path.symlink_metadata().unwrap();
            let contents = if meta.is_symlink() {
                fs::read_link(&path).unwrap().to_string_lossy().into_owned()
            } else if meta.is_file() {
                fs::read_to_string(&path).unwrap()
            } else {
                folders.push(path.clone());
                String::new()
            };
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            tree.insert(
                name,
                format!("{:o} {}:{} {contents:?}", meta.mode(), meta.uid(), meta.gid()),
            );
        }
    }
    // A run that finds no accounts yet has nothing to lock.
    tree.remove("etc/.pwd.lock");
    tree
}

/// Runs pre-init and kills it when it makes `call` for the `n`th time; gives whether it came through before that.
fn kill_at(call: &str, n: usize, script: &Path, root: &Path) -> bool {
    let output = Command::new("strace")
        .args(["-qq", "-o", "/dev/null", "-e", &format!("trace={call}")])
        .args(["-e", &format!("inject={call}:signal=KILL:when={n}")])
        .args([programs::runtime().as_os_str(), "pre-init".as_ref(), script.as_os_str()])
        .arg(format!("--prefix={}", root.display()))
        .output()
        .expect("strace(1) is needed for this test");
    output.status.success()
}

/// Kills pre-init at each of its changing calls, a run for each, from the state that `prepare` makes, and then lets `check`
/// look at what is left. strace counts the calls of each name apart.
fn kill_everywhere(script: &Path, prepare: &dyn Fn(&Path), check: &dyn Fn(&Path, &str)) {
    let mut kills = 0;
    for call in CHANGES {
        for n in 1.. {
            let root = tempfile::tempdir().unwrap();
            prepare(root.path());
            let completed = kill_at(call, n, script, root.path());
            check(root.path(), &format!("after a kill at {call} {n}"));
            if completed {
                break;
            }
            kills += 1;
        }
    }
    assert!(
        kills > 100,
        "only {kills} calls were tried: {CHANGES:?} are not the right ones"
    );
}

/// What a run that is left alone makes of a prefix is `expected`, and there is nothing left to do.
fn is_finished(script: &Path, root: &Path, expected: &BTreeMap<String, String>, when: &str) {
    complete(script, root);
    assert_eq!(tree(root), *expected, "{when}");
    let again = complete(script, root);
    assert!(again.contains("nothing to do"), "{when}: {again}");
}

#[test]
fn a_first_run_that_is_killed_anywhere_is_finished_by_the_next() {
    let scripts = scripts();
    let clean = tempfile::tempdir().unwrap();
    complete(&scripts.first, clean.path());
    let expected = tree(clean.path());
    kill_everywhere(&scripts.first, &|_| (), &|root, when| {
        is_finished(&scripts.first, root, &expected, when);
    });
}

#[test]
fn a_change_of_plan_that_is_killed_anywhere_is_finished_by_the_next() {
    let scripts = scripts();
    let clean = tempfile::tempdir().unwrap();
    complete(&scripts.first, clean.path());
    complete(&scripts.second, clean.path());
    let prepare = |root: &Path| {
        complete(&scripts.first, root);
    };
    let expected = tree(clean.path());
    kill_everywhere(&scripts.second, &prepare, &|root, when| {
        is_finished(&scripts.second, root, &expected, when);
    });
}

#[test]
fn a_killed_change_can_be_turned_back() {
    let scripts = scripts();
    let clean = tempfile::tempdir().unwrap();
    complete(&scripts.first, clean.path());
    let expected = tree(clean.path());
    let prepare = |root: &Path| {
        complete(&scripts.first, root);
    };
    kill_everywhere(&scripts.second, &prepare, &|root, when| {
        let back = complete(&scripts.first, root);
        assert!(!back.contains("kept"), "{when}: {back}");
        let mut found = tree(root);
        // Where the journal was not begun there is nothing to do; what was staged for it lies until the next change.
        found.remove("var/lib/system-installer/.system-installer.5bba1bca25264525.tmp");
        assert_eq!(
            found.keys().collect::<Vec<_>>(),
            expected.keys().collect::<Vec<_>>(),
            "{when}"
        );
        for (path, line) in &found {
            if !path.ends_with("record.json") {
                assert_eq!(line, &expected[path], "{path}, {when}");
            }
        }
    });
}

#[test]
fn a_directory_in_a_users_directory_is_made_whole_or_not_at_all() {
    if !rustix::process::geteuid().is_root() {
        skipped!("only root has users to give something to");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let of_web = |mode: &str| json!({ "mode": mode, "user": "1500", "group": "0" });
    let changes = json!({
        "directories": { "/w": of_web("0755"), "/w/d": of_web("0750"), "/w/d/closed": of_web("0000"),
                         "/w/d/of-roots": { "mode": "0700", "user": "0", "group": "0" } },
        "files": { "/w/d/of-roots/file": "1" }
    });
    let script = script(folder.path(), "web", &changes);
    let clean = tempfile::tempdir().unwrap();
    complete(&script, clean.path());
    let expected = tree(clean.path());
    kill_everywhere(&script, &|_| (), &|root, when| {
        is_finished(&script, root, &expected, when);
    });
}

#[test]
fn a_disk_that_fills_up_is_one_line_and_loses_nothing() {
    if !rustix::process::geteuid().is_root() {
        skipped!("only root can mount a small file system");
        return;
    }
    let scripts = scripts();
    let clean = tempfile::tempdir().unwrap();
    complete(&scripts.first, clean.path());
    complete(&scripts.second, clean.path());
    let expected = tree(clean.path());
    let place = tempfile::tempdir().unwrap();
    // From a root that the first plan just fits on to one that the second fits on as well, in pages.
    let run = r#"
        mount -t tmpfs -o size=256k,mode=0755 tmpfs "$1"
        "$2" pre-init "$3" --prefix="$1" || exit 10
        dd if=/dev/zero of="$1/ballast" bs=4096 2>/dev/null
        for page in $(seq 1 40); do
            if "$2" pre-init "$4" --prefix="$1" 2>"$5"; then break; fi
            grep -q 'No space left on device' "$5" && [ $(wc -l < "$5") = 1 ] || { cat "$5"; exit 11; }
            [ "$(cat "$1/etc/same")" = same ] || exit 12
            truncate -s -4096 "$1/ballast"
        done
        [ $page -gt 2 ] || exit 13
        rm "$1/ballast"
        cp -a "$1/." "$6"
    "#;
    let copy = tempfile::tempdir().unwrap();
    let status = Command::new("unshare")
        .args(["--mount", "sh", "-c", run, "sh"])
        .arg(place.path())
        .args([programs::runtime(), scripts.first.as_path(), scripts.second.as_path()])
        .arg(clean.path().join("said"))
        .arg(copy.path())
        .status()
        .unwrap();
    assert!(status.success(), "{status}");
    assert_eq!(tree(copy.path()), expected);
}
