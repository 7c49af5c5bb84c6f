//! The generations of a profile, and the system that becomes the default entry.

use std::path::{Path, PathBuf};

use super::bootspec::{self, Bootspec};
use super::date;
use super::store::{self, Store};
use prefix::{Error as PrefixError, Kind, Prefix};

/// Where NixOS has its generations.
pub const PROFILE: &str = "/nix/var/nix/profiles/system";

/// Why there is no default entry.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The directory of the profile cannot be read.
    #[error(transparent)]
    Prefix(#[from] PrefixError),
    /// The path given for the system cannot be resolved.
    #[error("`{path}` is not a system: {source}")]
    System {
        /// The path as it was given.
        path: String,
        /// Why it cannot be resolved.
        source: store::Error,
    },
    /// The path given for the system leads out of the store.
    #[error("`{path}` is not a system: `{target}` is not in `{store}`")]
    NotInStore {
        /// The path as it was given.
        path: String,
        /// Where it leads.
        target: String,
        /// The store.
        store: String,
    },
    /// The system is in this machine's store, but not in the store beneath the prefix, from which it should boot.
    #[error("`{system}` is not beneath the prefix `{}`: copy its closure there first (`nix copy --to`)", prefix.display())]
    NotBeneath {
        /// The store path of the system.
        system: String,
        /// The prefix.
        prefix: PathBuf,
    },
    /// The system's bootspec cannot be used.
    #[error("cannot use `{system}/boot.json`: {message}")]
    Bootspec {
        /// The store path of the system.
        system: String,
        /// Why.
        message: String,
    },
}

/// A system that can be booted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generation {
    /// Its number in the profile; `None` for a system that is not in it.
    pub number: Option<u64>,
    /// The day on which it was made, as `2026-01-02`; empty without a number.
    pub date: String,
    /// The store path of the system.
    pub system: String,
    /// How it boots.
    pub spec: Bootspec,
}

/// What a menu is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generations {
    /// The system that boots when nobody chooses. [`Generations::all`] may hold it as well.
    pub default: Generation,
    /// The generations of the profile, the newest first.
    pub all: Vec<Generation>,
    /// What was left out, and why.
    pub warnings: Vec<String>,
}

/// The store path of the system that `path` names: a store path, or a link to one, beneath the prefix or on this machine.
///
/// # Errors
/// See [`Error`].
pub fn resolve(store: &Store, path: &Path) -> Result<String, Error> {
    let named = path.to_string_lossy();
    let system = |source| Error::System {
        path: named.clone().into_owned(),
        source,
    };
    let absolute = std::path::absolute(path).map_err(|source| {
        system(store::Error::Read {
            path: path.to_owned(),
            source,
        })
    })?;
    let absolute = store::beside("/", &absolute.to_string_lossy());
    // A link beneath the prefix is followed there alone, even where its target is missing: the same path on this machine is a
    // link of another system's profile.
    let target = match store.end(&absolute).map_err(system)? {
        (end, exists) if exists || end != absolute || store.has(&end) => end,
        _ => match path.canonicalize() {
            Ok(found) => found.to_string_lossy().into_owned(),
            Err(_) => return Err(system(store::Error::Missing(absolute))),
        },
    };
    if store.has(&target) {
        return Ok(target);
    }
    Err(Error::NotInStore {
        path: named.into_owned(),
        target,
        store: store.directory.to_owned(),
    })
}

/// Reads the newest `limit` generations of `profile`, a path beneath the prefix, and the system that becomes the default.
/// A generation that is gone or broken is left out with a warning, and does not count.
///
/// # Errors
/// Where the default cannot be used, or the profile's directory not be read.
pub fn read(store: &Store, profile: &str, system: &str, limit: Option<u32>) -> Result<Generations, Error> {
    let links = links(store.prefix, profile)?;
    let limit = limit.map_or(usize::MAX, |limit| limit as usize);
    let mut all = Vec::new();
    let mut warnings = Vec::new();
    for link in &links {
        if all.len() >= limit {
            break;
        }
        match bootspec(store, &link.system, &mut warnings) {
            Ok(spec) => all.push(link.generation(spec)),
            Err(Error::Bootspec { system, message }) => warnings.push(format!(
                "generation {} is left out: cannot use `{system}/boot.json`: {message}",
                link.number
            )),
            Err(Error::NotBeneath { system, .. }) => warnings.push(format!(
                "generation {} is left out: `{system}` is not beneath the prefix",
                link.number
            )),
            Err(error) => return Err(error),
        }
    }
    let spec = bootspec(store, system, &mut warnings)?;
    let default = match links.iter().find(|link| link.system == system) {
        Some(link) => link.generation(spec),
        None => Generation {
            number: None,
            date: String::new(),
            system: system.to_owned(),
            spec,
        },
    };
    Ok(Generations { default, all, warnings })
}

