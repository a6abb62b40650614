"""What stands between a desk and its database: a line that can break, and that counts the ways there and back."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_COMMITTED = b"C\x00\x00\x00\x0bCOMMIT\x00"
"""The server's word that something is kept."""


class Proxy:
    """Hands everything on to a port of this machine, until it is told not to."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._lock = threading.Lock()
        self._lines: set[socket.socket] = set()
        self._listener: socket.socket | None = None
        self.port = 0
        self.journeys = 0
        """How often a question went out after an answer."""
        self.commits = 0
        """How many transactions were kept."""
        self.on_commit: Callable[[int], bool] = lambda _number: True
        """Is told of each and says whether the word of it may go on."""
        self.open()

    def open(self) -> None:
        """Takes connections, from the second time on at the same port."""
        if self._listener is None:
            self._listener = socket.create_server(("127.0.0.1", self.port))
            self.port = self._listener.getsockname()[1]
            threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def close(self) -> None:
        """Breaks every connection and takes no more."""
        if self._listener is not None:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        with self._lock:
            lines = list(self._lines)
        for line in lines:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                here, _ = listener.accept()
                threading.Thread(target=self._carry, args=(here,), daemon=True).start()

    def _carry(self, here: socket.socket) -> None:
        with contextlib.suppress(OSError), here, socket.create_connection(("127.0.0.1", self._port)) as there:
            with self._lock:
                self._lines |= {here, there}
            try:
                self._hand_on(here, there)
            finally:
                with self._lock:
                    self._lines -= {here, there}

    def _hand_on(self, here: socket.socket, there: socket.socket) -> None:
        answered = True
        while True:
            ready, _, _ = select.select([here, there], [], [])
            for one in ready:
                some = one.recv(1 << 16)
                if not some:
                    return
                if one is here:
                    self.journeys += answered
                    answered = False
                    there.sendall(some)
                    continue
                answered = True
                if _COMMITTED in some:
                    self.commits += 1
                    if not self.on_commit(self.commits):
                        return
                here.sendall(some)
