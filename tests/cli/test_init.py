"""`config init`: a guided first run, driven like a person at the keyboard."""

from __future__ import annotations

import io
import re
import stat
from typing import TYPE_CHECKING

import pytest

from ppstui import backends
from ppstui.cli.init import Talk, init
from ppstui.config.read import read_config
from ppstui.config.schema import Config
from ppstui.model import Kind
from ppstui.port import Offer
from tests.cli.clinic import Patient
from tests.config.desks import PLUGINS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ppstui.config.read import Loaded
    from ppstui.config.schema import BackendTable
    from ppstui.port import Backend, Plugin

OURS: dict[str, Plugin] = {name: backends.find(name) for name in backends.known_types()}
ALTERNATIVE = re.compile(r'^# (?=\[|"?[a-z_.]+"? = )', re.MULTILINE)


class Desk:
    """A person, a folder and a server."""

    def __init__(self, folder: Path, *answers: tuple[str, str]) -> None:
        self.folder = folder
        self.file = folder / ".config" / "ppstui" / "config.toml"
        self.out, self.err = io.StringIO(), io.StringIO()
        self.answers = list(answers)
        self.env = {"HOME": str(folder)}
        self.opened: list[BackendTable] = []
        self.secrets: list[str] = []
        self.server: Callable[[BackendTable], Patient] = lambda table: Patient(table.name)

    def ask(self, prompt: str) -> str:
        """Answers what is on the screen, and leaves when there is nothing more to say."""
        self.out.write(prompt)
        if not self.answers:
            raise EOFError
        expected, answer = self.answers.pop(0)
        shown = self.out.getvalue()[-900:]
        assert expected in shown, f"expected {expected!r}, the screen shows:\n{shown}"
        self.out.write("\n")
        return answer

    def open(self, table: BackendTable, secret: Callable[[str], str]) -> Backend:
        """Opens the server, as the product would, with its token."""
        self.opened.append(table)
        token = getattr(table.options, "token", "")
        if token:
            self.secrets.append(secret(token))
        return self.server(table)

    def runs(self, plugins: dict[str, Plugin] | None = None, *, yes: bool = False, person: bool = True) -> int:
        talk = Talk(out=self.out, err=self.err, ask=self.ask, ask_secret=self.ask, person=person)
        code = init(self.file, talk, plugins or OURS, self.open, self.env, yes=yes, limit=5)
        assert not self.answers, f"nobody asked for {self.answers}"
        return code

    def loaded(self, file: Path | None = None) -> Loaded:
        return read_config(file or self.file, self.env, OURS.__getitem__)


def rt(desk: Desk, **changed: str) -> None:
    """The usual answers for a Request Tracker, up to the connection."""
    answers = {
        "Where are your rollouts?": "2",
        "Time zone": "",
        "Country": "ch",
        "Name of this source": "",
        "The address of RT": "https://rt.test/rt",
        "Where is the token?": "1",
        "not shown while you type": "hunter2",
        "The queue of the rollouts": "",
        "The queue of the releases": "releases",
        "The queue of the pilots": "",
    }
    desk.answers += list((answers | changed).items())


