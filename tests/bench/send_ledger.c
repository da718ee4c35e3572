/*
 * The ledger alone: freezing rows for so many readers, then claiming and finishing them in groups of 64,
 * as the writer does while mail goes out. Prints rows a second and resident memory.
 *
 *   send_ledger READERS DATABASE
 */
#include "wrap/store.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#define GROUP 64

static void
must(enum wrap_rc rc, const struct wrap_err *err)
{
	if (rc == WRAP_OK)
		return;
	(void)fprintf(stderr, "send_ledger: %s\n", err->text);
	exit(1);
}

/* Readers by the shortest way; how fast they come in is another benchmark. */
static void
fill(const char *path, long readers)
{
	sqlite3 *db = NULL;
	char sql[400];

	(void)snprintf(sql, sizeof(sql),
	    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %ld)"
	    " INSERT INTO subscriber (address, canonical, state, created_at, changed_at)"
	    " SELECT 'reader' || i || '@reader.example', 'reader' || i || '@reader.example', 'active', 1, 1"
	    " FROM n",
	    readers);
	if (sqlite3_open(path, &db) != SQLITE_OK ||
	    sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
		(void)fprintf(stderr, "send_ledger: %s\n", sqlite3_errmsg(db));
		exit(1);
	}
	(void)sqlite3_close(db);
}

static int64_t
drain(struct store *st, int64_t edition)
{
	static const struct verdict ok = { .outcome = OUTCOME_ACCEPTED,
		.reply_code = 250,
		.enhanced = "2.0.0",
		.text = "2.0.0 queued" };
	struct claim claims[GROUP];
	struct wrap_err err = { 0 };
	int64_t after = 0, rows = 0;
	size_t n, had = 0;

	do {
		must(store_begin(st, &err), &err);
		for (size_t i = 0; i < had; i++) {
			struct delivery_move m = { .edition_id = edition,
				.subscriber_id = claims[i].subscriber_id,
				.to = DELIVERY_SENT,
				.charge = true,
				.now = 3,
				.verdict = &ok };

			must(delivery_finish(st, &m, &err), &err);
			claim_clear(&claims[i]);
		}
		must(delivery_claim(st, edition, 3, GROUP, &after, claims, &n, &err), &err);
		must(store_end(st, WRAP_OK, &err), &err);
		had = n;
		rows += (int64_t)n;
	} while (n > 0);
	return rows;
}

static double
cpu_s(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

int
main(int argc, char **argv)
{
	long readers = argc > 1 ? strtol(argv[1], NULL, 10) : 100000;
	struct edition e = { .key = "2026-W47",
		.subject = (char[]){ "wrap" },
		.markdown = (char[]){ "# wrap" },
		.state = EDITION_SENDING,
		.sealed_at = 2 };
	struct wrap_err err = { 0 };
	struct store *st;
	struct rusage ru;
	int64_t id, message, rows, t0, t1, t2, done;
	double c0, c1, c2;

	if (argc < 3)
		return 64;
	must(store_open(argv[2], STORE_CREATE, &st, &err), &err);
	fill(argv[2], readers);
	must(edition_add(st, &e, &id, &err), &err);
	must(message_put(st, id, "", SPAN_LIT("x"), &message, &err), &err);
	t0 = clock_monotonic_ms();
	c0 = cpu_s();
	must(delivery_freeze(st, id, "", message, 2, &rows, &err), &err);
	t1 = clock_monotonic_ms();
	c1 = cpu_s();
	done = drain(st, id);
	t2 = clock_monotonic_ms();
	c2 = cpu_s();
	store_close(&st);
	(void)getrusage(RUSAGE_SELF, &ru);
	(void)printf("{\"rows\":%lld,\"freeze_per_s\":%.0f,\"claim_and_finish_per_s\":%.0f,"
		     "\"freeze_cpu_us\":%.2f,\"claim_and_finish_cpu_us\":%.2f,\"rss_kb\":%ld}\n",
	    (long long)rows, (double)rows * 1000 / (double)(t1 - t0 + 1),
	    (double)done * 1000 / (double)(t2 - t1 + 1), (c1 - c0) * 1e6 / (double)rows,
	    (c2 - c1) * 1e6 / (double)done, ru.ru_maxrss);
	return done == rows && rows == readers ? 0 : 1;
}
