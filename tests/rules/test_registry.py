from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from ppstui.errors import UsageError
from ppstui.model import Commit, Commitment, Level, Ref, RegistryCommand, Team, Wish, WishFor, Withdraw
from ppstui.rules.registry import (
    Majors,
    Product,
    Registry,
    committed_parties,
    covers,
    covers_major,
    described,
    holds_level,
    meets,
    product_of,
    registry_effects,
    registry_import,
    registry_objections,
    registry_preview,
    registry_reverse,
)
from ppstui.rules.titles import read_title
from tests.rules.make import CYFRONET, GLASGOW, INFN, POLICY, TITLE, at, day

NEW = Ref("local", "new")
NOW = at("2026-11-24 12:00")
DPM = Product(component="dpm", stack="EMI", major="1.0", os="SL5", arch="x86_64")


def committed(party: str = INFN, component: str = "dpm", **more: object) -> Commitment:
    made = Commitment(ref=Ref("local", f"c-{party}-{component}-{more}"), party=party, component=component)
    return structs.replace(made, **more)


def commit(party: str = INFN, component: str = "dpm", **more: object) -> Commit:
    return structs.replace(Commit(target=NEW, party=party, component=component), **more)


def wish(component: str = "dpm", minimum: int = 1, **more: object) -> Wish:
    return structs.replace(Wish(ref=Ref("local", f"w-{component}"), component=component, minimum=minimum), **more)


def known(*commitments: Commitment, wishes: tuple[Wish, ...] = ()) -> Registry:
    partners = tuple(Team(ref=Ref("local", name), name=name) for name in (INFN, GLASGOW, "NGI_IT-INFN-CNAF"))
    return Registry(partners=partners, commitments=commitments, wishes=wishes)


def rules(command: RegistryCommand, registry: Registry) -> list[tuple[str, bool]]:
    return [(each.rule, each.blocking) for each in registry_objections(command, registry, POLICY, NOW)]


def does(command: RegistryCommand, registry: Registry) -> list[tuple[str, str, str]]:
    return [(each.what, each.before, each.after) for each in registry_effects(command, registry)]


# -------------------------------------------------------------------------------------------------------------- majors


@pytest.mark.parametrize(
    ("majors", "inside", "outside"),
    [
        ("", ["1", "3.2", "99.9", ""], []),
        ("3", ["3", "3.0", "3.2", ""], ["2", "4", "30"]),
        ("3.2", ["3.2", "3.2.1"], ["3", "3.1", "3.3", "3.20"]),
        ("1.0", ["1", "1.0", "1.0.5"], ["1.1", "2"]),
        ("1..3", ["1", "2.7", "3.9"], ["0.9", "4"]),
        ("2..", ["2", "2.0", "17"], ["1.9"]),
        ("..3", ["0", "3.9"], ["4"]),
    ],
)
def test_a_range_of_majors(majors: str, inside: list[str], outside: list[str]) -> None:
    assert [each for each in (*inside, *outside) if covers_major(majors, each)] == inside


@pytest.mark.parametrize("text", ["x", "..", "3..1", "1...2", "1..2..3", ">=1", "1,2", "²", "1" * 100, "3.2..3.1"])
def test_what_is_no_range_is_refused_and_covers_nothing(text: str) -> None:
    with pytest.raises(UsageError, match="major versions"):
        Majors.parse(text)
    assert not covers_major(text, "1")


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [("1..3", "3..", True), ("1..3", "3.5", True), ("..2", "3", False), ("3", "3.2", True), ("1..2.1", "2.2..", False)],
)
def test_ranges_meet_at_their_ends(one: str, other: str, meet: bool) -> None:
    assert Majors.parse(one).meets(Majors.parse(other)) is meet


versions = st.lists(st.integers(0, 4), min_size=1, max_size=3).map(tuple)
ranges = st.builds(Majors, st.one_of(st.none(), versions), st.one_of(st.none(), versions))


@given(one=ranges, other=ranges, version=versions)
def test_ranges_that_share_a_version_meet_and_meeting_is_mutual(
    one: Majors, other: Majors, version: tuple[int, ...]
) -> None:
    if one.holds(version) and other.holds(version):
        assert one.meets(other)
    assert one.meets(other) == other.meets(one)


