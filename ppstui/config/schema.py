"""The configuration, declared once: the strict reader, the JSON schema and `config blame` read these structs.

Every field's meaning stands under it. Lengths of time are written `90s`, `15m`, `4h`, `5d`, `1wd` (working days).
What a type alone cannot say (that a text is a time zone, a length of time, a country, a secret's reference) stands in
`Meta(extra=…)`, and the reader checks it. Plug-ins mark their own secrets in the same way:
`Annotated[str, Meta(extra={"secret": True})]`. Annotations are not postponed in this module: msgspec would have to
evaluate two hundred texts at every start, which costs 1.3 ms.
"""

import datetime as dt
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from ppstui.model import Role, Update
from ppstui.model.bulletins import TARGET

Length = Annotated[str, Meta(extra={"is": "length"})]
"""A length of time in working or calendar time."""
Days = Annotated[str, Meta(extra={"is": "days"})]
"""A length of time in whole calendar days."""
Hours = Annotated[str, Meta(extra={"is": "hours"})]
"""A length of time by the clock, not in working days."""
WorkingDays = Annotated[str, Meta(extra={"is": "working days"})]
"""A length of time in whole working days."""
Effort = Annotated[str, Meta(extra={"is": "effort"})]
"""An amount of one person's work: `4PH`, `0.75PD`, `1PW 2PD`, `90min`."""
Country = Annotated[str, Meta(extra={"is": "country"})]
"""`CH`, or with a subdivision `CH-GE`; "" is none."""
Address = Annotated[str, Meta(extra={"is": "address"})]
"""A mail address; "" is none."""
ListAddress = Annotated[str, Meta(extra={"is": "list address"})]
"""A mail address that may hold `{stack}`; "" is none."""
SecretReference = Annotated[str, Meta(extra={"secret": True})]
"""`env:NAME`, `file:PATH`, `command:CMD` or `keyring:SERVICE/USER`; never the secret itself."""


