//! An S3 server in this process: a folder of files on 127.0.0.1, which counts requests and fails as it is told.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use http::{HeaderMap, Method, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, HttpResponse};
use s3s_fs::FileSystem;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::harness::{Run, Scratch};

pub(crate) const KEY: &str = "AKIACANARYKEYID00001";
pub(crate) const SECRET: &str = "canary+secret/access+key/0000000000000001";
pub(crate) const BUCKET: &str = "captures-bucket";

/// What a request was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    List,
    Get,
    Head,
    HeadBucket,
}

/// One request, as it came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) kind: Kind,
    /// The key, or the prefix of a listing, in the words of the request.
    pub(crate) what: String,
    pub(crate) headers: HeaderMap,
}

/// Answers requests of a kind whose key holds a text, so many times, in place of the server.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) kind: Kind,
    pub(crate) holds: &'static str,
    pub(crate) times: usize,
    pub(crate) status: u16,
    pub(crate) headers: &'static [(&'static str, &'static str)],
    pub(crate) body: String,
}

impl Fault {
    /// An answer of S3's form.
    pub(crate) fn new(kind: Kind, status: u16, code: &str) -> Self {
        Self {
            kind,
            holds: "",
            times: usize::MAX,
            status,
            headers: &[],
            body: format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>said by the test</Message></Error>"
            ),
        }
    }
}

#[derive(Debug, Default)]
struct State {
    seen: Mutex<Vec<Seen>>,
    faults: Mutex<VecDeque<Fault>>,
}

/// The server, with one bucket; it ends with the value.
#[derive(Debug)]
pub(crate) struct S3Server {
    address: SocketAddr,
    folder: tempfile::TempDir,
    state: Arc<State>,
    _runtime: Runtime,
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
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(serve(listener, service, Arc::clone(&state)));
        Self {
            address,
            folder,
            state,
            _runtime: runtime,
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

    /// Puts every file of a folder below a prefix.
    pub(crate) fn put_folder(&self, scratch: &Scratch, below: &str, prefix: &str) {
        let base = scratch.path(below);
        for file in crate::harness::files(&base) {
            let key = file.strip_prefix(&base).unwrap().to_str().unwrap();
            self.put(&format!("{prefix}/{key}"), std::fs::read(&file).unwrap());
        }
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

    /// Runs the binary in `scratch` against this server, with its credentials and nobody else's.
    pub(crate) fn run(&self, scratch: &Scratch, args: &[&str]) -> Run {
        self.run_with(scratch, args, &[])
    }

    pub(crate) fn run_with(
        &self,
        scratch: &Scratch,
        args: &[&str],
        environment: &[(&str, &str)],
    ) -> Run {
        let endpoint = self.endpoint();
        let mut all = vec![
            ("AWS_ENDPOINT_URL", endpoint.as_str()),
            ("AWS_ACCESS_KEY_ID", KEY),
            ("AWS_SECRET_ACCESS_KEY", SECRET),
        ];
        all.extend(NOBODY);
        all.retain(|(name, _)| environment.iter().all(|(other, _)| other != name));
        all.extend(environment);
        // An empty variable is one that is not there.
        all.retain(|(_, value)| !value.is_empty());
        scratch.run_with(args, &all)
    }
}

/// Of this machine no profile, no instance and no proxy.
const NOBODY: [(&str, &str); 4] = [
    ("AWS_EC2_METADATA_DISABLED", "true"),
    ("AWS_CONFIG_FILE", "/dev/null"),
    ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
    ("NO_PROXY", "127.0.0.1"),
];

/// How many requests of a kind, and for keys that begin so.
pub(crate) fn count(seen: &[Seen], kind: Kind, begins: &str) -> usize {
    seen.iter()
        .filter(|seen| seen.kind == kind && seen.what.starts_with(begins))
        .count()
}

async fn serve(listener: TcpListener, service: S3Service, state: Arc<State>) {
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
) -> Result<HttpResponse, s3s::HttpError> {
    let seen = Seen {
        kind: kind(&request),
        what: what(&request),
        headers: request.headers().clone(),
    };
    let fault = fault_for(state, &seen);
    lock(&state.seen).push(seen);
    if let Some(fault) = fault {
        let mut response = HttpResponse::new(Body::from(fault.body));
        *response.status_mut() = StatusCode::from_u16(fault.status).unwrap();
        for (name, value) in fault.headers {
            let (name, value) = (*name, http::HeaderValue::from_static(value));
            response.headers_mut().insert(name, value);
        }
        return Ok(response);
    }
    service.call(request.map(Body::from)).await
}

fn fault_for(state: &State, seen: &Seen) -> Option<Fault> {
    let mut faults = lock(&state.faults);
    let fault = faults.iter_mut().find(|fault| {
        fault.times > 0 && fault.kind == seen.kind && seen.what.contains(fault.holds)
    })?;
    fault.times -= 1;
    Some(fault.clone())
}

fn kind(request: &http::Request<Incoming>) -> Kind {
    let path = request.uri().path().trim_matches('/');
    match (request.method(), path.contains('/')) {
        (&Method::HEAD, false) => Kind::HeadBucket,
        (&Method::HEAD, true) => Kind::Head,
        (_, true) => Kind::Get,
        (_, false) => Kind::List,
    }
}

fn what(request: &http::Request<Incoming>) -> String {
    let path = request.uri().path().trim_matches('/');
    if let Some((_, key)) = path.split_once('/') {
        return key.to_owned();
    }
    let query = request.uri().query().unwrap_or_default();
    let prefix = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("prefix="));
    prefix.unwrap_or_default().replace("%2F", "/")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap()
}
