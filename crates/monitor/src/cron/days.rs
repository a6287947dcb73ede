//! On which days of a month a schedule fires.

use jiff::civil::Date;

use super::values::Values;

/// Days of the week count from Sunday, which is 0; days of the month from 1.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Days {
    Every,
    OfMonth(Values),
    OfWeek(Values),
    /// Plain cron with both day fields restricted.
    Either {
        month: Values,
        week: Values,
    },
    /// Plain cron with both day fields given, one of which begins with `*`: `*/2`.
    Both {
        month: DayField,
        week: DayField,
    },
    /// `L`.
    Last,
    /// `LW`: the last Monday to Friday.
    LastWorkday,
    /// `15W`: the Monday to Friday nearest to a day, in the same month. A month without that day has none.
    NearestWorkday(u8),
    /// `MON#2`.
    Nth {
        weekday: u8,
        nth: u8,
    },
    /// `6L`: the last Friday.
    LastOfWeek(u8),
}

/// A day field of plain cron, which means something else if it begins with `*`.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct DayField {
    pub(super) values: Values,
    /// The step of the `*` that the field begins with.
    pub(super) star: Option<u8>,
}

const DAYS: (u8, u8) = (1, 31);
const WEEK: (u8, u8) = (0, 6);

impl Days {
    pub(super) fn of_month(values: Values) -> Self {
        if values == Values::range(DAYS.0, DAYS.1) {
            Self::Every
        } else {
            Self::OfMonth(values)
        }
    }

    pub(super) fn of_week(values: Values) -> Self {
        if values == Values::range(WEEK.0, WEEK.1) {
            Self::Every
        } else {
            Self::OfWeek(values)
        }
    }

    /// Vixie cron's rule (crontab(5)): restricted fields, which do not begin with `*`, fire on either.
    pub(super) fn plain(month: DayField, week: DayField) -> Self {
        let of_month = Self::of_month(month.values);
        let of_week = Self::of_week(week.values);
        let agree = month.star.is_some() || week.star.is_some();
        match (of_month, of_week) {
            (Self::Every, other) | (other, Self::Every) => {
                if agree {
                    other
                } else {
                    Self::Every
                }
            }
            _ if agree => Self::Both { month, week },
            _ => Self::Either {
                month: month.values,
                week: week.values,
            },
        }
    }

    /// The days of one month, ascending; none for a month that the calendar does not have.
    pub(super) fn of(&self, year: i16, month: i8) -> Values {
        let Ok(first) = Date::new(year, month, 1) else {
            return Values::default();
        };
        let month = Month {
            length: first.days_in_month().unsigned_abs(),
            first: first.weekday().to_sunday_zero_offset().unsigned_abs(),
        };
        let all = Values::range(1, month.length);
        match *self {
            Self::Every => all,
            Self::OfMonth(values) => all.and(&values),
            Self::OfWeek(values) => month.on(&values),
            Self::Either { month: days, week } => all.and(&days).or(&month.on(&week)),
            Self::Both { month: days, week } => month.on(&week.values).and(&days.values),
            Self::Last => Values::one(month.length),
            Self::LastWorkday => month.nearest_workday(month.length),
            Self::NearestWorkday(day) if day > month.length => Values::default(),
            Self::NearestWorkday(day) => month.nearest_workday(day),
            Self::Nth { weekday, nth } => {
                let days = month.on(&Values::one(weekday));
                let nth = days.iter().nth(usize::from(nth.saturating_sub(1)));
                nth.into_iter().collect()
            }
            Self::LastOfWeek(weekday) => {
                let days = month.on(&Values::one(weekday));
                days.iter().next_back().into_iter().collect()
            }
        }
    }
}

struct Month {
    length: u8,
    /// The day of the week of its first.
    first: u8,
}

impl Month {
    fn weekday(&self, day: u8) -> u8 {
        (self.first + day - 1) % 7
    }

    fn on(&self, week: &Values) -> Values {
        (1..=self.length)
            .filter(|day| week.contains(self.weekday(*day)))
            .collect()
    }

    /// Saturday goes back and Sunday forward by a day, or by two the other way where that would leave the month.
    fn nearest_workday(&self, day: u8) -> Values {
        let day = match self.weekday(day) {
            6 if day == 1 => 3,
            6 => day - 1,
            0 if day == self.length => day - 2,
            0 => day + 1,
            _ => day,
        };
        Values::one(day)
    }
}
