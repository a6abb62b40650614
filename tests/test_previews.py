"""Pilots and the registry as facts: they live beside rollouts in one store, and their commands in one outbox."""

from __future__ import annotations

import msgspec
import pytest

from ppstui.model import (
    Command,
    Commit,
    Commitment,
    ImportRegistry,
    Level,
    PilotCancel,
    PilotClose,
    PilotCommand,
    PilotEdit,
    PilotProlong,
    PilotRollBack,
    Record,
    Ref,
    RegistryCommand,
    Role,
    Spent,
    StepState,
    Team,
    Wish,
    WishFor,
    Withdraw,
)
from ppstui.rules.pilots.commands import planned
from tests.rules.make import day
from tests.rules.pilots.make import POLICY, REF, after, new, noon, sign, wms

CODER = msgspec.msgpack.Encoder()
COMMANDS: msgspec.msgpack.Decoder[Command] = msgspec.msgpack.Decoder(Command)
RECORDS: msgspec.msgpack.Decoder[Record] = msgspec.msgpack.Decoder(Record)

WISH = Wish(ref=Ref("local", "w"), component="dpm", minimum=2)
PARTNER = Team(ref=Ref("local", "p"), name="NGI_IT-INFN-CNAF", active=False)
GOLD = Commitment(ref=Ref("local", "c"), party="NGI_IT-INFN-CNAF", level=Level.GOLD, until=day("2026-12-31"))


@pytest.mark.parametrize(
    "command",
    [
        planned(new(), POLICY, noon("2009-01-26")),
        sign(7, "2009-02-13"),
        PilotProlong(target=REF, until=day("2009-03-12"), reason="x"),
        PilotRollBack(target=REF, reason="x"),
        PilotCancel(target=REF, reason="x"),
        PilotClose(target=REF, follow_up="x"),
        PilotEdit(target=REF, planned=((9, day("2009-03-12")),), users=""),
        Commit(target=REF, party="ea-A-b", component="dpm"),
        Withdraw(target=REF, party="ea-A-b"),
        WishFor(target=REF, component="dpm", minimum=0),
        ImportRegistry(target=REF, partners=(PARTNER,), commitments=(GOLD,), wishes=(WISH,), remove=(REF,)),
    ],
)
def test_a_command_waits_in_the_outbox_as_it_was_given(command: PilotCommand | RegistryCommand) -> None:
    assert COMMANDS.decode(CODER.encode(command)) == command


def test_records_lie_in_the_store_as_they_are() -> None:
    spent = (Spent(role=Role.SITE, minutes=720, on=day("2009-02-13")),)
    pilot = after(wms(6), msgspec.structs.replace(sign(7, "2009-02-13"), spent=spent), on="2009-02-13")
    for record in (pilot, PARTNER, GOLD, WISH):
        assert RECORDS.decode(CODER.encode(record)) == record


def test_only_what_is_done_or_left_out_lets_the_next_step_begin() -> None:
    assert [state for state in StepState if state.settled] == [StepState.DONE, StepState.SKIPPED]
