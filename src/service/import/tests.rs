//! Tests of the importers, most of them with broken files.

use proptest::prelude::*;

use super::*;
use crate::backend::ImportRow;
use crate::domain::{
    Cloud, ConnectionType, DirectoryObject, Mfa, ObjectId, Platform, ProfileKind, Side, Tenant,
};
use crate::files::encoding::NotText;
use crate::files::encoding::testing::every_form;

fn connections(text: &str) -> Result<Read<ImportRow>, ImportError> {
    connections::read(text.as_bytes(), None)
}

fn directory(text: &str) -> Result<Read<DirectoryObject>, ImportError> {
    let known = Tenant {
        id: "t0".into(),
        name: "Known".into(),
        cloud: Cloud::Commercial,
        locations: vec![],
        licensed_users: Vec::new(),
        ..Tenant::default()
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
    assert_eq!(sides, [Side::Destination, Side::Destination, Side::Unknown]);
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
        let reported = lines(connections(&text));
        assert_eq!(reported.len(), 3, "{reported:#?}");
        assert!(reported[0].starts_with("line 6: type: \"Devise\" is not"), "{reported:#?}");
        assert!(reported[0].contains("did you mean Device?"), "{reported:#?}");
        assert!(
            reported[1].starts_with("line 7: description: remove the invisible"),
            "{reported:#?}"
        );
        assert!(reported[2].starts_with("line 9: type: "), "{reported:#?}");
    }
}

#[test]
fn every_problem_of_a_file_is_reported_at_once() {
    let text = format!(
        "{HEAD}\n,,M365Group,Source,t,,\n,b,,Left,t,yesterday,\n,c,Device,Any\n{ROW}\n{ROW}\n\u{1b}[2J,d\u{202e},Device,,,,\n"
    );
    let reported = lines(connections(&text));
    let starts = [
        "line 2: name: is missing",
        "line 3: type: is missing",
        "line 3: side: \"Left\" is not one of source, destination, any",
        "line 3: modified: \"yesterday\" is not a moment",
        "line 4: 4 fields where the first line names 7",
        "line 6: name: line 5 has this name too",
        "line 6: id: line 5 has this id too",
        "line 7: name: remove the invisible character U+202E",
    ];
    assert_eq!(reported.len(), starts.len(), "{reported:#?}");
    for (line, start) in reported.iter().zip(starts) {
        assert!(line.starts_with(start), "{line} / {start}");
    }
}

#[test]
fn a_thousand_problems_are_counted_and_twenty_reported() {
    let rows: String = (0..1_000).map(|at| format!("x,Nonsense{at}\n")).collect();
    let error = connections(&format!("name,type\n{rows}")).unwrap_err();
    let reported = error.lines();
    assert_eq!(reported.len(), SHOWN + 1);
    // Each row is of another unknown type, and each but the first has a taken name.
    assert_eq!(reported.last().unwrap(), "and 981 more");
    assert!(reported[1].contains("(also line 4; line 5; line 6 and 995 more)"), "{reported:#?}");
    // A cause is reported once, not its echo in every row.
    let same = format!("name,type\n{}", "x,Nonsense\n".repeat(1_000));
    assert_eq!(lines(connections(&same)).len(), 2);
    assert_eq!(lines(connections("nome,typ\na,b\nc,d\n")).len(), 2);
    assert!(!error.hint().is_empty());
}

#[test]
fn names_are_compared_without_case() {
    let reported = lines(connections("name,type\nGroups,Device\ngROUPS,Device\n"));
    assert!(reported[0].starts_with("line 3: name: line 2 has this name"), "{reported:?}");
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
    let cut = connections::read(&b"\xff\xfen\0a"[..], None).unwrap_err();
    assert_eq!(cut, ImportError::NotText(NotText::Damaged));
    assert!(lines(connections(ROW))[0].contains("name: this column is missing"));
    let reported = lines(connections("name,type\nx,\"Device\n"));
    assert_eq!(reported, ["line 2: a quote is opened here and never closed"]);
    let reported = lines(connections("name,name,type\nx,y,Device\n"));
    assert!(reported[0].starts_with("line 1: name: this column appears twice"), "{reported:?}");
    let latin = connections::read(&b"name,type\nM\xfcnchen,Device\n"[..], None);
    let latin = latin.unwrap_err();
    assert!(latin.to_string().contains("line 2, column 2 is not UTF-8 text"), "{latin}");
    assert!(latin.hint().contains("CSV UTF-8"));
    let reported = lines(connections("[\n{\"name\": \"x\",\n\"type\": }]"));
    assert!(reported[0].starts_with("line 3, column 9: not valid JSON"), "{reported:?}");
    let reported = lines(connections("{\"nome\": \"x\",\n\"typ\": \"Device\"}"));
    assert!(reported[0].contains("an object that holds one named connections"), "{reported:?}");
    let reported = lines(connections("{\"connections\": 1}"));
    assert_eq!(reported, ["line 1, column 17: connections: must be a list in brackets"]);
}

