/*
 * wrap doctor: every check before the weekly slot. It opens what it can itself, because what cannot be
 * opened is a finding too. Findings come as lines, or as one JSON object; the exit code says whose affair
 * the worst is.
 */
#include "internal.h"

#include "wrap/doctor.h"
#include "wrap/mail.h"
#include "sheet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct cli_option doctor_options[] = {
	{ "mail-me", "ADDR", "send one sample edition to this address" },
	{ "offline", NULL, "make no connection" },
	{ NULL, NULL, NULL },
};

static const char *const level_words[] = { [DOCTOR_OK] = "ok",
	[DOCTOR_NOTE] = "note",
	[DOCTOR_WARN] = "warning",
	[DOCTOR_WRONG] = "wrong" };

/* On a terminal, the check that is waited for. */
static void
on_check(void *ctx, const char *check)
{
	(void)ctx;
	(void)fprintf(stderr, "\r\033[K%s ...", check);
}

/* ---- opening ------------------------------------------------------------------------------------------ */

static bool
open_store(struct cli *cli, struct doctor *d)
{
	struct wrap_err err = { 0 };
	enum wrap_rc rc = store_open(cli->config.paths.database,
	    cli->dry_run ? STORE_PRIVATE : STORE_OPEN, &cli->store, &err);

	if (rc == WRAP_OK)
		return true;
	doctor_found(d, DOCTOR_WRONG, rc == WRAP_ENOTFOUND ? DOCTOR_SETUP : DOCTOR_DATA, "database",
	    rc == WRAP_ENOTFOUND ? "wrap init" : "wrap restore FILE   (the last good backup)", "%s",
	    err.text);
	return false;
}

static void
open_all(struct cli *cli, struct doctor *d)
{
	struct wrap_err err = { 0 };

	if (cli_config(cli, &err) != WRAP_OK) {
		doctor_found(d, DOCTOR_WRONG, DOCTOR_SETUP, "config",
		    "mend the line that is named, or: wrap init DIR   (to begin anew)", "%s",
		    err.text);
		return;
	}
	d->c = &cli->config;
	if (cli_open_keys(cli, &err) == WRAP_OK) {
		d->keys = cli->keys;
		doctor_found(d, DOCTOR_OK, DOCTOR_SETUP, "keys", NULL,
		    "%s is there, and ours alone", cli->config.paths.keys);
	} else {
		doctor_found(d, DOCTOR_WRONG, DOCTOR_SETUP, "keys",
		    "restore them from a backup; for a new publication: wrap init", "%s", err.text);
	}
	if (open_store(cli, d))
		d->st = cli->store;
}

/* ---- telling ------------------------------------------------------------------------------------------- */

/* A lead and a text; on a terminal wrapped under itself. */
static void
tell_line(const struct sheet_look *look, const char *lead, size_t columns, const char *text)
{
	struct buf b = BUF_INIT(1 << 16);
	char indent[40];

	(void)snprintf(indent, sizeof(indent), "%*s", (int)columns, "");
	text_wrap(span_of(text), look->terminal ? look->width : 4096, indent, indent, &b);
	/* The lead holds colours, which are no columns: it takes the place of the first indent. */
	(void)printf("%s%s", lead, b.n > columns ? buf_str(&b) + columns : "\n");
	buf_clear(&b);
}

static void
tell(const struct cli *cli, const struct sheet_look *look, const struct doctor_finding *f)
{
	static const char *const marks[] = { "✓", "·", "!", "✗" };
	static const char *const plain[] = { "ok  ", "note", "warn", "BAD " };
	static const char *const colours[] = { "\033[32m", "", "\033[33m", "\033[31m" };
	char lead[80];

	if (cli->quiet && f->level < DOCTOR_WARN)
		return;
	(void)snprintf(lead, sizeof(lead), "%s%s%s  %-11s  ",
	    look->colours ? colours[f->level] : "",
	    look->unicode ? marks[f->level] : plain[f->level], look->colours ? "\033[0m" : "",
	    f->check);
	tell_line(look, lead, look->unicode ? 16 : 19, f->what);
	if (f->level == DOCTOR_OK || (f->level == DOCTOR_NOTE && !cli->verbose))
		return;
	tell_line(look, "   why: ", 8, f->why);
	(void)printf("   do:  %s\n", f->type); /* unbroken, to be copied */
}

static json_t *
finding_json(const struct doctor_finding *f)
{
	return json_pack("{s:s,s:s,s:s,s:s,s:o}", "check", f->check, "level", level_words[f->level],
	    "what", f->what, "why", f->why, "do", cli_json_text(f->type));
}

static int
exit_of(const struct doctor_report *r)
{
	bool side[3] = { false };

	for (size_t i = 0; i < r->n; i++)
		if (r->v[i].level == DOCTOR_WRONG)
			side[r->v[i].side] = true;
	return side[DOCTOR_SETUP]  ? CLI_CONFIG
	       : side[DOCTOR_DATA] ? CLI_BAD_INPUT
	       : side[DOCTOR_PEER] ? CLI_UNAVAILABLE
				   : CLI_DONE;
}

static void
tell_all(const struct cli *cli, const struct doctor_report *r, int code)
{
	size_t n[4] = { 0 };
	struct sheet_look look;
	json_t *list = json_array();

	sheet_look_of(stdout, &look);
	for (size_t i = 0; i < r->n; i++) {
		n[r->v[i].level]++;
		if (cli->json)
			(void)json_array_append_new(list, finding_json(&r->v[i]));
		else
			tell(cli, &look, &r->v[i]);
	}
	cli_say(cli, "\n%zu wrong, %zu warning%s, %zu note%s, %zu good", n[DOCTOR_WRONG],
	    n[DOCTOR_WARN], n[DOCTOR_WARN] == 1 ? "" : "s", n[DOCTOR_NOTE],
	    n[DOCTOR_NOTE] == 1 ? "" : "s", n[DOCTOR_OK]);
	if (cli->json)
		cli_json(
		    json_pack("{s:I,s:I,s:I,s:I,s:i,s:O}", "wrong", (json_int_t)n[DOCTOR_WRONG],
			"warnings", (json_int_t)n[DOCTOR_WARN], "notes", (json_int_t)n[DOCTOR_NOTE],
			"ok", (json_int_t)n[DOCTOR_OK], "exit", code, "findings", list));
	json_decref(list);
}

int
cmd_doctor(struct cli *cli)
{
	struct doctor d = { .now = cli->now,
		.mail_me = cli_given(cli, "mail-me"),
		.offline = cli_given(cli, "offline") != NULL || cli->dry_run };
	bool terminal = isatty(STDERR_FILENO) && !cli->quiet && !cli->json;
	struct address to = { 0 };
	struct wrap_err err = { 0 };
	enum wrap_rc rc;
	int code;

	if (d.mail_me != NULL && address_parse(span_of(d.mail_me), &to, &err) != WRAP_OK)
		return cli_usage(cli, "--mail-me %s", err.text);
	address_clear(&to);
	if (terminal)
		d.progress = on_check;
	open_all(cli, &d);
	rc = doctor_run(&d, &err);
	if (terminal)
		(void)fprintf(stderr, "\r\033[K");
	code = rc == WRAP_OK ? exit_of(&d.report) : cli_fail(&err);
	if (rc == WRAP_OK)
		tell_all(cli, &d.report, code);
	doctor_clear(&d);
	return code;
}
