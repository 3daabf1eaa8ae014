//! What a pressed key is: an action, a text, two keys, or nothing. C6.

use super::super::geometry::too_small;
use super::super::model::NoticeTone;
use super::super::permissions;
use super::super::wizard::Wizard;
use super::super::{Action, Context, Effect, Key, KeyName, Keymap, Modal, Model};
use super::{act, prompt, quit, search, wizard};
use crate::text::shown;

/// A key.
pub(super) fn press(model: &mut Model, keymap: &Keymap, key: Key) -> Vec<Effect> {
    let context = model.context();
    let action = keymap.resolve(context, key);
    if too_small(model.size) {
        let leaving = key == Key::char('q') && model.screens.form().is_none();
        return match action {
            Some(Action::Quit) => quit(model),
            _ if leaving => quit(model),
            _ => Vec::new(),
        };
    }
    if action.is_none()
        && let Some(meant) = without_alt(context, key)
    {
        return press_all(model, keymap, &meant);
    }
    if action.is_some_and(|it| !it.moves() && it != Action::Message) {
        // What was said before is about what was done before.
        model.notice = None;
    }
    match action {
        Some(action) => {
            let before = may_idle(context, action).then(|| parts(model, context));
            let effects = act(model, context, action);
            let idle = effects.is_empty() && model.reported().is_none() && !model.quit;
            if idle && before.is_some_and(|it| it == parts(model, context)) {
                unknown(model, keymap, key);
            }
            effects
        }
        None if context.takes_text() => edit(model, context, key),
        None if context == Context::Form && wizard::choose_by_number(model, key) => Vec::new(),
        None => {
            unknown(model, keymap, key);
            Vec::new()
        }
    }
}

/// Whether an action may come to nothing here, which is then said. Not the list, which says why, and not
/// what moves or turns: a cursor stays at its end without a word.
const fn may_idle(context: Context, action: Action) -> bool {
    let place = matches!(
        context,
        Context::Form
            | Context::FormText
            | Context::Review
            | Context::Permissions
            | Context::Picker
            | Context::Prompt
            | Context::Dialog
            | Context::Menu
    );
    place && !action.moves() && !turns(action)
}

/// Whether an action goes to the next or last of something, or back.
pub(super) const fn turns(action: Action) -> bool {
    matches!(
        action,
        Action::Back
            | Action::Left
            | Action::Right
            | Action::NextTab
            | Action::PrevTab
            | Action::NextField
            | Action::PrevField
    )
}

/// What a key may change in a place, where that is little.
type Parts = (Vec<Modal>, Option<Wizard>, Option<permissions::Screen>);

fn parts(model: &Model, context: Context) -> Parts {
    let form = model.screens.form().filter(|_| model.modals.is_empty());
    let screen = model.screens.permissions().filter(|_| context == Context::Permissions);
    (model.modals.clone(), form.cloned(), screen.cloned())
}

fn press_all(model: &mut Model, keymap: &Keymap, keys: &[Key]) -> Vec<Effect> {
    keys.iter().flat_map(|key| press(model, keymap, *key)).collect()
}

/// Escape and a key at once. Bound, it is that key with alt; where text is typed, the character that
/// AltGr gives; everywhere else the two keys, of which none may be lost.
pub(super) fn meta(model: &mut Model, keymap: &Keymap, key: Key) -> Vec<Effect> {
    let context = model.context();
    let alt = Key { alt: true, ..key };
    if keymap.resolve(context, alt).is_some() {
        return press(model, keymap, alt);
    }
    match key.typed() {
        Some(_) if context.takes_text() => press(model, keymap, key),
        _ if context.takes_text() && edits(alt) => press(model, keymap, alt),
        _ => press_all(model, keymap, &[Key::plain(KeyName::Esc), key]),
    }
}

/// Editing keys with alt.
const fn edits(key: Key) -> bool {
    matches!(key.name, KeyName::Backspace | KeyName::Left | KeyName::Right)
}

