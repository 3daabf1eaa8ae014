//! The program as it is shipped has no switch that only tests use: its bytes are searched. Issue 13.
#![expect(clippy::unwrap_used, reason = "a broken test should stop where it broke")]

/// Beginnings of the variables that only tests set.
const SWITCHES: [&str; 3] = ["JETBRIDGE_TEST_", "JETBRIDGE_LOOPBACK_", "JETBRIDGE_UPDATE"];

fn switches(program: &str) -> Vec<&'static str> {
    let bytes = std::fs::read(program).unwrap();
    let has = |it: &&str| memchr::memmem::find(&bytes, it.as_bytes()).is_some();
    SWITCHES.into_iter().filter(has).collect()
}

/// `JETBRIDGE_SHIPPED` names a program that was built without the feature `testing`, as `.ci/run` does:
/// `cargo build`, or `cargo build --release`.
#[test]
fn the_shipped_program_has_no_switch_of_the_tests() {
    let tested = switches(env!("CARGO_BIN_EXE_jetbridge"));
    assert_eq!(tested, SWITCHES[..2], "the search finds what is there");
    let Some(shipped) = std::env::var_os("JETBRIDGE_SHIPPED") else {
        eprintln!("skipped: JETBRIDGE_SHIPPED names no program");
        return;
    };
    assert_eq!(switches(shipped.to_str().unwrap()), [""; 0]);
}
