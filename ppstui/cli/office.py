"""What every headless command works with: desk, configuration, console, and how to find things on the board."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from ppstui.cli.console import Console
from ppstui.cli.ear import Ear
from ppstui.config.schema import Config
from ppstui.desk import Desk
from ppstui.errors import BackendError, Gone, NoSuchRecord, StoreError, UsageError
from ppstui.model import Kind, Pilot, Ref, Rollout, Team
from ppstui.rules.names import read_team
from ppstui.rules.rollouts import standing as stand
from ppstui.store.unread import Unread
from ppstui.views.records import SourceRecord
from ppstui.views.words import of_source, span

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from ppstui.bulletin.newsroom import Newsroom  # noqa: TC004  nobody decodes it, and the first frame needs none
    from ppstui.desk import Board, Line
    from ppstui.model import Record
    from ppstui.rules.pilots import PilotStanding
    from ppstui.rules.rollouts import Standing, TeamStanding


def _no_newsroom() -> Newsroom:
    raise UsageError("bulletin: this desk makes none")


class Office(Struct):
    """One run of a headless command."""

    desk: Desk
    config: Config
    console: Console
    options: argparse.Namespace
    ear: Ear
    serves: dict[str, frozenset[Kind]]
    """Usable sources and the kinds they serve here."""
    me: frozenset[str] = frozenset()
    """How the trackers know the user, case-folded, as far as the configuration says."""
    silent: set[str] = set()
    """Sources that were asked and did not answer as long as a person waits."""
    broken: dict[str, tuple[frozenset[Kind], str]] = {}
    """Sources that a mistake in the configuration disables: the kinds they would serve, and the mistake."""

    unread: tuple[Unread, ...] = ()
    """What is pending in the outbox and cannot be read: nothing about the same records goes."""
    ticks: Path = Path("ticks.toml")
    """Where the duties are kept that were ticked by hand."""
    newsroom: Callable[[], Newsroom] = _no_newsroom
    """Makes what bulletins are made with."""

    @property
    def board(self) -> Board:
        """The desk's board."""
        return self.desk.board

    @property
    def zone(self) -> dt.tzinfo:
        """The zone of the desk."""
        return self.desk.policy.zone

    @property
    def ascii_only(self) -> bool:
        """Whether to write plain ASCII for people."""
        return self.options.ascii or self.config.ascii or self.console.ascii_only

    # ------------------------------------------------------------------------------------------------------ reading

    async def fill(self) -> None:
        """Puts everything that is stored on the board; of the demo world, which has no store, everything there is."""
        self.desk.begin()
        await self.desk.load()
        with suppress(StoreError):  # which has been said
            self.unread = await self.desk.unread(pending=True)
        if self.options.demo and not self.options.offline:
            await self.desk.refresh()

    async def read(self, *kinds: Kind, everything: bool) -> None:
        """Reads the sources of these kinds: all, or those not read for as long as their `refresh`; none offline."""
        if self.options.offline:
            return
        wanted_kinds = set(kinds)
        serving = [name for name, served in self.serves.items() if served & wanted_kinds]
        never = [name for name in serving if self._age(name) is None]
        wanted = serving if everything else never if len(serving) == 1 else []
        others = [name for name in serving if name not in wanted and self._aged(name)]
        if wanted or others:
            with Progress(self):
                await asyncio.gather(self.desk.refresh(wanted), *(self._while_it_answers(name) for name in others))

    async def _while_it_answers(self, name: str) -> None:
        """Reads a source beside which there is something to show, until it is done or silent for too long."""
        reading = asyncio.ensure_future(self.desk.refresh([name]))
        try:
            told = None
            while not (await asyncio.wait({reading}, timeout=self.console.patience))[0]:
                progress = next(status.progress for status in self.board.sources() if status.name == name)
                if progress == told or not progress:
                    self.silent.add(name)
                    return
                told = progress
            await reading
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    def _age(self, name: str) -> dt.timedelta | None:
        """How long ago a source was read; None when it never was."""
        read = next((status.as_of for status in self.board.sources() if status.name == name), None)
        return self.desk.now() - read if read else None

    def _aged(self, name: str) -> bool:
        """Whether a source was read longer ago than its `refresh` says, or never."""
        age = self._age(name)
        return age is None or any(
            age >= channel.source.refresh for channel in self.desk.channels() if channel.name == name
        )

    def sources(self, kinds: Iterable[Kind]) -> tuple[SourceRecord, ...]:
        """How the sources of these kinds are doing, truthfully: also those never read, and those disabled."""
        wanted, now = set(kinds), self.desk.now()
        found = [
            SourceRecord(
                name=status.name,
                ok=status.ok and status.as_of is not None and status.name not in self.silent,
                age_seconds=max(int((now - status.as_of).total_seconds()), 0) if status.as_of else None,
                error=status.error or self._silence(status.name) or (None if status.as_of else "never read"),
                note=status.note or None,
                held=status.held or None,
            )
            for status in self.board.sources()
            if self.serves.get(status.name, frozenset()) & wanted
        ]
        found.extend(
            SourceRecord(name=name, ok=False, age_seconds=None, error=problem, note=None, held=None)
            for name, (kinds_of, problem) in self.broken.items()
            if kinds_of & wanted
        )
        return tuple(found)

    def _silence(self, name: str) -> str | None:
        if name not in self.silent:
            return None
        return f"{name}: has not answered for {self.console.patience:g} s; it is asked again the next time"

    def complain_of(self, sources: Iterable[SourceRecord]) -> None:
        """Says on standard error what is wrong with each of these, as far as the reading has not just said it."""
        for source in sources:
            if source.name in self.broken:
                continue  # the mistakes in the configuration are told at the start
            if source.error and (sentence := of_source(source.name, source.error)) not in self.ear.told:
                self.console.complain(sentence)
            if source.error and source.age_seconds is not None:
                self.console.complain(f"{source.name}: was last read {span(source.age_seconds)} ago")

    def failed(self, kinds: Iterable[Kind]) -> bool:
        """Whether a source of these kinds could not be read, other than by not being asked."""
        wanted = set(kinds)
        down = any(
            not status.ok or status.name in self.silent
            for status in self.board.sources()
            if self.serves.get(status.name, frozenset()) & wanted
        )
        return down or any(kinds_of & wanted for kinds_of, _ in self.broken.values())

    # ------------------------------------------------------------------------------------------------------ finding

    def standing(self, rollout: Rollout) -> Standing:
        """Where a rollout stands now."""
        return self.board.standing(rollout.ref) or stand(rollout, self.desk.policy, self.desk.now())

    def rollouts(self, *, closed: bool = False) -> Iterable[tuple[Rollout, Standing]]:
        """The rollouts on the board, most pressing first."""
        for line in self.lines(Kind.ROLLOUT, closed=closed):
            rollout = self.board.rollout(line.ref)
            if rollout is not None:
                yield rollout, self.standing(rollout)

    def pilot_standing(self, pilot: Pilot) -> PilotStanding:
        """Where a pilot stands now."""
        from ppstui.rules.pilots import pilot_standing

        found = self.board.pilot_standing(pilot.ref)
        return found or pilot_standing(pilot, self.desk.policy, self.desk.now(), self.board.commitments)

    def pilots(self, *, closed: bool = False) -> Iterable[tuple[Pilot, PilotStanding]]:
        """The pilots on the board, most pressing first."""
        for line in self.lines(Kind.PILOT, closed=closed):
            pilot = self.board.pilot(line.ref)
            if pilot is not None:
                yield pilot, self.pilot_standing(pilot)

    def lines(self, kind: Kind, *, closed: bool = False) -> Iterable[Line]:
        """The lines of a kind, without those of sources that are not configured for it any more."""
        here = {name for name, kinds in self.serves.items() if kind in kinds}
        here |= {name for name, (kinds, _) in self.broken.items() if kind in kinds}
        return (line for line in self.board.lines(kind, closed=closed) if line.ref.source in here)

    def roster(self) -> tuple[str, ...]:
        """Every team that is known: from the configuration, the registries, and as written well on open rollouts."""
        names = dict.fromkeys(self.desk.policy.roster)
        for line in self.lines(Kind.ROLLOUT):
            rollout = self.board.rollout(line.ref)
            chosen = [each.team for each in rollout.assignments] if rollout else []
            names.update(dict.fromkeys(team for team in chosen if not read_team(team).problem))
        for line in self.lines(Kind.TEAM, closed=True):
            record = self.board.record(line.ref)
            if isinstance(record, Team):
                names[record.name] = None
        return tuple(names)

    async def find(self, ref: Ref, *, live: bool = False, insist: bool = False) -> Record:
        """The record as its source has it now where it is not on the board, only by its list columns, aged or `live`.

        When the source fails and the board has the record, that one is given and the failure is said, unless `insist`.

        Raises NoSuchRecord, BackendError.
        """
        ref = ref.whole
        self._known(ref.source)
        stored = self._stored(ref)
        if self.options.offline:
            if stored is None:
                raise NoSuchRecord(f"{ref}: not in the local store; leave --offline out to look for it at its source")
            return stored
        partly = isinstance(stored, Rollout | Pilot) and not stored.whole
        if stored is not None and not (live or insist or partly or self._aged(ref.source)):
            return stored
        if stored is None or insist:
            looked = await self.desk.look(ref)
            return self._stored(ref) or looked
        try:
            async with asyncio.timeout(self.console.patience):
                await self.desk.look(ref)
        except Gone:
            raise
        except BackendError as error:
            self.console.complain(f"{error}; what is shown was read before")
        except TimeoutError:
            self.console.complain(
                f"{ref.source}: has not answered for {self.console.patience:g} s; what is shown was read before"
            )
        return self._stored(ref) or stored

    def _stored(self, ref: Ref) -> Record | None:
        return self.board.rollout(ref) or self.board.record(ref)

    def _known(self, source: str) -> None:
        if source in self.serves:
            return
        if source in self.broken:
            raise NoSuchRecord(f"{source}: this source is disabled by a mistake: {self.broken[source][1]}")
        names = ", ".join(self.serves) or "none"
        raise NoSuchRecord(f"{source}: there is no such source; configured are {names}")

    def part(self, rollout: Rollout, name: str) -> TeamStanding:
        """One team's part of a rollout, by any of its names. Raises NoSuchRecord."""
        from ppstui.rules.answers import match_team
        from ppstui.rules.teams import team_key

        teams = self.standing(rollout).teams
        found, _ = match_team(name, [team.team for team in teams])
        for team in teams:
            if team_key(team.team) in (team_key(name), team_key(found)):
                return team
        names = ", ".join(team.team for team in teams) or "none"
        raise NoSuchRecord(f"{rollout.ref}: has no team {name[:80]}; its teams are {names}")


