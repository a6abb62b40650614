"""What a query means: its parts, and how each is held against a record."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from enum import Enum
from typing import Protocol, TypeAlias

from msgspec import Struct

Scalar: TypeAlias = str | float | dt.datetime | dt.date | bool | None
Value: TypeAlias = Scalar | tuple[Scalar, ...]
"""What a record has in a field; None and () mean nothing. Datetimes are aware; bools read as yes and no."""
Row: TypeAlias = Callable[[str], Value]
"""A record seen through its fields, by the names given to `parse`."""
Test: TypeAlias = Callable[[Row, str], bool]

OR = "or"
_BETWEEN = re.compile(r"[\s,]")
_PLAIN_WORD = re.compile(r"[^\s\"():\\-][^\s\"():\\]*\Z")


class FieldKind(Enum):
    """What a field holds, and so what a value after its colon means."""

    TEXT = "text"
    """Free text: the value stands in it somewhere."""
    WORD = "word"
    """One word, or one of a few: the value is all of it; `*` stands for any characters."""
    NUMBER = "number"
    FUTURE = "future"
    """A day or instant that one waits for. `due:<2d`: due before two days have passed, or past already; `due:2d`: at
    most two days away; `due:>2d`: further away; `due:<-2d`: over for more than two days."""
    PAST = "past"
    """A day or instant that lies behind. `updated:<2d`: less than two days ago; `updated:2d`: at most two days ago;
    `age:>3d`: longer ago than three days."""
    FLAG = "flag"
    """Marks by name, from the list given to `parse`: `is:late`."""

    @property
    def timed(self) -> bool:
        """Whether its values are days or instants."""
        return self in (FieldKind.FUTURE, FieldKind.PAST)


class WorkDays(Protocol):
    """The part of a working calendar that distances in working days need (`rules.clocks.Calendar` has it)."""

    def working(self, day: dt.date) -> bool:
        """Whether anybody works on that day."""

    def shift(self, day: dt.date, days: int) -> dt.date:
        """The working day that many working days after `day`, before it when negative; 0: the first not before it."""


class Moment(Struct, frozen=True, kw_only=True):
    """When and where a query is asked."""

    now: dt.datetime
    """Aware."""
    zone: dt.tzinfo
    """In which days begin and end."""
    calendar: WorkDays


# ------------------------------------------------------------------------------------------------------------ values


class Distance(Struct, frozen=True):
    """So far from now."""

    amount: int
    unit: str


class _Stretch(Struct, frozen=True):
    """From an instant up to, not including, another one; for fields that hold days, the day of its beginning."""

    start: dt.datetime
    end: dt.datetime


_UNITS = {"m": dt.timedelta(minutes=1), "h": dt.timedelta(hours=1), "d": dt.timedelta(1), "w": dt.timedelta(weeks=1)}
DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}


class Operand(Struct, frozen=True):
    """One value of a term, as it was written."""

    text: str
    op: str = ""
    literal: bool = False
    """Quoted: `*` means itself."""
    time: Distance | dt.date | dt.datetime | str | None = None
    number: float | None = None

    def __str__(self) -> str:
        return self.op + (_quote(self.text) if self.literal else self.text)


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _folded(value: Scalar) -> tuple[str, ...]:
    """The texts a value is known by."""
    if isinstance(value, bool):
        return ("yes", "true") if value else ("no", "false")
    if isinstance(value, float) and value.is_integer():
        return (str(int(value)),)
    return (str(value).casefold(),)


def _each(value: Value) -> tuple[Scalar, ...]:
    return tuple(one for one in (value if isinstance(value, tuple) else (value,)) if one is not None and one != "")


def _glob(pattern: str) -> Callable[[str], bool]:
    """Whether a text is made of the pattern's parts in order; each is looked for once, so no pattern is slow."""
    first, *middle, last = pattern.split("*")

    def fits(text: str) -> bool:
        if not (text.startswith(first) and text.endswith(last) and len(text) >= len(first) + len(last)):
            return False
        at, end = len(first), len(text) - len(last)
        for part in middle:
            found = text.find(part, at, end)
            if found < 0:
                return False
            at = found + len(part)
        return True

    return fits


def _text_test(operand: Operand, kind: FieldKind) -> Callable[[Scalar], bool]:
    wanted = operand.text.casefold()
    if "*" in wanted and not operand.literal:
        loose = kind is FieldKind.TEXT and not operand.op
        fits = _glob(f"*{wanted}*" if loose else wanted)
        return lambda value: any(fits(text) for text in _folded(value))
    if kind is FieldKind.TEXT and not operand.op:
        return lambda value: any(wanted in text for text in _folded(value))
    return lambda value: wanted in _folded(value)


def _number_test(operand: Operand) -> Callable[[Scalar], bool]:
    wanted, compare = operand.number, _COMPARE[operand.op or "="]
    return lambda value: isinstance(value, (int, float)) and wanted is not None and compare(value, wanted)


_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b,
}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": ">="}


def _time_test(operand: Operand, kind: FieldKind, clock: Moment) -> Callable[[Scalar], bool]:
    op = operand.op or "="
    if isinstance(operand.time, Distance):
        past = kind is FieldKind.PAST
        bound = _away(operand.time, clock, back=past)
        op = _MIRRORED[op] if past else ("<=" if op == "=" else op)
        stretch = _Stretch(bound, bound)
    else:
        stretch = _stretch(operand.time, clock)
    day = stretch.start.astimezone(clock.zone).date()
    compare = _COMPARE[op]

    def holds(value: Scalar) -> bool:
        if isinstance(value, dt.datetime):
            return _within(value.astimezone(dt.UTC), op, stretch)
        return isinstance(value, dt.date) and compare(value.toordinal(), day.toordinal())

    return holds


