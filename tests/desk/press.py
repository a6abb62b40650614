"""Targets that remember what was published, and how they misbehave; with a store that keeps the issues.

    press = Press(world)
    mail = press.target("mail", traces=False)
    desk = await press.opened()      # with a frozen issue

A target that leaves traces is idempotent by key, as the port demands; one that leaves none takes whatever comes, so
that a test can say "once".
"""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import TYPE_CHECKING

from msgspec import structs

from ppstui.backends.sql import SQL, SqlOptions
from ppstui.backends.targets.publisher import OFFER, Publisher
from ppstui.desk import Source
from ppstui.errors import Conflict, Doubtful, NotAuthorised
from ppstui.model import (
    Bulletin,
    Correct,
    Draft,
    Gathered,
    Kind,
    Line,
    Part,
    Publish,
    Receipt,
    Ref,
    SaveBulletin,
    State,
)
from ppstui.port import Health, Toolbox
from ppstui.rules.bulletin.guards import digest_of

if TYPE_CHECKING:
    from pathlib import Path

    from ppstui.desk import Desk
    from ppstui.port import Backend
    from tests.desk.world import World

AUDIENCE, ISSUE = "egee-operations", "2026-W47"
OF = Bulletin.ref_of("local", AUDIENCE, ISSUE)
SINCE, UNTIL = (dt.datetime(2026, 11, day, 9, tzinfo=dt.UTC) for day in (9, 16))
FACTS = Gathered(audience=AUDIENCE, issue=ISSUE, since=SINCE, until=UNTIL)
TEXT = "EGEE operations 2026-W47\n\n* VOMS: 1 EA performing the test\n"


def draft(*lines: str) -> Draft:
    """A draft of these lines."""
    own = tuple(Line(id=f"own/{number}", text=text) for number, text in enumerate(lines, 1))
    return Draft(title="EGEE operations", parts=(Part(id="status", title="Status", lines=own),))


def saving(words: Draft | None = None, **more: object) -> SaveBulletin:
    """Keeps a draft of the issue."""
    command = SaveBulletin(target=OF, audience=AUDIENCE, issue=ISSUE, gathered=FACTS, draft=words or draft("VOMS"))
    return structs.replace(command, **more)


def publishing(place: str = "mail", text: str = TEXT, **more: object) -> Publish:
    """Publishes the issue there."""
    command = Publish(
        target=Ref(f"targets.{place}", OF.id),
        of=OF,
        audience=AUDIENCE,
        issue=ISSUE,
        subject="EGEE operations 2026-W47",
        format="text",
        text=text,
    )
    return structs.replace(command, **more)


def correcting(place: str = "mail", text: str = TEXT, corrects: str = "VOMS has two", number: int = 1) -> Correct:
    """Corrects it there."""
    fields = structs.asdict(publishing(place, text))
    return Correct(**fields | {"corrects": corrects, "number": number})


class FakePlace:
    """A place where issues go, and the outlet to it."""

    def __init__(self, name: str, *, traces: bool) -> None:
        self.name, self.traces = name, traces
        self.went: list[tuple[str, str]] = []
        """Key and text of everything that readers have, oldest first."""
        self.tries = 0
        self.lose_answers = 0
        """So many of the next are taken, and no answer arrives."""
        self.failure: Exception | None = None
        """What the next end with, before anything leaves."""
        self.unknown = False
        """It does not know us."""
        self.gate: asyncio.Event | None = None
        """When set, everything waits for it before it is taken."""
        self.late: asyncio.Event | None = None
        """When set, everything waits for it after it was taken."""
        self.arrivals: asyncio.Queue[str] = asyncio.Queue()
        self.taken: asyncio.Queue[str] = asyncio.Queue()

    async def publish(self, command: Publish, key: str) -> Receipt:
        self.tries += 1
        self.arrivals.put_nowait(key)
        await asyncio.sleep(0)
        if self.unknown:
            raise NotAuthorised(f"targets.{self.name}: wrong password", source=f"targets.{self.name}")
        if self.failure is not None:
            raise self.failure
        if self.gate is not None:
            await self.gate.wait()
        there = [text for which, text in self.went if which == key]
        if not (self.traces and there):
            if self.traces and command.found != (digest_of(self.went[-1][1]) if self.went else ""):
                raise Conflict(f"targets.{self.name}: somebody changed it", source=f"targets.{self.name}")
            self.went.append((key, command.text))
        self.taken.put_nowait(key)
        if self.late is not None:
            await self.late.wait()
        if self.lose_answers:
            self.lose_answers -= 1
            raise Doubtful(f"targets.{self.name}: it took it and gave no answer", source=f"targets.{self.name}")
        return Receipt(text="250 queued", id=f"<{key}@example.org>")

    def preview(self, command: Publish) -> bytes:
        return command.text.encode()

    async def check(self) -> Health:
        if self.unknown:
            raise NotAuthorised(f"targets.{self.name}: wrong password", source=f"targets.{self.name}")
        return Health(text=f"{self.name} is a fake")

    async def aclose(self) -> None:
        pass


class Press:
    """Where the issues of a world are kept, and the places they go to."""

    def __init__(self, world: World, by: str = "", store: Path | None = None) -> None:
        """`store` is one that others use as well."""
        self.world = world
        self.places: dict[str, FakePlace] = {}
        self.store = store or world.home.parent / "bulletins.sqlite"
        options = SqlOptions(url=f"sqlite:///{self.store}", user=by or "coordinator")
        tools = Toolbox(name="local", clock=world.clock, secret=str, zone=dt.UTC)

        def opened() -> Backend:
            return SQL.open(options, tools)

        refresh = dt.timedelta(seconds=60)
        world.sources.append(
            Source("local", opened, frozenset({Kind.BULLETIN}), refresh, offers=SQL.offer.writes),
        )

    def target(self, name: str = "mail", *, traces: bool = False) -> FakePlace:
        """A new place, and a target of that name on every desk opened from now on."""
        place = self.places[name] = FakePlace(name, traces=traces)
        source = f"targets.{name}"
        self.world.sources.append(
            Source(
                source,
                lambda: Publisher(source, place),
                frozenset(),
                dt.timedelta(minutes=15),
                offers=OFFER.writes,
                traces=traces,
            )
        )
        return place

    async def opened(self, *, patience: float = 5.0) -> Desk:
        """A desk, and a frozen issue on its board."""
        desk = self.world.desk(patience=patience)
        entry = await desk.submit(saving(freeze=True))
        done = await desk.settle(entry.id, 5)
        assert done.state is State.DONE, done.last_error
        return desk
