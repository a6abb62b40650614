"""The newsroom of one run: made from the configuration, beside the desk it works with."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from ppstui.backends.probing import probe
from ppstui.bulletin.newsroom import Newsroom, Place, Setting
from ppstui.bulletin.rendering import Templates
from ppstui.cli.compose import outlet, target_plugin
from ppstui.errors import PpsError
from ppstui.rules.bulletin.audiences import Audience
from ppstui.rules.clocks import Span
from ppstui.rules.meetings import Meeting
from ppstui.store.drafts import Drafts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ppstui.config.paths import Paths
    from ppstui.config.read import Loaded
    from ppstui.config.schema import BulletinTable, Config
    from ppstui.desk import Desk
    from ppstui.port import Toolbox

USUAL = ("egee-operations", "wlcg-operations", "emt")
"""The audiences of the rule book, offered where none is configured (DOMAIN §8)."""

_ADDRESS = re.compile(r"[^\s<>@,;]+@[^\s<>@,;]+")


def newsroom(desk: Desk, loaded: Loaded, tools: Callable[[str], Toolbox], paths: Paths) -> Newsroom:
    """The newsroom that a configuration asks for.

    The first source of bulletins keeps the issues, working copies are in the state folder, and the user's own templates
    beside the configuration.
    """
    config = loaded.config
    tables = config.bulletin or _usual()
    setting = Setting(
        source=config.sources.bulletins[0],
        audiences=tuple(_audience(name, table) for name, table in tables.items()),
        wheres={name: table.where for name, table in tables.items() if table.where},
        publish={name: table.publish for name, table in tables.items()},
        places={place.name: place for place in _places(loaded, tools)},
        meetings=tuple(_meetings(config)),
        hold={name: Span.parse(table.hold).calendar for name, table in tables.items()},
        warn={name: Span.parse(table.warn).calendar for name, table in tables.items()},
        me=config.me or desk.by,
        allowed=frozenset(_allowed(config)),
    )
    return Newsroom(
        desk,
        setting,
        Drafts(paths.state / "drafts"),
        Templates(paths.config / "templates"),
        partial(probe, tools=tools("links")),
    )


def _usual() -> Mapping[str, BulletinTable]:
    from ppstui.config.schema import BulletinTable

    return {name: BulletinTable() for name in USUAL}


def _audience(name: str, table: BulletinTable) -> Audience:
    return Audience(
        name=name,
        title=table.title,
        sections=table.sections,
        meeting=table.meeting,
        greeting=table.greeting,
        closing=table.closing,
        carry_weeks=table.carry_weeks,
    )


def _places(loaded: Loaded, tools: Callable[[str], Toolbox]) -> Iterator[Place]:
    for table in loaded.config.targets.values():
        if table.options is None:
            continue  # a mistake disables it, and is told at the start
        plugin = target_plugin(table)
        yield Place(
            name=table.name,
            type=table.type,
            formats=plugin.formats,
            format=table.format or plugin.formats[0],
            html=bool(getattr(table.options, "html", False)) and "html" in plugin.formats,
            open=partial(outlet, loaded, table, tools(table.name)),
        )


def _meetings(config: Config) -> Iterator[Meeting]:
    for each in config.meetings:
        try:
            yield Meeting.parse(each.name, each.when, each.minutes, each.anchor)
        except PpsError:
            continue  # told at the start


def _allowed(config: Config) -> Iterator[str]:
    """Addresses that may stand in an issue: those it goes to and comes from, and those its words name."""
    for table in config.targets.values():
        options = table.options
        for name in ("sender", "reply_to"):
            yield from _ADDRESS.findall(str(getattr(options, name, "")))
        for name in ("to", "rosters"):
            found = getattr(options, name, ())
            yield from found if isinstance(found, tuple) else ()
    for audience in config.bulletin.values():
        yield from _ADDRESS.findall(f"{audience.greeting} {audience.closing}")
