//! Machines that an older version made. Each `NAME.json` was made by version 0.1.0 when it was one program for builds and
//! machines, and holds the plan, what the builder and the runtime of that time made of it, and here and there what a person
//! changed afterwards. Today's runtime has to take such a machine on: it reads its scripts, its record and its journal, keeps
//! what is to be kept, and knows the files of its boot menu for its own.
//!
//! A change of a format adds a machine here, made by the version before it. The old ones stay.

mod boot;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, lchown, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use build::emit;
use plan::read_plan;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::programs;

/// The runtime of the new scripts, which is not the old one.
const RUNTIME: &str = "/nix/store/99999999999999999999999999999999-system-installer-runtime-0.2.0";

/// A machine of the older version, laid down beneath `root` in a folder.
struct Machine {
    folder: TempDir,
    plan: Value,
    older: Value,
}

impl Machine {
    /// The machine in the file `name`; only root can give files to others.
    fn new(name: &str) -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            skipped!("only root can lay down files of several owners");
            return None;
        }
        let path = programs::root().join("tests/older").join(name).with_extension("json");
        let older: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        let machine = Self {
            folder: tempfile::tempdir().unwrap(),
            plan: older["plan"].clone(),
            older,
        };
        let mut entries: Vec<&Value> = machine.older["root"].as_array().unwrap().iter().collect();
        for entry in &entries {
            machine.lay_down(entry);
        }
        // Modes last, from the inside out: a directory may be closed.
        entries.reverse();
        for entry in entries.iter().filter(|entry| entry["mode"].is_string()) {
            let mode = u32::from_str_radix(entry["mode"].as_str().unwrap(), 8).unwrap();
            let path = machine.root(entry["path"].as_str().unwrap());
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }
        Some(machine)
    }

    fn lay_down(&self, entry: &Value) {
        let path = self.root(entry["path"].as_str().unwrap());
        if let Some(target) = entry["target"].as_str() {
            symlink(target, &path).unwrap();
        } else if entry["text"].is_string() || entry["runs"].is_array() {
            fs::write(&path, contents(entry)).unwrap();
        } else {
            fs::create_dir(&path).unwrap();
        }
        let id = |name: &str| u32::try_from(entry[name].as_u64().unwrap()).unwrap();
        lchown(&path, Some(id("uid")), Some(id("gid"))).unwrap();
    }

    fn root(&self, path: &str) -> PathBuf {
        self.folder.path().join("root").join(path.trim_start_matches('/'))
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root(path)).unwrap()
    }

    /// Writes a script of this name and text.
    fn script(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// The script `name` that the older version made of the plan.
    fn older_script(&self, name: &str) -> PathBuf {
        self.script(name, self.older["scripts"][name].as_str().unwrap())
    }

    /// The files of the output at the store path `system` that today's builder makes of the plan.
    fn built(&self, system: &str) -> BTreeMap<&'static str, String> {
        let tree = serde_json::from_value(self.plan.clone()).unwrap();
        let files = emit::emit(&read_plan(&tree).unwrap(), system, RUNTIME).unwrap();
        files.into_iter().map(|file| (file.name, file.contents)).collect()
    }

    /// Runs `pre-init` of today's output `name`.
    fn initialise(&self, name: &str) -> String {
        let system = format!("/nix/store/{}-{name}", "3".repeat(32));
        success(&self.run(
            "pre-init",
            &self.script("pre-init", &self.built(&system)["pre-init"]),
            &[],
        ))
    }

    /// Runs the step `step` of a script with today's runtime.
    fn run(&self, step: &str, script: &Path, words: &[&str]) -> Output {
        let mut command = Command::new(programs::runtime());
        command.arg(step).arg(script).arg("--prefix=root").args(words);
        command.current_dir(self.folder.path()).output().unwrap()
    }

    /// What lies beneath the root, by path, as the files beside this one have it.
    fn tree(&self) -> BTreeMap<String, Value> {
        let mut tree = BTreeMap::new();
        walk(&self.root("/"), "/", &mut tree);
        tree
    }

    /// What lay there when it was laid down.
    fn older_tree(&self) -> BTreeMap<String, Value> {
        let entries = self.older["root"].as_array().unwrap().iter();
        entries
            .map(|entry| (entry["path"].as_str().unwrap().to_owned(), entry.clone()))
            .collect()
    }

    /// The paths at which something else lies than when it was laid down, but for this program's own notes.
    fn changed(&self) -> Vec<String> {
        let (before, now) = (self.older_tree(), self.tree());
        let paths = before.keys().chain(now.keys());
        let mut changed: Vec<String> = paths
            .filter(|path| before.get(*path) != now.get(*path))
            .cloned()
            .collect();
        let is_note = |path: &str| path.starts_with("/var/lib/system-installer/") || path == "/.system-installer";
        // The lock of the account files stays where it was taken once.
        changed.retain(|path| !is_note(path) && path != "/etc/.pwd.lock");
        changed.sort();
        changed.dedup();
        changed
    }
}

