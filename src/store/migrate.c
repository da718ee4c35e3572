/*
 * The schema, as an append-only list of steps. Each runs in one transaction with its user_version, so a
 * kill in the middle leaves the old schema or the new one. Never edit a step that was released: add one.
 */
#include "internal.h"

/* 1: the tables of the first release */
static const char *const schema_1[] = {
	"CREATE TABLE meta ("
	" name TEXT PRIMARY KEY,"
	" value TEXT NOT NULL"
	") STRICT, WITHOUT ROWID;",

	"CREATE TABLE subscriber ("
	" id INTEGER PRIMARY KEY,"
	" address TEXT NOT NULL,"          /* as typed */
	" canonical TEXT NOT NULL UNIQUE," /* the spelling that is unique */
	" name TEXT,"
	" topics TEXT," /* names joined by ','; NULL: all */
	" language TEXT,"
	" state TEXT NOT NULL CHECK (state IN "
	"('pending','active','unsubscribed','bounced','complained')),"
	" created_at INTEGER NOT NULL," /* all _at: Unix seconds, UTC */
	" confirmed_at INTEGER,"
	" changed_at INTEGER NOT NULL," /* of the state */
	" why TEXT"                     /* of the last change of state */
	") STRICT;",
	"CREATE INDEX subscriber_state ON subscriber (state, topics);",

	"CREATE TABLE consent ("
	" id INTEGER PRIMARY KEY,"
	" subscriber INTEGER NOT NULL REFERENCES subscriber (id) ON DELETE CASCADE,"
	" at INTEGER NOT NULL,"
	" step TEXT NOT NULL,"
	" source TEXT NOT NULL,"
	" detail TEXT"
	") STRICT;",
	"CREATE INDEX consent_subscriber ON consent (subscriber);",
	"CREATE TRIGGER consent_append_only BEFORE UPDATE ON consent BEGIN"
	" SELECT RAISE(ABORT, 'consent is append-only'); END;",

	"CREATE TABLE suppression ("
	" hash BLOB PRIMARY KEY," /* HMAC-SHA256 of the canonical address under a key of ours */
	" reason TEXT NOT NULL,"
	" at INTEGER NOT NULL"
	") STRICT, WITHOUT ROWID;",

	"CREATE TABLE feed ("
	" id INTEGER PRIMARY KEY,"
	" name TEXT NOT NULL UNIQUE,"
	" url TEXT NOT NULL,"
	" fetch_url TEXT," /* since a permanent redirect was believed; NULL: url */
	" moved_to TEXT,"  /* target of one not yet believed, first seen moved_at */
	" moved_at INTEGER,"
	" body_hash TEXT,"     /* of the last document read, hex */
	" etag TEXT,"          /* opaque, RFC 9110 8.8.3 */
	" last_modified TEXT," /* opaque */
	" next_check_at INTEGER,"
	" last_good_at INTEGER,"
	" last_tried_at INTEGER,"
	" failures INTEGER NOT NULL DEFAULT 0," /* in a row */
	" error TEXT,"
	" hold TEXT"
	") STRICT;",

	"CREATE TABLE article ("
	" id INTEGER PRIMARY KEY,"
	" feed INTEGER NOT NULL REFERENCES feed (id),"
	" guid TEXT NOT NULL," /* identity within the feed */
	" url TEXT,"
	" title TEXT NOT NULL,"
	" byline TEXT,"
	" summary TEXT,"
	" text TEXT,"
	" image TEXT,"
	" categories TEXT," /* one to a line */
	" topic TEXT,"
	" language TEXT,"
	" published_at INTEGER,"
	" seen_at INTEGER NOT NULL,"
	" comments INTEGER NOT NULL DEFAULT -1,"
	" UNIQUE (feed, guid)"
	") STRICT;",
	"CREATE INDEX article_seen ON article (seen_at);",
	"CREATE INDEX article_url ON article (url);",

	"CREATE TABLE article_alias (" /* other names an entry was or may be known under in its feed */
	" feed INTEGER NOT NULL REFERENCES feed (id),"
	" alias TEXT NOT NULL,"
	" article INTEGER NOT NULL REFERENCES article (id) ON DELETE CASCADE,"
	" seen_at INTEGER NOT NULL,"
	" PRIMARY KEY (feed, alias)"
	") STRICT, WITHOUT ROWID;",
	"CREATE INDEX article_alias_article ON article_alias (article);",

	"CREATE TABLE edition ("
	" id INTEGER PRIMARY KEY,"
	" key TEXT NOT NULL UNIQUE," /* ISO week, 2026-W47 */
	" state TEXT NOT NULL CHECK (state IN "
	"('draft','held','approved','sending','sent','cancelled')),"
	" window_from INTEGER NOT NULL,"
	" window_to INTEGER NOT NULL,"
	" subject TEXT NOT NULL,"
	" markdown TEXT NOT NULL,"
	" approved_hash TEXT,"  /* SHA-256 of the approved markdown, hex */
	" generated_hash TEXT," /* of what digest wrote; differs once an editor changed it */
	" hold TEXT,"
	" created_at INTEGER NOT NULL,"
	" sealed_at INTEGER,"
	" ended_at INTEGER"
	") STRICT;",

	"CREATE TABLE story ("
	" edition INTEGER NOT NULL REFERENCES edition (id),"
	" article INTEGER NOT NULL REFERENCES article (id),"
	" topic TEXT,"
	" position INTEGER NOT NULL," /* from 1; 0: left out */
	" why TEXT NOT NULL,"
	" PRIMARY KEY (edition, article)"
	") STRICT, WITHOUT ROWID;",
	"CREATE INDEX story_article ON story (article);",

	"CREATE TABLE message (" /* compiled, with slots; a repeat is made of the same bytes */
	" id INTEGER PRIMARY KEY,"
	" edition INTEGER NOT NULL REFERENCES edition (id),"
	" topics TEXT NOT NULL," /* '' is all */
	" body BLOB NOT NULL,"
	" UNIQUE (edition, topics)"
	") STRICT;",

	/*
	 * In a check or a trigger an IN of more than two words builds a table for each row, and an index by
	 * reader would have every edition rewrite that of all editions before: both cost more than all the
	 * rest of a row. A reader's rows are found by edition and key.
	 */
	"CREATE TABLE delivery ("
	" edition INTEGER NOT NULL REFERENCES edition (id),"
	" subscriber INTEGER NOT NULL," /* kept true by subscriber_has_deliveries */
	" message INTEGER,"
	" state TEXT NOT NULL CHECK (state = 'queued' OR state = 'sending' OR state = 'sent' OR"
	"  state = 'indoubt' OR state = 'failed' OR state = 'skipped' OR state = 'held'),"
	" attempts INTEGER NOT NULL DEFAULT 0,"
	" repeats INTEGER NOT NULL DEFAULT 0," /* of attempts, after one in doubt */
	" next_attempt_at INTEGER NOT NULL,"
	" changed_at INTEGER NOT NULL,"
	" reply_code INTEGER,"
	" enhanced TEXT," /* RFC 3463 */
	" reason TEXT,"
	" PRIMARY KEY (edition, subscriber)"
	") STRICT, WITHOUT ROWID;",
	/* Rows that were never tried have 0 there and are found by the key: no index is kept for the many. */
	"CREATE INDEX delivery_open ON delivery (edition, next_attempt_at)"
	" WHERE next_attempt_at > 0 AND state IN ('queued','indoubt');",
	/* States only move forward; whoever tries otherwise is refused here, whatever the code above thinks. */
	"CREATE TRIGGER delivery_forward BEFORE UPDATE OF state ON delivery"
	" WHEN NOT (OLD.state = NEW.state OR"
	"  (OLD.state = 'queued' AND"
	"   (NEW.state = 'sending' OR NEW.state = 'skipped' OR NEW.state = 'failed')) OR"
	"  (OLD.state = 'sending' AND (NEW.state = 'sent' OR NEW.state = 'failed' OR"
	"   NEW.state = 'indoubt' OR NEW.state = 'queued' OR NEW.state = 'held')) OR"
	"  (OLD.state = 'indoubt' AND (NEW.state = 'queued' OR NEW.state = 'held' OR"
	"   NEW.state = 'sent' OR NEW.state = 'failed')) OR"
	"  (OLD.state = 'held' AND (NEW.state = 'queued' OR NEW.state = 'skipped' OR"
	"   NEW.state = 'failed' OR NEW.state = 'sent')))"
	" BEGIN SELECT RAISE(FAIL, 'a delivery cannot move that way'); END;",
	"CREATE TRIGGER subscriber_has_deliveries BEFORE DELETE ON subscriber WHEN EXISTS"
	" (SELECT 1 FROM delivery WHERE edition IN (SELECT id FROM edition) AND subscriber = OLD.id)"
	" BEGIN SELECT RAISE(ABORT, 'a reader with deliveries cannot be deleted'); END;",

	"CREATE TABLE bounce (" /* one report about one recipient, with its evidence */
	" id INTEGER PRIMARY KEY,"
	" scan INTEGER NOT NULL," /* number of the scan that read it */
	" mailbox TEXT NOT NULL,"
	" uidvalidity INTEGER NOT NULL," /* RFC 9051 2.3.1.1 */
	" uid INTEGER NOT NULL,"
	" fingerprint BLOB NOT NULL UNIQUE," /* of what was said, so that a changed UIDVALIDITY counts nothing twice */
	" at INTEGER NOT NULL,"
	" subscriber INTEGER REFERENCES subscriber (id),"
	" edition INTEGER REFERENCES edition (id),"
	" class TEXT NOT NULL,"
	" reason TEXT NOT NULL,"
	" status TEXT," /* RFC 3463 */
	" recipient TEXT,"
	" diagnostic TEXT,"
	" act TEXT," /* what it did to the reader; NULL: nothing */
	" was TEXT," /* their state before */
	" undone_at INTEGER,"
	" UNIQUE (mailbox, uidvalidity, uid)"
	") STRICT;",
	"CREATE INDEX bounce_subscriber ON bounce (subscriber);",
	"CREATE INDEX bounce_scan ON bounce (scan);",

	"CREATE TABLE run ("
	" id INTEGER PRIMARY KEY,"
	" command TEXT NOT NULL,"
	" started_at INTEGER NOT NULL,"
	" ended_at INTEGER,"
	" exit_code INTEGER,"
	" report TEXT"
	") STRICT;",
	NULL,
};

