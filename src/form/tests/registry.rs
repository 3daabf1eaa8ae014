//! What must hold for every form in the registry.

use std::collections::BTreeSet;

use super::super::{
    Condition, Field, Kind, Need, Picked, Spec, Trait, Value, Values, When, branches, judge, specs,
    submit,
};
use super::{limits, pick};
use crate::domain::key::HeldKey;
use crate::domain::{ConnectionType, Held, Portals, Secret, Timestamp, key};
use crate::form;

/// Widest help and advice: three lines of an 80 column screen.
const HELP_MAX: usize = 225;
const ADVICE_MAX: usize = 150;
const LABEL_MAX: usize = 34;

fn each_field(mut test: impl FnMut(&'static Spec, &'static Field)) {
    for spec in specs::ALL {
        for field in spec.fields() {
            test(spec, field);
        }
    }
}

#[test]
fn there_is_a_form_for_each_type_that_says_so() {
    for kind in ConnectionType::all() {
        assert_eq!(specs::of(kind).is_some(), form::has_form(kind), "{}", kind.label());
    }
}

#[test]
fn the_type_choice_offers_exactly_the_forms() {
    for spec in specs::ALL {
        let Kind::Choice(options) = spec.field("type").unwrap().kind else { panic!("no choice") };
        let offered: Vec<_> = options.iter().map(|it| ConnectionType::parse(it.key)).collect();
        let forms: Vec<_> = specs::ALL.iter().map(|it| Some(it.kind)).collect();
        assert_eq!(offered, forms);
        for option in options {
            let kind = ConnectionType::parse(option.key).unwrap();
            assert_eq!(
                (kind.slug().as_str(), kind.label().known()),
                (option.key, Some(option.label))
            );
        }
    }
}

