"""Drafts, and what is gathered for them, as hypothesis draws them: nasty texts, and every state a line can be in."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from ppstui.model import Draft, Gathered, Item, Line, Part, Ref, Section
from ppstui.rules.bulletin.audiences import Audience

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
AUDIENCE = Audience(
    name="egee-operations",
    title="EGEE operations bulletin",
    sections=("releases", "status", "known-issues"),
    greeting="Dear all,",
    closing="Mario",
)
NASTY = (
    *(
        "",
        " ",
        "- ",
        "#",
        "#- x {t1}",
        "#? x {t1}",
        "= x",
        "== x",
        "== Releases {s1}",
        "{t1}",
        "x {t1 rt:1}",
        "\\",
        "\\-",
    ),
    *(
        "a\nb",
        "a\r\nb",
        "a\rb",
        "a\x0bb\x0cc",
        "\u2028",
        "\x85",
        "\x1b[31mred",
        "\x00",
        "\ud800",
        "\ufeff",
        "\xa0x\xa0",
    ),
    *(
        "{closing}",
        "== {closing}",
        "a | b",
        "|",
        "| |",
        "a|b",
        "{{ x }}",
        "<b>",
        "%TOC%",
        "\U0001d50a \u2603 e\u0301",
        "\u202ex",
        "\tx",
    ),
    *("  - x", "x\n\n\ny", "\n\nx\n\n", "===", "=", "-", "--", "- x\n  y {t2}", "{t0}", "{t01}", "{t99999999}", "{s1}"),
)
texts = st.one_of(
    st.sampled_from(NASTY), st.text(max_size=12), st.tuples(st.sampled_from(NASTY), st.text(max_size=4)).map("".join)
)
words = st.sampled_from(("VOMS: 1 EA performing the test", "LFC: no EA", "DPM: 2 EAs", *NASTY))
GROUPS = ("", "EMI-1.0", "UMD-4")
SECTIONS = ("releases", "status", "table")
ITEMS = tuple(f"{kind}/rt:{number}" for kind in ("entered", "status", "row") for number in range(3))


@st.composite
def items(draw: st.DrawFn, name: str) -> Item:
    """An item as it may be found at some time; its facts are one of two."""
    facts = draw(st.sampled_from(("1", "2")))
    cells = tuple(draw(st.lists(texts, min_size=2, max_size=3))) if name.startswith("row") else ()
    return Item(
        id=name,
        text="" if cells else draw(texts),
        group=draw(st.sampled_from(GROUPS)),
        cells=cells,
        refs=tuple(Ref("rt", str(number)) for number in range(draw(st.integers(0, 4)))),
        url=draw(st.sampled_from(("", "https://rt.example.org/1"))),
        facts=facts,
    )


@st.composite
def gatherings(draw: st.DrawFn, *, in_order: bool = False) -> Gathered:
    """What is found at some time: each item in one section at most; `in_order`: as the rules order them, by group."""
    names = draw(st.lists(st.sampled_from(ITEMS), unique=True, max_size=8))
    found = [draw(items(name)) for name in names]
    if in_order:
        found.sort(key=lambda item: (item.group, item.id))
    sections = []
    for place, section in enumerate(draw(st.lists(st.sampled_from(SECTIONS), unique=True, min_size=1, max_size=3))):
        home = SECTIONS.index(section) if in_order else place
        mine = tuple(item for item in found if _home(item, in_order=in_order) == home)
        columns = ("A", "B") if section == "table" else ()
        sections.append(Section(id=section, title=section.title(), columns=columns, items=mine))
    if in_order:
        sections.sort(key=lambda section: section.id)
    return gathered(*sections)


def _home(item: Item, *, in_order: bool) -> int:
    """Which section an item goes into; where the order counts it is always the same."""
    return (ITEMS.index(item.id) if in_order else len(item.text) + ITEMS.index(item.id)) % len(SECTIONS)


def gathered(*sections: Section) -> Gathered:
    return Gathered(
        audience="egee-operations",
        issue="2026-W47",
        since=NOW - dt.timedelta(days=7),
        until=NOW,
        sections=sections,
    )


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    """A draft in any state: lines generated, edited, dropped, offered, gone, by hand, in any order and any section."""
    names = draw(st.lists(st.sampled_from((*ITEMS, "own/1", "own/2", "own/7")), unique=True, max_size=9))
    lines = [draw(_lines(name)) for name in names]
    ids = draw(st.lists(st.sampled_from((*SECTIONS, "known-issues")), unique=True, min_size=1, max_size=4))
    homes = [draw(st.integers(0, len(ids) - 1)) for _ in lines]
    return Draft(
        title=draw(texts),
        greeting=draw(texts),
        closing=draw(texts),
        parts=tuple(
            Part(
                id=name,
                title=draw(texts),
                columns=("A", "B") if name == "table" else (),
                text=draw(texts),
                lines=tuple(line for line, home in zip(lines, homes, strict=True) if home == place),
            )
            for place, name in enumerate(ids)
        ),
    )


@st.composite
def _lines(draw: st.DrawFn, name: str) -> Line:
    if name.startswith("own/"):
        return Line(id=name, text=draw(texts), dropped=draw(st.booleans()))
    touched = draw(st.sampled_from(("not", "edited", "dropped", "both")))
    offered = touched != "not" and draw(st.booleans())
    return Line(
        id=name,
        item=draw(items(name)),
        text=draw(texts) if touched in {"edited", "both"} else None,
        dropped=touched in {"dropped", "both"},
        offer=draw(items(name)) if offered else None,
        gone=touched != "not" and not offered and draw(st.booleans()),
    )


def line_ids(draft: Draft) -> list[str]:
    return [line.id for part in draft.parts for line in part.lines]


def by_id(draft: Draft) -> dict[str, Line]:
    return {line.id: line for part in draft.parts for line in part.lines}


def ids_of(lines: Sequence[Line]) -> list[str]:
    return [line.id for line in lines]