/// What a key with alt that is bound to nothing is meant as; `None`: itself. A multiplexer makes one
/// of escape and a key behind it, and AltGr comes as alt or as ctrl and alt.
fn without_alt(context: Context, key: Key) -> Option<Vec<Key>> {
    let plain = Key { alt: false, ctrl: false, ..key };
    match (key.name, key.alt, key.ctrl) {
        (_, false, _) => None,
        (KeyName::Char(_), true, true) => Some(vec![plain]),
        (KeyName::Char(_), true, false) if context.takes_text() => Some(vec![plain]),
        // Signs are what AltGr is pressed for; a letter with alt is some shortcut.
        (KeyName::Char(c), true, false) => (!c.is_alphanumeric()).then(|| vec![plain]),
        _ if context.takes_text() && edits(key) => None,
        _ => Some(vec![Key::plain(KeyName::Esc), Key { alt: false, ..key }]),
    }
}

/// Says which keys work where one does nothing, by the names that the footer has for them. Whoever types
/// on another layout has no letters of ours, and is shown those without.
fn unknown(model: &mut Model, keymap: &Keymap, key: Key) {
    let context = model.context();
    let foreign = matches!(key.name, KeyName::Char(c) if !c.is_ascii());
    let wanted: &[(Action, &str)] = if foreign {
        &[
            (Action::Help, "help"),
            (Action::Palette, "actions"),
            (Action::Down, "move"),
            (Action::Open, "open"),
            (Action::Activate, "choose"),
            (Action::Create, "new"),
            (Action::Back, "back"),
        ]
    } else {
        &[(Action::Help, "help"), (Action::Palette, "actions"), (Action::Back, "back")]
    };
    let bound = |action: Action| {
        let keys = keymap.keys(context, action);
        keys.iter().find(|it| !foreign || it.is_everywhere())
    };
    let known: Vec<String> = wanted
        .iter()
        .filter(|it| it.0 != Action::Back || context != Context::List)
        .filter_map(|(action, does)| Some(format!("{} {does}", bound(*action)?)))
        .take(5)
        .collect();
    let key = shown(&key.to_string()).into_owned();
    let text = format!("{key} does nothing here: {}.", known.join(", "));
    model.say(NoticeTone::Info, text);
}

/// Characters that arrived all at once. In a text they are typed. Anywhere else they are no commands:
/// nobody meant the letters of a paste as keys.
pub(super) fn typed(model: &mut Model, keymap: &Keymap, text: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    if too_small(model.size) {
        return effects;
    }
    if let Some(keys) = moves(model, keymap, text) {
        return press_all(model, keymap, &keys);
    }
    let mut rest = text;
    // Whoever types ahead begins with the key of the search.
    let first = text.chars().next().map(Key::char);
    if let Some(key) = first
        && keymap.resolve(model.context(), key) == Some(Action::Search)
    {
        effects.extend(press(model, keymap, key));
        rest = text.strip_prefix(|_| true).unwrap_or_default();
    }
    let searches =
        matches!(model.context(), Context::Search | Context::AuditSearch | Context::DiffSearch);
    while !rest.is_empty() && takes_typed(model, rest) && !model.quit {
        // In a pick list and in the filter a space ticks.
        let lists = matches!(model.context(), Context::Picker | Context::FilterSearch);
        let ticks = |c: char| c == ' ' && lists;
        let end = rest.find(|c| matches!(c, '\r' | '\n' | '\t') || ticks(c));
        let (run, behind) = rest.split_at(end.unwrap_or(rest.len()));
        if run.is_empty() {
            let key = match behind.chars().next() {
                Some('\t') => Key::plain(KeyName::Tab),
                Some(' ') => Key::char(' '),
                _ => Key::plain(KeyName::Enter),
            };
            effects.extend(press(model, keymap, key));
            rest = behind.strip_prefix(|_| true).unwrap_or_default();
            continue;
        }
        rest = behind;
        let mut chars = run.chars();
        match (chars.next(), chars.next()) {
            (Some(only), None) => effects.extend(press(model, keymap, Key::char(only))),
            _ => effects.extend(paste(model, keymap, run)),
        }
    }
    match behind_search(model, keymap, rest).filter(|_| searches) {
        _ if rest.is_empty() || model.quit => {}
        Some(key) => effects.extend(press(model, keymap, key)),
        None => ignored(model, keymap),
    }
    effects
}

