"""What a server lacks for this work, in sentences; shared by every reading and by `check`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.backends import _http

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ppstui.backends.rt import Options
    from ppstui.backends.rt.parse import Reading
    from ppstui.backends.rt.rows import QueueRow, TicketRow

FIELD_KEYS = ("teams", "outcome", "document", "exposure_start", "exposure_end")
"""The settings in `fields` that name fields of the rollouts' own queue."""
_WORDS = 5


def missing_fields(options: Options, there: Collection[str]) -> list[str]:
    """The configured fields that are not among those there, each with its key."""
    wanted = {key: getattr(options.fields, key) for key in FIELD_KEYS}
    return [f"{name!r} (fields.{key})" for key, name in wanted.items() if name and name not in there]


def names_there(there: Collection[str]) -> str:
    """The fields a server has, for a sentence."""
    return ", ".join(_http.plain(name, 40) for name in sorted(there)) or "none that this account sees (SeeCustomField)"


def no_queue(name: str) -> str:
    """RT does not say whether a queue is not there or not to be seen."""
    return f"there is no queue {_http.plain(name, 60)!r}, or this account may not see it (SeeQueue)"


def note_of_queue(options: Options, source: str, queue: QueueRow | None) -> str:
    """What is wrong with the rollouts' queue while it shows no ticket; "" when nothing is."""
    if queue is None:
        return f"{no_queue(options.queue)}; check queue in [backends.{source}]"
    there = {field.name for field in queue.fields}
    missing = missing_fields(options, there)
    if not missing:
        return ""
    return (
        f"queue {options.queue} has no field {', '.join(missing)} of [backends.{source}]; it has: {names_there(there)}"
    )


def note_of_fields(reading: Reading, rows: Sequence[TicketRow]) -> str:
    """Which configured fields these tickets do not have; every ticket of a queue has the same ones."""
    there = {name for row in rows for name in row.custom}
    missing = missing_fields(reading.options, there)
    if not missing:
        return ""
    queue, source = reading.options.queue, reading.source
    return f"queue {queue} has no field {', '.join(missing)} of [backends.{source}]; it has: {names_there(there)}"


def unknown_words(reading: Reading, rows: Sequence[TicketRow]) -> set[str]:
    """Status words that stand in no list of the configuration."""
    return {row.status for row in rows if reading.word(row) is None}


def together(source: str, fields: str, words: Collection[str]) -> str:
    """One note of both; "" when all is well."""
    said = ", ".join(_http.plain(word, 40) for word in sorted(words)[:_WORDS])
    unknown = (
        f"status {said} stands in no list of [backends.{source}.status]: taken as open or resolved" if said else ""
    )
    return "; ".join(note for note in (fields, unknown) if note)
