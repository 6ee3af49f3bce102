"""When maintenance windows are open: all times are written as UTC."""

from __future__ import annotations

import datetime
from typing import Any

import msgspec
import pytest

from analyzer.model.fact import Known, Missing
from analyzer.model.maintenance import MaintenanceConfiguration
from analyzer.model.step import PlannedWindow
from rules.reimage.maintenance_times import named, openings

WEEKLY = {"weekly": {"intervalWeeks": 1, "dayOfWeek": "Tuesday"}}
MONTHLY = {"absoluteMonthly": {"intervalMonths": 1, "dayOfMonth": 15}}


def configuration(**window: Any) -> MaintenanceConfiguration:
    """A configuration that is open on Tuesdays from 20:00 for eight hours, where the arguments do not say otherwise."""
    body = {"schedule": WEEKLY, "startTime": "20:00", "durationHours": 8, "utcOffset": "+00:00"} | window
    given = {key: value for key, value in body.items() if value is not None}
    return msgspec.convert({"id": "c/1", "name": "window", "maintenanceWindow": given}, MaintenanceConfiguration)


def planned(start: str, end: str) -> PlannedWindow:
    return PlannedWindow(*(datetime.datetime.fromisoformat(f"{text}:00+00:00") for text in (start, end)))


def shown(found: MaintenanceConfiguration, start: str, end: str) -> tuple[list[str], list[str]]:
    """The sure and the possible openings around a time."""
    times = openings(found, planned(start, end)).require()
    return _texts(times.sure), _texts(times.possible)


def _texts(spans: tuple[tuple[datetime.datetime, datetime.datetime], ...]) -> list[str]:
    return [" ".join(f"{moment.astimezone(datetime.UTC):%m-%dT%H:%M}" for moment in span) for span in spans]


def both(*spans: str) -> tuple[list[str], list[str]]:
    return list(spans), list(spans)


def test_a_weekly_window_opens_on_its_day_and_lasts_past_midnight() -> None:
    assert shown(configuration(), "2026-12-02T01:00", "2026-12-02T02:00") == both("12-01T20:00 12-02T04:00")


def test_a_long_time_holds_every_opening_of_it() -> None:
    found = shown(configuration(), "2026-12-01T00:00", "2026-12-09T00:00")
    assert found == both("12-01T20:00 12-02T04:00", "12-08T20:00 12-09T04:00")


def test_the_days_are_those_of_the_offset() -> None:
    """20:00 on a Tuesday ten hours west of UTC is six in the morning of Wednesday."""
    found = shown(configuration(utcOffset="-10:00"), "2026-12-02T00:00", "2026-12-02T12:00")
    assert found == both("12-02T06:00 12-02T14:00")


def test_an_offset_can_have_minutes_and_lie_east() -> None:
    found = shown(configuration(utcOffset="+05:30"), "2026-12-01T12:00", "2026-12-01T13:00")
    assert found == both("12-01T14:30 12-01T22:30")


def test_without_an_offset_times_are_utc() -> None:
    found = shown(configuration(utcOffset=None), "2026-12-01T12:00", "2026-12-01T13:00")
    assert found == both("12-01T20:00 12-02T04:00")


def test_daily_windows_of_a_whole_day_are_one() -> None:
    found = configuration(schedule={"daily": {"intervalDays": 1}}, durationHours=24)
    assert shown(found, "2026-12-01T00:00", "2026-12-01T01:00") == both("11-30T20:00 12-03T20:00")


def test_a_monthly_window_opens_on_its_date() -> None:
    found = shown(configuration(schedule=MONTHLY), "2026-12-14T00:00", "2026-12-16T00:00")
    assert found == both("12-15T20:00 12-16T04:00")


def test_on_the_last_day_of_a_shorter_month_a_monthly_window_may_open() -> None:
    found = configuration(schedule={"absoluteMonthly": {"intervalMonths": 1, "dayOfMonth": 31}})
    assert shown(found, "2026-11-29T00:00", "2026-11-30T23:00") == ([], ["11-30T20:00 12-01T04:00"])
    assert shown(found, "2026-12-30T00:00", "2026-12-31T23:00") == both("12-31T20:00 01-01T04:00")


@pytest.mark.parametrize(
    ("index", "day"),
    [("First", "12-04"), ("second", "12-11"), ("Third", "12-18"), ("Fourth", "12-25"), ("Last", "12-25")],
)
def test_a_relative_monthly_window_opens_on_its_weekday(index: str, day: str) -> None:
    schedule = {"relativeMonthly": {"intervalMonths": 1, "dayOfWeek": "Friday", "weekIndex": index}}
    sure, possible = shown(configuration(schedule=schedule, durationHours=3), "2026-12-02T00:00", "2026-12-29T00:00")
    assert (sure, possible) == both(f"{day}T20:00 {day}T23:00")


def test_the_last_weekday_of_a_month_can_be_its_fifth() -> None:
    schedule = {"relativeMonthly": {"intervalMonths": 1, "dayOfWeek": "Thursday", "weekIndex": "Last"}}
    found = shown(configuration(schedule=schedule, durationHours=3), "2026-12-02T00:00", "2026-12-31T00:00")
    assert found == both("12-31T20:00 12-31T23:00")


@pytest.mark.parametrize(
    "schedule",
    [
        {"weekly": {"intervalWeeks": 2, "dayOfWeek": "Tuesday"}},
        {"daily": {"intervalDays": 7}},
        {"absoluteMonthly": {"intervalMonths": 2, "dayOfMonth": 1}},
        {"relativeMonthly": {"intervalMonths": 3, "dayOfWeek": "Tuesday", "weekIndex": "First"}},
    ],
)
def test_with_a_longer_interval_no_opening_is_sure(schedule: dict[str, Any]) -> None:
    sure, possible = shown(configuration(schedule=schedule), "2026-12-01T12:00", "2026-12-01T13:00")
    assert sure == []
    assert "12-01T20:00 12-02T04:00" in possible


