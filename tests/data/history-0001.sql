BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE measure (
	id INTEGER NOT NULL, 
	session_id INTEGER NOT NULL, 
	repetition_id INTEGER, 
	name VARCHAR(120) NOT NULL, 
	side VARCHAR(8) NOT NULL, 
	label VARCHAR(160) NOT NULL, 
	unit VARCHAR(16) NOT NULL, 
	phase VARCHAR(80) NOT NULL, 
	value FLOAT, 
	error FLOAT, 
	valid BOOLEAN NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	reason TEXT NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(session_id) REFERENCES session (id) ON DELETE CASCADE, 
	FOREIGN KEY(repetition_id) REFERENCES repetition (id) ON DELETE CASCADE
);
INSERT INTO "measure" VALUES(1,1,NULL,'toe_to_wall_left_cm','left','Toe to wall, left','cm','',11.5,0.6,1,'info','');
INSERT INTO "measure" VALUES(2,1,1,'toe_to_wall_left_cm','left','Toe to wall, left','cm','',11.5,0.6,1,'info','');
CREATE TABLE person (
	id INTEGER NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	created_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (name)
);
INSERT INTO "person" VALUES(1,'me','2026-11-22 12:16:18.259201');
CREATE TABLE remembered (
	id INTEGER NOT NULL, 
	person_id INTEGER NOT NULL, 
	"key" VARCHAR(80) NOT NULL, 
	value JSON NOT NULL, 
	set_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(person_id) REFERENCES person (id) ON DELETE CASCADE
);
CREATE TABLE repetition (
	id INTEGER NOT NULL, 
	session_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	side VARCHAR(8) NOT NULL, 
	start_s FLOAT NOT NULL, 
	end_s FLOAT NOT NULL, 
	complete BOOLEAN NOT NULL, 
	met INTEGER NOT NULL, 
	borderline INTEGER NOT NULL, 
	not_met INTEGER NOT NULL, 
	not_measured INTEGER NOT NULL, 
	faults JSON NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(session_id) REFERENCES session (id) ON DELETE CASCADE
);
INSERT INTO "repetition" VALUES(1,1,1,'left',1.0,2.0,1,1,0,0,0,'["heel_up"]');
CREATE TABLE session (
	id INTEGER NOT NULL, 
	uid VARCHAR(36) NOT NULL, 
	person_id INTEGER NOT NULL, 
	taken_at DATETIME NOT NULL, 
	saved_at DATETIME NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	move_id VARCHAR(80) NOT NULL, 
	move_name VARCHAR(160) NOT NULL, 
	move_sha256 VARCHAR(64) NOT NULL, 
	side VARCHAR(8) NOT NULL, 
	clip VARCHAR(400) NOT NULL, 
	clip_key VARCHAR(80) NOT NULL, 
	folder TEXT NOT NULL, 
	duration_s FLOAT NOT NULL, 
	model VARCHAR(80) NOT NULL, 
	software VARCHAR(40) NOT NULL, 
	verdict TEXT NOT NULL, 
	pain INTEGER, 
	note TEXT NOT NULL, 
	deleted_at DATETIME, 
	PRIMARY KEY (id), 
	UNIQUE (uid), 
	FOREIGN KEY(person_id) REFERENCES person (id) ON DELETE CASCADE
);
INSERT INTO "session" VALUES(1,'1b0e6a0c-0000-4000-8000-000000000001',1,'2026-03-01 09:30:00.000000','2026-11-22 12:16:18.259893','measure','knee-to-wall','Knee to wall','','auto','','','',0.0,'','','',2,'änd — ok',NULL);
CREATE UNIQUE INDEX remembered_once ON remembered (person_id, "key");
CREATE INDEX session_by_time ON session (person_id, taken_at);
CREATE INDEX session_by_clip ON session (person_id, clip_key);
CREATE INDEX ix_repetition_session_id ON repetition (session_id);
CREATE INDEX ix_measure_repetition_id ON measure (repetition_id);
CREATE INDEX measure_by_session ON measure (session_id, repetition_id);
CREATE INDEX measure_by_name ON measure (name, repetition_id, session_id);
COMMIT;
