//! An S3 server in this process: a folder of files on 127.0.0.1, which counts requests and fails as it is told.

mod fault;
mod request;
mod uploads;

use std::collections::VecDeque;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use http::StatusCode;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, HttpRequest, HttpResponse};
use s3s_fs::FileSystem;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

pub(crate) use fault::Fault;
pub(crate) use request::{Kind, Seen, count};
pub(crate) use uploads::Unfinished;
use uploads::Uploads;

pub(crate) const KEY: &str = "AKIACANARYKEYID00001";
pub(crate) const SECRET: &str = "canary+secret/access+key/0000000000000001";
pub(crate) const BUCKET: &str = "captures-bucket";

/// Of this machine no profile, no instance and no proxy.
pub(crate) const NOBODY: [(&str, &str); 4] = [
    ("AWS_EC2_METADATA_DISABLED", "true"),
    ("AWS_CONFIG_FILE", "/dev/null"),
    ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
    ("NO_PROXY", "127.0.0.1"),
];

/// Larger bodies are no test's.
const LARGEST: usize = 1 << 30;

/// Where a hook is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// Nothing of the request is done.
    Before,
    /// It is done and not answered.
    After,
}

type Hook = Box<dyn FnMut(&Seen, When) + Send>;

#[derive(Default)]
struct State {
    seen: Mutex<Vec<Seen>>,
    faults: Mutex<VecDeque<Fault>>,
    uploads: Mutex<Uploads>,
    hook: Mutex<Option<Hook>>,
}

/// The server, with one bucket; it ends with the value.
pub(crate) struct S3Server {
    address: SocketAddr,
    folder: tempfile::TempDir,
    state: Arc<State>,
    runtime: Option<Runtime>,
}

impl fmt::Debug for S3Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Server")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl S3Server {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(BUCKET)).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let mut builder = S3ServiceBuilder::new(FileSystem::new(folder.path()).unwrap());
        builder.set_auth(SimpleAuth::from_single(KEY, SECRET));
        let service = builder.build();
        let state = Arc::new(State::default());
        // Not by the runtime: a test may have one of its own, which must not wait for another.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(serve(listener, service, Arc::clone(&state)));
        Self {
            address,
            folder,
            state,
            runtime: Some(runtime),
        }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where an object of the bucket lies.
    pub(crate) fn object(&self, key: &str) -> PathBuf {
        self.folder.path().join(BUCKET).join(key)
    }

    pub(crate) fn put(&self, key: &str, bytes: impl AsRef<[u8]>) {
        let path = self.object(key);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    /// Fails from now on; faults are tried in order.
    pub(crate) fn fail(&self, fault: Fault) {
        lock(&self.state.faults).push_back(fault);
    }

    pub(crate) fn no_faults(&self) {
        lock(&self.state.faults).clear();
    }

    /// The requests since the last call.
    pub(crate) fn take_seen(&self) -> Vec<Seen> {
        std::mem::take(&mut lock(&self.state.seen))
    }

    /// Called for each request that writes, before it is done and again before it is answered. While it runs nothing
    /// else is answered that writes, and it may block: a test can kill the process that asks, and look.
    pub(crate) fn on_write(&self, hook: impl FnMut(&Seen, When) + Send + 'static) {
        *lock(&self.state.hook) = Some(Box::new(hook));
    }

    /// Uploads that are neither ended nor given up.
    pub(crate) fn unfinished(&self) -> Vec<Unfinished> {
        lock(&self.state.uploads).all()
    }

    /// How many unfinished uploads a page of their listing has, and when the next ones are said to have begun.
    pub(crate) fn list_uploads(&self, most: usize, begun: &str) {
        let mut uploads = lock(&self.state.uploads);
        uploads.most = most;
        uploads.begun = begun.to_owned();
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Its threads are joined, not let go: pthread_detach of glibc 2.36 crashes now and then where the thread
            // ends at that moment. On another thread, since a test may have a runtime of its own.
            let ended = std::thread::spawn(|| runtime.shutdown_timeout(Duration::from_secs(5)));
            let _ = ended.join();
        }
    }
}

async fn serve(listener: std::net::TcpListener, service: S3Service, state: Arc<State>) {
    let listener = TcpListener::from_std(listener).unwrap();
    while let Ok((socket, _)) = listener.accept().await {
        let (service, state) = (service.clone(), Arc::clone(&state));
        tokio::spawn(async move {
            let answer = service_fn(move |request| {
                let (service, state) = (service.clone(), Arc::clone(&state));
                async move { answer(&service, &state, request).await }
            });
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(socket), answer)
                .await;
        });
    }
}

async fn answer(
    service: &S3Service,
    state: &State,
    request: http::Request<Incoming>,
) -> std::io::Result<HttpResponse> {
    let mut request: HttpRequest = request.map(Body::from);
    // What breaks off on the way was never asked.
    let body = request
        .body_mut()
        .store_all_limited(LARGEST)
        .await
        .map_err(broken)?;
    let seen = Seen::new(&request, &body);
    let fault = fault_for(state, &seen);
    lock(&state.seen).push(seen.clone());
    if seen.kind.is_write() {
        call_hook(state, &seen, When::Before);
    }
    let response = match &fault {
        Some(fault) if !fault.is_done() => fault.answer(None),
        _ => {
            let (response, body) = done(service, state, &seen, request).await?;
            match &fault {
                Some(fault) => fault.answer(Some((response, body))),
                None => response,
            }
        }
    };
    if seen.kind.is_write() {
        call_hook(state, &seen, When::After);
    }
    Ok(response)
}

/// Does what was asked, to its end; the answer, and its body beside it.
async fn done(
    service: &S3Service,
    state: &State,
    seen: &Seen,
    request: HttpRequest,
) -> std::io::Result<(HttpResponse, Bytes)> {
    let again = http::Request::get(request.uri())
        .body(Body::empty())
        .unwrap();
    let id = request::parameter(&request, "uploadId");
    let mut response = service.call(request).await.map_err(broken)?;
    // Its signature has been looked at by now.
    if seen.kind == Kind::ListUploads && response.status() == StatusCode::NOT_IMPLEMENTED {
        response = lock(&state.uploads).page(&again);
    }
    if seen.kind == Kind::Head || seen.kind == Kind::HeadBucket {
        return Ok((response, Bytes::new()));
    }
    let body = response
        .body_mut()
        .store_all_limited(LARGEST)
        .await
        .map_err(broken)?;
    let is_error = || String::from_utf8_lossy(&body).contains("<Error>");
    if seen.kind.is_write() && response.status().is_success() && !is_error() {
        lock(&state.uploads).note(seen, id, &body);
    }
    Ok((response, body))
}

/// Ends the connection.
fn broken(error: impl fmt::Debug) -> std::io::Error {
    std::io::Error::other(format!("{error:?}"))
}

fn call_hook(state: &State, seen: &Seen, when: When) {
    if let Some(hook) = lock(&state.hook).as_mut() {
        hook(seen, when);
    }
}

fn fault_for(state: &State, seen: &Seen) -> Option<Fault> {
    let mut faults = lock(&state.faults);
    let fault = faults.iter_mut().find(|fault| fault.is_for(seen))?;
    fault.times -= 1;
    Some(fault.clone())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap()
}
