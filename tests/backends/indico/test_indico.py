from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ppstui.backends.indico import Options
from ppstui.backends.indico.client import PAGE
from ppstui.backends.indico.parse import agenda, text_of
from ppstui.backends.indico.rows import EventRow
from ppstui.errors import BackendError, Garbled, Gone, NotAuthorised, Refused
from ppstui.model import Agenda, Kind, Ref
from ppstui.testing import Reading, read
from tests.backends.indico.fake import EMT, OPS, SCM, SOURCE, FakeIndico, IndicoWorld, Item

if TYPE_CHECKING:
    from collections.abc import Sequence

SAMPLES = Path(__file__).parent / "samples"
ZURICH = "Europe/Zurich"


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def answering(*answers: tuple[str, bytes], status: int = 200, kind: str = "application/json") -> IndicoWorld:
    """A server that answers an address that holds the one with the other, and everything else with nothing."""
    world = IndicoWorld(token="", categories=(EMT, OPS, SCM))
    nothing = sample("categ-protected-anonymous-empty.json")

    def answer(request: httpx.Request) -> httpx.Response:
        for part, body in answers:
            if part in str(request.url):
                return httpx.Response(status, headers={"content-type": kind}, content=body, request=request)
        return httpx.Response(200, headers={"content-type": kind}, content=nothing, request=request)

    world.wire.answer(answer)
    return world


def meetings(reading: Reading) -> list[Agenda]:
    found = [record for record in reading.records.values() if isinstance(record, Agenda)]
    return sorted(found, key=lambda each: (each.start, each.ref))


async def failing(world: IndicoWorld) -> BackendError:
    with pytest.raises(BackendError) as raised:
        await read(world.open(), Kind.MEETING)
    return raised.value


# ----------------------------------------------------------------------------------------------------- real answers


async def test_the_sample_of_three_categories_is_read_across_the_end_of_summer_time() -> None:
    reading = await read(answering(("offset=0", sample("categ-events.json"))).open(), Kind.MEETING)
    found = meetings(reading)
    told = [(each.ref.id, f"{each.start:%m-%dT%H:%MZ}", each.title, each.cancelled) for each in found]
    assert told == [
        ("13", "10-15T13:30Z", "Tier1 Service Coordination Meeting", False),
        ("7", "10-19T12:30Z", "EMT meeting (Monday)", False),
        ("8", "10-19T14:00Z", "Weekly Operations meeting", False),
        ("11", "10-21T14:30Z", "EMT meeting (Wednesday)", False),
        ("9", "10-26T13:30Z", "EMT meeting (Monday)", False),
        ("10", "10-26T15:00Z", "Weekly Operations meeting", False),
        ("12", "10-28T15:30Z", "EMT meeting (Wednesday)", True),
        ("14", "10-29T14:30Z", "Tier1 Service Coordination Meeting", False),
    ]
    assert reading.complete
    cancelled = found[6]
    assert cancelled.description == "Cancelled: public holiday"
    assert (cancelled.room, cancelled.category) == ("28-R-06 (CERN)", "EMT meetings")
    assert cancelled.url == "https://indico.example.org/event/12/"
    assert not cancelled.whole, "no contributions were in that answer"


async def test_contributions_are_the_agenda() -> None:
    found = meetings(await read(answering(("offset=0", sample("categ-contributions.json"))).open(), Kind.MEETING))
    items = [(item.title, item.start, item.minutes) for item in found[0].agenda]
    start = dt.datetime(2026, 10, 19, 14, 0, tzinfo=dt.UTC)
    assert items == [
        ("gLite release status", start, 15),
        ("Active pilot services", start + dt.timedelta(minutes=15), 10),
        ("Early Adopter vacancies", start + dt.timedelta(minutes=25), 5),
        ("ROC reports", start + dt.timedelta(minutes=30), 20),
    ]
    assert found[0].agenda[0].url == "https://indico.example.org/event/8/contributions/12/"
    assert all(each.whole for each in found)


