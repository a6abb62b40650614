from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from ppstui.model import Bulletin, Draft, Gathered, Item, Line, Part, Phase, Pilot, Ref, Rollout, Section, Voice
from ppstui.rules.bulletin.checking import EXPLAINED, CheckScene, Problem, check, urls
from ppstui.rules.bulletin.drafting import merge
from ppstui.rules.bulletin.privacy import RUN, Private, addresses, secret
from ppstui.rules.pilots import pilot_standing
from tests.rules.bulletin.drafts import NOW, drafts, gathered, gatherings
from tests.rules.make import CYFRONET, INFN, POLICY, REF, REPORT, ZURICH, rollout, said, stands

URL = "https://rt.example.org/1234"
NOTE = "INFN told me on the phone that their site manager has left them"
SCENE = CheckScene(now=NOW, me="mario", zone=ZURICH)


def item(text: str = "dpm: 1 EA performing the test", facts: str = "1", url: str = URL) -> Item:
    return Item(id="status/rt:1234", text=text, facts=facts, url=url, refs=(REF,))


def line(text: str | None = None) -> Line:
    return Line(id=item().id, item=item(), text=text)


def issue(*lines: Line, columns: tuple[str, ...] = (), greeting: str = "", text: str = "", **more: object) -> Bulletin:
    part = Part(id="status", title="Status", columns=columns, text=text, lines=lines)
    bare = Bulletin(
        ref=Ref("local", "emt.2026-W47"),
        audience="emt",
        issue="2026-W47",
        gathered=gathered(),
        draft=Draft(title="EMT", greeting=greeting, parts=(part,)),
    )
    return structs.replace(bare, **more)


def scene(*records: Rollout, when: str = "2026-11-23 13:00", **more: object) -> CheckScene:
    pairs = tuple((record, stands(record, when)) for record in records)
    return structs.replace(SCENE, rollouts=pairs, **more)


def codes(problems: tuple[Problem, ...]) -> list[str]:
    return [problem.code for problem in problems]


def only(problems: tuple[Problem, ...]) -> Problem:
    (one,) = problems
    return one


def test_an_issue_without_fault_has_no_problem() -> None:
    assert check(issue(line()), scene(rollout(said("2026-11-20 09:00", "mario", NOTE, Voice.COMMENT)))) == ()


def test_what_was_never_drafted_cannot_be_published() -> None:
    problem = only(check(issue(draft=None), SCENE))
    assert (problem.code, problem.blocking) == ("not-drafted", True)


def test_what_stops_an_issue_comes_first_and_then_what_is_read_first() -> None:
    offered = structs.replace(line("as I say"), id="b", offer=item(facts="2"))
    wide = structs.replace(line("x" * 99), id="a")
    problems = check(issue(wide, offered, structs.replace(wide, id="c"), greeting="passwd=x"), SCENE)
    assert [(each.code, each.line_id) for each in problems] == [
        ("private-text", ""),
        ("offer-open", "b"),
        ("line-too-long", "a"),
        ("line-too-long", "c"),
    ]


# -------------------------------------------------------------------------------------------------------------- drafts


def test_an_open_offer_stands_against_publishing_also_of_a_dropped_line() -> None:
    flagged = structs.replace(line("as I say"), offer=item(facts="2"))
    problem = only(check(issue(flagged), SCENE))
    assert (problem.code, problem.blocking, problem.line_id, problem.refs) == ("offer-open", True, flagged.id, (REF,))
    assert (
        problem.text
        == 'the line "as I say" was edited, and its facts have changed since; take what is offered or leave it'
    )
    current = gathered(Section(id="status", title="", items=(item(facts="2"),)))
    assert check(issue(flagged), structs.replace(SCENE, current=current)) == (problem,)
    out = structs.replace(flagged, text=None, dropped=True)
    assert codes(check(issue(out, Line(id="own/1", text="x")), SCENE)) == ["offer-open"]


def test_a_record_that_changed_since_stands_against_publishing() -> None:
    now = gathered(Section(id="status", title="", items=(item(facts="2"),)))
    problem = only(check(issue(line()), structs.replace(SCENE, current=now)))
    assert (problem.code, problem.blocking, problem.line_id) == ("changed-meanwhile", True, item().id)
    assert problem.text.endswith("has other facts by now on rt:1234; draft it again")
    away = only(check(issue(line()), structs.replace(SCENE, current=gathered())))
    assert (away.code, away.blocking) == ("changed-meanwhile", True)
    same = gathered(Section(id="status", title="", items=(item("in other words"),)))
    assert check(issue(line()), structs.replace(SCENE, current=same)) == ()
    new = structs.replace(item(), id="status/rt:5", text="LFC: no EA")
    more = gathered(Section(id="status", title="", items=(item(), new)))
    problem = only(check(issue(line()), structs.replace(SCENE, current=more)))
    assert (problem.code, problem.blocking) == ("new-meanwhile", False)
    assert "LFC: no EA" in problem.text


