//! See `nix_system_installer_fuzz::record`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nix_system_installer_fuzz::record::run(data));
