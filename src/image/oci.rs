//! A root as a container image: an OCI layout of one image with one layer.
//!
//! Source: the Open Container Initiative's "Image Format Specification" 1.0 (`image-layout.md`, `config.md`, `manifest.md`).
//! The layer is compressed by gzip, not zstd: all tools of Debian 12 read it.

use std::fs;
use std::path::{Path, PathBuf};
use tree::FileError;

use serde_json::{Value, json};

use super::system::System;
use tree::digest;

/// The name of the image in its layout: the one that tools look for when they are given none.
const REFERENCE: &str = "latest";
/// What systemd takes for "shut down" (systemd(1), "Signals").
const SYSTEMD_STOP: &str = "SIGRTMIN+3";

/// Why there is no layout.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or directory.
    #[error(transparent)]
    File(#[from] FileError),
    /// An architecture that Go, and so the specification, has no name for.
    #[error("no container image can be made for `{0}`: the specification has no name for its architecture")]
    Architecture(String),
}

/// The SHA-256 of a file's contents, and their size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hashed {
    /// The SHA-256 in hexadecimal digits.
    pub sha256: String,
    /// The size in bytes.
    pub size: u64,
}

/// A layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// The SHA-256 of the archive.
    pub diff_id: String,
    /// The compressed archive.
    pub blob: Hashed,
}

/// Makes the folders of a layout; gives the one for blobs.
///
/// # Errors
/// [`Error::File`].
pub fn make_folders(oci: &Path) -> Result<PathBuf, Error> {
    let blobs = oci.join("blobs/sha256");
    fs::create_dir_all(&blobs).map_err(FileError::at("write", &blobs))?;
    Ok(blobs)
}

/// Completes the layout in the folder `oci`, whose blobs hold the layer already.
///
/// # Errors
/// See [`Error`].
pub fn write(oci: &Path, system: &System, layer: &Layer) -> Result<(), Error> {
    let blobs = oci.join("blobs/sha256");
    let config = blob(&blobs, &config(system, layer)?)?;
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": descriptor("application/vnd.oci.image.config.v1+json", &config),
        "layers": [descriptor("application/vnd.oci.image.layer.v1.tar+gzip", &layer.blob)],
    });
    let manifest = blob(&blobs, &manifest)?;
    let mut described = descriptor("application/vnd.oci.image.manifest.v1+json", &manifest);
    described["annotations"] = json!({ "org.opencontainers.image.ref.name": REFERENCE });
    let index = json!({ "schemaVersion": 2, "manifests": [described] });
    for (name, value) in [
        ("index.json", index),
        ("oci-layout", json!({ "imageLayoutVersion": "1.0.0" })),
    ] {
        let path = oci.join(name);
        fs::write(&path, value.to_string()).map_err(FileError::at("write", &path))?;
    }
    Ok(())
}

fn config(system: &System, layer: &Layer) -> Result<Value, Error> {
    let (architecture, variant) = architecture(system.platform())?;
    let mut run = json!({ "Entrypoint": [format!("{}/init", system.path)] });
    if system.starts_systemd() {
        run["StopSignal"] = json!(SYSTEMD_STOP);
    }
    let mut config = json!({
        // The time of every file in the root.
        "created": "1970-01-01T00:00:01Z",
        "architecture": architecture,
        "os": "linux",
        "config": run,
        "rootfs": { "type": "layers", "diff_ids": [format!("sha256:{}", layer.diff_id)] },
    });
    if let Some(variant) = variant {
        config["variant"] = json!(variant);
    }
    Ok(config)
}

/// Go's name of a platform's architecture (`GOARCH`), and its variant.
fn architecture(platform: &str) -> Result<(&'static str, Option<&'static str>), Error> {
    Ok(match platform.split('-').next().unwrap_or_default() {
        "x86_64" => ("amd64", None),
        "i686" | "i586" | "i486" | "i386" => ("386", None),
        "aarch64" => ("arm64", Some("v8")),
        "armv7l" => ("arm", Some("v7")),
        "armv6l" => ("arm", Some("v6")),
        "armv5tel" => ("arm", Some("v5")),
        "riscv64" => ("riscv64", None),
        "powerpc64le" => ("ppc64le", None),
        "s390x" => ("s390x", None),
        "loongarch64" => ("loong64", None),
        "mips64el" => ("mips64le", None),
        "mipsel" => ("mipsle", None),
        _ => return Err(Error::Architecture(platform.to_owned())),
    })
}

fn descriptor(media_type: &str, blob: &Hashed) -> Value {
    json!({ "mediaType": media_type, "digest": format!("sha256:{}", blob.sha256), "size": blob.size })
}

/// Writes a blob of JSON, whose keys come sorted.
fn blob(blobs: &Path, value: &Value) -> Result<Hashed, Error> {
    let text = value.to_string();
    let hashed = Hashed {
        sha256: digest::hex(text.as_bytes()),
        size: text.len() as u64,
    };
    let path = blobs.join(&hashed.sha256);
    fs::write(&path, text).map_err(FileError::at("write", &path))?;
    Ok(hashed)
}
