//! Random walks over a form, and what must hold after every step.

use proptest::prelude::*;

use super::super::{
    Field, Kind, Picked, Source, Spec, Trait, Value, Values, branches, check_field, edit, initial,
    picked, review, set_choice, set_toggle, specs, submit, switch_type,
};
use super::{device, directory_of, groups, limits, pick, saved, tenant_pick};
use crate::domain::{Held, ProfileKind, Secret};

/// One step of a walk: which field, and a number that decides what is done to it.
type Move = (usize, u8);

const TEXTS: [&str; 8] = [
    "",
    " Contoso ",
    "a\u{202e}b",
    "user@contoso.example",
    "corp.contoso.example",
    r"\\files\fly\join.ppkg",
    "2027-03-31",
    "11111111-2222-4333-8444-555555555555",
];

/// Traits that an object of this pick list can have.
fn traits(field: &Field, how: usize) -> Vec<Trait> {
    let mut all = match field.kind.source() {
        Some(Source::AppProfiles { .. }) => {
            let kinds = ProfileKind::ALL.map(Trait::from);
            let mut all = vec![kinds[how % kinds.len()]];
            all.extend((how.is_multiple_of(4)).then_some(Trait::Invalid));
            all
        }
        Some(Source::ServiceAccounts { .. }) => match how % 5 {
            0 => vec![Trait::Mfa],
            1 => vec![Trait::MfaUnknown],
            2 => vec![Trait::Disabled, Trait::NoMailbox],
            _ => vec![],
        },
        Some(Source::Containers { .. }) if how.is_multiple_of(2) => vec![Trait::Empty],
        _ => vec![],
    };
    all.extend((how.is_multiple_of(7)).then_some(Trait::Missing));
    all
}

fn act(spec: &'static Spec, values: &mut Values, (at, how): Move) {
    let fields: Vec<_> = spec.fields().collect();
    let field = fields[at % fields.len()];
    let how = usize::from(how);
    match field.kind {
        Kind::Choice(_) if field.key == "type" => {}
        Kind::Choice(options) => {
            set_choice(spec, values, field.key, options[how % options.len()].key);
        }
        Kind::Toggle => {
            set_toggle(spec, values, field.key, how.is_multiple_of(2));
        }
        Kind::Text { .. } | Kind::Day => {
            values.set(field.key, Value::Text(TEXTS[how % TEXTS.len()].to_owned()));
        }
        Kind::Secret { .. } => {
            let secret = ["", "x", "Made-up-1", "with\nbreak"][how % 4];
            values.set(field.key, Value::Secret(Held::New(Secret::new(secret))));
        }
        Kind::PickOne(Source::Tenants { .. }) => {
            let locations: &[&str] = if how.is_multiple_of(3) { &["EUR", "NAM"] } else { &[] };
            picked(spec, values, field.key, vec![tenant_pick(&format!("t{}", how % 5), locations)]);
        }
        Kind::PickOne(Source::Locations { tenant }) => {
            let offered = values.picks(tenant).first().map(edit::locations).unwrap_or_default();
            picked(spec, values, field.key, offered.into_iter().skip(how % 3).collect());
        }
        Kind::PickOne(_) | Kind::PickMany(_) => {
            let count = how % 3;
            let picks = (0..count).map(|n| pick(&format!("p{n}"), &traits(field, how))).collect();
            picked(spec, values, field.key, picks);
        }
        Kind::Key(_) | Kind::Tokens | Kind::Agent => {
            // Issued answers: taken from a branch that has them.
            let from = branches(spec).into_iter().find_map(|it| it.get(field.key).cloned());
            match from.filter(|_| how.is_multiple_of(2)) {
                Some(value) => values.set(field.key, value),
                None => _ = values.clear(field.key),
            }
        }
    }
}

fn walk(spec: &'static Spec, moves: &[Move]) -> Values {
    let mut values = initial(spec);
    for step in moves {
        act(spec, &mut values, *step);
    }
    values
}

