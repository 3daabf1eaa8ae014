//! Why a domain refuses a sign-in: the sub-code in the text of its answer. preflight.md §2.2.

/// What the sub-code of result 49 means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BindCode {
    /// 525: no such account.
    NoSuchUser,
    /// 52e: wrong name or password.
    WrongPassword,
    /// 52f: a restriction of the account, such as membership in Protected Users.
    Restricted,
    /// 530: outside of its hours.
    Hours,
    /// 531: not from this workstation.
    Workstation,
    /// 532: the password expired.
    PasswordExpired,
    /// 533: disabled.
    Disabled,
    /// 568: too many groups in its token.
    TooManyGroups,
    /// 701: the account expired.
    AccountExpired,
    /// 773: the password must be changed first.
    MustChange,
    /// 775: locked out.
    Locked,
    /// 80090346: the controller demands channel binding.
    ChannelBinding,
}

impl BindCode {
    /// Every code, as the controller writes it.
    pub const ALL: [(Self, &'static str); 12] = [
        (Self::NoSuchUser, "525"),
        (Self::WrongPassword, "52e"),
        (Self::Restricted, "52f"),
        (Self::Hours, "530"),
        (Self::Workstation, "531"),
        (Self::PasswordExpired, "532"),
        (Self::Disabled, "533"),
        (Self::TooManyGroups, "568"),
        (Self::AccountExpired, "701"),
        (Self::MustChange, "773"),
        (Self::Locked, "775"),
        (Self::ChannelBinding, "80090346"),
    ];

    /// What it means, and what to do.
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::NoSuchUser => {
                ("the domain has no such account", "Check the user name; enter it as user@domain.")
            }
            Self::WrongPassword => (
                "wrong user name or password",
                "Enter the password again before another run: each wrong password counts towards lock-out.",
            ),
            Self::Restricted => (
                "a restriction of the account forbids it, such as membership in Protected Users",
                "Use another account.",
            ),
            Self::Hours => (
                "the account may not sign in at this hour",
                "Extend its logon hours, or use another account.",
            ),
            Self::Workstation => (
                "the account may not sign in from this computer",
                "Extend its list of workstations, or use another account.",
            ),
            Self::PasswordExpired => (
                "the password expired",
                "Change the password of the account, then enter it here and in Fly.",
            ),
            Self::Disabled => ("the account is disabled", "Enable the account."),
            Self::TooManyGroups => {
                ("the account is in too many groups", "Use an account with fewer groups.")
            }
            Self::AccountExpired => {
                ("the account expired", "Extend the account, or use another one.")
            }
            Self::MustChange => (
                "the password must be changed first",
                "Change the password of the account, then enter it here and in Fly.",
            ),
            Self::Locked => (
                "the account is locked out",
                "Unlock the account, and find out what locks it before the migration.",
            ),
            Self::ChannelBinding => (
                "the domain controller demands channel binding",
                "Allow StartTLS on port 389, over which a simple sign-in needs none.",
            ),
        }
    }
}

/// A sign-in that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindRefusal {
    /// Result code of LDAP.
    pub result: u32,
    /// What the sub-code means; `None`: there is none, or it is not known here.
    pub code: Option<BindCode>,
    /// The text as it came.
    pub text: String,
}

impl BindRefusal {
    /// Reads the answer of a domain controller, such as `80090308: LdapErr: DSID-0C09041C, comment:
    /// AcceptSecurityContext error, data 52e, v4563`.
    pub fn new(result: u32, text: String) -> Self {
        let lower = text.to_ascii_lowercase();
        let data = lower.split_once("data ").map(|it| it.1);
        let data = data.and_then(|it| it.split([',', ' ', '\0']).next()).unwrap_or_default();
        let first = lower.split(':').next().unwrap_or_default().trim();
        // Channel binding is the number in front; the rest are data.
        let found = BindCode::ALL.iter().find(|(code, word)| match code {
            BindCode::ChannelBinding => first == *word,
            _ => data == *word,
        });
        Self { result, code: found.filter(|_| result == 49).map(|it| it.0), text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_found_in_the_text_of_a_controller() {
        let text = |data: &str| {
            format!(
                "80090308: LdapErr: DSID-0C09041C, comment: AcceptSecurityContext error, data {data}, v4563\0"
            )
        };
        let mut words = std::collections::BTreeSet::new();
        for (code, word) in BindCode::ALL {
            let text = match code {
                BindCode::ChannelBinding => "80090346: LdapErr: DSID-0C0905E9, comment: AcceptSecurityContext error, data 80090346, v4563".to_owned(),
                _ => text(word),
            };
            assert_eq!(BindRefusal::new(49, text.clone()).code, Some(code), "{text}");
            assert_eq!(BindRefusal::new(8, text.clone()).code, None, "{text}");
            let (meaning, fix) = code.words();
            assert!(fix.ends_with('.') && !meaning.ends_with('.'), "{word}");
            words.insert(meaning);
        }
        assert_eq!(words.len(), BindCode::ALL.len(), "two codes read the same");
        for text in ["", "data", "data ", text("52").as_str(), "Invalid credentials 52e"] {
            assert_eq!(BindRefusal::new(49, text.to_owned()).code, None, "{text}");
        }
    }
}
