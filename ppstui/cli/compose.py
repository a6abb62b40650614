"""The composition root: configuration, sources, store, rules and clock become a desk; the only place they all meet."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from ppstui.backends import find, find_target, known_targets, known_types
from ppstui.cli.ear import Ear
from ppstui.config.paths import Paths, find_paths
from ppstui.config.policy import HolidayBook, make_policy
from ppstui.config.read import Known, Loaded, read_config
from ppstui.config.schema import MAIL, BackendTable, Config, TargetTable
from ppstui.config.secrets import Vault
from ppstui.desk import Desk, Source
from ppstui.errors import ConfigError, ConfigProblem, PpsError, UsageError
from ppstui.model import Kind, Phase
from ppstui.port import Offer, Toolbox
from ppstui.rules.clocks import local_day
from ppstui.rules.tracker import Tracker
from ppstui.store import open_store

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from ppstui.backends.targets.smtp import Options
    from ppstui.bulletin.newsroom import Newsroom  # noqa: TC004  nobody decodes it, and the first frame needs none
    from ppstui.cli.console import Console
    from ppstui.port import Backend, Exchange, Mailer, Outlet, Plugin, TargetPlugin
    from ppstui.rules.policy import Policy
    from ppstui.views import fields
    from ppstui.views.pilot_fields import PilotSubject

    _Asked = fields.Fields[fields.Subject] | fields.Fields[fields.Part] | fields.Fields[fields.Queued]


class Composition(Struct):
    """A desk, and what it was made of."""

    desk: Desk
    loaded: Loaded
    paths: Paths
    ear: Ear
    serves: dict[str, frozenset[Kind]]
    broken: dict[str, tuple[frozenset[Kind], str]]
    me: frozenset[str]
    demo: bool
    newsroom: Callable[[], Newsroom]
    """Makes what bulletins are made with, when somebody asks for one."""

    @property
    def config(self) -> Config:
        """The configuration as it is used."""
        return self.loaded.config


def paths_of(options: argparse.Namespace, console: Console) -> Paths:
    """Every file and folder in use."""
    return find_paths(console.env, home(console), options.config)


def home(console: Console) -> Path:
    """The user's home folder: as the environment says, else as the machine's list of users does."""
    return Path(console.env.get("HOME") or _registered_home())


def _registered_home() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        return "/"


def configured(options: argparse.Namespace, console: Console, known: Known | None = None) -> Loaded:
    """The configuration with what the command line decides laid over it. Never raises for what stands in the file."""
    if options.low_bandwidth and options.no_low_bandwidth:
        raise UsageError("--low-bandwidth and --no-low-bandwidth exclude each other; choose one")
    flags: dict[str, bool | str] = {}
    if options.read_only:
        flags["read_only"] = True
    if options.ascii:
        flags["ascii"] = True
    if options.theme:
        flags["theme"] = options.theme
    if options.low_bandwidth or options.no_low_bandwidth:
        flags["low_bandwidth"] = bool(options.low_bandwidth)
    if options.demo:
        from ppstui.cli.demo import demo_configuration  # few look at the demo

        return demo_configuration(flags)
    path = Path(options.config) if options.config else None
    return read_config(path, console.env, find, known or usual_names(), flags=flags)


def usual_names() -> Known:
    """What every reading of the configuration checks names against."""
    return Known(
        types=known_types(),
        where=where_problem,
        sort=sort_problem,
        target=find_target,
        target_types=known_targets(),
    )


def _asked(pane: str) -> _Asked | fields.Fields[PilotSubject]:
    """What a pane's filter may ask."""
    if pane == "pilots":
        from ppstui.views.pilot_fields import PILOTS  # few have a saved view of pilots

        return PILOTS
    from ppstui.views import fields  # most configurations have no saved views

    known: dict[str, _Asked] = {"rollouts": fields.ROLLOUTS, "acks": fields.ACKS, "outbox": fields.OUTBOX}
    return known[pane]


def where_problem(pane: str, text: str) -> str:
    """What is wrong with a saved view's filter; "" when nothing."""
    from ppstui.query import parse

    try:
        parse(text, _asked(pane).kinds, _asked(pane).flags)
    except UsageError as error:
        return str(error)
    return ""


def sort_problem(pane: str, column: str) -> str:
    """What is wrong with the column that a saved view is sorted by; "" when nothing."""
    try:
        _asked(pane).sort((), column)
    except UsageError as error:
        return str(error).removeprefix("sort: ")
    return ""


def plugin_of(table: BackendTable) -> Plugin:
    """The plug-in of a configured backend. Raises ConfigError."""
    if table.type == "demo":
        from ppstui.backends.demo import Demo

        return cast("Plugin", Demo())
    return find(table.type)


@contextlib.contextmanager
def composed(options: argparse.Namespace, console: Console) -> Iterator[Composition]:
    """A desk for one run. Raises ConfigError for problems that concern everything, StoreError for a newer store."""
    loaded = configured(options, console)
    if loaded.fatal:
        raise ConfigError(loaded.fatal)
    with contextlib.ExitStack() as stack:
        paths = paths_of(options, console)
        if options.demo:
            from ppstui.cli.demo import with_archive

            paths = _elsewhere(paths, stack)
            loaded = with_archive(loaded, paths.data / "bulletins")
        yield _compose(options, console, loaded, paths)