class _Table(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Sources(_Table, frozen=True, kw_only=True):
    """Which backend serves which kind; several are merged on one board."""

    rollouts: tuple[str, ...] = ("local",)
    """Staged rollouts and their acknowledgements; left out: every backend."""
    teams: tuple[str, ...] = ("local",)
    """Early-adopter teams and partner sites, what they committed to and what is wished for; left out: every backend."""
    pilots: tuple[str, ...] = ("local",)
    """Pilots; left out: every backend."""
    incidents: tuple[str, ...] = ()
    """Incidents that are linked to rollouts; used by the incident action."""
    meetings: tuple[str, ...] = ()
    """Agendas of meetings; left out: every backend that has some."""
    bulletins: tuple[str, ...] = ("local",)
    """Issues of the bulletin, kept by the first; left out: every backend that keeps some, else the embedded store."""


class CalendarTable(_Table, frozen=True, kw_only=True):
    """Which days are working days."""

    country: Country = ""
    """Two-letter country whose public holidays are free; "" means weekends only."""
    subdivision: str = ""
    """Canton, state or region in that country, as in `GE`."""
    closures: tuple[dt.date, ...] = ()
    """Further days on which nobody works."""
    site_countries: dict[str, Country] = field(default_factory=dict)
    """Countries of sites that keep their own holidays, by NGI (`NGI_IT`) or whole team name."""


class ExposureTable(_Table, frozen=True, kw_only=True):
    """How long a new version is exposed to production load; calendar days."""

    minimum: Days = "5d"
    """A shorter exposure is warned about."""
    maximum: Days = "7d"
    """A longer one must be extended explicitly, with a reason."""


class Deadlines(_Table, frozen=True, kw_only=True):
    """The clocks of the process."""

    acknowledge: Length = "1wd"
    """How long a team has to answer."""
    exposure: ExposureTable = ExposureTable()
    """How long a new version is exposed to production load."""
    report: Length = "2wd"
    """How long after the end of exposure a missing report turns late."""
    soon: Hours = "4h"
    """Working time left at which a deadline turns amber."""
    reminder_cooldown: Length = "1wd"
    """How long after a reminder the next one to the same team is refused."""


class PilotTable(_Table, frozen=True, kw_only=True):
    """How long the parts of a pilot take."""

    prescreen: WorkingDays = "2wd"
    """To choose the sites and to inform the VOs."""
    kick_off: WorkingDays = "3wd"
    """To organise a kick-off."""
    mirror: WorkingDays = "1wd"
    """To mirror the repository."""
    setup: Days = "7d"
    """To set the service up, as a new pilot proposes it; agreed at the kick-off."""
    feedback: Days = "14d"
    """For the VOs' feedback, as a new major pilot proposes it; agreed at the kick-off."""
    minor_weeks: Annotated[int, Meta(ge=1, le=52)] = 1
    """How many weeks a minor pilot runs, from the completed installation."""
    major_weeks: Annotated[int, Meta(ge=1, le=52)] = 2
    """How many weeks a major pilot runs, from the completed installation."""
    report: Days = "7d"
    """How long after the run a missing post-mortem turns late."""
    wrap_up: WorkingDays = "1wd"
    """From the post-mortem to the wrap-up."""


class EffortLine(_Table, frozen=True, kw_only=True):
    """What one part of a preview costs one who does it."""

    role: Role
    """Who does it."""
    what: str
    """What is done."""
    effort: Effort
    """How much work it is."""
    step: Annotated[int, Meta(ge=0, le=10)] = 0
    """The step of the workflow it belongs to; 0 for work outside it."""
    updates: tuple[Update, ...] = (Update.MINOR, Update.MAJOR)
    """The kinds of pilots that have it."""
    weekly: bool = False
    """Whether it counts once for each week of running."""
    optional: bool = False
    """Whether it may be left out."""
    use: Literal["pilot", "mqs", "release-testing"] = "pilot"
    """What it is for."""


class Names(_Table, frozen=True, kw_only=True):
    """Names that differ from house to house."""

    stacks: tuple[str, ...] = ()
    """Software stacks; [] means those of the rule book."""
    teams: tuple[str, ...] = ()
    """Early-adopter teams known here (`ea-NGI_IT-INFN-T1`): they are looked up whole before a name is split."""
    report_stack: Literal["full", "name"] = "full"
    """`full` writes report names with `EMI-1.0`, `name` with `EMI`."""
    template_url: str = ""
    """Where the report template is; named in reminders."""


class View(_Table, frozen=True, kw_only=True):
    """A saved view: a tab in its pane."""

    title: str
    """What the tab says."""
    where: str = ""
    """What it shows, in the filter language; "" shows everything."""
    sort: str = ""
    """A column, `-column` for the other way round, "" for the most pressing first."""


class Views(_Table, frozen=True, kw_only=True):
    """Saved views by pane."""

    rollouts: tuple[View, ...] = ()
    """Tabs of the rollouts pane."""
    acks: tuple[View, ...] = ()
    """Tabs of the acknowledgements pane."""
    outbox: tuple[View, ...] = ()
    """Tabs of the outbox pane."""
    pilots: tuple[View, ...] = ()
    """Tabs of the pilots pane."""


class Meeting(_Table, frozen=True, kw_only=True):
    """A regular meeting."""

    name: str
    """As `ppstui meeting NAME` and the bulletin call it."""
    when: str
    """Days and wall-clock times: `Mon 14:30, Wed 16:30`."""
    minutes: Annotated[int, Meta(ge=1)] = 60
    """How long it lasts."""
    anchor: dt.date | None = None
    """One day on which it took place, for meetings that are not weekly."""


class BulletinTable(_Table, frozen=True, kw_only=True):
    """A bulletin for one audience."""

    title: str = ""
    """What its issues are called; "" makes it of the audience's name."""
    sections: tuple[str, ...] = ()
    """What it holds, in this order; [] takes what the rule book has for it. Any other word is a section by hand."""
    publish: tuple[str, ...] = ()
    """Names in [targets] it goes to."""
    meeting: str = ""
    """The meeting it is for, by its name in [[meetings]]; "" takes the one that is called as the audience is."""
    greeting: str = ""
    """What an issue begins with; "" for nothing."""
    closing: str = ""
    """What an issue ends with; "" for nothing."""
    where: str = ""
    """Which rollouts concern its readers, in the filter language; "" all of them."""
    carry_weeks: Annotated[int, Meta(ge=0, le=52)] = 4
    """How many weeks something that is carried over goes on being told."""
    warn: Hours = "2h"
    """How long before its meeting an issue that is not published is warned of."""
    hold: Hours = "4h"
    """After which time nobody waits any more for a colleague who edits it."""


MAIL = "smtp"
"""The type of a target that is a mail server."""


class TargetTable(Struct, frozen=True, kw_only=True):
    """What every target's table has; the rest is read by the target's own `Options`."""

    name: str
    type: str
    format: str = ""
    """What an issue is written in there; "" takes what is usual for such a target."""
    read_only: bool = False
    """Whether nothing is published there."""
    options: Struct | None = None
    """The plug-in's own `Options`; None when this target is disabled by a problem in it."""

    @property
    def source(self) -> str:
        """The name under which it stands among the desk's sources."""
        return f"{TARGET}{self.name}"


class PollTable(_Table, frozen=True, kw_only=True):
    """Where a poll of the early adopters goes, when no team accepts."""

    via: str = ""
    """The mail target it is sent by, by its name in [targets]; "" takes the only one."""
    address: ListAddress = "early-adopters-{stack}@mailman.egi.eu"
    """The list of a stack, `{stack}` being its name in lower case; "" when only those in `lists` are polled."""
    lists: dict[str, Address] = field(default_factory=dict)
    """Lists of stacks whose address has another form."""


class BackendTable(Struct, frozen=True, kw_only=True):
    """What every backend's table has; the rest is read by the backend's own `Options`."""

    name: str
    type: str
    refresh: dt.timedelta = dt.timedelta(seconds=60)
    """How often it is asked what changed."""
    read_only: bool = False
    """Whether everything that would write to it is refused."""
    options: Struct | None = None
    """The plug-in's own `Options`; None when this entry is disabled by a problem in it."""


class Config(_Table, frozen=True, kw_only=True):
    """Everything in the file, less [backends]; what plug-ins read by their own rules is as they read it."""

    timezone: Annotated[str, Meta(extra={"is": "zone"})] = "Europe/Zurich"
    """The zone in which deadlines are computed and days are told."""
    theme: str = ""
    """A theme by name; "" chooses dark, or the terminal's own colours on a slow line."""
    me: str = ""
    """How the trackers know you, for `is:mine`; "" takes the login name. `config init` writes what the server says."""
    read_only: bool = False
    """Whether everything that would write anywhere is refused."""
    ascii: bool = False
    """Draw with plain ASCII; set by itself where the terminal cannot do better."""
    low_bandwidth: bool | None = None
    """Fewer bytes on the line; unset: on over SSH."""
    editor: str = ""
    """The editor for texts; "" takes $VISUAL, $EDITOR, then vi."""
    sources: Sources = Sources()
    """Which backend serves which kind."""
    calendar: CalendarTable = CalendarTable()
    """Which days are working days."""
    deadlines: Deadlines = Deadlines()
    """The clocks of the process."""
    pilots: PilotTable = PilotTable()
    """How long the parts of a pilot take."""
    effort: tuple[EffortLine, ...] = ()
    """What previews cost, line by line; none: as in the table of the rule book."""
    names: Names = Names()
    """Names that differ from house to house."""
    views: Views = Views()
    """Saved views by pane."""
    meetings: tuple[Meeting, ...] = ()
    """Regular meetings."""
    bulletin: dict[str, BulletinTable] = field(default_factory=dict)
    """Bulletins by audience."""
    poll: PollTable = PollTable()
    """Where a poll of the early adopters goes."""
    targets: dict[str, TargetTable] = field(default_factory=dict)
    """Where mails and bulletins go, by name."""
    keys: dict[str, str] = field(default_factory=dict)
    """Keys by action, several with commas, "" to take a key away: `"rollouts.acknowledge" = "a"`."""
