"""The panes as state without widgets: what each lists, filters, sorts and remembers; the table paints their answers."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import cached_property
from typing import TYPE_CHECKING, Generic, TypeVar

from msgspec import Struct, structs

from ppstui.errors import PpsError, UsageError
from ppstui.model import Kind, Ref
from ppstui.views import rows
from ppstui.views.rows import Drawing, Glance, Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ppstui.bulletin.newsroom import Newsroom
    from ppstui.config.schema import Meeting as Planned
    from ppstui.config.schema import View
    from ppstui.desk import Desk, Line
    from ppstui.model import Entry, Pilot, Rollout
    from ppstui.query import Query
    from ppstui.rules.pilots.standings import PilotStanding
    from ppstui.rules.rollouts import Standing, TeamStanding
    from ppstui.ui.finding import Finder, Search, Survey
    from ppstui.ui.issues import Issues
    from ppstui.ui.timing import TimeLine
    from ppstui.views import fields
    from ppstui.views.details import Para
    from ppstui.views.logged import Story
    from ppstui.views.pilot_fields import PilotSubject
    from ppstui.views.rows import Column

URGENCY = ""
"""The sort of the board itself: most pressing first."""

_STORIES = 100
"""Stories of entries kept."""


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

    def name_of(self, key: Hashable) -> str:
        """What stands above the details of a row."""
        return str(self.record(key) or key)

    def markable(self, key: Hashable) -> bool:  # noqa: ARG002 - as a rule every row is
        """Whether a row is something to act on."""
        return True

    @property
    def askable(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What its filter may ask for: marks, and fields."""
        raise NotImplementedError

    @property
    def tabs(self) -> tuple[str, ...]:
        """The names of its tabs."""
        return ("All", *(view.title for view in self.views))

    @property
    def view_name(self) -> str:
        """The saved view that is shown, to be shown again next time; "" for everything."""
        return self.views[self.view - 1].title if self.view else ""

    def recall(self, name: str) -> None:
        """Shows that saved view, if there is one of that name."""
        titles = [each.title for each in self.views]
        self.view = titles.index(name) + 1 if name in titles else 0

    @property
    def sorts(self) -> tuple[str, ...]:
        """What it can be sorted by: its columns that are fields."""
        return tuple(dict.fromkeys(column.id for column in self.columns if column.id != "attention"))


I = TypeVar("I")  # noqa: E741 - an item of the board
S = TypeVar("S")


class _ListPane(Pane, Generic[I, S]):
    """What the panes have in common, for whatever they list."""

    _good: Query | None = None
    _search: Search[I, S] | None = None

    def __init__(self, desk: Desk, views: Sequence[View], me: frozenset[str]) -> None:
        """`me`: how the trackers know the user, case-folded."""
        super().__init__(desk, views)
        self._me = me

    @cached_property
    def finder(self) -> Finder[I, S]:
        """Filters and sorts; made when something is to be found, for a first frame that shows everything needs none."""
        raise NotImplementedError

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
            if not (queries or sort) or self.finder.quick(everything, queries, sort):
                self._search = None
                for wanted in queries:
                    items = self.finder.found(items, wanted)
                if sort:
                    items = self.finder.sorted(items, sort)
            else:
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


class RolloutsPane(_ListPane["Line", "fields.Subject"]):
    """Every rollout somebody may still have to act on."""

    id, title, columns = "rollouts", "Rollouts", rows.ROLLOUTS
    nothing = ("No open rollouts.", "z shows closed ones too, N makes one where a source keeps its own.")

    @cached_property
    def finder(self) -> Finder[Line, fields.Subject]:
        """Asks rollouts."""
        from ppstui.ui import subjects

        return subjects.rollouts(self.desk, self._me)

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


class AcksPane(_ListPane[Ref, "fields.Part"]):
    """One line for each team of each open rollout."""

    id, title, columns = "acks", "Acknowledgements", rows.ACKS
    nothing = ("No team has been asked.", "Choose teams for a rollout in pane 1 with A.")

    @cached_property
    def finder(self) -> Finder[Ref, fields.Part]:
        """Asks teams."""
        from ppstui.ui import subjects

        return subjects.acks(self.desk, self._me)

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
    nothing = ("No pilots.", "N makes one where a source keeps them; z shows those that are over too.")

    def __init__(self, desk: Desk, views: Sequence[View], me: frozenset[str], meetings: Sequence[Planned] = ()) -> None:
        """`meetings`: those of the configuration, marked on the line."""
        super().__init__(desk, views, me)
        self._meetings = meetings

    @cached_property
    def finder(self) -> Finder[Line, PilotSubject]:
        """Asks pilots."""
        from ppstui.ui import subjects

        return subjects.pilots(self.desk, self._me)

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


