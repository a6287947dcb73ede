//! A value of a setting before its meaning is checked, and where it came from.

use std::collections::BTreeMap;
use std::fmt;

/// Text as the user wrote it, or several. Switches are `true` and `false`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Text(String),
    List(Vec<String>),
}

impl Value {
    pub(crate) fn items(&self) -> Vec<String> {
        match self {
            Self::Text(text) => vec![text.clone()],
            Self::List(items) => items.clone(),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::List(items) => f.write_str(&items.join(",")),
        }
    }
}

/// Which layer a value came from. A later variant goes before an earlier one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    Default,
    File { path: String, line: usize },
    Environment,
    Flag,
}

impl Origin {
    /// Layers of equal rank were written in one place.
    pub(crate) fn rank(&self) -> u8 {
        match self {
            Self::Default => 0,
            Self::File { .. } => 1,
            Self::Environment => 2,
            Self::Flag => 3,
        }
    }
}

/// The values of one layer, by the key of their setting.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layer {
    values: BTreeMap<&'static str, Value>,
}

impl Layer {
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.values.get(key)
    }

    pub(crate) fn set(&mut self, key: &'static str, value: Value) {
        self.values.insert(key, value);
    }

    pub(crate) fn text(&mut self, key: &'static str, text: &Option<String>) {
        if let Some(text) = text {
            self.set(key, Value::Text(text.clone()));
        }
    }

    pub(crate) fn list(&mut self, key: &'static str, items: &[String]) {
        if !items.is_empty() {
            self.set(key, Value::List(items.to_vec()));
        }
    }

    pub(crate) fn switch(&mut self, key: &'static str, on: bool) {
        if on {
            self.set(key, Value::Text("true".to_owned()));
        }
    }
}
