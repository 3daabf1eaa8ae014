//! The screen itself, fed with keys, pastes, sizes, clicks and a backend that fails, dawdles and
//! answers late: the real loop, core, executor and view on the scripted backend. RELIABILITY §6.
//!
//! Promised: no panic; the text cursor lies in the frame, and list cursor and form focus on
//! something that is there; nothing hidden reaches a cell; and what was typed into a form is in the
//! form, saved, in a draft, or was thrown away by somebody who was asked. C7, E4, E5.

mod feed;
mod promises;
mod world;

use tokio::runtime::Builder;

use crate::runtime::decode::Input;
use crate::runtime::session::Event;
use crate::runtime::watch::Ending;
use crate::testing::harness::Harness;
use feed::{Feed, Step};

/// Steps between two starts of the program, whatever comes.
const LONGEST: usize = 4_096;

/// Feeds what these bytes say; gives how many events that were.
pub fn run(bytes: &[u8]) -> usize {
    let Ok(runtime) = Builder::new_current_thread().enable_all().build() else { return 0 };
    runtime.block_on(feed_all(bytes))
}

async fn feed_all(bytes: &[u8]) -> usize {
    let mut feed = Feed::new(bytes);
    let fake = world::fake(feed.byte());
    let mut events = 0;
    // A program that was quit is started again on the same store, as its drafts must be there.
    while !feed.is_empty() {
        events += session(&mut feed, &fake).await;
    }
    events
}

async fn session(feed: &mut Feed<'_>, fake: &world::Fake) -> usize {
    promises::begin();
    let mut harness = Harness::begin(world::setup(fake)).await;
    harness.pump().await;
    let mut events = 0;
    let mut ending = None;
    for _ in 0..LONGEST {
        let Some(step) = feed.next() else { break };
        events += 1;
        match step {
            Step::Input(event) => {
                if let Input::Resize(width, height) = event {
                    harness.reshape(width, height);
                }
                harness.input(event);
            }
            Step::Keys(keys) => {
                events += keys.len().saturating_sub(1);
                for key in keys {
                    harness.input(Input::Key(key));
                    // A question takes no key that was typed before it was drawn.
                    harness.pump().await;
                }
            }
            Step::Continued => harness.send(Event::Continued),
            Step::Autosave => promises::autosave(),
            Step::Fail(call, error) => fake.fail_next(call, error),
            Step::Hold(call) => fake.hold(call),
            Step::Release => fake.calm(),
            Step::Answer(good) => {
                if let Some((request, answer)) = promises::intercepted(good) {
                    harness.send(Event::Answer(request, answer));
                }
            }
            Step::Pump => harness.pump().await,
            Step::End(how) => ending = Some(how),
        }
        // Several events in one frame come as often as one.
        if !feed.gathers() || ending.is_some() {
            harness.pump().await;
        }
        // What ends is not drawn any more.
        if ending.is_some() || harness.is_over().0 {
            break;
        }
        if !feed.gathers() {
            promises::check(&harness);
        }
    }
    finish(&mut harness, fake, ending).await;
    events
}

/// Ends the program, and holds the kept drafts against the form that was open.
async fn finish(harness: &mut Harness, fake: &world::Fake, ending: Option<Ending>) {
    fake.calm();
    harness.pump().await;
    if harness.is_over().0 {
        harness.finish().await;
    } else {
        harness.end(ending.unwrap_or(Ending::HungUp)).await;
    }
    promises::kept(harness.model(), &fake.kept());
}
