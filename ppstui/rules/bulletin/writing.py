"""An issue as a text for the person's own editor, and what that person made of it.

= EGEE operations bulletin
Words above everything.

== Releases {s1}
Words above its lines.

- VOMS: 1 EA performing the test {t1 rt:1234}
#- LFC: no EA {t2 rt:1235}
#? VOMS: 2 EAs performing the test {t1}

== Words at the end {closing}
Words below everything.

`#-` is a line that was taken out, `#?` what would be generated now in the place of an edited one. What was not changed
comes back as it was, to the byte, whatever it holds; only what a person wrote is read as words.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from msgspec import structs

from ppstui.errors import UsageError
from ppstui.model import Draft, Line, Part
from ppstui.rules.bulletin.drafting import all_lines, next_id, plain, prose, said, shown, taken, worded
from ppstui.rules.bulletin.drafting import left as left_as_it_is

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ppstui.model import Ref

_INSTRUCTIONS = """\
Change what you like, and save. Lines that begin with # are not read, but:
  #- in front of a line takes it out; without that it is back.
  #? is what would be generated now in the place of a line that you changed.
     To take it: put it there without the #?, and delete yours.
     To keep yours: delete the line with the #?.
The lines of a section begin with "- "; they may go on below, with spaces in
front. The {…} at the end of one is its name: it may move, also to another
section. A line without a name is yours; one whose name is gone is taken out.
"= " begins the title of the issue, "== " that of a section; one without a
name is a new section. What stands above the first line of a section are
paragraphs. A \\ in front of words keeps them words, whatever they begin with.
"""

_CLOSING = "closing"
_TAG = re.compile(r"\{(?P<tag>[ts][1-9][0-9]{0,5}|closing)(?: [^{}]*)?\}\Z")
_MOST_REFS = 3


# ------------------------------------------------------------------------------------------------------------- writing


def write(draft: Draft, issue: str = "", remarks: Sequence[str] = ()) -> str:
    """The draft as a text to edit; `remarks` are sentences to show above it. `read` gives the draft back."""
    head = [*([f"The bulletin {issue}."] if issue else []), *remarks, "", *_INSTRUCTIONS.splitlines()]
    blocks = [
        [f"# {_flat(line)}".rstrip() for line in head],
        [f"= {plain(draft.title)}".rstrip(), *_words(draft.greeting, bare=True)],
    ]
    names = iter(_line_names(draft))
    for number, part in enumerate(draft.parts, 1):
        title = " ".join(["==", *plain(part.title).split(), f"{{s{number}}}"])
        blocks.append([title, *_words(part.text)])
        lines = list(_lines(part, names))
        if lines:
            blocks.append(lines)
    blocks.append([f"== Words at the end {{{_CLOSING}}}", *_words(draft.closing, bare=True)])
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def spoken(draft: Draft) -> tuple[str, ...]:
    """What readers see of a draft, a line each as `write` has them, without headings and names."""
    told = [*_words(draft.greeting, bare=True)]
    for part in draft.parts:
        told += [
            *_words(part.text),
            *(" ".join(["-", *plain(shown(line)).split()]) for line in part.lines if not line.dropped),
        ]
    return tuple(line for line in (*told, *_words(draft.closing, bare=True)) if line)


def _flat(text: str) -> str:
    """A line of instructions; its indentation stays."""
    return text[: len(text) - len(text.lstrip(" "))] + plain(text)


def _line_names(draft: Draft) -> list[str]:
    """The names of all lines in the draft's order; what has been taken out has one, too."""
    return [f"t{number}" for number, _ in enumerate(all_lines(draft), 1)]


def _lines(part: Part, names: Iterator[str]) -> Iterator[str]:
    if part.columns and part.lines:
        yield f"# {' | '.join(map(plain, part.columns))}"
    group = ""
    for line in part.lines:
        name = next(names)
        if line.item and line.item.group != group:
            group = line.item.group
            yield f"# {plain(group) or '(under nothing)'}"
        words = plain(shown(line)).split()
        yield " ".join(["#-" if line.dropped else "-", *words, _tag(name, line.refs)])
        if line.gone and not line.dropped:
            yield "# (nothing generates the line above any more)"
        if line.offer:
            yield " ".join(["#?", *plain(said(line.offer)).split(), _tag(name, ())])


