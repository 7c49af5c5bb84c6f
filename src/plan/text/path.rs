//! Paths: those of entries, those in the store, and the targets of links.

use super::{Mistake, string, string_or_path};
use crate::read::quoted;
use tree::path::STORE_DIR;

use crate::problem::code;

/// The longest path in bytes: `PATH_MAX` without the final NUL.
const PATH_BYTES: usize = 4095;
/// The longest name in bytes: `NAME_MAX`.
const COMPONENT_BYTES: usize = 255;

/// Paths that no plan may write to, nor to what lies below them, with the reason.
const RESERVED: [(&str, &str); 5] = [
    (STORE_DIR, "belongs to Nix"),
    ("/proc", "is a file system of the kernel's"),
    ("/sys", "is a file system of the kernel's"),
    ("/dev", "is a file system of the kernel's"),
    ("/var/lib/system-installer", "holds the record of what was done"),
];

/// The start of the names of this program's own files, wherever they lie.
const OWN_PREFIX: &str = ".system-installer";

string! {
    /// The path of an entry: absolute, in its shortest form, and one that a plan may write to.
    EntryPath<"path"> like "^/", "an absolute path", check_entry
}

fn check_entry(text: &str) -> Result<(), Mistake> {
    check_absolute(text).map_err(|mistake| match mistake.hint {
        None if !text.is_empty() && check_absolute(&format!("/{text}")).is_ok() => {
            mistake.hint(format!("write {}", quoted(&format!("/{text}"))))
        }
        _ => mistake,
    })?;
    check_own(text)
}

/// Whether `text` is an absolute path in its shortest form to which a plan may write.
pub(super) fn check_own(text: &str) -> Result<(), Mistake> {
    check_absolute(text)?;
    for (root, why) in RESERVED {
        let Some(rest) = text.strip_prefix(root) else { continue };
        // The kernel's file systems need a directory to be mounted on; the others are not the plan's at all.
        let mount_point = rest.is_empty() && matches!(root, "/proc" | "/sys" | "/dev");
        if (rest.is_empty() || rest.starts_with('/')) && !mount_point {
            return Err(Mistake::new(
                code::RESERVED_PATH,
                format!("{} is not a plan's to write: `{root}` {why}", quoted(text)),
            ));
        }
    }
    if text.split('/').any(|component| component.starts_with(OWN_PREFIX)) {
        let message = format!(
            "{} is not a plan's to write: names in `{OWN_PREFIX}` are this program's own",
            quoted(text)
        );
        return Err(Mistake::new(code::RESERVED_PATH, message));
    }
    Ok(())
}

/// Whether `text` is an absolute path in its shortest form. `/` is one, too.
pub(super) fn check_absolute(text: &str) -> Result<(), Mistake> {
    let wrong = |what: &str| Mistake::new(code::BAD_PATH, format!("{} {what}", quoted(text)));
    if text.is_empty() {
        return Err(Mistake::new(code::BAD_PATH, "the path is empty"));
    }
    let Some(rest) = text.strip_prefix('/') else {
        return Err(wrong("is not an absolute path"));
    };
    if text.contains('\n') {
        return Err(wrong("holds a newline"));
    }
    if text.len() > PATH_BYTES {
        return Err(Mistake::new(
            code::BAD_PATH,
            format!("the path has {} bytes; Linux takes {PATH_BYTES}", text.len()),
        ));
    }
    if rest.is_empty() {
        return Ok(());
    }
    for component in rest.split('/') {
        match component {
            "" => {
                let short: Vec<&str> = rest.split('/').filter(|c| !c.is_empty()).collect();
                return Err(wrong("holds an empty component")
                    .hint(format!("write {}", quoted(&format!("/{}", short.join("/"))))));
            }
            "." | ".." => return Err(wrong(&format!("holds `{component}`")).hint("write the path that it means")),
            long if long.len() > COMPONENT_BYTES => {
                let message = format!(
                    "a component of the path has {} bytes; Linux takes {COMPONENT_BYTES}",
                    long.len()
                );
                return Err(Mistake::new(code::BAD_PATH, message));
            }
            _ => {}
        }
    }
    Ok(())
}

