from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from ppstui.errors import UsageError
from ppstui.model import Draft, Gathered, Item, Line, Part, Section
from ppstui.rules.bulletin.drafting import (
    add,
    all_lines,
    begin,
    cells,
    close,
    drop,
    find,
    greet,
    leave,
    merge,
    move,
    next_id,
    plain,
    prose,
    put,
    put_text,
    restore,
    retitle,
    revert,
    said,
    shown,
    take,
)
from tests.rules.bulletin.drafts import (
    AUDIENCE,
    NASTY,
    by_id,
    drafts,
    gathered,
    gatherings,
    ids_of,
    line_ids,
    texts,
)

law = settings(deadline=None, max_examples=100)  # a busy machine breaks no law


def item(name: str, text: str = "", facts: str = "1", group: str = "") -> Item:
    return Item(id=name, text=text or f"{name} says {facts}", facts=facts, group=group)


def status(*items: Item) -> Gathered:
    return gathered(Section(id="status", title="Status", items=items))


def begun(*items: Item) -> Draft:
    return begin(status(*items), AUDIENCE)


def told(draft: Draft, part: str = "status") -> list[str]:
    (found,) = (each for each in draft.parts if each.id == part)
    return [shown(line) for line in found.lines if not line.dropped]


# ---------------------------------------------------------------------------------------------------------------- laws


@law
@given(draft=drafts(), found=gatherings())
def test_merging_the_same_again_changes_nothing(draft: Draft, found: Gathered) -> None:
    once = merge(draft, found)
    twice = merge(once.draft, found)
    assert twice.draft == once.draft
    assert (twice.added, twice.changed, twice.removed) == ((), (), ())
    assert (twice.offers, twice.kept) == (once.offers, once.kept)


@law
@given(draft=drafts(), found=gatherings())
def test_nothing_that_a_person_wrote_is_lost(draft: Draft, found: Gathered) -> None:
    merged = merge(draft, found).draft
    after = by_id(merged)
    for line in all_lines(draft):
        if line.text is not None or line.dropped:
            assert after[line.id].text == line.text
            assert after[line.id].dropped == line.dropped
    assert (merged.title, merged.greeting, merged.closing) == (draft.title, draft.greeting, draft.closing)
    kept = {part.id: part for part in merged.parts}
    for part in draft.parts:
        assert (kept[part.id].title, kept[part.id].text) == (part.title, part.text)


@law
@given(draft=drafts(), found=gatherings())
def test_no_line_that_stays_passes_another_one(draft: Draft, found: Gathered) -> None:
    """But for those that nobody touched and that belong to another group of their section now."""
    merged = merge(draft, found).draft
    before, after = by_id(draft), by_id(merged)
    for part, now in ((part, now) for part in draft.parts for now in merged.parts if part.id == now.id):
        here = {line.id for line in now.lines}
        stayed = [
            line.id
            for line in part.lines
            if line.id in here and (_touched(line) or _group(after[line.id]) == _group(before[line.id]))
        ]
        assert [name for name in ids_of(now.lines) if name in stayed] == stayed
    assert [part.id for part in merged.parts if part.id in {part.id for part in draft.parts}] == [
        part.id for part in draft.parts
    ]


def _touched(line: Line) -> bool:
    return line.text is not None or line.dropped


def _group(line: Line) -> str:
    return line.item.group if line.item else ""


@law
@given(draft=drafts(), found=gatherings())
def test_every_line_follows_the_table_of_the_three_ways(draft: Draft, found: Gathered) -> None:
    merged = merge(draft, found)
    fresh = {item.id: item for section in found.sections for item in section.items}
    before, after = by_id(draft), by_id(merged.draft)
    assert set(fresh) <= set(after)
    assert len(line_ids(merged.draft)) == len(after)
    for name, line in after.items():
        now, was = fresh.get(name), before.get(name)
        if was is None or not _touched(was):
            assert line == Line(id=name, item=now)
        elif now is None:
            assert (line.item, line.offer, line.gone) == (was.item, None, was.item is not None)
        elif was.item is not None and was.item.facts == now.facts:
            assert (line.item, line.offer, line.gone) == (now, None, False)
        else:
            assert (line.item, line.offer, line.gone) == (was.item, now, False)
    assert set(merged.added) == set(after) - set(before)
    assert set(merged.removed) == set(before) - set(after)
    assert set(merged.offers) == {name for name, line in after.items() if line.offer}


