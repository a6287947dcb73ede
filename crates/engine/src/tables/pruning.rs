//! What a query costs, counted at the store and not by our own metrics: LIST and GET calls, what they
//! answered, and which columns a scan decodes.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

mod columns;
mod hours;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use datafusion::prelude::SessionContext;
use futures::StreamExt;
use futures::stream::BoxStream;
use groundline_capture::Limits;
use groundline_store::{Hour, Path, Root};
use object_store::memory::InMemory;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    ObjectStoreExt, PutMultipartOptions, PutOptions, PutPayload, PutResult,
};

use super::{HourTable, Inputs, TableKind};
use crate::options::Resources;
use crate::read::ScanLog;
use crate::session::new_context;

/// The first hour of every bucket here.
const FIRST: &str = "2025-10-01T00";

/// What a store was asked for, and what it gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Cost {
    lists: usize,
    listed: usize,
    gets: BTreeSet<String>,
    get_calls: usize,
    bytes: u64,
}

#[derive(Debug)]
struct Counting {
    inner: Arc<dyn ObjectStore>,
    cost: Arc<Mutex<Cost>>,
}

impl fmt::Display for Counting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Counting({})", self.inner)
    }
}

#[async_trait]
impl ObjectStore for Counting {
    async fn put_opts(
        &self,
        at: &Path,
        bytes: PutPayload,
        options: PutOptions,
    ) -> object_store::Result<PutResult> {
        self.inner.put_opts(at, bytes, options).await
    }

    async fn put_multipart_opts(
        &self,
        at: &Path,
        options: PutMultipartOptions,
    ) -> object_store::Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(at, options).await
    }

    async fn get_opts(&self, at: &Path, options: GetOptions) -> object_store::Result<GetResult> {
        let is_head = options.head;
        let got = self.inner.get_opts(at, options).await?;
        let mut cost = self.cost.lock().unwrap();
        cost.get_calls += 1;
        cost.gets.insert(at.to_string());
        if !is_head {
            cost.bytes += got.range.end - got.range.start;
        }
        Ok(got)
    }

    fn delete_stream(
        &self,
        at: BoxStream<'static, object_store::Result<Path>>,
    ) -> BoxStream<'static, object_store::Result<Path>> {
        self.inner.delete_stream(at)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, object_store::Result<ObjectMeta>> {
        self.cost.lock().unwrap().lists += 1;
        let cost = Arc::clone(&self.cost);
        self.inner
            .list(prefix)
            .inspect(move |_| cost.lock().unwrap().listed += 1)
            .boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> object_store::Result<ListResult> {
        let answer = self.inner.list_with_delimiter(prefix).await?;
        let mut cost = self.cost.lock().unwrap();
        cost.lists += 1;
        cost.listed += answer.objects.len() + answer.common_prefixes.len();
        Ok(answer)
    }

    async fn copy_opts(
        &self,
        from: &Path,
        to: &Path,
        options: CopyOptions,
    ) -> object_store::Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

/// A session over a bucket in memory whose every call is counted.
struct Bucket {
    context: SessionContext,
    cost: Arc<Mutex<Cost>>,
    log: Arc<ScanLog>,
    /// LIST calls that finding the layout took.
    discovery: usize,
}

impl Bucket {
    /// `captures/{endpoint}/v/yyyy/mm/dd/hh/a.jsonl` of one capture and `labels/yyyy/mm/dd/hh/a.jsonl` of
    /// one label, for each of this many hours.
    async fn new(endpoints: &[&str], hours: i64) -> Self {
        let first = Hour::parse(FIRST).unwrap();
        let mut objects = Vec::new();
        for n in 0..hours {
            let hour = first.plus(n).path();
            for endpoint in endpoints {
                let key = format!("captures/{endpoint}/v/{hour}/a.jsonl");
                objects.push((key, capture(&format!("{endpoint}-{n}"), "1,2")));
            }
            objects.push((format!("labels/{hour}/a.jsonl"), label(&format!("ep-{n}"))));
        }
        Self::of(objects).await
    }

    async fn of(objects: Vec<(String, String)>) -> Self {
        let store = InMemory::new();
        for (key, content) in objects {
            store
                .put(&Path::from(key), content.into_bytes().into())
                .await
                .unwrap();
        }
        let cost = Arc::new(Mutex::new(Cost::default()));
        let root = |prefix: &str| {
            let store = Arc::new(Counting {
                inner: Arc::new(store.clone()),
                cost: Arc::clone(&cost),
            });
            Root::with_store(store, Path::from(prefix), prefix)
        };
        let captures = Inputs::captures_in(&root("captures"), &[], &[])
            .await
            .unwrap();
        let labels = Inputs::labels_in(&root("labels")).await.unwrap();
        let discovery = std::mem::take(&mut *cost.lock().unwrap()).lists;
        let log = Arc::new(ScanLog::default());
        let context = context();
        let tables = [
            (TableKind::Captures, captures.clone()),
            (TableKind::Predictions, captures),
            (TableKind::Labels, labels),
        ];
        for (kind, inputs) in tables {
            let table = table(kind, inputs, &log);
            context.register_table(kind.name(), table).unwrap();
        }
        Self {
            context,
            cost,
            log,
            discovery,
        }
    }

    /// The rows of the first column as text, and what the query cost.
    async fn ask(&self, sql: &str) -> (Vec<String>, Cost) {
        *self.cost.lock().unwrap() = Cost::default();
        let batches = self
            .context
            .sql(sql)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"))
            .collect()
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
        let mut rows = Vec::new();
        for batch in batches {
            let column = arrow::compute::cast(batch.column(0), &arrow::datatypes::DataType::Utf8);
            let column = column.unwrap();
            let text = arrow::array::AsArray::as_string::<i32>(&column);
            rows.extend(text.iter().map(|value| value.unwrap_or("null").to_owned()));
        }
        rows.sort();
        (rows, self.cost.lock().unwrap().clone())
    }
}

fn context() -> SessionContext {
    let resources = Resources {
        threads: 2,
        ..Resources::default()
    };
    new_context(&resources, 2).unwrap()
}

fn table(kind: TableKind, inputs: Inputs, log: &Arc<ScanLog>) -> Arc<HourTable> {
    let split_size = Resources::default().split_size;
    Arc::new(HourTable::new(
        kind,
        inputs,
        Limits::default(),
        split_size,
        Arc::clone(log),
    ))
}

fn capture(id: &str, input: &str) -> String {
    format!(
        r#"{{"captureData":{{"endpointInput":{{"data":"{input}","encoding":"CSV"}},"endpointOutput":{{"data":"0.5","encoding":"CSV"}}}},"eventMetadata":{{"eventId":"{id}"}}}}"#
    ) + "\n"
}

fn label(key: &str) -> String {
    format!(
        r#"{{"groundTruthData":{{"data":"1","encoding":"CSV"}},"eventMetadata":{{"eventId":"{key}"}}}}"#
    ) + "\n"
}

/// Keys of the captures of some hours.
fn captures(endpoint: &str, hours: &[&str]) -> BTreeSet<String> {
    hours
        .iter()
        .map(|hour| {
            let hour = Hour::parse(hour).unwrap().path();
            format!("captures/{endpoint}/v/{hour}/a.jsonl")
        })
        .collect()
}
