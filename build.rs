//! Links the runtime without what it has no use for; with the feature `plugin`, builds the C++ side of the plugin and packs
//! the runtime and the builder of images for embedding.

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    make_the_static_program_small();
    #[cfg(feature = "plugin")]
    if let Err(sentence) = plugin::build() {
        // Cargo prints this without the noise of a panic.
        println!("cargo::error={sentence}");
        std::process::exit(1);
    }
}

/// For the static program: src/bin/system-installer/c_library.rs takes the place of functions of the C library. In a version
/// of it where they come along all the same, the program's own are taken.
///
/// In the profile `runtime`, where a panic ends the process, it has no tables for unwinding. Cargo does not say which profile
/// it builds; its `opt-level` tells it from the others.
fn make_the_static_program_small() {
    let argument = |argument: &str| println!("cargo:rustc-link-arg-bin=system-installer=-Wl,{argument}");
    let features = env::var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default();
    if !features.split(',').any(|feature| feature == "crt-static") {
        return;
    }
    argument("-z,muldefs");
    if env::var("OPT_LEVEL").as_deref() == Ok("z") {
        let script = "src/bin/system-installer.ld";
        println!("cargo:rerun-if-changed={script}");
        let folder = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
        argument(&format!("-T,{folder}/{script}"));
        argument("--no-eh-frame-hdr");
    }
}

#[cfg(feature = "plugin")]
#[path = "cpp/flags.rs"]
mod flags;

#[cfg(feature = "plugin")]
mod plugin {
    use crate::flags::{self, Nix};
    use std::path::PathBuf;
    use std::{env, fs};

    const SOURCES: [&str; 5] = [
        "cpp/walker.cc",
        "cpp/problems.cc",
        "cpp/filled.cc",
        "cpp/misfit.cc",
        "cpp/primop.cc",
    ];

    pub fn build() -> Result<(), String> {
        println!("cargo:rerun-if-changed=cpp");
        for variable in flags::VARIABLES {
            println!("cargo:rerun-if-env-changed={variable}");
        }
        for program in PROGRAMS {
            pack(&program)?;
        }

        let mut cc = cxx_build::bridge("src/bridge.rs");
        cc.files(SOURCES)
            .include("cpp")
            .warnings(true)
            .extra_warnings(true)
            // Leaving fields out is how Nix wants its structures initialised.
            .flag("-Wno-missing-field-initializers");
        for flag in Nix::find()?.flags() {
            cc.flag(flag);
        }
        cc.try_compile("nix_system_installer_cpp")
            .map_err(|e| format!("cannot compile `cpp`: {e}"))?;

        // The loading process has Nix's symbols. Those that another version of Nix lacks must not be missed before the
        // version guard has spoken.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,lazy");
        Ok(())
    }

    /// A program that the plugin carries, each in a store path of its own.
    struct Program {
        /// Its name.
        name: &'static str,
        /// The variable that says where it is.
        variable: &'static str,
        /// How it is built.
        command: &'static str,
        /// The file that the bridge takes in.
        archive: &'static str,
    }

    const PROGRAMS: [Program; 2] = [
        Program {
            name: "system-installer",
            variable: "SYSTEM_INSTALLER_RUNTIME",
            command: "cargo build --profile runtime --bin system-installer",
            archive: "runtime.nar",
        },
        Program {
            name: "system-installer-image",
            variable: "SYSTEM_INSTALLER_IMAGE_BUILDER",
            command: "cargo build --release --features image --bin system-installer-image",
            archive: "image-builder.nar",
        },
    ];

    /// Writes a program's store path as a NAR, as Nix's `addToStoreFromDump` takes it.
    fn pack(program: &Program) -> Result<(), String> {
        let (name, variable) = (program.name, program.variable);
        println!("cargo:rerun-if-env-changed={variable}");
        let path = env::var_os(variable).map(PathBuf::from).ok_or_else(|| {
            let command = program.command;
            format!("{variable} is not set: build `{name}` first (`{command}`) and give its path in it")
        })?;
        println!("cargo:rerun-if-changed={}", path.display());
        let bytes = fs::read(&path).map_err(|e| format!("cannot read `{name}` at `{}`: {e}", path.display()))?;
        let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo has not set OUT_DIR")?).join(program.archive);
        fs::write(&out, archive(name, &bytes)).map_err(|e| format!("cannot write `{}`: {e}", out.display()))
    }

    /// A NAR (Dolstra, "The Purely Functional Software Deployment Model", figure 5.2) of a directory that holds the
    /// executable `bin/NAME`.
    fn archive(name: &str, executable: &[u8]) -> Vec<u8> {
        let mut nar = Vec::new();
        let directory_with = |nar: &mut Vec<u8>, name: &str| {
            for word in ["(", "type", "directory", "entry", "(", "name", name, "node"] {
                string(nar, word.as_bytes());
            }
        };
        string(&mut nar, b"nix-archive-1");
        directory_with(&mut nar, "bin");
        directory_with(&mut nar, name);
        for word in ["(", "type", "regular", "executable", "", "contents"] {
            string(&mut nar, word.as_bytes());
        }
        string(&mut nar, executable);
        // The file, and an entry and a directory twice.
        for _ in 0..5 {
            string(&mut nar, b")");
        }
        nar
    }

    /// A length as a 64-bit little-endian number, the bytes, zeros up to a multiple of eight.
    fn string(nar: &mut Vec<u8>, bytes: &[u8]) {
        nar.extend((bytes.len() as u64).to_le_bytes());
        nar.extend(bytes);
        nar.resize(nar.len().next_multiple_of(8), 0);
    }
}
