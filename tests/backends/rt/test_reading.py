from __future__ import annotations

import datetime as dt

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppstui.backends.rt import RT, Fields, Options, ParentStatus, Status
from ppstui.backends.rt.cursor import Cursor, fingerprint, read_cursor
from ppstui.backends.rt.rows import instant
from ppstui.errors import Gone, NotAuthorised
from ppstui.model import Exposure, Kind, Link, Phase, Ref, Rollout, Voice
from ppstui.rules.exposure_lines import read_exposures, write_exposure
from ppstui.rules.references import incidents
from ppstui.testing import Reading, known_to, read, toolbox
from tests.backends.rt.fake import TEAMS, FakeRT
from tests.backends.rt.worlds import SOURCE, FakeWorld


def ref(number: int) -> Ref:
    return Ref(SOURCE, str(number))


async def board(world: FakeWorld) -> dict[int, Rollout]:
    return rollouts(await read(world.open(), Kind.ROLLOUT))


def rollouts(reading: Reading) -> dict[int, Rollout]:
    return {int(each.id): record for each, record in reading.records.items() if isinstance(record, Rollout)}


async def refreshed(world: FakeWorld, reading: Reading) -> Reading:
    world.wire.requests.clear()
    after = await read(world.open(), Kind.ROLLOUT, known_to(reading))
    after.records = after.onto(reading.records)
    return after


# -------------------------------------------------------------------------------------------------------- messages


async def test_one_text_of_each_message_whatever_its_parts() -> None:
    world = FakeWorld()
    rt, ticket = world.rt, world.rt.make("x", text="Please test.").id
    rt.say(ticket, "Correspond", "a", "plain")
    rt.say(ticket, "Correspond", "b", html="<p>only HTML</p><blockquote>asked</blockquote>")
    rt.say(ticket, "Correspond", "c", "both", html="<p>both</p>")
    rt.say(ticket, "Correspond", "d", " \n", html="<p>the plain part is empty</p>")
    rt.say(ticket, "Correspond", "e", "with a file", files=["report.odt"])
    rt.say(ticket, "Comment", "f", "internal")
    record = (await board(world))[ticket]
    texts = [(message.author, message.voice, message.text.strip()) for message in record.messages]
    assert texts == [
        ("RT_System", Voice.DESCRIPTION, "Please test."),
        ("a", Voice.REPLY, "plain"),
        ("b", Voice.REPLY, "only HTML\n> asked"),
        ("c", Voice.REPLY, "both"),
        ("d", Voice.REPLY, "the plain part is empty"),
        ("e", Voice.REPLY, "with a file"),
        ("f", Voice.COMMENT, "internal"),
    ]
    assert [(file.name, file.size) for file in record.attachments] == [("report.odt", 12)]


async def test_hundreds_of_messages_of_every_kind_are_read_once_each() -> None:
    world = FakeWorld()
    rt, tickets = world.rt, [world.rt.make(f"ticket {n}", text="d").id for n in range(30)]
    for number in tickets:
        for turn in range(8):
            html = f"<p>{number}.{turn}</p>" if turn % 3 == 0 else ""
            rt.say(number, "Correspond", "a", "" if turn % 6 == 0 else f"{number}.{turn}", html=html)
    found = await board(world)
    for number in tickets:
        texts = [message.text.strip() for message in found[number].messages]
        assert texts == ["d", *(f"{number}.{turn}" for turn in range(8))]


def full(world: FakeWorld, tickets: int = 200, *, html: bool = False, replies: int = 3) -> None:
    """So many rollouts, each with a parent, two teams, a description, replies, and an internal note."""
    for _ in range(tickets):
        parent = world.rt.make("p", queue="sw-rel").id
        ticket = world.rt.make("x", text="Please test: https://example.org/notes")
        ticket.member_of = [parent]
        world.rt.set_field(ticket.id, 7, list(TEAMS[:2]), "colleague")
        for turn in range(replies):
            world.rt.say(ticket.id, "Correspond", "a", "" if html else f"{turn}", html=f"<p>{turn}</p>" if html else "")
        world.rt.say(ticket.id, "Comment", "b", "I rang them.")


