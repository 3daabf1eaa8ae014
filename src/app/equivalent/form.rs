//! The command that does what saving a form does.

use super::super::Model;
use super::super::wizard::Wizard;
use super::line::Line;
use super::{Equivalent, TYPES};
use crate::form::{Picked, Value};

/// A new connection from a file; a changed one, or a copy, by the fields that were changed.
pub(in crate::app) fn saved(model: &Model) -> Equivalent {
    let Some(form) = model.screens.form() else { return TYPES };
    let name = |from: &Wizard| from.original.text("name").to_owned();
    match (&form.target, form.secrets_from) {
        (Some(target), _) => {
            let line = Line::new(model, "edit").connection(&name(form), target.id);
            changes(line, form, true).into()
        }
        (None, Some(source)) => {
            let line = Line::new(model, "clone").connection("", source);
            changes(line.own(form.values.text("name"), "NEWNAME"), form, false).into()
        }
        (None, None) => Line::new(model, "create").word("-f FILE").into(),
    }
}

/// `--set` for each question whose answer is another one than at first. A secret is asked for
/// there; keys and tokens are issued by the form alone.
fn changes(mut line: Line, form: &Wizard, with_name: bool) -> Line {
    let Some(spec) = form.spec() else { return line };
    for field in spec.visible_fields(&form.values) {
        let (now, before) = (form.values.get(field.key), form.original.get(field.key));
        if now == before || field.key == "type" || field.key == "name" && !with_name {
            continue;
        }
        let value = match now.filter(|it| it.is_answer()) {
            None => Some(String::new()),
            Some(Value::Text(text)) => Some(text.clone()),
            Some(Value::Toggle(on)) => Some(on.to_string()),
            Some(Value::Choice(option)) => Some((*option).to_owned()),
            Some(Value::One(pick)) => Some(pick.id.0.clone()),
            Some(Value::Many(picks)) => Some(list(picks)),
            Some(Value::Secret(_)) => Some("{ prompt = true }".to_owned()),
            Some(Value::Key(_) | Value::Tokens(_)) => None,
        };
        if let Some(value) = value {
            line = line.option("--set", &format!("{}={value}", field.key));
        }
    }
    line
}

/// Ids as a TOML list.
fn list(picks: &[Picked]) -> String {
    let ids: Vec<String> = picks.iter().map(|it| serde_json::json!(it.id.0).to_string()).collect();
    format!("[{}]", ids.join(", "))
}
