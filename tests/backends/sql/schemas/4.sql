BEGIN TRANSACTION;
CREATE TABLE applied (
        key TEXT PRIMARY KEY,
        at TEXT NOT NULL, command TEXT NOT NULL, target TEXT NOT NULL, text TEXT NOT NULL, made TEXT NOT NULL
    );
INSERT INTO "applied" VALUES('key-of-old','2026-11-18T11:00:00+00:00','comment','7','local:7: an internal note was written','m3');
CREATE TABLE assignments (
        rollout INTEGER NOT NULL REFERENCES rollouts (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        team TEXT NOT NULL, notified TEXT, "by" TEXT NOT NULL,
        PRIMARY KEY (rollout, position)
    );
INSERT INTO "assignments" VALUES(1,1,'ea-NGI_IT-INFN-T1','2026-11-16T11:00:00+00:00','');
INSERT INTO "assignments" VALUES(1,2,'ea-CERN-CERN-PROD','2026-11-16T11:00:00+00:00','');
CREATE TABLE attachments (
        rollout INTEGER NOT NULL REFERENCES rollouts (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        id TEXT NOT NULL, name TEXT NOT NULL, at TEXT, author TEXT NOT NULL, size INTEGER, url TEXT NOT NULL,
        content BLOB,                  -- NULL when only the name is known
        PRIMARY KEY (rollout, position)
    );
INSERT INTO "attachments" VALUES(1,1,'a7','ea-NGI_IT-INFN-T1-UMD-4-arc6-6.15.7.odt','2026-11-17T11:00:00+00:00','',12,'',X'00017265706F72740AFF1A00');
CREATE TABLE bulletin_notes (
        bulletin INTEGER NOT NULL REFERENCES bulletins (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        id TEXT NOT NULL, about TEXT NOT NULL, text TEXT NOT NULL, at TEXT NOT NULL, "by" TEXT NOT NULL,
        title TEXT NOT NULL, url TEXT NOT NULL,
        PRIMARY KEY (bulletin, position)
    );
INSERT INTO "bulletin_notes" VALUES(1,1,'key-of-note-2','rt:2/ea-NGI_IT-INFN-T1','Mention this.','2026-11-16T11:00:00+00:00','antonio','Staged Rollout UMD-4 voms 2.0.1','https://rt.example.org/1');
INSERT INTO "bulletin_notes" VALUES(1,2,'key-of-note-1','rt:1/ea-NGI_IT-INFN-T1','Mention this.','2026-11-17T11:00:00+00:00','antonio','Staged Rollout UMD-4 voms 2.0.1','https://rt.example.org/1');
CREATE TABLE bulletin_publications (
        bulletin INTEGER NOT NULL REFERENCES bulletins (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        key TEXT NOT NULL, target TEXT NOT NULL,
        number INTEGER NOT NULL,       -- 0 for the issue, n for its n-th correction there
        at TEXT NOT NULL, "by" TEXT NOT NULL,
        id TEXT NOT NULL, format TEXT NOT NULL, digest TEXT NOT NULL, corrects TEXT NOT NULL, receipt TEXT NOT NULL,
        PRIMARY KEY (bulletin, position)
    );
INSERT INTO "bulletin_publications" VALUES(1,1,'key-of-publication-mail-0','mail',0,'2026-11-18T10:00:00+00:00','antonio','<ppstui.0@example.org>','text','ec32633056bf3aa3ca41bf4512d6074a3fcbc66648c1ae228cdd93c5df1c10cc','','250 2.0.0 Ok: queued as 4cL2');
INSERT INTO "bulletin_publications" VALUES(1,2,'key-of-publication-wiki-0','wiki',0,'2026-11-18T10:00:00+00:00','antonio','<ppstui.0@example.org>','text','eb2ad7056dcfe5e61c39a0629aaf70baeeecb3f797e4dd9858df44eb6dff6b5d','','250 2.0.0 Ok: queued as 4cL2');
INSERT INTO "bulletin_publications" VALUES(1,3,'key-of-publication-mail-1','mail',1,'2026-11-18T10:00:00+00:00','antonio','<ppstui.1@example.org>','text','db74afb309a67a16a1eecf808d90c8978726a3f759f4927f0e3b6c884e338ea6','the version of VOMS','250 2.0.0 Ok: queued as 4cL2');
CREATE TABLE bulletins (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,       -- AUDIENCE.ISSUE
        rev INTEGER NOT NULL,
        draft_rev INTEGER NOT NULL,    -- its rev when the draft last changed, or was frozen
        draft_by TEXT NOT NULL,        -- who did that
        changed INTEGER NOT NULL,
        url TEXT NOT NULL, audience TEXT NOT NULL, issue TEXT NOT NULL,
        gathered TEXT, draft TEXT,     -- JSON
        frozen_at TEXT, holder TEXT NOT NULL, held_at TEXT, updated TEXT, updated_by TEXT NOT NULL
    );
INSERT INTO "bulletins" VALUES(1,'egee-operations.2026-W40',1,1,'antonio',7,'','egee-operations','2026-W40','{"audience":"egee-operations","issue":"2026-W40","since":"2026-11-11T11:00:00Z","until":"2026-11-18T11:00:00Z","meeting":"EGEE Operations","meeting_at":"2026-11-18T15:00:00Z","sections":[{"id":"status","title":"Status","columns":[],"items":[{"id":"status/rt:1","text":"VOMS: 1 EA performing the test","group":"UMD-4","cells":[],"refs":[{"source":"rt","id":"1","part":""}],"url":"https://rt.example.org/Ticket/Display.html?id=1","facts":"performing 1","since":"2026-W40"},{"id":"status/rt:2","text":"VOMS: 1 EA performing the test","group":"UMD-4","cells":[],"refs":[{"source":"rt","id":"2","part":""}],"url":"https://rt.example.org/Ticket/Display.html?id=2","facts":"performing 2","since":"2026-W40"}]},{"id":"table","title":"Status table","columns":["Product","sw-rel ticket","Verification","Staged Rollout","ETA(finish)"],"items":[{"id":"table/umd-4/voms","text":"","group":"","cells":["VOMS","#1","DONE","OnGoing",""],"refs":[{"source":"rt","id":"1","part":""}],"url":"","facts":"","since":""}]}],"stale":["gocdb: nobody answers at gocdb.example.org since 09:00"]}','{"title":"Issue 2026-W40","greeting":"Dear all,","closing":"Yours, the coordinators","parts":[{"id":"status","title":"Status","columns":[],"text":"This week:\n\nnot much.","lines":[{"id":"status/rt:1","item":{"id":"status/rt:1","text":"VOMS: 1 EA performing the test","group":"UMD-4","cells":[],"refs":[{"source":"rt","id":"1","part":""}],"url":"https://rt.example.org/Ticket/Display.html?id=1","facts":"performing 1","since":"2026-W40"},"text":"VOMS is tested","dropped":false,"offer":{"id":"status/rt:1","text":"VOMS: 1 EA has found it","group":"UMD-4","cells":[],"refs":[{"source":"rt","id":"1","part":""}],"url":"https://rt.example.org/Ticket/Display.html?id=1","facts":"performing 1","since":"2026-W40"},"gone":false},{"id":"status/rt:2","item":{"id":"status/rt:2","text":"VOMS: 1 EA performing the test","group":"UMD-4","cells":[],"refs":[{"source":"rt","id":"2","part":""}],"url":"https://rt.example.org/Ticket/Display.html?id=2","facts":"performing 2","since":"2026-W40"},"text":null,"dropped":true,"offer":null,"gone":false},{"id":"own/1","item":null,"text":"A line by hand.","dropped":false,"offer":null,"gone":false},{"id":"status/rt:3","item":{"id":"status/rt:3","text":"VOMS: 1 EA performing the test","group":"UMD-4","cells":[],"refs":[{"source":"rt","id":"3","part":""}],"url":"https://rt.example.org/Ticket/Display.html?id=3","facts":"performing 3","since":"2026-W40"},"text":"It was good.","dropped":false,"offer":null,"gone":true}]},{"id":"table","title":"Status table","columns":["Product","ETA(finish)"],"text":"","lines":[]}]}','2026-11-18T09:00:00+00:00','antonio','2026-11-18T08:00:00+00:00','2026-11-18T11:00:00+00:00','antonio');
CREATE TABLE commitments (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        rev INTEGER NOT NULL,
        changed INTEGER NOT NULL,
        url TEXT NOT NULL, party TEXT NOT NULL, level TEXT NOT NULL, component TEXT NOT NULL, stack TEXT NOT NULL,
        majors TEXT NOT NULL, os TEXT NOT NULL, arch TEXT NOT NULL, since TEXT, until TEXT, note TEXT NOT NULL
    );
INSERT INTO "commitments" VALUES(1,'commitment-1',1,5,'','ea-NGI_IT-INFN-T1','none','arc1','UMD','4..5','EL9','x86_64','2025-10-14','2027-12-23','by mail');
CREATE TABLE components (
        team INTEGER NOT NULL REFERENCES teams (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        name TEXT NOT NULL,
        PRIMARY KEY (team, position)
    );
CREATE TABLE events (
        rollout INTEGER NOT NULL REFERENCES rollouts (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        id TEXT NOT NULL, at TEXT NOT NULL, author TEXT NOT NULL, text TEXT NOT NULL,
        PRIMARY KEY (rollout, position)
    );
CREATE TABLE exposures (
        rollout INTEGER NOT NULL REFERENCES rollouts (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        team TEXT NOT NULL, start TEXT, until TEXT, reason TEXT NOT NULL,
        PRIMARY KEY (rollout, position)
    );
CREATE TABLE fields (
        rollout INTEGER NOT NULL REFERENCES rollouts (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        name TEXT NOT NULL, value TEXT NOT NULL,
        PRIMARY KEY (rollout, position)
    );
CREATE TABLE gone (kind TEXT NOT NULL, id TEXT NOT NULL, changed INTEGER NOT NULL, PRIMARY KEY (kind, id));
CREATE TABLE links (
        rollout INTEGER NOT NULL REFERENCES rollouts (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        url TEXT NOT NULL, relation TEXT NOT NULL, title TEXT NOT NULL,
        PRIMARY KEY (rollout, position)
    );
INSERT INTO "links" VALUES(1,1,'https://example.org/release-notes/arc6','release-notes','');
INSERT INTO "links" VALUES(1,2,'https://ggus.example.org/ticket/4711','incident','');
CREATE TABLE managers (
        rollout INTEGER NOT NULL REFERENCES rollouts (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        name TEXT NOT NULL,
        PRIMARY KEY (rollout, position)
    );
CREATE TABLE messages (
        rollout INTEGER NOT NULL REFERENCES rollouts (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        id TEXT NOT NULL, at TEXT NOT NULL, author TEXT NOT NULL, voice TEXT NOT NULL, text TEXT NOT NULL,
        marks TEXT NOT NULL,           -- idempotency keys, one a line
        system INTEGER NOT NULL,
        PRIMARY KEY (rollout, position)
    );
INSERT INTO "messages" VALUES(1,1,'d7','2026-11-16T11:00:00+00:00','staged-rollout','description','Please test.','',0);
INSERT INTO "messages" VALUES(1,2,'r7','2026-11-17T11:00:00+00:00','site admin','reply','Dear all,

accept NGI_IT-INFN-T1
','',0);
INSERT INTO "messages" VALUES(1,3,'c7','2026-11-17T11:00:00+00:00','manager','comment','Ring them on Monday.','',0);
INSERT INTO "messages" VALUES(1,4,'m3','2026-11-18T11:00:00+00:00','coordinator','comment','Written long ago.','key-of-old',0);
CREATE TABLE numbers (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
INSERT INTO "numbers" VALUES('changes',7);
INSERT INTO "numbers" VALUES('rollouts',7);
INSERT INTO "numbers" VALUES('teams',1);
INSERT INTO "numbers" VALUES('store',295546873);
INSERT INTO "numbers" VALUES('pilots',1);
INSERT INTO "numbers" VALUES('commitments',1);
INSERT INTO "numbers" VALUES('wishes',1);
CREATE TABLE parents (
        rollout INTEGER PRIMARY KEY REFERENCES rollouts (number) ON DELETE CASCADE,
        source TEXT NOT NULL, id TEXT NOT NULL, url TEXT NOT NULL, title TEXT NOT NULL, status TEXT NOT NULL,
        progress TEXT NOT NULL, outcome TEXT NOT NULL, document TEXT NOT NULL
    );
CREATE TABLE pilot_attachments (
        pilot INTEGER NOT NULL REFERENCES pilots (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        id TEXT NOT NULL, name TEXT NOT NULL, at TEXT, author TEXT NOT NULL, size INTEGER, url TEXT NOT NULL,
        PRIMARY KEY (pilot, position)
    );
INSERT INTO "pilot_attachments" VALUES(1,1,'a1','post-mortem.odt','2026-11-17T11:00:00+00:00','',12,'');
CREATE TABLE pilot_endings (
        pilot INTEGER NOT NULL REFERENCES pilots (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        how TEXT NOT NULL, "on" TEXT, reason TEXT NOT NULL, "by" TEXT NOT NULL,
        PRIMARY KEY (pilot, position)
    );
INSERT INTO "pilot_endings" VALUES(1,1,'rolled-back','2026-11-18','jobs were lost','antonio');
CREATE TABLE pilot_events (
        pilot INTEGER NOT NULL REFERENCES pilots (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        id TEXT NOT NULL, at TEXT NOT NULL, author TEXT NOT NULL, text TEXT NOT NULL,
        PRIMARY KEY (pilot, position)
    );
INSERT INTO "pilot_events" VALUES(1,1,'e1','2026-11-17T11:00:00+00:00','antonio','step 2 done');
CREATE TABLE pilot_links (
        pilot INTEGER NOT NULL REFERENCES pilots (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        url TEXT NOT NULL, relation TEXT NOT NULL, title TEXT NOT NULL,
        PRIMARY KEY (pilot, position)
    );
INSERT INTO "pilot_links" VALUES(1,1,'https://wiki.example.org/wms','documentation','WMS');
CREATE TABLE pilot_messages (
        pilot INTEGER NOT NULL REFERENCES pilots (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        id TEXT NOT NULL, at TEXT NOT NULL, author TEXT NOT NULL, voice TEXT NOT NULL, text TEXT NOT NULL,
        marks TEXT NOT NULL,           -- idempotency keys, one a line
        system INTEGER NOT NULL,
        PRIMARY KEY (pilot, position)
    );
INSERT INTO "pilot_messages" VALUES(1,1,'m1','2026-11-17T11:00:00+00:00','site admin','reply','It runs.
','',0);
INSERT INTO "pilot_messages" VALUES(1,2,'m2','2026-11-17T11:00:00+00:00','antonio','comment','Ring them.','key-of-old',0);
CREATE TABLE pilot_milestones (
        pilot INTEGER NOT NULL REFERENCES pilots (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        "on" TEXT NOT NULL, what TEXT NOT NULL,
        PRIMARY KEY (pilot, position)
    );
INSERT INTO "pilot_milestones" VALUES(1,1,'2026-11-18','first user jobs');
CREATE TABLE pilot_prolongations (
        pilot INTEGER NOT NULL REFERENCES pilots (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        until TEXT NOT NULL, reason TEXT NOT NULL, "by" TEXT NOT NULL, at TEXT,
        PRIMARY KEY (pilot, position)
    );
INSERT INTO "pilot_prolongations" VALUES(1,1,'2026-11-27','reason 9','antonio','2026-11-17T11:00:00+00:00');
INSERT INTO "pilot_prolongations" VALUES(1,2,'2026-11-30','reason 12','antonio','2026-11-17T11:00:00+00:00');
CREATE TABLE pilot_sites (
        pilot INTEGER NOT NULL REFERENCES pilots (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        name TEXT NOT NULL,
        PRIMARY KEY (pilot, position)
    );
INSERT INTO "pilot_sites" VALUES(1,0,'NGI_IT-INFN-CNAF');
CREATE TABLE pilot_spent (
        pilot INTEGER NOT NULL REFERENCES pilots (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        step INTEGER NOT NULL,         -- the number of the step it was spent on
        role TEXT NOT NULL, minutes INTEGER NOT NULL, site TEXT NOT NULL, "on" TEXT, "by" TEXT NOT NULL,
        note TEXT NOT NULL,
        PRIMARY KEY (pilot, position)
    );
INSERT INTO "pilot_spent" VALUES(1,1,7,'partner-site',720,'NGI_IT-INFN-CNAF','2026-11-18','mario','two people');
INSERT INTO "pilot_spent" VALUES(1,2,7,'vo',-60,'cms',NULL,'','');
CREATE TABLE pilot_steps (
        pilot INTEGER NOT NULL REFERENCES pilots (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        number INTEGER NOT NULL, what TEXT NOT NULL, state TEXT NOT NULL, owner TEXT NOT NULL,
        planned TEXT, done TEXT, "by" TEXT NOT NULL, note TEXT NOT NULL,
        ref TEXT,                      -- the record of the step at the source it came from
        PRIMARY KEY (pilot, position)
    );
INSERT INTO "pilot_steps" VALUES(1,1,1,'request','done','','2026-10-29','2026-10-29','','',NULL);
INSERT INTO "pilot_steps" VALUES(1,2,2,'pre-screen','done','','2026-11-09','2026-11-10','antonio','',NULL);
INSERT INTO "pilot_steps" VALUES(1,3,4,'organise the kick-off','open','','2026-11-11',NULL,'','',NULL);
INSERT INTO "pilot_steps" VALUES(1,4,5,'kick-off','open','','2026-11-15',NULL,'','',NULL);
INSERT INTO "pilot_steps" VALUES(1,5,6,'mirror the repository','open','','2026-11-16',NULL,'','',NULL);
INSERT INTO "pilot_steps" VALUES(1,6,7,'set up the service','open','Mario Rossi','2026-11-20',NULL,'','',NULL);
INSERT INTO "pilot_steps" VALUES(1,7,8,'run','open','','2026-12-10',NULL,'','',NULL);
INSERT INTO "pilot_steps" VALUES(1,8,9,'post-mortem report','open','','2026-12-17',NULL,'','',NULL);
INSERT INTO "pilot_steps" VALUES(1,9,10,'wrap-up','open','','2026-12-18',NULL,'','',NULL);
CREATE TABLE pilot_vos (
        pilot INTEGER NOT NULL REFERENCES pilots (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        name TEXT NOT NULL,
        PRIMARY KEY (pilot, position)
    );
INSERT INTO "pilot_vos" VALUES(1,0,'cms');
INSERT INTO "pilot_vos" VALUES(1,1,'atlas');
CREATE TABLE pilots (
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
    );
INSERT INTO "pilots" VALUES(1,'pilot-1',1,4,'','WMS 3.1','WMS','major','server',1,'gold','','vo','Antonio','pps-support@example.org','2026-11-15',5,14,3,'a patch is asked for','','replace the WMS of CMS','10,000 jobs a day','','','','20 of CMS','','2026-10-29T11:00:00+00:00','2026-10-29T11:00:00+00:00');
CREATE TABLE rollouts (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        rev INTEGER NOT NULL,          -- counts the changes of this record
        teams_rev INTEGER NOT NULL,    -- its rev when the teams last changed
        phase_rev INTEGER NOT NULL,    -- its rev when the phase last changed
        changed INTEGER NOT NULL,      -- the count of all changes when it last changed
        url TEXT NOT NULL, title TEXT NOT NULL, status TEXT NOT NULL, phase TEXT NOT NULL, owner TEXT NOT NULL,
        created TEXT, updated TEXT, due TEXT,
        outcome TEXT NOT NULL, document TEXT NOT NULL, document_url TEXT NOT NULL
    );
INSERT INTO "rollouts" VALUES(1,'7',2,1,1,3,'','Staged Rollout UMD-4 arc6 6.15.7 CENTOS7 x86_64','open','open','','2026-11-16T11:00:00+00:00','2026-11-18T11:00:00+00:00',NULL,'','','');
CREATE TABLE teams (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        rev INTEGER NOT NULL,
        changed INTEGER NOT NULL,
        url TEXT NOT NULL, name TEXT NOT NULL, ngi TEXT NOT NULL, site TEXT NOT NULL, contact TEXT NOT NULL,
        active INTEGER NOT NULL
    , note TEXT NOT NULL DEFAULT '');
INSERT INTO "teams" VALUES(1,'team-1',1,2,'','ea-NGI_IT-INFN-T1','NGI_IT','INFN-T1','grid@infn-t1.example.org',1,'');
CREATE TABLE waivers (
        rollout INTEGER NOT NULL REFERENCES rollouts (number) ON DELETE CASCADE, position INTEGER NOT NULL,
        team TEXT NOT NULL, reason TEXT NOT NULL, "by" TEXT NOT NULL, at TEXT,
        PRIMARY KEY (rollout, position)
    );
INSERT INTO "waivers" VALUES(1,1,'ea-CERN-CERN-PROD','the site closed','coordinator','2026-11-18T11:00:00+00:00');
CREATE TABLE wishes (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        rev INTEGER NOT NULL,
        changed INTEGER NOT NULL,
        url TEXT NOT NULL, component TEXT NOT NULL, stack TEXT NOT NULL, majors TEXT NOT NULL, os TEXT NOT NULL,
        arch TEXT NOT NULL, minimum INTEGER NOT NULL, note TEXT NOT NULL
    );
INSERT INTO "wishes" VALUES(1,'wish-1',1,6,'','arc1','UMD','','','',2,'asked for');
CREATE INDEX rollouts_changed ON rollouts (changed);
CREATE INDEX teams_changed ON teams (changed);
CREATE TRIGGER rollout_gone AFTER DELETE ON rollouts BEGIN
        UPDATE numbers SET value = value + 1 WHERE name = 'changes';
        INSERT OR REPLACE INTO gone SELECT 'rollouts', OLD.id, value FROM numbers WHERE name = 'changes';
    END;
CREATE TRIGGER team_gone AFTER DELETE ON teams BEGIN
        UPDATE numbers SET value = value + 1 WHERE name = 'changes';
        INSERT OR REPLACE INTO gone SELECT 'teams', OLD.id, value FROM numbers WHERE name = 'changes';
    END;
CREATE INDEX pilots_changed ON pilots (changed);
CREATE INDEX commitments_changed ON commitments (changed);
CREATE INDEX wishes_changed ON wishes (changed);
CREATE TRIGGER pilot_gone AFTER DELETE ON pilots BEGIN
        UPDATE numbers SET value = value + 1 WHERE name = 'changes';
        INSERT OR REPLACE INTO gone SELECT 'pilots', OLD.id, value FROM numbers WHERE name = 'changes';
    END;
CREATE TRIGGER commitment_gone AFTER DELETE ON commitments BEGIN
        UPDATE numbers SET value = value + 1 WHERE name = 'changes';
        INSERT OR REPLACE INTO gone SELECT 'commitments', OLD.id, value FROM numbers WHERE name = 'changes';
    END;
CREATE TRIGGER wish_gone AFTER DELETE ON wishes BEGIN
        UPDATE numbers SET value = value + 1 WHERE name = 'changes';
        INSERT OR REPLACE INTO gone SELECT 'wishes', OLD.id, value FROM numbers WHERE name = 'changes';
    END;
CREATE INDEX bulletins_changed ON bulletins (changed);
CREATE TRIGGER bulletin_gone AFTER DELETE ON bulletins BEGIN
        UPDATE numbers SET value = value + 1 WHERE name = 'changes';
        INSERT OR REPLACE INTO gone SELECT 'bulletins', OLD.id, value FROM numbers WHERE name = 'changes';
    END;
COMMIT;
