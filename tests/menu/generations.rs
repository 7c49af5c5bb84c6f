//! Which systems a menu has.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use boot::generations::{self, Generations, PROFILE};
use boot::store::Store;
use prefix::Prefix;
use serde_json::json;

use crate::menu::{Machine, grub, store_path};

fn read(machine: &Machine, system: &str, limit: Option<u32>) -> Generations {
    let prefix = Prefix::open(&machine.path("root")).unwrap();
    generations::read(&Store::of(&prefix, system), PROFILE, system, limit).unwrap()
}

fn numbers(generations: &Generations) -> Vec<u64> {
    generations
        .all
        .iter()
        .filter_map(|generation| generation.number)
        .collect()
}

#[test]
fn a_system_without_a_profile_is_alone() {
    let machine = Machine::new(grub());
    let system = machine.system("a", "linux");
    let found = read(&machine, &system, None);
    assert_eq!((found.default.number, found.default.date.as_str()), (None, ""));
    assert_eq!(found.all, []);
    assert_eq!(found.warnings, Vec::<String>::new());
}

#[test]
fn the_newest_generation_comes_first_whatever_order_names_sort_in() {
    let machine = Machine::new(grub());
    for number in [9, 10, 1] {
        machine.generation(number, &machine.system(&format!("s{number}"), "linux"));
    }
    assert_eq!(numbers(&read(&machine, &store_path("s9"), None)), [10, 9, 1]);
    assert_eq!(numbers(&read(&machine, &store_path("s9"), Some(2))), [10, 9]);
}

#[test]
fn the_default_need_not_be_the_newest_nor_within_the_limit_nor_in_the_profile() {
    let machine = Machine::new(grub());
    for number in 1..=3 {
        machine.generation(number, &machine.system(&format!("s{number}"), "linux"));
    }
    let found = read(&machine, &store_path("s1"), Some(1));
    assert_eq!(found.default.number, Some(1));
    assert_eq!(found.default.spec.label, "s1");
    assert_eq!(numbers(&found), [3]);
    let other = machine.system("other", "linux");
    assert_eq!(read(&machine, &other, None).default.number, None);
}

#[test]
fn what_is_broken_is_left_out_with_a_warning_and_does_not_count() {
    let machine = Machine::new(grub());
    for number in 1..=6 {
        machine.generation(number, &machine.system(&format!("s{number}"), "linux"));
    }
    // Collected; broken; of another version; without its kernel; a link to nowhere.
    fs::remove_dir_all(machine.root(&store_path("s6"))).unwrap();
    machine.store("s5", "boot.json", b"{");
    machine.store("s4", "boot.json", b"{\"v1\": {}}");
    machine.generation(3, &machine.system("s3", "other"));
    fs::remove_file(machine.root(&format!("{}/bzImage", store_path("other")))).unwrap();
    machine.generation(7, "nowhere");
    machine.generation(6, &store_path("s6"));
    let found = read(&machine, &store_path("s1"), Some(2));
    assert_eq!(numbers(&found), [2, 1]);
    let expected = [
        "generation 7 is left out: cannot use `/nix/var/nix/profiles/nowhere/boot.json`: \
         `/nix/var/nix/profiles/nowhere/boot.json` does not exist"
            .to_owned(),
        format!(
            "generation 6 is left out: cannot use `{0}/boot.json`: `{0}/boot.json` does not exist",
            store_path("s6")
        ),
        format!(
            "generation 5 is left out: cannot use `{}/boot.json`: it is not JSON: EOF while parsing an object at line 1 column 1",
            store_path("s5")
        ),
        format!(
            "generation 4 is left out: cannot use `{}/boot.json`: it has no `org.nixos.bootspec.v1`",
            store_path("s4")
        ),
        format!(
            "generation 3 is left out: cannot use `{}/boot.json`: `{}/bzImage` does not exist",
            store_path("s3"),
            store_path("other")
        ),
    ];
    assert_eq!(found.warnings, expected);
}

#[test]
fn a_broken_specialisation_leaves_its_generation_and_the_others() {
    let machine = Machine::new(grub());
    let mut gone = machine.bootspec("gone", "linux");
    gone["kernel"] = json!(format!("{}/bzImage", store_path("nothing")));
    let specialisations = json!({
        "empty": {},
        "gone": { "org.nixos.bootspec.v1": gone },
        "good": { "org.nixos.bootspec.v1": machine.bootspec("good", "linux") },
    });
    let system = machine.system_with("a", &machine.bootspec("a", "linux"), &specialisations);
    machine.generation(1, &system);
    let found = read(&machine, &system, None);
    assert_eq!(numbers(&found), [1]);
    for generation in [&found.default, &found.all[0]] {
        let names: Vec<&str> = generation
            .spec
            .specialisations
            .iter()
            .map(|(n, _)| n.as_str())
            .collect();
        assert_eq!(names, ["good"]);
    }
    let nothing = store_path("nothing");
    let expected = [
        format!("specialisation \"empty\" of `{system}` is left out: it has no `org.nixos.bootspec.v1`"),
        format!("specialisation \"gone\" of `{system}` is left out: `{nothing}/bzImage` does not exist"),
    ];
    assert_eq!(found.warnings, expected);
}

