//! Tests of the importers, most of them with broken files.

use proptest::prelude::*;

use super::*;
use crate::backend::ImportRow;
use crate::domain::{
    Cloud, ConnectionType, DirectoryObject, Mfa, ObjectId, ProfileKind, Side, Tenant,
};

fn connections(text: &str) -> Result<Read<ImportRow>, ImportError> {
    connections::read(text.as_bytes(), None)
}

fn directory(text: &str) -> Result<Read<DirectoryObject>, ImportError> {
    let known = Tenant {
        id: "t0".into(),
        name: "Known".into(),
        cloud: Cloud::Commercial,
        locations: vec![],
    };
    directory::read(text.as_bytes(), None, &[known])
}

fn lines<T: std::fmt::Debug>(result: Result<T, ImportError>) -> Vec<String> {
    result.unwrap_err().lines()
}

const ROW: &str = "0190b3a2-0000-7000-8000-000000000001,a-groups,M365Group,Source,contoso,2025-03-04T05:06:07Z,anna@contoso.example";
const HEAD: &str = "id,name,type,side,tenant,modified,modified_by";

#[test]
fn a_row_of_each_format_reads_the_same() {
    let csv = connections(&format!("{HEAD}\n{ROW}\n")).unwrap();
    let object = r#"{"id":"0190b3a2-0000-7000-8000-000000000001","name":"a-groups","type":"M365Group","side":"Source","tenant":"contoso","modified":"2025-03-04T05:06:07Z","modified_by":"anna@contoso.example"}"#;
    let json_lines = connections(object).unwrap();
    let row = |read: Read<ImportRow>| {
        assert!(read.ignored.is_empty());
        ImportRow { line: 0, ..read.rows.into_iter().next().unwrap() }
    };
    let expected = row(csv);
    assert_eq!(expected.kind, ConnectionType::M365Group);
    assert_eq!(expected.side, Side::Source);
    assert_eq!(expected.modified_at.unwrap().to_string(), "2025-03-04T05:06:07Z");
    assert_eq!(row(json_lines), expected);
    assert_eq!(row(connections(&format!("[{object}]")).unwrap()), expected);
    let wrapped = format!("{{\"version\": 1, \"connections\": [{object}]}}");
    assert_eq!(row(connections(&wrapped).unwrap()), expected);
}

