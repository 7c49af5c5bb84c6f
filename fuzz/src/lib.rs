//! What each fuzz target does with its bytes: one function that panics where a promise is broken. The targets in
//! `fuzz_targets/` hand it what libFuzzer makes up, `tests/fuzz` what lies in `corpus/`.

pub mod accounts;
pub mod bootspec;
pub mod disk;
pub mod firmware;
pub mod grub_language;
pub mod loaders;
pub mod owners;
pub mod plan;
pub mod record;
pub mod script;

/// A target: what is called with the bytes, and words of its input that a mutator would not come upon by itself.
pub struct Target {
    /// Its name; its corpus is `corpus/NAME`.
    pub name: &'static str,
    /// What panics where a promise is broken.
    pub run: fn(&[u8]),
}

/// All of them.
pub const TARGETS: [Target; 9] = [
    Target {
        name: "accounts",
        run: accounts::run,
    },
    Target {
        name: "bootspec",
        run: bootspec::run,
    },
    Target {
        name: "disk",
        run: disk::run,
    },
    Target {
        name: "firmware",
        run: firmware::run,
    },
    Target {
        name: "loaders",
        run: loaders::run,
    },
    Target {
        name: "owners",
        run: owners::run,
    },
    Target {
        name: "plan",
        run: plan::run,
    },
    Target {
        name: "record",
        run: record::run,
    },
    Target {
        name: "script",
        run: script::run,
    },
];

/// The parts of an input that holds several: what lies between bytes 0xFF, which UTF-8 never has. Parts that are missing are
/// empty.
fn parts<const N: usize>(data: &[u8]) -> [&[u8]; N] {
    let mut parts = data.splitn(N, |byte| *byte == 0xFF);
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}

/// Whether a terminal would obey part of a message, or the message breaks its line.
fn has_control(text: &str) -> bool {
    text.chars().any(char::is_control)
}