@pytest.mark.parametrize("html", [False, True])
async def test_two_hundred_rollouts_of_five_messages_and_the_teams_keep_to_thirty_questions(*, html: bool) -> None:
    world = FakeWorld()
    full(world, html=html)
    backend = world.open()
    found = rollouts(await read(backend, Kind.ROLLOUT))
    await read(backend, Kind.TEAM)
    assert len(world.wire.requests) <= 30
    for record in found.values():
        assert record.whole
        told = [message.text.strip() for message in record.messages]
        assert told[:4] == ["Please test: https://example.org/notes", "0", "1", "2"]
        assert [message.voice for message in record.messages][-1] is Voice.COMMENT


async def test_of_many_notes_those_are_read_that_a_rule_needs_and_a_look_has_them_all() -> None:
    world = FakeWorld()
    full(world, replies=1)
    incident, exposed, plain = 2, 4, 6
    world.rt.say(incident, "Comment", "b", "see https://helpdesk.ggus.eu/ticket/7")
    world.rt.say(exposed, "Comment", "b", html="<div>ppstui: exposure of all until 2026-11-29</div>")
    reading = await read(world.open(), Kind.ROLLOUT)
    found = rollouts(reading)
    assert incidents(found[incident]) == ("https://helpdesk.ggus.eu/ticket/7",)
    assert [each.until for each in found[exposed].exposures] == [dt.date(2026, 11, 29)]
    assert [message.text for message in found[plain].messages] == [found[plain].messages[0].text, "0", ""]
    looked = await world.open().look(ref(plain))
    assert isinstance(looked, Rollout)
    assert looked.messages[-1].text == "I rang them."
    world.rt.say(plain, "Correspond", "a", "accept")
    after = rollouts(await refreshed(world, reading))
    assert len(world.wire.requests) <= 6
    assert [message.text for message in after[plain].messages[-2:]] == ["I rang them.", "accept"]


@pytest.mark.parametrize("described", [False, True])
@pytest.mark.parametrize("tickets", [50, 100, 101])
async def test_a_message_of_several_parts_at_the_end_of_a_full_page_loses_no_answer(
    tickets: int, *, described: bool
) -> None:
    world = FakeWorld()
    for n in range(tickets):
        world.rt.make("x", text="Please test." if described else "")
        world.rt.say(n + 1, "Comment", "b", "ringing")
        world.rt.say(n + 1, "Comment", "b", "rang")
        world.rt.say(n + 1, "Correspond", "a", "hello")
    last = next(part for part in reversed(world.rt.parts) if part.content == "hello")
    last.message_id = last.subject = ""
    part = world.rt.attach(world.rt.transactions[0], "text/plain", "accept NGI_IT-INFN-T1")
    part.transaction = last.transaction
    record = (await board(world))[tickets]
    assert "accept NGI_IT-INFN-T1" in record.messages[-1].text


async def test_a_hundred_invisible_transactions_in_a_row_do_not_end_a_history() -> None:
    world = FakeWorld()
    rt, ticket = world.rt, world.rt.make("x", text="Please test.").id
    rt.say(ticket, "Correspond", "a", "before")
    for _ in range(250):
        rt.say(ticket, "Comment", "b", "not for everybody")
    rt.may.discard("SeeComments")
    assert [message.text for message in (await board(world))[ticket].messages] == ["Please test.", "before"]
    looked = await world.open().look(ref(ticket))
    assert isinstance(looked, Rollout)
    assert [message.text for message in looked.messages] == ["Please test.", "before"]


async def test_tickets_that_are_not_counted_are_all_read_all_the_same() -> None:
    world = FakeWorld(FakeRT(counts=False))
    made = {world.rt.make(f"ticket {n}").id for n in range(201)}
    assert set(await board(world)) == made


async def test_who_was_put_in_and_when_also_for_one_taken_out_and_put_back() -> None:
    world = FakeWorld()
    rt, ticket = world.rt, world.rt.make("x").id
    rt.set_field(ticket, 7, [TEAMS[0]], "first")
    rt.set_field(ticket, 7, [], "second")
    rt.set_field(ticket, 7, [TEAMS[1], TEAMS[0]], "third")
    record = (await board(world))[ticket]
    assert [(each.team, each.by) for each in record.assignments] == [(TEAMS[1], "third"), (TEAMS[0], "third")]
    assert all(each.notified and each.notified > rt.tickets[ticket].created for each in record.assignments)
    assert [event.text for event in record.events] == [
        f"teams + {TEAMS[0]}",
        f"teams - {TEAMS[0]}",
        f"teams + {TEAMS[1]}",
        f"teams + {TEAMS[0]}",
    ]


