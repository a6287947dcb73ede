//! The names of what a run leaves behind (design.md "The output"): functions of the partition alone.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::hour::Hour;

/// Everything but RFC 3986's unreserved characters: what DuckDB, Spark and Hive decode again.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// A name as it stands in a path.
pub fn encoded_name(name: &str) -> String {
    utf8_percent_encode(name, ENCODED).to_string()
}

/// A name of a path as the user knows it.
pub fn decoded_name(encoded: &str) -> String {
    percent_decode_str(encoded).decode_utf8_lossy().into_owned()
}

/// What one hour file is about. Names are as the user knows them, not encoded.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Partition {
    pub model: String,
    pub endpoint: String,
    pub variant: String,
    pub hour: Hour,
}

impl Partition {
    /// `model=…/endpoint=…/variant=…/date=YYYY-MM-DD/hh=HH`, values percent-encoded.
    ///
    /// Keys made of it go through [`Root::child`](crate::Root::child), which takes them literally;
    /// object_store's `Path::from` would encode the `%` a second time.
    pub fn folder(&self) -> String {
        format!(
            "model={}/endpoint={}/variant={}/date={}/hh={}",
            encoded_name(&self.model),
            encoded_name(&self.endpoint),
            encoded_name(&self.variant),
            self.hour.date(),
            self.hour.hh()
        )
    }

    /// The one Parquet file of the hour's observations.
    pub fn hour_file(&self) -> String {
        format!("merged/{}/part-0.parquet", self.folder())
    }

    /// What the hour file was made from.
    pub fn receipt(&self) -> String {
        format!("{RECEIPTS}/{}.json", self.folder())
    }

    /// The hour's rejected prediction records.
    pub fn rejects(&self) -> String {
        format!("rejects/{}/part-0.parquet", self.folder())
    }
}

/// The folder of all receipts.
pub(crate) const RECEIPTS: &str = "_groundline/receipts";

/// The hour file that the receipt of this key is about; `None` if no receipt has such a key.
pub(crate) fn hour_file_of(receipt: &str) -> Option<String> {
    let folder = receipt.strip_prefix(RECEIPTS)?.strip_prefix('/')?;
    let folder = folder.strip_suffix(".json")?;
    let levels = ["model=", "endpoint=", "variant=", "date=", "hh="];
    let mut parts = folder.split('/');
    let fits = levels
        .iter()
        .all(|level| parts.next().is_some_and(|part| part.starts_with(level)));
    (fits && parts.next().is_none()).then(|| format!("merged/{folder}/part-0.parquet"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_encoded_so_that_hive_readers_decode_them() {
        let partition = Partition {
            model: "churn_v1.0~a-b".into(),
            endpoint: "a b/é=%".into(),
            variant: "_batch".into(),
            hour: Hour::from_micros(0).plus(5),
        };
        let folder = "model=churn_v1.0~a-b/endpoint=a%20b%2F%C3%A9%3D%25/variant=_batch/date=1970-01-01/hh=05";
        assert_eq!(partition.folder(), folder);
        assert_eq!(decoded_name(&encoded_name("a b/é=%")), "a b/é=%");
        assert_eq!(
            partition.hour_file(),
            format!("merged/{folder}/part-0.parquet")
        );
        assert_eq!(
            partition.receipt(),
            format!("_groundline/receipts/{folder}.json")
        );
        assert_eq!(
            hour_file_of(&partition.receipt()),
            Some(partition.hour_file())
        );
        for key in ["", "_groundline/receipts/x.json", &partition.hour_file()] {
            assert_eq!(hour_file_of(key), None, "{key}");
        }
        assert_eq!(
            partition.rejects(),
            format!("rejects/{folder}/part-0.parquet")
        );
    }
}