def test_what_was_edited_and_is_generated_no_more_is_worth_a_look() -> None:
    problem = only(check(issue(structs.replace(line("mine"), gone=True)), structs.replace(SCENE, current=gathered())))
    assert (problem.code, problem.blocking) == ("gone", False)


@settings(deadline=None, max_examples=60)
@given(draft=drafts(), found=gatherings())
def test_a_draft_that_was_merged_has_changed_in_nothing_meanwhile(draft: Draft, found: Gathered) -> None:
    merged = merge(draft, found)
    problems = check(issue(draft=merged.draft), structs.replace(SCENE, current=found))
    assert not {"changed-meanwhile", "new-meanwhile"} & set(codes(problems))
    assert [problem.line_id for problem in problems if problem.code == "offer-open"] == list(merged.offers)
    assert {problem.code for problem in problems} <= set(EXPLAINED)
    assert sorted(problems, key=lambda problem: not problem.blocking) == list(problems)


def test_another_coordinator_holds_the_draft_until_that_is_stale() -> None:
    held = issue(line(), holder="anna", held_at=NOW - dt.timedelta(hours=1))
    problem = only(check(held, SCENE))
    assert (problem.code, problem.blocking) == ("held-by-another", True)
    assert problem.text == "anna is editing 2026-W47 since Mon 2026-11-23 12:00 +01:00; ask first"
    assert check(structs.replace(held, holder="mario"), SCENE) == ()
    assert check(structs.replace(held, held_at=NOW - dt.timedelta(hours=4)), SCENE) == ()


def test_a_row_by_hand_needs_all_its_cells() -> None:
    columns = ("Product", "ETA", "Rollout")
    generated = Line(id="row", item=Item(id="row", text="", cells=("dpm", "", "DONE"), refs=(REF,), url=URL))
    assert check(issue(generated, structs.replace(generated, text="dpm | | DONE"), columns=columns), SCENE) == ()
    problem = only(check(issue(structs.replace(generated, text="dpm | DONE"), columns=columns), SCENE))
    assert (problem.code, problem.blocking) == ("row-uneven", True)
    assert "has 2 cells where its table has 3" in problem.text


# ------------------------------------------------------------------------------------------------------------- records


def test_early_adopters_that_owe_an_answer_are_named() -> None:
    asked = rollout(teams=(INFN, CYFRONET))
    problem = only(check(issue(line(), line()), scene(asked)))
    assert (problem.code, problem.blocking, problem.refs) == ("unanswered-ea", False, (REF,))
    assert f"has no answer yet from {INFN}, {CYFRONET}, due since Tue 2026-11-17; remind them" in problem.text
    waiting = only(check(issue(line()), scene(asked, when="2026-11-16 12:00")))
    assert ("due since" in waiting.text, waiting.code) == (False, "unanswered-ea")
    answered = rollout(said("2026-11-16 11:00", "x", "accept NGI_IT-INFN-T1"), teams=(INFN,))
    assert check(issue(line()), scene(answered)) == ()
    assert check(issue(dropped(line())), scene(asked))[0].code == "empty"


def dropped(one: Line) -> Line:
    return structs.replace(one, dropped=True)


def test_a_rollout_that_left_without_an_outcome_stands_against_publishing() -> None:
    closed = rollout(phase=Phase.RESOLVED, document="734")
    problem = only(check(issue(line()), scene(closed)))
    assert (problem.code, problem.blocking) == ("outcome-missing", True)
    assert "the outcome is not set though it is resolved; set it first" in problem.text
    assert check(issue(line()), scene(rollout(phase=Phase.RESOLVED, document="734", outcome="accept"))) == ()
    ready = rollout(
        said("2026-11-16 11:00", "x", "accept NGI_IT-INFN-T1"), teams=(INFN,), files=(REPORT,), document="1"
    )
    problem = only(check(issue(line()), scene(ready, when="2026-11-25 12:00")))
    assert (problem.code, problem.blocking) == ("outcome-missing", False)


