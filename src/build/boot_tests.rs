//! Tests of `boot.rs`: what the build makes of the `boot` of a plan.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use super::*;
use plan::read_plan;
use tree::Tree;

/// A folder with a kernel, two initial RAM disks, and a package of boot loaders whose `grub-mkimage` writes down how
/// it was called.
struct Fixture(tempfile::TempDir);

impl Fixture {
    fn new() -> Self {
        let fixture = Self(tempfile::tempdir().unwrap());
        fixture.put("linux", "kernel");
        fixture.put("first", "12345");
        fixture.put("second", "abc");
        fixture.tool(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/tools/grub-mkimage"));
        for platform in ["i386-pc", "x86_64-efi"] {
            for module in [grub::NEEDED, &["ext2"]].concat() {
                fixture.put(&format!("boot/lib/grub/{platform}/{module}.mod"), "");
            }
        }
        fixture.put("boot/lib/grub/i386-pc/boot.img", "sector");
        fixture.put("boot/lib/systemd/boot/efi/systemd-bootx64.efi", "systemd-boot");
        fs::create_dir(fixture.path("out")).unwrap();
        fixture
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, name: &str, contents: &str) {
        let path = self.path(name);
        make_parent(&path).unwrap();
        fs::write(path, contents).unwrap();
    }

    /// Makes `tool` the package's `grub-mkimage`: a link, because a file that was just written is busy while another test's
    /// child still has it open.
    fn tool(&self, tool: &str) {
        let path = self.path("boot/bin/grub-mkimage");
        make_parent(&path).unwrap();
        let _ = fs::remove_file(&path);
        std::os::unix::fs::symlink(tool, path).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path("out").join(name)).unwrap()
    }

    /// A path value: of strings, only store paths are accepted.
    fn tree(&self, name: &str) -> Tree {
        Tree::Path(self.path(name).display().to_string())
    }

    fn plan(&self, system: &str, initrds: &[&str], loader: (&str, Tree)) -> Plan {
        let text = |text: &str| Tree::String(text.to_owned());
        let initrds = initrds.iter().map(|name| self.tree(name)).collect();
        let tree = set(vec![
            (
                "boot",
                set(vec![
                    ("initrd", Tree::List(initrds)),
                    ("kernel", self.tree("linux")),
                    ("loader", set(vec![loader])),
                ]),
            ),
            ("init", set(vec![("command", Tree::List(vec![text("/init")]))])),
            ("name", text("test")),
            ("system", text(system)),
        ]);
        read_plan(&tree).unwrap()
    }

    fn grub(&self, device: &str, efi: bool) -> (&'static str, Tree) {
        let attrs = vec![
            ("device", Tree::String(device.to_owned())),
            ("efiSupport", Tree::Bool(efi)),
            ("package", self.tree("boot")),
        ];
        ("grub", set(attrs))
    }

    /// Builds, and gives the message if that fails.
    fn build(&self, plan: &Plan) -> Result<(), String> {
        let build = || check(plan).and_then(|()| write(plan, &self.path("out")));
        let shown = self.0.path().display().to_string();
        build().map_err(|error| error.to_string().replace(&shown, "."))
    }

    fn files(&self) -> Vec<String> {
        let mut folders = vec![self.path("out")];
        let mut files = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(self.path("out")).unwrap().display().to_string();
                    assert_eq!(
                        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
                        0o444,
                        "{name}"
                    );
                    files.push(name);
                }
            }
        }
        files.sort();
        files
    }
}

fn set(attrs: Vec<(&str, Tree)>) -> Tree {
    Tree::Attrs(attrs.into_iter().map(|(name, tree)| (name.to_owned(), tree)).collect())
}

#[test]
fn grub_is_made_for_the_firmware_that_the_plan_names() {
    for (device, efi, wanted) in [
        (
            "/dev/vda",
            false,
            &["grub/i386-pc/boot.img", "grub/i386-pc/core.img"][..],
        ),
        ("nodev", true, &["grub/x86_64-efi/grubx64.efi"]),
        (
            "/dev/vda",
            true,
            &[
                "grub/i386-pc/boot.img",
                "grub/i386-pc/core.img",
                "grub/x86_64-efi/grubx64.efi",
            ],
        ),
    ] {
        let fixture = Fixture::new();
        fixture
            .build(&fixture.plan("x86_64-linux", &["first"], fixture.grub(device, efi)))
            .unwrap();
        assert_eq!(fixture.files(), wanted);
    }
}

#[test]
fn an_image_has_the_modules_that_there_are_and_looks_for_the_plans_marker() {
    let fixture = Fixture::new();
    fixture
        .build(&fixture.plan("x86_64-linux", &[], fixture.grub("/dev/vda", false)))
        .unwrap();
    assert_eq!(fixture.read("grub/i386-pc/boot.img"), "sector");
    let core = fixture.read("grub/i386-pc/core.img");
    let call = core.lines().next().unwrap();
    assert!(
        call.contains(" --format i386-pc --prefix (memdisk)/boot/grub "),
        "{call}"
    );
    assert!(call.contains(" search_fs_file ") && call.ends_with(" ext2"), "{call}");
    assert!(!call.contains(" xfs"), "{call}");
    assert!(core.contains(" /boot/grub/system-installer-test; then"), "{core}");
    // The shell's own variables alone.
    assert!(!core.contains("HOME="), "{core}");
}

