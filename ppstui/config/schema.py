"""The configuration, declared once: the strict reader, the JSON schema, `config blame` and the help read these structs.

Every field's meaning stands under it. Lengths of time are written `90s`, `15m`, `4h`, `5d`, `1wd` (working days).
"""

from __future__ import annotations

import datetime as dt

from msgspec import Struct, field


class _Table(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Sources(_Table, frozen=True, kw_only=True):
    """Which backend serves which kind; several are merged on one board."""

    rollouts: tuple[str, ...] = ("local",)
    teams: tuple[str, ...] = ("local",)


class CalendarTable(_Table, frozen=True, kw_only=True):
    """Which days are working days."""

    country: str = ""
    """Two-letter country whose public holidays are free; "" means weekends only."""
    subdivision: str = ""
    """Canton, state or region in that country, as in `GE`."""
    closures: tuple[dt.date, ...] = ()
    """Further days on which nobody works."""
    site_countries: dict[str, str] = field(default_factory=dict)
    """Countries of sites that keep their own holidays, by NGI (`NGI_IT`) or whole team name."""


class ExposureTable(_Table, frozen=True, kw_only=True):
    """How long a new version is exposed to production load; calendar days."""

    minimum: str = "5d"
    maximum: str = "7d"


class Deadlines(_Table, frozen=True, kw_only=True):
    """The clocks of the process."""

    acknowledge: str = "1wd"
    """How long a team has to answer."""
    exposure: ExposureTable = ExposureTable()
    report: str = "2wd"
    """How long after the end of exposure a missing report turns late."""
    soon: str = "4h"
    """Working time left at which a deadline turns amber."""
    reminder_cooldown: str = "1wd"
    """How long after a reminder the next one to the same team is refused."""


class Names(_Table, frozen=True, kw_only=True):
    """Names that differ from house to house."""

    stacks: tuple[str, ...] = ()
    """Software stacks; () means those of the rule book."""
    teams: tuple[str, ...] = ()
    """Early-adopter teams known here (`ea-NGI_IT-INFN-T1`): they are looked up whole before a name is split."""
    report_stack: str = "full"
    """`full` writes report names with `EMI-1.0`, `name` with `EMI`."""
    template_url: str = ""
    """Where the report template is; named in reminders."""


class View(_Table, frozen=True, kw_only=True):
    """A saved view: a tab in its pane."""

    title: str
    where: str = ""
    sort: str = ""
    """A column, `-column` for the other way round, "" for the most pressing first."""


class Views(_Table, frozen=True, kw_only=True):
    """Saved views by pane."""

    rollouts: tuple[View, ...] = ()
    acks: tuple[View, ...] = ()
    outbox: tuple[View, ...] = ()


class BackendTable(Struct, frozen=True, kw_only=True):
    """What every backend's table has; the rest is read by the backend's own `Options`."""

    name: str
    type: str
    refresh: dt.timedelta = dt.timedelta(seconds=60)
    read_only: bool = False
    options: Struct | None = None
    """The plug-in's own `Options`; None when this entry is disabled by a problem in it."""


class Config(_Table, frozen=True, kw_only=True):
    """Everything in the file, less [backends], which plug-ins read by their own rules."""

    timezone: str = "Europe/Zurich"
    theme: str = ""
    """A theme by name; "" chooses dark, or the terminal's own colours on a slow line."""
    me: str = ""
    """How the trackers know you, for `is:mine`; "" asks each server."""
    read_only: bool = False
    ascii: bool = False
    """Draw with plain ASCII; set by itself where the terminal cannot do better."""
    low_bandwidth: bool | None = None
    """Fewer bytes on the line; unset: on over SSH."""
    editor: str = ""
    """The editor for texts; "" takes $VISUAL, $EDITOR, then vi."""
    sources: Sources = Sources()
    calendar: CalendarTable = CalendarTable()
    deadlines: Deadlines = Deadlines()
    names: Names = Names()
    views: Views = Views()
    keys: dict[str, str] = field(default_factory=dict)
    """Keys by action, several with commas, "" to take a key away: `"rollouts.acknowledge" = "a"`."""
