/*
 * Figures for status and report: counts over the records, never a row about one person.
 */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WEEK (7 * 86400)

enum wrap_rc
figure_ledger(
    struct store *st, int64_t edition_id, struct ledger_figures *out, struct wrap_err *err)
{
	static const char sql[] = "SELECT sum(n) FROM forgotten WHERE edition = :edition";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc;

	*out = (struct ledger_figures){ 0 };
	rc = delivery_counts(st, edition_id, out->counts, err);
	if (rc == WRAP_OK)
		rc = stmt_open(&q, st, sql, err);
	if (rc == WRAP_OK) {
		stmt_bind_int(&q, ":edition", edition_id);
		rc = stmt_row(&q, err);
	}
	if (rc == WRAP_OK)
		out->forgotten = stmt_int(&q, 0);
	for (int i = 0; rc == WRAP_OK && i < DELIVERY_STATES; i++)
		out->readers += out->counts[i];
	stmt_close(&q);
	return rc;
}

enum wrap_rc
figure_missed(struct store *st, const struct edition *e, int64_t *out, struct wrap_err *err)
{
	static const char sql[] =
	    /* An import brings old dates along; numbers tell that those readers came later. */
	    "SELECT count(*) FROM subscriber s WHERE s.state = 'active' AND s.paused_until IS NULL"
	    " AND s.changed_at < :sealed AND s.created_at < :sealed"
	    " AND s.id < (SELECT max(subscriber) FROM delivery WHERE edition = :edition) AND NOT EXISTS"
	    "  (SELECT 1 FROM delivery d WHERE d.edition = :edition AND d.subscriber = s.id)";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	*out = 0;
	if (rc == WRAP_OK) {
		stmt_bind_int(&q, ":edition", e->id);
		stmt_bind_int(&q, ":sealed", e->sealed_at);
		rc = stmt_row(&q, err);
	}
	if (rc == WRAP_OK)
		*out = stmt_int(&q, 0);
	stmt_close(&q);
	return rc;
}

/* ---- reasons: many rows, few reasons ---- */

#define REASONS_MAX 400 /* kinds that are kept apart; what is beyond them is told together */
#define REASONS_TOLD 20

struct reason {
	char state[12], enhanced[12], why[320];
	int code;
	int64_t n;
};

struct reasons {
	struct reason v[REASONS_MAX + 1]; /* one more for the rest */
	size_t n;
};

static int
reason_order(const void *a, const void *b)
{
	const struct reason *x = a, *y = b;
	int c = strcmp(x->state, y->state);

	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	if (c == 0)
		c = x->code - y->code;
	if (c == 0)
		c = strcmp(x->enhanced, y->enhanced);
	return c != 0 ? c : strcmp(x->why, y->why);
}

/* The row of q into its kind. A kind that is met often comes to stand in front. */
static void
reason_count(struct reasons *r, const struct stmt *q)
{
	struct reason one = { .code = (int)stmt_int(q, 1), .n = 1 };
	size_t i = 0;

	(void)snprintf(one.state, sizeof(one.state), "%s", stmt_peek(q, 0));
	(void)snprintf(one.enhanced, sizeof(one.enhanced), "%s", stmt_peek(q, 2));
	(void)snprintf(one.why, sizeof(one.why), "%s", stmt_peek(q, 3));
	while (i < r->n && (r->v[i].code != one.code || strcmp(r->v[i].why, one.why) != 0 ||
			       strcmp(r->v[i].enhanced, one.enhanced) != 0 ||
			       strcmp(r->v[i].state, one.state) != 0))
		i++;
	if (i >= REASONS_MAX) { /* the rest, told together */
		i = REASONS_MAX;
		one = (struct reason){ .state = "several", .why = "other reasons", .n = 1 };
	}
	if (i == r->n) {
		r->v[r->n++] = one;
		return;
	}
	r->v[i].n++;
	if (i > 0 && i < REASONS_MAX && r->v[i].n > r->v[i - 1].n) {
		one = r->v[i];
		r->v[i] = r->v[i - 1];
		r->v[i - 1] = one;
	}
}

enum wrap_rc
figure_reasons(
    struct store *st, int64_t edition_id, figure_reason *each, void *ctx, struct wrap_err *err)
{
	/* Servers' own words may name people; codes do not. Grouping here would sort a million rows in memory. */
	static const char sql[] =
	    "SELECT state, coalesce(reply_code, 0), coalesce(enhanced, ''),"
	    " CASE WHEN reply_code IS NULL AND enhanced IS NULL THEN coalesce(reason, '') ELSE '' END"
	    " FROM delivery NOT INDEXED WHERE edition = :edition"
	    " AND state NOT IN ('sent', 'sending') AND (reply_code IS NOT NULL OR reason IS NOT NULL)";
	struct reasons *r = calloc(1, sizeof(*r));
	struct stmt q = STMT_INIT;
	enum wrap_rc rc =
	    r == NULL ? wrap_fail(err, WRAP_ENOMEM, "out of memory") : stmt_open(&q, st, sql, err);