def _tag(name: str, refs: Sequence[Ref]) -> str:
    told = [re.sub(r"[{}]", "?", plain(str(ref))) for ref in refs[:_MOST_REFS]]
    return "{" + " ".join([name, *told, *(["…"] if len(refs) > _MOST_REFS else [])]) + "}"


def _words(text: str, *, bare: bool = False) -> list[str]:
    """Paragraphs, with what would be read as something else marked as words; `bare` ones have no lines below them."""
    words = prose(text)
    return [f"\\{line}" if _ambiguous(line, bare=bare) else line for line in words.split("\n")] if words else []


def _ambiguous(line: str, *, bare: bool) -> bool:
    return line.startswith(("\\", "#", "=") if bare else ("\\", "#", "=", "-")) or _TAG.search(line) is not None


# ------------------------------------------------------------------------------------------------------------- reading


class _Said(NamedTuple):
    """One line of a section, as it stands in the text."""

    at: int
    tag: str
    text: str


class _Chapter:
    """What stands under one heading."""

    def __init__(self, at: int, tag: str, title: str) -> None:
        self.at, self.tag, self.title = at, tag, title
        self.words: list[str] = []
        self.lines: list[_Said] = []


def read(text: str, draft: Draft) -> Draft:
    """What a person made of `write(draft)`. Raises UsageError, with line numbers, when it cannot be understood.

    A line without a name is a line by hand; one whose name is missing is dropped, its words stay; one that says what it
    said before is as it was, one that says what it was generated with is as it was generated. A text that says nothing
    at all, or has none of the names, is an error, never an empty issue.
    """
    reading = _Reading(text)
    wrong = [*reading.wrong, *_strangers(reading, draft)]
    if wrong:
        raise UsageError("; ".join(f"line {at}: {what}" for at, what in sorted(wrong)))
    if not reading.says_anything:
        raise UsageError("the text is empty; nothing was changed: to take a line out, put #- in front of it")
    if not reading.is_named:
        raise UsageError(
            "nothing in the text has a name in {…} any more, so it is not this draft; nothing was changed: "
            "to take a line out, put #- in front of it"
        )
    return _Applying(reading, draft).draft()


class _Reading:
    """A text cut into its chapters."""

    def __init__(self, text: str) -> None:
        self.title: str | None = None
        self.head = _Chapter(0, "", "")
        self.chapters: list[_Chapter] = []
        self.closing: _Chapter | None = None
        self.offered: set[str] = set()
        """The names of the lines whose offer is still there, to be answered."""
        self.wrong: list[tuple[int, str]] = []
        self.instructed = False
        """Whether any line with # is there: where a program took them all away, no question was answered by it."""
        self.says_anything = False
        lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
        goes_on = False
        for at, line in enumerate(map(str.rstrip, lines), 1):
            goes_on = self._take(at, line, goes_on=goes_on)

    @property
    def is_named(self) -> bool:
        """Whether any heading or line is one of the draft's, and not all of it somebody else's file."""
        return any(each.tag or any(line.tag for line in each.lines) for each in self.chapters)

    @property
    def _now(self) -> _Chapter:
        return self.chapters[-1] if self.chapters else self.head

    def _take(self, at: int, line: str, *, goes_on: bool) -> bool:
        """Reads one line; whether the next one may go on with it."""
        if line.startswith("#"):
            self._instruction(line)
            return False
        self.says_anything = self.says_anything or bool(line)
        if line.startswith("==") and not line.startswith("==="):
            self._heading(at, line)
        elif line.startswith("=") and not self.chapters and self.title is None:
            self.title = plain(line[1:])
        elif goes_on and line[:1].isspace():
            self._go_on(at, line)
            return True
        else:
            return self._content(at, line)
        return False

    def _go_on(self, at: int, line: str) -> None:
        """A line that goes on with the one above it, as an editor that breaks lines leaves it; also within its name."""
        last = self._now.lines.pop()
        if not last.tag:
            self._now.lines.append(_said(last.at, f"{last.text} {line}"))
            return
        more = _said(at, _without_dash(line))
        if more.tag or _dashed(line):  # a name ends a line, so what has a dash below it is another one
            self._now.lines += [last, more]
        else:
            self._now.lines.append(_Said(last.at, last.tag, f"{last.text} {more.text}"))

    def _instruction(self, line: str) -> None:
        self.instructed = True
        found = _TAG.search(line)
        if line.startswith("#?") and found:
            self.offered.add(found["tag"])

    def _heading(self, at: int, line: str) -> None:
        title, tag = _cut_tag(line[2:])
        if tag.startswith("t"):
            self.wrong.append((at, f"{{{tag}}} is the name of a line, not of a section; take it off the heading"))
        elif any(tag and tag == other.tag for other in self.chapters):
            self.wrong.append((at, f"the section {{{tag}}} stands here twice; take {{{tag}}} off one of the headings"))
        self.chapters.append(_Chapter(at, tag, title))
        if tag == _CLOSING:
            self.closing = self.chapters[-1]

    def _content(self, at: int, line: str) -> bool:
        chapter = self._now
        told = _said(at, _without_dash(line))
        bare = chapter is self.head or chapter.tag == _CLOSING
        if line.startswith("\\"):
            chapter.words.append(line[1:])
            if chapter.lines and not bare:
                chapter.words.pop()
                chapter.lines.append(_Said(at, "", plain(line[1:])))
        elif bare and told.tag:
            self.wrong.append(
                (at, f"the line {{{told.tag}}} stands under no section; move it below one of the headings")
            )
        elif not bare and (told.tag or line == "-" or line.startswith("- ") or (chapter.lines and line)):
            chapter.lines.append(told)
            return True
        elif line or not chapter.lines:
            chapter.words.append(line)
        return False


