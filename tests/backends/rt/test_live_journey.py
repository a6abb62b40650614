"""From new to resolved by `ppstui do` alone, seen from RT's own side: with the process' automation, and without."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.backends.rt.live import group_names, said, there, values

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.rt_site import Site

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("rt-journeys"), pytest.mark.timeout(600)]

PADOVA, PRAGUE = "ea-NGI_IT-INFN-PADOVA", "ea-NGI_CZ-praguelcg2"
REPORT = f"{PADOVA}-UMD-1-UNICORE-X-4.1.0-1.odt"
NEW, PARENT = 26, 25
REF = f"rt:{NEW}"
URL = "https://documents.egi.eu/document/712"


@pytest.fixture(params=["by hand", "automation"])
def site(request: pytest.FixtureRequest) -> Site:
    found: Site = request.getfixturevalue("rt_automatic" if request.param == "automation" else "rt_site")
    return found


class Person:
    """Somebody at a shell, with a home and a configuration."""

    def __init__(self, home: Path, site: Site) -> None:
        self.home = home
        config = home / "config.toml"
        config.write_text(
            f'[sources]\nrollouts = ["rt"]\n[backends.rt]\ntype = "rt"\nurl = "{site.url}"\ntoken = "env:RT_TOKEN"\n'
        )
        folders = {f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("DATA", "STATE", "CACHE", "CONFIG")}
        path = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"}
        self.env = path | folders | {"PPSTUI_CONFIG": str(config), "RT_TOKEN": site.token("manager")}

    def says(self, *words: str, exit_code: int = 0) -> dict[str, Any]:
        run = subprocess.run(
            [sys.executable, "-m", "ppstui", *words, "--json"],
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == exit_code, run.stdout + run.stderr
        document: dict[str, Any] = json.loads(run.stdout)
        return document

    def does(self, action: str, *words: str) -> dict[str, Any]:
        done = self.says("do", action, *words, "--wait", "60")
        assert done["state"] == "done", done
        return done


def told(site: Site) -> list[str]:
    """What the parent's fields were set to, in order."""
    asked = {"per_page": "100", "fields": "Type,NewValue", "orderby": "id"}
    with site.client() as client:
        rows = client.get(f"/ticket/{PARENT}/history", params=asked).json()["items"]
    return [row["NewValue"] for row in rows if row["Type"] == "CustomField"]


def test_a_rollout_is_taken_from_new_to_resolved_without_a_web_page(site: Site, tmp_path: Path) -> None:
    with site.client() as client:
        client.put(f"/ticket/{NEW}", json={"Subject": "Staged Rollout UMD-1 UNICORE-X 4.1.0-1 SL5 noarch"})
    known, today = len(told(site)), dt.datetime.now(dt.UTC).date()
    me = Person(tmp_path, site)
    file = tmp_path / "our results.odt"
    file.write_bytes(b"PK\x03\x04" + os.urandom(2000))
    me.says("list", "rollouts", "--refresh")
    me.does("assign", REF, "--team", PADOVA, "--team", PRAGUE)
    me.does("acknowledge", f"{REF}/praguelcg2", "--answer", "reject", "--note", "by phone")
    site.mail(NEW, "ea-infn-padova", "quoted", "accept NGI_IT-INFN-PADOVA")
    me.says("show", REF, "--refresh")
    me.does("expose", f"{REF}/INFN-PADOVA", "--on", "today")
    until = (today + dt.timedelta(days=20)).isoformat()
    me.does("extend", f"{REF}/INFN-PADOVA", "--until", until, "--reason", "the node was down")
    assert me.says("do", "resolve", REF, exit_code=5)["blocked"], "nothing is closed over a missing report"
    filed = me.does("report", f"{REF}/INFN-PADOVA", "--file", str(file))
    assert filed["attached_as"] == REPORT
    me.does("document", REF, "--url", URL)
    me.does("outcome", REF, "ACCEPT", "--reason", "one report, all is well")
    me.does("resolve", REF)

    ticket, parent = there(site, NEW), there(site, PARENT)
    assert (ticket["Status"], values(ticket, "Outcome"), values(ticket, "DocID")) == ("resolved", ["ACCEPT"], ["712"])
    assert (values(parent, "Outcome"), values(parent, "DocID")) == (["ACCEPT"], ["712"])
    assert sorted(told(site)[known:]) == ["712", "ACCEPT"], "each was told once, by RT or by us"
    assert group_names(site, ticket) == {PADOVA, PRAGUE}
    replies = [text for _, text in said(site, NEW)]
    assert sum(f"exposure of {PADOVA} until {until}" in text for text in replies) == 1
    record = me.says("show", REF, "--refresh")
    assert (record["stage"], record["document_url"]) == ("closed-accept", URL)
    (padova,) = [team for team in record["teams"] if team["team"] == PADOVA]
    assert (padova["state"], padova["report"]["name"], padova["report"]["valid"]) == ("reported", REPORT, True)

    log = me.says("outbox", "log")["records"]
    assert [entry["state"] for entry in log] == ["done"] * 8
    requests = [exchange["request"] for entry in log for exchange in entry["exchanges"]]
    assert all(any(exchange["request"] for exchange in entry["exchanges"]) for entry in log), "every write is in it"
    assert not [text for text in requests if site.token("manager") in text]
