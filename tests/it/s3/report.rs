//! A report over an output in the bucket.

use super::server::BUCKET;
use super::{corpus, merge_args, served, words};

#[test]
fn the_page_of_an_output_in_the_bucket_is_that_of_a_folder() {
    let scratch = corpus(4);
    let server = served(&scratch);
    let there = format!("s3://{BUCKET}/out");
    let mut pages = Vec::new();
    for out in ["out", &there] {
        let args = merge_args("2026-11-01T00", "2026-11-01T04", out, true);
        server.run(&scratch, &words(&args)).expect_status(0);
        let args = ["report", "--in", out, "-o", "-", "--by", "variant"];
        pages.push(server.run(&scratch, &args).expect_status(0).stdout);
    }
    assert!(pages[0].len() > 10_000);
    assert!(pages[0] == pages[1]);
    let model = ["report", "--in", &there, "--model", "other"];
    let told = server.run(&scratch, &model).expect_status(2);
    assert!(told.stderr.contains("it has: default"), "{}", told.stderr);
    let nothing = format!("s3://{BUCKET}/nothing");
    let told = server
        .run(&scratch, &["report", "--in", &nothing])
        .expect_status(2);
    assert!(
        told.stderr.contains("run one of them first"),
        "{}",
        told.stderr
    );
}
