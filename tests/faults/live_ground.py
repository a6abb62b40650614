"""The ground of the slow runs: a real Request Tracker behind a flaky proxy, looked at in its own database."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import quopri
import random
import sqlite3
from collections import Counter
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING

from ppstui.model import Ref
from tests.faults.asking import Asking
from tests.faults.laws import Book
from tests.faults.play import Play
from tests.faults.proxy import Proxy
from tests.faults.schedule import Schedule
from tests.faults.seat import Account, Postbox, Seat
from tests.faults.truth import Change, Said, Truth

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence
    from pathlib import Path

    from tests.servers.rt_site import Site

TEAMS = ("ea-NGI_IT-INFN-PADOVA", "ea-NGI_CZ-praguelcg2", "ea-NGI_UK-UKI-LT2-Brunel", "ea-NGI_CH-CSCS-LCG2")
TICKETS = ("26", "16", "4")
"""One that is new, two that are open."""
READ_TIMEOUT = 1.0
SHAPES = ("one desk", "two homes", "one home")


class TurnedClock:
    """The wall clock, put forward and back."""

    def __init__(self) -> None:
        self.offset = dt.timedelta()

    def __call__(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + self.offset


class LiveGround:
    """See `play.Ground`."""

    def __init__(self, seed: int, site: Site) -> None:
        self.schedule = Schedule(seed)
        self.clock = TurnedClock()
        self.site = site
        self.tickets: Sequence[Ref] = [Ref("rt", number) for number in TICKETS]
        self.proxies: list[Proxy] = []
        self.postbox = Postbox(self.schedule, "mail")
        self.said = 0
        self._since = highest(site, "Transactions")

    def sit(self, name: str, home: Path, who: str, proxy: Proxy, book: Book) -> Seat:
        """A coordinator sits down at a desk."""
        account = Account(self.site.user(who), self.site.token(who), proxy.url)
        options: dict[str, object] = {"read_timeout": dt.timedelta(seconds=READ_TIMEOUT)}
        seat = Seat(name, home, account, self.clock, lambda _: None, book, self.schedule, self.postbox, options=options)
        seat.open()
        return seat

    def turn(self, seconds: float) -> None:
        """See `play.Ground`."""
        self.clock.offset += dt.timedelta(seconds=seconds)

    async def moment(self, dice: random.Random) -> None:
        """See `play.Ground`."""
        await asyncio.sleep(dice.random() * 0.3)

    async def time_passes(self) -> None:
        """See `play.Ground`."""
        await asyncio.sleep(2 * READ_TIMEOUT)

    async def arrive(self) -> None:
        """See `play.Ground`."""
        for proxy in self.proxies:
            await proxy.arrive()

    async def restart(self, seat: Seat) -> None:
        """See `play.Ground`; here it may still say goodbye."""
        await seat.desk.aclose()
        seat.open()

    async def colleague(self, dice: random.Random) -> str:
        """See `play.Ground`."""
        ref, team = dice.choice(self.tickets), dice.choice(TEAMS)
        self.said += 1
        what = dice.choice(("says", "notes", "answers", "outcome", "document", "status"))
        path, body = f"/ticket/{ref.id}", dict[str, object]()
        match what:
            case "says" | "answers":
                text = f"word {self.said}" if what == "says" else f"accept {team.removeprefix('ea-')}"
                path, body = f"{path}/correspond", {"Content": text, "ContentType": "text/plain"}
            case "notes":
                path, body = f"{path}/comment", {"Content": f"word {self.said}", "ContentType": "text/plain"}
            case "outcome":
                body = {"CustomFields": {"Outcome": dice.choice(("ACCEPT", "REJECT"))}}
            case "document":
                body = {"CustomFields": {"DocID": str(100 + self.said)}}
            case "status":
                body = {"Status": dice.choice(("open", "stalled", "resolved"))}
        await asyncio.to_thread(self._asked, "PUT" if path.count("/") == 2 else "POST", path, body)
        return f"a colleague {what} on {ref}"

    def _asked(self, method: str, path: str, body: dict[str, object]) -> None:
        with self.site.client() as client:
            client.request(method, path, json=body)

    def newest(self) -> int:
        """See `play.Ground`."""
        return highest(self.site, "Transactions")

    def truth(self) -> Truth:
        """See `play.Ground`."""
        truth = look(self.site, self._since)
        truth.letters = Counter(self.postbox.posted)
        return truth


def trim(site: Site) -> None:
    """Takes everything out of a demo site that nobody plays with: every reading would pay for it."""
    with closing(sqlite3.connect(site.directory / "pristine.sqlite")) as database, database:
        kept = ", ".join(TICKETS)
        parents = f"SELECT LocalTarget FROM Links WHERE Type = 'MemberOf' AND LocalBase IN ({kept})"
        database.execute(f"UPDATE Tickets SET Status = 'deleted' WHERE id NOT IN ({kept}) AND id NOT IN ({parents})")
    site.reset()


def highest(site: Site, table: str) -> int:
    """The highest number in a table of RT's own."""
    with closing(_database(site)) as database:
        return int(database.execute(f"SELECT MAX(id) FROM {table}").fetchone()[0])


