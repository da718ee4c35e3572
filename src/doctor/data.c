/*
 * What stands in the database and the configuration: soundness, backups, editions that wait, sponsors'
 * dates, feeds.
 */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DAY 86400
#define BACKUP_DAYS 8
#define SILENT_DAYS 14

static void
check_database(struct doctor *d)
{
	static const char check[] = "database",
			  type[] = "wrap restore FILE   (the last good backup)";
	struct strs bad;
	struct wrap_err err;

	doctor_step(d, check);
	if (store_check(d->st, &bad, &err) != WRAP_OK)
		wrong(d, DOCTOR_DATA, check, type, "%s", err.text);
	else if (bad.n > 0)
		wrong(d, DOCTOR_DATA, check, type, "%s is damaged: %s%s", d->c->paths.database,
		    bad.v[0], bad.n > 1 ? ", and more" : "");
	else
		ok(d, check, "%s is sound", d->c->paths.database);
	strs_clear(&bad);
}

static void
check_backup(struct doctor *d)
{
	static const char check[] = "backup", type[] = "wrap backup FILE";
	struct wrap_err err;
	char *text = NULL, *end = NULL;
	int64_t at = 0, days;

	if (meta_get(d->st, "backup_at", &text, &err) == WRAP_OK) {
		at = strtoll(text, &end, 10);
		if (*end != '\0' && clock_parse(text, &at, &err) != WRAP_OK)
			at = 0;
	}
	free(text);
	days = (d->now - at) / DAY;
	if (at == 0)
		warn(d, check, type, "no backup was ever made");
	else if (days > BACKUP_DAYS)
		warn(d, check, type, "the last backup is %lld days old", (long long)days);
	else
		ok(d, check, "the last backup is %lld day%s old", (long long)days,
		    days == 1 ? "" : "s");
}

static void
check_edition(struct doctor *d)
{
	static const char check[] = "edition";
	struct edition e;
	struct wrap_err err;
	int64_t n[DELIVERY_STATES];

	if (edition_latest(d->st, &e, &err) != WRAP_OK)
		return;
	if (e.state == EDITION_HELD)
		warn(d, check,
		    "mend what it names, then: wrap draft   (or as it stands: wrap preview; wrap approve)",
		    "edition %s is held: %s", e.key,
		    e.hold == NULL ? "no reason recorded" : e.hold);
	else if (delivery_counts(d->st, e.id, n, &err) == WRAP_OK && n[DELIVERY_HELD] > 0)
		warn(d, check, "wrap report   (which ones and why)",
		    "%lld deliveries of edition %s wait for you", (long long)n[DELIVERY_HELD],
		    e.key);
	else
		ok(d, check, "edition %s is %s", e.key, edition_state_name(e.state));
	edition_clear(&e);
}

/* ---- sponsors ----------------------------------------------------------------------------------------- */

static void
check_sponsors(struct doctor *d)
{
	static const char check[] = "sponsors";
	size_t good = 0;
	char day[16];

	for (size_t i = 0; i < d->c->n_topics; i++) {
		const struct config_topic *t = &d->c->topics[i];
		const struct config_sponsor *s = &t->sponsor;
		char type[300];
		struct tm tm;

		if (s->name == NULL)
			continue;
		(void)snprintf(type, sizeof(type),
		    "sponsor of topic \"%.150s\" in wrap.conf: new dates, or take it out", t->name);
		tm = clock_local(s->from > d->now ? s->from : s->until - 1);
		(void)strftime(day, sizeof(day), "%Y-%m-%d", &tm);
		if (s->until != 0 && s->from >= s->until)
			wrong(d, DOCTOR_SETUP, check, type, "%s of %s ends before it begins",
			    s->name, t->name);
		else if (s->until != 0 && s->until <= d->now)
			warn(d, check, type, "%s of %s ended on %s", s->name, t->name, day);
		else if (s->until != 0 && s->until <= d->now + d->c->edition.sponsor_days * DAY)
			warn(d, check, type, "%s of %s ends on %s", s->name, t->name, day);
		else if (s->from > d->now)
			note(d, check, type, "%s of %s begins on %s", s->name, t->name, day);
		else
			good++;
	}
	if (good > 0)
		ok(d, check, "%zu in their time", good);
}

