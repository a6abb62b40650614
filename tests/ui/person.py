"""A person at the keyboard: presses the keys the keymap gives, waits for what should be seen, and says what was seen
instead when it never comes. No widget is named and no time is slept away.

    async with person(tmp_path) as me:
        await me.does("rollouts.acknowledge")
        await me.sees("Acknowledge on a team's behalf")
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import time
from typing import TYPE_CHECKING, get_args

from ppstui.backends.demo import Demo, DemoOptions
from ppstui.config.schema import View, Views
from ppstui.desk import Desk, Source
from ppstui.model import Command, Kind, Ref, Rollout, State, command_name
from ppstui.port import Toolbox
from ppstui.rules.policy import Policy
from ppstui.store import open_store
from ppstui.ui.actions import Keymap
from ppstui.ui.app import Dashboard, Options, choose
from ppstui.ui.lean import pieces
from tests.desk.world import FakeMailer, World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from textual.pilot import Pilot

    from ppstui.desk import Event
    from ppstui.model import Entry

NOW = dt.datetime(2026, 11, 18, 9, 0, tzinfo=dt.UTC)
"""A Wednesday morning."""
WRITES: frozenset[type[Command]] = frozenset(get_args(Command))
VIEWS = Views(
    rollouts=(View(title="Late", where="is:late", sort="due"), View(title="Mine", where="is:mine")),
    acks=(View(title="Silent", where="is:silent"),),
)
PATIENCE = 8.0


class Ear:
    """Where the desk tells its events until the dashboard listens."""

    def __init__(self) -> None:
        self.hear: Callable[[Event], None] | None = None
        self.events: list[Event] = []

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        if self.hear is not None:
            self.hear(event)


def demo_desk(
    home: Path, ear: Ear, *, read_only: bool = False, offline: bool = False, mailer: FakeMailer | None = None
) -> Desk:
    """A desk on the demo world as it stands at NOW, its clock standing still; its mails go to that mailer."""
    policy = Policy()

    def clock() -> dt.datetime:
        return NOW

    def source(name: str, options: DemoOptions) -> Source:
        tools = Toolbox(name=name, clock=clock, secret=lambda _: "", zone=policy.zone)
        kinds = frozenset(Kind) - {Kind.MEETING}
        return Source(name, lambda: Demo.open(options, tools), kinds, dt.timedelta(minutes=5), read_only, WRITES)

    cache, outbox = open_store(home, clock, lambda _: None)
    return Desk(
        cache=cache,
        outbox=outbox,
        sources=[source("rt", DemoOptions(world="rt")), source("umd", DemoOptions(world="umd"))],
        policy=policy,
        clock=clock,
        emit=ear,
        by="sro-manager",
        read_only=read_only,
        offline=offline,
        mailer=lambda: mailer or FakeMailer(),
    )


class NotSeen(AssertionError):
    """What was waited for never came; the message holds the screen."""


class Person:
    """Somebody who looks at the screen and presses keys."""

    def __init__(self, pilot: Pilot[int], app: Dashboard) -> None:
        self.pilot, self.app, self.desk = pilot, app, app.desk

    # --------------------------------------------------------------------------------------------------------- seeing

    @property
    def shown(self) -> str:
        """What the person sees, dialogs and all."""
        update = self.app.screen._compositor.render_update(full=True, screen_stack=self.app._background_screens)
        lines: dict[int, str] = {}
        for y, x, strip in pieces(update):  # type: ignore[arg-type]  # Textual declares any renderable
            lines[y] = lines.get(y, "").ljust(x) + strip.text
        return "\n".join(line.rstrip() for _, line in sorted(lines.items()))

    async def until(self, holds: Callable[[], bool], what: str) -> None:
        """Waits for something to be so."""
        end = time.monotonic() + PATIENCE
        while not holds():
            if time.monotonic() > end:
                raise NotSeen(f"{what}\n{self.shown}")
            await self.pilot.pause(0.01)

    async def sees(self, *texts: str) -> None:
        """Waits until all of these are on the screen, each somewhere in one line."""
        await self.until(lambda: all(text in self.shown for text in texts), f"never saw {texts!r}:")

    async def sees_line(self, *texts: str) -> None:
        """Waits until one line has all of these."""
        await self.until(
            lambda: any(all(text in line for text in texts) for line in self.shown.splitlines()),
            f"never saw one line with {texts!r}:",
        )

    async def sees_no_more(self, *texts: str) -> None:
        """Waits until none of these is on the screen."""
        await self.until(lambda: not any(text in self.shown for text in texts), f"still saw one of {texts!r}:")

    @property
    def calm(self) -> bool:
        """Whether everything that is known is on the screen."""
        main = self.app.main
        return main is not None and main.survey.complete and not {"fill", "details"} & set(main._waits)

    @property
    def on(self) -> str:
        """The record under the cursor."""
        main = self.app.main
        assert main is not None
        return str(main.table.key)

    @property
    def rows(self) -> list[str]:
        """Every row of the list, by its record."""
        main = self.app.main
        assert main is not None
        return [str(key) for key in main.table.keys]

    # ---------------------------------------------------------------------------------------------------------- doing

    async def presses(self, *keys: str) -> None:
        """Presses keys, whatever they mean."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def types(self, text: str) -> None:
        """Writes, letter by letter."""
        named = {" ": "space", ":": "colon", "-": "minus", "_": "underscore", "\n": "enter", "<": "less_than_sign"}
        await self.presses(*(named.get(char, char) for char in text))

    async def does(self, action: str) -> None:
        """Presses the key that the keymap gives this action."""
        keys = self.app.keymap.keys(action)
        assert keys, f"{action} has no key"
        named = {"/": "slash", "?": "question_mark", ":": "colon", "[": "left_square_bracket", "*": "asterisk"}
        named |= {"]": "right_square_bracket"}
        await self.presses(named.get(keys[0], keys[0]))

    async def stands_on(self, ref: str) -> None:
        """Moves the cursor to this record."""
        await self.until(lambda: ref in self.rows, f"{ref} never was in the list {self.rows}:")
        main = self.app.main
        assert main is not None
        for _ in range(self.rows.index("".join(ref)) - main.table.cursor):
            await self.pilot.press("j")
        for _ in range(main.table.cursor - self.rows.index(ref)):
            await self.pilot.press("k")
        await self.until(lambda: self.on == ref, f"the cursor never came to {ref}:")

    # -------------------------------------------------------------------------------------------------------- knowing

    @property
    def asked(self) -> list[Command]:
        """What was put into the outbox, oldest first."""
        return [entry.command for entry in reversed(self.desk.board.entries())]

    async def has_sent(self, name: str, ref: str = "") -> Entry:
        """Waits until the newest action of this name, on this record, was delivered."""

        def newest() -> Entry | None:
            entries = self.desk.board.entries(Ref.parse(ref) if ref else None)
            return next((entry for entry in entries if command_name(entry.command) == name), None)

        def done() -> bool:
            entry = newest()
            return entry is not None and entry.state is State.DONE

        await self.until(done, f"{name} was never delivered ({newest()}):")
        entry = newest()
        assert entry is not None
        return entry

    def rollout(self, ref: str) -> Rollout:
        """A rollout as the board has it."""
        found = self.desk.board.rollout(Ref.parse(ref))
        assert found is not None
        return found