#[test]
fn json_lines_report_each_broken_line() {
    let text =
        "{\"name\":\"a\",\"type\":\"Device\"}\n{\"name\":\n\n[1]\n{\"name\":{},\"type\":true}\n";
    let reported = lines(connections(text));
    assert_eq!(reported.len(), 4, "{reported:#?}");
    assert!(reported[0].starts_with("line 2, column 8: not valid JSON"), "{reported:#?}");
    assert_eq!(reported[1], "line 4, column 1: must be an object in braces, not an array");
    assert_eq!(reported[2], "line 5, column 9: name: must be a text in quotes, not an object");
    assert_eq!(reported[3], "line 5, column 19: type: must be a text in quotes, not true or false");
}

#[test]
fn elements_of_an_array_have_the_line_they_start_on() {
    let reported = lines(connections(
        "[\n  {\"name\": \"a\", \"type\": \"Device\"},\n\n  {\n  \"name\": 7,\n  \"type\": \"No\"}]",
    ));
    assert_eq!(reported.len(), 1, "{reported:?}");
    assert!(reported[0].starts_with("line 6, column 11: type:"), "{reported:?}");
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
      "tenants": [{"id": "t1", "name": "Contoso", "cloud": "usgov", "locations": ["NAM", "eur"],
                   "licensed_users": ["a@contoso.example", "b@contoso.example"]}],
      "containers": [{"id": "c1", "tenant": "t1", "name": "Groups", "objects": 12, "last_scan": "2026-01-02T03:04:05Z"}],
      "app_profiles": [{"id": "p1", "tenant": "contoso", "name": "Own app", "kind": "custom", "impersonation_user": "svc@contoso.example", "status": "active"}],
      "objects": [{"object": "service-account", "tenant": "t0", "name": "svc@known.example", "mfa": true}]
    }"#;
    let csv = "object,id,tenant,name,cloud,locations,objects,last_scan,kind,impersonation_user,status,mfa,licensed_users\n\
               tenant,t1,,Contoso,US Government,NAM;EUR,,,,,,,a@contoso.example;b@contoso.example\n\
               container,c1,t1,Groups,,,12,2026-01-02T03:04:05Z,,,,,\n\
               app-profile,p1,Contoso,Own app,,,,,Custom app,svc@contoso.example,active,,\n\
               service account,,Known,svc@known.example,,,,,,,,yes,\n";
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
    assert_eq!(tenant.licensed_users, ["a@contoso.example", "b@contoso.example"]);
    assert_eq!(profile.tenant, ObjectId::from("t1"));
    assert_eq!(profile.kind, ProfileKind::Custom);
    assert_eq!(account.id, ObjectId::from("svc@known.example"));
    assert_eq!(account.mfa, Mfa::Yes);
}

