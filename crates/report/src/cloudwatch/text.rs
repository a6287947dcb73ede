//! The rules that CloudWatch has for names.

/// Why CloudWatch takes a text for no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextFault {
    /// Empty, or of blanks alone.
    #[error("is blank")]
    Blank,
    /// Longer than CloudWatch allows; in characters.
    #[error("has {length} characters, and CloudWatch takes {most}")]
    TooLong {
        /// Characters that it has.
        length: usize,
        /// Characters that are allowed.
        most: usize,
    },
    /// A character other than printable ASCII.
    #[error("holds {character:?}, and CloudWatch takes printable ASCII only")]
    NotAscii {
        /// The first one.
        character: char,
    },
    /// A colon at the beginning.
    #[error("begins with a colon, which CloudWatch keeps for itself")]
    LeadingColon,
    /// The beginning of AWS's own namespaces.
    #[error("begins with `AWS/`, which is reserved for AWS's services (`aws/` is not)")]
    Reserved,
}

/// The rules that all names share.
pub(super) fn fault(text: &str, most: usize) -> Option<TextFault> {
    if text.trim().is_empty() {
        return Some(TextFault::Blank);
    }
    let length = text.chars().count();
    if length > most {
        return Some(TextFault::TooLong { length, most });
    }
    text.chars()
        .find(|c| !matches!(c, ' '..='~'))
        .map(|character| TextFault::NotAscii { character })
}

/// As [`fault`], for names that may not begin with a colon.
pub(super) fn fault_of_name(text: &str, most: usize) -> Option<TextFault> {
    fault(text, most).or_else(|| text.starts_with(':').then_some(TextFault::LeadingColon))
}

/// A text of strangers as a message shows it: escaped, and not all of it.
pub(super) fn shown(text: &str) -> String {
    const MOST: usize = 80;
    let mut shown: String = text
        .chars()
        .take(MOST)
        .flat_map(char::escape_debug)
        .collect();
    if text.chars().nth(MOST).is_some() {
        shown.push('…');
    }
    shown
}
