"""Reads the configuration: strictly, all problems at once, and never stopping a backend for another one's mistake."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Callable
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Struct
from msgspec import inspect as types

from ppstui.config import strict
from ppstui.config.paths import find_paths
from ppstui.config.schema import MAIL, BackendTable, Config, Sources, TargetTable
from ppstui.config.secrets import loose_file
from ppstui.config.strict import BAD, Strict, nearest, shown
from ppstui.config.toml_lines import Path as KeyPath
from ppstui.config.toml_lines import dotted, key_lines
from ppstui.errors import ConfigError, ConfigProblem, PpsError
from ppstui.model import Kind
from ppstui.model.bulletins import TARGET
from ppstui.rules.clocks import Span
from ppstui.rules.policy import STACKS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ppstui.port import Plugin, TargetPlugin  # noqa: TC004  nobody decodes it

EMBEDDED: Final = "local"
"""The backend that is always there, on one SQLite file, whether or not [backends] describes it."""

_BACKEND_NAME = r"[A-Za-z0-9_.-]+"
_AUDIENCE = r"[A-Za-z0-9_-]+"
_SECTION = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_ALIKE = 0.85
"""How much two names have in common of which one is a slip of the other; 1 is the same."""
_COUNTRY = r"[A-Za-z]{2}(?:-[A-Za-z0-9]+)?"


class _Common(Struct, frozen=True, kw_only=True):
    """What every backend's table has, as `BackendTable` says."""

    type: str
    refresh: dt.timedelta = dt.timedelta(seconds=60)
    read_only: bool = False


class _Place(Struct, frozen=True, kw_only=True):
    """What every target's table has, as `TargetTable` says."""

    type: str
    format: str = ""
    read_only: bool = False


_COMMON = _Common.__struct_fields__
_PLACE = _Place.__struct_fields__


class Known(Struct, frozen=True):
    """What only other floors of the house know; None: not checked."""

    types: tuple[str, ...] = ()
    """Backend types, for naming the nearest."""
    actions: frozenset[str] | None = None
    """Actions that [keys] may name."""
    themes: tuple[str, ...] | None = None
    """Themes by name."""
    where: Callable[[str, str], str] | None = None
    """What is wrong with a saved view's filter, given the pane and the text; "" when nothing."""
    sort: Callable[[str, str], str] | None = None
    """What is wrong with the column that a saved view is sorted by, given the pane and the text; "" when nothing."""
    country: Callable[[str, str], tuple[str, str] | None] | None = None
    """What is wrong with a country and subdivision, and the hint; slow, so only `config check` asks."""
    target: Callable[[str], TargetPlugin] | None = None
    """The plug-in of a type of target; raises PpsError or LookupError for one that does not exist."""
    target_types: tuple[str, ...] = ()
    """Types of targets, for naming the nearest."""


class Origin(Struct, frozen=True):
    """Where a value comes from."""

    source: str
    """The file, a flag such as `--theme`, or `default`."""
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.source}:{self.line}" if self.line else self.source


class Loaded(Struct, frozen=True, dict=True):
    """The configuration as it is used, and everything that is wrong with the file."""

    config: Config
    backends: tuple[BackendTable, ...]
    """In the file's order, then those that only [sources] names; with `options=None` disabled by a problem."""
    problems: tuple[ConfigProblem, ...] = ()
    file: Path | None = None
    """The file that was read, or None when there is none."""
    folder: Path = Path()
    """Where relative paths in the file start."""
    text: str = ""
    flags: tuple[str, ...] = ()
    """Top-level keys that the command line decided."""

    def __repr__(self) -> str:
        """Without the text, in which somebody may have written a secret by mistake."""
        return f"Loaded({self.file}: {len(self.backends)} backends, {len(self.problems)} problems)"

    @property
    def fatal(self) -> tuple[ConfigProblem, ...]:
        """The problems that concern more than one backend: a headless command stops at them with exit code 3."""
        return tuple(problem for problem in self.problems if not problem.backend)

    @cached_property
    def lines(self) -> Mapping[KeyPath, int]:
        """Where each key stands in the file."""
        return key_lines(self.text)

    def origin(self, path: KeyPath) -> Origin:
        """Where the value at that key comes from."""
        if len(path) == 1 and path[0] in self.flags:
            return Origin(f"--{str(path[0]).replace('_', '-')}")
        for end in range(len(path), 0, -1):
            if path[:end] in self.lines and all(isinstance(part, int) for part in path[end:]):
                return Origin(str(self.file), self.lines[path[:end]])
        return Origin("default")

    def usable(self, name: str) -> bool:
        """Whether that backend exists and no problem disables it."""
        return any(table.name == name and table.options is not None for table in self.backends)


