//! Days, as the allowlist writes them.

use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{Date, OffsetDateTime};

const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

/// Reads an argument such as `2027-06-30`.
pub fn parse(text: &str) -> Result<Date, String> {
    Date::parse(text, DAY).map_err(|_| "write the day as 2027-06-30".to_owned())
}

/// The given day, or today (UTC).
pub fn or_today(day: Option<Date>) -> Date {
    day.unwrap_or_else(|| OffsetDateTime::now_utc().date())
}
