"""Places of keys: every key that tomllib finds has a line, and the line is the right one."""

from __future__ import annotations

import tomllib
from typing import Any

import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from ppstui.config.toml_lines import Path, dotted, key_lines, quoted


def paths_of(value: object, path: Path = ()) -> set[Path]:
    found: set[Path] = {path} if path else set()
    if isinstance(value, dict):
        for key, item in value.items():
            found |= paths_of(item, (*path, key))
    elif isinstance(value, list):
        for n, item in enumerate(value):
            found |= paths_of(item, (*path, n))
    return found


NAMES = st.sampled_from(
    ["a", "b", "type", "x-1", "0", "quoted key", "dotted.key", "", 'a"b', "a'b", "ключ", "#", "[x]", "a=b"]
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ['"""', "'''", "# no", "]", "}", "a = 1\n"]
)
SCALARS = (
    TEXTS
    | st.integers(-9, 9)
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.dates()
    | st.times()
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=12
)
DOCUMENTS = st.dictionaries(NAMES, VALUES, max_size=5)


@given(DOCUMENTS, st.booleans())
def test_every_key_of_a_document_has_a_line(document: dict[str, Any], multiline: bool) -> None:
    text = tomli_w.dumps(document, multiline_strings=multiline)
    lines = key_lines(text)
    assert set(lines) == paths_of(tomllib.loads(text))
    assert all(1 <= line <= text.count("\n") + 1 for line in lines.values())


def string(text: str, style: str) -> str:
    """That text in one of the four ways TOML has, or in quotes where that way cannot hold it."""
    harmless = "\r" not in text and all(letter >= " " or letter in "\n\t" for letter in text) and "\x7f" not in text
    if style == "multi" and harmless and '"""' not in text and "\\" not in text and not text.endswith('"'):
        return f'"""\n{text}"""'
    if style == "literal" and harmless and "'" not in text and "\n" not in text:
        return f"'{text}'"
    if style == "multi-literal" and harmless and "'" not in text:
        return f"'''{text}'''"
    return quoted(text)


@st.composite
def written(draw: st.DrawFn, value: object) -> str:
    """One value, written by hand: comments and line breaks inside lists, inline tables, dotted keys."""
    if isinstance(value, str):
        return string(value, draw(st.sampled_from(["basic", "multi", "literal", "multi-literal"])))
    if isinstance(value, list):
        gap = draw(st.sampled_from(["", " ", "\n", " # ] not the end\n  ", "\n\n"]))
        items = [draw(written(item)) for item in value]
        return "[" + gap + f",{gap}".join(items) + (("," if draw(st.booleans()) else "") if items else "") + gap + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join([f"{quoted(key)} = {draw(written(item))}" for key, item in value.items()]) + " }"
    return tomli_w.dumps({"x": value})[4:].strip()


@st.composite
def by_hand(draw: st.DrawFn) -> str:
    """A document as people write them: [tables] with dotted names, [[lists]], blank lines, comments."""
    text = ""
    for key, value in draw(DOCUMENTS).items():
        text += (
            f"{quoted('top' + key)}\t=  {draw(written(value))}  # {draw(st.sampled_from(['', 'note = 1', '[x]']))}\n"
        )
    for n in range(draw(st.integers(0, 3))):
        lists = draw(st.booleans())
        name = f"t{n} . {quoted(draw(NAMES))}.'deep'"
        for m in range(draw(st.integers(1, 3)) if lists else 1):
            text += f"\n \t[[{name}]]\n" if lists else f"\n[ {name} ] # table\n"
            for key, value in draw(DOCUMENTS).items():
                text += f"  {quoted(key)} .sub = {draw(written(value))}\n"
            text += f"[{name}.below.more]\nnumber = {m}\n"
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


@given(by_hand())
def test_every_key_of_a_hand_written_document_has_a_line(text: str) -> None:
    assert set(key_lines(text)) == paths_of(tomllib.loads(text))


def test_the_line_is_the_one_a_person_would_point_at() -> None:
    lines = key_lines(
        "# a comment = 1\n"
        'title = """\n'
        "looks.like = 'a key'\n"
        '"""""\n'
        "[a.b]\n"
        "list = [\n"
        "  1, # ]\n"
        '  { "in line" = 2 },\n'
        "]\n"
        "c.d = 3\n"
        "[[views.rollouts]]\n"
        "title = 'one'\n"
        "[[views.rollouts]]\n"
        "[views.rollouts.more]\n"
        "x = 1979-05-27 07:32:00\n"
        "y = 1"
    )
    assert lines["title",] == 2
    assert lines["a", "b"] == 5
    assert lines["a", "b", "list", 0] == 7
    assert lines["a", "b", "list", 1, "in line"] == 8
    assert lines["a", "b", "c", "d"] == 10
    assert lines["views", "rollouts", 0, "title"] == 12
    assert lines["views", "rollouts", 1] == 13
    assert lines["views", "rollouts", 1, "more", "x"] == 15
    assert lines["views", "rollouts", 1, "more", "y"] == 16


def test_keys_are_told_as_a_person_writes_them() -> None:
    assert dotted(("views", "rollouts", 0, "title")) == "views.rollouts[1].title"
    assert dotted(("keys", "rollouts.acknowledge")) == 'keys."rollouts.acknowledge"'
    assert dotted(("backends", "a\x1b[31m")) == 'backends."a\\u001b[31m"'


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_quoted_text_is_the_same_text_to_toml_and_harmless_on_a_screen(text: str) -> None:
    told = quoted(text)
    assert tomllib.loads(f"x = {told}")["x"] == text
    assert all(letter.isprintable() or letter >= "\xa0" for letter in told)