#[test]
fn what_is_in_this_machines_store_alone_would_not_boot() {
    let machine = Machine::new(grub());
    let here = machine.path("store");
    let there = machine.root(here.to_str().unwrap());
    fs::create_dir_all(&there).unwrap();
    for name in ["both", "here"] {
        fs::create_dir_all(here.join(name)).unwrap();
        let spec = json!({ "org.nixos.bootspec.v1": machine.bootspec("x", "linux") });
        fs::write(here.join(name).join("boot.json"), spec.to_string()).unwrap();
    }
    fs::create_dir(there.join("both")).unwrap();
    fs::copy(here.join("both/boot.json"), there.join("both/boot.json")).unwrap();
    let system = |name: &str| here.join(name).to_str().unwrap().to_owned();
    machine.generation(1, &system("both"));
    machine.generation(2, &system("here"));
    let found = read(&machine, &system("both"), None);
    assert_eq!(numbers(&found), [1]);
    let left_out = format!(
        "generation 2 is left out: `{}` is not beneath the prefix",
        system("here")
    );
    assert_eq!(found.warnings, [left_out]);

    let prefix = Prefix::open(&machine.path("root")).unwrap();
    let here = system("here");
    let store = Store::of(&prefix, &here);
    let error = generations::read(&store, PROFILE, &here, None).unwrap_err().to_string();
    let root = machine.path("root");
    let expected = format!(
        "`{here}` is not beneath the prefix `{}`: copy its closure there first (`nix copy --to`)",
        root.display()
    );
    assert_eq!(error, expected);
}

#[test]
fn a_profile_beneath_the_prefix_that_leads_to_nothing_is_not_this_machines() {
    let machine = Machine::new(grub());
    let profile = machine.path("profile");
    let inside = machine.root(profile.to_str().unwrap());
    fs::create_dir_all(inside.parent().unwrap()).unwrap();
    let gone = store_path("gone");
    symlink(&gone, inside).unwrap();
    fs::create_dir_all(machine.path("elsewhere")).unwrap();
    symlink(machine.path("elsewhere"), &profile).unwrap();
    let prefix = Prefix::open(&machine.path("root")).unwrap();
    let store = Store::of(&prefix, &gone);
    assert_eq!(generations::resolve(&store, &profile).unwrap(), gone);
}

#[test]
fn a_default_that_is_broken_is_an_error() {
    let machine = Machine::new(grub());
    machine.generation(1, &machine.system("s1", "linux"));
    let gone = store_path("gone");
    let error = machine.decide(&gone).unwrap_err().to_string();
    assert_eq!(
        error,
        format!("cannot use `{gone}/boot.json`: `{gone}/boot.json` does not exist")
    );
}

#[test]
fn a_system_is_named_by_its_store_path_or_by_a_link_to_it() {
    let machine = Machine::new(grub());
    let system = machine.system("a", "linux");
    machine.generation(1, &system);
    symlink(&system, machine.path("result")).unwrap();
    let prefix = Prefix::open(&machine.path("root")).unwrap();
    let store = Store::of(&prefix, &system);
    for name in [&system, &format!("{system}/"), PROFILE] {
        assert_eq!(generations::resolve(&store, Path::new(name)).unwrap(), system, "{name}");
    }
    for name in ["/", "/nix/store", "/does/not/exist", "/nix/var"] {
        assert!(generations::resolve(&store, Path::new(name)).is_err(), "{name}");
    }
}

#[test]
fn a_link_out_of_the_prefix_stays_in_it() {
    let machine = Machine::new(grub());
    let system = machine.system("a", "linux");
    let outside = machine.path("outside");
    fs::create_dir_all(&outside).unwrap();
    fs::write(outside.join("boot.json"), "not ours").unwrap();
    machine.generation(1, outside.to_str().unwrap());
    let found = read(&machine, &system, None);
    assert_eq!(numbers(&found), Vec::<u64>::new());
    assert!(found.warnings[0].ends_with("does not exist"), "{:?}", found.warnings);
}
