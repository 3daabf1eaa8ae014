//! Tables per rule of the Groups form, by SPEC id.

use super::super::{
    Trait, Value, Values, check_field, check_step, edit, initial, picked, refresh, set_choice,
    set_toggle, submit, switch_type,
};
use super::{
    advice, device, directory_of, error_of, groups, groups_values, limits, pick, tenant_pick, text,
};
use crate::domain::{Answers, Listed, ObjectId, Side};

#[test]
fn g1_the_name_is_required_trimmed_and_printable() {
    for (typed, wrong) in [("", true), ("  ", true), ("a\u{202e}b", true), (" Contoso ", false)] {
        let mut values = groups_values();
        text(&mut values, "name", typed);
        let error = check_field(groups(), &values, "name", &limits());
        assert_eq!(error.is_some(), wrong, "{typed:?}");
        assert_eq!(submit(groups(), &values, &limits()).is_err(), wrong);
    }
    let mut values = groups_values();
    text(&mut values, "name", " Contoso ");
    assert_eq!(submit(groups(), &values, &limits()).unwrap().name, "Contoso");
}

#[test]
fn g2_the_rest_of_the_form_follows_from_the_type() {
    let mut values = groups_values();
    assert_eq!(super::specs::chosen(&values).unwrap().kind, groups().kind);
    switch_type(&mut values, device());
    assert_eq!(super::specs::chosen(&values).unwrap().kind, device().kind);
    assert_eq!(values.choice("side"), Some("source"));
    // D17: what was typed for the other type is still there.
    switch_type(&mut values, groups());
    assert_eq!(submit(groups(), &values, &limits()), submit(groups(), &groups_values(), &limits()));
}

#[test]
fn g3_g5_another_tenant_clears_what_belonged_to_the_old_one() {
    let mut values = groups_values();
    picked(groups(), &mut values, "tenant", vec![tenant_pick("geo", &["EUR", "NAM"])]);
    set_toggle(groups(), &mut values, "geo", true);
    set_choice(groups(), &mut values, "service_auth", "legacy");
    for (key, it) in [
        ("location", edit::location("EUR")),
        ("container", pick("all", &[])),
        ("app_profile", pick("own", &[Trait::CustomApp])),
        ("accounts", pick("a@contoso.example", &[])),
    ] {
        picked(groups(), &mut values, key, vec![it]);
    }
    text(&mut values, "impersonation_user", "typed@contoso.example");
    let before = values.clone();
    // Picking the same tenant again changes nothing.
    picked(groups(), &mut values, "tenant", vec![tenant_pick("geo", &["EUR", "NAM"])]);
    assert_eq!(values, before);
    picked(groups(), &mut values, "tenant", vec![tenant_pick("other", &["JPN"])]);
    for key in ["location", "container", "app_profile", "accounts", "impersonation_user"] {
        assert!(!values.answered(key), "{key} is kept");
    }
    assert!(values.toggle("geo") && values.choice("service_auth") == Some("legacy"));
}

#[test]
fn g4_a_location_is_asked_for_a_multi_geo_tenant_only() {
    let visible =
        |values: &Values, key: &str| groups().visible_fields(values).any(|it| it.key == key);
    let mut values = groups_values();
    assert!(!visible(&values, "geo"));
    set_toggle(groups(), &mut values, "geo", true);
    assert!(!visible(&values, "location"), "a hidden toggle opens nothing");
    values.set("tenant", Value::One(tenant_pick("geo", &["EUR"])));
    assert!(visible(&values, "geo") && visible(&values, "location"));
    let errors = submit(groups(), &values, &limits()).unwrap_err();
    assert!(error_of(&errors, "location").is_some());
    values.set("location", Value::One(edit::location("EUR")));
    let draft = submit(groups(), &values, &limits()).unwrap();
    assert_eq!(draft.answers.sheet().unwrap().code("location"), Some("EUR"));
}

