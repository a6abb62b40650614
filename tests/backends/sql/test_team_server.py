"""A store that a team shares: two who write at once, lines that break, rights that are missing; what it says then."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import pytest
from msgspec import structs

from ppstui.backends.sql import SQL, rows
from ppstui.backends.sql.address import server_in
from ppstui.backends.sql.backend import SqlBackend
from ppstui.backends.sql.dialect import in_postgresql
from ppstui.backends.sql.schema import APPLICATION_ID, MIGRATIONS
from ppstui.errors import BackendError, Garbled, NotAuthorised, Refused, Unreachable
from ppstui.model import Assign, Comment, Kind, NewRollout, Ref, Rollout, SetOwner
from ppstui.testing import known_to, read, samples, toolbox
from ppstui.testing.reading import NOON
from ppstui.testing.samples import rollout
from tests.backends.sql.places import TeamPlace
from tests.backends.sql.proxy import Proxy
from tests.servers.postgresql_site import OTHER, PASSWORD, ROLE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from ppstui.backends.sql.dialect import Session
    from ppstui.backends.sql.server import DataServer
    from tests.servers.postgresql_site import Cluster

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("postgresql")]

TEAMS = ("ea-NGI_IT-INFN-T1", "ea-CERN-CERN-PROD")
REF = Ref("team", "1")


def server(url: str, password: str | None = PASSWORD, **times: float) -> DataServer:
    from ppstui.backends.sql.server import DataServer

    secret = None if password is None else lambda: password
    return DataServer(server_in(url), "team", secret, **times)  # type: ignore[arg-type]


def desk_at(url: str, password: str | None = PASSWORD, me: str = "", **times: float) -> SqlBackend:
    return SqlBackend("team", server(url, password, **times), lambda: NOON, me)


@pytest.fixture
def schema(cluster: Cluster) -> str:
    return cluster.schema()


@pytest.fixture
def url(cluster: Cluster, schema: str) -> str:
    return cluster.url(schema)


@pytest.fixture
async def team(url: str) -> AsyncIterator[SqlBackend]:
    backend = desk_at(url)
    await backend.put([rollout("team", 1, TEAMS)])
    yield backend
    await backend.aclose()


async def texts(backend: SqlBackend) -> list[str]:
    record = await backend.look(REF)
    assert isinstance(record, Rollout)
    return [message.text for message in record.messages]


async def end_of(backend: SqlBackend, *, writing: bool = False) -> BackendError:
    with pytest.raises(BackendError) as raised:
        await (backend.apply(Comment(target=REF, text="x"), "key") if writing else backend.check())
    await backend.aclose()
    error: BaseException | None = raised.value
    while error is not None:  # whatever a log could show of it
        assert PASSWORD not in f"{error} {error!r} {vars(error)!r}"
        error = error.__cause__ or error.__context__
    assert raised.value.source == "team"
    assert "\n" not in str(raised.value)
    return raised.value


# --------------------------------------------------------------------------------------------------------- its tables


async def test_desks_that_open_a_new_database_at_once_make_it_once(cluster: Cluster) -> None:
    for _round in range(3):
        url = cluster.url(cluster.schema())
        desks = [desk_at(url) for _ in range(5)]
        told = await asyncio.gather(*(desk.check() for desk in desks))
        assert {health.text for health in told} == {told[0].text}
        for desk in desks:
            await desk.aclose()


async def test_who_opens_it_waits_while_another_makes_the_tables(cluster: Cluster, url: str) -> None:
    backend = desk_at(url)
    with cluster.admin().transaction():
        cluster.ask("SELECT pg_advisory_xact_lock(%s)", (APPLICATION_ID,))
        opening = asyncio.ensure_future(backend.check())
        await waited_for(cluster)
        assert not opening.done()
    assert f"schema {len(MIGRATIONS)}" in (await opening).text
    await backend.aclose()


async def test_it_says_what_it_is(team: SqlBackend, cluster: Cluster) -> None:
    health = await team.check()
    version = cluster.ask("SHOW server_version")[0][0].split()[0]
    assert (
        health.text
        == f"127.0.0.1/pps: 1 rollout, 0 teams, 0 pilots, 0 issues, schema 4, PostgreSQL {version}, as {ROLE}".replace(
            "127.0.0.1", f"127.0.0.1:{cluster.port}"
        )
    )
    assert (health.user, health.version, health.problems) == (ROLE, version, ())


async def test_a_newer_schema_is_refused_also_in_the_middle_of_the_day(
    team: SqlBackend, cluster: Cluster, schema: str
) -> None:
    await team.check()
    cluster.ask(f"UPDATE {schema}.ppstui_schema SET version = {len(MIGRATIONS) + 6}")
    for writing in (False, True):
        with pytest.raises(Garbled, match=r"a newer ppstui wrote it \(schema 10, this one knows up to 4\); upgrade"):
            await (team.apply(Comment(target=REF, text="x"), "key") if writing else team.check())
    cluster.ask(f"UPDATE {schema}.ppstui_schema SET version = {len(MIGRATIONS)}")
    assert await texts(team) == ["Please test."]


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS)))
async def test_an_older_schema_is_brought_up_to_date_with_all_that_is_in_it(
    cluster: Cluster, schema: str, version: int
) -> None:
    old = [statement for steps in MIGRATIONS[:version] for statement in in_postgresql(steps)]
    counted = f"CREATE TABLE ppstui_schema (version BIGINT NOT NULL); INSERT INTO ppstui_schema VALUES ({version})"
    one = "INSERT INTO rollouts VALUES (1, '1', 1, 1, 1, 1, '', 'Old', 'new', 'new', '', NULL, NULL, NULL, '', '', '')"
    begin = f"SET LOCAL ROLE {ROLE}; SET LOCAL search_path = {schema}"
    cluster.ask("; ".join([begin, *old, counted, one, "UPDATE numbers SET value = 1 WHERE name = 'changes'"]))
    first = desk_at(cluster.url(schema))
    await first.apply(samples.waiver(REF, TEAMS[0], "it closed"), "key")
    record = await first.look(REF)
    assert isinstance(record, Rollout)
    assert (record.title, [each.team for each in record.waivers]) == ("Old", [TEAMS[0]])
    assert cluster.ask(f"SELECT version FROM {schema}.ppstui_schema") == [(len(MIGRATIONS),)]
    await first.aclose()


async def test_a_migration_that_fails_leaves_nothing(cluster: Cluster, schema: str) -> None:
    cluster.ask(f"CREATE TABLE {schema}.waivers (id BIGINT); ALTER TABLE {schema}.waivers OWNER TO {ROLE}")
    error = await end_of(desk_at(cluster.url(schema)))
    assert isinstance(error, Garbled)
    assert "it belongs to another program; name another database in url" in str(error)
    tables = cluster.ask("SELECT tablename FROM pg_tables WHERE schemaname = %s", (schema,))
    assert tables == [("waivers",)]


async def test_a_database_that_cannot_hold_every_text_is_refused(cluster: Cluster) -> None:
    make = f"CREATE DATABASE latin OWNER {ROLE} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"
    cluster.ask(make, database="postgres")
    error = await end_of(desk_at(cluster.url(database="latin")))
    assert str(error).endswith("/latin: it keeps texts in LATIN1; make a database with ENCODING 'UTF8'")


async def test_a_store_that_lost_a_table_is_damaged(team: SqlBackend, cluster: Cluster, schema: str) -> None:
    cluster.ask(f"DROP TABLE {schema}.links")
    with pytest.raises(Garbled, match="it has lost a table; put a backup in its place"):
        await team.look(REF)


# ----------------------------------------------------------------------------------------------------- who writes when


async def test_two_coordinators_race_with_one_key_and_one_wins(team: SqlBackend, url: str) -> None:
    desks = [desk_at(url) for _ in range(4)]
    command = Comment(target=REF, text="once")
    receipts = await asyncio.gather(*(desk.apply(command, "one key") for desk in desks for _ in range(3)))
    assert len({receipt.id for receipt in receipts}) == 1
    assert (await texts(team)).count("once") == 1
    for desk in desks:
        await desk.aclose()


async def test_many_who_write_at_once_all_get_through(team: SqlBackend, url: str) -> None:
    desks = [desk_at(url) for _ in range(4)]
    said = [f"{who} {number}" for who in range(4) for number in range(5)]
    await asyncio.gather(
        *(desks[number % 4].apply(Comment(target=REF, text=text), f"k {text}") for number, text in enumerate(said))
    )
    new = [NewRollout(target=Ref("team", "new"), title=text) for text in said[:8]]
    made = await asyncio.gather(*(desks[n % 4].apply(one, f"new {n}") for n, one in enumerate(new)))
    assert sorted(await texts(team)) == sorted(["Please test.", *said])
    assert len({receipt.id for receipt in made}) == len(new)
    for desk in desks:
        await desk.aclose()


async def test_two_who_choose_teams_at_once_lose_none(team: SqlBackend, url: str) -> None:
    other = desk_at(url)
    seen = await team.look(REF)
    more = [f"ea-NGI_XX-SITE-{number}" for number in range(6)]
    await asyncio.gather(
        *((team, other)[n % 2].apply(Assign(target=REF, add=(one,)), f"key {n}", seen) for n, one in enumerate(more))
    )
    record = await team.look(REF)
    assert isinstance(record, Rollout)
    assert {each.team for each in record.assignments} == {*TEAMS, *more}
    await other.aclose()


async def test_work_that_lost_against_somebody_elses_is_done_again(
    team: SqlBackend, cluster: Cluster, schema: str
) -> None:
    titles: list[str] = []

    def work(session: Session) -> None:
        titles.append(session.execute("SELECT title FROM rollouts").fetchone()[0])
        if len(titles) == 1:  # a colleague, who does not ask whether anybody reads
            cluster.ask(f"UPDATE {schema}.rollouts SET title = 'theirs'")
        session.execute("UPDATE rollouts SET title = ? || ' and ours'", (titles[-1],))

    await team._store.write(work)
    record = await team.look(REF)
    assert isinstance(record, Rollout)
    assert (len(titles), record.title) == (2, "theirs and ours")


async def test_who_waited_for_somebody_else_need_not_begin_again(
    team: SqlBackend, cluster: Cluster, schema: str
) -> None:
    tries: list[str] = []

    def work(session: Session) -> None:
        tries.append("begun")
        tries.append(str(rows.count(session, "changes")))

    await team.check()
    with cluster.admin().transaction():
        cluster.ask(f"UPDATE {schema}.numbers SET value = 41 WHERE name = 'changes'")
        ours = asyncio.ensure_future(team._store.write(work))
        await waited_for(cluster)
    await ours
    assert tries == ["begun", "42"]


async def test_who_always_loses_is_told_in_the_end(team: SqlBackend, cluster: Cluster, schema: str) -> None:
    tries = 0

    def work(session: Session) -> None:
        nonlocal tries
        tries += 1
        session.execute("SELECT title FROM rollouts")
        cluster.ask(f"UPDATE {schema}.rollouts SET title = title || '.'")
        session.execute("UPDATE rollouts SET title = 'ours'")

    with pytest.raises(Unreachable, match="others are writing without end; it is tried again by itself"):
        await team._store.write(work)
    from ppstui.backends.sql.server import TRIES

    assert tries == TRIES
    assert await texts(team) == ["Please test."]


async def test_what_is_kept_late_is_not_missed(team: SqlBackend, url: str, cluster: Cluster, schema: str) -> None:
    """A colleague's change counts before ours and is kept after we asked: the next reading has both, in that order."""
    await team.put([rollout("team", 2), rollout("team", 3)])
    held = await read(team, Kind.ROLLOUT)
    other = desk_at(url)
    await other.check()
    with cluster.admin().transaction():
        cluster.ask(f"UPDATE {schema}.numbers SET value = value + 1 WHERE name = 'changes'")
        mine = f"(SELECT value FROM {schema}.numbers WHERE name = 'changes')"
        cluster.ask(f"UPDATE {schema}.rollouts SET title = 'late', rev = rev + 1, changed = {mine} WHERE id = '2'")
        ours = asyncio.ensure_future(other.apply(Comment(target=Ref("team", "3"), text="ours"), "key"))
        await waited_for(cluster)
        between = await read(team, Kind.ROLLOUT, known_to(held))
        assert between.records == {}, "nothing is kept yet, and nobody waits in order to read"
        assert not ours.done()
    await ours
    after = await read(team, Kind.ROLLOUT, known_to(between))
    assert {ref.id: getattr(record, "title", "") for ref, record in after.records.items()}.keys() == {"2", "3"}
    await other.aclose()


