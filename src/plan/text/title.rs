//! What a system is called, and for what kind of machine it is: name, host name, system.

use super::{Mistake, string};
use crate::problem::code;
use crate::read::quoted;

string! {
    /// The name of a derivation. Nix has the rule (`checkName` in store path.cc) and allows 211 bytes. Some fewer are
    /// allowed here, because the derivation's own file is called `NAME.drv`.
    Name like "^[0-9A-Za-z+_?=-][0-9A-Za-z+._?=-]{0,206}$", "a name", check_name
}

fn check_name(text: &str) -> Result<(), Mistake> {
    let wrong = |what: &str| Err(Mistake::new(code::BAD_NAME, format!("{} {what}", quoted(text))));
    if text.is_empty() {
        return Err(Mistake::new(code::BAD_NAME, "the name is empty"));
    }
    if text.len() > 207 {
        return Err(Mistake::new(
            code::BAD_NAME,
            format!("the name has {} bytes; a store path takes 207", text.len()),
        ));
    }
    if text.starts_with('.') {
        return wrong("starts with a dot, which no store path's name may");
    }
    if text.to_ascii_lowercase().ends_with(".drv") {
        return wrong("ends in `.drv`, which only a derivation's own file may");
    }
    if let Some(bad) = text
        .chars()
        .find(|c| !(c.is_ascii_alphanumeric() || "+-._?=".contains(*c)))
    {
        return Err(Mistake::new(
            code::BAD_NAME,
            format!("{} holds {bad:?}, which no store path's name may", quoted(text)),
        )
        .hint("use letters, digits and `+-._?=`"));
    }
    Ok(())
}

string! {
    /// A system as Nix names it.
    System like "^[a-z0-9_.]+(-[a-z0-9_.]+)+$", "a system", check_system
}

string! {
    /// The system that a plan is for. It is a Linux, because the runtime needs one.
    TargetSystem like "^[a-z0-9_.]+(-[a-z0-9_.]+)*-linux$", "a system", |text| {
        check_system(text)?;
        if text.ends_with("-linux") {
            return Ok(());
        }
        Err(Mistake::new(code::BAD_SYSTEM, format!("{} is not a Linux system", quoted(text)))
            .hint("a system that initialises itself runs Linux, as `x86_64-linux`"))
    }
}

fn check_system(text: &str) -> Result<(), Mistake> {
    let part = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'.'))
    };
    if text.len() <= 64 && text.split('-').count() >= 2 && text.split('-').all(part) {
        return Ok(());
    }
    Err(
        Mistake::new(code::BAD_SYSTEM, format!("{} is not a system", quoted(text)))
            .hint("write it as `derivation` takes it: `x86_64-linux`"),
    )
}

string! {
    /// A host name: labels as in RFC 1123 (2.1), 64 bytes at most, as in Linux.
    HostName like "^[0-9A-Za-z]([0-9A-Za-z.-]{0,62}[0-9A-Za-z])?$", "a host name", check_host_name
}

fn check_host_name(text: &str) -> Result<(), Mistake> {
    if text.is_empty() {
        return Err(Mistake::new(code::BAD_HOST_NAME, "the host name is empty"));
    }
    if text.len() > 64 {
        let message = format!("the host name has {} bytes; Linux holds 64", text.len());
        return Err(Mistake::new(code::BAD_HOST_NAME, message));
    }
    if text.split('.').all(is_label) {
        return Ok(());
    }
    Err(
        Mistake::new(code::BAD_HOST_NAME, format!("{} is not a host name", quoted(text)))
            .hint("use letters, digits and `-`, in parts of 1 to 63 with dots between them, no `-` at a part's ends"),
    )
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

impl HostName {
    /// The default host name of a system called `name`: the name itself, if it can be one.
    pub fn from_name(name: &str) -> Self {
        if check_host_name(name).is_ok() {
            return Self(name.to_owned());
        }
        let replaced: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' })
            .collect();
        let labels: Vec<&str> = replaced
            .split('.')
            .map(|label| label.trim_matches('-'))
            .map(|label| label.get(..63).unwrap_or(label).trim_matches('-'))
            .filter(|label| !label.is_empty())
            .collect();
        let joined = labels.join(".");
        let short = joined.get(..64).unwrap_or(&joined).trim_matches(['-', '.']);
        // `localhost` is what hostname(5) falls back to as well.
        Self(if short.is_empty() { "localhost" } else { short }.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Text;
    use super::*;

    fn accepted<T: Text>(text: &str) -> bool {
        T::parse(text, false).is_ok()
    }

    #[test]
    fn a_name_is_what_nix_takes_for_a_derivation() {
        for good in ["a", "web-1", "a_b+c.d?e=f", &"x".repeat(207)] {
            assert!(accepted::<Name>(good), "{good}");
        }
        for bad in ["", ".a", "a b", "a/b", "ä", "a\n", "a.drv", &"x".repeat(208)] {
            assert!(!accepted::<Name>(bad), "{bad}");
        }
    }

    #[test]
    fn a_system_has_a_processor_and_a_kernel() {
        for good in ["x86_64-linux", "aarch64-linux", "armv7l-linux"] {
            assert!(accepted::<TargetSystem>(good), "{good}");
        }
        for bad in [
            "",
            "linux",
            "x86_64-",
            "-linux",
            "X86-linux",
            "x86_64 linux",
            "x86_64-linux\n",
            "x86_64-darwin",
        ] {
            assert!(!accepted::<TargetSystem>(bad), "{bad}");
        }
        assert!(accepted::<System>("aarch64-darwin"));
    }

    #[test]
    fn a_host_name_has_labels_of_letters_digits_and_inner_hyphens() {
        for good in ["a", "web-1", "web.example.org", "1a", &"x".repeat(63)] {
            assert!(accepted::<HostName>(good), "{good}");
        }
        for bad in [
            "",
            "-a",
            "a-",
            "a..b",
            ".a",
            "a.",
            "a_b",
            "a b",
            "a\nb",
            "ä",
            &"x".repeat(64),
            &"a.".repeat(33),
        ] {
            assert!(!accepted::<HostName>(bad), "{bad}");
        }
    }

    #[test]
    fn every_name_gives_a_valid_host_name() {
        for (name, host) in [
            ("web", "web"),
            ("web_1", "web-1"),
            ("_", "localhost"),
            ("a+", "a"),
            ("a..=b.", "a.b"),
        ] {
            assert_eq!(HostName::from_name(name).text(), host);
        }
        for long in [
            "x".repeat(207),
            "a-".repeat(100),
            "a.".repeat(100),
            "a_".repeat(31) + "b_.c",
        ] {
            let host = HostName::from_name(&long);
            assert!(check_host_name(host.text()).is_ok(), "{host:?}");
        }
    }
}
