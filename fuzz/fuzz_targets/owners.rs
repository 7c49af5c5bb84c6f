//! See `fuzz::owners`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::owners::run(data));
