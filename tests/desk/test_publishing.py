"""An issue goes to each place once, and what went where stands on its record, whatever breaks in between."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ppstui.errors import ConfigError, ConfigProblem, Objected, Refused, Unreachable, UsageError
from ppstui.model import Bulletin, KeepPublication, Mention, Publish, Ref, State
from ppstui.rules.bulletin.guards import digest_of
from ppstui.store.asked import DOUBT_OF_ISSUE, LEAVING
from tests.desk.press import OF, TEXT, Press, correcting, draft, publishing, saving
from tests.desk.world import World

if TYPE_CHECKING:
    from ppstui.desk import Desk
    from ppstui.model import Entry, Publication

ROOT = Path(__file__).parents[2]


@pytest.fixture
def press(tmp_path: Path) -> Press:
    return Press(World(tmp_path / "state"))


def found(desk: Desk, entry: Entry) -> Entry:
    known = desk.board.entry(entry.id)
    assert known is not None
    return known


def there(desk: Desk) -> tuple[Publication, ...]:
    """What the issue's record says was published, as its source has it."""
    record = desk.board.known(OF)
    assert isinstance(record, Bulletin)
    return record.publications


async def later(press: Press, desk: Desk) -> None:
    press.world.clock.turn(hours=1)
    await desk.refresh()
    await desk.deliver()


@pytest.mark.parametrize("traces", [False, True])
async def test_it_goes_once_and_the_record_says_what_went(press: Press, traces: bool) -> None:
    place = press.target(traces=traces)
    desk = await press.opened()
    entry = await desk.submit(publishing())
    await desk.deliver()
    done = found(desk, entry)
    assert (done.state, done.receipt) == (State.DONE, "250 queued")
    assert place.went == [(entry.key, TEXT)]
    (went,) = there(desk)
    assert (went.key, went.target, went.number, went.by) == (entry.key, "mail", 0, "coordinator")
    assert (went.id, went.receipt) == (f"<{entry.key}@example.org>", "250 queued")
    assert (went.format, went.digest, went.corrects) == ("text", digest_of(TEXT), "")
    assert went.at == press.world.clock.now
    for _ in range(2):
        await later(press, desk)
    assert place.tries == 1
    assert len(there(desk)) == 1


async def test_settling_writes_it_down_as_well(press: Press) -> None:
    press.target()
    desk = await press.opened()
    entry = await desk.submit(publishing())
    assert (await desk.settle(entry.id, 5)).state is State.DONE
    assert [each.target for each in there(desk)] == ["mail"]


async def test_what_is_published_already_is_refused_and_another_text_is_a_correction(press: Press) -> None:
    place = press.target()
    desk = await press.opened()
    await desk.settle((await desk.submit(publishing())).id, 5)
    for command, rule in (
        (publishing(), "published-already"),
        (publishing(text="another"), "use-correct"),
        (correcting(text="another", corrects=" "), "says-not-what"),
        (correcting(text=TEXT), "published-already"),
    ):
        with pytest.raises(Objected) as objected:
            await desk.submit(command, reason="I insist")
        assert [each.rule for each in objected.value.objections] == [rule]
    entry = await desk.submit(correcting(text="another"))
    await desk.settle(entry.id, 5)
    assert [text for _, text in place.went] == [TEXT, "another"]
    assert [(each.number, each.corrects) for each in there(desk)] == [(0, ""), (1, "VOMS has two")]


async def test_nothing_is_corrected_where_nothing_went(press: Press) -> None:
    press.target()
    desk = await press.opened()
    with pytest.raises(Objected, match="there is nothing to correct"):
        await desk.submit(correcting(), reason="I insist")


async def test_a_draft_that_may_still_change_is_not_published(press: Press) -> None:
    press.target()
    desk = press.world.desk()
    with pytest.raises(Objected, match="no such issue"):
        await desk.submit(publishing())
    await desk.settle((await desk.submit(saving())).id, 5)
    with pytest.raises(Objected, match="not frozen"):
        await desk.submit(publishing(), reason="I insist")


