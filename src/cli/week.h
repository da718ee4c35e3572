/*
 * What run, collect, draft and send share: a struct weekly made of what cli opened, a progress line, and
 * the report on one screen or as JSON.
 */
#ifndef CLI_WEEK_H
#define CLI_WEEK_H

#include "internal.h"

#include "wrap/weekly.h"

#include <signal.h>

/* progress.c: on a terminal, and nowhere else, one line that is written over. */
struct progress {
	bool on;
	int64_t last_ms;
	const volatile sig_atomic_t *asked; /* to stop */
};
void progress_watch(struct progress *p, const struct cli *cli, struct weekly_watch *out);
void progress_end(struct progress *p); /* wipe the line */

/* A week over what cli has open. SIGTERM and SIGINT set its stop from here on. */
void week_open(struct cli *cli, struct weekly *w, const struct weekly_watch *watch);

/* One of weekly's entries as a command: with its progress, its report printed and kept. The exit code. cmd_run.c */
typedef enum wrap_rc week_stage(
    struct weekly *w, const char *key, struct weekly_report *out, struct wrap_err *err);
int week_step(struct cli *cli, const char *name, week_stage *step);

/* textfile.c: paths.metrics anew, after a run. A failure is a line in the log. */
void textfile_write(const struct cli *cli, const struct weekly_report *r, int code);

/* report.c */
void report_print(const struct cli *cli, const struct weekly_report *r);
json_t *report_json(const struct weekly_report *r);
/* Feeds that failed or are held, each with what to do. */
void report_feeds(const struct cli *cli, const struct collect_report *r);
int report_exit(const struct weekly_report *r);

#endif
