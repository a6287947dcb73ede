//! What of an execution is published where.

use std::io::{Read, Write};
use std::net::TcpListener;

use super::{made, made_from, recorded};
use crate::harness::Scratch;

const HOURLY: &str =
    "name = \"hourly\"\nexpression = \"@hourly\"\nconstraints = \"constraints.json\"\n";

const KEYS: [(&str, &str); 4] = [
    ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
    ("AWS_SECRET_ACCESS_KEY", "secret-that-nobody-prints"),
    ("AWS_REGION", "eu-west-1"),
    ("AWS_EC2_METADATA_DISABLED", "true"),
];

fn once(scratch: &Scratch, more: &[&str]) -> crate::harness::Run {
    let mut args = vec![
        "schedule",
        "run-once",
        "hourly",
        "--config",
        "data/groundline.toml",
        "--at",
        "2026-11-01T02",
        "--ok",
        "violations",
    ];
    args.extend(more);
    scratch.run_with(&args, &KEYS)
}

#[test]
fn files_hold_the_points_of_the_execution() {
    let scratch = made(2, 80, HOURLY);
    once(
        &scratch,
        &[
            "--publish",
            "cloudwatch-file,openmetrics",
            "--openmetrics-file",
            "now.om",
        ],
    )
    .expect_status(0);
    let runs = recorded(&scratch);
    let folder = runs[0]["folder"].as_str().unwrap();
    let lines = format!("data/merged/{folder}/cloudwatch_metrics.jsonl");
    let lines = std::fs::read_to_string(scratch.path(&lines)).unwrap();
    let points: Vec<serde_json::Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let accuracy = points
        .iter()
        .find(|point| point["MetricName"] == "accuracy")
        .unwrap();
    // The window's start, as SageMaker has it (formats.md 8).
    assert_eq!(accuracy["Timestamp"], "2026-11-01T01:00:00Z");
    assert_eq!(accuracy["Dimensions"][0]["Value"], "endpoint-0");
    assert_eq!(accuracy["Dimensions"][1]["Value"], "hourly");
    let recorded = runs[0]["figures"].as_array().unwrap();
    let recorded = recorded
        .iter()
        .find(|figure| figure["metric"] == "accuracy")
        .unwrap();
    assert_eq!(accuracy["Value"], recorded["value"]);
    for own in ["violations", "label_coverage", "run_completed"] {
        assert!(
            points.iter().any(|point| point["MetricName"] == own),
            "{own}"
        );
    }
    let text = std::fs::read_to_string(scratch.path("now.om")).unwrap();
    assert!(
        text.contains("groundline_accuracy{endpoint=\"endpoint-0\",model=\"synth\""),
        "{text}"
    );
    assert!(text.ends_with("# EOF\n"), "{text}");
}

#[test]
fn cloudwatch_gets_one_signed_request() {
    // CloudWatch takes nothing that is older than two weeks.
    let hour = |ago: i64| {
        let then = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(ago);
        then.strftime("%Y-%m-%dT%H").to_string()
    };
    let scratch = made_from(&hour(3), 2, 80, HOURLY);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut request, mut buffer) = (Vec::new(), [0_u8; 65536]);
        loop {
            let n = stream.read(&mut buffer).unwrap();
            request.extend_from_slice(&buffer[..n]);
            let text = String::from_utf8_lossy(&request).into_owned();
            let Some((head, body)) = text.split_once("\r\n\r\n") else {
                continue;
            };
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(": ")?;
                name.eq_ignore_ascii_case("content-length")
                    .then(|| value.parse::<usize>().unwrap())
            });
            if body.len() >= length.unwrap_or(0) {
                break;
            }
        }
        let body =
            "<PutMetricDataResponse xmlns=\"http://monitoring.amazonaws.com/doc/2010-08-01/\"/>";
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all((head + body).as_bytes()).unwrap();
        String::from_utf8(request).unwrap()
    });
    let args = [
        "schedule",
        "run-once",
        "hourly",
        "--config",
        "data/groundline.toml",
        "--at",
        &hour(1),
        "--ok",
        "violations",
        "--publish",
        "cloudwatch",
        "--publish-timestamp",
        "run",
        "--cloudwatch-endpoint-url",
        &url,
    ];
    let run = scratch.run_with(&args, &KEYS);
    run.expect_status(0);
    let request = server.join().unwrap();
    assert!(request.contains("AWS4-HMAC-SHA256"), "{request}");
    assert!(!request.contains("secret-that-nobody-prints"));
    assert!(request.contains("Action=PutMetricData"), "{request}");
    assert!(
        request.contains("aws%2Fsagemaker%2FEndpoints%2Fmodel-metrics"),
        "{request}"
    );
}

#[test]
fn what_cloudwatch_would_not_take_is_said_beforehand() {
    let scratch = made(2, 20, HOURLY);
    let args = [
        "schedule",
        "run-once",
        "hourly",
        "--config",
        "data/groundline.toml",
        "--at",
        "2020-01-09T13",
        "--dry-run",
        "--publish",
        "cloudwatch",
    ];
    let run = scratch.run(&args).expect_status(0);
    assert!(run.stderr.contains("two weeks"), "{}", run.stderr);
    assert!(!scratch.path("data/merged").exists());
}

#[test]
fn an_unknown_publisher_is_a_mistake() {
    let scratch = made(1, 10, HOURLY);
    let run = once(&scratch, &["--publish", "cloudwach"]).expect_status(2);
    assert!(
        run.stderr.contains("did you mean `cloudwatch`?"),
        "{}",
        run.stderr
    );
}
