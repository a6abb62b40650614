BEGIN TRANSACTION;
CREATE TABLE blob (entry INTEGER PRIMARY KEY, content BLOB NOT NULL);
INSERT INTO "blob" VALUES(5,X'64617461');
CREATE TABLE entry (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            key TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL, source TEXT NOT NULL, target TEXT NOT NULL, about TEXT NOT NULL, command TEXT NOT NULL,
            asked_at TEXT NOT NULL, asked_by TEXT NOT NULL, base_rev TEXT NOT NULL, reason TEXT NOT NULL,
            before TEXT NOT NULL, record_before BLOB, reverses INTEGER,
            state TEXT NOT NULL, holder TEXT NOT NULL DEFAULT '', tries INTEGER NOT NULL DEFAULT 0,
            crashes INTEGER NOT NULL DEFAULT 0, due TEXT, last_error TEXT NOT NULL DEFAULT '',
            receipt TEXT NOT NULL DEFAULT '', settled_at TEXT, conflict INTEGER NOT NULL DEFAULT 0, seen BLOB, mail TEXT NOT NULL DEFAULT '');
INSERT INTO "entry" VALUES(1,'comment-aaaaaaaaaaaaaaaa','comment','rt','rt:1234','rt:1234','{"do":"comment","target":{"source":"rt","id":"1234","part":""},"text":"hello"}','2026-11-16T09:00:00.000000Z','coordinator','1','','',NULL,NULL,'done','0123456789abcdef',1,0,NULL,'','rt:1234 shows it','2026-11-16T09:00:00.000000Z',0,NULL,'');
INSERT INTO "entry" VALUES(2,'assign-bbbbbbbbbbbbbbbb','assign','rt','rt:1234','rt:1234','{"do":"assign","target":{"source":"rt","id":"1234","part":""},"add":["ea-NGI_IT-INFN-T1"],"remove":[]}','2026-11-16T09:00:00.000000Z','coordinator','2','','teams: ',X'DE0018A474797065A7726F6C6C6F7574A372656683A6736F75726365A27274A26964A431323334A470617274A0A375726CA0A3726576A131A57469746C65D92D53746167656420526F6C6C6F757420454D492D312E302064706D20312E382E302D3120534C35207838365F3634A6737461747573A46F70656EA57068617365A46F70656EA56F776E6572A0A763726561746564D6FF6AF6D190A775706461746564D6FF6AF97490A3647565C0A6706172656E74C0A76F7574636F6D65A0A8646F63756D656E74A0AC646F63756D656E745F75726CA0AB61737369676E6D656E747390A96578706F737572657390A86D6573736167657390AB6174746163686D656E747390A56C696E6B7390A66576656E747390A577686F6C65C3A86D616E616765727390A66669656C647390',NULL,'parked','0123456789abcdef',1,0,NULL,'rt: it will not','',NULL,0,X'DE0018A474797065A7726F6C6C6F7574A372656683A6736F75726365A27274A26964A431323334A470617274A0A375726CA0A3726576A131A57469746C65D92D53746167656420526F6C6C6F757420454D492D312E302064706D20312E382E302D3120534C35207838365F3634A6737461747573A46F70656EA57068617365A46F70656EA56F776E6572A0A763726561746564D6FF6AF6D190A775706461746564D6FF6AF97490A3647565C0A6706172656E74C0A76F7574636F6D65A0A8646F63756D656E74A0AC646F63756D656E745F75726CA0AB61737369676E6D656E747390A96578706F737572657390A86D6573736167657390AB6174746163686D656E747390A56C696E6B7390A66576656E747390A577686F6C65C3A86D616E616765727390A66669656C647390','');
INSERT INTO "entry" VALUES(3,'assign-cccccccccccccccc','assign','rt','rt:1235','rt:1235','{"do":"assign","target":{"source":"rt","id":"1235","part":""},"add":["ea-NGI_IT-INFN-T1"],"remove":[]}','2026-11-16T09:00:00.000000Z','coordinator','2','','teams: ',NULL,NULL,'parked','0123456789abcdef',1,0,NULL,'rt:1235 moved on','',NULL,1,NULL,'');
INSERT INTO "entry" VALUES(4,'poll-dddddddddddddddd','poll','rt','rt:1236','rt:1236','{"do":"poll","target":{"source":"rt","id":"1236","part":""},"to":"early-adopters-emi@mailman.egi.eu","subject":"Who takes part?","text":"Please answer."}','2026-11-16T09:00:00.000000Z','coordinator','3','','',NULL,NULL,'parked','0123456789abcdef',1,0,NULL,'the mail may have left','',NULL,0,NULL,'leaving');
INSERT INTO "entry" VALUES(5,'report-eeeeeeeeeeeeeeee','report','rt','rt:1237','rt:1237','{"do":"report","target":{"source":"rt","id":"1237","part":""},"team":"ea-NGI_IT-INFN-T1","name":"ea-NGI_IT-INFN-T1-EMI-1.0-dpm-1.8.0-1.odt","size":4,"digest":"3a6eb0790f39ac87c94f3856b2dd2c5d110e6811602261a9a923d3bb23adc8b7","content":"","waive":""}','2026-11-16T09:00:00.000000Z','coordinator','4','','',NULL,NULL,'waiting','',0,0,NULL,'','',NULL,0,NULL,'');
CREATE TABLE exchange (
            no INTEGER PRIMARY KEY, entry INTEGER NOT NULL,
            at TEXT NOT NULL, request TEXT NOT NULL, answer TEXT NOT NULL);
