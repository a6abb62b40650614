"""The dashboard's application: terminal, theme, events of the desk, leaving. What is on the screen is `screen.Main`'s.

Three things are seen to here. Leaving never takes longer than a second: a timer outside the event loop ends the process
when a hung request, resolver or disk would keep it. Nothing network-bound happens before the first frame. And whatever
else writes to the terminal is followed by `forget_terminal`.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from msgspec import Struct
from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.message import Message

from ppstui.config.schema import Meeting, Views
from ppstui.desk import Event
from ppstui.ui import theme
from ppstui.ui.actions import EMERGENCY, Keymap
from ppstui.ui.lean import LeanOutput
from ppstui.ui.screen import Main

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.driver import Driver
    from textual.theme import Theme

    from ppstui.bulletin.newsroom import Newsroom  # noqa: TC004  nobody decodes it, and the first frame needs none
    from ppstui.desk import Desk
    from ppstui.ui.theme import Palette

_PATIENCE = 0.7
"""Seconds after which leaving is done by force."""

STOPPED = 128
"""Added to the signal's number: how a shell tells that a program was stopped."""


class Options(Struct, frozen=True, kw_only=True):
    """What the dashboard is started with; everything comes from the command line, nothing is looked up here."""

    theme: str = ""
    """A theme by name; "" chooses one for this terminal."""
    themes: Path | None = None
    """The user's own folder of themes."""
    ascii: bool = False
    low_bandwidth: bool = False
    mouse: bool = False
    pane: str = ""
    """The pane to open on; "" takes the one of last time."""
    views: Views = Views()
    meetings: tuple[Meeting, ...] = ()
    """Those of the configuration, marked on the line of time."""
    bulletins: frozenset[str] = frozenset()
    """The meetings that a bulletin is made for, by the names of their tables."""
    newsroom: Callable[[], Newsroom] | None = None
    """Makes what bulletins are made with, when somebody opens their pane; None where there are none."""
    ticks: Path | None = None
    """Where duties that were ticked by hand are kept; None keeps them for this session."""
    keys: Mapping[str, str] = {}
    me: frozenset[str] = frozenset()
    """How the trackers know the user, case-folded, for `is:mine`."""
    read_only: bool = False
    offline: bool = False
    demo: bool = False
    sentences: tuple[str, ...] = ()
    """What the user should be told at the start."""
    editor: str = ""
    """The editor's command line; "" takes $VISUAL, $EDITOR, then vi."""
    env: Mapping[str, str] = {}
    """The environment of the process."""
    remembered: Mapping[str, str] = {}
    """What `remember` was given last time; () with --fresh."""
    remember: Callable[[Mapping[str, str]], None] | None = None
    """Keeps pane, filter, sort and theme for the next time; called on leaving and when a theme was chosen."""
    listen: Callable[[Callable[[Event], None]], None] | None = None
    """Takes the function that the desk's events are to be told to."""
    lean: bool = True
    """Send changed cells only; off is for comparing."""


class DeskMessage(Message):
    """Something happened at the desk. The only message the desk sends."""

    def __init__(self, event: Event) -> None:
        super().__init__()
        self.event = event

    def can_replace(self, message: Message) -> bool:
        """The same thing twice is one redraw."""
        return isinstance(message, DeskMessage) and self.event == message.event


