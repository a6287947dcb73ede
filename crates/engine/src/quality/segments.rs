//! `--by`: what cuts the rows into segments.

use datafusion::logical_expr::Expr;
use datafusion::prelude::SessionContext;

use super::error::QualityError;
use super::source::Source;
use crate::error::EngineError;
use crate::merge::row_expression;

/// Bytes of a name: it is in segments, and in the path of the metrics.
const LONGEST_NAME: usize = 60;

/// One expression and its name in segments.
#[derive(Clone, Debug)]
pub(crate) struct SegmentBy {
    pub(crate) name: String,
    pub(crate) expression: Expr,
}

impl SegmentBy {
    /// `variant`, `lower(plan) AS plan`, or in JSON Lines a path.
    pub(crate) fn parse(
        context: &SessionContext,
        source: &Source,
        text: &str,
    ) -> Result<Self, EngineError> {
        let (expression, name) = split_alias(text);
        let name = name.unwrap_or(text).trim().to_owned();
        if name.len() > LONGEST_NAME {
            return Err(QualityError::LongName { name }.into());
        }
        let named = |expression| Self { name, expression };
        let plain = expression.trim();
        // A column may have a name that SQL would take apart.
        if let Some(column) = source.column(plain) {
            return Ok(named(column));
        }
        let is_path = |c: char| c.is_alphanumeric() || "_-.[]$*".contains(c);
        if source.json && !plain.is_empty() && plain.chars().all(is_path) {
            return Ok(named(source.path(plain)?));
        }
        let schema = source.frame.schema();
        let expression = row_expression(context, schema, "--by", plain)?;
        Ok(named(expression))
    }
}

/// `expression AS name`: the name is a word after the last ` as ` that is outside of quotes.
fn split_alias(text: &str) -> (&str, Option<&str>) {
    let lower = text.to_ascii_lowercase();
    let Some(at) = lower.rfind(" as ") else {
        return (text, None);
    };
    let (expression, name) = (text.get(..at), text.get(at + 4..));
    match (expression, name) {
        (Some(expression), Some(name))
            if !name.trim().is_empty()
                && name.trim().chars().all(|c| c.is_alphanumeric() || c == '_')
                && expression.matches('\'').count() % 2 == 0 =>
        {
            (expression, Some(name))
        }
        _ => (text, None),
    }
}

/// `plan=basic, variant=blue`; a null is told apart from the text.
pub(crate) fn segment_text(names: &[String], values: &[Option<String>]) -> Option<String> {
    if names.is_empty() {
        return None;
    }
    let parts = names.iter().zip(values).map(|(name, value)| match value {
        Some(value) => format!("{name}={value}"),
        None => format!("{name} IS NULL"),
    });
    Some(parts.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_is_a_word_after_the_last_as() {
        assert_eq!(split_alias("variant"), ("variant", None));
        assert_eq!(
            split_alias("lower(plan) AS plan"),
            ("lower(plan)", Some("plan"))
        );
        assert_eq!(split_alias("CAST(x AS int)"), ("CAST(x AS int)", None));
        assert_eq!(
            split_alias("CAST(x AS int) as n"),
            ("CAST(x AS int)", Some("n"))
        );
        assert_eq!(split_alias("x || ' as y"), ("x || ' as y", None));
    }

    #[test]
    fn segments_name_each_value() {
        let names = ["plan".to_owned(), "variant".to_owned()];
        let values = [Some("basic".to_owned()), None];
        assert_eq!(
            segment_text(&names, &values).as_deref(),
            Some("plan=basic, variant IS NULL")
        );
        assert_eq!(segment_text(&[], &[]), None);
    }
}
