"""What can be done without writing anything: moving, filtering, sorting, opening, copying, asking why."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from ppstui.errors import PpsError, UsageError
from ppstui.ui import theme
from ppstui.ui.actions import ACTIONS
from ppstui.ui.panes import URGENCY, BulletinPane, PilotsPane, known, known_pilot
from ppstui.views.rows import Tone

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    from ppstui.model import Ref
    from ppstui.ui.screen import Main
    from ppstui.ui.timing import TimeLine
    from ppstui.views.details import Para

CLIPBOARD_MOST = 74_994
"""Bytes of base64 that terminals take at most; more is dropped without a word."""


class Looking:
    """Answers to the keys that change nothing but the view."""

    def __init__(self, main: Main) -> None:
        self._main = main
        self.theme = main.options.remembered.get("theme", "")
        """The theme that was chosen, "" when it was left to us."""

    def table(self) -> dict[str, Callable[[], None]]:
        """What each action does, by its id."""
        main = self._main
        return {
            "rollouts.why": self.why,
            "rollouts.history": self.history,
            "details.toggle": self.toggle_details,
            "details.open": lambda: main.enter(into=not main.entered),
            "details.down": lambda: self._scroll(3),
            "details.up": lambda: self._scroll(-3),
            "record.browse": self.browse,
            "record.copy-id": lambda: self._copy(str(ref) if (ref := self.ref()) else ""),
            "record.copy-url": lambda: self._copy(self.url()),
            "list.filter": main.ask_filter,
            "list.clear": self.clear,
            "list.sort": self.sort,
            "list.previous-view": lambda: main.change_view(-1),
            "list.next-view": lambda: main.change_view(1),
            "list.closed": self.closed,
            "list.mark": self._mark,
            "list.mark-all": self._mark_all,
            "list.remark": self._remark,
            "list.down": lambda: self._move(1),
            "list.up": lambda: self._move(-1),
            "list.page-down": lambda: self._turn(1),
            "list.page-up": lambda: self._turn(-1),
            "list.first": lambda: self._go(0),
            "list.last": lambda: self._go(1 << 40),
            "pane.rollouts": lambda: main.change_pane(main.panes[0]),
            "pane.acks": lambda: main.change_pane(main.panes[1]),
            "pane.outbox": lambda: main.change_pane(main.panes[2]),
            "pane.pilots": lambda: main.change_pane(main.panes[3]),
            "pane.bulletin": lambda: main.change_pane(main.panes[4]),
            "bulletin.details": self.toggle_details,
            "bulletin.browse": self.browse,
            "time.zoom-in": lambda: self._zoom(-1),
            "time.zoom-out": lambda: self._zoom(1),
            "time.earlier": lambda: self._time(lambda time: time.move(-1)),
            "time.later": lambda: self._time(lambda time: time.move(1)),
            "time.today": lambda: self._time(lambda time: time.show()),
            "time.pilot": self._to_pilot,
            "pane.next": lambda: self._next_pane(1),
            "pane.previous": lambda: self._next_pane(-1),
            "desk.refresh": self.refresh,
            "desk.refresh-all": lambda: self._read(None),
            "desk.sources": self.sources,
            "desk.theme": self.choose_theme,
            "desk.redraw": main.dashboard_redraw,
            "desk.palette": self.palette,
            "desk.help": self.help,
            "desk.quit": main.leave,
        }

    def _show(self, title: str, paras: tuple[Para, ...]) -> None:
        from ppstui.ui.dialogs import Show  # dialogs are read at the first one: 3 ms

        self._main.hold_keys()
        self._main.app.push_screen(Show(self._main.setting, title, paras))

    def _pick(
        self,
        title: str,
        choices: Sequence[tuple[Hashable, str, str]],
        taken: Callable[[str | None], None],
        *,
        at: Hashable | None = None,
        preview: Callable[[Hashable], None] | None = None,
    ) -> None:
        from ppstui.ui.dialogs import Pick

        def chosen(found: frozenset[Hashable] | None) -> None:
            taken(str(next(iter(found))) if found else None)

        self._main.hold_keys()
        self._main.app.push_screen(Pick(self._main.setting, title, choices, at=at, preview=preview), chosen)

    # --------------------------------------------------------------------------------------------------------- moving

    def _move(self, step: int) -> None:
        if self._main.entered:
            self._main.page.scroll_lines(step)
        else:
            self._main.table.move(step)

    def _turn(self, step: int) -> None:
        if self._main.entered:
            self._main.page.scroll_lines(step * max(1, self._main.page.page - 1))
        else:
            self._main.table.turn(step)

    def _go(self, index: int) -> None:
        if self._main.entered:
            self._main.page.scroll_lines(index or -(1 << 40))
        else:
            self._main.table.go(index)

    def _scroll(self, lines: int) -> None:
        main = self._main
        if main.entered:  # the other way round: the list moves while its record is read
            main.table.move(1 if lines > 0 else -1)
        elif not main.details_shown:
            main.say("no details beside the list; d shows them, enter opens them")
        else:
            main.page.scroll_lines(lines)

    def _mark(self) -> None:
        main = self._main
        if main.table.key is not None and not main.pane.markable(main.table.key):
            main.table.move(1)
            return
        main.table.toggle_mark()
        self._main.telling.head()

    def _mark_all(self) -> None:
        main = self._main
        main.table.mark_all()
        main.table.marks -= {key for key in main.table.marks if not main.pane.markable(key)}
        main.table.forget()
        main.telling.head()

    def _remark(self) -> None:
        """What was last acted on, as far as it is in this list; a rollout's teams stand for it and it for them."""
        main = self._main
        last = main.last_acted
        wholes = {ref.whole for ref in last}
        again = {
            key
            for key in main.table.keys
            if (ref := main.pane.record(key)) is not None
            and (ref in last or (ref.whole in wholes and not any(ref.part and other.part for other in last)))
        }
        main.table.marks |= again
        main.table.forget()
        main.telling.head()
        main.say(f"{len(again)} marked again" if again else "nothing of it is in this list")

    # ----------------------------------------------------------------------------------------------------------- time

    def _time(self, change: Callable[[TimeLine], object]) -> None:
        """Other days over the same rows: nothing is listed anew."""
        main = self._main
        if isinstance(main.pane, PilotsPane):
            change(main.pane.time)
            main.table.forget()

    def _zoom(self, step: int) -> None:
        def change(time: TimeLine) -> None:
            if not time.zoom(step):
                self._main.say("days are the finest" if step < 0 else "months are the coarsest")

        self._time(change)

    def _to_pilot(self) -> None:
        def change(time: TimeLine) -> None:
            if not time.show_pilot(self._main.table.key):
                self._main.say("nothing of it has a day yet; its start is set with v", bad=True)

        self._time(change)

    def _next_pane(self, step: int) -> None:
        main = self._main
        main.change_pane(main.panes[(main.panes.index(main.pane) + step) % len(main.panes)])

    def clear(self) -> None:
        """One thing at a time: the details, the filter, the marks."""
        main = self._main
        if main.entered:
            main.enter(into=False)
        elif isinstance(main.pane, BulletinPane) and main.pane.issues is not None and main.pane.issues.chosen:
            main.pane.issues.chosen = ""
            main.fill()
        elif main.pane.filter:
            main.pane.filter = ""
            main.fill()
        elif main.table.marks:
            main.table.unmark()
            main.telling.head()

    def closed(self) -> None:
        """Closed ones too, in the panes of rollouts and pilots."""
        main = self._main
        if main.pane.id not in {"rollouts", "pilots"}:
            main.say("closed rollouts are in pane 1; this list holds open ones only")
            return
        main.pane.closed = not main.pane.closed
        main.fill()

    # -------------------------------------------------------------------------------------------------------- choices

    def sort(self) -> None:
        """Chooses a column; the same again turns it round."""
        main, pane = self._main, self._main.pane
        choices: list[tuple[Hashable, str, str]] = [(URGENCY, "most pressing first", "the order of the board")]
        for name in pane.sorts:
            choices += [(name, name, ""), (f"-{name}", f"-{name}", "the other way round")]

        def taken(name: str | None) -> None:
            if name is not None:
                pane.sort = name
                main.fill()

        self._pick(f"Sort {pane.title} by", choices, taken, at=pane.sort)

    def choose_theme(self) -> None:
        """Themes with a live preview; esc goes back to the one before."""
        main, app = self._main, self._main.dashboard
        before = app.palette.file.name
        choices: list[tuple[Hashable, str, str]] = [
            (name, name, str(path.parent)) for name, path in theme.themes(main.options.themes).items()
        ]

        def wear(name: Hashable) -> None:
            if str(name) != app.palette.file.name:
                try:
                    app.wear(str(name))
                except UsageError as error:
                    main.say(str(error), bad=True)

        def taken(name: str | None) -> None:
            wear(name or before)
            if name:
                self.theme = name
                main.remember()

        self._pick("Theme", choices, taken, at=before, preview=wear)

    def palette(self) -> None:
        """Everything there is in this pane, by name; what cannot be done says why."""
        main = self._main
        choices: list[tuple[Hashable, str, str]] = []
        for action in ACTIONS.values():
            if main.pane.id in action.panes and action.id != "desk.palette":
                why = main.choice.why_not(action)
                keys = main.keymap.text(action.id)
                name = f"{action.label}" + (f"  [{keys}]" if keys else "")
                choices.append((action.id, name, f"not here: {why}" if why else action.help))

        def taken(name: str | None) -> None:
            if name:
                main.do(ACTIONS[name])

        self._pick("Commands", choices, taken)

    # -------------------------------------------------------------------------------------------------------- records

    def ref(self) -> Ref | None:
        """The record under the cursor."""
        key = self._main.table.key
        return self._main.pane.record(key) if key is not None else None

    def url(self) -> str:
        """Its address, "" when it has none."""
        ref = self.ref()
        record = self._main.desk.board.record(ref) if ref else None
        return record.url if record is not None else ""

    def toggle_details(self) -> None:
        """Beside or below the list where there is room, else alone."""
        main = self._main
        if main.entered:
            main.enter(into=False)
        elif not main.has_room:
            main.enter(into=True)
        else:
            main.wants_details = not main.details_shown
            main.place_details()

    def why(self) -> None:
        """What blocks it, whose move it is."""
        main, ref = self._main, self.ref()
        paras = self._reasons(ref) if ref is not None else None
        if ref is None or paras is None:
            main.say("nothing is selected")
            return
        self._show(f"Why {main.glance().text(str(ref.whole))} stands where it stands", paras)

    def _reasons(self, ref: Ref) -> tuple[Para, ...] | None:
        desk, glance = self._main.desk, self._main.glance()
        if (pilot := known_pilot(desk, ref)) is not None:
            from ppstui.views import pilot_details

            return pilot_details.why(*pilot, desk.policy, glance)
        from ppstui.views import details

        found = known(desk, ref)
        return details.why(found[1], glance) if found is not None else None

    def history(self) -> None:
        """Reads the record whole from its source; only now, for moving about must cost nothing."""
        main, key, ref = self._main, self._main.table.key, self.ref()
        if ref is None:
            main.say("nothing is selected")
            return

        async def read() -> None:
            try:
                await main.desk.look(ref.whole)
            except PpsError as error:
                main.say(str(error), bad=True)
                return
            if main.table.key == key:
                main.history = key
                if not main.details_shown:
                    main.enter(into=True)
                main.tell_details()
                main.say(f"{ref.whole}: the whole history, newest first")

        main.say(f"reading the history of {ref.whole}...")
        main.run_worker(read(), group="look", exclusive=True)

    def browse(self) -> None:
        """The browser where there is one here; over SSH or without a display the address is shown."""
        url = self.url()
        if url:
            self.open_address(url)
        else:
            self._main.say("this record has no address")

    def open_address(self, url: str) -> None:
        """Opens it in the browser where there is one here, else shows it."""
        main, env = self._main, self._main.options.env
        here = any(env.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))
        if not here or env.get("SSH_CONNECTION") or not url.startswith(("http://", "https://")):
            self._show_text("Its address", url)
            return

        def opened() -> None:
            import webbrowser  # 4 ms, and rarely

            if webbrowser.open(url):
                main.app.call_from_thread(main.say, "opened in the browser")
            else:
                main.app.call_from_thread(self._show_text, "No browser answered; its address", url)

        main.run_worker(opened, thread=True, group="browser", exclusive=True)

    def _copy(self, text: str) -> None:
        main, env = self._main, self._main.options.env
        if not text:
            main.say("there is nothing to copy")
            return
        payload = base64.b64encode(text.encode()).decode()
        if len(payload) > CLIPBOARD_MOST:
            self._show_text("Too long for the terminal's clipboard", text)
            return
        main.dashboard.raw(osc52(payload, env))
        main.say(f"sent to terminal (OSC 52): {text}")

    def _show_text(self, title: str, text: str) -> None:
        from ppstui.views.details import Para

        main = self._main
        shown = main.glance().text(text)
        self._show(title, (Para(((shown, Tone.LINK),)),))

    # ----------------------------------------------------------------------------------------------------------- desk

    def refresh(self) -> None:
        """The source of the record under the cursor; all of them when there is none."""
        ref = self.ref()
        self._read(ref.source if ref and self._main.pane.id != "outbox" else None)

    def _read(self, source: str | None) -> None:
        main = self._main
        if main.options.offline:
            main.say("offline: nothing is read; start without --offline to read the sources")
            return

        async def read() -> None:
            await main.desk.refresh([source] if source else None)
            failed = [each for each in main.desk.board.sources() if not each.ok and source in (None, each.name)]
            if failed:
                main.say(f"{failed[0].name}: {failed[0].error}", bad=True)
            else:
                main.say(f"{source or 'every source'} was read")

        main.run_worker(read(), group=f"read {source}", exclusive=True)

    def sources(self) -> None:
        """How each source is doing, and the sentences of this session again."""
        from ppstui.views import details

        main = self._main
        paras = details.sources(main.desk.board.sources(), main.said, main.glance())
        self._show("Sources, and what was said", paras)

    def help(self) -> None:
        """The live key table."""
        from ppstui.ui.help import page

        main = self._main
        paras = page(main.keymap, main.pane.id, *main.pane.askable, main.glance())
        if isinstance(main.pane, PilotsPane):
            from ppstui.views.pilot_details import signs

            paras += signs(main.glance())
        if isinstance(main.pane, BulletinPane) and main.pane.issues is not None:
            from ppstui.views.issue_rows import signs as line_signs

            paras += line_signs()
        self._show(f"Keys in {main.pane.title}", paras)


def osc52(payload: str, env: Mapping[str, str]) -> str:
    """The sequence that hands base64 to the terminal's clipboard, wrapped so that tmux and screen pass it on."""
    sequence = f"\x1b]52;c;{payload}\x07"
    if env.get("TMUX"):
        return f"\x1bPtmux;\x1b{sequence}\x1b\\"
    if env.get("STY") or env.get("TERM", "").startswith("screen"):
        return f"\x1bP{sequence}\x1b\\"
    return sequence
