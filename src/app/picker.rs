//! A searchable pick list over directory objects. G3-G10.

use super::RequestId;
use super::search::Search;
use crate::backend::BackendError;
use crate::domain::{
    ConnectionType, DirectoryObject, Evidence, ObjectId, ObjectKind, Platform, ProfileKind,
};
use crate::form::{self, Family, Field, Kind, Picked, Source, Spec, Trait, specs};
use crate::text::{counted, fold};

/// The pick list of a form's field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picker {
    /// Field it fills.
    pub field: &'static str,
    /// Title: the field's label.
    pub title: &'static str,
    /// What it offers; `None`: the types of connection.
    pub source: Option<Source>,
    /// Several can be picked.
    pub many: bool,
    /// Tenant whose objects are offered.
    pub tenant: Option<ObjectId>,
    /// What is searched for.
    pub search: Search,
    /// Every entry.
    pub items: Vec<Item>,
    /// Indexes of the entries that match.
    pub shown: Vec<usize>,
    /// Cursor, an index into `shown`.
    pub at: usize,
    /// What is picked, in order.
    pub picked: Vec<Picked>,
    /// Whether anything is or was ticked: taking the last tick back then means an empty choice.
    pub ticked: bool,
    /// Request under way.
    pub loading: Option<RequestId>,
    /// Why the last request failed; the old entries stay.
    pub error: Option<BackendError>,
    /// Whether an answer has ever come: before it, an empty list says nothing.
    pub loaded: bool,
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What picking it gives.
    pub picked: Picked,
    /// What is shown beside its name.
    pub note: String,
    /// Why it cannot be picked.
    pub refused: Option<String>,
    /// The object, for editing; `None` for a location or a type.
    pub object: Option<DirectoryObject>,
    /// Heading that it stands under; empty: none.
    pub group: &'static str,
}

impl Picker {
    /// A pick list for a field; `None` when the field is none.
    pub fn new(field: &'static Field, tenant: Option<&Picked>, picked: &[Picked]) -> Option<Self> {
        let source = field.kind.source()?;
        let many = matches!(field.kind, Kind::PickMany(_));
        let mut picker = Self {
            field: field.key,
            title: field.label,
            source: Some(source),
            many,
            tenant: tenant.map(|it| it.id.clone()),
            search: Search::default(),
            items: Vec::new(),
            shown: Vec::new(),
            at: 0,
            picked: picked.to_vec(),
            ticked: !picked.is_empty(),
            loading: None,
            error: None,
            loaded: false,
        };
        if let (Source::Locations { .. }, Some(tenant)) = (source, tenant) {
            picker.loaded = true;
            picker.items = tenant.extra.iter().map(|code| location(code)).collect();
            picker.apply();
        }
        Some(picker)
    }

    /// The types of connection in their groups, those without a form with the reason.
    pub fn types(field: &'static Field, now: ConnectionType) -> Self {
        let mut all: Vec<(Family, ConnectionType, String, Option<String>)> = Vec::new();
        let options = match field.kind {
            Kind::Choice(options) => options,
            _ => &[],
        };
        for (spec, option) in specs::ALL.iter().zip(options) {
            all.push((spec.family, spec.kind, option.help.to_owned(), None));
        }
        for (kind, family) in specs::LISTED {
            all.push((family, kind, String::new(), Some(form::why_listed(kind).to_owned())));
        }
        all.sort_by_key(|it| it.0);
        let item = |(family, kind, note, refused): (Family, ConnectionType, _, _)| {
            let mut picked = form::edit::location(&kind.slug());
            picked.label = kind.label().to_string();
            Item { picked, note, refused, object: None, group: family.label() }
        };
        let items: Vec<Item> = all.into_iter().map(item).collect();
        let picked = items.iter().filter(|it| it.picked.id.as_str() == now.slug());
        let mut picker = Self {
            field: field.key,
            title: field.label,
            source: None,
            many: false,
            tenant: None,
            search: Search::default(),
            picked: picked.map(|it| it.picked.clone()).collect(),
            items,
            shown: Vec::new(),
            at: 0,
            ticked: true,
            loading: None,
            error: None,
            loaded: true,
        };
        picker.apply();
        picker.at = picker.place(&ObjectId(now.slug())).unwrap_or(0);
        picker
    }

