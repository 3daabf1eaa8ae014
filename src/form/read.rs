//! Values from a plain record, as files and the sample have them: field keys to texts, switches,
//! option keys, and names or ids of directory objects.

use serde_json::{Map, Value as Json};

use super::{Field, FieldError, Key, Kind, Picked, Source, Spec, Value, Values, edit, specs};
use crate::domain::health::Directory;
use crate::domain::text::{fold, shown};
use crate::domain::{ConnectionType, DirectoryObject, Held, ObjectId, ObjectKind, Secret, rules};

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

/// Reads a record: its form by `type`, and the values on top of what a new form starts with. Keys
/// and tokens are left to the caller, see [`to_issue`]. The values still have to pass
/// [`submit`](super::submit()).
///
/// # Errors
/// Everything that cannot be read, in the order of the form: unknown keys, values of the wrong
/// shape, objects that are unknown or ambiguous, and answers to questions that the others close,
/// so that nothing in a file is dropped silently.
pub fn read(
    record: &Map<String, Json>,
    directory: &Directory,
    secrets: PlainSecrets,
) -> Result<(&'static Spec, Values), Vec<FieldError>> {
    let spec = spec_of(record).map_err(|message| vec![FieldError { field: "type", message }])?;
    let mut reader = Reader {
        spec,
        directory,
        secrets,
        values: edit::initial(spec),
        errors: unknown_keys(spec, record),
    };
    for field in spec.fields().filter(|it| it.key != "type") {
        let Some(json) = record.get(field.key).filter(|it| !it.is_null()) else { continue };
        if let Err(message) = reader.take(field, json) {
            reader.errors.push(FieldError { field: field.key, message });
        }
    }
    reader.refuse_hidden(record);
    if reader.errors.is_empty() { Ok((spec, reader.values)) } else { Err(reader.errors) }
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
    specs::of(kind)
        .ok_or_else(|| format!("{} has no form: import it as a listed connection", kind.label()))
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
    directory: &'a Directory,
    secrets: PlainSecrets,
    values: Values,
    errors: Vec<FieldError>,
}