def _within(at: dt.datetime, op: str, stretch: _Stretch) -> bool:
    """Whether an instant stands so to a stretch of time; an instant without length counts as itself."""
    point = stretch.start == stretch.end
    if op in {"<", ">="}:
        return (at < stretch.start) == (op == "<")
    if op in {">", "<="}:
        beyond = at > stretch.end if point else at >= stretch.end
        return beyond == (op == ">")
    return stretch.start <= at < stretch.end


def _away(distance: Distance, clock: Moment, *, back: bool) -> dt.datetime:
    """The instant that far from now, in UTC; working days keep the wall-clock time (DOMAIN §3)."""
    amount = -distance.amount if back else distance.amount
    now = clock.now.astimezone(dt.UTC)
    if distance.unit != "wd":
        return now + amount * _UNITS[distance.unit]
    if not amount:
        return now
    local = clock.now.astimezone(clock.zone)
    day, wall, calendar = local.date(), local.time(), clock.calendar
    if calendar.working(day):
        day = calendar.shift(day, amount)
    elif amount > 0:
        day, wall = calendar.shift(calendar.shift(day, 0), amount), dt.time(0)
    else:
        day, wall = calendar.shift(calendar.shift(day, -1), amount) + dt.timedelta(1), dt.time(0)
    return dt.datetime.combine(day, wall, tzinfo=clock.zone).astimezone(dt.UTC)


def _stretch(time: dt.date | dt.datetime | str | None, clock: Moment) -> _Stretch:
    """The day, minute or instant that an absolute time names."""
    now = clock.now.astimezone(clock.zone)
    if isinstance(time, dt.datetime):
        start = time.replace(tzinfo=time.tzinfo or clock.zone).astimezone(dt.UTC)
        return _Stretch(start, start + (dt.timedelta(seconds=1) if start.second else _UNITS["m"]))
    if time == "now":
        return _Stretch(now.astimezone(dt.UTC), now.astimezone(dt.UTC))
    day = time if isinstance(time, dt.date) else now.date() + dt.timedelta(DAYS[str(time)])
    return _Stretch(_midnight(day, clock.zone), _midnight(day + dt.timedelta(1), clock.zone))


def _midnight(day: dt.date, zone: dt.tzinfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(0), tzinfo=zone).astimezone(dt.UTC)


class Word(Struct, frozen=True):
    """A bare word: it stands somewhere in the text."""

    text: str

    def test(self, clock: Moment) -> Test:  # noqa: ARG002  (all nodes are asked alike)
        """The word, as a test of one record."""
        wanted = self.text.casefold()
        return lambda _row, text: wanted in text

    def __str__(self) -> str:
        plain = _PLAIN_WORD.match(self.text) and self.text.casefold() != OR
        return self.text if plain else _quote(self.text)


class Term(Struct, frozen=True):
    """A field and the values of which one must fit one of the record's."""

    field: str
    kind: FieldKind
    operands: tuple[Operand, ...]

    def test(self, clock: Moment) -> Test:
        """The term, as a test of one record at that moment."""
        name = self.field
        tests = tuple(self._operand_test(operand, clock) for operand in self.operands)
        return lambda row, _text: any(test(value) for value in _each(row(name)) for test in tests)

    def _operand_test(self, operand: Operand, clock: Moment) -> Callable[[Scalar], bool]:
        if operand.time is not None:
            return _time_test(operand, self.kind, clock)
        return _number_test(operand) if operand.number is not None else _text_test(operand, self.kind)

    def __str__(self) -> str:
        return f"{self.field}:{','.join(map(str, self.operands))}"


def _grouped(node: Node) -> str:
    """In parentheses; a ( that ends the text unclosed, as in `f(x`, is kept from taking ours for its own."""
    inner = str(node)
    end = _BETWEEN.split(inner)[-1]
    return f"({inner} )" if end.count("(") > end.count(")") else f"({inner})"


class Not(Struct, frozen=True):
    """The other records."""

    node: Node

    def test(self, clock: Moment) -> Test:
        """The opposite, as a test of one record."""
        inner = self.node.test(clock)
        return lambda row, text: not inner(row, text)

    def __str__(self) -> str:
        return f"-{self.node}" if isinstance(self.node, Word | Term) else f"-{_grouped(self.node)}"


class AllOf(Struct, frozen=True):
    """Every one of them; of none, everything."""

    nodes: tuple[Node, ...]

    def test(self, clock: Moment) -> Test:
        """All of them, as a test of one record."""
        tests = tuple(node.test(clock) for node in self.nodes)
        return lambda row, text: all(test(row, text) for test in tests)

    def __str__(self) -> str:
        return " ".join(_grouped(node) if isinstance(node, AllOf | AnyOf) else str(node) for node in self.nodes)


class AnyOf(Struct, frozen=True):
    """At least one of them."""

    nodes: tuple[Node, ...]

    def test(self, clock: Moment) -> Test:
        """AnyOf of them, as a test of one record."""
        tests = tuple(node.test(clock) for node in self.nodes)
        return lambda row, text: any(test(row, text) for test in tests)

    def __str__(self) -> str:
        return f" {OR} ".join(_grouped(node) if isinstance(node, AnyOf) else str(node) for node in self.nodes)


Node: TypeAlias = Word | Term | Not | AllOf | AnyOf
