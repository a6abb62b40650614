"""The files themselves: migrated, refused, damaged, out of space."""

from __future__ import annotations

import datetime as dt
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ppstui.errors import StoreError
from ppstui.model import Comment, Kind, Ref, Report, State
from ppstui.port import Exchange
from ppstui.store import Holder, Place, Wanted, open_store
from ppstui.store import cache as cache_module
from ppstui.store import outbox as outbox_module
from ppstui.store._sqlite import DatabaseFile
from tests.desk.world import START, Clock, rollout

if TYPE_CHECKING:
    from ppstui.model import Record
    from ppstui.store import Cache, Outbox


SCHEMAS = Path(__file__).parent / "schemas"
"""Every schema there ever was, with a few rows in it."""


class Home:
    """A state folder, and what opening it said."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = Clock()
        self.said: list[str] = []

    def open(self) -> tuple[Cache, Outbox]:
        return open_store(self.folder, self.clock, self.said.append)

    def file(self, name: str) -> Path:
        return self.folder / name

    def aside(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir() if ".corrupt-" in path.name)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "state")


def judged(record: Record) -> Place:
    return Place(live=True, urgency=float(record.ref.id), changes_at=None, text=str(record.ref))


def wanted(text: str, number: int = 0) -> Wanted:
    return Wanted(command=Comment(target=Ref("rt", "1"), text=text), key=f"comment-{text}{number}", by="me")


def fill(cache: Cache, count: int) -> None:
    cache.put("rt", Kind.ROLLOUT, [rollout(f"rt:{number}") for number in range(count)], judge=judged)


def close(*files: Cache | Outbox) -> None:
    for file in files:
        file.close()


# --------------------------------------------------------------------------------------------------------- migrations


@pytest.mark.parametrize(("name", "version"), [("cache", 1), ("outbox", 1), ("outbox", 2), ("outbox", 3)])
def test_every_schema_there_ever_was_is_brought_up_to_date(home: Home, name: str, version: int) -> None:
    home.folder.mkdir()
    text = (SCHEMAS / f"{name}-{version}.sql").read_text(encoding="utf-8")
    with sqlite3.connect(home.file(f"{name}.sqlite")) as old:
        old.executescript(text)
    old.close()
    cache, outbox = home.open()
    if name == "cache":
        placed, tally = cache.first(Kind.ROLLOUT, 10)
        assert [entry.ref for entry in placed] == [Ref("rt", "1234")]
        assert tally.live == 1
        assert cache.cursor("rt", Kind.ROLLOUT) == "4711"
    else:
        entries = {entry.id: entry for entry in outbox.entries()}
        assert (entries[1].state, entries[1].receipt) == (State.DONE, "rt:1234 shows it")
        assert (entries[2].state, entries[2].conflict) == (State.PARKED, False)
        assert [entry.state for entry in entries.values() if entry.conflict] == [State.PARKED] * (version > 1)
        assert [entry.mail for entry in entries.values() if entry.mail] == ["leaving"] * (version > 2)
        assert outbox.content(5) == (b"data" if version > 2 else b"")
        assert [told.answer for told in outbox.exchanges(4)] == ["no answer"] * (version > 2)
    assert home.said == []
    assert home.aside() == []


def test_the_newest_schema_in_the_tests_is_the_one_in_use(home: Home) -> None:
    close(*home.open())
    for name, module in (("cache", cache_module), ("outbox", outbox_module)):
        newest = SCHEMAS / f"{name}-{len(module.MIGRATIONS)}.sql"
        with sqlite3.connect(":memory:") as old, sqlite3.connect(home.file(f"{name}.sqlite")) as new:
            old.executescript(newest.read_text(encoding="utf-8"))
            question = "SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name"
            assert old.execute(question).fetchall() == new.execute(question).fetchall()


def test_what_an_older_version_asked_for_keeps_the_record_that_its_person_had_seen(home: Home) -> None:
    home.folder.mkdir()
    with sqlite3.connect(home.file("outbox.sqlite")) as old:
        old.executescript((SCHEMAS / "outbox-2.sql").read_text(encoding="utf-8"))
    old.close()
    _, outbox = home.open()
    seen = outbox.seen(2)
    assert seen is not None
    assert (str(seen.ref), seen.rev) == ("rt:1234", "1")
    assert outbox.seen(1) is None, "what is done is compared with nothing any more"
    assert outbox.seen(3) is None, "of this one nothing was kept"


def numbered(path: Path, *migrations: tuple[str, ...]) -> DatabaseFile:
    return DatabaseFile(path, migrations, synchronous="FULL", clock=Clock(), rescue=lambda _aside, _new: None)


def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "some.sqlite"
    first = ("CREATE TABLE t (a)", "INSERT INTO t VALUES (1)")
    numbered(path, first).open()
    with pytest.raises(sqlite3.OperationalError):
        numbered(path, first, ("ALTER TABLE t ADD COLUMN b", "NONSENSE")).open()
    with sqlite3.connect(path) as raw:
        assert raw.execute("PRAGMA user_version").fetchone() == (1,)
        assert raw.execute("SELECT * FROM t").fetchall() == [(1,)]
    better = numbered(path, first, ("ALTER TABLE t ADD COLUMN b",), ("UPDATE t SET b = 2",))
    assert better.read(lambda connection: connection.execute("SELECT a, b FROM t").fetchall()) == [(1, 2)]


@pytest.mark.parametrize("name", ["cache.sqlite", "outbox.sqlite"])
def test_a_file_from_the_future_is_refused_and_left_alone(home: Home, name: str) -> None:
    close(*home.open())
    with sqlite3.connect(home.file(name)) as raw:
        raw.execute("PRAGMA user_version=77")
    before = home.file(name).read_bytes()
    with pytest.raises(StoreError, match=r"version 77, this one knows up to [13]\); upgrade ppstui"):
        home.open()
    assert home.file(name).read_bytes() == before


# ------------------------------------------------------------------------------------------------------------- damage


@pytest.mark.parametrize(
    "garbage", [b"this is no database at all, but it is long enough to look at" * 20, b"\0" * 5000]
)
def test_a_cache_that_is_no_database_is_kept_aside_and_filled_again(home: Home, garbage: bytes) -> None:
    home.folder.mkdir()
    home.file("cache.sqlite").write_bytes(garbage)
    cache, _ = home.open()
    fill(cache, 3)
    assert cache.first(Kind.ROLLOUT, 10)[1].live == 3
    assert home.aside() == ["cache.sqlite.corrupt-20261116-090000"]
    assert home.file(home.aside()[0]).read_bytes() == garbage
    assert len(home.said) == 1
    assert "was damaged and is kept as cache.sqlite.corrupt-20261116-090000" in home.said[0]


def test_damage_found_later_is_mended_then(home: Home) -> None:
    cache, outbox = home.open()
    fill(cache, 2000)
    outbox.add(wanted("hello"))
    close(cache, outbox)
    path = home.file("cache.sqlite")
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    path.write_bytes(data)
    cache, outbox = home.open()
    assert list(cache.lines(Kind.ROLLOUT, live=True)) == []
    fill(cache, 5)
    assert len(next(cache.lines(Kind.ROLLOUT, live=True))) == 5
    assert len(home.said) == 1
    assert [entry.state for entry in outbox.entries()] == [State.WAITING], "the outbox is another file"


def test_a_truncated_cache_is_mended(home: Home) -> None:
    cache, outbox = home.open()
    fill(cache, 2000)
    close(cache, outbox)
    path = home.file("cache.sqlite")
    path.write_bytes(path.read_bytes()[:20_000])
    cache, _ = home.open()
    list(cache.lines(Kind.ROLLOUT, live=True))
    fill(cache, 5)
    for number in range(5):
        assert cache.get(Kind.ROLLOUT, Ref("rt", str(number))) is not None


def test_what_can_still_be_read_of_a_damaged_outbox_is_kept(home: Home) -> None:
    cache, outbox = home.open()
    for number in range(300):
        outbox.add(wanted("x" * 400, number))
    close(cache, outbox)
    path = home.file("outbox.sqlite")
    data = bytearray(path.read_bytes())
    middle = len(data) // 2 // 4096 * 4096
    data[middle : middle + 8192] = b"\xa5" * 8192
    path.write_bytes(data)

    _, outbox = home.open()
    entries = outbox.entries()
    assert 200 < len(entries) < 300
    assert all(entry.state is State.WAITING for entry in entries)
    assert home.aside() == ["outbox.sqlite.corrupt-20261116-090000"]
    assert len(home.said) == 1
    assert f"{len(entries)} of its entries could be read and are kept, " in home.said[0]
    (added,) = outbox.add(wanted("new"))
    assert added.id == 301, "numbers are never used twice"
    assert outbox.log(entries[0].id)


def test_an_outbox_that_is_no_database_says_that_nothing_could_be_read(home: Home) -> None:
    home.folder.mkdir()
    home.file("outbox.sqlite").write_bytes(b"garbage" * 1000)
    _, outbox = home.open()
    assert outbox.entries() == ()
    assert "no entry in it could be read" in home.said[0]
    assert outbox.add(wanted("hello"))


CACHE_WITHOUT = ["drop table body", "drop table tally", "delete from writing", "drop table reading", "drop table went"]
CACHE_WITHOUT += ["drop table note", "alter table reading drop column note", "pragma user_version=0"]


@pytest.mark.parametrize("damage", CACHE_WITHOUT)
def test_a_cache_that_lacks_a_part_of_its_schema_is_damaged_like_any_other(home: Home, damage: str) -> None:
    cache, outbox = home.open()
    fill(cache, 3)
    close(cache, outbox)
    raw = sqlite3.connect(home.file("cache.sqlite"))
    raw.executescript(damage)
    raw.close()

    cache, _ = home.open()
    cache.first(Kind.ROLLOUT, 10)
    assert cache.get(Kind.ROLLOUT, Ref("rt", "9")) is None
    assert cache.cursor("rt", Kind.ROLLOUT) == ""
    cache.news()
    cache.readings()
    fill(cache, 2)
    cache.put("rt", Kind.ROLLOUT, gone=[Ref("rt", "0")], judge=judged)
    cache.keep_note("a", "b")
    assert cache.note("a") == "b"
    assert home.aside() == ["cache.sqlite.corrupt-20261116-090000"]
    assert len(home.said) == 1
    assert "was damaged and is kept as cache.sqlite.corrupt-20261116-090000" in home.said[0]


OUTBOX_WITHOUT = ["drop view shown", "drop table log", "drop table lease", "pragma user_version=0"]
OUTBOX_WITHOUT += ["drop view shown; alter table entry drop column reason", "alter table log drop column text"]
OUTBOX_WITHOUT += ["drop view shown; alter table entry drop column conflict", "drop table lease; pragma user_version=1"]
OUTBOX_WITHOUT += ["drop view shown; alter table entry drop column seen"]


@pytest.mark.parametrize("damage", OUTBOX_WITHOUT)
def test_an_outbox_that_lacks_a_part_of_its_schema_is_salvaged(home: Home, damage: str) -> None:
    cache, outbox = home.open()
    outbox.add(wanted("one"), wanted("two"))
    outbox.discard(1)
    close(cache, outbox)
    raw = sqlite3.connect(home.file("outbox.sqlite"))
    raw.executescript(damage)
    raw.close()

    _, outbox = home.open()
    me = Holder("me", 1, "here")
    outbox.entries()
    outbox.log(1)
    assert outbox.elect(me).mine
    claim = outbox.claim("rt", me)
    assert claim is not None
    assert claim.entry.key == "comment-two0"
    assert [(each.id, each.state) for each in outbox.entries()] == [(2, State.SENDING), (1, State.DISCARDED)]
    assert home.aside() == ["outbox.sqlite.corrupt-20261116-090000"]
    assert len(home.said) == 1
    assert "2 of its entries could be read and are kept" in home.said[0]


def test_a_report_and_its_requests_are_salvaged_with_the_entry(home: Home) -> None:
    cache, outbox = home.open()
    report = Report(target=Ref("rt", "1"), team="ea-NGI_IT-INFN-T1", name="r.odt", size=4, content=b"data")
    outbox.add(Wanted(command=report, key="report-a", by="me"))
    outbox.note_exchange(Exchange("report-a", "POST", "500"))
    close(cache, outbox)
    raw = sqlite3.connect(home.file("outbox.sqlite"))
    raw.executescript("drop table lease")
    raw.close()
    _, outbox = home.open()
    assert outbox.elect(Holder("me", 1, "here")).mine
    assert (outbox.content(1), [told.answer for told in outbox.exchanges(1)]) == (b"data", ["500"])


def test_an_outbox_without_its_entries_says_that_none_could_be_read(home: Home) -> None:
    cache, outbox = home.open()
    outbox.add(wanted("one"))
    close(cache, outbox)
    raw = sqlite3.connect(home.file("outbox.sqlite"))
    raw.executescript("drop table entry")
    raw.close()
    _, outbox = home.open()
    assert outbox.entries() == ()
    (added,) = outbox.add(wanted("two"))
    assert added.id == 2, "numbers are never used twice"
    assert "no entry in it could be read" in home.said[0]


def test_a_file_that_a_newer_version_changed_while_it_was_open_is_not_taken_for_damaged(home: Home) -> None:
    _, outbox = home.open()
    outbox.add(wanted("one"))
    with sqlite3.connect(home.file("outbox.sqlite")) as newer:
        newer.executescript("alter table log rename to history; pragma user_version=77")
    newer.close()
    with pytest.raises(StoreError, match="version 77"):
        outbox.log(1)
    assert home.aside() == []


def test_a_file_that_may_not_be_written_or_opened_is_no_damage(home: Home) -> None:
    close(*home.open())
    cache, outbox = home.open()
    outbox._file.read(lambda connection: connection.execute("PRAGMA query_only=1"))
    with pytest.raises(StoreError, match="check its permissions"):
        outbox.add(wanted("one"))
    close(cache, outbox)
    home.file("outbox.sqlite").unlink()
    home.file("outbox.sqlite").mkdir()
    _, outbox = home.open()
    with pytest.raises(StoreError, match="cannot be opened"):
        outbox.entries()
    assert home.aside() == []


def test_two_damages_in_one_second_are_both_kept(home: Home) -> None:
    home.folder.mkdir()
    for _ in range(2):
        home.file("cache.sqlite").write_bytes(b"garbage" * 1000)
        close(*home.open())
    assert home.aside() == ["cache.sqlite.corrupt-20261116-090000", "cache.sqlite.corrupt-20261116-090000-2"]


def test_a_file_that_was_moved_away_is_made_anew(home: Home) -> None:
    _, outbox = home.open()
    outbox.add(wanted("one"))
    home.file("outbox.sqlite").rename(home.file("elsewhere"))
    outbox.add(wanted("two"))
    outbox.close()
    _, outbox = home.open()
    assert [entry.key for entry in outbox.entries()] == ["comment-two0"]


# -------------------------------------------------------------------------------------------------------- a full disk


def fill_up(file: DatabaseFile) -> None:
    """As if the disk had no page left."""

    def work(connection: sqlite3.Connection) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}").fetchone()

    file.read(work)


def free_space(file: DatabaseFile) -> None:
    file.read(lambda connection: connection.execute("PRAGMA max_page_count=100000").fetchone())


def test_on_a_full_disk_nothing_is_queued_and_the_sentence_says_so(home: Home) -> None:
    _, outbox = home.open()
    fill_up(outbox._file)
    with pytest.raises(StoreError, match=r"outbox.sqlite: the disk is full; free some space"):
        outbox.add(wanted("x" * 100_000))
    assert outbox.entries() == ()
    free_space(outbox._file)
    outbox.add(wanted("x" * 100_000))
    assert len(outbox.entries()) == 1


def test_on_a_full_disk_a_report_leaves_nothing_half_written(home: Home) -> None:
    _, outbox = home.open()
    outbox.add(wanted("before"))
    fill_up(outbox._file)
    report = Report(target=Ref("rt", "1"), team="T", name="r.odt", size=500_000, content=b"x" * 500_000)
    with pytest.raises(StoreError, match=r"the disk is full; free some space and try again\. Nothing was queued"):
        outbox.add(Wanted(command=report, key="report-a", by="me"))
    with pytest.raises(StoreError, match="Nothing was queued"):
        outbox.keep_comment(1, wanted("x" * 500_000))
    assert [(entry.id, entry.state) for entry in outbox.entries()] == [(1, State.WAITING)]
    with sqlite3.connect(home.file("outbox.sqlite")) as raw:
        assert raw.execute("SELECT COUNT(*) FROM blob").fetchone() == (0,)
        assert raw.execute("SELECT COUNT(*) FROM log").fetchone() == (1,)
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    raw.close()


def test_on_a_full_disk_the_board_goes_on_in_memory_and_is_written_when_it_can_be(home: Home) -> None:
    cache, outbox = home.open()
    fill(cache, 1)
    fill_up(cache._file)
    many = [rollout(f"rt:{number}", "y" * 3000) for number in range(10, 60)]
    stored = cache.put("rt", Kind.ROLLOUT, many, judge=judged)
    cache.put("rt", Kind.ROLLOUT, many[:3], judge=judged)
    assert len(stored.changed) == 50
    assert cache.get(Kind.ROLLOUT, Ref("rt", "30")) == many[20]
    assert len(home.said) == 1
    assert "the disk is full" in home.said[0]
    assert "in memory only" in home.said[0]
    free_space(cache._file)
    cache.put("rt", Kind.ROLLOUT, [rollout("rt:99")], judge=judged)
    close(cache, outbox)
    cache, _ = home.open()
    assert cache.first(Kind.ROLLOUT, 1)[1].live == 52


def test_where_no_folder_can_be_made_the_board_lives_in_memory_and_nothing_is_queued(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    home = Home(tmp_path / "file" / "state")
    cache, outbox = home.open()
    fill(cache, 3)
    assert cache.first(Kind.ROLLOUT, 10)[1].live == 3
    with pytest.raises(StoreError, match="check that its folder exists"):
        outbox.add(wanted("hello"))
    assert ["cache.sqlite" in home.said[0], "outbox.sqlite" in home.said[1]] == [True, True]


def test_what_is_kept_is_for_its_owner_only(home: Home) -> None:
    close(*home.open())
    assert home.folder.stat().st_mode & 0o777 == 0o700
    for name in ("cache.sqlite", "outbox.sqlite"):
        assert home.file(name).stat().st_mode & 0o077 == 0


def test_a_file_that_another_program_keeps_locked_says_so(home: Home) -> None:
    _, outbox = home.open()
    outbox._file.read(lambda connection: connection.execute("PRAGMA busy_timeout=1"))
    other = sqlite3.connect(home.file("outbox.sqlite"), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match="another program keeps it locked"):
        outbox.add(wanted("hello"))
    other.execute("ROLLBACK")
    other.close()
    assert outbox.add(wanted("hello"))


def test_a_closed_store_says_so(home: Home) -> None:
    cache, outbox = home.open()
    close(cache, outbox)
    with pytest.raises(StoreError, match="closed"):
        outbox.entries()


def test_old_settled_entries_are_forgotten_after_a_month(home: Home) -> None:
    _, outbox = home.open()
    outbox.add(wanted("old"))
    outbox.add(wanted("kept"))
    for key in ("comment-old0", "comment-kept0"):
        outbox.note_exchange(Exchange(key, "POST", "200"))
    outbox.discard(1)
    home.clock.turn(days=30)
    assert outbox.prune() == 0
    home.clock.turn(days=1)
    assert outbox.prune() == 1
    assert [entry.id for entry in outbox.entries()] == [2], "what is pending is never forgotten"
    assert len(outbox.exchanges(2)) == 1
    assert outbox.log(1) == ()
    assert outbox.exchanges(1) == ()
    assert home.clock.now - START == dt.timedelta(days=31)
