//! `pre-boot`: installs the boot loader of a plan that has one.
//!
//! Everything is read, checked and decided before the first write; what comes out is one list of operations, which a dry
//! run prints and a run carries out. What is in place already is not in it.

mod notes;
mod options;
mod refusal;
mod report;

use std::path::{Path, PathBuf};
use std::time::Duration;

use boot::device::{self, Device, open_all};
use boot::loaders::{self, Request};
use boot::operation::{self, World};
use boot::{Operation, Places, efi_variables, generations, store};
use prefix::{self, Lock, Prefix};
use step::{Boot, PREFIX_VARIABLE, PreBoot};

use notes::Notes;
pub use options::{Options, Usage, check_usage};
pub use refusal::{Refusal, Use};
pub use report::Report;

/// How long another run, or udev, is waited for. Kernels that are copied onto a slow disk take a minute.
const PATIENCE: Duration = Duration::from_secs(120);

/// Why no boot loader was installed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The options contradict the plan or each other.
    #[error(transparent)]
    Usage(#[from] Usage),
    /// The place is not one that this machine boots from, or is one that another system boots from.
    #[error("{}", .0.with_remedy())]
    Refused(Refusal),
    /// An error of a file system operation.
    #[error(transparent)]
    Prefix(#[from] prefix::Error),
    /// An error in the store.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// An error on a disk.
    #[error(transparent)]
    Device(#[from] device::Error),
    /// An error of the boot loader's own.
    #[error(transparent)]
    Loader(#[from] loaders::Error),
    /// An operation failed.
    #[error(transparent)]
    Operation(#[from] operation::Error),
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
    let loader = loaders::of(&boot.loader);
    // A command of the plan's looks after everything itself, and runs every time.
    let keeps_notes = !loader.is_command();
    let (notes, _locks) = if keeps_notes && !options.dry_run {
        let notes = Notes::open(&world.places.root)?;
        let locks = lock(&world.places, notes.is_some())?;
        (notes, locks)
    } else {
        (None, Vec::new())
    };
    let is_unfinished = keeps_notes && notes::is_unfinished(&world.places.root)?;
    // Without a place for a note, it is unknown whether an earlier run was interrupted.
    if keeps_notes && !options.dry_run && (is_unfinished || notes.is_none()) {
        let directories = loader.directories();
        world.settle(if loader.reads_root() { &directories } else { &[] })?;
    }
    let mut operations = decide(step, boot, options, &world, &mut report.warnings)?;
    if !operations.is_empty() || is_unfinished {
        operations.extend(hooks(step, options));
    }
    if !operations.is_empty() {
        for operation in &operations {
            report.steps.push(world.describe(operation)?);
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

/// Refuses what [`Refusal`] describes. With `--force`, the refusals become warnings.
fn refuse(boot: &Boot, root: &Prefix, options: &Options) -> Result<Vec<String>, Error> {
    let refusals = refusal::find(boot, root, options)?;
    match refusals.first() {
        Some(refusal) if !options.force => Err(Error::Refused(refusal.clone())),
        _ => Ok(refusals.iter().map(Refusal::to_string).collect()),
    }
}

/// Whether something goes onto EFI system partitions.
fn has_efi(boot: &Boot) -> bool {
    loaders::of(&boot.loader).uses_esps()
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

/// The disks whose boot sectors are written.
fn grub_devices(boot: &Boot, options: &Options) -> Vec<PathBuf> {
    match (loaders::of(&boot.loader).disks(), &options.grub_devices[..]) {
        (None, _) => Vec::new(),
        (Some(planned), []) => planned.iter().map(PathBuf::from).collect(),
        (Some(_), named) => named.to_owned(),
    }
}

/// Opens the disks that GRUB for BIOS goes to. With `--force`, disks of the plan that are missing are left out.
fn open_devices(boot: &Boot, options: &Options) -> Result<Vec<Device>, Error> {
    let mut devices = grub_devices(boot, options);
    if options.force && options.grub_devices.is_empty() {
        devices.retain(|device| device.exists());
    }
    Ok(open_all(&devices, (!options.dry_run).then_some(PATIENCE))?)
}

/// Refuses places that the boot loader cannot go to. The system itself need not be beneath the prefix yet: it may still
/// have to be copied there from this machine's store.
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
    loaders::of(&boot.loader).boot_sectors(&world, &mut Vec::new())?;
    Ok(())
}

/// Locks the places, so that two runs come one after the other. The order is always the same, so that they do not wait
/// for each other. Each directory is locked once: otherwise this process would wait for itself.
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
    let mut decided = loaders::decide(&request, &world.places)?;
    warnings.append(&mut decided.warnings);
    let writes = loaders::of(&boot.loader).boot_sectors(world, warnings)?;
    let at = decided.boot_sectors_at;
    decided.operations.splice(at..at, writes);
    Ok(decided.operations)
}
