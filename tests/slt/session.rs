//! A scratch folder that answers the statements of one `.slt` file.

use std::fs;

use arrow::util::display::{ArrayFormatter, FormatOptions};
use groundline_engine::{Catalog, EngineError, LabelSource, Resources, SqlInputs, SqlSession};
use groundline_store::Hour;
use sqllogictest::{DB, DBOutput, DefaultColumnType};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use crate::dialect::Statement;
use crate::run;

/// What went wrong, in full.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Failure(pub(crate) String);

/// Files and the last run over them.
#[derive(Debug)]
pub(crate) struct Database {
    folder: TempDir,
    runtime: Runtime,
    /// Flags of the last `MERGE`: how manifests are mapped and which hour outputs have.
    flags: Vec<String>,
}

impl Database {
    pub(crate) fn new() -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure(error.to_string());
        Ok(Self {
            folder: tempfile::tempdir().map_err(failed)?,
            runtime: Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(failed)?,
            flags: Vec::new(),
        })
    }

    fn inputs(&self) -> SqlInputs {
        let below = |name: &str| self.folder.path().join(name);
        let folder = |name| {
            below(name)
                .is_dir()
                .then(|| below(name).display().to_string())
        };
        let values = |flag: &str| -> Vec<String> {
            let pairs = self.flags.windows(2).filter(|pair| pair[0] == flag);
            pairs.map(|pair| pair[1].clone()).collect()
        };
        let map = values("--map")
            .iter()
            .map(|entry| match entry.split_once('=') {
                Some((from, to)) => format!("{from}={}", below(to).display()),
                None => entry.clone(),
            })
            .collect();
        let hour = values("--transform-hour")
            .first()
            .map(|text| Hour::parse(text).unwrap());
        SqlInputs {
            captures: folder("captures"),
            transforms: folder("transforms").map(|uri| (uri, map, hour)),
            labels: folder("labels").map(|uri| LabelSource::GroundTruth { uri }),
            out: folder(run::FAST),
            files: run::REPORT_TABLES
                .iter()
                .map(|name| {
                    (
                        (*name).to_owned(),
                        run::table_path(self.folder.path(), name),
                    )
                })
                .filter(|(_, path)| path.is_file())
                .map(|(name, path)| (name, path.display().to_string()))
                .collect(),
            ..SqlInputs::default()
        }
    }

    fn query(&self, statement: &str) -> Result<Vec<Vec<String>>, EngineError> {
        self.runtime.block_on(async {
            let resources = Resources {
                threads: 2,
                ..Resources::default()
            };
            let session = SqlSession::open(&self.inputs(), &Catalog::default(), &resources).await?;
            let mut result = session.execute(statement).await?;
            let mut rows = Vec::new();
            while let Some(batch) = result.next().await {
                let batch = batch?;
                let options = FormatOptions::default()
                    .with_null("NULL")
                    .with_timestamp_tz_format(Some("%Y-%m-%dT%H:%M:%SZ"));
                let columns: Vec<_> = batch
                    .columns()
                    .iter()
                    .map(|column| ArrayFormatter::try_new(column, &options).unwrap())
                    .collect();
                for row in 0..batch.num_rows() {
                    rows.push(
                        columns
                            .iter()
                            .map(|column| cell(&column.value(row).to_string()))
                            .collect(),
                    );
                }
            }
            Ok(rows)
        })
    }
}

/// A cell on one line that can be seen.
fn cell(text: &str) -> String {
    match text {
        "" => "(empty)".to_owned(),
        text => text.replace('\n', "\\n"),
    }
}

impl DB for Database {
    type Error = Failure;
    type ColumnType = DefaultColumnType;

    fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, Failure> {
        match Statement::parse(sql) {
            Statement::Write { path, text } => {
                let path = self.folder.path().join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
            Statement::Clear => {
                self.flags.clear();
                for entry in fs::read_dir(self.folder.path()).unwrap() {
                    let path = entry.unwrap().path();
                    if path.is_dir() {
                        fs::remove_dir_all(path)
                    } else {
                        fs::remove_file(path)
                    }
                    .unwrap();
                }
            }
            Statement::Merge(flags) => {
                self.flags = flags;
                run::merge(self.folder.path(), &self.flags)?;
            }
            Statement::Sql(text) => {
                let rows = self
                    .query(&text)
                    .map_err(|error| Failure(error.to_string()))?;
                let width = rows.first().map_or(1, Vec::len);
                return Ok(DBOutput::Rows {
                    types: vec![DefaultColumnType::Text; width],
                    rows,
                });
            }
        }
        Ok(DBOutput::StatementComplete(0))
    }
}
