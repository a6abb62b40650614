"""`ppstui watch`: what needs attention now, then one line per change; lines are only ever added."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING, NamedTuple

from ppstui.cli.failing import DONE
from ppstui.desk import Changed, OutboxChanged, Said, SourceChanged
from ppstui.errors import UsageError
from ppstui.model import Kind, Ref, State
from ppstui.query import Moment, parse
from ppstui.views import fields, words
from ppstui.views.plain import clean
from ppstui.views.records import instant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ppstui.cli.office import Office
    from ppstui.desk import Event
    from ppstui.model import Rollout
    from ppstui.query import Query
    from ppstui.rules.rollouts import Standing


_LONGEST = 500
"""Characters of a line: a screen reader should not have to read out a title of ten thousand."""


async def watch(office: Office) -> int:
    """The command; ends cleanly at Ctrl-C, at SIGTERM, or when nobody reads any more."""
    try:
        query = parse(office.options.where or "", fields.ROLLOUTS.kinds, fields.ROLLOUTS.flags)
    except UsageError as error:
        raise UsageError(f"watch: {error}") from error
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    try:
        await _watch(office, Watcher(office, query), stopped)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
    return DONE


async def _watch(office: Office, watcher: Watcher, stopped: asyncio.Event) -> None:
    await office.fill()
    ending = asyncio.ensure_future(stopped.wait())
    reading = asyncio.ensure_future(office.read(Kind.ROLLOUT, everything=False))
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
    """What was last said of a rollout."""

    title: str
    stage: str
    status: str
    owner: str
    outcome: str
    document: str
    teams: dict[str, str]
    needs: dict[tuple[str, str], str]


class Watcher:
    """Says changes by comparing what was seen with what is."""

    def __init__(self, office: Office, query: Query) -> None:
        self._office, self._query = office, query
        self._seen: dict[Ref, _Seen] = {}
        self._sources: dict[str, str] = {}

    def begin(self) -> None:
        """The present attention list, most pressing first."""
        for rollout, standing in self._office.rollouts():
            if not self._wanted(rollout, standing):
                continue
            self._seen[rollout.ref] = _seen(rollout, standing)
            for entry in standing.attention:
                mark = words.SEVERITIES[entry.severity].word
                said = words.attention(entry, self._office.desk.now())
                self._say(f"{rollout.ref} {mark}: {said}; {words.MOVERS[entry.mover].word}'s move: {rollout.title}")
        for status in self._office.board.sources():
            self._source(status.name)

    def tell(self, event: Event) -> None:
        """The lines of one event; none when nothing that is shown has changed."""
        match event:
            case Changed(kind=Kind.ROLLOUT, refs=refs):
                every = [line.ref for line in self._office.board.lines(Kind.ROLLOUT, closed=True)]
                for ref in sorted(refs) if refs is not None else sorted({*every, *self._seen}):
                    self._rollout(ref)
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

    def _rollout(self, ref: Ref) -> None:
        rollout = self._office.board.rollout(ref)
        before = self._seen.get(ref)
        if rollout is None:
            if before is not None:
                del self._seen[ref]
                self._say(f"{ref} gone: {before.title}")
            return
        standing = self._office.standing(rollout)
        if not self._wanted(rollout, standing):
            if before is not None:
                del self._seen[ref]
                self._say(f"{ref} no longer matches: {words.STAGES[standing.stage].word}: {rollout.title}")
            return
        now = self._seen[ref] = _seen(rollout, standing)
        if before is None:
            if rollout.phase.live:
                self._say(f"{ref} new: {words.STAGES[standing.stage].word}: {rollout.title}")
            return
        for change in _changes(before, now):
            self._say(f"{ref} {change}: {rollout.title}")

    def _wanted(self, rollout: Rollout, standing: Standing) -> bool:
        office = self._office
        subject = fields.Subject(rollout, standing, office.board.entries(rollout.ref), office.me)
        moment = Moment(now=office.desk.now(), zone=office.zone, calendar=office.desk.policy.calendar)
        return self._query.matches(fields.ROLLOUTS.row(subject), fields.ROLLOUTS.text(subject), moment)

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


def _changes(before: _Seen, now: _Seen) -> Iterator[str]:
    """What differs, in words."""
    for name in ("title", "stage", "status", "owner", "outcome", "document"):
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