@law
@given(first=gatherings(in_order=True), then=gatherings(in_order=True))
def test_a_draft_that_nobody_touched_becomes_the_one_that_would_be_begun_now(first: Gathered, then: Gathered) -> None:
    merged = merge(begin(first, AUDIENCE), then).draft
    anew = {part.id: part.lines for part in begin(then, AUDIENCE).parts}
    assert {part.id: part.lines for part in merged.parts if part.id in anew} == anew
    assert not any(part.lines for part in merged.parts if part.id not in anew)


@law
@given(draft=drafts(), found=gatherings())
def test_an_offer_is_taken_or_left_once(draft: Draft, found: Gathered) -> None:
    merged = merge(draft, found)
    for name in merged.offers:
        offered = by_id(merged.draft)[name].offer
        assert offered is not None
        took, kept = take(merged.draft, name), leave(merged.draft, name)
        assert find(took, name) == Line(id=name, item=offered)
        line = find(kept, name)
        assert line is not None
        assert (line.text, line.dropped, line.offer) == (
            by_id(merged.draft)[name].text,
            by_id(draft)[name].dropped,
            None,
        )
        assert name not in merge(took, found).offers + merge(kept, found).offers
        assert ids_of(tuple(all_lines(took))) == ids_of(tuple(all_lines(kept))) == line_ids(merged.draft)


@law
@given(
    draft=drafts(),
    hands=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 20), texts), max_size=8),
    found=gatherings(),
)
def test_what_hands_do_between_two_gatherings_is_kept(
    draft: Draft, hands: list[tuple[int, int, str]], found: Gathered
) -> None:
    """Whatever a person does, in any order: the last words of every line stand after the next gathering."""
    for deed, which, text in hands:
        draft = _done(draft, deed, which, text)
    after = by_id(merge(draft, found).draft)
    assert {line.id: line.text for line in all_lines(draft) if line.text is not None} == {
        name: line.text for name, line in after.items() if line.text is not None
    }
    assert {line.id for line in all_lines(draft) if line.dropped} == {
        name for name, line in after.items() if line.dropped
    }


def _done(draft: Draft, deed: int, which: int, text: str) -> Draft:
    ids = line_ids(draft)
    part = draft.parts[which % len(draft.parts)].id
    if deed == 0 or not ids:
        return add(draft, part, text)
    name = ids[which % len(ids)]
    return (
        add(draft, part, text, after=name),
        put(draft, name, text),
        drop(draft, name),
        restore(draft, name),
        move(draft, name, which - 10),
        put_text(draft, part, text),
    )[deed - 1]


# ---------------------------------------------------------------------------------------------------------- by example


def test_a_draft_begins_with_the_sections_of_its_audience_and_its_words() -> None:
    draft = begin(gathered(Section(id="status", title="How it stands", items=(item("a"),))), AUDIENCE)
    assert [(part.id, part.title) for part in draft.parts] == [
        ("releases", "Staged rollout: what entered and left"),
        ("status", "How it stands"),
        ("known-issues", "Known issues"),
    ]
    assert (draft.title, draft.greeting, draft.closing) == ("EGEE operations bulletin", "Dear all,", "Mario")
    assert told(draft) == ["a says 1"]


def test_an_edited_line_is_flagged_when_its_record_changes() -> None:
    draft = put(begun(item("a"), item("b")), "a", "A, as I say")
    same = merge(draft, status(item("a", "a in other words"), item("b", "b in other words")))
    assert (told(same.draft), same.offers, same.changed) == (["A, as I say", "b in other words"], (), ("b",))
    other = merge(draft, status(item("a", facts="2"), item("b", facts="2")))
    assert (told(other.draft), other.offers, other.changed) == (["A, as I say", "b says 2"], ("a",), ("b",))
    assert told(take(other.draft, "a")) == ["a says 2", "b says 2"]
    back = merge(other.draft, status(item("a"), item("b")))
    assert back.offers == ()


