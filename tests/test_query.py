"""The filter language: what each part means, what is said of mistakes, and what happens while one is typing."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppstui.errors import UsageError
from ppstui.query import HELP, FieldKind, Moment, Query, parse
from ppstui.rules.clocks import Calendar, Span, add
from tests.work import lines_run

if TYPE_CHECKING:
    from ppstui.query import Value

ZURICH = ZoneInfo("Europe/Zurich")
NOW = dt.datetime(2026, 11, 20, 15, 0, tzinfo=dt.UTC)  # a Friday, 16:00 in Zurich
CLOCK = Moment(now=NOW, zone=ZURICH, calendar=Calendar())
FIELDS = {
    "team": FieldKind.TEXT,
    "title": FieldKind.TEXT,
    "stage": FieldKind.WORD,
    "version": FieldKind.WORD,
    "whose_move": FieldKind.WORD,
    "late": FieldKind.WORD,
    "document": FieldKind.TEXT,
    "teams": FieldKind.NUMBER,
    "due": FieldKind.FUTURE,
    "updated": FieldKind.PAST,
    "is": FieldKind.FLAG,
}
FLAGS = ("late", "mine", "overdue")
RECORD: dict[str, Value] = {
    "team": ("ea-NGI_IT-INFN-T1", "ea-CERN-CERN-PROD"),
    "title": "Staged Rollout EMI-1.0 dpm 1.8.0-1 (test)",
    "stage": "awaiting-ack",
    "version": "1.8.0-1",
    "whose_move": None,
    "late": True,
    "document": (),
    "teams": 2,
    "due": NOW + dt.timedelta(days=3),
    "updated": NOW - dt.timedelta(days=1),
    "is": ("late",),
}
TEXT = "rt:1234 staged rollout dpm weiß (test) infn-t1".casefold()


def ask(text: str, **changes: Value) -> bool:
    """Whether the record, with these changes, passes the query."""
    row = {**RECORD, **changes}
    return parse(text, FIELDS, FLAGS).matches(lambda name: row[name], TEXT, CLOCK)


def days(number: float) -> dt.timedelta:
    return dt.timedelta(days=number)


# -------------------------------------------------------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("query", "passes"),
    [
        ("", True),
        ("   ", True),
        ("dpm", True),
        ("DPM Staged", True),
        ("dpm lfc", False),
        ("WEISS", True),
        ('"rollout dpm"', True),
        ('"dpm rollout"', False),
        ("-lfc", True),
        ("-dpm", False),
        ('-"rollout dpm"', False),
        ("lfc or dpm", True),
        ("lfc OR bdii", False),
        ("lfc or dpm staged", True),
        ("lfc dpm or staged", True),
        ("(lfc or dpm) bdii", False),
        ("-(lfc or bdii)", True),
        ("-(dpm staged)", False),
        ("((dpm))", True),
        ('"rt:1234"', True),
        ('"or"', False),
        ("organ or dpm", True),
        ("and", False),
        ("(test)", True),
        ('"(test)"', True),
        ("1234 -12:30", True),
    ],
)
def test_bare_words_stand_anywhere_in_the_text(query: str, passes: bool) -> None:
    assert ask(query) is passes


# ------------------------------------------------------------------------------------------------------------- fields


@pytest.mark.parametrize(
    ("query", "passes"),
    [
        ("team:INFN-T1", True),
        ("team:ngi_it", True),
        ("team:ea-*-T1", True),
        ("team:pic", False),
        ("team:pic,infn", True),
        ("-team:pic,infn", False),
        ("-team:pic,grif", True),
        ("TEAM:infn", True),
        ('title:"rollout emi"', True),
        ("title:dpm(x)", False),
        ("title:(test)", True),
        ('title:"*"', False),
        ("title:=dpm", False),
        ("stage:awaiting-ack", True),
        ("stage:Awaiting-ACK", True),
        ("stage:awaiting", False),
        ("stage:await*", True),
        ("stage:*ack", True),
        ("stage:a*t*-ack", True),
        ("stage:*ack*ack", False),
        ("stage:testing,awaiting-ack", True),
        ("version:1.8*", True),
        ("version:1.8", False),
        ("late:yes", True),
        ("late:no", False),
        ("whose_move:*", False),
        ("-whose-move:*", True),
        ("document:*", False),
        ("stage:*", True),
        ("due:*", True),
        ("teams:*", True),
        ("teams:2", True),
        ("teams:2.0", True),
        ("teams:>1", True),
        ("teams:>=2", True),
        ("teams:<2", False),
        ("teams:3,<=2", True),
        ("is:late", True),
        ("is:mine", False),
        ("is:mine,late", True),
        ("-is:late", False),
        ("is:*", True),
    ],
)
def test_a_field_is_held_against_its_value_by_its_kind(query: str, passes: bool) -> None:
    assert ask(query) is passes


@pytest.mark.parametrize("query", ["whose_move:x", "due:<2d", "due:>2d", "due:2026-11-23", "teams:<9", "updated:>0d"])
def test_what_a_record_does_not_have_never_matches(query: str) -> None:
    assert not ask(query, whose_move=None, due=None, teams=None, updated=())


# -------------------------------------------------------------------------------------------------------------- times


@pytest.mark.parametrize(
    ("query", "ahead", "passes"),
    [
        ("due:<2d", 1.9, True),
        ("due:<2d", -30, True),
        ("due:<2d", 2, False),
        ("due:<=2d", 2, True),
        ("due:2d", 2, True),
        ("due:2d", 2.1, False),
        ("due:>2d", 2.1, True),
        ("due:>2d", 2, False),
        ("due:>=2d", 2, True),
        ("due:<0d", -0.1, True),
        ("due:<0d", 0.1, False),
        ("due:<-2d", -3, True),
        ("due:<-2d", -1, False),
        ("due:<4h", 0.1, True),
        ("due:<30m", 0.1, False),
        ("due:<1w", 6, True),
        ("due:<now", -0.1, True),
        ("due:>now", -0.1, False),
    ],
)
def test_a_distance_in_a_field_of_the_future_looks_ahead(query: str, ahead: float, passes: bool) -> None:
    assert ask(query, due=NOW + days(ahead)) is passes


@pytest.mark.parametrize(
    ("query", "ago", "passes"),
    [
        ("updated:<2d", 1, True),
        ("updated:<2d", 3, False),
        ("updated:2d", 2, True),
        ("updated:>2d", 3, True),
        ("updated:>2d", 1, False),
        ("updated:>=2d", 2, True),
        ("updated:<=2d", 2.1, False),
        ("updated:>2w", 15, True),
    ],
)
def test_a_distance_in_a_field_of_the_past_looks_back(query: str, ago: float, passes: bool) -> None:
    assert ask(query, updated=NOW - days(ago)) is passes


@pytest.mark.parametrize(
    ("now", "query", "bound"),
    [
        ("2026-11-20T16:00", "due:<1wd", "2026-11-23T16:00"),
        ("2026-11-21T11:00", "due:<1wd", "2026-11-24T00:00"),
        ("2026-10-23T15:00", "due:<1wd", "2026-10-26T15:00"),
        ("2026-11-23T09:00", "due:<-1wd", "2026-11-20T09:00"),
        ("2026-11-22T09:00", "due:<-1wd", "2026-11-20T00:00"),
    ],
)
def test_working_days_count_as_deadlines_do(now: str, query: str, bound: str) -> None:
    clock = Moment(now=dt.datetime.fromisoformat(now).replace(tzinfo=ZURICH), zone=ZURICH, calendar=Calendar())
    edge = dt.datetime.fromisoformat(bound).replace(tzinfo=ZURICH)
    test = parse(query, FIELDS).at(clock)
    assert test(lambda _: edge - dt.timedelta(seconds=1), "")
    assert not test(lambda _: edge, "")


@given(st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2030, 1, 1), timezones=st.just(dt.UTC)), st.integers(1, 20))  # noqa: DTZ001
def test_so_many_working_days_from_now_is_the_deadline_of_the_rules(now: dt.datetime, number: int) -> None:
    clock = Moment(now=now, zone=dt.UTC, calendar=Calendar())
    edge = add(now, Span(working_days=number), dt.UTC, Calendar())
    test = parse(f"due:<{number}wd", FIELDS).at(clock)
    assert not test(lambda _: edge, "")
    assert test(lambda _: edge - dt.timedelta(seconds=1), "")


@pytest.mark.parametrize(
    ("query", "at", "passes"),
    [
        ("updated:2026-11-01", "2026-10-31T23:00+00:00", True),
        ("updated:2026-11-01", "2026-11-01T22:59+00:00", True),
        ("updated:2026-11-01", "2026-11-01T23:00+00:00", False),
        ("updated:>=2026-11-01", "2026-10-31T23:00+00:00", True),
        ("updated:>=2026-11-01", "2026-10-31T22:59+00:00", False),
        ("updated:>2026-11-01", "2026-11-01T22:59+00:00", False),
        ("updated:>2026-11-01", "2026-11-01T23:00+00:00", True),
        ("updated:<=2026-11-01", "2026-11-01T22:59+00:00", True),
        ("updated:<2026-11-01", "2026-10-31T22:59+00:00", True),
        ("updated:2026-11-01T12:30", "2026-11-01T11:30:59+00:00", True),
        ("updated:2026-11-01T12:30", "2026-11-01T11:31:00+00:00", False),
        ("updated:>=2026-11-01T12:30Z", "2026-11-01T12:30:00+00:00", True),
        ("updated:>=2026-11-01T12:30+02:00", "2026-11-01T10:29:00+00:00", False),
        ("updated:today", "2026-11-20T03:00+00:00", True),
        ("updated:yesterday", "2026-11-19T03:00+00:00", True),
        ("updated:tomorrow", "2026-11-20T23:30+00:00", True),
        ("updated:today", "2026-11-20T23:30+00:00", False),
    ],
)
def test_a_day_is_the_whole_day_of_the_desks_zone(query: str, at: str, passes: bool) -> None:
    assert ask(query, updated=dt.datetime.fromisoformat(at)) is passes


@pytest.mark.parametrize(
    ("query", "day", "passes"),
    [
        ("due:today", dt.date(2026, 11, 20), True),
        ("due:2026-11-20", dt.date(2026, 11, 20), True),
        ("due:<2d", dt.date(2026, 11, 21), True),
        ("due:<2d", dt.date(2026, 11, 22), False),
        ("due:2d", dt.date(2026, 11, 22), True),
        ("due:>2d", dt.date(2026, 11, 23), True),
        ("due:<1wd", dt.date(2026, 11, 22), True),
        ("due:<1wd", dt.date(2026, 11, 23), False),
        ("updated:<2d", dt.date(2026, 11, 19), True),
        ("updated:<2d", dt.date(2026, 11, 18), False),
    ],
)
def test_a_field_that_holds_a_day_is_compared_by_day(query: str, day: dt.date, passes: bool) -> None:
    assert ask(query, due=day, updated=day) is passes


# ----------------------------------------------------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("taem:x", "'taem' is no field of the filter; the nearest is team"),
        ("udpated:<2d", "the nearest is updated"),
        ("rt:1234", "quotes search for the text itself"),
        ("is:lat", "is:'lat' is unknown to the filter; the nearest is is:late"),
        ("due:soon", "due is a time, and 'soon' is none; write 2026-11-01"),
        ("due:<2", "'2' is none"),
        ("due:<2x", "'2x' is none"),
        ("due:2026-13-01", "'2026-13-01' is none"),
        ("due:0001-01-01", "is none"),
        ("due:9999-12-31", "is none"),
        ("due:999999d", "is none"),
        ("due:2026*", "is none"),
        ("teams:many", "teams is a number; 'many' is none"),
        ("teams:1e999", "is none"),
        ("stage:>testing", "stage holds words, which > cannot compare"),
        ("is:<late", "cannot compare"),
        ("team:", "team: needs a value"),
        ("team:,", "team: needs a value"),
        ("due:<", "due:< needs a value"),
        ('"open', 'a " is not closed'),
        ('team:"open', 'a " is not closed'),
        ("(dpm", "a ( is not closed"),
        ("dpm)", "a ) without its ("),
        ("()", "nothing between ( and )"),
        ("or dpm", 'missing before "or"'),
        ("dpm or", 'missing after "or"'),
        ("dpm or or lfc", 'missing before "or"'),
        ("(" * 1000, "parentheses inside each other"),
        ("-(" * 1000, "parentheses inside each other"),
    ],
)
def test_a_mistake_is_said_in_one_sentence(query: str, problem: str) -> None:
    with pytest.raises(UsageError) as error:
        parse(query, FIELDS, FLAGS)
    assert problem in str(error.value)
    assert len(str(error.value)) < 250


def test_a_long_mistake_is_not_repeated_in_full() -> None:
    with pytest.raises(UsageError) as error:
        parse(f"{'x' * 100_000}:y", FIELDS)
    assert len(str(error.value)) < 250


def test_marks_are_not_checked_where_none_are_named() -> None:
    assert str(parse("is:anything", FIELDS)) == "is:anything"


# ------------------------------------------------------------------------------------------------------- while typing


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("d", "d"),
        ("dpm -", "dpm"),
        ("dpm (", "dpm"),
        ("dpm (lfc", "dpm lfc"),
        ("dpm or", "dpm"),
        ("dpm or ", "dpm"),
        ("or", ""),
        ('dpm "', "dpm"),
        ('dpm "two wo', 'dpm "two wo"'),
        ("dpm due:", "dpm"),
        ("dpm due:<", "dpm"),
        ("dpm due:<2", "dpm"),
        ("dpm due:<2d", "dpm due:<2d"),
        ("dpm -due:>=2026-1", "dpm"),
        ("dpm is:la", "dpm"),
        ("dpm is:late", "dpm is:late"),
        ("dpm team:", "dpm"),
        ("dpm team:infn,", "dpm team:infn"),
        ('dpm team:"inf', 'dpm team:"inf"'),
        ('dpm team:"', "dpm"),
        ("dpm teams:>", "dpm"),
        ("dpm -(lfc or", "dpm -lfc"),
        ("dpm stage:>", "dpm"),
    ],
)
def test_an_unfinished_end_is_left_out(typed: str, means: str) -> None:
    assert parse(typed, FIELDS, FLAGS, typing=True) == parse(means, FIELDS, FLAGS)


@pytest.mark.parametrize("typed", ["taem:", "taem:x", "due:<2x dpm", "is:la dpm", "dpm)"])
def test_a_mistake_further_left_is_said_while_typing_too(typed: str) -> None:
    with pytest.raises(UsageError):
        parse(typed, FIELDS, FLAGS, typing=True)


@pytest.mark.parametrize(
    "whole", ['(team:infn,"a b" or -due:<2wd) is:late dpm -(x or "y z") updated:>=2026-11-01T12:30']
)
def test_a_query_can_be_typed_letter_by_letter(whole: str) -> None:
    for end in range(len(whole) + 1):
        parse(whole[:end], FIELDS, FLAGS, typing=True).matches(lambda name: RECORD[name], TEXT, CLOCK)


# -------------------------------------------------------------------------------------------- words, narrowing, writing


def test_the_words_asked_for_are_told_for_highlighting() -> None:
    query = parse('DPM -lfc "Two words" (a or b) team:infn', FIELDS)
    assert query.words == ("dpm", "two words", "a", "b")
    assert not query.plain


@pytest.mark.parametrize(
    ("query", "plain"),
    [("", True), ("dpm", True), ('dpm "a b"', True), ("a or b", False), ("-a", False), ("team:a", False)],
)
def test_a_query_of_words_alone_is_decided_by_text_alone(query: str, plain: bool) -> None:
    assert parse(query, FIELDS).plain is plain


@pytest.mark.parametrize(
    ("later", "earlier", "narrows"),
    [
        ("dpm", "dp", True),
        ("dpm lfc", "dpm", True),
        ("dp", "dpm", False),
        ("dpm", "", True),
        ("dpm or lfc", "dpm", False),
        ("dpm", "-lfc", False),
    ],
)
def test_a_longer_word_narrows_what_was_found(later: str, earlier: str, narrows: bool) -> None:
    assert parse(later, FIELDS).narrows(parse(earlier, FIELDS)) is narrows


@pytest.mark.parametrize(
    ("query", "written"),
    [
        ("  dpm   lfc ", "dpm lfc"),
        ("(dpm lfc) or bdii", "dpm lfc or bdii"),
        ("dpm (lfc or bdii)", "dpm (lfc or bdii)"),
        ("Whose-Move:*", "whose_move:*"),
        ('"or"', '"or"'),
        ('say "a \\"quoted\\" word"', 'say "a \\"quoted\\" word"'),
        ("12:30", '"12:30"'),
        ("x (a or team:f(y )", "x (a or team:f(y )"),
    ],
)
def test_a_query_is_written_shortly(query: str, written: str) -> None:
    assert str(parse(query, FIELDS)) == written


PIECES = st.sampled_from(
    [
        *("dpm", "or", "OR", " ", " ", " ", "(", ")", "-", '"', "\\", ",", ":", "<", ">=", "=", "*", "12:30", "f(x"),
        *("team:", "stage:", "due:", "updated:", "is:", "teams:", "late", "2d", "1wd", "2026-11-01", "today", "3", "é"),
    ]
)
QUERIES = st.lists(PIECES, max_size=14).map("".join) | st.text()


@given(QUERIES)
def test_parsing_raises_nothing_but_usage_errors_and_what_is_written_means_the_same(text: str) -> None:
    try:
        query = parse(text, FIELDS, FLAGS)
    except UsageError:
        return
    assert parse(str(query), FIELDS, FLAGS) == query
    query.matches(lambda name: RECORD[name], TEXT, CLOCK)
    assert parse(text, FIELDS, FLAGS, typing=True).words is not None


@given(QUERIES)
def test_typing_raises_nothing_but_usage_errors_and_its_meaning_can_be_written(text: str) -> None:
    try:
        query = parse(text, FIELDS, FLAGS, typing=True)
    except UsageError:
        return
    assert parse(str(query), FIELDS, FLAGS) == query


@given(QUERIES, QUERIES)
def test_not_is_the_opposite_and_side_by_side_is_both(one: str, other: str) -> None:
    try:
        first, second = parse(one, FIELDS, FLAGS), parse(other, FIELDS, FLAGS)
    except UsageError:
        return
    if not str(first) or not str(second):
        return
    assert ask(f"-({first} )") is not ask(one)
    assert ask(f"({first} ) ({second} )") is (ask(one) and ask(other))
    assert ask(f"({first} ) or ({second} )") is (ask(one) or ask(other))


@pytest.mark.parametrize(
    "piece", ["a ", "(", "-", '"', "a:", "or ", "a(", ")", "team:a,", '"a" ', "due:<2d ", "*", "team:*a"]
)
@pytest.mark.parametrize("typing", [False, True])
def test_hostile_queries_cost_work_in_proportion_to_their_length(piece: str, typing: bool) -> None:
    def task(size: int) -> None:
        try:
            query = parse(piece * (size // len(piece)), FIELDS, FLAGS, typing=typing)
        except UsageError:
            return
        query.matches(lambda name: RECORD[name], TEXT, CLOCK)

    assert lines_run(lambda: task(50_000)) <= 11 * lines_run(lambda: task(5_000)) + 2000


def test_a_pattern_full_of_stars_is_no_burden() -> None:
    assert not ask(f"title:{'*a' * 5000}*b", title="a" * 10_000)


def test_an_empty_query_matches_everything() -> None:
    assert Query().matches(lambda name: RECORD[name], "", CLOCK)


def test_the_help_fits_its_screen_and_its_examples_are_true() -> None:
    lines = HELP.splitlines()
    assert len(lines) <= 12
    assert max(map(len, lines)) <= 100
    for example in ("team:INFN-T1", "stage:testing,exposure", "due:<1wd", "is:late -is:mine", "-document:*", "due:<0d"):
        assert all(word in HELP for word in example.split())
        parse(example, FIELDS, FLAGS)
