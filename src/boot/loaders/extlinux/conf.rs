//! The one writer of `extlinux.conf`. No I/O.
//!
//! The format is that of syslinux (its wiki, "Config"), of which U-Boot reads a part (`boot/pxe_utils.c`): a keyword and the rest
//! of its line. There is no quoting: a value that a line or a command of U-Boot cannot hold is an error.

use std::fmt::Write;

/// How every `extlinux.conf` of ours begins.
pub const FIRST_LINE: &str = "# Made by system-installer; the next run of pre-boot writes it again.\n";

/// Why a value cannot go into `extlinux.conf`.
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
    /// A value with a space, such as a path, stands where only one word can.
    #[error("the path `{0}` holds a space")]
    Space(String),
    /// A kernel parameter has `$`: U-Boot would put the value of a variable there (`cli_simple_process_macros`).
    #[error("U-Boot would replace the variable in the kernel parameter `{0}`")]
    Variable(String),
}

/// An item of the menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The name by which the default is chosen: one word.
    pub label: String,
    /// What the menu shows.
    pub title: String,
    /// The kernel's path.
    pub kernel: String,
    /// The initial RAM disk's path.
    pub initrd: Option<String>,
    /// Words of the kernel's command line.
    pub params: Vec<String>,
    /// Its device trees.
    pub device_tree: Option<DeviceTree>,
}

/// The device tree of an item, which describes the board to the kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceTree {
    /// The path of a device tree, to be used as it is.
    File(String),
    /// The path of a directory, from which U-Boot takes the device tree of the board that it runs on.
    Directory(String),
}

/// Writes an `extlinux.conf` whose default is the first item.
///
/// `timeout` is in seconds; without one the menu waits for ever. With 0 no `MENU` line is written: where there is one,
/// U-Boot shows a menu and asks.
///
/// # Errors
/// See [`Error`].
pub fn write(title: &str, timeout: Option<u32>, items: &[Item]) -> Result<String, Error> {
    let mut text = FIRST_LINE.to_owned();
    if let Some(first) = items.first() {
        let _ = writeln!(text, "DEFAULT {}", word("label", &first.label)?);
    }
    // In tenths of a second; 0 waits for ever.
    let tenths = match timeout {
        None => 0,
        Some(0) => 1,
        Some(seconds) => seconds.saturating_mul(10),
    };
    if timeout != Some(0) {
        let _ = writeln!(text, "MENU TITLE {}", line("title", title)?);
    }
    let _ = writeln!(text, "TIMEOUT {tenths}");
    for item in items {
        text.push_str(&write_item(item)?);
    }
    Ok(text)
}

/// The lines of one item.
///
/// # Errors
/// See [`Error`].
pub fn write_item(item: &Item) -> Result<String, Error> {
    let mut text = String::new();
    let _ = writeln!(text, "\nLABEL {}", word("label", &item.label)?);
    let _ = writeln!(text, "  MENU LABEL {}", line("title", &item.title)?);
    let _ = writeln!(text, "  LINUX {}", word("path", &item.kernel)?);
    if let Some(initrd) = &item.initrd {
        let _ = writeln!(text, "  INITRD {}", word("path", initrd)?);
    }
    let mut params = Vec::new();
    for param in &item.params {
        if param.contains("${") || param.contains("$(") {
            return Err(Error::Variable(param.clone()));
        }
        params.push(line("kernel parameter", param)?);
    }
    let _ = writeln!(text, "  APPEND {}", params.join(" "));
    match &item.device_tree {
        None => {}
        Some(DeviceTree::File(path)) => {
            let _ = writeln!(text, "  FDT {}", word("path", path)?);
        }
        Some(DeviceTree::Directory(path)) => {
            let _ = writeln!(text, "  FDTDIR {}", word("path", path)?);
        }
    }
    Ok(text)
}

/// Checks that `text` can be the rest of a line.
fn line<'a>(what: &'static str, text: &'a str) -> Result<&'a str, Error> {
    if text.chars().any(char::is_control) {
        return Err(Error::Control {
            what,
            text: text.to_owned(),
        });
    }
    Ok(text)
}

/// Checks that `text` can be one word.
fn word<'a>(what: &'static str, text: &'a str) -> Result<&'a str, Error> {
    line(what, text)?;
    if text.contains(char::is_whitespace) {
        return Err(Error::Space(text.to_owned()));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(title: &str, params: &[&str]) -> Item {
        Item {
            label: "generation-1".to_owned(),
            title: title.to_owned(),
            kernel: "../kernels/x".to_owned(),
            initrd: Some("../kernels/y".to_owned()),
            params: params.iter().map(|param| (*param).to_owned()).collect(),
            device_tree: Some(DeviceTree::Directory("../kernels/z".to_owned())),
        }
    }

    #[test]
    fn a_menu_reads_as_one_writes_it() {
        assert_eq!(
            write("box", Some(5), &[item("box - Default", &["init=/x", "a=\"b c\""])]).unwrap(),
            "# Made by system-installer; the next run of pre-boot writes it again.\nDEFAULT generation-1\n\
             MENU TITLE box\nTIMEOUT 50\n\nLABEL generation-1\n  MENU LABEL box - Default\n  LINUX ../kernels/x\n  \
             INITRD ../kernels/y\n  APPEND init=/x a=\"b c\"\n  FDTDIR ../kernels/z\n"
        );
    }

    #[test]
    fn without_a_second_to_wait_there_is_no_menu() {
        let told = |timeout| write("box", timeout, &[]).unwrap();
        assert!(told(Some(0)).ends_with("TIMEOUT 1\n") && !told(Some(0)).contains("MENU TITLE"));
        assert!(told(None).ends_with("MENU TITLE box\nTIMEOUT 0\n"));
    }

    #[test]
    fn what_a_line_cannot_carry_is_refused() {
        assert!(write_item(&item("a\nb", &[])).is_err());
        for param in ["a\nb", "a=${bootdelay}", "$(x)"] {
            assert!(write_item(&item("a", &[param])).is_err(), "{param}");
        }
        let spaced = Item {
            kernel: "a b".to_owned(),
            ..item("a", &[])
        };
        assert_eq!(write_item(&spaced), Err(Error::Space("a b".to_owned())));
    }
}
