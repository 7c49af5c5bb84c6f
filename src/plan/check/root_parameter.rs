//! The kernel parameter `root=` names the file system that the plan has for `/`.

use super::{Plans, at, warning};
use crate::problem::{Problem, code};
use crate::sections::disk::mounts::each;
use crate::sections::disk::slots::slots;
use crate::text::Text;

pub fn check(plans: &Plans) -> Vec<Problem> {
    find(plans).into_iter().collect()
}

/// The ways to name a file system: the word in `root=` and fstab(5), and udev's folder of links.
const WAYS: [(&str, &str); 4] = [
    ("LABEL=", "/dev/disk/by-label/"),
    ("PARTLABEL=", "/dev/disk/by-partlabel/"),
    ("PARTUUID=", "/dev/disk/by-partuuid/"),
    ("UUID=", "/dev/disk/by-uuid/"),
];

fn find(plans: &Plans) -> Option<Problem> {
    let parameters = plans.given.boot.as_ref()?.kernel_params.as_ref()?;
    let parameter = parameters.iter().find_map(|parameter| root_of(parameter.text()))?;
    let (way, wanted) = way_of(parameter)?;
    let root = plans.filled.file_systems.as_ref()?.entries.get("/")?.as_ref()?;
    let device = root.device.as_ref().map_or("", Text::text);
    // All that is known of the file system's names.
    let mut known = Vec::new();
    known.extend(way_of(device).map(|(way, name)| (way, name.to_owned())));
    known.extend(root.label.as_ref().map(|label| ("LABEL=", label.text().to_owned())));
    if let Some(disks) = &plans.filled.disks {
        each(disks, &mut |_, content| {
            let is_it = !device.is_empty() && content.device().is_some_and(|own| own.text() == device);
            known.extend(
                content
                    .label()
                    .filter(|_| is_it)
                    .map(|label| ("LABEL=", label.to_owned())),
            );
        });
        for slot in slots(disks) {
            if slot.device.is_some_and(|own| own.text() == device) {
                known.extend(slot.label.map(|label| ("PARTLABEL=", label.text().to_owned())));
                known.extend(slot.uuid.map(|uuid| ("PARTUUID=", uuid.text().to_ascii_lowercase())));
            }
        }
    }
    let mut same_way = known.iter().filter(|(other, _)| *other == way);
    let is_same = |name: &str| {
        unescaped(name) == unescaped(wanted) || way.ends_with("UUID=") && name.eq_ignore_ascii_case(wanted)
    };
    let (_, other) = same_way.clone().next()?;
    if same_way.any(|(_, name)| is_same(name)) {
        return None;
    }
    let message = format!("`root={parameter}` is not the file system of `/`, which has `{way}{other}`");
    let hint = format!("write `\"root={way}{other}\"`");
    Some(warning(
        at("boot").name("kernelParams"),
        code::OTHER_ROOT,
        message,
        hint,
    ))
}

/// The value of `root=`, without its quotes.
fn root_of(parameter: &str) -> Option<&str> {
    let plain = parameter.trim_matches('"');
    plain.strip_prefix("root=").map(|value| value.trim_matches('"'))
}

fn way_of(text: &str) -> Option<(&'static str, &str)> {
    WAYS.iter().find_map(|(word, folder)| {
        let name = text.strip_prefix(word).or_else(|| text.strip_prefix(folder))?;
        Some((*word, name))
    })
}

/// A name from udev with its escapes undone: udev writes some characters as `\x` and two digits.
fn unescaped(name: &str) -> String {
    let mut text = String::new();
    let mut rest = name;
    while let Some((before, after)) = rest.split_once("\\x") {
        text += before;
        let byte = after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match byte {
            Some(byte) => text.push(char::from(byte)),
            None => text += "\\x",
        }
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    text + rest
}
