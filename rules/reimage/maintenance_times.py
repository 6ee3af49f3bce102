"""When a maintenance window is open: days of its schedule, its hours, without the dates that it does not allow.

Schedules and their fields: learn.microsoft.com/azure/aks/planned-maintenance, 2025-12-19, and the reference of
maintenanceConfigurations, API version 2026-05-01. Times are those of utcOffset, which has no summer time. A span of
dates that are not allowed includes its last day.
"""

from __future__ import annotations

import calendar
import datetime
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from analyzer.model.fact import Cause, Fact, Known, Missing
from analyzer.model.maintenance import (
    DateSpan,
    MaintenanceConfiguration,
    MaintenanceWindow,
    RelativeMonthlySchedule,
    Schedule,
)
from analyzer.model.source import Source
from analyzer.model.step import PlannedWindow

AUTO_UPGRADE = "aksManagedAutoUpgradeSchedule"
"""The configuration of cluster upgrades."""
NODE_OS_UPGRADE = "aksManagedNodeOSUpgradeSchedule"
"""The configuration of node image upgrades, and that of the node disruption policy."""
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKS = ("first", "second", "third", "fourth", "last")
_DAY = datetime.timedelta(days=1)

Span = tuple[datetime.datetime, datetime.datetime]
"""From the first moment to the one after the last; both have a time zone."""


@dataclass(frozen=True, slots=True)
class Openings:
    """When a window is open around some time. Spans that touch are one."""

    sure: tuple[Span, ...]
    possible: tuple[Span, ...]
    """With those of which it is not documented whether they are: every second week of which week, the 31st of June."""


def named(configurations: Iterable[MaintenanceConfiguration], name: str) -> MaintenanceConfiguration | None:
    """The configuration of a name, whatever its case; None where there is none."""
    return next((item for item in configurations if item.name.lower() == name.lower()), None)


def openings(configuration: MaintenanceConfiguration, around: PlannedWindow) -> Fact[Openings]:
    """When a configuration's window is open from one day before the planned time to one day after it."""
    window = configuration.maintenance_window
    if window is None:
        return _unreadable(configuration, "it has no maintenanceWindow")
    try:
        return Known(_openings(window, around))
    except (ValueError, OverflowError) as error:
        return _unreadable(configuration, str(error))


def _unreadable(configuration: MaintenanceConfiguration, why: str) -> Missing[Openings]:
    detail = f"The times of maintenance configuration {configuration.name} cannot be read: {why}"
    grant = "Read it again with a current API version (az aks maintenanceconfiguration show)"
    return Missing(Source.MAINTENANCE_CONFIGURATIONS, Cause.UNRECOGNISED, detail, grant)


@dataclass(frozen=True, slots=True)
class _Pattern:
    """On which days a schedule opens."""

    is_possible: Callable[[datetime.date], bool]
    is_sure: Callable[[datetime.date], bool]


def _openings(window: MaintenanceWindow, around: PlannedWindow) -> Openings:
    zone, hour, length = _zone(window.utc_offset), _time(window.start_time), _length(window.duration_hours)
    pattern = _pattern(window.schedule or Schedule())
    blocked = [_blocked(span, zone) for span in window.not_allowed_dates or ()]
    begins = _date(window.start_date) if window.start_date else datetime.date.min
    sure: list[Span] = []
    possible: list[Span] = []
    for day in _days(around, zone):
        if day >= begins and pattern.is_possible(day):
            start = datetime.datetime.combine(day, hour, zone)
            parts = _without((start, start + length), blocked)
            possible += parts
            sure += parts if pattern.is_sure(day) else []
    return Openings(_joined(sure), _joined(possible))


def _days(around: PlannedWindow, zone: datetime.timezone) -> Iterator[datetime.date]:
    """The days that an opening may begin on: it lasts a day at most."""
    day = around.start.astimezone(zone).date() - _DAY
    while day <= around.end.astimezone(zone).date() + _DAY:
        yield day
        day += _DAY


