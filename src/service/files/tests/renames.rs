//! Records with the id of a connection: a new name is a rename, or the plan says why not. And the
//! brake of pruning.

use super::*;
use crate::domain::ConnectionId;
use crate::testing::contract::delete;

fn listed(name: &str, id: Option<ConnectionId>) -> String {
    let id = id.map(|id| format!("id = \"{id}\"\n")).unwrap_or_default();
    format!("[[connection]]\nname = \"{name}\"\ntype = \"Gmail\"\n{id}side = \"any\"\n")
}

/// A store with these connections, and the id of each.
fn with(names: &[&str]) -> (Fake, Vec<ConnectionId>) {
    let fake = workspace();
    let text: String = names.iter().map(|it| listed(it, None)).collect();
    run(&fake, plan_of(&fake, &text).unwrap());
    let ids = names.iter().map(|it| by_name(&fake, it).id).collect();
    (fake, ids)
}

/// What a pruning plan of the records does: the action, the name and the new one, and the note.
fn reported(fake: &Fake, text: &str) -> Vec<(Action, String, Option<String>)> {
    let plan = block(plan(fake, &toml(text), options(), true)).unwrap();
    let steps = plan.steps.into_iter().map(|it| it.step);
    steps
        .map(|it| {
            let name = match &it.renamed_to {
                Some(new) => format!("{} -> {new}", it.name),
                None => it.name,
            };
            (it.action, name, it.note)
        })
        .collect()
}

fn step(action: Action, name: &str, note: Option<&str>) -> (Action, String, Option<String>) {
    (action, name.to_owned(), note.map(str::to_owned))
}

#[test]
fn a_new_name_with_the_id_is_a_rename_and_the_connection_stays() {
    let (fake, ids) = with(&["a", "b"]);
    let text = format!("{}{}", listed("new", Some(ids[0])), listed("b", Some(ids[1])));
    assert_eq!(
        reported(&fake, &text),
        [step(Action::Change, "a -> new", None), step(Action::Unchanged, "b", None)]
    );
    let done = run(&fake, block(plan(&fake, &toml(&text), options(), true)).unwrap());
    assert_eq!(done.len(), 1);
    assert_eq!((&*done[0].name, done[0].renamed_from.as_deref()), ("new", Some("a")));
    assert_eq!(done[0].result, Ok(ids[0]));
    assert_eq!(by_name(&fake, "new").id, ids[0]);
    assert!(block(plan(&fake, &toml(&text), options(), true)).unwrap().is_empty());
}

#[test]
fn what_is_no_rename_says_why_not() {
    let stranger = ConnectionId(uuid::Uuid::from_u128(9));
    let (fake, ids) = with(&["a", "b"]);
    let deleted = block(delete(&fake, &ids[1..]));
    assert_eq!(deleted[0].result, Ok(2));
    let gone = format!(
        "not a rename: the connection {0} is deleted; `jetbridge restore {0}` brings it back",
        ids[1]
    );
    let unknown = format!("not a rename: no connection here has the id {stranger}");
    for (text, expected) in [
        // Deletions are shown first.
        (
            listed("new", None),
            vec![
                step(Action::Delete, "a", None),
                step(Action::Create, "new", Some("not a rename: its record has no id")),
            ],
        ),
        (
            listed("new", Some(stranger)),
            vec![step(Action::Delete, "a", None), step(Action::Create, "new", Some(&unknown))],
        ),
        (
            format!("{}{}", listed("a", Some(ids[0])), listed("b", Some(ids[1]))),
            vec![step(Action::Unchanged, "a", None), step(Action::Create, "b", Some(&gone))],
        ),
        // Files of another store: the name decides.
        (listed("A", Some(stranger)), vec![step(Action::Change, "a -> A", None)]),
        // Nothing is deleted, so nothing was meant to be renamed.
        (
            format!("{}{}", listed("a", None), listed("new", None)),
            vec![step(Action::Unchanged, "a", None), step(Action::Create, "new", None)],
        ),
    ] {
        assert_eq!(reported(&fake, &text), expected, "{text}");
    }
}