async def test_a_look_has_the_minutes_and_the_entries_of_the_timetable_in_the_order_of_time() -> None:
    table = json.loads(sample("timetable.json"))
    day = table["results"]["5"]["20261123"]
    table["results"]["5"]["20261123"] = dict(reversed(list(day.items())))
    world = answering(
        ("/export/event/5.json", sample("event-with-note.json")), ("/export/timetable/5", json.dumps(table).encode())
    )
    found = await world.open().look(Ref(SOURCE, "5"))
    assert isinstance(found, Agenda)
    assert found.minutes == (
        "Minutes\n- gLite 3.2 Update 23 released to staged rollout.\n- Pilot: WMS 3.2 extended by one week."
    )
    assert found.description == "Weekly Operations meeting"
    assert [item.title for item in found.agenda] == ["gLite release status", "Pilot services", "Vacancies"]
    assert found.agenda[0].url == "https://indico.example.org/event/5/contributions/5/"
    assert found.whole


async def test_a_token_that_is_not_taken_is_said_in_a_sentence_and_not_shown_as_a_page_of_39_kb() -> None:
    world = IndicoWorld()
    world.indico.token += "x"  # revoked: what the desk has is the old one
    world.options["token"] = "env:INDICO"
    backend = IndicoWorld(FakeIndico(token="indp_old"), token="env:INDICO")
    backend.wire.inner = world.wire
    error = await failing(backend)
    assert type(error) is NotAuthorised
    assert "the token is not accepted" in str(error)
    assert "Oops" not in str(error)
    assert len(str(error)) < 250
    assert "indp_old" not in str(error)
    real = answering(("export", sample("error-400-bad-token-first-lines.html")), status=400, kind="text/html")
    real.options["token"] = "env:INDICO"
    assert "the token is not accepted" in str(await failing(real))


async def test_a_token_without_the_scope_is_said_so() -> None:
    world = IndicoWorld(FakeIndico(scopes=("read:user",)))
    assert "scope Classic API (read only)" in str(await failing(world))
    world = answering(("export", b'{"error": "insufficient_scope"}'), status=403)
    world.options["token"] = "env:INDICO"
    assert "scope Classic API (read only)" in str(await failing(world))


async def test_what_indico_says_in_json_is_handed_on() -> None:
    world = answering(("export", sample("error-400-bad-date.json")), status=400)
    error = await failing(world)
    assert type(error) is Refused
    assert "Impossible to parse 'garbage'" in str(error)
    world = answering(("export", sample("error-403-not-authenticated.json")), status=403)
    assert type(await failing(world)) is NotAuthorised


async def test_a_stranger_who_is_shown_nothing_is_not_told_that_there_is_nothing() -> None:
    reading = await read(answering().open(), Kind.MEETING)
    assert reading.records == {}
    assert reading.notes == [
        f"{SOURCE}: nothing is visible in categories 7, 8, 9 without a token; empty or protected: set token to know"
    ]


# --------------------------------------------------------------------------------------------- a server with a memory


async def test_a_protected_category_is_noted_for_strangers_and_read_with_a_token() -> None:
    world = IndicoWorld(token="", categories=(EMT, SCM))
    world.indico.protected = {SCM}
    world.indico.add("EMT", "2026-11-23 14:30")
    world.indico.add("T1SCM", "2026-11-26 15:30", SCM)
    reading = await read(world.open(), Kind.MEETING)
    assert [each.title for each in meetings(reading)] == ["EMT"]
    assert "nothing is visible in category 9 without a token" in reading.notes[0]
    world.options["token"] = "env:INDICO"
    reading = await read(world.open(), Kind.MEETING)
    assert [each.title for each in meetings(reading)] == ["EMT", "T1SCM"]
    assert reading.notes == []
    assert all("onlyauthed=yes" in str(each.url) for each in world.wire.requests[-1:])


