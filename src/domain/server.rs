//! Where a database server is, and who signs in there: a URL without a password.

use std::fmt;
use std::net::IpAddr;

use url::{Host, Url};

/// A database on a server, and the role that uses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerAddress {
    /// Name or address of the host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The role that signs in.
    pub user: String,
    /// The database.
    pub database: String,
    /// Without TLS, which is possible on this machine only.
    pub plain: bool,
}

/// The port of PostgreSQL.
const PORT: u16 = 5432;
const FORM: &str = "must be an address such as postgres://USER@HOST/DATABASE";
const PASSWORD: &str =
    "must not hold a password: remove it, treat it as exposed, and name its source";

impl ServerAddress {
    /// Reads a URL.
    ///
    /// # Errors
    /// What is wrong with it; never its password.
    pub fn parse(text: &str) -> Result<Self, String> {
        let url = Url::parse(text.trim()).map_err(|_| FORM.to_owned())?;
        if !matches!(url.scheme(), "postgres" | "postgresql") || url.fragment().is_some() {
            return Err(FORM.to_owned());
        }
        if url.password().is_some() {
            return Err(PASSWORD.to_owned());
        }
        let host = match url.host() {
            Some(Host::Domain(name)) if !name.is_empty() => decoded(name)?,
            Some(Host::Ipv4(it)) => it.to_string(),
            Some(Host::Ipv6(it)) => it.to_string(),
            Some(Host::Domain(_)) | None => return Err(FORM.to_owned()),
        };
        let user = decoded(url.username())?;
        let database = decoded(url.path().trim_start_matches('/'))?;
        if user.is_empty() || database.is_empty() || database.contains('/') {
            return Err(FORM.to_owned());
        }
        let mut plain = false;
        for (key, value) in url.query_pairs() {
            match (&*key, &*value) {
                ("sslmode", "verify-full") => plain = false,
                ("sslmode", "disable") if is_loopback(&host) => plain = true,
                ("sslmode", "disable") => {
                    return Err("sslmode=disable is possible on this machine only".to_owned());
                }
                ("sslmode", _) => {
                    return Err("must have sslmode=verify-full, which is the default: TLS is always verified".to_owned());
                }
                ("password", _) => return Err(PASSWORD.to_owned()),
                _ => return Err("can have no parameter but sslmode".to_owned()),
            }
        }
        Ok(Self { host, port: url.port().unwrap_or(PORT), user, database, plain })
    }

    /// Host and port in one text.
    pub fn place(&self) -> String {
        let host = self.host.to_lowercase();
        match host.contains(':') {
            true => format!("[{host}]:{}", self.port),
            false => format!("{host}:{}", self.port),
        }
    }
}

/// A part of a URL with what is percent-encoded in it; control characters stand in none.
fn decoded(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first != b'%' {
            bytes.push(first);
            continue;
        }
        let digits = rest.get(..2).and_then(|it| std::str::from_utf8(it).ok());
        let byte = digits.and_then(|it| u8::from_str_radix(it, 16).ok());
        bytes.push(byte.ok_or_else(|| FORM.to_owned())?);
        rest = rest.get(2..).unwrap_or_default();
    }
    let text = String::from_utf8(bytes).map_err(|_| FORM.to_owned())?;
    if text.chars().any(char::is_control) { Err(FORM.to_owned()) } else { Ok(text) }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|it| it.is_loopback())
}

/// A part with everything percent-encoded that has a meaning in a URL.
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|it| if plain(it) { char::from(it).to_string() } else { format!("%{it:02X}") })
        .collect()
}

/// The URL, without a password.
impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = match self.host.contains(':') {
            true => format!("[{}]", self.host),
            false => self.host.clone(),
        };
        write!(f, "postgres://{}@{host}", encoded(&self.user))?;
        if self.port != PORT {
            write!(f, ":{}", self.port)?;
        }
        write!(f, "/{}", encoded(&self.database))?;
        if self.plain { f.write_str("?sslmode=disable") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_reads_back() {
        for (text, place) in [
            ("postgres://anna@db.example.com/plan", "db.example.com:5432"),
            ("postgres://anna@db.example.com:6432/plan", "db.example.com:6432"),
            ("postgres://anna%40contoso.com@DB.example.com/a%20b", "db.example.com:5432"),
            ("postgres://anna@[2001:db8::1]:5433/plan", "[2001:db8::1]:5433"),
            ("postgres://anna@127.0.0.1/plan?sslmode=disable", "127.0.0.1:5432"),
        ] {
            let read = ServerAddress::parse(text).unwrap();
            assert_eq!(read.place(), place, "{text}");
            assert_eq!(ServerAddress::parse(&read.to_string()), Ok(read), "{text}");
        }
        let user = ServerAddress::parse("postgresql://anna%40contoso.com@db/plan").unwrap().user;
        assert_eq!(user, "anna@contoso.com");
    }

    #[test]
    fn what_is_wrong_is_reported_and_no_password_is_repeated() {
        for bad in [
            "db.example.com",
            "https://anna@db/plan",
            "postgres://db/plan",
            "postgres://anna@db",
            "postgres://anna@db/a/b",
            "postgres://anna:not-real-pw@db/plan",
            "postgres://anna@db/plan?password=not-real-pw",
            "postgres://anna@db/plan?sslmode=require",
            "postgres://anna@db/plan?sslmode=disable",
            "postgres://anna@db/plan?options=-csearch_path%3Dx",
            "postgres://an%00na@db/plan",
            "postgres://anna@db/plan#x",
        ] {
            let error = ServerAddress::parse(bad).unwrap_err();
            assert!(!error.contains("not-real-pw"), "{bad}: {error}");
        }
    }
}
