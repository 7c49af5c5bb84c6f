//! Dates for menus.

/// The day of a time in seconds since 1970, in UTC, as `2026-01-02`. NixOS shows local time; a menu that is made in a build
/// or beneath a prefix has no time zone to go by.
pub fn day(seconds: i64) -> String {
    let (year, month, day) = civil(seconds);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The same as year, month and day of the month.
pub fn civil(seconds: i64) -> (i64, i64, i64) {
    // Howard Hinnant's `civil_from_days`: years begin in March, so that leap days come last.
    let days = seconds.div_euclid(86_400) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, next_year) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (year_of_era + era * 400 + next_year, month, day)
}

#[cfg(test)]
mod tests {
    use super::day;

    #[test]
    fn days_are_the_calendars() {
        for (seconds, expected) in [
            (0, "1970-01-01"),
            (1, "1970-01-01"),
            (-1, "1969-12-31"),
            (951_782_400, "2000-02-29"),
            (4_107_542_400, "2100-03-01"),
            (1_767_311_999, "2026-01-01"),
            (1_767_312_000, "2026-01-02"),
        ] {
            assert_eq!(day(seconds), expected, "{seconds}");
        }
    }
}
