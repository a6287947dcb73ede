//! What goes wrong on the way to S3: what, where, why, and what to do next.

use super::server::{BUCKET, Fault, Kind, S3Server};
use super::{corpus, merge_args, served, words};
use crate::harness::{Run, Scratch};

/// Merges the first hour from the server.
fn merge(server: &S3Server, scratch: &Scratch, environment: &[(&str, &str)]) -> Run {
    let args = merge_args("2026-11-01T00", "2026-11-01T01", "out", true);
    server.run_with(scratch, &words(&args), environment)
}

#[track_caller]
fn says(run: Run, status: i32, expected: &str) {
    let run = run.expect_status(status);
    assert_eq!(run.stderr, expected);
}

#[test]
fn a_listing_that_is_not_allowed_names_the_permissions() {
    let scratch = corpus(1);
    let server = served(&scratch);
    server.fail(Fault::new(Kind::List, 403, "AccessDenied"));
    says(
        merge(&server, &scratch, &[]),
        1,
        "error: cannot list `s3://captures-bucket/pre/cap`\n  \
           caused by: access is denied (403 AccessDenied)\n\
         hint: the credentials need s3:ListBucket on the bucket and s3:GetObject on its objects; \
         `aws sts get-caller-identity` says who they are\n",
    );
    assert!(!scratch.path("out").exists(), "nothing is begun");
}

#[test]
fn labels_that_may_not_be_read_stop_the_run_and_a_capture_its_hour() {
    let scratch = corpus(2);
    let server = served(&scratch);
    server.fail(Fault {
        holds: "gt/",
        ..Fault::new(Kind::Get, 403, "AccessDenied")
    });
    let run = merge(&server, &scratch, &[]).expect_status(1);
    let said = "error: cannot read `s3://captures-bucket/pre/gt/2026/11/01/00/0.jsonl`\n  \
                  caused by: access is denied (403 AccessDenied)\n\
                hint: the credentials need s3:GetObject on the objects, and kms:Decrypt where a key encrypts them; \
                `aws sts get-caller-identity` says who they are\n";
    assert!(run.stderr.ends_with(said), "{}", run.stderr);

    server.no_faults();
    server.fail(Fault {
        holds: "cap/ep/v/2026/11/01/01",
        ..Fault::new(Kind::Get, 403, "AccessDenied")
    });
    let args = merge_args("2026-11-01T00", "2026-11-01T02", "part", true);
    let run = server.run(&scratch, &words(&args)).expect_status(4);
    let said = "cannot read `s3://captures-bucket/pre/cap/ep/v/2026/11/01/01/0.jsonl`: access is denied (403 AccessDenied)";
    assert!(run.stderr.contains(said), "{}", run.stderr);
    let hint = "\nhint: the credentials need s3:GetObject on the objects, and kms:Decrypt where a key encrypts them; ";
    assert_eq!(run.stderr.matches(hint).count(), 1, "{}", run.stderr);
    assert_eq!(scratch.hashes("part/merged").len(), 1);
}

#[test]
fn a_bucket_that_is_not_there_is_said_to_be_so() {
    let scratch = corpus(1);
    let server = served(&scratch);
    let args = [
        "sql",
        "--labels",
        "s3://captures-bukcet/gt",
        "-c",
        "select 1",
    ];
    says(
        server.run(&scratch, &args),
        2,
        "error: cannot list `s3://captures-bukcet/gt`\n  \
           caused by: there is no such bucket (404 NoSuchBucket)\n\
         hint: check its name; `aws s3 ls` lists those that you own\n",
    );
}