def test_without_a_person_the_embedded_store_is_described(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.runs(person=False) == 0
    loaded = desk.loaded()
    assert loaded.problems == ()
    assert loaded.config == Config()
    assert [table.type for table in loaded.backends] == ["sql"]
    assert stat.S_IMODE(desk.file.stat().st_mode) == 0o600
    assert "`ppstui doctor`" in desk.out.getvalue()


def test_yes_asks_nothing(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.runs(yes=True) == 0
    assert desk.loaded().problems == ()


@pytest.mark.parametrize("person", [True, False])
def test_a_file_that_exists_is_never_overwritten(tmp_path: Path, *, person: bool) -> None:
    desk = Desk(tmp_path)
    desk.file.parent.mkdir(parents=True)
    desk.file.write_text("# mine\n")
    assert desk.runs(yes=True, person=person) == 3
    assert desk.file.read_text() == "# mine\n"
    assert desk.err.getvalue() == (
        f"ppstui: {desk.file}: is there already and stays as it is; write another with --config FILE\n"
    )


def test_a_person_is_offered_another_name(tmp_path: Path) -> None:
    desk = Desk(tmp_path, ("[config-2.toml]", "config.toml"), ("there already too", ""))
    desk.file.parent.mkdir(parents=True)
    desk.file.symlink_to(tmp_path / "nowhere")
    desk.answers += [("Where are your rollouts?", ""), ("Time zone", ""), ("Country", "")]
    assert desk.runs() == 0
    assert desk.loaded(desk.file.with_name("config-2.toml")).problems == ()
    assert desk.file.is_symlink()
    assert not (tmp_path / "nowhere").exists()
    assert f"ppstui --config {desk.file.parent}/config-2.toml" in desk.out.getvalue()


def test_the_embedded_store_takes_three_answers(tmp_path: Path) -> None:
    desk = Desk(
        tmp_path,
        ("1) in the embedded store", "1"),
        ("[Europe/Zurich]", "Europe/Prage"),
        ('did you mean "Europe/Prague"?', "Europe/Prague"),
        ("Country", "Czechia"),
        ("that is no country", "QQ"),
        ("no public holidays are known", "cz"),
    )
    assert desk.runs() == 0
    config = desk.loaded().config
    assert (config.timezone, config.calendar.country) == ("Europe/Prague", "CZ")
    assert desk.opened == []


class Keeper(Patient):
    """One that keeps a registry, too."""

    offer = Offer(reads=frozenset(Kind))


@pytest.mark.parametrize(("where", "reference"), [("1", "file:"), ("5", "")])
def test_a_teams_database_is_asked_for_tried_and_described(tmp_path: Path, where: str, reference: str) -> None:
    desk = Desk(
        tmp_path,
        ("3) in a PostgreSQL database", "3"),
        ("Time zone", ""),
        ("Country", ""),
        ("Name of this source; its records are called NAME:1234 [team]", ""),
        ("[postgresql://user@host/database]", "postgresql://anna@db.test/pps?sslmode=verify-full"),
        ("5) none is needed here", where),
        *([("not shown while you type", "hunter2")] if reference else []),
    )
    desk.server = lambda table: Keeper(table.name)
    assert desk.runs() == 0
    assert "hunter2" not in desk.file.read_text()
    loaded = desk.loaded()
    assert loaded.problems == ()
    assert loaded.config.sources.rollouts == loaded.config.sources.pilots == loaded.config.sources.teams == ("team",)
    options = next(table for table in loaded.backends if table.name == "team").options
    assert getattr(options, "url", "") == "postgresql://anna@db.test/pps?sslmode=verify-full"
    assert getattr(options, "password", "?").startswith(reference)


def test_a_tracker_is_asked_for_tried_and_described(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    rt(desk)
    assert desk.runs() == 0
    assert "RT 5.0.3, known as anna" in desk.out.getvalue()
    assert desk.secrets == ["hunter2"]
    token = desk.file.parent / "rt.token"
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    text = desk.file.read_text()
    assert "hunter2" not in text
    assert "hunter2" not in desk.err.getvalue()
    loaded = desk.loaded()
    assert loaded.problems == ()
    assert loaded.config.sources.rollouts == ("rt",)
    assert loaded.config.sources.teams[-1] == "local", "which keeps the registry that a tracker does not"
    assert loaded.config.sources.pilots == ("local",)
    assert loaded.config.me == "anna", "as the server says"
    assert loaded.config.calendar.country == "CH"
    table = next(table for table in loaded.backends if table.name == "rt")
    assert table.options == OURS["rt"].Options(
        url="https://rt.test/rt",
        token="file:~/.config/ppstui/rt.token",
        queue="staged-rollout",
        parent_queue="releases",
    )


@pytest.mark.parametrize("mood", ["well", "away"])
def test_a_tracker_that_keeps_pilots_is_described_so(tmp_path: Path, mood: str) -> None:
    desk = Desk(tmp_path)
    desk.server = lambda table: Patient(table.name, mood)
    rt(desk, **{"The queue of the pilots": "pilots"})
    desk.answers += [("What now?", "2")] if mood == "away" else []
    assert desk.runs() == 0
    loaded = desk.loaded()
    assert (loaded.problems, loaded.config.sources.pilots) == ((), ("rt",))
    table = next(table for table in loaded.backends if table.name == "rt")
    assert getattr(table.options, "pilot_queue", "") == "pilots"


def test_a_queue_of_pilots_that_is_anothers_is_asked_for_again_and_may_be_none(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    rt(desk, **{"The queue of the pilots": "Releases"})
    desk.answers += [
        ("pilots need one of their own", "1"),
        ("[https://rt.test/rt]", ""),
        ("as before", ""),
        ("[staged-rollout]", ""),
        ("[releases]", ""),
        ("pilot_queue [Releases]", "none"),
    ]
    assert desk.runs() == 0
    loaded = desk.loaded()
    assert (loaded.problems, loaded.config.sources.pilots) == ((), ("local",))
    assert 'pilot_queue = "Releases"' not in desk.file.read_text()


def test_every_comment_in_the_written_file_is_valid_when_it_is_taken_away(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    rt(desk)
    assert desk.runs() == 0
    everything = tmp_path / "everything.toml"
    everything.write_text(ALTERNATIVE.sub("", desk.file.read_text()))
    assert [str(problem) for problem in desk.loaded(everything).problems] == []
    assert max(map(len, desk.file.read_text().splitlines())) <= 130


def test_fields_that_the_server_calls_otherwise_are_offered(tmp_path: Path) -> None:
    def server(table: BackendTable) -> Patient:
        names = getattr(table.options, "fields", None)
        good = getattr(names, "teams", "") == "Sites" and getattr(names, "document", "") == ""
        return Patient(table.name, "well" if good else "poorly", fields=("Outcome", "Result", "Sites"))

    desk = Desk(tmp_path)
    desk.server = server
    rt(desk)
    desk.answers += [
        ("Which is the field for teams?", "sites"),
        ("Which is the field for document?", "4"),
    ]
    assert desk.runs() == 0
    table = next(table for table in desk.loaded().backends if table.name == "rt")
    fields = getattr(table.options, "fields", None)
    assert (getattr(fields, "teams", None), getattr(fields, "document", None)) == ("Sites", "")
    assert len(desk.opened) == 2


def test_a_server_that_does_not_answer_can_be_asked_again_with_what_was_said(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.server = lambda table: Patient(table.name, "well" if "good" in table.options.url else "away")  # type: ignore[union-attr]
    rt(desk)
    desk.answers += [
        ("cannot be reached", "1"),
        ("[https://rt.test/rt]", "https://good.test"),
        ("as before: file:~/.config/ppstui/rt.token", ""),
        ("[staged-rollout]", ""),
        ("[releases]", ""),
        ("[none]", ""),
    ]
    assert desk.runs() == 0
    assert 'url = "https://good.test"' in desk.file.read_text()
    assert (desk.file.parent / "rt.token").exists()


def test_a_server_that_does_not_answer_can_be_described_all_the_same(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.server = lambda table: Patient(table.name, "closed")
    rt(desk)
    desk.answers += [("does not let us in", "2")]
    assert desk.runs() == 0
    assert desk.loaded().usable("rt")


def test_giving_up_leaves_nothing_behind(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.server = lambda table: Patient(table.name, "away")
    rt(desk)
    desk.answers += [("cannot be reached", "3")]
    assert desk.runs() == 7
    assert [found for found in tmp_path.rglob("*") if found.is_file()] == []
    assert "given up; nothing was written" in desk.err.getvalue()


def test_leaving_in_the_middle_leaves_nothing_behind(tmp_path: Path) -> None:
    for length in range(9):
        desk = Desk(tmp_path)
        rt(desk)
        desk.answers = desk.answers[:length]
        assert desk.runs() == 7
        assert [found for found in tmp_path.rglob("*") if found.is_file()] == []


def test_an_answer_that_the_reader_would_refuse_is_asked_for_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    rt(desk, **{"The address of RT": "rt.test"})
    desk.answers.insert(5, ("no whole address", "https://anna:hunter3@rt.test"))
    desk.answers += [
        ("a password must not stand in an address", "1"),
        ("url [https://anna", "https://rt.test"),
        ("as before", ""),
        ("[staged-rollout]", ""),
        ("[releases]", ""),
        ("[none]", ""),
    ]
    assert desk.runs() == 0
    assert "hunter3" not in desk.file.read_text()


@pytest.mark.parametrize(
    ("number", "more", "reference"),
    [
        ("2", [("[PPSTUI_RT_TOKEN]", "")], "env:PPSTUI_RT_TOKEN"),
        ("3", [("Command", "pass show rt")], "command:pass show rt"),
        ("4", [("Reference", "hunter2"), ("that is not a reference", "keyring:rt/anna")], "keyring:rt/anna"),
    ],
)
def test_a_token_may_be_elsewhere(tmp_path: Path, number: str, more: list[tuple[str, str]], reference: str) -> None:
    desk = Desk(tmp_path)
    rt(desk, **{"Where is the token?": number})
    desk.answers[6:7] = more
    desk.answers += [("What now?", "2")]  # no such secret here
    desk.env |= {"PATH": ""}
    assert desk.runs() == 0
    assert f'token = "{reference}"' in desk.file.read_text()
    assert "hunter2" not in desk.file.read_text()


def test_a_strangers_backend_is_asked_for_what_it_needs(tmp_path: Path) -> None:
    desk = Desk(
        tmp_path,
        ("4) in a registry", "5"),
        ("Time zone", ""),
        ("Country", ""),
        ("Name of this source", "local"),
        ("is the embedded store", "my rt"),
        ("a name is made of", "mine"),
        ("Where it is.", "https://x.test"),
        ("Where is the token?", "2"),
        ("[PPSTUI_MINE_TOKEN]", ""),
        ("The queue of the rollouts.", ""),
    )
    desk.env["PPSTUI_MINE_TOKEN"] = "hunter2"
    assert desk.runs({**OURS, **PLUGINS}) == 0
    text = desk.file.read_text()
    assert "[backends.mine]" in text
    assert 'type = "tracker"' in text


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    (tmp_path / ".config").write_text("a file where a folder should be")
    assert desk.runs(yes=True) == 3
    assert "cannot be written" in desk.err.getvalue()


def test_nothing_a_server_says_drives_the_terminal(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.server = lambda table: Patient("\x1b]0;gotcha\x07" + table.name, "away")
    rt(desk)
    desk.answers += [("cannot be reached", "2")]
    assert desk.runs() == 0
    assert "\x1b" not in desk.out.getvalue()
