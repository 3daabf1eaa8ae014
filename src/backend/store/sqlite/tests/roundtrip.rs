//! Whatever is saved reads back the same, for answers of every shape.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::backend::store::Store;
use crate::domain::answers::{Answer, Objects};
use crate::domain::key::HeldKey;
use crate::domain::token::{BulkToken, TokenOrigin};
use crate::domain::{
    Answers, ConnectionType, Draft, Held, Listed, ObjectId, Secret, Side, Timestamp,
};
use crate::form::{Field, Kind, Spec, specs};
use crate::testing::contract::{block_on, new};

fn text() -> impl Strategy<Value = String> {
    "[ -~äöü漢🚀]{1,24}"
}

fn id() -> impl Strategy<Value = ObjectId> {
    text().prop_map(ObjectId)
}

fn hidden() -> impl Strategy<Value = Held> {
    // Any text at all: sealing does not look at it.
    "\\PC{0,40}|.{0,40}".prop_map(|it| Held::New(Secret::new(it)))
}

fn moment() -> impl Strategy<Value = Timestamp> {
    (-9_000_000_000i64..9_000_000_000, 0i32..1_000_000_000)
        .prop_map(|(second, nano)| Timestamp::new(second, nano.max(0)).unwrap())
}

fn key() -> impl Strategy<Value = HeldKey> {
    (text(), moment(), hidden()).prop_map(|(id, issued_at, value)| HeldKey { id, issued_at, value })
}

fn token() -> impl Strategy<Value = BulkToken> {
    (any::<u128>(), text(), moment(), moment(), any::<bool>(), hidden()).prop_map(
        |(id, display_name, issued_at, expires_at, local, value)| BulkToken {
            id: format!("{id:x}"),
            display_name,
            issued_at,
            expires_at,
            origin: if local { TokenOrigin::Local } else { TokenOrigin::Pasted },
            value,
        },
    )
}

/// Any answer that a field takes.
fn answer(field: &'static Field) -> BoxedStrategy<Answer> {
    match field.kind {
        Kind::Text { .. } => text().prop_map(Answer::Text).boxed(),
        Kind::Day => moment().prop_map(Answer::Day).boxed(),
        Kind::Toggle => Just(Answer::On(true)).boxed(),
        Kind::Choice(options) => {
            (0..options.len()).prop_map(|at| Answer::Choice(options[at].key.to_owned())).boxed()
        }
        Kind::PickOne(source) | Kind::PickMany(source) => match source.object() {
            None => text().prop_map(Answer::Code).boxed(),
            Some(kind) => (id(), vec(id(), 1..4))
                .prop_map(move |(tenant, ids)| Answer::Objects(Objects { kind, tenant, ids }))
                .boxed(),
        },
        Kind::Secret { .. } => hidden().prop_map(Answer::Secret).boxed(),
        Kind::Key(_) => key().prop_map(Answer::Key).boxed(),
        Kind::Tokens => vec(token(), 1..4).prop_map(Answer::Tokens).boxed(),
        Kind::Agent => Just(Answer::On(true)).boxed(),
    }
}

/// Some answers of a type, whether or not a form would ask them together.
fn form(spec: &'static Spec) -> impl Strategy<Value = (ConnectionType, Answers)> {
    let asked = |it: &&'static Field| !spec.is_common(it.key) && it.kind != Kind::Agent;
    let each = |it: &'static Field| {
        option::of(answer(it)).prop_map(|answer| Some((it.key.to_owned(), answer?)))
    };
    let all: Vec<_> = spec.fields().filter(asked).map(each).collect();
    all.prop_map(|all| (spec.kind, Answers::Form(all.into_iter().flatten().collect())))
}

fn draft() -> impl Strategy<Value = Draft> {
    let listed = (any::<u16>(), text()).prop_map(|(number, tenant)| {
        let answers = Answers::Listed(Listed { tenant, live: None });
        (ConnectionType::from_number(number), answers)
    });
    let forms = (0..specs::ALL.len()).prop_flat_map(|at| form(specs::ALL[at]));
    (text(), "[ -~]{0,40}", 0usize..3, prop_oneof![listed, forms]).prop_map(
        |(name, description, side, (kind, answers))| Draft {
            name: format!("n{name}"),
            description,
            kind,
            side: Side::ALL[side],
            answers,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn what_is_saved_reads_back(mut draft in draft()) {
        let store = Store::in_memory("anna").unwrap();
        block_on(async {
            let made = store.save(new(draft.clone())).await.unwrap();
            let read = store.connection(made.id).await.unwrap();
            prop_assert_eq!(&read, &made);
            prop_assert_eq!(&read.name, draft.name.trim());
            prop_assert_eq!(&read.description, draft.description.trim());
            prop_assert_eq!((read.kind, read.side), (draft.kind, draft.side));
            // Each secret opens to what was given; beyond the secrets the answers are the same.
            let mut answers = read.answers.clone();
            for ((field, stored), (_, given)) in
                answers.secrets_mut().into_iter().zip(draft.answers.secrets_mut())
            {
                let opened = store.reveal(read.id, field).await.unwrap();
                prop_assert_eq!(&Held::New(opened), &*given);
                *stored = given.clone();
            }
            prop_assert_eq!(answers, draft.answers);
            Ok(())
        })?;
    }
}