def read_config(
    path: Path | None,
    env: Mapping[str, str],
    find_plugin: Callable[[str], Plugin],
    known: Known | None = None,
    *,
    flags: Mapping[str, bool | str] | None = None,
) -> Loaded:
    """The configuration in that file; None: where PPSTUI_CONFIG or XDG say, and the embedded default without a file.

    `find_plugin` raises PpsError or LookupError for a type that does not exist. `flags` are top-level keys decided on
    the command line; they win. Never raises for what stands in the file, or when it cannot be read: see `problems`.
    """
    paths = find_paths(env, Path(env.get("HOME", "/")), path)
    file = paths.config_file
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        problems = []
        if paths.config_from != "XDG":
            hint = "run: ppstui config init, or take the name away"
            problems = [ConfigProblem(str(file), None, "file", "there is no such file", hint)]
        found = _interpreted(None, file, "", {}, problems, env, find_plugin, known)
    except OSError as error:
        problems = [ConfigProblem(str(file), None, "file", f"cannot be read: {error.strerror or error}")]
        found = _interpreted(file, file, "", {}, problems, env, find_plugin, known)
    else:
        found = read_text(data, file, env, find_plugin, known)
    if not flags:
        return found
    return msgspec.structs.replace(found, config=msgspec.structs.replace(found.config, **flags), flags=tuple(flags))


def read_text(
    data: bytes,
    file: Path,
    env: Mapping[str, str],
    find_plugin: Callable[[str], Plugin],
    known: Known | None = None,
) -> Loaded:
    """The configuration that file would be with these contents; see `read_config`."""
    text, raw, problems = "", {}, []
    try:
        text = data.decode().removeprefix("\ufeff")  # a byte-order mark is an editor's habit, not a mistake of the user
        raw = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problems = [ConfigProblem(str(file), line, "file", "this line is not UTF-8 text", "save the file as UTF-8")]
    except tomllib.TOMLDecodeError as error:
        problems = [_syntax(str(file), text, str(error))]
    return _interpreted(file, file, text if raw else "", raw, problems, env, find_plugin, known)


def _interpreted(
    file: Path | None,
    place: Path,
    text: str,
    raw: dict[str, Any],
    problems: list[ConfigProblem],
    env: Mapping[str, str],
    find_plugin: Callable[[str], Plugin],
    known: Known | None,
) -> Loaded:
    reader = _Reader(str(place), text, env, place.parent, find_plugin, known or Known())
    config, backends = reader.read(raw)
    told = sorted([*problems, *reader.problems], key=lambda problem: problem.line or 0)
    return Loaded(config=config, backends=backends, problems=tuple(told), file=file, folder=place.parent, text=text)


def _syntax(name: str, text: str, message: str) -> ConfigProblem:
    found = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", message)
    what = message[: found.start()] if found else message
    line = int(found[1]) if found and found[1] else text.count("\n") + 1
    column = f"{found[2]}" if found and found[2] else "end"
    return ConfigProblem(f"{name}:{line}:{column}", None, "syntax", f"this is not TOML: {what}", _advice(what))


def _advice(what: str) -> str:
    """What usually is behind tomllib's words."""
    if "Cannot overwrite" in what or "declare" in what or "Cannot mutate" in what:
        return "a key or [table] may stand only once; put both parts together"
    if "Invalid value" in what:
        return "texts stand in quotes, days do not"
    return ""


