"""Times and states are said in one way, never by colour alone and never as a bare clock time."""

from __future__ import annotations

import datetime as dt
import unicodedata
from zoneinfo import ZoneInfo

import pytest

from ppstui.model import (
    Acknowledge,
    Answer,
    Assign,
    Command,
    Comment,
    Document,
    Expose,
    Extend,
    Incident,
    NewRollout,
    Outcome,
    Poll,
    Ref,
    Remind,
    Report,
    Resolve,
    SetDue,
    SetField,
    SetOutcome,
    SetOwner,
    SetStatus,
    State,
)
from ppstui.rules.rollouts import Attention, Code, Mover, Severity, Stage, TeamState
from ppstui.views import words

NOW = dt.datetime(2026, 11, 20, 15, 40, tzinfo=dt.UTC)
ZURICH = ZoneInfo("Europe/Zurich")


def after(**parts: float) -> dt.datetime:
    return NOW + dt.timedelta(**parts)


PICTURES = (
    "©®‼⁉™ℹ↔↩↪⌚⌛⌨⏏⏩⏪⏭⏮⏯⏰⏱⏲⏳⏸⏹⏺Ⓜ▪▫▶◀◻◼◽◾☀☁☂☃☄☎☑☔☕☘☝☠☢☣☦☪☮☯☸☹☺♀♂♟♠♣♥♦♨♻♾♿⚒⚓⚔⚕⚖⚗⚙⚛⚜⚠⚡⚧⚪⚫⚰⚱⚽⚾"  # noqa: RUF001 - the signs themselves
    "⛄⛅⛈⛎⛏⛑⛓⛔⛩⛪✂✅✈✉✊✋✌✍✏✒✔✖✝✡✨✳✴❄❇❌❎❓❔❕❗❣❤➕➖➗➡➰➿⤴⤵⬅⬆⬇⬛⬜⭐⭕"  # noqa: RUF001
)  # fmt: skip
"""Signs that Unicode lets a font draw as emoji, two cells wide: none of them may stand in a table."""


@pytest.mark.parametrize(
    ("due", "said", "short"),
    [
        (after(hours=2, minutes=30), "2 h left", "2h left"),
        (after(minutes=119, seconds=59), "119 min left", "119m left"),
        (after(seconds=61), "61 s left", "61s left"),
        (NOW, "due now", "due now"),
        (after(seconds=-1), "1 s late", "1s late"),
        (after(days=-3), "3 d late", "3d late"),
        (after(days=400), "400 d left", "400d left"),
    ],
)
def test_a_deadline_is_said_relative_to_now(due: dt.datetime, said: str, short: str) -> None:
    assert words.left(due, NOW) == said
    assert words.left(due, NOW, compact=True) == short


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (after(seconds=-42), "42 s ago"),
        (NOW, "just now"),
        (after(minutes=20), "in 20 min"),
        (after(days=-3), "3 d ago"),
    ],
)
def test_the_past_and_the_future_are_said_relative_to_now(at: dt.datetime, said: str) -> None:
    assert words.ago(at, NOW) == said


def test_an_instant_carries_its_offset() -> None:
    assert words.moment(NOW, ZURICH) == "Fri 2026-11-20 16:40 +01:00"
    assert words.moment(dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC), ZURICH) == "Wed 2026-07-01 14:00 +02:00"
    assert words.day(dt.date(2026, 11, 23)) == "Mon 2026-11-23"
    assert words.deadline(after(hours=3), NOW, ZURICH) == "3 h left, due Fri 2026-11-20 19:40 +01:00"


def test_attention_says_how_long_there_is() -> None:
    entry = Attention(
        code=Code.ACK_OVERDUE, severity=Severity.LATE, text="no answer", mover=Mover.COORDINATOR, due=after(days=-3)
    )
    assert words.attention(entry, NOW) == "no answer (3 d late)"