def test_a_dropped_line_is_offered_again_when_its_record_changes() -> None:
    draft = drop(begun(item("a"), item("b")), "a")
    assert told(merge(draft, status(item("a"), item("b"))).draft) == ["b says 1"]
    changed = merge(draft, status(item("a", facts="2"), item("b")))
    assert (told(changed.draft), changed.offers) == (["b says 1"], ("a",))
    assert told(take(changed.draft, "a")) == ["a says 2", "b says 1"]
    left = leave(changed.draft, "a")
    assert told(merge(left, status(item("a", facts="2"), item("b"))).draft) == ["b says 1"]


def test_a_dropped_line_stays_out_when_its_source_was_only_away() -> None:
    draft = drop(begun(item("a"), item("b")), "a")
    away = merge(draft, status(item("b"))).draft
    assert told(merge(away, status(item("a"), item("b"))).draft) == ["b says 1"]


def test_an_edited_line_stays_when_nothing_generates_it_any_more() -> None:
    draft = put(begun(item("a"), item("b")), "a", "A, as I say")
    merged = merge(draft, status())
    assert (told(merged.draft), merged.kept, merged.removed) == (["A, as I say"], ("a",), ("b",))
    (line,) = all_lines(merged.draft)
    assert line.gone
    again = merge(merged.draft, status(item("a"))).draft
    assert [(line.text, line.gone) for line in all_lines(again)] == [("A, as I say", False)]


def test_what_is_new_comes_beside_its_neighbours_wherever_a_person_moved_them() -> None:
    a, b, c, d = (item(name, name, group=group) for name, group in (("a", "1"), ("b", "1"), ("c", "2"), ("d", "2")))
    moved = move(begun(a, b, d), "d", -2)
    assert told(moved) == ["d", "a", "b"]
    assert told(merge(moved, status(a, b, c, d)).draft) == ["c", "d", "a", "b"]
    moved = move(begun(a, c, d), "a", 5)
    assert told(merge(moved, status(a, b, c, d)).draft) == ["c", "d", "a", "b"]
    by_hand = add(begun(a, c), "status", "about a", after="a")
    assert told(merge(by_hand, status(a, b, c)).draft) == ["a", "about a", "b", "c"]
    assert told(merge(move(begun(b, c), "b", 1), status(a, b, c)).draft) == ["c", "a", "b"]
    alone = item("0", "0", group="0")
    assert told(merge(move(begun(a, b), "a", 1), status(alone, a, b)).draft) == ["0", "b", "a"]
    assert told(merge(begun(b, c), status(alone, b, c)).draft) == ["0", "b", "c"]


def test_a_line_that_nobody_touched_follows_its_title_to_another_stack() -> None:
    a, b, c = (item(name, name, group=group) for name, group in (("a", "1"), ("b", "1"), ("c", "2")))
    other = structs.replace(a, group="2", facts="2")
    merged = merge(begun(a, b, c), status(b, other, c))
    assert (told(merged.draft), merged.added, merged.removed) == (["b", "a", "c"], (), ())
    edited = merge(put(begun(a, b, c), "a", "mine"), status(b, other, c)).draft
    assert told(edited) == ["mine", "b", "c"]


def test_a_section_that_is_new_comes_in_at_its_place() -> None:
    draft = Draft(parts=tuple(Part(id=name, title=name) for name in ("releases", "known-issues", "notes")))
    names = ("releases", "status", "notes", "beta")
    found = gathered(*(Section(id=name, title=name, items=(item(name),)) for name in names))
    merged = merge(draft, found).draft
    assert [part.id for part in merged.parts] == ["releases", "status", "known-issues", "notes", "beta"]


