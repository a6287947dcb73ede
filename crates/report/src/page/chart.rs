//! Charts as SVG: text in, text out.

pub(super) mod calibration;
pub(super) mod curve;
pub(super) mod evidence;
pub(super) mod line;
mod marks;
pub(super) mod matrix;
pub(super) mod strip;
pub(super) mod track;