def _dashed(line: str) -> bool:
    return line.lstrip().startswith("- ") or line.strip() == "-"


def _without_dash(line: str) -> str:
    return line.lstrip().removeprefix("-") if _dashed(line) else line


def _said(at: int, text: str) -> _Said:
    words, tag = _cut_tag(text)
    return _Said(at, tag, words)


def _cut_tag(text: str) -> tuple[str, str]:
    found = _TAG.search(text)
    return (plain(text[: found.start()]), found["tag"]) if found else (plain(text), "")


def _strangers(reading: _Reading, draft: Draft) -> Iterator[tuple[int, str]]:
    """Names that the draft does not know, and lines that stand in the text twice."""
    lines, parts = set(_line_names(draft)), {f"s{number}" for number, _ in enumerate(draft.parts, 1)}
    first: dict[str, int] = {}
    for chapter in reading.chapters:
        if chapter.tag.startswith("s") and chapter.tag not in parts:
            yield chapter.at, f"there is no section {{{chapter.tag}}}; take it off for a new section"
        for each in chapter.lines:
            if not each.tag:
                continue
            if each.tag not in lines:
                yield each.at, f"there is no line {{{each.tag}}}; take it off for a line by hand"
            elif each.tag in first:
                yield (
                    each.at,
                    f"{{{each.tag}}} is the line {first[each.tag]} already; delete one, or its {{{each.tag}}}",
                )
            first.setdefault(each.tag, each.at)


# ------------------------------------------------------------------------------------------------------------ applying


