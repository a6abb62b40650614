"""Laws that hold for every command: what is previewed is there, what is taken back is back, what merges merges."""

from __future__ import annotations

import datetime as dt

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec import structs

from ppstui.model import (
    Acknowledge,
    Answer,
    Assign,
    Attachment,
    Command,
    Comment,
    Document,
    Expose,
    Exposure,
    Extend,
    Incident,
    Link,
    Outcome,
    Parent,
    Phase,
    Poll,
    Ref,
    Remind,
    Reply,
    Report,
    Resolve,
    Rollout,
    SetDue,
    SetField,
    SetOutcome,
    SetOwner,
    SetStatus,
    Waiver,
)
from ppstui.rules.commands import as_comment, effects, objections, preview, reverse
from ppstui.rules.conflicts import differences
from ppstui.rules.exposure_lines import read_exposures, read_waivers
from ppstui.rules.tracker import Tracker
from tests.rules.make import CYFRONET, GLASGOW, INFN, POLICY, REF, REPORT, at, chosen, rollout, said

NOW = at("2026-11-25 12:00")
TEAMS = (INFN, GLASGOW, CYFRONET)
TRACKER = Tracker(
    words={Phase.OPEN: ("open",), Phase.RESOLVED: ("done", "resolved")}, document_url="https://d.example.org/{id}"
)

_team = st.sampled_from(TEAMS)
_some = st.lists(_team, unique=True).map(tuple)
_day = st.sampled_from([dt.date(2026, 11, 20), dt.date(2026, 11, 27), dt.date(2026, 12, 4)])
_outcome = st.sampled_from([None, *Outcome])
_value = st.sampled_from(["", "7", "700"])
_text = st.sampled_from(["a word", "two\nlines", "accept NGI_IT-INFN-T1", "\x1b[31m"])
_url = st.sampled_from(["https://g.example.org/ticket/1", "https://g.example.org/ticket/2"])
_report = st.sampled_from([REPORT, REPORT.replace(".odt", ".doc")])


def _build(kind: type[Command], **parts: st.SearchStrategy[object]) -> st.SearchStrategy[Command]:
    return st.builds(kind, target=st.just(REF), **parts)


SETTINGS = (
    _build(Assign, add=_some, remove=_some),
    _build(Incident, url=_url, remove=st.booleans(), title=_text),
    _build(Document, document=_value),
    _build(SetOutcome, outcome=_outcome),
    _build(SetDue, due=st.one_of(st.none(), _day)),
    _build(SetOwner, owner=st.sampled_from(["", "anna", "Bruno"])),
    _build(SetStatus, status=st.sampled_from(["new", "open", "stalled", "done"])),
    _build(SetField, name=st.just("Sites"), values=st.lists(st.sampled_from("abc"), unique=True).map(tuple)),
    _build(SetField, name=st.just("Sites"), add=st.just(("a",)), remove=st.lists(st.sampled_from("bc")).map(tuple)),
)
"""What sets values, and so can be taken back, kind by kind."""
SETTING = st.one_of(SETTINGS)
PAIRS = st.one_of([st.tuples(kind, kind) for kind in SETTINGS])
COMMANDS = st.one_of(
    SETTING,
    _build(Acknowledge, team=_team, answer=st.sampled_from(Answer), note=_text),
    _build(Comment, text=_text),
    _build(Reply, text=_text),
    _build(Remind, teams=_some, text=_text),
    _build(Poll, to=st.just("l@example.org"), subject=st.just("wanted"), text=_text),
    _build(Expose, team=st.one_of(st.just(""), _team), on=_day),
    _build(Extend, team=st.one_of(st.just(""), _team), until=_day, reason=_text),
    _build(Report, team=_team, name=_report, size=st.integers(1, 3)),
    _build(Report, team=_team, waive=_text),
    _build(SetOutcome, outcome=_outcome, reason=_text),
    _build(Resolve, outcome=_outcome, document=_value, reason=st.one_of(st.just(""), _text)),
)


@st.composite
def records(draw: st.DrawFn) -> Rollout:
    """Rollouts in every state that a command may meet, looked at just now."""
    record = rollout(
        *([said("2026-11-16 14:00", "mario", "accept NGI_IT-INFN-T1")] if draw(st.booleans()) else []),
        teams=[chosen(team) for team in draw(_some)],
        phase=draw(st.sampled_from([Phase.NEW, Phase.OPEN, Phase.STALLED])),
        outcome=draw(st.sampled_from(["", "ACCEPT", "REJECT"])),
        document=draw(_value),
        owner=draw(st.sampled_from(["", "anna"])),
        links=draw(st.lists(_url.map(lambda url: Link(url=url, relation="incident")), unique=True)),
    )
    return structs.replace(
        record,
        updated=NOW,
        due=draw(st.one_of(st.none(), _day)),
        document_url=f"https://d.example.org/{record.document}" if record.document else "",
        fields=draw(st.sampled_from([(), (("Sites", "a"),), (("Sites", "a, b"), ("Notes", "x"))])),
        exposures=draw(st.sampled_from([(), (Exposure(start=dt.date(2026, 11, 20)),)])),
        waivers=draw(st.sampled_from([(), (Waiver(team=GLASGOW, reason="closed"),)])),
        attachments=draw(st.sampled_from([(), (Attachment(id="1", name=REPORT, at=NOW, size=2),)])),
        parent=draw(st.sampled_from([None, Parent(ref=Ref("rt", "25"))])),
    )


def shown(command: Command, record: Rollout, key: str = "k-1", by: str = "me") -> Rollout:
    """As it looks an hour later with the command gone through."""
    later = NOW + dt.timedelta(hours=1)
    return structs.replace(preview(command, record, POLICY, later, by, key, TRACKER), updated=later)


