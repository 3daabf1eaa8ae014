//! The fields of a context: from flags, from answers, and checked as the configuration checks them.

use std::path::{Path, PathBuf};

use url::Url;

use super::args::FieldArgs;
use super::ask::{ask, choose, optional};
use super::credential::{ask_credential, source};
use crate::backend::fly::presets;
use crate::cli::session::Session;
use crate::config::contexts::{
    Address, ContextConfig, ContextPlace, CredentialConfig, FlyConfig, TeamConfig, check,
};
use crate::domain::context::{ContextColour, ContextKind, KidForm};
use crate::domain::rules;
use crate::domain::secret::may_be_secret;
use crate::domain::server::ServerAddress;
use crate::error::Failure;
use crate::files::path::{given, pasted};

/// A context in the making.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    kind: Option<ContextKind>,
    path: Option<PathBuf>,
    address: Option<Address>,
    server: Option<ServerAddress>,
    ca: Option<PathBuf>,
    identity_url: Option<Url>,
    client_id: Option<String>,
    credential: Option<CredentialConfig>,
    kid: KidForm,
    label: Option<String>,
    colour: Option<ContextColour>,
    agent_url: Option<String>,
    agent_sha256: Option<String>,
}

impl Fields {
    /// Those of a context that is there.
    pub fn of(context: &ContextConfig) -> Self {
        let mut fields = Self {
            kind: Some(context.place.kind()),
            label: context.label.clone(),
            colour: context.colour,
            agent_url: context.agent_url.clone(),
            agent_sha256: context.agent_sha256.clone(),
            ..Self::default()
        };
        match context.place.clone() {
            ContextPlace::Store { path } => fields.path = path,
            ContextPlace::Postgres(team) => {
                fields.server = Some(team.address);
                fields.ca = team.ca;
                fields.credential = Some(team.credential);
            }
            ContextPlace::Fly(fly) => {
                fields.address = Some(fly.address);
                fields.identity_url = fly.identity_url;
                fields.client_id = Some(fly.client_id);
                fields.credential = Some(fly.credential);
                fields.kid = fly.kid;
            }
        }
        fields
    }

    /// With what the flags say; every wrong one is reported at once.
    pub fn with(mut self, args: &FieldArgs) -> Result<Self, Failure> {
        let mut wrong = Vec::new();
        if let Some(kind) = args.kind {
            self.kind = Some(kind.into());
        }
        // What belongs to one kind says which kind it is.
        let server = args.url.as_deref().is_some_and(|it| it.trim().starts_with("postgres"));
        let is_fly = args.data_centre.is_some() || args.url.is_some() || args.client_id.is_some();
        if self.kind.is_none() && (is_fly || args.path.is_some()) {
            self.kind = Some(match (server, is_fly) {
                (true, _) => ContextKind::Postgres,
                (false, true) => ContextKind::Fly,
                (false, false) => ContextKind::Store,
            });
        }
        if let Some(path) = &args.path {
            take(&mut wrong, "--path", absolute(path), |it| self.path = Some(it));
        }
        if let Some(name) = &args.data_centre {
            take(&mut wrong, "--data-centre", check::data_centre(name), |it| {
                self.address = Some(Address::DataCentre(it));
            });
        }
        if let (Some(url), Some(ContextKind::Postgres)) = (&args.url, self.kind) {
            take(&mut wrong, "--url", ServerAddress::parse(url), |it| self.server = Some(it));
        } else if let Some(url) = &args.url {
            take(&mut wrong, "--url", check::address(url), |it| {
                self.address = Some(Address::Url(it));
            });
        }
        if let Some(path) = &args.ca {
            let none = path.as_os_str().is_empty();
            let path = if none { Ok(None) } else { absolute(path).map(Some) };
            take(&mut wrong, "--ca", path, |it| self.ca = it);
        }
        if let Some(url) = &args.identity_url {
            take(&mut wrong, "--identity-url", maybe(url), |it| self.identity_url = it);
        }
        if let Some(kid) = args.kid {
            self.kid = kid.into();
        }
        if let Some(id) = &args.client_id {
            take(&mut wrong, "--client-id", client_id(id), |it| self.client_id = Some(it));
        }
        self.with_looks(args, &mut wrong);
        self.with_credential(args, &mut wrong);
        self.fitting(args, &mut wrong);
        if wrong.is_empty() {
            return Ok(self);
        }
        let mut failure = Failure::usage("these options cannot be used")
            .hint("`jetbridge context add --help` lists the options.");
        failure.why = wrong;
        Err(failure)
    }

    /// What it looks like, and its device agent.
    fn with_looks(&mut self, args: &FieldArgs, wrong: &mut Vec<String>) {
        if let Some(label) = &args.label {
            take(wrong, "--label", check::label(label), |it| self.label = it);
        }
        if let Some(colour) = args.colour {
            self.colour = colour.colour();
        }
        if let Some(url) = &args.agent_url {
            take(wrong, "--agent-url", check::agent_url(url), |it| self.agent_url = it);
        }
        if let Some(hash) = &args.agent_sha256 {
            take(wrong, "--agent-sha256", check::sha256(hash), |it| self.agent_sha256 = it);
        }
    }

