"""The terminal, the programs, the clock and the folders ppstui finds itself in, each judged for `ppstui doctor`."""

from __future__ import annotations

import datetime as dt
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ppstui.config.paths import Paths
    from ppstui.config.read import Loaded

State = Literal["pass", "warn", "fail"]

SMALLEST: Final = (80, 24)
"""Columns and rows below which the dashboard leaves things out."""
OLDEST_SQLITE: Final = (3, 31)
"""The oldest SQLite the store is tried with."""
SKEW_SECONDS: Final = 120.0
"""How far two clocks may differ before deadlines told in hours become wrong."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor."""

    area: str
    name: str
    state: State
    text: str
    fix: str = ""
    """What to do; "" when nothing is wrong."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is found once and judged by pure functions."""

    env: Mapping[str, str]
    terminal: bool
    size: tuple[int, int] | None
    """Columns and rows; None when nobody knows."""
    encoding: str
    """How standard output is encoded."""
    now: dt.datetime
    """Aware, in the system's own zone."""
    versions: Mapping[str, str]
    """Of ppstui, python, sqlite and textual; "" when it is not there."""


def look_around(env: Mapping[str, str], out: TextIO) -> Surroundings:
    """Looks at the terminal behind `out`, the installed programs and the clock."""
    import importlib.metadata
    import sqlite3

    from ppstui import __version__

    try:
        textual = importlib.metadata.version("textual")
    except importlib.metadata.PackageNotFoundError:
        textual = ""
    try:
        columns, rows = os.get_terminal_size(out.fileno())
    except (OSError, ValueError):
        columns = rows = 0
    return Surroundings(
        env=env,
        terminal=out.isatty(),
        size=(columns, rows) if columns else None,
        encoding=out.encoding or "ascii",
        now=dt.datetime.now().astimezone(),
        versions={
            "ppstui": __version__,
            "python": ".".join(map(str, sys.version_info[:3])),
            "sqlite": sqlite3.sqlite_version,
            "textual": textual,
        },
    )


# ------------------------------------------------------------------------------------------------------- the terminal


def terminal_findings(here: Surroundings) -> Iterator[Finding]:
    """TERM, size, characters, colours, and what stands between ppstui and the screen."""
    env = here.env
    term = env.get("TERM", "")
    if not here.terminal:
        yield Finding("terminal", "output", "pass", "not a terminal, so nothing is said about colours and size")
    elif term in ("", "dumb"):
        fix = "set TERM, as in TERM=xterm-256color; until then the dashboard becomes `ppstui watch`"
        yield Finding("terminal", "TERM", "warn", f"TERM is {term or 'not set'}", fix)
    else:
        yield Finding("terminal", "TERM", "pass", term)
    if here.terminal:
        yield _size(here)
        yield Finding("terminal", "colours", "pass", _colours(env))
        yield Finding("terminal", "synchronised output", "pass", "unknown until the dashboard asks the terminal")
    yield _charset(here)
    yield from _between(env)


def _size(here: Surroundings) -> Finding:
    if here.size is None:
        return Finding("terminal", "size", "warn", "unknown", "run: stty cols 80 rows 24")
    columns, rows = here.size
    text = f"{columns}x{rows}"
    if columns < SMALLEST[0] or rows < SMALLEST[1]:
        return Finding("terminal", "size", "warn", text, f"make it {SMALLEST[0]}x{SMALLEST[1]} to see every column")
    return Finding("terminal", "size", "pass", text)


def _colours(env: Mapping[str, str]) -> str:
    term = env.get("TERM", "")
    if env.get("NO_COLOR"):
        return "none, because NO_COLOR is set"
    if env.get("COLORTERM", "").lower() in ("truecolor", "24bit") or term.endswith("-direct"):
        return "16 million"
    if "256color" in term:
        return "256; COLORTERM=truecolor says that the terminal has more"
    return "16; TERM=xterm-256color says that the terminal has more"


def _charset(here: Surroundings) -> Finding:
    name = next((key for key in ("LC_ALL", "LC_CTYPE", "LANG") if here.env.get(key)), "")
    locale = here.env.get(name, "")
    text = f"{name}={locale}, output in {here.encoding}" if name else f"no locale is set, output in {here.encoding}"
    written = here.encoding.lower().replace("-", "").startswith("utf")
    meant = ".utf" in locale.lower()
    if written and meant:
        return Finding("terminal", "charset", "pass", text)
    fix = "export LC_ALL=C.UTF-8 (or another UTF-8 locale), or start with --ascii"
    return Finding("terminal", "charset", "warn", text, fix)


