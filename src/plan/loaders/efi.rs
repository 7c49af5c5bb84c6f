//! `boot.loader.efi`: where boot loaders for UEFI go.

use crate::many::MountPoints;
use crate::section::section;

section! {
    /// The EFI system partitions.
    Efi, "an attribute set with `efiSysMountPoint`";

    /// Where the EFI system partition is mounted; a list names mirrors of each other.
    efi_sys_mount_point: MountPoints = "efiSysMountPoint" [default "\"/boot\""] example "\"/efi\"";

    /// Whether the firmware's list of what it boots may be changed.
    can_touch_efi_variables: bool = "canTouchEfiVariables" [default "false"] example "true";
}