async def waited_for(cluster: Cluster) -> None:
    """Until somebody waits for a lock; asked by another connection, as the usual one is inside a transaction."""
    import psycopg

    with psycopg.connect(host="127.0.0.1", port=cluster.port, user="postgres", dbname="pps", autocommit=True) as own:
        while not own.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone():  # noqa: ASYNC110  the server's
            await asyncio.sleep(0)


async def test_what_a_colleague_deletes_by_hand_is_heard_of(team: SqlBackend, cluster: Cluster, schema: str) -> None:
    await team.put([rollout("team", 2)])
    held = await read(team, Kind.ROLLOUT)
    cluster.ask(f"DELETE FROM {schema}.rollouts WHERE id = '2'")  # their search_path is not ours
    after = await read(team, Kind.ROLLOUT, known_to(held))
    assert after.gone == {Ref("team", "2")}


async def test_who_writes_is_the_role_unless_the_configuration_says_another(team: SqlBackend, url: str) -> None:
    await team.apply(Comment(target=REF, text="one"), "key-1")
    named = desk_at(url, me="Anna Larsson")
    await named.apply(Comment(target=REF, text="two"), "key-2")
    record = await team.look(REF)
    assert isinstance(record, Rollout)
    assert [message.author for message in record.messages[1:]] == [ROLE, "Anna Larsson"]
    assert ROLE in record.managers
    await named.aclose()


