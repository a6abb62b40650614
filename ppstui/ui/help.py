"""The help screen, made from the live key table: what stands there is what the keys do here and now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui import query
from ppstui.ui.actions import ACTIONS, EMERGENCY, shown
from ppstui.views import words
from ppstui.views.details import BLANK, Para, heading
from ppstui.views.rows import SEVERITY_TONES, STATE_TONES, Tone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ppstui.ui.actions import Action, Keymap
    from ppstui.views.rows import Glance

_KEYS, _LABEL = 15, 17


def page(keymap: Keymap, pane: str, flags: Iterable[str], fields: Iterable[str], glance: Glance) -> tuple[Para, ...]:
    """Every key that is valid in this pane, the filter language, and what the signs mean."""
    return tuple(_page(keymap, pane, flags, fields, glance))


def listed(keymap: Keymap, pane: str) -> list[Action]:
    """The actions with a key in this pane: what the help screen lists."""
    return [action for action in ACTIONS.values() if pane in action.panes and keymap.keys(action.id)]


def _page(keymap: Keymap, pane: str, flags: Iterable[str], fields: Iterable[str], glance: Glance) -> Iterator[Para]:
    groups: dict[str, list[Action]] = {}
    for action in listed(keymap, pane):
        groups.setdefault(action.group, []).append(action)
    first = True
    for group, actions in groups.items():
        yield from heading(group)[first:]
        first = False
        for action in actions:
            yield _line(keymap.text(action.id), action.label, action.help)
    yield _line(shown(EMERGENCY), "leave at once", "always works, whatever the keymap says")
    yield from heading("Filter language")
    for line in query.HELP.splitlines():
        yield Para(((line, Tone.PLAIN),), 0, verbatim=True)
    yield BLANK
    yield Para((("marks here:  ", Tone.DIM), (", ".join(f"is:{flag}" for flag in flags), Tone.PLAIN)), 13)
    yield Para((("fields here: ", Tone.DIM), (", ".join(fields), Tone.PLAIN)), 13)
    yield from heading("Signs")
    for severity, sign in words.SEVERITIES.items():
        yield Para(((f"{glance.sign(sign)}  ", SEVERITY_TONES[severity]), (sign.word, Tone.PLAIN)))
    for state, sign in words.ENTRIES.items():
        yield Para(((f"{glance.sign(sign)}  ", STATE_TONES[state]), (f"an action: {sign.word}", Tone.PLAIN)))


def _line(keys: str, label: str, text: str) -> Para:
    return Para(
        ((keys.ljust(_KEYS) + " ", Tone.STRONG), (label.ljust(_LABEL) + " ", Tone.PLAIN), (text, Tone.DIM)),
        _KEYS + _LABEL + 2,
    )