#[test]
fn names_that_records_free_for_each_other_are_free_in_time() {
    let (fake, ids) = with(&["a", "b", "c"]);
    // a -> b -> c -> d, and a new one takes the name that is left; in any order of the records.
    let records = [
        listed("a", None),
        listed("b", Some(ids[0])),
        listed("c", Some(ids[1])),
        listed("d", Some(ids[2])),
    ];
    for turn in 0..records.len() {
        let mut turned = records.clone();
        turned.rotate_left(turn);
        let plan = plan_of(&fake, &turned.concat()).unwrap();
        let order: Vec<&str> = plan.steps.iter().map(|it| &*it.step.name).collect();
        assert_eq!(order.iter().filter(|it| **it == "a").count(), 2, "{order:?}");
        let at = |name: &str| order.iter().position(|it| *it == name).unwrap();
        assert!(at("c") < at("b") && at("b") < at("a"), "{order:?}");
    }
    let done = run(&fake, plan_of(&fake, &records.concat()).unwrap());
    assert!(done.iter().all(|it| it.result.is_ok()), "{done:?}");
    let names = ["b", "c", "d"].map(|name| by_name(&fake, name).id);
    assert_eq!(names.as_slice(), ids);
    assert!(!ids.contains(&by_name(&fake, "a").id));
}

#[test]
fn ids_that_cannot_be_meant_are_mistakes() {
    let (fake, ids) = with(&["a", "b"]);
    let both = |one: &str, other: &str| format!("{one}{other}");
    for (text, expected) in [
        (
            both(&listed("b", Some(ids[0])), &listed("a", Some(ids[1]))),
            "rename one to a third name",
        ),
        (listed("b", Some(ids[0])), "a connection named b exists already, with the id"),
        (both(&listed("x", Some(ids[0])), &listed("y", Some(ids[0]))), "a.toml:1 has this id too"),
        (listed("x", None).replace("side", "id = \"0199\"\nside"), "must be the whole id"),
        (listed("x", None).replace("side", "id = 7\nside"), "must be the whole id"),
        (listed("x", Some(ids[0])).replace("Gmail", "Device"), "cannot be changed"),
    ] {
        let mistakes = mistakes_of(plan_of(&fake, &text));
        assert!(mistakes.iter().any(|it| it.contains(expected)), "{expected}: {mistakes:?}");
    }
    let created = block(create_all(&fake, &toml(&listed("x", Some(ids[0]))), options()));
    let mistakes = mistakes_of(created);
    assert!(mistakes[0].contains("is that of a: leave it out"), "{mistakes:?}");
    let entry = |id| Box::new(toml(&listed("x", Some(id))).entries.remove(0));
    let a = by_name(&fake, "a");
    let edited = block(change_one(&fake, a.clone(), Edit::Whole(entry(ids[1])), options()));
    assert!(mistakes_of(edited)[0].contains("is not that of a"));
    let edited = block(change_one(&fake, a.clone(), Edit::Whole(entry(ids[0])), options()));
    assert_eq!(edited.unwrap().steps[0].step.renamed_to.as_deref(), Some("x"));
    let set = vec![("id".to_owned(), serde_json::Value::from(ids[1].to_string()))];
    let edited = block(change_one(&fake, a, Edit::Fields(set), options()));
    assert!(mistakes_of(edited)[0].contains("keeps its id"));
}

/// Live contexts may have several connections of one name: none is taken for the other.
#[test]
fn a_shared_name_needs_the_id() {
    let (local, ids) = with(&["a", "b"]);
    let records = ids.iter().map(|id| {
        let record = block(local.connection(*id)).unwrap();
        Connection { name: "same".into(), ..record }
    });
    let fake = Fake::with(records.collect());
    let mistakes = mistakes_of(plan_of(&fake, &listed("same", None)));
    let expected =
        format!("2 connections have this name: add the id of the one you mean, of {}", ids[0]);
    assert!(mistakes[0].contains(&expected) && mistakes[0].contains(&ids[1].to_string()));
    for id in &ids {
        let plan = plan_of(&fake, &listed("same", Some(*id))).unwrap();
        assert_eq!((plan.is_empty(), plan.steps[0].step.id), (true, Some(*id)));
    }
}

