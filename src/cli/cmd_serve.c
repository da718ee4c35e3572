/*
 * wrap serve: the readers' pages, until a signal ends it. A second signal ends it at once.
 */
#include "internal.h"

#include "wrap/web.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Set by a signal. A handler can reach nothing but a global. */
static volatile sig_atomic_t stop_asked;

static void
on_signal(int sig)
{
	(void)sig;
	if (stop_asked != 0)
		_exit(CLI_TRY_LATER);
	stop_asked = 1;
}

static void
say_ready(void *ctx, const char *where)
{
	const struct cli *cli = ctx;

	cli_say(cli, "The pages of %s are served at %s; readers reach them at %s",
	    cli->config.publication.name, where, cli->config.publication.url);
	(void)fflush(stdout);
}

static void
say_line(void *ctx, const char *line)
{
	const struct cli *cli = ctx;

	if (cli->quiet)
		return;
	(void)puts(line);
	(void)fflush(stdout);
}

int
cmd_serve(struct cli *cli)
{
	struct sigaction act = { .sa_handler = on_signal }, ignore = { .sa_handler = SIG_IGN };
	struct web_options o = { .c = &cli->config,
		.keys = cli->keys,
		.clock = &cli->clock,
		.stop = &stop_asked,
		.ctx = cli,
		.ready = say_ready,
		.log = cli->config.serve.log ? say_line : NULL };
	struct wrap_err err = { 0 };

	if (cli->dry_run)
		return cli_usage(cli, "--dry-run: a server that changes nothing could not serve");
	(void)sigaction(SIGTERM, &act, NULL);
	(void)sigaction(SIGINT, &act, NULL);
	(void)sigaction(SIGPIPE, &ignore, NULL);
	/* The server has stores of its own, one for each of its threads. */
	store_close(&cli->store);
	if (config_secrets(&cli->config, &err) != WRAP_OK || web_serve(&o, &err) != WRAP_OK)
		return cli_fail(&err);
	return CLI_DONE;
}