#[test]
fn g4_the_advice_fits_the_credentials_given() {
    const CANNOT: &str = "cannot create groups in a chosen location";
    const ROLE: &str = "Global, SharePoint or Exchange Administrator";
    const WRITE_ALL: &str = "Directory.ReadWrite.All";
    const READ_ALL: &str = "Directory.Read.All";
    let fly = Some(Trait::FlyApp);
    let own = Some(Trait::CustomApp);
    type Row = (Option<Trait>, &'static str, &'static [Trait], Option<&'static str>);
    let rows: [Row; 9] = [
        (None, "modern", &[Trait::FlyDelegated], Some(CANNOT)),
        (None, "modern", &[Trait::CustomDelegated], None),
        (None, "modern", &[Trait::FlyDelegated, Trait::CustomDelegated], None),
        (fly, "none", &[], Some(ROLE)),
        (own, "none", &[], Some(WRITE_ALL)),
        (fly, "modern", &[Trait::FlyDelegated], None),
        (fly, "modern", &[Trait::CustomDelegated], None),
        (own, "legacy", &[], None),
        (None, "legacy", &[], None),
    ];
    for (app, service, delegated, said) in rows {
        let mut values = groups_values();
        values.set("tenant", Value::One(tenant_pick("geo", &["EUR"])));
        values.clear("app_profile");
        if let Some(kind) = app {
            values.set("app_profile", Value::One(pick("app", &[kind])));
        }
        set_choice(groups(), &mut values, "service_auth", service);
        let picks = delegated.iter().enumerate().map(|(at, it)| pick(&at.to_string(), &[*it]));
        values.set("delegated", Value::Many(picks.collect()));
        for on in [true, false] {
            set_toggle(groups(), &mut values, "geo", on);
            for text in [CANNOT, ROLE, WRITE_ALL, READ_ALL] {
                // In every multi-geo destination, not only in a chosen location.
                let read = text == READ_ALL && delegated.contains(&Trait::CustomDelegated);
                let expected = read || (on && said == Some(text));
                assert_eq!(advice(groups(), &values, text), expected, "{app:?} {service} {text}");
            }
        }
    }
}

#[test]
fn g5_an_empty_container_is_reported() {
    let mut values = groups_values();
    values.set("container", Value::One(pick("all", &[Trait::Empty])));
    assert!(advice(groups(), &values, "Run a scan job"));
    assert!(submit(groups(), &values, &limits()).is_ok());
}

#[test]
fn g6_at_least_one_credential() {
    let mut values = groups_values();
    values.clear("app_profile");
    let errors = submit(groups(), &values, &limits()).unwrap_err();
    assert_eq!(errors.len(), 1);
    assert!(error_of(&errors, "app_profile").unwrap().contains("service account"));
    assert_eq!(check_step(groups(), &values, "credentials", &limits()), errors);
    assert!(check_step(groups(), &values, "tenant", &limits()).is_empty());
    // Leaving the field on the way to the next one is no error yet.
    assert_eq!(check_field(groups(), &values, "app_profile", &limits()), None);
    set_choice(groups(), &mut values, "service_auth", "legacy");
    values.set("accounts", Value::Many(vec![pick("a@contoso.example", &[])]));
    assert!(submit(groups(), &values, &limits()).is_ok());
    values.set("app_profile", Value::One(pick("fly", &[Trait::FlyApp])));
    assert!(submit(groups(), &values, &limits()).is_ok());
}

#[test]
fn g7_the_impersonation_user_follows_the_profile_until_it_is_changed() {
    let own = |id: &str, user: Option<&str>| {
        let mut it = pick(id, &[Trait::CustomApp]);
        it.fills = user.map(|it| it.to_owned());
        it
    };
    let mut values = groups_values();
    let user = |values: &Values| values.text("impersonation_user").to_owned();
    picked(groups(), &mut values, "app_profile", vec![own("a", Some("a@contoso.example"))]);
    assert_eq!(user(&values), "a@contoso.example");
    picked(groups(), &mut values, "app_profile", vec![own("b", Some("b@contoso.example"))]);
    assert_eq!(user(&values), "b@contoso.example");
    picked(groups(), &mut values, "app_profile", vec![own("c", None)]);
    assert_eq!(user(&values), "", "b's user is not c's");
    assert!(submit(groups(), &values, &limits()).is_err());
    text(&mut values, "impersonation_user", "mine@contoso.example");
    picked(groups(), &mut values, "app_profile", vec![own("b", Some("b@contoso.example"))]);
    assert_eq!(user(&values), "mine@contoso.example", "what was typed counts");
    // With the Fly app the question is closed, and its answer is not saved.
    picked(groups(), &mut values, "app_profile", vec![pick("fly", &[Trait::FlyApp])]);
    let draft = submit(groups(), &values, &limits()).unwrap();
    assert_eq!(draft.answers.sheet().unwrap().text("impersonation_user"), None);
    picked(groups(), &mut values, "app_profile", vec![own("b", None)]);
    text(&mut values, "impersonation_user", "not a user");
    assert!(check_field(groups(), &values, "impersonation_user", &limits()).is_some());
}

#[test]
fn g8_g10_service_accounts_or_delegated_profiles() {
    let mut values = groups_values();
    values.set("accounts", Value::Many(vec![pick("a@contoso.example", &[])]));
    values.set("delegated", Value::Many(vec![pick("d", &[Trait::FlyDelegated])]));
    for (option, expected) in [
        ("none", None),
        ("legacy", Some(("accounts", "a@contoso.example"))),
        ("modern", Some(("delegated", "d"))),
    ] {
        assert!(set_choice(groups(), &mut values, "service_auth", option));
        let draft = submit(groups(), &values, &limits()).unwrap();
        let sheet = draft.answers.sheet().unwrap();
        assert_eq!(sheet.choice("service_auth"), Some(option));
        let kept = ["accounts", "delegated"].map(|key| (key, sheet.ids(key)));
        let kept: Vec<_> = kept.iter().filter(|it| !it.1.is_empty()).collect();
        let ids = expected.map(|(key, id)| (key, [ObjectId::from(id)]));
        let expected: Vec<_> = ids.iter().map(|(key, ids)| (*key, ids.as_slice())).collect();
        assert_eq!(kept, expected.iter().collect::<Vec<_>>());
    }
    assert!(!set_choice(groups(), &mut values, "service_auth", "basic"));
}

#[test]
fn g9_accounts_with_mfa_are_refused_by_name() {
    let mut values = groups_values();
    set_choice(groups(), &mut values, "service_auth", "legacy");
    let with_mfa = pick("mfa@contoso.example", &[Trait::Mfa]);
    let field = groups().field("accounts").unwrap();
    assert!(groups().refusal(field, &with_mfa).unwrap().contains("modern authentication"));
    assert_eq!(groups().refusal(field, &pick("a", &[Trait::MfaUnknown])), None);
    values.set("accounts", Value::Many(vec![pick("ok@contoso.example", &[]), with_mfa]));
    let errors = submit(groups(), &values, &limits()).unwrap_err();
    let message = error_of(&errors, "accounts").unwrap();
    assert!(message.starts_with("mfa@contoso.example: accounts with MFA cannot"), "{message}");
    values.set("accounts", Value::Many(vec![pick("who@contoso.example", &[Trait::MfaUnknown])]));
    assert!(submit(groups(), &values, &limits()).is_ok());
    assert!(advice(groups(), &values, "has MFA is not known"));
}

#[test]
fn g11_advice_on_throttling_and_completeness() {
    const COMPLETE: &str = "Add a service account";
    const SINGLE: &str = "throttled sooner";
    const APP: &str = "An app profile is throttled less";
    let mut values = groups_values();
    let said = |values: &Values| [COMPLETE, SINGLE, APP].map(|it| advice(groups(), values, it));
    assert_eq!(said(&values), [true, false, false]);
    set_choice(groups(), &mut values, "service_auth", "modern");
    values.set("delegated", Value::Many(vec![pick("a", &[Trait::FlyDelegated])]));
    assert_eq!(said(&values), [false, false, false]);
    values.clear("app_profile");
    assert_eq!(said(&values), [false, true, true]);
    let two = ["a", "b"].map(|it| pick(it, &[Trait::FlyDelegated])).to_vec();
    values.set("delegated", Value::Many(two));
    assert_eq!(said(&values), [false, false, true]);
}

#[test]
fn g12_every_error_is_named_at_once_in_the_order_of_the_form() {
    let values = initial(groups());
    let errors = submit(groups(), &values, &limits()).unwrap_err();
    let fields: Vec<_> = errors.iter().map(|it| it.field).collect();
    assert_eq!(fields, ["name", "tenant", "app_profile"]);
    assert!(errors.iter().all(|it| !it.message.contains('\n')));
}

#[test]
fn a_missing_object_is_refused_where_required_and_kept_where_not() {
    let mut values = groups_values();
    values.set("container", Value::One(pick("gone", &[Trait::Missing])));
    let draft = submit(groups(), &values, &limits()).unwrap();
    let kept = draft.answers.sheet().unwrap().ids("container").to_vec();
    assert_eq!(kept, ["gone".into()], "an edit elsewhere does not lose it");
    assert!(advice(groups(), &values, "is not in the directory"));
    values.set("tenant", Value::One(pick("gone", &[Trait::Missing])));
    let errors = submit(groups(), &values, &limits()).unwrap_err();
    assert!(error_of(&errors, "tenant").unwrap().contains("import the directory"));
    // G6: the only credential must be one that can be found.
    let mut values = groups_values();
    values.set("app_profile", Value::One(pick("gone", &[Trait::Missing])));
    let errors = submit(groups(), &values, &limits()).unwrap_err();
    assert!(
        error_of(&errors, "app_profile")
            .unwrap()
            .contains("no credential that the directory knows")
    );
}

#[test]
fn c4_a_record_whose_objects_are_gone_still_opens_whole() {
    let mut values = groups_values();
    let mut own = pick("own", &[Trait::CustomApp]);
    own.fills = Some("a@contoso.example".to_owned());
    values.set("tenant", Value::One(tenant_pick("geo", &["EUR"])));
    values.set("geo", Value::Toggle(true));
    values.set("location", Value::One(edit::location("EUR")));
    picked(groups(), &mut values, "app_profile", vec![own]);
    let connection = super::saved(submit(groups(), &values, &limits()).unwrap());
    let opened = groups().opened(&connection, &Default::default());
    for key in ["location", "impersonation_user", "app_profile", "tenant"] {
        assert!(groups().visible_fields(&opened).any(|it| it.key == key), "{key} is not asked");
        assert!(opened.answered(key), "{key} is lost");
    }
    // With the directory back, the same record saves as it was.
    let mut again = opened;
    refresh(groups(), &mut again, &directory_of(groups(), &values));
    assert_eq!(super::saved(submit(groups(), &again, &limits()).unwrap()), connection);
    // The tenant lost the location: still asked, but it must be replaced.
    let mut less = values.clone();
    less.set("tenant", Value::One(tenant_pick("geo", &["NAM"])));
    refresh(groups(), &mut again, &directory_of(groups(), &less));
    let errors = submit(groups(), &again, &limits()).unwrap_err();
    assert!(error_of(&errors, "location").is_some());
}

#[test]
fn c4_a_listed_connection_opens_with_what_the_list_reported() {
    let directory = directory_of(groups(), &groups_values());
    let mut connection = super::saved(submit(groups(), &groups_values(), &limits()).unwrap());
    connection.side = Side::Destination;
    connection.answers = Answers::Listed(Listed { tenant: "CONTOSO".to_owned(), live: None });
    let values = groups().opened(&connection, &directory);
    assert_eq!(values.text("name"), "Contoso groups");
    assert_eq!(values.choice("used_as"), Some("destination"));
    assert_eq!(values.picks("tenant")[0].id.as_str(), "contoso");
}
