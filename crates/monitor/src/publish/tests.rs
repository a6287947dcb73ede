//! Against a server in the test's own process, which answers as it is told.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use groundline_report::Point;
use groundline_store::AwsKeys;

use super::*;

const NOW: i64 = 1_767_322_800_000_000;
const TAKEN: Reply = Reply::Answer(
    200,
    "<PutMetricDataResponse xmlns=\"http://monitoring.amazonaws.com/doc/2010-08-01/\"/>",
);

#[derive(Clone, Copy)]
enum Reply {
    Answer(u16, &'static str),
    /// The connection ends when the request is there.
    HangUp,
    /// Nothing comes.
    Silence,
    /// Part of an answer that says it is longer.
    BreakOff,
}

fn error(code: &'static str) -> &'static str {
    let body = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>SESSION-TOKEN of \
         arn:aws:sts::123456789012:assumed-role</Message></Error></ErrorResponse>"
    );
    Box::leak(body.into_boxed_str())
}

struct Server {
    address: String,
    /// Heads and bodies of the requests that came.
    requests: Arc<Mutex<Vec<(String, String)>>>,
}

impl Server {
    /// Answers the first requests as told, one connection each, and is gone after the last.
    fn telling(replies: &[Reply]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (replies, seen) = (replies.to_vec(), Arc::clone(&requests));
        thread::spawn(move || {
            let mut silent = Vec::new();
            for reply in replies {
                let (mut stream, _) = listener.accept().unwrap();
                seen.lock().unwrap().push(request(&mut stream));
                match reply {
                    Reply::Answer(status, body) => {
                        let length = body.len();
                        let head = format!(
                            "HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
                        );
                        stream.write_all((head + body).as_bytes()).unwrap();
                    }
                    Reply::BreakOff => {
                        let head = "HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n<Put";
                        stream.write_all(head.as_bytes()).unwrap();
                    }
                    Reply::HangUp => {}
                    Reply::Silence => silent.push(stream),
                }
            }
            // Those that nobody answers stay open.
            thread::sleep(Duration::from_secs(if silent.is_empty() { 0 } else { 5 }));
        });
        Self { address, requests }
    }

    fn seen(&self) -> usize {
        self.requests.lock().unwrap().len()
    }
}

fn request(stream: &mut TcpStream) -> (String, String) {
    let mut bytes = Vec::new();
    let mut buffer = [0; 65536];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_ascii_lowercase();
            let length = head.split("content-length: ").nth(1).unwrap();
            let length: usize = length.lines().next().unwrap().parse().unwrap();
            if body.len() == length {
                return (head, body.to_owned());
            }
        }
        let count = stream.read(&mut buffer).unwrap();
        assert!(count > 0, "the request broke off");
        bytes.extend_from_slice(&buffer[..count]);
    }
}

fn cloudwatch(endpoint: &str) -> CloudWatch {
    let keys = AwsKeys {
        key_id: "AKIDEXAMPLE".into(),
        secret_key: "SECRET-KEY".into(),
        token: Some("SESSION-TOKEN".into()),
    };
    let options = CloudWatchOptions {
        endpoint_url: Some(endpoint.to_owned()),
        region: Some("eu-west-1".into()),
        retries: Retries {
            tries: 3,
            first_wait: Duration::from_millis(1),
            longest_wait: Duration::from_millis(2),
        },
        timeout: Duration::from_millis(500),
        ..CloudWatchOptions::default()
    };
    CloudWatch::with_keys(keys, &options).unwrap()
}

fn some_points(count: u32) -> Vec<Point> {
    let metric = "auc".to_owned();
    let point = |n| Point {
        metric: metric.clone(),
        value: f64::from(n),
        timestamp: NOW,
        dimensions: vec![("Endpoint".into(), "churn prod".into())],
        unit: None,
    };
    (0..count).map(point).collect()
}

/// Publishes so many points to a server that answers so.
async fn published(count: u32, replies: &[Reply]) -> (Publication, Server) {
    let server = Server::telling(replies);
    let prepared = Prepared::new("n", &some_points(count), NOW).unwrap();
    let publication = cloudwatch(&server.address).publish(prepared).await;
    (publication, server)
}

