//! What comes from the terminal, as messages.
//!
//! A thread of its own reads: crossterm's reader blocks on half a sequence and spins when the
//! terminal is gone (crossterm #793), and neither may ever hold up the loop, which is why its
//! `EventStream` is not used. A lone escape comes through at once.

use std::time::Duration;

use crossterm::event::{
    Event as TerminalEvent, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton,
    MouseEventKind,
};
use tokio::sync::mpsc::UnboundedSender;

use super::session::Event;
use super::watch::Ending;
use crate::app::{Key, KeyName, Msg};

/// Rows that one notch of the wheel moves.
const NOTCH: i16 = 3;
/// Failures in a row after which the terminal counts as gone.
const PATIENCE: usize = 16;

/// Starts to read the terminal. The thread ends with the process, or when nobody listens.
///
/// # Errors
/// When the terminal cannot be read or no thread can be started.
pub fn start(sender: UnboundedSender<Event>) -> std::io::Result<()> {
    // Sets the reader up, so that no change of the size is missed before the thread runs.
    crossterm::event::poll(Duration::ZERO)?;
    std::thread::Builder::new().name("input".into()).spawn(move || {
        let mut failures = 0;
        while failures < PATIENCE {
            match crossterm::event::read() {
                Ok(event) => {
                    failures = 0;
                    if sender.send(Event::Input(event)).is_err() {
                        return;
                    }
                }
                Err(_) => failures += 1,
            }
        }
        let _ = sender.send(Event::End(Ending::HungUp));
    })?;
    Ok(())
}

/// The message an event stands for; `None` for what is of no concern.
pub fn message(event: TerminalEvent) -> Option<Msg> {
    match event {
        TerminalEvent::Key(event) => key(event).map(Msg::Key),
        TerminalEvent::Paste(text) => Some(Msg::Paste(text)),
        TerminalEvent::Resize(width, height) => Some(Msg::Resize(width, height)),
        TerminalEvent::Mouse(event) => match event.kind {
            MouseEventKind::Down(MouseButton::Left) => Some(Msg::Click(event.column, event.row)),
            MouseEventKind::ScrollDown => Some(Msg::Wheel(NOTCH)),
            MouseEventKind::ScrollUp => Some(Msg::Wheel(-NOTCH)),
            MouseEventKind::Down(MouseButton::Right | MouseButton::Middle)
            | MouseEventKind::Up(_)
            | MouseEventKind::Drag(_)
            | MouseEventKind::Moved
            | MouseEventKind::ScrollLeft
            | MouseEventKind::ScrollRight => None,
        },
        TerminalEvent::FocusGained | TerminalEvent::FocusLost => None,
    }
}

/// Two messages of which only the sum or the last counts, as one.
pub fn merged(first: &Msg, second: &Msg) -> Option<Msg> {
    match (first, second) {
        (Msg::Resize(..), Msg::Resize(width, height)) => Some(Msg::Resize(*width, *height)),
        (Msg::Wheel(one), Msg::Wheel(other)) => Some(Msg::Wheel(one.saturating_add(*other))),
        _ => None,
    }
}

