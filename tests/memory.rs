//! Secrets in the memory of the process: while a form shows them they are there, and after saving,
//! leaving, revealing and purging nothing of them is. E3.
//!
//! The test holds no copy itself: its canaries are kept masked, and memory is compared masked. It
//! looks for parts of them: whoever frees a text overwrites its beginning, and whoever grows one
//! leaves its beginning behind.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a broken test should stop where it broke")]

use std::fs::File;
use std::hint::black_box;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use jetbridge::backend::store::Store;
use jetbridge::backend::{Place, SaveRequest};
use jetbridge::domain::answers::{Answer, Sheet};
use jetbridge::domain::key::{HeldKey, KeyKind};
use jetbridge::domain::{Answers, ConnectionType, Draft, Held, Secret, Side, Timestamp};
use jetbridge::testing::harness::{Harness, Setup};

const MASK: u8 = 0xa5;
/// Bytes that are looked at in one go.
const CHUNK: usize = 1 << 18;
/// Bytes of a part that is looked for.
const PART: usize = 12;

/// Obviously fake, and never in memory as it reads.
struct Canary(Vec<u8>);

impl Canary {
    /// One with a number in it, and with characters that JSON escapes.
    fn new(number: u8) -> Self {
        let masked = |byte: u8| black_box(byte) ^ black_box(MASK);
        // "canary" comes first reversed, so that the literal is not the beginning of the text.
        let mut text: Vec<u8> = b"yranac".iter().rev().map(|it| masked(*it)).collect();
        text.extend([b'-', b'"', b'\\', b'-', b'A' + number, b'7'].map(masked));
        // Any letters, no two stretches alike.
        let mut state = u32::from(number) + 7;
        text.extend((0..48).map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            masked(b'a' + u8::try_from((state >> 24) % 26).unwrap())
        }));
        Self(text)
    }

    /// The text, for typing it; freed and wiped by whoever gets it.
    fn text(&self) -> String {
        self.0.iter().map(|it| char::from(*it ^ MASK)).collect()
    }

    /// The parts of it that are looked for.
    fn parts(&self) -> impl Iterator<Item = &[u8]> {
        [0, 6, 20, 34, self.0.len() - PART].into_iter().map(|at| &self.0[at..at + PART])
    }

    /// How many parts of it are in the memory of this process.
    fn count(&self) -> usize {
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        let memory = File::open("/proc/self/mem").unwrap();
        let mut buffer = vec![0u8; CHUNK];
        let mut found = 0;
        for line in maps.lines() {
            let mut words = line.split_whitespace();
            let (range, rights) = (words.next().unwrap(), words.next().unwrap());
            // Mapped by the kernel for itself.
            if !rights.starts_with('r') || line.ends_with("[vvar]") || line.contains("[v") {
                continue;
            }
            let (start, end) = range.split_once('-').unwrap();
            let hex = |text: &str| u64::from_str_radix(text, 16).unwrap();
            found += self.count_in(&memory, &mut buffer, hex(start), hex(end));
        }
        found
    }

    fn count_in(&self, memory: &File, buffer: &mut [u8], start: u64, end: u64) -> usize {
        let (mut at, mut found) = (start, 0);
        let mut firsts = [false; 256];
        self.parts().for_each(|part| firsts[usize::from(part[0] ^ MASK)] = true);
        while at < end {
            // A copy in the buffer would be found in it.
            buffer.fill(0);
            let wanted = buffer.len().min(usize::try_from(end - at).unwrap());
            let Ok(length) = memory.read_at(&mut buffer[..wanted], at) else { break };
            if length < PART {
                break;
            }
            let ends = length - PART + 1;
            let is_there = |at: usize| {
                let here = &buffer[at..at + PART];
                let same =
                    |part: &[u8]| here.iter().zip(part).all(|(it, masked)| it ^ MASK == *masked);
                self.parts().filter(|part| same(part)).count()
            };
            let starts =
                buffer[..ends].iter().enumerate().filter(|(_, it)| firsts[usize::from(**it)]);
            found += starts.map(|(at, _)| is_there(at)).sum::<usize>();
            at += u64::try_from(ends).unwrap();
        }
        buffer.fill(0);
        found
    }
}

/// A store with a source of devices named `hq`.
async fn store() -> Arc<Store> {
    let store = Store::in_memory("test").unwrap();
    let key = store.issue_key(KeyKind::Configuration).await.unwrap();
    let mut sheet = Sheet::default();
    sheet.set("client_id", Answer::Text(uuid().to_string()));
    sheet.set("client_secret", Answer::Secret(Held::New(Secret::new("not-real"))));
    sheet.set(
        "configuration_key",
        Answer::Key(HeldKey {
            id: key.id(),
            issued_at: Timestamp::UNIX_EPOCH,
            value: Held::New(key.text),
        }),
    );
    let draft = Draft {
        name: "hq".into(),
        description: String::new(),
        kind: ConnectionType::Device,
        side: Side::Source,
        answers: Answers::Form(sheet),
    };
    let request =
        SaveRequest { target: None, draft, secrets_from: None, restore: false, stamp: None };
    store.save(request).await.unwrap();
    Arc::new(store)
}

