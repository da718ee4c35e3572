/*
 * wrap inspect: what the parsers make of a stranger's bytes, as JSON lines. Files as arguments, or lines on
 * standard input: JSON objects, or bare paths.
 */
#include "internal.h"
#include "inspect_bounce.h"
#include "inspect_text.h"

#include "wrap/collect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct cli_option inspect_options[] = {
	{ "words", "N", "of a summary, at most (60)" },
	{ "sentences", "N", "of a summary, at most (3)" },
	{ NULL, NULL, NULL },
};

typedef enum wrap_rc inspect_fn(struct span line, struct buf *out, struct wrap_err *err);

static enum wrap_rc
one_line(inspect_fn *inspect, struct span line, struct buf *out, struct wrap_err *err)
{
	enum wrap_rc rc;

	buf_reset(out);
	rc = inspect(line, out, err);
	if (rc == WRAP_OK && fwrite(out->p, 1, out->n, stdout) != out->n)
		rc = wrap_fail_errno(err, "write to standard output");
	return rc;
}

static enum wrap_rc
lines(struct cli *cli, inspect_fn *inspect, struct wrap_err *err)
{
	struct buf out = BUF_INIT((size_t)512 << 20);
	char *line = NULL;
	size_t size = 0;
	ssize_t n;
	enum wrap_rc rc = WRAP_OK;

	for (int i = 1; rc == WRAP_OK && i < cli->argc; i++)
		rc = one_line(inspect, span_of(cli->argv[i]), &out, err);
	while (rc == WRAP_OK && cli->argc == 1 && (n = getline(&line, &size, stdin)) >= 0)
		if (span_trim((struct span){ line, (size_t)n }).n > 0)
			rc = one_line(inspect, (struct span){ line, (size_t)n }, &out, err);
	free(line);
	buf_clear(&out);
	return rc;
}

static bool
count_option(const struct cli *cli, const char *name, size_t most, size_t *out)
{
	const char *given = cli_given(cli, name);
	char *end;
	unsigned long v;

	if (given == NULL)
		return true;
	v = strtoul(given, &end, 10);
	if (end == given || *end != '\0' || v < 1 || v > most)
		return false;
	*out = v;
	return true;
}

/*
 * With -c (or WRAP_CONF) a token in returned mail is checked with that publication's keys; the command
 * works without any configuration too, so one lying about is not taken.
 */
static enum wrap_rc
bounce_keys(struct cli *cli, struct inspect_bounce_options *opt, struct wrap_err *err)
{
	const char *env = getenv("WRAP_CONF"),
		   *path = cli->config_path != NULL ? cli->config_path : env;
	enum wrap_rc rc;

	if (path == NULL || path[0] == '\0')
		return WRAP_OK;
	rc = config_load(path, &cli->config, err);
	if (rc == WRAP_OK)
		rc = cli_open_keys(cli, err);
	else if (rc == WRAP_ENOTFOUND)
		rc = err->code = WRAP_ECONFIG;
	opt->keys = cli->keys;
	opt->list_id = cli->config.publication.list_id;
	return rc;
}

static int
inspect_mail(struct cli *cli)
{
	struct inspect_bounce_options opt = { .now = cli->now };
	struct wrap_err err = { 0 };
	enum wrap_rc rc = bounce_keys(cli, &opt, &err);

	if (rc == WRAP_OK)
		rc =
		    inspect_bounce(cli->argv + 1, (size_t)cli->argc - 1, stdin, &opt, stdout, &err);
	if (rc == WRAP_OK && fflush(stdout) != 0)
		rc = wrap_fail_errno(&err, "write to standard output");
	return rc == WRAP_OK ? CLI_DONE : cli_fail(&err);
}

int
cmd_inspect(struct cli *cli)
{
	struct inspect_options text = { .words = 60, .sentences = 3, .same_story = 0.23 };
	const char *word = cli->argv[0];
	struct wrap_err err = { 0 };
	enum wrap_rc rc;

	if (!count_option(cli, "words", 1000, &text.words) ||
	    !count_option(cli, "sentences", 10, &text.sentences))
		return cli_usage(cli, "--words and --sentences take a number");
	if (strcmp(word, "feed") == 0)
		rc = lines(cli, collect_inspect_feed, &err);
	else if (strcmp(word, "page") == 0)
		rc = lines(cli, collect_inspect_page, &err);
	else if (strcmp(word, "sentences") == 0)
		rc = inspect_sentences(stdin, stdout, &text, &err);
	else if (strcmp(word, "summary") == 0)
		rc = inspect_summary(stdin, stdout, &text, &err);
	else if (strcmp(word, "stories") == 0)
		rc = inspect_stories(stdin, stdout, &text, &err);
	else if (strcmp(word, "bounce") == 0)
		return inspect_mail(cli);
	else
		return cli_usage(cli,
		    "say feed, page, sentences, summary, stories or bounce, not \"%.40s\"", word);
	if (rc == WRAP_OK && fflush(stdout) != 0)
		rc = wrap_fail_errno(&err, "write to standard output");
	return rc == WRAP_OK ? CLI_DONE : cli_fail(&err);
}
