"""Names of teams, reports, summaries and documents (DOMAIN §4.2, §4.3): written in one way, read in a stated order.

What is a report at all? A file that begins with `ea-` or `ea_` and is a document by its extension (or has none) is a
report, well named or not. A `doc`, `docx`, `odt` or `pdf` that mentions an assigned team, its site or the word
"report" is a misnamed report. A document that begins with `summary` is a summary. Anything else (log files, pictures,
archives) is none, and nobody is told off for it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from ppstui.rules.titles import COMPONENT, MAJOR, VERSION, TitleStanding, cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_NGI = r"[A-Za-z][A-Za-z0-9_.]*"
_TEAM = re.compile(rf"ea-(?P<ngi>{_NGI})-(?P<site>[A-Za-z0-9][A-Za-z0-9_.-]*)\Z")
_KNOWN_NGI = re.compile(r"(?:(?:NGI|ROC)_\w[\w.]*|CERN|IBERGRID|EGI\.eu|AsiaPacific|AfricaArabia|Russia)\Z", re.ASCII)
"""How operations units of the infrastructure are called; anything else is asked about, never refused."""

EXTENSIONS = ("odt", "doc", "docx")
"""What a report or summary may be (DOMAIN §4.3); the first is what ppstui writes."""
_OFFICE = frozenset({*EXTENSIONS, "pdf"})
_DOCUMENTS = _OFFICE | {"", "rtf", "txt", "md", "html", "htm", "ott", "dot", "dotx", "docm", "fodt", "pages", "tex"}
_EXTENSION = re.compile(r"\.([A-Za-z][A-Za-z0-9]{0,7})\Z")
_BROWSER_COPY = re.compile(r" ?\([0-9]{1,3}\)\Z")
_REPORT_PREFIX = re.compile(r"\s*ea[-_\s]", re.IGNORECASE)
_SUMMARY = "summary"
_EMPTY_COMPONENT = "CA"
"""The one stack whose reports name no component (DOMAIN §4.3)."""
_REPORT_FORM = "ea-<NGI>-<Site-name>-<MW stack>-<component>-<version>"
_SUMMARY_FORM = "summary-<MW stack>-<component>-<version>"


class TeamName(Struct, frozen=True, kw_only=True):
    """An early-adopter team's name, taken apart."""

    name: str
    """As it was written."""
    ngi: str = ""
    site: str = ""
    """Both are "" when the name cannot be split."""
    problem: str = ""
    """What is wrong or doubtful about it, as half a sentence; "" when nothing is."""


class ReportReading(Struct, frozen=True, kw_only=True):
    """What a file's name says."""

    name: str
    """As it was written."""
    kind: str = ""
    """`report`, `summary`, or "" for a file that is neither."""
    team: str = ""
    """Whole, as the rollout or the roster spells it; "" when the name does not tell, and for summaries."""
    stack: str = ""
    """As it was written: `EMI` or `EMI-1.0`."""
    component: str = ""
    version: str = ""
    ext: str = ""
    """In lower case, without the dot."""
    problem: str = ""
    """Why the name is not valid; "" when it is."""
    warnings: tuple[str, ...] = ()
    """What is odd about it, though it is valid."""
    candidates: tuple[tuple[str, str], ...] = ()
    """Component and version of every reading when there are several: ask, never guess."""
    sure: bool = False
    """The name was rebuilt from the rollout's own facts, not guessed from hyphens."""
    expected: str = ""
    """The canonical name it should have; "" while team or title are unknown."""


class _Parts(Struct, frozen=True):
    stack: str
    component: str
    version: str


# ------------------------------------------------------------------------------------------------------------ teams


def read_team(name: str, roster: Sequence[str] = ()) -> TeamName:
    """Takes `ea-<NGI>-<Site-name>` apart (DOMAIN §4.2); a name of the roster is right as it is.

    The NGI ends at the first hyphen. An NGI that neither looks like one nor stands in the roster is doubted aloud,
    since then it may be missing: `ea-INFN-T1`.
    """
    found = _TEAM.match(name)
    ngi, site = (found["ngi"], found["site"]) if found else ("", "")
    if name in roster:
        return TeamName(name=name, ngi=ngi, site=site)
    if found is None:
        return _unsplit_team(name)
    twin = next((known for known in roster if known.lower() == name.lower()), "")
    if twin:
        problem = f"the roster spells it {twin}"
    elif known_ngi(ngi, roster):
        problem = ""
    else:
        problem = f"{cut(ngi)} is no NGI known here; a team is ea-<NGI>-<Site-name>"
    return TeamName(name=name, ngi=ngi, site=site, problem=problem)


