//! The instance stage: what must differ on every machine, and never goes into an image.

use rustix::io::Errno;
use rustix::rand::{GetRandomFlags, getrandom};

use super::report::Report;
use super::{Error, Stages};
use prefix::{Committed, Found, Kind, Prefix};
use step::MachineId;
use tree::digest;

/// The file that says which machine this is.
pub const MACHINE_ID: &str = "/etc/machine-id";
/// Its mode, as systemd makes it.
pub const MODE: u32 = 0o444;
/// Where systemd, too, keeps the id of a machine whose `/etc` cannot be written to.
const TRANSIENT_MACHINE_ID: &str = "/run/machine-id";
/// What machine-id(5) says for a system that has not booted yet.
const UNINITIALIZED: &str = "uninitialized";

/// Puts the machine id in place and returns it. An id that is there stays, unless the plan has one of its own.
/// `earlier` is the id that an earlier run made: a root that was lost gets it again.
///
/// # Errors
/// [`Error::Prefix`], [`Error::Random`].
pub fn machine_id(
    prefix: &Prefix,
    wanted: &MachineId,
    stages: Stages,
    earlier: Option<&str>,
    report: &mut Report,
) -> Result<Option<String>, Error> {
    if !prefix.leads_to_directory("/etc")? && !report.dry_run {
        return Ok(None);
    }
    let current = match prefix.inspect(MACHINE_ID)? {
        None => None,
        Some(Found { kind: Kind::File, .. }) => {
            let bytes = prefix.read(MACHINE_ID)?.unwrap_or_default();
            Some(String::from_utf8_lossy(&bytes).trim().to_owned())
        }
        Some(_) if *wanted == MachineId::None => return Ok(None),
        Some(_) => {
            report.keep(format!("`{MACHINE_ID}`"), "it is no regular file");
            return Ok(None);
        }
    };
    let id = match wanted {
        MachineId::None => return Ok(None),
        MachineId::Uninitialized if current.is_some() => return Ok(None),
        MachineId::Uninitialized => UNINITIALIZED.to_owned(),
        MachineId::Generate if stages == Stages::Tree && current.is_some() => return Ok(None),
        MachineId::Generate if stages == Stages::Tree => UNINITIALIZED.to_owned(),
        MachineId::Generate if current.as_deref().is_some_and(is_id) => return Ok(current),
        MachineId::Generate => match earlier {
            Some(id) => id.to_owned(),
            None => generate(prefix)?,
        },
        MachineId::Id(id) => match current {
            Some(current) if current == *id => return Ok(Some(current)),
            Some(current) if is_id(&current) && earlier != Some(current.as_str()) => {
                report.keep(format!("`{MACHINE_ID}`"), "it has another id");
                return Ok(None);
            }
            _ => id.clone(),
        },
    };
    report.step("write", "machine-id", MACHINE_ID);
    if report.dry_run {
        return Ok(None);
    }
    let place = write(prefix, MACHINE_ID, &id).map(|committed| (MACHINE_ID, committed));
    let place = match place {
        Err(Error::Prefix(error)) if error.errno() == Some(Errno::ROFS) && id != UNINITIALIZED => {
            write(prefix, TRANSIENT_MACHINE_ID, &id).map(|committed| (TRANSIENT_MACHINE_ID, committed))
        }
        other => other,
    };
    match place? {
        (_, Committed::Busy) => report.keep(format!("`{MACHINE_ID}`"), "something is mounted on it"),
        (MACHINE_ID, Committed::Done) => {}
        (place, Committed::Done) => {
            report.warnings.push(format!(
                "`{MACHINE_ID}` is read-only: the id is in `{place}`, for this boot alone"
            ));
            return Ok(None);
        }
    }
    Ok((id != UNINITIALIZED).then_some(id))
}

fn write(prefix: &Prefix, path: &str, id: &str) -> Result<Committed, Error> {
    let staged = prefix.stage_file(path, &mut format!("{id}\n").as_bytes(), MODE, (0, 0))?;
    Ok(prefix.commit(staged)?)
}

/// Whether a file with these `contents` is what this stage writes.
pub fn is_machine_id(contents: &[u8]) -> bool {
    let text = std::str::from_utf8(contents).unwrap_or_default();
    let line = text.strip_suffix('\n').unwrap_or(text);
    line == UNINITIALIZED || is_id(line)
}

fn is_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit()) && text.bytes().any(|b| b != b'0')
}

/// A random id with the version and variant bits of a UUID version 4, as machine-id(5) asks for; in a container the one
/// that its manager gave (`container_uuid`, see the container interface of systemd).
fn generate(prefix: &Prefix) -> Result<String, Error> {
    let given = std::env::var("container_uuid")
        .unwrap_or_default()
        .replace('-', "")
        .to_ascii_lowercase();
    if std::process::id() == 1 && prefix.path() == std::path::Path::new("/") && is_id(&given) {
        return Ok(given);
    }
    let mut bytes = [0; 16];
    let mut filled = 0;
    while filled < bytes.len() {
        match getrandom(&mut bytes[filled..], GetRandomFlags::empty()) {
            Ok(n) => filled += n,
            Err(Errno::INTR) => {}
            Err(errno) => return Err(Error::Random(errno.into())),
        }
    }
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    Ok(digest::to_hex(&bytes))
}