# ------------------------------------------------------------------------------------------------- lines that break


async def test_a_connection_that_ended_meanwhile_is_opened_again_unnoticed(team: SqlBackend, cluster: Cluster) -> None:
    for writing in (False, True):
        cluster.end_connections()
        await (team.apply(Comment(target=REF, text="x"), "key") if writing else team.look(REF))
    assert await texts(team) == ["Please test.", "x"]


async def test_a_connection_that_ends_before_the_change_is_kept_has_no_effect(
    team: SqlBackend, cluster: Cluster
) -> None:
    def work(session: Session) -> None:
        session.execute("UPDATE rollouts SET title = 'half'")
        cluster.end_connections()

    with pytest.raises(Unreachable, match=r"(broke|took the connection away); it is tried again by itself"):
        await team._store.write(work)
    record = await team.look(REF)
    assert isinstance(record, Rollout)
    assert record.title != "half"


@pytest.mark.parametrize("kept", [False, True])
async def test_a_connection_that_ends_around_the_commit_makes_one_effect(
    cluster: Cluster,
    schema: str,
    kept: bool,
) -> None:
    line = Proxy(cluster.port)
    backend = desk_at(cluster.url(schema, port=line.port, more="sslmode=disable"))
    await backend.put([rollout("team", 1)])
    if kept:
        line.on_commit = lambda _number: False  # its word does not arrive
    else:
        cluster.ask(
            f"CREATE FUNCTION {schema}.cut() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'"
        )
        cluster.ask(
            f"CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON {schema}.applied DEFERRABLE INITIALLY DEFERRED"
            f" FOR EACH ROW EXECUTE FUNCTION {schema}.cut()"
        )
    with pytest.raises(Unreachable):
        await backend.apply(Comment(target=REF, text="once"), "key")
    line.on_commit = lambda _number: True
    assert cluster.ask(f"SELECT count(*) FROM {schema}.messages WHERE text = 'once'") == [(int(kept),)]
    cluster.ask(f"DROP TRIGGER IF EXISTS cut ON {schema}.applied")
    await backend.apply(Comment(target=REF, text="once"), "key")
    assert (await texts(backend)).count("once") == 1
    await backend.aclose()
    line.close()


