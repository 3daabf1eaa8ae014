//! See `jetbridge::testing::fuzzing`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| jetbridge::testing::fuzzing::run("keymap", bytes));
