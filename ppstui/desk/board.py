"""What is known, with pending actions laid over it; all that a face reads."""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING, TypeVar

from ppstui.desk.judging import UNDER_WAY, Scene, overlaid, place, standing_of
from ppstui.errors import StoreError
from ppstui.model import REGISTRY_KINDS, Bulletin, Kind, Pilot, Publish, Rollout, about_bulletins, about_registry
from ppstui.rules.rollouts import Standing
from ppstui.store import Place, Tally

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Sequence

    from ppstui.desk.books import Books
    from ppstui.desk.sources import SourceStatus
    from ppstui.model import Commitment, Entry, Record, Ref
    from ppstui.rules.pilots import PilotStanding
    from ppstui.rules.policy import Policy
    from ppstui.rules.registry import Registry
    from ppstui.store import Cache, Placed

_T = TypeVar("_T")

_REMEMBERED = 1000
"""How many decoded records and standings are kept: several screens of them, a few megabytes."""


class Line:
    """One record on the board, cheap to hold by the hundred thousand: decoded and judged only when somebody looks."""

    __slots__ = ("changes_at", "live", "ref", "text", "urgency")

    ref: Ref
    urgency: float
    """Smaller presses more: the order of the board."""
    text: str
    """Everything shown of it, case-folded, for filtering by bare words."""
    live: bool
    """Whether somebody may still have to act on it."""
    changes_at: dt.datetime | None
    """Until then it stands as it is, as long as the record does; None: for ever."""

    def __init__(self, ref: Ref, at: Place) -> None:
        self.ref = ref
        self.live, self.urgency, self.changes_at, self.text = at

    @property
    def place(self) -> Place:
        """Its standing on the board, as one value to compare."""
        return Place(self.live, self.urgency, self.changes_at, self.text)


