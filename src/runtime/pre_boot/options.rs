//! How `pre-boot` is called, and what is wrong with a call.

use std::path::{Path, PathBuf};

use boot::loaders::{self, BootLoader};
use step::PreBoot;

use crate::pre_init::was_initialised;

/// How `pre-boot` was called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// The system that becomes the default entry; `None` for the one that the script belongs to.
    pub system: Option<PathBuf>,
    /// Where the system's root is; `/` without one.
    pub prefix: Option<PathBuf>,
    /// Devices or files to use in place of the plan's GRUB devices.
    pub grub_devices: Vec<PathBuf>,
    /// The mount point to use in place of the plan's EFI system partitions.
    pub efi_sys_mount_point: Option<PathBuf>,
    /// The profile whose generations fill the menu, an absolute path beneath the prefix.
    pub profile: Option<String>,
    /// Whether to go on where [`Refusal`](super::Refusal) would refuse.
    pub force: bool,
    /// The mount points of the file systems that are to be made from the tree beneath the prefix, as for an image. With
    /// it, this machine's file systems and firmware are not looked at.
    pub planned: Option<Vec<String>>,
    /// Whether to print the steps and change nothing.
    pub dry_run: bool,
    /// Whether to print JSON.
    pub json: bool,
}

impl Options {
    /// Where the system's root is.
    pub(super) fn prefix(&self) -> &Path {
        self.prefix.as_deref().unwrap_or(Path::new("/"))
    }
}

/// What is wrong with a call.
#[derive(Debug, thiserror::Error)]
pub enum Usage {
    /// An option for a boot loader that the plan does not have.
    #[error("`{option}` has nothing to override: the plan of `{name}` has {has}")]
    NothingToOverride {
        /// The option.
        option: &'static str,
        /// The plan.
        name: String,
        /// What the plan has instead.
        has: &'static str,
    },
    /// The same device twice.
    #[error("`--override-grub-device` names `{}` twice", .0.display())]
    Twice(PathBuf),
    /// A profile whose path is not absolute.
    #[error("`--profile={0}` is not an absolute path (beneath the prefix)")]
    Profile(String),
    /// The device is an image, and no prefix is given: `/` is used, which these programs did not set up. The image's
    /// own root is probably mounted elsewhere.
    #[error(
        "`{}` is the image of a disk, but the menu would go to this machine's own `/boot`, which system-installer did not \
         set up: say `--prefix=DIR`, or `--prefix=/` to insist",
        .0.display()
    )]
    ForeignRoot(PathBuf),
    /// The boot loader is a command of the plan, which takes no such option.
    #[error("`{0}` means nothing to the command that is the boot loader of `{1}`")]
    External(&'static str, String),
}

/// Refuses options that the plan has no use for.
///
/// # Errors
/// [`Usage`].
pub fn check_usage(step: &PreBoot, options: &Options) -> Result<(), Usage> {
    let nothing = |option, has| {
        let name = step.name.clone();
        Err(Usage::NothingToOverride { option, name, has })
    };
    let devices = "--override-grub-device";
    let esp = "--override-efi-sys-mount-point";
    let loader = step.boot.as_ref().map(|boot| loaders::of(&boot.loader));
    let has = loader.map_or("no `boot.loader`", BootLoader::described);
    if !options.grub_devices.is_empty() && loader.and_then(BootLoader::disks).is_none() {
        return nothing(devices, has);
    }
    if options.efi_sys_mount_point.is_some() && !loader.is_some_and(BootLoader::uses_esps) {
        return nothing(esp, has);
    }
    if loader.is_some_and(BootLoader::is_command) {
        if options.profile.is_some() {
            return Err(Usage::External("--profile", step.name.clone()));
        }
        if options.prefix() != Path::new("/") {
            return Err(Usage::External("--prefix", step.name.clone()));
        }
    }
    if let Some(profile) = &options.profile
        && !profile.starts_with('/')
    {
        return Err(Usage::Profile(profile.clone()));
    }
    for (n, device) in options.grub_devices.iter().enumerate() {
        if options.grub_devices[..n].contains(device) {
            return Err(Usage::Twice(device.clone()));
        }
    }
    let image = options.grub_devices.iter().find(|device| device.is_file());
    if let Some(image) = image
        && options.prefix.is_none()
        && !was_initialised(options.prefix())
    {
        return Err(Usage::ForeignRoot(image.clone()));
    }
    Ok(())
}
