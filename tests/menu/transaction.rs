//! Power may go at any moment, and the file system may be full: there is always a menu that boots.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use boot::operation::World;
use boot::store::Store;
use boot::{Contents, Operation, secrets};
use prefix::Prefix;

use crate::menu::systemd_boot::{default_entry, entries};
use crate::menu::{Machine, files, grub, names, store_path, systemd_boot};

/// Carries out `operations` as a run that is killed at every step would leave them: of the last one also half a
/// temporary file.
fn carry_out(world: &World, operations: &[Operation], next: Option<&Operation>) {
    world.execute(operations).unwrap();
    if let Some(Operation::PutFile { place, path, .. }) = next {
        let prefix = world.places.get(*place).unwrap();
        // It is staged and never committed. There may be no directory yet to put it in.
        let _ = prefix.stage_file(path, &mut b"half".as_slice(), 0o600, (0, 0)).is_ok();
    }
}

/// Every entry's files are there and whole.
fn assert_bootable(esp: &Path, defaults: &[&str], when: &str) {
    let whole: BTreeMap<String, Vec<u8>> = ["linux", "linux2", "old", "new"]
        .iter()
        .map(|name| {
            let file = if name.starts_with("linux") {
                format!("/EFI/system-installer/{}-bzImage.efi", &store_path(name)[11..])
            } else {
                format!(
                    "/EFI/system-installer/{}-initrd",
                    &store_path(&format!("{name}-initrd"))[11..]
                )
            };
            (file, name.repeat(1000).into_bytes())
        })
        .collect();
    for (name, entry) in entries(esp) {
        for key in ["linux", "initrd"] {
            let path = &entry[key];
            let found = fs::read(esp.join(path.trim_start_matches('/')));
            assert!(
                found.is_ok_and(|found| found == whole[path]),
                "{when}: {name} names {path}"
            );
        }
    }
    let default = default_entry(esp).unwrap_or_else(|| panic!("{when}: no default"));
    let options = |name: &&str| default["options"] == format!("init={}/init quiet", store_path(name));
    assert!(defaults.iter().any(options), "{when}: {default:?}");
}

/// Generation 1 is installed; generation 2, with another kernel, is about to be, and 1 was removed.
fn about_to_change() -> (Machine, String) {
    let machine = Machine::new(systemd_boot(None));
    machine.generation(1, &machine.system("old", "linux"));
    machine.install(&store_path("old"));
    let new = machine.system("new", "linux2");
    machine.generation(2, &new);
    machine.remove_generation(1);
    machine.store("loader", "systemd-bootx64.efi", b"systemd-boot, a newer one");
    (machine, new)
}

#[test]
fn an_esp_boots_the_old_menu_or_the_new_one_wherever_a_run_ends_and_the_next_run_finishes() {
    let (machine, new) = about_to_change();
    let total = machine.decide(&new).unwrap().operations.len();
    machine.install(&new);
    let complete = files(&machine.path("esp1"));
    assert!(total > 10, "{total}");
    for end in 0..=total {
        let (machine, new) = about_to_change();
        let operations = machine.decide(&new).unwrap().operations;
        assert_eq!(operations.len(), total);
        carry_out(&machine.world(), &operations[..end], operations.get(end));
        let esp = machine.path("esp1");
        let when = format!("after {end} of {total}");
        assert_bootable(&esp, &["old", "new"], &when);
        for loader in ["EFI/BOOT/BOOTX64.EFI", "EFI/systemd/systemd-bootx64.efi"] {
            let found = fs::read(esp.join(loader)).unwrap();
            assert!(found.starts_with(b"systemd-boot"), "{when}: {loader}");
        }
        machine.install(&new);
        assert_bootable(&esp, &["new"], &when);
        assert_eq!(files(&esp), complete, "{when}");
    }
}

#[test]
fn what_is_new_is_synced_before_anything_names_it_and_what_is_old_goes_after() {
    let (machine, new) = about_to_change();
    let operations = machine.decide(&new).unwrap().operations;
    let at = |wanted: &dyn Fn(&Operation) -> bool| operations.iter().position(wanted).unwrap();
    let put = |part: &'static str| move |operation: &Operation| matches!(operation, Operation::PutFile { path, .. } if path.contains(part));
    let kernel = at(&put("bzImage"));
    let entry = at(&put("/loader/entries/"));
    let configuration = at(&put("loader.conf"));
    let removed = at(&|operation| matches!(operation, Operation::RemoveFile { .. }));
    let is_sync = |operation: &Operation| matches!(operation, Operation::Sync { .. });
    for (from, to) in [(kernel, entry), (entry, configuration), (configuration, removed)] {
        assert!(
            operations[from..to].iter().any(is_sync),
            "{from} to {to}: {operations:#?}"
        );
    }
    assert!(operations.last().is_some_and(is_sync));
}