/// The key of an event; `None` for releases and for keys without a name.
pub fn key(event: KeyEvent) -> Option<Key> {
    match event.kind {
        KeyEventKind::Press | KeyEventKind::Repeat => {}
        // UX.md §4: Windows and kitty tell releases as well.
        KeyEventKind::Release => return None,
    }
    let has = |modifier| event.modifiers.contains(modifier);
    // These belong to the desktop.
    if has(KeyModifiers::SUPER) || has(KeyModifiers::HYPER) {
        return None;
    }
    let mut shift = has(KeyModifiers::SHIFT);
    let mut ctrl = has(KeyModifiers::CONTROL);
    let name = match event.code {
        // What a backspace key sends where the terminal is set to ^H.
        KeyCode::Char('h' | 'H') if ctrl => {
            ctrl = false;
            KeyName::Backspace
        }
        KeyCode::Char(c) => {
            let mut upper = c.to_uppercase();
            let c = match (shift, upper.next(), upper.next()) {
                (true, Some(upper), None) => upper,
                // Some letters have no single capital.
                _ => c,
            };
            shift = false;
            KeyName::Char(c)
        }
        KeyCode::BackTab => {
            shift = true;
            KeyName::Tab
        }
        KeyCode::Tab => KeyName::Tab,
        KeyCode::Enter => KeyName::Enter,
        KeyCode::Esc => KeyName::Esc,
        KeyCode::Backspace => KeyName::Backspace,
        KeyCode::Delete => KeyName::Delete,
        KeyCode::Insert => KeyName::Insert,
        KeyCode::Up => KeyName::Up,
        KeyCode::Down => KeyName::Down,
        KeyCode::Left => KeyName::Left,
        KeyCode::Right => KeyName::Right,
        KeyCode::Home => KeyName::Home,
        KeyCode::End => KeyName::End,
        KeyCode::PageUp => KeyName::PageUp,
        KeyCode::PageDown => KeyName::PageDown,
        KeyCode::F(number @ 1..=12) => KeyName::F(number),
        KeyCode::F(_)
        | KeyCode::Null
        | KeyCode::CapsLock
        | KeyCode::ScrollLock
        | KeyCode::NumLock
        | KeyCode::PrintScreen
        | KeyCode::Pause
        | KeyCode::Menu
        | KeyCode::KeypadBegin
        | KeyCode::Media(_)
        | KeyCode::Modifier(_) => return None,
    };
    Some(Key { name, ctrl, alt: has(KeyModifiers::ALT) || has(KeyModifiers::META), shift })
}

