//! What `init` does on the way to the real init.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use rustix::fs::{CWD, Mode};
use serde_json::json;

use crate::init::machine::{How, Machine, SYSTEM};
use crate::init::real_init::Seen;

/// The mounts of `seen` on `path`, types alone.
fn mounted<'a>(seen: &'a Seen, path: &str) -> Vec<&'a str> {
    seen.mounts
        .iter()
        .filter(|(at, ..)| at == path)
        .map(|(_, kind, _)| kind.as_str())
        .collect()
}

#[test]
fn from_a_bare_store_the_real_init_comes_up_and_the_second_boot_changes_nothing() {
    let Some(machine) = Machine::new() else { return };
    let outcome = machine.start(How::default());
    assert_eq!(outcome.status, Some(0), "{}", outcome.said);
    let seen = outcome.seen.expect("the real init was reached");

    assert_eq!(seen.pid, 1);
    assert_eq!(seen.words, ["single", "splash=1"]);
    let variable = |name: &str| seen.environment.get(name).map(String::as_str);
    assert_eq!(variable("NOTIFY_SOCKET"), Some("/run/notify"));
    assert_eq!(variable("PLAN"), Some("from the plan"));
    assert_eq!(
        seen.descriptors, seen.environment["DESCRIPTORS"],
        "no descriptor of ours is handed on"
    );

    for (path, kind, options) in [
        ("/proc", "proc", "rw,nosuid,nodev,noexec,relatime"),
        ("/sys", "sysfs", "rw,nosuid,nodev,noexec,relatime"),
        ("/dev", "devtmpfs", "rw,nosuid,relatime"),
        ("/dev/pts", "devpts", "rw,nosuid,noexec,relatime"),
        ("/dev/shm", "tmpfs", "rw,nosuid,nodev,relatime"),
        ("/run", "tmpfs", "rw,nosuid,nodev,relatime"),
    ] {
        let on_it: Vec<_> = seen.mounts.iter().filter(|(at, ..)| at == path).collect();
        assert_eq!(on_it, [&(path.to_owned(), kind.to_owned(), options.to_owned())]);
    }
    assert_eq!(seen.ptmx_mode, Some(0o666));
    let system = Some(SYSTEM.to_owned());
    assert_eq!(
        seen.links,
        BTreeMap::from([
            ("/run/booted-system".to_owned(), system.clone()),
            ("/run/current-system".to_owned(), system)
        ])
    );
    assert_eq!(seen.files["/etc/motd"].as_deref(), Some("hello\n"));
    assert!(outcome.said.contains("initialised for `machine`"), "{}", outcome.said);

    let before = machine.snapshot();
    let outcome = machine.start(How::default());
    let again = outcome.seen.expect("the real init was reached");
    assert_eq!(outcome.said, "", "nothing to do, nothing to say");
    assert_eq!(again.files, seen.files);
    assert_eq!(machine.snapshot(), before);
}

#[test]
fn in_a_container_that_has_mounted_everything_nothing_is_mounted() {
    let Some(machine) = Machine::new() else { return };
    let outcome = machine.start(How {
        mounted: true,
        container: true,
        ..How::default()
    });
    let seen = outcome.seen.expect("the real init was reached");
    for (path, kind) in [
        ("/proc", "proc"),
        ("/sys", "sysfs"),
        ("/dev", "tmpfs"),
        ("/dev/pts", "devpts"),
        ("/run", "tmpfs"),
    ] {
        assert_eq!(mounted(&seen, path), [kind], "{path}");
    }
    assert_eq!(seen.mounts.len(), 7, "{:?}", seen.mounts);
    assert_eq!(
        seen.files["/run/theirs"].as_deref(),
        Some("theirs"),
        "a filled /run is kept"
    );
    assert_eq!(seen.environment["container"], "test");
    assert!(!outcome.said.contains("warning"), "{}", outcome.said);
}

#[test]
fn where_mounting_is_not_allowed_there_are_warnings_and_the_real_init_comes_up() {
    let Some(machine) = Machine::new() else { return };
    let outcome = machine.start(How {
        unprivileged: true,
        ..How::default()
    });
    assert_eq!(outcome.status, Some(0), "{}", outcome.said);
    assert!(outcome.seen.is_some());
    for (kind, path) in [("proc", "/proc"), ("devtmpfs", "/dev"), ("tmpfs", "/run")] {
        let warning = format!("system-installer: warning: cannot mount {kind} on `{path}`: Operation not permitted\n");
        assert!(outcome.said.contains(&warning), "{}", outcome.said);
    }
    let outcome = machine.start(How {
        unprivileged: true,
        mounted: true,
        ..How::default()
    });
    assert_eq!(outcome.said, "", "all is there");
}

