//! What pre-boot refuses without `--force`, before it writes anything: places that this machine does not boot from, and
//! disks that belong to something else. This module only reads.

use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::{Options, grub_devices};
use boot::block::{self, Identity};
use boot::mount_table::{self, Disks, Mount};
use boot::{innermost, kind, loaders};
use prefix::{self, Prefix};
use step::Boot;

/// Why nothing is written without `--force`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// No file system is mounted there: the loader's files would lie in the directory below the mount point.
    NotMounted {
        /// The mount point, beneath the prefix.
        path: PathBuf,
        /// The mount point in the system.
        mount_point: String,
    },
    /// A file system of another type is mounted there.
    OtherFileSystem {
        /// The mount point, beneath the prefix.
        path: PathBuf,
        /// The mount point in the system.
        mount_point: String,
        /// The type that the plan has.
        wanted: String,
        /// The type that is mounted.
        found: String,
    },
    /// A disk of the plan's is not there.
    NoDisk(PathBuf),
    /// The prefix does not lie on the disk, or the disk is also used for something else.
    OtherDisk {
        /// The disk, as it was named.
        device: PathBuf,
        /// The prefix, as it was named.
        prefix: PathBuf,
        /// Whether the prefix lies on it.
        is_beneath: bool,
        /// What else it is used for.
        other: Option<Use>,
        /// Whether an option names it.
        is_override: bool,
    },
}

/// What this machine uses a disk for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Use {
    /// A file system is mounted there.
    Mounted(PathBuf),
    /// Swap space is on this device.
    Swap(PathBuf),
    /// The kernel says that it is in use, but not what for, as where it is mounted for other processes alone.
    Held,
}

impl Refusal {
    /// What is wrong, and what a person can do.
    pub fn with_remedy(&self) -> String {
        let remedy = match self {
            Self::NotMounted { .. } => "mount it, or give --force",
            Self::OtherFileSystem { .. } => "mount the plan's, or give --force",
            Self::NoDisk(_) => "name another disk in --override-grub-device, or give --force to do without it",
            Self::OtherDisk { is_override: false, .. } => {
                "name the right disk in --override-grub-device, or give --force"
            }
            Self::OtherDisk { .. } => "name another disk, or give --force",
        };
        format!("{self}: {remedy}")
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotMounted { path, mount_point } => {
                let path = path.display();
                write!(
                    f,
                    "`{path}` is not a mount point, and the plan has `fileSystems.\"{mount_point}\"`"
                )
            }
            Self::OtherFileSystem {
                path,
                mount_point,
                wanted,
                found,
            } => {
                let path = path.display();
                write!(
                    f,
                    "`{path}` is a file system of type `{found}`, and the plan has `fileSystems.\"{mount_point}\"` of type `{wanted}`"
                )
            }
            Self::NoDisk(device) => write!(f, "there is no `{}`, which the plan has GRUB on", device.display()),
            Self::OtherDisk {
                device,
                prefix,
                is_beneath,
                other,
                ..
            } => {
                write!(f, "`{}` holds ", device.display())?;
                let prefix = prefix.display();
                match other {
                    None => return write!(f, "nothing of `{prefix}`"),
                    Some(Use::Mounted(point)) => write!(f, "`{}` of this machine", point.display())?,
                    Some(Use::Swap(path)) => write!(f, "swap space of this machine (`{}`)", path.display())?,
                    Some(Use::Held) => f.write_str("something that this machine uses")?,
                }
                if *is_beneath {
                    write!(f, ", not only `{prefix}`")
                } else {
                    write!(f, ", and nothing of `{prefix}`")
                }
            }
        }
    }
}

/// All that is to be refused. For an image's tree that is nothing: this machine's mounts have nothing to do with it.
///
/// # Errors
/// Where the prefix cannot be looked at.
pub(super) fn find(boot: &Boot, root: &Prefix, options: &Options) -> Result<Vec<Refusal>, prefix::Error> {
    if options.planned.is_some() {
        return Ok(Vec::new());
    }
    let mut refusals = mounts(boot, root, options)?;
    refusals.extend(disks(boot, root, options));
    Ok(refusals)
}

/// Refuses mount points of the plan that the loader's files go to, where the plan's file system is not mounted.
fn mounts(boot: &Boot, root: &Prefix, options: &Options) -> Result<Vec<Refusal>, prefix::Error> {
    let Some(mounts) = &boot.mounts else {
        return Ok(Vec::new());
    };
    let mut wanted: Vec<&String> = Vec::new();
    for path in directories(boot, options) {
        let file = format!("{path}/file");
        let mount_point = innermost(mounts.keys(), &file);
        wanted.extend(mount_point.filter(|point| !wanted.contains(point)));
    }
    let mut refusals = Vec::new();
    for mount_point in wanted {
        let mounted = if root.leads_to_directory(mount_point)? {
            root.open_beneath(mount_point)?.mounted()?
        } else {
            None
        };
        let (path, mount_point) = (root.display(mount_point), mount_point.clone());
        let Some(found) = mounted else {
            refusals.push(Refusal::NotMounted { path, mount_point });
            continue;
        };
        let wanted = mounts.get(&mount_point).map_or("auto", String::as_str);
        if !kind::may_be(found, wanted) {
            refusals.push(Refusal::OtherFileSystem {
                path,
                mount_point,
                wanted: wanted.to_owned(),
                found: kind::name(found),
            });
        }
    }
    Ok(refusals)
}

