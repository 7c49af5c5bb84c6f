//! pre-boot under SIGKILL at every system call that changes something, and on a disk that fails.

use std::fs;
use std::os::unix::process::ExitStatusExt;

use serde_json::{Value, json};

use crate::boot::machine::{Machine, ONTO_DISK, boot_image, boots, core_image, gpt, mbr};

/// Every call by which pre-boot changes something or waits for it.
const CHANGES: &str = "mkdirat,openat,write,pwrite64,fchmod,fchown,renameat,unlinkat,syncfs,fdatasync,fsync,flock";

#[test]
fn a_disk_boots_the_old_core_image_or_the_new_one_wherever_a_run_is_killed() {
    for table in [gpt(), mbr()] {
        let mut machine = Machine::new();
        machine.disk("disk.img", 4, &table);
        machine.succeed(&[ONTO_DISK]);
        let old = machine.bytes("disk.img");
        machine.images("system", &boot_image(), &core_image(b'2', 40_000));
        let mut seen = [false, false];
        for n in 1.. {
            fs::write(machine.path("disk.img"), &old).unwrap();
            // The menu's files are written again as well.
            fs::remove_dir_all(machine.path("root/boot")).unwrap();
            let kill = format!("inject={CHANGES}:signal=KILL:when={n}");
            let output = machine.traced(&["-e", &kill], &[ONTO_DISK]);
            let left = machine.bytes("disk.img");
            let is_new = boots(&left, b'2');
            assert!(is_new || boots(&left, b'1'), "after a kill at call {n}");
            seen[usize::from(is_new)] = true;
            machine.succeed(&[ONTO_DISK]);
            assert!(boots(&machine.bytes("disk.img"), b'2'), "after a kill at call {n}");
            assert!(machine.succeed(&[ONTO_DISK]).starts_with("nothing to do"));
            if output.status.success() {
                assert!(n > 10, "only {n} calls were tried: {CHANGES} has not the right ones");
                break;
            }
            // strace dies by the signal of what it traces.
            assert_eq!(
                output.status.signal(),
                Some(9),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        assert_eq!(seen, [true, true]);
    }
}

/// The calls of a second run by name, in order, after a first one that was killed at the call `kill` on `on`.
fn after_a_kill(machine: &Machine, on: &str, kill: &str) -> Vec<String> {
    let on = machine.path(on).canonicalize().unwrap();
    let kill = format!("inject={kill}:signal=KILL:when=1");
    let output = machine.traced(&["-P", on.to_str().unwrap(), "-e", &kill], &[ONTO_DISK]);
    assert_eq!(output.status.signal(), Some(9));
    let output = machine.traced(
        &["-e", "trace=pwrite64,fdatasync,syncfs,renameat,unlinkat"],
        &[ONTO_DISK],
    );
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let trace = fs::read_to_string(machine.path("trace")).unwrap();
    trace
        .lines()
        .map(|line| line[..line.find('(').unwrap()].to_owned())
        .collect()
}

#[test]
fn a_core_image_that_a_killed_run_may_not_have_synced_is_synced_before_the_boot_sector_leads_to_it() {
    let machine = Machine::new();
    machine.disk("disk.img", 4, &gpt());
    let calls = after_a_kill(&machine, "disk.img", "fdatasync");
    let write = calls.iter().position(|call| call == "pwrite64").unwrap();
    assert!(calls[..write].iter().any(|call| call == "fdatasync"), "{calls:?}");
    // The core image was there: the boot sector alone is written.
    assert_eq!(calls.iter().filter(|call| *call == "pwrite64").count(), 1, "{calls:?}");
}

#[test]
fn a_menu_that_a_killed_run_may_not_have_synced_is_synced_before_anything_else_changes() {
    let machine = Machine::new();
    machine.disk("disk.img", 4, &gpt());
    // All of the menu has its names, and the boot sectors are about to be written.
    let calls = after_a_kill(&machine, "disk.img", "pwrite64");
    assert_eq!(calls[0], "syncfs", "{calls:?}");
    // A run after one that finished has nothing to make up for.
    let output = machine.traced(&["-e", "trace=syncfs,fdatasync"], &[ONTO_DISK]);
    assert!(output.status.success());
    assert_eq!(fs::read_to_string(machine.path("trace")).unwrap(), "");
}

#[test]
fn an_esp_is_synced_before_a_run_goes_on_after_one_that_was_killed() {
    let mut machine = Machine::new();
    let image = machine.path("store/system/boot.img");
    let loader = json!({ "type": "systemd-boot", "image": image, "fallbackName": "BOOTX64.EFI", "editor": true });
    machine.plan(|boot| boot["loader"] = loader, &Value::Null);
    fs::create_dir(machine.path("esp")).unwrap();
    let arguments = ["--override-efi-sys-mount-point=esp"];
    // The menu is complete when the last file has its name, and the run is killed when it waits for the disk.
    let calls = "trace=renameat,syncfs";
    machine.traced(&["-e", calls], &arguments);
    let trace = fs::read_to_string(machine.path("trace")).unwrap();
    let loader_conf = trace.lines().position(|line| line.contains("\"loader.conf\"")).unwrap();
    let waits = trace
        .lines()
        .take(loader_conf)
        .filter(|line| line.starts_with("syncfs"))
        .count();
    for folder in ["esp", "root/var"] {
        fs::remove_dir_all(machine.path(folder)).unwrap();
    }
    fs::create_dir(machine.path("esp")).unwrap();
    let kill = format!("inject=syncfs:signal=KILL:when={}", waits + 1);
    let output = machine.traced(&["-e", &kill], &arguments);
    assert_eq!(output.status.signal(), Some(9));
    assert!(machine.path("esp/loader/loader.conf").exists());
    let output = machine.traced(&["-y", "-e", "trace=syncfs"], &arguments);
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("nothing to do"));
    let trace = fs::read_to_string(machine.path("trace")).unwrap();
    assert!(trace.lines().any(|line| line.contains("/esp>")), "{trace}");
}

#[test]
fn half_a_core_image_is_not_booted() {
    let mut machine = Machine::new();
    machine.disk("disk.img", 4, &gpt());
    machine.succeed(&[ONTO_DISK]);
    machine.images("system", &boot_image(), &core_image(b'2', 40_000));
    // The disk takes 4096 bytes, and then no more.
    let disk = machine.path("disk.img").canonicalize().unwrap();
    let output = machine.traced(
        &["-P", disk.to_str().unwrap(), "-e", "inject=pwrite64:error=EIO"],
        &[ONTO_DISK],
    );
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "error: cannot write to `disk.img`: Input/output error; 0 of 2 steps are done, and what booted before, or already \
         the new menu, still boots: run pre-boot again\n"
    );
    assert!(boots(&machine.bytes("disk.img"), b'1'));
}

#[test]
fn where_the_old_core_image_must_be_overwritten_a_failure_says_so() {
    let mut machine = Machine::new();
    machine.disk("disk.img", 4, "label: dos\nstart=100, type=83\n");
    machine.succeed(&[ONTO_DISK]);
    machine.images("system", &boot_image(), &core_image(b'2', 40_000));
    let output = machine.traced(&["-e", "inject=pwrite64:error=ENOSPC:when=1"], &[ONTO_DISK]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.ends_with(
            "cannot write to `disk.img`: No space left on device; 0 of 1 steps are done, and the disk may not boot until it \
             has succeeded: run pre-boot again\n"
        ),
        "{said}"
    );
    machine.succeed(&[ONTO_DISK]);
    assert!(boots(&machine.bytes("disk.img"), b'2'));
}
