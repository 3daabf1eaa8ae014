//! The place that the screen is fed in: the sample workspace, with names of the worst kind.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use crate::backend::{Capabilities, Place};
use crate::domain::{ConnectionId, Timestamp};
use crate::runtime::program::Program;
use crate::service::sample;
pub(super) use crate::testing::fake::Fake;
use crate::testing::harness::Setup;

use super::promises;

/// Names that a service or a file may bring along.
const HOSTILE: [&str; 6] = [
    "\u{1b}]0;owned\u{7}\u{1b}[2J",
    "contoso\u{202e}txt.exe",
    "zero\u{200b}width\u{feff}\u{ad}",
    "漢字漢字漢字漢字漢字 🚀👩\u{200d}👧",
    "\u{301}e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
    "\t\r\n\u{9b}31m\u{2028}",
];

fn now() -> Timestamp {
    Timestamp::from_second(1_780_000_000).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The sample, and a connection for each hostile name.
fn sample() -> &'static Fake {
    static SAMPLE: OnceLock<Fake> = OnceLock::new();
    SAMPLE.get_or_init(|| {
        let fake = Fake::with_clock("tester", Arc::new(now));
        let loaded = futures_util::FutureExt::now_or_never(sample::load(&fake, now()));
        assert!(matches!(loaded, Some(Ok(_))), "the sample is not loaded: {loaded:?}");
        let ids = fake.ids();
        for (number, (name, id)) in HOSTILE.iter().zip(ids.iter().cycle()).enumerate() {
            let number = u128::try_from(number).unwrap_or_default();
            let new = 0x0199_0000_0000_7000_8000_0000_0000_0000 + number;
            fake.put_renamed(*id, ConnectionId(uuid::Uuid::from_u128(new)), name);
        }
        fake
    })
}

/// A copy of it, as the first byte says: a store, a service that is only read, or an empty store.
pub(super) fn fake(first: u8) -> Fake {
    let fake = match first % 8 {
        0 => Fake::new(),
        _ => sample().copy(),
    };
    fake.set_capabilities(match first % 8 {
        1 => Capabilities::FLY,
        2 => Capabilities::ALL,
        _ => Capabilities::STORE,
    });
    fake
}

/// The real program on it, its core watched.
pub(super) fn setup(fake: &Fake) -> Setup {
    let backend = Place::clone(fake);
    let mut setup = Setup::new(backend);
    setup.program = Program { update: promises::update, ..Program::JETBRIDGE };
    // As every process has its own: drafts of two must not bear the same id.
    static STARTED: AtomicU64 = AtomicU64::new(0);
    setup.settings.session = format!("s{}", STARTED.fetch_add(1, Ordering::Relaxed));
    setup.settings.installer.url = Some("https://agent.example/DeviceAgent.msi".to_owned());
    setup
}
