/*
 * wrap init: a folder with a commented wrap.conf, keys, database and outbox. What is there already is
 * kept, so it can be repeated. Questions, wrap.conf and signing have files of their own: init_*.c.
 */
#include "init.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const struct cli_option init_options[] = {
	{ "name", "NAME", "name of the publication" },
	{ "from", "ADDR", "header From: \"Name <address>\"" },
	{ "address", "TEXT", "postal address, for the footer" },
	{ "feed", "URL", "the first feed" },
	{ "relay", "URL",
	    "mail server: smtps://user@host or smtp://host:25; without one mail goes into outbox/" },
	{ "time-zone", "ZONE", "like America/Vancouver; default: the machine's" },
	{ "language", "TAG", "of the edition, like de or pt-BR; default: en" },
	{ NULL, NULL, NULL },
};

static enum wrap_rc
make_dir(const char *path, struct wrap_err *err)
{
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return WRAP_OK;
	if (errno == ENOENT)
		return wrap_fail(err, WRAP_ECREATE,
		    "folder %s cannot be made: the folder that it would lie in is not there", path);
	return wrap_fail_errno(err, "make folder %s", path);
}

/* The Maildir and the folder of articles. */
static enum wrap_rc
make_folders(const struct config *c, struct wrap_err *err)
{
	static const char *const parts[] = { "", "tmp", "new", "cur" };
	enum wrap_rc rc = WRAP_OK;

	for (size_t i = 0; rc == WRAP_OK && i < sizeof(parts) / sizeof(parts[0]); i++) {
		char *p = path_join(c->paths.outbox, parts[i]);

		rc = p == NULL ? wrap_fail(err, WRAP_ENOMEM, "out of memory") : make_dir(p, err);
		free(p);
	}
	for (size_t i = 0; rc == WRAP_OK && i < c->n_feeds; i++)
		if (c->feeds[i].folder != NULL)
			rc = make_dir(c->feeds[i].folder, err);
	return rc;
}

static enum wrap_rc
make_config(
    struct cli *cli, struct answers *a, const char *path, const char *dir, struct wrap_err *err)
{
	char *password = path_join(dir, "relay.pass");
	enum wrap_rc rc = init_write_config(path, a, err);

	if (rc == WRAP_OK)
		rc = config_load(path, &cli->config, err);
	if (rc == WRAP_OK)
		rc = init_password(a, password, err);
	if (rc != WRAP_OK)
		(void)unlink(path); /* an answer was wrong: ask again next time */
	free(password);
	return rc;
}

static enum wrap_rc
make_all(struct cli *cli, struct answers *a, const char *path, const char *dir, bool kept,
    struct wrap_err *err)
{
	struct store *st = NULL;
	enum wrap_rc rc =
	    kept ? config_load(path, &cli->config, err) : make_config(cli, a, path, dir, err);

	if (rc == WRAP_OK)
		rc = keyring_make(cli->config.paths.keys, err);
	if (rc == WRAP_OK)
		rc = make_folders(&cli->config, err);
	if (rc == WRAP_OK)
		rc = store_open(cli->config.paths.database, STORE_CREATE, &st, err);
	store_close(&st);
	if (rc == WRAP_OK && !kept && a->real_from)
		rc = init_signing(cli, a, path, dir, err);
	return rc;
}

/* What a newcomer types next. */
static void
say_next(const struct cli *cli, const struct answers *a, const char *dir, bool kept)
{
	char *password = path_join(dir, "relay.pass");

	cli_say(cli, "%s %s", kept ? "kept" : "wrote", cli->config.path);
	cli_say(cli, "ready: database %s, keys %s, outbox %s", cli->config.paths.database,
	    cli->config.paths.keys, cli->config.paths.outbox);
	cli_say(cli, "weeks and dates are those of %s (publication.time_zone)",
	    cli->config.publication.time_zone);
	cli_say(cli, "\nNext:");
	if (strcmp(dir, ".") != 0)
		cli_say(cli, "  cd %s", dir);
	if (a->user != NULL && password != NULL && access(password, F_OK) != 0)
		cli_say(cli,
		    "  (umask 077; cat > relay.pass)       # the relay's password, then Ctrl-D");
	cli_say(cli, "  wrap subscribe you@example.org --confirmed --why \"it is me\"");
	cli_say(cli, "  wrap run                            # collect, draft, send%s",
	    cli->config.n_relays == 0 ? ": into outbox/ for now" : "");
	cli_say(
	    cli, "  wrap preview                        # the text part; --open shows the HTML");
	cli_say(
	    cli, "  wrap doctor                         # what is missing before others read it");
	free(password);
}

int
cmd_init(struct cli *cli)
{
	const char *dir = cli->argc > 0 ? cli->argv[0] : ".";
	char *path = path_join(dir, "wrap.conf");
	struct answers a = { 0 };
	struct wrap_err err = { 0 };
	bool kept;
	int code = CLI_DONE;

	if (cli->dry_run) {
		cli_say(cli, "would make %s with database, keys and outbox beside it", path);
		free(path);
		return CLI_DONE;
	}
	kept = path != NULL && access(path, F_OK) == 0;
	if (path == NULL || (!kept && init_ask(cli, &a, &err) != WRAP_OK) ||
	    make_dir(dir, &err) != WRAP_OK || make_all(cli, &a, path, dir, kept, &err) != WRAP_OK) {
		code = cli_fail(&err);
		code = code == CLI_DENIED || code == CLI_IO ? CLI_CANNOT_CREATE : code;
	} else {
		if (cli->json)
			cli_json(json_pack("{s:s,s:b}", "config", cli->config.path, "kept", kept));
		say_next(cli, &a, dir, kept);
	}
	answers_clear(&a);
	free(path);
	return code;
}