async def test_teams_a_ticket_was_made_with_count_from_then() -> None:
    world = FakeWorld()
    ticket = world.rt.make("x")
    ticket.fields[7] = [TEAMS[0]]
    (assignment,) = (await board(world))[ticket.id].assignments
    assert (assignment.notified, assignment.by) == (ticket.created, "")


async def test_links_parents_and_fields_are_told_apart() -> None:
    world = FakeWorld(parent_status=ParentStatus(rollout=("In the field",)))
    parent, stray = world.rt.make("EMI.dpm", queue="sw-rel"), world.rt.make("other", queue="elsewhere")
    parent.status, parent.fields = "in the field", {8: ["ACCEPT"], 9: ["12"]}
    ticket = world.rt.make("x")
    ticket.member_of, ticket.fields = [stray.id, parent.id], {4: ["1.8"], 9: ["77"]}
    ticket.refers_to = ["https://helpdesk.ggus.eu/ticket/1", "https://example.org/notes"]
    record = (await board(world))[ticket.id]
    assert record.parent is not None
    assert (record.parent.title, record.parent.progress, record.parent.outcome) == ("EMI.dpm", "StageRollOut", "ACCEPT")
    assert record.parent.document == "12"
    assert record.links == (
        Link(url="https://example.org/notes"),
        Link(url="https://helpdesk.ggus.eu/ticket/1", relation="incident"),
    )
    assert (record.document_url, record.fields) == ("https://documents.egi.eu/document/77", (("Version", "1.8"),))


# -------------------------------------------------------------------------------------------------------- statuses


async def test_status_words_mean_what_the_configuration_says_in_any_case() -> None:
    words = Status(new=("Untouched",), open=("RUNNING",), resolved=("finished",))
    world = FakeWorld(FakeRT(inactive=("finished", "deleted")), status=words)
    for number, word in enumerate(("untouched", "Running", "finished", "puzzled"), 1):
        world.rt.make("x")
        world.rt.set_status(number, word, "colleague")
    reading = await read(world.open(), Kind.ROLLOUT)
    assert [record.phase for _, record in sorted(rollouts(reading).items())] == [
        Phase.NEW,
        Phase.OPEN,
        Phase.RESOLVED,
        Phase.OPEN,
    ]
    assert "puzzled" in reading.notes[-1]
    world.touch(ref(1))
    after = await refreshed(world, reading)
    assert after.notes == [reading.notes[-1]], "what is still wrong is still said"


async def test_a_field_that_was_made_meanwhile_is_missed_no_more() -> None:
    world = FakeWorld(fields=Fields(progress="", outcome="Verdict"))
    world.rt.make("x")
    reading = await read(world.open(), Kind.ROLLOUT)
    assert "'Verdict'" in reading.notes[-1]
    world.rt.names[11] = "Verdict"
    world.touch(ref(1))
    assert (await refreshed(world, reading)).notes == []


async def test_what_was_closed_long_ago_is_not_read() -> None:
    world = FakeWorld()
    for number in (1, 2):
        world.rt.make("x")
        world.rt.set_status(number, "resolved", "colleague")
    world.rt.tickets[1].resolved = world.rt.now - dt.timedelta(days=31)
    assert set(await board(world)) == {2}


async def test_what_is_commented_on_long_after_it_was_closed_stays_away() -> None:
    world = FakeWorld()
    world.rt.make("x")
    world.rt.set_status(1, "resolved", "colleague")
    world.rt.tickets[1].resolved = world.rt.now - dt.timedelta(days=31)
    reading = await read(world.open(), Kind.ROLLOUT)
    world.touch(ref(1))
    assert (await refreshed(world, reading)).records == {}


# --------------------------------------------------------------------------------------------------- going on


async def test_nothing_new_costs_two_questions_and_what_was_said_is_said_again() -> None:
    world = FakeWorld(fields=Fields(teams="Teems"))
    world.rt.make("x")
    reading = await read(world.open(), Kind.ROLLOUT)
    after = await refreshed(world, reading)
    assert len(world.wire.requests) <= 2
    assert after.notes == [reading.notes[-1]]
    assert "'Teems' (fields.teams)" in after.notes[0]
    assert "EA Teams" in after.notes[0]


