/*
 * wrap status: how things stand now, on one screen. The last edition and the next, readers by state, the
 * last run, feeds' health. wrap report looks back over the weeks.
 */
#include "figures.h"

#include <stdlib.h>
#include <string.h>

static enum wrap_rc
last_edition(struct cli *cli, struct sheet *p, json_t *v, struct wrap_err *err)
{
	struct edition_figures f = { 0 };
	struct edition e;
	char at[CLI_TIME];
	enum wrap_rc rc = edition_latest(cli->store, &e, err);

	if (rc == WRAP_ENOTFOUND) {
		(void)json_object_set_new(v, "edition", json_null());
		sheet_fact(p, SHEET_QUIET, "last", "none yet");
		return WRAP_OK;
	}
	if (rc == WRAP_OK)
		rc = edition_figures_read(cli, &e, &f, err);
	edition_clear(&e);
	if (rc != WRAP_OK)
		return rc;
	(void)json_object_set_new(v, "edition", edition_figures_json(&f));
	sheet_fact(p, SHEET_PLAIN, "last", "%s, %s: %s", f.e.key, edition_state_name(f.e.state),
	    f.e.subject);
	if (f.e.hold != NULL)
		sheet_fact(p, SHEET_WARN, "", "HELD: %s", f.e.hold);
	if (f.e.sealed_at != 0)
		sheet_fact(p,
		    edition_figures_open(&f) > 0 || f.l.counts[DELIVERY_HELD] > 0 ? SHEET_WARN
										  : SHEET_PLAIN,
		    "",
		    "sealed %s for %s reader%s: %s sent, %s failed, %s skipped, %s open, %s held",
		    cli_time(f.e.sealed_at, at), sheet_number(p, f.l.readers),
		    f.l.readers == 1 ? "" : "s", sheet_number(p, f.l.counts[DELIVERY_SENT]),
		    sheet_number(p, f.l.counts[DELIVERY_FAILED]),
		    sheet_number(p, f.l.counts[DELIVERY_SKIPPED]),
		    sheet_number(p, edition_figures_open(&f)),
		    sheet_number(p, f.l.counts[DELIVERY_HELD]));
	edition_figures_clear(&f);
	return WRAP_OK;
}

static enum wrap_rc
last_run(struct cli *cli, struct sheet *p, json_t *v, struct wrap_err *err)
{
	struct run r;
	char at[CLI_TIME];
	enum wrap_rc rc = run_last(cli->store, &r, err);

	if (rc == WRAP_ENOTFOUND) {
		(void)json_object_set_new(v, "run", json_null());
		sheet_fact(p, SHEET_QUIET, "run", "none yet; type: wrap run");
		return WRAP_OK;
	}
	if (rc != WRAP_OK)
		return rc;
	(void)json_object_set_new(v, "run",
	    json_pack("{s:s,s:o,s:o,s:o}", "command", r.command, "started",
		cli_json_time(r.started_at), "ended", cli_json_time(r.ended_at), "exit",
		r.ended_at == 0 ? json_null() : json_integer(r.exit_code)));
	if (r.ended_at == 0)
		sheet_fact(p, SHEET_WARN, "run", "wrap %s began %s and has not ended", r.command,
		    cli_time(r.started_at, at));
	else
		sheet_fact(p, r.exit_code == 0 ? SHEET_PLAIN : SHEET_WARN, "run",
		    "wrap %s ended %s with exit code %d", r.command, cli_time(r.ended_at, at),
		    r.exit_code);
	run_clear(&r);
	return WRAP_OK;
}

int
cmd_status(struct cli *cli)
{
	struct wrap_err err = { 0 };
	struct sheet_look look;
	json_t *v = json_object();
	char at[CLI_TIME];
	struct phrasebook *words = NULL;
	const char *language;
	struct sheet *p = NULL;
	enum wrap_rc rc = figures_words(cli, false, &words, &language, &err);

	if (rc == WRAP_OK) {
		p = sheet_new(
		    words, language, cli->config.publication.name, cli_time(cli->now, at));
		rc = sheet_rc(p, &err);
	}
	if (rc == WRAP_OK)
		sheet_section(p, "Editions");
	if (rc == WRAP_OK)
		rc = last_edition(cli, p, v, &err);
	if (rc == WRAP_OK)
		rc = figures_next(cli, p, v, &err);
	if (rc == WRAP_OK)
		rc = last_run(cli, p, v, &err);
	if (rc == WRAP_OK)
		rc = figures_readers(cli, p, v, &err);
	if (rc == WRAP_OK)
		rc = figures_feeds(cli, p, v, &err);
	if (rc == WRAP_OK)
		rc = sheet_rc(p, &err);
	sheet_look_of(stdout, &look);
	if (rc == WRAP_OK && !cli->json && !cli->quiet)
		rc = sheet_print(p, &look, stdout, &err);
	if (cli->json && rc == WRAP_OK)
		cli_json(json_incref(v));
	json_decref(v);
	sheet_free(&p);
	phrasebook_close(&words);
	return rc == WRAP_OK ? CLI_DONE : cli_fail(&err);
}