fn uuid() -> uuid::Uuid {
    "11111111-2222-4333-8444-555555555555".parse().unwrap()
}

/// Goes to the field of the secret.
async fn to_secret(harness: &mut Harness) {
    for _ in 0..20 {
        let form = harness.model().screens.form().unwrap();
        if form.focused().is_some_and(|it| it.key == "client_secret") {
            return;
        }
        harness.keys("<tab>").await.unwrap();
    }
    panic!("{}", harness.screen());
}

async fn open(harness: &mut Harness) {
    harness.keys("e").await.unwrap();
    to_secret(harness).await;
}

/// Types it key by key.
async fn type_in(harness: &mut Harness, canary: &Canary) {
    for c in canary.text().chars() {
        harness.keys(&c.to_string()).await.unwrap();
    }
}

/// One test at a time: what one reads of the memory is memory that the other searches.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

#[tokio::test]
async fn nothing_of_a_secret_stays_after_saving_leaving_and_revealing() {
    let _alone = ALONE.lock().await;
    let store = store().await;
    let mut harness = Harness::start(Setup::new(Place::clone(&store))).await.unwrap();
    let canaries: Vec<Canary> = (0..4).map(Canary::new).collect();
    let [saved, typed, cut, token] = canaries.as_slice() else { unreachable!() };
    let gone = |canary: &Canary, when: &str| assert_eq!(canary.count(), 0, "{when}");

    open(&mut harness).await;
    harness.paste(&saved.text()).await.unwrap();
    assert!(saved.count() > 0, "the search finds what is there");
    harness.keys("<esc><enter>").await.unwrap();
    assert!(harness.model().screens.form().is_none());
    gone(saved, "kept as a draft and left");

    harness.keys("R<enter>").await.unwrap();
    assert!(saved.count() > 0, "the draft is open again");
    harness.keys("<ctrl-s><ctrl-s>").await.unwrap();
    assert!(harness.model().screens.form().is_none(), "{}", harness.screen());
    gone(saved, "saved");

    open(&mut harness).await;
    gone(saved, "opened, hidden");
    harness.keys("<ctrl-r>").await.unwrap();
    assert!(saved.count() > 0, "it is shown");
    harness.keys("<esc>").await.unwrap();
    gone(saved, "shown and hidden again");
    harness.keys("<ctrl-r><esc><esc>").await.unwrap();
    assert!(harness.model().screens.form().is_none());
    gone(saved, "shown and left");

    open(&mut harness).await;
    type_in(&mut harness, typed).await;
    assert!(typed.count() > 0, "it is typed");
    harness.keys("<esc><right><enter>").await.unwrap();
    assert!(harness.model().screens.form().is_none());
    gone(typed, "typed and discarded");

    // Cut with the keys of the input line, which remembers it while it lives.
    open(&mut harness).await;
    type_in(&mut harness, cut).await;
    harness.keys("<ctrl-a><ctrl-k><tab>").await.unwrap();
    gone(cut, "typed and cut");
    harness.keys("<esc>").await.unwrap();
    assert!(harness.model().screens.form().is_none(), "{}", harness.screen());

    // A secret over the list of drafts and a new form.
    harness.keys("n<tab><right>").await.unwrap();
    to_secret(&mut harness).await;
    harness.paste(&token.text()).await.unwrap();
    harness.keys("<esc><enter>R").await.unwrap();
    harness.keys("dy<esc>").await.unwrap();
    gone(token, "a draft that was discarded");
    drop(harness);
    drop(store);
    for canary in &canaries {
        gone(canary, "the end");
    }
}

/// Purging opens the drafts, to see whose they are.
#[tokio::test]
async fn nothing_of_a_secret_stays_after_a_purge() {
    let _alone = ALONE.lock().await;
    let store = store().await;
    let mut harness = Harness::start(Setup::new(Place::clone(&store))).await.unwrap();
    let canaries: Vec<Canary> = (10..12).map(Canary::new).collect();
    let [saved, drafted] = canaries.as_slice() else { unreachable!() };
    open(&mut harness).await;
    harness.paste(&saved.text()).await.unwrap();
    assert!(saved.count() > 0, "the search finds what is there");
    harness.keys("<ctrl-s><ctrl-s>").await.unwrap();
    assert!(harness.model().screens.form().is_none(), "{}", harness.screen());
    open(&mut harness).await;
    harness.paste(&drafted.text()).await.unwrap();
    harness.keys("<esc><enter>").await.unwrap();
    assert_eq!(store.drafts().await.unwrap().len(), 1);
    harness.keys("dy").await.unwrap();
    assert_eq!(store.deleted().await.unwrap().len(), 1, "{}", harness.screen());
    harness.keys("D").await.unwrap();
    harness.keys("d").await.unwrap();
    harness.keys("y").await.unwrap();
    let left = (store.deleted().await.unwrap().len(), store.drafts().await.unwrap().len());
    assert_eq!(left, (0, 0), "{}", harness.screen());
    for canary in &canaries {
        assert_eq!(canary.count(), 0, "purged");
    }
    drop(harness);
    drop(store);
    for canary in &canaries {
        assert_eq!(canary.count(), 0, "the end");
    }
}