async def test_one_answer_costs_at_most_six_questions() -> None:
    world = FakeWorld()
    parent = world.rt.make("p", queue="sw-rel").id
    for _ in range(150):
        world.rt.make("x").member_of = [parent]
    reading = await read(world.open(), Kind.ROLLOUT)
    world.rt.say(70, "Correspond", "a", "accept", html="<p>accept</p>", files=["report.odt"])
    world.rt.set_field(70, 7, [TEAMS[0]], "colleague")
    world.rt.set_status(parent, "resolved", "colleague")
    after = await refreshed(world, reading)
    assert len(world.wire.requests) <= 6
    record = rollouts(after)[70]
    assert ([message.text for message in record.messages], [file.name for file in record.attachments]) == (
        ["accept"],
        ["report.odt"],
    )
    assert {each.parent.status for each in rollouts(after).values() if each.parent} == {"resolved"}


async def test_a_ticket_that_vanishes_without_a_trace_is_missed_by_the_sweep() -> None:
    world = FakeWorld()
    for _ in range(250):
        world.rt.make("x")
    reading = await read(world.open(), Kind.ROLLOUT)
    world.rt.tickets[240].hidden = True
    for _ in range(3):
        reading = await refreshed(world, reading)
        assert len(world.wire.requests) <= 3
    assert ref(240) not in reading.records
    assert len(reading.records) == 249


async def test_a_ticket_that_comes_into_sight_without_a_trace_is_met_by_the_sweep() -> None:
    world = FakeWorld()
    world.rt.make("x")
    world.rt.make("y", text="Please test.").hidden = True
    world.rt.make("z")
    reading = await read(world.open(), Kind.ROLLOUT)
    world.rt.tickets[2].hidden = False
    found = rollouts(await refreshed(world, reading))
    assert set(found) == {1, 2, 3}
    assert [message.text for message in found[2].messages] == ["Please test."]


async def test_a_merged_ticket_leaves_the_board_and_says_where_it_went() -> None:
    world = FakeWorld()
    world.rt.make("x")
    world.rt.make("y")
    reading = await read(world.open(), Kind.ROLLOUT)
    world.rt.tickets[2].merged_into = 1
    assert set((await refreshed(world, reading)).records) == {ref(1)}
    with pytest.raises(Gone, match="merged into 1"):
        await world.open().look(ref(2))


async def test_a_merged_ticket_that_is_still_listed_is_on_the_board_once() -> None:
    world = FakeWorld(FakeRT(lists_merged=True))
    for title in ("x", "y", "z"):
        world.rt.make(title)
    reading = await read(world.open(), Kind.ROLLOUT)
    world.rt.tickets[2].merged_into = 1
    world.rt.log(2, "AddLink", "colleague", field="MergedInto", new="1")
    reading = await refreshed(world, reading)
    assert set(reading.records) == {ref(1), ref(3)}
    assert reading.gone == {ref(2)}
    assert set(await board(world)) == {1, 3}


async def test_the_last_known_transaction_may_vanish() -> None:
    world = FakeWorld()
    world.rt.make("x")
    world.rt.make("y")
    reading = await read(world.open(), Kind.ROLLOUT)
    world.rt.tickets[2].hidden = True
    world.rt.say(1, "Correspond", "a", "still here")
    reading = await refreshed(world, reading)
    assert set(reading.records) == {ref(1)}
    assert [message.text for message in rollouts(reading)[1].messages] == ["still here"]


async def test_a_server_set_back_in_time_is_read_anew() -> None:
    world = FakeWorld()
    world.rt.make("x")
    world.rt.say(1, "Correspond", "a", "lost in the backup")
    reading = await read(world.open(), Kind.ROLLOUT)
    world.rt.transactions = [row for row in world.rt.transactions if row.type == "Create"]
    after = await refreshed(world, reading)
    assert after.complete
    assert rollouts(after)[1].messages == ()


async def test_other_settings_read_everything_anew() -> None:
    world = FakeWorld()
    world.rt.make("x")
    reading = await read(world.open(), Kind.ROLLOUT)
    other = FakeWorld(world.rt, fields=Fields(outcome="Verdict"))
    assert (await read(other.open(), Kind.ROLLOUT, known_to(reading))).complete


async def test_a_flood_of_changes_is_read_anew() -> None:
    world = FakeWorld()
    world.rt.make("x")
    reading = await read(world.open(), Kind.ROLLOUT)
    for n in range(600):
        world.rt.set_status(1, f"s{n}", "colleague")
        world.rt.say(1, "Comment", "colleague", "x")
    after = await refreshed(world, reading)
    assert after.complete
    assert len(rollouts(after)[1].messages) == 600


# --------------------------------------------------------------------------------------------------------- rights


