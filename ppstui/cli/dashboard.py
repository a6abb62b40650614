"""Opens the dashboard on a desk, or says why not and what to do instead."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ppstui.cli.compose import Composition, composed
from ppstui.cli.running import headless
from ppstui.config.state import State, read_state, write_state
from ppstui.errors import StoreError, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping

    from ppstui.cli.console import Console
    from ppstui.desk import Event

_KEPT = {"filter": "filters", "sort": "sorts", "view": "views"}


def dashboard(options: argparse.Namespace, console: Console) -> int:
    """The dashboard; where the terminal cannot show it, or a person reads by ear, `watch` in its place."""
    if console.env.get("ACCESSIBLE", "") not in ("", "0") or console.env.get("TERM", "") == "dumb":
        return _watch(options, console)
    if not console.is_terminal or not console.stdin.isatty():
        raise UsageError("dashboard: this is no terminal; use ppstui watch, or ppstui list rollouts")
    if not console.env.get("TERM"):
        raise UsageError("dashboard: TERM is not set, so nobody knows how to draw here; set it, or use ppstui watch")
    with composed(options, console) as made:
        try:
            return _show(options, console, made)
        finally:
            # The dashboard's event loop is gone; closing needs one only to wait, for less than half a second. What is
            # left open ends with the process; giving back the lease lets another ppstui deliver at once.
            asyncio.run(made.desk.aclose())


def _watch(options: argparse.Namespace, console: Console) -> int:
    from ppstui.cli.watching import watch

    console.complain("dashboard: this terminal shows lines only, so this is ppstui watch; Ctrl-C ends it")
    options.where, options.once = "", False
    return headless(options, console, watch)


def _show(options: argparse.Namespace, console: Console, made: Composition) -> int:
    from ppstui.ui import app  # Textual: a third of a second, which only the dashboard pays

    state, sentence = (State(), "") if options.fresh or made.demo else read_state(made.paths.remembered)
    sentences = [str(problem) for problem in made.loaded.problems]
    if sentence:
        sentences.append(sentence)
    if made.loaded.file is None and not made.demo:
        sentences.append(
            f"No configuration at {made.paths.config_file}: this is the store of this machine. "
            "ppstui --demo shows an invented world, ppstui config init connects a tracker.",
        )

    def remember(kept: Mapping[str, str]) -> None:
        try:
            write_state(made.paths.remembered, _state(kept))
        except StoreError as error:
            made.ear.say(str(error))

    def listen(hear: Callable[[Event], None]) -> None:
        made.ear.hear, made.ear.takes_sentences = hear, True

    config = made.config
    low = config.low_bandwidth if config.low_bandwidth is not None else bool(console.env.get("SSH_CONNECTION"))
    return app.run(
        made.desk,
        app.Options(
            theme=config.theme,
            themes=made.paths.themes,
            ascii=config.ascii or console.draws_ascii,
            low_bandwidth=low,
            mouse=options.mouse,
            pane=options.pane or "",
            views=config.views,
            meetings=config.meetings,
            bulletins=frozenset(config.bulletin),
            newsroom=made.newsroom,
            ticks=None if made.demo else made.paths.state / "ticks.toml",
            keys=config.keys,
            me=made.me,
            read_only=config.read_only,
            offline=bool(options.offline),
            demo=made.demo,
            sentences=tuple(sentences),
            editor=config.editor,
            env=console.env,
            remembered=remembered_of(state),
            remember=None if made.demo else remember,
            listen=listen,
        ),
    )


def remembered_of(state: State) -> dict[str, str]:
    """What was kept, as the dashboard speaks of it: `pane`, `details`, `theme`, `rollouts.filter` and so on."""
    kept = {"pane": state.pane, "theme": state.theme, "details": "yes" if state.details else "no"}
    for word, name in _KEPT.items():
        kept |= {f"{pane}.{word}": text for pane, text in getattr(state, name).items()}
    return {key: text for key, text in kept.items() if text}


def _state(kept: Mapping[str, str]) -> State:
    """The other way round."""
    by_pane: dict[str, dict[str, str]] = {name: {} for name in _KEPT.values()}
    for key, text in kept.items():
        pane, dot, word = key.rpartition(".")
        if dot and word in _KEPT:
            by_pane[_KEPT[word]][pane] = text
    return State(
        theme=kept.get("theme", ""),
        pane=kept.get("pane", ""),
        details=kept.get("details", "yes") == "yes",
        views=by_pane["views"],
        sorts=by_pane["sorts"],
        filters=by_pane["filters"],
    )
