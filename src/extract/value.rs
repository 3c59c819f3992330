//! Values as Postgres spells them: booleans, timestamps.

use chrono::{NaiveDate, NaiveTime, Timelike as _};

/// The spellings of a boolean that Postgres reads.
pub(super) fn parse_bool(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "t" | "true" | "1" | "y" | "yes" | "on" => Some(true),
        "f" | "false" | "0" | "n" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// Reads a timestamp as Postgres prints it in ISO style, or as ISO 8601 has it.
///
/// A time without an offset is taken as UTC. `infinity` and `-infinity` are the ends of the
/// range, as they are in Postgres' own binary format.
///
/// # Units
/// Microseconds since 1970-01-01 00:00 UTC.
pub(super) fn parse_timestamp(text: &str) -> Option<i64> {
    let text = text.trim();
    match text {
        "infinity" => return Some(i64::MAX),
        "-infinity" => return Some(i64::MIN),
        _ => {}
    }
    let (text, before_christ) = match text.strip_suffix(" BC") {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let (date, time) = text.split_once([' ', 'T']).unwrap_or((text, ""));
    let date = parse_date(date, before_christ)?;
    let days = date.signed_duration_since(NaiveDate::default()).num_days();
    let (micros, offset_seconds) = if time.is_empty() { (0, 0) } else { parse_time(time.trim())? };
    days.checked_mul(86_400_000_000)?
        .checked_add(micros)?
        .checked_sub(offset_seconds.checked_mul(1_000_000)?)
}

fn parse_date(text: &str, before_christ: bool) -> Option<NaiveDate> {
    let mut parts = text.splitn(3, '-');
    let year: i32 = digits(parts.next()?, 4..=6)?.try_into().ok()?;
    let month = digits(parts.next()?, 2..=2)?.try_into().ok()?;
    let day = digits(parts.next()?, 2..=2)?.try_into().ok()?;
    let year = if before_christ { 1 - year } else { year };
    NaiveDate::from_ymd_opt(year, month, day)
}

/// Microseconds since midnight, and the offset from UTC in seconds.
fn parse_time(text: &str) -> Option<(i64, i64)> {
    let (clock, offset) = match text.find(['Z', 'z', '+', '-']) {
        Some(at) => (text[..at].trim_end(), &text[at..]),
        None => (text, ""),
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let mut parts = clock.splitn(3, ':');
    let hour = digits(parts.next()?, 2..=2)?;
    let minute = digits(parts.next()?, 2..=2)?;
    let second = parts.next().map_or(Some(0), |part| digits(part, 2..=2))?;
    // 24:00:00 is a time of day to Postgres.
    let seconds = if (hour, minute, second) == (24, 0, 0) {
        86_400
    } else {
        let small = |part: i64| u32::try_from(part).ok();
        let time = NaiveTime::from_hms_opt(small(hour)?, small(minute)?, small(second)?)?;
        i64::from(time.num_seconds_from_midnight())
    };
    let micros = if fraction.is_empty() {
        0
    } else {
        let value = digits(fraction, 1..=9)?;
        let width = u32::try_from(fraction.len()).ok()?;
        value * 1_000_000 / 10_i64.pow(width)
    };
    Some((seconds * 1_000_000 + micros, parse_offset(offset)?))
}

/// Seconds east of UTC: empty, `Z`, `+07`, `+0530`, `+05:30` or `+05:30:15`.
fn parse_offset(text: &str) -> Option<i64> {
    let sign = match text.bytes().next() {
        None | Some(b'Z' | b'z') => return (text.len() <= 1).then_some(0),
        Some(b'+') => 1,
        Some(_) => -1,
    };
    let text = &text[1..];
    let mut seconds = 0;
    if text.contains(':') {
        for (part, unit) in text.splitn(3, ':').zip([3600, 60, 1]) {
            seconds += digits(part, 2..=2)? * unit;
        }
    } else {
        let value = digits(text, 2..=4)?;
        seconds = match text.len() {
            2 => value * 3600,
            4 => value / 100 * 3600 + value % 100 * 60,
            _ => return None,
        };
    }
    (seconds <= 16 * 3600).then_some(sign * seconds)
}

fn digits(text: &str, width: std::ops::RangeInclusive<usize>) -> Option<i64> {
    let fine = width.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if fine { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<i64>) {
        assert_eq!(parse_timestamp(text), expected, "{text}");
    }

    #[test]
    fn a_timestamp_is_microseconds_in_utc() {
        check("1970-01-01 00:00:00+00", Some(0));
        check("1970-01-01", Some(0));
        check("1970-01-01T00:00:00Z", Some(0));
        check("1970-01-01 00:00:00.000001+00", Some(1));
        check("1970-01-01 00:00:00.5", Some(500_000));
        check("1970-01-01 07:00:00+07", Some(0));
        check("1970-01-01 05:30:00+05:30", Some(0));
        check("1970-01-01 05:30:00+0530", Some(0));
        check("1969-12-31 19:00:00-05", Some(0));
        check("1969-12-31 24:00:00+00", Some(0));
        check("2025-09-04 08:48:10.605058+00", Some(1_756_975_690_605_058));
        check("0001-01-01 00:00:00+00 BC", Some(-62_167_219_200_000_000));
        check("infinity", Some(i64::MAX));
        check("-infinity", Some(i64::MIN));
    }

    #[test]
    fn what_is_no_timestamp_is_refused() {
        for text in [
            "",
            "now",
            "2025",
            "2025-13-01",
            "2025-02-29",
            "2025-01-01 25:00:00",
            "2025-01-01 aa",
            "2025-01-01 00:00:00+99",
            "27/01/2025",
            "2025-01-01 00:00:00 PST",
            "٢٠٢٥-01-01",
        ] {
            check(text, None);
        }
    }
}