def test_every_line_carries_its_address() -> None:
    bare = structs.replace(line(), item=item(url=""))
    again = structs.replace(bare, id="again")
    problem = only(check(issue(bare, again, Line(id="own/1", text="by hand")), SCENE))
    assert (problem.code, problem.refs, problem.blocking) == ("link-missing", bare.refs[:1], False), "said once"


def test_addresses_that_could_not_be_tried_are_told_by_their_number() -> None:
    problem = only(check(issue(line()), structs.replace(SCENE, untried=(URL, "https://b.example.org/2"))))
    assert (problem.code, problem.blocking) == ("links-untried", False)
    assert "2 addresses were not tried" in problem.text


def test_an_address_that_leads_nowhere_stands_against_publishing() -> None:
    found = {URL: "nothing is there (404)", "https://wiki.example.org/x": "no answer", "https://a.example.org": ""}
    by_hand = Line(id="own/1", text="see https://wiki.example.org/x, (https://a.example.org)")
    bulletin = issue(line(), by_hand)
    assert bulletin.draft is not None
    assert urls(bulletin.draft) == tuple(found)
    problems = check(bulletin, structs.replace(SCENE, links=found))
    assert [(each.code, each.blocking, each.line_id) for each in problems] == [
        ("dead-link", True, item().id),
        ("dead-link", False, "own/1"),
    ]
    assert f"the address {URL} in the line" in problems[0].text
    assert "does not work: nothing is there (404); correct it or take it out" in problems[0].text


# ------------------------------------------------------------------------------------------------------------- privacy


def leaks(text: str, *records: Rollout) -> list[str]:
    noted = records or (rollout(said("2026-11-20 09:00", "mario", NOTE, Voice.COMMENT)),)
    return [each.text for each in check(issue(line(text)), scene(*noted)) if each.code == "private-text"]


def test_words_of_an_internal_note_stand_against_publishing_wherever_they_are() -> None:
    noted = scene(rollout(said("2026-11-20 09:00", "mario", NOTE, Voice.COMMENT)))
    words = "on the phone that their site"
    for bulletin in (
        issue(line(f"dpm: {words} is down")),
        issue(line(), greeting=f"All,\n{words}"),
        issue(line(), text=f"{words}"),
        issue(line(), Line(id="own/1", text=words)),
    ):
        problem = only(check(bulletin, noted))
        assert (problem.code, problem.blocking) == ("private-text", True)
        assert f'words of an internal note on rt:1234: "{words}"' in problem.text
    assert check(issue(dropped(line(words)), Line(id="own/1", text="x")), noted) == ()


@settings(deadline=None, max_examples=60)
@given(
    start=st.integers(0, 6),
    length=st.integers(1, 7),
    between=st.sampled_from([" ", "\n> ", " - ", ", ", "\u200b "]),
    upper=st.booleans(),
)
def test_six_words_in_a_row_are_found_however_they_are_written(
    start: int, length: int, between: str, upper: bool
) -> None:
    words = NOTE.split()[start : start + length]
    text = between.join(words)
    found = leaks(f"Zero {text.upper() if upper else text} end")
    assert bool(found) == (len(words) >= RUN)


def test_signs_that_nobody_sees_hide_nothing() -> None:
    assert len(leaks(NOTE.replace("e", "\u200be"))) == 1


def test_what_is_public_on_a_record_too_may_be_told() -> None:
    internal = said("2026-11-20 09:00", "mario", NOTE, Voice.COMMENT)
    assert leaks(NOTE, rollout(internal, said("2026-11-20 10:00", "anna", f"As you know, {NOTE}."))) == []
    assert leaks(NOTE, rollout(internal, title=NOTE)) == []
    assert leaks(NOTE, rollout(internal, said("2026-11-20 10:00", "x", NOTE, Voice.DESCRIPTION))) == []
    elsewhere = structs.replace(rollout(title=NOTE), ref=Ref("rt", "9"))
    assert len(leaks(NOTE, rollout(internal), elsewhere)) == 1  # what nobody tells is not looked at


def test_the_notes_of_pilots_are_private_too_but_not_what_their_home_page_says() -> None:
    ref = Ref("local", "pilot-3")
    notes = (said("2026-11-20 09:00", "mario", NOTE, Voice.COMMENT),)
    about = Line(id="pilot", item=Item(id="pilot", text=NOTE, refs=(ref,), url=URL))
    pilot = Pilot(ref=ref, title="WMS", messages=notes)
    for record, expected in ((pilot, ["private-text"]), (structs.replace(pilot, objectives=NOTE), [])):
        looked = structs.replace(SCENE, pilots=((record, pilot_standing(record, POLICY, NOW)),))
        assert codes(check(issue(about), looked)) == expected


