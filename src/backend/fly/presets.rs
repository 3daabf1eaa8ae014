//! The data centres of AvePoint Fly: where each has its API and where it signs in. fly.md §1.
//!
//! The page of Fly with its own table was not found; these hosts are AvePoint Graph's, and that
//! Fly's API lies below `/fly` was seen for some of them only. So a preset says what it rests on,
//! and any other address can be given instead.

/// What the facts say about a preset (fly.md, evidence marks).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// AvePoint documents this very address for Fly.
    Documented,
    /// Others were seen to use it.
    Seen,
    /// Made after the pattern of the others: the host is documented, its `/fly` is not.
    Pattern,
}

impl Evidence {
    /// What that means to somebody who chooses it, in a few words.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Documented => "documented by AvePoint",
            Self::Seen => "seen in use",
            Self::Pattern => "not confirmed",
        }
    }
}

/// A data centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preset {
    /// Short name for config and command line, such as `us`.
    pub name: &'static str,
    /// Name on screen.
    pub title: &'static str,
    /// Address of the API, without a slash at its end.
    pub api: &'static str,
    /// Address that gives tokens.
    pub token_url: &'static str,
    /// What the API address rests on.
    pub evidence: Evidence,
}

/// Token endpoint of commercial tenants (**D**).
const COMMERCIAL: &str = "https://identity.avepointonlineservices.com/connect/token";

/// One row on a `graph-….avepointonlineservices.com` host.
macro_rules! centre {
    ($name:literal, $title:literal, $evidence:ident) => {
        centre!($name, $title, $evidence, COMMERCIAL)
    };
    ($name:literal, $title:literal, $evidence:ident, $token:expr) => {
        Preset {
            name: $name,
            title: $title,
            api: concat!("https://graph-", $name, ".avepointonlineservices.com/fly"),
            token_url: $token,
            evidence: Evidence::$evidence,
        }
    };
}

/// Every preset, in the order in which a choice shows them.
pub const ALL: &[Preset] = &[
    centre!("us", "US East", Seen),
    centre!("ca", "Canada Central", Pattern),
    centre!("ne", "Ireland (North Europe)", Seen),
    centre!("we", "Netherlands (West Europe)", Pattern),
    centre!("fr", "France Central", Pattern),
    centre!("de", "Germany West Central", Pattern),
    centre!("ch", "Switzerland North", Pattern),
    centre!("uk", "UK South", Pattern),
    centre!("uae", "UAE (Dubai)", Pattern),
    centre!("za", "South Africa North", Pattern),
    centre!("qa", "Qatar Central", Pattern),
    centre!("jp", "Japan West", Pattern),
    centre!("kr", "Korea Central", Pattern),
    centre!("sg", "Singapore", Pattern),
    centre!("au", "Australia", Pattern),
    centre!(
        "gov",
        "US Government",
        Documented,
        "https://identity-gov.avepointonlineservices.com/connect/token"
    ),
    centre!(
        "aos2",
        "AOS2",
        Pattern,
        "https://identity-aos2.avepointonlineservices.com/connect/token"
    ),
    // The module compares with this host, which has no /fly (**D**); the table of hosts names
    // graphusgovapi.online15.net instead. The module is Fly's own, so it is followed.
    Preset {
        name: "fedramp",
        title: "FedRAMP (Project Hosts)",
        api: "https://flyusgovapi.online15.net",
        token_url: "https://identity.online15.net/connect/token",
        evidence: Evidence::Documented,
    },
    Preset {
        name: "test",
        title: "Test",
        api: "https://graph-public.sharepointguild.com/fly",
        token_url: "https://identity-public.sharepointguild.com/connect/token",
        evidence: Evidence::Documented,
    },
];

/// The preset with this name, whatever the case.
pub fn find(name: &str) -> Option<&'static Preset> {
    ALL.iter().find(|it| it.name.eq_ignore_ascii_case(name.trim()))
}

/// Where the data centre of this name signs in.
pub fn token_url(name: &str) -> Option<url::Url> {
    find(name).and_then(|it| url::Url::parse(it.token_url).ok())
}

/// The preset whose API has this address; a slash at its end makes no difference.
pub fn of_api(api: &url::Url) -> Option<&'static Preset> {
    let wanted = api.as_str().trim_end_matches('/');
    ALL.iter().find(|it| it.api == wanted)
}

/// Whether an address lies on one of AvePoint's hosts above, at the port of HTTPS.
pub fn is_own(url: &url::Url) -> bool {
    let host = |address: &str| {
        let rest = address.strip_prefix("https://").unwrap_or(address);
        rest.split('/').next().unwrap_or_default().to_owned()
    };
    let wanted = url.host_str().filter(|_| url.scheme() == "https" && url.port().is_none());
    wanted.is_some_and(|wanted| {
        let mut all = ALL.iter().flat_map(|it| [it.api, it.token_url]);
        all.any(|it| host(it).eq_ignore_ascii_case(wanted))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_preset_has_a_name_of_its_own_and_https_addresses() {
        for (at, preset) in ALL.iter().enumerate() {
            assert!(ALL.iter().skip(at + 1).all(|it| it.name != preset.name), "{}", preset.name);
            for address in [preset.api, preset.token_url] {
                let url = url::Url::parse(address).unwrap();
                assert_eq!(url.scheme(), "https");
                assert!(!address.ends_with('/'), "{address}");
            }
            assert!(preset.token_url.ends_with("/connect/token"));
            let api = url::Url::parse(&format!("{}/", preset.api)).unwrap();
            assert_eq!(of_api(&api), Some(preset));
        }
        assert_eq!(find(" US ").map(|it| it.title), Some("US East"));
        assert_eq!(find("nowhere"), None);
    }

    #[test]
    fn government_and_the_separate_clouds_sign_in_at_their_own_address() {
        let token = |name: &str| find(name).unwrap().token_url;
        assert_eq!(token("ne"), COMMERCIAL);
        for name in ["gov", "aos2", "fedramp", "test"] {
            assert_ne!(token(name), COMMERCIAL, "{name}");
        }
    }
}
