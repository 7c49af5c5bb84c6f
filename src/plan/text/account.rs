//! Strings of users and groups. Nothing that is accepted here can break a line of passwd(5), group(5) or shadow(5).
//! nixpkgs met `:` and newlines there more than once.

use super::path::check_absolute;
use super::{Mistake, Text, has_control, string};
use crate::Id;
use crate::problem::code;
use crate::read::quoted;

string! {
    /// The name of a user or group that shadow-utils and systemd know: `john.doe`, and `pc1$` for a machine of Samba's.
    AccountName like "^[A-Za-z_][A-Za-z0-9_.-]{0,30}[$]?$", "a name", check_account
}

fn check_account(text: &str) -> Result<(), Mistake> {
    if is_account(text) {
        return Ok(());
    }
    let message = format!("{} is not the name of a user or group", quoted(text));
    Err(Mistake::new(code::BAD_ACCOUNT_NAME, message)
        .hint("use up to 31 letters, digits, `_`, `.` and `-`, with a letter or `_` first"))
}

/// Of the names that `is_valid_name` of shadow-utils takes those that nobody could take for an id, an option or a hidden file.
/// Longer ones do not fit utmp(5).
fn is_account(text: &str) -> bool {
    let name = text.strip_suffix('$').unwrap_or(text);
    text.len() <= 31
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
}

/// Who owns a file: a name or a decimal id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owner(String);

impl Text for Owner {
    const EXPECTED: &'static str = "a name or an id in a string";

    fn parse(text: &str, _is_path: bool) -> Result<Self, Mistake> {
        let id = || text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
        let usable = || text.parse().is_ok_and(Id::is_usable);
        if is_account(text) || id() && usable() {
            return Ok(Self(text.to_owned()));
        }
        let message = format!("{} is neither a name nor a decimal id", quoted(text));
        let mistake = Mistake::new(code::BAD_OWNER, message);
        Err(match text.trim_start_matches('0').parse::<u32>() {
            // Other languages would read the leading zero as the sign of an octal number.
            Ok(id) if text.starts_with('0') && id > 0 => mistake.hint(format!("write `\"{id}\"`")),
            _ => mistake,
        })
    }

    fn text(&self) -> &str {
        &self.0
    }

    fn hint_for_integer(integer: i64) -> Option<String> {
        Some(format!("quote it: `\"{integer}\"`"))
    }
}

impl Owner {
    /// The name, unless it is a number.
    pub fn name(&self) -> Option<&str> {
        Some(self.0.as_str()).filter(|text| !text.starts_with(|c: char| c.is_ascii_digit()))
    }

    /// The owner of what names no owner.
    pub(crate) fn root() -> Self {
        Self("root".to_owned())
    }
}

/// Whether `text` can stand between two colons of a line.
fn check_field(text: &str) -> Result<(), Mistake> {
    let wrong = |what: &str| {
        Err(Mistake::new(
            code::BAD_ACCOUNT_FIELD,
            format!("{} holds {what}", quoted(text)),
        ))
    };
    if text.contains(':') {
        return wrong("`:`, which ends a field of passwd(5)");
    }
    if has_control(text) {
        return wrong("a control character, which no field of passwd(5) may");
    }
    Ok(())
}

string! {
    /// A home directory.
    Home like "^/", "an absolute path", |text| check_absolute(text).and_then(|()| check_field(text))
}

string! {
    /// A login shell.
    Shell like "^/", "an absolute path", |text| check_absolute(text).and_then(|()| check_field(text))
}

string! {
    /// The GECOS field.
    Description, "a string", check_field
}

string! {
    /// A file on the target that holds a hashed password.
    PasswordFile like "^/", "the absolute path of a file on the target", check_absolute
}

string! {
    /// A hashed password as in crypt(5), or what locks an account.
    HashedPassword like "^[!*]*([$][!-9;-~]*|_?[0-9A-Za-z./_]{13,19})?$", "a hashed password", check_hash
}

fn check_hash(text: &str) -> Result<(), Mistake> {
    if step::password::is_hash(text) {
        return Ok(());
    }
    // The text itself may be somebody's password: it is not repeated.
    Err(
        Mistake::new(code::BAD_HASH, "the password is not a hash as crypt(5) has them")
            .hint("write what `mkpasswd` prints, or `!` to lock the account"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_names_are_what_shadow_utils_takes() {
        for good in [
            "root",
            "_apt",
            "www-data",
            "a1",
            "John.Doe",
            "pc1$",
            "_",
            &"a".repeat(31),
        ] {
            assert!(AccountName::parse(good, false).is_ok(), "{good}");
        }
        for bad in [
            "",
            "1a",
            "-a",
            ".a",
            "$",
            "a b",
            "a:b",
            "a\n",
            "a$b",
            "a$$",
            "a/b",
            "ä",
            &"a".repeat(32),
        ] {
            assert!(AccountName::parse(bad, false).is_err(), "{bad}");
        }
    }

    #[test]
    fn owners_are_names_or_usable_ids() {
        for good in ["root", "0", "1000", "4294967294"] {
            assert!(Owner::parse(good, false).is_ok(), "{good}");
        }
        for bad in ["", "65535", "4294967295", "99999999999", "-1", "+1", "1a", "007", "00"] {
            assert!(Owner::parse(bad, false).is_err(), "{bad}");
        }
    }

    #[test]
    fn no_field_of_passwd_breaks_its_line() {
        for bad in ["a:b", "a\nb", "a\rb", "a\u{7f}b", "a\u{85}b"] {
            assert!(Description::parse(bad, false).is_err(), "{bad:?}");
            assert!(Home::parse(&format!("/{bad}"), false).is_err(), "{bad:?}");
            assert!(Shell::parse(&format!("/{bad}"), false).is_err(), "{bad:?}");
            assert!(HashedPassword::parse(&format!("${bad}"), false).is_err(), "{bad:?}");
        }
        assert!(Description::parse("Åsa, Room 1", false).is_ok());
    }

    #[test]
    fn a_password_in_the_clear_is_refused_and_not_repeated() {
        for good in [
            "",
            "!",
            "*",
            "!!",
            "!*",
            "$y$j9T$abc$def",
            "!$6$a$b",
            "ab01234567890",
            "_J9..CCCCXBrJUJV154M",
        ] {
            assert!(HashedPassword::parse(good, false).is_ok(), "{good}");
        }
        for clear in ["hunter2", "hunter:2", "$hunter:2", "hunter\n2"] {
            let mistake = HashedPassword::parse(clear, false).unwrap_err();
            assert_eq!(mistake.code, code::BAD_HASH);
            assert!(!mistake.message.contains("hunter"));
        }
    }
}