class Progress:
    """While sources are read: one line on standard error where a person sits there, nothing otherwise."""

    def __init__(self, office: Office) -> None:
        self._office = office
        console = office.console
        self._shown = 0
        self._quiet = not console.err.isatty() or console.env.get("TERM", "dumb") == "dumb"

    def __enter__(self) -> None:
        if not self._quiet:
            self._office.ear.hear = self._tell

    def _tell(self, _event: object) -> None:
        parts = [
            f"{status.name}: {status.progress or 'reading'}"
            for status in self._office.board.sources()
            if status.reading
        ]
        self._show("; ".join(parts))

    def _show(self, text: str) -> None:
        from ppstui.views.plain import cell_width, clean

        text = clean(text, 70)
        width = cell_width(text)
        self._office.console.err.write("\r" + text + " " * max(self._shown - width, 0) + ("\r" if not text else ""))
        self._office.console.err.flush()
        self._shown = width

    def __exit__(self, *_exc: object) -> None:
        if self._shown:
            self._show("")
        self._office.ear.hear = None


def whole_number(text: str, what: str) -> int:
    """An entry's number. Raises UsageError."""
    if not text.isascii() or not text.isdigit() or len(text) > 15:  # noqa: PLR2004 - SQLite's integers have 18 digits
        raise UsageError(f"{what}: {text[:40]!r} is not the number of an entry; ppstui outbox lists them")
    return int(text)
