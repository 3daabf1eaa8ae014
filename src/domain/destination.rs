//! Where a secret goes. A sealed secret opens only for the destination that it was entered for: who
//! changes the domain, the user, the tenant or the host enters the secret again.

use super::answers::{Answer, Sheet};
use super::{Answers, Held};

/// The fields that say where a secret goes, each with its value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Destination(Vec<(&'static str, String)>);

/// Fields of the answers that say where the secret of a field goes. An issued key goes nowhere but
/// back to whom it was issued by.
fn fields_of(secret: &str) -> &'static [&'static str] {
    match secret {
        "client_secret" => &["client_id"],
        "local_admin_password" => &["local_admin_user"],
        "domain_password" => &["domain", "domain_user"],
        _ if secret.starts_with("bulk_token/") => &["tenant"],
        _ => &[],
    }
}

impl Destination {
    /// A destination of these parts.
    pub fn new(parts: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        Self(parts.into_iter().collect())
    }

    /// Where the secret of a field goes by the answers of its connection; `None`: there are none.
    pub fn of(answers: Option<&Sheet>, secret: &str) -> Self {
        let value = |key: &'static str| {
            let value = match answers.and_then(|it| it.get(key)) {
                // Neither domains nor users distinguish capitals.
                Some(Answer::Text(text)) => text.trim().to_lowercase(),
                Some(Answer::Objects(it)) => {
                    it.ids.first().map(|it| it.as_str().to_owned()).unwrap_or_default()
                }
                _ => String::new(),
            };
            (key, value)
        };
        Self(fields_of(secret).iter().map(|key| value(key)).collect())
    }

    /// One byte string per destination: every part has its length in front.
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for (key, value) in &self.0 {
            for text in [key, value.as_str()] {
                out.extend(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
                out.extend(text.as_bytes());
            }
        }
        out
    }
}

/// The first field whose secret `after` keeps from `before` although it goes elsewhere now; `but`:
/// fields whose secret is still to come.
pub fn moved(before: &Answers, after: &Answers, but: impl Fn(&str) -> bool) -> Option<String> {
    let secrets = |answers: &Answers| -> Vec<(String, Held)> {
        let mut answers = answers.clone();
        answers.secrets_mut().into_iter().map(|(field, held)| (field, held.clone())).collect()
    };
    let (old, new) = (before.sheet(), after.sheet());
    let kept = secrets(before);
    let mut all = secrets(after).into_iter();
    let found = all.find(|it| {
        matches!(it.1, Held::Stored(_))
            && !but(&it.0)
            && kept.contains(it)
            && Destination::of(old, &it.0) != Destination::of(new, &it.0)
    });
    found.map(|(field, _)| field)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::answers::Objects;
    use crate::domain::{ObjectId, ObjectKind};

    #[test]
    fn every_field_that_says_where_a_secret_goes_counts() {
        let tenant = |id: &str| {
            let id = ObjectId::from(id);
            Answer::Objects(Objects { kind: ObjectKind::Tenant, tenant: id.clone(), ids: vec![id] })
        };
        let sheet = || {
            let mut sheet = Sheet::default();
            for key in ["client_id", "domain", "domain_user", "local_admin_user"] {
                sheet.set(key, Answer::Text(format!("{key}.a")));
            }
            sheet.set("tenant", tenant("a"));
            sheet
        };
        for (secret, fields) in [
            ("client_secret", &["client_id"][..]),
            ("domain_password", &["domain", "domain_user"]),
            ("local_admin_password", &["local_admin_user"]),
            ("bulk_token/x", &["tenant"]),
            ("configuration_key", &[]),
            ("connection_key", &[]),
        ] {
            let before = Destination::of(Some(&sheet()), secret).bytes();
            for key in ["client_id", "domain", "domain_user", "local_admin_user", "tenant"] {
                let mut other = sheet();
                other
                    .set(key, if key == "tenant" { tenant("b") } else { Answer::Text("b".into()) });
                let after = Destination::of(Some(&other), secret).bytes();
                assert_eq!(before != after, fields.contains(&key), "{secret}: {key}");
            }
        }
        let mut capitals = sheet();
        capitals.set("domain", Answer::Text(" DOMAIN.A ".into()));
        assert_eq!(
            Destination::of(Some(&sheet()), "domain_password"),
            Destination::of(Some(&capitals), "domain_password")
        );
    }
}