#[test]
fn keys_are_unique_and_snake_case() {
    for spec in specs::ALL {
        let mut seen = BTreeSet::new();
        for key in spec.fields().map(|it| it.key) {
            assert!(seen.insert(key), "{key} twice");
            assert!(key.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{key}");
        }
        let steps: BTreeSet<_> = spec.steps.iter().map(|it| it.key).collect();
        assert_eq!(steps.len(), spec.steps.len());
    }
}

#[test]
fn a_key_that_two_forms_share_means_the_same_kind_of_answer() {
    each_field(|_, field| {
        for other in specs::ALL.iter().filter_map(|it| it.field(field.key)) {
            let same = std::mem::discriminant(&field.kind) == std::mem::discriminant(&other.kind);
            assert!(same, "{}", field.key);
        }
    });
}

#[test]
fn texts_are_present_and_fit_the_screen() {
    each_field(|_, field| {
        let key = field.key;
        assert!(!field.label.is_empty() && field.label.chars().count() <= LABEL_MAX, "{key} label");
        let help = field.help.chars().count();
        assert!((20..=HELP_MAX).contains(&help), "{key} help has {help}");
        assert!(field.help.ends_with('.'), "{key}");
        for advice in field.notes {
            let length = advice.text.chars().count();
            assert!((20..=ADVICE_MAX).contains(&length), "{key}: {} has {length}", advice.text);
        }
        if let Need::Required(message) = field.need {
            assert!(!message.is_empty(), "{key}");
        }
        if let Kind::Choice(options) = field.kind {
            let keys: BTreeSet<_> = options.iter().map(|it| it.key).collect();
            assert_eq!(keys.len(), options.len(), "{key}");
            assert!(options.iter().all(|it| !it.label.is_empty() && !it.help.is_empty()), "{key}");
        }
    });
}

#[test]
fn the_trail_and_each_step_fit_80_by_24() {
    for spec in specs::ALL {
        for values in branches(spec) {
            let titles: Vec<_> = spec.visible_steps(&values).map(|it| it.title).collect();
            let trail = format!("{} > Review", titles.join(" > "));
            assert!(trail.len() <= 76, "{trail}");
            for step in spec.visible_steps(&values) {
                let count = step.visible_fields(&values).count();
                assert!((1..=8).contains(&count), "{} has {count}", step.title);
                assert!(step.title.split(' ').count() <= 2);
            }
        }
    }
}

#[test]
fn conditions_read_earlier_fields_and_existing_options() {
    for spec in specs::ALL {
        let order: Vec<_> = spec.fields().map(|it| it.key).collect();
        let before = |key: &str, at: &str| {
            let place = |key: &str| order.iter().position(|it| *it == key);
            place(key).is_some_and(|key| key < place(at).unwrap())
        };
        for step in spec.steps {
            let first = step.fields[0].key;
            for key in step.when.keys() {
                assert!(before(key, first), "step {} reads {key}", step.key);
            }
        }
        for field in spec.fields() {
            for key in field.when.keys() {
                assert!(before(key, field.key), "{} reads {key}", field.key);
            }
            for key in field.notes.iter().flat_map(|it| it.when.keys()) {
                assert!(order.contains(&key), "a note of {} reads {key}", field.key);
            }
            let refers = field.kind.source().and_then(|it| it.tenant_field());
            for key in refers.into_iter().chain(field.filled_by) {
                assert!(before(key, field.key), "{} refers to {key}", field.key);
            }
        }
        for rule in spec.rules() {
            assert!(rule.fields.iter().all(|key| order.contains(key)), "{}", rule.id);
            if let When::Holds(condition, _) = &rule.when {
                assert!(condition.keys().iter().all(|key| order.contains(key)), "{}", rule.id);
                assert!(!rule.fields.is_empty(), "{} leads nowhere", rule.id);
            }
        }
    }
}

#[test]
fn options_in_conditions_exist() {
    fn check(spec: &'static Spec, condition: &super::super::Condition) {
        use super::super::Condition::*;
        match condition {
            Is(key, option) => {
                let Kind::Choice(options) = spec.field(key).unwrap().kind else { panic!("{key}") };
                assert!(options.iter().any(|it| it.key == *option), "{key} has no {option}");
            }
            On(key) => assert_eq!(spec.field(key).unwrap().kind, Kind::Toggle),
            Has(key, _) | Single(key) => assert!(spec.field(key).unwrap().kind.source().is_some()),
            StandIn(key) => assert_eq!(spec.field(key).unwrap().kind, Kind::Tokens),
            Replaced(key) => assert!(matches!(spec.field(key).unwrap().kind, Kind::Key(_))),
            Not(inner) => check(spec, inner),
            All(inner) | Any(inner) => inner.iter().for_each(|it| check(spec, it)),
            BuiltIn(key) | NotShared(key) => {
                assert!(matches!(spec.field(key).unwrap().kind, Kind::Text { .. }));
            }
            Always | Answered(_) | Starts(..) => {}
        }
    }
    for spec in specs::ALL {
        spec.steps.iter().for_each(|it| check(spec, &it.when));
        for rule in spec.rules() {
            if let When::Holds(condition, _) = &rule.when {
                check(spec, condition);
            }
        }
        for field in spec.fields() {
            check(spec, &field.when);
            field.notes.iter().for_each(|it| check(spec, &it.when));
        }
    }
}

#[test]
fn every_question_and_option_is_reached_by_some_branch() {
    for spec in specs::ALL {
        let all = branches(spec);
        for field in spec.fields() {
            let reached: Vec<_> = all
                .iter()
                .filter(|values| spec.visible_fields(values).any(|it| it.key == field.key))
                .collect();
            assert!(!reached.is_empty(), "{} is never asked", field.key);
            if let Kind::Choice(options) = field.kind
                && field.key != "type"
            {
                for option in options {
                    let some = reached.iter().any(|it| it.choice(field.key) == Some(option.key));
                    assert!(some, "{} {}", field.key, option.key);
                }
            }
        }
    }
}

#[test]
fn the_least_answers_submit_in_every_branch() {
    let least = [("M365Group", 90), ("Device", 16), ("Teams", 90), ("SharePoint", 30)];
    for spec in specs::ALL {
        let (slug, all) = (spec.kind.slug(), branches(spec));
        let least = least.iter().find(|it| it.0 == slug).map_or(2, |it| it.1);
        assert!(all.len() >= least, "{slug} has {} branches", all.len());
        for values in all {
            let draft = submit(spec, &values, &limits());
            assert!(draft.is_ok(), "{:?}\n{values:#?}", draft.err());
        }
    }
}

#[test]
fn taking_any_required_answer_away_is_reported_at_its_field() {
    for spec in specs::ALL {
        for values in branches(spec) {
            for field in spec.visible_fields(&values) {
                if !matches!(field.need, Need::Required(_)) {
                    continue;
                }
                let mut less = values.clone();
                less.clear(field.key);
                let errors = submit(spec, &less, &limits()).unwrap_err();
                // Without the choice that opens it, a later question is not asked at all.
                assert!(errors.iter().any(|it| it.field == field.key), "{}: {errors:?}", field.key);
            }
        }
    }
}

#[test]
fn every_example_passes_its_own_check() {
    each_field(|spec, field| {
        let Kind::Text { example, .. } = field.kind else { return };
        let values = branches(spec)
            .into_iter()
            .find(|values| spec.visible_fields(values).any(|it| it.key == field.key))
            .unwrap();
        let mut values = values;
        values.set(field.key, Value::Text(example.to_owned()));
        assert_eq!(super::super::check_field(spec, &values, field.key, &limits()), None);
    });
}

#[test]
fn picks_of_a_tenant_depend_on_it() {
    let dependents =
        |spec: &'static Spec, key| -> Vec<_> { spec.dependents(key).map(|it| it.key).collect() };
    assert_eq!(
        dependents(super::groups(), "tenant"),
        ["location", "container", "app_profile", "accounts", "delegated"]
    );
    assert_eq!(dependents(super::device(), "tenant"), ["app_profile", "join_app_profile"]);
    assert_eq!(dependents(super::device(), "source_tenant"), ["source_app_profile"]);
}

/// Values that may make an advice apply: a branch with one answer changed.
fn variations(kind: Kind) -> Vec<Option<Value>> {
    let traits = [
        Trait::MultiGeo,
        Trait::Invalid,
        Trait::Missing,
        Trait::Empty,
        Trait::Mfa,
        Trait::MfaUnknown,
        Trait::Disabled,
        Trait::NoMailbox,
        Trait::FlyDelegated,
        Trait::CustomDelegated,
        Trait::CustomApp,
        Trait::FlyForGoogle,
        Trait::FlyForEntraIdSource,
    ];
    let picks: Vec<Picked> = traits.iter().map(|it| pick("varied", &[*it])).collect();
    match kind {
        Kind::Text { .. } => {
            [r"\\files\fly\join.ppkg", r"C:\Fly\join.ppkg", r"Z:\join.ppkg", "Guest"]
                .iter()
                .map(|it| Some(Value::Text((*it).to_owned())))
                .collect()
        }
        Kind::PickOne(_) => picks.into_iter().map(|it| Some(Value::One(it))).collect(),
        Kind::PickMany(_) => picks.into_iter().map(|it| Some(Value::Many(vec![it]))).collect(),
        Kind::Tokens => {
            let mut token = super::super::branches(super::device())
                .iter()
                .find_map(|it| it.tokens("bulk_tokens").first().cloned())
                .unwrap();
            token.origin = crate::domain::token::TokenOrigin::Local;
            vec![Some(Value::Tokens(vec![token])), None]
        }
        Kind::Secret { .. } => vec![Some(Value::Secret(Held::New(Secret::new("Made-up-1"))))],
        Kind::Key(kind) => {
            let key = key::issue(kind, &[8; key::ENTROPY]);
            let (id, value) = (key.id(), Held::New(key.text));
            vec![Some(Value::Key(HeldKey { id, issued_at: Timestamp::UNIX_EPOCH, value }))]
        }
        Kind::Day | Kind::Toggle | Kind::Choice(_) | Kind::Agent => vec![],
    }
}

fn applies_somewhere(spec: &'static Spec, field: &'static Field, when: &Condition) -> bool {
    let shown = |values: &Values| {
        when.holds(values) && spec.visible_fields(values).any(|it| it.key == field.key)
    };
    branches(spec).into_iter().any(|values| {
        shown(&values)
            || when.keys().into_iter().any(|key| {
                variations(spec.field(key).unwrap().kind).into_iter().any(|value| {
                    let mut varied = values.clone();
                    match value {
                        Some(value) => varied.set(key, value),
                        None => _ = varied.clear(key),
                    }
                    varied.note_replaced(&values);
                    shown(&varied)
                })
            })
    })
}

#[test]
fn every_note_and_rule_applies_somewhere_and_not_everywhere() {
    each_field(|spec, field| {
        let rules = spec.rules().filter_map(|rule| match &rule.when {
            // What is refused is not saved: the tests of the audit find those.
            When::Holds(when, _) if !rule.refuses && rule.fields.contains(&field.key) => {
                Some((when, rule.means))
            }
            _ => None,
        });
        for (when, text) in field.notes.iter().map(|it| (&it.when, it.text)).chain(rules) {
            assert!(applies_somewhere(spec, field, when), "never: {text}");
            let everywhere = branches(spec).iter().all(|it| when.holds(it));
            assert!(!everywhere, "always: {text}");
        }
    });
}

/// Stores keep the bits and scripts the ids: both are promises.
#[test]
fn bits_and_ids_are_as_they_were_published() {
    let all: Vec<_> = judge::all().iter().map(|it| (it.bit.unwrap().0, it.id)).collect();
    let published = [
        (59, "expired"),
        (57, "account-has-mfa"),
        (55, "profile-invalid"),
        (53, "profile-unfit"),
        (51, "no-impersonation-user"),
        (49, "location-not-served"),
        (39, "incomplete"),
        (37, "location-unknown"),
        (35, "object-missing"),
        (33, "expiring"),
        (31, "share-not-unc"),
        (29, "local-admin-name"),
        (27, "local-token"),
        (47, "placeholder-in-use"),
        (25, "entra-source-app"),
        (9, "chat-destination-open"),
        (19, "expiry-unknown"),
        (17, "container-empty"),
        (15, "single-credential"),
        (13, "app-profile-alone"),
    ];
    assert!(published.iter().all(|it| all.contains(it)), "{all:?}");
    let bits: BTreeSet<_> = all.iter().map(|it| it.0).collect();
    assert_eq!(bits.len(), all.len(), "a bit twice");
}

/// The level of a row is read off its bits, and the form has three lines for a rule.
#[test]
fn rules_of_forms_are_of_the_level_of_their_bit_and_fit_the_screen() {
    for rule in judge::all() {
        assert_eq!(rule.bit.map(|it| it.level()), Some(rule.level), "{}", rule.id);
        assert!(!rule.word.is_empty() && rule.word.len() <= 15, "{}", rule.id);
        assert!(rule.since > 0, "{}", rule.id);
        let length = rule.advice().chars().count();
        assert!((20..=ADVICE_MAX).contains(&length), "{} has {length}", rule.id);
    }
}

/// What no page of the vendor states says so, and is never required (types.md: O, I, NF).
#[test]
fn what_is_not_confirmed_says_so_and_is_never_required() {
    let open = [
        (ConnectionType::SharePoint, "admin_url"),
        (ConnectionType::OneDrive, "admin_url"),
        (ConnectionType::TeamChat, "admin_url"),
        (ConnectionType::TeamChat, "delegated"),
        (ConnectionType::TeamChat, "placeholder"),
        (ConnectionType::ActiveDirectory, "domain"),
    ];
    for (kind, key) in open {
        let field = specs::of(kind).unwrap().field(key).unwrap();
        assert!(field.help.contains("ot confirmed"), "{kind:?} {key}");
        assert_eq!(field.need, Need::Optional, "{kind:?} {key}");
    }
}

/// A pointer to the vendor's page, but for Groups, whose permissions the catalogue has, and types of
/// which no page was found.
#[test]
fn each_type_names_the_page_with_its_permissions() {
    let without: Vec<_> =
        specs::ALL.iter().filter(|it| it.permissions.is_empty()).map(|it| it.kind).collect();
    assert_eq!(without, [ConnectionType::M365Group, ConnectionType::HostedExchange]);
    assert!(
        specs::ALL
            .iter()
            .all(|it| it.permissions.is_empty() || it.permissions.starts_with("AvePoint"))
    );
}

/// The page of the documentation has each type, its name in files, and the page of the vendor.
#[test]
fn the_documentation_lists_every_type() {
    let page = include_str!("../../../docs/connection-types.md");
    for spec in specs::ALL {
        let (label, slug) = (spec.kind.label(), spec.kind.slug());
        assert!(page.contains(&format!("| {label} | `{slug}` |")), "{slug}");
        let row = format!("| {label} | {} |", spec.permissions);
        assert!(spec.permissions.is_empty() || page.contains(&row), "{slug}");
    }
    for (kind, _) in specs::LISTED {
        assert!(page.contains(&kind.label().to_string()), "{kind:?}");
    }
}

/// A type has a form or a reason why not.
#[test]
fn what_is_listed_only_says_why() {
    for kind in ConnectionType::all().filter(|it| !form::has_form(*it)) {
        assert!(specs::LISTED.iter().any(|(it, _)| *it == kind), "{}", kind.label());
        assert!(specs::why_listed(kind).contains("not known"), "{}", kind.label());
    }
    for kind in [ConnectionType::Unknown, ConnectionType::Other(99)] {
        assert!(specs::why_listed(kind).contains("does not know the type"));
    }
}

#[test]
fn every_pick_list_that_the_portal_fills_says_where() {
    each_field(|_, field| {
        use super::super::Source;
        let wants = match field.kind.source() {
            Some(Source::Locations { .. }) | None => false,
            Some(_) => true,
        };
        assert!(!wants || field.link.is_some(), "{}", field.key);
        let Some(link) = field.link else { return };
        assert!(!link.menu().is_empty());
        let all = Portals {
            commercial: Some("https://com.example".to_owned()),
            usgov: Some("https://gov.example".to_owned()),
            china_21vianet: Some("https://cn.example".to_owned()),
        };
        let clouds: [&[Trait]; 3] = [&[], &[Trait::UsGov], &[Trait::China21Vianet]];
        for (traits, host) in clouds.into_iter().zip(["com.", "gov.", "cn."]) {
            let tenant = Some(pick("t", traits).traits);
            assert!(link.url(&all, tenant).unwrap().starts_with(&format!("https://{host}")));
            // An address of another cloud is none.
            assert_eq!(link.url(&Portals::default(), tenant), None);
        }
        let gov = Portals { commercial: None, china_21vianet: None, ..all.clone() };
        assert!(link.url(&gov, None).unwrap().starts_with("https://gov."));
        assert!(link.url(&all, None).unwrap().starts_with("https://com."));
    });
}

/// Facts that were read again on 2026-11-30: field, and words that carry each.
#[test]
fn facts_are_said_where_they_matter() {
    for (spec, key, words) in [
        (super::groups(), "delegated", "In a multi-geo destination"),
        (super::groups(), "accounts", "SharePoint Online ended legacy sign-in on 1 May 2026"),
        (super::device(), "destination", "Devices > Device onboarding > Enrollment > Windows"),
        (super::device(), "join", "WIP user scope: None"),
        (super::device(), "join", "Global Administrator of the destination"),
        (super::device(), "bulk_tokens", "Global, Cloud Device, Intune or Password Administrator"),
        (super::device(), "bulk_tokens", "administrative unit"),
        (super::device(), "bulk_tokens", "00000014-0000-0000-c000-000000000000"),
        (super::device(), "agent", "the .msi or .exe by hand"),
    ] {
        let field = spec.field(key).unwrap();
        let said = field.notes.iter().any(|it| it.text.contains(words));
        assert!(said || field.help.contains(words), "{key}: {words}");
    }
}

/// The form asks for Directory.Read.All where the catalogue does: at every multi-geo destination.
#[test]
fn directory_read_is_asked_where_the_catalogue_asks_for_it() {
    for values in branches(super::groups()) {
        let geo = values.picks("tenant").iter().any(|it| it.traits.has(Trait::MultiGeo));
        let own = values.picks("delegated").iter().any(|it| it.traits.has(Trait::CustomDelegated));
        let asked = geo
            && own
            && values.choice("service_auth") == Some("modern")
            && values.choice("used_as") != Some("source");
        let said = super::advice(super::groups(), &values, "Directory.Read.All");
        assert_eq!(said, asked, "{values:#?}");
    }
}
