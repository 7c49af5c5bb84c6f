//! Menus of generations: what GRUB and systemd-boot are given, and that it is given as a transaction. ESPs are plain
//! directories here; what firmware makes of them is the business of the tests that boot.

mod extlinux;
mod firmware;
mod generations;
mod grub;
mod grub_cfg;
mod systemd_boot;
mod transaction;
mod variables;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use boot::loaders::{Decided, Error, Request, decide};
use boot::operation::World;
use boot::{Operation, Places, generations::PROFILE};
use prefix::Prefix;
use serde_json::{Value, json};
use step::{Boot, Efi, External, FORMAT, Grub, GrubEfi, Loader, PreBoot, SystemdBoot};
use tempfile::TempDir;

/// A root with a store and a profile, and two ESPs.
struct Machine {
    folder: TempDir,
    loader: Loader,
    timeout: Option<u32>,
    /// How many of the ESPs there are.
    esps: usize,
    /// A folder with firmware variables.
    firmware: Option<PathBuf>,
}

/// A store path whose hash is made of `name`.
fn store_path(name: &str) -> String {
    let mut hash: String = name.bytes().map(|b| char::from(b'a' + b % 26)).collect();
    hash.truncate(32);
    format!("/nix/store/{hash:0<32}-{name}")
}

fn grub() -> Loader {
    Loader::Grub(Grub {
        devices: Vec::new(),
        bios: None,
        efi: Some(GrubEfi {
            image: format!("{}/grubx64.efi", store_path("loader")),
            removable: true,
            fallback_name: "BOOTX64.EFI".to_owned(),
        }),
        marker: "system-installer-box".to_owned(),
        configuration_limit: Some(100),
        extra_config: "# extra\n".to_owned(),
    })
}

fn systemd_boot(tries: Option<u32>) -> Loader {
    Loader::SystemdBoot(SystemdBoot {
        image: format!("{}/systemd-bootx64.efi", store_path("loader")),
        fallback_name: "BOOTX64.EFI".to_owned(),
        configuration_limit: None,
        editor: false,
        tries,
    })
}

impl Machine {
    /// A machine whose loader's images are in its store.
    fn new(loader: Loader) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for directory in ["root/nix/var/nix/profiles", "root/nix/store", "esp1", "esp2"] {
            fs::create_dir_all(folder.path().join(directory)).unwrap();
        }
        let machine = Self {
            folder,
            loader,
            timeout: Some(5),
            esps: 1,
            firmware: None,
        };
        machine.store("loader", "grubx64.efi", b"grub");
        machine.store("loader", "systemd-bootx64.efi", b"systemd-boot");
        machine
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn root(&self, path: &str) -> PathBuf {
        self.path("root").join(path.trim_start_matches('/'))
    }

    /// Puts a file into the store path called `name`.
    fn store(&self, name: &str, file: &str, contents: &[u8]) -> String {
        let path = format!("{}/{file}", store_path(name));
        fs::create_dir_all(self.root(&path).parent().unwrap()).unwrap();
        fs::write(self.root(&path), contents).unwrap();
        path
    }

    /// The body of a bootspec for the system called `name`; its kernel is the file of the store path called `kernel`.
    fn bootspec(&self, name: &str, kernel: &str) -> Value {
        json!({
            "system": "x86_64-linux",
            "label": name,
            "toplevel": store_path(name),
            "init": format!("{}/init", store_path(name)),
            "kernel": self.store(kernel, "bzImage", kernel.repeat(1000).as_bytes()),
            "initrd": self.store(&format!("{name}-initrd"), "initrd", name.repeat(1000).as_bytes()),
            "kernelParams": ["quiet"],
        })
    }

    /// A system with this bootspec in the store.
    fn system_with(&self, name: &str, bootspec: &Value, specialisations: &Value) -> String {
        let document = json!({ "org.nixos.bootspec.v1": bootspec, "org.nixos.specialisation.v1": specialisations });
        self.store(name, "boot.json", document.to_string().as_bytes());
        store_path(name)
    }

    fn system(&self, name: &str, kernel: &str) -> String {
        self.system_with(name, &self.bootspec(name, kernel), &json!({}))
    }