string_or_path! {
    /// A store path, or a path value that Nix makes one of.
    StorePath: IN_STORE like "^/nix/store/[0-9a-z]{32}-", "a store path", |text, is_path| {
        if is_path || is_store_path(text) && !text.contains(char::is_whitespace) {
            return Ok(());
        }
        Err(not_in_store(text).hint("write a derivation, or `builtins.storePath \"/nix/store/...\"`"))
    }
}

string_or_path! {
    /// The source of a file: a path value, or a string with a store path or a path below one.
    Source: IN_STORE like "^/nix/store/[0-9a-z]{32}-", "a path, a derivation or a store path", |text, is_path| {
        if is_path || is_store_path(text) && check_absolute(text).is_ok() {
            return Ok(());
        }
        Err(not_in_store(text)
            .hint("write a path without quotes, as `./file`, or a derivation, or `\"${derivation}/file\"`"))
    }
}

fn not_in_store(text: &str) -> Mistake {
    Mistake::new(code::NOT_A_STORE_PATH, format!("{} is not a store path", quoted(text)))
}

/// Whether `text` is a store path or lies below one. A store path's name has 32 digits of Nix's base 32, a hyphen, and
/// a name.
fn is_store_path(text: &str) -> bool {
    let Some(base) = text.strip_prefix(STORE_DIR).and_then(|rest| rest.strip_prefix('/')) else {
        return false;
    };
    let base = base.split('/').next().unwrap_or(base);
    let Some((hash, name)) = base.split_once('-') else {
        return false;
    };
    hash.len() == 32
        && hash
            .bytes()
            .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'z') && !matches!(b, b'e' | b'o' | b't' | b'u'))
        && !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+-._?=".contains(&b))
}

string_or_path! {
    /// The target of a symbolic link.
    Target, "a string or a path", |text, _is_path| {
        let wrong = |message: String| Err(Mistake::new(code::BAD_TARGET, message));
        match text.len() {
            0 => wrong("the target of the link is empty".to_owned()),
            len if len > PATH_BYTES => wrong(format!("the target has {len} bytes; Linux takes {PATH_BYTES}")),
            _ if text.contains('\n') => wrong(format!("{} holds a newline", quoted(text))),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Text;
    use super::*;

    #[test]
    fn an_entry_is_absolute_and_in_its_shortest_form() {
        for good in [
            "/",
            "/a",
            "/etc/motd",
            "/dev",
            "/proc",
            "/nix",
            "/var/lib/system",
            "/...",
            &format!("/{}", "x".repeat(255)),
        ] {
            assert!(EntryPath::parse(good, false).is_ok(), "{good}");
        }
        for bad in [
            "",
            "a",
            "./a",
            "/a/",
            "//",
            "//a",
            "/a//b",
            "/.",
            "/..",
            "/a/../b",
            "/a\nb",
            &format!("/{}", "x".repeat(256)),
        ] {
            assert_eq!(
                EntryPath::parse(bad, false).map_err(|m| m.code),
                Err(code::BAD_PATH),
                "{bad}"
            );
        }
        let long = "/abc".repeat(1024);
        assert!(EntryPath::parse(&long, false).is_err());
        assert!(EntryPath::parse(&long[..long.len() - 4], false).is_ok());
    }

    #[test]
    fn what_belongs_to_others_is_no_entry() {
        for bad in [
            "/nix/store",
            "/nix/store/x",
            "/proc/x",
            "/sys/x",
            "/dev/null",
            "/var/lib/system-installer",
            "/a/.system-installer.json",
        ] {
            assert_eq!(
                EntryPath::parse(bad, false).map_err(|m| m.code),
                Err(code::RESERVED_PATH),
                "{bad}"
            );
        }
        for good in ["/nix/storeroom", "/process", "/device", "/var/lib/system-installer2"] {
            assert!(EntryPath::parse(good, false).is_ok(), "{good}");
        }
    }

    #[test]
    fn a_source_in_a_string_lies_in_the_store() {
        let path = "/nix/store/00000000000000000000000000000000-motd";
        assert!(Source::parse(path, false).is_ok());
        assert!(Source::parse(&format!("{path}/a"), false).is_ok());
        assert!(Source::parse("/home/me/motd", true).is_ok());
        for bad in [
            "",
            "motd",
            "/home/me/motd",
            "/nix/store",
            "/nix/store/motd",
            &format!("{path}/../x"),
            &path.replace("00-", "0e-"),
        ] {
            assert!(Source::parse(bad, false).is_err(), "{bad}");
        }
    }
}