class _Reader:
    """One reading of one file: gathers problems and turns key paths into lines."""

    def __init__(
        self,
        file: str,
        text: str,
        env: Mapping[str, str],
        folder: Path,
        find_plugin: Callable[[str], Plugin],
        known: Known,
    ) -> None:
        self.problems: list[ConfigProblem] = []
        self._file, self._text, self._env, self._folder = file, text, env, folder
        self._find_plugin, self._known = find_plugin, known
        self._names: tuple[str, ...] = ()
        self._places: tuple[str, ...] = ()
        self._reads: dict[str, frozenset[Kind] | None] = {}

    @cached_property
    def _lines(self) -> Mapping[KeyPath, int]:
        return key_lines(self._text)

    def complain(self, path: KeyPath, what: str, hint: str = "", *, backend: str = "") -> None:
        """Notes a problem at a key, or at the nearest table around it when the key is missing."""
        line = next((self._lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self._lines), None)
        if not backend and len(path) > 1 and path[0] in ("backends", "targets"):
            backend = str(path[1]) if path[0] == "backends" else f"{TARGET}{path[1]}"
        self.problems.append(ConfigProblem(self._file, line, dotted(path), what, hint, backend))

    def read(self, raw: dict[str, Any]) -> tuple[Config, tuple[BackendTable, ...]]:
        tables = raw.get("backends", {})
        self._names = tuple(tables) if isinstance(tables, dict) else ()
        places = raw.get("targets", {})
        self._places = tuple(places) if isinstance(places, dict) else ()
        rest = {key: value for key, value in raw.items() if key not in ("backends", "targets")}
        config: Config = self._walker().struct(Config, rest, ())
        config = msgspec.structs.replace(config, targets=self._targets(places))
        if not isinstance(tables, dict):
            self.complain(("backends",), f"expected tables, found {shown(tables)}", "write [backends.NAME]")
            tables = {}
        backends = [self._backend(name, table) for name, table in tables.items()]
        self._same_twice(backends)
        sources, missing = self._sources(rest, config.sources, [table.name for table in backends])
        for name in missing:
            embedded = name == EMBEDDED
            backends.append(self._backend(name, {"type": "sql"}) if embedded else BackendTable(name=name, type=""))
        config = msgspec.structs.replace(config, sources=sources)
        if self._heard("read_only"):
            config = msgspec.structs.replace(config, read_only=True)  # a mistake here must not open the door
        self._judge_names(config)
        self._judge_mail(config)
        self._judge_days(config)
        self._judge_meetings(config)
        self._judge_bulletins(config)
        return config, tuple(backends)

    def _walker(self) -> Strict:
        checks = {
            "length": strict.length,
            "hours": strict.hours,
            "days": strict.days,
            "working days": strict.working_days,
            "effort": strict.effort,
            "zone": strict.zone,
            "country": self._country,
            "address": strict.address,
            "list address": strict.list_address,
        }
        return Strict(
            self.complain,
            checks,
            _homes,
            {
                (): ("backends",),
                **{("backends", name): _COMMON for name in self._names},
                **{("targets", name): _PLACE for name in self._places},
            },
        )

    # -------------------------------------------------------------------------------------------------- backends

    def _backend(self, name: str, raw: object) -> BackendTable:
        path: KeyPath = ("backends", name)
        before = len(self.problems)
        broken = BackendTable(name=name, type="")
        if not isinstance(raw, dict):
            self.complain(path, f"expected a table, found {shown(raw)}", f"write [backends.{name}]")
            return broken
        if not re.fullmatch(_BACKEND_NAME, name):
            self.complain(path, "a backend's name is made of letters, digits, `_`, `.` and `-`", "rename it")
        elif name.startswith(TARGET):
            self.complain(path, f"a backend's name does not begin with {TARGET}, as those of targets do", "rename it")
        common = self._walker().struct(_Common, {key: raw[key] for key in _COMMON if key in raw}, path)
        if common is BAD:
            return broken
        options = self._options(name, common.type, {key: value for key, value in raw.items() if key not in _COMMON})
        return BackendTable(
            name=name,
            type=common.type,
            refresh=common.refresh,
            read_only=common.read_only or len(self.problems) > before,
            options=None if len(self.problems) > before else options,
        )

    def _options(self, name: str, kind: str, raw: dict[str, Any]) -> Struct | None:
        path: KeyPath = ("backends", name)
        try:
            plugin = self._find_plugin(kind)
        except (PpsError, LookupError) as error:
            self._no_such_type((*path, "type"), kind, error, self._known.types, "backend type")
            return None
        offer = getattr(plugin, "offer", None)
        self._reads[name] = getattr(offer, "reads", None) or getattr(plugin, "reads", None)
        options = self._walker().struct(plugin.Options, raw, path)
        if not isinstance(options, Struct):
            return None
        self._look_at_secrets(options, path)
        return options

    def _look_at_secrets(self, options: Struct, path: KeyPath) -> None:
        for key, reference in secrets_of(options):
            wrong = loose_file(reference, self._folder, self._env)
            if wrong:
                self.complain((*path, *key), *wrong)

    def _no_such_type(self, path: KeyPath, kind: str, error: Exception, types: tuple[str, ...], noun: str) -> None:
        """Unknown, or known and unusable: the finder's own words say which."""
        problem = next(iter(error.problems), None) if isinstance(error, ConfigError) else None
        known = f"known types: {', '.join(types)}" if types else ""
        near = nearest(kind, types)
        what = problem.what if problem else f"there is no {noun} {shown(kind)}"
        hint = problem.hint if problem else f'did you mean "{near}"?' if near else str(error)
        self.complain(path, what, f"{hint} ({known})" if known and kind not in types else hint)

    def _same_twice(self, backends: list[BackendTable]) -> None:
        seen: dict[bytes, str] = {}
        for n, table in enumerate(backends):
            if table.options is None or not getattr(table.options, "url", ""):
                continue
            key = msgspec.json.encode([table.type, table.options])
            if key in seen:
                what = f"says the same as [backends.{seen[key]}], so everything would be on the board twice"
                self.complain(("backends", table.name), what, "take one of the two away")
                backends[n] = msgspec.structs.replace(table, options=None)
            seen.setdefault(key, table.name)

    # --------------------------------------------------------------------------------------------------- targets

    def _targets(self, raw: object) -> dict[str, TargetTable]:
        if not isinstance(raw, dict):
            self.complain(("targets",), f"expected tables, found {shown(raw)}", "write [targets.NAME]")
            return {}
        return {name: self._target(name, table) for name, table in raw.items()}

    def _target(self, name: str, raw: object) -> TargetTable:
        path: KeyPath = ("targets", name)
        before = len(self.problems)
        broken = TargetTable(name=name, type="")
        if not isinstance(raw, dict):
            self.complain(path, f"expected a table, found {shown(raw)}", f"write [targets.{name}]")
            return broken
        if not re.fullmatch(_BACKEND_NAME, name):
            self.complain(path, "a target's name is made of letters, digits, `_`, `.` and `-`", "rename it")
        common = self._walker().struct(_Place, {key: raw[key] for key in _PLACE if key in raw}, path)
        if common is BAD:
            return broken
        options = self._place(path, common, {key: value for key, value in raw.items() if key not in _PLACE})
        whole = len(self.problems) == before
        return TargetTable(
            name=name,
            type=common.type,
            format=common.format,
            read_only=common.read_only or not whole,
            options=options if whole else None,
        )

    def _place(self, path: KeyPath, common: _Place, raw: dict[str, Any]) -> Struct | None:
        if self._known.target is None:
            return None
        try:
            plugin = self._known.target(common.type)
        except (PpsError, LookupError) as error:
            self._no_such_type((*path, "type"), common.type, error, self._known.target_types, "type of target")
            return None
        if common.format and common.format not in plugin.formats:
            hint = f'did you mean "{nearest(common.format, plugin.formats)}"? It takes {", ".join(plugin.formats)}'
            self.complain((*path, "format"), f"a {common.type} takes no {shown(common.format)}", hint)
        options = self._walker().struct(plugin.Options, raw, path)
        if not isinstance(options, Struct):
            return None
        self._look_at_secrets(options, path)
        lender = getattr(options, "backend", "")  # whose address and token it goes by
        if lender and lender not in self._names:
            hint = f'did you mean "{near}"?' if (near := nearest(lender, self._names)) else "give url and token"
            self.complain((*path, "backend"), f"there is no backend {shown(lender)}", hint)
        return options

    # --------------------------------------------------------------------------------------------------- sources

    def _sources(self, raw: dict[str, Any], sources: Sources, names: list[str]) -> tuple[Sources, list[str]]:
        """[sources] with what was left out filled in, and the names in it that nothing describes."""
        written = raw.get("sources", {})
        kinds = {key: {kind for kind in Kind if kind.served_as == key} for key in Sources.__struct_fields__}
        chosen: dict[str, tuple[str, ...]] = {}
        for key in Sources.__struct_fields__:
            wanted: tuple[str, ...] = getattr(sources, key)
            silent = not isinstance(written, dict) or key not in written or self._heard(f"sources.{key}")
            if silent and kinds[key] and names:
                wanted = tuple(name for name in names if self._serves(name, kinds[key]))
                if not wanted and key == Kind.BULLETIN.value and raw.get("bulletin"):
                    wanted = (EMBEDDED,)  # an issue has to be kept somewhere, also beside trackers that keep none
            self._unknown_sources(key, wanted, names)
            chosen[key] = tuple(dict.fromkeys(wanted))
        everyone = dict.fromkeys(name for some in chosen.values() for name in some)
        return Sources(**chosen), [name for name in everyone if name not in names]

    def _heard(self, key: str) -> bool:
        return any(problem.key == key for problem in self.problems)

    def _serves(self, name: str, kinds: set[Kind]) -> bool:
        reads = self._reads.get(name)
        return not kinds.isdisjoint(reads) if isinstance(reads, frozenset) else True

    def _unknown_sources(self, key: str, wanted: tuple[str, ...], names: list[str]) -> None:
        for n, name in enumerate(wanted):
            if name not in names and name != EMBEDDED:
                near = nearest(name, tuple(dict.fromkeys((*names, EMBEDDED))))
                known = f", with a type of {', '.join(self._known.types)}" if self._known.types else ""
                hint = f'did you mean "{near}"? Otherwise describe it in [backends.{name}]{known}'
                self.complain(("sources", key, n), f"there is no backend {shown(name)}", hint, backend=name)

    # ----------------------------------------------------------------------------------- what one value cannot say

    def _judge_names(self, config: Config) -> None:
        themes, actions = self._known.themes, self._known.actions
        if themes is not None and config.theme and config.theme not in themes:
            hint = f'did you mean "{nearest(config.theme, themes)}"? There are: {", ".join(themes)}'
            self.complain(("theme",), f"there is no theme {shown(config.theme)}", hint)
        if actions is not None:
            for action in config.keys.keys() - actions:
                hint = f"did you mean {nearest(action, tuple(sorted(actions)))}?"
                self.complain(("keys", action), "unknown action", hint)
        for pane in config.views.__struct_fields__:
            for n, view in enumerate(getattr(config.views, pane)):
                for key, judge in (("where", self._known.where), ("sort", self._known.sort)):
                    text = getattr(view, key)
                    wrong = judge(pane, text) if judge and text else ""
                    if wrong:
                        self.complain(("views", pane, n, key), wrong)

    def _judge_mail(self, config: Config) -> None:
        servers = tuple(name for name, target in config.targets.items() if target.type == MAIL)
        poll, stacks = config.poll, config.names.stacks or STACKS
        if poll.via and poll.via not in servers:
            near = nearest(poll.via, servers)
            hint = f'did you mean "{near}"?' if near else f'describe it in [targets.{poll.via}] with type = "{MAIL}"'
            self.complain(("poll", "via"), f"there is no mail target {shown(poll.via)}", hint)
        elif poll.via:
            options = config.targets[poll.via].options
            for key, field in (("host", "host"), ("from", "sender")) if options is not None else ():
                if not getattr(options, field, ""):
                    self.complain(
                        ("targets", poll.via), f"polls are sent by it, and it has no {key}", f"write {key} = … here"
                    )
        for stack in poll.lists:
            if stack.casefold() not in {each.casefold() for each in stacks}:
                hint = f'did you mean "{nearest(stack, stacks)}"? The stacks are those of names.stacks'
                self.complain(("poll", "lists", stack), f"there is no stack {shown(stack)}", hint)

    def _judge_days(self, config: Config) -> None:
        calendar, country = config.calendar, self._known.country
        if calendar.subdivision and not calendar.country:
            self.complain(("calendar", "subdivision"), "has no country to be a part of", "set calendar.country")
        elif calendar.country and country is not None:
            wrong = country(calendar.country, calendar.subdivision)
            if wrong:
                self.complain(("calendar", "subdivision" if calendar.subdivision else "country"), *wrong)
        for key, code in calendar.site_countries.items() if country is not None else ():
            wrong = country(code, "") if country and code else None
            if wrong:
                self.complain(("calendar", "site_countries", key), *wrong)
        exposure = config.deadlines.exposure
        if Span.parse(exposure.minimum).calendar > Span.parse(exposure.maximum).calendar:
            what = f"the minimum of {exposure.minimum} is longer than the maximum of {exposure.maximum}"
            self.complain(("deadlines", "exposure"), what, "exchange the two")

    def _judge_meetings(self, config: Config) -> None:
        for n, each in enumerate(config.meetings):
            from ppstui.rules.meetings import Meeting  # most desks have none

            try:
                Meeting.parse(each.name, each.when, each.minutes, each.anchor)
            except PpsError as error:
                what, _, hint = str(error).partition("; ")
                self.complain(("meetings", n, "when"), what, hint)

    def _judge_bulletins(self, config: Config) -> None:
        for name, table in config.bulletin.items():
            path: KeyPath = ("bulletin", name)
            if not re.fullmatch(_AUDIENCE, name):
                self.complain(path, "an audience's name is made of letters, digits, `_` and `-`", "rename it")
            self._judge_sections(path, table.sections)
            for n, target in enumerate(table.publish):
                if target not in config.targets:
                    near = nearest(target, tuple(config.targets))
                    hint = f'did you mean "{near}"?' if near else f"describe it in [targets.{target}]"
                    what = f"there is no target {shown(target)}"
                    self.complain((*path, "publish", n), what, hint, backend=f"{TARGET}{target}")
            meetings = tuple(each.name for each in config.meetings)
            if table.meeting and table.meeting not in meetings:
                near = nearest(table.meeting, meetings)
                hint = f'did you mean "{near}"?' if near else "describe it in [[meetings]]"
                self.complain((*path, "meeting"), f"there is no meeting {shown(table.meeting)}", hint)
            wrong = self._known.where("rollouts", table.where) if self._known.where and table.where else ""
            if wrong:
                self.complain((*path, "where"), wrong)

    def _judge_sections(self, path: KeyPath, sections: tuple[str, ...]) -> None:
        """Any word is the name of a section by hand, but one that is nearly a section of the rule book is a mistake."""
        if not sections:
            return
        from ppstui.rules.bulletin.audiences import GENERATED  # most desks have no sections of their own

        for n, section in enumerate(sections):
            where = (*path, "sections", n)
            if section in sections[:n]:
                self.complain(where, f"{shown(section)} stands there twice", "take one of the two away")
            elif not re.fullmatch(_SECTION, section):
                self.complain(where, f"{shown(section)} names no section", 'write words with "-", as in "known-issues"')
            elif section not in GENERATED and (near := _slip_of(section, GENERATED)):
                hint = f'did you mean "{near}"? The name of a section by hand must not look like it'
                self.complain(where, f"there is no section {shown(section)}", hint)

    def _country(self, text: str) -> tuple[str, str] | None:
        if not text or re.fullmatch(_COUNTRY, text):
            return None
        return f"{shown(text)} is no country", 'write two letters, as in "CH", or with a subdivision "CH-GE"'


