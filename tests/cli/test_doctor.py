"""`ppstui doctor`: each line pass, warn or fail, each fault with what to do."""

from __future__ import annotations

import datetime as dt
import io
import json
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from ppstui.cli.doctor import doctor, look_around
from ppstui.cli.surroundings import Surroundings
from ppstui.config.paths import find_paths
from ppstui.config.secrets import Vault
from tests.cli.clinic import Patient
from tests.config.desks import load

if TYPE_CHECKING:
    from pathlib import Path

    from ppstui.config.schema import BackendTable

UTF8 = {"LANG": "de_CH.UTF-8", "TERM": "xterm-256color", "COLORTERM": "truecolor"}
VERSIONS = {"ppstui": "1", "python": "3.11.7", "sqlite": "3.40.1", "textual": "8.2.8"}


class Clinic:
    """One visit to the doctor."""

    def __init__(self, folder: Path, config: str = "", moods: dict[str, str] | None = None, **env: str) -> None:
        self.loaded = load(folder, config)
        self.moods = moods or {}
        self.posts: dict[str, str] = {}
        self.env = {**UTF8, "HOME": str(folder), **env}
        self.size: tuple[int, int] | None = (120, 40)
        self.terminal, self.encoding, self.versions = True, "utf-8", dict(VERSIONS)
        self.now = dt.datetime(2026, 11, 22, 9, tzinfo=dt.UTC)
        self.limit = 5.0
        self.folder = folder

    def open(self, table: BackendTable) -> Patient:
        return Patient(table.name, self.moods.get(table.name, "well"))

    def visit(self) -> tuple[int, dict[str, Any]]:
        code, text = self.spoken(as_json=True)
        return code, json.loads(text)

    def spoken(self, *, as_json: bool = False) -> tuple[int, str]:
        out = io.StringIO()
        around = Surroundings(
            env=self.env,
            terminal=self.terminal,
            size=self.size,
            encoding=self.encoding,
            now=self.now,
            versions=self.versions,
        )
        code = doctor(
            self.loaded,
            find_paths(self.env, self.folder),
            around,
            Vault(self.env, self.folder, command_seconds=2).resolve,
            self.open,
            out,
            outlets={name: partial(Patient, name, mood) for name, mood in self.posts.items()},
            as_json=as_json,
            limit=self.limit,
        )
        return code, out.getvalue()

    def findings(self, state: str) -> dict[str, tuple[str, str | None]]:
        found = self.visit()[1]["findings"]
        return {f"{one['area']} {one['name']}": (one["text"], one["fix"]) for one in found if one["state"] == state}


MAIL = '[targets.{0}]\ntype = "smtp"\nhost = "mail.test"\nfrom = "a@mail.test"\n'
TRACKER = '[backends.{0}]\ntype = "tracker"\nurl = "https://{0}.test"\n'


def test_a_healthy_house_passes(tmp_path: Path) -> None:
    clinic = Clinic(tmp_path, TRACKER.format("rt") + 'token = "env:T"\n', T="hunter2")
    code, document = clinic.visit()
    assert code == 0
    assert document["ok"] is True
    assert {one["state"] for one in document["findings"]} == {"pass"}
    assert document["sources"] == [
        {
            "name": "rt",
            "type": "tracker",
            "read_only": False,
            "ok": True,
            "error": None,
            "text": "RT 5.0.3, known as anna",
            "user": "anna",
            "version": "5.0.3",
            "skew_seconds": -1.0,
            "reads": ["rollouts"],
            "writes": ["acknowledge", "assign"],
        }
    ]
    code, text = clinic.spoken()
    assert code == 0
    assert "0 failed, 0 to look at" in text
    assert "reads rollouts; writes acknowledge, assign" in text
    assert "hunter2" not in text


