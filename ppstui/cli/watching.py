"""`ppstui watch`: what needs attention now, then one line per change; lines are only ever added."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from ppstui.cli.failing import DONE
from ppstui.desk import Changed, OutboxChanged, Said, SourceChanged
from ppstui.errors import UsageError
from ppstui.model import Kind, Ref, State
from ppstui.query import Moment, parse
from ppstui.views import fields, pilot_words, words
from ppstui.views.pilot_fields import PILOTS, PilotSubject
from ppstui.views.plain import clean
from ppstui.views.records import instant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ppstui.cli.office import Office
    from ppstui.desk import Event, Line
    from ppstui.model import Pilot, Rollout
    from ppstui.query import Query
    from ppstui.rules.pilots import PilotStanding
    from ppstui.rules.rollouts import Standing
    from ppstui.views.fields import Fields

_S = TypeVar("_S")

_LONGEST = 500
"""Characters of a line: a screen reader should not have to read out a title of ten thousand."""


async def watch(office: Office) -> int:
    """The command; ends cleanly at Ctrl-C, at SIGTERM, or when nobody reads any more."""
    asked = _questions(office.options.where or "")
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    try:
        await _watch(office, Watcher(office, asked), stopped)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
    return DONE


def _questions(where: str) -> dict[Kind, Query]:
    """The filter as each kind understands it; a kind that has no such field is not watched. Raises UsageError."""
    found: dict[Kind, Query] = {}
    wrong: UsageError | None = None
    for kind, asked in ((Kind.ROLLOUT, fields.ROLLOUTS), (Kind.PILOT, PILOTS)):
        try:
            found[kind] = parse(where, asked.kinds, asked.flags)
        except UsageError as error:
            wrong = wrong or error
    if not found and wrong:
        raise UsageError(f"watch: {wrong}") from wrong
    return found


async def _watch(office: Office, watcher: Watcher, stopped: asyncio.Event) -> None:
    await office.fill()
    ending = asyncio.ensure_future(stopped.wait())
    reading = asyncio.ensure_future(office.read(*watcher.kinds, everything=False))
    await asyncio.wait({reading, ending}, return_when=asyncio.FIRST_COMPLETED)
    if not reading.done():
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        return
    reading.result()
    watcher.begin()
    if office.options.once:
        ending.cancel()
        return
    events: asyncio.Queue[Event] = asyncio.Queue()
    office.ear.hear = events.put_nowait
    office.ear.takes_sentences = True
    running = asyncio.ensure_future(office.desk.run())
    try:
        while not stopped.is_set():
            following = asyncio.ensure_future(events.get())
            await asyncio.wait({following, ending, running}, return_when=asyncio.FIRST_COMPLETED)
            if following.done():
                watcher.tell(following.result())
            else:
                following.cancel()
            if running.done():
                running.result()
                return
    finally:
        office.ear.hear = None
        office.ear.takes_sentences = False
        for task in (running, ending):
            task.cancel()
        await asyncio.gather(running, ending, return_exceptions=True)


class _Seen(NamedTuple):
    """What was last said of a record."""

    title: str
    stage: str
    status: str
    owner: str
    outcome: str
    document: str
    teams: dict[str, str]
    """The teams of a rollout, the steps of a pilot, each with its state."""
    needs: dict[tuple[str, str], str]
    ends: str = ""


class Watcher:
    """Says changes by comparing what was seen with what is."""

    def __init__(self, office: Office, asked: Mapping[Kind, Query]) -> None:
        self._office, self._asked = office, asked
        self._seen: dict[Ref, _Seen] = {}
        self._sources: dict[str, str] = {}

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """What is watched."""
        return tuple(self._asked)

    def begin(self) -> None:
        """The present attention list, most pressing first: the rollouts, then the pilots."""
        for rollout, standing in self._office.rollouts():
            if not self._wanted(rollout, standing):
                continue
            self._seen[rollout.ref] = _seen(rollout, standing)
            for entry in standing.attention:
                mark = words.SEVERITIES[entry.severity].word
                said = words.attention(entry, self._office.desk.now())
                self._say(f"{rollout.ref} {mark}: {said}; {words.MOVERS[entry.mover].word}'s move: {rollout.title}")
        for pilot, found in self._office.pilots():
            if not self._wanted_pilot(pilot, found):
                continue
            self._seen[pilot.ref] = _seen_pilot(pilot, found)
            for need in found.attention:
                mark = words.SEVERITIES[need.severity].word
                left = f" ({words.left(need.due, self._office.desk.now())})" if need.due else ""
                whose = need.mover.value.replace("-", " ")
                self._say(f"{pilot.ref} {mark}: {need.text}{left}; {whose}'s move: {pilot.title}")
        for status in self._office.board.sources():
            self._source(status.name)

    def tell(self, event: Event) -> None:
        """The lines of one event; none when nothing that is shown has changed."""
        match event:
            case Changed(kind=kind, refs=refs) if kind in self._asked:
                for ref in sorted(refs if refs is not None else self._every(kind)):
                    self._record(kind, ref)
            case OutboxChanged(entry=entry):
                if entry.state is not State.SENDING:
                    said = f": {entry.last_error or entry.receipt}" if entry.last_error or entry.receipt else ""
                    title = words.command_title(entry.command)
                    self._say(f"outbox {entry.id} {words.ENTRIES[entry.state].word}: {title}{said}")
            case SourceChanged(source=name):
                self._source(name)
            case Said(text=text):
                self._say(text)

    def _source(self, name: str) -> None:
        status = next((each for each in self._office.board.sources() if each.name == name), None)
        if status is None or status.reading:
            return
        said = status.error or status.held or "ok"
        before = self._sources.get(name)
        self._sources[name] = said
        if said != before and (said != "ok" or before is not None):
            said = said.removeprefix(f"{name}: ")
            self._say(f"source {name}: {'reads again' if said == 'ok' else said}")

    def _every(self, kind: Kind) -> set[Ref]:
        """Everything of a kind that is there or was spoken of."""
        others = {line.ref for each in self._asked if each is not kind for line in self._lines(each)}
        return {line.ref for line in self._lines(kind)} | (self._seen.keys() - others)

    def _lines(self, kind: Kind) -> Sequence[Line]:
        return self._office.board.lines(kind, closed=True)

    def _record(self, kind: Kind, ref: Ref) -> None:
        before, now = self._seen.get(ref), self._looked(kind, ref)
        if now is None:
            if before is not None:
                del self._seen[ref]
                self._say(f"{ref} gone: {before.title}")
            return
        seen, live, wanted = now
        if not wanted:
            if before is not None:
                del self._seen[ref]
                self._say(f"{ref} no longer matches: {seen.stage}: {seen.title}")
            return
        self._seen[ref] = seen
        if before is None:
            if live:
                self._say(f"{ref} new: {seen.stage}: {seen.title}")
            return
        for change in _changes(before, seen):
            self._say(f"{ref} {change}: {seen.title}")

    def _looked(self, kind: Kind, ref: Ref) -> tuple[_Seen, bool, bool] | None:
        """What a record is now, whether it is live, and whether it is wanted; None when it is gone."""
        if kind is Kind.PILOT:
            pilot = self._office.board.pilot(ref)
            if pilot is None:
                return None
            found = self._office.pilot_standing(pilot)
            return _seen_pilot(pilot, found), found.state.live, self._wanted_pilot(pilot, found)
        rollout = self._office.board.rollout(ref)
        if rollout is None:
            return None
        standing = self._office.standing(rollout)
        return _seen(rollout, standing), rollout.phase.live, self._wanted(rollout, standing)

    def _wanted(self, rollout: Rollout, standing: Standing) -> bool:
        office = self._office
        subject = fields.Subject(rollout, standing, office.board.entries(rollout.ref), office.me)
        return self._passes(Kind.ROLLOUT, fields.ROLLOUTS, subject)

    def _wanted_pilot(self, pilot: Pilot, standing: PilotStanding) -> bool:
        office = self._office
        subject = PilotSubject(pilot, standing, office.board.entries(pilot.ref), office.me)
        return self._passes(Kind.PILOT, PILOTS, subject)

    def _passes(self, kind: Kind, asked: Fields[_S], subject: _S) -> bool:
        office = self._office
        query = self._asked.get(kind)
        moment = Moment(now=office.desk.now(), zone=office.zone, calendar=office.desk.policy.calendar)
        return query is not None and query.matches(asked.row(subject), asked.text(subject), moment)

    def _say(self, text: str) -> None:
        office = self._office
        shown = clean(text, _LONGEST, ascii_only=office.ascii_only)
        office.console.say(f"{instant(office.desk.now(), office.zone)} {shown}")
        office.console.out.flush()


def _seen(rollout: Rollout, standing: Standing) -> _Seen:
    return _Seen(
        title=rollout.title,
        stage=words.STAGES[standing.stage].word,
        status=rollout.status,
        owner=rollout.owner,
        outcome=rollout.outcome,
        document=rollout.document,
        teams={team.team: words.TEAMS[team.state].word for team in standing.teams},
        needs={(entry.code.value, entry.team): entry.text for entry in standing.attention},
    )


def _seen_pilot(pilot: Pilot, standing: PilotStanding) -> _Seen:
    return _Seen(
        title=pilot.title,
        stage=pilot_words.PILOT_STATES[standing.state].word,
        status=pilot.status,
        owner=pilot.coordinator,
        outcome="",
        document="",
        teams={f"step {step.number}, {step.what}": step.state.value for step in standing.steps},
        needs={(entry.code.value, f"{entry.step} {entry.site}"): entry.text for entry in standing.attention},
        ends=standing.end.isoformat() if standing.end else "",
    )


def _changes(before: _Seen, now: _Seen) -> Iterator[str]:
    """What differs, in words."""
    for name in ("title", "stage", "status", "owner", "outcome", "document", "ends"):
        was, is_now = getattr(before, name), getattr(now, name)
        if was != is_now:
            yield f"{name} {was or 'none'} -> {is_now or 'none'}"
    for team in (*now.teams, *(each for each in before.teams if each not in now.teams)):
        was, is_now = before.teams.get(team, "not chosen"), now.teams.get(team, "not chosen")
        if was != is_now:
            yield f"{team} {was} -> {is_now}"
    for key, text in now.needs.items():
        if key not in before.needs:
            yield f"needs attention: {text}"
    for key, text in before.needs.items():
        if key not in now.needs:
            yield f"settled: {text}"