fn failure(publication: &Publication) -> (String, String) {
    let failure = publication.failure.as_ref().unwrap();
    let (said, hint) = (failure.to_string(), failure.hint());
    for text in [&said, &hint, &format!("{failure:?}")] {
        assert!(
            !text.contains("SESSION-TOKEN") && !text.contains("SECRET-KEY"),
            "{text}"
        );
    }
    (said, hint)
}

#[tokio::test]
async fn points_go_out_as_a_signed_form() {
    let (publication, server) = published(1, &[TAKEN]).await;
    assert!(publication.failure.is_none(), "{publication:?}");
    assert_eq!((publication.published, publication.unpublished), (1, 0));
    assert_eq!((publication.requests, publication.maybe_twice), (1, 0));
    let requests = server.requests.lock().unwrap();
    let (head, body) = requests.first().unwrap();
    assert!(head.starts_with("post / http/1.1\r\n"), "{head}");
    assert!(head.contains("content-type: application/x-www-form-urlencoded\r\n"));
    assert!(head.contains("/eu-west-1/monitoring/aws4_request"));
    assert!(head.contains("x-amz-security-token: session-token"));
    assert!(body.starts_with("Action=PutMetricData&Version=2010-08-01&Namespace=n&"));
    assert!(body.contains("=churn%20prod&"), "{body}");
}

#[tokio::test]
async fn what_was_refused_for_a_moment_is_sent_again_and_taken_once() {
    let replies = [
        Reply::Answer(400, error("Throttling")),
        Reply::Answer(503, ""),
        TAKEN,
    ];
    let (publication, server) = published(2, &replies).await;
    assert!(publication.failure.is_none(), "{publication:?}");
    assert_eq!((publication.published, publication.requests), (2, 3));
    assert_eq!(publication.maybe_twice, 0);
    let requests = server.requests.lock().unwrap();
    assert!(requests.windows(2).all(|two| two[0].1 == two[1].1));
}

#[tokio::test]
async fn what_was_perhaps_taken_is_sent_again_and_said() {
    for reply in [
        Reply::HangUp,
        Reply::Silence,
        Reply::BreakOff,
        Reply::Answer(500, error("InternalFailure")),
    ] {
        let (publication, _) = published(2, &[reply, TAKEN]).await;
        assert!(publication.failure.is_none(), "{publication:?}");
        assert_eq!((publication.published, publication.maybe_twice), (2, 2));
    }
}

#[tokio::test]
async fn tries_end() {
    let busy = Reply::Answer(400, error("ThrottlingException"));
    let (publication, server) = published(1, &[busy, busy, busy, TAKEN]).await;
    assert_eq!((publication.published, publication.unpublished), (0, 1));
    assert_eq!(server.seen(), 3);
    let (said, hint) = failure(&publication);
    assert!(
        said.ends_with("answered 400 ThrottlingException (tried 3 times)"),
        "{said}"
    );
    assert!(hint.contains("rate"), "{hint}");
}

#[tokio::test]
async fn what_will_not_pass_is_asked_once_and_says_what_to_do() {
    for (status, code, expected) in [
        (403, "AccessDenied", "cloudwatch:PutMetricData"),
        (403, "ExpiredToken", "aws sso login"),
        (403, "SignatureDoesNotMatch", "aws sts get-caller-identity"),
        (403, "InvalidClientTokenId", "aws sts get-caller-identity"),
        (400, "ValidationError", "--dry-run"),
        (301, "Moved", "endpoint-url"),
    ] {
        let (publication, server) =
            published(1, &[Reply::Answer(status, error(code)), TAKEN]).await;
        let (said, hint) = failure(&publication);
        assert!(
            said.ends_with(&format!("answered {status} {code}")),
            "{said}"
        );
        assert!(hint.contains(expected), "{hint}");
        assert_eq!((server.seen(), publication.unpublished), (1, 1));
    }
}