    /// Kind of object it offers; `None` for locations, which the tenant itself holds.
    pub const fn object_kind(&self) -> Option<ObjectKind> {
        match self.source {
            Some(source) => source.object(),
            None => None,
        }
    }

    /// Kinds of app profile that the field takes; none where it takes no profile.
    pub const fn profile_kinds(&self) -> &'static [ProfileKind] {
        match self.source {
            Some(Source::AppProfiles { kinds, .. }) => kinds,
            Some(
                Source::Tenants { .. }
                | Source::Locations { .. }
                | Source::Containers { .. }
                | Source::ServiceAccounts { .. },
            )
            | None => &[],
        }
    }

    /// Takes the backend's entries, keeping cursor and picks.
    pub fn fill(&mut self, spec: &'static Spec, objects: Vec<DirectoryObject>) {
        let Some(field) = spec.field(self.field) else { return };
        let source = self.source;
        let offered = |object: &DirectoryObject| source.is_some_and(|it| it.offers(object));
        let under = self.current().map(|item| item.picked.id.clone());
        self.items =
            objects.into_iter().filter(offered).map(|object| item(spec, field, object)).collect();
        self.items.sort_by_cached_key(|item| fold(&item.picked.label));
        // What is picked takes on what is known of it now.
        for picked in &mut self.picked {
            match self.items.iter().find(|item| item.picked.id == picked.id) {
                Some(item) => *picked = item.picked.clone(),
                None => picked.traits = picked.traits.with(Trait::Missing),
            }
        }
        self.loaded = true;
        self.apply();
        let back = under.or_else(|| self.picked.first().map(|it| it.id.clone()));
        if let Some(at) = back.and_then(|id| {
            self.shown
                .iter()
                .position(|index| self.items.get(*index).is_some_and(|it| it.picked.id == id))
        }) {
            self.at = at;
        }
    }

    /// Takes an object that was added or changed, and puts the cursor on it.
    pub fn put(&mut self, spec: &'static Spec, object: DirectoryObject) {
        let id = object.id().clone();
        let others = self.items.drain(..).filter_map(|item| item.object);
        let objects = others.filter(|it| *it.id() != id).chain([object]).collect();
        self.search.end();
        self.fill(spec, objects);
        if let Some(at) = self.place(&id) {
            self.at = at;
        }
    }

    /// Place of an object among the entries that match.
    fn place(&self, id: &ObjectId) -> Option<usize> {
        self.shown
            .iter()
            .position(|index| self.items.get(*index).is_some_and(|it| it.picked.id == *id))
    }

    /// Recomputes what matches the query: every word must occur in name, id or note.
    pub fn apply(&mut self) {
        let words = self.search.words();
        let wanted = |it: &Item| {
            words.are_in(&[&it.picked.label, it.picked.id.as_str(), &it.note, it.group])
        };
        let shown = self.items.iter().enumerate().filter(|(_, item)| wanted(item));
        self.shown = shown.map(|(index, _)| index).collect();
        self.at = self.at.min(self.shown.len().saturating_sub(1));
    }

    /// The entry under the cursor.
    pub fn current(&self) -> Option<&Item> {
        self.shown.get(self.at).and_then(|index| self.items.get(*index))
    }

    /// Whether an entry is picked.
    pub fn is_picked(&self, item: &Item) -> bool {
        self.picked.iter().any(|it| it.id == item.picked.id)
    }

    /// Picks the entry under the cursor, or takes the pick back. `Err` says why it is refused.
    pub fn toggle(&mut self) -> Result<(), String> {
        let Some(item) = self.current().cloned() else { return Ok(()) };
        if item.refused.is_none() || self.is_picked(&item) {
            self.ticked = true;
        }
        if self.is_picked(&item) {
            self.picked.retain(|it| it.id != item.picked.id);
            return Ok(());
        }
        if let Some(why) = item.refused {
            return Err(why);
        }
        if !self.many {
            self.picked.clear();
        }
        self.picked.push(item.picked);
        Ok(())
    }
}