	if (rc == WRAP_OK)
		stmt_bind_int(&q, ":edition", edition_id);
	while (rc == WRAP_OK && (rc = stmt_row(&q, err)) == WRAP_OK)
		reason_count(r, &q);
	stmt_close(&q);
	if (rc == WRAP_ENOTFOUND) {
		rc = WRAP_OK;
		qsort(r->v, r->n, sizeof(r->v[0]), reason_order);
	}
	for (size_t i = 0; rc == WRAP_OK && i < r->n && i < REASONS_TOLD; i++)
		rc = each(ctx, r->v[i].state, r->v[i].code, r->v[i].enhanced, r->v[i].why,
		    r->v[i].n, err);
	free(r);
	return rc;
}

enum wrap_rc
figure_weeks(
    struct store *st, int64_t end, struct week_figures *out, size_t weeks, struct wrap_err *err)
{
	static const char sql[] =
	    "SELECT (:end - 1 - at) / :week AS w, what, count(*) FROM ("
	    " SELECT confirmed_at AS at, 'joined' AS what FROM subscriber WHERE confirmed_at IS NOT NULL"
	    " UNION ALL SELECT changed_at, state FROM subscriber"
	    "  WHERE state IN ('unsubscribed', 'bounced', 'complained'))"
	    " WHERE at < :end AND at >= :end - :weeks * :week GROUP BY 1, 2";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	for (size_t i = 0; i < weeks; i++)
		out[i] = (struct week_figures){ .from = end - (int64_t)(weeks - i) * WEEK };
	if (rc == WRAP_OK) {
		stmt_bind_int(&q, ":end", end);
		stmt_bind_int(&q, ":week", WEEK);
		stmt_bind_int(&q, ":weeks", (int64_t)weeks);
	}
	while (rc == WRAP_OK && (rc = stmt_row(&q, err)) == WRAP_OK) {
		size_t back = (size_t)stmt_int(&q, 0);
		const char *what = stmt_peek(&q, 1);
		int64_t n = stmt_int(&q, 2);

		if (back >= weeks)
			continue;
		if (strcmp(what, "joined") == 0)
			out[weeks - 1 - back].joined = n;
		else if (strcmp(what, "unsubscribed") == 0)
			out[weeks - 1 - back].unsubscribed = n;
		else if (strcmp(what, "bounced") == 0)
			out[weeks - 1 - back].bounced = n;
		else
			out[weeks - 1 - back].complained = n;
	}
	stmt_close(&q);
	return rc == WRAP_ENOTFOUND ? WRAP_OK : rc;
}

enum wrap_rc
figure_providers(struct store *st, int64_t edition_id, int64_t since, size_t max,
    figure_provider *each, void *ctx, struct wrap_err *err)
{
	static const char sql[] =
	    "SELECT lower(substr(address, instr(address, '@') + 1)) AS provider,"
	    " sum(class = 'hard') AS hard, sum(class = 'soft') AS soft, sum(class = 'complaint') AS complaint"
	    " FROM (SELECT b.class, coalesce(s.address, b.recipient) AS address FROM bounce b"
	    "  LEFT JOIN subscriber s ON s.id = b.subscriber"
	    "  WHERE b.undone_at IS NULL AND b.class IN ('hard', 'soft', 'complaint') AND b.at >= :since"
	    "  AND (:edition IS NULL OR b.edition = :edition))"
	    " WHERE instr(address, '@') > 0 GROUP BY 1"
	    " ORDER BY hard + soft + complaint DESC, provider LIMIT :max";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	if (rc == WRAP_OK) {
		stmt_bind_time(&q, ":edition", edition_id);
		stmt_bind_int(&q, ":since", since);
		stmt_bind_int(&q, ":max", (int64_t)max);
	}
	while (rc == WRAP_OK && (rc = stmt_row(&q, err)) == WRAP_OK) {
		struct provider_figures p = { .hard = stmt_int(&q, 1),
			.soft = stmt_int(&q, 2),
			.complaint = stmt_int(&q, 3) };

		(void)snprintf(p.name, sizeof(p.name), "%s", stmt_peek(&q, 0));
		rc = each(ctx, &p, err);
	}
	stmt_close(&q);
	return rc == WRAP_ENOTFOUND ? WRAP_OK : rc;
}

enum wrap_rc
figure_stories(
    struct store *st, int64_t edition_id, int64_t *stories, int64_t *topics, struct wrap_err *err)
{
	static const char sql[] = "SELECT count(*), count(DISTINCT topic) FROM story"
				  " WHERE edition = :edition AND position > 0";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	*stories = *topics = 0;
	if (rc == WRAP_OK) {
		stmt_bind_int(&q, ":edition", edition_id);
		rc = stmt_row(&q, err);
	}
	if (rc == WRAP_OK) {
		*stories = stmt_int(&q, 0);
		*topics = stmt_int(&q, 1);
	}
	stmt_close(&q);
	return rc;
}
