//! Values from a plain record, as files and the sample have them: field keys to texts, switches,
//! option keys, and names or ids of directory objects.

use serde_json::{Map, Value as Json};

use super::lookup::Lookup;
use super::{Field, FieldError, Key, Kind, Picked, Source, Spec, Value, Values, edit, specs};
use crate::domain::health::Directory;
use crate::domain::{ConnectionType, Held, Secret, rules};
use crate::text::nearest;
use crate::text::shown;

/// Names the whole record in an error that is about no field.
pub const RECORD: Key = "record";

/// Whether secrets may stand in the record as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlainSecrets {
    /// They may: the sample, or a file that was asked for with its secrets.
    Allow,
    /// They may not; an error names each.
    Refuse,
}

/// What a record is read with.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// Objects by name and id.
    pub lookup: &'a Lookup<'a>,
    /// The connection as it is saved: what it has picked may be named though the directory lost
    /// it. `None`: a new one.
    pub before: Option<&'a Values>,
    /// Answers that must not be dropped without a word; `None`: every one of the record. An edit
    /// of one field closes questions whose answers it did not give.
    pub own: Option<&'a [String]>,
}

/// A record as far as it can be read.
#[derive(Debug)]
pub struct Read {
    /// Its form.
    pub spec: &'static Spec,
    /// Its answers; those that cannot be read are left as a new form has them.
    pub values: Values,
    /// Everything that cannot be read, in the order of the form: unknown keys, values of the wrong
    /// shape, objects that are unknown or ambiguous, and answers to questions that the others
    /// close, so that nothing in a file is dropped silently.
    pub errors: Vec<FieldError>,
}

/// Reads a secret, key or token of a record. `None`: it is left to be filled in later.
pub type ReadHeld<'r> = dyn FnMut(&'static Field, &Json) -> Result<Option<Value>, String> + 'r;

/// Reads a record: its form by `type`, and the values on top of what a new form starts with. Keys
/// and tokens are left to the caller, see [`to_issue`]. The values still have to pass
/// [`submit`](super::submit()).
///
/// # Errors
/// Everything that cannot be read.
pub fn read(
    record: &Map<String, Json>,
    directory: &Directory,
    secrets: PlainSecrets,
) -> Result<(&'static Spec, Values), Vec<FieldError>> {
    let lookup = Lookup::new(directory);
    let given = Given { lookup: &lookup, before: None, own: None };
    let read = read_with(record, given, &mut |field, json| match (field.kind, secrets) {
        (Kind::Secret { .. }, PlainSecrets::Allow) => {
            Ok(Some(Value::Secret(Held::New(Secret::new(text(json)?)))))
        }
        (Kind::Secret { .. }, PlainSecrets::Refuse) => {
            Err("secrets are not read from here: leave it out and enter it when asked".to_owned())
        }
        _ => Ok(None),
    });
    let Read { spec, values, errors } = read.map_err(|error| vec![error])?;
    if errors.is_empty() { Ok((spec, values)) } else { Err(errors) }
}

/// Reads a record, with the secrets, keys and tokens that `held` makes of it.
///
/// # Errors
/// Its type has no form.
pub fn read_with(
    record: &Map<String, Json>,
    given: Given<'_>,
    held: &mut ReadHeld<'_>,
) -> Result<Read, FieldError> {
    let spec = spec_of(record).map_err(|message| FieldError { field: "type", message })?;
    let mut reader =
        Reader { spec, given, values: edit::initial(spec), errors: unknown_keys(spec, record) };
    for field in spec.fields().filter(|it| it.key != "type") {
        let Some(json) = record.get(field.key).filter(|it| !it.is_null()) else { continue };
        if reader.is_left_behind(field, json) {
            continue;
        }
        if let Err(message) = reader.take(field, json, held) {
            reader.errors.push(FieldError { field: field.key, message });
        }
    }
    reader.refuse_hidden(record);
    Ok(Read { spec, values: reader.values, errors: reader.errors })
}

/// Fields about which nothing sure can be said while these could not be read: themselves, what is
/// asked only with certain answers to them, and picks of a tenant that is among them.
pub fn unsure(spec: &'static Spec, failed: &[Key]) -> Vec<Key> {
    let mut all: Vec<Key> = failed.to_vec();
    // Conditions name earlier fields, so one pass reaches everything.
    for step in spec.steps {
        for field in step.fields {
            let tenant = field.kind.source().and_then(Source::tenant_field);
            let on = step.when.keys().into_iter().chain(field.when.keys()).chain(tenant);
            if on.into_iter().any(|key| all.contains(&key)) && !all.contains(&field.key) {
                all.push(field.key);
            }
        }
    }
    all
}

