from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from ppstui.errors import UsageError
from ppstui.model import Draft, Item, Line, Part, Ref
from ppstui.rules.bulletin.drafting import all_lines, plain, shown
from ppstui.rules.bulletin.writing import read, spoken, write
from tests.rules.bulletin.drafts import NASTY, by_id, drafts, line_ids, texts

law = settings(deadline=None, max_examples=100)  # a busy machine breaks no law

VOMS = Item(id="voms", text="VOMS: 1 EA performing the test", refs=(Ref("rt", "12"),), facts="1", group="EMI-1.0")
LFC = Item(id="lfc", text="LFC: no EA", refs=(Ref("rt", "13"), Ref("rt", "14")), facts="1", group="EMI-1.0")
DPM = Item(id="dpm", text="DPM: 1 EA", refs=(Ref("rt", "15"),), facts="1", group="UMD-4")
NEWS = Item(id="dpm", text="DPM: 2 EAs", refs=(Ref("rt", "15"),), facts="2", group="UMD-4")
ROW = Item(id="row", text="", cells=("dpm", "", "DONE"), refs=(Ref("rt", "15"),), facts="1")
DRAFT = Draft(
    title="EGEE operations",
    greeting="Dear all,",
    closing="Mario",
    parts=(
        Part(
            id="status",
            title="Status",
            text="As of today.",
            lines=(
                Line(id="voms", item=VOMS),
                Line(id="lfc", item=LFC, dropped=True),
                Line(id="dpm", item=DPM, text="DPM: ask the ROC", offer=NEWS),
                Line(id="own/1", text="by hand"),
            ),
        ),
        Part(id="table", title="Table", columns=("Product", "ETA", "Rollout"), lines=(Line(id="row", item=ROW),)),
        Part(id="known-issues", title="Known issues"),
    ),
)
TEXT = """\
= EGEE operations
Dear all,

== Status {s1}
As of today.

# EMI-1.0
- VOMS: 1 EA performing the test {t1 rt:12}
#- LFC: no EA {t2 rt:13 rt:14}
# UMD-4
- DPM: ask the ROC {t3 rt:15}
#? DPM: 2 EAs {t3}
- by hand {t4}

== Table {s2}

# Product | ETA | Rollout
- dpm | | DONE {t5 rt:15}

== Known issues {s3}

== Words at the end {closing}
Mario
"""


def edited(*changes: tuple[str, str], draft: Draft = DRAFT) -> Draft:
    """What comes of the text of a draft in which each of these stands once and is replaced."""
    text = write(draft)
    for before, after in changes:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return read(text, draft)


def with_line(name: str, line: Line) -> Draft:
    return structs.replace(
        DRAFT,
        parts=tuple(
            structs.replace(part, lines=tuple(line if each.id == name else each for each in part.lines))
            for part in DRAFT.parts
        ),
    )


# ---------------------------------------------------------------------------------------------------------------- laws


@law
@given(draft=drafts(), remarks=st.lists(texts, max_size=2))
def test_a_draft_comes_back_as_it_was_whatever_it_holds(draft: Draft, remarks: list[str]) -> None:
    text = write(draft, "2026-W47", remarks)
    text.encode()
    assert not set(text) & set("\r\v\f\x00\x1b\x85\u2028\u2029")
    assert read(text, draft) == draft
    for kept_otherwise in (text.replace("\n", "\r\n"), "\ufeff" + text, text.replace("\n", "  \n"), text.rstrip()):
        assert read(kept_otherwise, draft) == draft


@law
@given(draft=drafts(), data=st.data())
def test_lines_that_are_deleted_are_dropped_and_keep_their_words(draft: Draft, data: st.DataObject) -> None:
    lines = write(draft).split("\n")
    tagged = [at for at, line in enumerate(lines) if _is_line(line)]
    gone = set(data.draw(st.lists(st.sampled_from(tagged), unique=True))) if tagged else set()
    after = read("\n".join(line for at, line in enumerate(lines) if at not in gone), draft)
    assert line_ids(after) == line_ids(draft)
    shown_before = [line for line in all_lines(draft) if not line.dropped]
    deleted = {line.id for at, line in zip(tagged, shown_before, strict=True) if at in gone}
    for before, now in zip(all_lines(draft), all_lines(after), strict=True):
        assert now == structs.replace(before, dropped=before.dropped or before.id in deleted)


def _is_line(line: str) -> bool:
    return re.fullmatch(r"- .*\{t\d+[^{}]*\}", line) is not None


@law
@given(draft=drafts(), typed=st.text("ab c-#={}\\|t1s\t", max_size=20), data=st.data())
def test_what_is_typed_anywhere_is_in_the_draft_or_refused(draft: Draft, typed: str, data: st.DataObject) -> None:
    """Nor does it change a line that it was not typed into."""
    lines = write(draft).split("\n")
    at = data.draw(st.integers(0, len(lines)))
    try:
        after = read("\n".join([*lines[:at], f"zyx{typed}", *lines[at:]]), draft)
    except UsageError as error:
        assert f"line {at + 1}" in str(error) or "stands" in str(error)  # noqa: PT017  either is right
        return
    words = [after.title, after.greeting, after.closing]
    words += [word for part in after.parts for word in (part.title, part.text)]
    words += [line.text for line in all_lines(after) if line.text is not None]
    assert any("zyx" in word for word in words)
    now = by_id(after)
    assert all(
        plain(shown(now[line.id])) == plain(shown(line)) or "zyx" in shown(now[line.id]) for line in all_lines(draft)
    )