#[test]
fn types_go_by_name_label_or_number_and_columns_by_any_order_and_case() {
    let text = "Type;NAME;Side\r\n\
                Active Directory and Entra ID Devices;one;dest\r\n\
                14;two;2\r\n\
                device;three;\r\n";
    let read = connections(text).unwrap();
    assert!(read.rows.iter().all(|row| row.kind == ConnectionType::Device));
    let sides: Vec<Side> = read.rows.iter().map(|row| row.side).collect();
    assert_eq!(sides, [Side::Destination, Side::Destination, Side::Any]);
    let json = connections(r#"[{"TYPE": 4, "Name": "x", "modified_at": "2025-01-02"}]"#).unwrap();
    assert_eq!(json.rows[0].kind, ConnectionType::M365Group);
    assert_eq!(json.rows[0].modified_at.unwrap().to_string(), "2025-01-02T00:00:00Z");
}

#[test]
fn lines_are_right_with_empty_lines_quotes_and_carriage_returns() {
    for newline in ["\n", "\r\n"] {
        let text = [
            "\u{feff}name,type,description",
            "",
            "ok,Device,\"with, comma\"",
            "",
            "",
            "two,Devise,x",
            "three,Device,\"broken",
            "over lines\"",
            "four,Nonsense,x",
        ]
        .join(newline);
        let told = lines(connections(&text));
        assert_eq!(told.len(), 3, "{told:#?}");
        assert!(told[0].starts_with("line 6: type: \"Devise\" is not"), "{told:#?}");
        assert!(told[0].contains("did you mean Device?"), "{told:#?}");
        assert!(told[1].starts_with("line 7: description: remove the invisible"), "{told:#?}");
        assert!(told[2].starts_with("line 9: type: "), "{told:#?}");
    }
}

#[test]
fn every_problem_of_a_file_is_told_at_once() {
    let text = format!(
        "{HEAD}\n,,M365Group,Source,t,,\n,b,,Left,t,yesterday,\n,c,Device,Any\n{ROW}\n{ROW}\n\u{1b}[2J,d\u{202e},Device,,,,\n"
    );
    let told = lines(connections(&text));
    let starts = [
        "line 2: name: is missing",
        "line 3: type: is missing",
        "line 3: side: \"Left\" is none of source, destination, any",
        "line 3: modified: \"yesterday\" is not a moment",
        "line 4: 4 fields where the first line names 7",
        "line 6: name: line 5 has this name too",
        "line 6: id: line 5 has this id too",
        "line 7: name: remove the invisible character U+202E",
    ];
    assert_eq!(told.len(), starts.len(), "{told:#?}");
    for (line, start) in told.iter().zip(starts) {
        assert!(line.starts_with(start), "{line} / {start}");
    }
}

#[test]
fn a_thousand_problems_are_counted_and_twenty_told() {
    let text = format!("name,type\n{}", "x,Nonsense\n".repeat(1_000));
    let error = connections(&text).unwrap_err();
    let told = error.lines();
    assert_eq!(told.len(), SHOWN + 1);
    // Each row is of an unknown type, and each but the first has a taken name.
    assert_eq!(told.last().unwrap(), "and 1979 more");
    assert!(!error.hint().is_empty());
}

#[test]
fn names_are_compared_without_case() {
    let told = lines(connections("name,type\nGroups,Device\ngROUPS,Device\n"));
    assert!(told[0].starts_with("line 3: name: line 2 has this name"), "{told:?}");
}

#[test]
fn unknown_columns_are_named_with_what_was_meant() {
    let read = connections("name,type,tennant,colour\nx,Device,contoso,red\n").unwrap();
    assert_eq!(read.ignored.to_string(), "tennant (did you mean tenant?), colour");
}

#[test]
fn broken_files_say_what_they_are() {
    assert_eq!(connections("").unwrap_err(), ImportError::Empty);
    assert_eq!(connections(" \n \n").unwrap_err(), ImportError::Empty);
    let utf16 = connections::read(&b"\xff\xfen\0a\0"[..], None).unwrap_err();
    assert_eq!(utf16, ImportError::Refused(Refusal::Utf16));
    assert!(lines(connections(ROW))[0].contains("name: this column is missing"));
    let told = lines(connections("name,type\nx,\"Device\n"));
    assert_eq!(told, ["line 2: a quote is opened here and never closed"]);
    let told = lines(connections("name,name,type\nx,y,Device\n"));
    assert!(told[0].starts_with("line 1: name: this column is there twice"), "{told:?}");
    let latin = connections::read(&b"name,type\nM\xfcnchen,Device\n"[..], None);
    assert!(lines(latin)[0].starts_with("line 2: name: not UTF-8"));
    let told = lines(connections("[\n{\"name\": \"x\",\n\"type\": }]"));
    assert!(told[0].starts_with("line 3: not valid JSON at column 9"), "{told:?}");
    let told = lines(connections("{\"name\": \"x\",\n\"type\": \"Device\"}"));
    assert!(told[0].contains("an object that holds one named connections"), "{told:?}");
    let told = lines(connections("{\"connections\": {}}"));
    assert!(told[0].contains("connections: must be an array"), "{told:?}");
}

#[test]
fn json_lines_report_each_broken_line() {
    let text =
        "{\"name\":\"a\",\"type\":\"Device\"}\n{\"name\":\n\n[1]\n{\"name\":{},\"type\":true}\n";
    let told = lines(connections(text));
    assert_eq!(told.len(), 4, "{told:#?}");
    assert!(told[0].starts_with("line 2: not valid JSON"), "{told:#?}");
    assert_eq!(told[1], "line 4: must be an object in braces, not an array");
    assert_eq!(told[2], "line 5: name: must be a text in quotes, not an object");
    assert_eq!(told[3], "line 5: type: must be a text in quotes, not true or false");
}

#[test]
fn elements_of_an_array_have_the_line_they_start_on() {
    let told = lines(connections(
        "[\n  {\"name\": \"a\", \"type\": \"Device\"},\n\n  {\n  \"name\": 7,\n  \"type\": \"No\"}]",
    ));
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("line 4: type:"), "{told:?}");
}

#[test]
fn deep_nesting_is_an_error_and_not_a_crash() {
    let deep = format!("[{}1{}]", "[".repeat(200_000), "]".repeat(200_000));
    assert!(!lines(connections(&deep)).is_empty());
    let object = format!("{{\"name\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(!lines(connections(&object)).is_empty());
}

#[test]
fn a_directory_reads_from_json_and_from_csv_alike() {
    let json = r#"{
      "tenants": [{"id": "t1", "name": "Contoso", "cloud": "usgov", "locations": ["NAM", "eur"]}],
      "containers": [{"id": "c1", "tenant": "t1", "name": "Groups", "objects": 12, "last_scan": "2026-01-02T03:04:05Z"}],
      "app_profiles": [{"id": "p1", "tenant": "contoso", "name": "Own app", "kind": "custom", "impersonation_user": "svc@contoso.example", "status": "active"}],
      "objects": [{"object": "service-account", "tenant": "t0", "name": "svc@known.example", "mfa": true}]
    }"#;
    let csv = "object,id,tenant,name,cloud,locations,objects,last_scan,kind,impersonation_user,status,mfa\n\
               tenant,t1,,Contoso,US Government,NAM;EUR,,,,,,\n\
               container,c1,t1,Groups,,,12,2026-01-02T03:04:05Z,,,,\n\
               app-profile,p1,Contoso,Own app,,,,,Custom app,svc@contoso.example,active,\n\
               service account,,Known,svc@known.example,,,,,,,,yes\n";
    let rows = directory(json).unwrap().rows;
    assert_eq!(rows, directory(csv).unwrap().rows);
    assert_eq!(rows.len(), 4);
    let [
        DirectoryObject::Tenant(tenant),
        _,
        DirectoryObject::AppProfile(profile),
        DirectoryObject::ServiceAccount(account),
    ] = rows.as_slice()
    else {
        panic!("{rows:?}")
    };
    assert_eq!(tenant.locations, ["NAM", "EUR"]);
    assert_eq!(profile.tenant, ObjectId::from("t1"));
    assert_eq!(profile.kind, ProfileKind::Custom);
    assert_eq!(account.id, ObjectId::from("svc@known.example"));
    assert_eq!(account.mfa, Mfa::Yes);
}