/// A tenant of Google has nothing of Microsoft's; an admin center is a whole address.
#[test]
fn a_tenant_has_the_columns_of_its_platform() {
    let text = "object,id,name,platform,admin_url\n\
                tenant,g,contoso.example,Google,\n\
                tenant,m,Contoso,,https://contoso-admin.sharepoint.example/\n";
    let rows = directory(text).unwrap().rows;
    let tenants: Vec<&Tenant> = rows
        .iter()
        .filter_map(|it| match it {
            DirectoryObject::Tenant(it) => Some(it),
            _ => None,
        })
        .collect();
    assert_eq!(tenants[0].platform, Platform::Google);
    let admin = tenants[1].admin_url.as_deref();
    assert_eq!(admin, Some("https://contoso-admin.sharepoint.example"));
    for (row, wrong) in [
        ("tenant,g,a,google,https://a.example", "does not apply to a Google tenant"),
        ("tenant,g,a,yahoo,", "yahoo"),
        ("tenant,g,a,,contoso", "write the whole address"),
        ("container,c,a,google,", "does not apply to a container"),
    ] {
        let text = format!("object,id,name,platform,admin_url\n{row}\n");
        let lines = lines(directory(&text));
        assert!(lines.iter().any(|it| it.contains(wrong)), "{row}: {lines:?}");
    }
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
    let reported = lines(directory(text));
    let starts = [
        "line 2: id: is missing",
        "line 3: locations: \"NAMX\": a location code has three letters",
        "line 5: kind: \"flyy\" is not one of fly, custom",
        "line 6: mfa: \"maybe\" is not one of yes, no, unknown",
        "line 9: kind: does not apply to a tenant",
        "line 10: impersonation_user: only an app profile of kind custom",
        "line 11: object: \"printer\" is not one of tenant, container",
        "line 4: tenant: no tenant \"nowhere\"",
        "line 8: id: line 7 has this container too",
    ];
    assert_eq!(reported.len(), starts.len(), "{reported:#?}");
    for (line, start) in reported.iter().zip(starts) {
        assert!(line.starts_with(start), "{line} / {start}");
    }
}