async def test_a_server_that_hangs_is_given_up_and_nobody_waits_for_it(cluster: Cluster, url: str) -> None:
    known = desk_at(url, connect_timeout=1, statement_timeout=1)
    await known.check()
    fresh = desk_at(url, connect_timeout=1, statement_timeout=1)
    with cluster.frozen():
        ends = await asyncio.gather(end_of(known), end_of(fresh))
        hanging = desk_at(url, connect_timeout=60)
        waiting = asyncio.ensure_future(hanging.check())
        await asyncio.sleep(0)
        start = time.monotonic()
        await hanging.aclose()
        assert time.monotonic() - start < 1
        assert all(thread.daemon for thread in threading.enumerate() if thread.name == "ppstui-team")
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    assert [type(end) for end in ends] == [Unreachable] * 2
    assert "no connection within the time set by connect_timeout" in str(ends[0])
    assert "no connection within the time set by connect_timeout" in str(ends[1])


async def test_a_question_that_takes_too_long_is_given_up_by_the_server(url: str) -> None:
    backend = desk_at(url, statement_timeout=2)

    async def line() -> object:
        return await backend._store.read(lambda session: session.execute("SELECT pg_backend_pid()").fetchone()[0])

    before = await line()
    with pytest.raises(Unreachable, match="no answer within the time set by statement_timeout"):
        await backend._store.read(lambda session: session.execute("SELECT pg_sleep(60)"))
    assert await line() == before, "the connection is as good as it was"
    await backend.aclose()


