//! Reading from S3 and writing to it, with a server in this process.

mod counts;
mod errors;
mod guard;
mod init;
mod labels;
mod output;
mod reading;
mod report;
mod schedule;
mod secrets;
pub(crate) mod server;

use crate::harness::{Scratch, capture, label};
use server::{BUCKET, S3Server};

/// Captures of `hours` hours from 00:00 of 1 November, of one endpoint, two files with two records each, and a label
/// for every record in the same hour: `cap` and `gt`.
fn corpus(hours: u32) -> Scratch {
    let scratch = Scratch::new();
    for hour in 0..hours {
        let (day, hour) = (1 + hour / 24, hour % 24);
        for file in 0..2 {
            let (mut captures, mut labels) = (String::new(), String::new());
            for record in 0..2 {
                let id = format!("e{day}-{hour}-{file}-{record}");
                let time = format!("2026-11-{day:02}T{hour:02}:10:00Z");
                captures += &capture(&id, None, &time, "0.9");
                labels += &label(&id, "1");
            }
            let folder = format!("2026/11/{day:02}/{hour:02}");
            scratch.write(&format!("cap/ep/v/{folder}/{file}.jsonl"), captures);
            scratch.write(&format!("gt/{folder}/{file}.jsonl"), labels);
        }
    }
    scratch
}

/// A server with the corpus in `pre/cap` and `pre/gt`.
fn served(scratch: &Scratch) -> S3Server {
    let server = S3Server::start();
    server.put_folder(scratch, "cap", "pre/cap");
    server.put_folder(scratch, "gt", "pre/gt");
    server
}

/// `merge` of 1 November's first hours into `out`, from local folders or from the bucket.
fn merge_args(from: &str, to: &str, out: &str, remote: bool) -> Vec<String> {
    let root = |name: &str| match remote {
        true => format!("s3://{BUCKET}/pre/{name}"),
        false => name.to_owned(),
    };
    [
        "merge",
        "--captures",
        &root("cap"),
        "--labels",
        &root("gt"),
        "--out",
        out,
        "--from",
        from,
        "--to",
        to,
        "--as-of",
        "2026-11-30T00:00:00Z",
        "--label-horizon",
        "PT2H",
        "--probability-attribute",
        "0",
        "--threads",
        "2",
    ]
    .map(str::to_owned)
    .to_vec()
}

fn words(args: &[String]) -> Vec<&str> {
    args.iter().map(String::as_str).collect()
}
