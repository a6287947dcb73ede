//! Bad input: what the user is told (what, where, why, what to do), the exit status, and what is left behind.

use std::fs;

use flate2_gzip::gzip;
use serde_json::Value;

use crate::harness::{Row, Run, Scratch, capture, files, label};
