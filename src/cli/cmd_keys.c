/*
 * wrap keys: the secrets that links in mail and return paths are signed with, and a new one in their place.
 */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define KEEP_S (400 * (int64_t)86400) /* a link to leave works for a year and a month at least */

static const char *
purpose(size_t i)
{
	return i == 0   ? "signs links and return paths of what goes out"
	       : i == 1 ? "links and return paths made with it still work"
			: "its links still let a reader leave";
}

/* When the key of that file was made; 0: there is none. A key keeps its time when it gets an older name. */
static int64_t
made_at(const struct cli *cli, const char *name)
{
	char *path = path_join(cli->config.paths.keys, name);
	struct stat st;
	int64_t at = path != NULL && stat(path, &st) == 0 ? (int64_t)st.st_mtime : 0;

	free(path);
	return at;
}

static void
list_one(const struct cli *cli, const char *name, const char *what, json_t *list)
{
	char day[CLI_TIME];
	int64_t at = made_at(cli, name);

	if (at == 0)
		return;
	(void)json_array_append_new(
	    list, json_pack("{s:s,s:o,s:s}", "file", name, "made", cli_json_time(at), "use", what));
	cli_say(cli, "%-16s made %s: %s", name, cli_day(at, day), what);
}

static int
list(const struct cli *cli)
{
	json_t *all = json_array();
	char name[KEYRING_NAME];

	for (size_t i = 0; keyring_name(i, name); i++)
		list_one(cli, name, purpose(i), all);
	list_one(cli, "suppression.key", "knows again who was forgotten; never changed", all);
	if (cli->json)
		cli_json(all);
	else
		json_decref(all);
	return CLI_DONE;
}

/* The key that would go was last used when the one before it took its place. */
static enum wrap_rc
may_rotate(const struct cli *cli, struct wrap_err *err)
{
	char oldest[KEYRING_NAME], next[KEYRING_NAME], day[CLI_TIME];
	int64_t until;

	(void)keyring_name(KEYRING_OLDER + 1, oldest);
	(void)keyring_name(KEYRING_OLDER, next);
	until = made_at(cli, next) + KEEP_S;
	if (made_at(cli, oldest) == 0 || until <= cli->now)
		return WRAP_OK;
	return wrap_fail(err, WRAP_ELIMIT,
	    "%s would go, and with it the links to leave in mail of the last year; this can be done from %s on, or "
	    "at once when you remove that file",
	    oldest, cli_day(until, day));
}

static int
rotate(struct cli *cli)
{
	char day[CLI_TIME];
	int64_t before = made_at(cli, "token.key");
	bool more = made_at(cli, "token.old") != 0;
	struct wrap_err err;
	enum wrap_rc rc = may_rotate(cli, &err);

	if (rc == WRAP_OK && !cli->dry_run)
		rc = keyring_rotate(cli->config.paths.keys, &err);
	if (rc != WRAP_OK)
		return cli_fail(&err);
	if (cli->json)
		return list(cli);
	cli_say(cli, "%s: links in mail sent so far go on working.",
	    cli->dry_run ? "would make a new key" : "A new key signs from now on");
	if (more)
		cli_say(cli, "In mail from before %s only the links to leave do.",
		    cli_day(before, day));
	cli_say(cli,
	    "Restart wrap serve if it runs: it knows only the keys it began with. Make a new "
	    "backup: wrap backup FILE");
	return CLI_DONE;
}

int
cmd_keys(struct cli *cli)
{
	if (cli->argc == 0 || strcmp(cli->argv[0], "list") == 0)
		return list(cli);
	if (strcmp(cli->argv[0], "rotate") == 0)
		return rotate(cli);
	return cli_usage(cli, "\"%.40s\" is neither list nor rotate", cli->argv[0]);
}