impl Reader<'_> {
    fn failed(&self, key: Key) -> bool {
        self.errors.iter().any(|it| it.field == key)
    }

    fn take(&mut self, field: &'static Field, json: &Json) -> Result<(), String> {
        match field.kind {
            Kind::Text { .. } | Kind::Day => {
                self.values.set(field.key, Value::Text(text(json)?.to_owned()));
            }
            Kind::Secret { .. } => {
                let secret = Secret::new(text(json)?);
                if self.secrets == PlainSecrets::Refuse {
                    return Err(
                        "secrets are not read from here: leave it out and enter it when asked"
                            .to_owned(),
                    );
                }
                self.values.set(field.key, Value::Secret(Held::New(secret)));
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
                    format!("{} is not one of: {}", shown(wanted), keys.join(", "))
                })?;
                self.values.set(field.key, Value::Choice(option.key));
            }
            Kind::PickOne(source) => {
                let Some(pick) = self.pick(source, text(json)?)? else { return Ok(()) };
                edit::picked(self.spec, &mut self.values, field.key, vec![pick]);
            }
            Kind::PickMany(source) => self.take_many(field, source, json)?,
            Kind::Key(_) | Kind::Tokens => {}
            Kind::Agent => return Err("there is nothing to answer: leave it out".to_owned()),
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
            match text(item).and_then(|it| self.pick(source, it)) {
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

    /// The object that a text names; `None` when that cannot be told because its tenant could not
    /// be read either.
    fn pick(&self, source: Source, text: &str) -> Result<Option<Picked>, String> {
        let wanted = text.trim();
        let tenant = match source.tenant_field() {
            None => None,
            Some(key) if self.failed(key) => return Ok(None),
            Some(key) => match self.values.picks(key).first() {
                Some(tenant) => Some(tenant),
                None => return Err(format!("give {key} first: this belongs to a tenant")),
            },
        };
        if let Source::Locations { .. } = source {
            let code = rules::location(wanted).map_err(|problem| problem.0)?;
            let offered = tenant.map(edit::locations).unwrap_or_default();
            let found = offered.iter().find(|it| it.id.as_str().eq_ignore_ascii_case(&code));
            return found.cloned().map(Some).ok_or_else(|| {
                let codes: Vec<&str> = offered.iter().map(|it| it.id.as_str()).collect();
                if codes.is_empty() {
                    "the tenant is not multi-geo: leave the location out".to_owned()
                } else {
                    format!("{code} is not a location of the tenant: {}", codes.join(", "))
                }
            });
        }
        self.object(source, tenant.map(|it| &it.id), wanted).map(|it| Some(Picked::from(it)))
    }

    /// An object by its id, or by its name where only one has that name.
    fn object(
        &self,
        source: Source,
        tenant: Option<&ObjectId>,
        wanted: &str,
    ) -> Result<&DirectoryObject, String> {
        let folded = fold(wanted);
        let mut named = Vec::new();
        for object in self.directory.iter().filter(|it| offers(source, tenant, it)) {
            if object.id().as_str() == wanted {
                return Ok(object);
            }
            if fold(object.name()) == folded {
                named.push(object);
            }
        }
        match named.as_slice() {
            [] => Err(format!(
                "no {} called {} in the directory{}",
                noun(source),
                shown(wanted),
                if tenant.is_some() { " of this tenant" } else { "" }
            )),
            [one] => Ok(one),
            several => {
                let mut ids: Vec<_> = several.iter().map(|it| shown(it.id().as_str())).collect();
                ids.sort();
                let count = several.len();
                Err(format!(
                    "{count} are called {}: give an id, {}",
                    shown(wanted),
                    ids.join(" or ")
                ))
            }
        }
    }

    /// An answer to a question that is not asked would be lost without a word.
    fn refuse_hidden(&mut self, record: &Map<String, Json>) {
        for field in self.spec.fields() {
            let given = record.get(field.key).is_some_and(|it| !it.is_null());
            if !given || self.spec.visible_fields(&self.values).any(|it| it.key == field.key) {
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
                format!("not asked with these answers, see {}: leave it out", on.join(", "));
            self.errors.push(FieldError { field: field.key, message });
        }
    }
}

fn text(json: &Json) -> Result<&str, String> {
    json.as_str().ok_or_else(|| "write it as a text, in quotes".to_owned())
}

/// Whether the pick list of this source would show the object.
fn offers(source: Source, tenant: Option<&ObjectId>, object: &DirectoryObject) -> bool {
    let belongs = tenant.is_none_or(|it| it == object.tenant());
    belongs
        && match (source, object) {
            (Source::Tenants, _) => object.kind() == ObjectKind::Tenant,
            (Source::Locations { .. }, _) => false,
            (Source::Containers { .. }, _) => object.kind() == ObjectKind::Container,
            (Source::AppProfiles { kinds, .. }, DirectoryObject::AppProfile(it)) => {
                kinds.contains(&it.kind)
            }
            (Source::AppProfiles { .. }, _) => false,
            (Source::ServiceAccounts { .. }, _) => object.kind() == ObjectKind::ServiceAccount,
        }
}

fn noun(source: Source) -> String {
    match source {
        Source::Tenants => ObjectKind::Tenant.label().to_owned(),
        Source::Locations { .. } => "location".to_owned(),
        Source::Containers { .. } => ObjectKind::Container.label().to_owned(),
        Source::AppProfiles { kinds, .. } => {
            let kinds: Vec<&str> = kinds.iter().map(|it| it.label()).collect();
            format!("app profile ({})", kinds.join(" or "))
        }
        Source::ServiceAccounts { .. } => ObjectKind::ServiceAccount.label().to_owned(),
    }
}