async def test_who_asks_twice_before_the_first_has_gone_is_told(press: Press) -> None:
    place = press.target()
    place.failure = Unreachable("targets.mail: nobody answers", source="targets.mail")
    desk = await press.opened()
    entry = await desk.submit(publishing())
    await desk.deliver()
    with pytest.raises(Objected, match=f"is on its way to mail by entry {entry.id}"):
        await desk.submit(publishing(text="another"), reason="I insist")
    await desk.discard(entry.id)
    place.failure = None
    await desk.settle((await desk.submit(publishing(text="another"))).id, 5)
    assert [text for _, text in place.went] == ["another"]


async def test_what_went_and_is_not_written_down_yet_counts_as_published(press: Press) -> None:
    press.target()
    desk = await press.opened()
    entry = await desk.submit(publishing())
    channel = next(each for each in desk.channels() if each.name == "targets.mail")
    await desk.carry(channel)
    assert found(desk, entry).state is State.DONE
    assert there(desk) == ()
    (waiting,) = [each for each in desk.board.entries() if isinstance(each.command, KeepPublication)]
    assert waiting.key == f"{entry.key}-kept"
    shown = desk.board.bulletin(OF)
    assert shown is not None
    assert [each.key for each in shown.publications] == [entry.key], "it is shown at once"
    with pytest.raises(Objected, match="mail has had"):
        await desk.submit(publishing())
    with pytest.raises(UsageError, match="nothing in the outbox that can be taken back"):
        await desk.undo()
    await desk.discard(waiting.id)
    with pytest.raises(Objected, match=f"has gone to mail by entry {entry.id}"):
        await desk.submit(publishing())


async def test_one_place_that_refuses_holds_no_other_up(press: Press) -> None:
    mail, page = press.target("mail"), press.target("wiki", traces=True)
    mail.failure = Refused("targets.mail: 550 no such list", source="targets.mail")
    desk = await press.opened()
    entries = await desk.submit_all([(publishing("mail"), "", None), (publishing("wiki"), "", None)])
    await desk.deliver()
    first, second = (found(desk, each) for each in entries if not isinstance(each, Exception))
    assert (first.state, first.mail, first.last_error) == (State.PARKED, "", "targets.mail: 550 no such list")
    assert second.state is State.DONE
    assert [each.target for each in there(desk)] == ["wiki"]
    with pytest.raises(UsageError, match="it has not gone, so there is nothing to write down"):
        await desk.keep_comment(first.id)
    assert "it has not gone" in desk.why_not_kept(first)
    mail.failure = None
    await desk.retry(first.id)
    await desk.deliver()
    assert len(mail.went) == len(page.went) == 1


async def test_a_page_that_was_changed_is_a_conflict_and_stays_as_it_is(press: Press) -> None:
    page = press.target("wiki", traces=True)
    page.went.append(("a stranger's", "notes"))
    desk = await press.opened()
    entry = await desk.submit(publishing("wiki"))
    await desk.deliver()
    parked = found(desk, entry)
    assert (parked.state, parked.conflict) == (State.PARKED, True)
    assert [text for _, text in page.went] == ["notes"]
    assert there(desk) == ()


async def test_a_place_that_does_not_know_us_is_held_until_it_does(press: Press) -> None:
    place = press.target()
    place.unknown = True
    desk = await press.opened()
    entry = await desk.submit(publishing())
    await desk.deliver()
    assert (found(desk, entry).state, found(desk, entry).mail) == (State.HELD, "")
    (held,) = [each for each in desk.board.sources() if each.name == "targets.mail"]
    assert "wrong password" in held.held
    await later(press, desk)
    assert (found(desk, entry).state, place.tries) == (State.HELD, 1), "it was asked who we are, and nothing was sent"
    place.unknown = False
    await later(press, desk)
    assert found(desk, entry).state is State.DONE
    assert len(place.went) == 1
    assert [each.name for each in desk.board.sources()] == ["local"], "a target that is well is no source to look at"


async def test_a_secret_that_cannot_be_had_holds_that_target_alone(press: Press) -> None:
    mail, page = press.target("mail"), press.target("wiki", traces=True)
    mail.failure = ConfigError([ConfigProblem("config.toml", 3, "targets.mail.password", "is not set")])
    desk = await press.opened()
    entries = await desk.submit_all([(publishing("mail"), "", None), (publishing("wiki"), "", None)])
    await desk.deliver()
    first, second = (found(desk, each) for each in entries if not isinstance(each, Exception))
    assert (first.state, first.mail) == (State.HELD, "")
    assert "targets.mail.password" in first.last_error
    assert (second.state, len(page.went)) == (State.DONE, 1)
    mail.failure = None
    await later(press, desk)
    assert (found(desk, first).state, len(mail.went)) == (State.DONE, 1)