def test_before_its_start_date_a_window_does_not_open() -> None:
    found = shown(configuration(startDate="2026-12-02"), "2026-12-01T00:00", "2026-12-09T00:00")
    assert found == both("12-08T20:00 12-09T04:00")


def test_on_its_start_date_it_does_whatever_time_stands_behind_the_date() -> None:
    found = shown(configuration(startDate="2026-12-01T00:00:00Z"), "2026-12-01T00:00", "2026-12-02T00:00")
    assert found == both("12-01T20:00 12-02T04:00")


def test_dates_that_are_not_allowed_cut_a_window_to_their_last_day_in_its_offset() -> None:
    """The reference's example: +02:00, up to 3 January, is blocked until 22:00 UTC of 3 January."""
    blocked = [{"start": "2026-12-23", "end": "2027-01-03"}]
    found = configuration(
        schedule={"daily": {"intervalDays": 1}},
        startTime="00:00",
        durationHours=24,
        utcOffset="+02:00",
        notAllowedDates=blocked,
    )
    assert shown(found, "2026-12-22T00:00", "2026-12-24T00:00") == both("12-20T22:00 12-22T22:00")
    assert shown(found, "2027-01-03T00:00", "2027-01-04T00:00") == both("01-03T22:00 01-05T22:00")


def test_a_day_in_the_middle_of_a_window_leaves_both_its_ends() -> None:
    blocked = [{"start": "2026-12-02", "end": "2026-12-02"}]
    found = configuration(
        schedule={"daily": {"intervalDays": 1}}, startTime="12:00", durationHours=24, notAllowedDates=blocked
    )
    assert shown(found, "2026-12-02T00:00", "2026-12-02T23:00") == both(
        "12-01T12:00 12-02T00:00", "12-03T00:00 12-04T12:00"
    )


def test_a_block_that_begins_with_the_window_leaves_nothing_of_it() -> None:
    blocked = [{"start": "2026-12-01", "end": "2026-12-01"}]
    found = configuration(startTime="00:00", notAllowedDates=blocked)
    assert shown(found, "2026-12-01T00:00", "2026-12-02T00:00") == both()


def test_a_block_without_an_end_in_sight_closes_the_window_for_good() -> None:
    blocked = [{"start": "2026-12-01", "end": "9999-12-31"}]
    assert shown(configuration(notAllowedDates=blocked), "2026-12-01T00:00", "2026-12-09T00:00") == both()


@pytest.mark.parametrize(
    ("window", "why"),
    [
        ({"schedule": None}, "it has no schedule that this version knows"),
        ({"schedule": {"weekly": {"intervalWeeks": 1, "dayOfWeek": "Tues"}}}, "dayOfWeek is 'Tues'"),
        ({"schedule": {"weekly": {"intervalWeeks": 1}}}, "dayOfWeek is None"),
        ({"schedule": {"weekly": {"dayOfWeek": "Tuesday"}}}, "the schedule's interval is None"),
        ({"schedule": {"daily": {"intervalDays": 0}}}, "the schedule's interval is 0"),
        ({"schedule": {"absoluteMonthly": {"intervalMonths": 1}}}, "absoluteMonthly has no dayOfMonth"),
        (
            {"schedule": {"relativeMonthly": {"intervalMonths": 1, "dayOfWeek": "Friday", "weekIndex": "Fifth"}}},
            "weekIndex is 'Fifth'",
        ),
        ({"startTime": "8 pm"}, "startTime is '8 pm'"),
        ({"startTime": None}, "startTime is None"),
        ({"startTime": "24:00"}, "hour must be in 0..23"),
        ({"durationHours": None}, "durationHours is None"),
        ({"durationHours": 0}, "durationHours is 0"),
        ({"durationHours": 25}, "durationHours is 25"),
        ({"utcOffset": "CET"}, "utcOffset is 'CET'"),
        ({"startDate": "soon"}, "Invalid isoformat string: 'soon'"),
        ({"notAllowedDates": [{"start": "2026-12-01"}]}, "Invalid isoformat string: ''"),
    ],
)
def test_times_that_cannot_be_read_are_missing_and_say_why(window: dict[str, Any], why: str) -> None:
    found = openings(configuration(**window), planned("2026-12-01T00:00", "2026-12-02T00:00"))
    assert isinstance(found, Missing)
    assert found.detail == f"The times of maintenance configuration window cannot be read: {why}"


def test_a_configuration_without_a_window_is_missing() -> None:
    bare = MaintenanceConfiguration(id="c/1", name="default")
    found = openings(bare, planned("2026-12-01T00:00", "2026-12-02T00:00"))
    assert isinstance(found, Missing)
    assert found.detail == "The times of maintenance configuration default cannot be read: it has no maintenanceWindow"


def test_a_planned_time_at_the_end_of_the_calendar_is_missing_not_a_crash() -> None:
    found = openings(configuration(), planned("9999-12-31T00:00", "9999-12-31T23:00"))
    assert isinstance(found, Missing)


def test_configurations_are_named_without_regard_to_case() -> None:
    one, other = configuration(), MaintenanceConfiguration(id="c/2", name="Default")
    assert named((one, other), "default") == other
    assert named((one, other), "aksManagedAutoUpgradeSchedule") is None
    assert isinstance(openings(one, planned("2026-12-01T00:00", "2026-12-02T00:00")), Known)
