//! The one writer of systemd-boot's files: `loader.conf` and the type 1 entries of the Boot Loader Specification
//! (<https://uapi-group.org/specifications/specs/boot_loader_specification/>). No I/O.
//!
//! Both have a key and a value on each line, and no quoting. A value ends with its line. White space around it is lost, and
//! so is a pair of double quotes (`line_get_key_value` in systemd-boot). A value that does not survive this is an error.

use std::fmt::Write;

/// Why a value cannot go into a loader's file.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// The value has a character that would end the line, or that a terminal would obey.
    #[error("the {key} {value:?} holds a control character")]
    Control {
        /// Whose value it is.
        key: &'static str,
        /// The value.
        value: String,
    },
    /// The value has double quotes around it, which would be lost.
    #[error("the {key} `{value}` begins and ends with a double quote, which systemd-boot takes off")]
    Quotes {
        /// Whose value it is.
        key: &'static str,
        /// The value.
        value: String,
    },
    /// The value is empty, or has white space around it, which would be lost.
    #[error("the {key} `{value}` is empty, or begins or ends with white space")]
    Space {
        /// Whose value it is.
        key: &'static str,
        /// The value.
        value: String,
    },
}

/// A type 1 entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoaderEntry {
    /// What the menu shows.
    pub title: String,
    /// What entries are sorted by, ascending.
    pub sort_key: String,
    /// What entries with the same sort key are sorted by, descending; shown where titles are the same.
    pub version: String,
    /// The kernel's path on the ESP.
    pub linux: String,
    /// The initrds' paths on the ESP.
    pub initrds: Vec<String>,
    /// Words of the kernel's command line.
    pub options: Vec<String>,
}

/// Writes an entry.
///
/// # Errors
/// See [`Error`].
pub fn write(entry: &LoaderEntry) -> Result<String, Error> {
    let mut text = String::new();
    line(&mut text, "title", &entry.title)?;
    line(&mut text, "sort-key", &entry.sort_key)?;
    line(&mut text, "version", &entry.version)?;
    line(&mut text, "linux", &entry.linux)?;
    for initrd in &entry.initrds {
        line(&mut text, "initrd", initrd)?;
    }
    let options = entry.options.join(" ");
    let options = options.trim_matches(' ');
    if !options.is_empty() {
        line(&mut text, "options", options)?;
    }
    Ok(text)
}

/// Writes `loader.conf`. `default` is the name of an entry's file or a glob; `timeout` is in seconds, and without one the
/// menu waits for ever.
///
/// # Errors
/// See [`Error`].
pub fn write_configuration(default: &str, timeout: Option<u32>, editor: bool) -> Result<String, Error> {
    let mut text = String::new();
    match timeout {
        Some(seconds) => line(&mut text, "timeout", &seconds.to_string())?,
        None => line(&mut text, "timeout", "menu-force")?,
    }
    line(&mut text, "default", default)?;
    if !editor {
        line(&mut text, "editor", "no")?;
    }
    Ok(text)
}

fn line(text: &mut String, key: &'static str, value: &str) -> Result<(), Error> {
    let value_owned = || value.to_owned();
    if value.chars().any(char::is_control) {
        return Err(Error::Control {
            key,
            value: value_owned(),
        });
    }
    if value.is_empty() || value.trim() != value {
        return Err(Error::Space {
            key,
            value: value_owned(),
        });
    }
    if value.starts_with('"') && value.ends_with('"') {
        return Err(Error::Quotes {
            key,
            value: value_owned(),
        });
    }
    let _ = writeln!(text, "{key} {value}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> LoaderEntry {
        LoaderEntry {
            title: "NixOS".to_owned(),
            sort_key: "nixos".to_owned(),
            version: "Generation 12 x, built on 2026-01-02".to_owned(),
            linux: "/EFI/system-installer/x.efi".to_owned(),
            initrds: vec!["/a".to_owned(), "/b".to_owned()],
            options: vec!["init=/nix/store/x/init".to_owned(), "a=\"b c\"".to_owned()],
        }
    }

    #[test]
    fn an_entry_has_a_line_for_each_value() {
        assert_eq!(
            write(&entry()).unwrap(),
            "title NixOS\nsort-key nixos\nversion Generation 12 x, built on 2026-01-02\n\
             linux /EFI/system-installer/x.efi\ninitrd /a\ninitrd /b\noptions init=/nix/store/x/init a=\"b c\"\n"
        );
    }

    #[test]
    fn the_configuration_names_the_default() {
        assert_eq!(
            write_configuration("x*", Some(0), true).unwrap(),
            "timeout 0\ndefault x*\n"
        );
        assert_eq!(
            write_configuration("x", None, false).unwrap(),
            "timeout menu-force\ndefault x\neditor no\n"
        );
    }

    #[test]
    fn what_the_format_cannot_carry_is_refused() {
        for bad in [
            "", " x", "x ", "a\nb", "a\rb", "a\0b", "\u{1b}", "x\u{a0}", "\"x\"", "\"",
        ] {
            let mut wrong = entry();
            bad.clone_into(&mut wrong.title);
            assert!(write(&wrong).is_err(), "title {bad:?}");
            let mut wrong = entry();
            bad.clone_into(&mut wrong.linux);
            assert!(write(&wrong).is_err(), "linux {bad:?}");
        }
        let mut wrong = entry();
        wrong.options.push("a\ninitrd /x".to_owned());
        assert!(write(&wrong).is_err());
        wrong.options = Vec::new();
        assert!(!write(&wrong).unwrap().contains("options"));
    }
}