fn spec() -> impl Strategy<Value = &'static Spec> {
    prop::sample::select(specs::ALL)
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    prop::collection::vec((0usize..64, any::<u8>()), 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn submit_always_answers_and_names_visible_fields_only(spec in spec(), moves in moves()) {
        let values = walk(spec, &moves);
        if let Err(errors) = submit(spec, &values, &limits()) {
            prop_assert!(!errors.is_empty());
            let visible: Vec<_> = spec.visible_fields(&values).map(|it| it.key).collect();
            let mut places = Vec::new();
            for error in &errors {
                let place = visible.iter().position(|key| *key == error.field);
                prop_assert!(place.is_some() && !error.message.is_empty(), "{error:?}");
                places.push(place);
            }
            prop_assert!(places.windows(2).all(|it| it[0] < it[1]), "one each, in order");
        }
        for field in spec.visible_fields(&values) {
            // A field's own error is among those of the whole.
            if let Some(error) = check_field(spec, &values, field.key, &limits()) {
                prop_assert!(submit(spec, &values, &limits()).unwrap_err().contains(&error));
            }
        }
        let _ = review(spec, &values, None);
    }

    #[test]
    fn a_hidden_answer_opens_nothing(spec in spec(), moves in moves()) {
        // Conditions read raw values: what they say must not depend on what is hidden.
        let values = walk(spec, &moves);
        let visible = spec.visible(&values);
        let keys = |values: &Values| -> Vec<_> { spec.visible_fields(values).map(|it| it.key).collect() };
        prop_assert_eq!(keys(&values), keys(&visible));
        let said = |values: &Values| -> Vec<_> {
            spec.advice(values).into_iter().map(|it| it.1.text).collect()
        };
        prop_assert_eq!(said(&values), said(&visible));
    }

    #[test]
    fn d17_hidden_answers_never_reach_the_draft(spec in spec(), moves in moves(), at in 0usize..999) {
        let all = branches(spec);
        let base = all[at % all.len()].clone();
        let draft = submit(spec, &base, &limits()).unwrap();
        // Whatever a walk leaves in fields that this branch does not ask changes nothing.
        let mut values = base.clone();
        for (key, value) in walk(spec, &moves).iter() {
            if !spec.visible_fields(&base).any(|it| it.key == key) {
                values.set(key, value.clone());
            }
        }
        prop_assert_eq!(submit(spec, &values, &limits()).unwrap(), draft);
    }

    #[test]
    fn d17_a_choice_and_back_keeps_everything(spec in spec(), moves in moves(), at in 0usize..64, to in any::<u8>()) {
        let values = walk(spec, &moves);
        let fields: Vec<_> = spec.fields().collect();
        let field = fields[at % fields.len()];
        let mut other = values.clone();
        match field.kind {
            Kind::Choice(options) => {
                let before = values.choice(field.key).unwrap();
                set_choice(spec, &mut other, field.key, options[usize::from(to) % options.len()].key);
                set_choice(spec, &mut other, field.key, before);
            }
            Kind::Toggle => {
                let before = values.toggle(field.key);
                set_toggle(spec, &mut other, field.key, !before);
                set_toggle(spec, &mut other, field.key, before);
            }
            _ => {}
        }
        prop_assert_eq!(&other, &values);
        for to in specs::ALL {
            switch_type(&mut other, to);
        }
        switch_type(&mut other, spec);
        prop_assert_eq!(spec.visible(&other), spec.visible(&values));
    }

    #[test]
    fn a_saved_form_opens_as_it_was(spec in spec(), at in 0usize..999, moves in moves()) {
        let all = branches(spec);
        let mut values = all[at % all.len()].clone();
        values.set("description", Value::Text("Wave 2".to_owned()));
        if let Some(after) = moves.first() {
            act(spec, &mut values, *after);
        }
        let Ok(draft) = submit(spec, &values, &limits()) else { return Ok(()) };
        let directory = directory_of(spec, &values);
        // Canonical: what was saved is what is asked for again.
        edit::refresh(spec, &mut values, &directory);
        let connection = saved(draft.clone());
        let opened = spec.opened(&connection, &directory);
        prop_assert_eq!(submit(spec, &opened, &limits()), Ok(draft));
        let gone = |it: &Picked| it.traits.has(Trait::Missing);
        if spec.fields().any(|field| values.picks(field.key).iter().any(gone)) {
            // What kind of profile it was cannot be known any more.
            return Ok(());
        }
        let mut asked: Values = spec.visible(&values);
        for field in spec.fields() {
            // Texts come back trimmed; an empty one does not come back.
            if let Some(Value::Text(text)) = asked.get(field.key).cloned() {
                match text.trim() {
                    "" => _ = asked.clear(field.key),
                    trimmed => asked.set(field.key, Value::Text(trimmed.to_owned())),
                }
            }
        }
        prop_assert_eq!(spec.visible(&opened), asked);
    }
}

#[test]
fn every_branch_opens_as_it_was_saved() {
    for spec in specs::ALL {
        for values in branches(spec) {
            let draft = submit(spec, &values, &limits()).unwrap();
            let opened = spec.opened(&saved(draft), &directory_of(spec, &values));
            assert_eq!(spec.visible(&opened), spec.visible(&values));
        }
    }
}

#[test]
fn a_form_opens_a_record_of_the_other_type_without_its_answers() {
    // Never asked for by the program; total all the same.
    let draft = submit(device(), &branches(device())[0], &limits()).unwrap();
    let values = groups().opened(&saved(draft), &Default::default());
    assert!(!values.answered("tenant"));
}