/// Visible fields whose answer the backend has to issue.
pub fn to_issue<'a>(
    spec: &'static Spec,
    values: &'a Values,
) -> impl Iterator<Item = &'static Field> + 'a {
    spec.visible_fields(values).filter(|field| {
        matches!(field.kind, Kind::Key(_) | Kind::Tokens) && !values.answered(field.key)
    })
}

fn spec_of(record: &Map<String, Json>) -> Result<&'static Spec, String> {
    let Some(text) = record.get("type").and_then(Json::as_str) else {
        let slugs: Vec<String> = specs::ALL.iter().map(|it| it.kind.slug()).collect();
        return Err(format!("give the type: {}", slugs.join(" or ")));
    };
    let kind = ConnectionType::parse(text)
        .ok_or_else(|| format!("unknown connection type {}", shown(text)))?;
    specs::of(kind).ok_or_else(|| {
        let why = specs::why_listed(kind);
        format!("{} has no form ({why}): import it as a listed connection", kind.label())
    })
}

fn unknown_keys(spec: &'static Spec, record: &Map<String, Json>) -> Vec<FieldError> {
    record
        .keys()
        .filter(|key| spec.field(key).is_none())
        .map(|key| FieldError {
            field: RECORD,
            message: format!("{} is not a field of {}", shown(key), spec.kind.label()),
        })
        .collect()
}

struct Reader<'a> {
    spec: &'static Spec,
    given: Given<'a>,
    values: Values,
    errors: Vec<FieldError>,
}

