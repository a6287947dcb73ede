//! ROC and precision-recall curve: a square.

use maud::{Markup, html};

use crate::page::scale::Scale;
use crate::page::svg::{Path, image, path, place};
use crate::page::thin::thin_curve;

pub(super) const SIZE: f64 = 300.0;
pub(super) const LEFT: f64 = 40.0;
pub(super) const RIGHT: f64 = SIZE - 10.0;
pub(super) const TOP: f64 = 10.0;
pub(super) const BOTTOM: f64 = SIZE - 38.0;

/// Distance of points below which only one is drawn: about one pixel.
const LEAST: f64 = 0.004;

/// A curve through shares.
#[derive(Debug)]
pub(in crate::page) struct Curve {
    /// `line`, or `ghost` for another period.
    pub(in crate::page) class: &'static str,
    /// Across and up, 0 to 1.
    pub(in crate::page) points: Vec<(f64, f64)>,
}

/// What the square shows.
#[derive(Debug)]
pub(in crate::page) struct Square<'a> {
    pub(in crate::page) id: &'a str,
    pub(in crate::page) title: &'a str,
    pub(in crate::page) description: String,
    pub(in crate::page) across: &'a str,
    pub(in crate::page) up: &'a str,
}

impl Square<'_> {
    /// Curves, over the line that a guess would give: its ends' heights.
    pub(in crate::page) fn draw(&self, curves: &[Curve], guess: Option<(f64, f64)>) -> Markup {
        let (across, up) = scales();
        let mut level = Path::default();
        if let Some((left, right)) = guess {
            level.move_to(LEFT, up.at(left));
            level.line_to(RIGHT, up.at(right));
        }
        let inner = html! {
            (self.axes())
            (path("base", &level))
            @for curve in curves {
                (path(curve.class, &drawn(curve, &across, &up)))
            }
        };
        self.image(&inner)
    }

    pub(super) fn image(&self, inner: &Markup) -> Markup {
        image(self.id, (SIZE, SIZE), self.title, &self.description, inner)
    }

    /// Shares in quarters, and what they are of.
    pub(super) fn axes(&self) -> Markup {
        let (across, up) = scales();
        let mut lines = Path::default();
        let quarters = [
            (0.0, "0"),
            (0.25, "0.25"),
            (0.5, "0.5"),
            (0.75, "0.75"),
            (1.0, "1"),
        ];
        for (share, _) in quarters {
            lines.move_to(LEFT, up.at(share));
            lines.line_to(RIGHT, up.at(share));
            lines.move_to(across.at(share), TOP);
            lines.line_to(across.at(share), BOTTOM);
        }
        html! {
            (path("grid", &lines))
            @for (share, label) in quarters {
                text class="tick end" x=(place(LEFT - 6.0)) y=(place(up.at(share) + 3.5)) { (label) }
                text class="tick mid" x=(place(across.at(share))) y=(place(BOTTOM + 15.0)) { (label) }
            }
            text class="tick mid" x=(place((LEFT + RIGHT) / 2.0)) y=(place(SIZE - 6.0)) { (self.across) }
            text class="tick mid" transform=(format!("translate(9 {}) rotate(-90)", place((TOP + BOTTOM) / 2.0))) {
                (self.up)
            }
        }
    }
}

pub(super) fn scales() -> (Scale, Scale) {
    (
        Scale::new(0.0, 1.0, LEFT, RIGHT),
        Scale::new(0.0, 1.0, BOTTOM, TOP),
    )
}

fn drawn(curve: &Curve, across: &Scale, up: &Scale) -> Path {
    let mut line = Path::default();
    for index in thin_curve(&curve.points, LEAST) {
        let (x, y) = curve.points[index];
        match line.is_empty() {
            true => line.move_to(across.at(x), up.at(y)),
            false => line.line_to(across.at(x), up.at(y)),
        }
    }
    line
}