def test_every_state_has_a_sign_of_one_cell_in_unicode_and_in_ascii() -> None:
    assert set(words.STAGES) == set(Stage)
    assert set(words.TEAMS) == set(TeamState)
    assert set(words.SEVERITIES) == set(Severity)
    assert set(words.MOVERS) == set(Mover)
    assert set(words.ENTRIES) == set(State)
    assert set(words.ANSWERS) == set(Answer)
    assert set(words.CODES) == set(Code)
    signs: list[words.Sign] = [
        *words.STAGES.values(),
        *words.TEAMS.values(),
        *words.SEVERITIES.values(),
        *words.MOVERS.values(),
        *words.ENTRIES.values(),
        *words.ANSWERS.values(),
    ]
    for sign in signs:
        assert len(sign.glyph) == 1
        assert unicodedata.east_asian_width(sign.glyph) in ("N", "Na"), sign
        assert sign.glyph not in PICTURES, sign
        assert len(sign.ascii) == 1
        assert sign.ascii.isascii()
        assert sign.word.isascii()
    for table in (words.STAGES, words.TEAMS, words.SEVERITIES, words.MOVERS, words.ENTRIES):
        marks = [sign.ascii for sign in table.values()]
        assert len(set(marks)) == len(marks), "two states would look the same without colour"


def test_an_outbox_entry_says_what_is_sent() -> None:
    rollout = Ref("rt", "1")
    team = "ea-NGI_IT-INFN-T1"
    assert words.command_text(Assign(target=rollout, add=(team,), remove=("ea-CERN-CERN-PROD",))) == (
        "+ea-NGI_IT-INFN-T1 -ea-CERN-CERN-PROD"
    )
    assert words.command_text(Acknowledge(target=rollout, team=team, answer=Answer.REJECT)) == "reject NGI_IT-INFN-T1"
    assert words.command_text(Comment(target=rollout, text="hello")) == "hello"
    assert words.command_text(Remind(target=rollout, teams=(team,), text="please")) == f"{team}: please"
    assert words.command_text(NewRollout(target=Ref("local", "new"), title="Staged Rollout CA 1.38")) == (
        "Staged Rollout CA 1.38"
    )


ONE = Ref("rt", "1")
DAY = dt.date(2026, 12, 1)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (Expose(target=ONE, on=DAY), "all teams from 2026-12-01"),
        (Expose(target=ONE, team="ea-A-B", on=DAY), "ea-A-B from 2026-12-01"),
        (Extend(target=ONE, team="ea-A-B", until=DAY, reason="few users"), "ea-A-B until 2026-12-01: few users"),
        (Report(target=ONE, team="ea-A-B", name="r.odt", size=14200), "ea-A-B: r.odt (14 kB)"),
        (Report(target=ONE, team="ea-A-B", waive="site gone"), "ea-A-B: no report needed: site gone"),
        (Incident(target=ONE, url="https://ggus/1", title="crash"), "+https://ggus/1 crash"),
        (Incident(target=ONE, url="https://ggus/1", remove=True, text="closed"), "-https://ggus/1: closed"),
        (Document(target=ONE, document="700"), "700"),
        (Document(target=ONE), "none"),
        (SetOutcome(target=ONE, outcome=Outcome.REJECT, reason="it leaks"), "REJECT: it leaks"),
        (SetOutcome(target=ONE, outcome=None), "none"),
        (Resolve(target=ONE, outcome=Outcome.ACCEPT, document="700"), "ACCEPT, document 700"),
        (Resolve(target=ONE), "the outcome it has, the document it has"),
        (SetDue(target=ONE, due=DAY), "2026-12-01"),
        (SetDue(target=ONE, due=None), "none"),
        (SetOwner(target=ONE, owner=""), "nobody"),
        (SetStatus(target=ONE, status="stalled"), "stalled"),
        (SetField(target=ONE, name="OS", values=("SL5", "SL6")), "OS: SL5, SL6"),
        (SetField(target=ONE, name="OS", values=()), "OS: none"),
        (SetField(target=ONE, name="OS", add=("SL6",), remove=("SL4",)), "OS: +SL6 -SL4"),
        (Poll(target=ONE, to="ea@x", subject="who", text="can?"), "ea@x: who\n\ncan?"),
        (Remind(target=ONE, teams=("ea-A-B",), text="please", also=(Ref("rt", "2"),)), "ea-A-B (also rt:2): please"),
    ],
)
def test_every_command_says_what_it_sets(command: Command, said: str) -> None:
    assert words.command_text(command) == said


def test_the_size_of_a_file_is_said_in_its_largest_fitting_unit() -> None:
    assert [words.size(n) for n in (1, 812, 14_200, 2_340_000)] == ["1 byte", "812 bytes", "14 kB", "2.3 MB"]


def test_a_source_is_named_once() -> None:
    assert words.of_source("rt", "rt: nobody listens there") == "rt: nobody listens there"
    assert words.of_source("rt", "nobody listens there") == "rt: nobody listens there"
