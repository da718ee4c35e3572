/* What the files of one poll share. */
#ifndef COLLECT_POLL_H
#define COLLECT_POLL_H

#include "internal.h"
#include "fetch.h"

struct poll {
	struct store *st;
	const struct config *c;
	int64_t now;
	const struct collect_options *opt;
	struct collect_report *out;
	struct feed *feeds; /* the stored rows, in the order of the configuration */
	size_t *place;      /* of each feed in the report */
	struct fetch_job *jobs;
	size_t n_jobs;
	size_t done;
	struct fetch_holds holds;
	struct pages_wish *wishes; /* new stories whose pages may be read */
	size_t n_wishes;
};

/* poll.c: one feed is done; error may be NULL, and is copied. A held one says why and what to do. */
void poll_report(struct poll *p, size_t i, enum collect_result result, const char *error);
void poll_say_held(struct poll *p, size_t i);

/* poll_answer.c: a fetch_run's done; ctx is the poll and the job's user the feed's number. */
enum wrap_rc poll_answer(void *ctx, struct fetch_job *j, struct wrap_err *err);
/* Did the reader of today read what the feed's validators speak of? */
bool poll_is_current(const struct feed *f);
void poll_set_text(char **field, const char *value); /* a copy for the old one; NULL: none */

/* poll_holds.c: hosts that ask to be left alone, over restarts. */
enum wrap_rc poll_load_holds(struct poll *p, struct wrap_err *err);
enum wrap_rc poll_save_holds(struct poll *p, struct wrap_err *err);

#endif