class _Applying:
    """Lays a text over the draft it was written from."""

    def __init__(self, reading: _Reading, draft: Draft) -> None:
        self._reading, self._draft = reading, draft
        self._lines = dict(zip(_line_names(draft), all_lines(draft), strict=True))
        self._parts = {f"s{number}": part for number, part in enumerate(draft.parts, 1)}
        self._recognise()
        self._there = {each.tag for chapter in reading.chapters for each in chapter.lines if each.tag}
        self._next = int(next_id(draft).rpartition("/")[2])

    def draft(self) -> Draft:
        """The draft as the text has it."""
        reading, draft = self._reading, self._draft
        chapters = [chapter for chapter in reading.chapters if chapter is not reading.closing]
        order = [chapter.tag or f"new{at}" for at, chapter in enumerate(chapters)]
        texts = dict(zip(order, chapters, strict=True))
        parts: list[Part] = []
        for tag in _with_absent(order, list(self._parts)):
            part = self._parts.get(tag) or self._new_part(texts[tag], parts)
            parts.append(self._part(part, tag, texts.get(tag)))
        return structs.replace(
            draft,
            title=_unless_same(draft.title, reading.title, plain),
            greeting=_unless_same(draft.greeting, "\n".join(reading.head.words), prose),
            closing=_unless_same(draft.closing, "\n".join(reading.closing.words) if reading.closing else "", prose),
            parts=tuple(parts),
        )

    def _recognise(self) -> None:
        """Gives back a name that was lost where the words leave no doubt: they are those of one that is missing."""
        chapters = self._reading.chapters
        sections = {chapter.tag for chapter in chapters}
        names = {each.tag for chapter in chapters for each in chapter.lines}
        titles = {plain(part.title): tag for tag, part in reversed(self._parts.items()) if tag not in sections}
        words = {plain(shown(line)): tag for tag, line in reversed(self._lines.items()) if tag not in names}
        for chapter in chapters:
            chapter.tag = chapter.tag or titles.pop(chapter.title, "")
            for at, each in enumerate(chapter.lines):
                if not each.tag and each.text:
                    chapter.lines[at] = each._replace(tag=words.pop(each.text, ""))

    def _new_part(self, chapter: _Chapter, so_far: Iterable[Part]) -> Part:
        """A section that a person began, called by the words of its heading."""
        slug = "-".join(re.findall(r"\w+", chapter.title.casefold())) or "section"
        taken_ids = {part.id for part in (*self._draft.parts, *so_far)}
        name = next(
            name for name in (slug, *(f"{slug}-{number}" for number in range(2, 10**6))) if name not in taken_ids
        )
        return Part(id=name, title=chapter.title)

    def _part(self, part: Part, tag: str, chapter: _Chapter | None) -> Part:
        """One section; where its heading is gone, what was moved out of it is gone and the rest is dropped."""
        names = self._names_of(tag)
        order = [each.tag or f"own{each.at}" for each in chapter.lines if each.tag or each.text] if chapter else []
        told = {each.tag or f"own{each.at}": each for each in chapter.lines} if chapter else {}
        absent = [name for name in names if name not in self._there or name in told]
        lines = tuple(self._line(name, told.get(name)) for name in _with_absent(order, absent, names))
        return structs.replace(
            part,
            title=_unless_same(part.title, chapter.title, plain) if chapter else part.title,
            text=_unless_same(part.text, "\n".join(chapter.words), prose) if chapter else "",
            lines=lines,
        )

    def _names_of(self, tag: str) -> list[str]:
        before = 0
        for name, part in self._parts.items():
            if name == tag:
                return [f"t{before + number}" for number, _ in enumerate(part.lines, 1)]
            before += len(part.lines)
        return []

    def _line(self, name: str, told: _Said | None) -> Line:
        line = self._lines.get(name)
        if line is None:
            number, self._next = self._next, self._next + 1
            return Line(id=f"own/{number}", text=told.text if told else "")
        answered = line.offer is not None and self._reading.instructed and name not in self._reading.offered
        if told is None:
            after = structs.replace(line, dropped=True)
            return left_as_it_is(after) if answered else after
        if line.offer and told.text == plain(said(line.offer)) != plain(shown(line)):
            return taken(line)
        after = worded(structs.replace(line, dropped=False), told.text)
        return left_as_it_is(after) if answered else after


def _with_absent(order: Sequence[str], every: Sequence[str], before: Sequence[str] | None = None) -> list[str]:
    """`order`, and each of `every` that is not in it, below the one that it stood below."""
    found, there, old = list(order), set(order), before if before is not None else every
    for name in every:
        if name not in there:
            above = next((other for other in reversed(old[: old.index(name)]) if other in there), None)
            found.insert(found.index(above) + 1 if above else 0, name)
            there.add(name)
    return found


def _unless_same(before: str, after: str | None, canon: Callable[[str], str]) -> str:
    """What was there, unless a person wrote something else."""
    return before if after is None or canon(after) == canon(before) else canon(after)
