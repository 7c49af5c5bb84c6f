//! `pre-boot`: installs the boot loader of a plan that has one.

use std::path::{Path, PathBuf};

use crate::plan::step::PreBoot;

/// How `pre-boot` was called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The system that becomes the default entry; the script's own without one.
    pub system: Option<PathBuf>,
    /// Where the system's root is.
    pub prefix: PathBuf,
    /// Devices or files that take the place of the plan's GRUB devices.
    pub grub_devices: Vec<PathBuf>,
    /// What takes the place of the plan's mount point of the ESP.
    pub efi_sys_mount_point: Option<PathBuf>,
    /// The profile whose generations fill the menu.
    pub profile: Option<PathBuf>,
    /// Print the steps, and change nothing.
    pub dry_run: bool,
    /// Print JSON.
    pub json: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            system: None,
            prefix: PathBuf::from("/"),
            grub_devices: Vec::new(),
            efi_sys_mount_point: None,
            profile: None,
            dry_run: false,
            json: false,
        }
    }
}

/// Why no boot loader was installed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An option for a boot loader that the plan does not have.
    #[error("`{0}` has nothing to override: the plan has no `boot.loader`")]
    NothingToOverride(&'static str),
}

/// Installs the boot loader, and gives what to print. A plan without `boot` has none.
///
/// # Errors
/// See [`Error`].
pub fn main(step: &PreBoot, _script: &Path, options: &Options) -> Result<String, Error> {
    if !options.grub_devices.is_empty() {
        return Err(Error::NothingToOverride("--override-grub-device"));
    }
    if options.efi_sys_mount_point.is_some() {
        return Err(Error::NothingToOverride("--override-efi-sys-mount-point"));
    }
    if options.json {
        // The shape of a report of `pre-init`.
        return Ok(serde_json::json!({ "name": step.name, "outcome": "unchanged", "steps": [] }).to_string());
    }
    Ok(format!(
        "nothing to install: the plan of `{}` has no boot loader",
        step.name
    ))
}