def _elsewhere(paths: Paths, stack: contextlib.ExitStack) -> Paths:
    """The same paths in a folder that is gone when the demo ends."""
    import tempfile

    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ppstui-demo-", ignore_cleanup_errors=True)))
    return msgspec.structs.replace(paths, data=folder / "data", state=folder / "state", cache=folder / "cache")


def _compose(options: argparse.Namespace, console: Console, loaded: Loaded, paths: Paths) -> Composition:
    ear = Ear(console.complain)
    today = local_day(console.now(), ZoneInfo(loaded.config.timezone))
    policy = make_policy(loaded.config, HolidayBook(paths.holidays, today).days, today)
    cache, outbox = open_store(paths.state, console.now, ear.say)
    log = _Log()
    tools = partial(toolbox, loaded, paths, console, witness=log.witness, policy=policy)
    sources, broken = _sources(loaded, tools)
    places, unusable = _publishers(loaded, tools)
    me = loaded.config.me or _login(console)
    mail, sends = _mail(options, loaded, tools)
    desk = log.desk = Desk(
        cache=cache,
        outbox=outbox,
        sources=[*sources, *places],
        policy=policy,
        clock=console.now,
        emit=ear,
        by=me,
        read_only=loaded.config.read_only,
        offline=bool(options.offline),
        mailer=sends,
        mail_source=mail,
    )
    return Composition(
        desk=desk,
        loaded=loaded,
        paths=paths,
        ear=ear,
        serves={source.name: source.kinds for source in sources},
        broken=broken | unusable,
        me=frozenset({me.casefold()}),
        demo=bool(options.demo),
        newsroom=partial(_newsroom, desk, loaded, tools, _with_templates(paths, demo=options.demo)),
    )


def _with_templates(paths: Paths, *, demo: bool) -> Paths:
    """The paths as the newsroom wants them: the demo uses no templates of the user's."""
    return msgspec.structs.replace(paths, config=paths.data) if demo else paths


def _newsroom(desk: Desk, loaded: Loaded, tools: Callable[[str], Toolbox], paths: Paths) -> Newsroom:
    from ppstui.cli.newsroom import newsroom  # nothing of bulletins is needed before somebody looks at one

    return newsroom(desk, loaded, tools, paths)


def _mail(
    options: argparse.Namespace, loaded: Loaded, tools: Callable[[str], Toolbox]
) -> tuple[str, Callable[[], Mailer] | None]:
    """The target that polls are sent by, and what makes its mailer; the demo's sends nothing and says so."""
    if options.demo:
        from ppstui.backends.demo.mail import DemoMailer

        return "demo", DemoMailer
    mail = mail_target(loaded.config)
    return mail, partial(mailer, loaded.config.targets[mail], tools(mail)) if mail else None


class _Log:
    """The action log, which adapters are given before there is a desk that keeps it."""

    desk: Desk | None = None

    def witness(self, exchange: Exchange) -> None:
        if self.desk is not None:
            self.desk.witness(exchange)


def mail_target(config: Config) -> str:
    """The target that polls are sent by: the one that `poll.via` names, or the only one of its kind; "" for none."""
    servers = [name for name, target in config.targets.items() if _mail_options(target) is not None]
    if config.poll.via:
        return config.poll.via if config.poll.via in servers else ""
    return servers[0] if len(servers) == 1 else ""


def _mail_options(target: TargetTable) -> Options | None:
    """What a target says of its mail server, if it is one that mails can be sent by."""
    if target.type != MAIL or target.options is None:
        return None
    from ppstui.backends.targets.smtp import Options  # whose configuration has a mail server has loaded it

    options = target.options
    return options if isinstance(options, Options) and options.host and options.sender else None


def mailer(target: TargetTable, tools: Toolbox) -> Mailer:
    """The mailer to that target; it connects when there is a mail to send. Raises ConfigError where it is none."""
    from ppstui.backends.smtp import Smtp  # nothing of mail is needed before somebody polls

    options = _mail_options(target)
    if options is None:
        what = "has no host and from to send mails with"
        raise ConfigError([ConfigProblem("", None, f"targets.{target.name}", what, "write both")])
    return Smtp(options, tools)


def toolbox(
    loaded: Loaded,
    paths: Paths,
    console: Console,
    name: str,
    secret: Callable[[str], str] | None = None,
    witness: Callable[[Exchange], None] | None = None,
    policy: Policy | None = None,
) -> Toolbox:
    """What a backend of that name gets from the outside world; `witness` None: nobody keeps a log."""
    return Toolbox(
        name=name,
        clock=console.now,
        secret=secret or Vault(console.env, loaded.folder).resolve,
        zone=ZoneInfo(loaded.config.timezone),
        transport=console.transport,
        paths={"data": str(paths.data), "cache": str(paths.cache)},
        policy=policy,
        **({"witness": witness} if witness else {}),
    )