async def test_a_parent_category_that_shows_what_is_below_it_is_not_taken_for_a_hidden_one() -> None:
    world = IndicoWorld(token="", categories=(1,))
    world.indico.add("EMT", "2026-11-23 14:30")
    reading = await read(world.open(), Kind.MEETING)
    assert [each.title for each in meetings(reading)] == ["EMT"]
    assert reading.notes == []


async def test_only_the_window_is_read() -> None:
    world = IndicoWorld(back=dt.timedelta(days=7), ahead=dt.timedelta(days=7))
    for day in ("2026-11-10", "2026-11-11", "2026-11-25", "2026-11-26"):
        world.indico.add(day, f"{day} 14:30")
    assert [each.title for each in meetings(await read(world.open(), Kind.MEETING))] == ["2026-11-11", "2026-11-25"]


@pytest.mark.parametrize("count", [PAGE - 1, PAGE, PAGE + 1, 2 * PAGE])
async def test_every_meeting_is_read_once_however_many_pages_there_are(count: int) -> None:
    world = IndicoWorld()
    for number in range(count):
        world.indico.add(f"meeting {number}", f"2026-11-23 {number % 24:02}:00")
    reading = await read(world.open(), Kind.MEETING)
    assert len(reading.records) == count
    assert reading.complete
    assert len(world.wire.requests) == count // PAGE + 1


async def test_a_server_that_knows_no_offset_is_not_asked_for_ever() -> None:
    world = IndicoWorld()
    for number in range(PAGE):
        world.indico.add(f"meeting {number}", "2026-11-23 14:30")
    whole = FakeIndico(events=world.indico.events)

    def deaf(request: httpx.Request) -> httpx.Response:
        return whole(httpx.Request("GET", request.url.copy_set_param("offset", "0"), headers=request.headers))

    world.wire.inner = httpx.MockTransport(deaf)
    assert len((await read(world.open(), Kind.MEETING)).records) == PAGE
    assert len(world.wire.requests) == 2


async def test_a_meeting_without_contributions_has_what_its_timetable_holds_and_one_with_asks_no_further() -> None:
    world = IndicoWorld()
    noon = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
    event = world.indico.add("EMT", "2026-11-23 13:00", breaks=[Item("Coffee", noon)])
    found = await world.open().look(Ref(SOURCE, str(event.id)))
    assert isinstance(found, Agenda)
    assert [item.title for item in found.agenda] == ["Coffee"]
    event.items = [
        Item("later", None),
        Item("second", noon + dt.timedelta(minutes=20)),
        Item("first", noon, 20, ("Ada L",)),
    ]
    world.wire.requests.clear()
    found = await world.open().look(Ref(SOURCE, str(event.id)))
    assert isinstance(found, Agenda)
    assert [item.title for item in found.agenda] == ["first", "second", "later"]
    assert found.agenda[0].speakers == ("Ada L",)
    assert len(world.wire.requests) == 1


@pytest.mark.parametrize(
    ("label", "off"),
    [
        ({"title": "Cancelled", "is_event_not_happening": False}, True),
        ({"title": "CANCELED", "is_event_not_happening": False}, True),
        ({"title": "Moved to Zoom", "is_event_not_happening": False}, False),
        ({"title": "Entfällt", "is_event_not_happening": True}, True),
        ({"title": "anything", "is_event_not_happening": True}, True),
        ({"title": None, "message": None, "is_event_not_happening": False}, False),
        (None, False),
    ],
)
async def test_what_does_not_take_place_is_told_by_mark_or_by_the_labels_name(
    label: dict[str, Any] | None, off: bool
) -> None:
    world = IndicoWorld()
    world.indico.add("EMT", "2026-11-23 14:30", label=label)
    assert [each.cancelled for each in meetings(await read(world.open(), Kind.MEETING))] == [off]


async def test_one_broken_event_costs_nobody_the_others() -> None:
    answer = json.loads(sample("categ-events.json"))
    answer["results"][0]["startDate"] = {"date": "2026-02-31", "time": "14:30:00", "tz": ZURICH}
    answer["results"][1]["startDate"]["tz"] = "Europe/Nowhere"
    answer["results"][2]["title"] = 7
    answer["results"][3]["id"] = "../../x"
    reading = await read(answering(("offset=0", json.dumps(answer).encode())).open(), Kind.MEETING)
    assert {ref.id for ref in reading.records} == {"9", "10", "12", "14"}
    assert "4 meetings could not be read" in reading.notes[-1]


