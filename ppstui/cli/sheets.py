"""What a listing comes to, whatever its kind: records for machines, rows for people, and how both are chosen."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from ppstui.query import Moment
from ppstui.views import words

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence

    from ppstui.cli.office import Office
    from ppstui.cli.tables import Column
    from ppstui.model import Kind
    from ppstui.query import FieldKind, Query
    from ppstui.views.fields import Fields
    from ppstui.views.records import AnyRecord

S = TypeVar("S")


class Sheet(NamedTuple):
    """What a listing came to."""

    records: list[AnyRecord]
    rows: list[tuple[str, ...]]
    """The same as short texts for people, one per record."""
    total: int
    """How many there are before the filter."""
    matched: int
    """How many passed the filter."""


class Way(NamedTuple):
    """How one kind is listed."""

    name: str
    """One of them, in words."""
    reads: tuple[Kind, ...]
    """What must have been read; the first is what it is of. () for what is our own."""
    kinds: Mapping[str, FieldKind]
    """What can be asked of it."""
    flags: tuple[str, ...]
    check: Callable[[str], object]
    """Raises UsageError for a column that it cannot be sorted by."""
    columns: tuple[Column, ...]
    sheet: Callable[[Office, Query, str], Sheet]
    closes: bool = False
    """Whether `--all` shows more of them."""
    also: tuple[Kind, ...] = ()
    """What is read along, and whose sources say nothing about the listing when they fail."""


def way(
    name: str,
    reads: tuple[Kind, ...],
    asked: Fields[S],
    columns: tuple[Column, ...],
    sheet: Callable[[Office, Query, str], Sheet],
    *,
    closes: bool = False,
    also: tuple[Kind, ...] = (),
) -> Way:
    """How a kind is listed of which `asked` can be asked."""
    return Way(name, reads, asked.kinds, asked.flags, partial(asked.sort, ()), columns, sheet, closes, also)


def chosen(office: Office, asked: Fields[S], subjects: Sequence[S], query: Query, column: str) -> list[S]:
    """The subjects that pass the filter, sorted."""
    moment = Moment(now=office.desk.now(), zone=office.zone, calendar=office.desk.policy.calendar)
    test = query.at(moment)
    return asked.sort([each for each in subjects if test(asked.row(each), asked.text(each))], column)


def limited(office: Office, subjects: list[S]) -> list[S]:
    """No more of them than are wanted."""
    limit = office.options.limit
    return subjects if limit is None else subjects[:limit]


def left(office: Office, due: dt.datetime | None) -> str:
    """How long there is; "" when nothing is due."""
    return words.left(due, office.desk.now()) if due else ""
