//! See `fuzz::loaders`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::loaders::run(data));