INSERT INTO "exchange" VALUES(1,4,'2026-11-16T09:00:00.000000Z','MAIL mail.example.org:25','no answer');
CREATE TABLE lease (
            one INTEGER PRIMARY KEY CHECK (one = 1), holder TEXT NOT NULL, pid INTEGER NOT NULL, host TEXT NOT NULL,
            until TEXT NOT NULL);
INSERT INTO "lease" VALUES(1,'0123456789abcdef',4711,'somewhere','2026-11-16T09:02:00+00:00');
CREATE TABLE log (
            no INTEGER PRIMARY KEY, entry INTEGER NOT NULL,
            at TEXT NOT NULL, state TEXT NOT NULL, text TEXT NOT NULL);
INSERT INTO "log" VALUES(1,1,'2026-11-16T09:00:00.000000Z','waiting','asked for by coordinator');
INSERT INTO "log" VALUES(2,2,'2026-11-16T09:00:00.000000Z','waiting','asked for by coordinator');
INSERT INTO "log" VALUES(3,1,'2026-11-16T09:00:00.000000Z','sending','sent');
INSERT INTO "log" VALUES(4,1,'2026-11-16T09:00:00.000000Z','done','done: rt:1234 shows it');
INSERT INTO "log" VALUES(5,2,'2026-11-16T09:00:00.000000Z','sending','sent');
INSERT INTO "log" VALUES(6,2,'2026-11-16T09:00:00.000000Z','parked','rt: it will not');
INSERT INTO "log" VALUES(7,3,'2026-11-16T09:00:00.000000Z','waiting','asked for by coordinator');
INSERT INTO "log" VALUES(8,3,'2026-11-16T09:00:00.000000Z','sending','sent');
INSERT INTO "log" VALUES(9,3,'2026-11-16T09:00:00.000000Z','parked','rt:1235 moved on');
INSERT INTO "log" VALUES(10,4,'2026-11-16T09:00:00.000000Z','waiting','asked for by coordinator');
INSERT INTO "log" VALUES(11,5,'2026-11-16T09:00:00.000000Z','waiting','asked for by coordinator');
CREATE INDEX standing ON entry (state, source, id);
CREATE INDEX about ON entry (about, id);
CREATE INDEX logged ON log (entry, no);
CREATE VIEW shown AS SELECT id, key, command, asked_at, asked_by, state, tries, due, last_error, receipt,
            base_rev, reason, before, settled_at, conflict, mail FROM entry;
CREATE INDEX exchanged ON exchange (entry, no);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('entry',5);
COMMIT;
PRAGMA user_version=3;
