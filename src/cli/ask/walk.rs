//! From question to question through the form, to the review and the save. Every answer is kept in a
//! draft before the next question, so that whatever ends the process loses none.

use super::Front;
use super::answer::{Answer, options};
use super::question::{Page, Question, Reply};
use super::ways_out;
use crate::app::drafts;
use crate::app::picker::Picker;
use crate::app::review::attention;
use crate::app::wizard::Wizard;
use crate::backend::{BackendError, Place, SaveRequest};
use crate::cli::answer::{Format, one};
use crate::cli::files::done;
use crate::cli::files::run::limits;
use crate::cli::report::{FIELDS, OutcomeOut};
use crate::cli::session::{Session, minute, wait};
use crate::domain::{Connection, Draft, Timestamp};
use crate::error::{Exit, Failure};
use crate::form::{self, Advice, Field, FieldError, Kind, Limits, Spec};
use crate::service;
use crate::service::files::{Action, Done};
use crate::text::{clause, shown};

/// The way through a form.
pub(super) struct Walk<'a> {
    backend: &'a Place,
    form: Wizard,
    limits: Limits,
    dry: bool,
    /// Drafts are kept.
    drafts: bool,
    /// The field that was answered last.
    answered: Option<&'static str>,
    /// One answer is changed from the review.
    from_review: bool,
    /// The way that the questions go.
    back: bool,
    wrong: Option<String>,
}

