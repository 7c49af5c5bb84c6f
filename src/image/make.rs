//! `.image`: the disks of a plan, each as a file.
//!
//! The order: the root is staged as one tree with the store mounted in it; the disks are laid out with room to spare, so that
//! pre-boot finds the partitions that it writes to, and pre-boot's own code does what it does on a machine; then the tree is
//! split at the mount points, each part says how large its file system must be, and the disks get their final size. Only the
//! end of a disk moves by that: what pre-boot wrote stays where it is.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use tree::FileError;

use super::describe::{self, Described};
use super::disks::{self, Format, Held, Planned, Settings};
use super::fill::{self, Filler, Made};
use super::identity::Identity;
use super::layout::{self, Bytes, End, Layout, SECTOR};
use super::links::Links;
use super::log::Log;
use super::qcow2;
use super::request::{self, Request};
use super::root::{self, StagedRoot};
use super::system::{self, System};
use super::table;
use plan::text::ImageFormat;
use runtime::pre_boot;
use step::Loader;
use tree::path::{STORE_DIR, beneath};

/// Boot sectors begin with code that is not the partition table's: as many bytes (UEFI, 5.2.1).
const BOOT_CODE: usize = 440;
/// Room for what is not known yet, in bytes, and less than an MBR can count: nothing of it is ever written.
const ROOM: u64 = 1 << 40;

