//! The kernel's command line is short enough for the kernel, boot loader's additions included, and GRUB can pass it on.

use super::{Plans, at, problem};
use crate::problem::{Problem, code};
use crate::text::{Source, Text};
use step::kernel_parameter;
use tree::path::STORE_DIR;

/// The longest command line: `COMMAND_LINE_SIZE`, final NUL included, of the architectures where it is short.
const SIZES: &[(&str, usize)] = &[
    ("x86_64", 2048),
    ("i686", 2048),
    ("aarch64", 2048),
    ("armv6l", 1024),
    ("armv7l", 1024),
    ("riscv64", 1024),
];

/// The length of the hash in a store path's name, with the hyphen.
const HASH: usize = 33;

pub fn check(plans: &Plans) -> Vec<Problem> {
    let mut problems = passed_on(plans);
    problems.extend(length(plans));
    problems.extend(root(plans));
    problems
}

/// GRUB can pass every parameter on to the kernel. The problem names no index: an element that could not be read is
/// missing in the list.
fn passed_on(plans: &Plans) -> Vec<Problem> {
    let boot = plans.given.boot.as_ref();
    let grub = boot.filter(|boot| boot.loader.as_ref().is_some_and(|loader| loader.grub.is_some()));
    let parameters = grub.and_then(|boot| boot.kernel_params.as_ref()).into_iter().flatten();
    let mistakes = parameters.filter_map(|parameter| kernel_parameter::words(parameter.text()).err());
    mistakes
        .map(|mistake| {
            let path = at("boot").name("kernelParams");
            let hint = "write it in another way, or leave it out";
            problem(path, code::BAD_KERNEL_PARAMETER, mistake.to_string(), hint)
        })
        .collect()
}

/// `root=` is there once. Of several, the kernel takes the last one, and an initial RAM disk may take another.
fn root(plans: &Plans) -> Option<Problem> {
    let parameters = plans.given.boot.as_ref()?.kernel_params.as_ref()?;
    let is_root = |text: &str| text.strip_prefix('"').unwrap_or(text).starts_with("root=");
    let mut roots = parameters.iter().map(Text::text).filter(|text| is_root(text));
    let (first, second) = (roots.next()?, roots.next()?);
    let message = format!("the root is named twice: `{first}` and `{second}`");
    let path = at("boot").name("kernelParams");
    Some(problem(path, code::ROOT_TWICE, message, "leave one of them out"))
}

fn length(plans: &Plans) -> Vec<Problem> {
    let plan = plans.given;
    let (Some(boot), Some(system), Some(name)) = (&plan.boot, &plan.system, &plan.name) else {
        return Vec::new();
    };
    let architecture = system
        .text()
        .split_once('-')
        .map_or("", |(architecture, _)| architecture);
    let Some((_, size)) = SIZES.iter().find(|(known, _)| *known == architecture) else {
        return Vec::new();
    };
    let own = "init=/".len() + STORE_DIR.len() + HASH + name.text().len() + "/init".len();
    // GRUB puts the kernel's path in front.
    let is_grub = boot.loader.as_ref().is_some_and(|loader| loader.grub.is_some());
    let kernel = boot
        .kernel
        .as_ref()
        .filter(|_| is_grub)
        .map(in_store)
        .map_or(0, |path| "BOOT_IMAGE=(hd0,gpt1) ".len() + path);
    let parameters: usize = boot
        .kernel_params
        .iter()
        .flatten()
        .map(|word| 1 + word.text().len())
        .sum();
    let length = own + kernel + parameters;
    if length < *size {
        return Vec::new();
    }
    let message = format!(
        "the kernel's command line has {length} bytes with what the boot loader adds; the kernel takes {}",
        size - 1
    );
    let path = at("boot").name("kernelParams");
    vec![problem(
        path,
        code::LONG_COMMAND_LINE,
        message,
        "leave some of them out",
    )]
}

/// The length in bytes of a source's path in the store.
fn in_store(source: &Source) -> usize {
    let text = source.text();
    if !source.is_path() {
        return text.len();
    }
    STORE_DIR.len() + 1 + HASH + text.rsplit('/').next().map_or(0, str::len)
}
