//! `.image`: the disks of a plan, each as a file.
//!
//! 1. The root is staged as one tree, with the store mounted in it.
//! 2. The disks are laid out with more room than they need: the size of their contents is not known yet, and pre-boot has to
//!    find the partitions that it writes to.
//! 3. pre-boot's own code installs the boot loader, as it does on a machine.
//! 4. The tree is split at the mount points. Each part says how large its file system must be, and so the disks get their final
//!    size. Only the end of a disk moves by that: what pre-boot wrote stays where it is.
//! 5. The partitions are filled, and the disks are packed into the format that the plan asks for.

use std::fs;
use std::path::{Path, PathBuf};

use super::describe::{self, Described};
use super::disk_file::{self, DiskFile};
use super::disks::{self, Held, PlannedDisk};
use super::fill::{self, Source};
use super::format::{Encoding, ImageFormat, Pack};
use super::identity::Identity;
use super::links::Links;
use super::log::Log;
use super::request::{self, Request};
use super::root::{self, StagedRoot};
use super::settings::{self, Settings};
use super::system::{self, System};
use boot::loaders::{self, BootLoader};
use plan::image_plan::read_image_plan;
use plan::problem::Problem;
use runtime::pre_boot;
use tree::path::{STORE_DIR, beneath};
use tree::{FileError, Tree};

