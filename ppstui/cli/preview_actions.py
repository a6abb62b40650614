"""The actions of `do` on pilots and on the registry of partners (SURFACE §2), declared as those on rollouts are."""

from __future__ import annotations

from ppstui.cli.arguments import Option, Positional, Verb
from ppstui.model import Level, Role, Software, StepState, Update

_PILOTS = Positional(name="ref", help="SOURCE:ID of a pilot; several may be given", many=True)
_DAY = "as in 2026-12-01, or today"
_SOURCE = Option(name="--source", value="NAME", help="the source; may be left out when only one can do it")
_LEVELS = tuple(level.value for level in Level)
_UPDATES = tuple(update.value for update in Update)
_KINDS = tuple(software.value for software in Software)
_ROLES = tuple(role.value for role in Role if role is not Role.NOBODY)
_STATES = tuple(state.value for state in StepState)

TEXTS = (
    Option(name="--description", value="TEXT", help="the home page: what it is about"),
    Option(name="--objectives", value="TEXT", help="the home page: measurable objectives"),
    Option(name="--metrics", value="TEXT", help="the home page: how success is measured"),
    Option(name="--use-cases", value="TEXT", help="the home page: what is tried"),
    Option(name="--documentation", value="TEXT", help="the home page: where the technical documentation is"),
)
"""The parts of a home page that a new pilot may have at once."""

_PEOPLE = (
    Option(name="--coordinator", value="NAME", help="who leads it"),
    Option(name="--contact", value="ADDRESS", help="where every change is told"),
)
_LENGTHS = (
    Option(name="--set-up", value="DAYS", help="the time for set-up, agreed at kick-off (7)", whole_number=True),
    Option(name="--feedback", value="DAYS", help="the time for the feedback of VOs (14)", whole_number=True),
    Option(name="--weeks", value="N", help="how long it runs; else 1 (minor) or 2 (major)", whole_number=True),
)
_SITES = Option(name="--site", value="NGI-SITE", help="a hosting site; may be repeated", repeatable=True)
_VOS = Option(name="--vo", value="VO", help="a user community; may be repeated", repeatable=True)


def _why(what: str) -> Option:
    return Option(name="--reason", value="TEXT", help=what)


_PRODUCT = (
    Option(name="--component", value="NAME", help="the component; none named covers every one"),
    Option(name="--stack", value="STACK", help="the stack, as in EMI, or EMI-3 with its major version"),
    Option(name="--majors", value="RANGE", help="major versions: 3, 3.2, 1..3, 2.. or ..3"),
    Option(name="--os", value="OS", help="the operating system"),
    Option(name="--arch", value="ARCH", help="the architecture"),
)
_TEAM = Option(name="--team", value="TEAM", help="the team or site, in the place of the argument")
_LEVEL = Option(
    name="--level", value="LEVEL", help="the level a partner site holds; none: an early adopter's word", choices=_LEVELS
)
_PARTY = Positional(name="party", help="a team or site, by name or as SOURCE:ID", optional=True, shown="TEAM")
_NOTE = Option(name="--note", value="TEXT", help="a note beside it")

_NEW = Verb(
    name="pilot-new",
    help="make a pilot and its steps from the template of its kind",
    options=(
        Option(name="--title", value="TITLE", help="what it is called"),
        Option(name="--update", value="|".join(_UPDATES), help="which workflow it takes", choices=_UPDATES),
        Option(name="--kind", value="KIND", help="client, server (else) or new-service", choices=_KINDS),
        Option(name="--incompatible", help="the update breaks what was there; it then needs another level of site"),
        _SITES,
        _VOS,
        Option(name="--on", value="DATE", help=f"the day on which set-up begins, {_DAY}; else as soon as it can"),
        _SOURCE,
        Option(name="--service", value="NAME", help="the service or component; else the title"),
        Option(name="--level", value="LEVEL", help="another level of site than its kind asks for", choices=_LEVELS),
        Option(name="--requester", value="ROLE", help="who asked for it; decides minor or major", choices=_ROLES),
        *_PEOPLE,
        *_LENGTHS,
        Option(name="--no-mirror", help="the repository need not be mirrored"),
        *TEXTS,
    ),
)

