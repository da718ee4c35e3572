/*
 * The commands: one table of name, function, what must be open first, and help; and one command from its
 * opening to its end. options.c reads the command line, help.c and speak.c tell.
 */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static const struct cli_command commands[] = {
	{ "init", cmd_init, NEED_NOTHING, "[DIR]", 0, 1,
	    "make a commented wrap.conf, database, keys and outbox", init_options },
	{ "run", cmd_run, NEED_LOCK, "", 0, 0,
	    "the cron job: bounces, collect, draft, send, report; safe to call at any time", NULL },
	{ "collect", cmd_collect, NEED_LOCK, "[NAME...]", 0, -1, "poll feeds and folders now",
	    collect_options },
	{ "feeds", cmd_feeds, NEED_STORE, "[list | add URL | import OPML | export]", 0, 2,
	    "how the feeds fare; find a site's feed; OPML in and out", NULL },
	{ "draft", cmd_draft, NEED_LOCK, "[KEY]", 0, 1, "make this week's edition, or make it anew",
	    NULL },
	{ "edit", cmd_edit, NEED_STORE, "[KEY]", 0, 1,
	    "open an edition in your editor and check what was saved", edit_options },
	{ "approve", cmd_approve, NEED_STORE, "[KEY]", 0, 1, "say yes to an edition as it stands",
	    decide_options },
	{ "hold", cmd_hold, NEED_STORE, "[KEY]", 0, 1, "let nothing of an edition go out",
	    decide_options },
	{ "cancel", cmd_cancel, NEED_STORE, "[KEY]", 0, 1,
	    "drop an edition; its stories are free for the next", decide_options },
	{ "resume", cmd_resume, NEED_STORE, "[KEY]", 0, 1,
	    "take up an edition that was held or cancelled", decide_options },
	{ "why", cmd_why, NEED_STORE, "URL-or-ADDRESS", 1, 1,
	    "why a story is in or out, why an address got or did not get mail", NULL },
	{ "preview", cmd_preview, NEED_STORE, "[KEY]", 0, 1,
	    "show an edition as a reader will get it", preview_options },
	{ "send", cmd_send, NEED_LOCK, "[KEY]", 0, 1,
	    "send an edition now to those who did not get it", send_options },
	{ "bounces", cmd_bounces, NEED_LOCK, "", 0, 0,
	    "read what came back, now; with --dry-run: what would that do?", bounces_options },
	{ "subscribe", cmd_subscribe, NEED_STORE, "ADDR", 1, 1, "add a reader", subscribe_options },
	{ "unsubscribe", cmd_unsubscribe, NEED_STORE, "ADDR", 1, 1, "take a reader off the list",
	    unsubscribe_options },
	{ "subscribers", cmd_subscribers, NEED_STORE,
	    "[list | show ADDR | what ADDR | import FILE | export | forget ADDR]", 0, 2,
	    "who is on the list; lists in and out; what we keep of a person; erase them",
	    subscribers_options },
	{ "backup", cmd_backup, NEED_STORE, "FILE", 1, 1,
	    "copy the database, also while it is in use, and the keys beside it", NULL },
	{ "restore", cmd_restore, NEED_CONFIG, "FILE", 1, 1,
	    "put a backup back; nothing that may have gone out since is mailed unasked", NULL },
	{ "dkim", cmd_dkim, NEED_CONFIG, "keygen | record", 1, 1,
	    "make keys that sign the mail, show their DNS records", dkim_options },
	{ "keys", cmd_keys, NEED_LOCK, "[list | rotate]", 0, 1,
	    "the secrets that sign links in mail; a new one, beside which the old still count",
	    NULL },
	{ "doctor", cmd_doctor, NEED_NOTHING, "", 0, 0,
	    "every check that can be made before the weekly slot: what, why, what to do",
	    doctor_options },
	{ "completion", cmd_completion, NEED_NOTHING, "bash | zsh", 1, 1,
	    "words for the shell to complete; make install puts them in place", NULL },
	{ "inspect", cmd_inspect, NEED_NOTHING,
	    "feed | page | sentences | summary | stories | bounce [FILE...]", 1, -1,
	    "what the parsers make of a document, as JSON lines", inspect_options },
	{ "serve", cmd_serve, NEED_STORE, "", 0, 0,
	    "the readers' pages: subscribe, confirm, choose, leave, look back", NULL },
	{ "status", cmd_status, NEED_STORE, "", 0, 0,
	    "how things stand: last and next edition, readers, feeds", NULL },
	{ "report", cmd_report, NEED_STORE, "[KEY]", 0, 1,
	    "charts of editions, readers and bounces; of one edition: what became of each reader",
	    report_options },
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

const struct cli_command *
cli_command_at(size_t i)
{
	return i < COMMANDS ? &commands[i] : NULL;
}

/* ---- opening what a command needs ---------------------------------------------------------------------------- */

static const char *
default_config(void)
{
	const char *env = getenv("WRAP_CONF");

	if (env != NULL && env[0] != '\0')
		return env;
	return access("wrap.conf", F_OK) == 0 ? "wrap.conf" : "/etc/wrap/wrap.conf";
}

enum wrap_rc
cli_config(struct cli *cli, struct wrap_err *err)
{
	enum wrap_rc rc;

	if (cli->config_path == NULL)
		cli->config_path = default_config();
	rc = config_load(cli->config_path, &cli->config, err);
	if (rc == WRAP_ENOTFOUND)
		return wrap_fail(err, WRAP_ECONFIG,
		    "no configuration at %s; name one with -c FILE or make one with: wrap init",
		    cli->config_path);
	return rc;
}

enum wrap_rc
cli_open_keys(struct cli *cli, struct wrap_err *err)
{
	enum wrap_rc rc;

	cli->keys = secret_new(sizeof(*cli->keys));
	if (cli->keys == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "no memory for the keys");
	rc = keyring_load(cli->config.paths.keys, cli->keys, err);
	if (rc == WRAP_ENOTFOUND)
		err->code = rc = WRAP_ECONFIG;
	return rc;
}

static enum wrap_rc
open_needs(struct cli *cli, struct wrap_err *err)
{
	enum cli_need need = cli->command->need;
	enum wrap_rc rc = need >= NEED_CONFIG ? cli_config(cli, err) : WRAP_OK;

	if (rc == WRAP_OK && need >= NEED_STORE)
		rc = cli_open_keys(cli, err);
	/* The lock before the store: who may not work must not migrate either. A dry run has its own copy. */
	if (rc == WRAP_OK && need >= NEED_LOCK && !cli->dry_run)
		rc = run_lock_take(cli->config.paths.database, cli->now, &cli->lock, err);
	if (rc == WRAP_OK && need >= NEED_STORE) {
		rc = store_open(cli->config.paths.database,
		    cli->dry_run ? STORE_PRIVATE : STORE_OPEN, &cli->store, err);
		if (rc == WRAP_ENOTFOUND)
			err->code = rc = WRAP_ECONFIG;
	}
	return rc;
}

static void
close_needs(struct cli *cli)
{
	store_close(&cli->store);
	run_lock_drop(&cli->lock);
	config_free(&cli->config);
	secret_free(cli->keys);
	cli->keys = NULL;
}

static int
run_command(struct cli *cli)
{
	const struct cli_command *c = cli->command;
	struct wrap_err err = { 0 };
	int code;

	if (cli->argc < c->min_args)
		return cli_usage(cli, "it needs %s", c->args);
	if (c->max_args >= 0 && cli->argc > c->max_args)
		return cli_usage(cli, "\"%.60s\" is too much", cli->argv[c->max_args]);
	cli->now = clock_now(&cli->clock);
	code = open_needs(cli, &err) == WRAP_OK ? c->run(cli) : cli_fail(&err);
	close_needs(cli);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		log_line(LOG_ERROR, "cannot write to standard output");
		code = code == CLI_DONE ? CLI_IO : code;
	}
	return code;
}

/* Passwords and keys will be in our memory: no core file, no look from outside (prctl(2)). */
static void
close_memory(void)
{
	struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__ /* whose search for leaks looks from outside */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

int
cli_main(int argc, char **argv)
{
	struct cli cli = { .lock = { .fd = -1 } };
	int code;

	close_memory();
	code = cli_read(&cli, argc, argv);
	if (code >= 0)
		return code;
	if (cli.quiet)
		log_level_set(LOG_ERROR);
	else if (cli.verbose)
		log_level_set(LOG_DEBUG);
	if (cli.command == NULL) {
		help_print(NULL);
		return CLI_USAGE;
	}
	return run_command(&cli);
}