# ------------------------------------------------------------------------------------------------------------ coverage


def test_what_a_commitment_leaves_open_covers_everything() -> None:
    assert covers(committed(), DPM)
    assert covers(committed(stack="emi", majors="1", os="sl5", arch="amd64"), DPM)
    assert not covers(committed(stack="UMD"), DPM)
    assert not covers(committed(component="lfc"), DPM)
    assert not covers(committed(majors="2"), DPM)


def test_a_wish_that_does_not_care_is_met_by_any() -> None:
    assert meets(committed(os="SL5"), wish())
    assert meets(committed(), wish(os="SL6"))
    assert not meets(committed(os="SL5"), wish(os="SL6"))
    assert not meets(committed(majors="1..2"), wish(majors="3"))


def test_a_title_names_a_product() -> None:
    assert product_of(read_title(TITLE, POLICY.stacks)) == DPM
    assert product_of(read_title("Staged Rollout CA 1.38", POLICY.stacks)).component == "CA"


def test_levels_do_not_include_each_other_and_end_with_their_day() -> None:
    platinum = committed("NGI_IT-INFN-CNAF", "", level=Level.PLATINUM, until=day("2026-11-30"))
    assert holds_level("ngi_it-infn-cnaf", Level.PLATINUM, [platinum], day("2026-11-30"))
    assert not holds_level("NGI_IT-INFN-CNAF", Level.PLATINUM, [platinum], day("2026-12-01"))
    begins = [structs.replace(platinum, since=day("2026-11-10"))]
    held = [
        holds_level("NGI_IT-INFN-CNAF", Level.PLATINUM, begins, day(f"2026-11-{number}")) for number in ("09", "10")
    ]
    assert held == [False, True]
    assert not holds_level("NGI_IT-INFN-CNAF", Level.GOLD, [platinum])
    assert not holds_level("NGI_IT-INFN-T1", Level.PLATINUM, [platinum])


def test_a_team_counts_once_and_only_while_it_is_active() -> None:
    registry = known(committed(), committed(os="SL5"), committed(GLASGOW), committed(CYFRONET, level=Level.GOLD))
    assert committed_parties(DPM, registry) == (INFN, GLASGOW)
    gone = Team(ref=Ref("local", "x"), name="NGI_IT-INFN-T1", active=False)
    assert committed_parties(DPM, structs.replace(registry, partners=(gone,))) == (GLASGOW,)


# ------------------------------------------------------------------------------------------------------------ commands


def test_a_known_team_may_commit_itself() -> None:
    assert rules(commit(stack="EMI", majors="1"), known()) == []
    assert does(commit(stack="EMI", majors="1", since=day("2026-12-01")), known()) == [
        (f"commitment of {INFN}", "", "dpm EMI-1 from Tue 2026-12-01")
    ]


@pytest.mark.parametrize(
    ("command", "rule"),
    [
        (commit(""), "party-name"),
        (commit("NGI IT"), "party-name"),
        (commit(component=" "), "empty"),
        (commit(majors="3..1"), "majors"),
        (commit(since=day("2026-12-02"), until=day("2026-12-01")), "dates"),
        (commit(os="SL6"), "overlap"),
        (commit("NGI_IT-INFN-T1", os="SL5"), "overlap"),
        (Withdraw(target=NEW, party=GLASGOW), "not-committed"),
        (Withdraw(target=NEW, party=INFN, level=Level.GOLD), "not-committed"),
        (WishFor(target=NEW, component=""), "empty"),
        (WishFor(target=NEW, component="lfc", minimum=-1), "minimum"),
        (WishFor(target=NEW, component="lfc", minimum=0), "idle"),
        (WishFor(target=NEW, component="DPM", minimum=2), "idle"),
    ],
)
def test_what_cannot_be_is_refused_for_good(command: RegistryCommand, rule: str) -> None:
    registry = known(committed(), wishes=(wish(minimum=2),))
    found = [each for each in registry_objections(command, registry, POLICY, NOW) if each.blocking]
    assert [(each.rule, each.overridable) for each in found] == [(rule, False)]