class BulletinPane(Pane):
    """The issue of the bulletin that is worked on. Everything that it is made with is read when it is first opened."""

    id, title, columns = "bulletin", "Bulletin", ()
    nothing: tuple[str, ...] = ("No bulletin can be made here.", "[bulletin.NAME] in the configuration describes one.")

    def __init__(self, desk: Desk, newsroom: Callable[[], Newsroom] | None) -> None:
        """`newsroom`: makes what issues are made with."""
        super().__init__(desk, ())
        self._newsroom, self._wanted = newsroom, ""
        self._issues: Issues | None = None

    def opened(self) -> Issues | None:
        """The issues, made now if they are not there yet; None where none can be. Raises UsageError, StoreError."""
        if self._issues is None and self._newsroom is not None:
            from ppstui.ui.issues import Issues

            self._issues = Issues(self.desk, self._newsroom)
            self._issues.choose(self._wanted)
            self.view = self._issues.at
        return self._issues

    @property
    def issues(self) -> Issues | None:
        """The issues, once the pane was opened."""
        return self._issues

    def listing(self, survey: Survey, glance: Glance, *, typing: bool = False) -> Listing:  # noqa: ARG002
        """The rows of the issue as it is now."""
        try:
            issues = self.opened()
            if issues is None:
                return Listing((), 0, lambda _: rows.gone_row(1, ""))
            if issues.at != self.view:
                issues.at, issues.chosen = self.view, ""
            found = issues.listing(glance)
        except PpsError as error:
            self.nothing = ("The bulletin cannot be shown.", str(error))
            return Listing((), 0, lambda _: rows.gone_row(1, ""), str(error))
        self.nothing = issues.nothing
        return found

    def search_on(self) -> bool:
        """Nothing is searched."""
        return False

    def counts(self, survey: Survey) -> Iterator[tuple[int, int]]:  # noqa: ARG002
        """Issues are not counted."""
        return iter(())

    def waiting(self, survey: Survey) -> int | None:  # noqa: ARG002 - the issue knows
        """Lines with new facts, once the pane was opened."""
        return self._issues.sheet.open if self._issues else None

    def details(self, key: Hashable, glance: Glance, *, history: bool) -> tuple[Para, ...]:  # noqa: ARG002
        """A line, a target or the issue, whole."""
        return self._issues.details(key, glance) if self._issues else ()

    def record(self, key: Hashable) -> Ref | None:
        """The first record of a line."""
        return self._issues.record(key) if self._issues else None

    def name_of(self, key: Hashable) -> str:
        """The record, else the issue."""
        return str(self.record(key) or (self._issues.sheet.issue if self._issues else ""))

    def markable(self, key: Hashable) -> bool:
        """Lines are, headings are not."""
        return self._issues is not None and self._issues.line(key) is not None

    @property
    def askable(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Nothing: it has no filter."""
        return (), ()

    @property
    def tabs(self) -> tuple[str, ...]:
        """The audiences."""
        return self._issues.titles if self._issues else ()

    @property
    def view_name(self) -> str:
        """The audience."""
        return self._issues.audience.name if self._issues else self._wanted

    def recall(self, name: str) -> None:
        """That audience, once the pane is opened."""
        self._wanted = name


class OutboxPane(_ListPane["Entry", "fields.Queued"]):
    """Every write ever asked for, newest first."""

    id, title, columns = "outbox", "Outbox", rows.OUTBOX
    nothing = ("Nothing was sent yet.", "What you do in the other panes is kept here, and how it ended.")

    def __init__(self, desk: Desk, views: Sequence[View], me: frozenset[str]) -> None:
        """Knows no entry's story yet."""
        super().__init__(desk, views, me)
        self._stories: dict[int, tuple[Entry, Story]] = {}

    @cached_property
    def finder(self) -> Finder[Entry, fields.Queued]:
        """Asks entries."""
        from ppstui.ui import subjects

        return subjects.outbox(self.desk, self._me)

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

    def name_of(self, key: Hashable) -> str:
        """The entry's number: several may be about one record."""
        return f"entry {key}"

    def entry(self, key: Hashable) -> Entry | None:
        """The entry of this number."""
        return next((entry for entry in self.desk.board.entries() if entry.id == key), None)


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


def rollout_details(desk: Desk, key: Hashable, glance: Glance, *, history: bool) -> tuple[Para, ...]:
    """What the details say about a rollout, or about one team's part of it."""
    found = known(desk, key)
    if found is None:
        return ()
    from ppstui.views import details  # they follow the first frame

    entries = desk.board.entries(found[0].ref)
    return details.rollout(*found, entries, glance, team=part(key), history=history)
