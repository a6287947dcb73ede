//! `init` over a bucket, and the merge of what it wrote.

use crate::harness::Scratch;

use super::server::{BUCKET, S3Server};

#[test]
fn what_init_writes_of_a_bucket_merges_as_what_it_writes_of_a_folder() {
    let (server, scratch) = (S3Server::start(), Scratch::new());
    let synth = "synth --out c --records 200 --hours 3 --seed 5";
    scratch
        .run(&synth.split(' ').collect::<Vec<_>>())
        .expect_status(0);
    server.put_folder(&scratch, "c/captures", "some/captures");
    server.put_folder(&scratch, "c/labels", "some/labels");

    let local =
        "init --captures c/captures --labels c/labels --out local --config local.toml --yes";
    scratch
        .run(&local.split(' ').collect::<Vec<_>>())
        .expect_status(0);
    let remote = "init --captures s3://BUCKET/some/captures --labels s3://BUCKET/some/labels --out remote \
                  --config remote.toml --yes";
    let remote = remote.replace("BUCKET", BUCKET);
    let endpoint = server.endpoint();
    let given = [
        &remote.split_whitespace().collect::<Vec<_>>()[..],
        &["--endpoint-url", &endpoint],
    ];
    server.run(&scratch, &given.concat()).expect_status(0);
    let written = std::fs::read_to_string(scratch.path("remote.toml")).unwrap();
    assert!(
        written.contains(&format!("endpoint_url = \"{endpoint}\"")),
        "{written}"
    );

    scratch
        .run(&["merge", "--config", "local.toml"])
        .expect_status(0);
    server
        .run(&scratch, &["merge", "--config", "remote.toml"])
        .expect_status(0);
    assert!(!scratch.hashes("local/merged").is_empty());
    assert_eq!(
        scratch.hashes("local/merged"),
        scratch.hashes("remote/merged")
    );
}
