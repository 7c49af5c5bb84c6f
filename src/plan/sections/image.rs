//! `image`: how a disk image of the system is made. Nothing of it comes into the system itself.

use crate::Named;
use crate::section::section;
use crate::text::{ByteSize, DeviceName, ImageFormat, ImageSize, StorePath};

section! {
    /// How a disk image is made.
    Image, "an attribute set with `size` and `mkfs`";

    /// What it is written as: `raw` or `qcow2`.
    format: ImageFormat = "format" [default "\"raw\""] example "\"qcow2\"";

    /// The size of the disk; `auto` is as large as it has to be. `disks.<name>.imageSize` goes before it.
    size: ImageSize = "size" [default "\"auto\""] example "\"20G\"";

    /// How much room the partition of `100%` has left over where the size is `auto`.
    free_space: ByteSize = "freeSpace" [default "\"512M\""] example "\"2G\"";

    /// The packages with `bin/mkfs.TYPE` or `sbin/mkfs.TYPE`, by type of file system. `vfat` and swap need none.
    mkfs: Named<DeviceName, StorePath> = "mkfs" [default "{ }"] example "{ ext4 = pkgs.e2fsprogs; }";

    /// The package with `bin/system-installer`.
    builder: StorePath = "builder" [default "the one that comes with the builtin"]
        example "\"${systemInstaller}\"";
}