def test_of_lines_that_share_an_id_the_first_counts() -> None:
    twice = gathered(
        Section(id="status", title="", items=(item("a", "first"),)),
        Section(id="table", title="", items=(item("a", "second"), item("b"))),
    )
    draft = begin(twice, AUDIENCE)
    assert (told(draft), told(draft, "table")) == (["first"], ["b says 1"])
    assert merge(draft, twice).draft == draft


def test_words_as_they_were_generated_are_no_edit() -> None:
    draft = begun(item("a"))
    assert put(draft, "a", " a  says\n1 ") == draft
    assert put(put(draft, "a", "other"), "a", "a says 1") == draft
    assert revert(put(draft, "a", "other"), "a") == draft
    assert told(put(draft, "a", "  ")) == []
    assert restore(put(draft, "a", ""), "a") == draft
    assert told(put(put(draft, "a", ""), "a", "back")) == ["back"]


def test_a_line_by_hand_has_an_id_that_no_other_ever_had() -> None:
    draft = add(add(begun(item("a")), "status", "one"), "status", "two", after="a")
    assert told(draft) == ["a says 1", "two", "one"]
    assert (line_ids(draft), next_id(drop(draft, "own/2"))) == (["a", "own/2", "own/1"], "own/3")
    with pytest.raises(UsageError, match="own/1 was written by hand"):
        revert(draft, "own/1")


def test_a_line_moves_past_those_that_are_shown() -> None:
    draft = drop(begun(*(item(name, name) for name in "abcd")), "b")
    assert told(move(draft, "a", 1)) == ["c", "a", "d"]
    assert told(move(draft, "d", -1)) == ["a", "d", "c"]
    assert told(move(draft, "a", 9)) == ["c", "d", "a"]
    assert move(draft, "a", -1) == move(draft, "a", 0) == draft


def test_words_around_the_lines_are_a_person_s() -> None:
    draft = close(greet(retitle(retitle(begun(), "Weekly\n"), "State", "status"), "Hello\r\n\r\nall  "), "Bye")
    draft = put_text(draft, "status", "\n of  note\n\n\n")
    part = draft.parts[1]
    assert (draft.title, draft.greeting, draft.closing) == ("Weekly", "Hello\n\nall", "Bye")
    assert (part.title, part.text) == ("State", " of  note")


@pytest.mark.parametrize(
    "deed",
    [
        lambda draft: take(draft, "nobody"),
        lambda draft: put(draft, "nobody", ""),
        lambda draft: move(draft, "nobody", 1),
        lambda draft: revert(draft, "nobody"),
        lambda draft: add(draft, "nobody", "x"),
        lambda draft: put_text(draft, "nobody", "x"),
        lambda draft: retitle(draft, "x", "nobody"),
    ],
)
def test_what_is_not_there_is_named(deed: object) -> None:
    assert callable(deed)
    with pytest.raises(UsageError, match="nobody"):
        deed(begun(item("a")))


# --------------------------------------------------------------------------------------------------------------- texts


@law
@given(text=texts)
def test_words_become_safe_once(text: str) -> None:
    for made in (plain(text), prose(text)):
        made.encode()
        assert not set(made) & set("\r\v\f\x00\x1b\x85\u2028\u2029")
    assert plain(plain(text)) == plain(text)
    assert "\n" not in plain(text)
    assert prose(prose(text)) == prose(text)


@law
@given(row=st.lists(st.one_of(texts, st.sampled_from(NASTY)), min_size=1, max_size=5))
def test_a_row_has_as_many_cells_as_it_was_generated_with_whatever_they_hold(row: list[str]) -> None:
    generated = Item(id="row", text="", cells=tuple(row))
    typed = Line(id="row", item=generated, text=plain(said(generated)))
    assert len(cells(typed)) == len(row)
    assert cells(Line(id="row", item=generated)) == tuple(row)


def test_cells_are_parted_by_a_bar_between_spaces() -> None:
    assert cells(Line(id="own/1", text="dpm | #12 |  | a|b |")) == ("dpm", "#12", "", "a|b", "")
