"""Themes: TOML files turned into looks for our own lines and into a Textual theme for the few widgets it brings.

A look is written as `bold #rrggbb on #rrggbb`; names without `#` are the terminal's own sixteen. Shipped themes lie
in `themes/` (beside the package in a checkout, inside it in a wheel); those in the user's folder win.
"""

from __future__ import annotations

import tomllib
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from rich.color import ColorParseError
from rich.errors import StyleSyntaxError
from rich.style import Style
from textual.theme import Theme

from ppstui.errors import UsageError
from ppstui.views.rows import Tone

if TYPE_CHECKING:
    from collections.abc import Sequence

DARK = "ppstui-dark"
TERMINAL = "ppstui-terminal"
"""The terminal's own sixteen colours: fewest bytes, and at home on any background."""

PARTS = ("header", "cursor", "bar", "tab", "tab-active", "key", "field", "bad", "frame", "dialog")
"""Parts of the screen that have a look of their own, beside the tones."""


_NATIVE = {
    **dict.fromkeys(("ansi-background", "ansi-foreground", "border", "border-blurred"), "ansi_default"),
    **dict.fromkeys(("block-cursor-foreground", "block-cursor-background"), "ansi_default"),
    **dict.fromkeys(("input-cursor-foreground", "input-cursor-background"), "ansi_default"),
    **dict.fromkeys(("input-selection-foreground", "input-selection-background"), "ansi_default"),
    **dict.fromkeys(("screen-selection-foreground", "screen-selection-background"), "ansi_default"),
    "input-cursor-text-style": "reverse",
    "block-cursor-text-style": "reverse",
}
"""What Textual's own widgets ask for, in no colour at all: the cursor of a text is seen by its reverse."""


class ThemeFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a theme file says."""

    name: str
    dark: bool = True
    background: str
    """`#rrggbb`, or `default` for whatever the terminal has."""
    foreground: str
    accent: str
    """Frames of dialogs and the selection in texts."""
    tones: dict[str, str]
    parts: dict[str, str]


class Palette:
    """The looks of a theme, ready to paint with."""

    def __init__(self, file: ThemeFile, *, colours: bool = True) -> None:
        """Without `colours` only attributes are left: bold, dim, underline, reverse."""
        self.file, self.colours = file, colours
        ground = "" if file.foreground == "default" else file.foreground
        ground += "" if file.background == "default" else f" on {file.background}"
        self._tones = {tone: self._look(ground, file.tones.get(tone.value, "")) for tone in Tone}
        self._parts = {part: self._look(ground, file.parts.get(part, "")) for part in PARTS}

    def tone(self, tone: Tone) -> Style:
        """How text of this tone looks."""
        return self._tones[tone]

    def part(self, part: str) -> Style:
        """How this part of the screen looks."""
        return self._parts[part]

    def _look(self, ground: str, text: str) -> Style:
        try:
            style = Style.parse(ground) + Style.parse(text)
        except (StyleSyntaxError, ColorParseError) as error:
            raise UsageError(
                f"theme {self.file.name}: {text!r} is no look; write it as 'bold #d0d0d0 on #202020'"
            ) from error
        if self.colours:
            return style
        plain = style.without_color
        shown = "on" in text.split() or plain.reverse
        return plain + Style(reverse=True) if shown else plain

    @cached_property
    def textual(self) -> Theme:
        """The same for Textual's own widgets."""
        file = self.file
        native = not self.colours or file.background == "default"
        if native:
            return Theme(
                name=file.name,
                primary="ansi_default",
                foreground="ansi_default",
                background="ansi_default",
                surface="ansi_default",
                panel="ansi_default",
                boost="ansi_default",
                dark=file.dark,
                ansi=True,
                variables=_NATIVE,
            )
        return Theme(
            name=file.name,
            primary=file.accent,
            foreground=file.foreground,
            background=file.background,
            surface=file.background,
            panel=file.background,
            dark=file.dark,
        )


def read(text: str, where: str) -> ThemeFile:
    """Reads a theme file. Raises UsageError that names the file and what is wrong."""
    try:
        file = msgspec.convert(tomllib.loads(text), ThemeFile)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise UsageError(f"{where}: not a theme: {error}") from error
    unknown = {*file.tones} - {tone.value for tone in Tone} | {*file.parts} - {*PARTS}
    if unknown:
        raise UsageError(f"{where}: unknown {', '.join(sorted(unknown))}; tones and parts are those of {DARK}.toml")
    return file


def shipped_folder() -> Path:
    """Where the themes that come with ppstui are."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "themes"
    return inside if inside.is_dir() else package.parent / "themes"


def folders(user: Path | None) -> Sequence[Path]:
    """Where themes are looked for; earlier ones win."""
    return [folder for folder in (user, shipped_folder()) if folder is not None]


def themes(user: Path | None = None) -> dict[str, Path]:
    """Every theme there is, by name."""
    found = {
        file.stem: file
        for folder in reversed(folders(user))
        if folder.is_dir()
        for file in sorted(folder.glob("*.toml"))
    }
    return dict(sorted(found.items()))


def find(name: str, user: Path | None) -> Path | None:
    """The file of the theme of this name, as `themes` has it; None when there is none."""
    places = (folder / f"{name}.toml" for folder in folders(user)) if Path(name).name == name else ()
    return next((file for file in places if file.is_file()), None)


def load(name: str, user: Path | None) -> ThemeFile:
    """The theme of this name. Raises UsageError that names those there are."""
    file = find(name, user)
    if file is None:
        raise UsageError(f"there is no theme {name!r}; there are {', '.join(themes(user)) or 'none at all'}")
    try:
        return read(file.read_text(encoding="utf-8"), str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: cannot be read: {error}") from error