/// A link of a profile.
struct Link {
    number: u64,
    date: String,
    system: String,
}

impl Link {
    fn generation(&self, spec: Bootspec) -> Generation {
        Generation {
            number: Some(self.number),
            date: self.date.clone(),
            system: self.system.clone(),
            spec,
        }
    }
}

/// The links of a profile, `PROFILE-N-link`, the newest first.
fn links(prefix: &Prefix, profile: &str) -> Result<Vec<Link>, Error> {
    let Some((directory, name)) = profile.rsplit_once('/') else {
        return Err(PrefixError::NotNormalised(profile.to_owned()).into());
    };
    let directory = if directory.is_empty() { "/" } else { directory };
    let mut links = Vec::new();
    for entry in prefix.list(directory)? {
        let Some(number) = number(&entry, name) else { continue };
        let path = format!("{}/{entry}", directory.trim_end_matches('/'));
        let Some(found) = prefix.inspect(&path)? else { continue };
        let Kind::Symlink(target) = found.kind else { continue };
        let link = Link {
            number,
            date: date::day(prefix.modified(&path)?.unwrap_or_default()),
            system: store::beside(&path, &target),
        };
        let at = links.partition_point(|other: &Link| other.number > number);
        links.insert(at, link);
    }
    Ok(links)
}

/// The number of a generation by its link's name: `12` for `system-12-link` of the profile `system`.
fn number(entry: &str, name: &str) -> Option<u64> {
    let digits = entry.strip_prefix(name)?.strip_prefix('-')?.strip_suffix("-link")?;
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

/// The bootspec of `system`. A specialisation that cannot be booted is left out with a warning.
fn bootspec(store: &Store, system: &str, warnings: &mut Vec<String>) -> Result<Bootspec, Error> {
    let broken = |message: String| Error::Bootspec {
        system: system.to_owned(),
        message,
    };
    if store.is_only_here(system).map_err(|error| broken(error.to_string()))? {
        return Err(Error::NotBeneath {
            system: system.to_owned(),
            prefix: store.prefix.path().to_owned(),
        });
    }
    let bytes = store
        .read(&format!("{system}/boot.json"))
        .map_err(|error| broken(error.to_string()))?;
    let (mut spec, unread) = bootspec::read(&bytes).map_err(|error| broken(error.to_string()))?;
    check_files(store, &spec).map_err(|error| broken(error.to_string()))?;
    let mut left_out: Vec<(String, String)> = unread.into_iter().map(|(n, error)| (n, error.to_string())).collect();
    spec.specialisations
        .retain(|(name, specialisation)| match check_files(store, specialisation) {
            Ok(()) => true,
            Err(error) => {
                left_out.push((name.clone(), error.to_string()));
                false
            }
        });
    for (name, why) in left_out {
        let warning = format!("specialisation {name:?} of `{system}` is left out: {why}");
        // The default entry's system is mostly a generation as well.
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }
    Ok(spec)
}

/// Checks that the kernel and the initrd of `spec` exist. Those of its specialisations are not checked.
fn check_files(store: &Store, spec: &Bootspec) -> Result<(), store::Error> {
    for path in spec.initrd.iter().chain([&spec.kernel]) {
        store.size(path)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn only_links_of_the_profile_itself_are_its_generations() {
        assert_eq!(number("system-12-link", "system"), Some(12));
        for other in [
            "system",
            "system--link",
            "system-1-link~",
            "system-x-link",
            "system-+1-link",
            "system-other-1-link",
            "per-user-1-link",
            "system-99999999999999999999-link",
        ] {
            assert_eq!(number(other, "system"), None, "{other}");
        }
    }
}
