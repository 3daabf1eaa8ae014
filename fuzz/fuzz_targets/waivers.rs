//! See `jetbridge::fuzzing`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| jetbridge::fuzzing::run("waivers", bytes));
