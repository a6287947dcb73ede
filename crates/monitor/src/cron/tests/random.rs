//! Random expressions as a tree of what they mean, from which their text is written: brute force reads the tree,
//! the parsers the text.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

pub(super) const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
pub(super) const WEEK: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

#[derive(Clone, Debug)]
pub(super) enum Item {
    Star,
    StarStep(u16),
    One(u16),
    OneStep(u16, u16),
    Range(u16, u16),
    RangeStep(u16, u16, u16),
}

/// Items, and how names are written: not at all, or in upper or lower case.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) items: Vec<Item>,
    names: Option<bool>,
}

#[derive(Clone, Debug)]
pub(super) enum AwsDays {
    Month(Field),
    Week(Field),
    Last,
    LastWorkday,
    Nearest(u16),
    Nth(u16, u16),
    LastOf(u16),
    LastOfWeek,
}

#[derive(Clone, Debug)]
pub(super) enum Days {
    Aws(AwsDays),
    Plain { month: Field, week: Field },
}

#[derive(Clone, Debug)]
pub(super) struct Expression {
    pub(super) minute: u16,
    pub(super) hours: Field,
    pub(super) days: Days,
    pub(super) months: Field,
    pub(super) years: Field,
}

fn item(min: u16, max: u16) -> impl Strategy<Value = Item> {
    let most = max - min + 1;
    let range = move || {
        (min..=max, any::<Index>())
            .prop_map(move |(from, to)| (from, from + to.index(usize::from(max - from + 1)) as u16))
    };
    prop_oneof![
        2 => (1..=most).prop_map(Item::StarStep),
        4 => (min..=max).prop_map(Item::One),
        3 => (min..=max, 1..=most).prop_map(|(from, step)| Item::OneStep(from, step)),
        3 => range().prop_map(|(from, to)| Item::Range(from, to)),
        3 => (range(), 1..=most).prop_map(|((from, to), step)| Item::RangeStep(from, to, step)),
    ]
}

/// Small steps and lists are what people write, so they come more often than chance has it.
fn field(min: u16, max: u16) -> impl Strategy<Value = Field> {
    let items = prop_oneof![
        3 => Just(vec![Item::Star]),
        1 => (2..=6_u16.min(max - min)).prop_map(|step| vec![Item::StarStep(step)]),
        4 => vec(item(min, max), 1..4),
    ];
    (items, any::<Option<bool>>()).prop_map(|(items, names)| Field { items, names })
}

fn expression(
    days: impl Strategy<Value = Days>,
    years: BoxedStrategy<Field>,
) -> impl Strategy<Value = Expression> {
    (
        prop_oneof![Just(0_u16), 0..60_u16],
        field(0, 23),
        days,
        field(1, 12),
        years,
    )
        .prop_map(|(minute, hours, days, months, years)| Expression {
            minute,
            hours,
            days,
            months,
            years,
        })
}

fn all() -> Field {
    Field {
        items: vec![Item::Star],
        names: None,
    }
}

pub(super) fn aws() -> impl Strategy<Value = Expression> {
    let days = prop_oneof![
        3 => field(1, 31).prop_map(AwsDays::Month),
        3 => field(1, 7).prop_map(AwsDays::Week),
        1 => select(vec![AwsDays::Last, AwsDays::LastWorkday, AwsDays::LastOfWeek]),
        1 => (1..=31_u16).prop_map(AwsDays::Nearest),
        1 => (1..=7_u16, 1..=5_u16).prop_map(|(day, nth)| AwsDays::Nth(day, nth)),
        1 => (1..=7_u16).prop_map(AwsDays::LastOf),
    ];
    let years = prop_oneof![3 => Just(all()), 2 => field(2020, 2035), 1 => field(1970, 2199)];
    // A step from `*` begins in 1970, whatever years the items are drawn from.
    let years = years.prop_filter("a step of years", |years| {
        !years
            .items
            .iter()
            .any(|item| matches!(item, Item::StarStep(_)))
    });
    expression(days.prop_map(Days::Aws), years.boxed())
}

pub(super) fn plain() -> impl Strategy<Value = Expression> {
    // 7 is Sunday again, and no step reaches it from below.
    let sunday = prop_oneof![
        3 => field(0, 6),
        1 => (0..=7_u16).prop_map(|from| Field { items: vec![Item::Range(from, 7)], names: None }),
        1 => (0..=7_u16, 1..=7_u16).prop_map(|(from, step)| Field {
            items: vec![Item::RangeStep(from, 7, step)],
            names: None,
        }),
    ];
    let days = (field(1, 31), sunday).prop_map(|(month, week)| Days::Plain { month, week });
    expression(days, Just(all()).boxed())
}

pub(super) fn any_grammar() -> impl Strategy<Value = Expression> {
    prop_oneof![aws().boxed(), plain().boxed()]
}

impl Field {
    /// The text; `first` is the number of the first of `names`.
    pub(super) fn text(&self, names: &[&str], first: u16) -> String {
        let label = |number: u16| {
            let name = number
                .checked_sub(first)
                .and_then(|at| names.get(usize::from(at)));
            match (self.names, name) {
                (Some(true), Some(name)) => (*name).to_owned(),
                (Some(false), Some(name)) => name.to_lowercase(),
                _ => number.to_string(),
            }
        };
        let texts = self.items.iter().map(|item| match item {
            Item::Star => "*".to_owned(),
            Item::StarStep(step) => format!("*/{step}"),
            Item::One(one) => label(*one),
            Item::OneStep(from, step) => format!("{}/{step}", label(*from)),
            Item::Range(from, to) => format!("{}-{}", label(*from), label(*to)),
            Item::RangeStep(from, to, step) => format!("{}-{}/{step}", label(*from), label(*to)),
        });
        texts.collect::<Vec<_>>().join(",")
    }

    pub(super) fn begins_with_star(&self) -> bool {
        matches!(self.items.first(), Some(Item::Star | Item::StarStep(_)))
    }
}

impl Expression {
    pub(super) fn text(&self) -> String {
        let minute = self.minute;
        let hours = self.hours.text(&[], 0);
        let months = self.months.text(&MONTHS, 1);
        match &self.days {
            Days::Aws(days) => {
                let (month, week) = days.text();
                let years = self.years.text(&[], 0);
                format!("cron({minute} {hours} {month} {months} {week} {years})")
            }
            Days::Plain { month, week } => {
                let month = month.text(&[], 0);
                let week = week.text(&WEEK, 0);
                format!("{minute} {hours} {month} {months} {week}")
            }
        }
    }
}

impl AwsDays {
    fn text(&self) -> (String, String) {
        let month = |text: String| (text, "?".to_owned());
        let week = |text: String| ("?".to_owned(), text);
        match self {
            Self::Month(field) => month(field.text(&[], 0)),
            Self::Week(field) => week(field.text(&WEEK, 1)),
            Self::Last => month("L".to_owned()),
            Self::LastWorkday => month("LW".to_owned()),
            Self::Nearest(day) => month(format!("{day}W")),
            Self::Nth(day, nth) => week(format!("{day}#{nth}")),
            Self::LastOf(day) => week(format!("{day}L")),
            Self::LastOfWeek => week("L".to_owned()),
        }
    }
}