@pytest.mark.parametrize(
    ("command", "rule"),
    [
        (commit(CYFRONET), "unknown-party"),
        (commit(stack="EMIX"), "stack"),
        (commit(component="dpm!"), "component"),
        (commit(until=day("2026-11-23")), "dates"),
    ],
)
def test_what_is_odd_is_said(command: RegistryCommand, rule: str) -> None:
    assert rules(command, known()) == [(rule, False)]


def test_an_inactive_partner_is_said() -> None:
    gone = Registry(partners=(Team(ref=Ref("local", "x"), name=INFN, active=False),))
    assert rules(commit(), gone) == [("inactive", False)]


def test_commitments_that_share_no_day_or_no_product_do_not_overlap() -> None:
    ended = committed(until=day("2026-11-30"))
    assert rules(commit(since=day("2026-12-01")), known(ended)) == []
    assert rules(commit(since=day("2026-11-30")), known(ended)) == [("overlap", True)]
    begins = committed(since=day("2026-11-30"))
    assert rules(commit(until=day("2026-11-30")), known(begins)) == [("overlap", True)]
    assert rules(commit(until=day("2026-11-29")), known(begins)) == []
    assert rules(commit(majors="2"), known(committed(majors="1"))) == []
    assert rules(commit(level=Level.GOLD, component=""), known(committed())) == []


def test_withdrawing_takes_what_lies_within_what_is_named() -> None:
    registry = known(committed(os="SL5"), committed(os="SL6"), committed(component="lfc"))
    assert does(Withdraw(target=NEW, party="NGI_IT-INFN-T1", component="dpm"), registry) == [
        (f"commitment of {INFN}", "dpm SL5", ""),
        (f"commitment of {INFN}", "dpm SL6", ""),
    ]
    left = registry_preview(Withdraw(target=NEW, party=INFN, component="dpm", os="SL6"), registry, "k").commitments
    assert [described(each) for each in left] == ["dpm SL5", "lfc"]
    assert rules(Withdraw(target=NEW, party=INFN, component="dpm", os="SL7"), registry) == [("not-committed", True)]


def test_a_wish_is_changed_or_taken_out() -> None:
    registry = known(wishes=(wish(minimum=2, note="for CMS"),))
    more = registry_preview(WishFor(target=NEW, component="dpm", minimum=3), registry, "k")
    assert [(each.minimum, each.note, str(each.ref)) for each in more.wishes] == [(3, "for CMS", "local:w-dpm")]
    none = WishFor(target=NEW, component="dpm", minimum=0)
    assert does(none, registry) == [("wish for dpm", "2", "")]
    assert registry_preview(none, registry, "k").wishes == ()


words = st.sampled_from(["", "dpm", "lfc", "EMI", "SL5"])
commands = st.one_of(
    st.builds(
        Commit,
        target=st.just(NEW),
        party=st.sampled_from([INFN, GLASGOW]),
        level=st.sampled_from(Level),
        component=words,
        stack=words,
        majors=st.sampled_from(["", "1", "2.."]),
        os=words,
        since=st.one_of(st.none(), st.just(day("2026-12-01"))),
    ),
    st.builds(Withdraw, target=st.just(NEW), party=st.sampled_from([INFN, GLASGOW]), component=words, stack=words),
    st.builds(WishFor, target=st.just(NEW), component=words, os=words, minimum=st.integers(0, 3)),
)


def facts(registry: Registry) -> tuple[set[object], set[object]]:
    """Without refs and order, which a registry makes anew."""
    nowhere = Ref("", "")
    return (
        {structs.replace(each, ref=nowhere) for each in registry.commitments},
        {structs.replace(each, ref=nowhere) for each in registry.wishes},
    )


