//! The menu: its entries, with the titles that NixOS's own boot loader scripts give them. No I/O.
//!
//! In GRUB the default comes first under a short title, then a submenu has every generation, the newest first, and a
//! generation with specialisations is a submenu of its own. systemd-boot has one list, where title and version tell entries
//! apart.

use super::bootspec::Bootspec;
use super::generations::{Generation, Generations};

/// The sort key for systemd-boot where a generation's bootspec has none.
const SORT_KEY: &str = "nixos";

/// Something to boot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The title in GRUB's menu.
    pub title: String,
    /// The title in systemd-boot's menu.
    pub short_title: String,
    /// The version, which systemd-boot shows behind the title where several entries have the same title.
    pub version: String,
    /// What systemd-boot sorts by first.
    pub sort_key: String,
    /// The generation's number; `None` for a system that is in no profile.
    pub number: Option<u64>,
    /// What tells this entry from the generation's others: the system's store path, and a specialisation's name.
    pub variant: String,
    /// The store path of the system.
    pub system: String,
    /// The name of a specialisation; `None` for the generation itself.
    pub specialisation: Option<String>,
    /// The path of the kernel.
    pub kernel: String,
    /// The path of the initrd.
    pub initrd: Option<String>,
    /// The program that appends secrets to it.
    pub secrets: Option<String>,
    /// Words of the kernel's command line, `init=` among them.
    pub params: Vec<String>,
}

/// The entries of a generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The title of its submenu.
    pub title: String,
    /// The generation itself, then its specialisations.
    pub entries: Vec<Entry>,
}

/// A menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Menu {
    /// What boots when nobody chooses. [`Menu::generations`] may hold it as well, under another title.
    pub default: Group,
    /// The title of the submenu of all generations.
    pub all: String,
    /// The generations, the newest first.
    pub generations: Vec<Group>,
}

/// The menu of `generations` for the plan called `name`.
pub fn menu(generations: &Generations, name: &str) -> Menu {
    let distribution = distribution(&generations.default.spec.label, name);
    Menu {
        default: group(&generations.default, distribution, ""),
        all: format!("{distribution} - All configurations"),
        generations: generations
            .all
            .iter()
            .map(|generation| {
                let distribution = self::distribution(&generation.spec.label, name);
                let number = generation.number.unwrap_or_default();
                let title = format!("{distribution} - Configuration {number}");
                let suffix = format!(" ({} - {})", generation.date, generation.spec.label);
                group(generation, &title, &suffix)
            })
            .collect(),
    }
}

/// NixOS's own systems are called by its name, others by the plan's.
fn distribution<'a>(label: &str, name: &'a str) -> &'a str {
    match label.split(' ').next() {
        Some("NixOS") => "NixOS",
        _ => name,
    }
}

fn group(generation: &Generation, title: &str, suffix: &str) -> Group {
    let spec = &generation.spec;
    let kind = if spec.specialisations.is_empty() {
        ""
    } else {
        " - Default"
    };
    let mut entries = vec![entry(generation, spec, None, format!("{title}{kind}{suffix}"), title)];
    for (name, specialisation) in &spec.specialisations {
        let of = if generation.date.is_empty() {
            String::new()
        } else {
            format!("{} - ", generation.date)
        };
        let full = format!("{title} - ({name} - {of}{})", specialisation.label);
        entries.push(entry(generation, specialisation, Some(name), full, title));
    }
    Group {
        title: format!("> {title}{suffix}"),
        entries,
    }
}

