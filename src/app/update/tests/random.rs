//! Random events: no panic, and cursor, scroll and selection stay valid.

use super::*;
use crate::app::{Key, KeyName};
use proptest::prelude::*;

fn any_key() -> impl Strategy<Value = Msg> {
    let names = prop_oneof![
        8 => prop::char::range(' ', '~').prop_map(KeyName::Char),
        1 => any::<char>().prop_map(KeyName::Char),
        1 => (1u8..=12).prop_map(KeyName::F),
        8 => prop::sample::select(vec![
            KeyName::Enter, KeyName::Esc, KeyName::Tab, KeyName::Backspace, KeyName::Delete,
            KeyName::Up, KeyName::Down, KeyName::Left, KeyName::Right, KeyName::Home,
            KeyName::End, KeyName::PageUp, KeyName::PageDown,
        ]),
    ];
    let rarely = || prop::bool::weighted(0.1);
    (names, prop::bool::weighted(0.15), rarely(), rarely(), rarely()).prop_map(
        |(name, ctrl, alt, shift, meta)| {
            let key = Key { name, ctrl, alt: alt && !meta, shift };
            if meta { Msg::Meta(key) } else { Msg::Key(key) }
        },
    )
}

fn any_msg() -> impl Strategy<Value = Msg> {
    prop_oneof![
        20 => any_key(),
        1 => ".{0,40}".prop_map(Msg::Paste),
        2 => "[ -~\r\n\t]{1,12}".prop_map(Msg::Typed),
        4 => Just(Msg::Shown(u64::MAX)),
        1 => (0u16..200, 0u16..60).prop_map(|(x, y)| Msg::Resize(x, y)),
        1 => (0u16..200, 0u16..60).prop_map(|(x, y)| Msg::Click(x, y)),
        1 => (-5i16..5).prop_map(Msg::Wheel),
        1 => Just(Msg::Autosave),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn events_keep_the_model_valid(events in prop::collection::vec(any_msg(), 0..120)) {
        let mut model = listing(&["alpha", "beta-groups", "gamma", "delta"]);
        for event in events {
            let event = match event {
                Msg::Shown(_) => Msg::Shown(model.asked),
                other => other,
            };
            send(&mut model, event);
            let list = &model.list;
            prop_assert!(list.at < list.shown.len().max(1));
            prop_assert!(list.top <= list.at);
            prop_assert!(list.marks.iter().all(|id| list.rows.by_id(*id).is_some()));
            if let Some(form) = model.screens.form() {
                prop_assert!(form.step <= form.steps().len());
                prop_assert!(form.in_review() || form.field < form.fields().len());
            }
        }
    }
}
