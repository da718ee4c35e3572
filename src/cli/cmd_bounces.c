/* wrap bounces: read the mailbox now, show what a scan would do, or take one back. */
#include "internal.h"

#include "wrap/bounce.h"

#include <stdlib.h>

const struct cli_option bounces_options[] = {
	{ "undo", "SCAN", "readers that scan set aside are what they were before" },
	{ "accept", NULL, "yes, set aside so many: go past the circuit breaker" },
	{ NULL, NULL, NULL },
};

static json_t *
lines_json(const struct strs *lines)
{
	json_t *v = json_array();

	for (size_t i = 0; i < lines->n; i++)
		(void)json_array_append_new(v, cli_json_text(lines->v[i]));
	return v;
}

static int
undo(struct cli *cli, const char *word)
{
	struct wrap_err err = { 0 };
	size_t readers = 0;
	char *end;
	long long scan = strtoll(word, &end, 10);

	if (end == word || *end != '\0' || scan <= 0)
		return cli_usage(cli, "--undo takes the number of a scan");
	if (bounce_undo(cli->store, scan, cli->now, &readers, &err) != WRAP_OK)
		return cli_fail(&err);
	cli_say(
	    cli, "scan %lld is undone: %zu readers are what they were before it", scan, readers);
	if (cli->json)
		cli_json(json_pack(
		    "{s:I,s:I}", "undone", (json_int_t)scan, "readers", (json_int_t)readers));
	return CLI_DONE;
}

static void
print(struct cli *cli, const struct bounce_report *r)
{
	cli_say(cli,
	    "messages   %zu read, %zu with our return path, %zu without, %zu seen before%s",
	    r->messages, r->ours, r->unknown, r->repeated,
	    r->broken > 0 ? ", some unreadable" : "");
	cli_say(cli,
	    "reports    %zu hard, %zu soft, %zu complaints, %zu asked to leave, %zu automatic",
	    r->hard, r->soft, r->complaints, r->unsubscribes, r->automatic);
	if (r->confirmed > 0)
		cli_say(cli, "confirmed  %zu readers, by mail", r->confirmed);
	for (size_t i = 0; i < r->lines.n; i++)
		cli_say(cli, "notice     %s", r->lines.v[i]);
	if (r->stopped)
		cli_say(cli, "nothing was changed");
	else
		cli_say(cli, "%s %zu readers%s", cli->dry_run ? "would set aside" : "set aside ",
		    r->deactivated, cli->dry_run ? "; nothing was changed" : "");
	if (r->scan != 0 && !cli->dry_run)
		cli_say(cli, "this was scan %lld; wrap bounces --undo %lld takes it back",
		    (long long)r->scan, (long long)r->scan);
}

static void
print_json(const struct cli *cli, const struct bounce_report *r, const struct wrap_err *failed)
{
	json_t *v = json_pack("{s:b,s:I,s:I,s:I,s:I,s:I,s:I}", "dry_run", cli->dry_run, "scan",
	    (json_int_t)(cli->dry_run ? 0 : r->scan), "messages", (json_int_t)r->messages, "ours",
	    (json_int_t)r->ours, "unknown", (json_int_t)r->unknown, "broken", (json_int_t)r->broken,
	    "repeated", (json_int_t)r->repeated);

	(void)json_object_set_new(v, "hard", json_integer((json_int_t)r->hard));
	(void)json_object_set_new(v, "soft", json_integer((json_int_t)r->soft));
	(void)json_object_set_new(v, "complaints", json_integer((json_int_t)r->complaints));
	(void)json_object_set_new(v, "unsubscribes", json_integer((json_int_t)r->unsubscribes));
	(void)json_object_set_new(v, "automatic", json_integer((json_int_t)r->automatic));
	(void)json_object_set_new(v, "confirmed", json_integer((json_int_t)r->confirmed));
	(void)json_object_set_new(v, "deactivated", json_integer((json_int_t)r->deactivated));
	(void)json_object_set_new(v, "stopped", json_boolean(r->stopped));
	(void)json_object_set_new(v, "lines", lines_json(&r->lines));
	(void)json_object_set_new(v, "error", cli_json_text(failed == NULL ? NULL : failed->text));
	cli_json(v);
}

int
cmd_bounces(struct cli *cli)
{
	const char *scan = cli_given(cli, "undo");
	struct bounce_options opt = { .mailbox = true,
		.look_only = cli->dry_run,
		.accept = cli_given(cli, "accept") != NULL };
	struct bounce_report r;
	struct wrap_err err = { 0 };
	enum wrap_rc rc;
	bool stopped;

	if (scan != NULL)
		return undo(cli, scan);
	if (config_secrets(&cli->config, &err) != WRAP_OK)
		return cli_fail(&err);
	rc = bounce_scan(cli->store, &cli->config, cli->now, &opt, &r, &err);
	if (!r.configured)
		cli_say(cli, "no mailbox is configured; only refusals met while sending were read");
	print(cli, &r);
	if (cli->json)
		print_json(cli, &r, rc == WRAP_OK ? NULL : &err);
	stopped = r.stopped;
	bounce_report_clear(&r);
	if (rc != WRAP_OK)
		return cli_fail(&err);
	return stopped ? CLI_HELD : CLI_DONE;
}
