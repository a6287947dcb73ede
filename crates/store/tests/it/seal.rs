//! Two runners write one hour at once, in every order of their steps: no receipt is left that is of another file.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use groundline_store::{
    AtomicWriter, Hour, LabelSnapshotRef, RECEIPT_VERSION, Receipt, Root, read_receipt, seal,
    sha256_of,
};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use tokio::sync::Notify;

/// Whose turn it is.
#[derive(Debug)]
struct Turns {
    order: Mutex<Vec<usize>>,
    changed: Notify,
}

impl Turns {
    /// Waits until `runner` is next; who has no turn left goes at once.
    async fn take(&self, runner: usize) {
        loop {
            let changed = self.changed.notified();
            {
                let mut order = self.order.lock().unwrap();
                if !order.contains(&runner) {
                    return;
                }
                if order.first() == Some(&runner) {
                    order.remove(0);
                    self.changed.notify_waiters();
                    return;
                }
            }
            changed.await;
        }
    }

    /// The turns of one that has ended are nobody's.
    fn leave(&self, runner: usize) {
        self.order.lock().unwrap().retain(|next| *next != runner);
        self.changed.notify_waiters();
    }
}

/// A store whose every step waits for its runner's turn.
#[derive(Debug)]
struct InTurn {
    inner: Arc<InMemory>,
    turns: Arc<Turns>,
    runner: usize,
}

impl fmt::Display for InTurn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "in turn")
    }
}

#[async_trait]
impl ObjectStore for InTurn {
    async fn put_opts(&self, at: &Path, payload: PutPayload, o: PutOptions) -> Result<PutResult> {
        self.turns.take(self.runner).await;
        self.inner.put_opts(at, payload, o).await
    }

    async fn put_multipart_opts(
        &self,
        at: &Path,
        o: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(at, o).await
    }

    async fn get_opts(&self, at: &Path, o: GetOptions) -> Result<GetResult> {
        self.turns.take(self.runner).await;
        self.inner.get_opts(at, o).await
    }

    async fn get_ranges(&self, at: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.inner.get_ranges(at, ranges).await
    }

    fn delete_stream(
        &self,
        paths: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(paths)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, o: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, o).await
    }
}

fn receipt(sha256: &str, snapshot: &str) -> Receipt {
    let hour = Hour::parse("2026-11-01T05").unwrap();
    Receipt {
        version: RECEIPT_VERSION,
        model: "churn".into(),
        endpoint: "ep".into(),
        variant: "v".into(),
        hour,
        inputs: Vec::new(),
        labels: LabelSnapshotRef {
            snapshot: snapshot.into(),
            from: hour,
            to: None,
        },
        settings: serde_json::Value::Null,
        ledger: BTreeMap::new(),
        rows: 1,
        size: 1,
        sha256: sha256.into(),
    }
}

/// Writes an hour file of one byte and seals it.
async fn run(root: Root, content: &'static str) -> bool {
    let key = receipt("", "").partition().hour_file();
    let mut file = AtomicWriter::create(&root, &key).await.unwrap();
    file.write(Bytes::from_static(content.as_bytes()))
        .await
        .unwrap();
    let committed = file.commit().await.unwrap();
    let receipt = receipt(&committed.sha256, content);
    seal(&root, &receipt, &(&committed).into()).await.unwrap()
}

/// Every order of two runners' steps, `each` of them.
fn orders(each: usize) -> Vec<Vec<usize>> {
    (0_u32..1 << (2 * each))
        .filter(|bits| bits.count_ones() as usize == each)
        .map(|bits| (0..2 * each).map(|at| (bits >> at & 1) as usize).collect())
        .collect()
}

/// Two runners with these contents; whether what they left belongs together, and whether there is a receipt.
async fn left_by(order: Vec<usize>, contents: [&'static str; 2]) -> (bool, bool) {
    let store = Arc::new(InMemory::new());
    let turns = Arc::new(Turns {
        order: Mutex::new(order),
        changed: Notify::new(),
    });
    let runners = [0, 1].map(|runner| {
        let in_turn = InTurn {
            inner: Arc::clone(&store),
            turns: Arc::clone(&turns),
            runner,
        };
        let root = Root::with_store(Arc::new(in_turn), Path::default(), "out");
        let (turns, content) = (Arc::clone(&turns), contents[runner]);
        async move {
            run(root, content).await;
            turns.leave(runner);
        }
    });
    let [one, two] = runners;
    futures::join!(one, two);
    let root = Root::with_store(store, Path::default(), "out");
    let partition = receipt("", "").partition();
    let file = root.child(&partition.hour_file()).unwrap();
    let sha256 = sha256_of(&root, &file).await.unwrap();
    match read_receipt(&root, &partition).await.unwrap() {
        Some(receipt) => (receipt.sha256 == sha256, true),
        None => (true, false),
    }
}

#[tokio::test]
async fn no_order_of_two_runners_leaves_a_receipt_of_another_file() {
    let mut kept = 0;
    let orders = orders(6);
    for order in &orders {
        let (belongs, has_receipt) = left_by(order.clone(), ["a", "b"]).await;
        assert!(belongs, "{order:?}");
        kept += usize::from(has_receipt);
    }
    // Where one was done before the other began, there is nothing to doubt.
    assert!(
        kept > 0 && kept < orders.len(),
        "{kept} of {}",
        orders.len()
    );
}

#[tokio::test]
async fn two_runners_with_the_same_bytes_always_leave_a_receipt() {
    for order in orders(6) {
        assert_eq!(
            left_by(order.clone(), ["a", "a"]).await,
            (true, true),
            "{order:?}"
        );
    }
}
