from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from ppstui.model import (
    Assignment,
    Attachment,
    Exposure,
    Message,
    Phase,
    Rollout,
    Voice,
)
from ppstui.rules import clocks
from ppstui.rules.attention import RANK
from ppstui.rules.clocks import Calendar, Span
from ppstui.rules.horizon import amber_from
from ppstui.rules.policy import Policy
from ppstui.rules.rollouts import standing
from tests.rules.make import (
    CYFRONET,
    GLASGOW,
    INFN,
    POLICY,
    REF,
    REPORT,
    TITLE,
    ZURICH,
    at,
    day,
)


@st.composite
def rollouts(draw: st.DrawFn) -> Rollout:
    """Rollouts of up to three teams around two DST changes, with answers, exposures and reports in any order."""
    base = draw(st.sampled_from([at("2026-10-22 00:00"), at("2026-03-25 00:00"), at("2026-11-18 00:00")]))
    moments = st.integers(0, 14 * 24 * 60).map(lambda minutes: base + dt.timedelta(minutes=minutes))
    names = (INFN, GLASGOW, CYFRONET)
    days = st.one_of(st.none(), moments.map(dt.datetime.date))
    teams = draw(st.lists(st.sampled_from(names), unique=True, max_size=3))
    messages = sorted(
        (
            Message(id=str(number), at=draw(moments), author="mario", voice=Voice.REPLY, text=draw(_texts))
            for number in range(draw(st.integers(0, 3)))
        ),
        key=lambda message: message.at,
    )
    return Rollout(
        ref=REF,
        title=draw(st.sampled_from([TITLE, "SR dpm"])),
        phase=draw(st.sampled_from([Phase.NEW, Phase.OPEN, Phase.OPEN, Phase.OPEN, Phase.STALLED, Phase.RESOLVED])),
        created=draw(st.one_of(st.none(), moments)),
        assignments=tuple(Assignment(team=team, notified=draw(st.one_of(st.none(), moments))) for team in teams),
        exposures=tuple(
            Exposure(team=draw(st.sampled_from(["", *names])), start=draw(days), until=draw(days))
            for _ in range(draw(st.integers(0, 2)))
        ),
        messages=tuple(messages),
        attachments=tuple(
            Attachment(id=name, name=name, at=draw(moments))
            for name in draw(st.lists(st.sampled_from([REPORT, "report.pdf"]), unique=True))
        ),
    )


_texts = st.sampled_from(
    [f"{verb} {team}" for verb in ("accept", "reject") for team in ("NGI_IT-INFN-T1", "NGI_PL-CYFRONET-LCG2")]
    + ["reject NGI_UK-UKI-SCOTGRID-GLASGOW", "all is well"]
)
_policies = st.sampled_from(
    [
        POLICY,
        Policy(site_calendars={"NGI_IT": Calendar(closures=frozenset({day("2026-10-26"), day("2026-11-20")}))}),
        Policy(zone=ZoneInfo("America/New_York"), acknowledge=Span(calendar=dt.timedelta(hours=30))),
    ]
)


@settings(deadline=None)  # a busy machine breaks no law
@given(record=rollouts(), policy=_policies, hours=st.integers(-24, 24 * 30), share=st.floats(0, 1, exclude_max=True))
def test_a_standing_holds_until_it_says_it_may_change(
    record: Rollout, policy: Policy, hours: int, share: float
) -> None:
    now = (record.created or at("2026-11-18 00:00")) + dt.timedelta(hours=hours)
    found = standing(record, policy, now)
    if found.changes_at is None:
        assert standing(record, policy, now + dt.timedelta(days=3650)) == found
        return
    assert found.changes_at > now
    between = now + (found.changes_at - now) * share
    for instant in (min(between, found.changes_at - TICK), found.changes_at - TICK):
        assert standing(record, policy, instant) == found
    assert standing(record, policy, found.changes_at) != found


TICK = dt.timedelta(microseconds=1)


@settings(deadline=None)  # a busy machine breaks no law
@given(record=rollouts(), hours=st.integers(-24, 24 * 30))
def test_every_team_is_shown_once_and_every_entry_names_a_team_that_is_there(record: Rollout, hours: int) -> None:
    found = standing(record, POLICY, at("2026-11-18 00:00") + dt.timedelta(hours=hours))
    names = [team.team for team in found.teams]
    assert len(names) == len(set(names))
    assert {each.team for each in found.attention} <= {"", *names}
    assert [RANK[each.severity] for each in found.attention] == sorted(RANK[each.severity] for each in found.attention)


@settings(deadline=None)  # a busy machine breaks no law
@given(
    notified=st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2027, 1, 1)),  # noqa: DTZ001  given the zone below
    before=st.integers(0, 60 * 24 * 6),
    left=st.integers(0, 60 * 60),
)
def test_the_amber_hour_is_the_first_with_so_little_working_time_left(
    notified: dt.datetime, before: int, left: int
) -> None:
    due = clocks.add(notified.replace(tzinfo=ZURICH), Span(working_days=1), ZURICH, Calendar())
    amber = amber_from(due, dt.timedelta(minutes=left), ZURICH, Calendar())
    for instant in (due - dt.timedelta(minutes=before), amber, amber - TICK):
        if instant <= due:
            rest = clocks.working_time_between(instant, due, ZURICH, Calendar())
            assert (rest <= dt.timedelta(minutes=left)) == (instant >= amber)