@law
@given(
    draft=drafts(),
    lines=st.lists(st.one_of(st.sampled_from([*NASTY, "== New", "- x", "- x {t1}", "#? y {t2}"]), texts)),
)
def test_any_text_is_a_draft_or_a_sentence(draft: Draft, lines: list[str]) -> None:
    try:
        after = read("\n".join(lines), draft)
    except UsageError:
        return
    assert {line.id for line in all_lines(draft)} <= set(line_ids(after))
    assert len(line_ids(after)) == len(set(line_ids(after)))
    assert len({part.id for part in after.parts}) == len(after.parts)
    assert read(write(after), after) == after


@law
@given(draft=drafts(), data=st.data())
def test_lines_in_another_order_and_section_are_the_same_lines(draft: Draft, data: st.DataObject) -> None:
    text = write(draft).split("\n")
    moving = [line for line in text if _is_line(line)]
    rest = [line for line in text if not _is_line(line)]
    headings = [at for at, line in enumerate(rest) if line.startswith("== ") and not line.endswith("{closing}")]
    for line in data.draw(st.permutations(moving)):
        below = data.draw(st.sampled_from(headings))
        end = next(at for at in range(below + 1, len(rest)) if rest[at].startswith("== "))
        rest.insert(end, line)
        headings = [at for at, each in enumerate(rest) if each.startswith("== ") and not each.endswith("{closing}")]
    after = read("\n".join(rest), draft)
    assert by_id(after) == by_id(draft)
    assert [part.id for part in after.parts] == [part.id for part in draft.parts]


# ---------------------------------------------------------------------------------------------------------- by example


def test_a_draft_is_a_text_that_explains_itself() -> None:
    text = write(DRAFT, "2026-W47", ["rt:12 has no outcome"])
    head, rest = text[: text.index("\n= ") + 1], text[text.index("\n= ") + 1 :]
    assert rest == TEXT
    assert "# The bulletin 2026-W47.\n# rt:12 has no outcome\n" in head
    assert all(line.startswith("#") or not line for line in head.split("\n"))
    assert max(map(len, head.split("\n"))) <= 80


def test_other_words_are_an_edit_and_the_first_ones_none() -> None:
    after = by_id(edited(("VOMS: 1 EA performing", "VOMS: INFN is  performing"), ("dpm | |", "dpm | Friday |")))
    assert after["voms"] == Line(id="voms", item=VOMS, text="VOMS: INFN is performing the test")
    assert after["row"].text == "dpm | Friday | DONE"
    again = with_line("voms", after["voms"])
    assert edited(("INFN is", "1 EA"), draft=again) == DRAFT


def test_a_line_without_a_name_is_by_hand_and_one_that_is_missing_is_dropped() -> None:
    after = edited(("- VOMS: 1 EA performing the test {t1 rt:12}", "- VOMS works"))
    assert [(line.id, shown(line), line.dropped) for line in after.parts[0].lines] == [
        ("voms", VOMS.text, True),
        ("lfc", LFC.text, True),
        ("own/2", "VOMS works", False),
        ("dpm", "DPM: ask the ROC", False),
        ("own/1", "by hand", False),
    ]


def test_a_name_that_was_lost_is_found_again_where_the_words_are_the_same() -> None:
    assert edited((" {t1 rt:12}", ""), (" {s2}", "")) == DRAFT


def test_the_sign_in_front_of_a_line_takes_it_out_and_puts_it_back() -> None:
    after = by_id(edited(("#- LFC", "- LFC"), ("- by hand", "#- by hand")))
    assert (after["lfc"], after["own/1"]) == (Line(id="lfc", item=LFC), Line(id="own/1", text="by hand", dropped=True))


def test_an_offer_is_answered_in_the_text() -> None:
    mine = "- DPM: ask the ROC {t3 rt:15}\n"
    took = by_id(edited((mine, ""), ("#? DPM", "- DPM")))["dpm"]
    left = by_id(edited(("#? DPM: 2 EAs {t3}\n", "")))["dpm"]
    assert took == Line(id="dpm", item=NEWS)
    assert left == Line(id="dpm", item=NEWS, text="DPM: ask the ROC")
    both = by_id(edited(("ask the ROC", "2 EAs, ask the ROC"), ("#? DPM: 2 EAs {t3}\n", "")))["dpm"]
    assert both == Line(id="dpm", item=NEWS, text="DPM: 2 EAs, ask the ROC")
    out = by_id(edited((mine, "")))["dpm"]
    assert (out.dropped, out.text, out.offer) == (True, "DPM: ask the ROC", NEWS)
    with pytest.raises(UsageError, match=r"line \d+: \{t3\} is the line \d+ already; delete one"):
        edited(("#? DPM", "- DPM"))


