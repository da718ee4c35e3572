/*
 * wrap subscribers import and export: lists in and out.
 */
#include "people.h"

#include "wrap/people.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BAR 24

struct bar {
	int64_t began_ms, last_ms;
};

/* One line that is written over, at most ten times a second. */
static void
on_progress(void *ctx, int64_t done, int64_t total, int64_t rows)
{
	struct bar *b = ctx;
	int64_t now = clock_monotonic_ms(), ms = now - b->began_ms;
	int filled = total > 0 ? (int)(done * BAR / total) : 0;
	char bar[BAR + 1];

	if (now - b->last_ms < 100 && done != total)
		return;
	b->last_ms = now;
	for (int i = 0; i < BAR; i++)
		bar[i] = i < filled ? '#' : '.';
	bar[BAR] = '\0';
	progress_line("import: [%s] %lld rows, %lld a second", bar, (long long)rows,
	    (long long)(ms > 0 ? rows * 1000 / ms : 0));
}

static void
say_if(const struct cli *cli, int64_t n, const char *what)
{
	if (n > 0)
		cli_say(cli, "  %8lld  %s", (long long)n, what);
}

static void
say_import(const struct cli *cli, const struct import_report *r)
{
	static const char *const added[] = {
		[SUBSCRIBER_PENDING] = "added as pending: not mailed before they confirm",
		[SUBSCRIBER_ACTIVE] = "added; the next edition goes there",
		[SUBSCRIBER_UNSUBSCRIBED] = "added as unsubscribed, so that nobody mails them",
		[SUBSCRIBER_BOUNCED] = "added as bounced, so that nobody mails them",
		[SUBSCRIBER_COMPLAINED] = "added as complained, so that nobody mails them",
	};

	(void)(cli->quiet || fputs(buf_str(&r->mapping), stdout));
	cli_say(
	    cli, "%lld rows%s", (long long)r->rows, cli->dry_run ? " (nothing is changed)" : "");
	for (int i = 0; i <= SUBSCRIBER_COMPLAINED; i++)
		say_if(cli,
		    r->added[i == 0   ? 1
			     : i == 1 ? 0
				      : i],
		    added[i == 0   ? 1
			  : i == 1 ? 0
				   : i]);
	say_if(cli, r->confirmed, "were pending and are active now");
	say_if(
	    cli, r->left, "were on the list and have left or bounced elsewhere since: taken off");
	say_if(cli, r->kept, "left elsewhere, but agreed here after that: they stay");
	say_if(cli, r->filled, "known; a missing name or language is filled in");
	say_if(cli, r->same, "known; nothing changed");
	say_if(cli, r->out, "left, bounced or complained here: an import brings nobody back");
	say_if(cli, r->suppressed, "were forgotten or suppressed: an import brings nobody back");
	say_if(cli, r->rejected, "refused:");
	for (size_t i = 0; i < r->examples.n; i++)
		cli_say(cli, "            %s", r->examples.v[i]);
	if (r->rejected_path != NULL)
		cli_say(cli, "All refused rows, with their reasons: %s", r->rejected_path);
	if (r->recoded > 0)
		cli_say(cli, "%lld rows are no UTF-8 and were read as Windows-1252.",
		    (long long)r->recoded);
	if (r->bad_dates > 0)
		cli_say(cli,
		    "%lld rows have a date that could not be read; they came in without it.",
		    (long long)r->bad_dates);
	for (size_t i = 0; i < r->unknown_topics.n; i++)
		cli_say(cli, "%s%s%s",
		    i == 0 ? "Tags that are no topic here were left out: " : "  ",
		    r->unknown_topics.v[i], "");
}

static json_t *
import_json(const struct import_report *r)
{
	json_t *added = json_object(), *unknown = json_array(), *examples = json_array();

	for (int i = 0; i <= SUBSCRIBER_COMPLAINED; i++)
		(void)json_object_set_new(added, subscriber_state_name((enum subscriber_state)i),
		    json_integer(r->added[i]));
	for (size_t i = 0; i < r->unknown_topics.n; i++)
		(void)json_array_append_new(unknown, cli_json_text(r->unknown_topics.v[i]));
	for (size_t i = 0; i < r->examples.n; i++)
		(void)json_array_append_new(examples, cli_json_text(r->examples.v[i]));
	return json_pack("{s:o,s:I,s:o,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o,s:o,s:I,s:I,s:o,s:I}",
	    "mapping", cli_json_text(buf_str(&r->mapping)), "rows", (json_int_t)r->rows, "added",
	    added, "confirmed", (json_int_t)r->confirmed, "left", (json_int_t)r->left, "kept",
	    (json_int_t)r->kept, "filled", (json_int_t)r->filled, "same", (json_int_t)r->same,
	    "stay_out", (json_int_t)r->out, "suppressed", (json_int_t)r->suppressed, "rejected",
	    (json_int_t)r->rejected, "rejected_file", cli_json_text(r->rejected_path), "examples",
	    examples, "bad_dates", (json_int_t)r->bad_dates, "recoded", (json_int_t)r->recoded,
	    "unknown_topics", unknown, "took_ms", (json_int_t)r->took_ms);
}

int
subscribers_import(struct cli *cli)
{
	bool watched = isatty(STDERR_FILENO) && !cli->quiet && !cli->json;
	struct bar bar = { .began_ms = clock_monotonic_ms() };
	struct import_options opt = { .map = cli_given(cli, "map"),
		.status = cli_given(cli, "status"),
		.dates = cli_given(cli, "dates"),
		.why = cli_given(cli, "why"),
		.rejected = cli_given(cli, "rejected"),
		.raw = cli_given(cli, "raw") != NULL,
		.dry_run = cli->dry_run,
		.progress = watched ? on_progress : NULL,
		.ctx = &bar };
	struct import_report r;
	struct wrap_err err;
	enum wrap_rc rc;

	if (opt.dates != NULL && strcmp(opt.dates, "dmy") != 0 && strcmp(opt.dates, "mdy") != 0)
		return cli_usage(cli, "--dates %.40s is neither dmy nor mdy", opt.dates);
	rc = people_import(
	    cli->store, &cli->config, cli->keys, cli->argv[1], &opt, cli->now, &r, &err);
	if (watched)
		progress_clear();
	if (rc == WRAP_OK && cli->json)
		cli_json(import_json(&r));
	else if (rc == WRAP_OK)
		say_import(cli, &r);
	else if (r.rows > 0 && !cli->dry_run)
		log_line(LOG_ERROR,
		    "stopped after %lld rows; what came in stays, and the same import again goes on",
		    (long long)r.rows);
	import_report_clear(&r);
	return rc == WRAP_OK ? CLI_DONE : cli_fail(&err);
}

int
subscribers_export(struct cli *cli)
{
	const char *word = cli_given(cli, "state"), *format = cli_given(cli, "format");
	bool json = format != NULL ? strcmp(format, "json") == 0 : cli->json;
	enum subscriber_state state;
	struct wrap_err err;

	if (word != NULL && !subscriber_state_read(word, &state))
		return cli_usage(cli,
		    "--state %.40s is none of pending, active, unsubscribed, bounced, complained",
		    word);
	if (format != NULL && !json && strcmp(format, "csv") != 0)
		return cli_usage(cli, "--format %.40s is neither csv nor json", format);
	if (people_export(cli->store, word == NULL ? NULL : &state, json ? EXPORT_JSON : EXPORT_CSV,
		cli_given(cli, "raw") != NULL, stdout, &err) != WRAP_OK)
		return cli_fail(&err);
	return CLI_DONE;
}