def _unsplit_team(name: str) -> TeamName:
    if not name.startswith("ea-"):
        problem = 'it does not begin with "ea-"'
        bare = _TEAM.match(team_of(name))
        if bare and _KNOWN_NGI.match(bare["ngi"]):
            return TeamName(name=name, ngi=bare["ngi"], site=bare["site"], problem=problem)
    elif re.match(rf"ea-{_NGI}-?\Z", name):
        problem = "the site is missing after the NGI"
    else:
        problem = "it is not ea-<NGI>-<Site-name>"
    return TeamName(name=name, problem=problem)


def known_ngi(ngi: str, teams: Iterable[str] = ()) -> bool:
    """Whether this is how an NGI is called, or the NGI of one of these teams."""
    return bool(_KNOWN_NGI.match(ngi)) or any(team.startswith(f"ea-{ngi}-") for team in teams)


def team_of(ngi_site: str) -> str:
    """`NGI_IT-INFN-T1` as the team `ea-NGI_IT-INFN-T1` (DOMAIN §11.7); a whole name stays as it is."""
    return ngi_site if ngi_site.startswith("ea-") else f"ea-{ngi_site}"


def short(team: str) -> str:
    """`ea-NGI_IT-INFN-T1` as acknowledgement lines name it: `NGI_IT-INFN-T1`."""
    return team.removeprefix("ea-")


# ---------------------------------------------------------------------------------------------------------- writing


def report_name(team: str, title: TitleStanding, ext: str = EXTENSIONS[0], stack: str = "full") -> str:
    """The name of a team's report; `stack` is `full` for `EMI-1.0` or `name` for `EMI` (DOMAIN §4.3)."""
    return f"{_hyphened(team_of(team), _stack_form(title, stack), title.component, title.version)}.{ext}"


def summary_name(title: TitleStanding, ext: str = EXTENSIONS[0], stack: str = "full") -> str:
    """The name of the managers' summary of all reports."""
    return f"{_hyphened(_SUMMARY, _stack_form(title, stack), title.component, title.version)}.{ext}"


def document_description(title: TitleStanding) -> str:
    """The description of the document that holds the reports, with the small r of DOMAIN §4.3."""
    return " ".join(word for word in ("Staged rollout", title.stack_string, title.component, title.version) if word)


def _hyphened(*parts: str) -> str:
    return "-".join(part for part in parts if part)


def _stack_form(title: TitleStanding, stack: str) -> str:
    return title.stack if stack == "name" else title.stack_string


# ---------------------------------------------------------------------------------------------------------- reading


def read_report(
    filename: str, title: TitleStanding, assigned: Sequence[str], roster: Sequence[str], stacks: Sequence[str]
) -> ReportReading:
    """Says whose report a file is, for what, and what is wrong with its name (DOMAIN §4.3). Never raises.

    Read in this order, up to the first unique hit: names rebuilt from the rollout; the longest known team, the rest
    against the rollout; the hyphens alone. `assigned` and `roster` are whole team names.
    """
    extension = _EXTENSION.search(filename)
    ext = extension[1] if extension else ""
    stem = filename[: extension.start()] if extension else filename
    kind = _kind(stem, ext.lower(), assigned)
    if not kind:
        return ReportReading(name=filename, ext=ext.lower())
    problems, warnings = _extension(ext, kind)
    copied = _BROWSER_COPY.search(stem)
    if copied:
        warnings.append(f"the browser's {copied[0].strip()} is to be taken off")
        stem = stem[: copied.start()]
    teams = tuple(dict.fromkeys((*assigned, *roster)))
    if kind == _SUMMARY:
        reading = _read_summary(stem, title, stacks)
    else:
        reading = _read_stem(stem, title, teams, stacks)
        if reading.team and reading.team not in assigned:
            warnings.append(f"{reading.team} is not assigned to this rollout")
    team = reading.team or ("" if kind == _SUMMARY else _mentioned(stem, assigned))
    lawful = ext.lower() if ext.lower() in EXTENSIONS else EXTENSIONS[0]
    expected = ""
    if title.parsed and kind == _SUMMARY:
        expected = summary_name(title, lawful)
    elif title.parsed and team:
        expected = report_name(team, title, lawful)
    return ReportReading(
        name=filename,
        kind=kind,
        team=team,
        stack=reading.stack,
        component=reading.component,
        version=reading.version,
        ext=ext.lower(),
        problem="; ".join([*filter(None, [reading.problem]), *problems]),
        warnings=(*reading.warnings, *warnings),
        candidates=reading.candidates,
        sure=reading.sure,
        expected=expected,
    )


