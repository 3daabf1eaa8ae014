//! The keys of `config.toml`, what each allows, and how they become a [`Config`].

use std::path::PathBuf;

use toml_edit::Document;

use super::contexts::check::whole_path;
use super::reader::{Reader, Section, kind};
use super::{Binding, Borders, ColourWish, Config, THEMES, UnlockCache, contexts, signins};
use crate::app::keymap::Keymap;
use crate::domain::agent::Sha256;
use crate::domain::rules;
use crate::files::Problem;
use crate::log::Level;
use crate::view::theme;

/// Reads the whole text; all mistakes are reported at once.
pub fn resolve(text: &str) -> Result<Config, Vec<Problem>> {
    let mut reader = Reader::new(text);
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) => {
            // What follows a broken line cannot be distinguished, so this is the only one reported.
            let first = error.message().lines().next().unwrap_or_default().to_owned();
            reader.report(error.span(), String::new(), format!("not valid TOML: {first}"));
            return Err(reader.finish());
        }
    };
    let mut config = Config::default();
    let mut top = Section::top(document.as_table());
    let user = |text: &str| match rules::printable(text, 256) {
        // What is in parentheses behind a name is the account that the system reports.
        Ok(name) if name.contains(['(', ')']) => {
            Err("must not contain ( or ): the account of the system follows in them".to_owned())
        }
        name => name.map_err(|problem| problem.0),
    };
    set(&mut config.user, reader.text(&mut top, "user", user));
    ui(&mut reader, &mut top, &mut config);
    roles(&mut reader, &mut top, &mut config);
    password_policy(&mut reader, &mut top, &mut config);
    agent(&mut reader, &mut top, &mut config);
    aos(&mut reader, &mut top, &mut config);
    let mut expiry = reader.section(&mut top, "expiry");
    set(&mut config.expiry_warning_days, reader.number(&mut expiry, "warning_days", (0, 365)));
    reader.leave(expiry);
    let mut preflight = reader.section(&mut top, "preflight");
    let days = reader.number(&mut preflight, "outdated_days", (0, 365));
    set(&mut config.preflight_days, days);
    set(&mut config.waivers, reader.text(&mut preflight, "waivers", file));
    reader.leave(preflight);
    let mut store = reader.section(&mut top, "store");
    let days = reader.number(&mut store, "purge_days", (0, 3_650));
    set(&mut config.purge_days, days.and_then(|it| u32::try_from(it).ok()));
    reader.leave(store);
    let mut files = reader.section(&mut top, "files");
    set(&mut config.allow_commands, reader.toggle(&mut files, "allow_commands"));
    reader.leave(files);
    network(&mut reader, &mut top, &mut config);
    contexts::read(&mut reader, &mut top, &mut config);
    signins::read(&mut reader, &mut top, &mut config);
    log(&mut reader, &mut top, &mut config);
    vault(&mut reader, &mut top, &mut config);
    let keys = reader.section(&mut top, "keys");
    config.keys = reader
        .lists(keys)
        .into_iter()
        .map(|(action, (keys, line))| (action, Binding { keys, line }))
        .collect();
    keymap(&mut reader, &config);
    reader.leave(top);
    let problems = reader.finish();
    if problems.is_empty() { Ok(config) } else { Err(problems) }
}

/// Conflicts and unknown names of the keys, on the line of the binding that causes them.
fn keymap(reader: &mut Reader<'_>, config: &Config) {
    for error in Keymap::with(&config.bindings()).err().unwrap_or_default() {
        let line = error.actions().find_map(|it| config.keys.get(it)).map(|it| it.line);
        reader.report_line(line, "keys".to_owned(), error.to_string());
    }
}

fn set<T>(target: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *target = value;
    }
}

fn ui<'a>(reader: &mut Reader<'a>, top: &mut Section<'a>, config: &mut Config) {
    let mut section = reader.section(top, "ui");
    let wishes =
        [("auto", ColourWish::Auto), ("always", ColourWish::Always), ("never", ColourWish::Never)];
    let borders = [("auto", Borders::Auto), ("line", Borders::Line), ("ascii", Borders::Ascii)];
    set(&mut config.ui.colour, reader.word(&mut section, "colour", &wishes));
    let themes = THEMES.map(|name| (name, name));
    set(&mut config.ui.theme, reader.word(&mut section, "theme", &themes).map(str::to_owned));
    set(&mut config.ui.borders, reader.word(&mut section, "borders", &borders));
    set(&mut config.ui.mouse, reader.toggle(&mut section, "mouse"));
    set(&mut config.ui.hyperlinks, reader.toggle(&mut section, "hyperlinks"));
    set(&mut config.ui.redact, reader.toggle(&mut section, "redact"));
    reader.leave(section);
}

