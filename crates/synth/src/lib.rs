//! Seeded generator of captures, transforms and labels, with the truth that must come out.
