//! systemd-boot's entries and files.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use boot::Operation;
use serde_json::json;

use crate::menu::{Machine, files, names, store_path, systemd_boot, written};

/// The entries on an ESP by file name; the values of a key that comes several times stand on lines of their own.
pub fn entries(esp: &Path) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    for (name, contents) in files(&esp.join("loader/entries")) {
        // systemd-boot reads no others.
        let Some(name) = name.strip_suffix(".conf") else {
            continue;
        };
        let mut entry: BTreeMap<String, String> = BTreeMap::new();
        for line in String::from_utf8(contents).unwrap().lines() {
            let (key, value) = line.split_once(' ').unwrap();
            let known = entry.entry(key.to_owned()).or_default();
            if !known.is_empty() {
                known.push('\n');
            }
            known.push_str(value);
        }
        found.insert(format!("{}.conf", name.trim_start_matches('/')), entry);
    }
    found
}

/// The entry that `loader.conf` names, as systemd-boot matches names: without regard to case, and `*` stands for anything.
pub fn default_entry(esp: &Path) -> Option<BTreeMap<String, String>> {
    let configuration = fs::read_to_string(esp.join("loader/loader.conf")).ok()?;
    let pattern = configuration.lines().find_map(|line| line.strip_prefix("default "))?;
    let mut parts = pattern.split('*');
    let start = parts.next()?;
    let rest: Vec<&str> = parts.collect();
    let matches = |name: &str| {
        let Some(mut tail) = name.strip_prefix(start) else {
            return false;
        };
        for part in &rest {
            let Some(at) = tail.find(part) else { return false };
            tail = &tail[at + part.len()..];
        }
        tail.is_empty() || pattern.ends_with('*')
    };
    let mut found: Vec<_> = entries(esp).into_iter().filter(|(name, _)| matches(name)).collect();
    // The newest version first; numbers in names have one length.
    found.sort_by(|a, b| b.0.cmp(&a.0));
    found.into_iter().next().map(|(_, entry)| entry)
}

#[test]
fn an_esp_gets_the_loader_the_entries_and_each_kernel_once() {
    let machine = Machine::new(systemd_boot(None));
    machine.generation(1, &machine.system("old", "linux"));
    machine.generation(2, &machine.system("new", "linux"));
    machine.install(&store_path("new"));
    let esp = machine.path("esp1");
    let all = files(&esp);
    for loader in ["/EFI/BOOT/BOOTX64.EFI", "/EFI/systemd/systemd-bootx64.efi"] {
        assert!(
            all.contains(&(loader.to_owned(), b"systemd-boot".to_vec())),
            "{:?}",
            names(&esp)
        );
    }
    let copies = names(&esp.join("EFI/system-installer"));
    assert_eq!(copies.len(), 3, "{copies:?}");
    let entries = entries(&esp);
    assert_eq!(entries.len(), 2);
    for (entry, (number, label)) in entries.values().zip([(1, "old"), (2, "new")]) {
        assert_eq!(entry["title"], "box");
        assert_eq!(entry["sort-key"], "nixos");
        let version = format!("Generation {number} {label}, built on ");
        assert!(entry["version"].starts_with(&version), "{entry:?}");
        assert_eq!(entry["options"], format!("init={}/init quiet", store_path(label)));
        let kernel = fs::read(esp.join(entry["linux"].trim_start_matches('/'))).unwrap();
        assert_eq!(kernel, "linux".repeat(1000).as_bytes());
        let initrd = fs::read(esp.join(entry["initrd"].trim_start_matches('/'))).unwrap();
        assert_eq!(initrd, label.repeat(1000).as_bytes());
    }
    let configuration = fs::read_to_string(esp.join("loader/loader.conf")).unwrap();
    let (newest, _) = entries.last_key_value().unwrap();
    assert_eq!(configuration, format!("timeout 5\ndefault {newest}\neditor no\n"));
}

#[test]
fn names_of_entries_have_one_length_and_sort_by_number() {
    let machine = Machine::new(systemd_boot(None));
    for number in [9, 10, 100] {
        machine.generation(number, &machine.system(&format!("s{number}"), "linux"));
    }
    machine.install(&store_path("s9"));
    let entries = entries(&machine.path("esp1"));
    let lengths: Vec<usize> = entries.keys().map(String::len).collect();
    assert!(lengths.iter().all(|length| *length == lengths[0]), "{entries:?}");
    let options: Vec<&str> = entries.values().map(|entry| entry["options"].as_str()).collect();
    let expected: Vec<String> = ["s9", "s10", "s100"]
        .iter()
        .map(|name| format!("init={}/init quiet", store_path(name)))
        .collect();
    assert_eq!(options, expected);
    assert_eq!(default_entry(&machine.path("esp1")).unwrap()["options"], expected[0]);
}