/// Why there is no image.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The derivation.
    #[error(transparent)]
    Request(#[from] request::Error),
    /// The system.
    #[error(transparent)]
    System(#[from] system::Error),
    /// The plan.
    #[error(transparent)]
    Disks(#[from] disks::Error),
    /// The section `image` of the plan.
    #[error("the section `image`: {0}")]
    Image(serde_json::Error),
    /// The tree.
    #[error(transparent)]
    Root(#[from] root::Error),
    /// The boot loader.
    #[error("pre-boot: {0}")]
    PreBoot(#[from] pre_boot::Error),
    /// The places of the partitions.
    #[error(transparent)]
    Layout(#[from] layout::Error),
    /// The partition table.
    #[error(transparent)]
    Table(#[from] table::Error),
    /// A file system.
    #[error("partition `{partition}` of disk `{disk}`: {source}")]
    FileSystem {
        /// The disk.
        disk: String,
        /// The partition.
        partition: String,
        /// Why.
        source: fill::Error,
    },
    /// No file system takes the store.
    #[error("no partition of `disks` has a file system that holds `{STORE_DIR}`: give one of them the mount point `/`")]
    NoStore,
    /// A partition that pre-boot may have written to moved.
    #[error(
        "a partition of disk `{0}` that nothing is on lies elsewhere once the size of the disk is known: set `image.size`"
    )]
    Moved(String),
    /// A file or directory.
    #[error(transparent)]
    File(#[from] FileError),
}

/// A disk while it is made.
struct Work {
    planned: Planned,
    path: PathBuf,
    layout: Layout,
}

/// Makes the image that `request` asks for, with `work` as a folder for what is not kept. The store is mounted into the tree if
/// it `may_mount`, and else copied.
///
/// # Errors
/// See [`Error`].
pub fn build(request: &Request, work: &Path, may_mount: bool, log: &mut Log) -> Result<(), Error> {
    let system = System::load(&request.installer)?;
    let out = request.out()?;
    let identity = Identity::new(store_hash(out));
    let image: tree::Tree = match &request.image {
        serde_json::Value::Null => tree::Tree::Attrs(Vec::new()),
        image => serde_json::from_value(image.clone()).map_err(Error::Image)?,
    };
    let (mut planned, settings) = disks::read(&system.tree()?, &image, &identity)?;
    if request.size_is_given {
        for disk in &mut planned {
            disk.size = settings.size;
        }
    }
    let mount_points = mount_points(&planned);
    if !mount_points.iter().any(|point| beneath(point, STORE_DIR).is_some()) {
        return Err(Error::NoStore);
    }

    log.phase("staging the root");
    let mut tree = StagedRoot::stage(&work.join("root"), &system, &request.closure)?;
    let (mut done, paths) = (0, request.closure.len() as u64);
    let has_erofs = planned
        .iter()
        .flat_map(|disk| &disk.contents)
        .any(|held| matches!(held, Held::FileSystem(file_system) if file_system.format == Format::Erofs));
    tree.put_store(&request.closure, may_mount, Links::new(has_erofs), &mut || {
        done += 1;
        log.progress(done, paths, "store paths");
    })?;
    tree.make_directories(&mount_points)?;
    fs::create_dir(out).map_err(FileError::at("write", out))?;
    let folder = match settings.format {
        ImageFormat::Raw => out,
        ImageFormat::Qcow2 => work,
    };
    let mut disks = lay_out_with_room(planned, folder, system.name())?;

    log.phase("installing the boot loader");
    let warnings = install_boot_loader(&system, &tree, &mount_points, &disks)?;
    for warning in tree.warnings.iter().chain(&warnings) {
        log.line(&format!("warning: {warning}"));
    }

    let parts = split(&mut tree, &mount_points, work)?;
    let context = Context {
        settings: &settings,
        identity: &identity,
        parts: &parts,
        work,
    };
    let mut made = Vec::new();
    for disk in &mut disks {
        made.push(context.finish(disk, log)?);
    }
    if settings.format == ImageFormat::Qcow2 {
        log.phase("packing");
        for disk in &mut disks {
            let packed = out.join(disk.path.with_extension("qcow2").file_name().unwrap_or_default());
            qcow2::pack(&disk.path, &packed)?;
            fs::remove_file(&disk.path).map_err(FileError::at("write", &disk.path))?;
            disk.path = packed;
        }
    }
    let parts: Vec<Described> = disks
        .iter()
        .zip(&made)
        .map(|(disk, made)| Described {
            planned: &disk.planned,
            path: &disk.path,
            layout: &disk.layout,
            made,
        })
        .collect();
    let path = out.join("image.json");
    fs::write(&path, describe::json(&system, &parts)).map_err(FileError::at("write", &path))?;
    log.line(&describe::summary(&parts));
    Ok(())
}

/// The hash part of a store path, which no other output has.
fn store_hash(out: &Path) -> &str {
    let name = out.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.split('-').next().unwrap_or(name)
}

fn mount_points(planned: &[Planned]) -> Vec<String> {
    let contents = planned.iter().flat_map(|disk| &disk.contents);
    let mut points: Vec<String> = contents
        .filter_map(|held| match held {
            Held::FileSystem(file_system) => file_system.mount_point.clone(),
            _ => None,
        })
        .collect();
    points.sort_unstable();
    points
}

/// Creates the disks with their tables, each as large as it is to be, or with room for whatever comes.
fn lay_out_with_room(planned: Vec<Planned>, folder: &Path, name: &str) -> Result<Vec<Work>, Error> {
    let is_alone = planned.len() == 1;
    let mut disks = Vec::new();
    for planned in planned {
        let is_named = planned.image_name != planned.name;
        let name = if is_alone && !is_named {
            name
        } else {
            &planned.image_name
        };
        let path = folder.join(format!("{name}.raw"));
        let layout = layout::lay_out(&planned.disk, planned.size.unwrap_or(ROOM))?;
        let file = File::create_new(&path).map_err(FileError::at("write", &path))?;
        file.set_len(layout.sectors * SECTOR)
            .map_err(FileError::at("write", &path))?;
        table::write(&path, &planned.disk, &layout)?;
        disks.push(Work { planned, path, layout });
    }
    Ok(disks)
}

/// Runs pre-boot on the tree and the disks; gives what a person should know.
fn install_boot_loader(
    system: &System,
    tree: &StagedRoot,
    mount_points: &[String],
    disks: &[Work],
) -> Result<Vec<String>, Error> {
    let has_bios = match system.pre_boot.boot.as_ref().map(|boot| &boot.loader) {
        Some(Loader::Grub(grub)) if grub.bios.is_some() => Some(&grub.devices),
        _ => None,
    };
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

/// The images of the disks that the plan's GRUB is for; where it names none of them, it means another name of the one that
/// has a place for it. Never a device: that would be this machine's.
fn for_bios(devices: &[String], disks: &[Work]) -> Vec<PathBuf> {
    let named = disks.iter().filter(|disk| devices.contains(&disk.planned.device));
    let named: Vec<PathBuf> = named.map(|disk| disk.path.clone()).collect();
    if !named.is_empty() {
        return named;
    }
    let with_place = disks.iter().find(|disk| disk.planned.has_bios_boot_partition());
    let best = with_place.or(disks.first());
    best.map(|disk| disk.path.clone()).into_iter().collect()
}

/// A tree for each file system, by mount point.
fn split(tree: &mut StagedRoot, mount_points: &[String], work: &Path) -> Result<Vec<(String, StagedRoot)>, Error> {
    let mut parts = Vec::new();
    // What lies within another one comes behind it.
    for (n, point) in mount_points.iter().enumerate().rev() {
        parts.push((point.clone(), tree.split(point, &work.join(format!("part-{n}")))?));
    }
    Ok(parts)
}

/// What the last part of the work needs.
struct Context<'a> {
    settings: &'a Settings,
    identity: &'a Identity,
    parts: &'a [(String, StagedRoot)],
    work: &'a Path,
}

impl Context<'_> {
    /// Finds out how large the file systems of a disk are, gives it its size and makes them.
    fn finish(&self, disk: &mut Work, log: &mut Log) -> Result<Vec<Option<Made>>, Error> {
        let disk_name = disk.planned.name.clone();
        log.phase("measuring");
        let mut fillers = Vec::new();
        for (n, held) in disk.planned.contents.iter().enumerate() {
            let partition = &mut disk.planned.disk.partitions[n];
            let name = (disk_name.as_str(), partition.name.as_str());
            let failed = in_partition(&disk_name, &partition.name);
            // What is written of it, as far as one can say beforehand.
            let mut contents = 0;
            let filler = self.filler(held, name)?;
            if let Some(filler) = &filler {
                let takes_rest = matches!(partition.end, End::Rest | End::BeforeEnd(_));
                let free = if disk.planned.size.is_none() && takes_rest {
                    self.settings.free_space
                } else {
                    0
                };
                partition.minimum = filler.needed(free).map_err(failed)?;
                contents = partition.minimum.saturating_sub(free);
            }
            fillers.push((filler, contents));
        }
        let size = match disk.planned.size {
            Some(size) => size,
            None => layout::needed(&disk.planned.disk)?,
        };
        disk.resize(size)?;
        let mut made = Vec::new();
        for (n, (filler, contents)) in fillers.into_iter().enumerate() {
            let partition = &disk.planned.disk.partitions[n].name;
            let place = disk.layout.partitions[n];
            made.push(match filler {
                None => None,
                Some(filler) => {
                    let failed = in_partition(&disk_name, partition);
                    log.phase(&format!("{} {partition} ({})", filler.what(), Bytes(place.size())));
                    let fill = || filler.make(&disk.path, (place.offset(), place.size()));
                    Some(log.watch(&disk.path, contents, fill).map_err(failed)?)
                }
            });
        }
        Ok(made)
    }

    fn filler(&self, held: &Held, (disk, partition): (&str, &str)) -> Result<Option<Filler>, Error> {
        let name = &format!("{disk}/{partition}");
        match held {
            Held::Nothing => Ok(None),
            Held::Swap { arguments } => Filler::swap(arguments, self.identity, name)
                .map(Some)
                .map_err(in_partition(disk, partition)),
            Held::FileSystem(file_system) => {
                let program = match file_system.format {
                    Format::Vfat => PathBuf::new(),
                    format => self.settings.program(format, name)?,
                };
                let tree = match &file_system.mount_point {
                    Some(point) => self
                        .parts
                        .iter()
                        .find(|(other, _)| other == point)
                        .map(|(_, tree)| tree),
                    None => None,
                };
                Filler::file_system(file_system, tree, program, self.identity, (name, self.work))
                    .map(Some)
                    .map_err(in_partition(disk, partition))
            }
        }
    }
}

impl Work {
    /// Gives the disk its final size, with room for what its partitions must hold. The code in its boot sector stays.
    fn resize(&mut self, size: u64) -> Result<(), Error> {
        let layout = layout::lay_out(&self.planned.disk, size)?;
        // What pre-boot writes to a disk itself is in the gap behind an MBR or in a partition of nothing else. What has contents
        // gets them only now.
        let mut kept = self
            .planned
            .contents
            .iter()
            .zip(layout.partitions.iter().zip(&self.layout.partitions));
        if kept.any(|(held, (new, old))| matches!(held, Held::Nothing) && new.start != old.start) {
            return Err(Error::Moved(self.planned.name.clone()));
        }
        self.layout = layout;
        let failed = FileError::at("write", &self.path);
        let mut code = [0; BOOT_CODE];
        let mut keep = || -> io::Result<File> {
            let file = File::options().read(true).write(true).open(&self.path)?;
            file.read_exact_at(&mut code, 0)?;
            file.set_len(self.layout.sectors * SECTOR)?;
            Ok(file)
        };
        let file = keep().map_err(failed)?;
        table::write(&self.path, &self.planned.disk, &self.layout)?;
        Ok(file
            .write_all_at(&code, 0)
            .map_err(FileError::at("write", &self.path))?)
    }
}

fn in_partition(disk: &str, partition: &str) -> impl Fn(fill::Error) -> Error {
    let (disk, partition) = (disk.to_owned(), partition.to_owned());
    move |source| Error::FileSystem {
        disk: disk.clone(),
        partition: partition.clone(),
        source,
    }
}
