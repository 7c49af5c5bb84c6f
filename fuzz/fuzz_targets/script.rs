//! See `fuzz::script`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::script::run(data));
