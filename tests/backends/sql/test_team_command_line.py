"""The command line on a team's store: two coordinators, one database, told by the configuration alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.servers.postgresql_site import OTHER, PASSWORD, ROLE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.postgresql_site import Cluster

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("postgresql")]

TITLE = "Staged Rollout UMD-4 arc6 6.15.1 CENTOS7 x86_64"
CONFIG = """
[sources]
rollouts = ["team"]
teams = ["team"]

[backends.team]
type = "sql"
url = "{url}"
password = "file:password"
"""


class Person:
    """Somebody at a shell, with a home and a configuration."""

    def __init__(self, home: Path, url: str, password: str = PASSWORD) -> None:
        home.mkdir()
        self.config = home / "config.toml"
        self.config.write_text(CONFIG.format(url=url), encoding="utf-8")
        secret = home / "password"
        secret.write_text(password + "\n", encoding="utf-8")
        secret.chmod(0o600)
        folders = {f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("DATA", "STATE", "CACHE", "CONFIG")}
        path = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"}
        self.env = path | folders | {"PPSTUI_CONFIG": str(self.config)}

    def says(self, *words: str, exit_code: int = 0) -> str:
        argv = [sys.executable, "-m", "ppstui", *words]
        run = subprocess.run(argv, env=self.env, capture_output=True, text=True, check=False)
        assert run.returncode == exit_code, run.stdout + run.stderr
        assert "Traceback" not in run.stderr
        assert PASSWORD not in run.stdout + run.stderr
        return run.stdout + run.stderr

    def reads(self, *words: str) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.says(*words, "--json"))
        return document


def test_two_coordinators_share_what_no_tracker_has(cluster: Cluster, tmp_path: Path) -> None:
    cluster.ask("CREATE ROLE pps_two", database="postgres")
    cluster.ask("CREATE DATABASE two OWNER pps_two", database="postgres")
    cluster.ask(f"GRANT pps_two TO {ROLE}, {OTHER}", database="postgres")
    anna, bob = (
        Person(tmp_path / user, cluster.url(user=user, database="two", more="options=-crole%3Dpps_two"))
        for user in (ROLE, OTHER)
    )
    assert "nothing is wrong; backends: team (sql)" in anna.says("config", "check")
    said = anna.says("doctor")
    assert "/two: 0 rollouts, 0 teams, 0 pilots, 0 issues, schema 4, PostgreSQL 15" in said
    assert f"as {ROLE}" in said
    anna.says("do", "rollout-new", "--source", "team", "--title", TITLE, "--wait", "30")
    (record,) = bob.reads("list", "rollouts", "--refresh")["records"]
    assert record["ref"] == "team:1"
    bob.says("do", "assign", "team:1", "--team", "ea-NGI_IT-INFN-PADOVA", "--wait", "30")
    anna.says("do", "acknowledge", "team:1/ea-NGI_IT-INFN-PADOVA", "--answer", "accept", "--wait", "30")
    (ack,) = bob.reads("list", "acks", "--refresh")["records"]
    assert (ack["team"], ack["answer"]) == ("ea-NGI_IT-INFN-PADOVA", "accept")


def test_what_is_done_while_the_server_is_away_waits_for_it(cluster: Cluster, tmp_path: Path) -> None:
    schema = cluster.schema()
    anna = Person(tmp_path / "anna", cluster.url(schema))
    anna.says("do", "rollout-new", "--source", "team", "--title", TITLE, "--wait", "30")
    anna.says("list", "rollouts", "--refresh")
    there = anna.config.read_text(encoding="utf-8")
    anna.config.write_text(there.replace(str(cluster.port), "1"), encoding="utf-8")
    anna.says("do", "comment", "team:1", "--text", "from the train", "--wait", "2", exit_code=6)
    said = anna.says("doctor", exit_code=1)
    assert "nobody listens there" in said
    anna.config.write_text(there, encoding="utf-8")
    anna.says("outbox", "retry", "2")
    anna.says("sync")
    assert cluster.ask(f"SELECT text, author FROM {schema}.messages") == [("from the train", ROLE)]


def test_a_wrong_password_is_said_by_the_doctor(cluster: Cluster, tmp_path: Path) -> None:
    anna = Person(tmp_path / "anna", cluster.url(cluster.schema()), "another one")
    said = anna.says("doctor", exit_code=1)
    assert "does not let us in" in said
    assert "check what `password` gives, and the user in url" in said
    assert "another one" not in said


def test_a_password_in_the_address_is_found_by_the_check(cluster: Cluster, tmp_path: Path) -> None:
    anna = Person(tmp_path / "anna", cluster.url().replace("anna@", f"anna:{PASSWORD}@"))
    said = anna.says("config", "check", exit_code=3)
    assert "a password must not stand in an address" in said
