/*
 * The commands: one table of name, function, what must be open first, and help; the options all of them
 * share; and how a failure becomes a line and an exit code.
 */
#include "internal.h"

#include <getopt.h>
#include <pwd.h>
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

static const struct option global_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "dry-run", no_argument, NULL, 'n' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "json", no_argument, NULL, 'J' },
	{ "now", required_argument, NULL, 'N' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
};
#define GLOBALS (sizeof(global_options) / sizeof(global_options[0]))
#define FIRST_OWN 256 /* value of a command's first option, above any letter */

const struct cli_command *
cli_command_at(size_t i)
{
	return i < COMMANDS ? &commands[i] : NULL;
}

const char *
cli_global(size_t i)
{
	return i < GLOBALS ? global_options[i].name : NULL;
}

/* ---- how commands speak ------------------------------------------------------------------------------ */

static int
exit_code(enum wrap_rc rc)
{
	switch (rc) {
	case WRAP_OK: return CLI_DONE;
	case WRAP_ENOTFOUND:
	case WRAP_EEXISTS:
	case WRAP_EINVAL:
	case WRAP_ELIMIT:
	case WRAP_EPROTO: return CLI_BAD_INPUT;
	case WRAP_EBUSY: return CLI_TRY_LATER;
	case WRAP_EPEER: return CLI_UNAVAILABLE;
	case WRAP_EDENIED: return CLI_DENIED;
	case WRAP_ECONFIG: return CLI_CONFIG;
	case WRAP_ENOMEM: return CLI_SYSTEM;
	case WRAP_ESYS: return CLI_IO;
	}
	return CLI_SYSTEM;
}

int
cli_fail(const struct wrap_err *err)
{
	log_line(LOG_ERROR, "%s", err->text);
	return exit_code(err->code);
}

int
cli_usage(const struct cli *cli, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (cli->command == NULL)
		log_line(LOG_ERROR, "%s; type: wrap --help", text);
	else
		log_line(LOG_ERROR, "%s: %s; type: wrap %s --help", cli->command->name, text,
		    cli->command->name);
	return CLI_USAGE;
}

void
cli_say(const struct cli *cli, const char *fmt, ...)
{
	va_list ap;

	if (cli->quiet || cli->json)
		return;
	va_start(ap, fmt);
	(void)vprintf(fmt, ap);
	va_end(ap);
	(void)putchar('\n');
}

void
cli_json(json_t *v)
{
	char *text = json_dumps(v, JSON_COMPACT | JSON_PRESERVE_ORDER);

	if (text != NULL)
		(void)puts(text);
	free(text);
	json_decref(v);
}

json_t *
cli_json_time(int64_t t)
{
	char text[CLOCK_TEXT];

	return t == 0 ? json_null() : json_string(clock_rfc3339(t, text));
}

json_t *
cli_json_text(const char *s)
{
	json_t *v = s == NULL ? NULL : json_string(s);

	return v == NULL ? json_null() : v;
}

const char *
cli_source(char out[80])
{
	const struct passwd *pw = getpwuid(geteuid());

	(void)snprintf(out, 80, "cli:%s", pw == NULL ? "unknown" : pw->pw_name);
	return out;
}

const char *
cli_time(int64_t t, char out[CLI_TIME])
{
	struct tm tm = clock_local(t);

	if (t == 0 || strftime(out, CLI_TIME, "%a %e %b %Y %H:%M", &tm) == 0)
		(void)snprintf(out, CLI_TIME, "never");
	return out;
}

const char *
cli_day(int64_t t, char out[CLI_TIME])
{
	struct tm tm = clock_local(t);

	if (strftime(out, CLI_TIME, "%e %b %Y", &tm) == 0)
		out[0] = '\0';
	return out;
}

const char *
cli_given(const struct cli *cli, const char *name)
{
	const struct cli_option *o = cli->command->options;

	for (size_t i = 0; o != NULL && o[i].name != NULL; i++)
		if (strcmp(o[i].name, name) == 0)
			return cli->given[i];
	return NULL;
}

/* ---- help --------------------------------------------------------------------------------------------- */

static const char global_help[] =
    "Options of every command:\n"
    "  -c, --config FILE  configuration; default: $WRAP_CONF, ./wrap.conf, /etc/wrap/wrap.conf\n"
    "  -n, --dry-run      do everything but change or send anything\n"
    "  -q, --quiet        say nothing but what is wrong\n"
    "  -v, --verbose      say more\n"
    "      --json         answer in JSON, for scripts\n"
    "      --now TIME     act as if it were TIME (2026-11-27T09:00:00Z)\n"
    "  -h, --help         this help; after a command, that command's\n"
    "      --version      print the version\n"
    "\n"
    "Exit codes: 0 done or nothing to do, 3 an edition is held for the editor, 64 wrong usage,\n"
    "65 bad input, 69 a server is unavailable, 73/74 cannot write, 75 try again later,\n"
    "77 not permitted, 78 wrong configuration.\n";