async def test_what_somebody_keeps_locked_is_waited_for_and_then_said(
    cluster: Cluster, url: str, team: SqlBackend, schema: str
) -> None:
    impatient = desk_at(url, statement_timeout=2)
    with cluster.admin().transaction():
        cluster.ask(f"LOCK TABLE {schema}.numbers IN SHARE ROW EXCLUSIVE MODE")
        error = await end_of(impatient, writing=True)
        assert isinstance(error, Unreachable)
        assert "somebody keeps it locked; it is tried again by itself" in str(error)
        assert await texts(team) == ["Please test."], "who reads does not wait"


# --------------------------------------------------------------------------------------------------- who is let in


@pytest.mark.parametrize(
    ("change", "password", "kind", "says"),
    [
        (
            {},
            "wrong",
            NotAuthorised,
            "the server does not let anna in; check what `password` gives, and the user in url",
        ),
        ({}, None, NotAuthorised, "it asks for a password; name where it is in `password`, or put it into ~/.pgpass"),
        ({"user": "nobody-here"}, PASSWORD, NotAuthorised, "the server does not let nobody-here in"),
        ({"database": "nowhere"}, PASSWORD, Unreachable, "there is no such database; check the end of url"),
        ({"database": "closed"}, PASSWORD, NotAuthorised, "pg_hba.conf rejects connection for host"),
        ({"port": 1}, PASSWORD, Unreachable, "nobody listens there; check url, and whether the server runs"),
    ],
)
async def test_who_is_not_let_in_is_told_what_to_do(
    cluster: Cluster, change: dict[str, Any], password: str | None, kind: type[BackendError], says: str
) -> None:
    error = await end_of(desk_at(cluster.url(**change), password))
    assert type(error) is kind
    assert says in str(error)


async def test_a_host_that_nobody_knows_is_said() -> None:
    error = await end_of(desk_at("postgresql://anna@no-such-host.invalid/pps"))
    assert isinstance(error, Unreachable)
    assert str(error) == "team: no-such-host.invalid/pps: there is no host of this name; check url and the network"


