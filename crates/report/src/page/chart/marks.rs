//! What stands for a window: line, band, and marks that differ in shape.

use maud::{Markup, html};

use super::line::{BOTTOM, LEFT, TOP};
use super::track::{Drawn, Track, value};
use crate::page::data::Span;
use crate::page::number;
use crate::page::scale::Scale;
use crate::page::svg::{Path, path, place};
use crate::page::time;

/// Windows up to which each has a mark; of more, marks stand no closer than [`APART`].
const FEW: usize = 45;
const APART: f64 = 6.5;

/// Line, marks, lanes, and what a pointer reads.
pub(super) fn draw(track: &Track<'_>, across: &Scale, height: &Scale) -> Markup {
    let x = |drawn: &Drawn<'_>| across.at(drawn.time as f64);
    let [solid, dashed] = lines(track, across, height);
    let few = track.drawn.len() <= FEW;
    let mut shapes = Shapes::default();
    let mut last = f64::NEG_INFINITY;
    for (index, drawn) in track.drawn.iter().enumerate() {
        let Some(y) = value(drawn.point).map(|value| height.at(value)) else {
            continue;
        };
        let alone = drawn.is_alone(track.drawn.get(index + 1), index == 0);
        let told = drawn.point.violated || drawn.point.provisional || alone;
        if few || (told && x(drawn) - last >= APART) {
            shapes.add(drawn, x(drawn), y);
            last = x(drawn);
        }
    }
    html! {
        (path("line", &solid))
        (path("line maybe", &dashed))
        (shapes.draw())
        (lane("bad", &track.lanes[0], across, BOTTOM + 3.0, 5.0))
        (lane("re", &track.lanes[1], across, BOTTOM + 10.5, 3.0))
        @for drawn in &track.drawn {
            @if value(drawn.point).is_some() || drawn.point.reason.is_some() {
                path.h d=(format!("M{},{}V{}", place(x(drawn)), place(TOP), place(BOTTOM))) {
                    title { (said(drawn)) }
                }
            }
        }
    }
}

impl Drawn<'_> {
    /// No line goes to it.
    fn is_alone(&self, next: Option<&Drawn<'_>>, first: bool) -> bool {
        (first || self.breaks) && next.is_none_or(|next| next.breaks || value(next.point).is_none())
    }
}

/// What is known of a window, in a line.
pub(super) fn said(drawn: &Drawn<'_>) -> String {
    let point = drawn.point;
    let mut said = format!("{}: ", time::window(point.window));
    said += &match value(point) {
        Some(value) => number::measured(value, point.interval),
        None => "no value".to_owned(),
    };
    if let Some(interval) = point.interval.filter(|_| value(point).is_some()) {
        said += &format!(" ({})", number::ends(interval));
    }
    said += &format!(", n {}", number::grouped(point.n));
    for (is, what) in [
        (point.violated, ", violated"),
        (point.provisional, ", provisional"),
        (point.restated, ", restated"),
    ] {
        if is {
            said += what;
        }
    }
    if let Some(was) = point.was.filter(|_| point.restated) {
        said += &format!(" from {}", number::number(was));
    }
    said
}

/// The line through final windows, and the one that leads to provisional ones.
fn lines(track: &Track<'_>, across: &Scale, height: &Scale) -> [Path; 2] {
    let mut paths = [Path::default(), Path::default()];
    let mut before: Option<(f64, f64, usize)> = None;
    for drawn in &track.drawn {
        let Some(value) = value(drawn.point) else {
            before = None;
            continue;
        };
        let (x, y) = (across.at(drawn.time as f64), height.at(value));
        let kind = usize::from(drawn.point.provisional);
        match before.filter(|_| !drawn.breaks) {
            None => {}
            Some((fx, fy, of)) => {
                if of != kind {
                    paths[kind].move_to(fx, fy);
                }
                paths[kind].line_to(x, y);
            }
        }
        if before.is_none() || drawn.breaks {
            paths[kind].move_to(x, y);
        }
        before = Some((x, y, kind));
    }
    paths
}

