//! `boot`: the kernel, its command line, device trees, and the boot loader that starts it.

use crate::loaders::Loader;
use crate::many::Initrds;
use crate::section::section;
use crate::text::{DeviceTreeName, KernelParameter, Label, Source, StorePath};

section! {
    /// How a disk boots the system.
    Boot, "an attribute set with `kernel` and `loader`";

    /// The kernel: a file that the boot loader can start.
    kernel: Source = "kernel" [required] example "\"${linux}/bzImage\"";

    /// The initial RAM disk; of several, one is made of one after the other.
    initrd: Initrds = "initrd" [optional] example "\"${initrd}/initrd\"";

    /// Parameters of the kernel, as Documentation/admin-guide/kernel-parameters has them; a value with spaces stands in
    /// double quotes. `init=` is added.
    kernel_params: Vec<KernelParameter> = "kernelParams" [default "[ ]"]
        example "[ \"console=ttyS0\" \"root=LABEL=root\" ]";

    /// What the menu calls the system.
    label: Label = "label" [default "`name`"] example "\"Web server 1\"";

    /// The device trees of the system's boards.
    device_tree: DeviceTree = "deviceTree" [optional] example "{ package = pkgs.linux; name = \"vendor/board.dtb\"; }";

    /// The system that the menu starts, as its own `boot.json` says, where that is another one than the plan's own.
    system: StorePath = "system" [optional] example "config.system.build.toplevel";

    /// The boot loader.
    loader: Loader = "loader" [required] example "{ grub = { device = \"/dev/sda\"; package = pkgs.grub2; }; }";
}

section! {
    /// Device trees, which describe a board to the kernel.
    DeviceTree, "an attribute set with `package`";

    /// A directory with device trees, or a package that has them in `dtbs`. The system keeps it.
    package: StorePath = "package" [optional] example "config.hardware.deviceTree.package";

    /// The one that fits the board: a path within the package, as in NixOS's `hardware.deviceTree.name`. Without it, the boot
    /// loader chooses.
    name: DeviceTreeName = "name" [optional] example "\"broadcom/bcm2711-rpi-4-b.dtb\"";
}
