//! The S3 server of the tests, and the binary run against it.

#[expect(clippy::allow_attributes, reason = "another binary uses the rest")]
#[allow(dead_code, reason = "another binary uses the rest")]
#[path = "../../s3_server/mod.rs"]
mod s3_server;

use crate::harness::{Run, Scratch};

pub(crate) use s3_server::{BUCKET, Fault, KEY, Kind, S3Server, SECRET, Seen, When, count};

impl S3Server {
    /// Puts every file of a folder below a prefix.
    pub(crate) fn put_folder(&self, scratch: &Scratch, below: &str, prefix: &str) {
        let base = scratch.path(below);
        for file in crate::harness::files(&base) {
            let key = file.strip_prefix(&base).unwrap().to_str().unwrap();
            self.put(&format!("{prefix}/{key}"), std::fs::read(&file).unwrap());
        }
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
        all.extend(s3_server::NOBODY);
        all.retain(|(name, _)| environment.iter().all(|(other, _)| other != name));
        all.extend(environment);
        // An empty variable is one that is not there.
        all.retain(|(_, value)| !value.is_empty());
        scratch.run_with(args, &all)
    }
}