#[tokio::test]
async fn a_wrong_parameter_is_named_in_cloudwatchs_words() {
    let answer = "<ErrorResponse><Error><Code>InvalidParameterValue</Code><Message>The parameter \
        MetricData.member.1.Timestamp must specify a time within the past two weeks.\nMore</Message></Error>\
        </ErrorResponse>";
    let (publication, _) = published(1, &[Reply::Answer(400, answer)]).await;
    let (said, _) = failure(&publication);
    assert!(
        said.ends_with(
            "answered 400 InvalidParameterValue: The parameter MetricData.member.1.Timestamp must specify a time \
             within the past two weeks."
        ),
        "{said}"
    );
}

#[tokio::test]
async fn what_was_published_before_a_failure_is_counted() {
    let denied = Reply::Answer(403, error("AccessDenied"));
    let (publication, server) = published(2500, &[TAKEN, denied, TAKEN]).await;
    assert_eq!(
        (publication.published, publication.unpublished),
        (1000, 1500)
    );
    assert_eq!(server.seen(), 2);
    failure(&publication);
}

#[tokio::test]
async fn a_success_of_somebody_else_is_none() {
    let (publication, _) = published(1, &[Reply::Answer(200, "<html>Sign in</html>")]).await;
    let (said, hint) = failure(&publication);
    assert!(
        said.ends_with("answered 200, and not as CloudWatch does"),
        "{said}"
    );
    assert!(hint.contains("AWS_ENDPOINT_URL_CLOUDWATCH"), "{hint}");
}

#[tokio::test]
async fn nobody_there_is_not_somebody_who_may_have_taken_it() {
    // No port that another test could be given.
    let nobody = "http://127.0.0.1:1";
    let prepared = Prepared::new("n", &some_points(1), NOW).unwrap();
    let publication = cloudwatch(nobody).publish(prepared).await;
    assert_eq!((publication.requests, publication.maybe_twice), (3, 0));
    let (said, _) = failure(&publication);
    assert!(
        said.starts_with("cannot connect to CloudWatch (http://127.0.0.1:1)"),
        "{said}"
    );
    assert!(said.ends_with("(tried 3 times)"), "{said}");
}

#[tokio::test]
async fn an_endless_answer_is_not_read_to_its_end() {
    let long = Box::leak("x".repeat(4 << 20).into_boxed_str());
    let (publication, _) = published(1, &[Reply::Answer(403, long)]).await;
    let (said, _) = failure(&publication);
    assert!(said.ends_with("answered 403"), "{said}");
}

#[test]
fn a_dry_run_tells_what_would_be_refused_and_how_many_requests_go() {
    let mut points = some_points(1001);
    points[3].value = f64::NAN;
    points[7].timestamp = 0;
    let prepared = Prepared::new("n", &points, NOW).unwrap();
    assert_eq!((prepared.points(), prepared.requests()), (999, 1));
    let refused: Vec<String> = prepared
        .refused()
        .iter()
        .map(|it| it.refusal.to_string())
        .collect();
    assert_eq!(
        refused,
        [
            "its value is NaN, and CloudWatch takes finite numbers only",
            "its time is 20455 days old, and CloudWatch takes two weeks at most",
        ]
    );
    let error = Prepared::new("AWS/SageMaker", &points, NOW).unwrap_err();
    assert!(error.to_string().contains("reserved"), "{error}");
    assert!(!error.hint().is_empty());
}

#[test]
fn bad_options_are_told_without_what_they_hold() {
    let with = |endpoint: &str, region: Option<&str>| {
        let options = CloudWatchOptions {
            endpoint_url: Some(endpoint.to_owned()),
            region: region.map(str::to_owned),
            ..CloudWatchOptions::default()
        };
        let keys = AwsKeys {
            key_id: "a".into(),
            secret_key: "b".into(),
            token: None,
        };
        let error = CloudWatch::with_keys(keys, &options).unwrap_err();
        format!("{error}\n{}", error.hint())
    };
    let told = with("http://user:SECRET@host", Some("eu-west-1"));
    assert!(
        told.contains("endpoint-url") && !told.contains("SECRET"),
        "{told}"
    );
    assert!(with("http://host", None).contains("AWS_REGION"));
    assert!(with("http://host", Some("evil.example/")).contains("`evil.example/` is no region"));
}