/// The directories beneath the root that the loader's files go to. A directory that an option names is left out: the
/// user chose it, so it is not checked.
fn directories(boot: &Boot, options: &Options) -> Vec<String> {
    let loader = loaders::of(&boot.loader);
    let mut directories = loader.directories();
    if options.efi_sys_mount_point.is_none() && (loader.is_command() || loader.uses_esps()) {
        directories.extend(boot.efi.mount_points.iter().cloned());
    }
    directories
}

/// Refuses disks for GRUB that are missing, or that are used for something else. One that the prefix does not lie on is
/// refused unless an option names it.
fn disks(boot: &Boot, root: &Prefix, options: &Options) -> Vec<Refusal> {
    let is_override = !options.grub_devices.is_empty();
    let mut refusals = Vec::new();
    let mut surroundings = None;
    for device in grub_devices(boot, options) {
        let number = match fs::metadata(&device) {
            Err(error) if error.kind() == ErrorKind::NotFound && !is_override => {
                refusals.push(Refusal::NoDisk(device));
                continue;
            }
            // What is no disk at all is refused when it is opened. A file is not checked: the user chose it.
            _ => block::number(&device).filter(|number| block::attribute(*number, "partition").is_none()),
        };
        let Some(number) = number else { continue };
        let surroundings = surroundings.get_or_insert_with(|| Surroundings::of(boot, root, options));
        let is_beneath = surroundings.is_beneath(number);
        let other = surroundings.other_use(&device, number);
        if other.is_some() || !(is_beneath || is_override) {
            refusals.push(Refusal::OtherDisk {
                device,
                prefix: options.prefix().to_owned(),
                is_beneath,
                other,
                is_override,
            });
        }
    }
    refusals
}

/// What this machine has mounted, and what the prefix lies on.
struct Surroundings {
    /// The prefix, absolute and without links.
    prefix: PathBuf,
    mounts: Option<Vec<Mount>>,
    own: Disks,
}

impl Surroundings {
    /// Finds the disks that the system needs to start: those of its root, of its store, and of the boot loader's files.
    /// Mirrors of an EFI system partition lie on several disks.
    fn of(boot: &Boot, root: &Prefix, options: &Options) -> Self {
        let prefix = options.prefix();
        let prefix = prefix.canonicalize().unwrap_or_else(|_| prefix.to_owned());
        let mounts = mount_table::mounts();
        let mut own = Disks::default();
        let mut add = |device, path: &Path| {
            let disks = mount_table::disks(device, path, mounts.as_deref());
            own.found.extend(disks.found);
            own.is_open |= disks.is_open;
        };
        let base = ["/", "/nix/store"].map(str::to_owned);
        for path in base.into_iter().chain(directories(boot, options)) {
            let path = format!("{}/file", path.trim_end_matches('/'));
            if let Ok(found) = root.file_system(&path) {
                add(found.device, &prefix.join(found.top.trim_start_matches('/')));
            }
        }
        if let Some(path) = &options.efi_sys_mount_point
            && let (Ok(path), Ok(Some(found))) =
                (path.canonicalize(), Prefix::open(path).and_then(|esp| esp.inspect("/")))
        {
            add(found.device, &path);
        }
        Self { prefix, mounts, own }
    }

    /// Whether the prefix lies on the disk `number`. If the kernel does not tell which disks its file systems lie on,
    /// any disk may be one of them.
    fn is_beneath(&self, number: u64) -> bool {
        self.own.is_open || !block::is_known() || are_shared(number, &self.own.found)
    }

    /// What the disk is used for besides the prefix.
    fn other_use(&self, device: &Path, number: u64) -> Option<Use> {
        let mounts = self.mounts.as_deref()?;
        let (mut is_mounted, mut elsewhere) = (false, None::<&Mount>);
        for mount in mounts {
            if !are_shared(number, &mount.disks(mounts).found) {
                continue;
            }
            is_mounted = true;
            // The shortest mount point describes the disk best.
            let length = |mount: &Mount| mount.point.as_os_str().len();
            let is_better = elsewhere.is_none_or(|best| length(mount) < length(best));
            if !mount.point.starts_with(&self.prefix) && is_better {
                elsewhere = Some(mount);
            }
        }
        if let Some(mount) = elsewhere {
            return Some(Use::Mounted(mount.point.clone()));
        }
        // Whoever installs a system onto the disk may have turned on its swap, too.
        if self.is_beneath(number) {
            return None;
        }
        let swap = mount_table::swaps()
            .into_iter()
            .find(|(_, disks)| are_shared(number, disks));
        if let Some((path, _)) = swap {
            return Some(Use::Swap(path));
        }
        (!is_mounted && is_held(device, number)).then_some(Use::Held)
    }
}

/// Whether the disk `number`, or what is behind it if it is a loop device, is one of `disks`.
fn are_shared(number: u64, disks: &[Identity]) -> bool {
    disks.contains(&(number, 0)) || block::backing(number).is_some_and(|file| disks.contains(&file))
}

/// Whether the disk or a partition of it is in use, other than by a device that is made of it, such as a volume group
/// that nobody uses. So it is where it is mounted in another mount namespace, or has a member of a pool.
fn is_held(device: &Path, number: u64) -> bool {
    let flags = OFlags::RDONLY | OFlags::EXCL | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let is_taken = matches!(rustix::fs::open(device, flags, Mode::empty()), Err(Errno::BUSY));
    is_taken && block::holders(number).is_empty()
}
