"""How a bulletin calls things, and in which order it tells them: stack, component, version, OS, architecture (§8)."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from ppstui.rules.exposure_lines import one_line
from ppstui.rules.horizon import day_name

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator

    from ppstui.model import Pilot, Ref, Rollout
    from ppstui.rules.titles import TitleStanding

_LONGEST = 120
"""Characters of a name in a line: a title of ten thousand is told, not quoted."""
OTHER = "Other"
"""What rollouts stand under whose title names no stack."""

Key = tuple[tuple[int, int, str], ...]


def natural(text: str) -> Key:
    """A key that puts 1.9 before 1.10, whatever the text is."""
    return tuple(
        (0, len(part.lstrip("0")), part.lstrip("0")) if part[0].isdecimal() else (1, 0, part)
        for part in re.findall(r"[0-9]+|[^0-9]+", text.casefold())
    )


def order(title: TitleStanding, ref: Ref) -> tuple[bool, tuple[Key, ...]]:
    """Where a rollout is told among others; what has no readable title comes last, by its reference."""
    words = (title.stack_string, title.component, title.version, title.os, title.arch)
    return not title.parsed, (*map(natural, words), natural(str(ref)), ((1, 0, str(ref)),))


def short(text: str) -> str:
    """A text of somebody else as part of a line: on one line, and not too long."""
    line = _line(text)
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1].rstrip() + "…"


def _line(text: str) -> str:
    """Like `one_line`; what is one already, as most names are, costs little."""
    plain = text.isascii() and text.isprintable() and "  " not in text
    return text.strip() if plain else one_line(text)


def stack_of(title: TitleStanding) -> str:
    """What a rollout stands under."""
    return short(title.stack_string) if title.parsed else OTHER


def product(rollout: Rollout, title: TitleStanding) -> str:
    """A rollout's product without its stack: `dpm 1.8.0-1 SL5 x86_64`; a title that cannot be read as it is."""
    if not title.parsed:
        return short(rollout.title) or str(rollout.ref)
    words = (title.component or title.stack, title.version, title.os, title.arch)
    return " ".join(short(word) for word in words if word)


def whole_product(rollout: Rollout, title: TitleStanding) -> str:
    """The same with its stack, for lines that stand under none: `EMI-1.0 dpm 1.8.0-1 SL5 x86_64`."""
    alone = not (title.parsed and title.component)
    return product(rollout, title) if alone else f"{stack_of(title)} {product(rollout, title)}"


def component(title: TitleStanding, rollout: Rollout) -> str:
    """What status lines call it: `dpm`."""
    return short(title.component or title.stack) if title.parsed else short(rollout.title) or str(rollout.ref)


def names(rollouts: Iterable[tuple[Rollout, TitleStanding]]) -> dict[Ref, str]:
    """What each is called among these: by its component; where that names several, with what tells them apart."""
    alike: dict[tuple[str, str], list[tuple[Rollout, TitleStanding]]] = {}
    for rollout, title in rollouts:
        key = (stack_of(title).casefold(), component(title, rollout).casefold())
        alike.setdefault(key, []).append((rollout, title))
    return {ref: name for among in alike.values() for ref, name in _told_apart(among)}


def _told_apart(among: list[tuple[Rollout, TitleStanding]]) -> Iterator[tuple[Ref, str]]:
    """Rollouts of one component by its name and that part of the rest in which they differ; twins by their ticket."""
    rest = [(title.version, title.os, title.arch) for _, title in among]
    differ = [len(set(words)) > 1 for words in zip(*rest, strict=True)]
    twins = Counter(rest)
    for (rollout, title), words in zip(among, rest, strict=True):
        apart = (short(word) for word, told in zip(words, differ, strict=True) if told and word)
        name = " ".join((component(title, rollout), *apart))
        yield rollout.ref, f"{name} ({rollout.ref})" if twins[words] > 1 else name


def pilot_name(pilot: Pilot) -> str:
    """What a pilot is called."""
    return short(pilot.title) or short(pilot.service) or str(pilot.ref)


def count(number: int, one: str, many: str = "") -> str:
    """`1 EA`, `2 EAs`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def on(day: dt.date | None) -> str:
    """` on Wed 2026-11-18`; "" when no day is known."""
    return f" on {day_name(day)}" if day else ""


def truth(**values: object) -> str:
    """What is true, in a form that two issues can be compared by: `stage=testing; accepted=1`; see `read_truth`."""
    return "; ".join(f"{name}={_plain(value)}" for name, value in values.items())


def _plain(value: object) -> str:
    return "" if value is None else _line(str(value)).replace(";", ",")


def read_truth(text: str) -> dict[str, str]:
    """What `truth` wrote."""
    return {name: value for name, _, value in (part.partition("=") for part in text.split("; ")) if name}
