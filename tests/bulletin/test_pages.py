"""What an issue says, before anybody decides how it looks."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from ppstui import errors
from ppstui.bulletin import page, subject
from ppstui.bulletin.addresses import pieces, web_address
from ppstui.bulletin.pages import Cell, Link, PageSection, paragraphs
from ppstui.model import Bulletin, Draft, Item, Line, Part, Ref
from tests.bulletin.samples import COLUMNS, EGEE, by_hand, corrected, empty, full, full_draft, gathered, line
from tests.bulletin.samples import rollout_item as item


def told(*lines: Line, columns: tuple[str, ...] = ()) -> PageSection:
    return page(Draft(parts=(Part(id="x", title="X", columns=columns, lines=lines),)), gathered(), EGEE).sections[0]


def test_a_line_that_a_person_took_out_is_not_told() -> None:
    assert "never told" not in str(full())


def test_a_line_says_what_a_person_made_of_it_and_keeps_its_link() -> None:
    (group,) = told(line(item(1, "entered", "as generated"), "as written")).groups
    assert group.lines[0].text == "as written"
    assert group.lines[0].links == (Link("rt:1", "https://rt.example.org/rt/Ticket/Display.html?id=1"),)


def test_what_is_carried_over_says_since_when() -> None:
    (group,) = told(line(item(1, "status", "LFC: no EA", since="2026-W46"))).groups
    assert group.lines[0].text == "LFC: no EA (since 2026-W46)"


def test_what_says_since_when_already_is_not_told_twice() -> None:
    (group,) = told(line(item(1, "status", "LFC: no EA since 2026-W46", since="2026-W46"))).groups
    assert group.lines[0].text == "LFC: no EA since 2026-W46"


def test_a_line_by_hand_stands_under_what_it_was_written_below() -> None:
    groups = told(
        line(item(1, "entered", "a", group="UMD-4")),
        by_hand("mine"),
        line(item(2, "entered", "b")),
        line(item(3, "entered", "c", group="UMD-5")),
        line(item(4, "entered", "d")),
    ).groups
    assert [(group.title, [each.text for each in group.lines]) for group in groups] == [
        ("UMD-4", ["a", "mine"]),
        ("Other", ["b"]),
        ("UMD-5", ["c"]),
        ("Other", ["d"]),
    ]


def test_a_row_has_as_many_cells_as_its_table_has_columns() -> None:
    (group,) = told(
        line(item(1, "row", cells=("ARC", "rt:1", "DONE", "OnGoing", ""))),
        line(item(2, "row", cells=("ARC",)), "LFC | #2"),
        by_hand("DPM | a|b | 3 | 4 | 5 | 6"),
        columns=COLUMNS,
    ).groups
    assert [[cell.text for cell in row.cells] for row in group.rows] == [
        ["ARC", "rt:1", "DONE", "OnGoing", ""],
        ["LFC", "#2", "", "", ""],
        ["DPM", "a|b", "3", "4", "5 | 6"],
    ]


def test_the_cell_that_names_the_record_leads_to_it_and_the_first_where_none_does() -> None:
    (group,) = told(
        line(item(1, "row", cells=("ARC", "#1"))), line(item(2, "row", cells=("LFC", "soon"))), columns=("Product", "T")
    ).groups
    assert [[bool(cell.url) for cell in row.cells] for row in group.rows] == [[False, True], [True, False]]


def test_a_row_that_says_nothing_is_named_by_its_record() -> None:
    (group,) = told(line(item(3, "row", cells=("", ""))), columns=("Product", "T")).groups
    assert group.rows[0].cells[0] == Cell("rt:3", "https://rt.example.org/rt/Ticket/Display.html?id=3")


def test_an_empty_week_is_a_true_short_issue() -> None:
    assert empty().empty
    assert empty().nothing == ("Releases", "Status", "Pilots")


def test_a_section_that_a_person_emptied_is_not_called_empty() -> None:
    dropped = Part(id="vacancies", title="Vacancies", lines=(line(item(1, "vacancy", "a"), dropped=True),))
    assert page(Draft(parts=(dropped,)), gathered(), EGEE).nothing == ()


def test_an_issue_of_which_only_notes_were_collected_has_no_page() -> None:
    bare = Bulletin(ref=Bulletin.ref_of("local", "emt", "2026-W48"), audience="emt", issue="2026-W48")
    with pytest.raises(errors.UsageError, match="nothing has been drafted"):
        page(bare, None, EGEE)


def test_sentences_on_sources_are_for_the_desk_alone() -> None:
    stale = page(full_draft(), gathered(stale=("rt: not read since Friday",)), EGEE)
    assert "Friday" not in str(structs.replace(stale, sections=()))


def test_the_subject_says_which_issue_it_is_and_that_it_corrects() -> None:
    assert subject(full()) == "EGEE Operations bulletin 2026-W48"
    assert subject(corrected()) == "Correction: EGEE Operations bulletin 2026-W48"
    assert subject(page(Draft(title="2026-W48 in short"), gathered(), EGEE)) == "2026-W48 in short"


def test_times_are_told_in_the_zone_of_the_desk_and_kept_in_utc() -> None:
    assert full().meeting == "EGEE Operations, Mon 2026-11-23 16:00 +01:00"
    assert full().meeting_at == dt.datetime(2026, 11, 23, 15, 0, tzinfo=dt.UTC)


def test_what_was_only_wrapped_flows_and_a_short_line_ends() -> None:
    assert paragraphs("Dear all,\nMaria\n\n\n" + "x" * 62 + "\nlonger words\r\nend") == (
        ("Dear all,", "Maria"),
        ("x" * 62 + " longer words", "end"),
    )


@given(st.text(alphabet=st.sampled_from(" ab\n\t\u2028-"), max_size=200))
def test_no_word_of_a_person_is_lost_between_paragraphs(text: str) -> None:
    assert " ".join(" ".join(paragraph) for paragraph in paragraphs(text)).split() == text.split()


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://rt.example.org/Ticket/Display.html?id=1#a", "https://rt.example.org/Ticket/Display.html?id=1#a"),
        ("HTTP://Example.org", "http://Example.org"),
        ("https://[::1]:8443/x", "https://[::1]:8443/x"),
        ("https://example.org/a|b]]>\"'é", "https://example.org/a%7Cb%5D%5D%3E%22'%C3%A9"),
        ("https://example.org/%41%TOC%", "https://example.org/%41%25TOC%25"),
        ("https://münchen.example/", "https://xn--mnchen-3ya.example/"),
        ("javascript:alert(1)", ""),
        ("https://user:secret@example.org/", ""),
        ("https://egi.eu@example.org/", ""),
        ("https://example.org/a b", ""),
        ("https://", ""),
        ("ftp://example.org", ""),
        ("", ""),
    ],
)
def test_only_places_on_the_web_are_addresses(text: str, address: str) -> None:
    assert web_address(text) == address


def test_the_full_stop_after_an_address_is_not_its_own() -> None:
    assert list(pieces("see (https://example.org/x). Then")) == [
        ("see (", ""),
        ("https://example.org/x", "https://example.org/x"),
        ("). Then", ""),
    ]


def test_a_link_that_leads_nowhere_is_none() -> None:
    bad = Item(id="a", text="a", refs=(Ref("rt", "1"),), url="javascript:alert(1)")
    (group,) = told(Line(id="a", item=bad)).groups
    assert group.lines[0].links == ()
