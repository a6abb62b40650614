"""The demo world's configuration, made in memory: nothing of the user's is read."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec

from ppstui.backends.demo import DemoOptions
from ppstui.backends.demo.mail import DemoTargetOptions
from ppstui.backends.sql import SqlOptions
from ppstui.backends.targets.file import Options as FileOptions
from ppstui.config.read import Loaded
from ppstui.config.schema import (
    BackendTable,
    BulletinTable,
    Config,
    Meeting,
    Sources,
    TargetTable,
    View,
    Views,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DEMO_USER = "sro-manager"
"""In whose name the demo world is written."""

_FORTNIGHTLY = dt.date(2010, 1, 7)
"""A Thursday on which the Tier-1s met (DOMAIN §7)."""


def demo_configuration(flags: Mapping[str, bool | str]) -> Loaded:
    """What the demo is made of; `flags` are the top-level keys that the command line decides."""
    config = Config(
        me=DEMO_USER,
        sources=Sources(
            rollouts=("rt", "umd"),
            teams=("rt", "umd"),
            pilots=("rt", "umd"),
            meetings=("indico",),
            bulletins=("local",),
        ),
        views=Views(
            rollouts=(
                View(title="Late", where="is:late", sort="due"),
                View(title="Mine", where="is:mine"),
                View(title="Unassigned", where="is:unassigned"),
            ),
            acks=(View(title="Silent", where="is:silent", sort="due"), View(title="Accepted", where="answer:accept")),
            outbox=(View(title="Pending", where="is:pending"),),
            pilots=(View(title="Late", where="is:late", sort="due"), View(title="Running", where="is:running")),
        ),
        meetings=(
            Meeting(name="EMT", when="Mon 14:30, Wed 16:30"),
            Meeting(name="EGEE Operations", when="Mon 16:00"),
            Meeting(name="WLCG Operations", when="Wed 15:00", minutes=30),
            Meeting(name="Tier1 Service Coordination", when="every 2 weeks Thu 15:30", anchor=_FORTNIGHTLY),
        ),
        bulletin={
            "egee-operations": BulletinTable(publish=("mail", "archive")),
            "wlcg-operations": BulletinTable(publish=("mail", "archive")),
            "emt": BulletinTable(publish=("archive",)),
        },
        targets={"mail": TargetTable(name="mail", type="demo", options=DemoTargetOptions())},
    )
    return Loaded(
        config=msgspec.structs.replace(config, **flags),
        backends=(
            BackendTable(name="rt", type="demo", options=DemoOptions(world="rt")),
            BackendTable(name="umd", type="demo", options=DemoOptions(world="umd")),
            BackendTable(name="indico", type="demo", options=DemoOptions(world="indico")),
            BackendTable(name="local", type="sql", options=SqlOptions(url="sqlite:///default", user=DEMO_USER)),
        ),
        flags=tuple(flags),
    )


def with_archive(loaded: Loaded, folder: Path) -> Loaded:
    """The same with a file that issues go to, in the folder of this demo, which is gone when it ends."""
    folder.mkdir(parents=True, exist_ok=True)
    options = FileOptions(path=f"{folder}/{{audience}}-{{issue}}.txt")
    archive = TargetTable(name="archive", type="file", options=options)
    config = msgspec.structs.replace(loaded.config, targets={**loaded.config.targets, "archive": archive})
    return msgspec.structs.replace(loaded, config=config)
