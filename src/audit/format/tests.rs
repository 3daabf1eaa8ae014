//! Every format with hostile names: harmless, true to its schema, and reporting the same.

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use uuid::Uuid;

use super::*;
use crate::audit::judge::plan_differs;
use crate::audit::judge::{ews, record};
use crate::audit::{Baseline, Hit, Request, Rule, Selection, Subject, Waivers};
use crate::domain::{ConnectionId, ConnectionType, Side};
use crate::form::judge::find;
use crate::text::is_hidden;

/// Names that want to act: on a terminal, a spreadsheet, a page, a wiki, JSON.
const HOSTILE: [&str; 12] = [
    "=HYPERLINK(\"https://evil.example\",\"x\")",
    "+1+cmd|' /C calc'!A0",
    "@SUM(1)",
    "-2",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "a|b`c*d_e[f](https://evil.example)#!<b>",
    "\u{1b}[2J\u{1b}]0;owned\u{7}",
    "rtl\u{202e}gnp.exe\u{2066}",
    "line\nbreak\r\ttab\u{0}nul\u{85}\u{2028}",
    "quote\"back\\slash,semi;colon",
    "zero\u{200b}width \u{e0041} \u{feff}漢字🚀",
];

fn hits() -> Vec<Hit> {
    let mut all = Vec::new();
    for (number, name) in (1u128..).zip(HOSTILE) {
        let subject = Arc::new(Subject {
            id: ConnectionId(Uuid::from_u128(number)),
            name: name.into(),
            kind: ConnectionType::Other(99),
            side: Side::Source,
            tenant: name.into(),
        });
        let detail = || format!("{name} is not in the directory.");
        all.push(Hit::new(find("object-missing").unwrap(), &subject, Some("tenant"), detail()));
        all.push(Hit::new(&record::STALE, &subject, None, detail()));
        all.push(Hit::new(&ews::EWS_OFF, &subject, Some("app_profile"), detail()));
        all.extend(plan_differs(&subject, None, &[name.to_owned()]));
    }
    all
}

fn report_of(hits: Vec<Hit>, waivers: Waivers, baseline: Option<&Baseline>) -> Report {
    let rules = Selection::default();
    let request = Request {
        unchecked: Default::default(),
        now: "2026-11-24T12:00:00Z".parse().unwrap(),
        of: Some("store \"<b>\u{1b}".to_owned()),
        store: Some("0193".to_owned()),
        rules: &rules,
        audited: 12,
        total: 40,
        waivers,
        baseline,
    };
    Report::new(hits, request, &|_| true)
}

/// With waivers that hold, are expired and hold nothing, and a baseline of which some is fixed.
fn report() -> Report {
    let waiver = |rule: &'static Rule, connection: &str, expires: &str| crate::audit::Waiver {
        line: 1,
        rule,
        connection: connection.to_owned(),
        reason: HOSTILE.join(" "),
        expires: expires.parse().unwrap(),
    };
    let waivers = Waivers(
        vec![
            waiver(&record::STALE, HOSTILE[4], "2027-01-01"),
            waiver(&record::STALE, "00000000-0000-0000-0000-000000000001", "2027-01-01"),
            waiver(&record::STALE, HOSTILE[6], "2026-11-23"),
            waiver(&record::STALE, HOSTILE[7], "2027-01-01"),
            waiver(find("expired").unwrap(), "gone <b>", "2027-01-01"),
        ],
        Vec::new(),
    );
    let before = report_of(hits(), Waivers::default(), None).baseline();
    // One finding is new, one rule was not asked then, and below one kind of finding is gone.
    let text = serde_json::to_string(&before).unwrap();
    let mut json: Value = serde_json::from_str(&text).unwrap();
    let known = json["findings"].as_array_mut().unwrap();
    known.remove(0);
    known.retain(|it| it["rule"] != "stale");
    json["rules"].as_array_mut().unwrap().retain(|it| it != "stale");
    let baseline = Baseline::parse(&json.to_string()).unwrap();
    let now = hits().into_iter().filter(|it| it.rule.id != "plan-differs").collect();
    report_of(now, waivers, Some(&baseline))
}

fn reported(format: Format) -> String {
    let text = text(&report(), format, 1_000);
    // E4: nothing acts on a terminal, in no format.
    assert!(!text.chars().any(|c| is_hidden(c) && c != '\n'), "{format:?}");
    text
}

