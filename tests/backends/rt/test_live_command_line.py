"""The command line on a real RT whose names are none of the defaults, told by the configuration alone."""

from __future__ import annotations

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

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("rt-journeys")]

PADOVA = "ea-NGI_IT-INFN-PADOVA"
CONFIG = """
[sources]
rollouts = ["egi"]

[backends.egi]
type = "rt"
url = "{url}"
token = "env:EGI_TOKEN"
queue = "rollouts-x"

[backends.egi.fields]
teams = "Teams chosen"
outcome = "Verdict"
document = "Doc"

[backends.egi.status]
new = ["untouched"]
open = ["running"]
stalled = ["waiting"]
resolved = ["finished"]
rejected = ["dropped"]
"""


class Person:
    """Somebody at a shell, with a home and a configuration."""

    def __init__(self, home: Path, site: Site) -> None:
        config = home / "config.toml"
        config.write_text(CONFIG.format(url=site.url))
        folders = {f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("DATA", "STATE", "CACHE", "CONFIG")}
        path = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"}
        self.env = path | folders | {"PPSTUI_CONFIG": str(config), "EGI_TOKEN": site.token("manager")}

    def says(self, *words: str, exit_code: int = 0) -> str:
        run = subprocess.run(
            [sys.executable, "-m", "ppstui", *words], env=self.env, capture_output=True, text=True, check=False
        )
        assert run.returncode == exit_code, run.stdout + run.stderr
        assert "Traceback" not in run.stderr
        return run.stdout

    def reads(self, *words: str) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.says(*words, "--json"))
        return document


async def test_a_coordinators_round_on_a_server_with_other_names(rt_site: Site, tmp_path: Path) -> None:
    with rt_site.client("manager2") as client:
        title = "Staged Rollout UMD-4 arc6 6.15.1 CENTOS7 x86_64"
        number = int(
            client.post("/ticket", json={"Queue": "rollouts-x", "Subject": title, "Content": "x"}).json()["id"]
        )
    me = Person(tmp_path, rt_site)
    (record,) = me.reads("list", "rollouts", "--refresh")["records"]
    assert (record["ref"], record["stage"], record["status"]) == (f"egi:{number}", "new-unassigned", "untouched")

    assert "status" in me.says("do", "assign", f"egi:{number}", "--team", PADOVA, "--dry-run")
    assert values(there(rt_site, number), "Teams chosen") == []
    me.says("do", "assign", f"egi:{number}", "--team", "INFN-PADOVA", "--wait", "30")
    ticket = there(rt_site, number)
    assert (values(ticket, "Teams chosen"), ticket["Status"]) == ([PADOVA], "running")
    assert group_names(rt_site, ticket) == {PADOVA}

    me.says("do", "remind", f"egi:{number}", "--team", PADOVA, "--wait", "30")
    assert said(rt_site, number)[-1][0] == "sro-manager"
    (ack,) = me.reads("list", "acks", "--refresh")["records"]
    assert (ack["team"], ack["answer"]) == (PADOVA, None)
    me.says("do", "remind", f"egi:{number}", "--team", PADOVA, exit_code=5)

    with rt_site.client("root") as client:
        client.put(f"/ticket/{number}", json={"CustomFields": {"Verdict": "ACCEPT", "Doc": "77"}})
    rt_site.mail(number, "ea-infn-padova", "quoted", "accept NGI_IT-INFN-PADOVA")
    (ack,) = me.reads("list", "acks", "--refresh")["records"]
    assert (ack["answer"], ack["late"]) == ("accept", False)
    assert "ea-infn-padova" in ack["evidence"]
    why = me.reads("why", f"egi:{number}")
    assert why["ref"] == f"egi:{number}"
    (record,) = me.reads("list", "rollouts", "--refresh")["records"]
    assert (record["outcome"], record["document"]) == ("ACCEPT", "77")