def test_notes_that_were_not_read_are_told_where_a_person_wrote_something() -> None:
    unread = scene(rollout(said("2026-11-20 09:00", "mario", "", Voice.COMMENT)))
    problems = check(issue(line("mine")), unread)
    assert [(each.code, each.blocking, each.refs) for each in problems] == [("notes-unread", False, (REF,))]
    assert check(issue(line()), unread) == ()
    for near in (issue(line(), Line(id="own/1", text="mine")), issue(line(), text="mine")):
        assert codes(check(near, unread)) == ["notes-unread"]
    assert Private([rollout(whole=False)]).unread == (REF,)
    assert Private([rollout()]).unread == ()


def test_mail_addresses_are_told_only_where_they_are_allowed() -> None:
    text = "ask Mario.Rossi@cnaf.infn.it, list@example.org or roc@lists.example.org; @here and a@b are none"
    found = [each.text for each in check(issue(line(text)), SCENE)]
    assert [each.partition("has the mail address ")[2] for each in found] == [
        "Mario.Rossi@cnaf.infn.it; take it out",
        "list@example.org; take it out",
        "roc@lists.example.org; take it out",
    ]
    allowed = {"LIST@example.org", "@lists.example.org"}
    assert addresses(text, allowed) == ("Mario.Rossi@cnaf.infn.it",)
    assert addresses("x" * 50_000 + "@" + "a." * 50_000, allowed) == ()


@pytest.mark.parametrize(
    "text",
    [
        "the password: hunter2",
        "PW=hunter2",
        "Passwd=hunter2",
        "the passphrase is 'hunter2'",
        "api_key: 12345",
        "token ghp_0123456789abcdef0123",
        "indp_0123456789abcdef0123456789",
        "-----BEGIN RSA PRIVATE KEY-----",
        "https://mario:hunter2@example.org/x",
    ],
)
def test_a_password_stands_against_publishing(text: str) -> None:
    problems = check(issue(line(text)), SCENE)
    assert ("private-text", True) in {(problem.code, problem.blocking) for problem in problems}
    assert not any("hunter2" in problem.text for problem in problems)


def test_talk_of_passwords_is_worth_a_look_and_no_more() -> None:
    problem = only(check(issue(line("myproxy: changing a password works again")), SCENE))
    assert (problem.code, problem.blocking) == ("private-text", False)
    assert secret("VOMS: tokens and a secretary, compass wd") is None


# --------------------------------------------------------------------------------------------------------------- issue


def test_a_word_wider_than_a_plain_mail_is_worth_a_look() -> None:
    assert check(issue(line("x" * 78)), SCENE) == ()
    problem = only(check(issue(line("see " + "x" * 79)), SCENE))
    assert (problem.code, problem.blocking) == ("line-too-long", False)
    assert "has a word of 79 columns" in problem.text
    assert codes(check(issue(line("\u6f22" * 40)), SCENE)) == ["line-too-long"]
    long = structs.replace(line(), item=item(url="https://example.org/" + "x" * 60))
    assert codes(check(issue(long), SCENE)) == ["line-too-long"]


def test_an_empty_week_a_meeting_that_passed_and_a_stale_source_are_worth_a_look() -> None:
    late = structs.replace(gathered(), meeting="EMT", meeting_at=NOW, stale=("rt: not read since Friday",))
    problems = check(issue(gathered=late), SCENE)
    assert [(each.code, each.blocking) for each in problems] == [
        ("stale-source", False),
        ("meeting-passed", False),
        ("empty", False),
    ]
    assert problems[0].text == "rt: not read since Friday"
    assert "EMT began on Mon 2026-11-23 13:00 +01:00" in problems[1].text
    in_time = structs.replace(late, meeting_at=NOW + dt.timedelta(minutes=1), stale=())
    assert check(issue(line(), gathered=in_time), SCENE) == ()
    assert check(issue(text="by hand"), SCENE) == ()


def test_a_blocking_problem_is_an_objection_that_a_reason_lifts() -> None:
    stops, warns = (Problem(code="x", text="t", blocking=blocking).objection for blocking in (True, False))
    assert (stops.rule, stops.text, stops.blocking, stops.overridable) == ("x", "t", True, True)
    assert (warns.blocking, warns.overridable) == (False, False)
