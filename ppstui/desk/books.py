"""The registries as their sources last had them, and as they will be: put together when somebody asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from ppstui.desk.judging import UNDER_WAY
from ppstui.errors import StoreError
from ppstui.model import Commitment, Kind, Team, Wish, about_registry
from ppstui.rules.registry import Registry, registry_preview

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ppstui.model import Entry, Record
    from ppstui.store import Cache

_R = TypeVar("_R", bound=Team | Commitment | Wish)


class Books:
    """What all sources know of partners, commitments and wishes; kept until something of it changes."""

    def __init__(self, cache: Cache, entries: Callable[[], Iterable[Entry]], say: Callable[[str], None]) -> None:
        """`entries` are those of the outbox."""
        self._cache = cache
        self._entries = entries
        self._say = say
        self._known: dict[str, Registry] | None = None
        self._shown: dict[str, Registry] | None = None

    def came_in(self) -> None:
        """A source said something else."""
        self._known = self._shown = None

    def queued(self) -> None:
        """The outbox changed."""
        self._shown = None

    def known(self, source: str = "") -> Registry:
        """As that source last had it, or all of them ("")."""
        if self._known is None:
            self._known = self._read()
        return _of(self._known, source)

    def registry(self, source: str = "") -> Registry:
        """The same with what is pending laid over it."""
        if self._shown is None:
            self.known()
            self._shown = dict(self._known or {})
            for entry in sorted(self._entries(), key=lambda entry: entry.id):
                command = entry.command
                if entry.state in UNDER_WAY and about_registry(command):
                    book = self._shown.get(command.target.source, Registry())
                    self._shown[command.target.source] = registry_preview(command, book, entry.key)
        return _of(self._shown, source)

    def _read(self) -> dict[str, Registry]:
        partners = self._every(Kind.TEAM, Team)
        commitments = self._every(Kind.COMMITMENT, Commitment)
        wishes = self._every(Kind.WISH, Wish)
        entries: tuple[Team | Commitment | Wish, ...] = (*partners, *commitments, *wishes)
        sources = dict.fromkeys(each.ref.source for each in entries)
        return {
            source: Registry(
                partners=tuple(each for each in partners if each.ref.source == source),
                commitments=tuple(each for each in commitments if each.ref.source == source),
                wishes=tuple(each for each in wishes if each.ref.source == source),
            )
            for source in sources
        }

    def _every(self, kind: Kind, of: type[_R]) -> tuple[_R, ...]:
        try:
            found: tuple[Record, ...] = self._cache.every(kind)
        except StoreError as error:
            self._say(str(error))
            return ()
        return tuple(record for record in found if isinstance(record, of))


def _of(books: dict[str, Registry], source: str) -> Registry:
    if source:
        return books.get(source, Registry())
    every = books.values()
    return Registry(
        partners=tuple(each for book in every for each in book.partners),
        commitments=tuple(each for book in every for each in book.commitments),
        wishes=tuple(each for book in every for each in book.wishes),
    )
