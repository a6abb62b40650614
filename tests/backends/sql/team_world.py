"""The other side of a team's store: a real PostgreSQL in the hands of somebody else, and a line that can break."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.backends.sql.address import server_in
from ppstui.backends.sql.backend import SqlBackend
from ppstui.backends.sql.server import DataServer, ServerSession
from ppstui.testing.reading import NOON
from tests.backends.sql.proxy import Proxy
from tests.backends.sql.world import TablesWorld
from tests.servers.postgresql_site import PASSWORD, ROLE

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from ppstui.backends.sql.dialect import Session
    from ppstui.port import Backend
    from tests.servers.postgresql_site import Cluster


class TeamWorld(TablesWorld):
    """See `ppstui.testing.World`. Faults are a broken line, a trigger, and a changed password."""

    def __init__(self, cluster: Cluster, source: str = "there") -> None:
        self.source = source
        self.secrets = (PASSWORD,)
        self.schema = cluster.schema()
        self.line = Proxy(cluster.port)
        self._cluster = cluster
        self._made = False

    def close(self) -> None:
        self.renew_credentials()
        self.line.close()

    def open(self) -> Backend:
        return SqlBackend(self.source, self.server(), lambda: NOON, "coordinator")

    def server(self) -> DataServer:
        # What is encrypted the line could not read.
        address = server_in(self._cluster.url(self.schema, port=self.line.port, more="sslmode=disable"))
        return DataServer(address, self.source, lambda: PASSWORD, connect_timeout=5, statement_timeout=10)

    def _change(self) -> AbstractContextManager[Session]:
        return _Changing(self)

    # ------------------------------------------------------------------------------------------------ the faults

    def lose_next_answer(self) -> None:
        self.line.on_commit = lambda _number: self._once()

    def cut_after(self, writes: int) -> None:
        last = self.line.commits + writes

        def cut(number: int) -> bool:
            if number < last:
                return True
            self.be_down()
            return False

        if writes:
            self.line.on_commit = cut
        else:
            self.be_down()

    def _once(self) -> bool:
        self.line.on_commit = lambda _number: True
        return False

    def refuse_next(self) -> None:
        with self._change() as session:
            session.execute("CREATE SEQUENCE IF NOT EXISTS house_rules")
            session.execute(
                "CREATE OR REPLACE FUNCTION house_rule() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                # What a sequence counted stays counted: refused once is not refused for ever.
                " IF nextval('house_rules') = 1 THEN RAISE EXCEPTION 'a rule of the house'; END IF;"
                " RETURN NEW; END $$"
            )
            session.execute(
                "CREATE OR REPLACE TRIGGER house_rule BEFORE INSERT ON applied"
                " FOR EACH ROW EXECUTE FUNCTION house_rule()"
            )
            session.execute("SELECT setval('house_rules', 1, false)")

    def be_down(self) -> None:
        self.line.close()

    def be_up(self) -> None:
        self.line.on_commit = lambda _number: True
        self.line.open()

    def expire_credentials(self) -> None:
        self._cluster.ask(f"ALTER ROLE {ROLE} PASSWORD 'another one'")
        self._cluster.end_connections()

    def renew_credentials(self) -> None:
        self._cluster.ask(f"ALTER ROLE {ROLE} PASSWORD '{PASSWORD}'")


class _Changing:
    """A colleague's transaction: the same tables, another program."""

    def __init__(self, world: TeamWorld) -> None:
        self._world = world

    def __enter__(self) -> Session:
        if not self._world._made:
            maker = self._world.server()
            maker._run(lambda _session: None, "BEGIN; SELECT version FROM ppstui_schema", b"ROLLBACK")
            maker._drop()
            self._world._made = True
        self._connection = self._world._cluster.admin()
        self._connection.execute(b"BEGIN")
        self._connection.execute(f"SET LOCAL ROLE {ROLE}".encode())
        self._connection.execute(f"SET LOCAL search_path = {self._world.schema}".encode())
        return ServerSession(self._connection)

    def __exit__(self, *failed: object) -> None:
        self._connection.execute(b"ROLLBACK" if failed[0] else b"COMMIT")
