"""The settings that the rules need: what DOMAIN marks as an assumption, and what a site may decide for itself."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from ppstui.rules.clocks import Calendar, Span

if TYPE_CHECKING:
    from ppstui.rules.effort import Line  # noqa: TC004  nobody decodes it, and the first frame needs none of it

STACKS = ("gLite", "EMI", "IGE", "ARC", "UNICORE", "Globus", "UMD", "CMD", "SAM", "OpTools", "CA")
"""The software stacks of DOMAIN §4."""


class PilotTimes(Struct, frozen=True, kw_only=True):
    """How long the parts of a pilot take where the rule book leaves it open [A], or fixes it (DOMAIN §3, §5)."""

    prescreen: int = 2
    """Working days to choose sites and inform the VOs."""
    kick_off: int = 3
    """Working days to organise a kick-off."""
    mirror: int = 1
    """Working days to mirror the repository."""
    setup_days: int = 7
    feedback_days: int = 14
    """Set-up and feedback of a new pilot, "e.g. 1 week" and "e.g. 2 weeks": what is proposed, until it is agreed."""
    minor_weeks: int = 1
    major_weeks: int = 2
    """Weeks of running, from the completed installation."""
    report_days: int = 7
    """Days after the run after which a missing post-mortem is late."""
    wrap_up: int = 1
    """Working days from the post-mortem to the wrap-up."""


class Policy(Struct, frozen=True, kw_only=True):
    """One desk's deadlines, calendars and names; made from the configuration."""

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Zurich"))
    """The zone in which deadlines are computed and days are told (DOMAIN §3)."""
    calendar: Calendar = field(default_factory=Calendar)
    site_calendars: dict[str, Calendar] = field(default_factory=dict)
    """Calendars of sites that keep their own holidays, by NGI or by whole team name; the team name wins."""
    acknowledge: Span = Span(working_days=1)
    """"within 1 working day" (DOMAIN §2 T2)."""
    assign: Span = Span(working_days=1)
    """How long a new rollout may wait for its teams to be chosen before that is late; S1 names no time [A]."""
    exposure_minimum: int = 5
    exposure_maximum: int = 7
    """Calendar days of exposure (DOMAIN §2 T5, §11.11)."""
    report_warning: Span = Span(working_days=2)
    """How long after the end of exposure a missing report turns late (DOMAIN §3)."""
    soon: dt.timedelta = dt.timedelta(hours=4)
    """Working time left at which a deadline turns from calm to soon (DOMAIN §3: amber <= 4 h)."""
    reminder_cooldown: Span = Span(working_days=1)
    """How long after a reminder the next one to the same team is refused."""
    stacks: tuple[str, ...] = STACKS
    roster: tuple[str, ...] = ()
    """Team names known from a registry: looked up whole before the hyphen split (DOMAIN §4.2)."""
    report_stack: str = "full"
    """Which stack string report names are emitted with: `full` (`EMI-1.0`) or `name` (`EMI`) (DOMAIN §4.3)."""
    poll_address: str = "early-adopters-{stack}@mailman.egi.eu"
    """The early-adopters list of a stack, `{stack}` being its name in lower case (DOMAIN §2 T2b, §11.8)."""
    poll_lists: dict[str, str] = field(default_factory=dict)
    """Lists of stacks that have an address of another form, by the stack."""
    template_url: str = ""
    """Where the report template is, for reminders; "" leaves it out."""
    pilots: PilotTimes = PilotTimes()
    effort: tuple[Line, ...] = ()
    """What the parts of previews cost; () takes the table of the rule book (`rules.effort.TABLE`)."""
    publish: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Where each audience's issues of the bulletin are published: names in [targets], by audience (DOMAIN §8)."""
    hold: dict[str, dt.timedelta] = field(default_factory=dict)
    """How long somebody who edits an issue keeps others from saving theirs, by audience; four hours else."""
