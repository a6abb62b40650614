"""The one table of actions: keys, key bar, help, palette and README are made from it. No widget is known here.

An action has an id that users remap by (`[keys]` in the configuration); none is tied to its letter. Writes never sit
on control keys; the emergency exit `ctrl+q` is no action, so no keymap can take it away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from ppstui.model import (
    Acknowledge,
    Assign,
    Command,
    Comment,
    Document,
    Expose,
    Extend,
    Incident,
    NewPilot,
    NewRollout,
    PilotCancel,
    PilotClose,
    PilotEdit,
    PilotProlong,
    PilotRollBack,
    PilotStep,
    Poll,
    Remind,
    Reply,
    Report,
    Resolve,
    SetDue,
    SetField,
    SetOutcome,
    SetOwner,
    SetStatus,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


EMERGENCY = "ctrl+q"
"""Leaves at once, whatever the keymap says."""

PANES = ("rollouts", "acks", "outbox", "pilots", "bulletin")


class Action(Struct, frozen=True):
    """Something a person can ask for."""

    id: str
    keys: tuple[str, ...]
    label: str
    """As the key bar and the palette say it: the resulting state or the thing done, in two or three words."""
    help: str
    """One line for the help screen."""
    group: str
    makes: tuple[type[Command], ...] = ()
    """The commands it can lead to; `Desk.can` says where each is offered."""
    panes: tuple[str, ...] = PANES
    bar: int = 0
    """Its place in the key bar, 1 first; 0: not there."""
    bulk: bool = False
    """Whether it applies to all marked rows."""


_ON_ROLLOUTS = ("rollouts", "acks")
_ON_PILOTS = ("pilots",)
_ON_RECORDS = (*_ON_ROLLOUTS, *_ON_PILOTS)
_ON_LISTS = (*_ON_RECORDS, "outbox")
_ON_ISSUES = ("bulletin",)

ACTIONS: Mapping[str, Action] = {
    action.id: action
    for action in (
        Action("rollouts.acknowledge", ("a",), "acknowledge", "write a team's accept or reject on its behalf",
               "Acting", (Acknowledge,), _ON_ROLLOUTS, 1, bulk=True),
        Action("rollouts.assign", ("A",), "assign", "choose early-adopter teams, or take some out",
               "Acting", (Assign,), _ON_ROLLOUTS, 2, bulk=True),
        Action("rollouts.remind", ("m",), "remind", "write to the teams that owe something",
               "Acting", (Remind,), _ON_ROLLOUTS, 3, bulk=True),
        Action("rollouts.poll", ("P",), "poll", "ask the early-adopters list of the stack, by mail",
               "Acting", (Poll,), _ON_ROLLOUTS),
        Action("rollouts.expose", ("e",), "expose", "say since when a team is under production load",
               "Acting", (Expose,), _ON_ROLLOUTS, bulk=True),
        Action("rollouts.extend", ("E",), "extend", "set a new last day of exposure, with a reason",
               "Acting", (Extend,), _ON_ROLLOUTS, bulk=True),
        Action("rollouts.report", ("f",), "report", "attach a team's report under its right name, or waive it",
               "Acting", (Report,), _ON_ROLLOUTS),
        Action("rollouts.incident", ("i",), "incident", "link an incident ticket, or take the link out",
               "Acting", (Incident,), _ON_ROLLOUTS),
        Action("rollouts.document", ("D",), "document", "name the document that holds the reports",
               "Acting", (Document,), _ON_ROLLOUTS),
        Action("rollouts.outcome", ("O",), "outcome", "set the outcome, ACCEPT or REJECT",
               "Acting", (SetOutcome,), _ON_ROLLOUTS, bulk=True),
        Action("rollouts.resolve", ("X",), "resolve", "close it: document, outcome and status as one action",
               "Acting", (Resolve,), _ON_ROLLOUTS, 5, bulk=True),
        Action("rollouts.edit", ("v",), "edit", "change due day, owner, status or another field",
               "Acting", (SetDue, SetOwner, SetStatus, SetField), _ON_ROLLOUTS, bulk=True),
        Action("rollouts.comment", ("c",), "comment", "add an internal comment",
               "Acting", (Comment,), _ON_RECORDS, 4, bulk=True),
        Action("rollouts.reply", ("C",), "reply", "write to everybody on it",
               "Acting", (Reply,), _ON_RECORDS, bulk=True),
        Action("rollouts.mention", ("n",), "mention", "note it for the coming issues of the bulletin",
               "Acting", (), _ON_RECORDS, bulk=True),
        Action("rollouts.new", ("N",), "new rollout", "make a rollout where a source keeps its own",
               "Acting", (NewRollout,), _ON_ROLLOUTS),
        Action("pilots.sign", ("a",), "sign a step", "sign a step off: done, skipped or failed, day, note, effort",
               "Acting", (PilotStep,), _ON_PILOTS, 1, bulk=True),
        Action("pilots.remind", ("m",), "remind", "write to whoever owns the step whose turn it is",
               "Acting", (Remind,), _ON_PILOTS, 2, bulk=True),
        Action("pilots.edit", ("v",), "edit", "change days, steps, sites or the home page",
               "Acting", (PilotEdit,), _ON_PILOTS, 3),
        Action("pilots.prolong", ("E",), "prolong", "set a new last day of the run, with a reason",
               "Acting", (PilotProlong,), _ON_PILOTS, bulk=True),
        Action("pilots.close", ("X",), "close", "close it after its wrap-up, with what follows",
               "Acting", (PilotClose,), _ON_PILOTS, 5, bulk=True),
        Action("pilots.roll-back", ("B",), "roll back", "take the installed version out and end it",
               "Acting", (PilotRollBack,), _ON_PILOTS, bulk=True),
        Action("pilots.cancel", ("x",), "cancel", "give the pilot up",
               "Acting", (PilotCancel,), _ON_PILOTS, bulk=True),
        Action("pilots.new", ("N",), "new pilot", "make a pilot with the steps, days and owners of its kind",
               "Acting", (NewPilot,), _ON_PILOTS),
        Action("bulletin.draft", ("D",), "draft", "draft it from the board as it is now; what you wrote stays",
               "Bulletin", (), _ON_ISSUES, 1),
        Action("bulletin.edit", ("enter", "e"), "edit", "the line in your words; no words take it out",
               "Bulletin", (), _ON_ISSUES, 2),
        Action("bulletin.add", ("o",), "add", "a line of your own below; on a heading a paragraph of words",
               "Bulletin", (), _ON_ISSUES),
        Action("bulletin.drop", ("x",), "take out", "take the line out, or put it back",
               "Bulletin", (), _ON_ISSUES, bulk=True),
        Action("bulletin.take", ("y",), "take new", "the line as its new facts say it, in place of your words",
               "Bulletin", (), _ON_ISSUES, bulk=True),
        Action("bulletin.leave", ("Y",), "keep yours", "your words, although the facts of the line have changed",
               "Bulletin", (), _ON_ISSUES, bulk=True),
        Action("bulletin.up", ("K",), "move up", "the line one place up in its section", "Bulletin", (), _ON_ISSUES),
        Action("bulletin.down", ("J",), "move down", "the line one place down in its section",
               "Bulletin", (), _ON_ISSUES),
        Action("bulletin.editor", ("E",), "editor", "the whole issue in your editor", "Bulletin", (), _ON_ISSUES),
        Action("bulletin.share", ("s",), "share", "let colleagues see the draft; asks where theirs is another one",
               "Bulletin", (), _ON_ISSUES),
        Action("bulletin.details", ("i",), "details", "show or hide the details of the line",
               "Bulletin", (), _ON_ISSUES),
        Action("bulletin.browse", ("b",), "browser", "open the record of the line in the browser, or show its address",
               "Bulletin", (), _ON_ISSUES),
        Action("bulletin.preview", ("v",), "preview", "as it will look at each target and in each format",
               "Bulletin", (), _ON_ISSUES, 3),
        Action("bulletin.compare", ("d",), "compare", "what changed since the last issue", "Bulletin", (), _ON_ISSUES),
        Action("bulletin.check", ("w",), "check", "what stands against publishing it; enter goes to the line",
               "Bulletin", (), _ON_ISSUES, 4),
        Action("bulletin.publish", ("P",), "publish", "choose targets, look at the check list, and queue it",
               "Bulletin", (), _ON_ISSUES, 5),
        Action("bulletin.correct", ("C",), "correct", "publish it again, saying what it corrects",
               "Bulletin", (), _ON_ISSUES),
        Action("bulletin.history", ("h",), "earlier", "earlier issues, and what went where",
               "Bulletin", (), _ON_ISSUES),
        Action("desk.undo", ("u",), "undo", "take back the last action that can be taken back", "Acting"),
        Action("outbox.retry", ("p",), "retry", "let a stuck action go again; a conflict is shown first",
               "Acting", (), PANES, 1),
        Action("outbox.keep-comment", ("c",), "keep comment", "give it up, and write what it wanted as a comment",
               "Acting", (), ("outbox",), 2),
        Action("outbox.discard", ("x",), "discard", "give an undelivered action up; it stays in the log",
               "Acting", (), ("outbox",), 3),
        Action("rollouts.why", ("w",), "why", "what blocks it, whose move it is, what would unblock it",
               "Looking", (), _ON_RECORDS, 7),
        Action("rollouts.history", ("h",), "history", "read the whole history from the source",
               "Looking", (), _ON_RECORDS),
        Action("time.zoom-in", ("+", "="), "zoom in", "days instead of weeks, weeks instead of months",
               "Time", (), _ON_PILOTS),
        Action("time.zoom-out", ("-",), "zoom out", "weeks instead of days, months instead of weeks",
               "Time", (), _ON_PILOTS),
        Action("time.earlier", ("left", "<"), "earlier", "back through time", "Time", (), _ON_PILOTS),
        Action("time.later", ("right", ">"), "later", "on through time", "Time", (), _ON_PILOTS),
        Action("time.today", ("0", "T"), "today", "back to today", "Time", (), _ON_PILOTS),
        Action("time.pilot", (".",), "its days", "to the days of the pilot under the cursor", "Time", (), _ON_PILOTS),
        Action("details.toggle", ("d",), "details", "show or hide the details beside the list",
               "Looking", (), _ON_LISTS),
        Action("details.open", ("enter",), "open", "go into the details: full height, scrolls",
               "Looking", (), _ON_LISTS, 8),
        Action("details.down", ("J",), "details down", "scroll the details without leaving the list",
               "Looking", (), _ON_LISTS),
        Action("details.up", ("K",), "details up", "scroll the details back", "Looking", (), _ON_LISTS),
        Action("record.browse", ("o",), "browser", "open it in the browser, or show its address",
               "Looking", (), _ON_LISTS),
        Action("record.copy-id", ("y",), "copy id", "send its id to the terminal's clipboard",
               "Looking", (), _ON_LISTS),
        Action("record.copy-url", ("Y",), "copy address", "send its address to the terminal's clipboard",
               "Looking", (), _ON_LISTS),
        Action("list.filter", ("/",), "filter", "narrow the list as you type; esc clears",
               "Listing", (), _ON_LISTS, 6),
        Action("list.clear", ("escape",), "clear", "clear filter, then marks; leave the details", "Listing"),
        Action("list.sort", ("s",), "sort", "choose what the list is sorted by", "Listing", (), _ON_LISTS),
        Action("list.previous-view", ("[",), "view before", "the saved view before this one", "Listing"),
        Action("list.next-view", ("]",), "view after", "the saved view after this one", "Listing"),
        Action("list.closed", ("z",), "closed too", "show closed ones too, or hide them again",
               "Listing", (), _ON_LISTS),
        Action("list.mark", ("space",), "mark", "mark this row and go on; actions then go to all marked", "Listing"),
        Action("list.mark-all", ("*",), "mark all", "mark every row shown, or unmark them", "Listing"),
        Action("list.remark", ("M",), "mark again", "mark what was last acted on once more, for the next action",
               "Listing", (), _ON_RECORDS),
        Action("list.down", ("j", "down"), "down", "next row", "Moving"),
        Action("list.up", ("k", "up"), "up", "previous row", "Moving"),
        Action("list.page-down", ("pagedown", "ctrl+f"), "page down", "next page", "Moving"),
        Action("list.page-up", ("pageup", "ctrl+b"), "page up", "previous page", "Moving"),
        Action("list.first", ("g", "home"), "first", "first row", "Moving"),
        Action("list.last", ("G", "end"), "last", "last row", "Moving"),
        Action("pane.rollouts", ("1",), "Rollouts", "the rollouts", "Panes"),
        Action("pane.acks", ("2",), "Acknowledgements", "one line for each team asked", "Panes"),
        Action("pane.outbox", ("3",), "Outbox", "every write ever asked for, and how it ended", "Panes"),
        Action("pane.pilots", ("4",), "Pilots", "every pilot on a line of time", "Panes"),
        Action("pane.bulletin", ("5",), "Bulletin", "the weekly bulletin, as it is drafted", "Panes"),
        Action("pane.next", ("tab",), "next pane", "the pane after this one", "Panes"),
        Action("pane.previous", ("shift+tab",), "pane before", "the pane before this one", "Panes"),
        Action("desk.refresh", ("r",), "refresh", "read the sources of this record again", "Desk"),
        Action("desk.refresh-all", ("R",), "refresh all", "read every source again", "Desk"),
        Action("desk.duties", ("L",), "duties", "what of the week's checklist is open now", "Desk"),
        Action("desk.vacancies", ("V",), "vacancies", "what nobody tests, and who committed to what", "Desk"),
        Action("desk.effort", ("W",), "effort", "what the pilots cost: planned and recorded", "Desk"),
        Action("desk.meeting", ("I",), "meetings", "the meetings that come: agendas, what to decide", "Desk"),
        Action("desk.sources", ("S",), "sources", "how each source is doing, and what was said so far", "Desk"),
        Action("desk.theme", ("t",), "theme", "choose the colours, with a preview", "Desk"),
        Action("desk.redraw", ("ctrl+l",), "redraw", "draw the whole screen afresh", "Desk"),
        Action("desk.palette", (":", "ctrl+p"), "commands", "everything there is, by name", "Desk"),
        Action("desk.help", ("?", "f1"), "help", "this list", "Desk", bar=9),
        Action("desk.quit", ("q", "ctrl+c"), "quit", "leave; what is queued stays queued", "Desk", bar=10),
    )
}  # fmt: skip
"""Every action by its id, in the order of the help screen."""

_NAMES = {" ": "space", "esc": "escape", "return": "enter", "pgdn": "pagedown", "pgup": "pageup", "del": "delete"}
_SHOWN = {"escape": "esc", "pagedown": "PgDn", "pageup": "PgUp", "shift+tab": "shift-tab"}


def normal(key: str) -> str:
    """One spelling for a key as people write it: `Ctrl-R`, `esc`, `PgDn`, `/`, `A`."""
    key = key.strip() or key
    if len(key) == 1:
        return _NAMES.get(key, key)
    key = key.casefold().replace("ctrl-", "ctrl+").replace("shift-", "shift+").replace("alt-", "alt+")
    return _NAMES.get(key, key)


def shown(key: str) -> str:
    """A key as help and key bar write it."""
    return _SHOWN.get(key, key.replace("ctrl+", "^"))


class Keymap:
    """Which key asks for what, here: the table with the user's own keys laid over it."""

    def __init__(self, own: Mapping[str, str]) -> None:
        """`own`: keys by action id, several with commas, "" to take the keys away; a key taken leaves its old action.

        One key may ask for different things in panes that its actions do not share.
        Unknown ids are left to the configuration's check.
        """
        keys = {id_: action.keys for id_, action in ACTIONS.items()}
        for id_, text in own.items():
            if id_ in keys:
                wanted = tuple(normal(part) for part in split(text))
                keys = {
                    other: tuple(k for k in has if k not in wanted or not meet(ACTIONS[other], ACTIONS[id_]))
                    for other, has in keys.items()
                }
                keys[id_] = wanted
        self._keys = keys
        self._actions = {
            (key, pane): ACTIONS[id_] for id_, has in keys.items() for key in has for pane in ACTIONS[id_].panes
        }

    def action(self, key: str, character: str | None, pane: str) -> Action | None:
        """What this key asks for in this pane; `character` is what it prints, if anything."""
        found = self._actions.get((character, pane)) if character and character != " " else None
        return found or self._actions.get((key, pane))

    def keys(self, id_: str) -> tuple[str, ...]:
        """The keys of an action, () when it has none."""
        return self._keys[id_]

    def text(self, id_: str) -> str:
        """Its keys as help writes them: `j, down`."""
        return ", ".join(shown(key) for key in self._keys[id_])

    def first(self, id_: str) -> str:
        """The key the key bar names, "" when it has none."""
        return shown(self._keys[id_][0]) if self._keys[id_] else ""


