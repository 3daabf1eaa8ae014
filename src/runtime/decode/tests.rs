//! What terminals send, as keys; and that nothing of it is lost.

use proptest::prelude::*;

use super::*;
use crate::app::{Action, Context, Keymap};

/// Everything that comes of bytes which arrive in these pieces, then nothing more.
fn decoded(pieces: &[&[u8]]) -> Vec<Input> {
    let (mut decoder, mut out) = (Decoder::default(), Vec::new());
    for piece in pieces {
        decoder.feed(piece, &mut out);
    }
    decoder.settle(&mut out);
    assert_eq!(decoder.waits(), None, "{pieces:?}");
    out
}

/// The same in words: keys as the config names them, `meta+` for those behind an escape.
fn words(bytes: &[u8]) -> String {
    let word = |input: &Input| match input {
        Input::Key(key) => key.to_string(),
        Input::Meta(key) => format!("meta+{key}"),
        other => format!("{other:?}"),
    };
    decoded(&[bytes]).iter().map(word).collect::<Vec<_>>().join(" ")
}

#[test]
fn terminals_send_keys_in_many_ways() {
    let table: &[(&[u8], &str)] = &[
        (b"d", "d"),
        (b"D", "D"),
        (" ".as_bytes(), "space"),
        ("ß".as_bytes(), "ß"),
        (b"\r", "enter"),
        (b"\n", "ctrl-j"),
        (b"\t", "tab"),
        (b"\x7f", "backspace"),
        (b"\x08", "backspace"),
        (b"\x13", "ctrl-s"),
        (b"\x00", "ctrl-space"),
        (b"\x1b", "esc"),
        (b"\x1b[A", "up"),
        (b"\x1bOA", "up"),
        (b"\x1b[1;2A", "shift-up"),
        (b"\x1b[a", "shift-up"),
        (b"\x1b[1;5D", "ctrl-left"),
        (b"\x1b[1;3D", "alt-left"),
        (b"\x1b[Z", "shift-tab"),
        (b"\x1b[H", "home"),
        (b"\x1b[1~", "home"),
        (b"\x1b[7~", "home"),
        (b"\x1b[3~", "del"),
        (b"\x1b[3;2~", "shift-del"),
        (b"\x1b[3$", "shift-del"),
        (b"\x1b[3^", "ctrl-del"),
        (b"\x1b[6~", "pgdn"),
        (b"\x1bOP", "f1"),
        (b"\x1b[11~", "f1"),
        (b"\x1b[[A", "f1"),
        (b"\x1b[15~", "f5"),
        (b"\x1b[17~", "f6"),
        (b"\x1b[24~", "f12"),
        (b"\x1b[25~", ""),
        (b"\x1b[1;2P", "shift-f1"),
        // kitty's protocol and xterm's modifyOtherKeys.
        (b"\x1b[97u", "a"),
        (b"\x1b[97;5u", "ctrl-a"),
        (b"\x1b[97;2u", "A"),
        (b"\x1b[97:65;2u", "A"),
        (b"\x1b[223;2u", "ß"),
        (b"\x1b[92;3u", "alt-\\"),
        (b"\x1b[64;7u", "ctrl-alt-@"),
        (b"\x1b[113;7;64u", "@"),
        (b"\x1b[27;7;123~", "ctrl-alt-{"),
        (b"\x1b[13;2u", "shift-enter"),
        (b"\x1b[27u", "esc"),
        (b"\x1b[57404u", "5"),
        (b"\x1b[57358u", ""),
        // Released, or the desktop's.
        (b"\x1b[97;1:3u", ""),
        (b"\x1b[1;1:3A", ""),
        (b"\x1b[97;9u", ""),
        // Escape and a key at once.
        (b"\x1b\x1b[A", "esc up"),
        (b"\x1b\x1b", "esc esc"),
        (b"\x1b\r", "meta+enter"),
        (b"\x1b\x13", "meta+ctrl-s"),
        (b"\x1b\x7f", "meta+backspace"),
        (b"\x1bq", "meta+q"),
        ("\x1b€".as_bytes(), "meta+€"),
        // What only begins like a sequence.
        (b"\x1b[", "meta+["),
        (b"\x1bO", "meta+O"),
        (b"\x1bOx", "meta+O x"),
        (b"\x1b]", "meta+]"),
        (b"\x1b[\x1b[B", "meta+[ down"),
        ("\x1b[ä".as_bytes(), "meta+[ ä"),
        // What a terminal reports is no key.
        (b"\x1b[?1;2c", ""),
        (b"\x1b[12;40R", ""),
        (b"\x1b[?2026;2$y", ""),
        (b"\x1b[I\x1b[O", ""),
        (b"\x1b[M !!", ""),
        // The mouse.
        (b"\x1b[<0;4;5M", "Click(3, 4)"),
        (b"\x1b[<0;4;5m", ""),
        (b"\x1b[<64;1;1M", "Wheel(-3)"),
        (b"\x1b[<65;1;1M", "Wheel(3)"),
        (b"\x1b[<2;1;1M", ""),
        (b"\x1b[<35;1;1M", ""),
        // Latin-1 from a terminal that speaks no UTF-8.
        (b"\xe4b", "ä b"),
        (b"b\xe4", "b ä"),
        (b"\x1b\xe4", "meta+ä"),
        (b"\x85", ""),
        // Pastes.
        (b"\x1b[200~a\r\x1b[Ab\x1b[201~c", "Paste(\"a\\r\\u{1b}[Ab\") c"),
        (b"\x1b[201~", ""),
    ];
    for (bytes, expected) in table {
        assert_eq!(words(bytes), *expected, "{:?}", String::from_utf8_lossy(bytes));
    }
}