fn contents(entry: &Value) -> Vec<u8> {
    match entry["text"].as_str() {
        Some(text) => text.as_bytes().to_vec(),
        None => unpacked(&entry["runs"]),
    }
}

/// The bytes that a list of counts and bytes stands for.
fn unpacked(runs: &Value) -> Vec<u8> {
    let runs: Vec<(usize, u8)> = serde_json::from_value(runs.clone()).unwrap();
    runs.into_iter().flat_map(|(count, byte)| vec![byte; count]).collect()
}

fn walk(at: &Path, path: &str, tree: &mut BTreeMap<String, Value>) {
    let metadata = fs::symlink_metadata(at).unwrap();
    let mut entry = json!({ "path": path, "uid": metadata.uid(), "gid": metadata.gid() });
    if metadata.is_symlink() {
        entry["target"] = json!(fs::read_link(at).unwrap());
    } else {
        entry["mode"] = json!(format!("{:04o}", metadata.mode() & 0o7777));
    }
    if metadata.is_file() {
        let bytes = fs::read(at).unwrap();
        match String::from_utf8(bytes) {
            Ok(text) if text.chars().all(|c| !c.is_control() || "\n\t".contains(c)) => entry["text"] = json!(text),
            Ok(text) => entry["runs"] = packed(text.as_bytes()),
            Err(error) => entry["runs"] = packed(error.as_bytes()),
        }
    }
    tree.insert(path.to_owned(), entry);
    if metadata.is_dir() {
        for below in fs::read_dir(at).unwrap() {
            let below = below.unwrap();
            let name = below.file_name().into_string().unwrap();
            walk(&below.path(), &format!("{}/{name}", path.trim_end_matches('/')), tree);
        }
    }
}

fn packed(bytes: &[u8]) -> Value {
    let runs = bytes.chunk_by(|a, b| a == b);
    runs.map(|run| json!([run.len(), run[0]])).collect()
}

/// What a call that succeeded printed, on both.
fn success(output: &Output) -> String {
    let said = [&output.stdout[..], &output.stderr].concat();
    let said = String::from_utf8(said).unwrap();
    assert!(output.status.success(), "{said}");
    said
}

#[test]
fn an_older_machine_is_laid_down_as_it_was() {
    for name in ["machine", "interrupted", "rootless", "systemd-boot", "grub"] {
        let Some(machine) = Machine::new(name) else { return };
        assert_eq!(machine.tree(), machine.older_tree(), "{name}");
    }
}

#[test]
fn an_older_script_and_its_record_are_read_and_everything_is_kept() {
    let Some(machine) = Machine::new("machine") else { return };
    let script = machine.older_script("pre-init");
    success(&machine.run("pre-init", &script, &[]));
    // The same system to another runtime: its hook may run once more.
    assert!(
        machine.changed().iter().all(|path| path == "/srv/hooks"),
        "{:?}",
        machine.changed()
    );
    let after = machine.tree();
    success(&machine.run("pre-init", &script, &[]));
    assert_eq!(machine.tree(), after);
    for step in ["init", "post-init", "pre-boot"] {
        let read = runtime::script::load_any(&machine.older_script(step)).unwrap();
        assert_eq!(read.map(|(name, _)| name).as_deref(), Some(step));
    }
    success(&machine.run("pre-boot", &machine.older_script("pre-boot"), &[]));
    assert_eq!(machine.tree(), after);
}

