//! The screens that lie over each other. The topmost has the keys, is drawn, and is what footer and
//! search are about. The list is always among them; a screen below it is put aside and comes back
//! as it was left.

use super::wizard::Wizard;
use super::{audit, diff, permissions, preflight, runbook};

macro_rules! screens {
    ($($(#[$doc:meta])* $kind:ident($state:ty): $get:ident, $get_mut:ident;)+) => {
        /// A screen with its state.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Screen {
            /// The connections. Their state stays in the model, because contexts remember it.
            List,
            $($(#[$doc])* $kind(Box<$state>),)+
        }

        /// Which screen.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ScreenKind {
            /// The connections.
            List,
            $($(#[$doc])* $kind,)+
        }

        impl Screen {
            /// Which screen it is.
            pub const fn kind(&self) -> ScreenKind {
                match self {
                    Self::List => ScreenKind::List,
                    $(Self::$kind(_) => ScreenKind::$kind,)+
                }
            }
        }

        impl Screens {
            $(
                /// Returns this screen wherever it lies.
                pub fn $get(&self) -> Option<&$state> {
                    self.0.iter().find_map(|it| match it {
                        Screen::$kind(state) => Some(&**state),
                        _ => None,
                    })
                }

                /// Returns this screen wherever it lies, to change it.
                pub fn $get_mut(&mut self) -> Option<&mut $state> {
                    self.0.iter_mut().find_map(|it| match it {
                        Screen::$kind(state) => Some(&mut **state),
                        _ => None,
                    })
                }
            )+
        }

        $(impl From<$state> for Screen {
            fn from(state: $state) -> Self {
                Self::$kind(Box::new(state))
            }
        })+
    };
}

screens! {
    /// The form in progress.
    Form(Wizard): form, form_mut;
    /// The permissions that a scenario needs.
    Permissions(permissions::Screen): permissions, permissions_mut;
    /// The audit.
    Audit(audit::Screen): audit, audit_mut;
    /// The plan compared with a live context.
    Diff(diff::Screen): diff, diff_mut;
    /// A portal runbook.
    Runbook(runbook::Screen): runbook, runbook_mut;
    /// The pre-flight.
    Preflight(preflight::Screen): preflight, preflight_mut;
}

/// Every screen, each at most once, the topmost last.
#[derive(Debug, Clone, PartialEq)]
pub struct Screens(Vec<Screen>);

impl Default for Screens {
    fn default() -> Self {
        Self(vec![Screen::List])
    }
}

impl Screens {
    /// Returns the topmost screen.
    pub fn top(&self) -> &Screen {
        self.0.last().unwrap_or(&Screen::List)
    }

    /// Returns the topmost screen, to change it.
    pub fn top_mut(&mut self) -> Option<&mut Screen> {
        self.0.last_mut()
    }

    /// Whether a screen lies over the list.
    pub fn is_open(&self, kind: ScreenKind) -> bool {
        self.0.iter().rev().take_while(|it| **it != Screen::List).any(|it| it.kind() == kind)
    }

    /// Opens a screen on top. One of its kind that is open is replaced where it lies.
    pub fn open(&mut self, screen: impl Into<Screen>) {
        let screen = screen.into();
        let kind = screen.kind();
        let open = self.is_open(kind);
        match self.0.iter_mut().find(|it| it.kind() == kind).filter(|_| open) {
            Some(old) => *old = screen,
            None => {
                self.close(kind);
                self.0.push(screen);
            }
        }
    }

    /// Closes a screen; whether it was there. The list stays.
    pub fn close(&mut self, kind: ScreenKind) -> bool {
        let before = self.0.len();
        self.0.retain(|it| it.kind() != kind || kind == ScreenKind::List);
        self.0.len() < before
    }

    /// Closes the form and returns it.
    pub fn take_form(&mut self) -> Option<Wizard> {
        let at = self.0.iter().position(|it| it.kind() == ScreenKind::Form)?;
        match self.0.remove(at) {
            Screen::Form(form) => Some(*form),
            _ => None,
        }
    }

    /// Puts a screen below the list, from where it comes back as it is.
    pub fn put_aside(&mut self, kind: ScreenKind) {
        self.shift(kind, 0);
    }

    /// Brings a screen to the top; whether it was there.
    pub fn bring_back(&mut self, kind: ScreenKind) -> bool {
        self.shift(kind, self.0.len().saturating_sub(1))
    }

    fn shift(&mut self, kind: ScreenKind, to: usize) -> bool {
        let at = self.0.iter().position(|it| it.kind() == kind && kind != ScreenKind::List);
        if let Some(at) = at {
            let screen = self.0.remove(at);
            self.0.insert(to, screen);
        }
        at.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(screens: &Screens) -> Vec<ScreenKind> {
        screens.0.iter().map(Screen::kind).collect()
    }

    fn comparison(plan: &str) -> diff::Screen {
        diff::Screen::new(plan.to_owned(), "live".to_owned())
    }

    #[test]
    fn the_topmost_screen_is_the_last_that_was_opened_and_none_is_there_twice() {
        use ScreenKind::{Audit, Diff, List};
        let mut screens = Screens::default();
        assert_eq!(screens.top(), &Screen::List);
        screens.open(audit::Screen::default());
        screens.open(comparison("a"));
        assert_eq!((kinds(&screens), screens.top().kind()), (vec![List, Audit, Diff], Diff));
        screens.open(audit::Screen { at: 3, ..audit::Screen::default() });
        assert_eq!(kinds(&screens), [List, Audit, Diff]);
        assert_eq!(screens.audit().unwrap().at, 3);
        assert!(screens.close(Diff) && !screens.close(Diff));
        assert_eq!(screens.top().kind(), Audit);
        // The list is always there.
        assert!(!screens.close(List));
        assert_eq!(kinds(&screens), [List, Audit]);
    }

    #[test]
    fn what_is_put_aside_keeps_its_state_and_comes_back_on_top() {
        use ScreenKind::{Audit, Diff, List};
        let mut screens = Screens::default();
        assert!(!screens.bring_back(Audit));
        screens.open(audit::Screen { at: 3, ..audit::Screen::default() });
        screens.put_aside(Audit);
        assert_eq!((kinds(&screens), screens.is_open(Audit)), (vec![Audit, List], false));
        assert_eq!(screens.audit().unwrap().at, 3);
        screens.open(comparison("a"));
        assert!(screens.bring_back(Audit) && screens.is_open(Audit));
        assert_eq!(kinds(&screens), [List, Diff, Audit]);
        // A new one in place of one that was put aside is on top as well.
        screens.put_aside(Diff);
        screens.open(comparison("b"));
        assert_eq!(kinds(&screens), [List, Audit, Diff]);
        assert_eq!(screens.diff().unwrap().plan, "b");
    }
}