/// The keys of a text that only move: keys on a slow line, and harmless as a paste.
fn moves(model: &Model, keymap: &Keymap, text: &str) -> Option<Vec<Key>> {
    let place = model.context();
    let moves = |key: Key| keymap.resolve(place, key).filter(|it| it.moves()).map(|_| key);
    text.chars().map(Key::char).map(moves).collect()
}

/// The one key that may be typed ahead behind a search: it opens what was found, or moves there.
fn behind_search(model: &Model, keymap: &Keymap, rest: &str) -> Option<Key> {
    let mut chars = rest.chars();
    let key = match (chars.next()?, chars.next()) {
        ('\r' | '\n', None) => Key::plain(KeyName::Enter),
        (c, None) => Key::char(c),
        (_, Some(_)) => return None,
    };
    let action = keymap.resolve(model.context(), key)?;
    (action == Action::Open || action.moves()).then_some(key)
}

/// Whether the beginning of a text goes where the keys go. A line end never chooses an action, nor
/// confirms what is asked.
fn takes_typed(model: &Model, rest: &str) -> bool {
    let context = model.context();
    let decides =
        context == Context::Palette || model.modals.last().is_some_and(|it| it.proof().is_some());
    context.takes_text() && !(decides && rest.starts_with(['\r', '\n']))
}

/// Says that a text was taken for none of the commands that its letters are.
fn ignored(model: &mut Model, keymap: &Keymap) {
    let search = keymap.hint(model.context(), Action::Search);
    let how = if search.is_empty() {
        "no text is entered here".to_owned()
    } else {
        format!("press {search} first to search")
    };
    let text = if model.context().takes_text() {
        // The text was taken, but the line end behind it decides something.
        "Ignored: Enter arrived together with other text; press it again.".to_owned()
    } else {
        format!("Ignored: the text arrived all at once; {how}.")
    };
    model.say(NoticeTone::Info, text);
}

/// A key that is bound to nothing, where text is typed.
fn edit(model: &mut Model, context: Context, key: Key) -> Vec<Effect> {
    match context {
        Context::FormText => return wizard::type_key(model, key),
        Context::Prompt => prompt::type_key(model, key),
        Context::Search
        | Context::AuditSearch
        | Context::DiffSearch
        | Context::FilterSearch
        | Context::Picker
        | Context::Help
        | Context::Palette => {
            search::typed(model, |it| it.line.edit(key).unwrap_or(false));
        }
        Context::List
        | Context::Filter
        | Context::Form
        | Context::Review
        | Context::Permissions
        | Context::Audit
        | Context::Diff
        | Context::Runbook
        | Context::Preflight
        | Context::Dialog
        | Context::Menu => {}
    }
    Vec::new()
}

/// A paste: into the text that is typed, into the search of the list, or nowhere.
pub(super) fn paste(model: &mut Model, keymap: &Keymap, text: &str) -> Vec<Effect> {
    // A paste into the list can only be meant for the search.
    model.list.search.typing |= model.context() == Context::List;
    match model.context() {
        Context::FormText => return wizard::paste(model, text),
        Context::Prompt => prompt::paste(model, text),
        Context::Search
        | Context::AuditSearch
        | Context::DiffSearch
        | Context::FilterSearch
        | Context::Picker
        | Context::Help
        | Context::Palette => search::typed(model, |it| {
            it.line.paste_text(text);
            true
        }),
        Context::List
        | Context::Filter
        | Context::Form
        | Context::Review
        | Context::Permissions
        | Context::Audit
        | Context::Diff
        | Context::Runbook
        | Context::Preflight
        | Context::Dialog
        | Context::Menu => ignored(model, keymap),
    }
    Vec::new()
}