    fn with_credential(&mut self, args: &FieldArgs, wrong: &mut Vec<String>) {
        let source = match source(&args.secret) {
            Ok(source) => source,
            Err(message) => return wrong.push(message),
        };
        let before = match (&args.certificate, self.credential.take()) {
            (Some(path), _) => match absolute(path) {
                Ok(certificate) => Some(CredentialConfig::Certificate { certificate, key: None }),
                Err(message) => return wrong.push(format!("--certificate: {message}")),
            },
            (None, before) => before,
        };
        self.credential = match (before, source) {
            (before, None) => before,
            (Some(CredentialConfig::Certificate { certificate, .. }), key @ Some(_)) => {
                Some(CredentialConfig::Certificate { certificate, key })
            }
            (Some(CredentialConfig::Secret(_)) | None, Some(source)) => {
                Some(CredentialConfig::Secret(source))
            }
        };
    }

    /// Refuses options that say nothing about this kind.
    fn fitting(&self, args: &FieldArgs, wrong: &mut Vec<String>) {
        let fly: [(&str, bool); 7] = [
            ("--data-centre", args.data_centre.is_some()),
            ("--url", args.url.is_some()),
            ("--identity-url", args.identity_url.is_some()),
            ("--client-id", args.client_id.is_some()),
            ("--certificate", args.certificate.is_some()),
            ("--kid", args.kid.is_some()),
            ("--secret-…", args.secret.any()),
        ];
        match self.kind {
            Some(ContextKind::Store) => {
                let given = fly.into_iter().filter(|(_, given)| *given);
                wrong.extend(given.map(|(flag, _)| format!("{flag}: a store has none")));
            }
            Some(ContextKind::Postgres) => {
                let other = ["--data-centre", "--identity-url", "--client-id", "--kid"];
                let given = fly.into_iter().filter(|(flag, given)| *given && other.contains(flag));
                wrong.extend(given.map(|(flag, _)| format!("{flag}: a team store has none")));
            }
            Some(ContextKind::Fly) | None => {}
        }
        if args.path.is_some() && !matches!(self.kind, Some(ContextKind::Store) | None) {
            wrong.push("--path: only a store on this machine has one".to_owned());
        }
        if args.ca.is_some() && self.kind != Some(ContextKind::Postgres) {
            wrong.push("--ca: only a team store has one; [network] has ca_bundle".to_owned());
        }
    }

    /// Asks each thing in order; what is known is offered.
    pub fn ask(
        mut self,
        session: &mut Session<'_, '_>,
        (kind_given, secret_given): (bool, bool),
    ) -> Result<Self, Failure> {
        let kinds = [
            ("fly", ContextKind::Fly),
            ("store", ContextKind::Store),
            ("postgres", ContextKind::Postgres),
        ];
        let present = self.kind.map_or("fly", ContextKind::slug);
        // What an option said is not asked.
        let kind = match self.kind.filter(|_| kind_given) {
            Some(kind) => kind,
            None => choose(session, "Kind", &kinds, Some(present))?,
        };
        self.kind = Some(kind);
        match kind {
            ContextKind::Store => {
                let present = self.path.as_ref().map(|it| it.display().to_string());
                let path = ask(session, "File of the store, full path", present.as_deref(), typed)?;
                self.path = Some(path);
            }
            ContextKind::Postgres => {
                let present = self.server.as_ref().map(ToString::to_string);
                let question = "Server and database, such as postgres://USER@HOST/DATABASE";
                self.server =
                    Some(ask(session, question, present.as_deref(), ServerAddress::parse)?);
                let present = self.ca.as_ref().map(|it| it.display().to_string());
                let question = "File with its own certificate authority (PEM), full path";
                self.ca = optional(session, question, present.as_deref(), |text| {
                    if text.trim().is_empty() { Ok(None) } else { typed(text).map(Some) }
                })?;
                if !secret_given {
                    let present = self.credential.take();
                    self.credential = Some(ask_credential(session, present.as_ref())?);
                }
            }
            ContextKind::Fly => self.ask_fly(session, secret_given)?,
        }
        let label = self.label.take();
        let question = "Label shown next to the name, such as PROD";
        self.label = optional(session, question, label.as_deref(), check::label)?;
        let colour = self.colour.map(ContextColour::slug);
        let words = ContextColour::ALL.map(ContextColour::slug).join(", ");
        self.colour = optional(session, &format!("Colour ({words})"), colour, |text| {
            let found = ContextColour::ALL.into_iter().find(|it| it.slug() == text);
            if text.is_empty() || found.is_some() {
                Ok(found)
            } else {
                Err(format!("one of {words}"))
            }
        })?;
        Ok(self)
    }