#[test]
fn findings_are_in_order_however_they_came() {
    let mut one = report();
    for turn in 0..one.hits.len() {
        one.hits.rotate_left(turn);
        one.hits.reverse();
        one.sort();
        let rank = |hit: &Hit| {
            let still = hit.since == Some(crate::audit::Since::Still);
            let rule = one.rules.iter().position(|it| it.id == hit.rule.id);
            (still, std::cmp::Reverse(hit.rule.level), rule, hit.subject.name.to_lowercase())
        };
        assert!(one.hits.is_sorted_by_key(rank), "after {turn}");
    }
}

/// A schema with what it needs to hold something against it.
struct Schema(boon::Schemas, boon::SchemaIndex);

/// The schema in a file of the repository.
fn schema(path: &str) -> Schema {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let text = std::fs::read_to_string(path).unwrap();
    let mut schemas = boon::Schemas::new();
    let mut compiler = boon::Compiler::new();
    compiler.enable_format_assertions();
    compiler.add_resource("schema.json", serde_json::from_str(&text).unwrap()).unwrap();
    let index = compiler.compile("schema.json", &mut schemas).unwrap();
    Schema(schemas, index)
}

impl Schema {
    fn takes(&self, value: &Value) -> bool {
        self.0.validate(value, self.1).is_ok()
    }
}

#[track_caller]
fn holds(schema: &Schema, value: &Value) {
    if let Err(why) = schema.0.validate(value, schema.1) {
        panic!("{why:#}");
    }
}

#[test]
fn json_holds_its_schema_and_every_name() {
    let schema = schema("assets/audit.schema.json");
    let json: Value = serde_json::from_str(&reported(Format::Json)).unwrap();
    holds(&schema, &json);
    let names: Vec<&str> = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["connection"]["name"].as_str().unwrap())
        .collect();
    assert!(HOSTILE.iter().all(|it| names.contains(it)), "{names:?}");
    assert_eq!(json["counts"]["waived"], 3);
    assert_eq!(json["waivers"][2]["expired"], true);
    assert_eq!(json["change"]["fixed"].as_array().unwrap().len(), HOSTILE.len());
    let empty = report_of(Vec::new(), Waivers::default(), None);
    let json: Value = serde_json::from_str(&text(&empty, Format::Json, 1)).unwrap();
    holds(&schema, &json);
    assert_eq!(json["change"], Value::Null);
    // A schema that takes anything would prove nothing.
    assert!(!schema.takes(&serde_json::json!({ "version": 2 })));
}

#[test]
fn each_line_of_json_lines_is_a_finding() {
    let schema = schema("assets/audit.schema.json");
    let whole: Value = serde_json::from_str(&reported(Format::Json)).unwrap();
    let lines = reported(Format::JsonLines);
    assert_eq!(lines.lines().count(), whole["findings"].as_array().unwrap().len());
    let mut one = whole.clone();
    let all: Vec<Value> = lines.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    assert!(all.iter().all(|it| it["version"] == 1));
    one["findings"] = all.into();
    holds(&schema, &one);
}

/// The values of an attribute, in the order they stand in.
fn attributes<'a>(text: &'a str, tag: &str, name: &str) -> Vec<&'a str> {
    let start = format!("<{tag} ");
    let value = |part: &'a str| part.split_once(&format!("{name}=\""))?.1.split_once('"');
    text.split(start.as_str()).skip(1).filter_map(|it| Some(value(it)?.0)).collect()
}

#[test]
fn junit_has_a_suite_per_rule_and_counts_what_it_holds() {
    let report = report();
    let text = reported(Format::Junit);
    let rules: Vec<&str> = report.rules.iter().map(|it| it.id).collect();
    assert_eq!(attributes(&text, "testsuite", "name"), rules);
    let sum = |name: &str| -> usize {
        attributes(&text, "testsuite", name).iter().map(|it| it.parse::<usize>().unwrap()).sum()
    };
    for (name, tag) in
        [("tests", "<testcase "), ("failures", "<failure "), ("skipped", "<skipped ")]
    {
        let all = attributes(&text, "testsuites", name)[0].parse::<usize>().unwrap();
        assert_eq!((all, sum(name)), (text.matches(tag).count(), all), "{name}");
    }
    // Waived findings break no build, advice neither.
    let counts = report.counts();
    assert_eq!(text.matches("<failure ").count(), counts.errors + counts.warnings);
    assert_eq!(text.matches("<skipped ").count(), counts.waived);
    assert_eq!(text.matches("<system-out>").count(), counts.advice);
    let empty = report_of(Vec::new(), Waivers::default(), None);
    let passed = super::text(&empty, Format::Junit, 1);
    assert_eq!(passed.matches("name=\"no findings\"/>").count(), empty.rules.len());
    assert!(!passed.contains("<failure"));
}