/// What xterm sends for a key.
fn encoded(key: Key) -> Vec<u8> {
    let mask = 1 + u8::from(key.shift) + 2 * u8::from(key.alt) + 4 * u8::from(key.ctrl);
    let csi = |number: u32, last: char| {
        if mask == 1 {
            format!("\x1b[{number}{last}")
        } else {
            format!("\x1b[{number};{mask}{last}")
        }
    };
    let text = match key.name {
        KeyName::Char(c) if key.ctrl || key.alt => csi(u32::from(c), 'u'),
        KeyName::Char(c) => c.to_string(),
        KeyName::Enter if mask == 1 => "\r".to_owned(),
        KeyName::Tab if mask == 1 => "\t".to_owned(),
        KeyName::Backspace if mask == 1 => "\x7f".to_owned(),
        KeyName::Esc if mask == 1 => "\x1b".to_owned(),
        KeyName::Enter => csi(13, 'u'),
        KeyName::Tab => csi(9, 'u'),
        KeyName::Backspace => csi(127, 'u'),
        KeyName::Esc => csi(27, 'u'),
        KeyName::Up => csi(1, 'A'),
        KeyName::Down => csi(1, 'B'),
        KeyName::Right => csi(1, 'C'),
        KeyName::Left => csi(1, 'D'),
        KeyName::Home => csi(1, 'H'),
        KeyName::End => csi(1, 'F'),
        KeyName::Insert => csi(2, '~'),
        KeyName::Delete => csi(3, '~'),
        KeyName::PageUp => csi(5, '~'),
        KeyName::PageDown => csi(6, '~'),
        KeyName::F(number @ 1..=5) => csi(10 + u32::from(number), '~'),
        KeyName::F(number @ 6..=10) => csi(11 + u32::from(number), '~'),
        KeyName::F(number) => csi(12 + u32::from(number), '~'),
    };
    text.into_bytes()
}

#[test]
fn every_bound_key_can_be_typed() {
    let keymap = Keymap::default();
    for context in Context::ALL {
        for action in Action::ALL {
            for bound in keymap.keys(context, *action) {
                let came = decoded(&[&encoded(*bound)]);
                assert_eq!(came, [Input::Key(*bound)], "{action:?} in {context:?}");
            }
        }
    }
}

/// AltGr: an escape and any character is that character, in one piece or two.
#[test]
fn every_character_behind_an_escape_is_kept() {
    let others = ['ä', '€', '¬', 'ł', '’', '漢', '🚀'];
    for c in ('\u{20}'..='\u{7e}').chain(others) {
        let text = format!("\x1b{c}");
        let expected = [Input::Meta(Key::char(c))];
        assert_eq!(decoded(&[text.as_bytes()]), expected, "{c:?}");
        let (escape, rest) = text.as_bytes().split_at(1);
        assert_eq!(decoded(&[escape, rest]), expected, "{c:?} in two pieces");
    }
}

#[test]
fn a_paste_is_bounded_and_ends_by_itself() {
    let huge = "x".repeat(3 * PASTE_MAX);
    let came = decoded(&[b"\x1b[200~", huge.as_bytes(), b"\x1b[201~q"]);
    let [Input::Paste(text), Input::Key(key)] = came.as_slice() else { panic!("{}", came.len()) };
    assert_eq!((text.len(), *key), (PASTE_MAX, Key::char('q')));
    // The mark behind it never comes: what is typed then is typed.
    let (mut decoder, mut out) = (Decoder::default(), Vec::new());
    decoder.feed(b"\x1b[200~abc", &mut out);
    assert_eq!((decoder.waits(), out.len()), (Some(PASTE), 0));
    decoder.settle(&mut out);
    decoder.feed(b"q", &mut out);
    assert_eq!(out, [Input::Paste("abc".to_owned()), Input::Key(Key::char('q'))]);
}

fn any_piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        ".{0,4}".prop_map(String::into_bytes),
        prop::sample::select(vec![
            "\x1b",
            "\x1b[A",
            "\x1bO",
            "\x1b[",
            "\x1b[1;5D",
            "\x1b[92;3u",
            "\x1b[200~",
            "\x1b[201~",
            "\x1b[<0;4;5M",
            "\x1b[15~",
            "\r",
            "\x13",
            "ä",
        ])
        .prop_map(|it| it.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..6),
    ]
}

proptest! {
    /// However the line breaks what is sent, the same comes of it.
    #[test]
    fn pieces_make_no_difference(
        pieces in prop::collection::vec(any_piece(), 0..12),
        cut in 1usize..7,
    ) {
        let whole: Vec<u8> = pieces.concat();
        let cuts: Vec<&[u8]> = whole.chunks(cut).collect();
        prop_assert_eq!(decoded(&[&whole]), decoded(&cuts));
    }

    /// What is printable and outside of sequences comes back whole.
    #[test]
    fn no_character_is_lost(text in "[^\\p{Cc}]{0,40}") {
        let came: String = decoded(&[text.as_bytes()])
            .iter()
            .filter_map(|it| match it {
                Input::Key(key) => key.typed(),
                _ => None,
            })
            .collect();
        prop_assert_eq!(came, text);
    }
}
