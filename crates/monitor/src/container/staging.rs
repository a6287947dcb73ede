//! Merged records as captures and labels again, so that they are read by the same rules as these: records of a payload,
//! encodings, attributes, classes, pairing by position.
//!
//! Each line has an id of its own, made of file and line: a record that is there twice counts twice, as it stands.

use std::path::Path;

use groundline_engine::MaxRejects;
use groundline_store::{AtomicWriter, Hour, Object, ObjectStore, Root, Window, read_error};

use super::environment::shown;
use super::error::ContainerError;
use super::folder::{Folder, PIECE};
use super::merged_line::{Origin, split};

/// Endpoint and variant of what is staged; one of each, since an analysis measures all that it is given.
const PLACE: &str = "merged/all";

/// Where the staged records are.
#[derive(Debug)]
pub(crate) struct Staged {
    pub(crate) captures: String,
    pub(crate) labels: String,
    /// Merged records.
    pub(crate) records: u64,
    /// Whether any is of a batch transform.
    pub(crate) transforms: bool,
    /// Keys below `dataset_source`, by the number in the ids.
    files: Vec<String>,
    /// Lines that are none: how many, and the first.
    bad: Option<(u64, String, u64, String)>,
}

impl Staged {
    /// Refuses more lines that are no merged records than are accepted.
    pub(crate) fn accept(&self, most: MaxRejects) -> Result<(), ContainerError> {
        match &self.bad {
            Some((count, file, line, why)) if !most.accepts(*count, self.records + count) => {
                Err(ContainerError::Lines {
                    count: *count,
                    file: file.clone(),
                    line: *line,
                    why: why.clone(),
                })
            }
            _ => Ok(()),
        }
    }

    /// `file:line` of an id at the beginning of a text.
    pub(crate) fn place_of(&self, text: &str) -> Option<String> {
        let id = text.split(' ').next()?;
        let (file, line) = id.split_once('-')?;
        let file = self.files.get(file.parse::<usize>().ok()?)?;
        Some(format!("{}:{line}", shown(file)))
    }
}

/// Stages the files of the hours in `window`, or all of them, below `temporary`.
pub(crate) async fn stage(
    folder: &Folder,
    window: Option<Window>,
    temporary: &Path,
    longest: usize,
) -> Result<Staged, ContainerError> {
    let below = |name: &str| temporary.join(name).display().to_string();
    let mut staged = Staged {
        captures: below("captures"),
        labels: below("labels"),
        records: 0,
        transforms: false,
        files: Vec::new(),
        bad: None,
    };
    let captures = Root::create(&staged.captures)?;
    let labels = Root::create(&staged.labels)?;
    let inside = |hour: Hour| window.is_none_or(|window| window.contains(hour));
    for (hour, object) in folder.files.iter().filter(|(hour, _)| inside(*hour)) {
        let compressed = [".gz", ".zst"].iter().any(|end| object.key.ends_with(end));
        if compressed {
            return Err(ContainerError::Compressed {
                file: shown(&object.key),
            });
        }
        let path = hour.path();
        let key = &object.key;
        let mut file = StagedFile {
            number: staged.files.len(),
            line: 0,
            time: format!("{}T{}:00:00Z", hour.date(), hour.hh()),
            pending: Vec::new(),
            too_long: false,
            longest,
            captures: Vec::new(),
            labels: Vec::new(),
        };
        staged.files.push(key.clone());
        let mut capture_file =
            AtomicWriter::create(&captures, &format!("{PLACE}/{path}/{key}")).await?;
        let mut label_file = AtomicWriter::create(&labels, &format!("{path}/{key}")).await?;
        let mut at = 0;
        while at < object.size {
            let end = object.size.min(at + PIECE);
            for piece in piece(&folder.root, object, at, end).await? {
                file.take(&piece, &mut staged);
            }
            at = end;
            if at == object.size {
                file.end_line(&mut staged);
            }
            let (captures, labels) = (
                std::mem::take(&mut file.captures),
                std::mem::take(&mut file.labels),
            );
            capture_file.write(captures.into()).await?;
            label_file.write(labels.into()).await?;
        }
        capture_file.commit().await?;
        label_file.commit().await?;
    }
    Ok(staged)
}

async fn piece(
    root: &Root,
    object: &Object,
    from: u64,
    to: u64,
) -> Result<Vec<Vec<u8>>, ContainerError> {
    let range = from..to;
    let pieces = root
        .store()
        .get_ranges(&object.path, std::slice::from_ref(&range))
        .await;
    let pieces = pieces.map_err(|source| read_error(root, &object.path, source))?;
    Ok(pieces.into_iter().map(Into::into).collect())
}

/// A file on its way.
struct StagedFile {
    number: usize,
    /// Of the line before the next, from 1.
    line: u64,
    /// What stands for the time of its records.
    time: String,
    /// The beginning of a line.
    pending: Vec<u8>,
    too_long: bool,
    longest: usize,
    captures: Vec<u8>,
    labels: Vec<u8>,
}

impl StagedFile {
    fn take(&mut self, mut bytes: &[u8], staged: &mut Staged) {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            let (line, rest) = bytes.split_at(end);
            self.extend(line);
            self.end_line(staged);
            bytes = rest.get(1..).unwrap_or_default();
        }
        self.extend(bytes);
    }

    fn extend(&mut self, bytes: &[u8]) {
        self.too_long |= self.pending.len() + bytes.len() > self.longest;
        match self.too_long {
            // Nothing of it is of use.
            true => self.pending.clear(),
            false => self.pending.extend_from_slice(bytes),
        }
    }

    /// Stages the line, if it is one.
    fn end_line(&mut self, staged: &mut Staged) {
        self.line += 1;
        let mut line = self.pending.as_slice();
        if self.line == 1 {
            line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
        }
        let line = line.trim_ascii();
        let done = match (self.too_long, line.is_empty()) {
            (true, _) => Err(format!("is longer than {} bytes", self.longest)),
            (false, true) => Ok(None),
            (false, false) => {
                let id = format!("{}-{}", self.number, self.line);
                split(line, &id, &self.time, &mut self.captures, &mut self.labels).map(Some)
            }
        };
        match done {
            Ok(Some(origin)) => {
                staged.records += 1;
                staged.transforms |= origin == Origin::Transform;
            }
            Ok(None) => {}
            Err(why) => {
                let file = staged.files.get(self.number).map(|key| shown(key));
                let first = (0, file.unwrap_or_default(), self.line, why);
                staged.bad.get_or_insert(first).0 += 1;
            }
        }
        self.pending.clear();
        self.too_long = false;
    }
}
