//! The panel of the portal, field by field: where and how it asks. Each type's own panel stands with
//! its form.

use crate::form::{Key, Kind, Values};

/// Where the portal asks for a field, and how.
#[derive(Debug)]
pub struct Place {
    /// Field of our form.
    pub key: Key,
    /// Label in the portal.
    pub label: &'static str,
    /// What is done there.
    pub how: How,
    /// What to know there.
    pub notes: &'static [&'static str],
}

/// Field, the option that it is about, and what must be there before the panel is filled in.
pub type Needed = (Key, Option<&'static str>, &'static str);

/// What is done with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// A text is entered.
    Enter,
    /// One entry of a list is selected.
    Select,
    /// Several entries of a list are selected.
    SelectSeveral,
    /// One of a few options is chosen.
    Choose,
    /// A box is ticked or left empty.
    Tick,
    /// A secret is pasted; what it is.
    Secret(&'static str),
    /// The portal makes a key; where it goes.
    Generate(&'static str),
    /// The portal gets a bulk token.
    Token,
    /// The device agent is downloaded.
    Download,
    /// The documented panel does not ask it; why it is in the plan.
    Aside(&'static str),
}

impl How {
    /// Whether a value of the plan is entered or selected.
    pub(super) const fn is_entered(self) -> bool {
        matches!(self, Self::Enter | Self::Select | Self::SelectSeveral | Self::Choose)
    }
}

pub(in crate::form) const fn place(key: Key, label: &'static str, how: How) -> Place {
    Place { key, label, how, notes: &[] }
}

pub(in crate::form) const fn noted(
    key: Key,
    label: &'static str,
    how: How,
    notes: &'static [&'static str],
) -> Place {
    Place { key, label, how, notes }
}

/// The service keeps a description (fly.md §1); no page shows where the panel asks for it.
pub(in crate::form) const DESCRIPTION: Place = place(
    "description",
    "Description",
    How::Aside("not in the documented panel; enter it if yours asks for it"),
);

pub(in crate::form) const SEARCH: &str = "Type a part of the name into the list's search box and press Enter. The reload button beside it reads the list again.";
pub(in crate::form) const UNNAMED: &str = "AvePoint's public page does not document this label.";

/// Whether a choice is the option that stands for nothing: the portal has no such option, so that
/// there is nothing to choose.
pub(super) fn is_none(values: &Values, key: Key) -> bool {
    values.choice(key) == Some("none")
}

/// Options whose words in the portal are not those of our form.
const OPTIONS: [(Key, &str, &str); 7] = [
    ("service_auth", "legacy", "Legacy authentication"),
    ("service_auth", "modern", "Modern authentication"),
    ("rejoin", "online", "Rejoin online using AD user credentials"),
    ("rejoin", "offline", "Rejoin offline using agent"),
    ("join", "bulk-token", "Rejoin online using Microsoft Entra ID app and bulk token"),
    ("join", "enrolment-file", "Rejoin offline using an enrollment file"),
    ("used_as", "any", "Either"),
];

impl Place {
    /// An option in the words of the portal.
    pub(super) fn option(&self, kind: Kind, option: &str) -> String {
        let own = OPTIONS.iter().find(|(key, it, _)| *key == self.key && *it == option);
        if let Some((_, _, label)) = own {
            return (*label).to_owned();
        }
        let Kind::Choice(options) = kind else { return option.to_owned() };
        let label = options.iter().find(|it| it.key == option).map(|it| it.label);
        label.unwrap_or(option).to_owned()
    }

    /// What to do here.
    pub(super) fn todo(&self, values: &Values, answered: bool) -> String {
        let unknown = super::is_missing(values, self.key);
        let text = match self.how {
            How::Enter if answered => "Enter exactly this.",
            How::Enter if self.key == "admin_url" => "Leave what the portal fills in.",
            How::Enter => "Leave it empty.",
            How::Select if unknown => {
                "The plan knows it by this id only: find the entry that it belongs to, and select it."
            }
            How::Select if answered => "Select it.",
            How::Select if self.key == "container" => "Leave None selected.",
            How::Select => "Leave it without a selection.",
            How::SelectSeveral if unknown => {
                "The plan knows one of them by its id only: find the entries, and select each."
            }
            How::SelectSeveral => "Select each of these, and no other.",
            How::Choose if is_none(values, self.key) => {
                "Leave the default selected, and select no service account."
            }
            How::Choose => "Choose it.",
            How::Tick if values.toggle(self.key) => "Tick the box.",
            How::Tick => "Leave the box empty.",
            How::Secret(_) => {
                "Copy the secret from jetbridge and paste it. It is not in this runbook."
            }
            How::Generate(goes) => {
                return format!("Click it, and copy the key that the portal shows: {goes}.");
            }
            How::Token => "Click Get bulk token, and enter both values.",
            How::Download => "Click Download device agent.",
            How::Aside(_) => "",
        };
        text.to_owned()
    }
}