async def test_a_role_without_rights_is_told_what_to_ask_for(team: SqlBackend, cluster: Cluster, schema: str) -> None:
    url = cluster.url(schema, user=OTHER)
    cluster.ask(f"GRANT USAGE ON SCHEMA {schema} TO {OTHER}")
    error = await end_of(desk_at(url))
    assert isinstance(error, NotAuthorised)
    assert "permission denied for table ppstui_schema; ask the owner of the tables, as in: GRANT SELECT" in str(error)
    assert str(error).endswith(f" TO {OTHER}")
    cluster.ask(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {OTHER}")
    reader = desk_at(url)
    assert (await reader.check()).problems == ("it may only be read; ask its owner for the right to write",)
    assert await texts(reader) == ["Please test."]
    error = await end_of(reader, writing=True)
    assert isinstance(error, NotAuthorised)
    assert "permission denied for table numbers" in str(error)
    cluster.ask(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {OTHER}")
    writer = desk_at(url)
    await writer.apply(Comment(target=REF, text="now I may"), "key")
    await writer.put([rollout("team", 9)])
    record = await team.look(REF)
    assert isinstance(record, Rollout)
    assert record.messages[-1].author == OTHER
    await writer.aclose()


async def test_a_role_that_may_make_no_tables_is_told_who_can(cluster: Cluster, schema: str) -> None:
    cluster.ask(f"GRANT USAGE ON SCHEMA {schema} TO {OTHER}")
    error = await end_of(desk_at(cluster.url(schema, user=OTHER)))
    assert isinstance(error, NotAuthorised)
    assert "let the owner of the database open it first: that makes the tables" in str(error)


async def test_a_team_that_shares_a_role_owns_the_tables_together(cluster: Cluster) -> None:
    """As README has it: a role for the team, which everybody takes on by `options`, and a name of one's own."""
    cluster.ask("CREATE ROLE pps_team", database="postgres")
    cluster.ask("CREATE DATABASE shared OWNER pps_team", database="postgres")
    cluster.ask(f"GRANT pps_team TO {ROLE}, {OTHER}", database="postgres")
    one, two = (
        desk_at(cluster.url(user=user, database="shared", more="options=-crole%3Dpps_team")) for user in (ROLE, OTHER)
    )
    await one.put([rollout("team", 1)])
    await two.apply(Comment(target=REF, text="mine too"), "key")
    assert (await one.check()).text.endswith(f"as {ROLE}")
    record = await one.look(REF)
    assert isinstance(record, Rollout)
    assert record.messages[-1].author == OTHER
    owners = cluster.ask("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'", database="shared")
    assert owners == [("pps_team",)]
    await one.aclose()
    await two.aclose()


@pytest.mark.parametrize(("host", "says"), [("localhost", ""), ("127.0.0.1", "check sslmode and sslrootcert in url")])
async def test_the_certificate_is_checked_where_that_is_asked_for(
    cluster: Cluster, schema: str, host: str, says: str
) -> None:
    more = f"sslmode=verify-full&sslrootcert={cluster.certificate}"
    backend = desk_at(cluster.url(schema, more=more).replace("127.0.0.1", host))
    if not says:
        assert "0 rollouts" in (await backend.check()).text
        await backend.aclose()
        return
    error = await end_of(backend)
    assert isinstance(error, Unreachable)
    assert says in str(error)


async def test_what_the_house_of_the_server_forbids_is_a_refusal(
    team: SqlBackend, cluster: Cluster, schema: str
) -> None:
    cluster.ask(f"ALTER TABLE {schema}.rollouts ADD CONSTRAINT short CHECK (length(owner) < 9)")
    with pytest.raises(Refused, match=r'it does not take that \(new row for relation "rollouts" violates check'):
        await team.apply(SetOwner(target=REF, owner="somebody with a long name"), "key")
    await team.apply(SetOwner(target=REF, owner="bob"), "key")


# ------------------------------------------------------------------------------------------------------------ its files


async def test_a_file_is_fetched_when_somebody_looks(cluster: Cluster, tmp_path: Path) -> None:
    place = TeamPlace(cluster, tmp_path / "cache" / "files")
    one = place.desk()
    await one.put([rollout("local", 1, TEAMS)])
    ref = Ref("local", "1")
    command = samples.report(ref, TEAMS[0], "It works.")
    receipt = await one.apply(command, "report-1")
    other = TeamPlace(cluster, tmp_path / "other")
    other.schema = place.schema
    two = other.desk()
    for record in (receipt.record, (await read(two, Kind.ROLLOUT)).records[ref]):
        assert isinstance(record, Rollout)
        assert [(each.name, each.size, each.url) for each in record.attachments] == [(command.name, command.size, "")]
    assert not (tmp_path / "other").exists(), "a reading fetches no files"
    looked = await two.look(ref)
    assert isinstance(looked, Rollout)
    path = Path(unquote(urlsplit(looked.attachments[0].url).path))
    assert path.is_relative_to(tmp_path / "other")
    assert await asyncio.to_thread(path.read_bytes) == command.content
    assert (await read(two, Kind.ROLLOUT)).records[ref] == looked, "from then on a reading knows where it is"
    await one.aclose()
    await two.aclose()


async def test_a_large_file_comes_back_as_it_went(cluster: Cluster, tmp_path: Path) -> None:
    backend = TeamPlace(cluster, tmp_path / "files").desk()
    await backend.put([rollout("local", 1, TEAMS)])
    content = bytes(range(256)) * 4096 * 5 + b"end"
    command = structs.replace(
        samples.report(Ref("local", "1"), TEAMS[0], "x"), content=content, size=len(content), digest=""
    )
    await backend.apply(command, "key")
    record = await backend.look(Ref("local", "1"))
    assert isinstance(record, Rollout)
    path = Path(unquote(urlsplit(record.attachments[0].url).path))
    assert await asyncio.to_thread(path.read_bytes) == content
    await backend.aclose()


# --------------------------------------------------------------------------------------------------- a slow line


@pytest.fixture
def line(cluster: Cluster) -> Iterator[Proxy]:
    line = Proxy(cluster.port)
    yield line
    line.close()


async def test_few_questions_go_over_the_line(line: Proxy, cluster: Cluster, schema: str) -> None:
    """Each is a way there and back: a quarter of a second from the other side of the world."""
    backend = desk_at(cluster.url(schema, port=line.port, more="sslmode=disable"))
    await backend.put([rollout("team", n, TEAMS) for n in range(1, 150)])
    held = await read(backend, Kind.ROLLOUT)
    seen = await backend.look(REF)

    async def ways(what: Any) -> int:
        before = line.journeys
        await what
        return line.journeys - before

    assert await ways(read(backend, Kind.ROLLOUT)) <= 8, "everything there is; a long answer comes in pieces"
    assert await ways(read(backend, Kind.ROLLOUT, known_to(held))) <= 4, "nothing new"
    assert await ways(backend.look(REF)) <= 4
    assert await ways(backend.apply(Comment(target=REF, text="x"), "key-1", seen)) <= 9
    assert await ways(backend.apply(Comment(target=REF, text="x"), "key-1", seen)) <= 5, "known already"
    assert await ways(backend.apply(Assign(target=REF, add=("ea-NGI_XX-SITE",)), "key-2", seen)) <= 12
    await backend.aclose()


# ------------------------------------------------------------------------------------------------------- the plug-in


async def test_it_is_opened_as_it_is_configured(cluster: Cluster, schema: str, tmp_path: Path) -> None:
    options = SQL.Options(url=cluster.url(schema), password="env:PPS_PASSWORD")
    tools = toolbox("team", secrets={"env:PPS_PASSWORD": PASSWORD}, paths={"cache": str(tmp_path)})
    backend = SQL.open(options, tools)
    assert PASSWORD not in repr(backend) + repr(options)
    assert (await backend.check()).user == ROLE
    await backend.aclose()
    with pytest.raises(Unreachable, match="it is closed"):
        await backend.check()
