"""An issue of the bulletin onto its page of a DokuWiki, once.

The summary of our revision begins with the key it was written under. Whoever asks again, from anywhere, finds it in the
page's history, also when others have written since. What somebody wrote on the page after we did is never written over:
that is a conflict, which names who it was.

DokuWiki knows no condition for a write, so the history is read again afterwards: a revision that came in between is
told of, and nobody's words are lost, for the history keeps them.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import quote

from ppstui.backends import _http
from ppstui.backends.targets.dokuwiki import dialects
from ppstui.backends.targets.dokuwiki.wiki import Faulted, Wiki
from ppstui.errors import Conflict, Refused
from ppstui.model import WHATEVER, Receipt
from ppstui.port import Health

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ppstui.backends.targets.dokuwiki import Options
    from ppstui.backends.targets.dokuwiki.dialects import Revision
    from ppstui.model import Publish
    from ppstui.port import Toolbox

_MARK = re.compile(r"ppstui (?P<key>[A-Za-z0-9_.:-]{1,80}) (?P<issue>[^\s:]+):")
_LONGEST = 250
"""Characters of a summary; the wiki cuts at 255."""
_EDIT, _MAKE = 2, 4
_SKEW = 120
_LOOKS = 3
_NO_TEXT = re.compile("[\ufffe\uffff]")
"""What XML cannot say besides what no server can store."""
_LOOPBACK = re.compile(r"http://(?:localhost|127\.[0-9.]+|\[::1\])(?:[:/]|\Z)")


@dataclass(frozen=True, slots=True)
class Held:
    """What the wiki has of a page."""

    now: Revision | None
    """The revision that is there; None while there is no page."""
    history: tuple[Revision, ...]
    """Newest first."""
    text: str

    @property
    def last(self) -> Revision | None:
        """How it was touched last; of one revision the history knows more than the page."""
        newest = self.history[0] if self.history else None
        return self.now if self.now and (newest is None or self.now.at > newest.at) else newest

    @property
    def is_one(self) -> bool:
        """Whether it is of one moment: nothing happened to the page while it was read."""
        newest = self.history[0] if self.history else None
        return (
            (self.now is None)
            if newest is None or newest.deleted
            else self.now is not None and self.now.at == newest.at
        )

    def since(self, at: int) -> tuple[Revision, ...]:
        """What came after that revision, newest first."""
        return tuple(each for each in self.history if each.at > at)


class WikiOutlet:
    """See `port.Outlet`."""

    def __init__(self, options: Options, tools: Toolbox) -> None:
        self._options = options
        self._tools = tools
        self._wiki = Wiki(options, tools)

    def __repr__(self) -> str:
        return f"WikiOutlet({self._tools.name!r}, {self._wiki.web!r})"

    async def publish(self, command: Publish, key: str) -> Receipt:
        """See `port.Outlet.publish`."""
        page, text = self._page(command.audience, command.issue), wiki_text(command.text)
        if not text.strip():
            why = f"there is nothing to write on page {page}, and an empty text would delete it"
            raise Refused(f"{self._wiki.source}: {why}", source=self._wiki.source)
        me = await self._wiki.me()
        before = await self._held(page)
        if (done := _written(before.history, key, me)) is not None:
            return self._receipt(page, done, before)
        if before.now is not None and same(before.text, text):
            return self._receipt(page, before.now, before, "as it is to be")
        self._check(command, page, before, me)
        await self._next_second(before)
        await self._save(page, text, summary(command, key), key)
        after = await self._held(page)
        return self._shown(page, text, _written(after.history, key, me), before, after)

    def preview(self, command: Publish) -> bytes:
        """See `port.Outlet.preview`."""
        return wiki_text(command.text).encode()

    async def check(self) -> Health:
        """See `port.Outlet.check`."""
        wiki, page = self._wiki, self._page("audience", "2026-W01")
        if not await wiki.lets_in():
            raise wiki.unknown("logging in")
        version, me, may = await wiki.version(), await wiki.me(), await wiki.may(page)
        problems = []
        if wiki.web.startswith("http://") and not _LOOPBACK.match(wiki.web):
            problems.append("the password travels unencrypted: url begins with http://; use https://")
        if may < _MAKE:
            lacks = "write pages" if may < _EDIT else "make pages"
            problems.append(f"{me} may not {lacks} like {page}; have the right granted in the wiki's access rules")
        skew = wiki.clock - self._tools.clock().timestamp() if wiki.clock is not None else None
        if skew is not None and abs(skew) > _SKEW:
            problems.append(f"the wiki's clock and this machine's differ by {abs(skew):.0f} s; set one of them right")
        dialect = (await wiki.dialect()).name
        state = "nothing is missing" if not problems else f"{len(problems)} to see to"
        text = f"{wiki.source}: DokuWiki {version} over {dialect}, as {me}, page {self._options.page}: {state}"
        return Health(
            text=_http.plain(text, 300),
            user=_http.plain(me, 60),
            version=_http.plain(version, 60),
            problems=tuple(_http.plain(problem, 400) for problem in problems),
            skew=skew,
        )

    async def aclose(self) -> None:
        """See `port.Outlet.aclose`."""
        await self._wiki.aclose()

    # ------------------------------------------------------------------------------------------------------ looking

    def _page(self, audience: str, issue: str) -> str:
        """The page's name as the wiki writes it, in small letters."""
        named = self._options.page.replace("{audience}", audience).replace("{issue}", issue)
        return named.replace("/", ":").strip(":").lower()

    async def _held(self, page: str) -> Held:
        """What there is of it, read anew while somebody is just changing it."""
        held = Held(None, (), "")
        for _ in range(_LOOKS):
            history = tuple(await self._wiki.history(page))
            text = await self._wiki.text(page)
            held = Held(await self._wiki.info(page), history, text)
            if held.is_one:
                break
        return held

    def _check(self, command: Publish, page: str, held: Held, me: str) -> None:
        """Raises Conflict where the page holds something that we did not write, or that another desk wrote for us."""
        last = held.last
        if command.found == WHATEVER:
            return
        if held.now is None:
            if command.replaces.startswith(f"{page}@") and last is not None and last.deleted:
                raise self._conflict(f"page {page} was deleted by {self._who(last)}", "to try again makes it anew")
            return
        if command.found in digests(held.text) or command.replaces == named(page, held.now):
            return
        wrote = self._who(last) if last else "somebody"
        ours = _MARK.match(last.summary) if last and _same_account(last.by, me) else None
        if ours is not None and ours["issue"] != _issue(command):
            return  # one page for every issue: the one before makes room
        if command.replaces:
            do = "look at it; to try again replaces it, and the wiki keeps theirs in its history"
            raise self._conflict(f"page {page} was changed by {wrote} since it was published", do)
        if ours is not None:
            why = f"page {page} has this issue already, with another text, written by {wrote}"
            raise self._conflict(why, "publish a correction; to try again replaces it")
        do = f"set another page in {self._wiki.table}; to try again replaces it"
        raise self._conflict(f"page {page} holds something already, written by {wrote}", do)

    def _conflict(self, why: str, do: str) -> Conflict:
        return Conflict(f"{self._wiki.source}: {why}; {do}", source=self._wiki.source)

    # ------------------------------------------------------------------------------------------------------ writing

    async def _next_second(self, held: Held) -> None:
        """Waits while a revision would have the name of the last one: the wiki names them by the second."""
        last, clock = held.last, self._wiki.clock
        if last is not None and clock is not None and last.at >= clock:
            await asyncio.sleep(1.0)

    async def _save(self, page: str, text: str, said: str, key: str) -> None:
        """Writes it. Raises Unreachable where somebody has it open: that passes."""
        try:
            await self._wiki.save(page, text, said, key)
        except Faulted as error:
            # The wiki of 2022 does not say what stands against it.
            if error.code == 0 and await self._wiki.is_locked(page):
                raise self._wiki.locked(f"writing page {page}") from error
            if error.code in (0, dialects.SPAM):
                hint = f"{error}; its list of forbidden words may stand against the text"
                raise Refused(hint, source=error.source) from error
            raise

    def _shown(self, page: str, text: str, done: Revision | None, before: Held, after: Held) -> Receipt:
        """The receipt for what reading back shows. Raises Refused where it shows something else."""
        stands = after.now is not None and same(after.text, text)
        if done is None and stands and after.now is not None:
            return self._receipt(page, after.now, after, "as it is to be")
        if done is None or (after.last == done and not stands):
            what = "does not show what was written" if done is None else "made something else of the text"
            raise Refused(
                f"{self._wiki.source}: page {page}: the wiki {what}; look at it there", source=self._wiki.source
            )
        between = [each for each in after.since(before.last.at if before.last else 0) if each.at < done.at]
        lost = f"what {self._who(between[0])} wrote in the same moment is in its history only" if between else ""
        return self._receipt(page, done, after, "published", lost)

    def _receipt(self, page: str, done: Revision, held: Held, how: str = "published", note: str = "") -> Receipt:
        """The receipt for a revision that is in the history, or that is the page."""
        address = f"{self._wiki.web}/doku.php?id={quote(page, safe=':')}"
        text = f"page {page} is {how}, as of {self._when(done.at)}: {address}"
        later = held.since(done.at)
        if later:
            verb = "deleted" if later[0].deleted else "changed"
            note = f"{verb} by {self._who(later[0])} since"
        return Receipt(text="; ".join(filter(None, (text, note))), id=named(page, done))

    # ------------------------------------------------------------------------------------------------------- wording

    def _who(self, revision: Revision) -> str:
        return f"{_http.plain(revision.by, 40) or 'somebody'} on {self._when(revision.at)}"

    def _when(self, at: int) -> str:
        try:
            return f"{dt.datetime.fromtimestamp(at, self._tools.zone):%Y-%m-%d %H:%M}"
        except (OverflowError, ValueError, OSError):
            return "a day that is none"


