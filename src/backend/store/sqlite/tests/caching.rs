//! The unlock cache: it spares a question, ends, and is never needed. RELIABILITY §4.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::Home;
use super::unlocking::{FIRST, answers, asking, locked, open, passphrase, reveal, save};
use crate::backend::store::{Asker, Cache, Keyring, Unlock};
use crate::domain::Secret;
use crate::testing::contract::block_on;

/// A keyring in memory that can fail.
#[derive(Default)]
struct Drawer {
    keys: Mutex<Vec<(String, [u8; 32], u32)>>,
    fails: bool,
    hangs: bool,
}

impl Drawer {
    fn use_it(&self) -> Result<(), String> {
        if self.hangs {
            // Longer than anybody waits; the test ends before.
            std::thread::park_timeout(Duration::from_secs(600));
        }
        if self.fails { Err("access is denied".to_owned()) } else { Ok(()) }
    }
}

impl Keyring for Drawer {
    fn get(&self, name: &str) -> Result<Option<zeroize::Zeroizing<[u8; 32]>>, String> {
        self.use_it()?;
        let keys = self.keys.lock().unwrap();
        Ok(keys.iter().find(|it| it.0 == name).map(|it| it.1.into()))
    }

    fn put(&self, name: &str, key: &[u8; 32], seconds: u32) -> Result<(), String> {
        self.use_it()?;
        self.keys.lock().unwrap().push((name.to_owned(), *key, seconds));
        Ok(())
    }

    fn forget(&self, name: &str) -> Result<bool, String> {
        self.use_it()?;
        let mut keys = self.keys.lock().unwrap();
        let before = keys.len();
        keys.retain(|it| it.0 != name);
        Ok(keys.len() < before)
    }
}

fn cached(drawer: &Arc<Drawer>, ask: Option<Asker>) -> Unlock {
    let cache = Cache::of(drawer.clone(), 15).with_patience(Duration::from_millis(200));
    Unlock { ask, cache: Some(cache), ..Unlock::default() }
}

#[test]
fn the_cache_spares_a_question_until_it_is_emptied() {
    let home = Home::new();
    let drawer = Arc::new(Drawer::default());
    let store = open(&home, cached(&drawer, None));
    block_on(store.vault_init(passphrase(FIRST))).unwrap();
    let made = save(&home, &store, "a");
    drop(store);
    let store = open(&home, cached(&drawer, None));
    assert!(reveal(&store, &made).is_ok(), "nobody was asked");
    let kept = drawer.keys.lock().unwrap().clone();
    assert!(!kept.is_empty() && kept.iter().all(|it| it.2 == 15 * 60), "with an end");
    assert_eq!(block_on(store.vault_status()).unwrap().cached, Some(true));
    assert_eq!(block_on(store.forget_cached()), Ok(true));
    assert_eq!(block_on(store.forget_cached()), Ok(false));
    drop(store);
    let (ask, asked) = answers(&[FIRST]);
    assert!(reveal(&open(&home, cached(&drawer, Some(ask))), &made).is_ok());
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    // A key that somebody put there under our name is not taken.
    for it in drawer.keys.lock().unwrap().iter_mut() {
        it.1 = [9; 32];
    }
    locked(reveal(&open(&home, cached(&drawer, None)), &made));
    // A key file is never cached.
    let other = Home::new();
    let empty = Arc::new(Drawer::default());
    save(&other, &open(&other, cached(&empty, None)), "a");
    assert!(empty.keys.lock().unwrap().is_empty());
}

#[test]
fn a_keyring_that_is_barred_or_hangs_is_reported_and_left_alone() {
    for drawer in
        [Drawer { fails: true, ..Drawer::default() }, Drawer { hangs: true, ..Drawer::default() }]
    {
        let home = Home::new();
        block_on(open(&home, Unlock::default()).vault_init(passphrase(FIRST))).unwrap();
        let notes = Arc::new(Mutex::new(Vec::new()));
        let heard = notes.clone();
        let ask: Asker = Arc::new(move |question| {
            heard.lock().unwrap().push(question.note.clone());
            Ok(Secret::new(FIRST))
        });
        let hangs = drawer.hangs;
        let begun = Instant::now();
        let store = open(&home, cached(&Arc::new(drawer), Some(ask)));
        save(&home, &store, "a");
        assert!(begun.elapsed() < Duration::from_secs(60));
        let why = if hangs { "no answer within" } else { "access is denied" };
        let notes = notes.lock().unwrap();
        assert!(notes.len() == 1 && notes[0].as_ref().unwrap().contains(why), "{notes:?}");
        let status = block_on(store.vault_status()).unwrap();
        assert_eq!(status.cached, None);
        assert!(status.cache_broken.unwrap().contains(why));
        assert!(block_on(store.forget_cached()).is_err());
    }
}

/// The kernel's own keyring, whatever it answers on this machine: in time, and an unlock works.
#[test]
fn the_kernels_keyring_answers_or_is_left_alone() {
    let home = Home::new();
    block_on(open(&home, Unlock::default()).vault_init(passphrase(FIRST))).unwrap();
    let unlock = Unlock { cache: Some(Cache::kernel(1)), ..asking(&[FIRST]) };
    let store = open(&home, unlock);
    let made = save(&home, &store, "a");
    assert!(reveal(&store, &made).is_ok());
    let status = block_on(store.vault_status()).unwrap();
    match (status.cached, status.cache_broken) {
        (Some(true), None) => assert_eq!(block_on(store.forget_cached()), Ok(true)),
        (None, Some(why)) => assert!(!why.is_empty()),
        other => panic!("{other:?}"),
    }
}
