//! Builds the C++ side of the plugin, and packs the programs that it carries. Without the feature `nix` there is neither.

#[cfg(feature = "nix")]
#[path = "../../cpp/flags.rs"]
mod flags;
#[cfg(feature = "nix")]
#[path = "pack.rs"]
mod pack;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=pack.rs");
    #[cfg(feature = "nix")]
    if let Err(sentence) = pack::build() {
        // Cargo prints this without the noise of a panic.
        println!("cargo::error={sentence}");
        std::process::exit(1);
    }
}
