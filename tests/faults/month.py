"""A month of the weekly bulletin, played by one coordinator at a hand-turned clock while everything around is flaky.

Every command is a fresh desk on the same home; some are processes of their own, and are killed.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import random
import shlex
import signal
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from tests.cli.shell import Shell
from tests.faults.outside import Blow, Mishap
from tests.faults.schedule import Fault
from tests.servers.dokuwiki_site import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.cli.shell import Answer, JsonValue
    from tests.faults.outside import Outside, Way

AUDIENCE = "operations"
ISSUES = ("2026-W45", "2026-W46", "2026-W47", "2026-W48")
CORRECTED = "2026-W46"
CORRECTS = "the repository moves on Friday and not on Thursday"
PLACES = ("archive", "mail", "wiki", "ticket")
QUEUE = "pilots"
"""Any queue does in which the coordinator may make tickets."""
FORMATS = ("text", "dokuwiki", "html")

CONFIGURATION = """
me = "carla"
[[meetings]]
name = "operations"
when = "Mon 14:00"
[bulletin.operations]
publish = ["archive", "mail", "wiki", "ticket"]
greeting = "Dear all,"
[targets.archive]
type = "file"
path = "{home}/out/archive.txt"
mode = "append"
[targets.mail]
type = "smtp"
host = "127.0.0.1"
port = {mail_port}
from = "pps@example.org"
to = ["roc-managers@example.org"]
[targets.wiki]
type = "dokuwiki"
url = "{wiki}"
page = "bulletins:{{audience}}:{{issue}}"
user = "coordinator"
password = "env:WIKI_PASSWORD"
read_timeout = "5s"
[targets.ticket]
type = "rt"
url = "{rt}"
token = "env:RT_TOKEN"
queue = "{queue}"
read_timeout = "5s"
"""

IN_VAIN = (Blow(Fault.CUT, kills=True), Blow(Fault.CUT), Blow(Fault.E502), Blow(Fault.E503), Blow(Fault.TOO_MANY))
"""What happens to the writes of each server in a month, and nothing comes of them."""
DONE = (Blow(Fault.DROP, kills=True), Blow(Fault.DROP), Blow(Fault.HALF), Blow(Fault.E502_DONE), Blow())
"""And to those that it does."""
LOOKS = (Fault.CUT, Fault.HALF, Fault.E502, Fault.E503, Fault.TOO_MANY)
"""And to its looks."""
DOUBTS = (Mishap.LOST, Mishap.UNHEARD, Mishap.KILLED_AFTER)
"""And to mails that may have left,"""
OTHERS = (Mishap.LATER, Mishap.HUNG_UP, Mishap.KILLED_BEFORE)
"""or have not: two of these."""

KILLED = -signal.SIGKILL
ROUNDS = 15
"""No publication has so many troubles."""
_PAUSE = dt.timedelta(minutes=20)


class Decided(NamedTuple):
    """What a person said about a mail that may have left."""

    there: int
    """How many of it they found at the server."""
    verb: str


class Told(NamedTuple):
    """What an issue or a correction said when it went."""

    issue: str
    number: int
    text: str
    """As a plain text."""
    wiki: str
    """As the wiki gets it."""


@dataclass
class Deal:
    """What goes wrong with one publication."""

    ticket: list[Blow] = field(default_factory=list)
    wiki: list[Blow] = field(default_factory=list)
    ticket_looks: list[Blow] = field(default_factory=list)
    wiki_looks: list[Blow] = field(default_factory=list)
    mail: Mishap = Mishap.NONE
    folder_gone: bool = False

    @property
    def kills(self) -> bool:
        """Whether ppstui is to be killed meanwhile."""
        return self.mail in (Mishap.KILLED_BEFORE, Mishap.KILLED_AFTER) or any(
            blow.kills for blow in (*self.ticket, *self.wiki)
        )


def deals(dice: random.Random, number: int) -> list[Deal]:
    """Deals everything that can go wrong to so many publications."""
    found = [Deal() for _ in range(number)]
    for name in ("ticket", "wiki"):
        for deal, *blows in zip(found, dice.sample(IN_VAIN, number), dice.sample(DONE, number), strict=True):
            getattr(deal, name).extend(blow for blow in blows if blow != Blow())
        for deal, fault in zip(found, dice.sample(LOOKS, number), strict=True):
            getattr(deal, f"{name}_looks").extend([*[Blow()] * dice.randrange(4), Blow(fault)])
    mishaps = [*DOUBTS, *dice.sample(OTHERS, number - len(DOUBTS))]
    for deal, mishap in zip(found, dice.sample(mishaps, number), strict=True):
        deal.mail = mishap
    dice.choice(found).folder_gone = True
    return found


class Month:
    """One home, and everything that the coordinator does there."""

    def __init__(self, home: Path, outside: Outside, seed: int) -> None:
        self.outside = outside
        self.dice = random.Random(f"month {seed}")
        self.deals = deals(self.dice, len(ISSUES) + 1)
        self.decided: dict[tuple[str, int], Decided] = {}
        self.told: list[Told] = []
        self.stands: dict[str, dict[str, str]] = {}
        """How each issue reads since it went, by format."""
        (home / "out").mkdir()
        self.shell = Shell(home, {"RT_TOKEN": outside.rt.token("manager"), "WIKI_PASSWORD": PASSWORD})
        self.shell.configure(
            CONFIGURATION.format(
                home=home,
                mail_port=outside.mail_port,
                wiki=outside.to_wiki.url,
                rt=outside.to_rt.url,
                queue=QUEUE,
            )
        )

    # ---------------------------------------------------------------------------------------------------- one command

    def on(self, day: str) -> None:
        """Ten o'clock of that day in Zurich."""
        self.shell.now = dt.datetime.fromisoformat(f"{day}T09:00+00:00")

    def run(self, *argv: str, code: int | None = 0) -> Answer:
        """A fresh desk; `code` None: however it ends."""
        answer = self.shell.run(*argv)
        said = f"{self.shell.now:%m-%d %H:%M} ppstui {' '.join(argv)}: {answer.code}"
        self.outside.story.append("\n  ".join((said, *answer.err.splitlines())))
        assert code is None or answer.code == code, answer.err + answer.out
        assert "mistake" not in answer.err, answer.err
        return answer

    def do(self, action: str, *words: str) -> str:
        """Something is asked for, and done. The record."""
        return str(self.run("do", action, *words, "--json").json["ref"])

    def live(self, *argv: str) -> int:
        """A process of its own, which may be killed; else it ends as it likes. Its exit code."""
        env = {"HOME": str(self.shell.home), "USER": "carla", "TERM": "xterm", **self.shell.env}
        code, err = self.outside.victim.live(self.shell.now, env, *argv)
        assert "mistake" not in err, err
        said = f"{self.shell.now:%m-%d %H:%M} a process: ppstui {' '.join(argv)}: {code}"
        self.outside.story.append("\n  ".join((said, *err.splitlines())))
        return code

    def editor(self, *script: str) -> None:
        """The coordinator's editor is a row of shell commands on the file `$1`."""
        program = self.shell.home / "editor"
        program.write_text("\n".join(("#!/bin/sh", *script, "")), encoding="utf-8")
        program.chmod(0o700)
        self.shell.env["VISUAL"] = str(program)

    def edit(self, *seds: str, issue: str = "") -> None:
        """Changes the draft as these commands of sed say."""
        self.editor(f'sed -i {" ".join(f"-e {shlex.quote(sed)}" for sed in seds)} "$1"')
        self.run("bulletin", "edit", *(("--issue", issue) if issue else ()))

    def draft(self) -> Answer:
        """Made or made anew from the facts of now."""
        return self.run("bulletin", "draft")

    def changes(self) -> set[JsonValue]:
        """How things differ from the issue before."""
        return {each["how"] for each in self.run("bulletin", "check", "--json", code=None).items("changes")}

    # ----------------------------------------------------------------------------------------------------- publishing

    def publish(self, issue: str) -> None:
        """To all places at once, through everything that was dealt, until nothing is on its way any more."""
        self.told.append(Told(issue, 0, self.show(issue, "text"), self.show(issue, "dokuwiki")))
        self._go_out("bulletin", "publish", "--issue", issue)
        self.stands[issue] = {format_: self.show(issue, format_) for format_ in FORMATS}

    def correct(self, issue: str, what: str) -> None:
        """As `publish` does."""
        words = ("bulletin", "correct", "--issue", issue, "--what", what)
        shown = [self.run(*words, "--dry-run", "--to", place).out for place in ("archive", "wiki")]
        self.told.append(Told(issue, 1, *shown))
        self._go_out(*words)
        self.stands[issue] = {format_: self.show(issue, format_) for format_ in FORMATS}

    def show(self, issue: str, format_: str) -> str:
        """An issue as it is kept."""
        return self.run("bulletin", "show", "--issue", issue, "--format", format_).out

    def _go_out(self, *words: str) -> None:
        deal, outside = self.deals.pop(0), self.outside
        _set(outside.to_rt, deal.ticket, deal.ticket_looks)
        _set(outside.to_wiki, deal.wiki, deal.wiki_looks)
        mailed = words[1] == "publish" or not self.given_up(CORRECTED, 0)
        outside.post.coming = [deal.mail] if mailed else []
        with self._away() if deal.folder_gone else contextlib.nullcontext():
            if deal.kills:
                self.live(*words, "--wait", "1")
            else:
                self.run(*words, "--wait", "1", code=None)
        for _ in range(ROUNDS):
            self._decide()
            if not self.pending():
                break
            self.shell.now += _PAUSE
            if outside.to_rt.kills or outside.to_wiki.kills:
                self.live("sync")
            else:
                self.run("sync", code=None)
        assert not self.pending(), "it comes to an end"
        assert not outside.left(), "all that was dealt has happened"

    @contextlib.contextmanager
    def _away(self) -> Iterator[None]:
        """The folder of the archive is gone, while this lasts."""
        folder = self.shell.home / "out"
        folder.rename(folder.with_name("away"))
        try:
            yield
        finally:
            folder.with_name("away").rename(folder)

    def pending(self) -> list[dict[str, JsonValue]]:
        """What is on its way, or waits for a person."""
        states = ("waiting", "sending", "held", "parked")
        return [each for each in self.run("outbox", "--json").records if each["state"] in states]

    def _decide(self) -> None:
        """The coordinator looks in the mail server's archive, and says what becomes of a mail that may have left."""
        for entry in self.pending():
            if entry["state"] != "parked":
                continue
            if entry["mail"] != "leaving":
                assert "ppstui ended 3 times" in str(entry["last_error"]), f"only mails are asked about: {entry}"
                self.run("outbox", "retry", str(entry["id"]), "--wait", "1", code=None)
                continue
            issue, number = str(entry["ref"]).rpartition(".")[2], int(entry["action"] == "correct")
            there = len(self.mails(issue, number))
            verb = self.dice.choice(("comment", "discard", "retry") if there else ("retry", "retry", "discard"))
            assert (issue, number) not in self.decided, "it is asked about once"
            self.decided[issue, number] = Decided(there, verb)
            self.outside.story.append(f"the mail of {issue}, {number}: {there} there, so {verb}")
            self.run("outbox", verb, str(entry["id"]))
            if (verb, number) == ("discard", 0):
                again = self.run("bulletin", "publish", "--issue", issue, "--to", "mail", code=5)
                assert "may have gone to mail" in again.err, "nothing is repeated blindly"

    def given_up(self, issue: str, number: int) -> bool:
        """Whether a person wants its mail not to be kept on the record: then nothing is corrected there."""
        decided = self.decided.get((issue, number))
        return decided is not None and decided.verb == "discard"

    def mails(self, issue: str, number: int) -> Sequence[str]:
        """The Message-IDs of the mails that the server has of an issue, or of its correction."""
        ids = [str(mail["Message-ID"]).strip() for mail in self.outside.post.mails()]
        return [id_ for id_ in ids if id_.startswith(f"<ppstui.{AUDIENCE}.{issue}.{number}.")]


