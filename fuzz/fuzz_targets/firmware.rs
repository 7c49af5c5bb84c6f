//! See `fuzz::firmware`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::firmware::run(data));