def values(record: Rollout) -> tuple[object, ...]:
    """What commands set and can set back."""
    teams = frozenset(assignment.team for assignment in record.assignments)
    links = frozenset(link.url for link in record.links)
    fields = frozenset((name, frozenset(value.split(", "))) for name, value in record.fields)
    return (
        *(teams, links, fields, record.outcome, record.document, record.document_url),
        *(record.due, record.owner, record.status, record.phase),
    )


@settings(deadline=None)  # a busy machine breaks no law
@given(command=COMMANDS, before=records())
def test_what_is_shown_as_done_is_done_and_in_nobodys_way(command: Command, before: Rollout) -> None:
    after = shown(command, before)
    assert differences(command, before, after, "k-1") == ()
    assert differences(command, before, before) == ()
    assert differences(command, after, after) == ()
    assert preview(command, after, POLICY, NOW, "me", "k-1", TRACKER) == after or not _marked(after, "k-1")


def _marked(record: Rollout, key: str) -> bool:
    return any(key in message.marks for message in record.messages)


@settings(deadline=None)  # a busy machine breaks no law
@given(command=COMMANDS, record=records())
def test_every_command_has_an_effect_objections_and_words_for_a_comment(command: Command, record: Rollout) -> None:
    found = effects(command, record, POLICY, NOW, TRACKER)
    assert [each for each in found if each.before == each.after and each.after] == []
    after = shown(command, record)
    if values(after) != values(record):
        assert found
    for objection in objections(command, record, POLICY, NOW, TRACKER):
        assert objection.text
        assert objection.text.isprintable()
    text = as_comment(command)
    assert text.strip()
    assert read_exposures([text]) == ()
    assert read_waivers([said("2026-11-25 12:00", "me", text, marks=("comment-1",))]) == ()


@settings(deadline=None)  # a busy machine breaks no law
@given(command=SETTING, before=records())
def test_what_is_taken_back_is_as_it_was(command: Command, before: Rollout) -> None:
    after = shown(command, before)
    back = reverse(command, before)
    if back is None:
        assert values(after) == values(before)
        return
    assert values(after) != values(before)
    restored = shown(back, after, "k-2")
    expected = before
    if isinstance(command, Assign):  # choosing teams also opens a new rollout, and it stays so
        expected = structs.replace(before, status=restored.status, phase=restored.phase)
    assert values(restored) == values(expected)
    again = reverse(back, after)
    assert again is not None
    once_more = shown(again, restored, "k-3")
    assert values(once_more) == values(structs.replace(after, status=once_more.status, phase=once_more.phase))
    assert isinstance(command, Assign) or (once_more.status, once_more.phase) == (after.status, after.phase)


@settings(deadline=None)  # a busy machine breaks no law
@given(command=_build(Resolve, outcome=_outcome, document=_value), before=records())
def test_what_was_resolved_is_opened_again(command: Command, before: Rollout) -> None:
    back = reverse(command, before)
    assert back is not None
    again = shown(back, shown(command, before), "k-2")
    assert (again.status, again.phase) == (before.status, before.phase)


@settings(deadline=None)  # a busy machine breaks no law
@given(before=records(), mine=_some, theirs=_some, out=_some)
def test_other_teams_are_never_in_the_way(
    before: Rollout, mine: tuple[str, ...], theirs: tuple[str, ...], out: tuple[str, ...]
) -> None:
    assume(not set(mine) & {*theirs, *out})
    colleague = Assign(target=REF, add=theirs, remove=out)
    now = shown(colleague, before, "k-2", "colleague")
    assert differences(Assign(target=REF, add=mine), before, now) == ()
    assert differences(Assign(target=REF, remove=mine), before, now) == ()
    both = shown(Assign(target=REF, add=mine), now)
    assert {each.team for each in both.assignments} == {each.team for each in now.assignments} | set(mine)


@settings(deadline=None)  # a busy machine breaks no law
@given(command=SETTING, before=records())
def test_what_a_colleague_did_just_so_is_no_difference(command: Command, before: Rollout) -> None:
    assert differences(command, before, shown(command, before, "theirs", "colleague")) == ()


def _bare(command: Command, before: Rollout) -> Command | None:
    """The command without what changes nothing: the way back from the way back; None when nothing is left."""
    back = reverse(command, before)
    return reverse(back, shown(command, before)) if back else None


@settings(deadline=None)  # a busy machine breaks no law
@given(pair=PAIRS, before=records())
def test_who_stands_in_whose_way_does_not_depend_on_who_was_first(
    pair: tuple[Command, Command], before: Rollout
) -> None:
    """Of two commands of one kind that both change something, and of which none closes the record."""
    one, other = (_bare(command, before) for command in pair)
    assume(one and other)
    assert one
    assert other
    after_one, after_other = shown(one, before, "a"), shown(other, before, "b")
    assume(after_one.phase.live and after_other.phase.live)
    meets = {each.what for each in differences(one, before, after_other)}
    assert meets == {each.what for each in differences(other, before, after_one)}


@settings(deadline=None)  # a busy machine breaks no law
@given(command=SETTING, before=records())
def test_what_was_taken_back_meanwhile_is_not_done_again_unasked(command: Command, before: Rollout) -> None:
    """The answer was lost, and a colleague set it back: the history tells."""
    back = reverse(command, before)
    assume(back is not None)
    assert back is not None
    gone = shown(command, before)
    now = structs.replace(shown(back, gone, "theirs", "colleague"), updated=NOW + dt.timedelta(hours=2))
    assume(now.phase.live)
    found = differences(command, before, now)
    assert found
    assert {each.by for each in found} == {"colleague"}
