//! `pre-boot`: installs the boot loader of a plan that has one.
//!
//! Everything is read, checked and decided before the first write; what comes out is one list of operations, which a dry
//! run prints and a run carries out. What is in place already is not in it.

mod notes;
mod refusal;

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

use crate::pre_init::was_initialised;
use boot::device::{self, Device, open_all};
use boot::grub_bios::{self, Images};
use boot::install::{self, Request};
use boot::operation::{self, Told, World};
use boot::readable;
use boot::store;
use boot::{Operation, Places, efi_variables, generations};
use notes::Notes;
use prefix::{self, Lock, Prefix};
pub use refusal::{Refusal, Use};
use step::{Boot, Grub, GrubBios, Loader, PREFIX_VARIABLE, PreBoot};

/// How long another run, or udev, is waited for. Kernels that are copied onto a slow disk take a minute.
const PATIENCE: Duration = Duration::from_secs(120);

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
    /// Go on with what is refused otherwise ([`Refusal`]).
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
    fn prefix(&self) -> &Path {
        self.prefix.as_deref().unwrap_or(Path::new("/"))
    }
}

/// Why no boot loader was installed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The options contradict the plan or each other.
    #[error(transparent)]
    Usage(#[from] Usage),
    /// Nothing that this machine boots from, or something that another one does.
    #[error("{}", .0.with_remedy())]
    Refused(Refusal),
    /// In a file system.
    #[error(transparent)]
    Prefix(#[from] prefix::Error),
    /// In the store.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// On a disk.
    #[error(transparent)]
    Device(#[from] device::Error),
    /// The menu, or a boot loader for UEFI.
    #[error(transparent)]
    Install(#[from] install::Error),
    /// GRUB does not go there.
    #[error(transparent)]
    GrubBios(#[from] grub_bios::Error),
    /// An operation failed.
    #[error(transparent)]
    Operation(#[from] operation::Error),
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

/// What a run did, or with `--dry-run` would do.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The plan's name.
    pub name: String,
    /// `unchanged` or `installed`.
    pub outcome: &'static str,
    /// The operations, in order.
    pub steps: Vec<Told>,
    /// What a person should know.
    pub warnings: Vec<String>,
    /// Whether nothing was changed because `--dry-run` was given.
    pub dry_run: bool,
    /// Whether the plan has a boot loader.
    #[serde(skip)]
    has_loader: bool,
}

impl fmt::Display for Report {
    /// With `--dry-run` each step on a line of its own; then the warnings, and a summary.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        if self.dry_run {
            for step in &self.steps {
                writeln!(f, "{step}")?;
            }
        }
        for warning in &self.warnings {
            writeln!(f, "warning: {warning}")?;
        }
        match (self.has_loader, self.steps.len()) {
            (false, _) => writeln!(f, "nothing to install: the plan of `{name}` has no boot loader"),
            (true, 0) => writeln!(f, "nothing to do: the boot loader of `{name}` is in place"),
            (true, n) => {
                let verb = if self.dry_run {
                    "would be installed"
                } else {
                    "is installed"
                };
                let steps = if n == 1 { "step" } else { "steps" };
                writeln!(f, "the boot loader of `{name}` {verb}: {n} {steps}")
            }
        }
    }
}

/// Installs the boot loader, or with `--dry-run` finds out what there is to do. A plan without `boot` has none.
///
/// # Errors
/// See [`Error`].
pub fn run(step: &PreBoot, options: &Options) -> Result<Report, Error> {
    check_usage(step, options)?;
    let mut report = Report {
        name: step.name.clone(),
        outcome: "unchanged",
        steps: Vec::new(),
        warnings: Vec::new(),
        dry_run: options.dry_run,
        has_loader: step.boot.is_some(),
    };
    let Some(boot) = &step.boot else {
        return Ok(report);
    };
    let root = Prefix::open(options.prefix())?;
    report.warnings = refuse(boot, &root, options)?;
    let world = open(boot, &step.system, root, options)?;
    // A command of the plan's looks after everything itself, and runs every time.
    let keeps_notes = !matches!(boot.loader, Loader::External(_));
    let (notes, _locks) = if keeps_notes && !options.dry_run {
        let notes = Notes::open(&world.places.root)?;
        let locks = lock(&world.places, notes.is_some())?;
        (notes, locks)
    } else {
        (None, Vec::new())
    };
    let is_unfinished = keeps_notes && notes::is_unfinished(&world.places.root)?;
    // Without a place for a note, every earlier run may be an unfinished one.
    if keeps_notes && !options.dry_run && (is_unfinished || notes.is_none()) {
        world.settle(matches!(boot.loader, Loader::Grub(_)))?;
    }
    let mut operations = decide(step, boot, options, &world, &mut report.warnings)?;
    if !operations.is_empty() || is_unfinished {
        operations.extend(hooks(step, options));
    }
    if !operations.is_empty() {
        for operation in &operations {
            report.steps.push(world.tell(operation)?);
        }
        report.outcome = "installed";
    }
    if !options.dry_run {
        if let Some(notes) = &notes
            && !operations.is_empty()
        {
            notes.begin()?;
        }
        world.execute(&operations)?;
        if let Some(notes) = &notes {
            notes.end()?;
        }
    }
    Ok(report)
}

/// The plan's hooks.
fn hooks<'a>(step: &'a PreBoot, options: &Options) -> impl Iterator<Item = Operation> + 'a {
    let prefix = options.prefix();
    let prefix = prefix.canonicalize().unwrap_or_else(|_| prefix.to_owned());
    let prefix = prefix.display().to_string();
    step.hooks.iter().map(move |command| Operation::Run {
        command: command.clone(),
        environment: vec![(PREFIX_VARIABLE.to_owned(), prefix.clone())],
    })
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
    let (bios, efi, has) = match step.boot.as_ref().map(|boot| &boot.loader) {
        None => (false, false, "no `boot.loader`"),
        Some(Loader::Grub(grub)) if grub.bios.is_none() => (false, true, "GRUB for UEFI alone"),
        Some(Loader::Grub(grub)) => (true, grub.efi.is_some(), "GRUB for BIOS alone"),
        Some(Loader::SystemdBoot(_)) => (false, true, "systemd-boot, which is for UEFI"),
        Some(Loader::External(_)) => (false, false, "a command of its own as boot loader"),
    };
    if !options.grub_devices.is_empty() && !bios {
        return nothing(devices, has);
    }
    if options.efi_sys_mount_point.is_some() && !efi {
        return nothing(esp, has);
    }
    if let Some(Loader::External(_)) = step.boot.as_ref().map(|boot| &boot.loader) {
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

/// Refuses what [`Refusal`] tells of; with `--force` these are warnings.
fn refuse(boot: &Boot, root: &Prefix, options: &Options) -> Result<Vec<String>, Error> {
    let refusals = refusal::find(boot, root, options)?;
    match refusals.first() {
        Some(refusal) if !options.force => Err(Error::Refused(refusal.clone())),
        _ => Ok(refusals.iter().map(Refusal::to_string).collect()),
    }
}

/// Whether something goes onto EFI system partitions.
fn has_efi(boot: &Boot) -> bool {
    match &boot.loader {
        Loader::Grub(grub) => grub.efi.is_some(),
        Loader::SystemdBoot(_) => true,
        Loader::External(_) => false,
    }
}

/// Opens the file systems and disks that the plan or the options name.
fn open(boot: &Boot, system: &str, root: Prefix, options: &Options) -> Result<World, Error> {
    let mut esps = Vec::new();
    if has_efi(boot) {
        match &options.efi_sys_mount_point {
            Some(path) => esps.push(Prefix::open(path)?),
            None => {
                for path in &boot.efi.mount_points {
                    esps.push(root.open_beneath(path)?);
                }
            }
        }
    }
    Ok(World {
        system: system.to_owned(),
        places: Places {
            root,
            esps,
            planned: options.planned.clone(),
        },
        devices: open_devices(boot, options)?,
    })
}

/// The disks that GRUB for BIOS goes to.
fn grub_devices(boot: &Boot, options: &Options) -> Vec<PathBuf> {
    match &boot.loader {
        Loader::Grub(Grub {
            bios: Some(_), devices, ..
        }) => match &options.grub_devices[..] {
            [] => devices.iter().map(PathBuf::from).collect(),
            named => named.to_owned(),
        },
        _ => Vec::new(),
    }
}

/// Opens the disks that GRUB for BIOS goes to. With `--force`, a disk of the plan's that is not there is left out.
fn open_devices(boot: &Boot, options: &Options) -> Result<Vec<Device>, Error> {
    let mut devices = grub_devices(boot, options);
    if options.force && options.grub_devices.is_empty() {
        devices.retain(|device| device.exists());
    }
    Ok(open_all(&devices, (!options.dry_run).then_some(PATIENCE))?)
}

/// Refuses places that the boot loader cannot go to, for a system that may still have to be copied from this machine's store to
/// the prefix.
///
/// # Errors
/// See [`Error`].
pub fn check_places(step: &PreBoot, options: &Options) -> Result<(), Error> {
    let Some(boot) = &step.boot else { return Ok(()) };
    let root = Prefix::open(options.prefix())?;
    refuse(boot, &root, options)?;
    let world = World {
        system: step.system.clone(),
        places: Places {
            root,
            esps: Vec::new(),
            planned: None,
        },
        devices: open_devices(boot, options)?,
    };
    if let Loader::Grub(Grub { bios: Some(bios), .. }) = &boot.loader {
        bios_writes(&world, bios, &mut Vec::new())?;
    }
    Ok(())
}

/// Locks the places, so that two runs come one after the other. Always in the same order, and each directory once: this
/// process would wait for itself.
fn lock(places: &Places, has_notes: bool) -> Result<Vec<Lock>, Error> {
    let mut order: Vec<((u64, u64), &Prefix, &str)> = Vec::new();
    let root = (&places.root, if has_notes { notes::DIRECTORY } else { "/" });
    for (place, path) in std::iter::once(root).chain(places.esps.iter().map(|esp| (esp, "/"))) {
        let Some(found) = place.inspect(path)? else { continue };
        let identity = (found.device, found.inode);
        let at = order.partition_point(|(other, ..)| *other < identity);
        if order.get(at).is_none_or(|(other, ..)| *other != identity) {
            order.insert(at, (identity, place, path));
        }
    }
    let locks = order
        .into_iter()
        .map(|(_, place, path)| place.lock_within(path, Some(PATIENCE)));
    Ok(locks.collect::<Result<_, _>>()?)
}

/// What there is to do.
fn decide(
    step: &PreBoot,
    boot: &Boot,
    options: &Options,
    world: &World,
    warnings: &mut Vec<String>,
) -> Result<Vec<Operation>, Error> {
    // With an override, the disk is another machine's, or an image: this machine's firmware has nothing to do with it.
    let is_of_this_machine =
        options.grub_devices.is_empty() && options.efi_sys_mount_point.is_none() && options.planned.is_none();
    let request = Request {
        step,
        boot,
        system: options.system.as_deref(),
        profile: options.profile.as_deref().unwrap_or(generations::PROFILE),
        firmware: is_of_this_machine.then_some(Path::new(efi_variables::DIRECTORY)),
    };
    let mut decided = install::decide(&request, &world.places)?;
    warnings.append(&mut decided.warnings);
    if let Loader::Grub(Grub { bios: Some(bios), .. }) = &boot.loader {
        let writes = bios_writes(world, bios, warnings)?;
        let at = decided.boot_sectors_at;
        decided.operations.splice(at..at, writes);
    }
    Ok(decided.operations)
}

/// The writes to the disks that BIOS boots from: each gets all that it needs to boot without the others.
fn bios_writes(world: &World, bios: &GrubBios, warnings: &mut Vec<String>) -> Result<Vec<Operation>, Error> {
    let mut operations = Vec::new();
    if world.devices.is_empty() {
        return Ok(operations);
    }
    let store = world.store();
    let images = Images::new(
        (store.read(&bios.boot)?, &bios.boot),
        (store.read(&bios.core)?, &bios.core),
    )?;
    let root = world.places.root.own_file_system(readable::DIRECTORY)?;
    for (number, device) in world.devices.iter().enumerate() {
        let installation = grub_bios::install(device, number, &images, root.as_ref())?;
        operations.extend(installation.operations);
        warnings.extend(installation.warnings);
    }
    Ok(operations)
}
