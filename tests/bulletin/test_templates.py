"""Templates that a user brings: which one is taken, what stays escaped in it, and what is said of one with an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ppstui import errors
from ppstui.bulletin import FORMATS, Templates, page, render
from ppstui.model import Draft, Part
from tests.bulletin.samples import EGEE, by_hand, full, gathered

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = page(
    Draft(
        title="<b>%TOC% [[x]] **b**</b>", parts=(Part(id="x", title="X", lines=(by_hand("|* <i>`x`</i> WikiWord"),)),)
    ),
    gathered(),
    EGEE,
)


def write(folder: Path, name: str, text: str) -> Templates:
    (folder / name).write_text(text, encoding="utf-8")
    return Templates(folder)


def test_a_users_template_takes_the_place_of_the_built_in_one(tmp_path: Path) -> None:
    mine = write(tmp_path, "text.j2", "{{ page.title }}\n")
    assert render(full(), "text", mine) == "EGEE Operations bulletin\n"
    assert render(full(), "markdown", mine) == render(full(), "markdown")


def test_the_template_of_the_audience_goes_first(tmp_path: Path) -> None:
    write(tmp_path, "text.j2", "for all")
    mine = write(tmp_path, "egee-operations.text.j2", "for {{ page.audience }}")
    assert render(full(), "text", mine) == "for egee-operations\n"


def test_a_template_may_change_one_block_of_the_built_in_one(tmp_path: Path) -> None:
    mine = write(
        tmp_path,
        "html.j2",
        '{% extends "built-in/html.j2" %}{% block title %}{{ super() }}<p>{{ page.audience }}</p>{% endblock %}',
    )
    usual, changed = render(full(), "html"), render(full(), "html", mine)
    assert changed.replace("<p>egee-operations</p>", "") == usual


def test_a_template_that_was_edited_is_read_again(tmp_path: Path) -> None:
    mine = write(tmp_path, "text.j2", "one")
    assert render(full(), "text", mine) == "one\n"
    write(tmp_path, "text.j2", "another one")
    assert render(full(), "text", mine) == "another one\n"


ESCAPED = {
    "markdown": r"\<b\>%TOC% \[\[x\]\] \*\*b\*\*\</b\>",
    "html": "&lt;b&gt;%TOC% [[x]] **b**&lt;/b&gt;",
    "twiki": "&#60;b&#62;&#37;TOC&#37; &#91;&#91;x&#93;&#93; &#42;&#42;b&#42;&#42;&#60;/b&#62;",
    "dokuwiki": "%%<%%b<nowiki>>%</nowiki>TOC<nowiki>%</nowiki> %%[[%%x%%]]%% %%**%%b%%**</%%b%%>%%",
}


@pytest.mark.parametrize("name", sorted(ESCAPED))
@pytest.mark.parametrize(
    "template",
    [
        "{{ page.title }}",
        "{{ page.title | e }}",
        "{{ page.title | words }}",
        "{% macro m(x) %}{{ x }}{% endmacro %}{{ m(page.title) }}",
        "{% macro m(x) %}{{ x }}{% endmacro %}{{ m('') ~ page.title }}",
        "{% macro m(x) %}{{ x }}{% endmacro %}{{ page.title ~ m('') }}",
        "{{ ('' | words) + page.title }}",
        "{{ ['' | words, page.title] | join }}",
        "{{ [page.title] | join('' | words) }}",
        "{{ page.title ~ '' }}",
        "{% set t %}{{ page.title }}{% endset %}{{ t }}",
        "{% for x in [page.title] %}{{ x }}{% endfor %}",
    ],
)
def test_whatever_a_template_does_with_a_text_it_is_escaped_once(tmp_path: Path, name: str, template: str) -> None:
    assert render(HOSTILE, name, write(tmp_path, f"{name}.j2", template)) == ESCAPED[name] + "\n"


@pytest.mark.parametrize(
    ("template", "line", "what"),
    [
        ("{{ page.title }}\n{% if %}", 2, "Expected an expression"),
        ("{{ page.title }}\n\n{{ page.titel }}", 3, "Page has no attribute 'titel'"),
        ("{{ titel }}", 1, "'titel' is undefined"),
        ("a\n{{ page.title | shout }}", 2, "No filter named 'shout'"),
        ("a\n{{ 1 // 0 }}", 2, "division"),
        ("a\n{{ page.title + 1 }}", 2, "str"),
        ("a\n{{ page.__class__ }}", 2, "unsafe"),
        ("a\n{{ page.title.format.__globals__ }}", 2, "unsafe"),
        ("a\n{% include 'footer.j2' %}", 2, "no template 'footer.j2'"),
        ("a\n{% include '../secret' %}", 2, "no template"),
        ("a\n{{ lipsum() }}", 2, "'lipsum' is undefined"),
        ("a\n{{ 'x' * 3 | random }}", 2, "No filter named 'random'"),
        ("a\n{% for x in range(99999999) %}{% endfor %}", 2, "too big"),
    ],
)
def test_an_error_in_a_template_is_told_with_its_file_and_line(
    tmp_path: Path, template: str, line: int, what: str
) -> None:
    (tmp_path.parent / "secret").write_text("not for templates")
    with pytest.raises(errors.UsageError) as caught:
        render(full(), "text", write(tmp_path, "text.j2", template))
    said = str(caught.value)
    assert said.startswith(f"{tmp_path / 'text.j2'}:{line}: "), said
    assert what in said
    assert said.endswith("; correct it, or use the built-in one with --template built-in")
    assert "\n" not in said


def test_a_template_that_calls_itself_for_ever_is_told(tmp_path: Path) -> None:
    with pytest.raises(errors.UsageError, match=r"never ends.*--template built-in"):
        render(full(), "text", write(tmp_path, "text.j2", '{% include "text.j2" %}'))


def test_a_template_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    file = tmp_path / "text.j2"
    file.write_bytes(b"tea\ncaf\xe9")
    with pytest.raises(errors.UsageError, match=r"not written in UTF-8.*--template built-in") as caught:
        render(full(), "text", Templates(tmp_path))
    assert str(caught.value).startswith(f"{file}:2: ")


def test_a_folder_that_is_not_there_is_a_folder_without_templates(tmp_path: Path) -> None:
    assert render(full(), "text", Templates(tmp_path / "none")) == render(full(), "text")


def test_an_audience_named_like_a_way_out_finds_no_template_there(tmp_path: Path) -> None:
    inner = tmp_path / "templates"
    inner.mkdir()
    (tmp_path / "x.text.j2").write_text("outside")
    outside = page(Draft(), gathered(audience="../x"), EGEE)
    assert "outside" not in render(outside, "text", Templates(inner))


def test_a_format_that_is_none_is_told_with_those_there_are() -> None:
    with pytest.raises(errors.UsageError, match=r"'pdf' is no format.*text, markdown, html, twiki, dokuwiki, json"):
        render(full(), "pdf")


@pytest.mark.parametrize("name", FORMATS)
def test_every_line_ends_and_none_ends_in_spaces(name: str) -> None:
    written = render(full(), name)
    assert written.endswith("\n")
    assert not [line for line in written.split("\n") if line != line.rstrip()]
    assert "\n\n\n" not in written