#[test]
fn unknown_fields_of_a_directory_are_refused() {
    let reported =
        lines(directory(r#"{"service_accounts": [{"tenant":"t0","name":"a","mfaa":true}]}"#));
    assert_eq!(reported, ["line 1, column 56: mfaa: unknown; did you mean mfa?"]);
    let reported = lines(directory(r#"{"tenants": [], "tenats": []}"#));
    assert!(
        reported[0].starts_with("line 1, column 27: tenats: must be an array, or an object"),
        "{reported:?}"
    );
}

/// A row of each shape in which people export it.
const SHAPES: [&str; 21] = [
    "Name,Type,Tenant\nBerlin HQ,Device,contoso\n",
    "Name;Type;Tenant\nBerlin HQ;Device;contoso\n",
    "Name\tType\tTenant\nBerlin HQ\tDevice\tcontoso\n",
    "Name|Type|Tenant\nBerlin HQ|Device|contoso\n",
    "sep=;\nName;Type;Tenant\nBerlin HQ;Device;contoso\n",
    "\"sep=;\"\nName;Type;Tenant\nBerlin HQ;Device;contoso\n",
    "#TYPE System.Object\n\"Name\",\"Type\",\"Tenant\"\n\"Berlin HQ\",\"Device\",\"contoso\"\n",
    "#TYPE System.Object\n\"Name\";\"Type\";\"Tenant\"\n\"Berlin HQ\";\"Device\";\"contoso\"\n",
    "Name,Type,Tenant,,\nBerlin HQ,Device,contoso,,\n",
    "Name,Type,Tenant\nBerlin HQ,Device,contoso,,,\n",
    r#"{"Name":"Berlin HQ","Type":"Device","Tenant":"contoso"}"#,
    "{\n  \"Name\": \"Berlin HQ\",\n  \"Type\": \"Device\",\n  \"Tenant\": \"contoso\"\n}\n",
    r#"[{"Name":"Berlin HQ","Type":"Device","Tenant":"contoso"}]"#,
    r#"{"value":[{"Name":"Berlin HQ","Type":"Device","Tenant":"contoso"}],"Count":1}"#,
    "{\n\"value\": {\"Name\":\"Berlin HQ\",\"Type\":\"Device\",\"Tenant\":\"contoso\"},\n\"Count\": 1}",
    r#"{"connections":{"Name":"Berlin HQ","Type":"Device","Tenant":"contoso"}}"#,
    r#"{"connections":{"value":[{"Name":"Berlin HQ","Type":"Device","Tenant":"contoso"}],"Count":1}}"#,
    r#"[{"Name":{"value":"Berlin HQ","PSPath":"x"},"Type":"Device","Tenant":"contoso"}]"#,
    r#"[[{"Name":"Berlin HQ","Type":"Device","Tenant":"contoso"}]]"#,
    r#""{\"Name\":\"Berlin HQ\",\"Type\":\"Device\",\"Tenant\":\"contoso\"}""#,
    r#"["[", "  {\"Name\":\"Berlin HQ\",\"Type\":\"Device\",", "\"Tenant\":\"contoso\"}]"]"#,
];

#[test]
fn every_shape_in_every_encoding_is_the_same_row() {
    for shape in SHAPES {
        for (form, bytes) in every_form(shape) {
            let read = connections::read(&*bytes, None).map_err(|it| (it.to_string(), it.lines()));
            let rows =
                read.map(|it| it.rows).unwrap_or_else(|it| panic!("{form}: {shape}: {it:?}"));
            let [row] = rows.as_slice() else { panic!("{form}: {shape}: {rows:?}") };
            assert_eq!(
                (row.name.as_str(), row.kind, row.tenant.as_str()),
                ("Berlin HQ", ConnectionType::Device, "contoso"),
                "{form}: {shape}"
            );
        }
    }
}

#[test]
fn a_directory_is_the_same_in_every_shape_and_encoding() {
    for shape in [
        r#"{"tenants":[{"name":"Adatum","id":"t7","locations":["NAM","EUR"]}]}"#,
        r#"{"tenants":{"name":"Adatum","id":"t7","locations":["NAM","EUR"]}}"#,
        r#"{"tenants":{"value":[{"name":"Adatum","id":"t7","locations":{"value":["NAM","EUR"],"Count":2}}],"Count":1}}"#,
        r#"{"value":[{"object":"tenant","name":"Adatum","id":"t7","locations":"NAM EUR"}],"Count":1}"#,
        r#"{"tenants":[[{"name":"Adatum","id":"t7","locations":["NAM","EUR"]}]]}"#,
        "{\n\"object\":\"tenant\",\n\"name\":\"Adatum\",\"id\":\"t7\",\"locations\":[\"NAM\",\"EUR\"]}",
        "sep=|\nobject|id|name|locations\ntenant|t7|Adatum|NAM;EUR\n",
    ] {
        for (form, bytes) in every_form(shape) {
            let read = directory::read(&*bytes, None, &[]).map_err(|it| it.lines());
            let rows =
                read.map(|it| it.rows).unwrap_or_else(|it| panic!("{form}: {shape}: {it:?}"));
            let [DirectoryObject::Tenant(it)] = rows.as_slice() else { panic!("{rows:?}") };
            assert_eq!((it.name.as_str(), it.locations.len()), ("Adatum", 2), "{form}: {shape}");
        }
    }
}

#[test]
fn what_powershell_cut_off_names_the_option() {
    for text in [
        r#"{"connections":"System.Object[]"}"#,
        r#"["@{Name=A; Type=Device}"]"#,
        r#"["@{Name=A; Type=Device}","@{Name=B; Type=Device}"]"#,
        r#"[{"Name":"System.Collections.Hashtable","Type":"Device"}]"#,
    ] {
        let reported = lines(connections(text));
        assert_eq!(reported.len(), 1, "{reported:#?}");
        assert!(reported[0].contains("ConvertTo-Json -Depth 10"), "{reported:#?}");
        assert!(reported[0].contains("column"), "{reported:#?}");
    }
    let reported =
        lines(directory(r#"{"tenants":[{"id":"t1","name":"a","locations":"System.Object[]"}]}"#));
    assert!(reported[0].contains("-Depth"), "{reported:#?}");
}

#[test]
fn dates_of_powershell_are_moments() {
    for date in [
        r#""\/Date(1767189900000)\/""#,
        r#""/Date(1767189900000+0100)/""#,
        r#"{"value":"\/Date(1767189900000)\/","DisplayHint":2,"DateTime":"Wednesday"}"#,
        r#""2025-12-31T14:05:00Z""#,
    ] {
        let read =
            connections(&format!("[{{\"name\":\"a\",\"type\":\"Device\",\"modified\":{date}}}]"));
        let at = read.unwrap().rows[0].modified_at.unwrap();
        assert_eq!(at.to_string(), "2025-12-31T14:05:00Z", "{date}");
    }
    for date in ["/Date()/", "/Date(x)/", "/Date(99999999999999999999)/", "/Date(-)/"] {
        assert!(connections(&format!("name,type,modified\na,Device,{date}\n")).is_err(), "{date}");
    }
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
                            prop_assert!(problems.first().iter().all(|it| it.first.spot.is_some_and(|it| it.line > 0)));
                        }
                        for line in error.lines() {
                            prop_assert!(!line.chars().any(crate::text::is_hidden), "{line:?}");
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
