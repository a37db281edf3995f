"""Which time, and which part of the traffic, the figures are about; whatever an address says becomes a usable scope."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from core.types import Frozen

Subject = Literal["request", "agent", "model"]
"""What a call is: a request; with an agent chosen a handling by it; with a model chosen one call of that model."""
PRESETS: Mapping[str, timedelta] = {
    "1h": timedelta(hours=1),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "90d": timedelta(days=90),
}
DEFAULT = "7d"
EXACT_UP_TO = timedelta(days=7)
"""Longer ranges are read from the hourly rollups."""
LONGEST = timedelta(days=400)
_LONGEST_VALUE = 200
_STEPS = (
    (timedelta(hours=2), 300),
    (timedelta(hours=12), 1800),
    (timedelta(hours=48), 3600),
    (timedelta(days=8), 21_600),
    (timedelta(days=120), 86_400),
)
_WEEK = 604_800


class Filters(Frozen):
    """What the figures are limited to; empty means everything. A text that fits nothing shows nothing."""

    agent: str = ""
    role: str = ""
    model: str = ""
    user: str = ""

    @property
    def any(self) -> bool:
        """Whether anything is left out."""
        return bool(self.agent or self.role or self.model or self.user)


class Scope(Frozen):
    """A range of time, half open, in UTC, with the equal one before it, and the filters."""

    begin: datetime
    until: datetime
    filters: Filters = Filters()

    @property
    def before(self) -> datetime:
        """Where the equal period before begins."""
        return self.begin - (self.until - self.begin)

    @property
    def step(self) -> int:
        """Seconds between two points of a chart; points lie at multiples of it since 1970."""
        length = self.until - self.begin
        return next((seconds for limit, seconds in _STEPS if length <= limit), _WEEK)

    @property
    def long(self) -> bool:
        """Whether the range is read from rollups."""
        return self.until - self.begin > EXACT_UP_TO

    @property
    def cost_begin(self) -> datetime:
        """From when on results are looked at trace by trace: what the rollups do not know is read of 7 days at most."""
        return max(self.begin, self.until - EXACT_UP_TO)

    @property
    def cost_before(self) -> datetime:
        """Where the equal period before that begins."""
        return self.cost_begin - (self.until - self.cost_begin)

    @property
    def subject(self) -> Subject:
        """What a call is here."""
        return "model" if self.filters.model else "agent" if self.filters.agent else "request"

    @property
    def points(self) -> tuple[datetime, ...]:
        """Where each step begins, from the one that holds the beginning to the one that holds the end."""
        first, last = point_of(self.begin, self.step), point_of(self.until - timedelta(microseconds=1), self.step)
        return tuple(moment_of(point, self.step) for point in range(first, last + 1))


@dataclass(frozen=True)
class Chosen:
    """A scope, and in a sentence what of the wish could not be met."""

    scope: Scope
    preset: str
    """A name of PRESETS, or `custom`."""
    notice: str | None = None


def choose(now: datetime, preset: str = "", since: str = "", until: str = "", filters: Filters = Filters()) -> Chosen:  # noqa: B008 (immutable)
    """The scope that an address asks for; what makes no sense becomes the default, and the notice says so."""
    filters = Filters(**{name: value[:_LONGEST_VALUE] for name, value in filters.model_dump().items()})
    if preset == "custom" or (not preset and (since or until)):
        return _custom(now, since, until, filters)
    known = preset in PRESETS or not preset
    name = preset if preset in PRESETS else DEFAULT
    notice = None if known else f"There is no range {preset[:20]!r}; the last 7 days are shown."
    return Chosen(_last(now, PRESETS[name], filters), name, notice)


def point_of(moment: datetime, step: int) -> int:
    """The number of the step that a moment lies in."""
    return int(moment.timestamp()) // step


def moment_of(point: int, step: int) -> datetime:
    """When a step begins."""
    return datetime.fromtimestamp(point * step, UTC)


def _last(now: datetime, length: timedelta, filters: Filters) -> Scope:
    """Up to the present minute; long ranges up to the present hour, because rollups are by the hour."""
    until = _up(now, timedelta(hours=1) if length > EXACT_UP_TO else timedelta(minutes=1))
    return Scope(begin=until - length, until=until, filters=filters)


def _custom(now: datetime, since: str, until: str, filters: Filters) -> Chosen:
    begin, end = _moment(since), _moment(until, end_of_day=True)
    default = _last(now, PRESETS[DEFAULT], filters)
    if begin is None or (until and end is None):
        return Chosen(default, DEFAULT, "The range in the address cannot be read; the last 7 days are shown.")
    end = min(end or now, _up(now, timedelta(hours=1)))
    if begin >= end:
        return Chosen(default, DEFAULT, "The range begins after it ends; the last 7 days are shown.")
    notice = None
    if end - begin > LONGEST:
        begin, notice = end - LONGEST, f"At most {LONGEST.days} days are shown at once: the last of the range."
    if end - begin > EXACT_UP_TO:
        begin, end = _up(begin, timedelta(hours=1)), _up(end, timedelta(hours=1))
    return Chosen(Scope(begin=begin, until=end, filters=filters), "custom", notice)


def _moment(text: str, *, end_of_day: bool = False) -> datetime | None:
    """A date or moment of ISO 8601, in UTC where it names no zone; the day after for a date that ends a range."""
    try:
        moment = datetime.fromisoformat(text[:40])
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        moment = moment.astimezone(UTC)
        return moment + timedelta(days=1) if end_of_day and len(text) == len("2026-11-28") else moment
    except (ValueError, OverflowError):
        return None


def _up(moment: datetime, unit: timedelta) -> datetime:
    """The next whole unit, or the moment itself."""
    start = datetime(1970, 1, 1, tzinfo=UTC)
    return start + -((start - moment) // unit) * unit
