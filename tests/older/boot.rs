//! Boot menus of the older version: what is in them is known again, kept while its generation is there, and taken away after.

use super::*;

use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, utimensat};

/// When the generations were made: their titles have the date.
const MADE: i64 = 1_796_083_200;

const PROFILE: &str = "/nix/var/nix/profiles/system";

impl Machine {
    fn with_dates(name: &str) -> Option<Self> {
        let machine = Self::new(name)?;
        for link in ["", "-1-link", "-2-link"] {
            let date = Timespec {
                tv_sec: MADE,
                tv_nsec: 0,
            };
            let dates = Timestamps {
                last_access: date,
                last_modification: date,
            };
            let path = machine.root(&format!("{PROFILE}{link}"));
            utimensat(CWD, path, &dates, AtFlags::SYMLINK_NOFOLLOW).unwrap();
        }
        Some(machine)
    }

    /// The script that the older version made for the system `name`.
    fn script_of(&self, name: &str) -> PathBuf {
        self.root(&format!("/nix/store/{}-{name}/pre-boot", "2".repeat(32)))
    }

    /// Makes today's output of the plan, with the older one's images in it, generation 3.
    fn add_generation(&self, name: &str, images: &[&str]) -> PathBuf {
        let system = format!("/nix/store/{}-{name}-3", "3".repeat(32));
        fs::create_dir_all(self.root(&system)).unwrap();
        for (file, text) in self.built(&system) {
            fs::write(self.root(&format!("{system}/{file}")), text).unwrap();
        }
        for image in images {
            let to = self.root(&format!("{system}/{image}"));
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(
                self.root(&format!("/nix/store/{}-{name}-2/{image}", "2".repeat(32))),
                to,
            )
            .unwrap();
        }
        symlink(&system, self.root(&format!("{PROFILE}-3-link"))).unwrap();
        fs::remove_file(self.root(PROFILE)).unwrap();
        symlink("system-3-link", self.root(PROFILE)).unwrap();
        self.root(&format!("{system}/pre-boot"))
    }

    fn forget_generation(&self, number: u32) {
        fs::remove_file(self.root(&format!("{PROFILE}-{number}-link"))).unwrap();
    }

    /// The names in a directory beneath the root.
    fn names(&self, path: &str) -> Vec<String> {
        let entries = fs::read_dir(self.root(path)).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

#[test]
fn systemd_boots_older_entries_stay_with_their_generations_and_go_after_them() {
    let Some(machine) = Machine::with_dates("systemd-boot") else {
        return;
    };
    let esp = "--override-efi-sys-mount-point=root/boot";
    let said = success(&machine.run("pre-boot", &machine.script_of("systemd-boot-2"), &[esp]));
    assert_eq!(machine.changed(), [""; 0], "{said}");

    let (copies, entries) = ("/boot/EFI/system-installer", "/boot/loader/entries");
    let second = |names: Vec<String>| {
        names
            .into_iter()
            .filter(|name| name.contains("000002") || name.starts_with('2'))
    };
    let kept: Vec<String> = second(machine.names(entries))
        .chain(second(machine.names(copies)))
        .collect();
    assert_eq!(kept.len(), 3);
    let script = machine.add_generation("systemd-boot", &["systemd-boot/systemd-bootx64.efi"]);
    machine.forget_generation(1);
    success(&machine.run("pre-boot", &script, &[esp]));
    let names = [machine.names(entries), machine.names(copies)].concat();
    // The third has the kernel and the initial RAM disk of the second.
    let (old, new): (Vec<&String>, Vec<&String>) = names.iter().partition(|name| kept.contains(name));
    assert_eq!(old.len(), 3, "{names:?}");
    assert!(
        matches!(new[..], [entry] if entry.contains("generation-000003")),
        "{new:?}"
    );
    assert!(machine.read("/boot/loader/loader.conf").contains(new[0].as_str()));
    assert_eq!(machine.read("/boot/EFI/other/own.efi"), "somebody else\n");
}

#[test]
fn grubs_older_menu_and_disk_are_brought_up_to_date() {
    let Some(machine) = Machine::with_dates("grub") else {
        return;
    };
    let disk = machine.folder.path().join("disk.img");
    let older = unpacked(&machine.older["disk"]);
    fs::write(&disk, &older).unwrap();
    let words = [
        "--override-grub-device=disk.img",
        "--override-efi-sys-mount-point=root/boot/efi",
    ];
    let said = success(&machine.run("pre-boot", &machine.script_of("grub-2"), &words));
    assert_eq!(machine.changed(), [""; 0], "{said}");
    assert!(fs::read(&disk).unwrap() == older, "{said}");

    let images = ["i386-pc/boot.img", "i386-pc/core.img", "x86_64-efi/grubx64.efi"].map(|name| format!("grub/{name}"));
    let script = machine.add_generation("grub", &images.each_ref().map(String::as_str));
    machine.forget_generation(1);
    success(&machine.run("pre-boot", &script, &words));
    assert_eq!(machine.names("/boot/grub"), ["grub.cfg", "system-installer-server"]);
    let menu = machine.read("/boot/grub/grub.cfg");
    let at = |system: &str| menu.find(&format!("init=/nix/store/{system}/init"));
    let (second, third) = ("2".repeat(32) + "-grub-2", "3".repeat(32) + "-grub-3");
    assert!(at(&third).unwrap() < at(&second).unwrap(), "{menu}");
    assert!(!menu.contains("-grub-1"), "{menu}");
    // The same images: nobody writes to the disk.
    assert!(fs::read(&disk).unwrap() == older);

    // Other images go where the older ones are not, so that one of both boots at any moment.
    let core = machine.root(&format!("/nix/store/{third}/{}", images[1]));
    let changed: Vec<u8> = fs::read(&core)
        .unwrap()
        .iter()
        .map(|byte| if *byte == b'1' { b'3' } else { *byte })
        .collect();
    fs::remove_file(&core).unwrap();
    fs::write(&core, changed).unwrap();
    success(&machine.run("pre-boot", &script, &words));
    let disk = fs::read(&disk).unwrap();
    let first = |disk: &[u8], byte: u8| disk.windows(64).position(|window| *window == [byte; 64]);
    assert_eq!(first(&disk, b'1'), first(&older, b'1'), "the older image is gone");
    assert!(first(&disk, b'3').is_some());
}
