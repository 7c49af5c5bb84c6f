//! How `cpp/` is compiled: for which Nix, with which headers, standard and macros. A part of src/plugin/build.rs.
//!
//! All of it comes from pkg-config (`nix-expr`), or from these variables, of which the first two together make pkg-config
//! unnecessary:
//!
//! - `NIX_VERSION`: the version of the headers, as `2.8.0`
//! - `NIX_INCLUDE_DIR`: the folders with the headers, separated by colons
//! - `NIX_CXX_STANDARD`: as `c++20`
//! - `NIX_USE_BOEHMGC`: `0` for a Nix without the garbage collector, where no header of its own says so

use std::path::{Path, PathBuf};
use std::{env, fs, process};

/// The variables that this reads.
pub const VARIABLES: [&str; 6] = [
    "NIX_VERSION",
    "NIX_INCLUDE_DIR",
    "NIX_CXX_STANDARD",
    "NIX_USE_BOEHMGC",
    "PKG_CONFIG",
    "PKG_CONFIG_PATH",
];

/// The Nix that the plugin is built for.
pub struct Nix {
    version: String,
    minor: u32,
    includes: Vec<PathBuf>,
    standard: String,
    /// Headers that Nix's own sources are compiled with and its other headers do not include.
    configuration: Vec<PathBuf>,
}

impl Nix {
    /// # Errors
    /// A sentence that says what is missing, and what to install or to set.
    pub fn find() -> Result<Self, String> {
        let given = (variable("NIX_VERSION"), variable("NIX_INCLUDE_DIR"));
        let (version, mut includes) = if let (Some(version), Some(_)) = &given {
            (version.clone(), Vec::new())
        } else {
            let nix = probe("nix-expr")?;
            let includes = if given.1.is_some() {
                Vec::new()
            } else {
                nix.include_paths
            };
            (given.0.unwrap_or(nix.version), includes)
        };
        if let Some(folders) = &given.1 {
            includes.extend(env::split_paths(folders).filter(|folder| !folder.as_os_str().is_empty()));
        }
        // Up to 2.26 a private matter of Nix's own, which its headers need all the same; here or in the compiler's folders.
        includes.extend(probe("bdw-gc").map(|gc| gc.include_paths).unwrap_or_default());
        let minor = minor(&version)?;
        let mut nix = Self {
            standard: variable("NIX_CXX_STANDARD").unwrap_or_else(|| standard(minor)),
            configuration: Vec::new(),
            version,
            minor,
            includes,
        };
        nix.check_headers()?;
        nix.configuration = nix.configuration_headers();
        Ok(nix)
    }

    /// What the compiler must be told.
    pub fn flags(&self) -> Vec<String> {
        let mut flags = vec![
            format!("-std={}", self.standard),
            format!("-DNIX_MINOR={}", self.minor),
            format!("-DBUILT_FOR_NIX=\"{}\"", self.version),
            format!("-DBUILT_FOR_DETERMINATE_NIX={}", self.is_determinate()),
        ];
        for include in &self.includes {
            // Named once more, the compiler's own folder would come too early for C++'s `#include_next`.
            if include == Path::new("/usr/include") {
                continue;
            }
            // Not `-I`: warnings are for our own code.
            flags.push(format!("-isystem{}", include.display()));
        }
        for header in &self.configuration {
            flags.extend(["-include".to_owned(), header.display().to_string()]);
        }
        if self.minor < 28 && self.configuration.is_empty() {
            // Without it, values are laid out for another allocator than the evaluator's.
            let gc = variable("NIX_USE_BOEHMGC").unwrap_or_else(|| "1".to_owned());
            flags.push(format!("-DHAVE_BOEHMGC={gc}"));
            // A header wants it; nothing here uses it.
            flags.push("-DSYSTEM=\"\"".to_owned());
        }
        flags
    }

    /// The folder among those of the headers, or of the compiler, that has this one.
    fn folder_of(&self, header: &str) -> Option<&Path> {
        let folders = self.includes.iter().map(PathBuf::as_path);
        folders
            .chain([Path::new("/usr/include")])
            .find(|folder| folder.join(header).exists())
    }

    /// Whether these are the headers of Determinate Nix, which counts as upstream does: one of them declares its other number.
    fn is_determinate(&self) -> bool {
        ["globals.hh", "nix/store/globals.hh", "nix/util/version.hh"]
            .iter()
            .filter_map(|header| fs::read(self.folder_of(header)?.join(header)).ok())
            .any(|text| String::from_utf8_lossy(&text).contains("determinateNixVersion"))
    }