class Board:
    """What is known, and all that widgets read. Pending actions are laid over the facts."""

    def __init__(
        self,
        cache: Cache,
        policy: Policy,
        clock: Callable[[], dt.datetime],
        statuses: Callable[[], tuple[SourceStatus, ...]],
        say: Callable[[str], None],
        *,
        registered: bool = False,
    ) -> None:
        """`registered`: whether some source keeps a registry, so that sites can be held to their levels."""
        self._cache = cache
        self._policy = policy
        self._clock = clock
        self._statuses = statuses
        self._say = say
        self._registered = registered
        self._opened: Books | None = None
        self._unsettled = False
        self._lines: dict[Kind, dict[Ref, Line]] = {kind: {} for kind in Kind}
        self._order = {(kind, live): _Order() for kind in Kind for live in (True, False)}
        self._joined: dict[Kind, tuple[list[Line], list[Line], list[Line]]] = {}
        self._tally = dict.fromkeys(Kind, Tally(0, 0))
        self._complete: set[Kind] = set()
        self._entries: dict[int, Entry] = {}
        self._about: dict[Ref, tuple[Entry, ...]] | None = None
        self._raw: dict[Ref, Record] = {}
        self._shown: dict[Ref, Record] = {}
        self._standings: dict[Ref, Standing | PilotStanding | None] = {}

    def count(self, kind: Kind, *, closed: bool = False) -> int:
        """How many there are, also while not all are loaded yet."""
        if kind in self._complete:
            live, done = len(self._order[kind, True]), len(self._order[kind, False])
        else:
            live, done = self._tally[kind]
        return live + done if closed else live

    def lines(self, kind: Kind, *, closed: bool = False) -> Sequence[Line]:
        """The loaded ones, most pressing first; without `closed` only records somebody may still have to act on.

        What is returned never changes; after the next change there is another sequence.
        """
        live = self._order[kind, True].snapshot()
        if not closed:
            return live
        done = self._order[kind, False].snapshot()
        known = self._joined.get(kind)
        if known is None or known[0] is not live or known[1] is not done:
            known = self._joined[kind] = (live, done, live + done)
        return known[2]

    def rollout(self, ref: Ref) -> Rollout | None:
        """One rollout with what is pending laid over it; None when unknown."""
        record = self.record(ref)
        return record if isinstance(record, Rollout) else None

    def standing(self, ref: Ref) -> Standing | None:
        """Where that rollout stands now; remembered until it may change."""
        found = self._standing(ref.whole)
        return found if isinstance(found, Standing) else None

    def pilot(self, ref: Ref) -> Pilot | None:
        """One pilot with what is pending laid over it; None when unknown."""
        record = self.record(ref)
        return record if isinstance(record, Pilot) else None

    def pilot_standing(self, ref: Ref) -> PilotStanding | None:
        """Where that pilot stands now; remembered until it may change."""
        found = self._standing(ref.whole)
        return None if isinstance(found, Standing) else found

    def registry(self, source: str = "") -> Registry:
        """Partners, commitments and wishes with what is pending laid over them: one source's, or all there are ("")."""
        return self._books.registry(source)

    def known_registry(self, source: str) -> Registry:
        """The registry as its source last had it, without what is pending."""
        return self._books.known(source)

    @property
    def commitments(self) -> tuple[Commitment, ...] | None:
        """Everybody's commitments; None when no source keeps any: then nobody can be held to one."""
        return self._books.registry().commitments if self._registered else None

    def bulletin(self, ref: Ref) -> Bulletin | None:
        """One issue with what is pending laid over it, also one that is asked for and not there yet; None: unknown."""
        record = self.record(ref)
        if record is None:
            asked = [
                entry for entry in self.entries(ref) if about_bulletins(entry.command) and entry.state in UNDER_WAY
            ]
            if not asked or isinstance(asked[0].command, Publish):
                return None
            from ppstui.rules.bulletin.commands import blank

            return overlaid(blank(ref), asked, self._policy)
        return record if isinstance(record, Bulletin) else None

    def record(self, ref: Ref) -> Record | None:
        """Any record, by reference, with what is pending laid over it; None when unknown."""
        ref = ref.whole
        shown = self._shown.get(ref)
        if shown is None:
            record = self.known(ref)
            if record is None:
                return None
            shown = overlaid(record, self.entries(ref), self._policy)
            _remember(self._shown, ref, shown)
        return shown

    def entries(self, ref: Ref | None = None) -> tuple[Entry, ...]:
        """The outbox, newest first: all, or those about one record."""
        if ref is None:
            return tuple(sorted(self._entries.values(), key=lambda entry: -entry.id))
        if self._about is None:
            about: dict[Ref, list[Entry]] = {}
            for entry in self.entries():
                about.setdefault(entry.command.target, []).append(entry)
            self._about = {target: tuple(entries) for target, entries in about.items()}
        return self._about.get(ref.whole, ())

    def sources(self) -> tuple[SourceStatus, ...]:
        """Every source in configured order."""
        return self._statuses()

    def known(self, ref: Ref) -> Record | None:
        """The record as its source last had it, without what is pending."""
        ref = ref.whole
        record = self._raw.get(ref)
        if record is None:
            for kind in Kind:
                if ref in self._lines[kind] or kind not in self._complete:
                    record = self._read(kind, ref)
                if record is not None:
                    _remember(self._raw, ref, record)
                    break
        return record

    def scene(self, kind: Kind) -> Scene:
        """What records of that kind are judged by now."""
        return Scene(self._policy, self._clock(), self.commitments if kind is Kind.PILOT else None)

    @property
    def _books(self) -> Books:
        if self._opened is None:
            from ppstui.desk.books import Books  # no registry is in the first frame

            self._opened = Books(self._cache, self._entries.values, self._say)
        return self._opened

    def _standing(self, ref: Ref) -> Standing | PilotStanding | None:
        now = self._clock()
        if ref in self._standings:
            found = self._standings[ref]
            if found is None or found.changes_at is None or found.changes_at > now:
                return found
        record = self.record(ref)
        if record is None:
            return None
        found = standing_of(record, self.scene(record.kind), self.entries(ref))
        _remember(self._standings, ref, found)
        return found

    def _read(self, kind: Kind, ref: Ref) -> Record | None:
        try:
            return self._cache.get(kind, ref)
        except StoreError as error:
            self._say(str(error))
            return None

    # --------------------------------------------------------------------------------- for the desk: what comes in

    def fill(self, kind: Kind, placed: Iterable[Placed], tally: Tally | None = None) -> None:
        """Adds stored lines that are not there yet; what came in since is newer than the store."""
        lines = self._lines[kind]
        pending = {entry.command.target for entry in self._entries.values() if entry.state.pending}
        for ref, at in placed:
            if ref not in lines:
                line = lines[ref] = Line(ref, self._with_pending(ref, at) if ref in pending else at)
                self._order[kind, line.live].add(line)
        for live in (True, False):
            # Now, while they come in order: sorting a hundred thousand at once would be felt.
            self._order[kind, live].take_in()
        if tally is not None:
            self._tally[kind] = tally

    def recall(self, records: Iterable[Record]) -> None:
        """Records as the store has them, of lines that are there: they need not be read one by one."""
        for record in records:
            if record.ref in self._lines[record.kind]:
                _remember(self._raw, record.ref, record)

    def completed(self, kind: Kind) -> None:
        """Every stored line of this kind is on the board now."""
        self._complete.add(kind)

    def put(self, record: Record, at: Place) -> None:
        """A record came in or changed; `at` is its place without what is pending."""
        self._forget(record.kind, record.ref)
        _remember(self._raw, record.ref, record)
        self._place(record.kind, record.ref, self._with_pending(record.ref, at))

    def renewed(self, kind: Kind, ref: Ref, at: Place) -> None:
        """A record came in or changed in the store, without passing here."""
        self._forget(kind, ref)
        self._place(kind, ref, self._with_pending(ref, at))

    def drop(self, kind: Kind, ref: Ref) -> None:
        """A record went."""
        self._forget(kind, ref)
        line = self._lines[kind].pop(ref, None)
        if line is not None:
            self._order[kind, line.live].remove(line)

    def moved(self, kind: Kind, ref: Ref, at: Place) -> bool:
        """A record's place changed as time passed. Whether that shows."""
        old = self._lines[kind].get(ref)
        if old is None:
            return False
        self._standings.pop(ref, None)
        at = self._with_pending(ref, at)
        self._place(kind, ref, at)
        return at._replace(changes_at=None) != old.place._replace(changes_at=None)

    def unsettled(self) -> tuple[Ref, ...]:
        """The pilots, once after what they are held to has changed: they are to be judged again."""
        refs = tuple(self._lines[Kind.PILOT]) if self._unsettled else ()
        self._unsettled = False
        return refs

    def counted(self, kind: Kind, tally: Tally) -> None:
        """How many the store holds now."""
        self._tally[kind] = tally

    def put_entries(self, entries: Iterable[Entry]) -> tuple[Entry, ...]:
        """Entries as the outbox has them now. Returns those that differ, and lays them over their records."""
        differing = tuple(entry for entry in entries if self._entries.get(entry.id) != entry)
        for entry in differing:
            self._entries[entry.id] = entry
        if differing:
            self._about = None
        for ref in {entry.command.target for entry in differing}:
            self._relaid(ref)
        if any(about_registry(entry.command) for entry in differing):
            if self._opened is not None:
                self._opened.queued()
            self._rebooked()
        return differing

    def entry(self, entry_id: int) -> Entry | None:
        """One entry of the outbox."""
        return self._entries.get(entry_id)

    def _relaid(self, ref: Ref) -> None:
        self._shown.pop(ref, None)
        self._standings.pop(ref, None)
        record = self.known(ref)
        if record is not None and ref in self._lines[record.kind]:
            self._place(record.kind, ref, self._with_pending(ref, None))

    def _with_pending(self, ref: Ref, at: Place | None) -> Place:
        """The place with what is pending laid over the record; `at` without, when nothing is."""
        record = None
        if at is None or any(entry.state.pending for entry in self.entries(ref)):
            record = self.record(ref)
        if record is None:
            return at or Place(live=True, urgency=0.0, changes_at=None, text="")
        return place(record, self.scene(record.kind), self.entries(ref))

    def _place(self, kind: Kind, ref: Ref, at: Place) -> None:
        old = self._lines[kind].get(ref)
        if old is not None:
            if old.place == at:
                return
            self._order[kind, old.live].remove(old)
        line = self._lines[kind][ref] = Line(ref, at)
        self._order[kind, line.live].add(line)

    def _forget(self, kind: Kind, ref: Ref) -> None:
        self._raw.pop(ref, None)
        self._shown.pop(ref, None)
        self._standings.pop(ref, None)
        if kind in REGISTRY_KINDS:
            if self._opened is not None:
                self._opened.came_in()
            self._rebooked()

    def _rebooked(self) -> None:
        """What pilots are held to has changed."""
        if self._registered and self._lines[Kind.PILOT]:
            self._unsettled = True
            self._standings.clear()


