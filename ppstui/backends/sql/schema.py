"""The tables of a store, and how an older one becomes one of today's.

A step of `MIGRATIONS` is never changed once it was released; each is committed together with the number that says it
ran. A table is declared once, for both databases (see `dialect`), and only in SQL that the SQLite of old enterprise
distributions understands: its `number` counts by itself, and with `remembers_the_gone` its deleted rows are told.
"""

from __future__ import annotations

from typing import Final

from ppstui.backends.sql.dialect import Said, Step, remembers_the_gone

APPLICATION_ID: Final = 0x70707374
"""`ppst`: how a file is known to be ours, and not some other program's."""

_FIRST: Final[tuple[Step, ...]] = (
    "CREATE TABLE numbers (name TEXT PRIMARY KEY, value INTEGER NOT NULL)",
    # `changes` counts every change of any record; a file that is replaced by another one has another `store`.
    "INSERT INTO numbers VALUES ('changes', 0), ('rollouts', 0), ('teams', 0)",
    Said(
        "INSERT INTO numbers VALUES ('store', abs(random() % 1000000000))",
        ("INSERT INTO numbers VALUES ('store', floor(random() * 1000000000))",),
    ),
    """CREATE TABLE rollouts (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        rev INTEGER NOT NULL,          -- counts the changes of this record
        teams_rev INTEGER NOT NULL,    -- its rev when the teams last changed
        phase_rev INTEGER NOT NULL,    -- its rev when the phase last changed
        changed INTEGER NOT NULL,      -- the count of all changes when it last changed
        url TEXT NOT NULL, title TEXT NOT NULL, status TEXT NOT NULL, phase TEXT NOT NULL, owner TEXT NOT NULL,
        created TEXT, updated TEXT, due TEXT,
        outcome TEXT NOT NULL, document TEXT NOT NULL, document_url TEXT NOT NULL
    )""",
    "CREATE INDEX rollouts_changed ON rollouts (changed)",
    """CREATE TABLE parents (
        rollout INTEGER PRIMARY KEY REFERENCES rollouts (number) ON DELETE CASCADE,
        source TEXT NOT NULL, id TEXT NOT NULL, url TEXT NOT NULL, title TEXT NOT NULL, status TEXT NOT NULL,
        progress TEXT NOT NULL, outcome TEXT NOT NULL, document TEXT NOT NULL
    )""",
    """CREATE TABLE assignments (
        rollout INTEGER NOT NULL REFERENCES rollouts (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        team TEXT NOT NULL, notified TEXT, "by" TEXT NOT NULL,
        PRIMARY KEY (rollout, position)
    )""",
    """CREATE TABLE exposures (
        rollout INTEGER NOT NULL REFERENCES rollouts (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        team TEXT NOT NULL, start TEXT, until TEXT, reason TEXT NOT NULL,
        PRIMARY KEY (rollout, position)
    )""",
    """CREATE TABLE messages (
        rollout INTEGER NOT NULL REFERENCES rollouts (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        id TEXT NOT NULL, at TEXT NOT NULL, author TEXT NOT NULL, voice TEXT NOT NULL, text TEXT NOT NULL,
        marks TEXT NOT NULL,           -- idempotency keys, one a line
        system INTEGER NOT NULL,
        PRIMARY KEY (rollout, position)
    )""",
    """CREATE TABLE attachments (
        rollout INTEGER NOT NULL REFERENCES rollouts (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        id TEXT NOT NULL, name TEXT NOT NULL, at TEXT, author TEXT NOT NULL, size INTEGER, url TEXT NOT NULL,
        content BLOB,                  -- NULL when only the name is known
        PRIMARY KEY (rollout, position)
    )""",
    """CREATE TABLE links (
        rollout INTEGER NOT NULL REFERENCES rollouts (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        url TEXT NOT NULL, relation TEXT NOT NULL, title TEXT NOT NULL,
        PRIMARY KEY (rollout, position)
    )""",
    """CREATE TABLE events (
        rollout INTEGER NOT NULL REFERENCES rollouts (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        id TEXT NOT NULL, at TEXT NOT NULL, author TEXT NOT NULL, text TEXT NOT NULL,
        PRIMARY KEY (rollout, position)
    )""",
    """CREATE TABLE managers (
        rollout INTEGER NOT NULL REFERENCES rollouts (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        name TEXT NOT NULL,
        PRIMARY KEY (rollout, position)
    )""",
    """CREATE TABLE fields (
        rollout INTEGER NOT NULL REFERENCES rollouts (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        name TEXT NOT NULL, value TEXT NOT NULL,
        PRIMARY KEY (rollout, position)
    )""",
    """CREATE TABLE teams (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        rev INTEGER NOT NULL,
        changed INTEGER NOT NULL,
        url TEXT NOT NULL, name TEXT NOT NULL, ngi TEXT NOT NULL, site TEXT NOT NULL, contact TEXT NOT NULL,
        active INTEGER NOT NULL
    )""",
    "CREATE INDEX teams_changed ON teams (changed)",
    """CREATE TABLE components (
        team INTEGER NOT NULL REFERENCES teams (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        name TEXT NOT NULL,
        PRIMARY KEY (team, position)
    )""",
    # What was deleted, by whatever program: a desk that continues a reading must hear of it.
    "CREATE TABLE gone (kind TEXT NOT NULL, id TEXT NOT NULL, changed INTEGER NOT NULL, PRIMARY KEY (kind, id))",
    remembers_the_gone("rollouts", "rollout"),
    remembers_the_gone("teams", "team"),
    # The row and the effect of a command are committed together: that is what makes it happen once.
    """CREATE TABLE applied (
        key TEXT PRIMARY KEY,
        at TEXT NOT NULL, command TEXT NOT NULL, target TEXT NOT NULL, text TEXT NOT NULL, made TEXT NOT NULL
    )""",
)

