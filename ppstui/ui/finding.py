"""Filtering and sorting of a pane's items by the one filter language; the only place where panes meet it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from ppstui import query
from ppstui.errors import UsageError
from ppstui.query import Moment

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ppstui.desk import Desk
    from ppstui.query import Query, Test
    from ppstui.views.fields import Fields

AT_ONCE = 400
"""Items that are looked at in one go."""
STEP = 40

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

    def quick(self, items: Sequence[I], queries: Sequence[Query], sort: str) -> bool:
        """Whether an answer takes no longer than a key press: bare words in texts that are there, or few items."""
        texts = self._text is not None and all(wanted.plain for wanted in queries)
        return len(items) <= AT_ONCE or (texts and not sort)

    def found(self, items: Sequence[I], wanted: Query) -> list[I]:
        """The items a filter means, at once; one that grew by a letter looks only at what it found before."""
        looked_at = items
        if self._last is not None and self._last[0] is items and wanted.narrows(self._last[1]):
            looked_at = self._last[2]
        test, text = self._test(wanted), self._text
        if text is not None and wanted.plain:
            found = [item for item in looked_at if test(_nothing, text(item))]
        else:
            found = [item for item in looked_at if self._passes(item, [test]) is not None]
        self._last = (items, wanted, found)
        return found

    def sorted(self, items: Sequence[I], sort: str) -> list[I]:
        """The items by a column, `-column` the other way round. Raises UsageError for a column that is none."""
        subjects = [(item, subject) for item in items if (subject := self._subject(item)) is not None]
        return self.in_order(subjects, sort)

    def in_order(self, subjects: Sequence[tuple[I, S]], sort: str) -> list[I]:
        """The same for items whose subjects are at hand."""
        by_subject = {id(subject): item for item, subject in subjects}
        return [by_subject[id(subject)] for subject in self._fields.sort([each for _, each in subjects], sort)]

    def search(self, items: Sequence[I], queries: Sequence[Query], sort: str) -> Search[I, S]:
        """The same for many items, in steps. Raises UsageError for a column that is none."""
        self._fields.sort([], sort)
        return Search(self, items, tuple(queries), sort)

    def _test(self, wanted: Query) -> Test:
        desk = self._desk
        return wanted.at(Moment(now=desk.now(), zone=desk.policy.zone, calendar=desk.policy.calendar))

    def _passes(self, item: I, tests: Sequence[Test]) -> S | None:
        subject = self._subject(item)
        if subject is None:
            return None
        shown = self._text(item) if self._text is not None else self._fields.text(subject)
        row = self._fields.row(subject)
        return subject if all(test(row, shown) for test in tests) else None

    @property
    def columns(self) -> tuple[str, ...]:
        """What can be sorted by."""
        return self._fields.names

    @property
    def flags(self) -> tuple[str, ...]:
        """What may follow `is:`."""
        return self._fields.flags


class Search(Generic[I, S]):
    """A search that goes on between two looks at the keyboard, and shows what it has found so far."""

    def __init__(self, finder: Finder[I, S], items: Sequence[I], queries: tuple[Query, ...], sort: str) -> None:
        self.items, self.sort = items, sort
        self.wanted = (*map(str, queries), sort)
        """What tells this search from another one over the same items."""
        self.done = 0
        self._finder = finder
        self._tests = [finder._test(wanted) for wanted in queries]  # noqa: SLF001 - its other half
        self._found: list[I] = []
        self._subjects: list[tuple[I, S]] = []

    @property
    def finished(self) -> bool:
        """Whether every item was looked at."""
        return self.done >= len(self.items)

    @property
    def found(self) -> list[I]:
        """What was found so far; in the order of the items until the last one was looked at."""
        return self._finder.in_order(self._subjects, self.sort) if self.sort and self.finished else self._found

    def step(self) -> None:
        """Looks at a few more: about ten milliseconds."""
        end = min(self.done + STEP, len(self.items))
        for item in self.items[self.done : end]:
            subject = self._finder._passes(item, self._tests)  # noqa: SLF001 - its other half
            if subject is not None:
                self._found.append(item)
                if self.sort:
                    self._subjects.append((item, subject))
        self.done = end


def _nothing(name: str) -> None:
    raise UsageError(name)
