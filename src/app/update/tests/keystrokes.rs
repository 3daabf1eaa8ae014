//! Keystrokes that are not meant as commands, characters however they come, and keys that are none.

use proptest::prelude::*;

use super::forms::{form, go, groups};
use super::*;
use crate::app::contexts::{ContextInfo, ContextKind};
use crate::app::modal::{
    Conflict, ConflictChoice, DeleteDialog, Help, Menu, Message, Palette, Proof,
};
use crate::app::msg::KeptDraft;
use crate::app::picker::Picker;
use crate::app::prompt::Prompt;
use crate::app::{Action, Context, Key, KeyName, Modal};
use crate::backend::{FormDraft, Revision};
use crate::domain::Secret;
use crate::domain::removal::HANDFUL;

/// So many connections.
fn many(count: usize) -> Model {
    let names: Vec<String> = (0..count).map(|at| format!("name-{at:03}")).collect();
    listing(&names.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The same in a context with this label.
fn labelled(mut model: Model, label: &str) -> Model {
    model.contexts.all = vec![ContextInfo {
        name: "plan".to_owned(),
        kind: ContextKind::Store,
        label: Some(label.to_owned()),
        colour: None,
        place: String::new(),
        read_only: false,
        installer: crate::domain::agent::Installer::default(),
    }];
    model.contexts.active = "plan".to_owned();
    model
}

fn with(mut model: Model, modal: Modal) -> Model {
    model.modals.push(modal);
    model.asked += 1;
    model
}

fn kept() -> KeptDraft {
    let draft = FormDraft {
        id: "a".to_owned(),
        connection: None,
        title: "draft".to_owned(),
        content: Secret::new("{}"),
        saved_at: now(),
    };
    KeptDraft { draft, elsewhere: false }
}

/// A list of drafts with one of them.
fn drafts(mut model: Model) -> Model {
    keys(&mut model, "R");
    let request = last(&model);
    send(&mut model, Msg::Answer(request, Answer::Drafts(Ok(vec![kept()]))));
    model
}

fn keyed(mut model: Model, text: &str) -> Model {
    keys(&mut model, text);
    model
}

/// A changed form on its first field.
fn changed() -> Model {
    keyed(listing(&["alpha"]), "nA")
}

fn key() -> Modal {
    Modal::Regenerate { field: "configuration_key", at: 0, proof: None }
}

fn conflict() -> Modal {
    Modal::Conflict(Conflict {
        by: "ben".to_owned(),
        at_time: now(),
        theirs: Revision { id: id(1), revision: 4 },
        differences: None,
        deleted: false,
        asking: None,
        at: ConflictChoice::Theirs,
        top: 0,
    })
}

fn device() -> Model {
    let mut model = listing(&[]);
    keys(&mut model, "n<tab>");
    for _ in 0..40 {
        if form(&model).kind == crate::domain::ConnectionType::Device {
            break;
        }
        keys(&mut model, "<right>");
    }
    model
}

/// Every question that destroys or replaces something, as it comes up by keys that nobody has seen
/// the effect of, and the keys that answer it.
fn questions() -> Vec<(&'static str, Model, &'static str)> {
    let deleted = {
        let mut model = keyed(listing(&["alpha"]), "D");
        let gone = crate::backend::DeletedConnection {
            row: row(9, "gone"),
            at: now(),
            by: "anna".to_owned(),
        };
        let request = last(&model);
        send(&mut model, Msg::Answer(request, Answer::DeletedList(Ok(vec![gone]))));
        model
    };
    vec![
        ("delete one", keyed(listing(&["alpha"]), "d"), "y"),
        ("delete one, by its button", keyed(listing(&["alpha"]), "d<right>"), "<enter>"),
        ("delete many", keyed(many(40), "ad40"), "<enter>"),
        ("discard a draft", keyed(drafts(listing(&[])), "d"), "y"),
        ("leave and discard", keyed(changed(), "<esc><right>"), "<enter>"),
        ("leave and keep", keyed(changed(), "<esc>"), "y"),
        ("quit and discard", keyed(changed(), "<ctrl-c><right>"), "<enter>"),
        ("replace a key", with(device(), key()), "y"),
        ("take theirs", with(changed(), conflict()), "<enter>"),
        ("restore", deleted, "<enter>"),
    ]
}

#[test]
fn no_question_is_answered_by_what_was_typed_before_it_was_seen() {
    for (name, mut model, yes) in questions() {
        // As when the keys were in the input when the question came up.
        model.asked += 1;
        let (modals, before) = (model.modals.clone(), model.screens.clone());
        let yes = crate::testing::keys::parse_keys(yes).unwrap();
        for key in &yes {
            assert_eq!(send(&mut model, Msg::Key(*key)), [], "{name}");
        }
        assert_eq!(model.modals, modals, "{name}");
        assert_eq!(model.screens, before, "{name}");
        assert!(model.notice.as_ref().unwrap().text.contains("press it again"), "{name}");
        // Cancelling is always possible.
        let mut other = model.clone();
        send(&mut other, Msg::Key(Key::plain(KeyName::Esc)));
        assert!(other.modals.len() < modals.len(), "{name}");
        // An older question that was seen is not this one.
        let asked = model.asked;
        send(&mut model, Msg::Shown(asked - 1));
        for key in &yes {
            assert_eq!(send(&mut model, Msg::Key(*key)), [], "{name}");
        }
        send(&mut model, Msg::Shown(asked));
        let effects: Vec<Effect> =
            yes.iter().flat_map(|key| send(&mut model, Msg::Key(*key))).collect();
        assert!(!effects.is_empty() || model.modals.len() < modals.len(), "{name}");
    }
}

/// What is asked for while the list is deleted from, in words.
fn asked(model: &Model) -> Option<usize> {
    model.modals.last().and_then(Modal::proof).map(|it| it.number)
}

#[test]
fn the_number_is_typed_for_many_for_hidden_ones_and_in_production() {
    let all = HANDFUL + 2;
    let table: &[(&str, Model, &str, Option<usize>)] = &[
        ("one", many(all), "d", None),
        ("a handful", many(HANDFUL), "ad", None),
        ("more", many(HANDFUL + 1), "ad", Some(HANDFUL + 1)),
        ("hidden by a search", many(all), "<space>/006<enter>d", Some(1)),
        ("not hidden by it", many(all), "/006<enter>d", None),
        ("production", labelled(many(all), "PROD"), "d", Some(1)),
        ("not production", labelled(many(all), "TEST"), "d", None),
    ];
    for (name, model, typed, number) in table {
        let mut model = model.clone();
        keys(&mut model, typed);
        assert_eq!(asked(&model), *number, "{name}");
        let Some(number) = *number else {
            assert!(matches!(keys(&mut model, "y").as_slice(), [Effect::Delete { .. }]), "{name}");
            continue;
        };
        // Neither enter, nor y, nor another number.
        for no in ["<enter>", "y<enter>", "<ctrl-u>0<enter>", "<ctrl-u>99<enter>"] {
            assert_eq!(keys(&mut model, no), [], "{name}: {no}");
            let proof = model.modals.last().and_then(Modal::proof).unwrap();
            assert!(proof.wrong, "{name}: {no}");
        }
        // The number is text also when it comes at once, but enter with it decides nothing.
        keys(&mut model, "<ctrl-u>");
        assert_eq!(send(&mut model, Msg::Typed(format!("{number}\r"))), [], "{name}");
        assert!(model.notice.as_ref().unwrap().text.ends_with("press it again."), "{name}");
        let effects = keys(&mut model, "<enter>");
        let [Effect::Delete { targets, .. }] = effects.as_slice() else { panic!("{effects:?}") };
        assert_eq!(targets.len(), number, "{name}");
    }
}

#[test]
fn in_production_drafts_and_keys_ask_for_the_number_too() {
    let mut model = drafts(labelled(listing(&[]), "Production"));
    assert_eq!(keys(&mut model, "dy<enter>"), []);
    assert_eq!(asked(&model), Some(1));
    let effects = keys(&mut model, "<ctrl-u>1<enter>");
    assert!(matches!(effects.as_slice(), [Effect::DiscardDraft { .. }]), "{effects:?}");
    let mut model = labelled(device(), "PROD");
    go(&mut model, "configuration_key");
    let effects = keys(&mut model, "g");
    let [Effect::IssueKey { request, kind }] = effects.as_slice() else { panic!("{effects:?}") };
    let issued = crate::domain::key::issue(*kind, &[7; 26]);
    send(&mut model, Msg::Answer(*request, Answer::KeyIssued(Ok(issued))));
    assert_eq!(keys(&mut model, "gy<enter>"), []);
    assert_eq!(asked(&model), Some(1));
    let effects = keys(&mut model, "<ctrl-u>1<enter>");
    assert!(matches!(effects.as_slice(), [Effect::IssueKey { .. }]), "{effects:?}");
}

/// Every place where no text is typed.
fn places_without_text() -> Vec<(Context, Model)> {
    let list = || keyed(many(40), "<space><space>");
    let copy = |model| keyed(model, "Y");
    let mut all = vec![
        (Context::List, list()),
        (Context::Filter, keyed(list(), "f")),
        (Context::Dialog, keyed(many(3), "ad")),
        (Context::Dialog, keyed(list(), "d<right>")),
        (Context::Dialog, keyed(changed(), "<esc>")),
        (Context::Dialog, with(changed(), conflict())),
        (Context::Dialog, with(device(), key())),
        (
            Context::Dialog,
            with(
                list(),
                Modal::Message(Message { title: String::new(), lines: Vec::new(), top: 0 }),
            ),
        ),
        (Context::Menu, copy(list())),
        (Context::Menu, drafts(list())),
        (Context::Menu, with(list(), Modal::Deleted(Menu::loading(RequestId(1))))),
        (Context::Form, device()),
        (Context::Permissions, keyed(groups(), "<f3>")),
        (Context::Audit, keyed(list(), "A")),
    ];
    let mut review = groups();
    for _ in 0..30 {
        if form(&review).in_review() {
            break;
        }
        keys(&mut review, "<pgdn>");
    }
    all.push((Context::Review, review));
    all
}

/// Everything but what is said.
fn silent(model: &Model) -> Model {
    let mut model = model.clone();
    (model.notice, model.said, model.keeping.touched) = (None, None, false);
    model
}

#[test]
fn a_text_that_arrives_at_once_is_no_command_anywhere() {
    let huge = "dyRq\r".repeat(20_000);
    let texts =
        ["Friday", "Friday\r", "dy", "ady\r", "d\ry\r", "qy", "y\r", "\rFriday", "40\r", &huge];
    for (context, model) in places_without_text() {
        assert_eq!(model.context(), context);
        let before = silent(&model);
        for text in texts {
            let mut model = model.clone();
            let asked = model.asked;
            send(&mut model, Msg::Shown(asked));
            assert_eq!(send(&mut model, Msg::Typed(text.to_owned())), [], "{context:?}: {text:.9}");
            let seen = Model { seen: before.seen, ..silent(&model) };
            assert_eq!(seen, before, "{context:?}: {text:.9}");
            let said = &model.notice.as_ref().unwrap().text;
            assert!(said.starts_with("Ignored: "), "{said}");
            // With marks around it is the same, but that the list searches for it.
            if context != Context::List {
                assert_eq!(send(&mut model, Msg::Paste(text.to_owned())), []);
                let seen = Model { seen: before.seen, ..silent(&model) };
                assert_eq!(seen, before, "{context:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_word_is_a_command(text in "[ -~]{2,20}\r?") {
        let model = keyed(many(40), "<space>");
        let mut after = model.clone();
        prop_assert_eq!(send(&mut after, Msg::Typed(text.clone())), []);
        if text.starts_with('/') {
            // Whoever types ahead begins with the key of the search.
            let typed = format!("/{}", after.list.search.value());
            prop_assert!(text.starts_with(&typed), "{} is not the beginning of {}", typed, text);
            prop_assert!(after.modals.is_empty() && after.screens.form().is_none());
        } else {
            // Keys that move may: a slow line brings several at once.
            if text.chars().all(|it| "jkgG".contains(it)) {
                (after.list.at, after.list.top) = (model.list.at, model.list.top);
            }
            prop_assert_eq!(silent(&after), silent(&model));
        }
    }
}

#[test]
fn keys_that_move_may_come_at_once() {
    for text in ["jjkjj", "Gk", "jg", "GjJ"] {
        let (mut one, mut other) = (many(40), many(40));
        send(&mut one, Msg::Typed(text.to_owned()));
        if text.chars().all(|it| "jkgG".contains(it)) {
            keys(&mut other, text);
            assert_eq!(one, other, "{text}");
        } else {
            assert_eq!(silent(&one), silent(&other), "{text}");
        }
    }
}

#[test]
fn a_search_can_be_typed_ahead() {
    let mut model = listing(&["alpha", "hq-dest", "hq-source"]);
    send(&mut model, Msg::Typed("/hq-dest\r".to_owned()));
    assert_eq!((shown(&model), model.list.search.typing), (vec!["hq-dest".to_owned()], false));
    // So can one key that opens what was found, or moves.
    let typed = listing(&["alpha", "hq-dest", "hq-source"]);
    for (ahead, one_by_one) in
        [("hq-dest\re", "hq-dest<enter>e"), ("hq\r\r", "hq<enter><enter>"), ("hq\rj", "hq<enter>j")]
    {
        let mut model = typed.clone();
        let effects = send(&mut model, Msg::Typed(format!("/{ahead}")));
        let mut expected = typed.clone();
        assert_eq!(keys(&mut expected, &format!("/{one_by_one}")), effects, "{ahead}");
        model.seen = expected.seen;
        assert_eq!(model, expected, "{ahead}");
        // The search was begun by a key of its own.
        let mut model = keyed(typed.clone(), "/");
        assert_eq!(send(&mut model, Msg::Typed(ahead.to_owned())), effects, "{ahead}");
        model.seen = expected.seen;
        assert_eq!(model, expected, "{ahead}");
    }
    // Anything else that follows the search is no command, nor is what follows none.
    for text in ["/hq\rd", "/hq\rex", "/hq\r\ry", "\re"] {
        let mut model = typed.clone();
        assert_eq!(send(&mut model, Msg::Typed(text.to_owned())), [], "{text:?}");
        assert!(model.screens.form().is_none() && model.modals.is_empty(), "{text:?}");
        assert!(model.notice.unwrap().text.contains("Ignored: "), "{text:?}");
    }
}

/// Every place where text is typed, and what is typed there.
fn places_with_text() -> Vec<(Context, Model)> {
    let list = || listing(&["alpha"]);
    let mut picker = changed();
    go(&mut picker, "tenant");
    let field = form(&picker).spec().unwrap().field("tenant").unwrap();
    let picker = with(picker, Modal::Picker(Box::new(Picker::new(field, None, &[]).unwrap())));
    let secret = {
        let mut model = device();
        go(&mut model, "client_secret");
        model
    };
    let help = Help::of(Context::List);
    let palette = Palette { context: Context::List, search: "".into(), at: 0, actions: Vec::new() };
    let prompt = Modal::Prompt(Box::new(Prompt::paste_token()));
    vec![
        (Context::Search, keyed(list(), "/")),
        (Context::FormText, keyed(list(), "n")),
        (Context::FormText, secret),
        (Context::AuditSearch, keyed(list(), "A/")),
        (Context::FilterSearch, keyed(list(), "f/")),
        (Context::Picker, picker),
        (Context::Prompt, keyed(list(), "I")),
        (Context::Prompt, with(list(), prompt)),
        (Context::Prompt, keyed(many(9), "ad")),
        (Context::Help, with(list(), Modal::Help(help))),
        (Context::Palette, with(list(), Modal::Palette(palette))),
    ]
}

/// What stands in the line that is typed in.
fn line(model: &Model) -> String {
    match (model.modals.last(), model.screens.form()) {
        (Some(Modal::Picker(it)), _) => it.search.value().to_owned(),
        (Some(Modal::Prompt(it)), _) => it.value(it.at).to_owned(),
        (Some(Modal::Delete(DeleteDialog { proof: Some(Proof { input, .. }), .. })), _) => {
            input.value().to_owned()
        }
        (Some(Modal::Help(it)), _) => it.search.value().to_owned(),
        (Some(Modal::Palette(it)), _) => it.search.value().to_owned(),
        (Some(Modal::Filter(it)), _) => it.search.value().to_owned(),
        (None, Some(form)) => form.input.value().to_owned(),
        (None, None) if model.screens.audit().is_some() => {
            model.screens.audit().unwrap().search.value().to_owned()
        }
        (None, None) => model.list.search.value().to_owned(),
        (other, _) => panic!("{other:?}"),
    }
}

fn alt(c: char, ctrl: bool) -> Key {
    Key { alt: true, ctrl, ..Key::char(c) }
}

/// AltGr comes as escape and the character, as alt, or as ctrl and alt: all of it is text.
#[test]
fn every_printable_character_is_text_where_text_is_typed() {
    let others = ['ä', 'ą', '€', '’', '漢'];
    for (context, model) in places_with_text() {
        assert_eq!(model.context(), context);
        // A space ticks in a pick list.
        let ticks = matches!(context, Context::Picker | Context::FilterSearch);
        let first = if ticks { '!' } else { ' ' };
        for c in (first..='~').chain(others) {
            let ways = [
                Msg::Key(Key::char(c)),
                Msg::Meta(Key::char(c)),
                Msg::Key(alt(c, false)),
                Msg::Key(alt(c, true)),
            ];
            for way in ways {
                let mut model = model.clone();
                assert_eq!(send(&mut model, way.clone()), [], "{context:?}: {way:?}");
                assert_eq!(line(&model), c.to_string(), "{context:?}: {way:?}");
            }
        }
        let mut model = model.clone();
        keys(&mut model, "P");
        send(&mut model, Msg::Meta(Key::char('@')));
        send(&mut model, Msg::Typed("ss".to_owned()));
        send(&mut model, Msg::Key(alt('{', true)));
        send(&mut model, Msg::Typed("1Word".to_owned()));
        assert_eq!(line(&model), "P@ss{1Word", "{context:?}");
    }
}

/// What is typed ahead goes on from field to field.
#[test]
fn nothing_typed_ahead_is_lost_in_a_form() {
    let mut one = listing(&[]);
    let mut other = one.clone();
    keys(&mut one, "nContoso HR");
    keys(&mut other, "n");
    send(&mut other, Msg::Typed("Contoso HR".to_owned()));
    assert_eq!(form(&one).values, form(&other).values);
    keys(&mut one, "<tab>");
    send(&mut other, Msg::Typed("\t".to_owned()));
    assert_eq!(form(&one), form(&other));
}

#[test]
fn escape_and_a_key_at_once_are_both() {
    let plain = |name| Key::plain(name);
    let ctrl_s = Key { ctrl: true, ..Key::char('s') };
    let table: Vec<(&str, Model, Key)> = vec![
        ("leave the search and open", keyed(listing(&["alpha"]), "/al"), plain(KeyName::Enter)),
        ("leave the search and move", keyed(many(3), "/na"), plain(KeyName::Down)),
        ("leave the search and page", keyed(many(30), "/na"), plain(KeyName::PageDown)),
        ("close the copy menu and delete", keyed(many(3), "Y"), plain(KeyName::Delete)),
        ("leave a form by its question", changed(), plain(KeyName::Tab)),
        ("hide and save", changed(), ctrl_s),
        ("a letter on the list", keyed(many(3), "f"), Key::char('d')),
        ("close a dialog and open the help", keyed(many(3), "d"), plain(KeyName::F(1))),
    ];
    for (name, model, key) in table {
        let mut expected = model.clone();
        let mut effects = send(&mut expected, Msg::Key(plain(KeyName::Esc)));
        effects.extend(send(&mut expected, Msg::Key(key)));
        let mut ways = vec![Msg::Meta(key)];
        if !matches!(key.name, KeyName::Char(_)) {
            // A multiplexer makes one key of the two.
            ways.push(Msg::Key(Key { alt: true, ..key }));
        }
        for way in ways {
            let mut model = model.clone();
            assert_eq!(send(&mut model, way.clone()), effects, "{name}: {way:?}");
            let numbers = (expected.asked, expected.seen);
            (model.asked, model.seen) = numbers;
            assert_eq!(model, expected, "{name}: {way:?}");
        }
    }
    // Editing keys with alt edit.
    for way in [Msg::Meta(plain(KeyName::Backspace)), Msg::Key("alt-backspace".parse().unwrap())] {
        let mut model = keyed(listing(&[]), "nContoso HR");
        send(&mut model, way);
        assert_eq!(line(&model), "Contoso ");
    }
}

#[test]
fn a_bound_key_with_alt_is_that_key() {
    let keys = [("refresh".to_owned(), vec!["alt-r".to_owned(), "ctrl-alt-r".to_owned()])];
    let keymap = Keymap::with(&keys.into()).unwrap();
    let r = Key::char('r');
    let ctrl = Key { ctrl: true, ..r };
    for way in [Msg::Meta(r), Msg::Key(alt('r', false)), Msg::Meta(ctrl), Msg::Key(alt('r', true))]
    {
        let mut model = listing(&["alpha"]);
        let effects = update(&mut model, &keymap, way.clone());
        assert!(matches!(effects.first(), Some(Effect::Load { .. })), "{way:?}: {effects:?}");
    }
}

/// Another keyboard layout: the keys say which others work, without letters.
#[test]
fn a_key_that_does_nothing_says_which_keys_work() {
    for (context, model) in places_without_text() {
        for c in ['о', 'л', 'Ж', 'é', '§'] {
            let mut model = model.clone();
            let before = silent(&model);
            assert_eq!(send(&mut model, Msg::Key(Key::char(c))), [], "{context:?}");
            assert_eq!(silent(&model), before, "{context:?}");
            let said = model.notice.take().unwrap().text;
            assert!(said.starts_with(&format!("{c} does nothing here: ")), "{said}");
            assert!(said.contains("move") || said.contains("f1 help"), "{context:?}: {said}");
        }
    }
    let mut model = listing(&["alpha"]);
    keys(&mut model, "о");
    let said = model.notice.take().unwrap().text;
    assert_eq!(said, "о does nothing here: f1 help, f9 actions, down move, enter open, f7 new.");
    // On the layout of the keys they are those of the footer.
    keys(&mut model, "z");
    let said = model.notice.unwrap().text;
    assert_eq!(said, "z does nothing here: ? help, : actions.");
}

/// What has no key without a letter in a place is in its palette, which has one.
#[test]
fn the_palette_reaches_every_action_without_letters() {
    let keymap = Keymap::default();
    for (context, mut model) in places_without_text() {
        if keymap.keys(context, Action::Palette).is_empty() {
            continue;
        }
        keys(&mut model, "<f9>");
        let Some(Modal::Palette(palette)) = model.modals.last() else { panic!("{context:?}") };
        for (action, bound) in keymap.of(context) {
            let reached = bound.iter().any(|it| it.is_everywhere());
            assert!(reached || palette.actions.contains(&action), "{action:?} in {context:?}");
        }
    }
}

#[test]
fn ctrl_l_only_draws_and_sample_data_stays_out_of_production() {
    let mut model = listing(&[]);
    assert_eq!(keys(&mut model, "<ctrl-l>"), [Effect::Redraw]);
    let mut production = labelled(listing(&[]), "PROD");
    assert_eq!(keys(&mut production, "<ctrl-l>L"), [Effect::Redraw]);
    assert!(production.notice.unwrap().text.contains("labelled as production"));
    assert!(matches!(keys(&mut model, "L").as_slice(), [Effect::LoadSample { .. }]));
}