_STEP = Verb(
    name="pilot-step",
    help="sign a step off, or open it again; step 7 done starts the run",
    positionals=(_PILOTS,),
    options=(
        Option(name="--step", value="N", help="the step's number", whole_number=True),
        Option(name="--state", value="STATE", help="done (else), skipped, failed or open", choices=_STATES),
        Option(name="--on", value="DATE", help=f"the day it was finished, {_DAY} (else)"),
        Option(name="--by", value="WHO", help="who finished it; else you"),
        Option(name="--note", value="TEXT", help="what is to say about it"),
        Option(
            name="--effort",
            value="[ROLE[@SITE]=]AMOUNT",
            help="work it took, as in 1.5PD, 4PH or service-expert=2PD; may be repeated",
            repeatable=True,
        ),
    ),
)

_EDIT = Verb(
    name="pilot-edit",
    help="change a pilot's home page, its days and the plan of its steps; an empty text takes one out",
    positionals=(_PILOTS,),
    options=(
        Option(name="--title", value="TITLE", help="what it is called"),
        Option(name="--service", value="NAME", help="the service or component"),
        Option(name="--site", value="NGI-SITE", help="all hosting sites it is to have; repeatable", repeatable=True),
        Option(name="--vo", value="VO", help="all user communities it is to have; repeatable", repeatable=True),
        *_PEOPLE,
        Option(name="--on", value="DATE", help="the day on which set-up begins; open steps move with it"),
        *_LENGTHS,
        Option(name="--plan", value="N=DATE", help="another day for step N; may be repeated", repeatable=True),
        Option(name="--owner", value="N=NAME", help="who does step N; may be repeated", repeatable=True),
        Option(
            name="--milestone",
            value="DATE=TEXT",
            help="a day that matters beside the steps; all it is to have; may be repeated",
            repeatable=True,
        ),
        *TEXTS,
        Option(name="--constraints", value="TEXT", help="the home page: constraints and milestones"),
        Option(name="--layout", value="TEXT", help="the home page: what is installed where"),
        Option(name="--users", value="TEXT", help="the home page: who uses it"),
    ),
)

PREVIEW_ACTIONS = (
    _NEW,
    _STEP,
    Verb(
        name="pilot-prolong",
        help="set a new last day of the run, with a reason",
        positionals=(_PILOTS,),
        options=(
            Option(name="--until", value="DATE", help="the new last day, inclusive"),
            _why("why it runs longer; written to the record"),
        ),
    ),
    Verb(
        name="pilot-roll-back",
        help="say that the installed version was taken out again; ends the pilot",
        positionals=(_PILOTS,),
        options=(Option(name="--on", value="DATE", help=f"the day, {_DAY} (else)"), _why("why; written to the record")),
    ),
    Verb(
        name="pilot-cancel",
        help="give a pilot up",
        positionals=(_PILOTS,),
        options=(Option(name="--on", value="DATE", help=f"the day, {_DAY} (else)"), _why("why; written to the record")),
    ),
    Verb(
        name="pilot-close",
        help="close a pilot after its wrap-up",
        positionals=(_PILOTS,),
        options=(
            Option(name="--on", value="DATE", help=f"the day, {_DAY} (else)"),
            _why("the assessment; written to the record"),
            Option(name="--follow-up", value="TEXT", help="what was decided"),
        ),
    ),
    _EDIT,
    Verb(
        name="commit",
        help="enter what a team or site has committed itself to",
        positionals=(_PARTY,),
        options=(
            _TEAM,
            *_PRODUCT,
            _LEVEL,
            Option(name="--since", value="DATE", help="the first day"),
            Option(name="--until", value="DATE", help="the last day, inclusive"),
            _NOTE,
            _SOURCE,
        ),
    ),
    Verb(
        name="withdraw",
        help="take a team's commitments out: those that lie within what is named",
        positionals=(_PARTY,),
        options=(_TEAM, *_PRODUCT, _LEVEL, _why("why; kept in the log"), _SOURCE),
    ),
    Verb(
        name="wish",
        help="wish for early adopters of a component",
        positionals=(Positional(name="wanted", help="the component", optional=True, shown="COMPONENT"),),
        options=(
            *_PRODUCT,
            Option(name="--minimum", value="N", help="how many (1); 0 takes the wish out", whole_number=True),
            _NOTE,
            _SOURCE,
        ),
    ),
)
"""What is done to pilots and to the registry."""