@given(history=st.lists(commands, max_size=6), last=commands)
def test_what_may_go_can_be_taken_back_without_a_trace(history: list[RegistryCommand], last: RegistryCommand) -> None:
    registry = known()
    for number, command in enumerate((*history, last)):
        before = registry
        if any(each.blocking for each in registry_objections(command, registry, POLICY, NOW)):
            continue
        registry = registry_preview(command, registry, str(number))
        back = registry_reverse(command, before)
        if back is not None:
            assert facts(registry_preview(back, registry, f"back-{number}")) == facts(before)
    parties = [(each.party, each.level, each.component, each.os, each.majors) for each in registry.commitments]
    assert len(parties) >= len(set(parties))


@given(command=commands)
def test_the_same_key_has_one_effect(command: RegistryCommand) -> None:
    once = registry_preview(command, known(), "k")
    assert registry_preview(command, once, "k") == once


# ----------------------------------------------------------------------------------------------------------- importing


def test_an_import_takes_what_differs_and_drops_only_when_told() -> None:
    before = known(committed(), wishes=(wish(),))
    file = structs.replace(before, wishes=(wish(minimum=3), wish("lfc")), commitments=())
    added = registry_import(NEW, before, file)
    assert ([each.component for each in added.wishes], added.partners, added.remove) == (["dpm", "lfc"], (), ())
    assert rules(added, before) == []
    assert registry_preview(added, before, "k") == structs.replace(file, commitments=before.commitments)
    whole = registry_import(NEW, before, file, replace=True)
    assert registry_preview(whole, before, "k") == file
    assert does(whole, before) == [
        ("commitment " + str(before.commitments[0].ref), f"{INFN}: dpm", ""),
        ("wish local:w-dpm", "1 for dpm", "3 for dpm"),
        ("wish local:w-lfc", "", "1 for lfc"),
    ]


def test_an_import_that_contradicts_what_stays_is_refused_whole() -> None:
    before = known(committed(os="SL5"))
    overlap = structs.replace(before, commitments=(committed(os="SL5", arch="x86_64"),))
    assert rules(registry_import(NEW, before, overlap), before) == [("overlap", True)]
    assert rules(registry_import(NEW, before, overlap, replace=True), before) == []
    twice = Registry(partners=(Team(ref=Ref("local", "other"), name=INFN.lower()),))
    assert rules(registry_import(NEW, before, twice), before) == [("partner-twice", True)]
    assert rules(registry_import(NEW, before, before, replace=True), before) == [("idle", True)]


def test_what_contradicts_itself_already_does_not_stop_an_import() -> None:
    before = known(committed(os="SL5"), committed(arch="x86_64"))
    assert rules(registry_import(NEW, before, Registry(wishes=(wish(),))), before) == []


def test_everything_an_import_changes_is_told() -> None:
    before = known()
    gone = tuple(structs.replace(each, active=False, contact="a@b", note="x") for each in before.partners[:1])
    (effect,) = does(registry_import(NEW, before, Registry(partners=gone)), before)
    assert effect == (f"partner local:{INFN}", INFN, f"{INFN}, a@b, no longer active, x")
    dated = Registry(commitments=(committed(since=day("2026-12-01"), until=day("2026-12-31"), note="y"),))
    (effect,) = does(registry_import(NEW, before, dated), before)
    assert effect[2] == f"{INFN}: dpm, from 2026-12-01, to 2026-12-31, y"


contents = st.builds(
    Registry,
    commitments=st.lists(
        st.builds(
            lambda number, os: committed(f"ea-A-{number}", os=os, ref=Ref("local", f"c{number}")),
            st.integers(0, 3),
            words,
        ),
        unique_by=lambda each: each.ref,
    ).map(tuple),
    wishes=st.lists(
        st.builds(lambda number, minimum: wish(f"w{number}", minimum), st.integers(0, 3), st.integers(1, 3)),
        unique_by=lambda each: each.ref,
    ).map(tuple),
)


@given(before=contents, file=contents)
def test_an_import_makes_the_registry_like_the_file_and_is_taken_back_whole(before: Registry, file: Registry) -> None:
    command = registry_import(NEW, before, file, replace=True)
    after = registry_preview(command, before, "k")
    assert facts(after) == facts(file)
    assert registry_preview(command, after, "k") == after
    back = registry_reverse(command, before)
    assert back is not None
    assert facts(registry_preview(back, after, "k2")) == facts(before)