#[test]
fn unknown_files_are_never_touched_and_leftovers_go() {
    let (machine, new) = about_to_change();
    let esp = machine.path("esp1");
    let unknown = [
        "EFI/Microsoft/Boot/bootmgfw.efi",
        "EFI/BOOT/mmx64.efi",
        "EFI/systemd/other.efi",
        "EFI/system-installer/README",
        "EFI/nixos/0123456789abcdfghijklmnpqrsvwxyz-linux.efi",
        "loader/entries/nixos-generation-1.conf",
        "loader/entries/system-installer-generation-1.conf",
        "loader/random-seed",
        "loader/.system-installer.tmp",
        "vmlinuz",
    ];
    for path in unknown {
        fs::create_dir_all(esp.join(path).parent().unwrap()).unwrap();
        fs::write(esp.join(path), path).unwrap();
    }
    let leftovers = ["loader", "loader/entries", "EFI/system-installer", "EFI/BOOT"];
    let leftovers = leftovers.map(|folder| esp.join(folder).join(".system-installer.0123456789abcdef.tmp"));
    for leftover in &leftovers {
        fs::write(leftover, "half a kernel").unwrap();
    }
    machine.install(&new);
    for path in unknown {
        assert_eq!(fs::read_to_string(esp.join(path)).unwrap(), path);
    }
    for leftover in &leftovers {
        assert!(!leftover.exists(), "{}", leftover.display());
    }
}

#[test]
fn a_broken_copy_is_mended_and_a_directory_in_the_way_is_an_error() {
    let (machine, new) = about_to_change();
    machine.install(&new);
    let esp = machine.path("esp1");
    let copies = esp.join("EFI/system-installer");
    let complete = files(&esp);
    let [initrd] = names(&copies)
        .into_iter()
        .filter(|name| name.contains("-initrd"))
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    let initrd = copies.join(&initrd[1..]);
    for broken in [b"".as_slice(), b"half", "NEW".repeat(1000).as_bytes()] {
        fs::write(&initrd, broken).unwrap();
        machine.install(&new);
        assert_eq!(files(&esp), complete);
    }
    fs::remove_file(&initrd).unwrap();
    fs::create_dir(&initrd).unwrap();
    let error = machine.decide(&new).unwrap_err().to_string();
    assert_eq!(
        error,
        format!("cannot write `{}`: a directory is in the way", initrd.display())
    );
}