def _kind(stem: str, ext: str, assigned: Sequence[str]) -> str:
    """The rule of the module's docstring."""
    if stem.lower().startswith(_SUMMARY) and ext in _DOCUMENTS:
        return _SUMMARY
    if _REPORT_PREFIX.match(stem) and ext in _DOCUMENTS:
        return "report"
    mentions = ext in _OFFICE and ("report" in stem.lower() or _mentions(stem, assigned))
    return "report" if mentions else ""


def _extension(ext: str, kind: str) -> tuple[list[str], list[str]]:
    """Problems and warnings about the extension."""
    if not ext:
        return [f"it has no extension; write .{EXTENSIONS[0]}"], []
    if ext.lower() not in EXTENSIONS:
        return [f"a {kind} is an odt, doc or docx, not a {ext.lower()}"], []
    odd = ["the extension is in capitals"] if ext != ext.lower() else []
    if kind == _SUMMARY and ext.lower() == "docx":
        odd.append("a summary is rather a doc or odt")
    return [], odd


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower())


def _mentions(stem: str, assigned: Sequence[str]) -> list[str]:
    """The assigned teams that a name speaks of, by whole name or by site, whatever stands between the words."""
    text = f"-{_plain(stem)}-"
    whole = [team for team in assigned if f"-{_plain(short(team))}-" in text]
    return whole or [team for team in assigned if (site := read_team(team).site) and f"-{_plain(site)}-" in text]


def _mentioned(stem: str, assigned: Sequence[str]) -> str:
    teams = _mentions(stem, assigned)
    return teams[0] if len(teams) == 1 else ""


def _read_stem(stem: str, title: TitleStanding, teams: Sequence[str], stacks: Sequence[str]) -> ReportReading:
    """Reads a report's name without its extension."""
    unread = ReportReading(name=stem, problem=_no_report(stem))
    built = {
        _hyphened(team_of(team), form, title.component, title.version): (team, form)
        for team in teams
        for form in _forms(title)
    }
    match = stem if stem in built else next((name for name in built if name.lower() == stem.lower()), "")
    if match:
        team, form = built[match]
        odd = () if match == stem else ("it is written in another case",)
        return _hit(team, _Parts(form, title.component, title.version), title, warnings=odd, sure=True)
    for team in sorted(teams, key=lambda team: (len(team), stem.startswith(team_of(team))), reverse=True):
        prefix = f"{team_of(team)}-"
        if stem.lower().startswith(prefix.lower()):
            found = _read_rest(stem[len(prefix) :], title, stacks)
            if found:
                return _judged(team, found, title)
            unread = ReportReading(name=stem, team=team, problem=_no_rest(stem[len(prefix) :], stacks))
            break
    team, found = _read_hyphens(stem, title, stacks)
    return _judged(team, found, title) if found else unread


def _read_summary(stem: str, title: TitleStanding, stacks: Sequence[str]) -> ReportReading:
    prefix = f"{_SUMMARY}-"
    for form in _forms(title):
        built = _hyphened(_SUMMARY, form, title.component, title.version)
        if built.lower() == stem.lower():
            odd = () if built == stem else ("it is written in another case",)
            return _hit("", _Parts(form, title.component, title.version), title, warnings=odd, sure=True)
    rest = stem[len(prefix) :]
    found = _read_rest(rest, title, stacks) if stem.startswith(prefix) else []
    if found:
        return _judged("", found, title)
    return ReportReading(name=stem, problem=_no_rest(rest, stacks) if stem.startswith(prefix) else _no_summary(stem))


def _forms(title: TitleStanding) -> tuple[str, ...]:
    """How a rollout's stack may be written: `EMI-1.0`, `EMI`; () when the title tells none."""
    if not title.parsed or not title.stack:
        return ()
    return (title.stack_string, title.stack) if title.major else (title.stack,)


def _read_rest(rest: str, title: TitleStanding, stacks: Sequence[str]) -> list[_Parts]:
    """What can stand in `<MW stack>-<component>-<version>`, with the rollout's own words as guide."""
    for form in _forms(title):
        if not rest.lower().startswith(f"{form}-".lower()):
            continue
        tail = rest[len(form) + 1 :]
        head = f"{title.component}-" if title.component else ""
        if tail.lower().startswith(head.lower()) and VERSION.match(tail[len(head) :]):
            return [_Parts(rest[: len(form)], tail[: max(len(head) - 1, 0)], tail[len(head) :])]
        before = tail[: -len(title.version) - 1]
        if tail.lower().endswith(f"-{title.version}".lower()) and COMPONENT.match(before):
            return [_Parts(rest[: len(form)], before, tail[len(before) + 1 :])]
    tokens = rest.split("-")
    return _readings(tokens[0], tokens[1:]) if tokens[0] in stacks else []


