"""Runs command lines as a shell would, in a home of their own, at a clock that stands still unless told otherwise."""

from __future__ import annotations

import datetime as dt
import io
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Union

from ppstui.cli import main
from ppstui.cli.console import Console

if TYPE_CHECKING:
    from pathlib import Path

JsonValue = Union[dict[str, "JsonValue"], list["JsonValue"], str, int, float, bool, None]  # noqa: UP007 - recursive

NOON = dt.datetime(2026, 11, 20, 11, 0, tzinfo=dt.UTC)
"""A Friday, noon in Zurich."""


class Stream(io.TextIOWrapper):
    """A stream that remembers what was written to it, and may say that it is a terminal."""

    def __init__(self, text: str = "", *, terminal: bool = False, encoding: str = "utf-8") -> None:
        self.bytes = io.BytesIO(text.encode())
        self.terminal = terminal
        super().__init__(self.bytes, encoding=encoding, newline="", write_through=True)

    def isatty(self) -> bool:
        return self.terminal

    def text(self) -> str:
        self.flush()
        return self.bytes.getvalue().decode(self.encoding)


@dataclass
class Answer:
    """What a command line came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, JsonValue]:
        """The one document on standard output."""
        document: dict[str, JsonValue] = json.loads(self.out)
        return document

    @property
    def records(self) -> list[dict[str, JsonValue]]:
        """The records of a listing."""
        return self.items("records")

    def items(self, key: str) -> list[dict[str, JsonValue]]:
        """A list of objects in the document."""
        items = self.json[key]
        assert isinstance(items, list)
        return [item for item in items if isinstance(item, dict)]


@dataclass
class Shell:
    """One user's machine."""

    home: Path
    env: dict[str, str] = field(default_factory=dict)
    now: dt.datetime = NOON
    patience: float = 10.0
    transport: object = None
    """The other end of the network; None: the real one."""

    def run(
        self, *argv: str, stdin: str = "", terminal: bool = False, person: bool = False, encoding: str = "utf-8"
    ) -> Answer:
        out, err = Stream(terminal=terminal, encoding=encoding), Stream(terminal=person, encoding=encoding)
        console = Console(
            out=out,
            err=err,
            stdin=Stream(stdin, terminal=person),
            env={"HOME": str(self.home), "USER": "carla", "TERM": "xterm", **self.env},
            now=lambda: self.now,
            patience=self.patience,
            transport=self.transport,
        )
        code = main(list(argv), console)
        assert "Traceback" not in err.text() + out.text()
        return Answer(code, out.text(), err.text())

    def configure(self, text: str) -> None:
        """Writes the configuration file."""
        file = self.home / ".config" / "ppstui" / "config.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
