//! Bits of SVG that every chart needs.

use maud::{Markup, html};

/// A place, with one decimal: a tenth of a pixel.
pub(super) fn place(value: f64) -> String {
    let value = if value.is_finite() { value } else { 0.0 };
    let text = format!("{value:.1}");
    match text.strip_suffix(".0") {
        Some("-0") => "0".to_owned(),
        Some(whole) => whole.to_owned(),
        None => text,
    }
}

/// The `d` of a path.
#[derive(Debug, Default)]
pub(super) struct Path(String);

impl Path {
    pub(super) fn move_to(&mut self, x: f64, y: f64) {
        self.step('M', x, y);
    }

    pub(super) fn line_to(&mut self, x: f64, y: f64) {
        self.step('L', x, y);
    }

    pub(super) fn close(&mut self) {
        self.0.push('Z');
    }

    /// A rectangle.
    pub(super) fn block(&mut self, x: f64, y: f64, width: f64, height: f64) {
        self.move_to(x, y);
        self.0.push_str(&format!(
            "h{}v{}h-{}Z",
            place(width),
            place(height),
            place(width)
        ));
    }

    fn step(&mut self, letter: char, x: f64, y: f64) {
        self.0.push(letter);
        self.0.push_str(&place(x));
        self.0.push(',');
        self.0.push_str(&place(y));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn d(&self) -> &str {
        &self.0
    }
}

/// A path, unless there is nothing on it.
pub(super) fn path(class: &str, path: &Path) -> Markup {
    html! { @if !path.is_empty() { path class=(class) d=(path.d()) {} } }
}

/// An image with what it shows in words; `inner` is SVG.
pub(super) fn image(
    id: &str,
    (width, height): (f64, f64),
    title: &str,
    description: &str,
    inner: &Markup,
) -> Markup {
    html! {
        svg viewBox=(format!("0 0 {} {}", place(width), place(height))) role="img"
            aria-labelledby=(format!("{id}-t {id}-d")) {
            title id=(format!("{id}-t")) { (title) }
            desc id=(format!("{id}-d")) { (description) }
            (inner)
        }
    }
}

/// A bar of a share of its cell; beside it stands the number. Negative shares go left from the middle, where `both` ways
/// are possible.
pub(super) fn bar(share: f64, both: bool) -> Markup {
    let share = if share.is_finite() {
        share.clamp(-1.0, 1.0)
    } else {
        0.0
    };
    let (x, width) = match both {
        true => (50.0 + 50.0 * share.min(0.0), 50.0 * share.abs()),
        false => (0.0, 100.0 * share.max(0.0)),
    };
    let class = if share < 0.0 { "bar less" } else { "bar" };
    html! {
        svg class=(class) viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" {
            @if both { path class="mid" d="M50,0v10" {} }
            rect x=(place(x)) width=(place(width)) height="10" {}
        }
    }
}
