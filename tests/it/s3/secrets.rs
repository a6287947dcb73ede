//! No credential, token or signature is in anything that the program says, however it ends.

use super::server::{BUCKET, Fault, KEY, Kind, SECRET};
use super::{corpus, merge_args, served, words};
use crate::harness::Run;

const TOKEN: &str = "CanaryTokenIQoJb3JpZ2luX2VjEJ0000000001";
const EXTRA: &str = "CanaryFromAProcess0000000001";

#[track_caller]
fn is_silent(run: &Run) {
    for secret in [SECRET, TOKEN, KEY, EXTRA, "SignatureProvided", "AWS4-HMAC"] {
        for said in [&run.stdout, &run.stderr] {
            assert!(!said.contains(secret), "`{secret}` is in: {said}");
        }
    }
}

#[test]
fn no_secret_is_in_what_a_run_says() {
    let scratch = corpus(1);
    let server = served(&scratch);
    let loud = [
        ("AWS_SESSION_TOKEN", TOKEN),
        ("RUST_LOG", "trace"),
        ("AWS_LOG", "trace"),
        ("RUST_BACKTRACE", "1"),
    ];
    let args = merge_args("2026-11-01T00", "2026-11-01T01", "out", true);
    let run = || server.run_with(&scratch, &words(&args), &loud);
    let good = run().expect_status(0);
    is_silent(&good);
    // As S3 answers: with what it was sent.
    let echo = format!(
        "<Error><Code>CODE</Code><Message>no {KEY} {SECRET} {TOKEN}</Message><Token-0>{TOKEN}</Token-0>\
         <AWSAccessKeyId>{KEY}</AWSAccessKeyId><StringToSign>AWS4-HMAC-SHA256 {TOKEN}</StringToSign>\
         <SignatureProvided>Signature {SECRET}</SignatureProvided>\
         <CanonicalRequest>x-amz-security-token:{TOKEN}</CanonicalRequest></Error>"
    );
    for (status, code) in [
        (400, "ExpiredToken"),
        (403, "SignatureDoesNotMatch"),
        (403, "InvalidAccessKeyId"),
        (403, TOKEN),
        (400, "Unheard/Of+It="),
        (301, "PermanentRedirect"),
        (412, "PreconditionFailed"),
        (200, "NotAnError"),
    ] {
        for kind in [Kind::List, Kind::Get] {
            server.no_faults();
            server.fail(Fault {
                status,
                body: echo.replace("CODE", code),
                ..Fault::new(kind, 0, "")
            });
            let failed = run();
            assert_ne!(failed.status, 0, "{status} {code}");
            is_silent(&failed);
        }
    }
    server.no_faults();
    let mut wrong = loud.to_vec();
    wrong.push(("AWS_ACCESS_KEY_ID", EXTRA));
    is_silent(
        &server
            .run_with(&scratch, &words(&args), &wrong)
            .expect_status(1),
    );
}

#[test]
fn no_secret_comes_out_of_a_credential_process_or_a_uri() {
    let scratch = corpus(1);
    let server = served(&scratch);
    let root = format!("s3://{BUCKET}/pre/gt");
    let query = ["sql", "--labels", &root, "-c", "select 1", "--profile", "p"];
    for process in [
        format!("echo {EXTRA}; echo {EXTRA} >&2; exit 1"),
        format!("echo {EXTRA}"),
        format!("echo '{{\"Version\":1,\"SecretAccessKey\":\"{EXTRA}\"}}'"),
        format!(
            "echo '{{\"Version\":1,\"AccessKeyId\":\"{EXTRA}\",\"SecretAccessKey\":\"{EXTRA}\",\"Expiration\":\"{EXTRA}\"}}'"
        ),
    ] {
        scratch.write("creds.sh", process);
        scratch.write("aws", "[profile p]\ncredential_process = sh creds.sh\n");
        let config = scratch.path("aws").display().to_string();
        let run = server.run_with(&scratch, &query, &[("AWS_CONFIG_FILE", &config)]);
        is_silent(&run.expect_status(2));
    }
    for uri in [
        format!("s3://{KEY}:{SECRET}@bucket/gt"),
        format!("https://bucket.s3.amazonaws.com/gt?X-Amz-Signature={TOKEN}"),
    ] {
        is_silent(
            &scratch
                .run(&["sql", "--labels", &uri, "-c", "select 1"])
                .expect_status(2),
        );
    }
}
