//! Names of the files that we put beside other programs' kernels and entries, and how we recognise our own again. No I/O.

use tree::digest;

/// The longest name: FAT and Linux take 255 bytes or more, and a temporary name is shorter.
const LONGEST: usize = 200;

/// The name of the copy of the file at `path`, a file of the store: for `/nix/store/HASH-linux/bzImage` it is
/// `HASH-linux-bzImage`, as in NixOS. A character that FAT does not allow becomes `_`; a name that had to be
/// changed or shortened begins with a hash of the path instead.
pub fn copy(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let start = parts.iter().position(|part| has_hash(part)).unwrap_or(0);
    let full = parts.get(start..).unwrap_or_default().join("-");
    let plain = plain(&full);
    if plain == full && has_hash(&full) && full.len() <= LONGEST {
        return full;
    }
    hashed(path.as_bytes(), &plain)
}

/// The name of a file that is named by its contents: 32 hexadecimal digits of their hash, then `name`.
pub fn hashed(contents: &[u8], name: &str) -> String {
    with_hash(&digest::hex(contents), name)
}

/// As [`hashed`], from the SHA-256 in hexadecimal digits.
pub fn with_hash(hash: &str, name: &str) -> String {
    let name = plain(name);
    let tail = name.get(name.len().saturating_sub(LONGEST - 33)..).unwrap_or(&name);
    format!("{}-{tail}", &hash[..32])
}

/// Whether `name` is one that we give to a copy.
pub fn is_copy(name: &str) -> bool {
    has_hash(name)
}

/// Whether this is the name of a temporary file of an interrupted run ([`prefix`]).
pub fn is_leftover(name: &str) -> bool {
    name.strip_prefix(".system-installer.")
        .and_then(|rest| rest.strip_suffix(".tmp"))
        .is_some_and(|middle| is_hexadecimal(middle, 16))
}

/// Whether `name` begins as a store path's does: 32 digits and letters, then `-`.
fn has_hash(name: &str) -> bool {
    let bytes = name.as_bytes();
    bytes.len() > 33 && bytes[32] == b'-' && bytes[..32].iter().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase())
}

/// `name` in characters that FAT allows. A final dot gets `_` behind it: FAT drops dots at the end of a name.
fn plain(name: &str) -> String {
    let kept = |c: char| c.is_ascii_alphanumeric() || "+-._=".contains(c);
    let mut plain: String = name.chars().map(|c| if kept(c) { c } else { '_' }).collect();
    if plain.ends_with('.') {
        plain.push('_');
    }
    plain
}

/// The name of a loader entry, without its counter: the generation's number, the variant (`m` for the generation itself, `s`
/// for a specialisation, then a hash), and a hash of the entry's contents. So any change gives the entry a new name. Names have
/// one length. Both are because a rename on FAT is not atomic.
pub fn entry(number: u64, variant: &str, is_specialisation: bool, contents: &str) -> String {
    let kind = if is_specialisation { 's' } else { 'm' };
    let variant = digest::hex(variant.as_bytes());
    let contents = digest::hex(contents.as_bytes());
    format!("{ENTRY}{number:06}-{kind}{}-{}", &variant[..8], &contents[..8])
}

const ENTRY: &str = "system-installer-generation-";
const EXTENSION: &str = ".conf";

/// A glob that matches every entry of ours except specialisations.
pub const ANY_GENERATION: &str = "system-installer-generation-*-m*";

/// The name of an entry's file, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryName<'a> {
    /// The name as [`entry`] gave it, without the counter.
    pub base: &'a str,
    /// The part of `base` that says which generation and variant it is: it does not depend on the entry's contents.
    pub identity: &'a str,
    /// The counter that systemd-boot keeps in the name, empty or `+LEFT` or `+LEFT-DONE`.
    pub counter: &'a str,
}

