"""Filtering and sorting of a pane's items by the one filter language; the only place where panes meet it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from ppstui import query
from ppstui.errors import UsageError
from ppstui.query import Moment

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ppstui.desk import Desk
    from ppstui.query import Query
    from ppstui.views.fields import Fields

I = TypeVar("I")  # noqa: E741 - an item of a pane
S = TypeVar("S")


class Finder(Generic[I, S]):
    """Answers which items a filter means and in which order a sort puts them."""

    def __init__(
        self,
        desk: Desk,
        fields: Fields[S],
        subject: Callable[[I], S | None],
        text: Callable[[I], str] | None = None,
    ) -> None:
        """`subject` makes an item askable, None when its record left; `text`: all shown of it, where cheap."""
        self._desk, self._fields, self._subject, self._text = desk, fields, subject, text
        self._last: tuple[Sequence[I], Query, list[I]] | None = None

    def read(self, text: str, *, typing: bool = False) -> Query:
        """A filter. Raises UsageError with what is wrong with it; `typing` forgives its unfinished end."""
        return query.parse(text, self._fields.kinds, self._fields.flags, typing=typing)

    def found(self, items: Sequence[I], wanted: Query) -> list[I]:
        """The items a filter means; a filter that grew by a letter looks only at what it found before."""
        looked_at = items
        if self._last is not None and self._last[0] is items and wanted.narrows(self._last[1]):
            looked_at = self._last[2]
        test = wanted.at(Moment(now=self._desk.now(), zone=self._desk.policy.zone, calendar=self._desk.policy.calendar))
        text = self._text
        found: list[I] = []
        if text is not None and wanted.plain:
            found = [item for item in looked_at if test(_nothing, text(item))]
        else:
            for item in looked_at:
                subject = self._subject(item)
                if subject is None:
                    continue
                shown = text(item) if text is not None else self._fields.text(subject)
                if test(self._fields.row(subject), shown):
                    found.append(item)
        self._last = (items, wanted, found)
        return found

    def sorted(self, items: Sequence[I], sort: str) -> list[I]:
        """The items by a column, `-column` the other way round. Raises UsageError for a column that is none."""
        subjects: list[S] = []
        by_subject: dict[int, I] = {}
        for item in items:
            subject = self._subject(item)
            if subject is not None:
                subjects.append(subject)
                by_subject[id(subject)] = item
        return [by_subject[id(subject)] for subject in self._fields.sort(subjects, sort)]

    @property
    def columns(self) -> tuple[str, ...]:
        """What can be sorted by."""
        return self._fields.names

    @property
    def flags(self) -> tuple[str, ...]:
        """What may follow `is:`."""
        return self._fields.flags


def _nothing(name: str) -> None:
    raise UsageError(name)