def wiki_text(text: str) -> str:
    """A text as the wiki keeps it: one end of line at its end, and nothing that its API cannot carry."""
    return _NO_TEXT.sub("", _http.sendable(text)).rstrip() + "\n"


def same(one: str, other: str) -> bool:
    """Whether a wiki's page says what was sent; how it ends does not count."""
    return wiki_text(one) == wiki_text(other)


def digests(text: str) -> frozenset[str]:
    """What SHA-256 can have been made of a page's text before the wiki ended it as it does."""
    return frozenset(sha256(each.encode("utf-8", "replace")).hexdigest() for each in (text, *_ends(text)))


def _ends(text: str) -> Iterable[str]:
    kept = wiki_text(text)
    return kept, kept.removesuffix("\n"), kept + "\n"


def summary(command: Publish, key: str) -> str:
    """What stands in the page's history beside our revision."""
    what = f"correction {command.number}: {command.corrects}" if command.corrects else command.subject
    return _http.plain(f"ppstui {key} {_issue(command)}: {what}", _LONGEST)


def named(page: str, revision: Revision) -> str:
    """A page and one of its revisions, as `Publication.id` keeps them."""
    return f"{page}@{revision.at}"


def _issue(command: Publish) -> str:
    return f"{command.audience}.{command.issue}"


def _written(history: Iterable[Revision], key: str, me: str) -> Revision | None:
    """The revision that we wrote under the key; anybody may have copied its summary."""
    for each in history:
        found = _MARK.match(each.summary)
        if found is not None and found["key"] == key and _same_account(each.by, me):
            return each
    return None


def _same_account(one: str, other: str) -> bool:
    """The wiki writes names of accounts in small letters, with _ for a space."""
    return one.casefold().replace(" ", "_") == other.casefold().replace(" ", "_")
