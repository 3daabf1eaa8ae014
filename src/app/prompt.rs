//! A dialog of a few input lines: a path, a bulk token, an entry of the directory.

mod preflight;

pub use preflight::WaiveOf;

use super::RequestId;
use super::input::TextInput;
use crate::domain::document::Format;
use crate::domain::{
    AppProfile, Cloud, ConnectionId, Container, DirectoryObject, Evidence, Fact, Mfa, ObjectId,
    ObjectKind, Platform, ProfileKind, ProfileStatus, ServiceAccount, Tenant, rules,
};
use crate::text::thousands;

/// The dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// What the answers are for.
    pub purpose: Purpose,
    /// Title of the dialog.
    pub title: &'static str,
    /// One or two sentences above the lines; may be empty.
    pub text: String,
    /// Input lines.
    pub lines: Vec<Line>,
    /// Focused line.
    pub at: usize,
    /// What was wrong with the last try.
    pub error: Option<String>,
    /// The line that the error is about.
    pub wrong: usize,
    /// Request under way; the dialog closes when it succeeds.
    pub waiting: Option<RequestId>,
    /// What that request does now, where it reports it.
    pub doing: Option<String>,
    /// How far it is, of how far, where it reports that.
    pub far: Option<(u64, u64)>,
}

/// What is wrong, and with which line.
pub type Wrong = (usize, String);

/// What the answers of a [`Prompt`] are for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// Path of a directory file to import.
    ImportDirectory,
    /// Path of a file to write the copied text to.
    SaveCopy {
        /// The text.
        text: crate::domain::Secret,
    },
    /// Path of a file to write the report of a pre-flight to.
    SavePreflight,
    /// Why a check of a pre-flight may fail, and how long.
    Waive(WaiveOf),
    /// Which connections to write to a file, and how.
    Export {
        /// The marked ones, those that are shown, and all: each where it differs.
        sets: Vec<Vec<ConnectionId>>,
    },
    /// Path of a file to write a report to, in one of several formats.
    SaveAs {
        /// The report in each format, in the order of [`Format::ALL`].
        texts: Vec<crate::domain::Secret>,
    },
    /// Where to put the device agent's installer.
    FetchAgent,
    /// Name and expiry of a local stand-in bulk token.
    IssueToken,
    /// A real bulk token with its name and expiry.
    PasteToken,
    /// Path of an exported app manifest.
    CheckManifest,
    /// Path of a file with access tokens.
    CheckTokens,
    /// Sign-in for a live check.
    CheckLive,
    /// A directory object to add, or to change when it has an id.
    Object {
        /// Kind of object.
        kind: ObjectKind,
        /// Tenant it belongs to; `None` for a tenant.
        tenant: Option<ObjectId>,
        /// Id of the object being changed.
        id: Option<ObjectId>,
        /// Kinds of app profile that fit where it is asked for, in the order of the choice.
        kinds: &'static [ProfileKind],
        /// Platform of a tenant.
        platform: Platform,
        /// What was read of the object being changed.
        evidence: Box<Evidence>,
    },
}

impl Purpose {
    /// What going on from the last line does, in a word or two.
    pub const fn does(&self) -> &'static str {
        match self {
            Self::ImportDirectory => "import",
            Self::SaveCopy { .. }
            | Self::SaveAs { .. }
            | Self::SavePreflight
            | Self::Waive(_)
            | Self::Object { .. } => "save",
            Self::Export { .. } => "export",
            Self::FetchAgent => "download",
            Self::IssueToken => "get it",
            Self::PasteToken => "take it",
            Self::CheckManifest | Self::CheckTokens | Self::CheckLive => "check",
        }
    }
}

/// One input line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Label.
    pub label: &'static str,
    /// What is typed, or which option is chosen.
    pub entry: Entry,
    /// Shown while it is empty, and so that nobody takes it for a value: an example behind `e.g.`, or
    /// what to do in brackets.
    pub hint: &'static str,
}

/// What a line takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A text.
    Text(TextInput),
    /// A masked text and whether it is shown.
    Secret(TextInput, bool),
    /// One of a few options, by index.
    Choice(Vec<&'static str>, usize),
}

const TENANT_ID: &str =
    "the tenant ID is not a GUID: copy it from the Entra admin center, or leave it empty";
