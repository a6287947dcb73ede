//! A scheduler and some executors, as processes that end with the value.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::Scratch;
use crate::s3_server::{KEY, NOBODY, S3Server, SECRET};

/// Arguments of a node, one a line, for a process of this binary that is to be one.
const NODE: &str = "GROUNDLINE_TEST_NODE";

/// A process that is `groundline-cluster ARGS`: this binary once more, because cargo builds no other package's for it.
fn node(args: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([
            "nodes::is_a_node",
            "--exact",
            "--nocapture",
            "--include-ignored",
        ])
        .env(NODE, args.join("\n"));
    command
}

#[test]
#[ignore = "what the other tests start as their nodes"]
fn is_a_node() {
    if let Ok(args) = std::env::var(NODE) {
        groundline_cluster::command(["groundline-cluster"].into_iter().chain(args.split('\n')));
        panic!("the node ended");
    }
}

/// What processes need to reach the server.
pub(crate) fn credentials() -> Vec<(&'static str, &'static str)> {
    let mut environment = NOBODY.to_vec();
    environment.extend([
        ("AWS_ACCESS_KEY_ID", KEY),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
        ("AWS_REGION", "us-east-1"),
    ]);
    environment
}

/// How executors are started.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Means {
    pub(crate) executors: usize,
    pub(crate) memory: &'static str,
    /// They know keys of the store.
    pub(crate) keys: bool,
}

impl Means {
    pub(crate) fn executors(executors: usize) -> Self {
        Self {
            executors,
            memory: "256M",
            keys: true,
        }
    }
}

pub(crate) struct Nodes {
    scheduler: Child,
    executors: Vec<Option<Child>>,
    /// `df://localhost:PORT`
    pub(crate) address: String,
    folder: Scratch,
}

impl Nodes {
    pub(crate) fn start(server: &S3Server, means: Means) -> Self {
        let folder = Scratch::new();
        let mut scheduler = node(&["scheduler", "--port", "0", "--executor-timeout", "4"])
            .stdout(Stdio::null())
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut told = BufReader::new(scheduler.stderr.take().unwrap());
        let mut line = String::new();
        told.read_line(&mut line).unwrap();
        let address = line.trim().rsplit(' ').next().unwrap().to_owned();
        assert!(address.starts_with("df://"), "{line}");
        // What it says later is nobody's: a full pipe would stop it.
        std::thread::spawn(move || std::io::copy(&mut told, &mut std::io::sink()));
        let mut nodes = Self {
            scheduler,
            executors: Vec::new(),
            address,
            folder,
        };
        for _ in 0..means.executors {
            nodes.add(server, means);
        }
        nodes.wait_for(means.executors);
        nodes
    }

    /// Starts another executor.
    pub(crate) fn add(&mut self, server: &S3Server, means: Means) {
        let number = self.executors.len();
        let (port, grpc_port) = (free_port(), free_port());
        let work = self.folder.path(&format!("work-{number}"));
        let log = File::create(self.folder.path(&format!("executor-{number}.log"))).unwrap();
        let (port, grpc_port) = (port.to_string(), grpc_port.to_string());
        let endpoint = server.endpoint();
        let args = [
            "executor",
            "--cores=1",
            "--heartbeat=1",
            "--scheduler",
            &self.address,
            "--memory-limit",
            means.memory,
            "--port",
            &port,
            "--grpc-port",
            &grpc_port,
            "--endpoint-url",
            &endpoint,
            "--region=us-east-1",
            "--work-dir",
            work.to_str().unwrap(),
        ];
        let mut command = node(&args);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_")) {
            command.env_remove(name);
        }
        match means.keys {
            true => command.envs(credentials()),
            false => command.envs(NOBODY),
        };
        self.executors.push(Some(command.spawn().unwrap()));
    }

    /// Waits until so many executors have said that they are there.
    fn wait_for(&self, executors: usize) {
        let until = Instant::now() + Duration::from_secs(60);
        loop {
            if self.ask("executors").matches("\"vcores\"").count() == executors {
                return;
            }
            assert!(Instant::now() < until, "executors do not register");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// What the scheduler's pages say.
    pub(crate) fn ask(&self, page: &str) -> String {
        use std::io::{Read, Write};
        let host = self.address.trim_start_matches("df://");
        let Ok(mut socket) = std::net::TcpStream::connect(host) else {
            return String::new();
        };
        let request =
            format!("GET /api/{page} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        let mut answer = String::new();
        let asked = socket.write_all(request.as_bytes());
        let _ = asked.and_then(|()| socket.read_to_string(&mut answer));
        answer
    }

    /// Takes an executor out, for whoever kills it.
    pub(crate) fn take_executor(&mut self, number: usize) -> Child {
        self.executors[number].take().unwrap()
    }

    pub(crate) fn kill_scheduler(&mut self) {
        self.scheduler.kill().unwrap();
        self.scheduler.wait().unwrap();
    }
}

impl Drop for Nodes {
    fn drop(&mut self) {
        let executors = self.executors.iter_mut().flatten();
        for node in executors.chain([&mut self.scheduler]) {
            let _ = node.kill();
            let _ = node.wait();
        }
        if std::thread::panicking() {
            for number in 0..self.executors.len() {
                let log = self.folder.path(&format!("executor-{number}.log"));
                let log = std::fs::read_to_string(log).unwrap_or_default();
                eprintln!(
                    "executor {number}:\n{}",
                    log.chars().take(4000).collect::<String>()
                );
            }
        }
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