/// Styles of roles, as words or as a table.
fn roles<'a>(reader: &mut Reader<'a>, top: &mut Section<'a>, config: &mut Config) {
    let section = reader.section(top, "theme");
    let Some(table) = section.table() else { return };
    for (name, item) in table.iter() {
        let read = theme::Role::parse(name).and_then(|role| Ok((role, style(item)?)));
        match read {
            Ok((role, style)) => _ = config.ui.roles.insert(role, style),
            Err(problem) => reader.report(section.span(name), section.key(name), problem),
        }
    }
}

/// A style as words, or as a table of a foreground, a background and attributes.
fn style(item: &toml_edit::Item) -> Result<ratatui::style::Style, String> {
    if let Some(text) = item.as_str() {
        return theme::style(text);
    }
    let shape = "must be a style such as \"bold red\", or a table with fg, bg, bold, dim, italic, \
                 underline and reverse";
    let table = item.as_table_like().ok_or_else(|| format!("{shape}, not {}", kind(item)))?;
    let mut style = ratatui::style::Style::new();
    for (key, value) in table.iter() {
        style = match (key, value.as_str(), theme::modifier(key), value.as_bool()) {
            ("fg", Some(text), ..) => style.fg(theme::colour(text)?),
            ("bg", Some(text), ..) => style.bg(theme::colour(text)?),
            (_, _, Some(modifier), Some(true)) => style.add_modifier(modifier),
            (_, _, Some(_), Some(false)) => style,
            _ => return Err(format!("{shape}: {key} is none of these")),
        };
    }
    Ok(style)
}

/// D8: the policy that the device form checks against.
fn password_policy<'a>(reader: &mut Reader<'a>, top: &mut Section<'a>, config: &mut Config) {
    let mut section = reader.section(top, "password_policy");
    let policy = &mut config.password_policy;
    // The limits of both numbers fit any usize.
    let number = |value: Option<i64>| value.and_then(|it| usize::try_from(it).ok());
    // Active Directory itself allows up to 127 characters in a logon password.
    set(&mut policy.min_length, number(reader.number(&mut section, "min_length", (0, 127))));
    set(&mut policy.min_kinds, number(reader.number(&mut section, "min_kinds", (0, 4))));
    set(&mut policy.forbid_user_name, reader.toggle(&mut section, "forbid_user_name"));
    reader.leave(section);
}

/// D7: where the agent is and how it is installed.
fn agent<'a>(reader: &mut Reader<'a>, top: &mut Section<'a>, config: &mut Config) {
    let mut section = reader.section(top, "agent");
    set(&mut config.agent.installer.url, reader.text(&mut section, "download_url", installer));
    set(&mut config.agent.install_command, reader.text(&mut section, "install_command", template));
    set(&mut config.agent.installer.checks.sha256, reader.text(&mut section, "sha256", digest));
    let most = reader.number(&mut section, "max_mb", (1, 16_384));
    let most = most.and_then(|it| u64::try_from(it).ok()).map(|it| it << 20);
    set(&mut config.agent.installer.checks.max_bytes, most);
    reader.leave(section);
}

fn aos<'a>(reader: &mut Reader<'a>, top: &mut Section<'a>, config: &mut Config) {
    let mut section = reader.section(top, "aos");
    set(&mut config.aos.commercial, reader.text(&mut section, "commercial", address));
    set(&mut config.aos.usgov, reader.text(&mut section, "usgov", address));
    set(&mut config.aos.china_21vianet, reader.text(&mut section, "21vianet", address));
    reader.leave(section);
}

fn network<'a>(reader: &mut Reader<'a>, top: &mut Section<'a>, config: &mut Config) {
    let mut section = reader.section(top, "network");
    set(&mut config.network.ca_bundle, reader.text(&mut section, "ca_bundle", file));
    let seconds = reader.number(&mut section, "timeout_seconds", (5, 600));
    set(&mut config.network.timeout_seconds, seconds.and_then(|it| u32::try_from(it).ok()));
    reader.leave(section);
}