def _database(site: Site) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{site.directory / 'rt.sqlite'}?mode=ro", uri=True, timeout=20)


def look(site: Site, since: int) -> Truth:
    """What happened on the server after that transaction, and how everything stands."""
    truth = Truth()
    with closing(_database(site)) as database:
        names = {str(number): name for number, name in database.execute("SELECT id, Name FROM CustomFields")}
        users = dict(database.execute("SELECT id, Name FROM Users"))
        rows = database.execute(
            # RT keeps a field's values in a table of their own, also those that were replaced.
            "SELECT t.id, t.ObjectId, t.Type, t.Field, coalesce(t.OldValue, old.Content),"
            " coalesce(t.NewValue, new.Content), t.Creator FROM Transactions t"
            " LEFT JOIN ObjectCustomFieldValues old ON t.Type = 'CustomField' AND old.id = t.OldReference"
            " LEFT JOIN ObjectCustomFieldValues new ON t.Type = 'CustomField' AND new.id = t.NewReference"
            " WHERE t.ObjectType = 'RT::Ticket' AND t.id > ? ORDER BY t.id",
            (since,),
        ).fetchall()
        for number, ticket, kind, name, old, new, creator in rows:
            author = users[creator]
            if kind in ("Correspond", "Comment", "Create"):
                truth.said.append(_said(database, number, str(ticket), kind, author))
            else:
                what = {"CustomField": names.get(name), "Status": "status", "Set": (name or "").lower()}.get(kind)
                what = "link" if kind in ("AddLink", "DeleteLink") and name == "RefersTo" else what
                truth.changes += _changes(
                    number, str(ticket), what, author, (_plain(what, old, users), _plain(what, new, users))
                )
        for ticket, name, value in database.execute(
            "SELECT v.ObjectId, f.Name, v.Content FROM ObjectCustomFieldValues v JOIN CustomFields f ON f.id ="
            " v.CustomField WHERE v.ObjectType = 'RT::Ticket' AND v.Disabled = 0"
        ):
            truth.values.setdefault((str(ticket), name), set()).add(value)
        for ticket, status, owner, due in database.execute("SELECT id, Status, Owner, Due FROM Tickets"):
            truth.values[str(ticket), "status"] = {status}
            truth.values[str(ticket), "owner"] = {users[owner]}
            truth.values[str(ticket), "due"] = {str(due)[:10]}
        for child, parent in database.execute("SELECT LocalBase, LocalTarget FROM Links WHERE Type = 'MemberOf'"):
            truth.parents[str(child)] = str(parent)
        for base, target in database.execute("SELECT Base, Target FROM Links WHERE Type = 'RefersTo'"):
            truth.values.setdefault((base.rpartition("/")[2], "link"), set()).add(target)
    return truth


def _plain(what: str | None, value: object, users: dict[int, str]) -> str:
    text = "" if value is None else str(value)
    if what == "owner" and text.isdigit():
        return users[int(text)].replace("Nobody", "")
    return text[:10].replace("1970-01-01", "") if what == "due" else text


def _changes(number: int, ticket: str, what: str | None, author: str, values: tuple[str, str]) -> Iterator[Change]:
    for value, put in zip(values, (False, True), strict=True):
        if what and value:
            yield Change(number, ticket, what, value, author, put=put)


def _said(database: sqlite3.Connection, number: int, ticket: str, kind: str, author: str) -> Said:
    text, files = "", []
    for name, content_type, encoding, content in database.execute(
        "SELECT Filename, ContentType, ContentEncoding, Content FROM Attachments WHERE TransactionId = ? ORDER BY id",
        (number,),
    ):
        raw = _decoded(content, encoding)
        if name:
            files.append((name, len(raw)))
        elif content_type == "text/plain" and not text:
            text = raw.decode("utf-8", "replace")
    return Said(number, ticket, kind, author, text, tuple(files))


def _decoded(content: str | bytes | None, encoding: str | None) -> bytes:
    raw = content.encode() if isinstance(content, str) else content or b""
    if encoding == "base64":
        return base64.b64decode(raw)
    return quopri.decodestring(raw) if encoding == "quoted-printable" else raw


@asynccontextmanager
async def played(seed: int, site: Site, folder: Path, *, steps: int) -> AsyncIterator[Play]:
    """A play of that seed on the site as new."""
    await asyncio.to_thread(site.reset)
    ground = LiveGround(seed, site)
    shape = SHAPES[seed % 3]
    ground.schedule.story.append(f"--- seed {seed}: {shape}")
    async with Proxy(site.url, ground.schedule, "anna") as first, Proxy(site.url, ground.schedule, "bert") as second:
        ground.proxies = [first, second]
        book = Book(site.user("manager"))
        seats = [ground.sit("anna", folder / "anna", "manager", first, book)]
        if shape == "one home":
            seats.append(ground.sit("anna again", folder / "anna", "manager", second, book))
        if shape == "two homes":
            seats.append(ground.sit("bert", folder / "bert", "manager2", second, Book(site.user("manager2"))))
        try:
            dice = random.Random(f"asking {seed}")
            yield Play(seed, ground, seats, Asking(dice, TEAMS, ground.clock().date()), steps=steps)
        finally:
            for seat in seats:
                await seat.desk.aclose()
