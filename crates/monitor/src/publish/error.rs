//! Why something could not be published, and what to do next. Never with a credential, nor with what a service wrote
//! but for its word of the error and, where only a parameter was wrong, which.

use groundline_report::cloudwatch::Refusal;
use groundline_store::AwsAccountError;

/// Why publishing ended before its end, or could not begin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// Nobody says which region the metrics are for.
    #[error(
        "the region of CloudWatch is not known: no flag, variable, profile or instance gives one"
    )]
    NoRegion,
    /// No region's name.
    #[error("`{region}` is no region of AWS")]
    BadRegion { region: String },
    /// Words without the address: it may hold a password.
    #[error("the endpoint URL of CloudWatch cannot be used: {why}")]
    Endpoint { why: String },
    /// Nothing could be published under it.
    #[error("{0}")]
    Namespace(Refusal),
    /// There is nothing to sign with.
    #[error("{0}")]
    Account(#[from] AwsAccountError),
    #[error("the request to CloudWatch cannot be signed: {why}")]
    Signing { why: String },
    #[error("no HTTP client can be made: {why}")]
    Client { why: String },
    /// Nothing was sent.
    #[error("cannot connect to CloudWatch ({endpoint}): {why}{}", tries(.tried))]
    Unreachable {
        endpoint: String,
        why: String,
        tried: u32,
    },
    /// It may have arrived.
    #[error("CloudWatch ({endpoint}) gave no answer in time{}", tries(.tried))]
    TimedOut { endpoint: String, tried: u32 },
    /// It may have arrived.
    #[error("the connection to CloudWatch ({endpoint}) broke: {why}{}", tries(.tried))]
    Broken {
        endpoint: String,
        why: String,
        tried: u32,
    },
    /// An answer that is no success.
    #[error("CloudWatch ({endpoint}) answered {}{}{}", shown_code(.status, .code), shown_said(.said), tries(.tried))]
    Answer {
        endpoint: String,
        status: u16,
        /// `AccessDenied`; letters, whatever the service sent.
        code: Option<String>,
        /// Which parameter is wrong, where that is the error.
        said: Option<String>,
        tried: u32,
    },
    /// A success that is not CloudWatch's.
    #[error("{endpoint} answered {status}, and not as CloudWatch does")]
    NotCloudWatch { endpoint: String, status: u16 },
}

const EXPIRED: [&str; 3] = ["ExpiredToken", "ExpiredTokenException", "RequestExpired"];
const UNKNOWN_KEYS: [&str; 5] = [
    "InvalidClientTokenId",
    "InvalidAccessKeyId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
    "MissingAuthenticationToken",
];
const DENIED: [&str; 3] = [
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
];
const THROTTLED: [&str; 7] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "SlowDown",
];

impl PublishError {
    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            Self::NoRegion => {
                "give --region or AWS_REGION, or `region` in the profile of ~/.aws/config".into()
            }
            Self::BadRegion { .. } => "write it like eu-west-1".into(),
            Self::Endpoint { .. } => {
                "correct --cloudwatch-endpoint-url, or leave it out for Amazon's".into()
            }
            Self::Namespace(refusal) => refusal.hint().into(),
            Self::Account(error) => error.hint().into(),
            Self::Signing { .. } | Self::Client { .. } => {
                "please report this, with the message above".into()
            }
            Self::Unreachable { .. } => {
                "check the region, the network and HTTPS_PROXY; where only a VPC endpoint leads to CloudWatch, AWS_ENDPOINT_URL_CLOUDWATCH is its address".into()
            }
            Self::TimedOut { .. } | Self::Broken { .. } => {
                "check the network and publish again; points that arrived all the same are then counted twice, which changes SampleCount and Sum and not Average".into()
            }
            Self::NotCloudWatch { .. } => {
                "is it CloudWatch's address, and no proxy's or store's? AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_CLOUDWATCH say where it is".into()
            }
            Self::Answer { status, code, .. } => hint_of_answer(*status, code.as_deref()),
        }
    }

    /// It may go better in a moment.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::TimedOut { .. } | Self::Broken { .. } => true,
            Self::Answer { status, code, .. } => {
                is_throttled(*status, code.as_deref())
                    || (*status >= 500 && *status != 501)
                    || *status == 408
            }
            _ => false,
        }
    }

    /// The points may have been taken all the same.
    pub(super) fn may_have_been_taken(&self) -> bool {
        match self {
            Self::TimedOut { .. } | Self::Broken { .. } => true,
            // 503 is said by who does not begin.
            Self::Answer { status, code, .. } => {
                !is_throttled(*status, code.as_deref()) && (*status >= 500 && *status != 503)
                    || *status == 408
            }
            _ => false,
        }
    }

    /// With the number of tries after which it stays.
    pub(super) fn after(mut self, count: u32) -> Self {
        if let Self::Unreachable { tried, .. }
        | Self::TimedOut { tried, .. }
        | Self::Broken { tried, .. }
        | Self::Answer { tried, .. } = &mut self
        {
            *tried = count;
        }
        self
    }
}

fn is_throttled(status: u16, code: Option<&str>) -> bool {
    status == 429 || code.is_some_and(|code| THROTTLED.contains(&code))
}

fn hint_of_answer(status: u16, code: Option<&str>) -> String {
    let is = |codes: &[&str]| code.is_some_and(|code| codes.contains(&code));
    let hint = if is_throttled(status, code) {
        "the account's rate of PutMetricData is used up; publish again later, or have its quota raised"
    } else if is(&EXPIRED) {
        "the session has ended: get new credentials, for example with `aws sso login`, and publish again"
    } else if is(&["RequestTimeTooSkewed"]) {
        "the clock of this machine is wrong; set it, and publish again"
    } else if is(&UNKNOWN_KEYS) {
        "CloudWatch does not know the credentials: are they for this partition and account, and is the clock right? `aws sts get-caller-identity` says who they are"
    } else if is(&DENIED) || matches!(status, 401 | 403) {
        "the credentials need cloudwatch:PutMetricData, for this namespace where a condition on cloudwatch:namespace limits it; `aws sts get-caller-identity` says who they are"
    } else if status >= 500 {
        "CloudWatch is busy or broken; publish again later"
    } else if (300..400).contains(&status) {
        "it sends elsewhere, which is not followed: give the right --cloudwatch-endpoint-url"
    } else {
        "CloudWatch refuses the request as a whole; `--dry-run` tells what is known of its limits"
    };
    hint.to_owned()
}

fn shown_code(status: &u16, code: &Option<String>) -> String {
    match code {
        Some(code) => format!("{status} {code}"),
        None => status.to_string(),
    }
}

fn shown_said(said: &Option<String>) -> String {
    said.as_ref()
        .map_or_else(String::new, |said| format!(": {said}"))
}

fn tries(tried: &u32) -> String {
    match tried {
        0 | 1 => String::new(),
        tried => format!(" (tried {tried} times)"),
    }
}
