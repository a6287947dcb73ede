//! Points on their way to CloudWatch: what goes, in which requests, and what came of it.

use groundline_report::Point;
use groundline_report::cloudwatch::{
    PutMetricData, Refusal, put_metric_data, refused, refused_namespace,
};

use super::error::PublishError;

/// A point that CloudWatch would refuse, and was not asked to take.
#[derive(Clone, Debug, PartialEq)]
pub struct RefusedPoint {
    pub point: Point,
    pub refusal: Refusal,
}

/// Requests as they will be sent. Nothing has been sent yet: this is the dry run.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    pub(super) requests: Vec<PutMetricData>,
    points: usize,
    refused: Vec<RefusedPoint>,
}

impl Prepared {
    /// Sorts out what CloudWatch would refuse at `now` (microseconds since the epoch), and makes requests of the rest.
    ///
    /// An error if the namespace itself would be refused.
    pub fn new(namespace: &str, points: &[Point], now: i64) -> Result<Self, PublishError> {
        if let Some(refusal) = refused_namespace(namespace) {
            return Err(PublishError::Namespace(refusal));
        }
        let mut taken = Vec::new();
        let mut refusals = Vec::new();
        for point in points {
            let point = point.clone();
            match refused(&point, now) {
                Some(refusal) => refusals.push(RefusedPoint { point, refusal }),
                None => taken.push(point),
            }
        }
        Ok(Self {
            requests: put_metric_data(namespace, &taken),
            points: taken.len(),
            refused: refusals,
        })
    }

    /// How many requests there are to send.
    pub fn requests(&self) -> usize {
        self.requests.len()
    }

    /// How many points they hold.
    pub fn points(&self) -> usize {
        self.points
    }

    /// What is in none of them, in the order of the points.
    pub fn refused(&self) -> &[RefusedPoint] {
        &self.refused
    }
}

/// What came of publishing.
#[derive(Debug)]
pub struct Publication {
    /// Points that CloudWatch said it took.
    pub published: usize,
    /// Of them, points that it may have taken twice: an answer to an earlier try was lost, or of no use.
    pub maybe_twice: usize,
    /// Points that CloudWatch would have refused, and was not asked to take.
    pub refused: Vec<RefusedPoint>,
    /// Points that were to be published and are not, or nobody knows, because of `failure`.
    pub unpublished: usize,
    /// HTTP requests that were sent, those that were sent again included.
    pub requests: usize,
    /// What ended it before its end.
    pub failure: Option<PublishError>,
}