const CLOUDS: [&str; 3] = ["Commercial", "US Government", "21Vianet"];
const STATUSES: [&str; 3] = ["Unknown", "Active", "Invalid"];
const MFA: [&str; 3] = ["Unknown", "No", "Yes"];

/// What is typed to accept an installer that cannot be checked.
pub const UNVERIFIED: &str = "unverified";

fn text(label: &'static str, value: &str, hint: &'static str) -> Line {
    Line { label, entry: Entry::Text(value.into()), hint }
}

/// The line of a file to write, and that of its format.
const FILE: &str = "File";
const FORMAT: &str = "Format";

fn text_line(file: &str) -> Line {
    text(FILE, file, "e.g. path/to/file.csv")
}

fn choice(label: &'static str, options: &[&'static str], at: usize) -> Line {
    Line { label, entry: Entry::Choice(options.to_vec(), at), hint: "" }
}

impl Prompt {
    fn new(purpose: Purpose, title: &'static str, text: &str, lines: Vec<Line>) -> Self {
        Self {
            purpose,
            title,
            text: text.to_owned(),
            lines,
            at: 0,
            error: None,
            wrong: 0,
            waiting: None,
            doing: None,
            far: None,
        }
    }

    /// Asks for a directory file.
    pub fn import_directory() -> Self {
        Self::new(
            Purpose::ImportDirectory,
            "Import a directory",
            "JSON or CSV with tenants, containers, app profiles and service accounts. \
             `jetbridge directory import --help` describes the columns.",
            vec![text("File", "", "e.g. path/to/directory.json")],
        )
    }

    /// Asks where to save a text that was to be copied.
    pub fn save_copy(content: crate::domain::Secret, file: &str) -> Self {
        Self::new(
            Purpose::SaveCopy { text: content },
            "Save to a file",
            "A new file that only you can read. An existing file is left alone.",
            vec![text(FILE, file, "e.g. path/to/file.txt")],
        )
    }

    /// Asks where to put the device agent's installer. D7.
    pub fn fetch_agent(file: &str, verified: bool) -> Self {
        let mut lines = vec![text("File", &format!("~/{file}"), "e.g. path/to/file.msi")];
        let said = if verified {
            "A new file that only you can read, checked by its SHA-256. Nothing is run."
        } else {
            lines.push(text("Check", "", "(type unverified)"));
            "No SHA-256 is configured, so nothing shows that the file is the vendor's. Set sha256 \
             under [agent], or type unverified to download it anyway. Nothing is run."
        };
        Self::new(Purpose::FetchAgent, "Download the device agent", said, lines)
    }

