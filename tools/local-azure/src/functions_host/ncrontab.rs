//! NCRONTAB: the six fields of a timer's schedule, in UTC.
//! Source: <https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer#ncrontab-expressions>.

use std::str::FromStr as _;

use chrono::{DateTime, Utc};
use time::OffsetDateTime;

/// A schedule: second, minute, hour, day, month, day of the week. Five fields mean second 0.
#[derive(Clone, Debug)]
pub struct Ncrontab {
    /// Boxed, because it is many times as large as any other trigger.
    schedule: Box<cron::Schedule>,
}

impl Ncrontab {
    /// Reads an expression.
    ///
    /// # Errors
    /// Where it is not one that the host takes.
    pub fn parse(expression: &str) -> Result<Self, String> {
        let mut fields: Vec<String> = expression.split_whitespace().map(str::to_owned).collect();
        if fields.len() == 5 {
            fields.insert(0, "0".to_owned());
        }
        let refusal = |reason: &str| format!("schedule \"{expression}\" is not NCRONTAB: {reason}");
        let [.., days_of_week] = fields.as_mut_slice() else { return Err(refusal("it is empty")) };
        *days_of_week = numbered_from_one(days_of_week).ok_or_else(|| refusal("days of the week are 0 to 6"))?;
        if fields.len() != 6 {
            return Err(refusal("it needs six fields, seconds first"));
        }
        let schedule = cron::Schedule::from_str(&fields.join(" ")).map_err(|error| refusal(&error.to_string()))?;
        Ok(Self { schedule: Box::new(schedule) })
    }

    /// The first time after `time`, or `None` where there is none.
    #[must_use]
    pub fn next_after(&self, time: OffsetDateTime) -> Option<OffsetDateTime> {
        let after = DateTime::<Utc>::from_timestamp(time.unix_timestamp(), time.nanosecond())?;
        let next = self.schedule.after(&after).next()?;
        OffsetDateTime::from_unix_timestamp(next.timestamp()).ok()
    }
}

/// NCRONTAB counts Sunday as 0, the cron crate as 1. Steps stay, names stay.
fn numbered_from_one(days_of_week: &str) -> Option<String> {
    let item = |item: &str| {
        let (range, step) = item.split_once('/').map_or((item, None), |(range, step)| (range, Some(step)));
        let days: Vec<String> = range.split('-').map(day_from_one).collect::<Option<_>>()?;
        Some(step.map_or(days.join("-"), |step| format!("{}/{step}", days.join("-"))))
    };
    Some(days_of_week.split(',').map(item).collect::<Option<Vec<_>>>()?.join(","))
}

fn day_from_one(day: &str) -> Option<String> {
    match day.parse::<u8>() {
        Ok(number) => (number <= 6).then(|| (number + 1).to_string()),
        Err(_) => Some(day.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    /// A Saturday.
    const START: OffsetDateTime = datetime!(2026-11-21 10:07:30 UTC);

    #[test]
    fn the_next_time_is_the_one_that_the_fields_name() {
        for (expression, expected) in [
            ("0 */15 * * * *", datetime!(2026-11-21 10:15 UTC)),
            ("*/15 * * * *", datetime!(2026-11-21 10:15 UTC)),
            ("*/5 * * * * *", datetime!(2026-11-21 10:07:35 UTC)),
            ("0 30 9 * * *", datetime!(2026-11-22 9:30 UTC)),
            ("0 0 9 * * 0", datetime!(2026-11-22 9:00 UTC)),
            ("0 0 9 * * 1-5", datetime!(2026-11-23 9:00 UTC)),
            ("0 0 9 * * Mon,Wed", datetime!(2026-11-23 9:00 UTC)),
            ("0 0 9 * * 6", datetime!(2026-11-28 9:00 UTC)),
            ("0 0 0 1 1 *", datetime!(2027-01-01 0:00 UTC)),
        ] {
            let schedule = Ncrontab::parse(expression).expect(expression);
            assert_eq!(schedule.next_after(START), Some(expected), "{expression}");
        }
    }

    #[test]
    fn other_notations_are_refused() {
        for expression in ["", "soon", "00:15:00", "0 0 * * *  * *", "0 0 9 * * 7", "0 61 * * * *"] {
            assert!(Ncrontab::parse(expression).is_err(), "{expression}");
        }
    }
}