#[test]
fn a_directory_with_broken_rows_names_each() {
    let text = "object,id,tenant,name,kind,mfa,locations,impersonation_user\n\
                tenant,,,No id,,,,\n\
                tenant,t1,,Contoso,,,NAMX,\n\
                container,c1,nowhere,Lost,,,,\n\
                app-profile,p1,t0,App,flyy,,,\n\
                service-account,a1,t0,svc,,maybe,,\n\
                container,c2,t0,Twice,,,,\n\
                container,c2,t0,Twice,,,,\n\
                tenant,t2,,Has kind,fly,,,\n\
                app-profile,p2,t0,App,fly,,,a@b.example\n\
                printer,x,t0,X,,,,\n";
    let told = lines(directory(text));
    let starts = [
        "line 2: id: is missing",
        "line 3: locations: \"NAMX\": a location code has three letters",
        "line 5: kind: \"flyy\" is none of fly, custom",
        "line 6: mfa: \"maybe\" is none of yes, no, unknown",
        "line 9: kind: does not apply to a tenant",
        "line 10: impersonation_user: only an app profile of kind custom",
        "line 11: object: \"printer\" is none of tenant, container",
        "line 4: tenant: no tenant \"nowhere\"",
        "line 8: id: line 7 has this container too",
    ];
    assert_eq!(told.len(), starts.len(), "{told:#?}");
    for (line, start) in told.iter().zip(starts) {
        assert!(line.starts_with(start), "{line} / {start}");
    }
}

#[test]
fn unknown_fields_of_a_directory_are_refused() {
    let told =
        lines(directory(r#"{"service_accounts": [{"tenant":"t0","name":"a","mfaa":true}]}"#));
    assert_eq!(told, ["line 1: mfaa: unknown; did you mean mfa?"]);
    let told = lines(directory(r#"{"tenants": [], "tenats": []}"#));
    assert!(told[0].starts_with("line 1: tenats: must be an array, or an object"), "{told:?}");
}

/// Pieces of which hostile files are made.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"name,type,side\n".to_vec()),
        Just(b"object,id,name,tenant\n".to_vec()),
        Just(b"tenant,t1,".to_vec()),
        Just(b"{\"name\":".to_vec()),
        Just(b"{\"connections\":[".to_vec()),
        Just(b"{\"objects\":[{\"object\":\"tenant\",".to_vec()),
        Just(b"\"x\"".to_vec()),
        Just(b"[]{}".to_vec()),
        Just(b"}]".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b"\"".to_vec()),
        Just(b",".to_vec()),
        Just(b"\xef\xbb\xbf".to_vec()),
        Just("\u{1b}[2J\u{202e}\u{9b}".as_bytes().to_vec()),
        Just(b"99999999999999999999999".to_vec()),
        Just(b"2025-99-99T00:00:00Z".to_vec()),
        Just(b"\\ud800".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..12),
        "[ -~]{0,12}".prop_map(String::into_bytes),
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn hostile_files_never_panic_and_errors_are_never_empty(bytes in hostile()) {
        for format in [None, Some(Format::Csv), Some(Format::Json), Some(Format::JsonLines)] {
            let connections = connections::read(&*bytes, format).map(|read| {
                read.rows.iter().all(|row| !row.name.is_empty() && row.line > 0)
            });
            let directory = directory::read(&*bytes, format, &[]).map(|read| {
                read.rows.iter().all(|object| !object.id().0.is_empty())
            });
            for result in [connections, directory] {
                match result {
                    Ok(sound) => prop_assert!(sound),
                    Err(error) => {
                        prop_assert!(!error.to_string().is_empty() && !error.hint().is_empty());
                        if let ImportError::Problems(problems) = &error {
                            prop_assert!(problems.total() > 0);
                            prop_assert!(problems.first().iter().all(|it| it.line > 0));
                        }
                        for line in error.lines() {
                            prop_assert!(!line.chars().any(crate::domain::text::is_hidden), "{line:?}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn what_a_csv_says_arrives(names in proptest::collection::hash_set("[a-z]{1,8}[ ,\"';=\u{e9}]?[a-z]{1,3}", 1..20)) {
        let mut writer = ::csv::Writer::from_writer(Vec::new());
        writer.write_record(["name", "type"]).unwrap();
        for name in &names {
            writer.write_record([name, "Device"]).unwrap();
        }
        let text = writer.into_inner().unwrap();
        let read = connections::read(&*text, None).unwrap();
        let read: std::collections::HashSet<String> = read.rows.into_iter().map(|row| row.name).collect();
        prop_assert_eq!(read, names);
    }
}
