//! Asking a form's table: what is visible for these values, and what depends on what.

use super::{Field, Key, Kind, Need, Spec, Step, Values};

impl Spec {
    /// Steps of the branch that the values are in.
    pub fn visible_steps<'a>(
        &'static self,
        values: &'a Values,
    ) -> impl Iterator<Item = &'static Step> + 'a {
        self.steps.iter().filter(move |step| step.when.holds(values))
    }

    /// Fields of the branch that the values are in, step by step.
    pub fn visible_fields<'a>(
        &'static self,
        values: &'a Values,
    ) -> impl Iterator<Item = &'static Field> + 'a {
        self.visible_steps(values).flat_map(move |step| step.visible_fields(values))
    }

    /// The values of visible fields only, as far as they are of the right shape. D17.
    pub fn visible(&'static self, values: &Values) -> Values {
        let fields: Vec<_> = self.visible_fields(values).collect();
        values.only(|key, value| fields.iter().any(|it| it.key == key && it.kind.takes(value)))
    }

    /// Whether a field is one that every connection has beside its answers.
    pub fn is_common(&self, key: &str) -> bool {
        ["name", "type", "description", self.side].contains(&key)
    }

    /// Whether a connection of the type can serve either end: the side is for planning only.
    pub fn is_for_either_end(&'static self) -> bool {
        self.field(self.side).is_some_and(|it| it.need == Need::Optional)
    }

    /// Every field, visible or not.
    pub fn fields(&'static self) -> impl Iterator<Item = &'static Field> {
        self.steps.iter().flat_map(|step| step.fields)
    }

    /// Whether the backend issues a key for connections of this type.
    pub fn issues_key(&'static self) -> bool {
        self.fields().any(|field| matches!(field.kind, Kind::Key(_)))
    }

    /// The field with this key.
    pub fn field(&'static self, key: &str) -> Option<&'static Field> {
        self.fields().find(|field| field.key == key)
    }

    /// The step that asks a field: where an error leads to.
    pub fn step_of(&'static self, key: &str) -> Option<&'static Step> {
        self.steps.iter().find(|step| step.fields.iter().any(|field| field.key == key))
    }

    /// Fields whose pick lists depend on this one: a change clears them. G5.
    pub fn dependents(&'static self, key: Key) -> impl Iterator<Item = &'static Field> {
        self.fields().filter(move |field| {
            field.kind.source().and_then(super::Source::tenant_field) == Some(key)
        })
    }
}

impl Step {
    /// Fields that the values make visible.
    pub fn visible_fields<'a>(
        &'static self,
        values: &'a Values,
    ) -> impl Iterator<Item = &'static Field> + 'a {
        self.fields.iter().filter(move |field| field.when.holds(values))
    }
}