def ageing(lines: Sequence[Line], now: dt.datetime) -> list[Ref]:
    """The lines whose time has come to be judged again."""
    return [line.ref for line in lines if line.changes_at is not None and line.changes_at <= now]


class _Order:
    """Lines by urgency. A snapshot is never touched again; the next one is a changed copy, made when asked for."""

    __slots__ = ("_come", "_gone", "_handed_out", "_lines", "_n")

    def __init__(self) -> None:
        self._lines: list[Line] = []
        self._come: dict[int, Line] = {}
        self._gone: dict[int, Line] = {}
        self._handed_out = False
        self._n = 0

    def __len__(self) -> int:
        return self._n

    def add(self, line: Line) -> None:
        self._come[id(line)] = line
        self._n += 1

    def remove(self, line: Line) -> None:
        if self._come.pop(id(line), None) is None:
            self._gone[id(line)] = line
        self._n -= 1

    def snapshot(self) -> list[Line]:
        self.take_in()
        self._handed_out = True
        return self._lines

    def take_in(self) -> None:
        """Puts what came where it belongs, and takes out what went."""
        if not self._come and not self._gone:
            return
        lines = list(self._lines) if self._handed_out else self._lines
        come = sorted(self._come.values(), key=_key)
        if not self._gone and (not lines or _key(lines[-1]) <= _key(come[0])):
            lines.extend(come)
        elif len(come) + len(self._gone) > max(50, len(lines) // 20):
            lines = [line for line in lines if id(line) not in self._gone]
            lines.extend(come)
            lines.sort(key=_key)
        else:
            for line in self._gone.values():
                del lines[bisect.bisect_left(lines, _key(line), key=_key)]
            for line in come:
                bisect.insort(lines, line, key=_key)
        self._lines, self._come, self._gone, self._handed_out = lines, {}, {}, False


def _key(line: Line) -> tuple[float, Ref]:
    return line.urgency, line.ref


def _remember(kept: dict[Ref, _T], ref: Ref, thing: _T) -> None:
    """Keeps the newest `_REMEMBERED`; the oldest goes first, which is near enough to the least used."""
    if len(kept) >= _REMEMBERED:
        del kept[next(iter(kept))]
    kept[ref] = thing
