//! The folders and files that a FAT file system is to hold, and the clusters that each of them gets.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::geometry::{ENTRY, FIRST_CLUSTER, Geometry};
use super::names::{self, Name};
use super::{Bits, Error};
use tree::FileError;

/// Entries of the largest directory.
const LARGEST: u64 = 65536;
/// `.` and `..`, or the label; and one that ends the directory.
const FIXED_ENTRIES: u64 = 3;
const DIRECTORY: u8 = 0x10;
const ARCHIVE: u8 = 0x20;
const VOLUME_LABEL: u8 = 0x08;

/// The folders and files of a tree.
#[derive(Debug)]
pub struct Contents {
    /// The root first; each folder before those in it.
    folders: Vec<Listing>,
}

#[derive(Debug)]
struct Listing {
    path: PathBuf,
    /// The folder that it lies in.
    parent: usize,
    entries: Vec<(Name, String, Listed)>,
}

#[derive(Debug, Clone, Copy)]
enum Listed {
    /// The index of another folder.
    Folder(usize),
    /// In bytes.
    File { size: u64 },
}

/// A folder with its clusters and those of its files.
#[derive(Debug)]
pub(super) struct Folder<'a> {
    pub(super) is_root: bool,
    /// The first cluster; 0 for the root of FAT16, which has none.
    pub(super) first: u64,
    /// How many clusters it has.
    clusters: u64,
    /// The first cluster of the folder that it lies in.
    parent: u64,
    entries: Vec<Entry<'a>>,
}

#[derive(Debug)]
struct Entry<'a> {
    name: &'a Name,
    path: PathBuf,
    /// Of a file, in bytes.
    size: Option<u64>,
    first: u64,
    clusters: u64,
}

impl Contents {
    /// Reads the tree at `path`.
    ///
    /// # Errors
    /// Where it cannot be read, or holds what FAT cannot.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let mut folders = vec![Listing {
            path: path.to_owned(),
            parent: 0,
            entries: Vec::new(),
        }];
        let mut index = 0;
        while index < folders.len() {
            let folder = folders[index].path.clone();
            let found = list(&folder)?;
            let texts: Vec<String> = found.iter().map(|(name, _)| name.clone()).collect();
            for (name, (text, size)) in names::assign(&texts).into_iter().zip(found) {
                let content = if let Some(size) = size {
                    Listed::File { size }
                } else {
                    folders.push(Listing {
                        path: folder.join(&text),
                        parent: index,
                        entries: Vec::new(),
                    });
                    Listed::Folder(folders.len() - 1)
                };
                folders[index].entries.push((name, text, content));
            }
            if FIXED_ENTRIES + entries(&folders[index]) > LARGEST {
                return Err(Error::Unsuitable {
                    path: folder,
                    problem: "a directory there has at most 65536 entries, and a long name takes several",
                });
            }
            index += 1;
        }
        Ok(Self { folders })
    }

    /// Entries in the root directory.
    pub(super) fn root_entries(&self) -> u64 {
        entries(&self.folders[0])
    }

    /// The files' contents, in bytes.
    pub(super) fn bytes(&self) -> u64 {
        let entries = self.folders.iter().flat_map(|folder| &folder.entries);
        entries
            .map(|(.., content)| if let Listed::File { size } = content { *size } else { 0 })
            .sum()
    }

    /// The clusters that all of it takes.
    pub(super) fn clusters(&self, geometry: Geometry) -> u64 {
        self.allocate(geometry)
            .iter()
            .flat_map(Folder::chains)
            .map(|(_, count)| count)
            .sum()
    }

    /// Gives every folder and file its clusters.
    pub(super) fn allocate(&self, geometry: Geometry) -> Vec<Folder<'_>> {
        let mut next = FIRST_CLUSTER;
        let mut take = |clusters: u64| {
            // An empty file has no first cluster.
            let first = if clusters == 0 { 0 } else { next };
            next += clusters;
            first
        };
        // The chain of each folder. It comes right before those of its files, so the chains are in order.
        let mut chains = vec![(0, 0); self.folders.len()];
        let mut firsts = Vec::new();
        for (index, folder) in self.folders.iter().enumerate() {
            let is_root = index == 0;
            let entries = FIXED_ENTRIES + entries(folder);
            let clusters = match geometry.bits {
                Bits::Sixteen if is_root => 0,
                _ => (entries * ENTRY).div_ceil(geometry.cluster()),
            };
            chains[index] = (take(clusters), clusters);
            let files = folder.entries.iter().map(|(.., content)| match content {
                Listed::File { size } => take(size.div_ceil(geometry.cluster())),
                Listed::Folder(_) => 0,
            });
            firsts.push(files.collect::<Vec<u64>>());
        }
        let folders = self
            .folders
            .iter()
            .zip(firsts)
            .enumerate()
            .map(|(index, (folder, firsts))| Folder {
                is_root: index == 0,
                first: chains[index].0,
                clusters: chains[index].1,
                parent: if folder.parent == 0 { 0 } else { chains[folder.parent].0 },
                entries: folder
                    .entries
                    .iter()
                    .zip(firsts)
                    .map(|((name, text, content), first)| {
                        let path = folder.path.join(text);
                        match *content {
                            Listed::File { size } => {
                                let clusters = size.div_ceil(geometry.cluster());
                                let size = Some(size);
                                Entry {
                                    name,
                                    path,
                                    size,
                                    first,
                                    clusters,
                                }
                            }
                            Listed::Folder(index) => {
                                let (first, clusters) = (chains[index].0, 0);
                                Entry {
                                    name,
                                    path,
                                    size: None,
                                    first,
                                    clusters,
                                }
                            }
                        }
                    })
                    .collect(),
            });
        folders.collect()
    }
}

