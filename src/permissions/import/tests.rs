//! Importers: every form, and whatever else may be pasted.

use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::domain::Timestamp;
use crate::files::encoding::{decode, testing::every_form};
use crate::permissions::catalogue::{Kind, catalogue};
use crate::permissions::manifest::{self as made, Form};
use crate::permissions::scenario::{Job, Method, Scenario};

const GRAPH: &str = "00000003-0000-0000-c000-000000000000";
const GROUPS: &str = "62a82d76-70ea-41e2-9197-370581804d09";

fn list() -> serde_json::Value {
    json!([{ "resourceAppId": GRAPH, "resourceAccess": [{ "id": GROUPS, "type": "Role" }] }])
}

fn b64(value: &serde_json::Value) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string())
}

fn jwt(claims: &serde_json::Value) -> String {
    format!("{}.{}.c2ln", b64(&json!({"alg": "none"})), b64(claims))
}

fn app_token() -> serde_json::Value {
    json!({
        "aud": "https://graph.microsoft.com", "roles": ["Group.ReadWrite.All"], "exp": 2_000_000_000,
        "tid": "11111111-1111-1111-1111-111111111111",
        "appid": "22222222-2222-2222-2222-222222222222",
        "oid": "33333333-3333-3333-3333-333333333333",
        "wids": ["29232cdf-9323-42fd-ade2-1d097af3e4de", "not a guid"],
    })
}