/// The interval as an area; where a window has no neighbours, as a line with its length.
pub(super) fn band(track: &Track<'_>, across: &Scale, height: &Scale) -> Markup {
    let (mut area, mut whiskers) = (Path::default(), Path::default());
    let mut stretch: Vec<(f64, f64, f64)> = Vec::new();
    let mut end = |stretch: &mut Vec<(f64, f64, f64)>| {
        match stretch.as_slice() {
            [] => {}
            [(x, low, high)] => {
                whiskers.move_to(*x, *low);
                whiskers.line_to(*x, *high);
            }
            [(x, low, high), rest @ ..] => {
                area.move_to(*x, *high);
                rest.iter().for_each(|(x, _, high)| area.line_to(*x, *high));
                rest.iter()
                    .rev()
                    .for_each(|(x, low, _)| area.line_to(*x, *low));
                area.line_to(*x, *low);
                area.close();
            }
        }
        stretch.clear();
    };
    for drawn in &track.drawn {
        let interval = drawn
            .point
            .interval
            .filter(|_| value(drawn.point).is_some());
        if drawn.breaks || interval.is_none() {
            end(&mut stretch);
        }
        if let Some(interval) = interval {
            let x = across.at(drawn.time as f64);
            stretch.push((x, height.at(interval.low), height.at(interval.high)));
        }
    }
    end(&mut stretch);
    html! {
        (path("band", &area))
        (path("whisker", &whiskers))
    }
}

/// Marks by shape: a dot, a diamond for violated, a square for restated; hollow for provisional.
#[derive(Debug, Default)]
struct Shapes {
    dots: Vec<(f64, f64, &'static str)>,
    diamonds: [Path; 2],
    squares: [Path; 2],
}

impl Shapes {
    fn add(&mut self, drawn: &Drawn<'_>, x: f64, y: f64) {
        let hollow = drawn.point.provisional;
        if drawn.point.violated {
            let path = &mut self.diamonds[usize::from(hollow)];
            path.move_to(x, y - 4.2);
            path.line_to(x + 4.2, y);
            path.line_to(x, y + 4.2);
            path.line_to(x - 4.2, y);
            path.close();
        } else if drawn.point.restated {
            self.squares[usize::from(hollow)].block(x - 2.2, y - 2.2, 4.4, 4.4);
        } else {
            self.dots
                .push((x, y, if hollow { "dot hollow" } else { "dot" }));
        }
    }

    fn draw(&self) -> Markup {
        html! {
            @for (x, y, class) in &self.dots {
                circle class=(class) cx=(place(*x)) cy=(place(*y)) r="2.3" {}
            }
            (path("dot", &self.squares[0]))
            (path("dot hollow", &self.squares[1]))
            (path("bad", &self.diamonds[0]))
            (path("bad hollow", &self.diamonds[1]))
        }
    }
}

/// Blocks below the chart, one for each of the windows; those that touch are one.
fn lane(class: &str, spans: &[Span], across: &Scale, y: f64, height: f64) -> Markup {
    let mut blocks = Path::default();
    let mut open: Option<(f64, f64)> = None;
    for span in spans {
        let (from, to) = (across.at(span.from as f64), across.at(span.to as f64));
        let to = to.max(from + 1.2).min(across.to.max(from));
        open = match open {
            Some((start, end)) if from <= end + 0.2 => Some((start, end.max(to))),
            other => {
                if let Some((start, end)) = other {
                    blocks.block(start, y, end - start, height);
                }
                Some((from.max(LEFT), to))
            }
        };
    }
    if let Some((start, end)) = open {
        blocks.block(start, y, end - start, height);
    }
    path(class, &blocks)
}

/// The line of another period, moved to where this one lies.
pub(super) fn ghost(
    track: &Track<'_>,
    shift: i64,
    times: Span,
    across: &Scale,
    height: &Scale,
) -> Markup {
    let mut line = Path::default();
    let mut open = false;
    for drawn in &track.drawn {
        let time = drawn.time.saturating_add(shift);
        let inside = times.from <= time && time <= times.to;
        let Some(value) = value(drawn.point).filter(|_| inside) else {
            open = false;
            continue;
        };
        let (x, y) = (across.at(time as f64), height.at(value));
        match open && !drawn.breaks {
            true => line.line_to(x, y),
            false => line.move_to(x, y),
        }
        open = true;
    }
    path("ghost", &line)
}
