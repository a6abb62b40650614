"""Where a store can be, for what must hold in each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ppstui.backends.sql.address import server_in
from ppstui.backends.sql.backend import SqlBackend
from ppstui.backends.sql.file import DataFile
from ppstui.testing.reading import NOON

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.postgresql_site import Cluster

PAGES = "https://documents.example.org/document/{id}"


class Place(Protocol):
    """One store, empty at first."""

    def desk(self, me: str = "coordinator", document_url: str = PAGES) -> SqlBackend:
        """A backend on it, as one desk of several has."""


class FilePlace:
    def __init__(self, path: Path | None) -> None:
        self.path = path

    def desk(self, me: str = "coordinator", document_url: str = PAGES) -> SqlBackend:
        return SqlBackend("local", DataFile(self.path, "local", patience=0.05), lambda: NOON, me, document_url)


class TeamPlace:
    def __init__(self, cluster: Cluster, shelf: Path | None = None, more: str = "") -> None:
        self.cluster = cluster
        self.schema = cluster.schema()
        self.shelf = shelf
        self._more = more

    def desk(self, me: str = "coordinator", document_url: str = PAGES) -> SqlBackend:
        from ppstui.backends.sql.server import DataServer
        from tests.servers.postgresql_site import PASSWORD

        address = server_in(self.cluster.url(self.schema, more=self._more))
        return SqlBackend(
            "local", DataServer(address, "local", lambda: PASSWORD, shelf=self.shelf), lambda: NOON, me, document_url
        )
