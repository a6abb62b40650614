from __future__ import annotations

import csv
import io
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppstui.config.registries import (
    COLUMNS,
    FIELDS,
    Misread,
    Reading,
    read_registry_csv,
    read_registry_toml,
    registry_csv,
    registry_toml,
)
from ppstui.model import Commitment, Level, Ref, Team, Wish
from ppstui.rules.registry import Registry
from tests.rules.make import INFN, day

HEAD = ",".join(COLUMNS)


def read(*rows: str, head: str = "entry,name,component,level,majors,since,until,minimum,active,note") -> Reading:
    return read_registry_csv("\n".join((head, *rows)), "local")


def told(reading: Reading) -> list[tuple[int, int, str]]:
    return [(each.line, each.column, each.field) for each in reading.mistakes]


GOOD = Registry(
    partners=(
        Team(ref=Ref("local", "p1"), name=INFN, contact="t1@example.org", note="night shifts only"),
        Team(ref=Ref("local", "p2"), name="NGI_IT-INFN-CNAF", active=False),
    ),
    commitments=(
        Commitment(ref=Ref("local", "c1"), party=INFN, component="dpm", stack="EMI", majors="1..3", os="SL5"),
        Commitment(ref=Ref("local", "c2"), party="NGI_IT-INFN-CNAF", level=Level.GOLD, since=day("2026-12-01")),
    ),
    wishes=(Wish(ref=Ref("local", "w1"), component="dpm", arch="x86_64", minimum=2, note='say "hello", twice'),),
)


def test_a_registry_is_one_row_an_entry() -> None:
    rows = list(csv.reader(io.StringIO(registry_csv(GOOD))))
    assert rows[0] == list(COLUMNS)
    assert [row[0] for row in rows[1:]] == ["partner", "partner", "commitment", "commitment", "wish"]
    assert dict(zip(COLUMNS, rows[3], strict=True))["majors"] == "1..3"


def test_a_registry_is_one_table_an_entry_with_real_values() -> None:
    tables = tomllib.loads(registry_toml(GOOD))
    assert tables["partner"][1] == {"id": "p2", "name": "NGI_IT-INFN-CNAF", "active": False}
    assert tables["commitment"][1]["since"] == day("2026-12-01")
    assert tables["wish"][0]["minimum"] == 2


def test_there_and_back() -> None:
    assert read_registry_csv(registry_csv(GOOD), "local") == Reading(registry=GOOD)
    assert read_registry_toml(registry_toml(GOOD), "local") == Reading(registry=GOOD)


words = st.text("abcABC019_.-", min_size=1, max_size=6)
anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
nasty = st.one_of(
    anything, st.sampled_from(["=1+1", "@x", "-3", "'quoted", "''", "a,b;c", 'x"y', "two\nlines", "\r", "\x00"])
)
days = st.one_of(st.none(), st.just(day("2026-12-01")))
ids = st.text("abc-_:=+@", min_size=1, max_size=6)


@st.composite
def registries(draw: st.DrawFn) -> Registry:
    refs = iter(draw(st.lists(ids, unique=True, min_size=9, max_size=9)))
    names = draw(st.lists(words, unique_by=lambda word: word.casefold().removeprefix("ea-"), max_size=3))
    return Registry(
        partners=tuple(
            Team(
                ref=Ref("local", next(refs)),
                name=name,
                ngi=draw(st.one_of(st.just(""), words)),
                site=draw(st.one_of(st.just(""), words)),
                contact=draw(nasty),
                components=tuple(draw(st.lists(words, max_size=3))),
                active=draw(st.booleans()),
                note=draw(nasty),
            )
            for name in names
        ),
        commitments=tuple(
            Commitment(
                ref=Ref("local", next(refs)),
                party=name,
                component=draw(words),
                level=draw(st.sampled_from(Level)),
                os=draw(st.one_of(st.just(""), words)),
                majors=draw(st.sampled_from(["", "3", "1..2", "..4.1"])),
                since=draw(days),
                note=draw(nasty),
            )
            for name in names
        ),
        wishes=tuple(
            Wish(ref=Ref("local", next(refs)), component=word, minimum=draw(st.integers(1, 99)), note=draw(nasty))
            for word in draw(st.lists(words, unique=True, max_size=3))
        ),
    )


@given(registry=registries())
def test_whatever_is_in_it_a_registry_goes_there_and_back_without_loss(registry: Registry) -> None:
    assert read_registry_csv(registry_csv(registry), "local") == Reading(registry=registry)
    assert read_registry_toml(registry_toml(registry), "local") == Reading(registry=registry)


@given(registry=registries())
def test_no_cell_of_the_csv_is_a_formula(registry: Registry) -> None:
    for row in csv.reader(io.StringIO(registry_csv(registry), newline="")):
        assert not [cell for cell in row if cell[:1] in tuple("=+-@\t\r\uff1d\uff0b\uff0d\uff20")]


@given(text=st.one_of(anything, st.text("entry,;partnwish\"'\n\r=[]#. ", max_size=80)))
def test_no_text_breaks_the_reader(text: str) -> None:
    for reading in (read_registry_csv(text, "local"), read_registry_toml(text, "local")):
        assert all(each.line >= 1 and each.what for each in reading.mistakes)