#[test]
fn a_prefix_without_anything_is_no_layout() {
    let scratch = corpus(1);
    let server = served(&scratch);
    let args = [
        "sql",
        "--labels",
        "s3://captures-bucket/nowhere",
        "-c",
        "select 1",
    ];
    let run = server.run(&scratch, &args).expect_status(2);
    let said = "`s3://captures-bucket/nowhere` has no yyyy/mm/dd/hh below it; it has: nothing";
    assert!(run.stderr.contains(said), "{}", run.stderr);
    let args = ["sql", "--labels", "s3://captures-bucket", "-c", "select 1"];
    let run = server.run(&scratch, &args).expect_status(2);
    assert!(run.stderr.contains("it has: pre/"), "{}", run.stderr);
    let args = [
        "sql",
        "--labels",
        "s3://captures-bucket/pre",
        "-c",
        "select 1",
    ];
    let run = server.run(&scratch, &args).expect_status(2);
    assert!(
        run.stderr
            .contains("did you mean `s3://captures-bucket/pre/gt`?"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_wrong_region_names_the_right_one_where_the_answer_does() {
    let scratch = corpus(1);
    let server = served(&scratch);
    let region = [("AWS_REGION", "eu-west-1")];
    server.fail(Fault {
        headers: &[("x-amz-bucket-region", "us-west-2")],
        ..Fault::new(Kind::List, 301, "PermanentRedirect")
    });
    says(
        merge(&server, &scratch, &region),
        2,
        "error: cannot list `s3://captures-bucket/pre/cap`\n  \
           caused by: the bucket is in the region us-west-2, not in eu-west-1 (301 PermanentRedirect)\n\
         hint: give --region us-west-2, or leave the region out: it is looked up\n",
    );
    server.no_faults();
    server.fail(Fault {
        body: String::new(),
        ..Fault::new(Kind::List, 301, "")
    });
    says(
        merge(&server, &scratch, &region),
        2,
        "error: cannot list `s3://captures-bucket/pre/cap`\n  \
           caused by: the bucket is in another region than eu-west-1 (301)\n\
         hint: give the bucket's own region with --region, or leave it out: it is looked up\n",
    );
}

#[test]
fn the_region_is_that_of_the_flag_then_the_environment_then_the_profile_then_the_bucket() {
    let scratch = corpus(1);
    let server = served(&scratch);
    scratch.write("aws", "[default]\nregion = eu-south-2\n[profile other]\nregion = eu-north-1\n\
        aws_access_key_id = AKIACANARYKEYID00001\naws_secret_access_key = canary+secret/access+key/0000000000000001\n");
    let config = scratch.path("aws").display().to_string();
    let root = format!("s3://{BUCKET}/pre/gt");
    let signed_for = |flags: &[&str], environment: &[(&str, &str)]| {
        server.take_seen();
        let mut args = vec!["sql", "--labels", &root, "-c", "select 1"];
        args.extend(flags);
        server
            .run_with(&scratch, &args, environment)
            .expect_status(0);
        let seen = server.take_seen();
        let listed = seen.iter().find(|seen| seen.kind == Kind::List).unwrap();
        let signature = listed.headers["authorization"].to_str().unwrap();
        signature.split('/').nth(2).unwrap().to_owned()
    };
    let profile = ("AWS_CONFIG_FILE", config.as_str());
    let environment = [profile, ("AWS_REGION", "eu-west-1")];
    assert_eq!(
        signed_for(&["--region", "ap-south-1"], &environment),
        "ap-south-1"
    );
    assert_eq!(signed_for(&[], &environment), "eu-west-1");
    assert_eq!(signed_for(&[], &[profile]), "eu-south-2");
    assert_eq!(
        signed_for(&["--profile", "other"], &[profile]),
        "eu-north-1"
    );
    assert_eq!(
        signed_for(&[], &[]),
        "us-east-1",
        "of a service that names no region"
    );
    server.fail(Fault {
        headers: &[("x-amz-bucket-region", "sa-east-1")],
        body: String::new(),
        ..Fault::new(Kind::HeadBucket, 403, "")
    });
    assert_eq!(signed_for(&[], &[]), "sa-east-1");
}

#[test]
fn an_expired_token_asks_for_a_new_login() {
    let scratch = corpus(1);
    let server = served(&scratch);
    server.fail(Fault::new(Kind::List, 400, "ExpiredToken"));
    says(
        merge(&server, &scratch, &[("AWS_SESSION_TOKEN", "token")]),
        1,
        "error: cannot list `s3://captures-bucket/pre/cap`\n  \
           caused by: the session token has expired (400 ExpiredToken)\n\
         hint: get new credentials, for example with `aws sso login`, and run again\n",
    );
}

#[test]
fn keys_that_the_service_does_not_know_are_told_from_missing_rights() {
    let scratch = corpus(1);
    let server = served(&scratch);
    let run = merge(&server, &scratch, &[("AWS_SECRET_ACCESS_KEY", "wrong")]).expect_status(1);
    let said = "caused by: the service does not know the credentials (403 SignatureDoesNotMatch)";
    assert!(run.stderr.contains(said), "{}", run.stderr);
}

#[test]
fn without_credentials_it_says_where_it_looked() {
    let scratch = corpus(1);
    let server = served(&scratch);
    let none = [("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", "")];
    says(
        merge(&server, &scratch, &none),
        2,
        "error: cannot list `s3://captures-bucket/pre/cap`\n  \
           caused by: no AWS credentials were found in the environment (AWS_ACCESS_KEY_ID), the profile of ~/.aws, \
         web identity, the container or the instance\n\
         hint: name a profile with --profile or AWS_PROFILE, sign in with `aws sso login`, or read a public bucket \
         with --no-sign-request\n",
    );
    // Signed by nobody: the server refuses, and nothing was signed.
    let mut args = merge_args("2026-11-01T00", "2026-11-01T01", "out", true);
    args.push("--no-sign-request".into());
    server.take_seen();
    let run = server
        .run_with(&scratch, &words(&args), &none)
        .expect_status(1);
    assert!(
        run.stderr.contains("access is denied (403"),
        "{}",
        run.stderr
    );
    let seen = server.take_seen();
    assert!(
        seen.iter()
            .all(|seen| !seen.headers.contains_key("authorization"))
    );
}

#[test]
fn a_profile_gives_credentials_whatever_the_environment_holds() {
    let scratch = corpus(1);
    let server = served(&scratch);
    let config = "[profile empty]\n\
        region = eu-west-1\n\
        [profile keys]\n\
        aws_access_key_id = AKIACANARYKEYID00001\n\
        aws_secret_access_key = canary+secret/access+key/0000000000000001\n\
        [profile process]\n\
        credential_process = sh creds.sh\n";
    scratch.write("aws", config);
    scratch.write(
        "creds.sh",
        "echo '{\"Version\":1,\"AccessKeyId\":\"AKIACANARYKEYID00001\",\
         \"SecretAccessKey\":\"canary+secret/access+key/0000000000000001\"}'\n",
    );
    let config = scratch.path("aws").display().to_string();
    let root = format!("s3://{BUCKET}/pre/gt");
    let query = [
        "sql",
        "--labels",
        &root,
        "--all",
        "--output",
        "csv",
        "-c",
        "select count(*) from labels",
    ];
    let wrong = [
        ("AWS_CONFIG_FILE", config.as_str()),
        ("AWS_SECRET_ACCESS_KEY", "wrong"),
    ];
    for profile in ["keys", "process"] {
        let flag = [&query[..], &["--profile", profile]].concat();
        server.run_with(&scratch, &flag, &wrong).expect_status(0);
        let variable = [
            ("AWS_CONFIG_FILE", config.as_str()),
            ("AWS_PROFILE", profile),
            ("AWS_ACCESS_KEY_ID", ""),
            ("AWS_SECRET_ACCESS_KEY", ""),
        ];
        server
            .run_with(&scratch, &query, &variable)
            .expect_status(0);
    }
    let file = format!(
        "[storage]\nendpoint_url = \"{}\"\nprofile = \"keys\"\n",
        server.endpoint()
    );
    scratch.write(
        "groundline.toml",
        format!("[[model]]\nlabels = \"{root}\"\ncaptures = \"cap\"\n{file}"),
    );
    let environment = [&wrong[..], &[("AWS_ENDPOINT_URL", "")]].concat();
    let query = ["sql", "--all", "-c", "select count(*) from labels"];
    server
        .run_with(&scratch, &query, &environment)
        .expect_status(0);

    let scanty = [
        ("AWS_CONFIG_FILE", config.as_str()),
        ("AWS_ACCESS_KEY_ID", ""),
    ];
    let empty = [
        "sql",
        "--labels",
        &root,
        "--profile",
        "empty",
        "-c",
        "select 1",
    ];
    let run = server.run_with(&scratch, &empty, &scanty).expect_status(2);
    let said = "caused by: no AWS credentials were found in the profile `empty` of ~/.aws\n";
    assert!(run.stderr.contains(said), "{}", run.stderr);

    let absent = [
        "sql",
        "--labels",
        &root,
        "--profile",
        "nobody",
        "-c",
        "select 1",
    ];
    says(
        server.run_with(&scratch, &absent, &wrong),
        2,
        "error: cannot list `s3://captures-bucket/pre/gt`\n  \
           caused by: no credentials could be had: profile `nobody` is not defined\n\
         hint: `aws sts get-caller-identity --profile nobody` should work; `aws sso login --profile nobody` signs in again\n",
    );
}

#[test]
fn an_endpoint_where_nobody_listens_is_told_at_once() {
    let scratch = corpus(1);
    let server = served(&scratch);
    // A port that was free a moment ago.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let began = std::time::Instant::now();
    says(
        merge(&server, &scratch, &[("AWS_ENDPOINT_URL", &url)]),
        1,
        &format!(
            "error: cannot open `s3://captures-bucket/pre/cap`\n  \
               caused by: cannot connect: Connection refused (os error 111) ({url})\n\
             hint: is the service running there? --endpoint-url (or endpoint_url, AWS_ENDPOINT_URL) says where it is\n"
        ),
    );
    assert!(began.elapsed().as_secs() < 20);
}

#[test]
fn an_endpoint_that_is_no_address_is_refused_without_being_repeated() {
    let scratch = Scratch::new();
    let args = [
        "sql",
        "-c",
        "select 1",
        "--endpoint-url",
        "http://user:hunter2@host",
    ];
    let run = scratch.run(&args).expect_status(2);
    assert!(
        run.stderr
            .contains("error: --endpoint-url: it holds a user or password"),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains("hunter2"), "{}", run.stderr);
}

#[test]
fn a_service_that_stays_down_is_given_up() {
    let scratch = corpus(1);
    let server = served(&scratch);
    server.fail(Fault::new(Kind::List, 503, "SlowDown"));
    says(
        merge(&server, &scratch, &[]),
        1,
        "error: cannot list `s3://captures-bucket/pre/cap`\n  \
           caused by: the service answered 503 SlowDown each time it was asked\n\
         hint: it is busy or broken; run again later, or with fewer --threads\n",
    );
    let lists = server
        .take_seen()
        .iter()
        .filter(|seen| seen.kind == Kind::List)
        .count();
    assert_eq!(lists, 9, "the first try and eight more");
}

#[test]
fn half_typed_uris_are_not_looked_for_on_the_disk() {
    let scratch = corpus(1);
    let hint = |right: &str| format!("hint: did you mean `{right}`?\n");
    let plain = "hint: write it like s3://bucket/prefix\n".to_owned();
    for (uri, why, hint) in [
        ("s3://", "no bucket is named", hint("s3://bucket/prefix")),
        (
            "s3:/bucket/gt",
            "after the scheme comes `://`",
            hint("s3://bucket/gt"),
        ),
        (
            "s3//bucket/gt",
            "after the scheme comes `://`",
            hint("s3://bucket/gt"),
        ),
        (
            "S3://bucket/gt",
            "the scheme is written in lower case",
            hint("s3://bucket/gt"),
        ),
        (
            "s3://bu cket/",
            "the name of a bucket has letters, digits, `.`, `-` and `_`, and no ` `",
            plain.clone(),
        ),
        (
            "s3://bucket//gt",
            "the prefix has an empty part (`//`)",
            plain.clone(),
        ),
    ] {
        let run = scratch.run(&["sql", "--labels", uri, "-c", "select 1"]);
        says(
            run,
            2,
            &format!("error: `{uri}` is not a whole URI: {why}\n{hint}"),
        );
    }
    let file = "[[model]]\nlabels = \"gt\"\ncaptures = \"s3:/bucket/gt\"\n";
    scratch.write("conf/groundline.toml", file);
    let run = scratch.run(&["sql", "--config", "conf/groundline.toml", "-c", "select 1"]);
    let run = run.expect_status(2);
    assert!(
        run.stderr
            .ends_with("hint: did you mean `s3://bucket/gt`?\n"),
        "{}",
        run.stderr
    );
}

#[test]
fn an_output_that_is_half_typed_is_refused_before_anything_is_listed() {
    let scratch = corpus(1);
    let server = served(&scratch);
    for command in ["merge", "backfill"] {
        let out = "s3:/captures-bucket/out";
        let mut args = merge_args("2026-11-01T00", "2026-11-01T01", out, true);
        command.clone_into(&mut args[0]);
        let said = "error: `s3:/captures-bucket/out` is not a whole URI: after the scheme comes `://`\n\
                    hint: did you mean `s3://captures-bucket/out`?\n";
        says(server.run(&scratch, &words(&args)), 2, said);
    }
    assert!(server.take_seen().is_empty());
}
