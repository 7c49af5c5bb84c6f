//! See `nix_system_installer_fuzz::firmware`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nix_system_installer_fuzz::firmware::run(data));
