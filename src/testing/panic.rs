//! A panic where a test asks for one.

/// Panics at this scene, once, if the environment names it.
#[expect(clippy::panic, reason = "a fault is what this makes")]
pub(crate) fn panic_if_asked(scene: &str) {
    use std::sync::atomic::{AtomicBool, Ordering};

    static DONE: AtomicBool = AtomicBool::new(false);
    let asked = std::env::var("JETBRIDGE_TEST_PANIC").is_ok_and(|it| it == scene);
    if asked && !DONE.swap(true, Ordering::Relaxed) {
        panic!("asked for by JETBRIDGE_TEST_PANIC={scene}, `canary-secret`");
    }
}