def _set(way: Way, writes: list[Blow], looks: list[Blow]) -> None:
    way.writes, way.looks = [*writes], [*looks]


# ---------------------------------------------------------------------------------------------------------- four weeks

ARC, DPM = "Staged Rollout UMD-4 arc6 6.15.1 CENTOS7 x86_64", "Staged Rollout UMD-4 dpm 1.14.2 CENTOS7 x86_64"
PADOVA, MATRIX, CERN = "ea-NGI_IT-INFN-PADOVA", "ea-NGI_NL-SARA-MATRIX", "ea-ROC_CERN-CERN-PROD"


def first_week(month: Month) -> str:
    """A rollout enters, a line is edited, its facts change, and what is offered is taken."""
    month.on("2026-11-02")
    arc = month.do("rollout-new", "--title", ARC)
    month.do("assign", arc, "--team", PADOVA, "--team", MATRIX)
    month.do("mention", arc, "--text", "please try it on a spare node")
    month.on("2026-11-04")
    assert "please try it on a spare node" in month.draft().out
    month.edit("s/^Dear all,/Dear colleagues,/", "s/^- arc6: .*{/- arc6: we wait for Padova {/")
    month.on("2026-11-05")
    month.do("acknowledge", arc, "--team", PADOVA, "--answer", "accept")
    again = month.draft()
    assert "arc6: we wait for Padova" in again.out, "words by hand survive"
    assert "a line that you edited has new facts" in again.err
    assert "offer-open" in month.run("bulletin", "check", code=5).out
    month.edit("/^- arc6: we wait/d", "s/^#? arc6/- arc6/")
    month.do("acknowledge", arc, "--team", MATRIX, "--answer", "reject")
    month.on("2026-11-06")
    drafted = month.draft().out
    assert "arc6: 1 EA performing the test" in drafted
    assert "Dear colleagues," in drafted
    month.run("bulletin", "check")
    assert month.changes() == {"new"}
    month.publish(ISSUES[0])
    return arc