/// What is exported means the same connections, whatever the form, and under any name.
#[test]
fn an_export_has_the_ids() {
    let fake = workspace();
    run(&fake, plan_of(&fake, GROUPS).unwrap());
    run(&fake, plan_of(&fake, &listed("row", None)).unwrap());
    let ids = ["Contoso groups", "row"].map(|name| by_name(&fake, name).id);
    let records: Vec<_> =
        block(exported(&fake, &ids)).unwrap().into_iter().map(|it| it.fields).collect();
    let text = toml_text(&records);
    assert!(block(plan(&fake, &toml(&text), options(), true)).unwrap().is_empty());
    let text = text.replace("Contoso groups", "Fabrikam groups").replace("\"row\"", "\"line\"");
    assert_eq!(
        reported(&fake, &text),
        [
            step(Action::Change, "Contoso groups -> Fabrikam groups", None),
            step(Action::Change, "row -> line", None)
        ]
    );
}

#[test]
fn pruning_has_a_brake() {
    let limit = |text: &str| Some(text.parse::<PruneLimit>().unwrap());
    for (present, deletions, given, allowed) in [
        (100, 10, None, true),
        (100, 11, None, false),
        (40, 10, None, true),
        (39, 10, None, false),
        (4, 1, None, true),
        (3, 1, None, false),
        (1, 1, None, false),
        (40, 0, None, true),
        (100, 11, limit("11"), true),
        (100, 12, limit("11"), false),
        (3, 3, limit("3"), true),
        (3, 1, limit("0"), false),
        (100, 50, limit("50%"), true),
        (100, 51, limit("50%"), false),
        (3, 3, limit("100%"), true),
        (3, 1, limit("0%"), false),
    ] {
        let names: Vec<String> = (0..present).map(|it| format!("row {it}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let (fake, _) = with(&names);
        let kept: String = names[deletions..].iter().map(|it| listed(it, None)).collect();
        let kept = if kept.is_empty() { listed("other", None) } else { kept };
        let plan = block(plan(&fake, &toml(&kept), options(), true)).unwrap();
        let why = format!("{deletions} of {present} with {given:?}");
        assert_eq!((plan.present, plan.count(Action::Delete)), (present, deletions), "{why}");
        assert_eq!(too_many(&plan, given).is_none(), allowed, "{why}");
        // Seen first.
        let first = plan.steps.iter().take(deletions);
        assert!(first.into_iter().all(|it| it.step.action == Action::Delete), "{why}");
        let plan = block(super::plan(&fake, &toml(&kept), options(), false)).unwrap();
        assert_eq!(too_many(&plan, given), None, "{why}");
    }
}

#[test]
fn a_document_has_a_row_for_each_and_json_is_read_again() {
    use crate::domain::document::Format;
    let (fake, ids) = with(&["a | b, <c>"]);
    let records = block(exported_counting(&fake, &ids, &|_, _| {})).unwrap();
    let rows = Default::default();
    for (format, parts) in [
        (Format::Csv, &["name,type,side", "\"a | b, <c>\""][..]),
        (Format::Markdown, &["| name |", "a \\| b, &lt;c&gt;"]),
        (Format::Html, &["<th>Name</th>", "<td>a | b, &lt;c&gt;</td>", "1 connection"]),
        (Format::Json, &["\"version\": 1", "a | b, <c>"]),
    ] {
        let preflights = Preflights { all: Default::default(), now: now(), days: 30 };
        let text = document(&records, &rows, &preflights, format);
        for part in parts {
            assert!(text.contains(part), "{format:?}: {part}\n{text}");
        }
        if format == Format::Json {
            let read = read(&[input(Syntax::Json, &text)]).whole().unwrap();
            assert_eq!(read.len(), 1);
        }
    }
}
