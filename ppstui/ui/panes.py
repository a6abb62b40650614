"""The panes as state without widgets: what each lists, filters, sorts and remembers; the table paints their answers."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import cached_property
from typing import TYPE_CHECKING, Generic, TypeVar

from msgspec import Struct, structs

from ppstui.errors import UsageError
from ppstui.model import Kind, Ref
from ppstui.rules.rollouts import Severity
from ppstui.ui.finding import Finder, Search
from ppstui.views import details, fields, rows
from ppstui.views.rows import Drawing, Glance, Row

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Sequence

    from ppstui.config.schema import Meeting as Planned
    from ppstui.config.schema import View
    from ppstui.desk import Desk, Line
    from ppstui.model import Entry, Pilot, Rollout
    from ppstui.query import Query
    from ppstui.rules.pilots.standings import PilotStanding
    from ppstui.rules.rollouts import Standing, TeamStanding
    from ppstui.ui.timing import TimeLine
    from ppstui.views.details import Para
    from ppstui.views.logged import Story
    from ppstui.views.pilot_fields import PilotSubject
    from ppstui.views.rows import Column

URGENCY = ""
"""The sort of the board itself: most pressing first."""

_SLICE = 50
"""Records judged between two looks at the keyboard: about ten milliseconds."""
_STORIES = 100
"""Stories of entries kept."""
_MOST = 10_000
"""Rollouts, and pilots, surveyed, the most pressing first: beyond them nobody reads a list of teams."""


class Survey(Struct):
    """What can only be said after every open record was judged; gathered in slices so that keys stay answered."""

    acks: tuple[Ref, ...] = ()
    """One reference with its team for each team of each open rollout, most pressing first."""
    rollouts_waiting: int = 0
    acks_waiting: int = 0
    pilots_waiting: int = 0
    complete: bool = False


class Listing(Struct, frozen=True):
    """The rows of a pane at one moment; `Table` asks it for those it paints."""

    keys: tuple[Hashable, ...]
    total: int
    """How many there are before filter and view."""
    tell: Callable[[Hashable], Row]
    problem: str = ""
    """Why the filter or the sort could not be understood; the rows are then those of the last good one."""
    searched: str = ""
    """`400 of 9000` while the search goes on, "" when these are all."""
    drawing: Drawing | None = None
    """Draws the rows whole, where they have no columns."""

    def row(self, key: Hashable) -> Row:
        """What stands in this row."""
        return self.tell(key)


class Pane:
    """One list: its columns, its saved views, its filter and sort."""

    id: str
    title: str
    columns: Sequence[Column]
    nothing: tuple[str, ...]
    """What stands there when there is nothing at all."""

    def __init__(self, desk: Desk, views: Sequence[View]) -> None:
        """`views`: those of the configuration; the first tab is always everything."""
        self.desk = desk
        self.views = tuple(views)
        self.view = 0
        self.filter = ""
        self.sort = URGENCY
        self.closed = False
        self.key: Hashable | None = None
        self.touched = False
        """Whether the person has moved about in it; until then the cursor stays on top of what comes in."""
        self.marks: set[Hashable] = set()

    # -------------------------------------------------------------------------------------------------- what is asked

    def listing(self, survey: Survey, glance: Glance, *, typing: bool = False) -> Listing:
        """The rows as view, filter and sort want them now; `typing`: the filter is still being written."""
        raise NotImplementedError

    def search_on(self) -> bool:
        """Goes on searching for a moment; False when there is nothing left to search."""
        raise NotImplementedError

    def counts(self, survey: Survey) -> Iterator[tuple[int, int]]:
        """How many each saved view holds, by its number; asked for one by one, for each may look at every record."""
        raise NotImplementedError

    def waiting(self, survey: Survey) -> int | None:
        """How many need somebody: the number in the pane's tab; None while it is not known."""
        raise NotImplementedError

    def details(self, key: Hashable, glance: Glance, *, history: bool) -> tuple[Para, ...]:
        """The record behind a row, whole."""
        raise NotImplementedError

    def record(self, key: Hashable) -> Ref | None:
        """The record behind a row; with its team when the row is about one."""
        raise NotImplementedError

    @property
    def askable(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What its filter may ask for: marks, and fields."""
        raise NotImplementedError

    @property
    def sorts(self) -> tuple[str, ...]:
        """What it can be sorted by: its columns that are fields."""
        return tuple(dict.fromkeys(column.id for column in self.columns if column.id != "attention"))


I = TypeVar("I")  # noqa: E741 - an item of the board
S = TypeVar("S")


class _ListPane(Pane, Generic[I, S]):
    """What the panes have in common, for whatever they list."""

    finder: Finder[I, S]
    _good: Query | None = None
    _search: Search[I, S] | None = None

    def items(self, survey: Survey) -> Sequence[I]:
        """Everything, most pressing first; another sequence whenever it changed."""
        raise NotImplementedError

    def key_of(self, item: I) -> Hashable:
        """What identifies the row of an item."""
        raise NotImplementedError

    def tell(self, key: Hashable, glance: Glance) -> Row:
        """What stands in a row."""
        raise NotImplementedError

    @property
    def askable(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """As the fields have it."""
        return self.finder.flags, self.finder.columns

    def listing(self, survey: Survey, glance: Glance, *, typing: bool = False) -> Listing:
        """What is quick is answered at once; the rest is searched in steps, see `search_on`."""
        everything = items = self.items(survey)
        queries, problem = self._queries(typing=typing)
        view = self.views[self.view - 1] if self.view else None
        sort = self.sort or (view.sort if view else URGENCY)
        searched = ""
        try:
            if self.finder.quick(everything, queries, sort):
                self._search = None
                for wanted in queries:
                    items = self.finder.found(items, wanted)
                if sort:
                    items = self.finder.sorted(items, sort)
            elif queries or sort:
                items, searched = self._searched(everything, queries, sort)
        except UsageError as error:
            problem = str(error)
        keys = tuple(map(self.key_of, items))
        return Listing(keys, len(everything), lambda key: self.tell(key, glance), problem, searched)

    def _queries(self, *, typing: bool) -> tuple[list[Query], str]:
        """View and filter as far as they can be understood, and what cannot."""
        queries, problem = [], ""
        view = self.views[self.view - 1] if self.view else None
        if view is not None and view.where.strip():
            try:
                queries.append(self.finder.read(view.where))
            except UsageError as error:
                problem = f"view {view.title}: {error}"
        if not self.filter.strip():
            self._good = None
            return queries, problem
        try:
            self._good = self.finder.read(self.filter, typing=typing)
        except UsageError as error:
            problem = str(error)
        return queries + ([self._good] if self._good is not None else []), problem

    def _searched(self, items: Sequence[I], queries: list[Query], sort: str) -> tuple[list[I], str]:
        search = self._search
        if search is None or search.items is not items or search.wanted != (*map(str, queries), sort):
            search = self._search = self.finder.search(items, queries, sort)
            search.step()
        return search.found, "" if search.finished else f"{search.done} of {len(items)}"

    def search_on(self) -> bool:
        """Goes on searching for a moment; False when there is nothing left to search."""
        if self._search is None or self._search.finished:
            return False
        self._search.step()
        return True

    def counts(self, survey: Survey) -> Iterator[tuple[int, int]]:
        """One view after the other; one that cannot be read, or would take long, has no number."""
        everything = self.items(survey)
        for index, view in enumerate(self.views, 1):
            try:
                wanted = self.finder.read(view.where)
            except UsageError:
                continue
            if self.finder.quick(everything, [wanted], ""):
                yield index, len(self.finder.found(everything, wanted))


class RolloutsPane(_ListPane["Line", fields.Subject]):
    """Every rollout somebody may still have to act on."""

    id, title, columns = "rollouts", "Rollouts", rows.ROLLOUTS
    nothing = ("No open rollouts.", "z shows closed ones too, n makes one where a source keeps its own.")

    def __init__(self, desk: Desk, views: Sequence[View], me: frozenset[str]) -> None:
        """`me`: how the trackers know the user, case-folded."""
        super().__init__(desk, views)
        self.finder = Finder(desk, fields.ROLLOUTS, lambda line: subject(desk, line.ref, me), lambda line: line.text)

    def items(self, survey: Survey) -> Sequence[Line]:  # noqa: ARG002 - the board knows without it
        """The board's own order."""
        return self.desk.board.lines(Kind.ROLLOUT, closed=self.closed)

    def key_of(self, item: Line) -> Hashable:
        """Its reference."""
        return item.ref

    def waiting(self, survey: Survey) -> int | None:
        """Those with something blocked, late or soon due."""
        return survey.rollouts_waiting if survey.complete else None

    def tell(self, key: Hashable, glance: Glance) -> Row:
        """A rollout's row."""
        found = known(self.desk, key)
        if found is None:
            return rows.gone_row(len(self.columns), str(key))
        return rows.rollout_row(*found, self.desk.board.entries(found[0].ref), glance)

    def details(self, key: Hashable, glance: Glance, *, history: bool) -> tuple[Para, ...]:
        """A rollout, whole."""
        return rollout_details(self.desk, key, glance, history=history)

    def record(self, key: Hashable) -> Ref | None:
        """The rollout."""
        return key if isinstance(key, Ref) else None


class AcksPane(_ListPane[Ref, fields.Part]):
    """One line for each team of each open rollout."""

    id, title, columns = "acks", "Acknowledgements", rows.ACKS
    nothing = ("No team has been asked.", "Choose teams for a rollout in pane 1 with A.")

    def __init__(self, desk: Desk, views: Sequence[View], me: frozenset[str]) -> None:
        """`me`: how the trackers know the user, case-folded."""
        super().__init__(desk, views)

        def asked(ref: Ref) -> fields.Part | None:
            whole = subject(desk, ref, me)
            team = team_of(whole.standing, ref.part) if whole else None
            return fields.Part(whole, team) if whole and team else None

        self.finder = Finder(desk, fields.ACKS, asked)

    def items(self, survey: Survey) -> Sequence[Ref]:
        """As the survey found them."""
        return survey.acks

    def key_of(self, item: Ref) -> Hashable:
        """Rollout and team."""
        return item

    def waiting(self, survey: Survey) -> int | None:
        """Teams that owe something late or soon."""
        return survey.acks_waiting if survey.complete else None

    def tell(self, key: Hashable, glance: Glance) -> Row:
        """A team's row."""
        found = known(self.desk, key)
        team = team_of(found[1], part(key)) if found else None
        if found is None or team is None:
            return rows.gone_row(len(self.columns), str(key))
        return rows.ack_row(*found, team, self.desk.board.entries(found[0].ref), glance)

    def details(self, key: Hashable, glance: Glance, *, history: bool) -> tuple[Para, ...]:
        """The team's rollout, whole, the team first."""
        return rollout_details(self.desk, key, glance, history=history)

    def record(self, key: Hashable) -> Ref | None:
        """The team's part of the rollout."""
        return key if isinstance(key, Ref) else None


class PilotsPane(_ListPane["Line", "PilotSubject"]):
    """Every pilot on a line of time. What draws it, and what it can be asked, is read when it is first looked at."""

    id, title, columns = "pilots", "Pilots", ()
    nothing = ("No pilots.", "n makes one where a source keeps them; z shows those that are over too.")

    def __init__(self, desk: Desk, views: Sequence[View], me: frozenset[str], meetings: Sequence[Planned] = ()) -> None:
        """`meetings`: those of the configuration, marked on the line."""
        super().__init__(desk, views)
        self._me, self._meetings = me, meetings

    @cached_property
    def finder(self) -> Finder[Line, PilotSubject]:  # type: ignore[override]  # made when it is first asked
        """Filters and sorts."""
        from ppstui.views.pilot_fields import PILOTS, PilotSubject

        def asked(line: Line) -> PilotSubject | None:
            found = known_pilot(self.desk, line.ref)
            return PilotSubject(*found, self.desk.board.entries(line.ref), self._me) if found else None

        return Finder(self.desk, PILOTS, asked, lambda line: line.text)

    @cached_property
    def time(self) -> TimeLine:
        """The days that are shown."""
        from ppstui.ui.timing import TimeLine, meetings_of

        return TimeLine(self.desk, meetings_of(self._meetings), Glance(self.desk.now(), self.desk.policy.zone))

    def items(self, survey: Survey) -> Sequence[Line]:  # noqa: ARG002 - the board knows without it
        """The board's own order."""
        return self.desk.board.lines(Kind.PILOT, closed=self.closed)

    def key_of(self, item: Line) -> Hashable:
        """Its reference."""
        return item.ref

    def waiting(self, survey: Survey) -> int | None:
        """Those with something blocked, late or soon due."""
        return survey.pilots_waiting if survey.complete else None

    def listing(self, survey: Survey, glance: Glance, *, typing: bool = False) -> Listing:
        """As every pane, its rows drawn on the line of time."""
        self.time.glance = glance
        return structs.replace(super().listing(survey, glance, typing=typing), drawing=self.time)

    def tell(self, key: Hashable, glance: Glance) -> Row:
        """A pilot's row by itself; the table has it drawn."""
        self.time.glance = glance
        return self.time.line(key, 80)

    def details(self, key: Hashable, glance: Glance, *, history: bool) -> tuple[Para, ...]:
        """A pilot, whole."""
        from ppstui.views import pilot_details

        found = known_pilot(self.desk, key)
        if found is None:
            return ()
        entries = self.desk.board.entries(found[0].ref)
        return pilot_details.pilot(*found, entries, self.desk.policy, glance, history=history)

    def record(self, key: Hashable) -> Ref | None:
        """The pilot."""
        return key if isinstance(key, Ref) else None

    @property
    def sorts(self) -> tuple[str, ...]:
        """What a list of pilots is put in order by."""
        return ("due", "start", "run_start", "end", "title", "service", "state", "update", "level", "whose_move", "ref")


class OutboxPane(_ListPane["Entry", fields.Queued]):
    """Every write ever asked for, newest first."""

    id, title, columns = "outbox", "Outbox", rows.OUTBOX
    nothing = ("Nothing was sent yet.", "What you do in the other panes is kept here, and how it ended.")

    def __init__(self, desk: Desk, views: Sequence[View], me: frozenset[str]) -> None:
        """`me`: how the trackers know the user, case-folded."""
        super().__init__(desk, views)
        self.finder = Finder(desk, fields.OUTBOX, lambda entry: fields.Queued(entry, me))
        self._stories: dict[int, tuple[Entry, Story]] = {}

    def items(self, survey: Survey) -> Sequence[Entry]:  # noqa: ARG002 - the outbox knows without it
        """Newest first."""
        return self.desk.board.entries()

    def key_of(self, item: Entry) -> Hashable:
        """Its number."""
        return item.id

    def waiting(self, survey: Survey) -> int | None:  # noqa: ARG002 - the outbox knows without it
        """What has not reached its server yet."""
        return sum(entry.state.pending for entry in self.desk.board.entries())

    def tell(self, key: Hashable, glance: Glance) -> Row:
        """An entry's row."""
        found = self.entry(key)
        return rows.outbox_row(found, glance) if found else rows.gone_row(len(self.columns), str(key))

    def details(self, key: Hashable, glance: Glance, *, history: bool) -> tuple[Para, ...]:  # noqa: ARG002 - has none
        """An entry, whole, with its story once `learn` knows it."""
        from ppstui.views import logged  # nobody looks here before the first frame

        found = self.entry(key)
        return logged.entry(found, glance, self._story(found)) if found else ()

    def _story(self, entry: Entry) -> Story | None:
        known_, story = self._stories.get(entry.id, (None, None))
        return story if known_ == entry else None

    def unknown(self, key: Hashable) -> Entry | None:
        """The entry of this row, when its story has to be asked for; None when it is known."""
        found = self.entry(key)
        return found if found is not None and self._story(found) is None else None

    async def learn(self, entry: Entry) -> None:
        """Asks the action log for an entry's story, which is on this disk."""
        from ppstui.views.logged import Story

        desk = self.desk
        between = await desk.differences(entry.id) if entry.conflict else ()
        story = Story(await desk.history(entry.id), await desk.exchanges(entry.id), between)
        if len(self._stories) > _STORIES:
            self._stories.clear()
        self._stories[entry.id] = (entry, story)

    def record(self, key: Hashable) -> Ref | None:
        """The record the entry is about."""
        found = self.entry(key)
        return found.command.target if found else None

    def entry(self, key: Hashable) -> Entry | None:
        """The entry of this number."""
        return next((entry for entry in self.desk.board.entries() if entry.id == key), None)


# -------------------------------------------------------------------------------------------------------- the survey


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


def known(desk: Desk, key: Hashable) -> tuple[Rollout, Standing] | None:
    """The rollout behind a key and where it stands; None when it left the board."""
    if not isinstance(key, Ref):
        return None
    rollout, standing = desk.board.rollout(key.whole), desk.board.standing(key.whole)
    return (rollout, standing) if rollout is not None and standing is not None else None


def known_pilot(desk: Desk, key: Hashable) -> tuple[Pilot, PilotStanding] | None:
    """The pilot behind a key and where it stands; None when it left the board."""
    if not isinstance(key, Ref):
        return None
    pilot, standing = desk.board.pilot(key), desk.board.pilot_standing(key)
    return (pilot, standing) if pilot is not None and standing is not None else None


def part(key: Hashable) -> str:
    """The team a key names, or ""."""
    return key.part if isinstance(key, Ref) else ""


def team_of(standing: Standing, team: str) -> TeamStanding | None:
    """One team's part of a rollout."""
    return next((each for each in standing.teams if each.team == team), None)


def subject(desk: Desk, ref: Ref, me: frozenset[str]) -> fields.Subject | None:
    """The rollout of a reference, ready to be asked."""
    found = known(desk, ref)
    return fields.Subject(*found, desk.board.entries(ref), me) if found else None


def rollout_details(desk: Desk, key: Hashable, glance: Glance, *, history: bool) -> tuple[Para, ...]:
    """What the details say about a rollout, or about one team's part of it."""
    found = known(desk, key)
    if found is None:
        return ()
    entries = desk.board.entries(found[0].ref)
    return details.rollout(*found, entries, glance, team=part(key), history=history)
