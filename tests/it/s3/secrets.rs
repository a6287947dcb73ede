//! No credential, token or signature is in anything that the program says, however it ends.

use super::server::{BUCKET, Fault, KEY, Kind, SECRET};
use super::{corpus, merge_args, served, words};
use crate::harness::{Run, Scratch};

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

/// What people paste into a ticket: every setting that can be a URI, from the file, the environment and flags.
#[test]
fn no_password_of_a_uri_is_in_the_settings_that_are_shown() {
    let scratch = Scratch::new();
    let uri = |bucket: &str| format!("s3://{KEY}:{SECRET}@{bucket}/x");
    scratch.write(
        "groundline.toml",
        format!(
            "[[model]]\nname = \"a\"\ntransforms = \"{0}\"\nmap = [\"s3://b/p={0}\", \"{0}=local\"]\n\
             labels = \"{0}\"\nsql = \"{0}\"\n\
             [[model]]\nname = \"b\"\ncaptures = \"{0}\"\n[model.labels]\nfiles = \"{0}/*.csv\"\n\
             sql_file = \"{0}\"\n\
             [output]\nuri = \"{0}\"\n\
             [storage]\nendpoint_url = \"https://{KEY}:{SECRET}@host:9000\"\n",
            uri("bucket")
        ),
    );
    let signed = format!("https://host/x?X-Amz-Signature={TOKEN}");
    for form in ["table", "json"] {
        let args = ["config", "show", "--output", form];
        let by_file = scratch.run(&args).expect_status(0);
        is_silent(&by_file);
        assert!(
            by_file.stdout.contains("s3://…@bucket/x"),
            "{}",
            by_file.stdout
        );
        assert!(
            by_file.stdout.contains("https://…@host:9000"),
            "{}",
            by_file.stdout
        );
        let other = uri("other");
        let said = [
            ("GROUNDLINE_CAPTURES", other.as_str()),
            ("GROUNDLINE_OUT", &signed),
            ("GROUNDLINE_TEMP_DIR", &signed),
            ("GROUNDLINE_SQL_DIR", &other),
        ];
        is_silent(&scratch.run_with(&args, &said).expect_status(0));
    }
}

#[test]
fn no_password_of_a_location_is_in_a_printed_reader() {
    let scratch = Scratch::new();
    for uri in [
        format!("s3://{KEY}:{SECRET}@bucket/merged"),
        format!("https://{KEY}:{SECRET}@host/merged"),
        format!("https://host/merged?X-Amz-Signature={TOKEN}"),
    ] {
        for reader in ["duckdb", "polars", "pandas", "athena", "spark"] {
            for flag in ["--location", "--out"] {
                let run = scratch.run(&["ddl", reader, flag, &uri]).expect_status(2);
                is_silent(&run);
                assert!(
                    run.stderr.contains("a password or a query"),
                    "{}",
                    run.stderr
                );
            }
        }
    }
    // A port is no password.
    let plain = [
        "ddl",
        "duckdb",
        "--location",
        "http://localhost:9000/merged",
    ];
    let run = scratch.run(&plain).expect_status(0);
    assert!(
        run.stdout.contains("http://localhost:9000/merged"),
        "{}",
        run.stdout
    );
}

/// `init` says what to type instead, and repeats the folders for it.
#[test]
fn no_password_is_in_a_command_that_init_proposes() {
    let scratch = corpus(1);
    let secret = format!("s3://{KEY}:{SECRET}@bucket/gt");
    for args in [
        ["init", "--captures", "gt", "--labels", &secret],
        ["init", "--captures", &secret, "--labels", "gt"],
        ["init", "--captures", "cap", "--labels", &secret],
        ["init", "--transforms", "cap", "--labels", &secret],
        ["init", "--out", &secret, "--labels", &secret],
    ] {
        is_silent(&scratch.run(&args).expect_status(2));
    }
}

#[test]
fn no_secret_of_a_uri_in_a_statement_is_repeated() {
    let scratch = Scratch::new();
    let signed = format!("s3://b/x.parquet?X-Amz-Signature={SECRET}");
    let with_password = format!("s3://{KEY}:{EXTRA}@b/x.parquet");
    for uri in [&signed, &with_password] {
        for statement in [
            format!("select * from '{uri}'"),
            format!("copy (select 1) to '{uri}' stored as parquet"),
            format!("create external table t stored as parquet location '{uri}'"),
            format!("select 1; select * from '{uri}'"),
        ] {
            let run = scratch.run(&["sql", "-c", &statement]);
            assert_ne!(run.status, 0, "{statement}");
            let said = "what lies in a store is named on the command line";
            assert!(run.stderr.contains(said), "{}", run.stderr);
            is_silent(&run);
        }
        scratch.write("captures/ep/v/2026/11/01/00/a.jsonl", "");
        let run = scratch.run(&["explain-id", uri, "--captures=captures"]);
        is_silent(&run);
    }
}
