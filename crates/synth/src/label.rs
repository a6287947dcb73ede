//! One ground-truth record (formats.md 3.2): what it says, in what shape, and how its line is written.

use crate::event::{Key, KeySpace, Outcome};
use crate::options::Options;
use crate::random::Stream;
use crate::text::{JsonText, push_json_string};

/// A label before it has a place. Small and `Copy`, because late labels wait by the million.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draft {
    pub(crate) key: Key,
    /// Values that the label holds; wrong if they are not as many as the event has records.
    pub(crate) records: u32,
    pub(crate) data: Data,
    pub(crate) form: LabelForm,
}

/// What `groundTruthData` holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Data {
    /// `"data":null`.
    Null,
    /// `"data":""`.
    Empty,
    /// One class a record.
    Classes {
        layout: Layout,
        /// States the opposite of what turned out to be; a correction or a mistake.
        flipped: bool,
    },
}

/// How the classes of an event are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// CSV, one row a record.
    Rows,
    /// CSV, one row, one column a record. Only for events of several records.
    Columns,
    /// JSON, `[1,0]`. Only for events of several records.
    JsonList,
    /// A single CSV class with a blank before it.
    Blank,
    /// A single CSV class as `1.0`.
    Decimal,
    /// A single class as a JSON document.
    JsonScalar,
}

/// How the line is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LabelForm {
    /// As the documentation shows it; nearly all lines.
    Plain,
    /// Members in another order.
    Reordered,
    /// Blanks after commas and colons.
    Spaced,
    /// Unknown members.
    Extra,
    /// Without `eventVersion`.
    NoVersion,
    /// The line is a JSON array of this one record.
    InArray,
    /// The id written with `\u00xx`.
    EscapedId,
    /// A single class is a number instead of a string.
    Number,
    /// Ends with CR LF.
    CrLf,
    /// After a blank line.
    AfterBlank,
}

impl LabelForm {
    /// Any form but the plain one.
    pub(crate) fn unusual(stream: &mut Stream) -> Self {
        match stream.below(9) {
            0 => Self::Reordered,
            1 => Self::Spaced,
            2 => Self::Extra,
            3 => Self::NoVersion,
            4 => Self::InArray,
            5 => Self::EscapedId,
            6 => Self::Number,
            7 => Self::CrLf,
            _ => Self::AfterBlank,
        }
    }
}

impl Draft {
    /// Whether an event of `records` records can take it. Layouts of one row are never made with several
    /// values for an event of one record, so counting values is enough.
    pub(crate) fn fits(&self, records: u32) -> bool {
        match self.data {
            Data::Null | Data::Empty => true,
            Data::Classes { .. } => self.records == records,
        }
    }

    /// The class it states for a record, if any.
    pub(crate) fn class(&self, seed: u64, record: u32) -> Option<bool> {
        match self.data {
            Data::Null | Data::Empty => None,
            Data::Classes { flipped, .. } => {
                Some(Outcome::new(seed, self.key.number, record).positive != flipped)
            }
        }
    }

    /// Appends the decoded `data`; nothing when it is null.
    pub(crate) fn push_data(&self, seed: u64, buffer: &mut Vec<u8>) {
        let Data::Classes { layout, .. } = self.data else {
            return;
        };
        let (open, between, close): (&[u8], u8, &[u8]) = match layout {
            Layout::Rows | Layout::JsonScalar => (b"", b'\n', b""),
            Layout::Columns => (b"", b',', b""),
            Layout::JsonList => (b"[", b',', b"]"),
            Layout::Blank => (b" ", b'\n', b""),
            Layout::Decimal => (b"", b'\n', b".0"),
        };
        buffer.extend_from_slice(open);
        for record in 0..self.records {
            if record > 0 {
                buffer.push(between);
            }
            let positive = self.class(seed, record) == Some(true);
            buffer.push(if positive { b'1' } else { b'0' });
        }
        buffer.extend_from_slice(close);
    }

