//! Importers: every form, and whatever else may be pasted.

use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::domain::Timestamp;
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

#[test]
fn utf16_of_powershell_is_text() {
    let wide: Vec<u8> = std::iter::once(0xfeff_u16)
        .chain(list().to_string().encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(manifest(&text(&wide).unwrap()).unwrap().manifest.len(), 1);
    assert_eq!(text(b"\xff\xfe\x00"), Err(ImportError::NotText));
    assert_eq!(text(b"\xc3\x28"), Err(ImportError::NotText));
}

proptest! {
    #[test]
    fn nothing_makes_an_importer_fall_over(text in "\\PC{0,200}|[\\[\\]{},:\"a-z0-9. \\n-]{0,200}") {
        let _ = manifest(&text);
        let _ = tokens(&text);
    }

    #[test]
    fn bytes_become_text_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(text) = text(&bytes) {
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
