"""How pilots are said: for every state a sign of one cell, an ASCII sign and a word, as `words` has for rollouts."""

from __future__ import annotations

from ppstui.model import Role, StepState
from ppstui.rules.pilots.standings import PilotCode, PilotPhase, PilotState
from ppstui.rules.vacancies import Lack
from ppstui.views.words import Sign

PILOT_STATES = {
    PilotState.REQUESTED: Sign("✱", "*", "requested"),
    PilotState.PRESCREEN: Sign("◷", "?", "pre-screened"),
    PilotState.INSTRUCTED: Sign("✎", "i", "instructed"),
    PilotState.KICKOFF_PLANNED: Sign("◌", "k", "kick-off planned"),
    PilotState.KICKED_OFF: Sign("⚑", "K", "kicked off"),
    PilotState.SETUP: Sign("░", "-", "set-up"),
    PilotState.RUNNING: Sign("▐", "=", "running"),
    PilotState.PROLONGED: Sign("▸", ">", "prolonged"),
    PilotState.REPORTING: Sign("╌", "~", "reporting"),
    PilotState.WRAPUP: Sign("»", "w", "wrap-up"),
    PilotState.CLOSED: Sign("✓", "+", "closed"),
    PilotState.ROLLED_BACK: Sign("✗", "x", "rolled back"),
    PilotState.CANCELLED: Sign("⊘", "#", "cancelled"),
}

PHASES = {
    PilotPhase.PREPARATION: Sign("◌", "k", "preparation"),
    PilotPhase.SETUP: Sign("░", "-", "set-up"),
    PilotPhase.RUN: Sign("▐", "=", "run"),
    PilotPhase.REPORT: Sign("╌", "~", "report"),
    PilotPhase.OVER: Sign("∎", ".", "over"),
}

STEPS = {
    StepState.OPEN: Sign("◌", ".", "open"),
    StepState.DONE: Sign("✓", "+", "done"),
    StepState.SKIPPED: Sign("⊘", "-", "skipped"),
    StepState.FAILED: Sign("✗", "x", "failed"),
}

PROLONGED = Sign("▸", ">", "prolonged")
PLANNED = Sign("⋅", ".", "planned")
LATE = Sign("!", "!", "late")
TODAY = Sign("╎", "|", "today")
MILESTONE = Sign("✦", "*", "milestone")
EARLIER = Sign("\u2039", "<", "earlier")
LATER = Sign("\u203a", ">", "later")
HERE = Sign("▾", "v", "today")

ROLES = {
    Role.COORDINATOR: "you",
    Role.SITE: "site",
    Role.EXPERT: "expert",
    Role.ITR: "ITR",
    Role.DEVELOPER: "developer",
    Role.VO: "VO",
    Role.REPOSITORY_MANAGER: "repository",
    Role.RELEASE_MANAGER: "release mgr",
    Role.SAM_CLIENT: "SAM client",
    Role.SAM_PORTAL: "SAM portal",
    Role.SAM_SERVER: "SAM server",
    Role.PRODUCTION_SITE: "production",
    Role.NOBODY: "-",
}
"""Whose move it is, as a coordinator reads it in a narrow column."""

PILOT_CODES = {
    PilotCode.SITES_MISSING: "no site",
    PilotCode.LEVEL_MISSING: "volunteer site",
    PilotCode.DATES_WRONG: "days contradict",
    PilotCode.START_MISSING: "no start day",
    PilotCode.STEP_DUE: "step due",
    PilotCode.STEP_OVERDUE: "step overdue",
    PilotCode.STEP_FAILED: "step failed",
    PilotCode.STEP_SKIPPED: "step passed over",
    PilotCode.RUN_ENDING: "run ends",
    PilotCode.RUN_OVER: "run over",
    PilotCode.FEEDBACK_DUE: "feedback due",
    PilotCode.REPORT_DUE: "post-mortem due",
    PilotCode.REPORT_OVERDUE: "post-mortem late",
    PilotCode.WRAP_UP_DUE: "wrap-up due",
    PilotCode.OBJECTIVES_MISSING: "no objectives",
    PilotCode.DOCUMENTATION_MISSING: "no documentation",
    PilotCode.READY_TO_CLOSE: "ready to close",
    PilotCode.CONFLICT: "conflict",
}
"""The short name of each attention code, for narrow columns."""

LACKS = {
    Lack.WISH: "too few committed",
    Lack.NO_EA: "nobody accepted",
    Lack.PILOT: "no site for a pilot",
}
