"""The tables of the outbox, and how a file of every older version becomes one of today."""

from __future__ import annotations

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE entry (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            key TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL, source TEXT NOT NULL, target TEXT NOT NULL, about TEXT NOT NULL, command TEXT NOT NULL,
            asked_at TEXT NOT NULL, asked_by TEXT NOT NULL, base_rev TEXT NOT NULL, reason TEXT NOT NULL,
            before TEXT NOT NULL, record_before BLOB, reverses INTEGER,
            state TEXT NOT NULL, holder TEXT NOT NULL DEFAULT '', tries INTEGER NOT NULL DEFAULT 0,
            crashes INTEGER NOT NULL DEFAULT 0, due TEXT, last_error TEXT NOT NULL DEFAULT '',
            receipt TEXT NOT NULL DEFAULT '', settled_at TEXT)""",
        "CREATE INDEX standing ON entry (state, source, id)",
        """CREATE VIEW shown AS SELECT id, key, command, asked_at, asked_by, state, tries, due, last_error, receipt,
            base_rev, reason, before, settled_at FROM entry""",
        "CREATE INDEX about ON entry (about, id)",
        """CREATE TABLE log (
            no INTEGER PRIMARY KEY, entry INTEGER NOT NULL,
            at TEXT NOT NULL, state TEXT NOT NULL, text TEXT NOT NULL)""",
        "CREATE INDEX logged ON log (entry, no)",
        """CREATE TABLE lease (
            one INTEGER PRIMARY KEY CHECK (one = 1), holder TEXT NOT NULL, pid INTEGER NOT NULL, host TEXT NOT NULL,
            until TEXT NOT NULL)""",
    ),
    (
        "ALTER TABLE entry ADD COLUMN conflict INTEGER NOT NULL DEFAULT 0",
        "DROP VIEW shown",
        """CREATE VIEW shown AS SELECT id, key, command, asked_at, asked_by, state, tries, due, last_error, receipt,
            base_rev, reason, before, settled_at, conflict FROM entry""",
    ),
    (
        "ALTER TABLE entry ADD COLUMN seen BLOB",
        "ALTER TABLE entry ADD COLUMN mail TEXT NOT NULL DEFAULT ''",
        # What older versions asked for and did not deliver: the record as it was then is what the person had seen.
        "UPDATE entry SET seen = record_before WHERE settled_at IS NULL",
        "DROP VIEW shown",
        """CREATE VIEW shown AS SELECT id, key, command, asked_at, asked_by, state, tries, due, last_error, receipt,
            base_rev, reason, before, settled_at, conflict, mail FROM entry""",
        "CREATE TABLE blob (entry INTEGER PRIMARY KEY, content BLOB NOT NULL)",
        """CREATE TABLE exchange (
            no INTEGER PRIMARY KEY, entry INTEGER NOT NULL,
            at TEXT NOT NULL, request TEXT NOT NULL, answer TEXT NOT NULL)""",
        "CREATE INDEX exchanged ON exchange (entry, no)",
    ),
)