/// Why there is no image.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The derivation.
    #[error(transparent)]
    Request(#[from] request::Error),
    /// The system.
    #[error(transparent)]
    System(#[from] system::Error),
    /// The section `image` or `disks` is wrong.
    #[error("{}", lines(.0))]
    Plan(Vec<Problem>),
    /// The disks of the plan.
    #[error(transparent)]
    Disks(#[from] disks::Error),
    /// The settings of the image.
    #[error(transparent)]
    Settings(#[from] settings::Error),
    /// The section `image` of the plan.
    #[error("the section `image`: {0}")]
    Image(serde_json::Error),
    /// The tree.
    #[error(transparent)]
    Root(#[from] root::Error),
    /// The boot loader.
    #[error("pre-boot: {0}")]
    PreBoot(#[from] pre_boot::Error),
    /// The file of a disk.
    #[error(transparent)]
    DiskFile(#[from] disk_file::Error),
    /// The contents of a disk.
    #[error(transparent)]
    Fill(#[from] fill::Error),
    /// No file system holds the store.
    #[error("no partition of `disks` has a file system that holds `{STORE_DIR}`: give one of them the mount point `/`")]
    NoStore,
    /// A file or directory.
    #[error(transparent)]
    File(#[from] FileError),
}

fn lines(problems: &[Problem]) -> String {
    let lines = problems.iter().map(|problem| problem.line(&problem.path.to_string()));
    lines.collect::<Vec<_>>().join("\nerror: ")
}

/// Makes the image that `request` asks for, with `scratch` as a folder for files that are not kept. The store is mounted into
/// the tree if it `may_mount`, and else copied.
///
/// # Errors
/// See [`Error`].
pub fn build(request: &Request, scratch: &Path, may_mount: bool, log: &mut Log) -> Result<(), Error> {
    let system = System::load(&request.installer)?;
    let out = request.out()?;
    let identity = Identity::new(store_hash(out));
    let (planned, settings) = plan(request, &system, &identity)?;
    let mount_points = mount_points(&planned);
    if !mount_points.iter().any(|point| beneath(point, STORE_DIR).is_some()) {
        return Err(Error::NoStore);
    }

    log.phase("staging the root");
    let mut tree = StagedRoot::stage(&scratch.join("root"), &system, &request.closure)?;
    let (mut done, paths) = (0, request.closure.len() as u64);
    let links = Links::new(keeps_linked_symlinks(&planned));
    tree.put_store(&request.closure, may_mount, links, &mut || {
        done += 1;
        log.progress(done, paths, "store paths");
    })?;
    tree.make_directories(&mount_points)?;
    fs::create_dir(out).map_err(FileError::at("write", out))?;
    let mut disks = create_disks(planned, &settings, (out, scratch), system.name())?;

    log.phase("installing the boot loader");
    let warnings = install_boot_loader(&system, &tree, &mount_points, &disks)?;
    for warning in tree.warnings.iter().chain(&warnings) {
        log.line(&format!("warning: {warning}"));
    }

    let trees = split(&mut tree, &mount_points, scratch)?;
    let source = Source {
        settings: &settings,
        identity: &identity,
        trees: &trees,
        scratch,
    };
    let mut filled = Vec::new();
    for disk in &mut disks {
        filled.push(source.fill(disk, log)?);
    }
    match settings.format.encoding() {
        Encoding::Raw => {}
        Encoding::Packed(pack) => {
            log.phase("packing");
            for disk in &mut disks {
                pack_disk(disk, pack, out, ending(settings.format))?;
            }
        }
    }
    let described: Vec<Described> = disks
        .iter()
        .zip(&filled)
        .map(|(disk, filled)| Described {
            planned: &disk.planned,
            path: &disk.path,
            layout: &disk.layout,
            filled,
        })
        .collect();
    let path = out.join("image.json");
    fs::write(&path, describe::json(&system, &described)).map_err(FileError::at("write", &path))?;
    log.line(&describe::summary(&described));
    Ok(())
}

/// What the system's plan and the request say of the disks.
fn plan(request: &Request, system: &System, identity: &Identity) -> Result<(Vec<PlannedDisk>, Settings), Error> {
    let image: Tree = serde_json::from_value(request.image.clone()).map_err(Error::Image)?;
    let plan = read_image_plan(&system.tree()?, &image).map_err(Error::Plan)?;
    let settings = Settings::new(&plan.image)?;
    let mut planned = disks::planned(&plan.disks, settings.size, identity)?;
    if request.size_is_given {
        for disk in &mut planned {
            disk.size = settings.size;
        }
    }
    Ok((planned, settings))
}

/// The hash part of a store path.
fn store_hash(out: &Path) -> &str {
    let name = out.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.split('-').next().unwrap_or(name)
}

/// Where the file systems of the disks are mounted, sorted.
fn mount_points(planned: &[PlannedDisk]) -> Vec<String> {
    let contents = planned.iter().flat_map(|disk| &disk.contents);
    let mut points: Vec<String> = contents
        .filter_map(|held| match held {
            Held::FileSystem(planned) => planned.mount_point.clone(),
            _ => None,
        })
        .collect();
    points.sort_unstable();
    points
}

/// Whether one of the file systems keeps two names of a symbolic link as such.
fn keeps_linked_symlinks(planned: &[PlannedDisk]) -> bool {
    let mut contents = planned.iter().flat_map(|disk| &disk.contents);
    contents.any(|held| matches!(held, Held::FileSystem(planned) if planned.file_system.keeps_linked_symlinks()))
}

/// Creates the files of the disks. A disk that is the image as it is lies in the folder `out`; one that is packed later lies in
/// `scratch`.
fn create_disks(
    planned: Vec<PlannedDisk>,
    settings: &Settings,
    (out, scratch): (&Path, &Path),
    name: &str,
) -> Result<Vec<DiskFile>, Error> {
    let (folder, ending) = match settings.format.encoding() {
        Encoding::Raw => (out, ending(settings.format)),
        Encoding::Packed(_) => (scratch, "raw"),
    };
    let is_alone = planned.len() == 1;
    let mut disks = Vec::new();
    for disk in planned {
        let is_named = disk.image_name != disk.name;
        let name = if is_alone && !is_named { name } else { &disk.image_name };
        let path = folder.join(format!("{name}.{ending}"));
        disks.push(DiskFile::create(disk, path)?);
    }
    Ok(disks)
}

/// The ending of the files that a build makes in this format.
fn ending(format: &dyn ImageFormat) -> &'static str {
    format.endings().first().copied().unwrap_or_default()
}

/// Packs a finished disk into a file in the folder `out`; the raw image goes away.
fn pack_disk(disk: &mut DiskFile, pack: Pack, out: &Path, ending: &str) -> Result<(), Error> {
    let packed = disk.renamed(out, ending);
    pack(&disk.path, &packed)?;
    fs::remove_file(&disk.path).map_err(FileError::at("remove", &disk.path))?;
    disk.path = packed;
    Ok(())
}

/// Runs pre-boot on the tree and the disks; gives its warnings.
fn install_boot_loader(
    system: &System,
    tree: &StagedRoot,
    mount_points: &[String],
    disks: &[DiskFile],
) -> Result<Vec<String>, Error> {
    let loader = system.pre_boot.boot.as_ref().map(|boot| loaders::of(&boot.loader));
    let has_bios = loader.and_then(BootLoader::disks);
    let report = pre_boot::run(
        &system.pre_boot,
        &pre_boot::Options {
            prefix: Some(tree.root.clone()),
            grub_devices: has_bios.map_or_else(Vec::new, |devices| for_bios(devices, disks)),
            planned: Some(mount_points.to_vec()),
            ..pre_boot::Options::default()
        },
    )?;
    Ok(report.warnings)
}

/// The files of the disks that the plan's GRUB is for: those whose devices it names. Where it names none of them, it has another
/// name for the disk with a partition for GRUB, or else for the first one. A device itself is never taken: it would be this
/// machine's.
fn for_bios(devices: &[String], disks: &[DiskFile]) -> Vec<PathBuf> {
    let named = disks.iter().filter(|disk| devices.contains(&disk.planned.device));
    let named: Vec<PathBuf> = named.map(|disk| disk.path.clone()).collect();
    if !named.is_empty() {
        return named;
    }
    let with_partition = disks.iter().find(|disk| disk.planned.has_bios_boot_partition());
    let best = with_partition.or(disks.first());
    best.map(|disk| disk.path.clone()).into_iter().collect()
}

/// A tree for each file system, by mount point.
fn split(tree: &mut StagedRoot, mount_points: &[String], scratch: &Path) -> Result<Vec<(String, StagedRoot)>, Error> {
    let mut trees = Vec::new();
    // From the last to the first: a mount point within another one is sorted behind it.
    for (n, point) in mount_points.iter().enumerate().rev() {
        trees.push((point.clone(), tree.split(point, &scratch.join(format!("part-{n}")))?));
    }
    Ok(trees)
}