def second_week(month: Month, arc: str) -> str:
    """Another enters, a pilot begins; what is offered is left, and there are words that nothing generates."""
    month.on("2026-11-09")
    month.do("expose", arc, "--team", PADOVA, "--on", "today")
    dpm = month.do("rollout-new", "--title", DPM)
    month.do("assign", dpm, "--team", CERN)
    month.do("pilot-new", "--title", "CREAM 1.6", "--update", "minor", "--site", "NGI_IT-INFN-CNAF", "--on", "today")
    month.on("2026-11-11")
    month.do("mention", dpm, "--text", "it changes its database")
    assert "2026-W46" in month.draft().out
    month.edit("s/^- dpm: .*{/- dpm: CERN looks at it {/", "/^== Notes/a- The repository moves on Thursday.")
    month.on("2026-11-12")
    month.do("acknowledge", dpm, "--team", CERN, "--answer", "accept")
    assert "a line that you edited has new facts" in month.draft().err
    month.edit("/^#? /d")
    month.on("2026-11-13")
    drafted = month.draft()
    assert "has new facts" not in drafted.err, "it was said whose words hold"
    assert "dpm: CERN looks at it" in drafted.out
    assert "The repository moves on Thursday." in drafted.out
    month.run("bulletin", "check")
    assert {"new", "moved"} <= month.changes()
    month.publish(ISSUES[1])
    return dpm


