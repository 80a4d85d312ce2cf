//! .NET time spans in host.json: `hh:mm:ss` or `d.hh:mm:ss`.

use std::time::Duration;

/// Reads a time span; `None` where it is not one, or not positive.
#[must_use]
pub fn parse(text: &str) -> Option<Duration> {
    let (days, clock) = text.split_once('.').unwrap_or(("0", text));
    let [hours, minutes, seconds] =
        clock.split(':').map(|part| part.parse::<u64>().ok()).collect::<Option<Vec<_>>>()?[..]
    else {
        return None;
    };
    let days: u64 = days.parse().ok()?;
    let in_range = hours < 24 && minutes < 60 && seconds < 60;
    let duration = Duration::from_secs(((days * 24 + hours) * 60 + minutes) * 60 + seconds);
    (in_range && !duration.is_zero()).then_some(duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_spans_are_read_as_dotnet_does() {
        for (text, seconds) in [
            ("00:05:00", Some(300)),
            ("1.00:00:01", Some(86_401)),
            ("00:00:00", None),
            ("24:00:00", None),
            ("00:60:00", None),
            ("5", None),
            ("-1", None),
        ] {
            assert_eq!(parse(text), seconds.map(Duration::from_secs), "{text}");
        }
    }
}
