"""Publishes an issue as a mail: once, to whom the configuration names and to the members of lists.

Who is on a list is asked before the first byte goes, and stands in no head. The mail's number is made of the issue, so
that a correction belongs to it in every mail program, whichever desk sent either.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from msgspec import structs

from ppstui.backends._mime import Head, one_line, page, written
from ppstui.backends.smtp import PATIENCE, Handed, Parcel, Smtp, table_of
from ppstui.backends.targets.mailman import Enrolled, Mailman
from ppstui.errors import BackendError, Refused
from ppstui.model import Receipt

if TYPE_CHECKING:
    from ppstui.backends.targets.smtp import Options
    from ppstui.model import Publish
    from ppstui.port import Health, Toolbox

_PLAIN = re.compile(r"[^A-Za-z0-9_-]+")
_LONGEST_PART = 40
_OURS = re.compile(r"<(ppstui\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.)\d{1,6}(\.[0-9a-f]{12}@[A-Za-z0-9.-]{1,255})>")
_MOST_TOLD = 3
"""So many of the members that a server would not have are named in what the record keeps."""


def message_id(command: Publish, target: str, sender: str) -> str:
    """The Message-ID of an issue at a target: the same for everybody who publishes it, and at every try."""
    what = f"{target}\x00{command.audience}\x00{command.issue}"
    digest = hashlib.sha256(what.encode("utf-8", "replace")).hexdigest()[:12]
    names = ".".join(_PLAIN.sub("-", name)[:_LONGEST_PART] or "-" for name in (command.audience, command.issue))
    return f"<ppstui.{names}.{command.number}.{digest}@{sender.rpartition('@')[2]}>"


class Mailing:
    """A mail server as a target. See `Outlet`."""

    def __init__(self, options: Options, tools: Toolbox, patience: float = PATIENCE) -> None:
        """`patience`: seconds for an issue, with the asking who is on lists."""
        self._options = options
        self._name = tools.name
        self._clock = tools.clock
        self._smtp = Smtp(options, tools, patience)
        self._mailman = Mailman(options, tools) if options.mailman else None

    async def publish(self, command: Publish, key: str) -> Receipt:
        """Hands the issue over. Raises Doubtful when it may have left, any other BackendError when it has not."""
        import time

        mail = self.preview(command)
        to = _each_once(self._options.to)
        if not to and not self._options.rosters:
            hint = f"name an address in to, or a list in rosters, of [{table_of(self._name)}]"
            raise Refused(f"{self._name}: the issue goes to nobody; {hint}", source=self._name)
        start = time.monotonic()
        enrolled = await self._enrolled()
        known = {address.casefold() for address in to}
        members = tuple(address for address in enrolled.addresses if address.casefold() not in known)
        parcel = Parcel(key=key, mail=mail, to=to, members=members, subject=command.subject, text=command.text)
        handed = await self._smtp.hand_over(parcel, spent=time.monotonic() - start)
        return Receipt(text=_told(to, handed, enrolled), id=self._id(command))

    def preview(self, command: Publish) -> bytes:
        """The mail as it would go now. Raises Refused where there is nothing to say, or an address is none."""
        options = self._options
        self._smtp.accept((*options.to, *([options.reply_to] if options.reply_to else ())))
        if not command.text.strip():
            raise Refused(f"{self._name}: the issue is empty; nothing was sent", source=self._name)
        head = Head(
            sender=options.sender,
            to=_each_once(options.to),
            subject=command.subject,
            date=self._clock(),
            id=self._id(command),
            reply_to=options.reply_to,
        )
        if command.number:
            parent, references = self._thread(command)
            head = structs.replace(head, parent=parent, references=references)
        if command.format == "html":
            return page(head, command.text)
        return written(head, command.text, command.html if options.html else "")

    async def check(self) -> Health:
        """Asks the mail server who it is, and Mailman for the lists; sends nothing. Raises BackendError."""
        health = await self._smtp.check()
        if self._mailman is None:
            return health
        try:
            version = await self._mailman.check()
        except BackendError as error:
            return structs.replace(health, problems=(*health.problems, str(error)))
        return structs.replace(health, text=f"{health.text}; {version} knows the lists")

    async def aclose(self) -> None:
        """Lets go of the connections to Mailman; those to the mail server end with each mail."""
        if self._mailman is not None:
            await self._mailman.aclose()

    def _id(self, command: Publish) -> str:
        return message_id(command, table_of(self._name), self._options.sender)

    def _thread(self, command: Publish) -> tuple[str, tuple[str, ...]]:
        """The mail of the issue itself, and all that a correction stands behind."""
        before = _OURS.fullmatch(command.replaces)
        # What really went tells the number of the issue, even where the sender's host is another one by now.
        issue = f"<{before[1]}0{before[2]}>" if before else self._id(structs.replace(command, number=0))
        behind = (command.replaces,) if before and command.replaces != issue else ()
        return issue, (issue, *behind)

    async def _enrolled(self) -> Enrolled:
        rosters = self._options.rosters
        return await self._mailman.enrolled(rosters) if self._mailman is not None and rosters else Enrolled()


def _each_once(addresses: tuple[str, ...]) -> tuple[str, ...]:
    kept: dict[str, str] = {}
    for address in addresses:
        kept.setdefault(address.casefold(), address)
    return tuple(kept.values())


def _told(to: tuple[str, ...], handed: Handed, enrolled: Enrolled) -> str:
    """A sentence for the record: who has it by number, and who not."""
    text = f"{handed.said}; to {_counted(len(to), 'address', 'addresses')}"
    if handed.members:
        text += f" and {_counted(len(handed.members), 'member', 'members')} of lists"
    if enrolled.silent:
        text += f"; {_counted(enrolled.silent, 'member wants', 'members want')} no mail"
    if enrolled.odd:
        text += f"; {_counted(enrolled.odd, 'member has', 'members have')} an address that is none"
    if handed.left_out:
        named = ", ".join(handed.left_out[:_MOST_TOLD])
        text += f"; left out {_counted(len(handed.left_out), 'member', 'members')}: {named}"
    return one_line(text)


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