def third_week(month: Month, arc: str, dpm: str) -> None:
    """One is closed; ppstui is killed in the editor; the issue of last week is corrected."""
    month.on("2026-11-16")
    month.do("expose", dpm, "--team", CERN, "--on", "today")
    month.do("report", arc, "--team", PADOVA, "--waive", "--reason", "told in the meeting")
    month.do("document", arc, "--id", "700", "--url", "https://documents.example.org/document/700")
    month.on("2026-11-18")
    month.draft()
    month.edit("s/^Dear all,/Dear operators,/")
    month.editor("sed -i 's/^Dear operators,/Dear nobody,/' \"$1\"", "kill -9 $PPID")
    assert month.live("bulletin", "edit") == KILLED
    month.edit("/^== Notes/a- The minutes are late.")
    month.edit("s/moves on Thursday/moves on Friday/", issue=CORRECTED)
    month.correct(CORRECTED, CORRECTS)
    month.on("2026-11-19")
    month.do("resolve", arc, "--outcome", "ACCEPT")
    month.on("2026-11-20")
    drafted = month.draft().out
    assert "Dear operators," in drafted, "what was kept before it was killed"
    assert "The minutes are late." in drafted
    month.run("bulletin", "check")
    assert "closed" in month.changes()
    month.publish(ISSUES[2])


def fourth_week(month: Month, arc: str, dpm: str) -> None:
    """A test takes longer; a line is taken out; nobody tells again what was told."""
    month.on("2026-11-23")
    month.do("extend", dpm, "--team", CERN, "--until", "2026-12-04", "--reason", "the database is slow")
    month.do("mention", arc, "--text", "it is in production")
    month.on("2026-11-25")
    month.draft()
    month.edit("s/^- \\(.*it is in production.*\\)$/#- \\1/", "s/^Dear all,/Good morning,/")
    month.on("2026-11-27")
    drafted = month.draft().out
    assert "it is in production" not in drafted, "what was taken out stays out"
    assert "entered staged rollout" not in drafted, "it was told"
    assert "Good morning," in drafted
    month.run("bulletin", "check")
    assert "extended" in month.changes()
    month.publish(ISSUES[3])


def play(month: Month) -> None:
    """The whole of it."""
    arc = first_week(month)
    dpm = second_week(month, arc)
    third_week(month, arc, dpm)
    fourth_week(month, arc, dpm)
