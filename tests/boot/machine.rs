//! A system with a plan for GRUB, the root that it lies on, and disks for it.

use crate::programs;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

pub const BIOS_BOOT: &str = "21686148-6449-6E6F-744E-656564454649";
pub const LINUX: &str = "0FC63DAF-8483-4772-8E79-3D69D8477DE4";
pub const MARKER: &str = "system-installer-machine";
pub const ONTO_DISK: &str = "--override-grub-device=disk.img";
/// What the disks are filled with: wherever it is found afterwards, nobody wrote.
pub const PATTERN: u8 = 0xA5;

/// A folder with a store, a root and whatever disks a test makes in it. Everybody may read and write it.
pub struct Machine {
    pub folder: TempDir,
    boot: Value,
}

impl Machine {
    /// A machine whose plan has GRUB for BIOS on `disk.img`, with images of the right form that hold no program.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let machine = Self {
            folder,
            boot: json!({
                "timeout": 5,
                "loader": { "type": "grub", "marker": MARKER, "extraConfig": "", "devices": [] },
                "efi": { "mountPoints": ["/boot"], "canTouchEfiVariables": false }
            }),
        };
        fs::create_dir_all(machine.path("root/boot")).unwrap();
        symlink(programs::runtime(), machine.path("runtime")).unwrap();
        let mut machine = machine;
        machine.boot["loader"]["devices"] = json!([machine.path("disk.img")]);
        machine.images("system", &boot_image(), &core_image(b'1', 40_000));
        machine
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts GRUB's images into the system `name`, which becomes the one of the plan. It lies in this machine's store and,
    /// but for the images, in the root's.
    pub fn images(&mut self, name: &str, boot: &[u8], core: &[u8]) {
        let system = self.path("store").join(name);
        fs::create_dir_all(&system).unwrap();
        fs::write(system.join("boot.img"), boot).unwrap();
        fs::write(system.join("core.img"), core).unwrap();
        let spec = json!({ "org.nixos.bootspec.v1": {
            "system": "x86_64-linux", "init": system.join("init"), "kernel": system.join("kernel"),
            "initrd": system.join("initrd"), "kernelParams": ["quiet"], "label": "machine", "toplevel": system,
        }, "org.nixos.specialisation.v1": {} });
        fs::write(system.join("boot.json"), spec.to_string()).unwrap();
        fs::write(system.join("kernel"), "a kernel").unwrap();
        fs::write(system.join("initrd"), "an initrd").unwrap();
        self.boot["loader"]["bios"] = json!({ "boot": system.join("boot.img"), "core": system.join("core.img") });
        let copy = self.path("root").join(system.strip_prefix("/").unwrap());
        fs::create_dir_all(&copy).unwrap();
        for file in ["boot.json", "kernel", "initrd"] {
            fs::copy(system.join(file), copy.join(file)).unwrap();
        }
        self.write_script(&system, &Value::Null);
    }

    /// Changes the step's `boot`, and adds the fields of `more` to the step.
    pub fn plan(&mut self, change: impl FnOnce(&mut Value), more: &Value) {
        change(&mut self.boot);
        self.write_script(&self.path("store/system"), more);
    }

    fn write_script(&self, system: &Path, more: &Value) {
        let mut step = json!({ "format": 1, "name": "machine", "system": system, "boot": self.boot, "hooks": [] });
        for (name, value) in more.as_object().into_iter().flatten() {
            step[name] = value.clone();
        }
        let runtime = self.path("runtime");
        fs::write(
            self.path("pre-boot"),
            format!("#!{} pre-boot\n{step:#}\n", runtime.display()),
        )
        .unwrap();
        fs::set_permissions(self.path("pre-boot"), fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// `pre-boot --prefix=root` with `arguments`, in the machine's folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.path("runtime"));
        command.args(["pre-boot", "pre-boot", "--prefix=root"]).args(arguments);
        command.current_dir(self.folder.path());
        command
    }

    pub fn pre_boot(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// A call that succeeds; what it printed.
    pub fn succeed(&self, arguments: &[&str]) -> String {
        let output = self.pre_boot(arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// A call under strace with more `options`.
    pub fn traced(&self, options: &[&str], arguments: &[&str]) -> Output {
        let call = self.command(arguments);
        Command::new("strace")
            .args(["-qq", "-o", "trace"])
            .args(options)
            .arg(call.get_program())
            .args(call.get_args())
            .current_dir(self.folder.path())
            .output()
            .expect("strace(1) is needed for this test")
    }

    /// Makes the disk `name` of `megabytes` with the partition table that sfdisk makes of `table`, and no boot loader.
    pub fn disk(&self, name: &str, megabytes: usize, table: &str) {
        self.blank(name, megabytes);
        sfdisk(&self.path(name), table);
        self.patch(name, 0, &[0; 440]);
    }

    /// A disk without a partition table.
    pub fn blank(&self, name: &str, megabytes: usize) {
        fs::write(self.path(name), vec![PATTERN; megabytes << 20]).unwrap();
    }

    pub fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// Writes into a file of the machine's folder.
    pub fn patch(&self, name: &str, offset: usize, bytes: &[u8]) {
        use std::os::unix::fs::FileExt;
        let file = fs::OpenOptions::new().write(true).open(self.path(name)).unwrap();
        file.write_all_at(bytes, offset as u64).unwrap();
    }
}

pub fn sfdisk(disk: &Path, table: &str) {
    let mut sfdisk = Command::new("sfdisk")
        .arg("--quiet")
        .arg(disk)
        .stdin(Stdio::piped())
        .spawn()
        .expect("sfdisk(8) is needed for this test");
    sfdisk.stdin.take().unwrap().write_all(table.as_bytes()).unwrap();
    assert!(sfdisk.wait().unwrap().success(), "{table}");
}

/// A GPT with a BIOS boot partition of 1 MiB and a root.
pub fn gpt() -> String {
    format!("label: gpt\nstart=2048, size=2048, type={BIOS_BOOT}\ntype={LINUX}\n")
}

/// An MBR whose first partition starts at 1 MiB.
pub fn mbr() -> String {
    "label: dos\nstart=2048, type=83, bootable\n".to_owned()
}

/// As `boot.img` is, where it matters: a jump over the parameters of a FAT, the drive check, the signature.
pub fn boot_image() -> Vec<u8> {
    let mut image = vec![b'b'; 512];
    image[..3].copy_from_slice(&[0xEB, 0x63, 0x90]);
    image[0x5C..0x64].copy_from_slice(&1u64.to_le_bytes());
    image[0x64..0x68].copy_from_slice(&[0xFF, 0, 0xEB, 0x05]);
    image[440..].fill(0);
    image[510..].copy_from_slice(&[0x55, 0xAA]);
    image
}

/// As `core.img` is, where it matters: the list of blocks at the end of its first sector. The rest is `fill`.
pub fn core_image(fill: u8, length: usize) -> Vec<u8> {
    let mut image = vec![fill; length];
    image[476..512].fill(0);
    image[500..508].copy_from_slice(&2u64.to_le_bytes());
    image[510..512].copy_from_slice(&0x820u16.to_le_bytes());
    image
}

pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Where the boot sector says that the core image starts, in bytes.
pub fn core_at(disk: &[u8]) -> usize {
    let mut sector = [0; 8];
    sector.copy_from_slice(&disk[0x5C..0x64]);
    usize::try_from(u64::from_le_bytes(sector)).unwrap().saturating_mul(512)
}

/// Whether `disk` boots: its boot sector is GRUB's, and leads to the whole core image that was filled with `fill`.
pub fn boots(disk: &[u8], fill: u8) -> bool {
    let at = core_at(disk);
    let mut core = core_image(fill, 40_000);
    core[500..508].copy_from_slice(&(at as u64 / 512 + 1).to_le_bytes());
    core[508..510].copy_from_slice(&78u16.to_le_bytes());
    disk[0x66..0x68] == [0x90, 0x90] && disk.get(at..at.saturating_add(core.len())) == Some(&core[..])
}

/// Runs `program` in the machine's folder.
pub fn make(machine: &Machine, program: &str, options: &[&str], arguments: &[&str]) {
    let status = Command::new(program)
        .args(options)
        .args(arguments)
        .current_dir(machine.folder.path())
        .stderr(Stdio::null())
        .status();
    let status = status.expect("e2fsprogs and util-linux are needed for this test");
    assert!(status.success(), "{program}");
}