@contextlib.asynccontextmanager
async def person(
    home: Path,
    *,
    size: tuple[int, int] = (120, 40),
    desk: Desk | None = None,
    ear: Ear | None = None,
    ready: str = "rt, umd up to date",
    env: Mapping[str, str] | None = None,
    rest: bool = True,
    **options: object,
) -> AsyncIterator[Person]:
    """A person before the dashboard, over the demo world when no desk is given, once rows (or `ready`) are seen."""
    ear = ear or Ear()
    desk = desk or demo_desk(home, ear, read_only=bool(options.get("read_only")), offline=bool(options.get("offline")))
    given: dict[str, object] = {
        "views": VIEWS,
        "me": frozenset({"sro-manager"}),
        "env": {"TERM": "xterm-256color", **(env or {})},
        **options,
    }
    chosen = Options(**given)  # type: ignore[arg-type]  # each test names the options it means
    desk.begin()
    app = Dashboard(desk, chosen, Keymap(chosen.keys), choose(chosen))
    ear.hear = app.tell
    async with app.run_test(size=size) as pilot:
        me = Person(pilot, app)
        wanted = re.compile(ready)
        await me.until(lambda: wanted.search(me.shown) is not None, f"never saw {ready!r}:")
        if rest:
            await me.until(lambda: me.calm, "the board never came to rest:")
        yield me
    await desk.aclose()


class Watched(World):
    """A world whose desks tell the dashboard what happens."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.ear = Ear()

    def emit(self, event: Event) -> None:
        super().emit(event)
        self.ear(event)

    def watching(
        self, *, ready: str, ascii_only: bool = False, offline: bool = False
    ) -> AbstractAsyncContextManager[Person]:
        """A person before the dashboard on this world."""
        return person(
            self.home,
            ear=self.ear,
            desk=self.desk(offline=offline),
            ready=ready,
            rest=False,
            ascii=ascii_only,
            offline=offline,
        )