def test_every_bad_row_is_told_with_its_place_and_the_good_ones_are_kept() -> None:
    reading = read(
        f"partner,{INFN},,,,,,,yes,",
        "partner,NGI IT,,,,,,,perhaps,",
        f"commitment,{INFN},dpm,,3..1,2026-13-01,,,,",
        "",
        "wish,,,,,,,0,,",
        f"commitment,{INFN},lfc,,,2026-12-02,2026-12-01,,,",
        f"commitment,{INFN},dpm,,,,,,,",
        "wushes,,dpm,,,,,,,",
    )
    assert told(reading) == [
        (3, 2, "name"),
        (3, 9, "active"),
        (4, 5, "majors"),
        (4, 6, "since"),
        (6, 3, "component"),
        (6, 8, "minimum"),
        (7, 7, "until"),
        (9, 1, "entry"),
    ]
    assert [each.name for each in reading.registry.partners] == [INFN]
    assert [each.component for each in reading.registry.commitments] == ["dpm"]
    assert str(reading.mistakes[0]).startswith("line 3, column 2: name: 'NGI IT' is no partner's name")


def test_a_quoted_note_of_two_lines_shifts_no_line_number() -> None:
    reading = read(f'partner,{INFN},,,,,,,,"two\nlines"', "wish,,,,,,,,,")
    assert [each.line for each in reading.mistakes] == [4]
    assert reading.registry.partners[0].note == "two\nlines"


@pytest.mark.parametrize(
    ("rows", "field", "says"),
    [
        ((f"partner,{INFN},,,,,,,,", "partner,NGI_IT-infn-t1,,,,,,,,"), "name", "line 2 has"),
        ((f"commitment,{INFN},dpm,,1,,,,,", f"commitment,{INFN},dpm,,1..2,,,,,"), "component", "line 2"),
        (("wish,,dpm,,,,,,,", "wish,,dpm,,,,,3,,"), "component", "line 2 wishes"),
        (("wish,,dpm,,,,,,,", "wish,,dpm,gold,,,,,,"), "level", "a wish has no 'level'"),
        (("wish,,dpm,,,,,,,", f"commitment,{INFN},,,,,,,,"), "component", "to a component, or to a level"),
        (("wish,,dpm,,,,,,,", f"commitment,{INFN},,bronze,,,,,,"), "level", "no level"),
        (("wish,,dpm,,,,,,,", "wish,,lfc,,,,,,,,surplus"), "", "no column"),
    ],
)
def test_what_contradicts_another_row_is_a_mistake_of_the_later_one(
    rows: tuple[str, ...], field: str, says: str
) -> None:
    reading = read(*rows)
    assert [(each.line, each.field) for each in reading.mistakes][:1] == [(3, field)]
    assert says in reading.mistakes[0].what


def test_an_unknown_column_is_told_with_the_nearest() -> None:
    (mistake, *_) = read(head="entry,componet").mistakes
    assert (mistake.line, mistake.column) == (1, 2)
    assert "did you mean component?" in mistake.what
    assert read(head="name,component").mistakes[0].what.startswith("the column entry is missing")
    assert read(head="entry,name,name").mistakes[0].what == "the column is there twice"


def test_semicolons_a_mark_and_windows_line_ends_are_read() -> None:
    text = "\ufeffentry;name;contact\r\npartner;NGI_IT-INFN-CNAF;a,b\r\n"
    reading = read_registry_csv(text, "local")
    assert reading.mistakes == ()
    assert [each.contact for each in reading.registry.partners] == ["a,b"]


def test_what_has_no_id_gets_one_of_what_it_says() -> None:
    reading = read(f"commitment,{INFN},dpm,,1,,,,,", "wish,,dpm,,,,,,,")
    assert str(reading.registry.commitments[0].ref) == f"local:commitment:{INFN}:dpm:1"
    assert read(f"commitment,{INFN},dpm,,1,,,,,", "wish,,dpm,,,,,,,") == reading


def test_toml_mistakes_have_their_line_and_column() -> None:
    text = (
        '[[partner]]\nname = "NGI_IT-INFN-CNAF"\n  active = "perhaps"\n\n'
        '[[wish]]\ncomponent = "dpm"\nminimum = 0\n\n[[wish]]\nname = "x"\ncomponent = ["a"]\n'
    )
    reading = read_registry_toml(text, "local")
    assert told(reading) == [(3, 3, "active"), (7, 1, "minimum"), (10, 1, "name"), (11, 1, "component")]
    (mistake,) = read_registry_toml('[[partner]]\nname = "x\n', "local").mistakes
    assert (mistake.line, mistake.what.startswith("this is no TOML")) == (2, True)
    (mistake,) = read_registry_toml("\npartner = 3\n", "local").mistakes
    assert (mistake.line, "[[partner]]" in mistake.what) == (2, True)


def test_every_field_is_a_column() -> None:
    assert {field for fields in FIELDS.values() for field in fields} | {"entry"} == set(COLUMNS)
    assert str(Misread(line=3, what="x")) == "line 3: x"
