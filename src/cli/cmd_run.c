/*
 * wrap run, collect and draft: each hands what cli opened to weekly and prints its report.
 */
#include "week.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Set by a signal: 1 begin nothing new, 2 leave now. A handler can reach nothing but a global. */
static volatile sig_atomic_t stop_asked;

static void
on_signal(int sig)
{
	(void)sig;
	if (stop_asked < 2)
		stop_asked++;
}

void
week_open(struct cli *cli, struct weekly *w, const struct weekly_watch *watch)
{
	struct sigaction act = { .sa_handler = on_signal };

	(void)sigemptyset(&act.sa_mask);
	(void)sigaction(SIGTERM, &act, NULL);
	(void)sigaction(SIGINT, &act, NULL);
	(void)sigaction(SIGHUP, &act, NULL);
	*w = (struct weekly){ .st = cli->store,
		.c = &cli->config,
		.keys = cli->keys,
		.clock = &cli->clock,
		.dry_run = cli->dry_run,
		.stop = &stop_asked,
		.watch = watch };
}

/* The run is written down before and after, so that a run that died shows as one without an end. */
static void
keep_report(struct cli *cli, int64_t id, int code, const struct weekly_report *r)
{
	json_t *v = report_json(r);
	char *text = v == NULL ? NULL : json_dumps(v, JSON_COMPACT | JSON_PRESERVE_ORDER);
	struct wrap_err err;

	if (run_end(cli->store, id, clock_now(&cli->clock), code, text, &err) != WRAP_OK)
		log_line(LOG_WARN, "the report of this run could not be kept: %s", err.text);
	free(text);
	json_decref(v);
}

static enum wrap_rc
whole_run(struct weekly *w, const char *key, struct weekly_report *out, struct wrap_err *err)
{
	(void)key;
	return weekly_run(w, out, err);
}

int
week_step(struct cli *cli, const char *name, week_stage *step)
{
	struct weekly_watch watch;
	struct weekly_report r = { 0 };
	struct progress p;
	struct weekly w;
	struct wrap_err err = { 0 };
	int64_t id;
	enum wrap_rc rc;
	int code;

	if (run_begin(cli->store, name, cli->now, &id, &err) != WRAP_OK)
		return cli_fail(&err);
	progress_watch(&p, cli, &watch);
	week_open(cli, &w, &watch);
	p.asked = w.stop;
	rc = step(&w, cli->argc > 0 ? cli->argv[0] : NULL, &r, &err);
	progress_end(&p);
	if (rc == WRAP_OK)
		code = report_exit(&r);
	else
		code = cli_fail(&err);
	keep_report(cli, id, code, &r);
	textfile_write(cli, &r, code);
	if (cli->json) {
		json_t *v = report_json(&r);

		(void)json_object_set_new(v, "exit", json_integer(code));
		(void)json_object_set_new(
		    v, "error", cli_json_text(rc == WRAP_OK ? NULL : err.text));
		cli_json(v);
	} else if (rc == WRAP_OK || r.key[0] != '\0') { /* else it ended before it began */
		report_print(cli, &r);
	}
	weekly_report_clear(&r);
	return code;
}

int
cmd_run(struct cli *cli)
{
	return week_step(cli, "run", whole_run);
}

int
cmd_draft(struct cli *cli)
{
	return week_step(cli, "draft", weekly_draft);
}

/* ---- collect ---------------------------------------------------------------------------------------------- */

const struct cli_option collect_options[] = {
	{ "force", NULL, "poll also what is not due yet" },
	{ NULL, NULL, NULL },
};

int
cmd_collect(struct cli *cli)
{
	struct collect_options opt = { .force = cli_given(cli, "force") != NULL };
	struct weekly_watch watch;
	struct weekly_report r = { 0 };
	struct strs names = { 0 };
	struct progress p;
	struct weekly w;
	struct wrap_err err = { 0 };
	enum wrap_rc rc = WRAP_OK;

	for (int i = 0; rc == WRAP_OK && i < cli->argc; i++)
		rc = strs_add(&names, span_of(cli->argv[i]), &err);
	progress_watch(&p, cli, &watch);
	week_open(cli, &w, &watch);
	opt.only = names.n > 0 ? &names : NULL;
	opt.progress = watch.feed;
	opt.ctx = watch.ctx;
	if (rc == WRAP_OK)
		rc = weekly_collect(&w, &opt, &r, &err);
	progress_end(&p);
	if (cli->json && rc == WRAP_OK) {
		json_t *v = report_json(&r);

		cli_json(json_pack("{s:O,s:I,s:I}", "feeds", json_object_get(v, "feeds"), "added",
		    (json_int_t)r.collect.added, "failed", (json_int_t)r.collect.failed));
		json_decref(v);
	} else if (rc == WRAP_OK) {
		report_feeds(cli, &r.collect);
	}
	weekly_report_clear(&r);
	strs_clear(&names);
	return rc == WRAP_OK ? CLI_DONE : cli_fail(&err);
}
