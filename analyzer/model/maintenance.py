"""Maintenance configurations of a managed cluster: learn.microsoft.com/azure/aks/planned-maintenance."""

from __future__ import annotations

from msgspec import Struct


class TimeSpan(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """A time in which maintenance is not allowed, RFC 3339."""

    start: str | None = None
    end: str | None = None


class DateSpan(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """Dates in which maintenance is not allowed, YYYY-MM-DD."""

    start: str | None = None
    end: str | None = None


class TimeInWeek(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Whole hours of one weekday, UTC."""

    day: str | None = None
    hour_slots: tuple[int, ...] | None = None


class DailySchedule(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """Every so many days."""

    interval_days: int | None = None


class WeeklySchedule(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """Every so many weeks, on a day."""

    interval_weeks: int | None = None
    day_of_week: str | None = None


class AbsoluteMonthlySchedule(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """Every so many months, on a day of the month."""

    interval_months: int | None = None
    day_of_month: int | None = None


class RelativeMonthlySchedule(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """Every so many months, on the n-th weekday."""

    interval_months: int | None = None
    day_of_week: str | None = None
    week_index: str | None = None
    """First, Second, Third, Fourth or Last."""


class Schedule(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """One of the four."""

    daily: DailySchedule | None = None
    weekly: WeeklySchedule | None = None
    absolute_monthly: AbsoluteMonthlySchedule | None = None
    relative_monthly: RelativeMonthlySchedule | None = None


class MaintenanceWindow(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """When AKS does its own work."""

    schedule: Schedule | None = None
    start_time: str | None = None
    """HH:MM of the time zone that utcOffset names."""
    duration_hours: int | None = None
    utc_offset: str | None = None
    """+HH:MM or -HH:MM; absent: UTC."""
    start_date: str | None = None
    not_allowed_dates: tuple[DateSpan, ...] | None = None


class MaintenanceConfiguration(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Microsoft.ContainerService/managedClusters/maintenanceConfigurations.

    `default` has timeInWeek; aksManagedAutoUpgradeSchedule and aksManagedNodeOSUpgradeSchedule have a window.
    """

    id: str
    name: str
    maintenance_window: MaintenanceWindow | None = None
    time_in_week: tuple[TimeInWeek, ...] | None = None
    not_allowed_time: tuple[TimeSpan, ...] | None = None