#[test]
fn a_system_outside_of_the_profile_gets_an_entry_as_well() {
    let machine = Machine::new(systemd_boot(None));
    machine.generation(1, &machine.system("old", "linux"));
    machine.install(&machine.system("alone", "linux"));
    let esp = machine.path("esp1");
    assert_eq!(entries(&esp).len(), 2);
    let default = default_entry(&esp).unwrap();
    assert_eq!(
        (default["title"].as_str(), default["version"].as_str()),
        ("box", "alone")
    );
}

#[test]
fn specialisations_have_entries_of_their_own() {
    let machine = Machine::new(systemd_boot(None));
    let debug = machine.bootspec("debug", "linux");
    let specialisations = json!({ "debug": { "org.nixos.bootspec.v1": debug } });
    let mut bootspec = machine.bootspec("a", "linux");
    bootspec["label"] = json!("NixOS 26.05");
    machine.generation(3, &machine.system_with("a", &bootspec, &specialisations));
    machine.install(&store_path("a"));
    let mut titles: Vec<String> = entries(&machine.path("esp1"))
        .into_values()
        .map(|entry| entry["title"].clone())
        .collect();
    titles.sort();
    assert_eq!(titles, ["NixOS", "NixOS (debug)"]);
    assert_eq!(default_entry(&machine.path("esp1")).unwrap()["title"], "NixOS");
}

#[test]
fn a_removed_generation_takes_its_files_with_it_and_leaves_shared_ones() {
    let machine = Machine::new(systemd_boot(None));
    machine.generation(1, &machine.system("old", "linux"));
    machine.generation(2, &machine.system("new", "linux"));
    machine.install(&store_path("new"));
    assert_eq!(machine.decide(&store_path("new")).unwrap().operations, []);
    machine.remove_generation(1);
    machine.install(&store_path("new"));
    let esp = machine.path("esp1");
    assert_eq!(entries(&esp).len(), 1);
    let copies = names(&esp.join("EFI/system-installer"));
    assert_eq!(copies.len(), 2, "{copies:?}");
    assert!(
        copies.iter().any(|name| name.ends_with("-linux-bzImage.efi")),
        "{copies:?}"
    );
}

#[test]
fn counted_entries_keep_the_counters_that_systemd_boot_changed() {
    let machine = Machine::new(systemd_boot(Some(3)));
    machine.generation(1, &machine.system("old", "linux"));
    machine.install(&store_path("old"));
    let folder = machine.path("esp1").join("loader/entries");
    let [first] = names(&folder).try_into().unwrap();
    assert!(first.ends_with("+3.conf"), "{first}");
    // It booted once; then it turned out good.
    let once = first.replace("+3", "+2-1");
    let rename = |from: &str, to: &str| fs::rename(folder.join(&from[1..]), folder.join(&to[1..])).unwrap();
    rename(&first, &once);
    assert_eq!(machine.decide(&store_path("old")).unwrap().operations, []);
    let good = first.replace("+3", "");
    rename(&once, &good);
    machine.generation(2, &machine.system("new", "linux"));
    machine.install(&store_path("new"));
    let [old, new] = names(&folder).try_into().unwrap();
    assert_eq!(old, good);
    assert!(new.ends_with("+3.conf"), "{new}");
}

#[test]
fn a_changed_entry_gets_a_new_name_and_keeps_its_counter() {
    let machine = Machine::new(systemd_boot(Some(3)));
    machine.generation(1, &machine.system("a", "linux"));
    machine.install(&store_path("a"));
    let folder = machine.path("esp1").join("loader/entries");
    let [first] = names(&folder).try_into().unwrap();
    fs::rename(folder.join(&first[1..]), folder.join(first[1..].replace("+3", "+1-2"))).unwrap();
    let mut bootspec = machine.bootspec("a", "linux");
    bootspec["kernelParams"] = json!(["loud"]);
    machine.system_with("a", &bootspec, &json!({}));
    machine.install(&store_path("a"));
    let [second] = names(&folder).try_into().unwrap();
    assert!(second.ends_with("+1-2.conf"), "{second}");
    assert_ne!(second.split('+').next(), first.split('+').next());
}

#[test]
fn the_newest_default_lets_systemd_boot_fall_back_and_an_older_one_is_named() {
    let machine = Machine::new(systemd_boot(Some(3)));
    machine.generation(1, &machine.system("old", "linux"));
    machine.generation(2, &machine.system("new", "linux"));
    machine.install(&store_path("new"));
    let esp = machine.path("esp1");
    let default = || fs::read_to_string(esp.join("loader/loader.conf")).unwrap();
    assert!(
        default().contains("default system-installer-generation-*-m*\n"),
        "{}",
        default()
    );
    machine.install(&store_path("old"));
    assert!(
        default().contains("default system-installer-generation-000001-m"),
        "{}",
        default()
    );
    assert_eq!(
        default_entry(&esp).unwrap()["options"],
        format!("init={}/init quiet", store_path("old"))
    );
}

