"""What panes find out in steps, so that keys stay answered: filters and sorts, and what needs somebody.

It is the only place where panes meet the one filter language.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from msgspec import Struct

from ppstui.errors import UsageError
from ppstui.model import Kind, Ref
from ppstui.rules.rollouts import Severity
from ppstui.views import rows

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ppstui.desk import Desk
    from ppstui.query import Query, Test
    from ppstui.rules.rollouts import Standing, TeamStanding
    from ppstui.views.fields import Fields

AT_ONCE = 400
"""Items that are looked at in one go."""
STEP = 40

_SLICE = 50
"""Records judged between two looks at the keyboard: about ten milliseconds."""
_MOST = 10_000
"""Rollouts, and pilots, surveyed, the most pressing first: beyond them nobody reads a list of teams."""

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
        from ppstui.query import parse  # nobody filters before the first frame

        return parse(text, self._fields.kinds, self._fields.flags, typing=typing)

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
        from ppstui.query import Moment

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


# -------------------------------------------------------------------------------------------------------- the survey


class Survey(Struct):
    """What can only be said after every open record was judged; gathered in slices so that keys stay answered."""

    acks: tuple[Ref, ...] = ()
    """One reference with its team for each team of each open rollout, most pressing first."""
    rollouts_waiting: int = 0
    acks_waiting: int = 0
    pilots_waiting: int = 0
    complete: bool = False


class Surveyor:
    """Judges every open rollout and pilot, and remembers each judgement until the record or the time changes it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._known: dict[Ref, tuple[dt.datetime | None, bool, list[tuple[tuple[int, float], Ref]]]] = {}
        self._pilots: dict[Ref, tuple[dt.datetime | None, bool]] = {}

    def forget(self, refs: Iterable[Ref] | None) -> None:
        """These records changed; None: any may have."""
        if refs is None:
            self._known.clear()
            self._pilots.clear()
            return
        for ref in refs:
            self._known.pop(ref.whole, None)
            self._pilots.pop(ref.whole, None)

    def look(self) -> Iterator[Survey]:
        """Yields after each slice, so that the caller can see to the keyboard; the last one is complete."""
        found = Survey()
        acks: list[tuple[tuple[int, float], int, Ref]] = []
        now = self._desk.now()
        judged = 0
        for count, line in enumerate(self._desk.board.lines(Kind.ROLLOUT)[:_MOST]):
            known_ = self._known.get(line.ref)
            if known_ is None or (known_[0] is not None and known_[0] <= now):
                known_ = self._known[line.ref] = self._judged(line.ref)
                judged += 1
                if not judged % _SLICE:
                    yield found
            found.rollouts_waiting += known_[1]
            acks += [(pressure, count, ref) for pressure, ref in known_[2]]
        for count, line in enumerate(self._desk.board.lines(Kind.PILOT)[:_MOST], 1):
            pressing = self._pilots.get(line.ref)
            if pressing is None or (pressing[0] is not None and pressing[0] <= now):
                pressing = self._pilots[line.ref] = self._pressing(line.ref)
            found.pilots_waiting += pressing[1]
            if not count % _SLICE:
                yield found
        acks.sort(key=lambda ack: ack[:2])
        found.acks = tuple(ack[2] for ack in acks)
        found.acks_waiting = sum(ack[0][0] <= _WAITING for ack in acks)
        found.complete = True
        yield found

    def _pressing(self, ref: Ref) -> tuple[dt.datetime | None, bool]:
        """Until when it is known whether a pilot has something blocked, late or soon due; and whether it has."""
        standing = self._desk.board.pilot_standing(ref)
        if standing is None:
            return None, False
        return standing.changes_at, any(entry.severity is not Severity.INFO for entry in standing.attention)

    def _judged(self, ref: Ref) -> tuple[dt.datetime | None, bool, list[tuple[tuple[int, float], Ref]]]:
        standing = self._desk.board.standing(ref)
        if standing is None:
            return None, False, []
        teams = [(_pressure(standing, team), rows.team_ref(ref, team.team)) for team in standing.teams]
        return standing.changes_at, rows.needs_someone(standing), teams


_RANKS = {Severity.BLOCKED: 0, Severity.LATE: 1, Severity.SOON: 2, Severity.INFO: 3}
_WAITING = 2
_NEVER = float("inf")


def _pressure(standing: Standing, team: TeamStanding) -> tuple[int, float]:
    """How much one team's part presses: severity first, then the deadline."""
    first = rows.team_attention(standing, team)
    due = (first.due if first else None) or (team.due if team.answer is None else None)
    rank = _RANKS[first.severity] if first else len(_RANKS) + (team.answer is not None)
    return rank, due.timestamp() if due else _NEVER
