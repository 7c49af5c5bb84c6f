//! `image`: how a disk image of the system is made. It does not change the system itself.

use crate::Named;
use crate::section::section;
use crate::text::{ByteSize, DeviceName, ImageFormat, ImageSize, StorePath};

section! {
    /// How a disk image is made.
    Image, "an attribute set with `size` and `mkfs`";

    /// The format of the image: `raw` or `qcow2`.
    format: ImageFormat = "format" [default "\"raw\""] example "\"qcow2\"";

    /// The size of the disk. `auto` makes it as large as what is on it needs. `disks.<name>.imageSize` goes before it.
    size: ImageSize = "size" [default "\"auto\""] example "\"20G\"";

    /// With the size `auto`: how much free space the partition of size `100%` gets.
    free_space: ByteSize = "freeSpace" [default "\"512M\""] example "\"2G\"";

    /// The packages with `bin/mkfs.TYPE` or `sbin/mkfs.TYPE`, by type of file system. `vfat` and swap need none.
    mkfs: Named<DeviceName, StorePath> = "mkfs" [default "{ }"] example "{ ext4 = pkgs.e2fsprogs; }";

    /// The package with `bin/system-installer`.
    builder: StorePath = "builder" [default "the one that comes with the builtin"]
        example "\"${systemInstaller}\"";
}
