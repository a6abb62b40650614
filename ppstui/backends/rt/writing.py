"""`apply`: each command once per key, over nobody's work, and read back.

RT answers 200 with sentences in the account's language whether something happened or not, so its sentences are shown,
and what counts is what a second look shows. Messages carry their key in a last line (`_http.marked`) and are looked for
before they are sent, always: whether a call is a repetition cannot be told. Of fields the state itself says whether it
was done.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from ppstui.backends import _http
from ppstui.backends.rt.client import Stumbled
from ppstui.backends.rt.rows import Thing
from ppstui.errors import Conflict, Refused
from ppstui.model import Acknowledge, Assign, Comment, Phase, Receipt, Remind, Reply, Rollout
from ppstui.rules.commands import acknowledge_text
from ppstui.rules.conflicts import differences

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    import httpx

    from ppstui.backends.rt import Options
    from ppstui.backends.rt.client import RTClient
    from ppstui.backends.rt.reading import Reader
    from ppstui.backends.rt.rows import FieldValue, TicketRow
    from ppstui.model import Command, Message, Record, Ref

WRITES: frozenset[type[Command]] = frozenset({Assign, Acknowledge, Comment, Reply, Remind})
_LOCATION = re.compile(r"/transaction/(\d+)\Z")
_SENTENCES = 2
_RIGHTS = {"comment": "CommentOnTicket", "correspond": "ReplyToTicket"}


class Writer:
    """Writes to one queue of one RT."""

    def __init__(self, options: Options, client: RTClient, reader: Reader) -> None:
        self._options = options
        self._client = client
        self._reader = reader
        self._source = client.source
        self._choices: dict[str, tuple[str, ...]] = {}
        self._groups: dict[str, str] = {}

    async def apply(self, command: Command, key: str, seen: Record | None) -> Receipt:
        """See `port.Backend.apply`."""
        match command:
            case Assign():
                return await self._assign(command, seen)
            case Comment():
                return await self._say(command.target, "comment", command.text, key, command, seen)
            case Reply():
                return await self._say(command.target, "correspond", command.text, key, command, seen)
            case Remind():
                return await self._say(command.target, "correspond", command.text, key, command, seen)
            case Acknowledge():
                text = acknowledge_text(command)
                return await self._say(command.target, "correspond", text, key, command, seen)
            case _:
                raise Refused(f"{self._source}: an RT cannot do that", source=self._source)

    # -------------------------------------------------------------------------------------------------- messages

    async def _say(self, target: Ref, kind: str, text: str, key: str, command: Command, seen: Record | None) -> Receipt:
        """Puts a message on the ticket; what changed since it was `seen` may stand against it."""
        number = self._reader.number(target)
        before = await self._reader.look(target)
        done = _carrying(before.messages, key)
        if done is not None:
            return _receipt(before, done.id, kind)
        if isinstance(seen, Rollout):
            self._check(command, seen, before)
        body = {"Content": _http.marked(text, key, await self._client.me()), "ContentType": "text/plain"}
        what = f"writing a {_noun(kind)} on ticket {number}"
        async with self._client.rights(what, _RIGHTS[kind]):
            response = await self._sent(f"/ticket/{number}/{kind}", body, what, _RIGHTS[kind])
        after = await self._reader.look(target)
        done = _carrying(after.messages, key)
        if done is not None:
            return _receipt(after, done.id, kind)
        made = _LOCATION.search(response.headers.get("location", ""))
        if made is None:
            said = _http.server_sentence(response)
            text = (
                f"{self._source}: ticket {number} does not show the {_noun(kind)}; the server said: {said or 'nothing'}"
            )
            raise Refused(text, source=self._source)
        return Receipt(
            text=f"{_noun(kind)} {made[1]} was taken; this account may not read it", id=made[1], record=after
        )

    async def _sent(self, path: str, body: dict[str, str], what: str, right: str) -> httpx.Response:
        """RT says 400 to who may not, so the right is named with every plain refusal."""
        try:
            return await self._client.request("POST", path, what, body=body)
        except Refused as error:
            if type(error) is not Refused:
                raise
            text = f"{error}; perhaps this account lacks the right {right} there"
            raise Refused(text, source=self._source) from error

    # ----------------------------------------------------------------------------------------------------- teams

    async def _assign(self, command: Assign, seen: Record | None) -> Receipt:
        """The teams' field, their AdminCc and the status in one change, only if nobody was faster."""
        for last in (False, True):
            try:
                return await self._assign_once(command, seen, last=last)
            except Stumbled:
                if last:
                    raise
            except Conflict as error:
                if error.current is not None:
                    raise
                if last:
                    current = await self._reader.look(command.target)
                    raise Conflict(str(error), source=self._source, current=current) from error
        raise AssertionError("the loop ends by return or raise")

    async def _assign_once(self, command: Assign, seen: Record | None, *, last: bool) -> Receipt:
        number = self._reader.number(command.target)
        what = f"choosing teams on ticket {number}"
        row, etag = await self._client.ticket(number, what)
        self._reader.check_ours(row)
        field = row.custom.get(self._options.fields.teams)
        if field is None:
            there = ", ".join(sorted(_http.plain(name, 40) for name in row.custom)) or "none that this account sees"
            text = f"{self._source}: ticket {number} has no field {self._options.fields.teams!r}; there are: {there}"
            raise Refused(f"{text}; see [backends.{self._source}.fields]", source=self._source)
        wanted = _wanted(field.texts, command)
        body: dict[str, object] = {}
        if wanted != list(field.texts):
            await self._check_unchanged(command, seen)
            wanted = await self._as_defined(field, wanted)
            body["CustomFields"] = {str(field.id): wanted}
            if not self._choices.get(str(field.id)):  # nobody knows whether it takes them: nothing else may happen yet
                said = await self._put(number, body, etag, what, last=last)
                row, etag = await self._client.ticket(number, what)
                field = row.custom.get(self._options.fields.teams, field)
                self._check_taken(command, field.texts, body, said)
                del body["CustomFields"]
        if wanted and self._reader.phase(row) is Phase.NEW and self._options.status.open:
            body["Status"] = self._options.status.open[0]
        notes = await self._admin_cc(row, command, wanted, body)
        said = await self._put(number, body, etag, what, last=last) if body else ()
        return await self._assigned(command, body, notes, said)

    async def _put(self, number: int, body: dict[str, object], etag: str, what: str, *, last: bool) -> Sequence[str]:
        """Sends a change; returns RT's sentences.

        RT answers 500 to a value it trips over, for ever, and has done what came before it. The first time that is
        Stumbled: what is there is looked at, and what is not there sent again. The `last` time it is Refused, unless
        the teams are there: reading back tells what is not.
        """
        try:
            async with self._client.rights(what, "ModifyTicket or ModifyCustomField"):
                return await self._client.write("PUT", f"/ticket/{number}", body, what, etag)
        except Stumbled as error:
            if not last:
                raise
            _row, now = await self._client.ticket(number, what)
            if now != etag or "CustomFields" not in body:
                return (f"{what}: the server failed over it twice",)
            sent = "; ".join(f"{name} {_http.plain(str(value), 120)}" for name, value in body.items())
            text = f"{error.source}: {what}: the server failed twice over what was sent ({sent}), and did not take it"
            raise Refused(text, source=self._source) from error

    def _check_taken(
        self, command: Assign, teams: Sequence[str], body: Mapping[str, object], said: Sequence[str]
    ) -> None:
        """Raises Refused when the field does not hold what was asked for."""
        there = {team.casefold() for team in teams}
        added = {team.casefold() for team in command.add}
        lost = [team for team in command.add if team.casefold() not in there]
        kept = [team for team in command.remove if team.casefold() in there - added]
        wrong = [f"{team} is not in it" for team in lost] + [f"{team} is still in it" for team in kept]
        if wrong:
            done = {*command.add, *command.remove, "AdminCc", str(body.get("Status", ""))}
            answer = _said_of(said, {*lost, *kept}, done - {*lost, *kept}, "; the server said: ")
            where = f"{self._source}: ticket {command.target.id}: {self._options.fields.teams}"
            raise Refused(f"{where} did not change as asked: {', '.join(wrong)}{answer}", source=self._source)

    async def _assigned(
        self, command: Assign, body: dict[str, object], notes: list[str], said: Sequence[str]
    ) -> Receipt:
        """Reads back, and says what is there now. Raises Refused when the field did not take it."""
        after = await self._reader.look(command.target)
        teams = [each.team for each in after.assignments]
        self._check_taken(command, teams, body, said)
        status = str(body.get("Status", ""))
        chosen = {*teams, *command.remove}
        if body.get("AdminCc") is not None:
            row, _etag = await self._client.ticket(int(command.target.id), "reading AdminCc back")
            if set(_members(row)) != set(map(str, body["AdminCc"] if isinstance(body["AdminCc"], list) else [])):
                why = _said_of(said, {"AdminCc"}, {*chosen, status}, ": ")
                notes.append(f"AdminCc did not change as asked{why}")
        if status and after.phase is Phase.NEW:
            why = _said_of(said, {status}, {*chosen, "AdminCc"}, ": ")
            notes.append(f"the status stayed {after.status}{why}")
        text = f"ticket {command.target.id}: teams are {', '.join(teams) or 'none'}; status {after.status}"
        return Receipt(text="; ".join((text, *notes)), record=after)

    async def _check_unchanged(self, command: Command, seen: Record | None) -> None:
        """Raises Conflict when a colleague changed what the command would change too."""
        if isinstance(seen, Rollout):
            self._check(command, seen, await self._reader.look(command.target))

    def _check(self, command: Command, seen: Rollout, current: Rollout) -> None:
        found = differences(command, seen, current)
        if found:
            said = "; ".join(f"{each.what} is {each.theirs or 'empty'} now" for each in found)
            text = f"{self._source}: ticket {current.ref.id} changed since you looked: {said}"
            raise Conflict(f"{text}; look again", source=self._source, current=current)

    async def _as_defined(self, field: FieldValue, wanted: list[str]) -> list[str]:
        """The teams as the server spells them. Raises Refused for one it does not have.

        Sending a value the field does not take would lose others: RT refuses it and still takes out what is left out.
        """
        number = str(field.id)
        known = {name.casefold(): name for name in self._choices.get(number, ())}
        if any(team.casefold() not in known for team in wanted):
            row = await self._client.choices(number)
            self._choices[number] = row.names if row else ()
            known = {name.casefold(): name for name in self._choices[number]}
        if not known:
            return wanted
        for team in wanted:
            if team.casefold() not in known and team not in field.texts:
                near = difflib.get_close_matches(team.casefold(), list(known), n=1, cutoff=0.4)
                hint = f"; did you mean {known[near[0]]}?" if near else f"; it takes {len(known)} others"
                text = f"{self._source}: {self._options.fields.teams} has no {_http.plain(team, 80)}{hint}"
                raise Refused(text, source=self._source)
        return [known.get(team.casefold(), team) for team in wanted]

    async def _admin_cc(
        self, row: TicketRow, command: Assign, teams: Sequence[str], body: dict[str, object]
    ) -> list[str]:
        """Adds the AdminCc to the change, as a whole list, and returns what the user should know.

        Only groups that were found are sent: RT answers a name it does not know with 500 and changes nothing at all.
        """
        if not self._options.admin_cc:
            return []
        present_teams = row.custom[self._options.fields.teams].texts
        spelt = {team.casefold(): team for team in (*command.remove, *present_teams, *teams)}
        come = [self._group_name(spelt[team.casefold()]) for team in command.add]
        gone = [name for team in command.remove if (name := self._group_name(spelt[team.casefold()])) not in come]
        unknown = [name for name in (*come, *gone) if name not in self._groups]
        if unknown:
            self._groups |= await self._client.groups(unknown)
        present = _members(row)
        leaving = {self._groups[name] for name in gone if name in self._groups}
        staying = [member for member in present if member not in leaving]
        wanted = list(dict.fromkeys([*staying, *(self._groups[name] for name in come if name in self._groups)]))
        if set(wanted) != set(present):
            body["AdminCc"] = wanted
        lost = [name for name in come if name not in self._groups]
        if not lost:
            return []
        return [f"no group {', '.join(lost)} is visible to this account (SeeGroup), so AdminCc was left alone for it"]

    def _group_name(self, team: str) -> str:
        prefix = self._options.team_group_prefix
        return team if team.casefold().startswith(prefix.casefold()) else prefix + team


