//! The plan itself: its own attributes and its sections.

use step::MachineId;
use tree::Tree;

use super::{Boot, Directory, Disk, File, FileSystem, Group, Hooks, Image, Init, Nix, Symlink, User};
use crate::problem::Problem;
use crate::read::{Reader, Value};
use crate::section::section;
use crate::text::{
    AccountName, Base, DeviceName, EntryPath, HostName, MountPath, Name, StorePath, System, TargetSystem,
};
use crate::{Map, Named};

section! {
    /// A whole plan.
    Plan, "an attribute set with `name`, `system` and `init.command`";

    /// The name of the system, and of its store path.
    name: Name = "name" [required] example "\"web-1\"";

    /// The system that runs it, as in `derivation`.
    system: TargetSystem = "system" [required] example "\"x86_64-linux\"";

    /// The package with `bin/system-installer-runtime`, which interprets the scripts on the target.
    runtime: StorePath = "runtime" [default "the one that comes with the builtin"]
        example "\"${systemInstallerRuntime}\"";

    /// The system that builds it, where that is another one.
    build_system: System = "buildSystem" [default "`system`"] example "\"x86_64-linux\"";

    /// The package with `bin/system-installer-build`, for the building system.
    build_runtime: StorePath = "buildRuntime" [default "the one that comes with the builtin; before it the attribute `build` of `runtime`, where `buildSystem` is `system`"]
        example "\"${buildPackages.systemInstallerBuild}\"";

    /// The host name.
    host_name: HostName = "hostName" [default "`name`, with `-` for what no host name may hold"] example "\"web-1\"";

    /// Which directories, files and accounts the plan has without naming them. `full`: a usual tree. `mountpoints`:
    /// only what file systems are mounted on. `none`: nothing. `null` for one of them in its own section removes it.
    base: Base = "base" [default "\"full\""] example "\"mountpoints\"";

    /// Directories by absolute path.
    directories: Map<EntryPath, Directory> = "directories" [default "{ }"]
        example "{ \"/srv/www\" = { user = \"www\"; }; }";

    /// Regular files by absolute path.
    files: Map<EntryPath, File> = "files" [default "{ }"] example "{ \"/etc/motd\".text = \"hello\\n\"; }";

    /// Symbolic links by absolute path.
    symlinks: Map<EntryPath, Symlink> = "symlinks" [default "{ }"] example "{ \"/bin\" = \"usr/bin\"; }";

    /// Users by name.
    users: Map<AccountName, User> = "users" [default "{ }"] example "{ www = { uid = 400; }; }";

    /// Groups by name.
    groups: Map<AccountName, Group> = "groups" [default "{ }"] example "{ www.members = [ \"alice\" ]; }";

    /// File systems by mount point. With `base = "full"` they are written to `/etc/fstab`. Mount points that are
    /// missing are made.
    file_systems: Map<MountPath, FileSystem> = "fileSystems" [optional]
        example "{ \"/\" = { label = \"root\"; fsType = \"ext4\"; }; }";

    /// Disks by name, in the shape of disko's `devices.disk`. What has a mount point on them is in `fileSystems`
    /// without being named there. disko's hooks (`preCreateHook` and the like) are accepted wherever disko has them,
    /// and not run.
    disks: Named<DeviceName, Disk> = "disks" [optional]
        example "{ main = { device = \"/dev/vda\"; content = { type = \"gpt\"; partitions = { }; }; }; }";

    /// How a disk image of the system is made. It does not change the system itself.
    image: Image = "image" [default "{ }"] example "{ format = \"qcow2\"; mkfs.ext4 = pkgs.e2fsprogs; }";

    /// Nix on the target.
    nix: Nix = "nix" [optional] example "{ enable = true; package = pkgs.nix; }";

    /// What happens to `/etc/machine-id`. `generate`: the first start writes a random id. `uninitialized`: systemd's
    /// first boot writes one. `none`: the file is left alone, and may be in `files` or `symlinks`. Otherwise the id
    /// itself: 32 lower-case hexadecimal digits.
    machine_id: MachineId = "machineId" [default "\"generate\""] example "\"uninitialized\"";

    /// The command that becomes PID 1, and its environment.
    init: Init = "init" [required] example "{ command = [ \"${systemd}/lib/systemd/systemd\" ]; }";

    /// How a disk boots the system. Without it, no boot loader is installed.
    boot: Boot = "boot" [optional]
        example "{ kernel = \"${linux}/bzImage\"; loader.grub = { device = \"/dev/sda\"; package = pkgs.grub2; }; }";

    /// Commands of the plan's own that run on the way.
    hooks: Hooks = "hooks" [default "{ }"] example "{ preInit = [ [ \"${package}/bin/prepare\" ] ]; }";

    /// Whether this is the `plan.json` of an output: filled in, and without the packages that only its build needs. It can be
    /// checked and shown, and not built.
    built: bool = "built" [default "false"] example "true";
}

/// The name of [`Plan::built`]. The reader looks at it before anything else, because it says which attributes are
/// required.
pub(crate) const BUILT: &str = "built";

impl Plan {
    /// Reads a plan: gives what could be read of it, and every problem.
    pub fn from_tree(tree: &Tree) -> (Self, Vec<Problem>) {
        let is_built = tree.attribute(BUILT) == Some(&Tree::Bool(true));
        let mut reader = Reader::of(is_built);
        let plan = Self::read(tree, &mut reader).unwrap_or_default();
        (plan, reader.problems())
    }

    /// The attribute tree of the plan. [`Plan::from_tree`] gives the same plan again.
    pub fn to_tree(&self) -> Tree {
        self.write()
    }
}