    pub(crate) fn encoding(&self) -> &'static str {
        match self.data {
            Data::Classes {
                layout: Layout::JsonList | Layout::JsonScalar,
                ..
            } => "JSON",
            _ => "CSV",
        }
    }

    /// Appends the line without its end; `data` is scratch. Returns the offset of the record in the line.
    pub(crate) fn push_line(
        &self,
        options: &Options,
        buffer: &mut Vec<u8>,
        data: &mut Vec<u8>,
    ) -> u64 {
        data.clear();
        self.push_data(options.seed, data);
        match self.form {
            LabelForm::Plain | LabelForm::CrLf | LabelForm::AfterBlank => {
                self.push_plain(options, buffer, data);
                0
            }
            LabelForm::InArray => {
                buffer.push(b'[');
                self.push_plain(options, buffer, data);
                buffer.push(b']');
                1
            }
            _ => {
                self.push_varied(options, buffer, data);
                0
            }
        }
    }

    fn push_plain(&self, options: &Options, buffer: &mut Vec<u8>, data: &[u8]) {
        buffer.extend_from_slice(b"{\"groundTruthData\":{\"data\":");
        if self.data == Data::Null {
            buffer.extend_from_slice(b"null");
        } else {
            push_json_string(buffer, data);
        }
        buffer.extend_from_slice(b",\"encoding\":\"");
        buffer.extend_from_slice(self.encoding().as_bytes());
        buffer.extend_from_slice(b"\"},\"eventMetadata\":{\"");
        buffer.extend_from_slice(options.label_id_field.name().as_bytes());
        buffer.extend_from_slice(b"\":");
        if matches!(self.key.space, KeySpace::Misspelled { .. }) {
            let mut id = Vec::new();
            self.key.push(options.seed, &mut id);
            push_json_string(buffer, &id);
        } else {
            buffer.push(b'"');
            self.key.push(options.seed, buffer);
            buffer.push(b'"');
        }
        buffer.extend_from_slice(b"},\"eventVersion\":\"0\"}");
    }

    fn push_varied(&self, options: &Options, buffer: &mut Vec<u8>, data: &[u8]) {
        let mut key = Vec::new();
        self.key.push(options.seed, &mut key);
        let id_field = options.label_id_field.name();
        let mut json = JsonText::new(buffer).spaced(self.form == LabelForm::Spaced);
        json.open();
        if self.form == LabelForm::Extra {
            json.key("annotator").open();
            json.key("eventId").string(b"decoy");
            json.key("votes").raw(b"[1,0,null]").close();
        }
        if self.form == LabelForm::Reordered {
            json.key("eventVersion").string(b"0");
            json.key("eventMetadata").open();
            json.key(id_field).string(&key).close();
        }
        json.key("groundTruthData").open();
        if self.form == LabelForm::Reordered {
            json.key("encoding").string(self.encoding().as_bytes());
        }
        json.key("data");
        let single_class = self.records == 1
            && matches!(self.data, Data::Classes { layout, .. } if layout != Layout::Blank);
        if self.data == Data::Null {
            json.raw(b"null");
        } else if self.form == LabelForm::Number && single_class {
            json.raw(data);
        } else {
            json.string(data);
        }
        if self.form != LabelForm::Reordered {
            json.key("encoding").string(self.encoding().as_bytes());
        }
        json.close();
        if self.form != LabelForm::Reordered {
            json.key("eventMetadata").open();
            if self.form == LabelForm::Extra {
                json.key("source").string("área 7".as_bytes());
            }
            json.key(id_field);
            if self.form == LabelForm::EscapedId {
                json.escaped_string(&key);
            } else {
                json.string(&key);
            }
            json.close();
        }
        if !matches!(self.form, LabelForm::Reordered | LabelForm::NoVersion) {
            json.key("eventVersion").string(b"0");
        }
        json.close();
    }
}
