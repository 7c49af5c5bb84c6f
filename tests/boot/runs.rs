//! Runs of pre-boot: dry ones, second ones, several at once, and what else they run.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use rustix::fs::FlockOperation;
use serde_json::{Value, json};

use crate::boot::machine::{Machine, ONTO_DISK, boots, gpt, mbr};

/// Everything in the machine's folder with its inode and times.
fn times(machine: &Machine) -> BTreeMap<String, (u64, i64, i64)> {
    let mut times = BTreeMap::new();
    let mut folders = vec![machine.folder.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let meta = path.symlink_metadata().unwrap();
            let nanoseconds = |s: i64, ns: i64| s * 1_000_000_000 + ns;
            let (m, c) = (
                nanoseconds(meta.mtime(), meta.mtime_nsec()),
                nanoseconds(meta.ctime(), meta.ctime_nsec()),
            );
            times.insert(path.display().to_string(), (meta.ino(), m, c));
            if meta.is_dir() {
                folders.push(path);
            }
        }
    }
    times
}

#[test]
fn a_second_run_writes_nothing() {
    let machine = Machine::new();
    machine.disk("disk.img", 8, &gpt());
    assert!(
        machine
            .succeed(&[ONTO_DISK])
            .starts_with("the boot loader of `machine` is installed: ")
    );
    let before = times(&machine);
    sleep(Duration::from_millis(20));
    assert_eq!(
        machine.succeed(&[ONTO_DISK]),
        "nothing to do: the boot loader of `machine` is in place\n"
    );
    assert_eq!(times(&machine), before);
    let report: Value = serde_json::from_str(&machine.succeed(&[ONTO_DISK, "--json"])).unwrap();
    assert_eq!(report["outcome"], "unchanged");
    assert_eq!(report["steps"], json!([]));
}

#[test]
fn a_dry_run_changes_nothing_and_tells_each_write_that_a_run_then_makes() {
    let machine = Machine::new();
    machine.disk("a.img", 8, &gpt());
    machine.disk("b.img", 8, &mbr());
    let arguments = ["--override-grub-device=a.img", "--override-grub-device=b.img"];
    let before = times(&machine);
    let told = machine.succeed(&[arguments[0], arguments[1], "--dry-run", "--json"]);
    let text = machine.succeed(&[arguments[0], arguments[1], "--dry-run"]);
    assert_eq!(times(&machine), before);
    assert!(
        text.contains("write GRUB's core image a.img: 40448 bytes at 1048576\n"),
        "{text}"
    );
    assert!(
        text.contains("write GRUB's boot sector b.img: 440 bytes at 0\n"),
        "{text}"
    );

    let steps: Value = serde_json::from_str(&told).unwrap();
    let mut expected = Vec::new();
    for step in steps["steps"].as_array().unwrap() {
        let subject = Path::new(step["subject"].as_str().unwrap());
        let name = subject.file_name().unwrap().to_str().unwrap();
        expected.extend(
            match (step["action"].as_str().unwrap(), step["what"].as_str().unwrap()) {
                ("write", "file") => Some(format!("file {name}")),
                ("create", "directory") => Some(format!("directory {name}")),
                ("write", _) => Some(format!("{name} {} at {}", step["size"], step["offset"])),
                ("sync", _) => None,
                other => panic!("{other:?}"),
            },
        );
    }
    let writes =
        "trace=pwrite64,pwritev,pwritev2,renameat,renameat2,rename,mkdirat,mkdir,unlinkat,unlink,truncate,ftruncate";
    let output = machine.traced(&["-y", "-s", "4096", "-e", writes], &arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let trace = fs::read_to_string(machine.path("trace")).unwrap();
    let found: Vec<String> = trace.lines().filter_map(write_in).collect();
    assert_eq!(found, expected, "{trace}");
}

/// What a line of strace's says was changed: a write into a disk, a file that got its name, a directory.
fn write_in(line: &str) -> Option<String> {
    let (call, rest) = line.split_once('(').unwrap();
    let name = |text: &str| text.rsplit('"').nth(1).unwrap().to_owned();
    match call {
        "pwrite64" => {
            let file = rest.split_once('<').unwrap().1.split_once('>').unwrap().0;
            let (arguments, written) = rest.rsplit_once(") = ").unwrap();
            let offset = arguments.rsplit_once(", ").unwrap().1;
            let file = Path::new(file).file_name().unwrap().to_str().unwrap();
            Some(format!("{file} {written} at {offset}"))
        }
        // pre-boot's own notes are no steps.
        "mkdirat" if ["var", "lib", "system-installer", "pre-boot"].contains(&&*name(rest)) => None,
        "renameat" | "renameat2" | "unlinkat" if name(rest) == "unfinished" => None,
        "renameat" | "renameat2" => Some(format!("file {}", name(rest))),
        "mkdirat" => Some(format!("directory {}", name(rest))),
        "unlinkat" if name(rest).starts_with(".system-installer.") => None,
        _ => panic!("{line}"),
    }
}

#[test]
fn two_runs_at_once_come_one_after_the_other() {
    let machine = Machine::new();
    machine.disk("disk.img", 8, &gpt());
    let other = fs::File::open(machine.path("disk.img")).unwrap();
    rustix::fs::flock(&other, FlockOperation::LockExclusive).unwrap();
    let mut command = machine.command(&[ONTO_DISK]);
    let mut run = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    sleep(Duration::from_millis(500));
    assert_eq!(run.try_wait().unwrap(), None);
    assert!(!boots(&machine.bytes("disk.img"), b'1'));
    drop(other);
    let output = run.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "waiting for the lock on `disk.img`, which another program holds\n"
    );
    assert!(boots(&machine.bytes("disk.img"), b'1'));
}

