//! Pick lists: what enter takes, and what is added by hand.

use super::forms::{account, form, go, groups, pick};
use super::*;
use crate::app::Modal;
use crate::app::prompt::{Entry, Prompt};
use crate::domain::{DirectoryObject, Mfa, Platform};
use crate::form::Source;

/// Accounts that the form holds.
fn accounts(model: &Model) -> Vec<&str> {
    form(model).values.picks("accounts").iter().map(|it| it.id.as_str()).collect()
}

/// A Groups form at the field of its accounts.
fn at_accounts() -> Model {
    let mut model = groups();
    go(&mut model, "service_auth");
    for _ in 0..4 {
        if form(&model).values.choice("service_auth") != Some("legacy") {
            keys(&mut model, "<right>");
        }
    }
    model
}

#[test]
fn unticking_everything_picks_nothing_else() {
    let two = || vec![account("a1", Mfa::No), account("a2", Mfa::No), account("a3", Mfa::No)];
    let mut model = at_accounts();
    pick(&mut model, "accounts", two(), "<tab><tab><enter>");
    assert_eq!(accounts(&model), ["a1", "a2"]);
    pick(&mut model, "accounts", two(), "<tab><tab><enter>");
    assert!(accounts(&model).is_empty());
    // Where nothing was ever ticked, enter still takes the entry under the cursor.
    pick(&mut model, "accounts", two(), "<down><enter>");
    assert_eq!(accounts(&model), ["a2"]);
    pick(&mut model, "accounts", two(), "<tab><enter>");
    assert!(accounts(&model).is_empty());
    // Ticked and taken back in the same list is taken back.
    pick(&mut model, "accounts", two(), "<tab><up><tab><enter>");
    assert!(accounts(&model).is_empty());
}

/// The form of a Groups connection with the pick list of this field open and empty.
fn asked(field: &str) -> Model {
    let mut model = if field == "tenant" { listing(&[]) } else { groups() };
    if field == "tenant" {
        keys(&mut model, "nA");
    }
    pick(&mut model, field, Vec::new(), "<f7>");
    model
}

fn prompt(model: &Model) -> &Prompt {
    match model.modals.last() {
        Some(Modal::Prompt(prompt)) => prompt,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_profile_added_by_hand_is_of_a_kind_that_the_field_takes() {
    let mut model = asked("app_profile");
    let field = form(&model).spec().unwrap().field("app_profile").unwrap();
    let Some(Source::AppProfiles { kinds, .. }) = field.kind.source() else { panic!() };
    let Entry::Choice(options, _) = &prompt(&model).lines[1].entry else { panic!() };
    assert_eq!((options.len(), options.contains(&"Fly delegated app")), (kinds.len(), false));
    // The last of them is what is saved, and what the list then offers.
    let effects = keys(&mut model, "Own<tab><ctrl-left><tab><tab><enter>");
    let [Effect::PutObject { object, request }] = effects.as_slice() else { panic!("{effects:?}") };
    let DirectoryObject::AppProfile(it) = object else { panic!("{object:?}") };
    assert_eq!(Some(&it.kind), kinds.last());
    send(&mut model, Msg::Answer(*request, Answer::ObjectPut(Ok(object.clone()))));
    let Some(Modal::Picker(picker)) = model.modals.last() else { panic!() };
    assert_eq!(picker.items.len(), 1);
}

#[test]
fn a_tenant_added_by_hand_has_a_guid_and_each_location_once() {
    let mut model = asked("tenant");
    let typed = "contoso.example<tab>nope<tab><tab>NAM, EUR, nam;eur<tab>a@contoso.example; A@b<tab><enter>";
    assert_eq!(keys(&mut model, typed), []);
    assert!(prompt(&model).error.as_ref().is_some_and(|it| it.contains("not a GUID")));
    let guid = "0A1B2C3D-0000-4000-8000-000000000001";
    keys(&mut model, &format!("<ctrl-u>{guid}<tab><tab><tab><tab>"));
    assert_eq!(keys(&mut model, "<enter>"), []);
    assert!(prompt(&model).error.as_ref().is_some_and(|it| it.contains("name@domain")));
    keys(&mut model, "<ctrl-u>a@contoso.example, b@contoso.example;a@contoso.example<tab>");
    let effects = keys(&mut model, "<enter>");
    let [Effect::PutObject { object: DirectoryObject::Tenant(tenant), .. }] = effects.as_slice()
    else {
        panic!("{effects:?}")
    };
    assert_eq!(tenant.id.as_str(), guid.to_lowercase());
    assert_eq!(tenant.locations, ["NAM", "EUR"]);
    assert_eq!(tenant.licensed_users, ["a@contoso.example", "b@contoso.example"]);
}

/// A tenant that is added in a form of Google is one of Google, and a form of Microsoft 365 does not offer
/// it.
#[test]
fn a_tenant_is_added_for_the_platform_that_its_field_takes() {
    let mut model = listing(&[]);
    keys(&mut model, "nA");
    go(&mut model, "type");
    keys(&mut model, "<enter>googledrive<enter>");
    go(&mut model, "tenant");
    keys(&mut model, "<enter>");
    let request = last(&model);
    send(&mut model, Msg::Answer(request, Answer::Objects(Ok(Vec::new()))));
    let effects = keys(&mut model, "<f7>contoso.example<enter>");
    let [Effect::PutObject { object, request }] = effects.as_slice() else { panic!("{effects:?}") };
    let DirectoryObject::Tenant(tenant) = object else { panic!("{object:?}") };
    assert_eq!((tenant.platform, tenant.id.as_str()), (Platform::Google, "contoso.example"));
    send(&mut model, Msg::Answer(*request, Answer::ObjectPut(Ok(object.clone()))));
    let Some(Modal::Picker(picker)) = model.modals.last() else { panic!() };
    assert_eq!(picker.items.len(), 1);
    let groups = crate::form::specs::of(crate::domain::ConnectionType::M365Group).unwrap();
    let of_groups = groups.field("tenant").unwrap().kind.source().unwrap();
    assert!(!of_groups.offers(object));
}
