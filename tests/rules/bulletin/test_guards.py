"""What stands against each command to an issue: its state decides, and what is under way counts."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from msgspec import structs

from ppstui.model import (
    Bulletin,
    Correct,
    Draft,
    Gathered,
    KeepPublication,
    Line,
    Mention,
    Part,
    Publication,
    Publish,
    Ref,
    SaveBulletin,
)
from ppstui.rules.bulletin.commands import (
    blank,
    bulletin_differences,
    bulletin_effects,
    bulletin_irreversible,
    bulletin_preview,
    bulletin_reverse,
    sent,
)
from ppstui.rules.bulletin.guards import Asker, UnderWay, bulletin_objections, digest_of

NOW = dt.datetime(2026, 11, 16, 15, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
OF = Ref("local", "emt.2026-W47")
FACTS = Gathered(audience="emt", issue="2026-W47", since=NOW - 168 * HOUR, until=NOW)
MAIL = Ref("targets.mail", OF.id)
PUBLISH = Publish(target=MAIL, of=OF, audience="emt", issue="2026-W47", subject="EMT", format="text", text="VOMS\n")
CORRECT = Correct(**structs.asdict(PUBLISH) | {"text": "DPM\n", "corrects": "it is DPM", "number": 1})


def draft(*texts: str) -> Draft:
    lines = tuple(Line(id=f"own/{number}", text=text) for number, text in enumerate(texts))
    return Draft(title="EMT", parts=(Part(id="status", title="Status", lines=lines),))


FROZEN = Bulletin(
    ref=OF, rev="4", audience="emt", issue="2026-W47", gathered=FACTS, draft=draft("VOMS"), frozen_at=NOW - HOUR
)
WENT = Publication(key="k", target="mail", at=NOW - HOUR, by="anna", format="text", digest=digest_of("VOMS\n"))
SAVE = SaveBulletin(target=OF, audience="emt", issue="2026-W47", gathered=FACTS, draft=draft("DPM"), base="4")


def rules(command: object, bulletin: Bulletin | None, **more: object) -> list[str]:
    asker = structs.replace(Asker(by="antonio", now=NOW), **more)
    return [each.rule for each in bulletin_objections(command, bulletin, asker)]  # type: ignore[arg-type]


def with_(*publications: Publication) -> Bulletin:
    return structs.replace(FROZEN, publications=publications)


@pytest.mark.parametrize(
    ("command", "bulletin", "wanted"),
    [
        (PUBLISH, FROZEN, []),
        (PUBLISH, None, ["no-issue"]),
        (PUBLISH, structs.replace(FROZEN, draft=None), ["no-issue"]),
        (PUBLISH, structs.replace(FROZEN, frozen_at=None), ["not-frozen"]),
        (structs.replace(PUBLISH, text=" \n"), FROZEN, ["empty"]),
        (PUBLISH, with_(WENT), ["published-already"]),
        (structs.replace(PUBLISH, text="other"), with_(WENT), ["use-correct"]),
        (PUBLISH, with_(structs.replace(WENT, target="wiki")), []),
        (CORRECT, with_(WENT), []),
        (CORRECT, FROZEN, ["nothing-to-correct"]),
        (CORRECT, with_(structs.replace(WENT, target="wiki")), ["nothing-to-correct"]),
        (structs.replace(CORRECT, corrects=" "), with_(WENT), ["says-not-what"]),
        (structs.replace(CORRECT, text="VOMS\n"), with_(WENT), ["published-already"]),
        # Back to what stood there before the last correction is a correction like any other.
        (structs.replace(CORRECT, text="VOMS\n"), with_(WENT, structs.replace(WENT, number=1, digest="x")), []),
        (SAVE, None, []),
        (SAVE, structs.replace(FROZEN, frozen_at=None), []),
        (SAVE, FROZEN, ["frozen"]),
        (structs.replace(SAVE, freeze=True), FROZEN, []),
        (structs.replace(SAVE, freeze=True, gathered=structs.replace(FACTS, until=NOW + HOUR)), FROZEN, ["frozen"]),
        (Mention(target=OF, about=Ref("rt", "1"), text=""), FROZEN, ["frozen"]),
        (Mention(target=OF, about=Ref("rt", "1"), text=""), None, []),
    ],
)
def test_what_stands_against_it(command: object, bulletin: Bulletin | None, wanted: list[str]) -> None:
    assert rules(command, bulletin) == wanted


def test_all_of_these_stop_it_and_only_another_persons_hold_can_be_overridden() -> None:
    held = structs.replace(FROZEN, frozen_at=None, holder="anna", held_at=NOW - HOUR)
    (objection,) = bulletin_objections(SAVE, held, Asker(by="antonio", now=NOW))
    assert (objection.rule, objection.blocking, objection.overridable) == ("held", True, True)
    assert "anna" in objection.text
    assert rules(SAVE, held, by="anna") == []
    assert rules(SAVE, held, now=NOW + 3 * HOUR) == [], "nobody waits for ever"
    assert rules(SAVE, held, hold=dt.timedelta(minutes=5)) == []
    (refusal,) = bulletin_objections(PUBLISH, with_(WENT), Asker(by="antonio", now=NOW))
    assert (refusal.blocking, refusal.overridable) == (True, False)


def test_what_is_under_way_counts_as_published() -> None:
    going = UnderWay(entry=7, target="mail", number=0, digest=digest_of("VOMS\n"))
    assert rules(PUBLISH, FROZEN, under_way=(going,)) == ["published-already"]
    assert rules(PUBLISH, FROZEN, under_way=(structs.replace(going, target="wiki"),)) == []
    assert rules(CORRECT, FROZEN, under_way=(going,)) == ["nothing-to-correct", "published-already"]
    assert rules(CORRECT, FROZEN, under_way=(structs.replace(going, done=True),)) == ["published-already"]
    assert rules(CORRECT, with_(WENT), under_way=(structs.replace(going, number=1),)) == ["published-already"]


def test_what_may_have_gone_and_was_given_up_goes_again_with_a_reason_only() -> None:
    doubt = UnderWay(entry=7, target="mail", number=0, digest=digest_of("VOMS\n"), given_up=True)
    asker = Asker(by="antonio", now=NOW, under_way=(doubt,))
    (objection,) = bulletin_objections(PUBLISH, FROZEN, asker)
    assert (objection.rule, objection.blocking, objection.overridable) == ("may-have-gone", True, True)
    assert "entry 7" in objection.text
    assert rules(PUBLISH, FROZEN, under_way=(structs.replace(doubt, target="wiki"),)) == []
    assert rules(CORRECT, with_(WENT), under_way=(doubt,)) == [], "it is the issue that may have gone"
    assert rules(CORRECT, with_(WENT), under_way=(structs.replace(doubt, number=1),)) == ["may-have-gone"]


def test_what_will_be_on_the_record_and_only_once() -> None:
    bulletin = blank(OF)
    assert (bulletin.audience, bulletin.issue) == ("emt", "2026-W47")
    mention = Mention(target=OF, about=Ref("rt", "1"), text="look", title="VOMS", url="https://rt.example.org/1")
    keep = sent(PUBLISH, "p", NOW, "anna", "<1@example.org>", "250 queued")
    assert keep.publication == structs.replace(WENT, key="p", at=NOW, id="<1@example.org>", receipt="250 queued")
    commands: list[tuple[Mention | SaveBulletin | KeepPublication, str]] = [
        (mention, "m"),
        (structs.replace(SAVE, hold=True), "s"),
        (structs.replace(SAVE, freeze=True), "f"),
        (keep, "p-kept"),
    ]
    for command, key in [each for each in commands for _ in range(2)]:
        bulletin = bulletin_preview(command, bulletin, NOW, "anna", key)
    assert [(note.id, note.about, note.text, note.by) for note in bulletin.notes] == [
        ("m", Ref("rt", "1"), "look", "anna")
    ]
    assert (bulletin.draft, bulletin.gathered, bulletin.frozen_at, bulletin.holder) == (SAVE.draft, FACTS, NOW, "")
    assert [each.key for each in bulletin.publications] == ["p"]
    assert bulletin_preview(PUBLISH, bulletin, NOW, "anna", "p") == bulletin, "it is about the target"


def test_effects_say_what_goes_and_what_is_there() -> None:
    (effect,) = bulletin_effects(PUBLISH, FROZEN)
    assert (effect.what, effect.before, effect.after) == ("issue at mail", "", "EMT\n\nVOMS\n")
    (again,) = bulletin_effects(CORRECT, with_(structs.replace(WENT, id="<1@example.org>")))
    assert (again.what, again.before) == ("correction 1 at mail", "2026-11-16 14:00 UTC: <1@example.org>")
    size, frozen = bulletin_effects(structs.replace(SAVE, freeze=True), structs.replace(FROZEN, frozen_at=None))
    assert (size.before, size.after, frozen.what) == ("1 line in 1 section", "1 line in 1 section", "frozen")


def test_a_draft_is_taken_back_to_the_one_before_as_long_as_nobody_went_on() -> None:
    before = structs.replace(FROZEN, frozen_at=None)
    now = structs.replace(before, draft=SAVE.draft, rev="5")
    back = bulletin_reverse(SAVE, before, now)
    assert isinstance(back, SaveBulletin)
    assert (back.draft, back.base, back.freeze) == (before.draft, "5", False)
    assert bulletin_reverse(SAVE, before, structs.replace(now, draft=draft("theirs"))) is None
    assert bulletin_reverse(SAVE, structs.replace(before, draft=None), now) is None
    assert bulletin_reverse(structs.replace(SAVE, freeze=True), before, now) is None
    assert bulletin_reverse(PUBLISH, before, now) is None
    for command in (PUBLISH, SAVE, structs.replace(SAVE, freeze=True), Mention(target=OF, about=OF, text="")):
        assert "cannot be taken back; " in bulletin_irreversible(command).text


TEXTS = some.lists(some.sampled_from(("VOMS", "DPM", "LFC")), max_size=3).map(lambda texts: draft(*texts))


@settings(max_examples=80)
@given(before=TEXTS, theirs=TEXTS, mine=TEXTS)
def test_only_what_they_changed_and_i_would_write_over_differs(before: Draft, theirs: Draft, mine: Draft) -> None:
    seen = structs.replace(FROZEN, frozen_at=None, draft=before)
    current = structs.replace(seen, draft=theirs, rev="5", updated_by="anna")
    found = bulletin_differences(structs.replace(SAVE, draft=mine), seen, current)
    if theirs in (before, mine):
        assert found == ()
    assert all(each.theirs not in (each.before, each.mine) and each.by == "anna" for each in found)
    assert (found == ()) or theirs != before