# ------------------------------------------------------------------------------------------- where nobody can know


async def test_the_disk_knows_of_it_before_it_is_handed_over(press: Press) -> None:
    place = press.target()
    desk = await press.opened()
    entry = await desk.submit(publishing())
    place.gate = asyncio.Event()
    delivering = asyncio.ensure_future(desk.deliver())
    await place.arrivals.get()
    with contextlib.closing(sqlite3.connect(press.world.home / "outbox.sqlite")) as other:
        assert other.execute("SELECT mail FROM entry WHERE id = ?", (entry.id,)).fetchone() == (LEAVING,)
    place.gate.set()
    await delivering
    assert (found(desk, entry).state, found(desk, entry).mail) == (State.DONE, "250 queued")


async def test_an_answer_that_is_lost_asks_a_person_and_nothing_is_sent_again_unasked(press: Press) -> None:
    place = press.target()
    place.lose_answers = 1
    desk = await press.opened()
    entry = await desk.submit(publishing())
    await desk.deliver()
    parked = found(desk, entry)
    assert (parked.state, parked.mail, parked.conflict) == (State.PARKED, LEAVING, False)
    assert parked.last_error == f"targets.mail: it took it and gave no answer; {DOUBT_OF_ISSUE}"
    for _ in range(3):
        await later(press, desk)
    assert len(place.went) == 1
    assert there(desk) == ()
    await desk.retry(entry.id)
    await desk.deliver()
    assert found(desk, entry).state is State.DONE
    assert len(place.went) == 2, "a person wanted it so"
    assert len(there(desk)) == 1


async def test_who_found_that_it_went_has_that_written_down_and_it_is_not_sent(press: Press) -> None:
    place = press.target()
    place.lose_answers = 1
    desk = await press.opened()
    entry = await desk.submit(publishing())
    await desk.deliver()
    assert desk.why_not_kept(found(desk, entry)) == ""
    kept = await desk.keep_comment(entry.id)
    await later(press, desk)
    assert found(desk, entry).state is State.DISCARDED
    assert found(desk, kept).state is State.DONE
    (went,) = there(desk)
    assert (went.key, went.target, went.digest) == (entry.key, "mail", digest_of(TEXT))
    assert went.receipt == "a person says so, there was no answer"
    assert len(place.went) == 1
    with pytest.raises(Objected, match="there is nothing to do"):
        await desk.submit(publishing())


async def test_what_was_given_up_in_doubt_is_not_published_again_without_a_word(press: Press) -> None:
    place = press.target()
    place.lose_answers = 1
    desk = await press.opened()
    entry = await desk.submit(publishing())
    await desk.deliver()
    await desk.discard(entry.id)
    with pytest.raises(Objected, match=f"may have gone to mail by entry {entry.id}"):
        await desk.submit(publishing())
    assert len(place.went) == 1
    await desk.submit(publishing(), reason="the archive has no such mail")
    await desk.deliver()
    assert len(place.went) == 2
    assert len(there(desk)) == 1


async def test_a_place_that_never_answers_leaves_a_doubt(press: Press) -> None:
    place = press.target()
    desk = await press.opened(patience=0.3)
    place.gate = asyncio.Event()
    entry = await desk.submit(publishing())
    await desk.deliver()
    parked = found(desk, entry)
    assert (parked.state, parked.mail) == (State.PARKED, LEAVING)
    assert parked.last_error == f"targets.mail: no answer for 0.3 s; {DOUBT_OF_ISSUE}"


async def test_what_did_not_leave_waits_and_goes_later_once(press: Press) -> None:
    place = press.target()
    place.failure = Unreachable("targets.mail: nobody answers", source="targets.mail", retry_after=600)
    desk = await press.opened()
    entry = await desk.submit(publishing())
    await desk.deliver()
    waiting = found(desk, entry)
    assert (waiting.state, waiting.mail) == (State.WAITING, "")
    assert waiting.due is not None
    assert (waiting.due - press.world.clock.now).total_seconds() == 600
    place.failure = None
    await later(press, desk)
    assert found(desk, entry).state is State.DONE
    assert len(place.went) == len(there(desk)) == 1