#[test]
fn systemd_boot_is_copied() {
    let fixture = Fixture::new();
    let loader = set(vec![("package", fixture.tree("boot"))]);
    fixture
        .build(&fixture.plan("x86_64-linux", &[], ("systemd-boot", loader)))
        .unwrap();
    assert_eq!(fixture.files(), ["systemd-boot/systemd-bootx64.efi"]);
    assert_eq!(fixture.read("systemd-boot/systemd-bootx64.efi"), "systemd-boot");
}

#[test]
fn several_initrds_are_joined_at_the_bounds_that_the_kernel_takes() {
    let fixture = Fixture::new();
    let external = || {
        let command = Tree::List(vec![Tree::String("/install".to_owned())]);
        ("external", set(vec![("command", command)]))
    };
    fixture
        .build(&fixture.plan("riscv64-linux", &["first", "second"], external()))
        .unwrap();
    assert_eq!(fixture.read("initrd"), "12345\0\0\0abc\0");
    let fixture = Fixture::new();
    fixture
        .build(&fixture.plan("riscv64-linux", &["first"], external()))
        .unwrap();
    assert_eq!(fixture.files(), [""; 0]);
}

#[test]
fn what_is_missing_is_named_with_its_attribute() {
    let fixture = Fixture::new();
    let grub = |fixture: &Fixture| fixture.plan("x86_64-linux", &["first"], fixture.grub("/dev/vda", true));
    let removed = |name: &str| {
        let fixture = Fixture::new();
        fs::remove_file(fixture.path(name)).unwrap();
        fixture.build(&grub(&fixture)).unwrap_err()
    };
    for (name, said) in [
        (
            "linux",
            "`boot.kernel`: cannot look at `./linux`: No such file or directory",
        ),
        (
            "first",
            "`boot.initrd[0]`: cannot look at `./first`: No such file or directory",
        ),
        (
            "boot/bin/grub-mkimage",
            "`boot.loader.grub.package`: there is no `bin/grub-mkimage` in `./boot`",
        ),
        (
            "boot/lib/grub/x86_64-efi/linux.mod",
            "`boot.loader.grub.package`: there is no `lib/grub/x86_64-efi/linux.mod` in `./boot`",
        ),
    ] {
        assert_eq!(removed(name), said);
    }
    let arm = fixture.plan("aarch64-linux", &[], fixture.grub("nodev", true));
    let said = "`boot.loader.grub.package`: there is no `lib/grub/arm64-efi` in `./boot`";
    assert_eq!(fixture.build(&arm).unwrap_err(), said);
    let package = set(vec![("package", fixture.tree("first"))]);
    let other = fixture.plan("x86_64-linux", &[], ("systemd-boot", package));
    let said =
        "`boot.loader.systemd-boot.package`: there is no `lib/systemd/boot/efi/systemd-bootx64.efi` in `./first`";
    assert_eq!(fixture.build(&other).unwrap_err(), said);
}

#[test]
fn what_grub_says_is_passed_on() {
    let fixture = Fixture::new();
    // It knows no `--directory`.
    fixture.tool("/bin/cat");
    let plan = fixture.plan("x86_64-linux", &[], fixture.grub("/dev/vda", false));
    let said = "`boot.loader.grub.package`: `./boot/bin/grub-mkimage` made no image for `i386-pc`: exit status: 1: ";
    let answer = fixture.build(&plan).unwrap_err();
    let answer = answer.strip_prefix(said).unwrap_or_else(|| panic!("{answer}"));
    assert!(answer.contains("--directory") && !answer.contains('\n'), "{answer}");
}

#[test]
fn grub_checks_the_commands_of_the_plan() {
    let fixture = Fixture::new();
    let (name, Tree::Attrs(mut attrs)) = fixture.grub("/dev/vda", false) else {
        panic!("no set");
    };
    attrs.push(("extraConfig".to_owned(), Tree::String("set a=b\n".to_owned())));
    let plan = fixture.plan("x86_64-linux", &[], (name, Tree::Attrs(attrs)));
    std::os::unix::fs::symlink("/bin/false", fixture.path("boot/bin/grub-script-check")).unwrap();
    let said = "`boot.loader.grub.extraConfig`: GRUB does not understand it: exit status: 1: ";
    assert_eq!(fixture.build(&plan).unwrap_err(), said);
    assert_eq!(fixture.files(), [""; 0]);
    fs::remove_file(fixture.path("boot/bin/grub-script-check")).unwrap();
    std::os::unix::fs::symlink("/bin/true", fixture.path("boot/bin/grub-script-check")).unwrap();
    fixture.build(&plan).unwrap();
    assert_eq!(fixture.files(), ["grub/i386-pc/boot.img", "grub/i386-pc/core.img"]);
}
