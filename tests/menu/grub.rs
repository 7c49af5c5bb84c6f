//! GRUB's menu and files.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;
use step::Loader;

use crate::menu::{Machine, files, grub, names, store_path, written};

fn titles(grub_cfg: &str) -> Vec<String> {
    let lines = grub_cfg
        .lines()
        .filter(|line| line.trim_start().starts_with(['m', 's']));
    let titled = lines.filter_map(|line| line.strip_suffix(" {"));
    titled.map(str::to_owned).collect()
}

#[test]
fn the_default_comes_first_and_a_submenu_has_every_generation() {
    let machine = Machine::new(grub());
    machine.generation(1, &machine.system("old", "linux"));
    machine.generation(2, &machine.system("new", "linux"));
    assert_eq!(machine.install(&store_path("old")), Vec::<String>::new());
    let grub_cfg = machine.grub_cfg();
    let dated = |number: u32, label: &str| {
        let modified = machine.root(&format!("/nix/var/nix/profiles/system-{number}-link"));
        let seconds = std::os::unix::fs::MetadataExt::mtime(&modified.symlink_metadata().unwrap());
        let date = boot::date::day(seconds);
        format!("  menuentry 'box - Configuration {number} ({date} - {label})'")
    };
    assert_eq!(
        titles(&grub_cfg),
        [
            "menuentry 'box'".to_owned(),
            "submenu 'box - All configurations'".to_owned(),
            dated(2, "new"),
            dated(1, "old"),
        ]
    );
    let first = grub_cfg.split("menuentry").nth(1).unwrap();
    assert!(
        first.contains(&format!(" 'init={}/init' 'quiet'\n", store_path("old"))),
        "{grub_cfg}"
    );
    assert!(
        grub_cfg.contains("set default=0\nset timeout=5\n# extra\n"),
        "{grub_cfg}"
    );
}

#[test]
fn kernels_on_grubs_own_file_system_are_read_from_the_store() {
    let machine = Machine::new(grub());
    machine.install(&machine.system("a", "linux"));
    assert_eq!(
        names(&machine.root("/boot")),
        ["/grub/grub.cfg", "/grub/system-installer-box"]
    );
    let kernel = format!("linux '{}/bzImage'", store_path("linux"));
    assert!(machine.grub_cfg().contains(&kernel), "{}", machine.grub_cfg());
    assert_eq!(
        files(&machine.path("esp1")),
        [("/EFI/BOOT/BOOTX64.EFI".to_owned(), b"grub".to_vec())]
    );
}

#[test]
fn the_same_again_writes_nothing_and_a_removed_generation_goes() {
    let machine = Machine::new(grub());
    machine.generation(1, &machine.system("old", "linux"));
    machine.generation(2, &machine.system("new", "linux"));
    machine.install(&store_path("new"));
    assert_eq!(machine.decide(&store_path("new")).unwrap().operations, []);
    machine.remove_generation(1);
    let decided = machine.decide(&store_path("new")).unwrap();
    assert_eq!(written(&decided.operations), ["/boot/grub/grub.cfg"]);
    machine.install(&store_path("new"));
    assert!(!machine.grub_cfg().contains("Configuration 1 "));
}

#[test]
fn specialisations_are_shown_as_nixos_shows_them() {
    let machine = Machine::new(grub());
    let mut debug = machine.bootspec("debug", "linux");
    debug["kernelParams"] = json!(["debug"]);
    let specialisations = json!({ "debug": { "org.nixos.bootspec.v1": debug } });
    let bootspec = machine.bootspec("a", "linux");
    machine.generation(3, &machine.system_with("a", &bootspec, &specialisations));
    machine.install(&store_path("a"));
    let titles: Vec<String> = titles(&machine.grub_cfg())
        .iter()
        .map(|title| title.split('(').next().unwrap().to_owned())
        .collect();
    assert_eq!(
        titles,
        [
            "menuentry 'box - Default'",
            "menuentry 'box - ",
            "submenu 'box - All configurations'",
            "  submenu '> box - Configuration 3 ",
            "    menuentry 'box - Configuration 3 - Default ",
            "    menuentry 'box - Configuration 3 - ",
        ]
    );
}

#[test]
fn a_generation_that_grub_cannot_be_told_of_is_left_out_and_a_default_is_an_error() {
    let machine = Machine::new(grub());
    let canary = machine.path("canary");
    let mut hostile = machine.bootspec("hostile", "linux");
    hostile["label"] = json!(format!("'\n}}\ntouch {0}; $(touch {0})", canary.display()));
    machine.generation(1, &machine.system_with("hostile", &hostile, &json!({})));
    machine.generation(2, &machine.system("good", "linux"));
    let warnings = machine.install(&store_path("good"));
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("holds a control character"), "{warnings:?}");
    assert!(!warnings[0].contains('\n'), "{warnings:?}");
    assert!(!machine.grub_cfg().contains("touch"));

    let mut params = machine.bootspec("params", "linux");
    params["kernelParams"] = json!(["a\nb"]);
    let before = files(&machine.root("/boot"));
    let error = machine
        .decide(&machine.system_with("params", &params, &json!({})))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot write grub.cfg: the kernel parameter \"a\\nb\" holds a control character"
    );
    assert_eq!(files(&machine.root("/boot")), before);
    assert!(!canary.exists());
}

#[test]
fn secrets_of_another_root_are_an_error_for_the_default_and_a_warning_for_others() {
    let machine = Machine::new(grub());
    let mut secret = machine.bootspec("secret", "linux");
    secret["initrdSecrets"] = json!("/does/not/exist");
    machine.generation(1, &machine.system_with("secret", &secret, &json!({})));
    machine.generation(2, &machine.system("good", "linux"));
    let why =
        "`/does/not/exist` adds its secrets from the root that it runs in: run pre-boot inside of the prefix (chroot)";
    let warnings = machine.install(&store_path("good"));
    let [warning] = warnings.as_slice() else {
        panic!("{warnings:?}")
    };
    assert!(warning.starts_with("\"box - Configuration 1 ("), "{warning}");
    assert!(
        warning.ends_with(&format!(")\" has an initrd without its secrets: {why}")),
        "{warning}"
    );
    assert!(machine.grub_cfg().contains("Configuration 1 "));
    let error = machine.decide(&store_path("secret")).unwrap_err().to_string();
    assert_eq!(error, format!("the default entry: {why}"));
}

#[test]
fn without_the_fallback_grub_has_a_directory_of_its_own_on_every_esp() {
    let mut machine = Machine::new(grub());
    machine.esps = 2;
    if let Loader::Grub(grub) = &mut machine.loader {
        grub.efi.as_mut().unwrap().removable = false;
    }
    machine.install(&machine.system("a", "linux"));
    for esp in ["esp1", "esp2"] {
        assert_eq!(names(&machine.path(esp)), ["/EFI/system-installer-box/grubx64.efi"]);
    }
}

#[test]
fn nobody_else_reads_grub_cfg() {
    let machine = Machine::new(grub());
    machine.install(&machine.system("a", "linux"));
    let mode = fs::metadata(machine.root("/boot/grub/grub.cfg"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o7777, 0o600);
}