#[test]
fn csv_calculates_nothing() {
    let text = reported(Format::Csv);
    let mut reader = csv_reader(&text);
    let head = reader.headers().unwrap().clone();
    assert_eq!(head.iter().next(), Some("level"));
    let rows: Vec<csv_crate::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), HOSTILE.len() * 3);
    for row in &rows {
        for cell in row {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?}");
        }
    }
}

use ::csv as csv_crate;

fn csv_reader(text: &str) -> csv_crate::Reader<&[u8]> {
    csv_crate::Reader::from_reader(text.as_bytes())
}

#[test]
fn markdown_keeps_names_as_text() {
    let text = reported(Format::Markdown);
    let mut plain = text.clone();
    for escaped in ["\\\\", "\\]", "\\[", "\\|", "\\`", "\\*", "\\_", "\\#"] {
        plain = plain.replace(escaped, "");
    }
    for markup in ["<script", "<img", "<b>", "](", "a|b", "b`c", "://"] {
        assert!(!plain.contains(markup), "{markup}");
    }
    // Each finding is one row of its table.
    let cells = |line: &str| line.replace("\\|", "").matches('|').count();
    let rows: Vec<&str> =
        text.lines().filter(|it| it.contains("is not in the directory")).collect();
    assert!(rows.len() >= HOSTILE.len() * 2);
    assert!(rows.iter().filter(|it| it.starts_with('|')).all(|it| cells(it) == 6), "{rows:#?}");
}

/// Tags of a page, in order; names and texts between them are left out.
fn tags(page: &str) -> Vec<&str> {
    page.split('<').skip(1).map(|it| it.split('>').next().unwrap()).collect()
}

#[test]
fn a_page_needs_nothing_and_runs_nothing() {
    let page = reported(Format::Html);
    // Opened without network: there is nothing to fetch and nothing to run.
    for word in ["<script", "<link", "<img", "<iframe", " src=\"", "url(", "@import"] {
        assert!(!page.contains(word), "{word}");
    }
    assert!(page.contains("default-src 'none'"));
    // Links lead to places of the page itself, and each is there.
    for link in page.split(" href=\"").skip(1).map(|it| it.split('"').next().unwrap()) {
        let id = link.strip_prefix('#').unwrap_or_else(|| panic!("{link}"));
        assert!(page.contains(&format!(" id=\"{id}\"")), "{link}");
    }
    let known = [
        "html", "head", "meta", "title", "style", "body", "header", "h1", "h2", "p", "ul", "li",
        "b", "svg", "rect", "section", "span", "small", "code", "table", "thead", "tr", "th",
        "tbody", "td", "footer", "!DOCTYPE", "a", "br",
    ];
    let mut open: Vec<&str> = Vec::new();
    for tag in tags(&page) {
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap();
        assert!(known.contains(&name), "{tag}");
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name)),
            None if tag.ends_with('/') || matches!(name, "meta" | "!DOCTYPE" | "br") => {}
            None => open.push(name),
        }
    }
    assert_eq!(open, [""; 0]);
    for level in ["error", "warning", "advice"] {
        assert!(page.contains(&format!("<rect class=\"{level}\"")), "{level}");
    }
    assert!(page.contains("Waivers without a finding") && page.contains("expired"));
}

#[test]
fn a_page_says_what_it_left_out() {
    let page = text(&report(), Format::Html, 2);
    assert!(page.contains(&format!("And {} more", HOSTILE.len() - 2)), "{page}");
}

#[test]
fn the_name_of_a_file_shows_its_format() {
    for (name, format) in [
        ("a.html", Some(Format::Html)),
        ("A.HTM", Some(Format::Html)),
        ("a.xml", Some(Format::Junit)),
        ("a.json", Some(Format::Json)),
        ("a.md", Some(Format::Markdown)),
        ("a.jsonl", Some(Format::JsonLines)),
        ("a.csv", Some(Format::Csv)),
        ("a.pdf", None),
        ("audit", None),
    ] {
        assert_eq!(Format::of_path(Path::new(name)), format, "{name}");
    }
}