/// The event that a terminal sends for a key: the way back, for tests that type.
pub fn event(key: Key) -> TerminalEvent {
    let code = match key.name {
        KeyName::Char(c) => KeyCode::Char(c),
        KeyName::F(number) => KeyCode::F(number),
        KeyName::Tab if key.shift => KeyCode::BackTab,
        KeyName::Tab => KeyCode::Tab,
        KeyName::Enter => KeyCode::Enter,
        KeyName::Esc => KeyCode::Esc,
        KeyName::Backspace => KeyCode::Backspace,
        KeyName::Delete => KeyCode::Delete,
        KeyName::Insert => KeyCode::Insert,
        KeyName::Up => KeyCode::Up,
        KeyName::Down => KeyCode::Down,
        KeyName::Left => KeyCode::Left,
        KeyName::Right => KeyCode::Right,
        KeyName::Home => KeyCode::Home,
        KeyName::End => KeyCode::End,
        KeyName::PageUp => KeyCode::PageUp,
        KeyName::PageDown => KeyCode::PageDown,
    };
    let mut modifiers = KeyModifiers::NONE;
    for (on, modifier) in [
        (key.ctrl, KeyModifiers::CONTROL),
        (key.alt, KeyModifiers::ALT),
        (key.shift, KeyModifiers::SHIFT),
    ] {
        if on {
            modifiers |= modifier;
        }
    }
    TerminalEvent::Key(KeyEvent::new(code, modifiers))
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyEventState, MouseEvent};

    use super::*;
    use crate::app::{Action, Context, Keymap};

    fn named(code: KeyCode, modifiers: KeyModifiers) -> Option<String> {
        key(KeyEvent::new(code, modifiers)).map(|it| it.to_string())
    }

    #[test]
    fn keys_have_the_names_of_the_config() {
        let (none, shift, ctrl, alt) =
            (KeyModifiers::NONE, KeyModifiers::SHIFT, KeyModifiers::CONTROL, KeyModifiers::ALT);
        let table = [
            (KeyCode::Char('d'), none, "d"),
            (KeyCode::Char('D'), shift, "D"),
            // Terminals with the kitty protocol may send the unshifted character.
            (KeyCode::Char('d'), shift, "D"),
            (KeyCode::Char('?'), shift, "?"),
            (KeyCode::Char('ß'), shift, "ß"),
            (KeyCode::Char(' '), none, "space"),
            (KeyCode::Char('s'), ctrl, "ctrl-s"),
            (KeyCode::Char('h'), ctrl, "backspace"),
            (KeyCode::Char('h'), ctrl | alt, "alt-backspace"),
            (KeyCode::Backspace, none, "backspace"),
            (KeyCode::Char('x'), alt, "alt-x"),
            (KeyCode::Char('x'), KeyModifiers::META, "alt-x"),
            (KeyCode::BackTab, shift, "shift-tab"),
            (KeyCode::BackTab, none, "shift-tab"),
            (KeyCode::Tab, shift, "shift-tab"),
            (KeyCode::Up, shift, "shift-up"),
            (KeyCode::Left, ctrl, "ctrl-left"),
            (KeyCode::F(12), none, "f12"),
            (KeyCode::PageDown, none, "pgdn"),
            (KeyCode::Esc, none, "esc"),
        ];
        for (code, modifiers, expected) in table {
            assert_eq!(named(code, modifiers).as_deref(), Some(expected), "{code:?} {modifiers:?}");
        }
        for (code, modifiers) in [
            (KeyCode::F(13), none),
            (KeyCode::CapsLock, none),
            (KeyCode::Char('d'), KeyModifiers::SUPER),
            (KeyCode::Null, none),
        ] {
            assert_eq!(named(code, modifiers), None, "{code:?}");
        }
    }

    #[test]
    fn presses_and_repeats_count_releases_do_not() {
        let event = |kind| KeyEvent {
            code: KeyCode::Char('a'),
            modifiers: KeyModifiers::NONE,
            kind,
            state: KeyEventState::NONE,
        };
        assert_eq!(key(event(KeyEventKind::Press)), Some(Key::char('a')));
        assert_eq!(key(event(KeyEventKind::Repeat)), Some(Key::char('a')));
        assert_eq!(key(event(KeyEventKind::Release)), None);
    }

    #[test]
    fn every_bound_key_can_be_typed() {
        let keymap = Keymap::default();
        for context in Context::ALL {
            for action in Action::ALL {
                for bound in keymap.keys(context, *action) {
                    let message = message(event(*bound));
                    assert_eq!(message, Some(Msg::Key(*bound)), "{action:?} in {context:?}");
                }
            }
        }
    }

    #[test]
    fn the_mouse_clicks_and_scrolls() {
        let mouse = |kind| {
            message(TerminalEvent::Mouse(MouseEvent {
                kind,
                column: 3,
                row: 4,
                modifiers: KeyModifiers::NONE,
            }))
        };
        assert_eq!(mouse(MouseEventKind::Down(MouseButton::Left)), Some(Msg::Click(3, 4)));
        assert_eq!(mouse(MouseEventKind::ScrollDown), Some(Msg::Wheel(3)));
        assert_eq!(mouse(MouseEventKind::ScrollUp), Some(Msg::Wheel(-3)));
        assert_eq!(mouse(MouseEventKind::Moved), None);
        assert_eq!(mouse(MouseEventKind::Up(MouseButton::Left)), None);
    }

    #[test]
    fn only_the_last_size_and_the_sum_of_the_wheel_count() {
        assert_eq!(merged(&Msg::Resize(1, 1), &Msg::Resize(80, 24)), Some(Msg::Resize(80, 24)));
        assert_eq!(merged(&Msg::Wheel(3), &Msg::Wheel(-6)), Some(Msg::Wheel(-3)));
        assert_eq!(merged(&Msg::Wheel(3), &Msg::Key(Key::char('a'))), None);
        assert_eq!(merged(&Msg::Paste("a".into()), &Msg::Paste("b".into())), None);
    }
}
