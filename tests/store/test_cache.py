"""What the cache promises: order, counts, only differences, and records that another version wrote."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppstui.model import Assignment, Kind, Message, Phase, Ref, Rollout, Voice
from ppstui.store import Cache, Place, Reading, Tally
from ppstui.store.merging import merged
from tests.desk.world import START, Clock, rollout, team

if TYPE_CHECKING:
    from pathlib import Path

    from ppstui.model import Record


def judged(record: Record) -> Place:
    live = not isinstance(record, Rollout) or record.phase.live
    return Place(live=live, urgency=float(len(record.ref.id)), changes_at=START, text=str(record.ref).casefold())


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache.sqlite", Clock(), print)


def refs(cache: Cache, *, live: bool = True, chunk: int = 3) -> list[str]:
    return [placed.ref.id for some in cache.lines(Kind.ROLLOUT, live=live, chunk=chunk) for placed in some]


def test_lines_come_most_pressing_first_however_they_are_cut(cache: Cache) -> None:
    names = ["333", "1", "22", "4444", "2", "11", "3", "111"]
    cache.put("rt", Kind.ROLLOUT, [rollout(f"rt:{name}") for name in names], judge=judged)
    expected = ["1", "2", "3", "11", "22", "111", "333", "4444"]
    for chunk in (1, 2, 3, 8, 100):
        assert refs(cache, chunk=chunk) == expected
    placed, tally = cache.first(Kind.ROLLOUT, 3)
    assert [entry.ref.id for entry in placed] == expected[:3]
    assert tally == Tally(8, 0)
    assert placed[0].place == Place(live=True, urgency=1.0, changes_at=START, text="rt:1")


def test_counts_follow_what_comes_goes_and_closes(cache: Cache) -> None:
    cache.put("rt", Kind.ROLLOUT, [rollout(f"rt:{number}") for number in range(5)], judge=judged)
    closed = rollout("rt:1", phase=Phase.RESOLVED)
    assert cache.put("rt", Kind.ROLLOUT, [closed], judge=judged).tally == Tally(4, 1)
    assert cache.put("rt", Kind.ROLLOUT, [rollout("rt:1")], judge=judged).tally == Tally(5, 0)
    assert cache.put("rt", Kind.ROLLOUT, gone=[Ref("rt", "2"), Ref("rt", "77")], judge=judged).dropped == (
        Ref("rt", "2"),
    )
    stored = cache.put("rt", Kind.ROLLOUT, keep=frozenset([Ref("rt", "0"), Ref("rt", "1")]), judge=judged)
    assert stored.dropped == (Ref("rt", "3"), Ref("rt", "4"))
    assert stored.tally == Tally(2, 0)


def test_other_sources_and_kinds_are_not_dropped(cache: Cache) -> None:
    cache.put("rt", Kind.ROLLOUT, [rollout("rt:1")], judge=judged)
    cache.put("jira", Kind.ROLLOUT, [rollout("jira:1")], judge=judged)
    cache.put("rt", Kind.TEAM, [team("rt:ea-X-Y", "ea-X-Y")], judge=judged)
    cache.put("rt", Kind.ROLLOUT, keep=frozenset(), judge=judged)
    assert cache.get(Kind.ROLLOUT, Ref("jira", "1")) == rollout("jira:1")
    assert cache.get(Kind.TEAM, Ref("rt", "ea-X-Y")) is not None
    assert cache.get(Kind.ROLLOUT, Ref("rt", "1")) is None


def test_what_is_the_same_is_neither_judged_nor_written(cache: Cache) -> None:
    asked: list[Ref] = []

    def noted(record: Record) -> Place:
        asked.append(record.ref)
        return judged(record)

    records = [rollout("rt:1"), rollout("rt:2")]
    cache.put("rt", Kind.ROLLOUT, records, judge=noted)
    changed = msgspec.structs.replace(records[1], owner="me")
    stored = cache.put("rt", Kind.ROLLOUT, [records[0], changed], judge=noted)
    assert [record for record, _ in stored.changed] == [changed]
    assert asked == [Ref("rt", "1"), Ref("rt", "2"), Ref("rt", "2")]


def test_the_cursor_is_kept_with_the_time_of_the_reading(cache: Cache) -> None:
    assert cache.cursor("rt", Kind.ROLLOUT) == ""
    reading = Reading("rt", Kind.ROLLOUT, "c1", START, "no right to see comments")
    cache.put("rt", Kind.ROLLOUT, reading=reading, judge=judged)
    assert cache.cursor("rt", Kind.ROLLOUT) == "c1"
    assert cache.readings() == (reading,)


def test_a_record_of_another_version_is_forgotten_and_everything_read_again(cache: Cache) -> None:
    reading = Reading("rt", Kind.ROLLOUT, "c1", START)
    cache.put("rt", Kind.ROLLOUT, [rollout("rt:1"), rollout("rt:2")], reading=reading, judge=judged)
    cache._file.write(lambda connection: connection.execute("UPDATE body SET record = X'81A178C0' WHERE no = 1"))
    assert cache.get(Kind.ROLLOUT, Ref("rt", "1")) is None
    assert cache.get(Kind.ROLLOUT, Ref("rt", "2")) is not None
    assert cache.cursor("rt", Kind.ROLLOUT) == "", "read everything again"
    assert refs(cache) == ["2"]
    cache.put("rt", Kind.ROLLOUT, [rollout("rt:1")], reading=reading, judge=judged)
    assert cache.get(Kind.ROLLOUT, Ref("rt", "1")) == rollout("rt:1")


@given(title=st.text(), text=st.text())
def test_any_text_survives(title: str, text: str) -> None:
    cache = Cache(None, Clock(), print)
    message = Message(id="1", at=START, author=title, voice=Voice.REPLY, text=text)
    record = msgspec.structs.replace(rollout("rt:1", title or "x"), messages=(message,))
    cache.put("rt", Kind.ROLLOUT, [record], judge=judged)
    assert cache.get(Kind.ROLLOUT, Ref("rt", "1")) == record


def test_half_characters_are_replaced_and_do_not_count_as_a_change(cache: Cache) -> None:
    record = rollout("rt:1", "half \ud800 a character")
    cache.put("rt", Kind.ROLLOUT, [record], judge=judged)
    found = cache.get(Kind.ROLLOUT, Ref("rt", "1"))
    assert isinstance(found, Rollout)
    assert found.title == "half ? a character"
    assert cache.put("rt", Kind.ROLLOUT, [record], judge=judged).changed == ()


def test_holidays_are_asked_once(cache: Cache) -> None:
    days = frozenset({dt.date(2026, 12, 25), dt.date(2026, 12, 26)})
    assert cache.holidays("CH", "GE", 2026) is None
    cache.keep_holidays("CH", "GE", 2026, days)
    cache.keep_holidays("IT", "", 2026, ())
    assert cache.holidays("CH", "GE", 2026) == days
    assert cache.holidays("IT", "", 2026) == frozenset()
    assert cache.holidays("CH", "", 2026) is None


def test_the_first_page_is_read_by_index_and_counts_are_not_counted(cache: Cache) -> None:
    cache.open()

    def plan(connection: object) -> str:
        rows = connection.execute(  # type: ignore[attr-defined]
            "EXPLAIN QUERY PLAN SELECT source, id, live, urgency, changes_at, text FROM line"
            " WHERE kind = 'rollouts' AND live = 1 ORDER BY urgency, source, id LIMIT 200"
        ).fetchall()
        return " ".join(str(row[3]) for row in rows)

    found = cache._file.read(plan)
    assert "USING INDEX pressing" in found
    assert "TEMP B-TREE" not in found


# ------------------------------------------------------------------------------------------------------------ merging

WHOLE = msgspec.structs.replace(
    rollout("rt:1", "old", teams=["ea-A-B", "ea-C-D"]),
    owner="someone",
    messages=(Message(id="1", at=START, author="ea", voice=Voice.REPLY, text="accept A-B"),),
)


def listed(**columns: object) -> Rollout:
    return msgspec.structs.replace(Rollout(ref=Ref("rt", "1"), whole=False), **columns)


def test_a_whole_record_replaces_what_was_known() -> None:
    news = rollout("rt:1", "new")
    assert merged(WHOLE, news) is news


def test_columns_replace_columns_only() -> None:
    found = merged(WHOLE, listed(title="new", status="stalled", phase=Phase.STALLED, rev="9", updated=START))
    assert found == msgspec.structs.replace(WHOLE, title="new", status="stalled", phase=Phase.STALLED)
    assert found.rev == WHOLE.rev, "up to where the details are known"


def test_a_column_that_is_not_said_takes_nothing_away() -> None:
    assert merged(WHOLE, listed(phase=Phase.OPEN)) == WHOLE


def test_teams_in_a_list_keep_when_they_were_told() -> None:
    news = listed(phase=Phase.OPEN, assignments=(Assignment(team="ea-C-D"), Assignment(team="ea-E-F")))
    found = merged(WHOLE, news)
    assert isinstance(found, Rollout)
    assert found.assignments == (WHOLE.assignments[1], Assignment(team="ea-E-F"))


def test_columns_replace_columns_where_nothing_more_is_known() -> None:
    known, news = listed(title="old", owner="someone"), listed(title="new")
    assert merged(known, news) is news