def _sources(
    loaded: Loaded, tools: Callable[[str], Toolbox]
) -> tuple[list[Source], dict[str, tuple[frozenset[Kind], str]]]:
    """The usable sources in the file's order, and the others with what is wrong with them."""
    wanted: dict[str, set[Kind]] = {}
    for kind in Kind:
        for name in getattr(loaded.config.sources, kind.served_as):
            wanted.setdefault(name, set()).add(kind)
    sources: list[Source] = []
    broken: dict[str, tuple[frozenset[Kind], str]] = {}
    tables = {table.name: table for table in loaded.backends}
    for name in [*tables, *(name for name in wanted if name not in tables)]:
        kinds = frozenset(wanted.get(name, set()))
        table = tables.get(name)
        if table is None or table.options is None:
            broken[name] = (kinds, _problem(loaded, name))
        else:
            try:
                sources.append(_source(table, kinds, tools))
            except PpsError as error:
                broken[name] = (kinds, str(error))
    return sources, broken


def _problem(loaded: Loaded, name: str) -> str:
    problems = [str(problem) for problem in loaded.problems if problem.backend == name]
    return "; ".join(problems) or f"there is no [backends.{name}] in the configuration"


def _source(table: BackendTable, kinds: frozenset[Kind], tools: Callable[[str], Toolbox]) -> Source:
    plugin = plugin_of(table)
    made: list[Backend] = []

    def opened() -> Backend:
        return made.pop() if made else plugin.open(table.options, tools(table.name))

    of_options = getattr(plugin, "offer_of", None)  # where what a source offers depends on how it is configured
    offer = of_options(table.options) if callable(of_options) else getattr(plugin, "offer", None)
    if not isinstance(offer, Offer):
        # A stranger's plug-in that does not say it on its class: opening connects to nothing, it costs imports.
        made.append(opened())
        offer = made[0].offer
    return Source(
        name=table.name,
        open=opened,
        kinds=kinds & offer.reads,
        refresh=table.refresh,
        read_only=table.read_only,
        offers=offer.writes,
        tracker=_tracker(table.options, watchers=offer.watchers),
    )


def target_plugin(table: TargetTable) -> TargetPlugin:
    """The plug-in of a configured target. Raises ConfigError."""
    if table.type == "demo":
        from ppstui.backends.demo.mail import DemoTarget

        return cast("TargetPlugin", DemoTarget())
    return find_target(table.type)


def outlet(loaded: Loaded, table: TargetTable, tools: Toolbox) -> Outlet:
    """A configured target, opened; it connects when there is something to publish. Raises ConfigError."""
    plugin = target_plugin(table)
    options = table.options
    borrow = getattr(plugin, "borrow", None)  # where a target uses what a backend's table says
    if callable(borrow):
        options = borrow(options, {each.name: each.options for each in loaded.backends})
    return plugin.open(options, tools)


def _publishers(
    loaded: Loaded, tools: Callable[[str], Toolbox]
) -> tuple[list[Source], dict[str, tuple[frozenset[Kind], str]]]:
    """The usable targets as sources that read nothing, and the others with what is wrong with them."""
    sources: list[Source] = []
    broken: dict[str, tuple[frozenset[Kind], str]] = {}
    for table in loaded.config.targets.values():
        if table.options is None:
            problems = [str(problem) for problem in loaded.problems if problem.backend == table.source]
            broken[table.source] = (frozenset(), "; ".join(problems) or "it is not described in the configuration")
        else:
            try:
                sources.append(_publisher(loaded, table, tools))
            except PpsError as error:
                broken[table.source] = (frozenset(), str(error))
    return sources, broken


def _publisher(loaded: Loaded, table: TargetTable, tools: Callable[[str], Toolbox]) -> Source:
    from ppstui.backends.targets.publisher import OFFER, Publisher  # most first screens have no target

    return Source(
        name=table.source,
        open=lambda: Publisher(table.source, outlet(loaded, table, tools(table.source))),
        kinds=frozenset(),
        refresh=_TARGETS_REST,
        read_only=table.read_only,
        offers=OFFER.writes,
        traces=target_plugin(table).traces,
    )


_TARGETS_REST = dt.timedelta(minutes=15)
"""Nothing is read from a target; so often what is held for it is tried again, if it knows us by then."""


def _tracker(options: object, *, watchers: bool) -> Tracker:
    """A source's words and ways, as far as its options name them as those of `rt` do: `status.open`, `document_url`."""
    status = getattr(options, "status", None)
    words = {phase: tuple(getattr(status, phase.value, ())) for phase in Phase}
    return Tracker(
        words={phase: found for phase, found in words.items() if found},
        watchers=watchers,
        document_url=str(getattr(options, "document_url", "")),
    )


def _login(console: Console) -> str:
    """Who is logged in, for the log."""
    for name in ("USER", "LOGNAME"):
        if console.env.get(name):
            return console.env[name]
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except (KeyError, OSError):
        return "coordinator"