def _between(env: Mapping[str, str]) -> Iterator[Finding]:
    """What stands between: multiplexers, SSH, and the way to the clipboard."""
    term = env.get("TERM", "")
    if env.get("TMUX"):
        hint = "in tmux.conf: set -s escape-time 10; set -s set-clipboard on; set -as terminal-features ',*:RGB:sync'"
        yield Finding("terminal", "tmux", "pass", f"inside tmux; {hint}")
    elif env.get("STY"):
        yield Finding(
            "terminal", "screen", "pass", "inside GNU screen; in .screenrc: maptimeout 10, term screen-256color"
        )
    if (env.get("TMUX") or env.get("STY")) and not term.startswith(("screen", "tmux")):
        fix = "let the multiplexer set it: TERM=tmux-256color or TERM=screen-256color"
        yield Finding("terminal", "multiplexer", "warn", f"TERM is {term or 'not set'} inside a multiplexer", fix)
    if env.get("SSH_CONNECTION") or env.get("SSH_TTY"):
        yield Finding("terminal", "ssh", "pass", "over SSH, so --low-bandwidth is on by itself; ssh -C saves more")
    if env.get("STY") and not env.get("TMUX"):
        fix = "read what `y` shows, or use tmux"
        yield Finding("terminal", "clipboard", "warn", "GNU screen does not pass copied text (OSC 52) on", fix)
    else:
        text = "copied text goes to the terminal (OSC 52); some ask for it to be allowed in their settings"
        yield Finding("terminal", "clipboard", "pass", text)


# -------------------------------------------------------------------------------------------------------- the machine


def machine_findings(here: Surroundings, paths: Paths, loaded: Loaded) -> Iterator[Finding]:
    """Programs, folders, the configuration file's rights, the clock, and whom TLS trusts."""
    yield from _programs(here.versions)
    yield from _folders(paths)
    if loaded.file is not None:
        yield _rights(loaded.file)
    yield _clock(here, loaded.config.timezone)
    yield _authorities(here.env)


def _programs(versions: Mapping[str, str]) -> Iterator[Finding]:
    yield Finding("programs", "ppstui", "pass", f"{versions['ppstui']} on Python {versions['python']}")
    sqlite = tuple(int(part) for part in versions["sqlite"].split(".")[:2])
    if sqlite < OLDEST_SQLITE:
        fix = "use a Python that is linked with a newer one"
        yield Finding("programs", "SQLite", "warn", f"{versions['sqlite']} is older than any tried", fix)
    else:
        yield Finding("programs", "SQLite", "pass", versions["sqlite"])
    if versions["textual"]:
        yield Finding("programs", "Textual", "pass", versions["textual"])
    else:
        fix = "install ppstui anew; the command line works without it"
        yield Finding("programs", "Textual", "fail", "is not installed, so there is no dashboard", fix)


def _folders(paths: Paths) -> Iterator[Finding]:
    for name, folder, state in (
        ("data", paths.data, "fail"),
        ("state", paths.state, "fail"),
        ("cache", paths.cache, "warn"),
    ):
        if _writable(folder):
            yield Finding("folders", name, "pass", str(folder))
        else:
            fix = f"run: mkdir -p {folder} && chmod u+rwx {folder}, or set XDG_{name.upper()}_HOME"
            yield Finding("folders", name, "fail" if state == "fail" else "warn", f"{folder} cannot be written", fix)


def _writable(folder: Path) -> bool:
    """Whether the folder, or the nearest one above it that exists, lets us write."""
    nearest = next((place for place in (folder, *folder.parents) if place.exists()), Path("/"))
    return nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)


def _rights(file: Path) -> Finding:
    try:
        mode = file.stat().st_mode
    except OSError as error:
        return Finding("folders", "configuration", "warn", f"{file}: {error.strerror or error}", "look at its rights")
    if mode & 0o022:
        # It may name commands to run, so who can write it can run programs as its owner.
        return Finding("folders", "configuration", "warn", f"others may write {file}", f"run: chmod go-w {file}")
    return Finding("folders", "configuration", "pass", str(file))


def _clock(here: Surroundings, zone: str) -> Finding:
    told = f"{here.now:%Y-%m-%d %H:%M %Z}, deadlines in {zone}"
    if here.now.year < 2024:  # noqa: PLR2004 - before this program existed
        return Finding(
            "clock", "clock", "fail", f"{told}: that is long past", "set the clock, as in: timedatectl set-ntp true"
        )
    return Finding("clock", "clock", "pass", told)


def _authorities(env: Mapping[str, str]) -> Finding:
    import ssl

    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        if env.get(name) and not Path(env[name]).exists():
            return Finding(
                "TLS", "authorities", "fail", f"{name} names {env[name]}, which is not there", f"unset {name}"
            )
    places = ssl.get_default_verify_paths()
    count = ssl.create_default_context().cert_store_stats()["x509_ca"]
    folder = Path(places.capath) if places.capath else None
    if count or (folder is not None and folder.is_dir() and any(folder.iterdir())):
        where = places.cafile or places.capath
        return Finding("TLS", "authorities", "pass", f"{count or 'some'} trusted, from {where}")
    fix = "install ca-certificates, or set SSL_CERT_FILE, or ca_file of the backend"
    return Finding("TLS", "authorities", "warn", "this machine trusts nobody, so https will not work", fix)


def skew_finding(source: str, skew: float) -> Finding:
    """How far a server's clock is from ours."""
    text = f"{source} is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} this machine"
    if abs(skew) > SKEW_SECONDS:
        return Finding("clock", source, "warn", text, "deadlines will be off; set the clock of whichever is wrong")
    return Finding("clock", source, "pass", text)
