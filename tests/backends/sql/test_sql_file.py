"""The file under the embedded store: where it is, what it survives, and what it says when it cannot go on."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import sqlite3
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from msgspec import structs

from ppstui.backends import find
from ppstui.backends.sql import SQL, SqlOptions, path_in
from ppstui.backends.sql.backend import SqlBackend
from ppstui.backends.sql.dialect import Session, in_sqlite
from ppstui.backends.sql.file import DataFile
from ppstui.backends.sql.schema import APPLICATION_ID, MIGRATIONS
from ppstui.errors import BackendError, Conflict, Garbled, Gone, NotAuthorised, Refused, Unreachable
from ppstui.model import (
    Acknowledge,
    Assign,
    Comment,
    Commit,
    ImportRegistry,
    Kind,
    Level,
    NewRollout,
    Parent,
    Phase,
    Pilot,
    PilotCancel,
    PilotEdit,
    PilotStep,
    Ref,
    Remind,
    Rollout,
    Wish,
    WishFor,
    Withdraw,
)
from ppstui.port import Since
from ppstui.rules.pilots.commands import pilot_preview, planned
from ppstui.rules.policy import PilotTimes, Policy
from ppstui.testing import bulletin_samples, known_to, preview_samples, read, samples, toolbox
from ppstui.testing.reading import NOON
from ppstui.testing.samples import full_rollout, rollout, team

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ppstui.model import Command, Record
    from tests.backends.sql.places import Place

TEAMS = ("ea-NGI_IT-INFN-T1", "ea-CERN-CERN-PROD")
SCHEMAS = Path(__file__).parent / "schemas"


def backend_on(path: Path | None, name: str = "local") -> SqlBackend:
    return SqlBackend(name, DataFile(path, name, patience=0.05), lambda: NOON, "coordinator")


@pytest.fixture
async def local(place: Place) -> AsyncIterator[SqlBackend]:
    backend = place.desk()
    yield backend
    await backend.aclose()


# ------------------------------------------------------------------------------------------------------------ where


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:////srv/pps/team.sqlite", "/srv/pps/team.sqlite"),
        ("sqlite:////srv/with space/ä%20?.db", "/srv/with space/ä%20?.db"),
        ("sqlite:///~/pps.sqlite", str(Path("~/pps.sqlite").expanduser())),
    ],
)
def test_a_url_names_a_file(url: str, path: str) -> None:
    assert path_in(url) == Path(path)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("sqlite:///relative.sqlite", "not absolute; write sqlite:///default or sqlite:////absolute/path"),
        ("sqlite:///", "not absolute"),
        ("sqlite:///~nobody-here/x.sqlite", "nobody here"),
        ("mysql://host/db", "no address of a store; write sqlite:///default"),
        ("/srv/pps.sqlite", "or postgresql://user@host/database"),
        ("", "no address of a store"),
    ],
)
def test_other_urls_are_refused_in_a_sentence(url: str, says: str) -> None:
    with pytest.raises(msgspec.ValidationError) as raised:
        msgspec.convert({"url": url}, SqlOptions)
    assert str(raised.value).startswith("url: ")
    assert says in str(raised.value)


def test_the_options_are_strict() -> None:
    assert msgspec.convert({}, SqlOptions) == SqlOptions(url="sqlite:///default")
    with pytest.raises(msgspec.ValidationError, match="urll"):
        msgspec.convert({"urll": "x"}, SqlOptions)


async def test_the_plug_in_makes_its_folder_and_a_private_file(tmp_path: Path) -> None:
    plugin = find("sql")
    backend = plugin.open(SQL.Options(user="anna"), toolbox("local", paths={"data": str(tmp_path / "new" / "data")}))
    assert not (tmp_path / "new").exists(), "opening connects to nothing yet"
    health = await backend.check()
    await backend.aclose()
    file = tmp_path / "new" / "data" / "local.sqlite"
    assert health.text.startswith(f"{file}: 0 rollouts, 0 teams, 0 pilots, 0 issues, schema 4, SQLite 3.")
    assert health.text.endswith(", as anna")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_a_store_in_memory_needs_no_file() -> None:
    backend = backend_on(None)
    await backend.put([rollout("x", 1), team("x", TEAMS[0])])
    assert "memory: 1 rollout, 1 team," in (await backend.check()).text
    await backend.aclose()


# ------------------------------------------------------------------------------------------------------- what stays


async def test_what_is_put_is_read_back_whole_and_the_same(local: SqlBackend) -> None:
    there = full_rollout("local", 7, TEAMS)
    registry = structs.replace(team("local", TEAMS[0]), components=("arc6", "dpm"), active=False, note="no mail")
    pilot = preview_samples.full_pilot("local", 7)
    steps = tuple(structs.replace(each, ref=Ref("rt", str(each.number))) for each in pilot.steps)
    others: list[Record] = [
        registry,
        structs.replace(pilot, steps=steps, level=None, requester=None, ending=None, url="https://wiki.example.org"),
        preview_samples.full_pilot("local", 8),
        preview_samples.commitment("local", 7, TEAMS[0]),
        preview_samples.wish("local", 7),
        bulletin_samples.full_bulletin("local", 7),
        bulletin_samples.bulletin("local", 8),
    ]
    for revision in ("1", "2"):
        refs = await local.put([there, *others])
        seen = await local.look(refs[0])
        assert seen == structs.replace(there, rev=revision, managers=("coordinator",))
        for ref, record in zip(refs[1:], others, strict=True):
            assert await local.look(ref) == structs.replace(record, rev=revision)


async def test_it_is_all_there_after_a_restart(tmp_path: Path) -> None:
    first = backend_on(tmp_path / "local.sqlite")
    receipt = await first.apply(NewRollout(target=Ref("local", "new"), title="Staged Rollout CA 1.38"), "key-1")
    await first.apply(Assign(target=Ref("local", receipt.id), add=TEAMS), "key-2")
    await first.aclose()
    second = backend_on(tmp_path / "local.sqlite")
    record = await second.look(Ref("local", "1"))
    assert isinstance(record, Rollout)
    assert [each.team for each in record.assignments] == list(TEAMS)
    assert [event.text for event in record.events] == [
        "teams + ea-NGI_IT-INFN-T1",
        "teams + ea-CERN-CERN-PROD",
        "status new → open",
    ]
    assert (await second.apply(Assign(target=Ref("local", "1"), add=TEAMS), "key-2")).text == (
        "local:1: teams + ea-NGI_IT-INFN-T1, teams + ea-CERN-CERN-PROD, status new → open"
    )
    await second.aclose()


async def test_ids_count_up_and_are_never_given_twice(local: SqlBackend) -> None:
    await local.put([rollout("local", 41)])
    made = [await local.apply(NewRollout(target=Ref("local", "new"), title=f"T{n}"), f"key-{n}") for n in range(2)]
    assert [receipt.id for receipt in made] == ["42", "43"]
    fresh = structs.replace(team("local", TEAMS[0]), ref=Ref("local", "new"))
    assert await local.put([fresh, fresh]) == (Ref("local", "team-1"), Ref("local", "team-2"))
    await local._store.write(lambda connection: connection.execute("DELETE FROM rollouts WHERE id = '43'"))
    receipt = await local.apply(NewRollout(target=Ref("local", "new"), title="T3"), "key-3")
    assert receipt.id == "44"
    again = await local.apply(NewRollout(target=Ref("local", "new"), title="T1"), "key-1")
    assert (again.id, again.record) == ("43", None), "its effect was deleted since, and is not made again"


async def test_bringing_in_is_all_or_nothing(local: SqlBackend) -> None:
    await local.put([rollout("local", 1)])
    bad = structs.replace(rollout("local", 3), title=b"bytes")  # what a careless importer may hand in
    with pytest.raises(TypeError):
        await local.put([rollout("local", 2), bad])
    assert set((await read(local, Kind.ROLLOUT)).records) == {Ref("local", "1")}


async def test_two_desks_race_with_one_key_and_one_wins(tmp_path: Path) -> None:
    path = tmp_path / "local.sqlite"
    desks = [SqlBackend("local", DataFile(path, "local", patience=30), lambda: NOON, "me") for _ in range(4)]
    await desks[0].put([rollout("local", 1)])
    command = Comment(target=Ref("local", "1"), text="once")
    receipts = await asyncio.gather(*(desk.apply(command, "one key") for desk in desks for _ in range(3)))
    assert len({receipt.id for receipt in receipts}) == 1
    record = await desks[0].look(command.target)
    assert isinstance(record, Rollout)
    assert [message.text for message in record.messages].count("once") == 1
    for desk in desks:
        await desk.aclose()


async def test_an_empty_text_is_refused(local: SqlBackend) -> None:
    await local.put([rollout("local", 1)])
    for command in (
        Comment(target=Ref("local", "1"), text=" \n"),
        NewRollout(target=Ref("local", "new"), title=" "),
        Assign(target=Ref("local", "1"), add=("",)),
        Assign(target=Ref("local", "1"), add=("two words",)),
    ):
        with pytest.raises(Refused):
            await local.apply(command, "key")


async def test_choosing_what_is_chosen_moves_nothing(local: SqlBackend) -> None:
    await local.put([rollout("local", 1, TEAMS)])
    before = await local.look(Ref("local", "1"))
    shouted = Assign(target=Ref("local", "1"), add=(TEAMS[0].upper(),), remove=("ea-NGI_PL-CYFRONET-LCG2",))
    receipt = await local.apply(shouted, "key")
    assert receipt.text == "local:1: the teams were so already"
    assert await local.look(Ref("local", "1")) == before


# --------------------------------------------------------------------------------------------------- what goes wrong


async def test_an_old_reading_is_not_continued_in_another_file(tmp_path: Path) -> None:
    one, two = backend_on(tmp_path / "one.sqlite"), backend_on(tmp_path / "two.sqlite")
    await one.put([rollout("local", 1)])
    await two.put([rollout("local", n) for n in (2, 3, 4)])
    held = await read(one, Kind.ROLLOUT)
    assert (await read(one, Kind.ROLLOUT, known_to(held))).records == {}
    after = await read(two, Kind.ROLLOUT, known_to(held))
    assert after.complete
    assert set(after.onto(held.records)) == {Ref("local", "2"), Ref("local", "3"), Ref("local", "4")}
    store = held.cursor.partition(":")[0]
    ahead = await read(one, Kind.ROLLOUT, Since(cursor=f"{store}:7", known=held.records.get))
    assert ahead.complete, "a file put back from a backup has fewer changes than the desk remembers"
    await one.aclose()
    await two.aclose()


async def test_a_file_that_is_moved_away_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "local.sqlite"
    backend = backend_on(path)
    await backend.put([rollout("local", 1)])
    path.rename(tmp_path / "elsewhere.sqlite")
    await backend.put([rollout("local", 2)])
    assert set((await read(backend, Kind.ROLLOUT)).records) == {Ref("local", "2")}
    await backend.aclose()


async def _end(path: Path) -> BackendError:
    backend = backend_on(path)
    with pytest.raises(BackendError) as raised:
        await backend.check()
    await backend.aclose()
    return raised.value


async def test_a_damaged_file_is_said_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "local.sqlite"
    path.write_bytes(b"this was a database once, and then the disk filled up " * 40)
    before = path.read_bytes()
    error = await _end(path)
    assert isinstance(error, Garbled)
    assert str(error) == (
        f"local: {path}: it is damaged or no SQLite file; put a backup in its place, or move it away to begin anew"
    )
    assert path.read_bytes() == before


async def test_a_file_that_has_lost_a_table_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "local.sqlite"
    await backend_on(path).put([rollout("local", 1, TEAMS)])
    raw = sqlite3.connect(path)
    raw.executescript("PRAGMA foreign_keys=OFF; DROP TABLE teams")
    raw.close()
    error = await _end(path)
    assert isinstance(error, Garbled)
    assert "it is damaged or no SQLite file; put a backup in its place" in str(error)


async def test_what_never_was_and_what_is_no_more_are_told_apart(local: SqlBackend) -> None:
    (ref,) = await local.put([rollout("local", 1, TEAMS)])
    never = Ref("local", "99")
    with pytest.raises(Gone, match=r"^local:99: there is no such record; look at the reference$"):
        await local.look(never)
    with pytest.raises(Gone, match=r"^local:99: there is no such rollout; look at the reference$"):
        await local.apply(Comment(target=never, text="x"), "key")
    await local._store.write(lambda session: session.execute("DELETE FROM rollouts"))
    with pytest.raises(Gone, match=r"there is no such record any more; refresh$"):
        await local.look(ref)


async def test_a_torn_page_is_said(tmp_path: Path) -> None:
    path = tmp_path / "local.sqlite"
    backend = backend_on(path)
    await backend.put([rollout("local", n, TEAMS, text="x" * 3000) for n in range(50)])
    await backend.aclose()
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    assert isinstance(await _end(path), Garbled)


async def test_a_newer_file_is_refused_and_never_downgraded(tmp_path: Path) -> None:
    path = tmp_path / "local.sqlite"
    backend = backend_on(path)
    await backend.check()
    await backend.aclose()
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version={len(MIGRATIONS) + 6}")
    connection.close()
    error = await _end(path)
    assert isinstance(error, Garbled)
    assert "a newer ppstui wrote it (schema 10, this one knows up to 4); upgrade ppstui" in str(error)


async def test_another_programs_file_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "places.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE moz_places (id INTEGER)")
    connection.close()
    before = path.read_bytes()
    error = await _end(path)
    assert isinstance(error, Garbled)
    assert "belongs to another program" in str(error)
    assert path.read_bytes() == before


async def test_a_folder_in_the_way_is_said(tmp_path: Path) -> None:
    (tmp_path / "folder.sqlite").mkdir()
    assert "Is a directory" in str(await _end(tmp_path / "folder.sqlite"))
    (tmp_path / "data").write_text("not a folder")
    assert isinstance(await _end(tmp_path / "data" / "local.sqlite"), Unreachable)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
async def test_a_file_of_somebody_else_is_said(tmp_path: Path) -> None:
    path = tmp_path / "local.sqlite"
    path.touch(mode=0o000)
    assert isinstance(await _end(path), NotAuthorised)


async def test_rows_that_no_ppstui_wrote_are_said(local: SqlBackend) -> None:
    await local.put([rollout("local", 1)])
    await local._store.write(lambda connection: connection.execute("UPDATE rollouts SET phase = 'sideways'"))
    with pytest.raises(Garbled, match="no ppstui wrote"):
        await read(local, Kind.ROLLOUT)


async def test_a_closed_store_says_so(local: SqlBackend) -> None:
    await local.aclose()
    with pytest.raises(Unreachable, match="closed"):
        await local.check()


# ------------------------------------------------------------------------------------------------------- old schemas


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS) + 1))
async def test_every_schema_that_was_ever_released_is_migrated(tmp_path: Path, version: int) -> None:
    """`schemas/N.sql` is a dump of a file of version N with one applied key and one record of each kind it knew."""
    path = tmp_path / "old.sqlite"
    with sqlite3.connect(path) as connection:
        connection.executescript((SCHEMAS / f"{version}.sql").read_text(encoding="utf-8"))
        connection.execute(f"PRAGMA user_version={version}")
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
    connection.close()
    backend = backend_on(path)
    seen = await backend.look(Ref("local", "7"))
    assert isinstance(seen, Rollout)
    assert [each.team for each in seen.assignments] == list(TEAMS)
    assert [message.marks for message in seen.messages if message.marks] == [("key-of-old",)]
    assert [each.team for each in seen.waivers] == [TEAMS[1]] * (version > 1), "waivers came with the second schema"
    again = await backend.apply(Comment(target=seen.ref, text="Written long ago."), "key-of-old")
    assert again.record == seen, "what an older ppstui applied is not applied again"
    assert len((await read(backend, Kind.TEAM)).records) == 1
    pilots = (await read(backend, Kind.PILOT)).records
    assert list(pilots) == [Ref("local", "pilot-1")] * (version > 2), "pilots and the registry came with the third"
    for kind in (Kind.COMMITMENT, Kind.WISH):
        assert len((await read(backend, kind)).records) == (version > 2)
    issues = [structs.replace(bulletin_samples.full_bulletin("local"), rev="1")] * (version > 3)
    assert list((await read(backend, Kind.BULLETIN)).records.values()) == issues, "the bulletin came with the fourth"
    for pilot in pilots.values():
        assert pilot == structs.replace(preview_samples.full_pilot("local", 1), rev="1")
    made = await backend.apply(preview_samples.new_pilot("local"), "key-of-today")
    assert made.id == f"pilot-{len(pilots) + 1}"
    await backend.aclose()


def test_the_first_schema_is_as_it_was_released(tmp_path: Path) -> None:
    """A file made today by the first step alone has the tables of `schemas/1.sql`: steps are never edited."""

    def tables(connection: sqlite3.Connection) -> list[str]:
        return sorted(str(row[0]) for row in connection.execute("SELECT sql FROM sqlite_master WHERE sql NOT NULL"))

    old, new = sqlite3.connect(tmp_path / "old"), sqlite3.connect(tmp_path / "new")
    old.executescript((SCHEMAS / "1.sql").read_text(encoding="utf-8"))
    for statement in in_sqlite(MIGRATIONS[0]):
        new.execute(statement)
    assert tables(old) == tables(new)
    old.close()
    new.close()


async def test_a_migration_that_fails_leaves_no_half_made_file(tmp_path: Path) -> None:
    path = tmp_path / "local.sqlite"

    def full(_session: Session) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    failing = SqlBackend("local", DataFile(path, "local", first=full), lambda: NOON, "me")
    with pytest.raises(Unreachable, match="the disk is full"):
        await failing.check()
    await failing.aclose()
    backend = backend_on(path)
    assert "0 rollouts" in (await backend.check()).text
    await backend.aclose()


async def test_desks_that_open_a_new_file_at_once_make_it_once(tmp_path: Path) -> None:
    for round_number in range(20):
        path = tmp_path / f"{round_number}.sqlite"
        desks = [SqlBackend("local", DataFile(path, "local", patience=30), lambda: NOON, "me") for _ in range(6)]
        told = await asyncio.gather(*(desk.check() for desk in desks))
        assert {health.text for health in told} == {told[0].text}
        for desk in desks:
            await desk.aclose()


# --------------------------------------------------------------------------------------------------- further promises


async def test_what_is_deleted_and_brought_back_is_not_gone(local: SqlBackend) -> None:
    await local.put([rollout("local", n) for n in (1, 2)])
    held = await read(local, Kind.ROLLOUT)
    await local._store.write(lambda connection: connection.execute("DELETE FROM rollouts"))
    left = await local._store.read(lambda connection: connection.execute("SELECT count(*) FROM messages").fetchone())
    assert left == (0,), "its parts go with it"
    await local.put([rollout("local", 1)])
    after = await read(local, Kind.ROLLOUT, known_to(held))
    assert set(after.records) == {Ref("local", "1")}
    assert after.gone == {Ref("local", "2")}


async def test_live_rollouts_are_read_first(local: SqlBackend) -> None:
    phases = [Phase.RESOLVED, Phase.OPEN, Phase.REJECTED, Phase.NEW, Phase.DELETED, Phase.STALLED]
    await local.put([structs.replace(rollout("local", n), phase=phase) for n, phase in enumerate(phases)])
    reading = await read(local, Kind.ROLLOUT)
    assert [ref.id for ref in reading.records] == ["1", "3", "5", "0", "2", "4"]


async def test_a_parent_of_the_same_source_follows_its_name(tmp_path: Path) -> None:
    path = tmp_path / "local.sqlite"
    one = backend_on(path, "one")
    family = [
        Parent(ref=Ref("one", "9"), title="EMI.dpm.sl5.x86_64"),
        Parent(ref=Ref("rt", "9"), progress="StageRollout"),
    ]
    await one.put([structs.replace(rollout("one", n), parent=parent) for n, parent in enumerate(family)])
    await one.aclose()
    two = backend_on(path, "two")
    found = [
        record.parent for record in (await read(two, Kind.ROLLOUT)).records.values() if isinstance(record, Rollout)
    ]
    assert found == [structs.replace(family[0], ref=Ref("two", "9")), family[1]]
    await two.aclose()


@pytest.mark.parametrize("kind", [Acknowledge, Remind, Assign])
async def test_what_was_closed_meanwhile_is_not_asked_any_more(local: SqlBackend, kind: type[Command]) -> None:
    await local.put([rollout("local", 1, TEAMS)])
    looked_at = await local.look(Ref("local", "1"))
    await local.put([structs.replace(rollout("local", 1, TEAMS), phase=Phase.RESOLVED, status="resolved")])
    command = samples.command(kind, Ref("local", "1"), (TEAMS[0], "ea-NGI_PL-CYFRONET-LCG2"), "hello")
    with pytest.raises(Conflict, match="changed status to resolved since you looked"):
        await local.apply(command, "key", looked_at)
    await local.apply(Comment(target=command.target, text="A last word."), "key", looked_at)


async def test_choosing_a_team_that_stands_there_already_opens_a_new_rollout(local: SqlBackend) -> None:
    await local.put([structs.replace(rollout("local", 1, TEAMS), phase=Phase.NEW, status="new")])
    receipt = await local.apply(Assign(target=Ref("local", "1"), add=(TEAMS[0],)), "key")
    assert receipt.text == "local:1: status new → open"
    assert receipt.record is not None
    assert (receipt.record.kind, getattr(receipt.record, "phase", None)) == (Kind.ROLLOUT, Phase.OPEN)


async def test_a_team_is_taken_out_however_it_is_spelt(local: SqlBackend) -> None:
    await local.put([rollout("local", 1, TEAMS)])
    receipt = await local.apply(Assign(target=Ref("local", "1"), remove=(f" {TEAMS[0].lower()} ",)), "key")
    assert receipt.text == f"local:1: teams - {TEAMS[0]}"


# ---------------------------------------------------------------------------------------------- pilots and the registry


async def test_running_pilots_are_read_first(local: SqlBackend) -> None:
    over = preview_samples.full_pilot("local", 1)
    await local.put([over, preview_samples.pilot("local", 2)])
    assert list((await read(local, Kind.PILOT)).records) == [Ref("local", "pilot-2"), over.ref]


async def test_what_a_pilot_was_like_already_moves_nothing(local: SqlBackend) -> None:
    (ref,) = await local.put([preview_samples.pilot("local", 1)])
    receipt = await local.apply(PilotEdit(target=ref, coordinator="Antonio"), "key-1")
    assert receipt.text == "local:pilot-1: it was so already"
    assert receipt.record
    assert receipt.record.rev == "1"


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (Comment(target=Ref("local", "pilot-1"), text=" \n"), "an empty comment is not kept; write a text"),
        (PilotStep(target=Ref("local", "pilot-1"), number=3), "no step 3; the steps of this pilot are 1, 2, 4, 5"),
        (PilotCancel(target=Ref("local", "pilot-1"), reason=" "), "pilot-cancel needs a reason"),
        (structs.replace(preview_samples.new_pilot("local"), title=" "), "a pilot needs a title"),
    ],
)
async def test_what_no_pilot_can_hold_is_refused(local: SqlBackend, command: Command, says: str) -> None:
    there = preview_samples.pilot("local", 1)
    (ref,) = await local.put([there])
    with pytest.raises(Refused, match=says):
        await local.apply(command, "key-1")
    assert await local.look(ref) == structs.replace(there, rev="1")


async def test_the_days_of_a_pilot_follow_from_the_desks_own_times(tmp_path: Path) -> None:
    policy = Policy(pilots=PilotTimes(major_weeks=4, report_days=3))
    plugin = find("sql")
    tools = structs.replace(toolbox("local", paths={"data": str(tmp_path)}), policy=policy)
    backend = plugin.open(SQL.Options(), tools)
    asked = planned(structs.replace(preview_samples.new_pilot("local"), run_weeks=0), policy, NOON)
    made = (await backend.apply(asked, "key-1")).record
    assert isinstance(made, Pilot)
    moved = PilotEdit(target=made.ref, start=NOON.date() + dt.timedelta(days=20))
    after = (await backend.apply(moved, "key-2")).record
    assert isinstance(after, Pilot)
    assert after.steps == pilot_preview(moved, made, policy, NOON, "", "").steps
    assert after.steps != pilot_preview(moved, made, Policy(), NOON, "", "").steps
    await backend.aclose()


async def test_each_command_to_the_registry_says_what_it_did(local: SqlBackend) -> None:
    new = Ref("local", "new")
    commands: tuple[Command, ...] = (
        Commit(target=new, party="NGI_IT-INFN-T1", level=Level.GOLD),
        Commit(target=new, party="ngi_it-infn-t1", level=Level.GOLD),
        WishFor(target=new, component="dpm", minimum=2),
        WishFor(target=new, component="dpm", minimum=3),
        WishFor(target=new, component="dpm", minimum=0),
        Withdraw(target=new, party="NGI_IT-INFN-T1", level=Level.GOLD),
        Withdraw(target=new, party="NGI_IT-INFN-T1", level=Level.GOLD),
        ImportRegistry(target=new, wishes=(Wish(ref=Ref("local", "w"), component="dpm"),)),
    )
    told = [(await local.apply(command, f"key-{number}")).text for number, command in enumerate(commands)]
    assert told == [
        "local: NGI_IT-INFN-T1 is committed to gold, every product",
        "local:commitment-1: ngi_it-infn-t1 was committed to gold, every product already",
        "local: 2 are wished for dpm",
        "local: 3 are wished for dpm, 2 were",
        "local: nobody is wished for dpm any more",
        "local: NGI_IT-INFN-T1 took 1 commitment back",
        "local: the registry was so already",
        "local: 1 entry taken over, 0 taken out",
    ]
