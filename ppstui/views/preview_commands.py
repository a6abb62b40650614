"""How the commands to pilots and to the registry are said in the outbox; read when the first of them is there."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from ppstui.model import (
    Commit,
    Level,
    NewPilot,
    PilotCancel,
    PilotClose,
    PilotEdit,
    PilotProlong,
    PilotRollBack,
    PilotStep,
    StepState,
    WishFor,
    Withdraw,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ppstui.model import PilotCommand, RegistryCommand

_SIGNED = {StepState.OPEN: "open again"}


def preview_text(command: PilotCommand | RegistryCommand) -> str:
    """What such an entry says: the step and how it was signed, the new days, the values that are set."""
    match command:
        case NewPilot():
            return f"{command.title} ({command.update.value})"
        case PilotStep():
            on = f" on {command.on.isoformat()}" if command.on else ""
            said = f"step {command.number} {_SIGNED.get(command.state, command.state.value)}{on}"
            return f"{said}: {command.note}" if command.note else said
        case PilotProlong():
            return f"until {command.until.isoformat()}: {command.reason}"
        case PilotRollBack() | PilotCancel() | PilotClose():
            on = f"on {command.on.isoformat()}" if command.on else ""
            return ": ".join(filter(None, (on, command.reason)))
        case PilotEdit():
            return ", ".join(_edits(command))
        case _:
            return _of_registry(command)


def _edits(command: PilotEdit) -> Iterator[str]:
    for name in command.__struct_fields__:
        value = getattr(command, name)
        if name == "target" or value is None or value == ():
            continue
        match name, value:
            case "planned", _:
                yield from (f"step {number} on {day.isoformat()}" for number, day in command.planned)
            case "owners", _:
                yield from (f"step {number} to {owner or 'nobody'}" for number, owner in command.owners)
            case _, tuple():
                yield f"{name}: {' '.join(str(getattr(each, 'what', each)) for each in value)}"
            case _, dt.date():
                yield f"{name} {value.isoformat()}"
            case _:
                yield f"{name.replace('_', ' ')}: {value or 'none'}"
    if command.sites == ():
        yield "sites: none"


def _of_registry(command: RegistryCommand) -> str:
    match command:
        case Commit() | Withdraw():
            level = command.level.value if command.level is not Level.NONE else ""
            sign = "+" if isinstance(command, Commit) else "-"
            return f"{sign}{command.party} {' '.join(filter(None, (level, *_product(command))))}".strip()
        case WishFor():
            return f"{command.minimum} for {' '.join(_product(command))}"
        case _:
            many = len(command.partners) + len(command.commitments) + len(command.wishes)
            gone = f", {len(command.remove)} out" if command.remove else ""
            return f"{many} entr{'y' if many == 1 else 'ies'} of a file{gone}"


def _product(command: Commit | Withdraw | WishFor) -> tuple[str, ...]:
    return tuple(filter(None, (command.stack, command.component, command.majors, command.os, command.arch)))
