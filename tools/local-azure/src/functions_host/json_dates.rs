//! What Newtonsoft.Json does to texts that look like dates: it reads them as dates and writes them in its own way.
//!
//! | Text | Written again |
//! |---|---|
//! | `2026-01-05T10:15:42.1170000Z` | `2026-01-05T10:15:42.117Z` |
//! | `2026-01-05T10:15:42+02:00` | `2026-01-05T08:15:42+00:00`, on a host that runs in UTC |
//! | `2026-01-05T10:15:42` | the same |

use serde_json::Value;
use time::{Duration, OffsetDateTime, PrimitiveDateTime, UtcOffset, macros::format_description};

/// A tick, which is the smallest part of a second that .NET keeps.
const TICK_DIGITS: usize = 7;

/// Rewrites every date in `value`, at any depth.
pub fn rewrite(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some(date) = rewritten(text) {
                *text = date;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(rewrite),
        Value::Object(properties) => properties.values_mut().for_each(rewrite),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The date in .NET's invariant culture, which is what a date property becomes as binding data.
#[must_use]
pub fn invariant_culture(text: &str) -> Option<String> {
    let (time, _) = parse(text)?;
    time.format(format_description!("[month]/[day]/[year] [hour]:[minute]:[second]")).ok()
}

fn rewritten(text: &str) -> Option<String> {
    let (time, zone) = parse(text)?;
    let seconds = time.format(format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]")).ok()?;
    let ticks = format!("{:07}", time.nanosecond() / 100);
    let fraction = ticks.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    Some(format!("{seconds}{point}{fraction}{zone}"))
}

/// The time in UTC, or as it stands where it has no zone, and how its zone is written again.
fn parse(text: &str) -> Option<(PrimitiveDateTime, &'static str)> {
    if text.len() < 19 || !text.is_ascii() {
        return None;
    }
    let (seconds, rest) = text.split_at(19);
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
    let time = PrimitiveDateTime::parse(seconds, format).ok()?;
    let digits = rest.strip_prefix('.').map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count());
    if rest.starts_with('.') && digits == 0 {
        return None;
    }
    let (fraction, zone) = if digits == 0 { ("", rest) } else { (&rest[1..=digits], &rest[digits + 1..]) };
    let time = time.checked_add(ticks(fraction)?)?;
    match zone {
        "Z" => Some((time, "Z")),
        "" => Some((time, "")),
        offset => Some((in_utc(time, offset)?, "+00:00")),
    }
}

/// Digits beyond the seventh round the tick.
fn ticks(fraction: &str) -> Option<Duration> {
    let kept: i64 = format!("{:0<7}", &fraction[..fraction.len().min(TICK_DIGITS)]).parse().ok()?;
    let rounds_up = fraction.as_bytes().get(TICK_DIGITS).is_some_and(|digit| *digit >= b'5');
    Some(Duration::nanoseconds((kept + i64::from(rounds_up)) * 100))
}

fn in_utc(time: PrimitiveDateTime, offset: &str) -> Option<PrimitiveDateTime> {
    let format = format_description!("[offset_hour sign:mandatory]:[offset_minute]");
    let offset = UtcOffset::parse(offset, format).ok()?;
    let utc: OffsetDateTime = time.assume_offset(offset).to_offset(UtcOffset::UTC);
    Some(PrimitiveDateTime::new(utc.date(), utc.time()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn dates_are_written_as_newtonsoft_writes_them() {
        for (text, expected) in [
            ("2026-01-05T10:15:42.1170000Z", "2026-01-05T10:15:42.117Z"),
            ("2026-01-05T10:15:42.0000000Z", "2026-01-05T10:15:42Z"),
            ("2026-01-05T10:15:42.123456789Z", "2026-01-05T10:15:42.1234568Z"),
            ("2026-01-05T10:15:42+02:00", "2026-01-05T08:15:42+00:00"),
            ("2026-01-05T10:15:42", "2026-01-05T10:15:42"),
            ("2026-01-05", "2026-01-05"),
            ("2026-13-05T10:15:42Z", "2026-13-05T10:15:42Z"),
            ("2026-01-05T10:15:42.Z", "2026-01-05T10:15:42.Z"),
            ("2026-01-05T10:15:42 or later", "2026-01-05T10:15:42 or later"),
            ("äöüäöüäöüäöüäöüäöü", "äöüäöüäöüäöüäöüäöü"),
        ] {
            let mut value = json!([{ "time": text }]);
            rewrite(&mut value);
            assert_eq!(value, json!([{ "time": expected }]));
        }
    }

    #[test]
    fn binding_data_has_dates_of_the_invariant_culture() {
        assert_eq!(invariant_culture("2026-01-05T10:15:42Z").as_deref(), Some("01/05/2026 10:15:42"));
        assert_eq!(invariant_culture("tomorrow"), None);
    }
}
