"""The actions of `do` on rollouts, those that every record takes among them (SURFACE §2)."""

from __future__ import annotations

from ppstui.cli.arguments import Option, Positional, Verb

_TEAM = Option(name="--team", value="TEAM", help="the team, by its name or its site; may be repeated", repeatable=True)
TEXT = (
    Option(name="--text", value="TEXT", help="the text"),
    Option(name="--file", value="FILE", help="the text from a file, - for standard input"),
)
REFS = Positional(name="ref", help="SOURCE:ID, or SOURCE:ID/TEAM for one team's part; several may be given", many=True)
OUTCOMES = ("ACCEPT", "REJECT")


ROLLOUT_ACTIONS = (
    Verb(
        name="assign",
        help="choose early-adopter teams, or take some out",
        positionals=(REFS,),
        options=(
            _TEAM,
            Option(name="--remove", value="TEAM", help="take this team out; may be repeated", repeatable=True),
            Option(name="--propose", help="only say whom to think of, likeliest first, and why"),
        ),
    ),
    Verb(
        name="acknowledge",
        help="write a team's answer on its behalf",
        positionals=(REFS,),
        options=(
            _TEAM,
            Option(name="--answer", value="accept|reject", help="the answer", choices=("accept", "reject")),
            Option(name="--note", value="TEXT", help="a note under the answer"),
        ),
    ),
    Verb(name="comment", help="an internal note", positionals=(REFS,), options=TEXT),
    Verb(name="reply", help="correspondence that everybody on the record sees", positionals=(REFS,), options=TEXT),
    Verb(
        name="remind",
        help="tell teams what they owe; refused inside the cooldown",
        positionals=(
            Positional(
                name="ref", help="SOURCE:ID; none with --all-overdue: the whole board", many=True, optional=True
            ),
        ),
        options=(
            _TEAM,
            Option(
                name="--all-overdue", help="one digest to every team, and the owners of pilots' steps, who are overdue"
            ),
            *TEXT,
        ),
    ),
    Verb(
        name="poll",
        help="mail the early-adopters list of the stack when nobody accepts",
        positionals=(REFS,),
        options=(Option(name="--list", value="ADDRESS", help="another list than the stack's"), *TEXT),
    ),
    Verb(
        name="expose",
        help="say since when a team, or every team, is under production load",
        positionals=(REFS,),
        options=(_TEAM, Option(name="--on", value="DATE", help="the first day, as in 2026-12-01, or today")),
    ),
    Verb(
        name="extend",
        help="set a new last day of exposure, with a reason",
        positionals=(REFS,),
        options=(
            _TEAM,
            Option(name="--until", value="DATE", help="the new last day, as in 2026-12-08"),
            Option(name="--reason", value="TEXT", help="why it takes longer; written to the record"),
        ),
    ),
    Verb(
        name="report",
        help="attach a team's report under its canonical name, or waive it",
        positionals=(REFS,),
        options=(
            _TEAM,
            Option(name="--file", value="FILE", help="the report: an odt, doc or docx; a wrong name is corrected"),
            Option(name="--waive", help="no report is needed; needs --reason"),
            Option(name="--reason", value="TEXT", help="why none is needed; written to the record"),
        ),
    ),
    Verb(
        name="incident",
        help="link an incident ticket, or take its link out",
        positionals=(REFS,),
        options=(
            Option(name="--url", value="URL", help="the ticket's address"),
            Option(name="--title", value="TEXT", help="what it is about"),
            Option(name="--text", value="TEXT", help="a note for the record"),
            Option(name="--to", value="UNIT", help="the support unit of a new ticket; needs an incident backend"),
            Option(name="--unlink", help="take the link out"),
        ),
    ),
    Verb(
        name="document",
        help="name and link the document that holds the reports",
        positionals=(REFS,),
        options=(
            Option(name="--id", value="ID", help="its id in the document server; none takes it out"),
            Option(name="--url", value="URL", help="its address; the id is read from it when --id is not given"),
            Option(name="--register", help="make it on the document server; needs a document backend"),
        ),
    ),
    Verb(
        name="outcome",
        help="set the outcome",
        positionals=(
            REFS,
            Positional(name="value", help="ACCEPT or REJECT; none takes it out", choices=OUTCOMES, checked=False),
        ),
        options=(Option(name="--reason", value="TEXT", help="why; a REJECT needs one; written to the record"),),
    ),
    Verb(
        name="resolve",
        help="close it: document and link, outcome, status, in this order; the parent is told",
        positionals=(REFS,),
        options=(
            Option(name="--outcome", value="ACCEPT|REJECT", help="the outcome; else the record's", choices=OUTCOMES),
            Option(name="--document", value="ID", help="the document's id; else the record's"),
            Option(name="--url", value="URL", help="the document's address; else the one that belongs to the id"),
            Option(name="--reason", value="TEXT", help="why; written to the record"),
        ),
    ),
    Verb(
        name="due",
        help="set the record's own due day",
        positionals=(REFS, Positional(name="value", help="as in 2026-12-01; none takes it out", shown="DATE|none")),
    ),
    Verb(
        name="owner",
        help="give it to somebody",
        positionals=(REFS, Positional(name="value", help="an account of the source, or nobody", shown="NAME|nobody")),
    ),
    Verb(
        name="status",
        help="set the status, in the source's own word",
        positionals=(REFS, Positional(name="value", help="a status word of the source", shown="WORD")),
    ),
    Verb(
        name="field",
        help="set a further field of the source, or change some of its values",
        positionals=(REFS,),
        options=(
            Option(name="--name", value="FIELD", help="the field's name"),
            Option(name="--value", value="TEXT", help="all it is to hold; may be repeated", repeatable=True),
            Option(name="--add", value="TEXT", help="one more value; may be repeated", repeatable=True),
            Option(name="--remove", value="TEXT", help="take this value out; may be repeated", repeatable=True),
            Option(name="--clear", help="take every value out"),
        ),
    ),
    Verb(
        name="rollout-new",
        help="make a rollout where the source lets us",
        options=(
            Option(name="--title", value="TITLE", help="Staged Rollout STACK-MAJOR COMPONENT VERSION OS ARCH"),
            Option(name="--source", value="NAME", help="the source; may be left out when there is only one"),
            Option(name="--text", value="TEXT", help="the description"),
            Option(
                name="--link",
                value="[RELATION=]URL",
                help="release-notes=, bugs= or documentation= and an address; may be repeated",
                repeatable=True,
            ),
        ),
    ),
)
"""In the order in which help lists them."""