def test_a_program_that_takes_all_remarks_away_answers_no_question() -> None:
    text = "\n".join(line for line in write(DRAFT).split("\n") if not line.startswith("#"))
    assert read(text, DRAFT) == DRAFT


def test_lines_that_an_editor_broke_are_whole_again() -> None:
    broken = "- VOMS: 1 EA\n  performing the\n\ttest {t1\n  rt:12}"
    assert edited(("- VOMS: 1 EA performing the test {t1 rt:12}", broken)) == DRAFT
    longer = by_id(edited(("{t1 rt:12}", "{t1 rt:12}\n  and more")))["voms"]
    assert longer.text == "VOMS: 1 EA performing the test and more"
    nested = edited(("- by hand {t4}", "  - by hand {t4}\n  - and this\n  - or that"))
    assert [line.text for line in nested.parts[0].lines[3:]] == ["by hand", "and this - or that"]


def test_words_between_the_lines_are_lines_and_above_them_paragraphs() -> None:
    after = edited(("As of today.", "As of today:\n\n  all\nis well"), ("- by hand {t4}", "- by hand {t4}\n\nand this"))
    assert after.parts[0].text == "As of today:\n\n  all\nis well"
    assert [line.text for line in after.parts[0].lines][-2:] == ["by hand", "and this"]
    greeted = edited(("Dear all,", "Dear all,\n- one\n- two"), ("Mario", "- Mario"))
    assert (greeted.greeting, greeted.closing) == ("Dear all,\n- one\n- two", "- Mario")
    assert edited(("As of today.", "\\- a dash")).parts[0].text == "- a dash"
    assert edited(("- by hand {t4}", "- by hand {t4}\n\\# no remark")).parts[0].lines[-1].text == "# no remark"


def test_a_heading_without_a_name_is_a_new_section() -> None:
    after = edited(("== Known issues", "== Known issues!\nWe know.\n- of one\n\n== Known issues"))
    part = after.parts[2]
    assert (part.id, part.title, part.text) == ("known-issues-2", "Known issues!", "We know.")
    assert [(line.id, line.text) for line in part.lines] == [("own/2", "of one")]
    assert after.parts[3].id == "known-issues"
    assert edited(("== Known issues", "== ?\n\n== Known issues")).parts[2].id == "section"


def test_a_heading_that_is_gone_leaves_its_lines_to_the_one_above() -> None:
    after = edited(("== Table {s2}\n", ""))
    assert [(part.id, [line.id for line in part.lines]) for part in after.parts] == [
        ("status", ["voms", "lfc", "dpm", "own/1", "row"]),
        ("table", []),
        ("known-issues", []),
    ]
    assert edited(("== Status {s1}", "== How it stands {s1}")).parts[0].title == "How it stands"


def test_titles_and_words_can_be_taken_away() -> None:
    after = edited(("= EGEE operations\n", "=\n"), ("Dear all,\n", ""), ("== Words at the end {closing}\nMario\n", ""))
    assert (after.title, after.greeting, after.closing) == ("", "", "")
    assert edited(("= EGEE operations\n", "")).title == "EGEE operations"


@pytest.mark.parametrize("text", ["", "\n \n", "# only remarks\n#- x {t1}\n"])
def test_a_text_that_says_nothing_changes_nothing(text: str) -> None:
    with pytest.raises(UsageError, match="the text is empty; nothing was changed"):
        read(text, DRAFT)


@pytest.mark.parametrize("text", ["= T\n\nmilk\n", "= T\n\n== Shopping\n\n- milk\n", "\x00\ufffd\n- x\n#- x {t1}\n"])
def test_a_text_without_any_name_of_the_draft_is_somebody_elses_and_changes_nothing(text: str) -> None:
    with pytest.raises(UsageError, match=r"not this draft; nothing was changed"):
        read(text, DRAFT)


def test_what_readers_see_of_a_draft_is_told_without_names() -> None:
    told = spoken(DRAFT)
    assert set(told) <= {line.split(" {")[0] for line in write(DRAFT).splitlines()}
    assert not any(line.startswith("#") or "{t" in line for line in told)
    assert len([line for line in told if line.startswith("- ")]) == sum(
        not line.dropped for part in DRAFT.parts for line in part.lines
    )


def test_every_line_that_cannot_be_understood_is_told_with_its_number() -> None:
    text = "= T\n- greeted {t1}\n== A {s1}\n- x {t99}\n- y {t2}\n- z {t2}\n"
    text += "== B {s1}\n== C {s9}\n== D {t1}\n- w {closing}\n"
    with pytest.raises(UsageError) as found:
        read(text, DRAFT)
    assert str(found.value).split("; line ") == [
        "line 2: the line {t1} stands under no section; move it below one of the headings",
        "4: there is no line {t99}; take it off for a line by hand",
        "6: {t2} is the line 5 already; delete one, or its {t2}",
        "7: the section {s1} stands here twice; take {s1} off one of the headings",
        "8: there is no section {s9}; take it off for a new section",
        "9: {t1} is the name of a line, not of a section; take it off the heading",
        "10: there is no line {closing}; take it off for a line by hand",
    ]
