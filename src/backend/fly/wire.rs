//! What the service sends, read leniently: fields that are missing, of another type or numbered
//! again never lose a row. fly.md §1.

use serde_json::{Map, Value};

use super::row::Row;
use crate::domain::{ConnectionType, Project, Timestamp, UNNAMED};

/// .NET ticks of 1970-01-01 (fly.md §1, **D** for mappings and report jobs of the same SDK).
const EPOCH_TICKS: i64 = 621_355_968_000_000_000;

/// One page of any list.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Envelope {
    /// Its entries.
    pub(super) items: Vec<Value>,
    /// The next page.
    pub(super) next: Option<String>,
    /// Whether a next page was spoken of at all, even if to say that there is none.
    pub(super) shows_next: bool,
    /// How many entries there are in all.
    pub(super) total: Option<usize>,
}

/// Reads a page. The model is `{nextLink, data[], totalCount, properties}` (**D**); on the wire it
/// lies in an outer `data` (**O**). Both are read. `None` when it is neither.
pub(super) fn envelope(page: Value) -> Option<Envelope> {
    let Value::Object(mut outer) = page else { return None };
    match outer.remove("data") {
        Some(Value::Array(items)) => Some(with_items(items, &outer)),
        Some(Value::Object(mut inner)) => match inner.remove("data") {
            Some(Value::Array(items)) => Some(with_items(items, &inner)),
            _ => None,
        },
        _ => None,
    }
}

fn with_items(items: Vec<Value>, around: &Map<String, Value>) -> Envelope {
    let next = around.get("nextLink");
    Envelope {
        items,
        next: next.and_then(Value::as_str).filter(|it| !it.is_empty()).map(str::to_owned),
        shows_next: next.is_some(),
        total: around.get("totalCount").and_then(whole).and_then(|it| usize::try_from(it).ok()),
    }
}

/// A whole number, whether it came as a number or as its digits.
fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The id of an object that may not be set: empty where the service sends the field without one;
/// `None` where it does not send the field, as older ones.
fn object_id(value: &Value, key: &str) -> Option<String> {
    value.get(key)?;
    Some(id(value, key).unwrap_or_default())
}

/// An id; none when it is empty or all zeros, which is .NET's empty GUID (**K**).
fn id(value: &Value, key: &str) -> Option<String> {
    let text = match value.get(key)? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    let reported = text.chars().any(|c| !matches!(c, '0' | '-' | '{' | '}'));
    reported.then_some(text)
}

/// The number of an enum: integers on the wire (**O**), names where an API writes them so. The
/// greatest number, which no list of names holds, stands for unknown.
fn enum_number(value: &Value, key: &str, named: impl Fn(&str) -> Option<u16>) -> u16 {
    match value.get(key) {
        Some(Value::String(name)) => named(name).unwrap_or(u16::MAX),
        Some(it) => whole(it).and_then(|it| u16::try_from(it).ok()).unwrap_or(u16::MAX),
        None => u16::MAX,
    }
}

fn platform(value: &Value, key: &str) -> u16 {
    enum_number(value, key, |name| ConnectionType::parse(name).map(ConnectionType::number))
}

fn side(value: &Value) -> u16 {
    enum_number(value, "connectionSide", |name| match name.trim().to_ascii_lowercase().as_str() {
        "all" => Some(0),
        "source" => Some(1),
        "destination" => Some(2),
        other => other.parse().ok(),
    })
}

/// A moment in seconds since 1970. The unit is not stated for this model, so the magnitude decides
/// (fly.md §1): about 6e17 .NET ticks, 1e12 milliseconds, 1e9 seconds; text is a date, without zone
/// in UTC (**I**). 0, a negative number, nothing and .NET's year 1 are no time.
pub(super) fn moment(value: Option<&Value>) -> Option<i64> {
    let value = value?;
    let Some(number) = whole(value) else { return date(value.as_str()?) };
    let seconds = match number {
        ..=0 => return None,
        1..100_000_000_000 => number,
        100_000_000_000..10_000_000_000_000_000 => number / 1_000,
        // Unix ms = (ticks − 621355968000000000) / 10000
        _ => (number - EPOCH_TICKS).div_euclid(10_000_000),
    };
    Timestamp::from_second(seconds).ok().map(|it| it.as_second())
}

fn date(text: &str) -> Option<i64> {
    let text = text.trim();
    let at = text.parse::<Timestamp>().ok().or_else(|| {
        let local: jiff::civil::DateTime = text.parse().ok()?;
        local.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|it| it.timestamp())
    })?;
    let year_one = at.to_zoned(jiff::tz::TimeZone::UTC).year() <= 1;
    (!year_one).then(|| at.as_second())
}

