//! The parts of the page, in its order.

pub(super) mod checks;
pub(super) mod classes;
pub(super) mod figures;
pub(super) mod labels;
pub(super) mod metrics;
pub(super) mod probability;
pub(super) mod records;
pub(super) mod runs;
pub(super) mod segments;
pub(super) mod top;

use maud::{Markup, html};

/// A part with its heading; nothing where it has nothing to say.
fn part(id: &str, heading: &str, lead: &str, inner: &Markup) -> Markup {
    html! {
        @if !inner.0.is_empty() {
            section id=(id) aria-labelledby=(format!("{id}-h")) {
                h2 id=(format!("{id}-h")) { (heading) }
                @if !lead.is_empty() { p.lead { (lead) } }
                (inner)
            }
        }
    }
}

/// A box that a wide table scrolls in; with the keyboard too.
fn scroll(label: &str, inner: &Markup) -> Markup {
    html! {
        div.scroll tabindex="0" role="group" aria-label=(label) { (inner) }
    }
}
