"""A home folder with a board of any size, for benchmarks: an embedded store is filled and read once by the product."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import subprocess
import sys
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ppstui.backends.demo import bulk
from ppstui.backends.sql import SQL
from ppstui.port import Toolbox

if TYPE_CHECKING:
    from pathlib import Path

NOW = dt.datetime.now(dt.UTC)

CONFIG = """
[sources]
rollouts = ["rt"]
teams = ["rt"]
[backends.rt]
type = "sql"
url = "sqlite:///{file}"
refresh = "{refresh}"
"""


def no_secret(reference: str) -> str:
    """Nothing here has one."""
    raise LookupError(reference)


def environment(home: Path) -> dict[str, str]:
    """The environment of a person whose whole home is that folder."""
    names = {"XDG_CONFIG_HOME": "config", "XDG_DATA_HOME": "data", "XDG_STATE_HOME": "state", "XDG_CACHE_HOME": "cache"}
    folders = {name: str(home / folder) for name, folder in names.items()}
    return {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8", **folders}


def fill(home: Path, count: int, refresh: str = "1h") -> dict[str, str]:
    """Fills the folder with `count` rollouts that have been read once; answers with the environment to run in."""
    file = home / "rollouts.sqlite"
    tools = Toolbox(name="rt", clock=lambda: NOW, secret=no_secret, zone=ZoneInfo("Europe/Zurich"))

    async def seed() -> None:
        store = SQL.open(SQL.Options(url=f"sqlite:///{file}"), tools)
        await store.put(bulk(count, NOW, "rt", live=1.0))  # type: ignore[attr-defined]
        await store.aclose()

    asyncio.run(seed())
    env = environment(home)
    config = home / "config" / "ppstui" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(CONFIG.format(file=file, refresh=refresh))
    subprocess.run([sys.executable, "-m", "ppstui", "sync"], env=env, check=True, capture_output=True, timeout=1800)
    return env