async def test_a_hidden_ticket_is_gone_and_a_locked_account_is_not_let_in() -> None:
    world = FakeWorld()
    world.rt.make("x").hidden = True
    with pytest.raises(Gone, match="not visible"):
        await world.open().look(ref(1))
    world.wire.answer(lambda request: httpx.Response(403, json={"message": "Forbidden"}, request=request))
    with pytest.raises(NotAuthorised):
        await world.open().look(ref(1))


async def test_a_new_token_counts_at_once_when_the_old_one_ended() -> None:
    world = FakeWorld()
    world.rt.make("x")
    secrets = {"env:RT_TOKEN": world.rt.token}
    backend = RT.open(
        Options(url=world.rt.url, token="env:RT_TOKEN"), toolbox(SOURCE, secrets=secrets, transport=world.wire)
    )
    await read(backend, Kind.ROLLOUT)
    world.rt.token = "1-49-ffffffffffffffffffffffffffffffff"
    with pytest.raises(NotAuthorised):
        await read(backend, Kind.ROLLOUT)
    secrets["env:RT_TOKEN"] = world.rt.token
    assert (await read(backend, Kind.ROLLOUT)).complete


async def test_a_ticket_of_another_queue_is_no_rollout() -> None:
    world = FakeWorld()
    world.rt.make("x", queue="sw-rel")
    with pytest.raises(Gone, match="queue sw-rel"):
        await world.open().look(ref(1))


async def test_a_check_names_everything_that_is_missing() -> None:
    rt = FakeRT(queues={"staged-rollout"}, names={7: "Teams"}, may=set(), url="http://rt.example.org")
    world = FakeWorld(rt)
    rt.make("x")
    health = await world.open().check()
    told = " | ".join(health.problems)
    for word in ("EA Teams", "'sw-rel'", "ReplyToTicket", "CommentOnTicket", "unencrypted"):
        assert word in told
    assert (health.user, health.version, health.fields, health.skew) == ("sro-manager", "5.0.3", ("Teams",), 0)
    assert "5 to see to" in health.text


async def test_of_many_notes_those_are_read_that_rules_look_for_polls_among_them() -> None:
    world = FakeWorld()
    world.rt.make("x", text="Please test.")
    for _ in range(250):
        world.rt.say(1, "Comment", "colleague", "I rang them.")
    world.rt.say(1, "Comment", "sro-manager", "Asked the list.\n\n[ppstui poll-1 sro-manager]\n")
    record = (await board(world))[1]
    assert [message.marks for message in record.messages if message.marks] == [("poll-1",)]
    assert not any(message.text for message in record.messages if message.author == "colleague"), "no rule needs them"


# -------------------------------------------------------------------------------------------------- small grammars

days = st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1))
exposures = st.builds(
    Exposure,
    team=st.sampled_from(["", *TEAMS]),
    start=st.none() | days,
    until=st.none() | days,
    reason=st.from_regex(r"\A(?:[a-z]{1,9}(?: [a-z]{1,9}){0,3})?\Z"),
)


@given(exposures)
def test_an_exposure_written_down_is_read_back(exposure: Exposure) -> None:
    assert read_exposures([f"Dear all,\n\n{write_exposure(exposure)}\n\nBye"]) == (exposure,)


def test_a_later_word_on_exposure_adds_to_the_earlier_and_a_quoted_one_is_none() -> None:
    team = TEAMS[0]
    said = read_exposures(
        [
            f"ppstui: exposure of {team} from 2026-11-20",
            f"> ppstui: exposure of {team} from 2020-01-01\nppstui: exposure of all from 2026-13-99",
            f"ppstui: exposure of {team} until 2026-11-29 because the node was down",
        ]
    )
    assert said == (
        Exposure(team=team, start=dt.date(2026, 11, 20), until=dt.date(2026, 11, 29), reason="the node was down"),
        Exposure(),
    )


@given(st.text())
def test_no_text_is_too_odd_for_a_cursor(text: str) -> None:
    options = Options(url="https://rt.example.org", token="env:T")
    assert read_cursor(text, options) is None
    cursor = Cursor(newest=5, tickets=(1, 2), parents={3: (1,)}, note=text, settings=fingerprint(options))
    assert read_cursor(cursor.text(), options) == cursor


@pytest.mark.parametrize("text", ["1970-01-01T00:00:00Z", "", "soon", "2026-13-01T00:00:00Z"])
def test_rts_not_set_is_no_instant(text: str) -> None:
    assert instant(text) is None