fn log<'a>(reader: &mut Reader<'a>, top: &mut Section<'a>, config: &mut Config) {
    let mut section = reader.section(top, "log");
    let number = |value: Option<i64>| value.and_then(|it| u32::try_from(it).ok());
    set(&mut config.log.level, reader.word(&mut section, "level", &Level::ALL));
    let names = [("redacted", false), ("plain", true)];
    set(&mut config.log.plain_names, reader.word(&mut section, "names", &names));
    set(&mut config.log.keep, number(reader.number(&mut section, "keep", (1, 100))));
    let most = number(reader.number(&mut section, "max_mb", (1, 1_024)));
    set(&mut config.log.max_bytes, most.map(|it| u64::from(it) << 20));
    reader.leave(section);
}

/// E3: what opens the vault.
fn vault<'a>(reader: &mut Reader<'a>, top: &mut Section<'a>, config: &mut Config) {
    let mut section = reader.section(top, "vault");
    let number = |value: Option<i64>| value.and_then(|it| u32::try_from(it).ok());
    let vault = &mut config.vault;
    set(&mut vault.key_command, reader.texts(&mut section, "key_command", command));
    let seconds = reader.number(&mut section, "key_command_timeout_seconds", (1, 600));
    set(&mut vault.key_command_timeout_seconds, number(seconds));
    let caches = [("none", UnlockCache::None), ("keyring", UnlockCache::Keyring)];
    set(&mut vault.cache, reader.word(&mut section, "cache", &caches));
    let minutes = reader.number(&mut section, "cache_minutes", (1, 1_440));
    set(&mut vault.cache_minutes, number(minutes));
    reader.leave(section);
}

/// A program with its arguments, as they are: no shell reads them. An empty list means none.
fn command(words: Vec<String>) -> Result<Vec<String>, String> {
    if words.first().is_some_and(|program| program.trim().is_empty()) {
        return Err("must begin with a program, such as [\"pass\", \"show\", \"jetbridge\"]".into());
    }
    if words.iter().any(|word| word.contains('\0')) {
        return Err("must not contain NUL characters".into());
    }
    Ok(words)
}

/// Where a CA bundle lies; an empty text means nowhere. Whether it can be read shows when a call
/// needs it: a file that is missing must not keep anybody from the list.
fn file(text: &str) -> Result<Option<PathBuf>, String> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    whole_path(text).map(Some)
}

/// An https address; an empty text means none.
fn address(text: &str) -> Result<Option<String>, String> {
    let text = rules::printable(text, rules::TEXT_MAX).map_err(|problem| problem.0)?;
    if text.is_empty() {
        return Ok(None);
    }
    match url::Url::parse(&text) {
        Ok(url) if url.scheme() == "https" && url.has_host() => {
            Ok(Some(text.trim_end_matches('/').to_owned()))
        }
        Ok(_) | Err(_) => Err("must be an address that starts with https://".to_owned()),
    }
}

/// Where an installer lies: an https address, a share or a whole path; an empty text means nowhere.
pub fn installer(text: &str) -> Result<Option<String>, String> {
    let share = text.trim().strip_prefix("\\\\");
    if let Some((server, path)) = share.and_then(|rest| rest.split_once('\\')) {
        let text = rules::printable(text, rules::TEXT_MAX).map_err(|problem| problem.0)?;
        if !server.is_empty() && !path.is_empty() {
            return Ok(Some(text));
        }
    }
    if let Ok(path) = whole_path(text) {
        return Ok(Some(path.to_string_lossy().into_owned()));
    }
    address(text).map_err(|_| {
        "must start with https://, or be a share such as '\\\\server\\share\\agent.msi' or a whole \
         path"
            .to_owned()
    })
}

/// A digest in hexadecimal digits; an empty text means none.
fn digest(text: &str) -> Result<Option<Sha256>, String> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let digest = Sha256::parse(text).map(Some);
    digest.ok_or_else(|| "must be 64 hexadecimal digits".to_owned())
}

/// A command with `{agent}` and perhaps `{key}`, and nothing else in braces.
fn template(text: &str) -> Result<String, String> {
    let text = rules::printable(text, rules::TEXT_MAX).map_err(|problem| problem.0)?;
    if !text.contains("{agent}") {
        return Err("must contain {agent}, which becomes the installer's file".to_owned());
    }
    let rest = text.replace("{agent}", "").replace("{key}", "");
    if rest.contains(['{', '}']) {
        return Err("knows {agent} and {key} only: remove the other braces".to_owned());
    }
    Ok(text)
}