/// How it ended.
enum End {
    Saved(Box<Connection>),
    Checked(String),
    Unchanged,
    Left,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        session: &Session<'_, '_>,
        backend: &'a Place,
        form: Wizard,
        dry: bool,
    ) -> Self {
        let drafts = backend.capabilities().drafts && !dry;
        Self {
            backend,
            form,
            limits: limits(session),
            dry,
            drafts,
            answered: None,
            from_review: false,
            back: false,
            wrong: None,
        }
    }

    /// Asks everything, and reports what became of it.
    pub(super) fn run(
        mut self,
        session: &mut Session<'_, '_>,
        front: &mut dyn Front,
        format: Format,
    ) -> Result<Exit, Failure> {
        // One that is continued has its own draft from the beginning.
        self.keep(session)?;
        let end = self.walk(session, front).map_err(|it| self.with_way_back(it))?;
        let is_new = self.form.target.is_none();
        match end {
            End::Left => {
                let what = if is_new { "nothing was created" } else { "nothing was changed" };
                let failure = Failure::new(what).because("the questions were not finished");
                Err(self.with_way_back(failure))
            }
            End::Unchanged => {
                self.forget()?;
                session.printer.say("Nothing was changed.");
                Ok(Exit::Ok)
            }
            End::Checked(name) => checked(session, &name, is_new, format),
            End::Saved(saved) => {
                self.forget()?;
                let old = self.form.original.text("name").trim();
                let renamed = !is_new && old != saved.name;
                let done = Done {
                    action: if is_new { Action::Create } else { Action::Change },
                    name: saved.name.clone(),
                    renamed_from: renamed.then(|| old.to_owned()),
                    result: Ok(saved.id),
                };
                done::report(session, &[done], (0, 0), format)
            }
        }
    }

    fn walk(
        &mut self,
        session: &mut Session<'_, '_>,
        front: &mut dyn Front,
    ) -> Result<End, Failure> {
        loop {
            if self.form.in_review() {
                let reply = self.reviewed(session, front)?;
                if let Some(end) = self.after_review(session, front, reply)? {
                    return Ok(end);
                }
                continue;
            }
            let Some(field) = self.form.focused().filter(|it| self.is_asked(it)) else {
                self.step();
                continue;
            };
            let reply = {
                let mut question = self.question(field)?;
                front.ask(session, &mut question)?
            };
            self.wrong = None;
            match reply {
                Reply::Quit => return Ok(End::Left),
                Reply::Answer(answer) => {
                    self.wrong = self.take(field, answer)?;
                    if self.wrong.is_none() {
                        self.answered = Some(field.key);
                        self.keep(session)?;
                        self.on();
                    }
                }
                Reply::Keep => {
                    self.wrong = self.wrong_with(field)?;
                    if self.wrong.is_none() {
                        self.answered = Some(field.key);
                        self.on();
                    }
                }
                Reply::Next => self.on(),
                Reply::Back => self.go_back(),
                Reply::Go(key) => self.go(&key),
                Reply::Review | Reply::Save => self.jump_to_review(),
            }
        }
    }

    fn reviewed(
        &mut self,
        session: &mut Session<'_, '_>,
        front: &mut dyn Front,
    ) -> Result<Reply, Failure> {
        self.from_review = false;
        let problems = self.submitted()?.err().unwrap_or_default();
        let spec = self.spec()?;
        let saved = self.form.target.map(|_| &self.form.original);
        let page = Page {
            form: &self.form,
            answers: form::review(spec, &self.form.values, saved)
                .into_iter()
                .filter(|it| it.field.kind != Kind::Agent)
                .collect(),
            problems,
            advice: spec.advice(&self.form.values),
            wrong: self.wrong.take(),
        };
        front.review(session, &page)
    }

    fn after_review(
        &mut self,
        session: &mut Session<'_, '_>,
        front: &mut dyn Front,
        reply: Reply,
    ) -> Result<Option<End>, Failure> {
        match reply {
            Reply::Quit => return Ok(Some(End::Left)),
            Reply::Back => self.go_back(),
            Reply::Go(key) => self.go(&key),
            Reply::Save => return self.save(session, front),
            Reply::Answer(_) | Reply::Keep | Reply::Next | Reply::Review => {
                self.wrong = Some("save it, or change an answer first".to_owned());
            }
        }
        Ok(None)
    }

    /// Saves; `None`: something is to be fixed first, and is shown.
    fn save(
        &mut self,
        session: &mut Session<'_, '_>,
        front: &mut dyn Front,
    ) -> Result<Option<End>, Failure> {
        let draft = match self.submitted()? {
            Ok(draft) => draft,
            Err(errors) => {
                self.wrong = Some(attention(errors.len()));
                return Ok(None);
            }
        };
        if self.form.says_nothing() {
            return Ok(Some(End::Unchanged));
        }
        if self.dry {
            return Ok(Some(End::Checked(draft.name)));
        }
        let request = SaveRequest {
            target: self.form.target,
            draft,
            secrets_from: self.form.secrets_from,
            restore: self.form.restore,
            stamp: None,
        };
        match wait(service::save(self.backend, request))? {
            Ok(saved) => Ok(Some(End::Saved(Box::new(saved)))),
            Err(BackendError::Deleted { by, at, revision, .. }) if !self.form.restore => {
                let name = shown(self.form.original.text("name")).into_owned();
                let (by, at) = (shown(&by).into_owned(), minute(at));
                let question =
                    format!("{by} deleted {name} at {at}. Restore it and save your changes?");
                if !front.agrees(session, &question)? {
                    return Ok(Some(End::Left));
                }
                self.form.restore = true;
                if let Some(target) = &mut self.form.target {
                    target.revision = revision;
                }
                self.save(session, front)
            }
            Err(error) => match self.form.refused_field(&error) {
                Some(key) => {
                    self.go(key);
                    self.wrong = Some(error.to_string());
                    Ok(None)
                }
                None => Err(error.into()),
            },
        }
    }

    /// What would be saved, or everything that is wrong with it.
    fn submitted(&self) -> Result<Result<Draft, Vec<FieldError>>, Failure> {
        let result = form::submit(self.spec()?, &self.form.values, &self.limits);
        let Some(message) = self.name_taken()? else { return Ok(result) };
        let mut errors = result.err().unwrap_or_default();
        if errors.iter().all(|it| it.field != "name") {
            errors.insert(0, FieldError { field: "name", message });
        }
        Ok(Err(errors))
    }

    fn spec(&self) -> Result<&'static Spec, Failure> {
        self.form
            .spec()
            .ok_or_else(|| Failure::new("the type has no form").hint("Update jetbridge."))
    }

    fn question(&mut self, field: &'static Field) -> Result<Question<'_>, Failure> {
        let spec = self.spec()?;
        let steps = self.form.steps();
        let Some(step) = steps.get(self.form.step).copied() else {
            return Err(Failure::new("the form has no such step").hint("Update jetbridge."));
        };
        // What a rule makes of an answer is said once that is given.
        let is_due = |it: &Field, advice: &Advice| {
            let is_open = advice.rule.is_some() && !self.form.values.answered(it.key);
            Some(it.key) == self.answered || (it.key == field.key && !is_open)
        };
        let advice: Vec<(&'static Field, Advice)> = spec
            .advice_by_field(&self.form.values)
            .into_iter()
            .filter(|(it, advice)| is_due(it, advice))
            .collect();
        let picker = self.picker(spec, field)?;
        let can = self.backend.capabilities();
        Ok(Question {
            at: (self.form.step + 1, steps.len()),
            step,
            field,
            options: options(field, &self.form, (can.keys, can.tokens)),
            form: &self.form,
            picker,
            advice,
            wrong: self.wrong.take(),
            now: self.limits.now,
        })
    }

    /// What the pick list of a field offers; `None`: it has none, or no tenant is picked yet.
    fn picker(
        &self,
        spec: &'static Spec,
        field: &'static Field,
    ) -> Result<Option<Picker>, Failure> {
        if field.key == "type" {
            return Ok(Some(Picker::types(field, self.form.kind)));
        }
        let Some(source) = field.kind.source() else { return Ok(None) };
        let tenant = source.tenant_field().and_then(|key| self.form.values.picks(key).first());
        if source.tenant_field().is_some() && tenant.is_none() {
            return Ok(None);
        }
        let picked = self.form.values.picks(field.key);
        let Some(mut picker) = Picker::new(field, tenant, picked) else { return Ok(None) };
        if let Some(kind) = picker.object_kind() {
            picker.fill(spec, wait(self.backend.objects(kind, picker.tenant.clone()))??);
        }
        Ok(Some(picker))
    }

    /// Takes an answer; what is wrong with it leaves the form as it was.
    fn take(&mut self, field: &'static Field, answer: Answer) -> Result<Option<String>, Failure> {
        let (values, kind) = (self.form.values.clone(), self.form.kind);
        match answer {
            Answer::Text(text) => self.form.put_text(field, &text),
            Answer::Secret(secret) => self.form.put_secret(field, Some(secret)),
            Answer::On(on) => self.form.turn(field, on),
            Answer::Choice(option) => self.form.choose(field, option),
            Answer::Type(spec) => self.form.switch_to(spec),
            Answer::Picks(picks) => self.form.pick(field, picks),
            Answer::Clear => self.form.clear(field),
            Answer::Key => {
                let Kind::Key(kind) = field.kind else { return Ok(None) };
                match wait(self.backend.issue_key(kind))? {
                    Ok(key) => self.form.put_key(field.key, &key, self.limits.now),
                    Err(error) => return Ok(Some(error.to_string())),
                }
            }
            Answer::Token(request) => match wait(self.backend.issue_token(request))? {
                Ok(token) => self.form.add_token(field, token),
                Err(error) => return Ok(Some(error.to_string())),
            },
        }
        let wrong = self.wrong_with(field)?;
        if wrong.is_some() {
            (self.form.values, self.form.kind) = (values, kind);
        }
        Ok(wrong)
    }

    /// What is wrong with the answer of a field by itself: what it lacks beside others, which may still
    /// come, is a matter of the review.
    fn wrong_with(&self, field: &'static Field) -> Result<Option<String>, Failure> {
        let spec = self.spec()?;
        match form::check_field(spec, &self.form.values, field.key, &self.limits) {
            Some(error) => Ok(Some(error.message)),
            None if field.key == "name" => self.name_taken(),
            None => Ok(None),
        }
    }

    /// Whether another connection has the name. G1.
    fn name_taken(&self) -> Result<Option<String>, Failure> {
        let name = self.form.values.text("name").trim();
        if name.is_empty() {
            return Ok(None);
        }
        let own = self.form.target.map(|it| it.id);
        let found = wait(self.backend.named(vec![name.to_owned()]))??;
        let other = found.into_iter().flatten().find(|it| Some(it.id) != own);
        Ok(other.map(|it| format!("{} exists already: choose another name", shown(&it.name))))
    }

    /// Whether there is anything to answer: the type of a saved connection stays.
    fn is_asked(&self, field: &Field) -> bool {
        field.kind != Kind::Agent && (field.key != "type" || self.form.target.is_none())
    }

    fn on(&mut self) {
        self.back = false;
        if self.from_review { self.jump_to_review() } else { self.step() }
    }

    /// To the next place in the way that the questions go, asked or not.
    fn step(&mut self) {
        let form = &mut self.form;
        if !self.back {
            if form.field + 1 < form.fields().len() {
                form.field += 1;
            } else {
                (form.step, form.field) = (form.step + 1, 0);
            }
        } else if form.field > 0 {
            form.field -= 1;
        } else if form.step > 0 {
            form.step -= 1;
            form.field = form.fields().len().saturating_sub(1);
        } else {
            // Nothing is asked before this: on to the first question.
            self.back = false;
        }
    }

    fn go_back(&mut self) {
        let (step, field) = (self.form.step, self.form.field);
        self.back = true;
        loop {
            self.step();
            if !self.back {
                (self.form.step, self.form.field) = (step, field);
                self.wrong = Some("this is the first question".to_owned());
                return;
            }
            if self.form.focused().is_some_and(|it| self.is_asked(it)) {
                self.back = false;
                return;
            }
        }
    }

    fn jump_to_review(&mut self) {
        self.form.step = self.form.steps().len();
        self.form.field = 0;
    }

    fn go(&mut self, key: &str) {
        let place = self.form.locate(key);
        let asked =
            self.spec().ok().and_then(|it| it.field(key)).is_some_and(|it| self.is_asked(it));
        match place.filter(|_| asked) {
            Some((step, field)) => {
                self.from_review = self.form.in_review();
                (self.form.step, self.form.field) = (step, field);
            }
            None => {
                self.wrong = Some(format!("{} is not asked with these answers", shown(key)));
            }
        }
    }

    /// Keeps the answers sealed. Where they cannot be kept that is said, and the questions go on.
    fn keep(&mut self, session: &mut Session<'_, '_>) -> Result<(), Failure> {
        if !self.drafts || !(self.form.unkept() || self.form.replaces.is_some()) {
            return Ok(());
        }
        if !self.form.changed() {
            return self.forget();
        }
        let Some(draft) = drafts::of(&self.form, Timestamp::now()) else { return Ok(()) };
        match wait(self.backend.save_draft(draft))? {
            Ok(()) => {
                self.form.kept = Some(self.form.values.clone());
                self.form.drafted = true;
                if let Some(old) = self.form.replaces.take() {
                    wait(self.backend.discard_draft(old))??;
                }
                ways_out::remember(format!("hint: {}", clause(&self.way_back())));
            }
            Err(error) => {
                self.drafts = false;
                session.printer.must_say(&format!("warning: no draft is kept: {error}"));
            }
        }
        Ok(())
    }

    /// Forgets the draft.
    fn forget(&mut self) -> Result<(), Failure> {
        if !self.form.drafted {
            return Ok(());
        }
        (self.form.drafted, self.form.kept) = (false, None);
        let ids = [self.form.replaces.take(), Some(self.form.draft.clone())];
        for id in ids.into_iter().flatten() {
            wait(self.backend.discard_draft(id))??;
        }
        ways_out::remember(String::new());
        Ok(())
    }

    fn way_back(&self) -> String {
        let command = match self.form.target {
            Some(target) => format!("edit {}", target.id),
            None => "create".to_owned(),
        };
        let id = &self.form.draft;
        format!("The answers are kept: `jetbridge {command} --draft {id}` continues.")
    }

    fn with_way_back(&self, failure: Failure) -> Failure {
        match self.form.drafted && self.drafts {
            true => failure.hint(self.way_back()),
            false if failure.hints.is_empty() => failure.hint("Run it again to start over."),
            false => failure,
        }
    }
}

/// Reports what a save would do.
fn checked(
    session: &mut Session<'_, '_>,
    name: &str,
    is_new: bool,
    format: Format,
) -> Result<Exit, Failure> {
    let does = if is_new { "would create" } else { "would change" };
    let record = OutcomeOut { outcome: does, id: None, name, error: None };
    if !one(session.printer, format, &FIELDS, &record)? {
        session.printer.line(&format!("{does} {}", shown(name)))?;
    }
    Ok(Exit::Ok)
}
