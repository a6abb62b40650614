"""Exposure to production load: said in a line that every desk reads, and in a field where the server has one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.backends.rt.writing.errand import carrying
from ppstui.backends.rt.writing.fields import day_field_step
from ppstui.backends.rt.writing.messages import receipt_of, write_and_read
from ppstui.model import Expose
from ppstui.rules import commands

if TYPE_CHECKING:
    from ppstui.backends.rt.writing.errand import Errand
    from ppstui.model import Extend, Receipt


async def say_exposure(errand: Errand, command: Expose | Extend) -> Receipt:
    """For all teams the field comes first, where one is configured; then the line, for everybody to see."""
    names = errand.options.fields
    if isinstance(command, Expose):
        name, key, day, label = names.exposure_start, "exposure_start", command.on, "exposure start"
    else:
        name, key, day, label = names.exposure_end, "exposure_end", command.until, "exposure end"
    before = await errand.reader.look(errand.target)
    if (done := carrying(before.messages, errand.key)) is not None:  # a colleague may have set the field since
        return receipt_of(errand, before, done.id, "correspond")
    errand.check_whole(before)
    if name and not command.team:
        row, etag = await errand.ticket(f"setting the {label} on ticket {errand.number}")
        await errand.take(day_field_step(errand, errand.field(row, name, key), label, day), row, etag)
    return await write_and_read(errand, "correspond", commands.exposure_text(command))