    /// Makes `system` generation `number` of the profile.
    fn generation(&self, number: u64, system: &str) {
        let link = self.root(&format!("{PROFILE}-{number}-link"));
        let _ = fs::remove_file(&link);
        symlink(system, link).unwrap();
        let profile = self.root(PROFILE);
        let _ = fs::remove_file(&profile);
        symlink(format!("system-{number}-link"), profile).unwrap();
    }

    fn remove_generation(&self, number: u64) {
        fs::remove_file(self.root(&format!("{PROFILE}-{number}-link"))).unwrap();
    }

    fn world(&self) -> World {
        World {
            places: Places {
                planned: None,
                root: Prefix::open(&self.path("root")).unwrap(),
                esps: (1..=self.esps)
                    .map(|n| Prefix::open(&self.path(&format!("esp{n}"))).unwrap())
                    .collect(),
            },
            system: store_path("any"),
            devices: Vec::new(),
        }
    }

    fn decide(&self, system: &str) -> Result<Decided, Error> {
        let step = PreBoot {
            format: FORMAT,
            name: "box".to_owned(),
            system: system.to_owned(),
            boot: Some(Boot {
                timeout: self.timeout,
                loader: self.loader.clone(),
                efi: Efi {
                    mount_points: vec!["/boot".to_owned()],
                    can_touch_efi_variables: true,
                },
                mounts: None,
            }),
            hooks: Vec::new(),
        };
        let request = Request {
            step: &step,
            boot: step.boot.as_ref().unwrap(),
            system: None,
            profile: PROFILE,
            firmware: self.firmware.as_deref(),
        };
        decide(&request, &self.world().places)
    }

    /// Decides and carries out; gives the warnings.
    fn install(&self, system: &str) -> Vec<String> {
        let Decided {
            operations, warnings, ..
        } = self.decide(system).unwrap();
        self.world().execute(&operations).unwrap();
        warnings
    }

    fn grub_cfg(&self) -> String {
        fs::read_to_string(self.root("/boot/grub/grub.cfg")).unwrap()
    }
}

/// The files in `directory` and below by path, with what they hold.
fn files(directory: &Path) -> Vec<(String, Vec<u8>)> {
    fn walk(directory: &Path, name: &str, found: &mut Vec<(String, Vec<u8>)>) {
        for entry in fs::read_dir(directory).into_iter().flatten() {
            let entry = entry.unwrap();
            let name = format!("{name}/{}", entry.file_name().to_string_lossy());
            if entry.file_type().unwrap().is_dir() {
                walk(&entry.path(), &name, found);
            } else {
                found.push((name, fs::read(entry.path()).unwrap_or_default()));
            }
        }
    }
    let mut found = Vec::new();
    walk(directory, "", &mut found);
    found.sort();
    found
}

fn names(directory: &Path) -> Vec<String> {
    files(directory).into_iter().map(|(name, _)| name).collect()
}

/// The paths of the files that `operations` write.
fn written(operations: &[Operation]) -> Vec<&str> {
    operations
        .iter()
        .filter_map(|operation| match operation {
            Operation::PutFile { path, .. } => Some(path.as_str()),
            _ => None,
        })
        .collect()
}

#[test]
fn another_loader_is_called_as_nixos_calls_its_own() {
    let command = vec!["/nix/store/x-lanzaboote/bin/install".to_owned(), "--flag".to_owned()];
    let machine = Machine::new(Loader::External(External { command }));
    let system = store_path("a");
    let decided = machine.decide(&system).unwrap();
    let [Operation::Run { command, environment }] = decided.operations.as_slice() else {
        panic!("{decided:?}")
    };
    assert_eq!(command, &["/nix/store/x-lanzaboote/bin/install", "--flag", &system]);
    let set = |name: &str| environment.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    assert_eq!(set("NIXOS_INSTALL_BOOTLOADER"), Some("1"));
    assert_eq!(
        set("SYSTEM_INSTALLER_PREFIX"),
        machine.path("root").canonicalize().unwrap().to_str()
    );
}
