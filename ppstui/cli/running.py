"""Which command does what, and everything around it: composed before, closed after."""

from __future__ import annotations

import asyncio
import gc
from importlib import import_module
from typing import TYPE_CHECKING, cast

from ppstui.cli.compose import Composition, composed

if TYPE_CHECKING:
    import argparse
    from collections.abc import Awaitable, Callable

    from ppstui.cli.console import Console
    from ppstui.cli.office import Office

    Command = Callable[[Office], Awaitable[int]]


def run(options: argparse.Namespace, console: Console) -> int:
    """Runs a parsed command line. Raises PpsError."""
    if options.command == "":
        from ppstui.cli.dashboard import dashboard

        return dashboard(options, console)  # which lets the collector rest until its first frame is there
    if options.command in ("config", "doctor"):
        from ppstui.cli.settings import config, examine

        return config(options, console) if options.command == "config" else examine(options, console)
    gc.enable()
    return headless(options, console, _command(options.command))


def headless(options: argparse.Namespace, console: Console, command: Command) -> int:
    """Runs one command on a desk of its own."""
    with composed(options, console) as made:
        for problem in made.loaded.problems:
            made.ear.say(str(problem))
        return asyncio.run(_session(_office(options, console, made), command))


async def _session(office: Office, command: Command) -> int:
    try:
        return await command(office)
    finally:
        await office.desk.aclose()


def _office(options: argparse.Namespace, console: Console, made: Composition) -> Office:
    from ppstui.cli.office import Office

    return Office(
        desk=made.desk,
        config=made.config,
        console=console,
        options=options,
        ear=made.ear,
        serves=made.serves,
        me=made.me,
        broken=made.broken,
        ticks=made.paths.state / "ticks.toml",
        newsroom=made.newsroom,
    )


_COMMANDS = {
    "list": ("listing", "list_records"),
    "show": ("showing", "show"),
    "why": ("showing", "explain"),
    "do": ("doing", "do"),
    "bulletin": ("bulletins", "bulletin"),
    "effort": ("costing", "effort"),
    "meeting": ("meeting", "meeting"),
    "registry": ("registering", "registry"),
    "tick": ("ticking", "tick"),
    "outbox": ("outboxing", "outbox"),
    "undo": ("undoing", "undo"),
    "sync": ("outboxing", "sync"),
    "watch": ("watching", "watch"),
}
"""Where each command is."""


def _command(name: str) -> Command:
    """The command of that name; only its own module is imported."""
    module, function = _COMMANDS[name]
    return cast("Command", getattr(import_module(f"ppstui.cli.{module}"), function))