/// Takes the name of a loader entry's file apart; `None` if it is not one of ours.
pub fn parse_entry(file: &str) -> Option<EntryName<'_>> {
    let stem = file.strip_suffix(EXTENSION)?;
    let (base, counter) = match stem.find('+') {
        Some(plus) => stem.split_at(plus),
        None => (stem, ""),
    };
    let (number, rest) = base.strip_prefix(ENTRY)?.split_once('-')?;
    let (variant, contents) = rest.split_once('-')?;
    let is_number = number.len() >= 6 && number.bytes().all(|b| b.is_ascii_digit());
    let variant = variant.strip_prefix(['m', 's'])?;
    if !is_number || !is_hexadecimal(variant, 8) || !is_hexadecimal(contents, 8) || !is_counter(counter) {
        return None;
    }
    Some(EntryName {
        base,
        identity: &base[..base.len() - contents.len()],
        counter,
    })
}

/// The name of the file of the entry `base` with a counter.
pub fn entry_file(base: &str, counter: &str) -> String {
    format!("{base}{counter}{EXTENSION}")
}

fn is_counter(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('+') else {
        return text.is_empty();
    };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match rest.split_once('-') {
        Some((left, done)) => is_number(left) && is_number(done),
        None => is_number(rest),
    }
}

fn is_hexadecimal(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "0123456789abcdfghijklmnpqrsvwxyz";

    #[test]
    fn a_copy_bears_its_store_paths_name() {
        assert_eq!(
            copy(&format!("/nix/store/{HASH}-linux-6.1/bzImage")),
            format!("{HASH}-linux-6.1-bzImage")
        );
        assert_eq!(copy(&format!("/nix/store/{HASH}-initrd")), format!("{HASH}-initrd"));
    }

    #[test]
    fn any_path_gives_a_name_that_fat_takes_and_that_is_known_again() {
        for path in [
            format!("/nix/store/{HASH}-a?b/bzImage"),
            format!("/nix/store/{HASH}-a/initrd."),
            format!("/nix/store/{HASH}-{}", "x".repeat(220)),
            "/boot/vmlinuz \"$(x)\"\n".to_owned(),
            format!("/ü{}", "ä".repeat(300)),
        ] {
            let name = copy(&path);
            assert!(is_copy(&name), "{path:?} gives {name}");
            assert!(name.len() <= LONGEST, "{path:?} gives {name}");
            assert_eq!(name, plain(&name), "{path:?}");
            assert!(!name.ends_with('.'), "{path:?} gives {name}");
            assert_ne!(name, copy(&format!("{path}x")), "{path:?}");
        }
    }

    #[test]
    fn only_names_of_ours_are_taken_for_ours() {
        for other in ["vmlinuz", "linux-6.1-x", "nixos", "0123-x", HASH, &format!("{HASH}-")] {
            assert!(!is_copy(other), "{other}");
        }
        for other in [
            "loader.conf.tmp",
            ".system-installer.tmp",
            ".system-installer.0123456789abcdeX.tmp",
        ] {
            assert!(!is_leftover(other), "{other}");
        }
        assert!(is_leftover(".system-installer.0123456789abcdef.tmp"));
        for other in [
            "nixos-generation-12.conf",
            "system-installer-generation-12-m00000000-00000000.conf",
            "system-installer-generation-000012-m00000000-00000000",
            "system-installer-generation-000012-m00000000-0000000.conf",
            "system-installer-generation-000012-m00000000-00000000+.conf",
            "system-installer-generation-000012-m00000000-00000000+1-.conf",
            "system-installer-generation-000012-x00000000-00000000.conf",
            "my-system-installer-generation-000012-m00000000-00000000.conf",
        ] {
            assert_eq!(parse_entry(other), None, "{other}");
        }
    }

    #[test]
    fn the_name_of_an_entry_can_be_taken_apart() {
        let base = entry(12, "debug", true, "title x\n");
        for counter in ["", "+3", "+2-1", "+0-3"] {
            let file = entry_file(&base, counter);
            let name = parse_entry(&file).unwrap();
            assert_eq!((name.base, name.counter), (base.as_str(), counter));
            let changed = entry(12, "debug", true, "title y\n");
            assert_ne!(base, changed);
            assert_eq!(parse_entry(&entry_file(&changed, "")).unwrap().identity, name.identity);
            assert_ne!(
                parse_entry(&entry_file(&entry(12, "", false, "title x\n"), ""))
                    .unwrap()
                    .identity,
                name.identity
            );
        }
        assert_eq!(base.len(), entry(123_456, "", false, "").len());
    }
}