#[test]
fn nobody_who_may_only_read_the_root_holds_up_a_run() {
    let machine = Machine::new();
    machine.disk("disk.img", 8, &gpt());
    machine.succeed(&[ONTO_DISK]);
    let mut locks = Vec::new();
    for folder in [
        "root",
        "root/boot",
        "root/var",
        "root/var/lib",
        "root/var/lib/system-installer",
    ] {
        let folder = fs::File::open(machine.path(folder)).unwrap();
        rustix::fs::flock(&folder, FlockOperation::LockExclusive).unwrap();
        locks.push(folder);
    }
    let own = machine.path("root/var/lib/system-installer/pre-boot");
    assert_eq!(fs::metadata(own).unwrap().mode() & 0o7777, 0o700);
    let mut command = machine.command(&[ONTO_DISK]);
    let mut run = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    sleep(Duration::from_secs(2));
    let status = run.try_wait().unwrap();
    drop(locks);
    run.wait().unwrap();
    assert!(status.is_some_and(|status| status.success()), "it waits");
}

#[test]
fn hooks_run_after_a_change_and_only_then() {
    let mut machine = Machine::new();
    machine.disk("disk.img", 8, &gpt());
    let hook = json!(["/bin/sh", "-c", "echo said; echo \"$SYSTEM_INSTALLER_PREFIX\" >> hook"]);
    machine.plan(|_| (), &json!({ "hooks": [hook] }));
    machine.succeed(&[ONTO_DISK, "--dry-run"]);
    assert!(!machine.path("hook").exists());
    let report: Value = serde_json::from_str(&machine.succeed(&[ONTO_DISK, "--json"])).unwrap();
    assert_eq!(report["steps"].as_array().unwrap().last().unwrap()["action"], "run");
    machine.succeed(&[ONTO_DISK]);
    let root = machine.path("root").canonicalize().unwrap();
    assert_eq!(
        fs::read_to_string(machine.path("hook")).unwrap(),
        format!("{}\n", root.display())
    );
}

#[test]
fn whoever_has_a_menu_of_another_making_is_told_before_it_goes() {
    let machine = Machine::new();
    machine.disk("disk.img", 8, &gpt());
    fs::create_dir_all(machine.path("root/boot/grub")).unwrap();
    fs::write(machine.path("root/boot/grub/grub.cfg"), "# DO NOT EDIT THIS FILE\n").unwrap();
    let warning =
        "warning: `root/boot/grub/grub.cfg` was not made by system-installer, and the new menu takes its place\n";
    assert!(machine.succeed(&[ONTO_DISK, "--dry-run"]).contains(warning));
    assert!(machine.succeed(&[ONTO_DISK]).contains(warning));
    fs::remove_file(machine.path("disk.img")).unwrap();
    machine.disk("disk.img", 8, &mbr());
    assert!(!machine.succeed(&[ONTO_DISK]).contains("warning"));
}

#[test]
fn hooks_that_failed_run_again_until_they_succeed() {
    let mut machine = Machine::new();
    machine.disk("disk.img", 8, &gpt());
    let first = json!(["/bin/sh", "-c", "echo first >> hook"]);
    let second = json!(["/bin/sh", "-c", "test -e may && echo second >> hook"]);
    machine.plan(|_| (), &json!({ "hooks": [first, second] }));
    for _ in 0..2 {
        let output = machine.pre_boot(&[ONTO_DISK]);
        assert_eq!(output.status.code(), Some(1));
        assert!(boots(&machine.bytes("disk.img"), b'1'));
        // A dry run is no try.
        let told = machine.succeed(&[ONTO_DISK, "--dry-run"]);
        assert!(
            told.ends_with("the boot loader of `machine` would be installed: 2 steps\n"),
            "{told}"
        );
    }
    fs::write(machine.path("may"), "").unwrap();
    machine.succeed(&[ONTO_DISK]);
    let expected = "first\nfirst\nfirst\nsecond\n";
    assert_eq!(fs::read_to_string(machine.path("hook")).unwrap(), expected);
    assert!(machine.succeed(&[ONTO_DISK]).starts_with("nothing to do"));
    assert_eq!(fs::read_to_string(machine.path("hook")).unwrap(), expected);
}

#[test]
fn a_command_of_the_plans_is_called_as_nixos_calls_one() {
    let mut machine = Machine::new();
    let command = json!([
        "/bin/sh",
        "-c",
        "echo \"$NIXOS_INSTALL_BOOTLOADER $*\" > called",
        "sh",
        "word"
    ]);
    machine.plan(
        |boot| boot["loader"] = json!({ "type": "external", "command": command }),
        &Value::Null,
    );
    // Without a prefix; nothing but the command is run.
    let output = Command::new(machine.path("runtime"))
        .args(["pre-boot", "pre-boot"])
        .current_dir(machine.folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let system = machine.path("store/system");
    assert_eq!(
        fs::read_to_string(machine.path("called")).unwrap(),
        format!("1 word {}\n", system.display())
    );
}
