"""The actions of `do` that are about the bulletin (SURFACE §2)."""

from __future__ import annotations

from ppstui.cli.arguments import Option, Verb
from ppstui.cli.rollout_actions import REFS, TEXT

BULLETIN_ACTIONS = (
    Verb(
        name="mention",
        help="note that a record is to be mentioned in the coming bulletin",
        positionals=(REFS,),
        options=(
            *TEXT,
            Option(
                name="--for",
                value="AUDIENCE",
                help="in this bulletin; may be repeated; left out: in every one",
                repeatable=True,
            ),
        ),
    ),
)
"""In the order in which help lists them."""