    fn ask_fly(
        &mut self,
        session: &mut Session<'_, '_>,
        secret_given: bool,
    ) -> Result<(), Failure> {
        for it in presets::ALL {
            session.printer.say(&format!("  {:9} {} ({})", it.name, it.title, it.evidence.label()));
        }
        let present = self.address.as_ref().map(|it| match it {
            Address::DataCentre(name) => name.clone(),
            Address::Url(url) => url.to_string(),
        });
        let question = "Data centre, or base address of the API";
        let address =
            ask(session, question, present.as_deref(), |text| match text.contains("://") {
                true => check::address(text).map(Address::Url),
                false => check::data_centre(text).map(Address::DataCentre),
            })?;
        if self.address.as_ref() != Some(&address) {
            // It belonged to the other address.
            self.identity_url = None;
        }
        self.address = Some(address);
        let identity = self.identity_url.as_ref().map(Url::to_string);
        let question = "Address that issues tokens (none: that of the data centre)";
        self.identity_url = optional(session, question, identity.as_deref(), maybe)?;
        let present = self.client_id.take();
        let question = "Application (client) ID of the app registration";
        self.client_id = Some(ask(session, question, present.as_deref(), client_id)?);
        if !secret_given {
            let present = self.credential.take();
            self.credential = Some(ask_credential(session, present.as_ref())?);
        }
        Ok(())
    }

    /// The context, or what is still missing.
    pub fn finish(self) -> Result<ContextConfig, Failure> {
        let missing = |flags: Vec<&str>| {
            Failure::usage(format!("{} not given", flags.join(", "))).hint(
                "Give it, or run the command in a terminal, without --no-input: it asks there.",
            )
        };
        let place = match self.kind {
            None => return Err(missing(vec!["--kind is"])),
            Some(ContextKind::Store) => match self.path {
                None => return Err(missing(vec!["--path is"])),
                path @ Some(_) => ContextPlace::Store { path },
            },
            Some(ContextKind::Postgres) => match (self.server, self.credential) {
                (Some(address), Some(credential)) => ContextPlace::Postgres(Box::new(TeamConfig {
                    address,
                    ca: self.ca,
                    credential,
                })),
                (None, _) => return Err(missing(vec!["--url is"])),
                (Some(_), None) => {
                    return Err(missing(vec![
                        "--secret-stdin or another source of the password, or --certificate:",
                    ]));
                }
            },
            Some(ContextKind::Fly) => match (self.address, self.client_id, self.credential) {
                (Some(address), Some(client_id), Some(credential)) => {
                    ContextPlace::Fly(Box::new(FlyConfig {
                        address,
                        identity_url: self.identity_url,
                        client_id,
                        credential,
                        kid: self.kid,
                    }))
                }
                (address, client_id, credential) => {
                    let lacks = [
                        ("--data-centre", address.is_none()),
                        ("--client-id", client_id.is_none()),
                        ("--secret-stdin or another source of the secret", credential.is_none()),
                    ];
                    let lacks: Vec<&str> =
                        lacks.into_iter().filter(|(_, it)| *it).map(|(flag, _)| flag).collect();
                    return Err(missing(vec![&format!("{}:", lacks.join(", "))]));
                }
            },
        };
        Ok(ContextConfig {
            place,
            label: self.label,
            colour: self.colour,
            agent_url: self.agent_url,
            agent_sha256: self.agent_sha256,
        })
    }
}

/// Takes a value over, or notes what is wrong with its option. What may be a secret in the wrong
/// place is in no message: the checks do not repeat texts.
fn take<T>(wrong: &mut Vec<String>, flag: &str, value: Result<T, String>, set: impl FnOnce(T)) {
    match value {
        Ok(value) => set(value),
        Err(message) => wrong.push(format!("{flag}: {message}")),
    }
}

fn client_id(text: &str) -> Result<String, String> {
    rules::guid(text).map(|it| it.to_string()).map_err(|problem| problem.0)
}

fn maybe(text: &str) -> Result<Option<Url>, String> {
    if text.trim().is_empty() { Ok(None) } else { check::address(text).map(Some) }
}

/// A whole path that is typed, pasted or dropped.
pub fn typed(text: &str) -> Result<PathBuf, String> {
    check::whole_path(&pasted(text).to_string_lossy())
}

/// A path as the configuration has it: whole, whatever folder the command ran in.
pub fn absolute(path: &Path) -> Result<PathBuf, String> {
    let path = given(path);
    let text = path.to_string_lossy();
    if may_be_secret(&text) && !path.exists() {
        return Err("that looks like a secret: never type it as an argument; pipe it in with --secret-stdin, and consider it exposed".to_owned());
    }
    let whole = std::path::absolute(&path).map_err(|_| "is not a path".to_owned())?;
    check::whole_path(&whole.to_string_lossy())
}
