//! What is promised while events come: the core is watched message by message, the screen frame by
//! frame, and the drafts when the program ends.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};

use crate::app::{Answer, Effect, Keymap, Modal, Model, Msg, RequestId};
use crate::backend::FormDraft;
use crate::form::{Spec, Values, draft};
use crate::permissions::gap::Evidence;
use crate::testing::harness::Harness;
use crate::text::is_hidden;

thread_local! {
    static WATCHED: RefCell<Watched> = RefCell::default();
}

/// What is remembered between messages.
#[derive(Default)]
struct Watched {
    autosave: bool,
    /// What would touch files or the network, and is answered by the feed.
    intercepted: VecDeque<Effect>,
    /// Answers of forms on their way to be saved.
    saving: BTreeMap<RequestId, Values>,
}

/// A program starts.
pub(super) fn begin() {
    WATCHED.take();
}

/// Before the next message the form is to be kept.
pub(super) fn autosave() {
    WATCHED.with_borrow_mut(|it| it.autosave = true);
}

/// The core, watched.
pub(super) fn update(model: &mut Model, keymap: &Keymap, msg: Msg) -> Vec<Effect> {
    let mut effects = Vec::new();
    if WATCHED.with_borrow_mut(|it| std::mem::take(&mut it.autosave)) {
        effects.extend(watched(model, keymap, Msg::Autosave));
    }
    effects.extend(watched(model, keymap, msg));
    effects
}

fn watched(model: &mut Model, keymap: &Keymap, msg: Msg) -> Vec<Effect> {
    let before = Before::of(model, &msg);
    let back = comes_back(model, &msg);
    let effects = crate::app::update(model, keymap, msg);
    if let Some(before) = before {
        before.check(model, &effects);
    }
    let open = model.screens.form().map(|it| &it.draft);
    assert!(back.is_none() || back.as_ref() == open, "a draft was not kept, and its form is gone");
    WATCHED.with_borrow_mut(|watched| {
        for effect in &effects {
            if let Effect::Save { request, .. } = effect {
                let values = model.screens.form().map(|it| it.values.clone());
                watched.saving.insert(*request, values.unwrap_or_default());
            }
        }
        let (outside, inside) = effects.into_iter().partition(|it| {
            matches!(
                it,
                Effect::WriteFile { .. }
                    | Effect::Export { .. }
                    | Effect::FetchAgent { .. }
                    | Effect::CheckFile { .. }
                    | Effect::CheckLive { .. }
                    | Effect::ImportDirectory { .. }
            )
        });
        let outside: Vec<Effect> = outside;
        watched.intercepted.extend(outside);
        inside
    })
}

/// The answer to the oldest effect that the feed answers.
pub(super) fn intercepted(good: bool) -> Option<(RequestId, Answer)> {
    let effect = WATCHED.with_borrow_mut(|it| it.intercepted.pop_front())?;
    let bad = || "no\u{1b}[2J\u{202e}".to_owned();
    Some(match effect {
        Effect::WriteFile { request, path, .. } | Effect::Export { request, path, .. } => {
            (request, Answer::FileWritten(if good { Ok(path) } else { Err(bad()) }))
        }
        Effect::FetchAgent { request, from, .. } => {
            (request, Answer::AgentFetched(if good { Ok(from) } else { Err(bad()) }))
        }
        Effect::CheckFile { request, .. } | Effect::CheckLive { request, .. } => (
            request,
            Answer::Checked(if good { Ok(Box::<Evidence>::default()) } else { Err(bad()) }),
        ),
        Effect::ImportDirectory { request, .. } => {
            (request, Answer::DirectoryImported(if good { Ok(3) } else { Err(vec![bad(); 30]) }))
        }
        _ => return None,
    })
}

/// The form that must be open after a message: its draft could not be kept.
fn comes_back(model: &Model, msg: &Msg) -> Option<String> {
    let Msg::Answer(request, Answer::DraftKept(Err(_))) = msg else { return None };
    let leaving = model.leaving.as_ref().filter(|it| it.request == *request)?;
    leaving.form.as_ref().or(model.screens.form()).map(|it| it.draft.clone())
}

/// A changed form before a message, and what the message is.
struct Before {
    draft: String,
    values: Values,
    kept: bool,
    /// Somebody is asked whether to leave.
    asked: bool,
    /// It was saved, with these answers.
    saved: Option<Values>,
    /// The message neither types nor brings an answer to the form.
    silent: bool,
    hangup: bool,
}

