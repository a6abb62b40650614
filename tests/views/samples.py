"""One rollout with everything on it, for the views' tests."""

from __future__ import annotations

import datetime as dt

from ppstui.model import (
    Acknowledge,
    Answer,
    Assignment,
    Attachment,
    Entry,
    Event,
    Exposure,
    Link,
    Message,
    Parent,
    Phase,
    Ref,
    Rollout,
    State,
    Voice,
)

NOW = dt.datetime(2026, 11, 25, 9, 0, tzinfo=dt.UTC)
TEAM, SILENT = "ea-NGI_IT-INFN-T1", "ea-NGI_NL-SARA-MATRIX"
REF = Ref("tracker", "4711")


def at(day: int, hour: int = 9, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, 11, day, hour, minute, tzinfo=dt.UTC)


def rollout(**changes: object) -> Rollout:
    facts: dict[str, object] = {
        "ref": REF,
        "url": "https://tracker.example.org/Ticket/Display.html?id=4711",
        "rev": '"abc"',
        "title": "Staged Rollout UMD-4 arc6 6.15.1 CENTOS7 x86_64",
        "status": "in progress",
        "phase": Phase.OPEN,
        "owner": "carla",
        "created": at(18),
        "updated": at(24, 10, 30),
        "parent": Parent(ref=Ref("tracker", "4700"), title="UMD.arc6.centos7.x86_64", status="StageRollOut"),
        "assignments": (
            Assignment(team=TEAM, notified=at(19), by="carla"),
            Assignment(team=SILENT, notified=at(19), by="carla"),
        ),
        "exposures": (Exposure(start=dt.date(2026, 11, 23)),),
        "messages": (
            Message(id="1", at=at(18), author="robot", voice=Voice.DESCRIPTION, text="Please test."),
            Message(id="2", at=at(19, 12), author="site@infn.example", voice=Voice.REPLY, text="accept NGI_IT-INFN-T1"),
            Message(id="3", at=at(20, 12), author="carla", voice=Voice.COMMENT, text="\x1b[31mno [/markup]\nsecond"),
        ),
        "attachments": (Attachment(id="9", name="notes.odt", at=at(21), author="site@infn.example"),),
        "events": (Event(id="5", at=at(19), author="carla", text="status new → open"),),
        "links": (Link(url="https://example.org/notes", relation="release-notes"),),
        "managers": ("carla",),
        "fields": (("Priority \x1b[2J", "high"),),
    }
    return Rollout(**(facts | changes))  # type: ignore[arg-type]


def entry(**changes: object) -> Entry:
    facts: dict[str, object] = {
        "id": 7,
        "key": "k7",
        "command": Acknowledge(target=REF, team=SILENT, answer=Answer.REJECT),
        "asked_at": at(25, 8),
        "by": "carla",
        "state": State.WAITING,
    }
    return Entry(**(facts | changes))  # type: ignore[arg-type]
