//! `extlinux.conf`: which entries it has, what is copied, and what of it goes again.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::json;
use step::{Extlinux, Loader};

use super::{Machine, names, store_path};

fn extlinux(paths: &[&str], device_tree: Option<&str>) -> Machine {
    Machine::new(Loader::Extlinux(Extlinux {
        paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        configuration_limit: Some(2),
        use_generation_device_tree: true,
        device_tree: device_tree.map(str::to_owned),
    }))
}

fn menu(machine: &Machine) -> String {
    fs::read_to_string(machine.root("/boot/extlinux/extlinux.conf")).unwrap()
}

/// The values of a keyword, in order.
fn values(menu: &str, keyword: &str) -> Vec<String> {
    let values = menu.lines().filter_map(|line| line.trim_start().strip_prefix(keyword));
    values.map(|value| value.trim().to_owned()).collect()
}

#[test]
fn the_default_comes_first_and_generations_up_to_the_limit() {
    let machine = extlinux(&["/boot"], None);
    for number in 1..=3 {
        let system = machine.system(&format!("s{number}"), "kernel");
        machine.generation(number, &system);
    }
    assert!(machine.install(&store_path("s3")).is_empty());
    let text = menu(&machine);
    assert_eq!(values(&text, "LABEL"), ["default", "generation-3", "generation-2"]);
    assert_eq!(values(&text, "DEFAULT"), ["default"]);
    assert_eq!(values(&text, "TIMEOUT"), ["50"]);
    assert_eq!(
        values(&text, "APPEND")[0],
        format!("init={}/init quiet", store_path("s3"))
    );
    // The root has the store: U-Boot reads it there.
    assert_eq!(values(&text, "LINUX")[0], format!("{}/bzImage", store_path("kernel")));
    assert_eq!(names(&machine.root("/boot")), ["/extlinux/extlinux.conf"]);
}

#[test]
fn a_specialisation_has_an_entry_by_its_name() {
    let machine = extlinux(&["/boot"], None);
    let debug = json!({ "org.nixos.bootspec.v1": machine.bootspec("debug", "kernel") });
    let system = machine.system_with("s", &machine.bootspec("s", "kernel"), &json!({ "with space": debug }));
    machine.generation(1, &system);
    machine.install(&system);
    assert_eq!(
        values(&menu(&machine), "LABEL"),
        [
            "default",
            "default-with_space",
            "generation-1",
            "generation-1-with_space"
        ]
    );
}

#[test]
fn device_trees_are_those_of_the_generation() {
    let machine = extlinux(&["/boot"], None);
    let with = machine.system("with", "kernel");
    let without = machine.system("without", "kernel");
    machine.store("trees", "vendor/board.dtb", b"board");
    symlink(store_path("trees"), machine.root(&format!("{with}/dtbs"))).unwrap();
    machine.generation(1, &without);
    machine.generation(2, &with);
    machine.install(&with);
    let text = menu(&machine);
    assert_eq!(values(&text, "FDTDIR"), [store_path("trees"), store_path("trees")]);
    let of_the_other = text.split("LABEL generation-1").nth(1).unwrap();
    assert!(!of_the_other.contains("FDT"), "{text}");

    let named = extlinux(&["/boot"], Some("vendor/board.dtb"));
    let system = named.system("with", "kernel");
    named.store("trees", "vendor/board.dtb", b"board");
    symlink(store_path("trees"), named.root(&format!("{system}/dtbs"))).unwrap();
    named.install(&system);
    let path = format!("{}/vendor/board.dtb", store_path("trees"));
    assert_eq!(values(&menu(&named), "FDT "), [path]);

    let missing = extlinux(&["/boot"], Some("vendor/other.dtb"));
    let system = missing.system("with", "kernel");
    missing.store("trees", "vendor/board.dtb", b"board");
    symlink(store_path("trees"), missing.root(&format!("{system}/dtbs"))).unwrap();
    let error = missing.decide(&system).unwrap_err().to_string();
    assert_eq!(error, format!("`{system}` has no device tree `vendor/other.dtb`"));
}

#[test]
fn mirrors_have_the_same_menu() {
    let machine = extlinux(&["/", "/boot"], None);
    let system = machine.system("s", "kernel");
    machine.install(&system);
    let other = fs::read_to_string(machine.root("/extlinux/extlinux.conf")).unwrap();
    assert_eq!(other, menu(&machine));
    // Nothing is left to do.
    assert!(machine.decide(&system).unwrap().operations.is_empty());
}

#[test]
fn a_folder_where_u_boot_does_not_look_is_refused() {
    let machine = extlinux(&["/srv/boot"], None);
    let system = machine.system("s", "kernel");
    let error = machine.decide(&system).unwrap_err().to_string();
    assert!(error.ends_with("this one has it at `/srv/boot/extlinux`"), "{error}");
}

#[test]
fn what_no_generation_wants_of_our_copies_goes() {
    let machine = extlinux(&["/boot"], None);
    let system = machine.system("s", "kernel");
    let old = machine.root(&format!("/boot/kernels/system-installer/{}-dtbs", "0".repeat(32)));
    fs::create_dir_all(old.join("vendor")).unwrap();
    fs::write(old.join("vendor/board.dtb"), "old").unwrap();
    fs::write(machine.root("/boot/kernels/system-installer/of-others"), "kept").unwrap();
    machine.install(&system);
    assert!(!old.exists());
    assert!(machine.root("/boot/kernels/system-installer/of-others").exists());
}