#[test]
fn every_form_of_a_manifest_is_read() {
    let whole = json!({ "id": "x", "appId": "22222222-2222-2222-2222-222222222222",
        "displayName": "Fly custom", "requiredResourceAccess": list() });
    let old = json!({ "appId": "22222222-2222-2222-2222-222222222222", "name": "Fly custom",
        "oauth2Permissions": [], "requiredResourceAccess": list() });
    let fragment = format!("\"requiredResourceAccess\": {}", list());
    let power_shell = json!({ "DisplayName": "x", "RequiredResourceAccess": [{
        "ResourceAppId": GRAPH, "ResourceAccess": [{ "Id": GROUPS, "Type": "Role" }] }] });
    for (text, form) in [
        (list().to_string(), ManifestForm::Array),
        (format!("\u{feff}\n{}", list()), ManifestForm::Array),
        (fragment.clone(), ManifestForm::Fragment),
        (format!("{fragment},\n"), ManifestForm::Fragment),
        (fragment.replace(' ', "\u{a0}"), ManifestForm::Fragment),
        (format!("{{{fragment}}}"), ManifestForm::Fragment),
        (whole.to_string(), ManifestForm::Graph),
        (json!([whole]).to_string(), ManifestForm::Graph),
        (json!({ "value": [whole] }).to_string(), ManifestForm::Graph),
        (power_shell.to_string(), ManifestForm::Graph),
        (old.to_string(), ManifestForm::OldPortal),
    ] {
        let read = manifest(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
        assert_eq!(read.form, form, "{text}");
        assert_eq!(read.manifest.len(), 1);
        let groups = catalogue().explain(GROUPS)[0];
        assert!(read.manifest.holds(groups), "{text}");
    }
    let read = manifest(&old.to_string()).unwrap();
    assert_eq!(read.name.as_deref(), Some("Fly custom"));
    assert_eq!(read.app_id, Some(Uuid::from_u128(0x22222222_2222_2222_2222_222222222222)));
}

#[test]
fn the_pages_own_fragments_are_read() {
    // graph.md §1 number 8: no braces, three of four with a comma at the end.
    let built = made::manifest(&Scenario::new(Method::CustomApp, Job::Copy)).manifest;
    for end in ["", ",", " ,\n", ",,"] {
        let text = format!("{}{end}", built.render(Form::Property).trim_end());
        assert_eq!(manifest(&text).unwrap().manifest, built);
    }
}

#[test]
fn an_app_without_permissions_is_not_an_error() {
    for list in ["[]", "null"] {
        let text = format!("{{\"appId\": \"x\", \"requiredResourceAccess\": {list}}}");
        assert!(manifest(&text).unwrap().manifest.is_empty());
    }
    assert!(manifest("[]").unwrap().manifest.is_empty());
}

#[test]
fn scope_and_role_in_one_word_are_two_entries() {
    let text = list().to_string().replace("\"Role\"", "\"Scope, role\"");
    assert_eq!(manifest(&text).unwrap().manifest.len(), 2);
}

#[test]
fn bad_manifests_say_what_is_wrong() {
    let two = json!([{ "requiredResourceAccess": [] }, { "requiredResourceAccess": [] }]);
    let entry = |what: &str| format!("entry 1 of requiredResourceAccess: {what}");
    for (text, message) in [
        (String::new(), "the input is empty".to_owned()),
        (" \n ".to_owned(), "the input is empty".to_owned()),
        ("hello".to_owned(), "not valid JSON at line 1, column 1".to_owned()),
        ("[\n{,}]".to_owned(), "not valid JSON at line 2, column 2".to_owned()),
        ("\"requiredResourceAccess\": x".to_owned(), "line 1, column 27".to_owned()),
        (jwt(&app_token()), "this is an access token".to_owned()),
        ("{\"access_token\": \"x\"}".to_owned(), "this is an access token".to_owned()),
        ("-----BEGIN PRIVATE KEY-----".to_owned(), "a PEM key".to_owned()),
        ("{}".to_owned(), "no requiredResourceAccess".to_owned()),
        ("\"x\"".to_owned(), "not valid JSON".to_owned()),
        ("{\"requiredResourceAccess\": 1}".to_owned(), "no requiredResourceAccess".to_owned()),
        (two.to_string(), "it holds 2 apps".to_owned()),
        ("[1]".to_owned(), entry("it is not an object")),
        ("[{}]".to_owned(), entry("its resourceAppId is missing")),
        (list().to_string().replace(GRAPH, "graph"), entry("its resourceAppId")),
        (list().to_string().replace(GROUPS, "groups"), entry("the id of a permission")),
        (list().to_string().replace("Role", "Rolle"), entry("a type in it is neither")),
        ("x".repeat(MAX_MANIFEST + 1), "longer than 1048576 bytes".to_owned()),
        ("[".repeat(100_000), "not valid JSON".to_owned()),
    ] {
        let error = manifest(&text).unwrap_err().to_string();
        assert!(error.contains(&message), "{error}");
        assert_eq!(error.lines().count(), 1);
    }
}

#[test]
fn a_token_of_an_app_is_read() {
    let [token] = &tokens(&jwt(&app_token())).unwrap()[..] else { panic!("one") };
    assert_eq!(
        (token.kind, token.values.as_slice()),
        (Kind::Role, &["Group.ReadWrite.All".into()][..])
    );
    assert_eq!(token.resource, Some(Uuid::parse_str(GRAPH).unwrap()));
    assert_eq!(token.directory_roles.len(), 1);
    assert!(token.tenant.is_some() && token.app_id.is_some() && token.object.is_some());
    assert!(!token.expired(Timestamp::from_second(1_999_999_999).unwrap()));
    assert!(token.expired(Timestamp::from_second(2_000_000_000).unwrap()));
}

#[test]
fn in_a_users_token_scp_decides() {
    // graph.md §3: there `roles` are the user's app roles.
    let mut claims = app_token();
    claims["scp"] = json!("Group.Read.All  Sites.Read.All");
    let token = &tokens(&jwt(&claims)).unwrap()[0];
    assert_eq!(token.kind, Kind::Scope);
    assert_eq!(token.values, ["Group.Read.All", "Sites.Read.All"]);
}

#[test]
fn a_token_without_roles_is_read_too() {
    let token = &tokens(&jwt(&json!({ "aud": GRAPH, "azp": GRAPH, "exp": 1.5e9 }))).unwrap()[0];
    assert!(token.values.is_empty());
    assert!(token.app_id.is_some() && token.expires.is_some());
}

#[test]
fn several_tokens_come_in_many_clothes() {
    let one = jwt(&app_token());
    for text in [
        format!("{one}\n{one}"),
        format!("Authorization: Bearer {one}\r\nbearer {one}"),
        format!("\"{one}\", '{one}'"),
        format!("{}{}", json!({ "access_token": one }), json!({ "accessToken": one })),
        json!([{ "token": one }, one]).to_string(),
    ] {
        assert_eq!(tokens(&text).unwrap().len(), 2);
    }
}

#[test]
fn bad_tokens_are_named_by_number_and_never_shown() {
    let secret = "S3cr3t~NotToBeShown.AnywhereAtAll_1234567890";
    let good = jwt(&app_token());
    let id_token = json!({ "aud": "x", "nonce": "n" });
    for (text, message) in [
        (secret.to_owned(), "token 1: this is not an access token"),
        (format!("{good} {secret}"), "token 2: this is not an access token"),
        (format!("a.{secret}.c"), "token 1: this is not an access token"),
        ("a.b!c.d".to_owned(), "token 1: its middle part is not base64url"),
        ("a.YWJj.d".to_owned(), "token 1: its middle part is not JSON"),
        ("a.MQ.d".to_owned(), "token 1: its claims are not an object"),
        ("a.b.c.d.e".to_owned(), "token 1: it is encrypted"),
        (jwt(&json!({ "roles": [] })), "token 1: it names no audience"),
        (jwt(&json!({ "aud": "x", "exp": "soon" })), "token 1: its expiry"),
        (jwt(&json!({ "aud": "x", "exp": 9e99 })), "token 1: its expiry"),
        (jwt(&id_token), "token 1: it looks like an ID token"),
        (list().to_string(), "a manifest or other JSON"),
        ("{\"access_token\"".to_owned(), "token 1: the JSON around it is broken"),
        ("-----BEGIN RSA".to_owned(), "a PEM key"),
        (String::new(), "the input is empty"),
        ("x ".repeat(MAX_TOKENS + 1), "more than 32 tokens"),
        ("x".repeat(MAX_TOKEN + 1), "too long for an access token"),
        ("x".repeat(MAX_TOKENS_TEXT + 1), "longer than 524288 bytes"),
    ] {
        let error = tokens(&text).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(error.to_string().contains(message), "{error}");
        assert!(!shown.contains("S3cr3t") && !shown.contains(&good), "{shown}");
        assert_eq!(error.to_string().lines().count(), 1);
    }
}

fn export(name: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/exports");
    decode(&std::fs::read(path.join(name)).unwrap()).unwrap().into_owned()
}

#[test]
fn a_manifest_is_the_same_in_every_shape_and_encoding() {
    let api = format!(r#"{{"ResourceAppId":"{GRAPH}","ResourceAccess":ACCESS}}"#);
    let access = format!(r#"{{"Id":"{GROUPS}","Type":"Role"}}"#);
    let lists = |it: &str| {
        [
            it.to_owned(),
            format!("[{it}]"),
            format!("{{\"value\":[{it}],\"Count\":1}}"),
            format!("{{\n\"Count\": 1,\n\"value\": {it}}}"),
            format!("[[{it}]]"),
        ]
    };
    for access in lists(&access) {
        for apis in lists(&api.replace("ACCESS", &access)) {
            let app = format!("{{\"AppId\":\"x\",\n\"RequiredResourceAccess\":{apis}}}");
            let twice = json!(app).to_string();
            let by_line = json!(app.lines().collect::<Vec<_>>()).to_string();
            for text in lists(&app).into_iter().chain([apis.clone(), twice, by_line]) {
                for (form, bytes) in every_form(&text) {
                    let read = manifest(&decode(&bytes).unwrap());
                    let read = read.unwrap_or_else(|it| panic!("{form}: {text}: {it}"));
                    assert_eq!(read.manifest.len(), 1, "{form}: {text}");
                }
            }
        }
    }
    for name in ["one-access", "one-resource", "one", "value-count"] {
        assert_eq!(manifest(&export(&format!("{name}.json"))).unwrap().manifest.len(), 1, "{name}");
    }
}

#[test]
fn a_manifest_that_was_cut_off_names_the_option() {
    for name in ["depth2-hash", "depth2-resource", "depth2-string"] {
        let error = manifest(&export(&format!("{name}.json"))).unwrap_err().to_string();
        assert!(error.contains("ConvertTo-Json -Depth 10"), "{name}: {error}");
    }
    for text in [
        r#"{"requiredResourceAccess": "System.Object[]"}"#,
        r#"["@{ResourceAccess=System.Object[]; ResourceAppId=x}"]"#,
        r#"{"requiredResourceAccess": ["System.Management.Automation.PSCustomObject"]}"#,
        r#"{"requiredResourceAccess": "System.Collections.Generic.List`1[System.Object]"}"#,
    ] {
        assert!(manifest(text).unwrap_err().to_string().contains("-Depth 10"), "{text}");
    }
    for text in [
        "RequiredResourceAccess : {Microsoft.Graph}",
        "AppId                  : x\nRequiredResourceAccess : {Microsoft.Graph}\n",
        "AppId RequiredResourceAccess\n----- ----------------------\nx     {Microsoft.Graph}\n",
    ] {
        assert_eq!(manifest(text), Err(ImportError::Printed), "{text}");
    }
}

/// A token as long as real ones.
fn long_token(audience: &str) -> String {
    let mut claims = app_token();
    claims["aud"] = json!(audience);
    claims["wids"] = json!(vec!["0997a1d0-0d1d-4acb-b408-d5ca73121e90"; 8]);
    format!("{}{}", jwt(&claims), "eHh4".repeat(85))
}

/// As a terminal wraps what is wider than it.
fn wrapped(text: &str, width: usize, indent: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let lines = chars.chunks(width).map(|it| it.iter().collect::<String>());
    lines.collect::<Vec<_>>().join(&format!("\n{indent}"))
}

#[test]
fn a_token_is_found_in_whatever_it_was_copied_with() {
    let token = long_token("https://graph.microsoft.com");
    let expected = tokens(&token).unwrap();
    let mut shapes = vec![
        format!("Authorization: Bearer {token}"),
        format!("export GRAPH_TOKEN='{token}'"),
        format!("GRAPH_TOKEN={token}"),
        format!("$env:TOKEN = \"{token}\""),
        format!("setx TOKEN {token}"),
        format!("curl 'https://graph.microsoft.com/v1.0/me' -H 'authorization: Bearer {token}'"),
        format!("curl https://x/a.b.c -H \"Authorization: Bearer {token}\" \\\n  --compressed"),
        format!("access_token={token}&token_type=Bearer"),
        format!("Token      : {token}\nExpiresOn  : 30/11/2026 10:00:00 +00:00\nTenantId   : 11111111-1111-4111-8111-111111111111\nType       : Bearer"),
        format!("{token}\t2026-11-30 10:00:00\t11111111-1111-4111-8111-111111111111\tBearer"),
        format!("accessToken: {token}\ntokenType: Bearer"),
        json!({ "Token": token, "ExpiresOn": "x" }).to_string(),
        json!({ "value": [{ "token": token }], "Count": 1 }).to_string(),
        json!({ "tokens": [{ "resource": "x", "accessToken": token, "scopes": ["a"] }] }).to_string(),
        json!({
            "AccessToken": { "a": { "secret": token }, "b": { "secret": long_token("https://management.azure.com") }, "c": { "secret": "opaque" } },
            "RefreshToken": { "r": { "secret": "0.AXkA" } },
            "IdToken": { "i": { "secret": jwt(&json!({ "aud": "x", "nonce": "n" })) } },
            "Account": {}
        })
        .to_string(),
    ];
    for width in [40, 76, 80, 99, 100, 120, 132] {
        shapes.push(wrapped(&token, width, ""));
        shapes.push(wrapped(&format!("Authorization: Bearer {token}"), width, ""));
        shapes.push(format!(
            "Token      : {}\nType       : Bearer",
            wrapped(&token, width, "             ")
        ));
        shapes.push(wrapped(
            &format!("curl https://x -H 'Authorization: Bearer {token}'"),
            width,
            "",
        ));
        shapes.push(wrapped(&json!({ "access_token": token, "a": 1 }).to_string(), width, ""));
        shapes.push(format!("> {}", wrapped(&token, width, "> ")));
        shapes.push(wrapped(&token, width, "").replace('\n', " \\\n"));
        shapes.push(wrapped(&token, width, "").replace('\n', "`\n"));
    }
    for shape in shapes {
        for (form, bytes) in every_form(&shape) {
            let read = tokens(&decode(&bytes).unwrap());
            let read = read.unwrap_or_else(|it| panic!("{form}: {shape}: {it}"));
            assert_eq!(read, expected, "{form}: {shape}");
        }
    }
    let two = format!("{}\n\n{}", wrapped(&token, 80, ""), wrapped(&token, 80, ""));
    assert_eq!(tokens(&two).unwrap().len(), 2);
    assert_eq!(tokens(&two.replace("\n\n", "\n")).unwrap().len(), 2);
}

#[test]
fn the_exports_with_a_token_have_it() {
    for name in [
        "ok.txt",
        "wrap80.txt",
        "wrap80crlf.txt",
        "bearerwrap.txt",
        "curl.txt",
        "export.txt",
        "pslist.txt",
        "pswraplist.txt",
        "msal.json",
    ] {
        let read = tokens(&export(name)).unwrap_or_else(|it| panic!("{name}: {it}"));
        assert_eq!(read.len(), 1, "{name}");
        assert_eq!(read[0].values.len(), 3, "{name}");
    }
    assert_eq!(tokens(&export("two_wrapped.txt")).unwrap().len(), 2);
}

#[test]
fn a_token_that_is_not_there_says_why() {
    let other = |app: &str| {
        let mut claims = app_token();
        claims["appid"] = json!(app);
        jwt(&claims)
    };
    let cache = |tokens: &[String]| {
        let entries: serde_json::Map<String, serde_json::Value> = tokens
            .iter()
            .enumerate()
            .map(|(at, it)| (at.to_string(), json!({ "secret": it })))
            .collect();
        json!({ "AccessToken": entries }).to_string()
    };
    let apps = ["0f3d7e61-0000-4000-8000-00000000a002", "0f3d7e61-0000-4000-8000-00000000a003"];
    for (text, words) in [
        ("Token : System.Security.SecureString".to_owned(), "-AsPlainText"),
        (r#"{"Token": {"Length": 2000}}"#.to_owned(), "-AsPlainText"),
        (
            "AccessToken ExpiresOn\n----------- ---------\neyJ0eXAiOiAiSldUIiw... 2026".to_owned(),
            "cut to the width",
        ),
        ("eyJ0eXAiOiAiSldUIiw… 2026".to_owned(), "cut to the width"),
        (cache(&apps.map(other)), apps[1]),
        (cache(&[long_token("https://management.azure.com")]), "none of them"),
        ("{\"a\": 1,\n \"access_token\": }".to_owned(), "line 2, column 18"),
    ] {
        let error = tokens(&text).unwrap_err().to_string();
        assert!(error.contains(words) && error.lines().count() == 1, "{text}: {error}");
    }
}

proptest! {
    #[test]
    fn nothing_makes_an_importer_fall_over(text in "\\PC{0,200}|[\\[\\]{},:\"a-z0-9. \\n-]{0,200}") {
        let _ = manifest(&text);
        let _ = tokens(&text);
    }

    #[test]
    fn bytes_become_text_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(text) = decode(&bytes) {
            let _ = manifest(&text);
            let _ = tokens(&text);
        }
    }

    #[test]
    fn any_claims_are_read_or_refused(claims in "\\PC{0,80}", exp in any::<i64>(), aud in "\\PC{0,40}") {
        let text = jwt(&json!({ "aud": aud, "exp": exp, "roles": [claims], "scp": null }));
        match tokens(&text) {
            Ok(read) => prop_assert_eq!(&read[0].audience, &aud),
            Err(error) => prop_assert!(error.to_string().contains("expiry")),
        }
    }

    #[test]
    fn a_cut_manifest_is_an_error_and_not_less(at in 1usize..2000) {
        let whole = made::manifest(&Scenario::new(Method::CustomApp, Job::Both)).manifest;
        let text = whole.render(Form::Array);
        let cut: String = text.trim_end().chars().take(at).collect();
        if cut.len() < text.trim_end().len() {
            prop_assert!(manifest(&cut).is_err());
        }
    }
}