def _readings(stack: str, tokens: list[str]) -> list[_Parts]:
    """The readings of what follows a stack token, by hyphens alone (DOMAIN §4.3, step 3)."""
    if len(tokens) > 1 and MAJOR.match(tokens[0]) and tokens[1][:1].isalpha():
        stack, tokens = f"{stack}-{tokens[0]}", tokens[1:]
    found = []
    for length in (2, 1):
        component, version = "-".join(tokens[:-length]), "-".join(tokens[-length:])
        named = COMPONENT.match(component) or (not component and stack == _EMPTY_COMPONENT)
        if len(tokens) >= length and named and VERSION.match(version):
            found.append(_Parts(stack, component, version))
    dotted = [parts for parts in found if "." in parts.version.partition("-")[0]]
    return dotted[:1] or found


def _read_hyphens(stem: str, title: TitleStanding, stacks: Sequence[str]) -> tuple[str, list[_Parts]]:
    """Team and readings when nobody knows the team: the rollout's own ending, else the leftmost stack token."""
    for form in _forms(title):
        ending = f"-{_hyphened(form, title.component, title.version)}"
        team = stem[: -len(ending)]
        if stem.lower().endswith(ending.lower()) and _TEAM.match(team):
            return team, [_Parts(form, title.component, title.version)]
    tokens = stem.removeprefix("ea-").split("-")
    at = next((at for at, token in enumerate(tokens) if at > 1 and token in stacks), 0)
    team = "ea-" + "-".join(tokens[:at])
    if not at or not stem.startswith("ea-") or not _TEAM.match(team):
        return "", []
    return team, _readings(tokens[at], tokens[at + 1 :])


def _hit(
    team: str, parts: _Parts, title: TitleStanding, *, warnings: tuple[str, ...] = (), sure: bool = False
) -> ReportReading:
    """One reading, held against the rollout."""
    problem, odd = _against(parts, title)
    return ReportReading(
        name="",
        team=team,
        stack=parts.stack,
        component=parts.component,
        version=parts.version,
        problem=problem,
        warnings=(*warnings, *odd),
        sure=sure,
    )


def _judged(team: str, found: list[_Parts], title: TitleStanding) -> ReportReading:
    if len(found) == 1:
        return _hit(team, found[0], title)
    ways = " or ".join(f"component {cut(parts.component)} in version {cut(parts.version)}" for parts in found)
    return ReportReading(
        name="",
        team=team,
        stack=found[0].stack,
        problem=f"it is ambiguous: {ways}",
        candidates=tuple((parts.component, parts.version) for parts in found),
    )


def _against(parts: _Parts, title: TitleStanding) -> tuple[str, tuple[str, ...]]:
    """What differs from the rollout: as a problem, and as warnings."""
    if not title.parsed:
        return "", ()
    said = _hyphened(parts.stack, parts.component, parts.version)
    if any(said.lower() == _hyphened(form, title.component, title.version).lower() for form in _forms(title)):
        return "", ()
    stack, _, major = parts.stack.partition("-")
    same_stack = stack.lower() == title.stack.lower() and (not major or major == title.major)
    same_rest = (parts.component.lower(), parts.version.lower()) == (title.component.lower(), title.version.lower())
    if same_rest and stack.lower() == title.stack.lower() and f"{title.major}.".startswith(f"{major}."):
        return "", (f"its stack is written {parts.stack} for {title.stack_string}",)
    what = "version" if same_stack and parts.component.lower() == title.component.lower() else "component"
    what = what if same_stack else "stack"
    words = " ".join(filter(None, (parts.stack, parts.component, parts.version)))
    ours = " ".join(filter(None, (title.stack_string, title.component, title.version)))
    return f"the report is for another {what}: {words}, while this rollout is {ours}", ()


def _no_report(stem: str) -> str:
    if not stem.startswith("ea-") and _REPORT_PREFIX.match(stem):
        return f'it begins with {cut(stem[:3])} instead of "ea-"'
    if any(char.isspace() for char in stem):
        return f"it has spaces; a report is named {_REPORT_FORM}"
    return f"it is not named {_REPORT_FORM}"


def _no_summary(stem: str) -> str:
    return f"it is not named {_SUMMARY_FORM}" + ("; it has spaces" if any(map(str.isspace, stem)) else "")


def _no_rest(rest: str, stacks: Sequence[str]) -> str:
    """What keeps `<MW stack>-<component>-<version>` from being read."""
    if any(char.isspace() for char in rest):
        return "it has spaces"
    stack, _, tail = rest.partition("-")
    if stack not in stacks:
        return f"{cut(stack)} is no software stack known here"
    last = tail.rpartition("-")[2]
    if not last[:1].isdecimal():
        return "the version is missing at its end"
    return "the component is missing" if stack != _EMPTY_COMPONENT else "its version cannot be read"