def test_every_ill_server_has_its_own_line_and_its_own_remedy(tmp_path: Path) -> None:
    moods = {name: name for name in ("well", "away", "closed", "odd", "poorly")}
    clinic = Clinic(tmp_path, "".join(TRACKER.format(name) for name in moods), moods)
    code, document = clinic.visit()
    assert code == 1
    assert {source["name"]: source["ok"] for source in document["sources"]} == {
        "well": True,
        "away": False,
        "closed": False,
        "odd": False,
        "poorly": True,
    }
    failed = clinic.findings("fail")
    assert failed["sources away"][0] == "cannot be reached: away: nobody answers at rt.test"
    assert failed["sources closed"][0].startswith("does not let us in")
    assert failed["sources closed"][1] == "look at its secret and the rights behind it"
    assert "ZeroDivisionError" in failed["sources odd"][0]
    assert all(fix for _, fix in failed.values())
    warned = clinic.findings("warn")
    assert warned["sources poorly"] == ('the server has no custom field "EA Teams"', "there are: Sites, Result")
    assert "400 s ahead" in warned["clock poorly"][0]


def test_a_mail_server_has_its_line_also_where_a_source_has_its_name(tmp_path: Path) -> None:
    clinic = Clinic(tmp_path, TRACKER.format("mail") + MAIL.format("mail") + MAIL.format("lists"))
    clinic.posts = {"mail": "closed", "lists": "well"}
    code, document = clinic.visit()
    assert code == 1
    assert [source["ok"] for source in document["sources"]] == [True]
    assert clinic.findings("fail")["mail mail"][0].startswith("does not let us in")
    assert clinic.findings("pass")["mail lists"][0] == "RT 5.0.3, known as anna"


def test_every_target_has_its_line_and_one_with_a_mistake_has_too(tmp_path: Path) -> None:
    page = '[targets.archive]\ntype = "file"\npath = "/srv/{audience}.txt"\n'
    wiki = '[targets.wiki]\ntype = "dokuwiki"\nurl = "https://wiki.test"\npage = "b:{issue}"\ntoken = "hunter2"\n'
    clinic = Clinic(tmp_path, TRACKER.format("rt") + page + wiki + MAIL.format("mail") + "read_only = true\n")
    clinic.posts = {"archive": "poorly", "mail": "well"}
    code, document = clinic.visit()
    assert code == 1
    assert clinic.findings("fail")["targets wiki"][0] == "is disabled by a problem in the configuration"
    assert clinic.findings("pass")["targets archive"][0] == "RT 5.0.3, known as anna"
    assert clinic.findings("warn")["targets archive"][0] == 'the server has no custom field "EA Teams"'
    assert clinic.findings("pass")["mail mail"][0].endswith("nothing is published there, because it is read-only here")
    assert "hunter2" not in str(document)


def test_one_that_hangs_spoils_its_own_line_only(tmp_path: Path) -> None:
    clinic = Clinic(tmp_path, TRACKER.format("rt") + TRACKER.format("asleep"), {"asleep": "asleep"})
    clinic.limit = 0.5
    failed = clinic.findings("fail")
    assert failed == {
        "sources asleep": (
            "did not answer within 0.5 s",
            "look at its address, and whether a firewall swallows what is sent",
        )
    }


def test_secrets_resolve_or_not_and_are_never_shown(tmp_path: Path) -> None:
    loose = tmp_path / "loose"
    loose.write_text("hunter2")
    loose.chmod(0o600)
    tables = {
        "a": "env:SET",
        "b": "env:UNSET",
        "c": f"file:{tmp_path}/gone",
        "d": f"command:{sys.executable} -c 'import sys; sys.exit(\\\"hunter2\\\")'",
        "e": f"file:{loose}",
    }
    config = "".join(TRACKER.format(name) + f'token = "{secret}"\n' for name, secret in tables.items())
    clinic = Clinic(tmp_path, config, SET="hunter2")
    loose.chmod(0o644)
    code, text = clinic.spoken()
    assert code == 1
    assert "hunter2" not in text
    failed = clinic.findings("fail")
    assert "secrets backends.a.token" not in failed
    assert failed["secrets backends.b.token"] == ("env:UNSET: this environment variable is not set", "export UNSET=…")
    assert "cannot be read" in failed["secrets backends.c.token"][0]
    assert "exit status 1" in failed["secrets backends.d.token"][0]
    assert failed["secrets backends.e.token"][1] == f"run: chmod 600 {loose}"


def test_a_mistake_in_the_configuration_fails_and_disables_its_source(tmp_path: Path) -> None:
    clinic = Clinic(tmp_path, TRACKER.format("rt") + "page = 0\n")
    failed = clinic.findings("fail")
    assert failed["configuration backends.rt.page"][0].endswith("config.toml:4: 0 is out of range")
    assert "disabled" in failed["sources rt"][0]