async def test_an_answer_in_which_nothing_makes_sense_is_not_taken_for_an_empty_one() -> None:
    answer = {"count": 1, "results": [{"id": "7", "startDate": "yesterday"}]}
    assert type(await failing(answering(("offset=0", json.dumps(answer).encode())))) is Garbled
    assert type(await failing(answering(("export", b'{"count": 0}')))) is Garbled
    assert type(await failing(answering(("export", b'{"results": "many"}')))) is Garbled


async def test_a_meeting_that_one_may_not_see_is_gone() -> None:
    world = IndicoWorld(token="", categories=(SCM,))
    world.indico.protected = {SCM}
    event = world.indico.add("T1SCM", "2026-11-26 15:30", SCM)
    with pytest.raises(Gone, match="that this account may see"):
        await world.open().look(Ref(SOURCE, str(event.id)))


async def test_checking_says_who_we_are_and_where_nothing_is_visible() -> None:
    world = IndicoWorld(categories=(EMT, 4711))
    world.indico.add("EMT", "2026-11-23 14:30")
    health = await world.open().check()
    assert health.text == f"{SOURCE}: Indico, as ada@example.org: meetings now 1 in category 7, 0 in category 4711"
    assert health.user == "ada@example.org"
    assert [each for each in health.problems if "4711" in each]
    world.indico.scopes = ("read:legacy_api",)
    assert "with a token" in (await world.open().check()).text, "that scope is enough for the work"


# ---------------------------------------------------------------------------------------------------------- options


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"url": "indico.example.org"}, "url: names no server"),
        ({"url": "https://indico.example.org:99999"}, "url: host or port is none"),
        ({"url": "ftp://indico.example.org"}, "url: names no server"),
        ({"categories": ("EMT",)}, "categories: 'EMT' is no number"),
        ({"categories": (-1,)}, "categories: '-1' is no number"),
        ({"categories": ("7-8",)}, "categories: '7-8' is no number"),
    ],
)
def test_options_that_can_be_none_are_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Options(**{"url": "https://indico.example.org", "categories": (7,), **options})


def test_categories_may_be_numbers_or_texts_and_each_counts_once() -> None:
    assert Options(url="https://indico.example.org", categories=(7, "8", "7")).numbers == (7, 8)


# ------------------------------------------------------------------------------------------------------------- texts


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        (None, ""),
        ("R&amp;D: 3 < 4", "R&D: 3 < 4"),
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("<ul><li>one</li><li class='x'>two &lt;b&gt;</li></ul>", "- one\n- two <b>"),
        ("<script>steal()</script><p>seen</p>", "seen"),
        ("Review of <vector>", "Review of <vector>"),
    ],
)
def test_html_becomes_plain_text(html: str | None, text: str) -> None:
    assert text_of(html) == text


WILD: st.SearchStrategy[Any] = st.one_of(st.none(), st.text(max_size=30), st.integers(), st.booleans())


@settings(max_examples=60)
@given(st.lists(st.fixed_dictionaries({}, optional={"title": WILD, "duration": WILD, "startDate": WILD, "url": WILD})))
def test_contributions_of_any_shape_never_cost_the_meeting(rows: Sequence[dict[str, Any]]) -> None:
    event = {"id": "7", "startDate": {"date": "2026-11-23", "time": "14:30:00", "tz": ZURICH}, "contributions": rows}
    found = agenda(msgspec.json.decode(json.dumps(event).encode(), type=EventRow), SOURCE, "https://indico.example.org")
    assert found.start == dt.datetime(2026, 11, 23, 13, 30, tzinfo=dt.UTC)
    assert len(found.agenda) <= len(rows)
    assert all("\n" not in item.title and item.title for item in found.agenda)
