"""Whatever strangers put into titles, notes and names, an issue has the sections, lines, rows and cells that it has."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ppstui.bulletin import FORMATS, Page, Templates, page, render
from ppstui.model import Draft, Item, Line, Part, Ref
from tests.bulletin.readers import READERS, letters, meant
from tests.bulletin.samples import EGEE, ZONE, full, gathered

BUILT_IN = Templates()
"""One for all examples: what is made once is made once."""

NASTY = (
    *("<script>alert(1)</script>", "</li></ul><h2>x</h2>", "<!--", "&lt;b&gt;", "&#60;", "</nowiki>", "<nowiki>"),
    *("%%", "%", "%TOC%", "%INCLUDE{Main.WebHome}%", "<verbatim>", "</html>", "{{x.png}}", "((note))", "~~NOTOC~~"),
    *(
        "**b**",
        "//i//",
        "__u__",
        "''m''",
        "*b*",
        "_i_",
        "=c=",
        "`c`",
        "``",
        "~~s~~",
        "$x$",
        "[[x]]",
        "[x](y)",
        "![x](y)",
    ),
    *(
        "[x]: y",
        "|",
        " | ",
        "||",
        "\\|",
        "\\",
        "\\\\ ",
        "^",
        "!",
        "#",
        "# x",
        "## x",
        "---",
        "----",
        "---++ x",
        "===",
        "==",
    ),
    *(
        "====== x ======",
        "- x",
        "* x",
        "+ x",
        "1. x",
        "1) x",
        "> x",
        "    x",
        "   * x",
        "  * x",
        "  - x",
        "\t",
        "\n",
        "\r\n",
    ),
    *(
        "\n\n",
        "\u2028",
        "\x1b[31m",
        "\x00",
        "\u202e",
        "\u200b",
        "-- ",
        "-",
        "=",
        "a" * 90,
        "é" * 90,
        "日本" * 45,
        "-" * 78,
    ),
    *("WikiWord", "Main.WebHome", "NGI_IT", "OnGoing", "Wikipedia:Grid", "mailto:a@b.c", "a@b.c", "www.example.org"),
    *("https://example.org/a_b_c(d)?x=1&y=%20", "http://" + "x" * 90 + ".org/", "http://a b", "javascript:alert(1)"),
    *(
        "https://x/|y",
        "https://x/]]y",
        "https://x/%TOC%",
        "ftp://x",
        "https://u:p@x/",
        "FIXME",
        "8-)",
        ":-)",
        "...",
        ".",
        ")",
    ),
    *(
        "{{ page }}",
        "{% raw %}",
        "{#",
        "From here",
        ">quoted",
        "rt:1",
        "💥",
        "ع",
        "\ud800",
        "e\u0301\u0301\u0301\u0301",
    ),
)
texts = st.lists(
    st.one_of(st.sampled_from(NASTY), st.text(max_size=8), st.sampled_from(("word", "ARC-CE 6.18.0", "no EA"))),
    max_size=7,
).map(" ".join) | st.lists(st.sampled_from(NASTY), max_size=4).map("".join)
headings = texts.filter(lambda text: "--" not in text)
"""Of columns: they come from the program, which has none of dashes."""
refs = st.builds(Ref, st.sampled_from(("rt", "GitHub", "a*b")), texts.filter(bool))


@st.composite
def lines(draw: st.DrawFn, columns: int, number: int) -> Line:
    """A line as it was generated, as a person changed it, or by hand."""
    own = draw(st.none() | texts)
    if own is not None and draw(st.booleans()):
        return Line(id=f"own/{number}", text=own)
    item = Item(
        id=f"x/{number}",
        text="" if columns else draw(texts),
        group=draw(st.sampled_from(("", "", "UMD-4")) | texts),
        cells=tuple(draw(st.lists(texts, min_size=columns, max_size=columns))),
        refs=tuple(draw(st.lists(refs, max_size=2))),
        url=draw(st.sampled_from(("", "https://rt.example.org/rt/Ticket/Display.html?id=1")) | texts),
        since=draw(st.sampled_from(("", "", "2026-W46"))),
    )
    return Line(id=item.id, item=item, text=own, dropped=draw(st.integers(0, 9)) == 0)


@st.composite
def pages(draw: st.DrawFn) -> Page:
    parts = []
    for number in range(draw(st.integers(0, 3))):
        columns = tuple(
            draw(st.sampled_from(((), (), ("Product", "ticket", "ETA(finish)"))) | st.lists(headings, max_size=3))
        )
        told = [draw(lines(len(columns), 10 * number + at)) for at in range(draw(st.integers(0, 3)))]
        parts.append(
            Part(
                id=draw(st.sampled_from(("releases", "status", "notes")) | texts),
                title=draw(texts),
                columns=columns,
                text=draw(st.just("") | texts),
                lines=tuple(told),
            )
        )
    draft = Draft(title=draw(texts), greeting=draw(texts), closing=draw(texts), parts=tuple(parts))
    facts = gathered(meeting=draw(texts))
    return page(draft, facts, EGEE, correction=draw(st.just("") | texts), zone=ZONE)


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=80, deadline=None)
@given(told=pages())
def test_hostile_text_changes_no_structure(name: str, told: Page) -> None:
    written = render(told, name, BUILT_IN)
    seen = READERS[name](written)
    assert seen == meant(told, seen), written
    written.encode()
    assert render(told, name, Templates()) == written, "the same page, other bytes"


@settings(max_examples=80, deadline=None)
@given(told=pages())
def test_a_plain_mail_says_every_line_whole(told: Page) -> None:
    written = letters(render(told, "text", BUILT_IN))
    at = 0
    for line in (line for section in told.sections for group in section.groups for line in group.lines):
        at = written.index(letters(line.text), at) + len(letters(line.text))


@pytest.mark.parametrize("name", FORMATS)
def test_the_readers_see_a_full_week_as_it_is(name: str) -> None:
    told = full()
    seen = READERS[name](render(told, name, BUILT_IN))
    assert seen == meant(told, seen)
    assert sum(section.rows for section in seen.sections) == 3
    assert sum(section.lines for section in seen.sections) == 8