#[test]
fn the_same_plan_by_todays_programs_is_a_change_of_system_that_keeps_everything() {
    let Some(machine) = Machine::new("machine") else { return };
    machine.initialise("server");
    // The hook ran for the new system, and nothing else did anything.
    assert_eq!(machine.changed(), ["/srv/hooks"]);
    assert_eq!(machine.read("/etc/motd"), "by a person\n");
    let record: Value = serde_json::from_str(&machine.read("/var/lib/system-installer/record.json")).unwrap();
    assert_eq!(record["system"], json!(format!("/nix/store/{}-server", "3".repeat(32))));
    let after = machine.tree();
    machine.initialise("server");
    assert_eq!(machine.tree(), after);
    // Back to the older system, whose script is another plan again.
    success(&machine.run("pre-init", &machine.older_script("pre-init"), &[]));
    assert_eq!(machine.changed(), ["/srv/hooks"]);
}

#[test]
fn what_another_plan_drops_goes_and_what_a_person_changed_stays() {
    let Some(mut machine) = Machine::new("machine") else {
        return;
    };
    machine.plan["files"] = json!({});
    machine.plan["symlinks"] = json!({});
    machine.plan["hooks"] = json!({});
    machine.plan["users"].as_object_mut().unwrap().remove("web");
    machine.plan["directories"] = json!({});
    let said = machine.initialise("less");
    for path in ["/etc/app.conf", "/srv/www/index.html", "/etc/localtime", "/opt/current"] {
        assert!(fs::symlink_metadata(machine.root(path)).is_err(), "{path}: {said}");
    }
    assert_eq!(machine.read("/etc/motd"), "by a person\n");
    let passwd = machine.read("/etc/passwd");
    assert!(!passwd.contains("web:") && passwd.contains("bob:x:1500:"), "{passwd}");
    assert!(machine.read("/etc/shadow").contains("alice:$6$other$changed:"));
    // The same user again gets its id again, as it owned files.
    machine.plan["users"]["web"] = json!({});
    machine.plan["users"]["other"] = json!({});
    machine.initialise("more");
    let passwd = machine.read("/etc/passwd");
    assert!(
        passwd.contains("web:x:998:") && !passwd.contains("other:x:998:"),
        "{passwd}"
    );
}

#[test]
fn root_grants_what_an_older_run_without_root_had_to_leave() {
    let Some(machine) = Machine::new("rootless") else {
        return;
    };
    machine.initialise("server");
    let tree = machine.tree();
    for (path, owner) in [
        ("/etc", 0),
        ("/etc/app.conf", 0),
        ("/srv/www", 998),
        ("/srv/www/index.html", 998),
    ] {
        assert_eq!(tree[path]["uid"], json!(owner), "{path}");
    }
    let record: Value = serde_json::from_str(&machine.read("/var/lib/system-installer/record.json")).unwrap();
    assert_eq!(record["pending"], json!({}));
    assert_eq!(
        tree["/etc/machine-id"]["text"],
        machine.older_tree()["/etc/machine-id"]["text"]
    );
}

#[test]
fn an_older_run_that_was_interrupted_is_finished() {
    let Some(mut machine) = Machine::new("interrupted") else {
        return;
    };
    let journal = "/var/lib/system-installer/journal.json";
    assert!(machine.root(journal).exists());
    machine.plan["hooks"] = json!({});
    machine.initialise("second");
    assert!(!machine.root(journal).exists());
    assert_eq!(
        machine.changed(),
        [""; 0],
        "the interrupted run had done all but its hook"
    );
    // What the interrupted run made is this program's, and goes with the plan that had it.
    machine.plan["files"]
        .as_object_mut()
        .unwrap()
        .remove("/etc/second.conf");
    machine.initialise("third");
    assert_eq!(machine.changed(), ["/etc/second.conf"]);
}
