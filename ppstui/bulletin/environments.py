"""Jinja2 as the bulletin uses it: closed in a sandbox, and everything that is said through it escaped for its format.

Jinja2 knows HTML only. Here its automatic escaping stays switched on for every format, and what escaping is is said by
`finalize`: what a macro, a block or `super()` made is then known to be written already, so nothing is escaped twice.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader, StrictUndefined, TemplateSyntaxError, Undefined
from jinja2.compiler import CodeGenerator
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from ppstui.bulletin import plain_text
from ppstui.bulletin.escaping import VOICES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import jinja2
    from jinja2 import nodes
    from jinja2.compiler import Frame

    from ppstui.bulletin.escaping import Voice
    from ppstui.bulletin.pages import Cell, Link, Page, PageRow

_BUILT_IN = Path(__file__).parent / "templates"
_JSON = 1
"""The version of the JSON document (SURFACE §3)."""
_OF_CHANCE = ("lipsum", "random")
"""What answers otherwise every time: the same page must give the same text."""


class _Code(CodeGenerator):
    """Writes `a ~ b` so that what is written already and what is not are joined by the format's own rule."""

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802  (its name in Jinja2)
        self.write("environment.joined((")
        for each in node.nodes:
            self.visit(each, frame)
            self.write(", ")
        self.write("))")


class _Own(FileSystemLoader):
    """A user's folder; a file in it that is no text is an error of that template, by its name."""

    def get_source(self, environment: jinja2.Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        """As Jinja2 asks for it."""
        try:
            return super().get_source(environment, template)
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            file = str(Path(self.searchpath[0]) / template)
            raise TemplateSyntaxError("it is not written in UTF-8", line, template, file) from error


class Environment(ImmutableSandboxedEnvironment):
    """One format's templates: the user's before the built-in ones, which are also found as `built-in/FORMAT.j2`."""

    code_generator_class = _Code

    def __init__(self, name: str, folder: Path | None) -> None:
        """`name` is the format's; `folder` the user's, None for none."""
        own = FileSystemLoader(_BUILT_IN)
        before = [_Own(folder)] if folder else []
        self.written = _written(VOICES[name])
        super().__init__(
            loader=ChoiceLoader([*before, PrefixLoader({"built-in": own}), own]),
            autoescape=True,
            finalize=self.said,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        for chance in _OF_CHANCE:
            self.globals.pop(chance, None)
            self.filters.pop(chance, None)
        self.filters.update(_filters(name, self.written))
        self.filters["join"] = self.joined

    def said(self, value: object) -> object:
        """What stands in the place of `{{ value }}`."""
        if isinstance(value, Undefined):
            return value  # says itself what is wrong
        return self.written.escape("" if value is None else value)

    def joined(self, values: Iterable[object], between: str = "") -> str:
        """What `a ~ b` and `join` make: of plain texts a plain one, else each is written as it would be alone."""
        told = [value if isinstance(value, str) else str(value) for value in values]
        if any(isinstance(value, Markup) for value in (between, *told)):
            return self.written(self.said(between)).join(told)
        return between.join(told)


def _written(voice: Voice) -> type[Markup]:
    """The type of a text that is written in a format already."""

    class Written(Markup):
        """A text that nothing need be escaped in any more."""

        __slots__ = ()

        @classmethod
        def escape(cls, value: object, /) -> Written:
            return cls(value if isinstance(value, Markup) else voice.escaped(str(value)))

    return Written


def _filters(name: str, written: type[Markup]) -> dict[str, Callable[..., str]]:
    """What templates have beside Jinja2's own filters; each takes a text as it is and answers with a written one."""
    voice = VOICES[name]

    def once(write: Callable[[str], str]) -> Callable[[str], str]:
        return lambda text: written(text if isinstance(text, Markup) else write(str(text)))

    def link(place: Link | Cell) -> str:
        told = getattr(place, "name", "") or getattr(place, "text", "")
        return written(voice.link(told, place.url) if place.url else voice.words(told))

    found: dict[str, Callable[..., str]] = {
        "e": once(voice.escaped),
        "escape": once(voice.escaped),
        "words": once(voice.words),
        "heading": once(voice.heading),
        "link": link,
    }
    if name == "text":
        found |= {
            "wrapped": lambda text, first="": written(plain_text.wrapped(str(text), first)),
            "underlined": lambda text, sign: written(plain_text.underlined(str(text), sign)),
            "labelled": lambda place: written(plain_text.labelled(place.name, place.url)),
            "table": lambda rows, titles: written(_table(rows, titles)),
        }
    if name == "json":
        found["whole"] = lambda page: written(_whole(page))
    return found


def _table(rows: Sequence[PageRow], titles: Sequence[str]) -> str:
    return plain_text.table(titles, [[cell.text for cell in row.cells] for row in rows])


def _whole(page: Page) -> str:
    """The page as one JSON document, its version first."""
    document = {"ppstui": _JSON, **msgspec.to_builtins(page)}
    return msgspec.json.format(msgspec.json.encode(document)).decode()