/// Runs this very test again where it may mount, with a file system of `size` on `mount_point` of its machine.
fn in_namespace(test: &str) -> bool {
    if std::env::var_os("MENU_TEST_IN_NAMESPACE").is_some() {
        return true;
    }
    let output = Command::new("unshare")
        .args(["--mount", "--map-root-user", "--user"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", &format!("menu::transaction::{test}"), "--nocapture"])
        .env("MENU_TEST_IN_NAMESPACE", "1")
        .output();
    match output {
        Ok(output) if !String::from_utf8_lossy(&output.stderr).contains("unshare failed") => {
            let told = String::from_utf8_lossy(&output.stderr) + String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success() && told.contains("1 passed"), "{told}");
        }
        _ => skipped!("a namespace to mount in is not to be had"),
    }
    false
}

fn mount(size: &str, on: &Path) {
    fs::create_dir_all(on).unwrap();
    let options = format!("size={size}");
    let status = Command::new("mount")
        .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
        .arg(on)
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
fn a_full_esp_is_an_error_that_names_the_numbers_and_changes_nothing() {
    if !in_namespace("a_full_esp_is_an_error_that_names_the_numbers_and_changes_nothing") {
        return;
    }
    let machine = Machine::new(systemd_boot(None));
    let esp = machine.path("esp1");
    mount("256k", &esp);
    machine.generation(1, &machine.system("old", "linux"));
    machine.install(&store_path("old"));
    let before = files(&esp);
    // The kernels fit one at a time, and not both: nothing that still boots is taken away to make room.
    machine.store("big", "bzImage", &vec![7; 300 * 1024]);
    machine.generation(2, &machine.system("new", "big2"));
    machine.store("big2", "bzImage", &vec![7; 300 * 1024]);
    let error = machine.decide(&store_path("new")).unwrap_err().to_string();
    assert!(error.starts_with("no room on the file system of `"), "{error}");
    let numbers: Vec<u64> = error.split(' ').filter_map(|word| word.parse().ok()).collect();
    let [needed, available] = numbers.try_into().unwrap();
    assert!(needed > 300 * 1024 && available < 256 * 1024, "{error}");
    assert_eq!(files(&esp), before);
    // What fits is installed: the peak is that of both menus together.
    machine.store("big2", "bzImage", &vec![7; 100 * 1024]);
    machine.install(&store_path("new"));
    machine.remove_generation(1);
    machine.install(&store_path("new"));
    assert_eq!(entries(&esp).len(), 1);
}

#[test]
fn where_boot_is_another_file_system_kernels_are_copied_to_it_once_and_go_with_their_generation() {
    if !in_namespace("where_boot_is_another_file_system_kernels_are_copied_to_it_once_and_go_with_their_generation") {
        return;
    }
    let machine = Machine::new(grub());
    mount("1m", &machine.root("/boot"));
    machine.generation(1, &machine.system("old", "linux"));
    machine.generation(2, &machine.system("new", "linux"));
    let others = [
        "0123456789abcdef0123456789abcdef-vmlinuz",
        "0123456789abcdfghijklmnpqrsvwxyz-linux-6.1-bzImage",
    ];
    fs::create_dir(machine.root("/boot/kernels")).unwrap();
    for other in others {
        fs::write(machine.root("/boot/kernels").join(other), "not ours").unwrap();
    }
    machine.install(&store_path("new"));
    let kernels = names(&machine.root("/boot/kernels/system-installer"));
    assert_eq!(kernels.len(), 3, "{kernels:?}");
    let kernel = &store_path("linux")[11..];
    let grub_cfg = machine.grub_cfg();
    assert!(
        grub_cfg.contains(&format!("  linux '/kernels/system-installer/{kernel}-bzImage' ")),
        "{grub_cfg}"
    );
    machine.remove_generation(1);
    let decided = machine.decide(&store_path("new")).unwrap();
    let configuration = decided
        .operations
        .iter()
        .position(|operation| matches!(operation, Operation::PutFile { path, .. } if path == "/boot/grub/grub.cfg"));
    let removal = decided
        .operations
        .iter()
        .position(|operation| matches!(operation, Operation::RemoveFile { .. }));
    let (configuration, removal) = (configuration.unwrap(), removal.unwrap());
    assert!(configuration < decided.boot_sectors_at && decided.boot_sectors_at <= removal);
    // Whatever GRUB's menu names is there, at every step.
    for end in 0..=decided.operations.len() {
        if end > 0 {
            machine.world().execute(&decided.operations[end - 1..end]).unwrap();
        }
        let grub_cfg = machine.grub_cfg();
        for word in grub_cfg.split('\'').filter(|word| word.starts_with("/kernels/")) {
            assert!(machine.root("/boot").join(&word[1..]).exists(), "after {end}: {word}");
        }
    }
    assert_eq!(names(&machine.root("/boot/kernels/system-installer")).len(), 2);
    for other in others {
        assert!(machine.root("/boot/kernels").join(other).exists(), "{other}");
    }
}

#[test]
fn secrets_are_appended_to_a_copy_of_the_initrd() {
    let machine = Machine::new(grub());
    let initrd = machine.store("initrd", "initrd", b"initrd;");
    let command = machine.path("append");
    let script = |text: &str| {
        fs::write(&command, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&command, fs::Permissions::from_mode(0o755)).unwrap();
    };
    let prefix = Prefix::open(&machine.path("root")).unwrap();
    let system = store_path("x");
    let store = Store::of(&prefix, &system);
    let append = || secrets::append(&store, command.to_str().unwrap(), &initrd);
    script("echo told; printf secret >> \"$1\"");
    let appended = Contents::Appended {
        path: initrd.clone(),
        bytes: b"secret".to_vec(),
    };
    assert_eq!(append().unwrap(), appended);
    script("printf other > \"$1\"");
    assert_eq!(append().unwrap(), Contents::Bytes(b"other".to_vec()));
    script("exit 3");
    assert!(append().unwrap_err().to_string().ends_with("exit status: 3"));
    assert_eq!(fs::read(machine.root(&initrd)).unwrap(), b"initrd;");
}