/* ---- feeds --------------------------------------------------------------------------------------------- */

struct feeds_seen {
	struct doctor *d;
	bool *seen; /* by place in the configuration */
	size_t good;
};

static const struct config_feed *
configured(const struct config *c, const char *name, size_t *at)
{
	for (*at = 0; *at < c->n_feeds; (*at)++)
		if (strcmp(c->feeds[*at].name, name) == 0)
			return &c->feeds[*at];
	return NULL;
}

static enum wrap_rc
see_feed(void *ctx, const struct feed *f, struct wrap_err *err)
{
	static const char check[] = "feeds";
	struct feeds_seen *s = ctx;
	size_t at;
	const struct config_feed *c = configured(s->d->c, f->name, &at);
	enum doctor_level level = c != NULL && c->required ? DOCTOR_WRONG : DOCTOR_WARN;
	int64_t silent = (s->d->now - f->last_good_at) / DAY;
	char type[300];

	(void)err;
	if (c == NULL)
		return WRAP_OK; /* of old */
	s->seen[at] = true;
	(void)snprintf(type, sizeof(type), "wrap collect --force %.200s", f->name);
	if (f->hold != NULL)
		doctor_found(
		    s->d, level, DOCTOR_PEER, check, type, "%s is held: %s", f->name, f->hold);
	else if (f->failures > 0)
		doctor_found(s->d, level, DOCTOR_PEER, check, type,
		    "%s failed %d time%s in a row: %s", f->name, f->failures,
		    f->failures == 1 ? "" : "s",
		    f->error == NULL ? "no reason recorded" : f->error);
	else if (f->last_good_at == 0)
		s->seen[at] = false; /* counts as never polled */
	else if (silent > SILENT_DAYS)
		doctor_found(s->d, level, DOCTOR_PEER, check, type,
		    "%s was last read %lld days ago", f->name, (long long)silent);
	else
		s->good++;
	return WRAP_OK;
}

static void
check_feeds(struct doctor *d)
{
	static const char check[] = "feeds";
	struct feeds_seen s = { .d = d, .seen = calloc(d->c->n_feeds + 1, sizeof(bool)) };
	struct wrap_err err;
	struct stat st;
	size_t fresh = 0;

	if (s.seen == NULL) {
		d->no_memory = true;
		return;
	}
	if (d->c->n_feeds == 0)
		wrong(d, DOCTOR_SETUP, check, "wrap feeds add URL",
		    "no feed and no folder is configured");
	if (d->st != NULL && feed_each(d->st, see_feed, &s, &err) != WRAP_OK)
		wrong(d, DOCTOR_DATA, check, "wrap restore FILE", "%s", err.text);
	for (size_t i = 0; i < d->c->n_feeds; i++) {
		const struct config_feed *f = &d->c->feeds[i];

		if (f->folder != NULL && stat(f->folder, &st) != 0)
			doctor_found(d, f->required ? DOCTOR_WRONG : DOCTOR_WARN, DOCTOR_SETUP,
			    check, "make it, or mend folder of that feed in wrap.conf",
			    "the folder %s of %s is not there", f->folder, f->name);
		fresh += !s.seen[i];
	}
	if (fresh > 0 && d->st != NULL)
		note(d, check, "wrap collect", "%zu of %zu never polled yet", fresh, d->c->n_feeds);
	if (s.good > 0)
		ok(d, check, "%zu of %zu in good health", s.good, d->c->n_feeds);
	free(s.seen);
}

void
doctor_data(struct doctor *d)
{
	if (d->st != NULL) {
		check_database(d);
		check_backup(d);
		check_edition(d);
	}
	check_sponsors(d);
	check_feeds(d);
}
