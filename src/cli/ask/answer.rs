//! What can be answered, and what a text means in a pick list.

use crate::app::picker::{Item, Picker};
use crate::app::wizard::Wizard;
use crate::backend::TokenRequest;
use crate::domain::{ConnectionType, Secret};
use crate::form::{Choice, Field, Kind, Picked, Spec, specs};
use crate::text::{fold, nearest, shown};

/// An answer that was understood; the form still checks it.
#[derive(Debug)]
pub(super) enum Answer {
    /// A text or a day.
    Text(String),
    /// A secret.
    Secret(Secret),
    /// On or off.
    On(bool),
    /// Key of an option.
    Choice(&'static str),
    /// The type of the connection.
    Type(&'static Spec),
    /// Directory objects, or a location.
    Picks(Vec<Picked>),
    /// A key is to be issued.
    Key,
    /// A bulk token to take or to issue.
    Token(TokenRequest),
    /// No answer any more.
    Clear,
}

/// What can be done about a key or a token.
pub(super) const KEEP: Choice = Choice { key: "keep", label: "Keep it", help: "nothing changes" };
/// Another key in place of the one in use, or the first.
pub(super) const ISSUE: Choice =
    Choice { key: "issue", label: "Issue one", help: "takes effect when the connection is saved" };
/// A real token.
pub(super) const PASTE: Choice = Choice {
    key: "paste",
    label: "Enter a token",
    help: "from Windows Configuration Designer, with the name and day you gave it there",
};
/// A token of the store.
pub(super) const STAND_IN: Choice = Choice {
    key: "stand-in",
    label: "Issue a local stand-in",
    help: "for planning; Microsoft Entra ID does not know it",
};

/// What is offered for a field by name: the options of a choice, or what can be done about a key or
/// token. The first is what Enter alone takes where nothing is answered.
pub(super) fn options(field: &Field, form: &Wizard, (keys, tokens): (bool, bool)) -> Vec<Choice> {
    let answered = form.values.answered(field.key);
    let keep = Some(KEEP).filter(|_| answered);
    let offered: Vec<Option<Choice>> = match field.kind {
        Kind::Choice(options) => return options.to_vec(),
        Kind::Key(_) => vec![keep, Some(ISSUE).filter(|_| keys)],
        Kind::Tokens => vec![keep, Some(PASTE), Some(STAND_IN).filter(|_| tokens)],
        Kind::Text { .. }
        | Kind::Secret { .. }
        | Kind::Day
        | Kind::Toggle
        | Kind::PickOne(_)
        | Kind::PickMany(_)
        | Kind::Agent => Vec::new(),
    };
    offered.into_iter().flatten().collect()
}

/// The option that a text names, by its key or its label.
pub(super) fn option(options: &[Choice], text: &str) -> Result<Choice, String> {
    let wanted = fold(text.trim());
    let found = options.iter().find(|it| fold(it.key) == wanted || fold(it.label) == wanted);
    found.copied().ok_or_else(|| {
        let keys: Vec<&str> = options.iter().map(|it| it.key).collect();
        let meant = nearest::tail(text.trim(), keys.iter().copied());
        format!("{} is not one of: {}{meant}", shown(text), keys.join(", "))
    })
}

/// The only entry of a pick list that a text names, by its id or its name.
///
/// # Errors
/// Several have this name.
pub(super) fn entry<'p>(picker: &'p Picker, text: &str) -> Result<Option<&'p Item>, String> {
    let text = text.trim();
    if let Some(item) = picker.items.iter().find(|it| it.picked.id.as_str() == text) {
        return Ok(Some(item));
    }
    let wanted = fold(text);
    let named = picker.items.iter().filter(|it| fold(&it.picked.label) == wanted);
    match named.collect::<Vec<_>>().as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        several => {
            let ids: Vec<_> = several.iter().map(|it| shown(it.picked.id.as_str())).collect();
            let count = several.len();
            Err(format!("{count} are called {}: give an id, {}", shown(text), ids.join(" or ")))
        }
    }
}

/// As [`entry`], where it must be there and can be picked.
pub(super) fn pickable<'p>(picker: &'p Picker, text: &str) -> Result<&'p Item, String> {
    let item = entry(picker, text)?.ok_or_else(|| {
        let names = picker.items.iter().map(|it| it.picked.label.as_str());
        let meant = nearest::tail(text.trim(), names);
        format!("{} is not in this list{meant}", shown(text))
    })?;
    // What is picked already may stay, whatever became of it.
    match &item.refused {
        Some(why) if !picker.is_picked(item) => Err(why.clone()),
        Some(_) | None => Ok(item),
    }
}

/// The answer that picking these gives.
pub(super) fn picks(picker: &Picker, picks: Vec<Picked>) -> Result<Answer, String> {
    if picker.source.is_some() {
        return Ok(Answer::Picks(picks));
    }
    let slug = picks.first().map(|it| it.id.as_str()).unwrap_or_default();
    let spec = ConnectionType::parse(slug).and_then(specs::of);
    spec.map(Answer::Type).ok_or_else(|| "choose a type".to_owned())
}

/// Whether a text is yes or no.
pub(super) fn yes_or_no(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "y" | "yes" | "true" | "on" => Some(true),
        "n" | "no" | "false" | "off" => Some(false),
        _ => None,
    }
}
