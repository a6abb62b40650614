"""Which teams there are: the values the teams' field takes, or else the groups named as teams.

Listing a field's values needs SeeCustomField granted globally, which few accounts have; groups need SeeGroup. The
roster changes a few times a year, so it is asked for once an hour at most, and costs nothing in between.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec
from msgspec import Struct

from ppstui.backends import _http
from ppstui.errors import Gone
from ppstui.model import Ref, Team
from ppstui.port import Batch
from ppstui.rules.names import read_team

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ppstui.backends.rt import Options
    from ppstui.backends.rt.client import RTClient
    from ppstui.backends.rt.reading import Reader
    from ppstui.port import Since, Toolbox

KEPT = dt.timedelta(hours=1)
"""How long a roster is taken to be the present one."""
_PREFIX = "team-"
"""How the ids of teams begin; those of tickets are numbers."""
_TEAM = "ea-"


class _Cursor(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the next reading of the roster needs to know of the last one."""

    read_at: dt.datetime
    note: str = ""
    """What was missing; said again until the roster is read again."""
    settings: str = ""
    """A fingerprint of the settings that decide what is read."""


class Roster:
    """The teams one RT knows."""

    def __init__(self, options: Options, tools: Toolbox, client: RTClient, reader: Reader) -> None:
        self._options = options
        self._tools = tools
        self._client = client
        self._reader = reader

    async def fetch(self, since: Since | None) -> Batch:
        """All teams; an empty batch, and no question asked, within the hour after the last reading."""
        now = self._tools.clock()
        if since is not None:
            cursor = self._cursor(since.cursor)
            if cursor is not None and dt.timedelta() <= now - cursor.read_at < KEPT:
                return Batch(cursor=since.cursor, note=cursor.note)
        names = await self._names()
        note = "" if names else self._note()
        after = _Cursor(read_at=now, note=note, settings=self._fingerprint())
        teams = {team.ref: team for team in map(self._team, names)}
        return Batch(tuple(teams.values()), complete=True, cursor=msgspec.json.encode(after).decode(), note=note)

    def names_one(self, ref: Ref) -> bool:
        """Whether a reference is one of a team."""
        return ref.id.startswith(_PREFIX)

    async def look(self, ref: Ref) -> Team:
        """One team. Raises Gone when the roster has no such team any more."""
        found = next((team for team in map(self._team, await self._names()) if team.ref == ref.whole), None)
        if found is None:
            text = f"{self._client.source}: there is no team {_http.plain(ref.id.removeprefix(_PREFIX), 80)!r}"
            raise Gone(text, source=self._client.source)
        return found

    async def _names(self) -> tuple[str, ...]:
        """Names of teams, each once: the field's values where they may be listed, else the groups named as teams."""
        field = self._reader.teams_field or await self._field()
        choices = await self._client.choices(field) if field else None
        names: Iterable[str] = choices.names if choices else ()
        prefix = self._options.team_group_prefix
        if not names and prefix:
            names = map(self._of_group, await self._client.groups_like(prefix))
        return tuple(dict.fromkeys(name for name in names if name.strip()))

    async def _field(self) -> str:
        """The id of the teams' field; "" when the queue shows none of that name."""
        queue = await self._client.queue(self._options.queue)
        fields = queue.fields if queue else []
        return next((str(field.id) for field in fields if field.name == self._options.fields.teams), "")

    def _of_group(self, name: str) -> str:
        """The team a group stands for: of `staged-ea-NGI_IT-INFN-T1` the prefix is none of the team's name."""
        rest = name[len(self._options.team_group_prefix) :]
        return rest if rest.startswith(_TEAM) else name

    def _team(self, name: str) -> Team:
        reading = read_team(name)
        return Team(ref=self.ref(name), name=name, ngi=reading.ngi, site=reading.site)

    def ref(self, name: str) -> Ref:
        """The reference of a team: its name, percent-encoded only where a reference could not hold it."""
        fits = name.isprintable() and not any(char.isspace() or char in "/%" for char in name)
        return Ref(self._client.source, _PREFIX + (name if fits else quote(name, safe="")))

    def _note(self) -> str:
        field, prefix = self._options.fields.teams, self._options.team_group_prefix
        groups = f", nor groups named {_http.plain(prefix, 40)}… (SeeGroup)" if prefix else ""
        return (
            f"no team is known: this account lists neither values of {_http.plain(field, 60)} (SeeCustomField, granted "
            f"globally){groups}"
        )

    def _cursor(self, text: str) -> _Cursor | None:
        """The cursor in a text; None when it makes no sense here, or was made with other settings."""
        try:
            cursor = msgspec.json.decode(text, type=_Cursor)
        except (msgspec.DecodeError, UnicodeError):
            return None
        aware = cursor.read_at.tzinfo is not None
        return cursor if aware and cursor.settings == self._fingerprint() else None

    def _fingerprint(self) -> str:
        options = self._options
        said = (options.url, options.queue, options.fields.teams, options.team_group_prefix)
        return hashlib.sha256(msgspec.json.encode(said)).hexdigest()[:16]