    fn check_headers(&self) -> Result<(), String> {
        let own = if self.minor < 28 {
            "primops.hh"
        } else {
            "nix/expr/primops.hh"
        };
        if self.folder_of(own).is_none() {
            return Err(format!(
                "there are no headers of Nix {} (`{own}`): install them, or unpack its source and name the folders with its \
                 headers (`src/lib*`, from 2.28 on `src/lib*/include`) in NIX_INCLUDE_DIR, separated by colons",
                self.version
            ));
        }
        // Elsewhere than on Debian the compiler may have folders of its own for them.
        if !Path::new("/etc/debian_version").exists() {
            return Ok(());
        }
        for (header, package) in [
            ("gc/gc.h", "libgc-dev"),
            ("boost/format.hpp", "libboost-dev"),
            ("nlohmann/json.hpp", "nlohmann-json3-dev"),
        ] {
            if self.folder_of(header).is_none() {
                return Err(format!("there is no header `{header}`: install {package}"));
            }
        }
        Ok(())
    }

    /// Up to 2.23 it is one, which Debian's source package lacks; then one for each library, as long as those are not
    /// included where they are needed.
    fn configuration_headers(&self) -> Vec<PathBuf> {
        let names: &[&str] = match self.minor {
            28.. => &[],
            24.. => &["config-util.hh", "config-store.hh", "config-expr.hh"],
            _ => &["config.h"],
        };
        // The name `config.h` is anybody's: only Nix's own counts, beside its other headers.
        let Some(folder) = self.folder_of("primops.hh") else {
            return Vec::new();
        };
        let beside = |name: &&str| {
            self.includes
                .iter()
                .map(move |folder| folder.join(name))
                .find(|path| path.exists())
        };
        let all: Vec<PathBuf> = match names {
            ["config.h"] => [folder.join("config.h")]
                .into_iter()
                .filter(|path| path.exists())
                .collect(),
            names => names.iter().filter_map(beside).collect(),
        };
        if all.len() == names.len() { all } else { Vec::new() }
    }
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn probe(library: &str) -> Result<pkg_config::Library, String> {
    pkg_config::Config::new()
        .cargo_metadata(false)
        .probe(library)
        .map_err(|e| {
            let said = e.to_string();
            // The rest is about variables of its own.
            let reason = said
                .lines()
                .find(|line| line.contains("not found"))
                .unwrap_or("not found")
                .trim();
            format!(
                "pkg-config does not find `{library}` ({reason}): install the development files of Nix (Debian 12: nix-bin, \
                 pkg-config and libgc-dev, with PKG_CONFIG_PATH=/usr/lib/nix/pkgconfig; Nixpkgs: the output `dev` of the \
                 Nix that is to load the plugin), or set NIX_VERSION and NIX_INCLUDE_DIR"
            )
        })
}

/// `26` of `2.26.3`.
fn minor(version: &str) -> Result<u32, String> {
    let mut parts = version.split(|c: char| !c.is_ascii_digit());
    let number = |part: Option<&str>| part.and_then(|part| part.parse::<u32>().ok());
    match (number(parts.next()), number(parts.next())) {
        (Some(2), Some(minor @ 8..90)) => Ok(minor),
        (Some(2), Some(90..)) => Err(format!(
            "this is Lix {version}, whose plugins have another interface: `nix-plugin/lib.nix` gives the same without a plugin"
        )),
        _ => Err(format!(
            "this plugin builds for Nix 2.8 and later, and this is version {version}"
        )),
    }
}

/// What the libraries themselves ask for, or else what their headers of that version are written in.
fn standard(minor: u32) -> String {
    let program = variable("PKG_CONFIG").unwrap_or_else(|| "pkg-config".to_owned());
    let flags = process::Command::new(program)
        .args(["--cflags-only-other", "nix-expr"])
        .output();
    let flags = flags
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default();
    let asked = flags
        .split_whitespace()
        .filter_map(|flag| flag.strip_prefix("-std="))
        .next_back();
    let known = match minor {
        ..14 => "c++17",
        14..31 => "c++20",
        _ => "c++23",
    };
    asked
        .filter(|_| variable("NIX_VERSION").is_none())
        .unwrap_or(known)
        .to_owned()
}