def _zone(offset: str | None) -> datetime.timezone:
    match = re.fullmatch(r"([+-])(\d\d):(\d\d)", offset or "+00:00")
    if match is None:
        raise ValueError(f"utcOffset is {offset!r}")
    sign, hours, minutes = match.groups()
    delta = datetime.timedelta(hours=int(hours), minutes=int(minutes))
    return datetime.timezone(-delta if sign == "-" else delta)


def _time(text: str | None) -> datetime.time:
    match = re.fullmatch(r"(\d\d):(\d\d)", text or "")
    if match is None:
        raise ValueError(f"startTime is {text!r}")
    return datetime.time(int(match.group(1)), int(match.group(2)))


def _length(hours: int | None) -> datetime.timedelta:
    if hours is None or not 0 < hours <= 24:
        raise ValueError(f"durationHours is {hours}")
    return datetime.timedelta(hours=hours)


def _date(text: str | None) -> datetime.date:
    """A date; what stands behind it, as a time, is left out."""
    return datetime.date.fromisoformat((text or "")[:10])


def _blocked(span: DateSpan, zone: datetime.timezone) -> Span:
    first, last = (datetime.datetime.combine(_date(day), datetime.time(), zone) for day in (span.start, span.end))
    return first, last + _DAY if last.date() < datetime.date.max else last


def _pattern(schedule: Schedule) -> _Pattern:
    if schedule.weekly is not None:
        day = _weekday(schedule.weekly.day_of_week)
        return _every(schedule.weekly.interval_weeks, lambda date: date.weekday() == day)
    if schedule.absolute_monthly is not None:
        number = schedule.absolute_monthly.day_of_month
        if number is None:
            raise ValueError("absoluteMonthly has no dayOfMonth")
        return _every(schedule.absolute_monthly.interval_months, lambda date: date.day == number, _short(number))
    if schedule.relative_monthly is not None:
        return _every(schedule.relative_monthly.interval_months, _nth_weekday(schedule.relative_monthly))
    if schedule.daily is not None:
        return _every(schedule.daily.interval_days, lambda _: True)
    raise ValueError("it has no schedule that this version knows")


def _every(
    interval: int | None,
    matches: Callable[[datetime.date], bool],
    may_match: Callable[[datetime.date], bool] = lambda _: False,
) -> _Pattern:
    """Each match is sure with an interval of one; from when a longer one counts is not documented."""
    if interval is None or interval < 1:
        raise ValueError(f"the schedule's interval is {interval}")
    return _Pattern(lambda date: matches(date) or may_match(date), lambda date: interval == 1 and matches(date))


def _short(number: int) -> Callable[[datetime.date], bool]:
    """Whether a date is the last of a month that does not have the day of this number."""
    return lambda date: date.day == _month_length(date) < number


def _nth_weekday(schedule: RelativeMonthlySchedule) -> Callable[[datetime.date], bool]:
    day, index = _weekday(schedule.day_of_week), (schedule.week_index or "").lower()
    if index not in _WEEKS:
        raise ValueError(f"weekIndex is {schedule.week_index!r}")
    if index == "last":
        return lambda date: date.weekday() == day and date.day + 7 > _month_length(date)
    return lambda date: date.weekday() == day and (date.day - 1) // 7 == _WEEKS.index(index)


def _weekday(name: str | None) -> int:
    if (name or "").lower() not in _DAYS:
        raise ValueError(f"dayOfWeek is {name!r}")
    return _DAYS.index((name or "").lower())


def _month_length(date: datetime.date) -> int:
    return calendar.monthrange(date.year, date.month)[1]


def _without(span: Span, cuts: Iterable[Span]) -> list[Span]:
    """What is left of a span without others."""
    left = [span]
    for first, last in cuts:
        pieces = [piece for start, end in left for piece in ((start, min(end, first)), (max(start, last), end))]
        left = [(start, end) for start, end in pieces if start < end]
    return left


def _joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return tuple(joined)