async def test_quitting_in_the_middle_leaves_a_doubt_for_the_next_start(press: Press) -> None:
    place = press.target()
    desk = await press.opened()
    place.gate = asyncio.Event()
    entry = await desk.submit(publishing())
    delivering = asyncio.ensure_future(desk.deliver())
    await place.arrivals.get()
    delivering.cancel()
    await desk.aclose()
    again = press.world.desk()
    await later(press, again)
    parked = found(again, entry)
    assert (parked.state, parked.mail, parked.last_error) == (State.PARKED, LEAVING, DOUBT_OF_ISSUE)
    assert place.tries == 1


async def test_where_traces_are_left_what_was_broken_off_is_found_again(press: Press) -> None:
    place = press.target("wiki", traces=True)
    desk = await press.opened()
    place.late = asyncio.Event()
    entry = await desk.submit(publishing("wiki"))
    delivering = asyncio.ensure_future(desk.deliver())
    await place.taken.get()
    delivering.cancel()
    await desk.aclose()
    place.late = None
    again = press.world.desk()
    await later(press, again)
    assert found(again, entry).state is State.DONE
    assert place.went == [(entry.key, TEXT)]
    assert [each.key for each in there(again)] == [entry.key]


# ------------------------------------------------------------------------------------------------ two coordinators


async def test_a_colleague_who_was_quicker_stops_it(press: Press, tmp_path: Path) -> None:
    """On another machine: all they share is the store of the issues and the list they mail to."""
    place = press.target()
    place.failure = Unreachable("targets.mail: nobody answers", source="targets.mail")
    desk = await press.opened()
    entry = await desk.submit(publishing())
    await desk.deliver()
    place.failure = None
    other = World(tmp_path / "other")
    other.clock = press.world.clock
    other.sources = press.world.sources
    theirs = other.desk()
    await theirs.refresh()
    await theirs.settle((await theirs.submit(publishing())).id, 5)
    assert len(place.went) == 1
    press.world.clock.turn(hours=1)
    await desk.deliver()
    parked = found(desk, entry)
    assert (parked.state, parked.mail) == (State.PARKED, "")
    assert parked.last_error.startswith("since this was asked for: mail has had egee-operations 2026-W47")
    assert len(place.went) == 1
    await desk.retry(entry.id)
    await desk.deliver()
    assert len(place.went) == 2, "a person insists"


async def test_two_drafts_of_one_person_that_wait_do_not_conflict(press: Press) -> None:
    desk = press.world.desk()
    await desk.settle((await desk.submit(saving(draft("one")))).id, 5)
    known = desk.board.known(OF)
    assert isinstance(known, Bulletin)
    entries = [await desk.submit(saving(draft("one", text), base=known.rev)) for text in ("two", "three")]
    await desk.submit(Mention(target=OF, about=Ref("rt", "1"), text="mention this"))
    await desk.deliver()
    assert [found(desk, each).state for each in entries] == [State.DONE, State.DONE]
    last = desk.board.bulletin(OF)
    assert last is not None
    assert last.draft == draft("one", "three")
    assert [note.text for note in last.notes] == ["mention this"]


async def test_a_draft_that_a_colleague_changed_is_a_conflict_that_is_told_line_by_line(
    press: Press, tmp_path: Path
) -> None:
    desk = press.world.desk()
    await desk.settle((await desk.submit(saving(draft("one")))).id, 5)
    known = desk.board.known(OF)
    assert isinstance(known, Bulletin)
    other = World(tmp_path / "other" / "state")
    Press(other, by="anna", store=press.store)
    theirs = other.desk()
    await theirs.refresh()
    await theirs.settle((await theirs.submit(saving(draft("theirs"), base=known.rev))).id, 5)
    entry = await desk.submit(saving(draft("mine"), base=known.rev))
    await desk.deliver()
    parked = found(desk, entry)
    assert (parked.state, parked.conflict) == (State.PARKED, True)
    (difference,) = await desk.differences(entry.id)
    assert (difference.what, difference.before, difference.theirs, difference.mine) == (
        "Status: own/1",
        "one",
        "theirs",
        "mine",
    )
    await desk.retry(entry.id)
    await desk.deliver()
    assert found(desk, entry).state is State.DONE, "who has looked at both writes over it"
    record = desk.board.known(OF)
    assert isinstance(record, Bulletin)
    assert record.draft == draft("mine")