impl Before {
    fn of(model: &Model, msg: &Msg) -> Option<Self> {
        let form = model.screens.form().filter(|it| it.changed())?;
        let saved = match msg {
            Msg::Answer(request, Answer::Saved(Ok(_))) => {
                WATCHED.with_borrow_mut(|it| it.saving.remove(request))
            }
            _ => None,
        };
        let silent = match msg {
            Msg::Answer(_, answer) => !matches!(
                answer,
                Answer::KeyIssued(_)
                    | Answer::TokenIssued(_)
                    | Answer::Opened(_)
                    | Answer::Saved(_)
            ),
            Msg::Key(_)
            | Msg::Meta(_)
            | Msg::Typed(_)
            | Msg::Paste(_)
            | Msg::Click(..)
            | Msg::Wheel(_) => false,
            _ => true,
        };
        Some(Self {
            draft: form.draft.clone(),
            values: form.values.clone(),
            kept: form.kept.as_ref() == Some(&form.values),
            asked: matches!(model.modals.last(), Some(Modal::Leave { .. })),
            saved,
            silent,
            hangup: *msg == Msg::Hangup,
        })
    }

    /// Nothing that was typed is lost. C7, E5.
    fn check(self, model: &Model, effects: &[Effect]) {
        let keeps = self.kept
            || effects.iter().any(|it| match it {
                Effect::KeepDraft { draft, .. } => draft.id == self.draft,
                _ => false,
            });
        if self.hangup {
            assert!(keeps || !model.capabilities.drafts, "a hang-up keeps no draft");
        }
        match model.screens.form().filter(|it| it.draft == self.draft) {
            Some(form) if self.silent => {
                assert!(form.values == self.values, "an answer changed what was typed");
            }
            Some(_) => {}
            None => match &self.saved {
                Some(saved) => {
                    assert!(*saved == self.values, "what was typed during the save is lost by it");
                }
                None => assert!(keeps || self.asked, "a changed form is gone without a question"),
            },
        }
    }
}

/// The frame and the places in the model are sound.
pub(super) fn check(harness: &Harness) {
    let model = harness.model();
    let area = harness.buffer().area;
    if let Some((x, y)) = harness.cursor() {
        assert!(x < area.width && y < area.height, "the cursor is at {x},{y} of {area}");
    }
    for cell in harness.buffer().content() {
        assert!(!cell.symbol().chars().any(is_hidden), "{:?} is on the screen", cell.symbol());
    }
    let list = &model.list;
    assert!(list.at < list.shown.len().max(1), "row {} of {}", list.at, list.shown.len());
    assert!(list.top <= list.at, "row {} above the first, {}", list.at, list.top);
    assert!(list.shown.iter().all(|at| list.rows.get(*at).is_some()), "a row that is not there");
    assert!(list.marks.iter().all(|id| list.rows.by_id(*id).is_some()), "a mark on nothing");
    if let Some(form) = model.screens.form() {
        assert!(form.step <= form.steps().len(), "step {} of {}", form.step, form.steps().len());
        assert!(form.in_review() || form.field < form.fields().len(), "no such field");
    }
}

/// What the form that was open at the end holds, a draft holds.
pub(super) fn kept(model: &Model, drafts: &[FormDraft]) {
    let Some(form) = model.screens.form().filter(|it| it.changed()) else { return };
    if !model.capabilities.drafts {
        return;
    }
    let found = drafts.iter().find(|it| it.id == form.draft);
    let read = found.zip(form.spec()).and_then(|(draft, spec)| values(draft, spec));
    assert!(
        found.is_some(),
        "the form that was open at the end has no draft: {}, edits {:?}, kept {}, among {:?}; {:?}",
        form.draft,
        form.target,
        form.kept.as_ref() == Some(&form.values),
        drafts.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(),
        model.notice
    );
    assert!(read.as_ref() == Some(&form.values), "the draft differs from the form");
}

/// The answers in a draft.
fn values(kept: &FormDraft, spec: &'static Spec) -> Option<Values> {
    let content: serde_json::Value = serde_json::from_str(kept.content.expose()).ok()?;
    draft::from_json(spec, &content.get("values")?.to_string()).ok()
}
