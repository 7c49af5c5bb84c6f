//! How `pre-boot` is called, and what is wrong with a call.

use std::path::{Path, PathBuf};

use boot::loaders::{self, BootLoader};
use step::PreBoot;

use crate::pre_init::was_initialised;

/// How `pre-boot` was called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// The system that becomes the default entry; the script's own without one.
    pub system: Option<PathBuf>,
    /// Where the system's root is; `/` without one.
    pub prefix: Option<PathBuf>,
    /// Devices or files that take the place of the plan's GRUB devices.
    pub grub_devices: Vec<PathBuf>,
    /// What takes the place of the plan's mount points of ESPs.
    pub efi_sys_mount_point: Option<PathBuf>,
    /// The profile whose generations fill the menu, an absolute path beneath the prefix.
    pub profile: Option<String>,
    /// Go on with what is refused otherwise ([`Refusal`](super::Refusal)).
    pub force: bool,
    /// For a tree beneath the prefix that file systems are yet to be made of: their mount points. Nothing is then asked of
    /// this machine's file systems and firmware.
    pub planned: Option<Vec<String>>,
    /// Print the steps, and change nothing.
    pub dry_run: bool,
    /// Print JSON.
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
    /// A profile that is not named from the prefix on.
    #[error("`--profile={0}` is not an absolute path (beneath the prefix)")]
    Profile(String),
    /// An image, whose root is mounted somewhere, together with a root that has nothing to do with it.
    #[error(
        "`{}` is the image of a disk, but the menu would go to this machine's own `/boot`, which system-installer did not \
         set up: say `--prefix=DIR`, or `--prefix=/` to insist",
        .0.display()
    )]
    ForeignRoot(PathBuf),
    /// A command that looks after everything itself.
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