async def test_a_draft_that_is_saved_is_taken_back_unless_somebody_went_on(press: Press) -> None:
    desk = press.world.desk()
    await desk.settle((await desk.submit(saving(draft("one")))).id, 5)
    known = desk.board.known(OF)
    assert isinstance(known, Bulletin)
    entry = await desk.submit(saving(draft("two"), base=known.rev))
    await desk.settle(entry.id, 5)
    back = await desk.undo(entry.id)
    assert (await desk.settle(back.id, 5)).state is State.DONE
    record = desk.board.bulletin(OF)
    assert record is not None
    assert record.draft == draft("one")


async def test_what_readers_have_is_not_taken_back(press: Press) -> None:
    press.target()
    desk = await press.opened()
    entry = await desk.submit(publishing())
    await desk.settle(entry.id, 5)
    with pytest.raises(Objected, match="publish a correction"):
        await desk.undo(entry.id)


# --------------------------------------------------------------------------------------------- killed without a word

PUBLISHES_AND_IS_KILLED = """
import asyncio, os, pathlib, signal, sys
from ppstui.backends.sql import backend
from ppstui.desk import asking, posting, publishing as book, seeing
from tests.desk.press import Press, publishing
from tests.desk.world import World

async def publish(home, traces, left):
    press = Press(World(home / "state"))
    place = press.target("place", traces=traces)
    desk = await press.opened()

    def reached():
        nonlocal left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1

    write, hand_over = desk._outbox._file.write, place.publish
    def written(work):
        reached()
        done = write(work)
        reached()
        return done
    async def published(command, key):
        reached()
        receipt = await hand_over(command, key)
        (home / "went").write_text(key)
        reached()
        return receipt
    desk._outbox._file.write, place.publish = written, published
    await desk.submit(publishing("place"))
    await desk.deliver()

# One process is born for all of them: it forks a child for every step at which one is killed.
for step in range(100):
    home = pathlib.Path(sys.argv[1]) / f"{step:02}"
    home.mkdir()
    if not (child := os.fork()):
        asyncio.run(publish(home, sys.argv[2] == "traces", step))
        os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != -signal.SIGKILL:
        break
"""


def killed(folder: Path, how: str) -> list[Path]:
    """The homes of processes that were killed at each step; the last one came to its end."""
    done = subprocess.run(
        [sys.executable, "-c", PUBLISHES_AND_IS_KILLED, str(folder), how],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return sorted(folder.iterdir())


def readers_have(home: Path) -> list[str]:
    """The keys of what went from that home."""
    return [key.read_text() for key in home.glob("went")]


@pytest.mark.parametrize("how", ["traces", "none"])
async def test_killed_at_any_step_it_has_gone_once_or_asks(tmp_path: Path, how: str) -> None:
    homes = killed(tmp_path, how)
    assert len(homes) >= FEWEST, "the steps were found"
    asked = [await asks(home, how) for home in homes]
    assert not asked[-1], "the last one was not killed"
    assert any(asked) == (how == "none"), "only where nobody can know a person is asked"


FEWEST = 12
"""Commits: asked for, elected, claimed, done, claimed, done; and the place. Before and after each."""


async def asks(home: Path, how: str) -> bool:
    """Whether a person is asked at the next start on that home, after which it has gone once."""
    press = Press(World(home / "state"))
    place = press.target("place", traces=how == "traces")
    place.went = [(key, TEXT) for key in readers_have(home)]
    desk = press.world.desk()
    await desk.load()
    for _ in range(2):
        await later(press, desk)
    asked = False
    for entry in desk.board.entries():
        if not isinstance(entry.command, Publish):
            assert entry.state is State.DONE
        elif entry.state is State.PARKED:
            asked = True
            assert (how, entry.mail, entry.last_error) == ("none", LEAVING, DOUBT_OF_ISSUE), home.name
            assert there(desk) == ()
        else:
            assert entry.state is State.DONE, f"{home.name}: {entry.last_error}"
            assert [each.key for each in there(desk)] == [entry.key] == [key for key, _ in place.went], home.name
    assert len(place.went) <= 1, f"{home.name}: sent twice"
    await desk.aclose()
    return asked
