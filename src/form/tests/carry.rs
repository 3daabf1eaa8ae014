//! What a changed choice carries over from the branch that was left.

use super::super::{Kind, Trait, Values, carry, initial, picked, set_choice, set_toggle, specs};
use super::{device, pick};

/// Chooses options and turns toggles on (`field`, `on`) as the form does, carrying each time.
fn go(values: &mut Values, moves: &[(&str, &str)]) {
    for (key, option) in moves {
        let before = values.clone();
        let known = match *option {
            "on" | "off" => set_toggle(device(), values, key, *option == "on"),
            option => set_choice(device(), values, key, option),
        };
        assert!(known, "{key} {option}");
        carry(device(), &before, values);
    }
}

fn picks(values: &Values, key: &str) -> Vec<String> {
    values.picks(key).iter().map(|it| it.id.0.clone()).collect()
}

/// A source with tenant and app profile.
fn source(traits: &[Trait]) -> Values {
    let mut values = initial(device());
    go(&mut values, &[("side", "source"), ("entra", "on")]);
    picked(device(), &mut values, "source_tenant", vec![pick("t1", &[])]);
    picked(device(), &mut values, "source_app_profile", vec![pick("p1", traits)]);
    values
}

#[test]
fn tenant_and_app_profile_go_along_to_the_other_side() {
    let fly = [Trait::FlyForDevice];
    let custom = [Trait::CustomApp];
    let hybrid: &[_] = &[("side", "destination"), ("destination", "hybrid")];
    let file: &[_] =
        &[("side", "destination"), ("destination", "entra-id"), ("join", "enrolment-file")];
    let token: &[_] =
        &[("side", "destination"), ("destination", "entra-id"), ("join", "bulk-token")];
    // Where to, with which profile, and the field that has it then.
    for (moves, traits, field) in [
        (hybrid, &fly[..], "app_profile"),
        (hybrid, &custom[..], "app_profile"),
        (file, &fly[..], "app_profile"),
        (token, &fly[..], "join_app_profile"),
    ] {
        let mut values = source(traits);
        go(&mut values, moves);
        assert_eq!(picks(&values, "tenant"), ["t1"], "{moves:?}");
        assert_eq!(picks(&values, field), ["p1"], "{moves:?}");
        // And what was left is as it was.
        assert_eq!(picks(&values, "source_tenant"), ["t1"], "{moves:?}");
    }
}

#[test]
fn what_does_not_fit_or_is_answered_stays() {
    let to_hybrid: &[_] = &[("side", "destination"), ("destination", "hybrid")];
    // A profile of another tenant.
    let mut values = source(&[Trait::FlyForDevice]);
    picked(device(), &mut values, "tenant", vec![pick("t2", &[])]);
    go(&mut values, to_hybrid);
    assert_eq!(
        (picks(&values, "tenant"), picks(&values, "app_profile")),
        (vec!["t2".into()], vec![])
    );
    // A profile of a kind that the other field refuses.
    let mut values = source(&[Trait::FlyApp]);
    go(&mut values, to_hybrid);
    assert_eq!((picks(&values, "tenant").len(), picks(&values, "app_profile").len()), (1, 0));
    // What the user emptied is not filled again while it is asked.
    let mut values = source(&[Trait::FlyForDevice]);
    go(&mut values, to_hybrid);
    picked(device(), &mut values, "tenant", Vec::new());
    go(&mut values, &[("rejoin", "offline")]);
    assert!(picks(&values, "tenant").is_empty());
}

#[test]
fn the_way_back_finds_what_was_answered_there() {
    let mut values = initial(device());
    go(&mut values, &[("side", "destination"), ("destination", "hybrid")]);
    picked(device(), &mut values, "tenant", vec![pick("t1", &[])]);
    go(&mut values, &[("side", "source")]);
    assert!(picks(&values, "source_tenant").is_empty(), "not asked yet");
    go(&mut values, &[("entra", "on")]);
    assert_eq!(picks(&values, "source_tenant"), ["t1"]);
}

/// In every form: carrying changes only what was not asked before and is not answered.
#[test]
fn carrying_changes_no_answer() {
    for spec in specs::ALL {
        for field in spec.fields() {
            let Kind::Choice(options) = field.kind else { continue };
            for option in options {
                let before = initial(spec);
                let mut values = before.clone();
                set_choice(spec, &mut values, field.key, option.key);
                let chosen = values.clone();
                carry(spec, &before, &mut values);
                assert_eq!(values, chosen, "{} {}", field.key, option.key);
            }
        }
    }
}
