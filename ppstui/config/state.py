"""What the dashboard remembers between two runs; the configuration that a person wrote is never rewritten."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct, field

from ppstui.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path


class State(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Choices made with keys rather than in the configuration; keys of a newer ppstui are ignored."""

    theme: str = ""
    """The theme picked last; "" means the configuration's."""
    pane: str = ""
    """The pane shown last."""
    details: bool = True
    """Whether the detail view stands beside the list."""
    views: dict[str, str] = field(default_factory=dict)
    """The saved view chosen last, by pane."""
    sorts: dict[str, str] = field(default_factory=dict)
    """The order chosen last, by pane."""
    filters: dict[str, str] = field(default_factory=dict)
    """The filter typed last, by pane."""
    welcomed: bool = False
    """Whether the first-run screen has been seen."""


def read_state(file: Path) -> tuple[State, str]:
    """What was remembered, and a sentence when something was wrong with it ("" otherwise).

    A file that cannot be understood is kept aside under another name, and everything is as on the first day.
    """
    try:
        return msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), State), ""
    except FileNotFoundError:
        return State(), ""
    except OSError as error:
        return State(), f"{file}: cannot be read ({error.strerror or error}); choices of the last run are not restored"
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError):
        aside = file.with_name(f"{file.name}.damaged")
        try:
            file.replace(aside)
        except OSError as error:
            return State(), f"{file}: is damaged and cannot be moved aside ({error.strerror or error}); starting afresh"
        return State(), f"{file}: is damaged and was kept as {aside.name}; choices of the last run are not restored"


def write_state(file: Path, state: State) -> None:
    """Remembers, whole or not at all, readable by its owner alone. Raises StoreError."""
    import tomli_w

    from ppstui.config.whole import write_whole

    try:
        write_whole(file, tomli_w.dumps(msgspec.to_builtins(state)))
    except OSError as error:
        raise StoreError(f"{file}: cannot be written: {error.strerror or error}; choices will be forgotten") from error