def test_read_only_is_told(tmp_path: Path) -> None:
    code, text = Clinic(tmp_path, "read_only = true\n" + TRACKER.format("rt")).spoken()
    assert code == 0
    assert "writes nothing, because it is read-only here" in text


@pytest.mark.parametrize(
    ("env", "encoding", "state"),
    [
        ({"LANG": "C"}, "utf-8", "warn"),
        ({"LANG": "de_CH.UTF-8", "LC_ALL": "C"}, "utf-8", "warn"),
        ({"LANG": "C", "LC_CTYPE": "C.utf8"}, "utf-8", "pass"),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": ""}, "utf-8", "pass"),
        ({"LANG": "en_GB.UTF-8"}, "iso8859-1", "warn"),
        ({"LANG": ""}, "ascii", "warn"),
    ],
)
def test_the_charset_is_what_lc_all_then_lc_ctype_then_lang_say(
    tmp_path: Path, env: dict[str, str], encoding: str, state: str
) -> None:
    clinic = Clinic(tmp_path, "", None, **env)
    clinic.encoding = encoding
    assert "terminal charset" in clinic.findings(state)


@pytest.mark.parametrize(
    ("env", "name", "state", "says"),
    [
        ({"TERM": "dumb"}, "TERM", "warn", "TERM is dumb"),
        ({"TERM": ""}, "TERM", "warn", "not set"),
        ({"NO_COLOR": "1"}, "colours", "pass", "none"),
        ({"COLORTERM": ""}, "colours", "pass", "256"),
        ({"COLORTERM": "", "TERM": "linux"}, "colours", "pass", "16;"),
        ({"TMUX": "/tmp/x", "TERM": "tmux-256color"}, "tmux", "pass", "set-clipboard on"),
        ({"TMUX": "/tmp/x"}, "multiplexer", "warn", "inside a multiplexer"),
        ({"STY": "1.x", "TERM": "screen"}, "clipboard", "warn", "OSC 52"),
        ({"SSH_CONNECTION": "x"}, "ssh", "pass", "--low-bandwidth"),
    ],
)
def test_the_terminal_is_judged(tmp_path: Path, env: dict[str, str], name: str, state: str, says: str) -> None:
    assert says in Clinic(tmp_path, "", None, **env).findings(state)[f"terminal {name}"][0]


def test_a_small_or_absent_screen_is_told(tmp_path: Path) -> None:
    clinic = Clinic(tmp_path)
    clinic.size = (70, 24)
    assert clinic.findings("warn")["terminal size"][0] == "70x24"
    clinic.size = None
    assert clinic.findings("warn")["terminal size"][0] == "unknown"
    clinic.terminal = False
    assert clinic.findings("warn") == {}


def test_programs_folders_clock_and_authorities_are_judged(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    clinic = Clinic(tmp_path, XDG_STATE_HOME=str(tmp_path / "file"), SSL_CERT_FILE=str(tmp_path / "gone.pem"))
    clinic.versions |= {"sqlite": "3.7.17", "textual": ""}
    clinic.now = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    (tmp_path / "config.toml").chmod(0o666)
    failed, warned = clinic.findings("fail"), clinic.findings("warn")
    assert set(failed) == {"programs Textual", "folders state", "clock clock", "TLS authorities"}
    assert set(warned) == {"programs SQLite", "folders configuration"}
    assert warned["folders configuration"][1] == f"run: chmod go-w {tmp_path}/config.toml"
    assert "XDG_STATE_HOME" in str(failed["folders state"][1])


def test_looking_around_finds_this_machine() -> None:
    around = look_around({"TERM": "x"}, io.StringIO())
    assert around.now.tzinfo is not None
    assert all(around.versions.values())
    assert not around.terminal


def test_nothing_a_server_says_drives_the_terminal(tmp_path: Path) -> None:
    clinic = Clinic(tmp_path, TRACKER.format("rt"))
    clinic.open = lambda table: Patient("\x1b[31mred", "away")  # type: ignore[method-assign]  # noqa: ARG005
    assert "\x1b" not in clinic.spoken()[1]
