//! The variables that turn debug mode on, wherever outside Python they are set.

use super::scope::Scope;
use crate::source::{ProjectPath, Span};

/// What setting a variable does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Effect {
    /// It turns debug mode on.
    Debug,
    /// It turns debug mode on before Flask 2.3 and does nothing since.
    OldDebug,
    /// It turns the interactive debugger of `flask run` on.
    Debugger,
    /// It takes the PIN away that stands before the interactive debugger.
    NoPin,
    /// It turns the debug mode of Dash on.
    Dash,
}

impl Effect {
    /// The value that takes it away; `None` where only deletion does.
    pub(crate) fn off(self) -> Option<&'static str> {
        match self {
            Self::Debug | Self::Debugger | Self::Dash => Some("0"),
            Self::OldDebug => Some("production"),
            Self::NoPin => None,
        }
    }
}

/// A variable set outside Python.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Variable {
    /// The file.
    pub(crate) path: ProjectPath,
    /// Its name.
    pub(crate) name: String,
    /// Its value as written, without quotes.
    pub(crate) value: String,
    /// The entry: name and value.
    pub(crate) span: Span,
    /// The value, with its quotes.
    pub(crate) value_span: Span,
    /// What to delete, so that the entry is gone and the file is still well-formed; `None` where
    /// that takes a person.
    pub(crate) removal: Option<Span>,
    /// The block of variables that it is one of: those are set together.
    pub(crate) block: Span,
    /// The folder whose code it is set for, as far as the file tells; `None` where it is set for a
    /// program that is no Python.
    pub(crate) home: Option<String>,
    /// Which run it belongs to.
    pub(crate) scope: Scope,
    /// Whether something else takes its effect away: a later assignment, a stage that is not built.
    pub(crate) standing: Standing,
}

/// Whether a setting reaches the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// It does.
    Counts,
    /// Something that comes later sets it anew.
    Overridden,
    /// It is in a stage of a Dockerfile that the last stage does not build on.
    OtherStage,
    /// It is in a file that is only there to be copied.
    Sample,
    /// It is handed to each request and not to the process.
    Request,
}

/// The names of the variables that turn something on by themselves.
pub(crate) const NAMES: &[&str] =
    &["DASH_DEBUG", "FLASK_DEBUG", "FLASK_ENV", "FLASK_RUN_DEBUG", "FLASK_RUN_DEBUGGER", "WERKZEUG_DEBUG_PIN"];

/// Whether a variable is one to know about in any project. `DEBUG` does nothing by itself, nor does
/// `SHOP_DEBUG`: what Python code makes of them decides.
pub(crate) fn matters(name: &str) -> bool {
    NAMES.contains(&name) || name == "DEBUG" || name.ends_with("_DEBUG")
}

/// What setting a variable to a value does; `None` where it does nothing or cannot be known.
///
/// Flask takes only `""`, `0`, `false` and `no`, in any case, for off (`flask.helpers.get_debug_flag`);
/// `flask run` reads its options as click reads booleans.
pub(crate) fn effect(name: &str, value: &str) -> Option<Effect> {
    let value = resolve(value)?;
    let lower = value.trim().to_ascii_lowercase();
    match name {
        "FLASK_DEBUG" => (!matches!(lower.as_str(), "" | "0" | "false" | "no")).then_some(Effect::Debug),
        "FLASK_ENV" => (value == "development").then_some(Effect::OldDebug),
        "FLASK_RUN_DEBUG" => clicked(&lower).then_some(Effect::Debug),
        "FLASK_RUN_DEBUGGER" => clicked(&lower).then_some(Effect::Debugger),
        "WERKZEUG_DEBUG_PIN" => (value == "off").then_some(Effect::NoPin),
        "DASH_DEBUG" => (!matches!(lower.as_str(), "" | "0" | "false" | "no" | "off")).then_some(Effect::Dash),
        _ => None,
    }
}

/// What click takes for true.
fn clicked(lower: &str) -> bool {
    matches!(lower, "1" | "true" | "t" | "yes" | "y" | "on")
}

/// What a value is when nothing else is said: the default in `${NAME:-default}`; `None` where it is
/// filled in by something that is not known.
pub(crate) fn resolve(value: &str) -> Option<&str> {
    let value = value.trim();
    if let Some(inner) = value.strip_prefix("${").and_then(|value| value.strip_suffix('}'))
        && !inner.contains(['{', '}', '$'])
    {
        return inner.split_once(":-").or_else(|| inner.split_once('-')).map(|(_, default)| default);
    }
    let filled = ["$", "{{", "<%", "%("].iter().any(|mark| value.contains(mark))
        || (value.len() > 1 && value.starts_with('%') && value.ends_with('%'));
    (!filled).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_four_values_of_flask_debug_are_off() {
        for value in ["", "0", "False", "NO", "false", "${X:-0}", "${X}", "$X", "{{ debug }}", "%DEBUG%"] {
            assert_eq!(effect("FLASK_DEBUG", value), None, "{value}");
        }
        for value in ["1", "True", "off", "n", "None", "production", "${X:-1}", "${X-on}"] {
            assert_eq!(effect("FLASK_DEBUG", value), Some(Effect::Debug), "{value}");
        }
    }

    #[test]
    fn the_other_variables_have_their_own_values() {
        assert_eq!(effect("FLASK_ENV", "development"), Some(Effect::OldDebug));
        assert_eq!(effect("FLASK_ENV", "production"), None);
        assert_eq!(effect("FLASK_RUN_DEBUG", "off"), None);
        assert_eq!(effect("FLASK_RUN_DEBUGGER", "1"), Some(Effect::Debugger));
        assert_eq!(effect("WERKZEUG_DEBUG_PIN", "off"), Some(Effect::NoPin));
        assert_eq!(effect("WERKZEUG_DEBUG_PIN", "123-456-789"), None);
        assert_eq!(effect("DASH_DEBUG", "true"), Some(Effect::Dash));
        assert_eq!(effect("DEBUG", "1"), None);
    }
}
