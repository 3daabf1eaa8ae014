//! The corpus, and changes of it, through every target, without the fuzzer.

use std::fs;
use std::path::Path;

use super::TARGETS;

/// Changes of each file of the corpus; `JETBRIDGE_CHANGES` sets another number.
const CHANGES: u64 = 60;

fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.display().to_string(), fs::read(path).unwrap()))
        .collect();
    files.sort();
    files
}

/// SplitMix64: the same changes on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).unwrap()
    }
}

/// Bytes that mean something to one of the readers.
const SPECIAL: [&str; 22] = [
    "\"",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ",",
    "\n",
    "\r",
    "\0",
    "\u{1b}",
    "\u{202e}",
    "\u{feff}",
    "=",
    "#",
    "'",
    "-",
    ".",
    "0",
    "9999999999999999999",
    "é",
    "🚀",
];

fn changed(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(out.len() + 1);
        match random.below(5) {
            0 => out.truncate(at),
            1 if at < out.len() => out[at] ^= 1 << random.below(8),
            2 => {
                let special = SPECIAL[random.below(SPECIAL.len())].as_bytes();
                out.splice(at..at, special.iter().copied());
            }
            3 => {
                let end = at + random.below(out.len() - at + 1).min(40);
                let piece = out[at..end].to_vec();
                out.splice(at..at, piece);
            }
            _ => {
                let end = (at + random.below(12)).min(out.len());
                out.drain(at..end);
            }
        }
    }
    out
}

#[test]
fn the_corpus_and_changes_of_it_break_no_promise() {
    let changes = std::env::var("JETBRIDGE_CHANGES").ok().and_then(|it| it.parse().ok());
    for (name, target) in TARGETS {
        let files = corpus(name);
        assert!(!files.is_empty(), "{name} has no corpus");
        for (at, (file, bytes)) in files.iter().enumerate() {
            target(bytes);
            let mut random = Random(at as u64);
            for round in 0..changes.unwrap_or(CHANGES) {
                let bytes = changed(bytes, &mut random);
                let ran = std::panic::catch_unwind(|| target(&bytes));
                assert!(ran.is_ok(), "{name}, round {round} of {file}: {bytes:?}");
            }
        }
    }
}

/// Events of the screen; `JETBRIDGE_EVENTS` sets another number, `JETBRIDGE_SEED` other ones.
const EVENTS: usize = 4_000;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().and_then(|it| it.replace('_', "").parse().ok())
}

/// How many events these bytes are; `None`: they break a promise.
fn fed(bytes: &[u8]) -> Option<usize> {
    std::panic::catch_unwind(|| super::events::run(bytes)).ok()
}

/// The fewest bytes that still break a promise, found by leaving out ever smaller pieces.
fn fewest(bytes: &[u8]) -> Vec<u8> {
    let mut least = bytes.to_vec();
    let mut piece = least.len() / 2;
    while piece > 0 {
        let mut at = 0;
        while at < least.len() {
            let mut without = least.clone();
            without.drain(at..(at + piece).min(without.len()));
            if fed(&without).is_none() {
                least = without;
            } else {
                at += piece;
            }
        }
        piece /= 2;
    }
    least
}

/// C7, E4, E5: a walk that nobody thought of.
#[test]
fn random_events_break_no_promise() {
    let wanted = number("JETBRIDGE_EVENTS").map_or(EVENTS, |it| usize::try_from(it).unwrap());
    let first = number("JETBRIDGE_SEED").unwrap_or(1) << 32;
    let (mut events, mut seed) = (0, first);
    while events < wanted {
        seed += 1;
        let mut random = Random(seed);
        let length = 200 + random.below(1_800);
        let bytes: Vec<u8> =
            (0..length).map(|_| u8::try_from(random.below(256)).unwrap()).collect();
        let Some(fed) = fed(&bytes) else {
            let file = std::env::temp_dir().join(format!("jetbridge-events-{seed}"));
            // As said above, and then only once more.
            std::panic::set_hook(Box::new(|_| ()));
            fs::write(&file, fewest(&bytes)).unwrap();
            drop(std::panic::take_hook());
            panic!("seed {seed} broke a promise; its fewest bytes are in {}", file.display());
        };
        events += fed;
    }
    println!("{events} events, {} programs, from seed {first}", seed - first);
}

/// A target that cargo-fuzz does not know would never be fuzzed.
#[test]
fn the_fuzzer_knows_every_target() {
    let manifest = include_str!("../../../fuzz/Cargo.toml");
    for (name, _) in TARGETS {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name} in fuzz/Cargo.toml");
        let file =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fuzz/fuzz_targets/{name}.rs"));
        assert!(file.exists(), "{}", file.display());
    }
}