fn location(code: &str) -> Item {
    Item {
        picked: form::edit::location(code),
        note: place(code).to_owned(),
        refused: None,
        object: None,
        group: "",
    }
}

/// What a data location code stands for (graph.md §4); empty for one not listed there.
fn place(code: &str) -> &'static str {
    const PLACES: [(&str, &str); 25] = [
        ("APC", "Asia-Pacific"),
        ("AUS", "Australia"),
        ("BRA", "Brazil"),
        ("CAN", "Canada"),
        ("EUR", "Europe"),
        ("FRA", "France"),
        ("DEU", "Germany"),
        ("IND", "India"),
        ("ISR", "Israel"),
        ("ITA", "Italy"),
        ("JPN", "Japan"),
        ("KOR", "Korea"),
        ("MEX", "Mexico"),
        ("NZL", "New Zealand"),
        ("NOR", "Norway"),
        ("POL", "Poland"),
        ("QAT", "Qatar"),
        ("ZAF", "South Africa"),
        ("ESP", "Spain"),
        ("SWE", "Sweden"),
        ("CHE", "Switzerland"),
        ("TWN", "Taiwan"),
        ("ARE", "United Arab Emirates"),
        ("GBR", "United Kingdom"),
        ("NAM", "North America"),
    ];
    PLACES.iter().find(|(it, _)| it.eq_ignore_ascii_case(code)).map_or("", |(_, name)| name)
}

fn item(spec: &Spec, field: &Field, object: DirectoryObject) -> Item {
    let picked = Picked::from(&object);
    let refused = spec.refusal(field, &picked);
    Item { note: note(&object), refused, picked, object: Some(object), group: "" }
}

fn objects(count: u64) -> String {
    counted(usize::try_from(count).unwrap_or(usize::MAX), "object")
}

/// What is shown beside an object: its own state, and what was read of it when.
fn note(object: &DirectoryObject) -> String {
    let read = object.evidence().map(Evidence::words).unwrap_or_default();
    let own = own_note(object);
    if read.is_empty() { own } else { format!("{own}, {read}") }
}

fn own_note(object: &DirectoryObject) -> String {
    use crate::domain::{Mfa, ProfileStatus};
    match object {
        DirectoryObject::Tenant(it) if it.platform == Platform::Google => {
            it.platform.label().to_owned()
        }
        DirectoryObject::Tenant(it) if it.is_multi_geo() => {
            format!("{}, multi-geo {}", it.cloud.label(), it.locations.join(" "))
        }
        DirectoryObject::Tenant(it) => it.cloud.label().to_owned(),
        DirectoryObject::Container(it) => match (it.objects, it.last_scan) {
            (Some(0), _) => "no objects".to_owned(),
            (Some(count), Some(at)) => {
                format!("{}, scanned {}", objects(count), at.strftime("%Y-%m-%d"))
            }
            (Some(count), None) => objects(count),
            (None, Some(at)) => format!("scanned {}", at.strftime("%Y-%m-%d")),
            (None, None) => "never scanned".to_owned(),
        },
        DirectoryObject::AppProfile(it) => match it.status {
            ProfileStatus::Active => it.kind.label().to_owned(),
            ProfileStatus::Invalid => format!("{}, invalid", it.kind.label()),
            ProfileStatus::Unknown => format!("{}, status unknown", it.kind.label()),
        },
        DirectoryObject::ServiceAccount(it) => match it.mfa {
            Mfa::Yes => "MFA".to_owned(),
            Mfa::No => "no MFA".to_owned(),
            Mfa::Unknown => "MFA unknown".to_owned(),
        },
    }
}
