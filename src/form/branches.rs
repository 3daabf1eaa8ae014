//! Every branch of a form with the least that it takes: for tests of the screen, and for showing
//! what a form asks.

use super::{Field, Kind, Need, Picked, Source, Spec, Trait, Traits, Value, Values, edit};
use crate::domain::key::HeldKey;
use crate::domain::key::{self, KeyKind};
use crate::domain::token::{BulkToken, TokenOrigin};
use crate::domain::{Held, ObjectId, Secret, Timestamp};

/// Every combination of choices and toggles, and of picks that open or close a question, with
/// made-up answers to what is required. Each of them passes [`submit`](super::submit()).
pub fn branches(spec: &'static Spec) -> Vec<Values> {
    let mut all = vec![edit::initial(spec)];
    for field in spec.fields() {
        all = all.into_iter().flat_map(|values| answered(spec, field, values)).collect();
    }
    all.retain(|values| {
        let visible = spec.visible(values);
        !spec.demands().any(|(_, when)| when.holds(&visible))
    });
    all
}

/// The values once per answer that the field may get.
fn answered(spec: &'static Spec, field: &'static Field, values: Values) -> Vec<Values> {
    if !spec.visible_fields(&values).any(|it| it.key == field.key) {
        return vec![values];
    }
    let required = matches!(field.need, Need::Required(_));
    let with = |value: Value| {
        let mut next = values.clone();
        next.set(field.key, value);
        next
    };
    match field.kind {
        Kind::Choice(_) if field.key == "type" => vec![values],
        Kind::Choice(options) => options.iter().map(|it| with(Value::Choice(it.key))).collect(),
        Kind::Toggle => vec![with(Value::Toggle(false)), with(Value::Toggle(true))],
        Kind::PickOne(source) | Kind::PickMany(source) => {
            let mut out = Vec::new();
            if !required {
                out.push(values.clone());
            }
            for pick in examples(spec, source, &values) {
                let mut next = values.clone();
                edit::picked(spec, &mut next, field.key, vec![pick]);
                out.push(next);
            }
            out
        }
        Kind::Text { example, .. } if required && !values.answered(field.key) => {
            vec![with(Value::Text(example.to_owned()))]
        }
        Kind::Secret { .. } if required => {
            vec![with(Value::Secret(Held::New(Secret::new("Made-up-1"))))]
        }
        Kind::Key(kind) if required => vec![with(Value::Key(example_key(kind)))],
        Kind::Tokens if required => vec![with(Value::Tokens(vec![example_token()]))],
        Kind::Text { .. }
        | Kind::Secret { .. }
        | Kind::Day
        | Kind::Key(_)
        | Kind::Tokens
        | Kind::Agent => vec![values],
    }
}

/// Made-up objects, one for each trait that a form branches on.
fn examples(spec: &'static Spec, source: Source, values: &Values) -> Vec<Picked> {
    match source {
        Source::Tenants { .. } => {
            let mut geo = example("tenant-geo", Some(Trait::MultiGeo));
            geo.extra = vec!["EUR".to_owned(), "NAM".to_owned()];
            let asks = |it: &Field| matches!(it.kind.source(), Some(Source::Locations { .. }));
            let geo = spec.fields().any(asks).then_some(geo);
            [example("tenant", None)].into_iter().chain(geo).collect()
        }
        Source::Locations { tenant } => {
            values.picks(tenant).first().map(edit::locations).unwrap_or_default()
        }
        Source::Containers { .. } => Vec::new(),
        Source::AppProfiles { kinds, .. } => {
            let profile = |kind: &crate::domain::ProfileKind| {
                example(&format!("profile-{}", kind.slug()), Some((*kind).into()))
            };
            kinds.iter().map(profile).collect()
        }
        Source::ServiceAccounts { .. } => vec![example("account@contoso.example", None)],
    }
}

fn example(name: &str, with: Option<Trait>) -> Picked {
    let traits = with.map_or(Traits::default(), |it| Traits::default().with(it));
    Picked {
        id: ObjectId(format!("example-{name}")),
        label: format!("Example {name}"),
        traits,
        extra: Vec::new(),
        fills: None,
        ends: None,
    }
}

fn example_key(kind: KeyKind) -> HeldKey {
    let key = key::issue(kind, &[7; key::ENTROPY]);
    HeldKey { id: key.id(), issued_at: Timestamp::UNIX_EPOCH, value: Held::New(key.text) }
}

fn example_token() -> BulkToken {
    BulkToken {
        id: "example".to_owned(),
        display_name: "Example token".to_owned(),
        issued_at: Timestamp::UNIX_EPOCH,
        expires_at: Timestamp::MAX,
        origin: TokenOrigin::Pasted,
        value: Held::New(Secret::new("made-up-token")),
    }
}
