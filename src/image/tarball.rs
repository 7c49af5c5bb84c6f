//! Builds `.tarball`: the root file system as `NAME.tar.zst`, and as an OCI layout in the folder `oci`. pre-boot does not run:
//! containers have no boot loader.
//!
//! The root is read once: the archive goes to both compressors and to the hash at the same time.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use tree::FileError;

use flate2::{Compression, GzBuilder, write::GzEncoder};
use sha2::{Digest, Sha256};

use super::bytes::Bytes;
use super::log::Log;
use super::oci::{self, Hashed};
use super::request::{self, Request};
use super::root::{self, StagedRoot};
use super::system::{self, System};
use super::{archive, closure::StorePath};
use tree::digest;

/// The level of zstd: it saves most of what higher levels do, in a fraction of their time.
const LEVEL: i32 = 9;
/// Pieces of the stream on their way to another thread, each as large as the archive writes them.
const AHEAD: usize = 64;

/// Why there is no tarball.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The derivation.
    #[error(transparent)]
    Request(#[from] request::Error),
    /// The system.
    #[error(transparent)]
    System(#[from] system::Error),
    /// The tree.
    #[error(transparent)]
    Root(#[from] root::Error),
    /// The archive.
    #[error(transparent)]
    Archive(#[from] archive::Error),
    /// The layout.
    #[error(transparent)]
    Oci(#[from] oci::Error),
    /// A file or directory.
    #[error(transparent)]
    File(#[from] FileError),
}

/// Makes the tarball that `request` asks for, with `work` as a folder for files that are not kept.
///
/// # Errors
/// See [`Error`].
pub fn build(request: &Request, work: &Path, log: &mut Log) -> Result<(), Error> {
    let system = System::load(&request.installer)?;
    let out = request.out()?;
    log.phase("staging the root");
    let tree = StagedRoot::stage(&work.join("root"), &system, &request.closure)?;
    for warning in &tree.warnings {
        log.line(&format!("warning: {warning}"));
    }
    let oci = out.join("oci");
    let blobs = oci::make_folders(&oci)?;
    let name = format!("{}.tar.zst", system.name());
    let unfinished = blobs.join("unfinished");
    let streams = Streams::open(&out.join(&name), &unfinished)?;
    let files = archive::count(&tree, &request.closure)?;
    log.phase("archiving");
    let mut done = 0;
    let streams = archive::write(&tree, &request.closure, streams, &mut || {
        done += 1;
        log.progress(done, files, "files");
    })?;
    let archived = streams.finish()?;
    let layer = oci::Layer {
        diff_id: archived.sha256,
        blob: archived.compressed,
    };
    let to = blobs.join(&layer.blob.sha256);
    fs::rename(&unfinished, &to).map_err(FileError::at("write", &to))?;
    oci::write(&oci, &system, &layer)?;
    let compressed = fs::metadata(out.join(&name))
        .map_err(FileError::at("write", &out.join(&name)))?
        .len();
    log.line(&summary(
        &request.closure,
        files,
        archived.size,
        &name,
        compressed,
        &layer,
    ));
    Ok(())
}

fn summary(closure: &[StorePath], files: u64, size: u64, name: &str, compressed: u64, layer: &oci::Layer) -> String {
    format!(
        "a root of {files} files and {} store paths, {} as an archive\n{name}: {}\noci: {} in one layer",
        closure.len(),
        Bytes(size),
        Bytes(compressed),
        Bytes(layer.blob.size),
    )
}

/// Where the archive goes.
struct Streams {
    hash: Sha256,
    size: u64,
    zstd: zstd::Encoder<'static, File>,
    zstd_path: PathBuf,
    to_gzip: SyncSender<Vec<u8>>,
    gzip: JoinHandle<io::Result<Hashed>>,
    gzip_path: PathBuf,
}

/// The finished archive.
struct Archived {
    /// Of the archive itself.
    sha256: String,
    /// Of the archive itself, in bytes.
    size: u64,
    /// The archive as gzip compressed it.
    compressed: Hashed,
}

impl Streams {
    fn open(zstd_path: &Path, gzip_path: &Path) -> Result<Self, Error> {
        let file = File::create(zstd_path).map_err(FileError::at("write", zstd_path))?;
        let mut zstd = zstd::Encoder::new(file, LEVEL).map_err(FileError::at("write", zstd_path))?;
        // The number of threads does not change what is written, as long as there are any.
        let threads = thread::available_parallelism().map_or(1, usize::from);
        zstd.multithread(u32::try_from(threads).unwrap_or(1))
            .and_then(|()| zstd.include_checksum(true))
            .map_err(FileError::at("write", zstd_path))?;
        let file = File::create(gzip_path).map_err(FileError::at("write", gzip_path))?;
        let (to_gzip, pieces) = sync_channel::<Vec<u8>>(AHEAD);
        let gzip = thread::spawn(move || {
            let mut gzip: GzEncoder<_> = GzBuilder::new().write(Hasher::new(file), Compression::default());
            for piece in pieces {
                gzip.write_all(&piece)?;
            }
            Ok(gzip.finish()?.finish())
        });
        Ok(Self {
            hash: Sha256::new(),
            size: 0,
            zstd,
            zstd_path: zstd_path.to_owned(),
            to_gzip,
            gzip,
            gzip_path: gzip_path.to_owned(),
        })
    }

    fn finish(self) -> Result<Archived, Error> {
        self.zstd.finish().map_err(FileError::at("write", &self.zstd_path))?;
        drop(self.to_gzip);
        let gzip = self.gzip.join().unwrap_or_else(|_| Err(io::ErrorKind::Other.into()));
        Ok(Archived {
            sha256: digest::to_hex(&self.hash.finalize()),
            size: self.size,
            compressed: gzip.map_err(FileError::at("write", &self.gzip_path))?,
        })
    }
}

impl Write for Streams {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.size += bytes.len() as u64;
        // If the thread ended early, `finish` gives its error.
        let _ = self.to_gzip.send(bytes.to_vec());
        self.zstd.write_all(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.zstd.flush()
    }
}

/// A file that is hashed as it is written.
struct Hasher {
    file: File,
    hash: Sha256,
    size: u64,
}

impl Hasher {
    fn new(file: File) -> Self {
        Self {
            file,
            hash: Sha256::new(),
            size: 0,
        }
    }

    fn finish(self) -> Hashed {
        Hashed {
            sha256: digest::to_hex(&self.hash.finalize()),
            size: self.size,
        }
    }
}

impl Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