fn entry(generation: &Generation, spec: &Bootspec, specialisation: Option<&str>, title: String, start: &str) -> Entry {
    let distribution = start.split(" - Configuration ").next().unwrap_or(start);
    let mut version = match generation.number {
        Some(number) => format!("Generation {number} {}", spec.label),
        None => spec.label.clone(),
    };
    if !generation.date.is_empty() {
        version = format!("{version}, built on {}", generation.date);
    }
    let mut params = vec![format!("init={}", spec.init)];
    params.extend(spec.kernel_params.iter().cloned());
    Entry {
        title,
        short_title: match specialisation {
            Some(name) => format!("{distribution} ({name})"),
            None => distribution.to_owned(),
        },
        version,
        sort_key: spec.sort_key.clone().unwrap_or_else(|| SORT_KEY.to_owned()),
        number: generation.number,
        variant: format!("{} {}", generation.system, specialisation.unwrap_or_default()),
        system: spec.toplevel.clone(),
        specialisation: specialisation.map(str::to_owned),
        kernel: spec.kernel.clone(),
        initrd: spec.initrd.clone(),
        secrets: spec.initrd_secrets.clone(),
        params,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(label: &str, specialisations: &[&str]) -> Bootspec {
        Bootspec {
            label: label.to_owned(),
            toplevel: "/nix/store/x-system".to_owned(),
            init: "/nix/store/x-system/init".to_owned(),
            kernel: "/nix/store/x-linux/bzImage".to_owned(),
            kernel_params: vec!["quiet".to_owned()],
            initrd: Some("/nix/store/x-initrd/initrd".to_owned()),
            initrd_secrets: None,
            sort_key: None,
            specialisations: specialisations
                .iter()
                .map(|name| ((*name).to_owned(), spec(label, &[])))
                .collect(),
        }
    }

    fn generation(number: Option<u64>, spec: Bootspec) -> Generation {
        Generation {
            number,
            date: number.map_or(String::new(), |_| "2026-01-02".to_owned()),
            system: format!("/nix/store/{}-system", number.unwrap_or_default()),
            spec,
        }
    }

    fn titles(group: &Group) -> Vec<&str> {
        group.entries.iter().map(|entry| entry.title.as_str()).collect()
    }

    #[test]
    fn titles_are_those_of_nixos() {
        let newest = generation(Some(12), spec("NixOS 23.11", &["debug"]));
        let oldest = generation(Some(9), spec("NixOS 23.05", &[]));
        let menu = menu(
            &Generations {
                default: newest.clone(),
                all: vec![newest, oldest],
                warnings: Vec::new(),
            },
            "box",
        );
        assert_eq!(
            titles(&menu.default),
            ["NixOS - Default", "NixOS - (debug - 2026-01-02 - NixOS 23.11)"]
        );
        assert_eq!(menu.all, "NixOS - All configurations");
        assert_eq!(
            menu.generations[0].title,
            "> NixOS - Configuration 12 (2026-01-02 - NixOS 23.11)"
        );
        assert_eq!(
            titles(&menu.generations[0]),
            [
                "NixOS - Configuration 12 - Default (2026-01-02 - NixOS 23.11)",
                "NixOS - Configuration 12 - (debug - 2026-01-02 - NixOS 23.11)"
            ]
        );
        assert_eq!(
            titles(&menu.generations[1]),
            ["NixOS - Configuration 9 (2026-01-02 - NixOS 23.05)"]
        );
        let entry = &menu.generations[0].entries[1];
        assert_eq!(entry.short_title, "NixOS (debug)");
        assert_eq!(entry.version, "Generation 12 NixOS 23.11, built on 2026-01-02");
        assert_eq!(entry.params, ["init=/nix/store/x-system/init", "quiet"]);
    }

    #[test]
    fn other_systems_are_called_by_the_plans_name() {
        let alone = generation(None, spec("the box in the hall", &[]));
        let menu = menu(
            &Generations {
                default: alone,
                all: Vec::new(),
                warnings: Vec::new(),
            },
            "box",
        );
        assert_eq!(titles(&menu.default), ["box"]);
        let entry = &menu.default.entries[0];
        assert_eq!(
            (entry.short_title.as_str(), entry.version.as_str(), entry.number),
            ("box", "the box in the hall", None)
        );
    }
}
