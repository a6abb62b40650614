"""What is a mail address: one plain `local@host`, so that nothing else ever gets into a mail's envelope or its head."""

from __future__ import annotations

import re

_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?=.{1,255}\Z)[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
)
STACK = "{stack}"
"""What stands for a software stack's name in the address of a list."""


def is_mail_address(text: str) -> bool:
    """Whether it is one plain mail address, without a name beside it; addresses that need quotes are none here."""
    return _ADDRESS.fullmatch(text) is not None


def is_list_address(text: str) -> bool:
    """Whether it is a mail address once `{stack}` in it is a stack's name."""
    address = text.replace(STACK, "stack")
    return is_mail_address(address) and "{" not in address  # a placeholder that is misspelt is legal in an address