/// A row of GET /connections/summaries, with every field of `ConnectionSummaryModel` (FC 4.6.19;
/// up to 3.10.4 without the five of tenant and credentials). `None` when it is no object.
pub(super) fn connection(value: &Value) -> Option<Row> {
    if !value.is_object() {
        return None;
    }
    let name = text(value, "name");
    Some(Row {
        id: id(value, "id").unwrap_or_default(),
        name: if name.trim().is_empty() { UNNAMED.to_owned() } else { name },
        description: text(value, "description"),
        kind: platform(value, "connectionType"),
        side: side(value),
        tenant: text(value, "tenantName"),
        tenant_id: id(value, "tenantId"),
        app_profile: object_id(value, "appProfileId"),
        service_account: object_id(value, "serviceAccountId"),
        delegated: object_id(value, "delegateAppProfileId"),
        created: moment(value.get("createTime")),
        created_by: text(value, "createBy"),
        modified: moment(value.get("lastModifyTime")),
        modified_by: text(value, "lastModifyBy"),
    })
}

/// What distinguishes two projects, and the project. fly.md §1: no connection is named in it.
pub(super) fn project(value: &Value) -> Option<(String, Project)> {
    if !value.is_object() {
        return None;
    }
    let name = text(value, "name");
    let project = Project {
        source: ConnectionType::from_number(platform(value, "sourcePlatform")),
        destination: ConnectionType::from_number(platform(value, "destinationPlatform")),
        name: if name.trim().is_empty() { UNNAMED.to_owned() } else { name },
    };
    let key = id(value, "id").unwrap_or_else(|| {
        format!("{}\0{}\0{}", project.name, project.source.number(), project.destination.number())
    });
    Some((key, project))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::domain::Side;
    use crate::domain::health::Findings;
    use crate::form::specs::APP_PROFILE_ALONE;

    #[test]
    fn a_time_is_read_by_its_magnitude() {
        let at = 1_790_000_000;
        for same in [
            json!(at),
            json!(at * 1000 + 999),
            json!(EPOCH_TICKS + at * 10_000_000),
            json!((EPOCH_TICKS + at * 10_000_000).to_string()),
            json!("2026-09-21T14:13:20Z"),
            json!("2026-09-21T16:13:20+02:00"),
            json!("2026-09-21T14:13:20"),
        ] {
            assert_eq!(moment(Some(&same)), Some(at), "{same}");
        }
        for none in [
            json!(0),
            json!(-5),
            json!(null),
            json!("0001-01-01T00:00:00"),
            json!("0001-01-01T00:00:00Z"),
            json!(""),
            json!("soon"),
            json!(true),
            json!(1.5),
            json!(i64::MIN),
        ] {
            assert_eq!(moment(Some(&none)), None, "{none}");
        }
        assert_eq!(moment(None), None);
        // The greatest number is a date after year 9999 and no panic.
        assert_eq!(moment(Some(&json!(i64::MAX))), None);
        // Ticks of a moment before 1970.
        assert_eq!(moment(Some(&json!(EPOCH_TICKS - 10_000_000))), Some(-1));
    }

    #[test]
    fn both_envelopes_are_read_and_nothing_else() {
        let inner = json!({ "nextLink": null, "data": [1, 2], "totalCount": 5, "properties": {} });
        let read = envelope(inner.clone()).unwrap();
        assert_eq!((read.items.len(), read.total, read.shows_next), (2, Some(5), true));
        assert_eq!(read.next, None);
        assert_eq!(envelope(json!({ "data": inner, "statusCode": 200 })), Some(read));
        let old = envelope(json!({ "data": { "data": [], "nextLink": "" } })).unwrap();
        assert_eq!((old.total, old.next, old.shows_next), (None, None, true));
        for bad in [json!([]), json!({}), json!({ "data": null }), json!({ "data": { "a": [] } })] {
            assert_eq!(envelope(bad.clone()), None, "{bad}");
        }
        let odd = envelope(json!({ "data": [], "totalCount": -1 })).unwrap();
        assert_eq!(odd.total, None);
    }

    #[test]
    fn every_field_of_a_row_is_read() {
        let row = connection(&json!({
            "connectionType": 4, "connectionSide": 2, "tenantId": "t-1", "serviceAccountId": "s-1",
            "appProfileId": "a-1", "tenantName": "contoso.example", "delegateAppProfileId": "d-1",
            "name": "Groups - EMEA", "description": "first wave", "createTime": 1_700_000_000,
            "createBy": "anna", "lastModifyTime": 1_700_000_001_000_i64, "lastModifyBy": "ben",
            "id": "0b0e5d4c-27cd-4ef2-a9ee-d1b7e2a3c001",
        }))
        .unwrap();
        let whole = row.connection("live");
        assert_eq!(whole.id.to_string(), "0b0e5d4c-27cd-4ef2-a9ee-d1b7e2a3c001");
        assert_eq!((whole.kind, whole.side), (ConnectionType::M365Group, Side::Destination));
        let second = |at: Option<Timestamp>| at.unwrap().as_second();
        assert_eq!((second(whole.created_at), &*whole.created_by), (1_700_000_000, "anna"));
        assert_eq!((second(whole.modified_at), &*whole.modified_by), (1_700_000_001, "ben"));
        assert_eq!((&*whole.name, &*whole.description), ("Groups - EMEA", "first wave"));
        let crate::domain::Answers::Listed(listed) = whole.answers else { panic!("listed") };
        let live = listed.live.unwrap();
        assert_eq!((&*listed.tenant, &*live.context), ("contoso.example", "live"));
        assert_eq!(live.tenant_id.as_deref(), Some("t-1"));
        assert_eq!(live.app_profile_id.as_deref(), Some("a-1"));
        assert_eq!(live.service_account_id.as_deref(), Some("s-1"));
        assert_eq!(live.delegated_profile_id.as_deref(), Some("d-1"));
        let summary = row.summary(&mut Default::default());
        assert_eq!(&*summary.credentials, "app profile + service account + delegated");
    }

    #[test]
    fn an_older_row_without_the_five_fields_is_whole_and_accused_of_nothing() {
        let row = connection(&json!({
            "connectionType": 4, "connectionSide": 0, "name": "old", "id": "c-1",
            "lastModifyTime": 0, "createTime": 0,
        }))
        .unwrap();
        let summary = row.summary(&mut Default::default());
        assert_eq!((&*summary.credentials, &*summary.tenant), ("", ""));
        assert_eq!((summary.modified_at, summary.findings), (None, Findings::unchecked()));
        // A field that is sent empty says that nothing is set; one that is missing says nothing.
        let alone = |row: Value| {
            let summary = connection(&row).unwrap().summary(&mut Default::default());
            assert_eq!(&*summary.credentials, "app profile");
            APP_PROFILE_ALONE.is_among(summary.findings)
        };
        assert!(alone(json!({
            "connectionType": 4, "name": "new", "id": "c-1", "appProfileId": "a",
            "serviceAccountId": "00000000-0000-0000-0000-000000000000",
            "delegateAppProfileId": null,
        })));
        assert!(!alone(json!({
            "connectionType": 4, "name": "new", "id": "c-1", "appProfileId": "a",
            "serviceAccountId": null,
        })));
    }

    #[test]
    fn unknown_numbers_are_kept_and_rows_never_lost() {
        let kind = |it: Value| {
            connection(&json!({ "connectionType": it, "name": "x", "id": "1" })).unwrap().kind
        };
        assert_eq!(kind(json!(99)), 99);
        assert_eq!(kind(json!(29)), 29);
        assert_eq!(kind(json!("M365Group")), 4);
        assert_eq!(kind(json!("14")), 14);
        for odd in [json!(-1), json!(70_000), json!("Other"), json!(null), json!({})] {
            assert_eq!(kind(odd), u16::MAX);
        }
        let side = connection(&json!({ "connectionSide": 7, "id": "1" })).unwrap();
        assert_eq!((side.side, side.unknown_side(), &*side.name), (7, Some(7), UNNAMED));
        assert_eq!(connection(&json!("row")), None);
    }

    #[test]
    fn an_id_that_is_no_uuid_gets_the_same_one_every_time() {
        let identity = |id: Value, name: &str| {
            connection(&json!({ "id": id, "name": name })).unwrap().identity()
        };
        let derived = identity(json!("connection-17"), "a");
        assert_eq!(derived, identity(json!("connection-17"), "renamed"));
        assert_ne!(derived, identity(json!("connection-18"), "a"));
        assert_eq!(derived.0.get_version_num(), 8);
        assert_eq!(identity(json!(17), "a"), identity(json!("17"), "a"));
        // Without an id the name distinguishes rows; the empty GUID is no id.
        assert_ne!(identity(json!(null), "a"), identity(json!(null), "b"));
        let nil = json!("00000000-0000-0000-0000-000000000000");
        assert_eq!(identity(nil, "a"), identity(json!(""), "a"));
    }

    /// Any JSON, with the keys of the contract more often than others.
    fn anything() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,12}".prop_map(Value::from),
            "[0-9T:Z.+-]{0,24}".prop_map(Value::from),
        ];
        let key = "data|nextLink|totalCount|id|name|connectionType|connectionSide|createTime|lastModifyTime|tenantId|.{0,4}";
        leaf.prop_recursive(4, 40, 8, move |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                proptest::collection::btree_map(key, inner, 0..6)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_json_gets_an_answer(value in anything()) {
            if let Some(row) = connection(&value) {
                let connection = row.connection("live");
                prop_assert_eq!(row.summary(&mut Default::default()).id, connection.id);
                prop_assert!(!connection.name.trim().is_empty());
            }
            prop_assert_eq!(project(&value).is_some(), value.is_object());
            let _ = envelope(value);
        }
    }

    #[test]
    fn a_project_shows_its_two_platforms() {
        let value =
            json!({ "id": "p", "name": "wave 1", "sourcePlatform": 9, "destinationPlatform": 22 });
        let (key, project) = project(&value).unwrap();
        assert_eq!((&*key, &*project.name), ("p", "wave 1"));
        assert_eq!(project.source, ConnectionType::GoogleDrive);
        assert_eq!(project.destination, ConnectionType::Other(22));
    }
}