class Dashboard(LeanOutput, App[int], inherit_bindings=False, inherit_css=False):
    """The app. Ends with an exit code; a mistake of ours is kept in `failure` for whoever started it.

    App, screen and lines leave Textual's own rules to the dialogs: to read and to match them costs 6 ms at the start.
    """

    TITLE = "ppstui"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [Binding(EMERGENCY, "leave", priority=True)]
    CSS = """
    Dashboard { background: $background; color: $foreground; }
    Main { layout: horizontal; overflow: hidden; background: $background; }
    Main.stacked { layout: vertical; }
    Main > #head { dock: top; height: 2; }
    Main > #foot { dock: bottom; height: 2; }
    Main.tiny > #head, Main.tiny > #foot { height: 1; }
    #details { width: 40%; display: none; }
    .beside > #details { display: block; }
    .stacked > #details { display: block; width: 1fr; height: 45%; }
    .alone > #details { display: block; width: 1fr; }
    .alone > #list { display: none; }
    """

    def __init__(self, desk: Desk, options: Options, keymap: Keymap, palette: Palette) -> None:
        """Takes a desk that has begun; `run` makes the rest."""
        self.palette = palette  # first: Textual asks for its theme while the app is being made
        super().__init__()
        # Two widgets fewer on each screen, 2 ms; nothing here uses them, and Textual has no other way to say so.
        self._disable_tooltips = self._disable_notifications = True
        self.desk, self.options, self.keymap = desk, options, keymap
        self.lean = options.lean
        self.colours = palette.colours
        self.failure: Exception | None = None
        self._dying: threading.Timer | None = None
        self.register_theme(palette.textual)
        self.set_reactive(Dashboard.theme, palette.file.name)  # by assignment, every rule would be parsed twice: 4 ms

    @property
    def current_theme(self) -> Theme:
        """The palette's, from the very beginning."""
        return self.palette.textual

    # ------------------------------------------------------------------------------------------------------- starting

    def get_default_screen(self) -> Main:
        """The one screen; dialogs come over it."""
        return Main(self.desk, self.options, self.keymap)

    def on_mount(self) -> None:
        """Signals end the program as `q` does, with the terminal restored."""
        self.animation_level = "none"
        if self.is_headless:
            return
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, self.leave, STOPPED + number)

    def tell(self, event: Event) -> None:
        """What the desk emits into."""
        self.post_message(DeskMessage(event))

    def on_desk_message(self, message: DeskMessage) -> None:
        """Handed to the screen, also while a dialog stands over it."""
        main = self.main
        if main is not None:
            main.heard(message.event)

    async def on_event(self, event: events.Event) -> None:
        """Keys in the order in which they were typed, also while a dialog is taking the screen's place."""
        if isinstance(event, events.Key) and event.key != EMERGENCY:
            main = self.main
            if main is not None and main.keeps_back(event):
                return
        await super().on_event(event)

    @property
    def main(self) -> Main | None:
        """The screen with the panes, whatever stands over it."""
        return next((screen for screen in self.screen_stack if isinstance(screen, Main)), None)

    # ---------------------------------------------------------------------------------------------------------- looks

    def wear(self, name: str) -> None:
        """Takes another theme. Raises UsageError when it cannot be read; the old one stays then."""
        palette = theme.Palette(theme.load(name, self.options.themes), colours=self.palette.colours)
        self.palette = palette
        self.register_theme(palette.textual)
        self.theme = name
        for screen in self.screen_stack:
            screen.refresh(layout=True)
            for widget in screen.walk_children():
                widget.refresh()

    def redraw(self) -> None:
        """Sends the whole screen again: something else may have written over it."""
        self.forget_terminal()
        self.refresh(layout=True)

    @contextlib.contextmanager
    def lent(self) -> Iterator[None]:
        """The terminal lent to another program, as it was before ours; drawn afresh when it comes back."""
        if self._driver is None or not self._driver.can_suspend:
            yield  # no terminal to lend
            return
        with self.suspend():
            self.paused = True  # the desk goes on working; what it changes is drawn when the terminal is back
            try:
                yield
            finally:
                self.paused = False
        self.redraw()

    def raw(self, sequence: str) -> None:
        """Sends a control sequence that draws nothing."""
        if self._driver is not None and not self.is_headless:
            self._driver.write(sequence)
            self._driver.flush()

    # -------------------------------------------------------------------------------------------------------- leaving

    def leave(self, code: int = 0) -> None:
        """Ends the program, within a second whatever hangs. What is queued stays queued."""
        if self.main is not None:
            self.main.remember()
        if not self.is_headless and self._dying is None:
            self._dying = threading.Timer(_PATIENCE, _end, (self._driver, code))
            self._dying.daemon = True
            self._dying.start()
        self.exit(code, return_code=code)

    def action_leave(self) -> None:
        """The emergency exit."""
        self.leave()

    def _handle_exception(self, error: Exception) -> None:
        """A mistake of ours ends the program; who started it says a sentence and keeps the rest in a file."""
        if self.failure is None:
            self.failure = error
        if self.is_headless:
            super()._handle_exception(error)
        else:
            self.leave(1)


def _end(driver: Driver | None, code: int) -> None:
    """The last way out: restores the terminal and leaves without waiting for anybody."""
    if driver is not None:
        with contextlib.suppress(OSError, ValueError, AssertionError):
            driver.stop_application_mode()
            driver.close()
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
    os._exit(code)


def choose(options: Options) -> theme.Palette:
    """The theme for this terminal. Raises UsageError for a theme that is not there."""
    env = options.env
    name = options.theme or options.remembered.get("theme", "")
    if options.theme == "" and name and theme.find(name, options.themes) is None:
        name = ""  # chosen long ago, removed since
    if not name:
        few = "256color" not in env.get("TERM", "") and env.get("COLORTERM", "") not in {"truecolor", "24bit"}
        name = theme.TERMINAL if options.low_bandwidth or few else theme.DARK
    return theme.Palette(theme.load(name, options.themes), colours=not env.get("NO_COLOR"))


def run(desk: Desk, options: Options) -> int:
    """Shows the desk until the person leaves; answers with the exit code.

    Raises UsageError for a theme that is not there, and whatever mistake of ours ended the dashboard, once the terminal
    is as it was.
    """
    gc.disable()  # until the first frame is there, see Main._begin
    desk.begin()
    app = Dashboard(desk, options, Keymap(options.keys), choose(options))
    if options.listen is not None:
        options.listen(app.tell)
    code = app.run(mouse=options.mouse)
    if app.failure is not None:
        raise app.failure
    return code or 0