impl Reader<'_> {
    fn failed(&self, key: Key) -> bool {
        self.errors.iter().any(|it| it.field == key)
    }

    fn is_own(&self, key: &str) -> bool {
        self.given.own.is_none_or(|own| own.iter().any(|it| it == key))
    }

    /// Whether an answer of the saved connection goes because an edit changed what it hangs on:
    /// picks of another tenant (G5), and a text that came with the old pick (G7).
    fn is_left_behind(&self, field: &Field, json: &Json) -> bool {
        if self.is_own(field.key) {
            return false;
        }
        let ids = |values: &Values, key: Key| -> Vec<_> {
            values.picks(key).iter().map(|it| it.id.clone()).collect()
        };
        let changed = |key: Key| {
            self.given.before.is_some_and(|before| ids(before, key) != ids(&self.values, key))
        };
        if let Some(tenant) = field.kind.source().and_then(Source::tenant_field) {
            return changed(tenant);
        }
        let Some(pick) = field.filled_by.filter(|key| changed(key)) else { return false };
        let tenant = self.spec.field(pick).and_then(|it| it.kind.source()?.tenant_field());
        let filled = self.given.before.and_then(|it| it.picks(pick).first()?.fills.as_ref());
        tenant.is_some_and(changed) || filled.map(String::as_str) == json.as_str()
    }

    fn take(
        &mut self,
        field: &'static Field,
        json: &Json,
        held: &mut ReadHeld<'_>,
    ) -> Result<(), String> {
        match field.kind {
            Kind::Text { .. } | Kind::Day => {
                self.values.set(field.key, Value::Text(text(json)?.to_owned()));
            }
            Kind::Toggle => {
                let on = json.as_bool().ok_or("write true or false, without quotes")?;
                self.values.set(field.key, Value::Toggle(on));
            }
            Kind::Choice(options) => {
                let wanted = text(json)?.trim();
                let option = options.iter().find(|it| it.key.eq_ignore_ascii_case(wanted));
                let option = option.ok_or_else(|| {
                    let keys: Vec<&str> = options.iter().map(|it| it.key).collect();
                    let meant = nearest::tail(wanted, keys.iter().copied());
                    format!("{} is not one of: {}{meant}", shown(wanted), keys.join(", "))
                })?;
                self.values.set(field.key, Value::Choice(option.key));
            }
            Kind::PickOne(source) => {
                let Some(pick) = self.pick(field, source, text(json)?)? else { return Ok(()) };
                edit::picked(self.spec, &mut self.values, field.key, vec![pick]);
            }
            Kind::PickMany(source) => self.take_many(field, source, json)?,
            Kind::Secret { .. } | Kind::Key(_) | Kind::Tokens => {
                if let Some(value) = held(field, json)? {
                    self.values.set(field.key, value);
                }
            }
            Kind::Agent => return Err("this field takes no answer: leave it out".to_owned()),
        }
        Ok(())
    }

    fn take_many(&mut self, field: &Field, source: Source, json: &Json) -> Result<(), String> {
        let wanted: Vec<&Json> = match json {
            Json::Array(items) => items.iter().collect(),
            one => vec![one],
        };
        let mut picks = Vec::with_capacity(wanted.len());
        let mut wrong = Vec::new();
        for item in wanted {
            match text(item).and_then(|it| self.pick(field, source, it)) {
                Ok(pick) => picks.extend(pick),
                Err(message) => wrong.push(message),
            }
        }
        if wrong.is_empty() {
            edit::picked(self.spec, &mut self.values, field.key, picks);
            Ok(())
        } else {
            Err(wrong.join("; "))
        }
    }

    /// The object that a text names; `None` when that cannot be known because its tenant could not
    /// be read either.
    fn pick(&self, field: &Field, source: Source, text: &str) -> Result<Option<Picked>, String> {
        let wanted = text.trim();
        let tenant = match source.tenant_field() {
            None => None,
            Some(key) if self.failed(key) => return Ok(None),
            Some(key) => match self.values.picks(key).first() {
                Some(tenant) => Some(tenant),
                None => return Err(format!("give {key} first: this belongs to a tenant")),
            },
        };
        let kept = self.kept(field, source, tenant);
        if let Some(pick) = kept.iter().find(|it| [text, wanted].contains(&it.id.as_str())) {
            return Ok(Some(pick.clone()));
        }
        if let Source::Locations { .. } = source {
            return location(tenant, wanted).map(Some);
        }
        let object = self.given.lookup.find(source, tenant.map(|it| &it.id), wanted)?;
        let known = kept.iter().find(|it| it.id == *object.id());
        Ok(Some(known.cloned().unwrap_or_else(|| Picked::from(object))))
    }

    /// What the saved connection has picked here, as long as it is the same tenant's.
    fn kept(&self, field: &Field, source: Source, tenant: Option<&Picked>) -> &[Picked] {
        let Some(before) = self.given.before else { return &[] };
        let same = source.tenant_field().is_none_or(|key| {
            before.picks(key).first().map(|it| &it.id) == tenant.map(|it| &it.id)
        });
        if same { before.picks(field.key) } else { &[] }
    }

    /// An answer to a question that is not asked would be lost without a word.
    fn refuse_hidden(&mut self, record: &Map<String, Json>) {
        for field in self.spec.fields() {
            let given = record.get(field.key).is_some_and(|it| !it.is_null());
            let asked = self.spec.visible_fields(&self.values).any(|it| it.key == field.key);
            if !given || asked || !self.is_own(field.key) {
                continue;
            }
            let step = self.spec.step_of(field.key);
            let mut on = step.map(|it| it.when.keys()).unwrap_or_default();
            on.extend(field.when.keys());
            on.dedup();
            if on.iter().any(|key| self.failed(key)) {
                continue;
            }
            let message =
                format!("not used with these answers, see {}: leave it out", on.join(", "));
            self.errors.push(FieldError { field: field.key, message });
        }
    }
}

fn text(json: &Json) -> Result<&str, String> {
    json.as_str().ok_or_else(|| "write it as a text, in quotes".to_owned())
}

/// A location of the picked tenant. G4.
fn location(tenant: Option<&Picked>, wanted: &str) -> Result<Picked, String> {
    let code = rules::location(wanted).map_err(|problem| problem.0)?;
    let offered = tenant.map(edit::locations).unwrap_or_default();
    let found = offered.iter().find(|it| it.id.as_str().eq_ignore_ascii_case(&code));
    found.cloned().ok_or_else(|| {
        let codes: Vec<&str> = offered.iter().map(|it| it.id.as_str()).collect();
        if codes.is_empty() {
            "the tenant is not multi-geo: leave the location out".to_owned()
        } else {
            format!("{code} is not a location of the tenant: {}", codes.join(", "))
        }
    })
}
