"""Hands over mails: each at most once, and what came of it is on the disk before anything else is done.

A mail, be it a poll or an issue of the bulletin, leaves no trace by which it could be found again. So the file says
`leaving` before the first byte goes; whoever finds that later, after an answer that was lost or a program that ended,
asks a person and does not send it again.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import TYPE_CHECKING, TypeVar

from ppstui.errors import Doubtful, PpsError, Refused, Unreachable
from ppstui.port import Letter
from ppstui.store.asked import doubt_of
from ppstui.store.outbox import LONGEST_WAIT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ppstui.desk.aside import Aside
    from ppstui.model import Entry, Poll, Receipt
    from ppstui.port import Mailer
    from ppstui.store import Holder, Outbox

_T = TypeVar("_T")


class Post:
    """The mail server of this desk, if there is one."""

    def __init__(
        self,
        outbox: Outbox,
        aside: Aside,
        clock: Callable[[], dt.datetime],
        patience: float,
        mailer: Callable[[], Mailer] | None,
        source: str,
    ) -> None:
        """`mailer` is asked for a mailer when there is a mail; `source` is its name. `patience`: seconds for one."""
        self._outbox = outbox
        self._aside = aside
        self._clock = clock
        self._patience = patience
        self._mailer = mailer
        self._source = source

    async def send(
        self, entry: Entry, command: Poll, me: Holder, backoff: dt.timedelta, tell: Callable[[Entry], object]
    ) -> Entry | None:
        """The entry with its mail gone; None when it goes no further now: what became of it is written down and told.

        Raises StoreError: then the entry stays as the file has it.
        """
        try:
            mailer = self._opened()
        except PpsError as error:
            tell(await self._park(entry, me, str(error), mail=""))
            return None
        letter = Letter(key=entry.key, to=(command.to,), subject=command.subject, text=command.text)
        try:
            answer = await self._handed_over(entry, me, tell, lambda: mailer.send(letter))
        except (PpsError, TimeoutError) as error:
            tell(await self._failed(entry, me, backoff, error))
            return None
        if answer is None:
            return None
        mailed = await self._aside.run(lambda: self._outbox.mailed(entry, me, answer))
        tell(mailed)
        return mailed

    async def publish(
        self, entry: Entry, me: Holder, tell: Callable[[Entry], object], how: Callable[[], Awaitable[Receipt]]
    ) -> Receipt | None:
        """What a target said that leaves no trace; None when the entry goes no further: that is written down and told.

        Raises StoreError, and every PpsError that says that nothing has left.
        """
        source = entry.command.target.source
        try:
            return await self._handed_over(entry, me, tell, how)
        except Doubtful as error:
            tell(await self._park(entry, me, f"{error}; {doubt_of(entry.command)}", mail=None))
        except TimeoutError:
            said = f"{source}: no answer for {self._patience:g} s"
            tell(await self._park(entry, me, f"{said}; {doubt_of(entry.command)}", mail=None))
        return None

    async def _handed_over(
        self, entry: Entry, me: Holder, tell: Callable[[Entry], object], how: Callable[[], Awaitable[_T]]
    ) -> _T | None:
        """What came of it; None where it is another courier's now. The disk knows of it before the first byte goes."""
        leaving = await self._aside.run(lambda: self._outbox.leaving(entry, me))
        if leaving is None:
            return None
        tell(leaving)
        async with asyncio.timeout(self._patience):
            return await how()

    def _opened(self) -> Mailer:
        if self._mailer is None:
            hint = "describe one in [targets] with type smtp, host and from; then retry"
            raise Refused(f"there is no mail server to send the poll with; {hint}", source=self._source)
        return self._mailer()

    async def _failed(self, entry: Entry, me: Holder, backoff: dt.timedelta, error: PpsError | TimeoutError) -> Entry:
        if isinstance(error, Unreachable):
            after = backoff if error.retry_after is None else _asked(error.retry_after)
            due, why = self._clock() + after, str(error)
            return await self._aside.run(lambda: self._outbox.wait(entry, me, why, due, mail=""))
        if isinstance(error, TimeoutError):
            said = f"{self._source}: no answer for {self._patience:g} s"
        elif isinstance(error, Doubtful):
            said = str(error)
        else:
            # Also for credentials: holding the whole source would keep back what needs no mail server.
            return await self._park(entry, me, str(error), mail="")
        return await self._park(entry, me, f"{said}; {doubt_of(entry.command)}", mail=None)

    async def _park(self, entry: Entry, me: Holder, why: str, *, mail: str | None) -> Entry:
        return await self._aside.run(lambda: self._outbox.park(entry, me, why, mail=mail))


def _asked(seconds: float) -> dt.timedelta:
    """How long the mail server asked us to wait, within reason."""
    return min(dt.timedelta(seconds=max(seconds, 0.0)), LONGEST_WAIT)