/* 2: letters to one reader, a pause, and what is left of a forgotten one */
static const char *const schema_2[] = {
	"ALTER TABLE subscriber ADD COLUMN paused_until INTEGER;", /* active, but gets no edition before */
	"CREATE INDEX subscriber_paused ON subscriber (paused_until) WHERE paused_until IS NOT NULL;",

	"CREATE TABLE letter (" /* confirm, welcome, farewell: mails outside editions */
	" id INTEGER PRIMARY KEY,"
	" subscriber INTEGER NOT NULL REFERENCES subscriber (id) ON DELETE CASCADE,"
	" kind TEXT NOT NULL,"
	" created_at INTEGER NOT NULL,"
	" attempts INTEGER NOT NULL DEFAULT 0,"
	" next_attempt_at INTEGER," /* NULL: no longer open */
	" sent_at INTEGER,"
	" reason TEXT"
	") STRICT;",
	"CREATE INDEX letter_open ON letter (next_attempt_at) WHERE next_attempt_at IS NOT NULL;",
	"CREATE INDEX letter_subscriber ON letter (subscriber, created_at);",
	"CREATE INDEX letter_created ON letter (created_at);",

	"CREATE TABLE forgotten (" /* deliveries of erased readers, as counts */
	" edition INTEGER NOT NULL REFERENCES edition (id),"
	" state TEXT NOT NULL,"
	" n INTEGER NOT NULL,"
	" PRIMARY KEY (edition, state)"
	") STRICT, WITHOUT ROWID;",
	NULL,
};