#[test]
fn in_a_user_namespace_what_can_be_mounted_is() {
    let Some(machine) = Machine::new() else { return };
    let outcome = machine.start(How {
        rootless: true,
        ..How::default()
    });
    assert_eq!(outcome.status, Some(0), "{}", outcome.said);
    let seen = outcome.seen.expect("the real init was reached");
    let warnings: Vec<&str> = outcome.said.lines().filter(|line| line.contains("warning")).collect();
    let refused = |kind: &str, path: &str| {
        format!("system-installer: warning: cannot mount {kind} on `{path}`: Operation not permitted")
    };
    // The kernel shows no /proc or /sys to one who could not see them before, and devtmpfs to nobody.
    assert_eq!(
        warnings,
        [
            refused("proc", "/proc"),
            refused("sysfs", "/sys"),
            refused("devtmpfs", "/dev")
        ]
    );
    // Group 5 is not mapped; the pseudo-terminals work without it.
    assert_eq!(seen.ptmx_mode, Some(0o666));
    assert_eq!(seen.links["/run/booted-system"].as_deref(), Some(SYSTEM));
}

#[test]
fn a_read_only_root_is_made_writable_with_its_other_options_kept() {
    let Some(machine) = Machine::new() else { return };
    let outcome = machine.start(How {
        read_only: true,
        ..How::default()
    });
    assert_eq!(outcome.status, Some(0), "{}", outcome.said);
    let seen = outcome.seen.expect("the real init was reached");
    let (_, _, options) = seen.mounts.iter().find(|(at, ..)| at == "/").unwrap();
    assert!(options.starts_with("rw,nosuid"), "{options}");
}

#[test]
fn a_root_that_the_plan_wants_read_only_stays_so_and_is_started() {
    let Some(machine) = Machine::new() else { return };
    // Initialised where it can be written to, as an image is.
    assert_eq!(machine.start(How::default()).status, Some(0));
    machine.plan(&json!({ "readOnly": true }));
    let before = machine.snapshot();
    let outcome = machine.start(How {
        read_only: true,
        ..How::default()
    });
    assert_eq!(outcome.status, Some(0), "{}", outcome.said);
    let seen = outcome.seen.expect("the real init was reached");
    let (_, _, options) = seen.mounts.iter().find(|(at, ..)| at == "/").unwrap();
    assert!(options.starts_with("ro,"), "{options}");
    assert_eq!(machine.snapshot(), before);
}

#[test]
fn a_container_s_read_only_root_stays_as_it_is() {
    let Some(machine) = Machine::new() else { return };
    let container = How {
        container: true,
        mounted: true,
        ..How::default()
    };
    let read_only = How {
        read_only: true,
        ..container
    };
    // Nothing can be initialised there,
    let outcome = machine.start(read_only);
    assert_eq!(outcome.status, Some(1));
    assert!(outcome.seen.is_none());
    let lines: Vec<&str> = outcome.said.lines().collect();
    assert_eq!(lines.len(), 1, "{}", outcome.said);
    assert!(lines[0].ends_with(": Read-only file system"), "{}", outcome.said);
    // but what is initialised is started.
    assert_eq!(machine.start(container).status, Some(0));
    let before = machine.snapshot();
    let outcome = machine.start(read_only);
    assert_eq!(outcome.status, Some(0), "{}", outcome.said);
    let seen = outcome.seen.expect("the real init was reached");
    let (_, _, options) = seen.mounts.iter().find(|(at, ..)| at == "/").unwrap();
    assert!(options.starts_with("ro,"), "{options}");
    assert_eq!(machine.snapshot(), before);
}

#[test]
fn a_fresh_root_that_cannot_be_initialised_says_why_on_one_line() {
    let Some(machine) = Machine::new() else { return };
    fs::create_dir(machine.path("/etc")).unwrap();
    rustix::fs::mkfifoat(CWD, machine.path("/etc/motd"), Mode::from_raw_mode(0o600)).unwrap();
    let outcome = machine.start(How::default());
    assert_eq!(outcome.status, Some(1));
    assert!(outcome.seen.is_none());
    assert_eq!(outcome.said.lines().count(), 1, "{}", outcome.said);
    assert!(
        outcome.said.contains("`/etc/motd`") && outcome.said.contains("FIFO"),
        "{}",
        outcome.said
    );
}

#[test]
fn a_root_that_was_good_is_started_although_its_change_fails() {
    let Some(machine) = Machine::new() else { return };
    assert_eq!(machine.start(How::default()).status, Some(0));
    rustix::fs::mkfifoat(CWD, machine.path("/etc/issue"), Mode::from_raw_mode(0o600)).unwrap();
    machine.plan(&json!({ "files": {
        "/etc/issue": { "text": "new\n", "mode": "0644", "user": "0", "group": "0", "onChange": "replace" }
    }}));
    let outcome = machine.start(How::default());
    assert_eq!(outcome.status, Some(0), "{}", outcome.said);
    let seen = outcome.seen.expect("the real init was reached");
    assert!(outcome.said.contains("`/etc/issue`"), "{}", outcome.said);
    assert!(
        outcome.said.contains("the system is started as it is"),
        "{}",
        outcome.said
    );
    assert_eq!(seen.links["/run/current-system"].as_deref(), Some(SYSTEM));
}

