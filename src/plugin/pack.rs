//! What goes into the plugin besides Rust: the C++ side, and the programs, each as the NAR of its store path.

use std::path::PathBuf;
use std::{env, fs};

use crate::flags::{self, Nix};

/// The directory of the C++ side, relative to this package.
const CPP: &str = "../../cpp";
const SOURCES: [&str; 5] = ["walker.cc", "problems.cc", "filled.cc", "misfit.cc", "primop.cc"];

pub fn build() -> Result<(), String> {
    println!("cargo:rerun-if-changed={CPP}");
    for variable in flags::VARIABLES {
        println!("cargo:rerun-if-env-changed={variable}");
    }
    for program in PROGRAMS {
        pack(&program)?;
    }

    let mut cc = cxx_build::bridge("bridge.rs");
    cc.files(SOURCES.map(|source| format!("{CPP}/{source}")))
        .include(CPP)
        .warnings(true)
        .extra_warnings(true)
        // Leaving fields out is how Nix wants its structures initialised.
        .flag("-Wno-missing-field-initializers");
    for flag in Nix::find()?.flags() {
        cc.flag(flag);
    }
    cc.try_compile("nix_system_installer_cpp")
        .map_err(|e| format!("cannot compile `cpp`: {e}"))?;

    // Nix's symbols come from the process that loads the plugin, and another version of Nix lacks some of them. Lazy
    // binding looks a symbol up when it is first called, so that the version guard can speak before.
    println!("cargo:rustc-cdylib-link-arg=-Wl,-z,lazy");
    Ok(())
}

/// A program that the plugin carries. Each has a store path of its own.
struct Program {
    /// Its name.
    name: &'static str,
    /// The environment variable that holds its path.
    variable: &'static str,
    /// The command that builds it, for messages.
    command: &'static str,
    /// The name of its archive, which `bridge.rs` includes.
    archive: &'static str,
}

const PROGRAMS: [Program; 3] = [
    Program {
        name: "system-installer-runtime",
        variable: "SYSTEM_INSTALLER_RUNTIME",
        command: "cargo build --profile runtime -p system-installer-runtime",
        archive: "runtime.nar",
    },
    Program {
        name: "system-installer-build",
        variable: "SYSTEM_INSTALLER_BUILD",
        command: "cargo build --release -p system-installer-build",
        archive: "build.nar",
    },
    Program {
        name: "system-installer",
        variable: "SYSTEM_INSTALLER_HOST",
        command: "cargo build --release -p system-installer",
        archive: "host.nar",
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