static const char *const *const steps[] = {
	schema_1,
	schema_2,
};

#define STEPS ((int)(sizeof(steps) / sizeof(steps[0])))

static enum wrap_rc
version_read(struct store *st, int *out, struct wrap_err *err)
{
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, "PRAGMA user_version", err);

	if (rc == WRAP_OK)
		rc = stmt_row(&q, err);
	if (rc == WRAP_OK)
		*out = (int)stmt_int(&q, 0);
	stmt_close(&q);
	return rc;
}

static enum wrap_rc
step_run(struct store *st, int to, struct wrap_err *err)
{
	char version[64];
	enum wrap_rc rc = store_exec(st, "BEGIN IMMEDIATE", err);

	if (rc != WRAP_OK)
		return rc;
	(void)sqlite3_snprintf((int)sizeof(version), version, "PRAGMA user_version = %d", to);
	for (const char *const *sql = steps[to - 1]; rc == WRAP_OK && *sql != NULL; sql++)
		rc = store_exec(st, *sql, err);
	if (rc == WRAP_OK)
		rc = store_exec(st, version, err);
	if (rc == WRAP_OK)
		rc = store_exec(st, "COMMIT", err);
	if (rc != WRAP_OK && sqlite3_get_autocommit(st->db) == 0)
		(void)sqlite3_exec(st->db, "ROLLBACK", NULL, NULL, NULL);
	st->wrote = true;
	return wrap_while(err, rc, "bring the database to schema %d", to);
}

int
store_schema(void)
{
	return STEPS;
}

/* The caller holds the writers' lock. */
enum wrap_rc
store_migrate(struct store *st, struct wrap_err *err)
{
	int have = 0;
	enum wrap_rc rc = version_read(st, &have, err);

	if (rc == WRAP_OK && have > STEPS)
		rc = wrap_fail(err, WRAP_ECONFIG,
		    "database %s has schema %d and this wrap knows %d: it was written by a newer "
		    "version; "
		    "install that one",
		    st->path, have, STEPS);
	while (rc == WRAP_OK && have < STEPS)
		rc = step_run(st, ++have, err);
	return rc;
}