/// Entries for what a folder holds.
fn entries(folder: &Listing) -> u64 {
    folder.entries.iter().map(|(name, ..)| name.entries()).sum()
}

/// The names in a folder, sorted, with the size of each file; `None` for folders.
fn list(folder: &Path) -> Result<Vec<(String, Option<u64>)>, Error> {
    let failed = |error| FileError::at("list", folder)(error);
    let mut found = BTreeMap::new();
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let unsuitable = |problem| Error::Unsuitable {
            path: path.clone(),
            problem,
        };
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .ok_or_else(|| unsuitable("its name is not UTF-8"))?;
        if let Some(problem) = names::problem(name) {
            return Err(unsuitable(problem));
        }
        let metadata = fs::symlink_metadata(&path).map_err(FileError::at("read", &path))?;
        let size = if metadata.is_dir() {
            None
        } else if !metadata.is_file() {
            return Err(unsuitable("only files and directories can be there"));
        } else if metadata.len() > u64::from(u32::MAX) {
            return Err(unsuitable("a file there has less than 4 GiB"));
        } else {
            Some(metadata.len())
        };
        if let Some(other) = known.insert(names::folded(name), name.to_owned()) {
            let mut two = [name.to_owned(), other];
            two.sort_unstable();
            let [first, other] = two;
            let path = folder.join(first);
            return Err(Error::Twice { path, other });
        }
        found.insert(name.to_owned(), size);
    }
    Ok(found.into_iter().collect())
}

impl Folder<'_> {
    /// The clusters of the folder and of the files in it: the first one, and how many.
    pub(super) fn chains(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        let files = self.entries.iter().map(|entry| (entry.first, entry.clusters));
        [(self.first, self.clusters)].into_iter().chain(files)
    }

    /// The files in it that are not empty: where they come from, their first cluster and their size in bytes.
    pub(super) fn files(&self) -> impl Iterator<Item = (&Path, u64, u64)> + '_ {
        let files = self
            .entries
            .iter()
            .filter_map(|entry| Some((entry.path.as_path(), entry.first, entry.size?)));
        files.filter(|(.., size)| *size > 0)
    }

    /// The directory itself.
    pub(super) fn bytes(&self, time: (u16, u16), label: Option<[u8; 11]>, bits: Bits) -> Vec<u8> {
        let mut bytes = Vec::new();
        let put = |name: &[u8; 11], attributes, first: u64, size: u64| {
            let mut entry = [0; 32];
            entry[..11].copy_from_slice(name);
            entry[11] = attributes;
            let (clock, date) = (time.0.to_le_bytes(), time.1.to_le_bytes());
            // The times of creation, access and change; a label has only the last one.
            if attributes != VOLUME_LABEL {
                entry[14..16].copy_from_slice(&clock);
                entry[16..18].copy_from_slice(&date);
                entry[18..20].copy_from_slice(&date);
            }
            entry[22..24].copy_from_slice(&clock);
            entry[24..26].copy_from_slice(&date);
            let first = u32::try_from(first).unwrap_or_default().to_le_bytes();
            if bits == Bits::ThirtyTwo {
                entry[20..22].copy_from_slice(&first[2..]);
            }
            entry[26..28].copy_from_slice(&first[..2]);
            entry[28..].copy_from_slice(&u32::try_from(size).unwrap_or(u32::MAX).to_le_bytes());
            entry
        };
        if let Some(label) = label {
            bytes.extend(put(&label, VOLUME_LABEL, 0, 0));
        }
        if !self.is_root {
            bytes.extend(put(b".          ", DIRECTORY, self.first, 0));
            bytes.extend(put(b"..         ", DIRECTORY, self.parent, 0));
        }
        for entry in &self.entries {
            for part in entry.name.long_entries() {
                bytes.extend(part);
            }
            let attributes = if entry.size.is_some() { ARCHIVE } else { DIRECTORY };
            bytes.extend(put(
                &entry.name.short,
                attributes,
                entry.first,
                entry.size.unwrap_or_default(),
            ));
        }
        bytes
    }
}
