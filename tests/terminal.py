"""A person's terminal for tests and benchmarks: a program on a pseudo-terminal, its screen emulated, its cost counted.

Screens are emulated by pyte. Bytes and cells do not depend on the machine; processor time is the kernel's own, of the
whole process tree. Only Linux is supported.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pyte

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

KEYS = {
    "enter": b"\r",
    "tab": b"\t",
    "escape": b"\x1b",
    "space": b" ",
    "backspace": b"\x7f",
    "up": b"\x1b[A",
    "down": b"\x1b[B",
    "right": b"\x1b[C",
    "left": b"\x1b[D",
    "home": b"\x1b[H",
    "end": b"\x1b[F",
    "pageup": b"\x1b[5~",
    "pagedown": b"\x1b[6~",
    "f1": b"\x1bOP",
}
# What the caller's own terminal says must not change what is measured.
DROPPED = (
    "COLORTERM",
    "TERM_PROGRAM",
    "NO_COLOR",
    "FORCE_COLOR",
    "TEXTUAL",
    "LINES",
    "COLUMNS",
    "PYTHONDONTWRITE",
    "SSH_",
)
# Sequences that draw nothing and that pyte would print or trip over: kitty keys, mode queries, strings.
UNDRAWN = re.compile(rb"\x1b\[[<>=?][0-9;]*(?:u|m|\$p)|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1bP[^\x1b]*\x1b\\")
UNFINISHED = re.compile(rb"\x1b(?:\[[0-?]*|\][^\x07\x1b]*|P[^\x1b]*)?\Z")
TICKS = os.sysconf("SC_CLK_TCK")


class NotSeen(AssertionError):
    """What was waited for never came; the message holds the screen."""


@dataclass(frozen=True)
class Cost:
    """What one key cost."""

    bytes: int
    """Written to the terminal."""
    cells: int
    """Cells that look different afterwards."""
    cpu_ms: float


def key(name: str) -> bytes:
    """The bytes a terminal sends: a name of KEYS, `ctrl+x`, or the characters themselves."""
    if name in KEYS:
        return KEYS[name]
    if name.startswith("ctrl+"):
        return bytes([ord(name[-1].upper()) & 0x1F])
    return name.encode()


class Terminal:
    """A program started on a terminal of its own. Use it as a context manager; leaving it ends the program."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        size: tuple[int, int] = (120, 40),
        term: str = "xterm-256color",
        env: Mapping[str, str] | None = None,
    ) -> None:
        columns, lines = size
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self._rest = b""
        self.raw = bytearray()
        self.ended = False
        self.status: int | None = None
        kept = {name: value for name, value in os.environ.items() if not name.startswith(DROPPED)}
        kept |= {"TERM": term, **(env or {})}
        self.started = time.monotonic()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:  # the child
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
            try:
                os.execvpe(argv[0], list(argv), kept)
            finally:
                os._exit(127)
        self.resize(columns, lines)
        os.set_blocking(self._fd, False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.kill()

    def resize(self, columns: int, lines: int) -> None:
        """Changes the window, as a person drags its corner."""
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.screen.resize(lines, columns)

    # ------------------------------------------------------------------------------------------------------- output

    def pump(self, wait: float) -> bool:
        """Reads what is there, waiting at most `wait` seconds for something; True when something came."""
        came = False
        while not self.ended and select.select([self._fd], [], [], 0 if came else wait)[0]:
            try:
                data = os.read(self._fd, 65536)
            except BlockingIOError:
                break
            except OSError:  # Linux answers EIO once the other side is closed
                data = b""
            if not data:
                self.ended = True
                break
            came = True
            self.raw += data
            self._answer(data)
            self._draw(data)
        return came

    def _answer(self, data: bytes) -> None:
        """Answers the question that Textual waits for: synchronised output is known here."""
        if b"\x1b[?2026$p" in data:
            self.write(b"\x1b[?2026;2$y")

    def _draw(self, data: bytes) -> None:
        data = self._rest + data
        cut = UNFINISHED.search(data)
        data, self._rest = (data[: cut.start()], data[cut.start() :]) if cut else (data, b"")
        self._stream.feed(UNDRAWN.sub(b"", data))

    def lines(self) -> list[str]:
        """The screen as text."""
        return [line.rstrip() for line in self.screen.display]

    @property
    def text(self) -> str:
        """The screen as one text."""
        return "\n".join(self.lines())

    def cells(self) -> list[tuple[object, ...]]:
        """The screen cell by cell with its colours."""
        columns = range(self.screen.columns)
        return [tuple(self.screen.buffer[y][x] for x in columns) for y in range(self.screen.lines)]

    def sees(self, pattern: str, timeout: float = 20.0) -> re.Match[str]:
        """Waits until the screen matches. Raises NotSeen with the screen."""
        wanted, end = re.compile(pattern, re.MULTILINE), time.monotonic() + timeout
        while True:
            if found := wanted.search(self.text):
                return found
            if self.ended or time.monotonic() > end:
                why = "the program ended" if self.ended else f"{timeout:g} s passed"
                raise NotSeen(f"{why} before {pattern!r} was on the screen:\n{self.text}")
            self.pump(0.05)

    def settle(self, quiet: float = 0.1, timeout: float = 10.0) -> None:
        """Waits until nothing was written and hardly any processor used for `quiet` seconds."""
        end, cpu = time.monotonic() + timeout, self.cpu()
        while not self.ended and time.monotonic() < end:
            came = self.pump(quiet)
            cpu, before = self.cpu(), cpu
            if not came and cpu - before < 0.05 * quiet:
                return

    # -------------------------------------------------------------------------------------------------------- input

    def write(self, data: bytes) -> None:
        """Sends bytes as they are."""
        with contextlib.suppress(OSError):
            os.write(self._fd, data)

    def press(self, *names: str) -> None:
        """Presses keys."""
        for name in names:
            self.write(key(name))

    def cost(self, name: str, quiet: float = 0.15) -> Cost:
        """Presses one key, waits until all is quiet, and says what it cost."""
        size, cells, cpu = len(self.raw), self.cells(), self.cpu()
        self.press(name)
        self.settle(quiet)
        changed = sum(
            a != b for old, new in zip(cells, self.cells(), strict=True) for a, b in zip(old, new, strict=True)
        )
        return Cost(len(self.raw) - size, changed, 1000 * (self.cpu() - cpu))

    # ------------------------------------------------------------------------------------------------------ process

    def cpu(self) -> float:
        """Seconds of processor the program and its children have used."""
        total, queue = 0.0, [self.pid]
        while queue:
            pid = queue.pop()
            with contextlib.suppress(OSError, ValueError):
                total += time.clock_gettime((~pid << 3) | 2)  # the kernel's clock of that process
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                total += (int(fields[13]) + int(fields[14])) / TICKS
                for task in Path(f"/proc/{pid}/task").glob("*/children"):
                    queue += map(int, task.read_text().split())
        return total

    def signal(self, number: signal.Signals) -> None:
        """Sends the program a signal."""
        os.kill(self.pid, number)

    def wait(self, timeout: float = 10.0) -> int:
        """Waits for the program's end; answers with its exit status. Raises NotSeen."""
        end = time.monotonic() + timeout
        while self.status is None:
            self.pump(0.02)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
            elif time.monotonic() > end:
                raise NotSeen(f"still running after {timeout:g} s:\n{self.text}")
        return self.status

    def kill(self) -> None:
        """Ends the program, whatever it does."""
        if self.status is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self.pid, 0)
            self.status = -signal.SIGKILL
        with contextlib.suppress(OSError):
            os.close(self._fd)