#[test]
fn a_root_that_someone_else_set_up_is_taken_over_and_its_files_stay() {
    let Some(machine) = Machine::new() else { return };
    fs::create_dir(machine.path("/etc")).unwrap();
    fs::write(machine.path("/etc/passwd"), "root:x:0:0::/root:/bin/sh\n").unwrap();
    fs::write(machine.path("/etc/motd"), "theirs\n").unwrap();
    let outcome = machine.start(How::default());
    assert_eq!(outcome.status, Some(0), "{}", outcome.said);
    assert_eq!(outcome.seen.unwrap().files["/etc/motd"].as_deref(), Some("theirs\n"));
}

#[test]
fn a_broken_pipe_ends_the_real_init_s_children_as_ever() {
    let Some(machine) = Machine::new() else { return };
    // Rust's start-up code ignores SIGPIPE, for this program as for `init`: so a shell is the real init, which leaves the
    // signals as it got them.
    machine.add_program(Path::new("/bin/sh"), "/nix/store/aaaa-sh/bin/sh");
    let script = "while read -r line; do echo \"$line\"; done </proc/self/status";
    machine.command(&["/nix/store/aaaa-sh/bin/sh", "-c", script]);
    let outcome = machine.start(How::default());
    let ignored = outcome
        .told
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .expect("a mask")
        .trim();
    let mask = u64::from_str_radix(ignored, 16).unwrap();
    assert_eq!(mask >> (13 - 1) & 1, 0, "SIGPIPE is ignored: {ignored}");
}

#[test]
fn a_real_init_that_is_missing_is_named() {
    let Some(machine) = Machine::new() else { return };
    machine.command(&["/nix/store/aaaa-init/bin/missing"]);
    let outcome = machine.start(How::default());
    assert_eq!(outcome.status, Some(1));
    let last = outcome.said.lines().last().unwrap();
    assert!(last.contains("`/nix/store/aaaa-init/bin/missing`"), "{last}");
    assert!(last.contains("No such file or directory"), "{last}");
}

#[test]
fn without_usable_descriptors_the_console_is_opened() {
    let Some(machine) = Machine::new() else { return };
    let outcome = machine.start(How {
        console: true,
        ..How::default()
    });
    assert_eq!(outcome.status, Some(0), "{}", outcome.said);
    assert!(
        outcome.seen.is_some(),
        "the real init speaks on the console: {}",
        outcome.said
    );
    assert!(outcome.said.contains("initialised for `machine`"), "{}", outcome.said);
}

#[test]
fn as_an_ordinary_process_init_is_pre_init_and_post_init() {
    let Some(machine) = Machine::new() else { return };
    machine.add_program(Path::new("/bin/sh"), "/nix/store/aaaa-sh/bin/sh");
    machine.command(&["/nix/store/aaaa-sh/bin/sh", "-c", "echo \"$$ $PLAN $*\"", "sh"]);

    let outcome = machine.call(&["--dry-run"]);
    assert_eq!(outcome.status, Some(0), "{}", outcome.said);
    assert!(outcome.told.contains("create file /etc/motd\n"), "{}", outcome.told);
    assert!(machine.snapshot().is_empty(), "nothing is changed");
    for option in ["--help", "--version"] {
        let outcome = machine.call(&[option, "word"]);
        assert_eq!((outcome.status, outcome.said.as_str()), (Some(0), ""));
        assert!(!outcome.told.contains("from the plan"), "{}", outcome.told);
    }

    let outcome = machine.call(&["one", "--help", "two words"]);
    assert_eq!(outcome.status, Some(0), "{}", outcome.said);
    assert!(
        outcome.told.ends_with(" from the plan one --help two words\n"),
        "{}",
        outcome.told
    );
    assert_eq!(fs::read_to_string(machine.path("/etc/motd")).unwrap(), "hello\n");
    for path in ["/proc", "/dev", "/run"] {
        assert!(!machine.path(path).exists(), "{path} is process 1's business");
    }
}

#[test]
fn as_an_ordinary_process_init_takes_over_no_root_of_someone_else() {
    let Some(machine) = Machine::new() else { return };
    fs::create_dir(machine.path("/etc")).unwrap();
    fs::write(machine.path("/etc/passwd"), "root:x:0:0::/root:/bin/sh\n").unwrap();
    let before = machine.snapshot();
    let outcome = machine.call(&[]);
    assert_eq!(outcome.status, Some(1));
    assert_eq!(outcome.said.lines().count(), 1, "{}", outcome.said);
    assert!(outcome.said.contains("--adopt"), "{}", outcome.said);
    assert_eq!(machine.snapshot(), before);
}