def _wanted(present: Iterable[str], command: Assign) -> list[str]:
    """The values the field should have, those that are there first."""
    removed = {team.casefold() for team in command.remove} - {team.casefold() for team in command.add}
    wanted = [team for team in present if team.casefold() not in removed]
    there = {team.casefold() for team in wanted}
    for team in command.add:
        if team.casefold() not in there:
            wanted.append(team)
            there.add(team.casefold())
    return wanted


def _said_of(said: Sequence[str], failed: Collection[str], done: Collection[str], before: str) -> str:
    """What RT said of what failed, with `before` in front; "" when it said nothing.

    Sentences name what they are about in any language: those that name what failed, or else those that do not name
    what was done; the first two, where none is either.
    """
    about = [text for text in said if _names(text, failed)] or [text for text in said if not _names(text, done)]
    chosen = list(dict.fromkeys(about or said))[:_SENTENCES]
    return before + " ".join(chosen) if chosen else ""


def _names(text: str, things: Collection[str]) -> bool:
    """Whether a sentence names one of these, as a whole word."""
    return any(re.search(rf"(?<![\w.-]){re.escape(thing)}(?![\w-])", text, re.IGNORECASE) for thing in things if thing)


def _members(row: TicketRow) -> list[str]:
    """The AdminCc as RT takes them back: users by name, groups by number."""
    return [str(each.id) for each in row.admin_cc if isinstance(each, Thing)]


def _carrying(messages: Iterable[Message], key: str) -> Message | None:
    return next((message for message in messages if key in message.marks), None)


def _receipt(record: Rollout, message: str, kind: str) -> Receipt:
    return Receipt(text=f"{_noun(kind)} {message} is on ticket {record.ref.id}", id=message, record=record)


def _noun(kind: str) -> str:
    return "comment" if kind == "comment" else "reply"