_SECOND: Final[tuple[Step, ...]] = (
    """CREATE TABLE waivers (
        rollout INTEGER NOT NULL REFERENCES rollouts (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        team TEXT NOT NULL, reason TEXT NOT NULL, "by" TEXT NOT NULL, at TEXT,
        PRIMARY KEY (rollout, position)
    )""",
)

_THIRD: Final[tuple[Step, ...]] = (
    "INSERT INTO numbers VALUES ('pilots', 0), ('commitments', 0), ('wishes', 0)",
    "ALTER TABLE teams ADD COLUMN note TEXT NOT NULL DEFAULT ''",
    """CREATE TABLE pilots (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        rev INTEGER NOT NULL,
        changed INTEGER NOT NULL,
        url TEXT NOT NULL, title TEXT NOT NULL, service TEXT NOT NULL, "update" TEXT NOT NULL, software TEXT NOT NULL,
        incompatible INTEGER NOT NULL, level TEXT, status TEXT NOT NULL, requester TEXT,
        coordinator TEXT NOT NULL, contact TEXT NOT NULL,
        start TEXT, setup_days INTEGER NOT NULL, feedback_days INTEGER NOT NULL, run_weeks INTEGER NOT NULL,
        follow_up TEXT NOT NULL,
        description TEXT NOT NULL, objectives TEXT NOT NULL, metrics TEXT NOT NULL, use_cases TEXT NOT NULL,
        constraints TEXT NOT NULL, layout TEXT NOT NULL, users TEXT NOT NULL, documentation TEXT NOT NULL,
        created TEXT, updated TEXT
    )""",
    "CREATE INDEX pilots_changed ON pilots (changed)",
    """CREATE TABLE pilot_steps (
        pilot INTEGER NOT NULL REFERENCES pilots (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        number INTEGER NOT NULL, what TEXT NOT NULL, state TEXT NOT NULL, owner TEXT NOT NULL,
        planned TEXT, done TEXT, "by" TEXT NOT NULL, note TEXT NOT NULL,
        ref TEXT,                      -- the record of the step at the source it came from
        PRIMARY KEY (pilot, position)
    )""",
    """CREATE TABLE pilot_spent (
        pilot INTEGER NOT NULL REFERENCES pilots (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        step INTEGER NOT NULL,         -- the number of the step it was spent on
        role TEXT NOT NULL, minutes INTEGER NOT NULL, site TEXT NOT NULL, "on" TEXT, "by" TEXT NOT NULL,
        note TEXT NOT NULL,
        PRIMARY KEY (pilot, position)
    )""",
    """CREATE TABLE pilot_sites (
        pilot INTEGER NOT NULL REFERENCES pilots (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        name TEXT NOT NULL,
        PRIMARY KEY (pilot, position)
    )""",
    """CREATE TABLE pilot_vos (
        pilot INTEGER NOT NULL REFERENCES pilots (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        name TEXT NOT NULL,
        PRIMARY KEY (pilot, position)
    )""",
    """CREATE TABLE pilot_prolongations (
        pilot INTEGER NOT NULL REFERENCES pilots (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        until TEXT NOT NULL, reason TEXT NOT NULL, "by" TEXT NOT NULL, at TEXT,
        PRIMARY KEY (pilot, position)
    )""",
    # A pilot has one ending or none.
    """CREATE TABLE pilot_endings (
        pilot INTEGER NOT NULL REFERENCES pilots (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        how TEXT NOT NULL, "on" TEXT, reason TEXT NOT NULL, "by" TEXT NOT NULL,
        PRIMARY KEY (pilot, position)
    )""",
    """CREATE TABLE pilot_milestones (
        pilot INTEGER NOT NULL REFERENCES pilots (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        "on" TEXT NOT NULL, what TEXT NOT NULL,
        PRIMARY KEY (pilot, position)
    )""",
    """CREATE TABLE pilot_messages (
        pilot INTEGER NOT NULL REFERENCES pilots (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        id TEXT NOT NULL, at TEXT NOT NULL, author TEXT NOT NULL, voice TEXT NOT NULL, text TEXT NOT NULL,
        marks TEXT NOT NULL,           -- idempotency keys, one a line
        system INTEGER NOT NULL,
        PRIMARY KEY (pilot, position)
    )""",
    """CREATE TABLE pilot_attachments (
        pilot INTEGER NOT NULL REFERENCES pilots (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        id TEXT NOT NULL, name TEXT NOT NULL, at TEXT, author TEXT NOT NULL, size INTEGER, url TEXT NOT NULL,
        PRIMARY KEY (pilot, position)
    )""",
    """CREATE TABLE pilot_links (
        pilot INTEGER NOT NULL REFERENCES pilots (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        url TEXT NOT NULL, relation TEXT NOT NULL, title TEXT NOT NULL,
        PRIMARY KEY (pilot, position)
    )""",
    """CREATE TABLE pilot_events (
        pilot INTEGER NOT NULL REFERENCES pilots (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        id TEXT NOT NULL, at TEXT NOT NULL, author TEXT NOT NULL, text TEXT NOT NULL,
        PRIMARY KEY (pilot, position)
    )""",
    """CREATE TABLE commitments (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        rev INTEGER NOT NULL,
        changed INTEGER NOT NULL,
        url TEXT NOT NULL, party TEXT NOT NULL, level TEXT NOT NULL, component TEXT NOT NULL, stack TEXT NOT NULL,
        majors TEXT NOT NULL, os TEXT NOT NULL, arch TEXT NOT NULL, since TEXT, until TEXT, note TEXT NOT NULL
    )""",
    "CREATE INDEX commitments_changed ON commitments (changed)",
    """CREATE TABLE wishes (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        rev INTEGER NOT NULL,
        changed INTEGER NOT NULL,
        url TEXT NOT NULL, component TEXT NOT NULL, stack TEXT NOT NULL, majors TEXT NOT NULL, os TEXT NOT NULL,
        arch TEXT NOT NULL, minimum INTEGER NOT NULL, note TEXT NOT NULL
    )""",
    "CREATE INDEX wishes_changed ON wishes (changed)",
    remembers_the_gone("pilots", "pilot"),
    remembers_the_gone("commitments", "commitment"),
    remembers_the_gone("wishes", "wish"),
)

