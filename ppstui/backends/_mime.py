"""Makes a mail out of texts that anybody may have written: its head is what we say, whatever stands in them.

The head is written here line by line, in seven bits: Python's own folding would make an encoded word of a long
Message-ID, and read one that somebody wrote into a subject.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING

from msgspec import Struct

from ppstui.backends._http import sendable

if TYPE_CHECKING:
    from email.message import EmailMessage

_LONGEST_LINE = 78
"""Characters of a line where it can be folded (RFC 5322, section 2.1.1); none is longer than 998."""
_LONGEST_WORD = 60


class Head(Struct, frozen=True, kw_only=True):
    """What stands above a mail; every address is one already (`rules.addresses`)."""

    sender: str
    to: tuple[str, ...]
    """() for a mail that goes to people nobody else is to see."""
    subject: str
    date: dt.datetime
    id: str
    """The Message-ID, in its angle brackets."""
    reply_to: str = ""
    parent: str = ""
    """The Message-ID of the mail it belongs to; "" for none."""
    references: tuple[str, ...] = ()
    """The Message-IDs of all mails it belongs to, the oldest first."""


def written(head: Head, text: str, html: str = "") -> bytes:
    """The mail as it goes over the line: the text, and beside it the page, if there is one.

    The same arguments give the same bytes.
    """
    return b"\r\n".join(line.encode("ascii") for line in _lines(head)) + b"\r\n" + _body(text, html)


def page(head: Head, html: str) -> bytes:
    """The same for a mail that is a page and nothing else."""
    return b"\r\n".join(line.encode("ascii") for line in _lines(head)) + b"\r\n" + _made(html, "html").as_bytes()


def one_line(text: str) -> str:
    """Nothing in it can end a line of the head, or drive a terminal where the mail is read."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in _whole(text)).split())


def _whole(text: str) -> str:
    """Without the halves of characters, which no charset has."""
    return text.encode("utf-8", "replace").decode("utf-8")


# ---------------------------------------------------------------------------------------------------------- the head


def _lines(head: Head) -> list[str]:
    from email.utils import format_datetime

    lines = [f"From: {head.sender}", _folded("To:", [*_listed(head.to)] or ["undisclosed-recipients:;"])]
    if head.reply_to:
        lines.append(f"Reply-To: {head.reply_to}")
    lines += [_subject(head.subject), f"Date: {format_datetime(head.date)}", f"Message-ID: {head.id}"]
    if head.parent:
        lines.append(f"In-Reply-To: {head.parent}")
    if head.references:
        lines.append(_folded("References:", list(head.references)))
    return lines


def _listed(addresses: tuple[str, ...]) -> list[str]:
    return [*(f"{address}," for address in addresses[:-1]), *addresses[-1:]]


def _folded(name: str, words: list[str]) -> str:
    """One field of the head, on as many lines as its words need."""
    lines = [name]
    for word in words:
        if len(lines[-1]) + 1 + len(word) > _LONGEST_LINE and lines[-1].strip() not in ("", name):
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join(lines)


def _subject(subject: str) -> str:
    from email.header import Header

    text = one_line(subject)
    words = text.split(" ")
    if text.isascii() and "=?" not in text and max(map(len, words)) <= _LONGEST_WORD:
        return _folded("Subject:", words)
    encoded = Header(text, "utf-8", maxlinelen=_LONGEST_LINE - 2, header_name="Subject").encode(linesep="\r\n")
    return f"Subject: {encoded}"


# ---------------------------------------------------------------------------------------------------------- the body


def _body(text: str, html: str) -> bytes:
    mail = _made(text, "plain")
    if html:
        mail.add_alternative(_ready(html), subtype="html", charset="utf-8")
        # `=_` stands in no body: quoted-printable has figures behind `=`, and base64 has no `_`; plain text that holds
        # this very digest of itself cannot be found.
        digest = hashlib.sha256(f"{text}\x00{html}".encode("utf-8", "replace")).hexdigest()
        mail.set_boundary(f"=_{digest[:40]}")
    return mail.as_bytes()


def _made(text: str, subtype: str) -> EmailMessage:
    from email.message import EmailMessage
    from email.policy import SMTP

    # Seven bits: not every server on the way says that it takes eight.
    mail = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    mail.set_content(_ready(text), subtype=subtype, charset="utf-8")
    return mail


def _ready(text: str) -> str:
    return sendable(_whole(text))