static void
print_help(void)
{
	(void)printf("wrap %s: collects a week of articles and mails them as one edition\n\n"
		     "usage: wrap [options] COMMAND [arguments]\n\nCommands:\n",
	    WRAP_VERSION);
	for (size_t i = 0; i < COMMANDS; i++)
		(void)printf("  %-12s %s\n", commands[i].name, commands[i].help);
	(void)printf(
	    "\n%s\nA first edition: wrap init my-weekly; cd my-weekly; wrap run; wrap preview\n",
	    global_help);
}

static void
print_command_help(const struct cli_command *c)
{
	const struct cli_option *o = c->options;

	(void)printf("wrap %s: %s\n\nusage: wrap %s %s%s\n", c->name, c->help, c->name,
	    o == NULL ? "" : "[options] ", c->args);
	if (o != NULL)
		(void)printf("\nOptions:\n");
	for (; o != NULL && o->name != NULL; o++) {
		char left[64];

		(void)snprintf(left, sizeof(left), "--%s%s%s", o->name, o->value == NULL ? "" : " ",
		    o->value == NULL ? "" : o->value);
		(void)printf("  %-18s %s\n", left, o->help);
	}
	(void)printf("\n%s", global_help);
}

/* ---- reading argv ----------------------------------------------------------------------------------------- */

/* The command is the first word that is neither an option nor the value of one. */
static const char *
find_word(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *a = argv[i];

		if (strcmp(a, "-c") == 0 || strcmp(a, "--config") == 0 || strcmp(a, "--now") == 0)
			i++;
		else if (a[0] != '-')
			return a;
	}
	return NULL;
}

static const struct cli_command *
find_command(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

/* One option. Returns -1 to go on, or the exit code. */
static int
take_option(struct cli *cli, int value)
{
	struct wrap_err err;

	switch (value) {
	case 'c': cli->config_path = optarg; return -1;
	case 'n': cli->dry_run = true; return -1;
	case 'q': cli->quiet = true; return -1;
	case 'v': cli->verbose = true; return -1;
	case 'J': cli->json = true; return -1;
	case 'N':
		if (clock_parse(optarg, &cli->clock.at, &err) != WRAP_OK)
			return cli_usage(cli, "--now %s", err.text);
		cli->clock.fixed = true;
		return -1;
	case 'h':
		if (cli->command == NULL)
			print_help();
		else
			print_command_help(cli->command);
		return CLI_DONE;
	case 'V': (void)printf("wrap %s\n", WRAP_VERSION); return CLI_DONE;
	default: break;
	}
	if (value >= FIRST_OWN) {
		cli->given[value - FIRST_OWN] = optarg == NULL ? "" : optarg;
		return -1;
	}
	return cli_usage(cli, "an option is unknown");
}

/* All options, wherever they stand; what is left are the command's arguments. */
static int
read_options(struct cli *cli, int argc, char **argv)
{
	struct option all[GLOBALS + 17] = { 0 };
	const struct cli_option *own = cli->command == NULL ? NULL : cli->command->options;
	int n = GLOBALS, value, code;

	memcpy(all, global_options, sizeof(global_options));
	for (int i = 0; own != NULL && own[i].name != NULL; i++)
		all[n++] = (struct option){ own[i].name,
			own[i].value == NULL ? no_argument : required_argument, NULL,
			FIRST_OWN + i };
	opterr = 0;
	optind = 0;
	while ((value = getopt_long(argc, argv, ":c:nqvh", all, NULL)) != -1) {
		if (value == '?' || value == ':')
			return cli_usage(cli,
			    value == ':' ? "%s needs a value" : "%s is no option here",
			    argv[optind - 1]);
		code = take_option(cli, value);
		if (code >= 0)
			return code;
	}
	cli->argc = argc - optind;
	cli->argv = argv + optind;
	if (cli->command != NULL) { /* its own name */
		cli->argc--;
		cli->argv++;
	}
	return -1;
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
	const char *word = find_word(argc, argv);
	int code;

	close_memory();
	cli.command = word == NULL ? NULL : find_command(word);
	if (word != NULL && cli.command == NULL)
		return cli_usage(&cli, "there is no command \"%.60s\"", word);
	code = read_options(&cli, argc, argv);
	if (code >= 0)
		return code;
	if (cli.quiet)
		log_level_set(LOG_ERROR);
	else if (cli.verbose)
		log_level_set(LOG_DEBUG);
	if (cli.command == NULL) {
		print_help();
		return CLI_USAGE;
	}
	return run_command(&cli);
}