    /// Asks which connections to export: `sets` are the choices with their words.
    pub fn export(sets: Vec<(&'static str, Vec<ConnectionId>)>) -> Self {
        let counts: Vec<String> =
            sets.iter().map(|(word, ids)| format!("{} {word}", thousands(ids.len()))).collect();
        let (words, sets): (Vec<_>, Vec<_>) = sets.into_iter().unzip();
        let text = format!(
            "Connections: {}. CSV, Markdown and HTML are tables; JSON has whole records for plan \
             and apply. No secret is written. A new file that only you can read.",
            counts.join(", ")
        );
        let lines = vec![
            choice("Which", &words, 0),
            choice(FORMAT, &Format::ALL.map(Format::label), 0),
            text_line("connections.csv"),
        ];
        Self::new(Purpose::Export { sets }, "Export connections", &text, lines)
    }

    /// Asks where to save a report; `texts` are in the order of [`Format::ALL`].
    pub fn save_as(
        title: &'static str,
        file: &str,
        first: Format,
        texts: Vec<crate::domain::Secret>,
    ) -> Self {
        let text = "A new file that only you can read. An existing file is left alone.";
        let at = Format::ALL.iter().position(|it| *it == first).unwrap_or(0);
        let lines = vec![choice(FORMAT, &Format::ALL.map(Format::label), at), text_line(file)];
        Self { at: 1, ..Self::new(Purpose::SaveAs { texts }, title, text, lines) }
    }

    /// The format that is chosen, where one is asked for.
    pub fn format(&self) -> Option<Format> {
        let line = self.lines.iter().find(|it| it.label == FORMAT)?;
        match &line.entry {
            Entry::Choice(_, at) => Format::ALL.get(*at).copied(),
            Entry::Text(_) | Entry::Secret(..) => None,
        }
    }

    /// Where the file and its format are asked for, each follows the other: the one that was not
    /// changed, in the line `at`.
    pub(super) fn follow(&mut self, at: usize) {
        let Some(format) = self.format() else { return };
        let changed = self.lines.get(at).map(|it| it.label);
        let file = self.lines.iter_mut().find_map(|it| match &mut it.entry {
            Entry::Text(input) if it.label == FILE => Some(input),
            _ => None,
        });
        let Some(input) = file else { return };
        if changed == Some(FORMAT) {
            *input = format.renamed(input.value()).as_str().into();
            return;
        }
        let Some(asked) = Format::of_file(input.value()) else { return };
        for line in self.lines.iter_mut().filter(|it| it.label == FORMAT) {
            if let Entry::Choice(_, chosen) = &mut line.entry {
                *chosen = Format::ALL.iter().position(|it| *it == asked).unwrap_or(*chosen);
            }
        }
    }

    /// Asks for name and expiry of a stand-in token. D15.
    pub fn issue_token() -> Self {
        Self::new(
            Purpose::IssueToken,
            "Get a bulk token",
            "This store issues a local stand-in, for planning. Microsoft Entra ID does not know it; \
             paste the real token once you have it.",
            vec![
                text("Display name", "", "e.g. Wave 1 laptops"),
                text("Days valid", "30", "(1 to 180)"),
            ],
        )
    }

    /// Asks for a real token. D15.
    pub fn paste_token() -> Self {
        Self::new(
            Purpose::PasteToken,
            "Paste a bulk token",
            "The token from Windows Configuration Designer, with the name and day you gave it there.",
            vec![
                Line {
                    label: "Token",
                    entry: Entry::Secret(TextInput::default(), false),
                    hint: "(paste it here)",
                },
                text("Display name", "", "e.g. Wave 1 laptops"),
                text("Days left", "180", "(1 to 180)"),
            ],
        )
    }

    /// Asks for an exported manifest. P9.
    pub fn check_manifest() -> Self {
        Self::new(
            Purpose::CheckManifest,
            "Check an app manifest",
            "The app's manifest, or its requiredResourceAccess, saved from the Entra admin center. \
             It shows what is declared, not what has consent.",
            vec![text("File", "", "e.g. path/to/manifest.json")],
        )
    }

    /// Asks for a file with tokens. P9.
    pub fn check_tokens() -> Self {
        Self::new(
            Purpose::CheckTokens,
            "Check access tokens",
            "A file with one or several access tokens. Their claims are read; the signature is not checked.",
            vec![text("File", "", "e.g. path/to/tokens.txt")],
        )
    }

    /// Asks how to sign in. P9.
    pub fn check_live() -> Self {
        let secret = Entry::Secret(TextInput::default(), false);
        Self::new(
            Purpose::CheckLive,
            "Check in Microsoft Graph",
            "Signs in as the app and reads what it has; nothing is changed or kept. \
             Give a client secret, or the PEM files of its certificate.",
            vec![
                text("Tenant", "", "e.g. contoso.onmicrosoft.com, or its GUID"),
                text("Client ID", "", "(GUID of the app)"),
                Line {
                    label: "Client secret",
                    entry: secret,
                    hint: "(leave empty for a certificate)",
                },
                text("Certificate", "", "e.g. path/to/certificate.pem"),
                text("Private key", "", "e.g. path/to/key.pem"),
            ],
        )
    }

    /// Asks for a directory object, filled from the one being changed; of app profiles only `kinds`
    /// are offered, because the field would not list another.
    pub fn object(
        kind: ObjectKind,
        tenant: Option<ObjectId>,
        object: Option<&DirectoryObject>,
        kinds: &'static [ProfileKind],
    ) -> Self {
        let id = object.map(|it| it.id().clone());
        let name = object.map_or("", DirectoryObject::name);
        let (title, lines) = match kind {
            ObjectKind::Tenant => ("Tenant", tenant_lines(name, object)),
            ObjectKind::Container => ("Container", vec![text("Name", name, "e.g. Groups of EMEA")]),
            ObjectKind::AppProfile => ("App profile", profile_lines(name, object, kinds)),
            ObjectKind::ServiceAccount => ("Service account", account_lines(name, object)),
        };
        let evidence = object.and_then(DirectoryObject::evidence).cloned().unwrap_or_default();
        Self::new(
            Purpose::Object {
                kind,
                tenant,
                id,
                kinds,
                platform: Platform::Microsoft365,
                evidence: Box::new(evidence),
            },
            title,
            "Kept in this store only; nothing is changed in AvePoint Online Services.",
            lines,
        )
    }

    /// Asks for a tenant of Google, filled from the one being changed.
    pub fn google_tenant(object: Option<&DirectoryObject>) -> Self {
        let id = object.map(|it| it.id().clone());
        let name = object.map_or("", DirectoryObject::name);
        let (kind, platform) = (ObjectKind::Tenant, Platform::Google);
        Self::new(
            Purpose::Object {
                kind,
                tenant: None,
                id,
                kinds: &[],
                platform,
                evidence: Box::default(),
            },
            "Google tenant",
            "Kept in this store only; nothing is changed in AvePoint Online Services.",
            vec![text("Name", name, "e.g. contoso.example")],
        )
    }

    /// Says what is wrong with a line, and puts the cursor there.
    pub fn refuse(&mut self, (line, problem): Wrong) {
        self.at = line.min(self.lines.len().saturating_sub(1));
        self.fail(problem);
    }

    /// Says that the last try failed, at the line where the cursor is.
    pub fn fail(&mut self, problem: String) {
        self.waiting = None;
        self.wrong = self.at;
        self.error = Some(problem);
    }

    /// Text of a line.
    pub fn value(&self, at: usize) -> &str {
        match self.lines.get(at).map(|line| &line.entry) {
            Some(Entry::Text(input) | Entry::Secret(input, _)) => input.value(),
            Some(Entry::Choice(..)) | None => "",
        }
    }

    fn option(&self, at: usize) -> usize {
        match self.lines.get(at).map(|line| &line.entry) {
            Some(Entry::Choice(_, option)) => *option,
            Some(Entry::Text(_) | Entry::Secret(..)) | None => 0,
        }
    }

    /// The directory object that the lines describe, or what is wrong with which line.
    pub fn build_object(&self) -> Result<DirectoryObject, Wrong> {
        let Purpose::Object { kind, tenant, id, kinds, platform, evidence } = &self.purpose else {
            return Err((0, "nothing to add here".to_owned()));
        };
        let line = |at| rules::printable(self.value(at), rules::TEXT_MAX).map_err(|it| (at, it.0));
        let name = line(0)?;
        if name.is_empty() {
            return Err((0, "enter a name".to_owned()));
        }
        // What is typed takes the place of what was read of it.
        let kept = |typed: &[Fact]| {
            let mut evidence = Evidence::clone(evidence);
            evidence.checked.retain(|it| !typed.contains(&it.fact));
            evidence
        };
        let own = |fallback: &str| id.clone().unwrap_or_else(|| ObjectId(fallback.to_owned()));
        let parent = || tenant.clone().ok_or_else(|| (0, "pick a tenant first".to_owned()));
        Ok(match kind {
            ObjectKind::Tenant if *platform == Platform::Google => {
                DirectoryObject::Tenant(Tenant {
                    id: own(&name),
                    name,
                    platform: *platform,
                    ..Tenant::default()
                })
            }
            ObjectKind::Tenant => {
                let mut given = line(1)?;
                // The ID of a known tenant stays: connections name it.
                if id.is_none() && !given.is_empty() {
                    given = rules::guid(&given).map_err(|_| (1, TENANT_ID.to_owned()))?.to_string();
                }
                DirectoryObject::Tenant(Tenant {
                    id: own(if given.is_empty() { &name } else { &given }),
                    cloud: Cloud::ALL.get(self.option(2)).copied().unwrap_or_default(),
                    locations: locations(self.value(3)).map_err(|it| (3, it))?,
                    licensed_users: licensed(self.value(4)).map_err(|it| (4, it))?,
                    admin_url: match self.value(5).trim() {
                        "" => None,
                        typed => Some(rules::https(typed).map_err(|it| (5, it.0))?),
                    },
                    name,
                    evidence: kept(&[Fact::Locations, Fact::Mailbox]),
                    ..Tenant::default()
                })
            }
            ObjectKind::Container => DirectoryObject::Container(Container {
                id: own(&name),
                tenant: parent()?,
                name,
                objects: None,
                last_scan: None,
            }),
            ObjectKind::AppProfile => {
                let user = line(2)?;
                DirectoryObject::AppProfile(AppProfile {
                    id: own(&name),
                    tenant: parent()?,
                    name,
                    kind: kinds.get(self.option(1)).copied().unwrap_or(ProfileKind::Fly),
                    impersonation_user: if user.is_empty() {
                        None
                    } else {
                        Some(rules::upn(&user).map_err(|it| (2, it.0))?)
                    },
                    status: [ProfileStatus::Unknown, ProfileStatus::Active, ProfileStatus::Invalid]
                        .get(self.option(3))
                        .copied()
                        .unwrap_or_default(),
                    evidence: kept(&[]),
                })
            }
            ObjectKind::ServiceAccount => DirectoryObject::ServiceAccount(ServiceAccount {
                id: own(&name),
                tenant: parent()?,
                name: rules::upn(&name).map_err(|it| (0, it.0))?,
                mfa: [Mfa::Unknown, Mfa::No, Mfa::Yes]
                    .get(self.option(1))
                    .copied()
                    .unwrap_or_default(),
                evidence: kept(&[Fact::Mfa]),
            }),
        })
    }
}

/// Location codes in the order they are typed, each once.
fn locations(text: &str) -> Result<Vec<String>, String> {
    let mut codes = Vec::new();
    for typed in text.split([',', ';', ' ']).filter(|it| !it.is_empty()) {
        let code = rules::location(typed).map_err(|problem| problem.0)?;
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    Ok(codes)
}

/// Licensed users in the order they are typed, each once.
fn licensed(text: &str) -> Result<Vec<String>, String> {
    let mut users = Vec::new();
    for typed in text.split([',', ';', ' ']).filter(|it| !it.is_empty()) {
        let user = rules::upn(typed).map_err(|problem| problem.0)?;
        if !users.contains(&user) {
            users.push(user);
        }
    }
    Ok(users)
}

fn tenant_lines(name: &str, object: Option<&DirectoryObject>) -> Vec<Line> {
    let (id, cloud, places, users, admin) = match object {
        Some(DirectoryObject::Tenant(it)) => (
            it.id.0.as_str(),
            Cloud::ALL.iter().position(|cloud| *cloud == it.cloud).unwrap_or(0),
            it.locations.join(", "),
            it.licensed_users.join(", "),
            it.admin_url.as_deref().unwrap_or_default(),
        ),
        _ => ("", 0, String::new(), String::new(), ""),
    };
    vec![
        text("Name", name, "e.g. contoso.onmicrosoft.com"),
        text("Tenant ID", id, "(a GUID; the name when left empty)"),
        choice("Cloud", &CLOUDS, cloud),
        text("Locations", &places, "e.g. NAM, EUR, for a multi-geo tenant"),
        text("Licensed users", &users, "e.g. user@contoso.example, with Exchange Online"),
        text("Admin center", admin, "e.g. https://contoso-admin.sharepoint.com"),
    ]
}

fn profile_lines(name: &str, object: Option<&DirectoryObject>, kinds: &[ProfileKind]) -> Vec<Line> {
    let (kind, user, status) = match object {
        Some(DirectoryObject::AppProfile(it)) => (
            kinds.iter().position(|kind| *kind == it.kind).unwrap_or(0),
            it.impersonation_user.as_deref().unwrap_or(""),
            match it.status {
                ProfileStatus::Unknown => 0,
                ProfileStatus::Active => 1,
                ProfileStatus::Invalid => 2,
            },
        ),
        _ => (0, "", 0),
    };
    let words: Vec<&str> = kinds.iter().map(|it| it.label()).collect();
    vec![
        text("Name", name, "e.g. Fly for Contoso"),
        choice("Kind", &words, kind),
        text("Impersonation", user, "e.g. user@contoso.example, for a custom app"),
        choice("Status", &STATUSES, status),
    ]
}

fn account_lines(name: &str, object: Option<&DirectoryObject>) -> Vec<Line> {
    let mfa = match object {
        Some(DirectoryObject::ServiceAccount(it)) => match it.mfa {
            Mfa::Unknown => 0,
            Mfa::No => 1,
            Mfa::Yes => 2,
        },
        _ => 0,
    };
    vec![text("User name", name, "e.g. svc-fly@contoso.example"), choice("MFA", &MFA, mfa)]
}