_FOURTH: Final[tuple[Step, ...]] = (
    """CREATE TABLE bulletins (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,       -- AUDIENCE.ISSUE
        rev INTEGER NOT NULL,
        draft_rev INTEGER NOT NULL,    -- its rev when the draft last changed, or was frozen
        draft_by TEXT NOT NULL,        -- who did that
        changed INTEGER NOT NULL,
        url TEXT NOT NULL, audience TEXT NOT NULL, issue TEXT NOT NULL,
        gathered TEXT, draft TEXT,     -- JSON
        frozen_at TEXT, holder TEXT NOT NULL, held_at TEXT, updated TEXT, updated_by TEXT NOT NULL
    )""",
    "CREATE INDEX bulletins_changed ON bulletins (changed)",
    """CREATE TABLE bulletin_notes (
        bulletin INTEGER NOT NULL REFERENCES bulletins (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        id TEXT NOT NULL, about TEXT NOT NULL, text TEXT NOT NULL, at TEXT NOT NULL, "by" TEXT NOT NULL,
        title TEXT NOT NULL, url TEXT NOT NULL,
        PRIMARY KEY (bulletin, position)
    )""",
    """CREATE TABLE bulletin_publications (
        bulletin INTEGER NOT NULL REFERENCES bulletins (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        key TEXT NOT NULL, target TEXT NOT NULL,
        number INTEGER NOT NULL,       -- 0 for the issue, n for its n-th correction there
        at TEXT NOT NULL, "by" TEXT NOT NULL,
        id TEXT NOT NULL, format TEXT NOT NULL, digest TEXT NOT NULL, corrects TEXT NOT NULL, receipt TEXT NOT NULL,
        PRIMARY KEY (bulletin, position)
    )""",
    remembers_the_gone("bulletins", "bulletin"),
)

MIGRATIONS: Final[tuple[tuple[Step, ...], ...]] = (_FIRST, _SECOND, _THIRD, _FOURTH)
"""`MIGRATIONS[n]` brings a store from version n to n + 1."""
