//! Captures and labels in the bucket, with everything that a merge has to bear.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::harness::{Run, Scratch, files};
use crate::nodes::credentials;
use crate::s3_server::{BUCKET, S3Server};

/// A server with a corpus of `synth`, and a folder to run in.
pub(crate) struct Corpus {
    pub(crate) server: S3Server,
    pub(crate) folder: Scratch,
}

impl Corpus {
    /// 12 hours of two endpoints with the same ids: malformed records, late and double labels, labels that come near.
    pub(crate) fn new(records: u32) -> Self {
        let folder = Scratch::new();
        let records = records.to_string();
        let made = [
            "synth",
            "--out",
            "syn",
            "--records",
            &records,
            "--hours",
            "12",
            "--files-per-hour",
            "3",
            "--endpoints",
            "2",
            "--malformed",
            "0.01",
            "--duplicates",
            "0.05",
            "--late",
            "0.3",
            "--seed",
            "7",
        ];
        folder.run(&made).expect_status(0);
        let server = S3Server::start();
        for kind in ["captures", "labels"] {
            let base = folder.path(&format!("syn/{kind}"));
            for file in files(&base) {
                let key = file.strip_prefix(&base).unwrap().to_str().unwrap();
                server.put(&format!("in/{kind}/{key}"), std::fs::read(&file).unwrap());
            }
        }
        Self { server, folder }
    }

    /// Runs a command over the corpus with `out` below the bucket; `more` behind it.
    pub(crate) fn run(&self, command: &str, out: &str, more: &[&str]) -> Run {
        let args = self.args(command, out, more);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        self.folder.run_with(&args, &credentials())
    }

    pub(crate) fn args(&self, command: &str, out: &str, more: &[&str]) -> Vec<String> {
        let mut args = vec![
            command.to_owned(),
            "--captures".to_owned(),
            format!("s3://{BUCKET}/in/captures"),
            "--labels".to_owned(),
            format!("s3://{BUCKET}/in/labels"),
            "--out".to_owned(),
            format!("s3://{BUCKET}/{out}"),
            "--endpoint-url".to_owned(),
            self.server.endpoint(),
        ];
        let settings = [
            "--all",
            "--as-of",
            "2026-12-01T00:00:00Z",
            "--probability-attribute",
            "0",
            "--max-rejects",
            "5%",
            "--threads",
            "2",
            "--output",
            "json",
        ];
        args.extend(settings.iter().chain(more).map(|arg| (*arg).to_owned()));
        args
    }

    /// sha256 of everything below `out`.
    pub(crate) fn written(&self, out: &str) -> BTreeMap<String, String> {
        let base = self.server.object(out);
        let files = files(&base).into_iter();
        files
            .map(|file| {
                let key = file.strip_prefix(&base).unwrap().to_string_lossy();
                let hash = Sha256::digest(std::fs::read(&file).unwrap());
                (key.into_owned(), format!("{hash:x}"))
            })
            .collect()
    }
}

/// A result without where it was written.
pub(crate) fn told(run: &Run, out: &str) -> String {
    run.stdout.replace(&format!("/{out}"), "/out")
}