def meet(one: Action, other: Action) -> bool:
    """Whether there is a pane in which both are valid."""
    return not set(one.panes).isdisjoint(other.panes)


def split(text: str) -> Iterable[str]:
    """The keys in `a, ctrl+r`; a lone comma is the comma key."""
    if text.strip() == ",":
        return (",",)
    return (part for part in (piece.strip() for piece in text.split(",")) if part)


def problems(own: Mapping[str, str]) -> list[tuple[str, str]]:
    """What is wrong with a user's keymap: action id and sentence; empty when nothing is."""
    found: list[tuple[str, str]] = []
    taken: dict[str, list[str]] = {}
    for id_, text in own.items():
        if id_ not in ACTIONS:
            import difflib  # a few milliseconds, and only when something is wrong

            near = difflib.get_close_matches(id_, ACTIONS, n=1)
            found.append((id_, "is no action" + (f"; did you mean {near[0]}?" if near else "; `?` lists them")))
            continue
        for key in map(normal, split(text)):
            if key == EMERGENCY:
                found.append((id_, f"{EMERGENCY} always leaves the program and cannot be given away"))
            elif ACTIONS[id_].makes and key.startswith("ctrl+"):
                found.append((id_, f"{shown(key)}: an action that writes is not put on a control key"))
            elif clash := next((o for o in taken.get(key, ()) if meet(ACTIONS[o], ACTIONS[id_])), ""):
                found.append((id_, f"{shown(key)} is already the key of {clash}"))
            taken.setdefault(key, []).append(id_)
    return found