def _slip_of(word: str, words: Iterable[str]) -> str:
    """The word that this one is a slip of; "" for none."""
    from difflib import get_close_matches  # 3 ms, paid only for words of one's own

    return next(iter(get_close_matches(word, sorted(words), n=1, cutoff=_ALIKE)), "")


def secrets_of(options: Struct, path: KeyPath = ()) -> list[tuple[KeyPath, str]]:
    """The secret references in a plug-in's options, with their keys; none that are empty."""
    found: list[tuple[KeyPath, str]] = []
    kind = types.type_info(type(options))
    for part in kind.fields if isinstance(kind, types.StructType) else ():
        value = getattr(options, part.name)
        if isinstance(value, Struct):
            found += secrets_of(value, (*path, part.encode_name))
        elif isinstance(value, str) and value and strict.is_secret(part.encode_name, part.type):
            found.append(((*path, part.encode_name), value))
    return found


@cache
def _homes() -> dict[str, str]:
    """Each key of the schema that stands in one table only, with that table; "" is the file itself."""
    homes: dict[str, list[str]] = {}

    def visit(kind: types.Type, table: str) -> None:
        for part in kind.fields if isinstance(kind, types.StructType) else ():
            homes.setdefault(part.encode_name, []).append(table)
            visit(part.type, f"{table}.{part.encode_name}" if table else part.encode_name)

    visit(types.type_info(Config), "")
    return {key: tables[0] for key, tables in homes.items() if len(tables) == 1}