#[test]
fn a_counted_default_outside_of_the_profile_is_named() {
    let machine = Machine::new(systemd_boot(Some(3)));
    let other = machine.system("other", "linux");
    // Even where a generation has the number that names stand for none with.
    for number in [0, 1, 2] {
        machine.generation(number, &machine.system(&format!("s{number}"), "linux"));
        machine.install(&other);
        let default = default_entry(&machine.path("esp1")).unwrap();
        assert_eq!(default["version"], "other", "with generation {number}");
    }
    machine.install(&store_path("s0"));
    let default = default_entry(&machine.path("esp1")).unwrap();
    assert!(default["version"].starts_with("Generation 0 s0"), "{default:?}");
    assert_eq!(entries(&machine.path("esp1")).len(), 3);
}

#[test]
fn a_default_that_shares_its_initrd_with_a_newer_generation_is_not_left_without_secrets() {
    let machine = Machine::new(systemd_boot(None));
    let mut secret = machine.bootspec("secret", "linux");
    secret["initrdSecrets"] = json!("/does/not/exist");
    machine.generation(1, &machine.system_with("old", &secret, &json!({})));
    machine.generation(2, &machine.system_with("new", &secret, &json!({})));
    let error = machine.decide(&store_path("old")).unwrap_err().to_string();
    assert!(
        error.starts_with("the default entry: `/does/not/exist` adds"),
        "{error}"
    );
}

#[test]
fn mirrors_are_each_complete_and_a_directory_named_twice_counts_once() {
    let mut machine = Machine::new(systemd_boot(None));
    machine.esps = 2;
    let system = machine.system("a", "linux");
    machine.install(&system);
    assert_eq!(files(&machine.path("esp1")), files(&machine.path("esp2")));
    // One that lost something is mended alone.
    fs::remove_dir_all(machine.path("esp2").join("EFI")).unwrap();
    machine.install(&system);
    assert_eq!(files(&machine.path("esp1")), files(&machine.path("esp2")));
    fs::remove_dir_all(machine.path("esp2")).unwrap();
    std::os::unix::fs::symlink("esp1", machine.path("esp2")).unwrap();
    fs::remove_dir_all(machine.path("esp1").join("EFI")).unwrap();
    let decided = machine.decide(&system).unwrap();
    let kernels = written(&decided.operations)
        .into_iter()
        .filter(|path| path.contains("bzImage"));
    assert_eq!(kernels.count(), 1);
}

#[test]
fn a_generation_that_an_entry_cannot_hold_is_left_out() {
    let machine = Machine::new(systemd_boot(None));
    let mut hostile = machine.bootspec("hostile", "linux");
    hostile["kernelParams"] = json!(["a\nlinux /EFI/other"]);
    machine.generation(1, &machine.system_with("hostile", &hostile, &json!({})));
    machine.generation(2, &machine.system("good", "linux"));
    let warnings = machine.install(&store_path("good"));
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert_eq!(entries(&machine.path("esp1")).len(), 1);
    let copies = names(&machine.path("esp1").join("EFI/system-installer"));
    assert_eq!(copies.len(), 2, "{copies:?}");
}

#[test]
fn what_is_no_esp_of_this_machine_is_told_and_gets_no_firmware_entry() {
    let mut machine = Machine::new(systemd_boot(None));
    let system = machine.system("a", "linux");
    let firmware = machine.path("efivars");
    machine.firmware = Some(firmware.clone());
    let told = |machine: &Machine| machine.decide(&system).unwrap().warnings;
    let esp = machine.path("esp1");
    let unmounted = format!(
        "`{}` is not on a FAT file system, so firmware finds nothing there: is the EFI system partition mounted?",
        esp.display()
    );
    let entry = "the firmware has no entry for `/EFI/systemd/systemd-bootx64.efi`";
    let absent = format!("{entry}: `{}` has no variables", firmware.display());
    assert_eq!(told(&machine), [unmounted.clone(), absent]);
    fs::create_dir(&firmware).unwrap();
    fs::write(
        firmware.join("BootOrder-8be4df61-93ca-11d2-aa0d-00e098032b8c"),
        [7, 0, 0, 0],
    )
    .unwrap();
    let partition = format!("{entry}: `{}` is not on a partition of a GPT", esp.display());
    assert_eq!(told(&machine), [unmounted, partition]);
    let operations = machine.decide(&system).unwrap().operations;
    assert!(
        !operations
            .iter()
            .any(|operation| matches!(operation, Operation::SetVariable { .. }))
    );
}
