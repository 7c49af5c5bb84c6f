//! The one writer of `grub.cfg`. No I/O.
//!
//! GRUB's script language is a small shell. Every value stands in single quotes, between which all characters but the
//! quote itself are literal; a value that the language or a command cannot hold is an error.

use std::fmt::Write;

use step::kernel_parameter::{NotForGrub, words};

/// Why a value cannot go into `grub.cfg`.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// The value has a character that would end the line, or that a terminal would obey.
    #[error("the {what} {text:?} holds a control character")]
    Control {
        /// What the value is: a `title`, for one.
        what: &'static str,
        /// The value.
        text: String,
    },
    /// The value begins with `-`: commands would take it for an option.
    #[error("the {what} `{text}` begins with `-`")]
    Option {
        /// What the value is.
        what: &'static str,
        /// The value.
        text: String,
    },
    /// A path does not begin with `/`: it would name a device or a list of blocks.
    #[error("the path `{0}` is not absolute")]
    Relative(String),
    /// A submenu is empty: the language has no empty block.
    #[error("the submenu `{0}` is empty")]
    Empty(String),
    /// GRUB cannot pass on a kernel parameter.
    #[error(transparent)]
    Parameter(#[from] NotForGrub),
}

/// How every `grub.cfg` of ours begins.
pub const FIRST_LINE: &str = "# Made by system-installer; the next run of pre-boot writes it again.\n";

/// An item of the menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A system that can be booted.
    Entry {
        /// What the menu shows.
        title: String,
        /// The kernel's path on GRUB's root.
        kernel: String,
        /// The initrds' paths on GRUB's root.
        initrds: Vec<String>,
        /// Words of the kernel's command line.
        params: Vec<String>,
    },
    /// A menu in the menu.
    Submenu {
        /// What the menu shows.
        title: String,
        /// What it holds.
        items: Vec<Item>,
    },
}

/// Writes a `grub.cfg` whose default is the first item.
///
/// `timeout` is in seconds; without one the menu waits for ever. `extra` is commands that stand before the items, as they
/// are.
///
/// # Errors
/// See [`Error`].
pub fn write(timeout: Option<u32>, extra: &str, items: &[Item]) -> Result<String, Error> {
    let mut text = format!("{FIRST_LINE}set default=0\n");
    let _ = match timeout {
        Some(seconds) => writeln!(text, "set timeout={seconds}"),
        None => writeln!(text, "set timeout=-1"),
    };
    if !extra.is_empty() {
        if extra.contains('\0') {
            return Err(Error::Control {
                what: "extra configuration",
                text: extra.to_owned(),
            });
        }
        text.push_str(extra);
        if !extra.ends_with('\n') {
            text.push('\n');
        }
    }
    for item in items {
        text.push_str(&write_item(item, 0)?);
    }
    Ok(text)
}

/// Writes one item, `depth` submenus deep.
///
/// # Errors
/// See [`Error`].
pub fn write_item(item: &Item, depth: usize) -> Result<String, Error> {
    let indent = "  ".repeat(depth);
    let mut text = String::new();
    match item {
        Item::Entry {
            title,
            kernel,
            initrds,
            params,
        } => {
            let _ = write!(
                text,
                "{indent}menuentry {} {{\n{indent}  linux {}",
                self::title(title)?,
                path(kernel)?
            );
            for param in params {
                for word in words(param)? {
                    let _ = write!(text, " {}", quote(&word));
                }
            }
            text.push('\n');
            if !initrds.is_empty() {
                let _ = write!(text, "{indent}  initrd");
                for initrd in initrds {
                    let _ = write!(text, " {}", path(initrd)?);
                }
                text.push('\n');
            }
        }
        Item::Submenu { title, items } if items.is_empty() => return Err(Error::Empty(title.clone())),
        Item::Submenu { title, items } => {
            let _ = writeln!(text, "{indent}submenu {} {{", self::title(title)?);
            for item in items {
                text.push_str(&write_item(item, depth + 1)?);
            }
        }
    }
    let _ = writeln!(text, "{indent}}}");
    Ok(text)
}

/// A title, quoted. It must not begin with `-`: the commands that take it look for options first.
fn title(text: &str) -> Result<String, Error> {
    checked("title", text)?;
    if text.starts_with('-') {
        return Err(Error::Option {
            what: "title",
            text: text.to_owned(),
        });
    }
    Ok(quote(text))
}

fn path(text: &str) -> Result<String, Error> {
    checked("path", text)?;
    if !text.starts_with('/') {
        return Err(Error::Relative(text.to_owned()));
    }
    Ok(quote(text))
}

fn checked(what: &'static str, text: &str) -> Result<(), Error> {
    if text.chars().any(char::is_control) {
        return Err(Error::Control {
            what,
            text: text.to_owned(),
        });
    }
    Ok(())
}

/// A word of the language that stands for exactly `text`.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(title: &str, params: &[&str]) -> Item {
        Item::Entry {
            title: title.to_owned(),
            kernel: "/nix/store/x-linux/bzImage".to_owned(),
            initrds: vec!["/nix/store/x-initrd/initrd".to_owned()],
            params: params.iter().map(|param| (*param).to_owned()).collect(),
        }
    }

    #[test]
    fn a_menu_reads_as_one_writes_it() {
        let items = [
            entry("NixOS", &["init=/nix/store/x/init", "quiet"]),
            Item::Submenu {
                title: "NixOS - All configurations".to_owned(),
                items: vec![Item::Entry {
                    title: "it's".to_owned(),
                    kernel: "/k".to_owned(),
                    initrds: Vec::new(),
                    params: Vec::new(),
                }],
            },
        ];
        assert_eq!(
            write(Some(5), "serial", &items).unwrap(),
            "# Made by system-installer; the next run of pre-boot writes it again.\n\
             set default=0\nset timeout=5\nserial\n\
             menuentry 'NixOS' {\n  linux '/nix/store/x-linux/bzImage' 'init=/nix/store/x/init' 'quiet'\n  \
             initrd '/nix/store/x-initrd/initrd'\n}\n\
             submenu 'NixOS - All configurations' {\n  menuentry 'it'\\''s' {\n    linux '/k'\n  }\n}\n"
        );
        assert!(write(None, "", &[]).unwrap().ends_with("set timeout=-1\n"));
    }

    #[test]
    fn what_grub_would_misread_is_refused() {
        for title in ["a\nb", "-x", "--hotkey=e", "\u{1b}[2J", "a\0b"] {
            assert!(write_item(&entry(title, &[]), 0).is_err(), "{title:?}");
        }
        for kernel in ["(hd0)/x", "x", "", "/a\nb"] {
            let item = Item::Entry {
                title: "x".to_owned(),
                kernel: kernel.to_owned(),
                initrds: Vec::new(),
                params: Vec::new(),
            };
            assert!(write_item(&item, 0).is_err(), "{kernel:?}");
        }
        assert!(write(None, "a\0", &[]).is_err());
    }
}
