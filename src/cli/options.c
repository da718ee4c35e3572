/*
 * The command line: which command it names, and the options, its own and those of all. What is mistyped is
 * answered with the nearest word there is.
 */
#include "internal.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

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

const char *
cli_global(size_t i)
{
	return i < GLOBALS ? global_options[i].name : NULL;
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

/* Where the command stands: the first word that is neither an option nor the value of one. 0: nowhere. */
static int
find_word(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *a = argv[i];

		if (strcmp(a, "-c") == 0 || strcmp(a, "--config") == 0 || strcmp(a, "--now") == 0)
			i++;
		else if (a[0] != '-')
			return i;
	}
	return 0;
}

static const struct cli_command *
find_command(const char *name)
{
	const struct cli_command *c;

	for (size_t i = 0; (c = cli_command_at(i)) != NULL; i++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

static int
unknown_command(const struct cli *cli, const char *word)
{
	struct nearest near = { .typed = word };
	const struct cli_command *c;

	for (size_t i = 0; (c = cli_command_at(i)) != NULL; i++)
		nearest_try(&near, c->name);
	if (near.word != NULL)
		return cli_usage(
		    cli, "there is no command \"%.60s\", but there is \"%s\"", word, near.word);
	return cli_usage(cli, "there is no command \"%.60s\"", word);
}

static int
unknown_option(const struct cli *cli, const char *typed)
{
	const struct cli_option *own = cli->command == NULL ? NULL : cli->command->options;
	struct nearest near = { .typed = typed + strspn(typed, "-") };

	if (strncmp(typed, "--", 2) == 0) {
		for (size_t i = 0; own != NULL && own[i].name != NULL; i++)
			nearest_try(&near, own[i].name);
		for (size_t i = 0; i < GLOBALS; i++)
			nearest_try(&near, global_options[i].name);
	}
	if (near.word != NULL)
		return cli_usage(cli, "%.60s is no option here, but --%s is", typed, near.word);
	return cli_usage(cli, "%.60s is no option here", typed);
}

static const char *
own_name(const struct cli_option *own, int value)
{
	return own != NULL && value >= FIRST_OWN ? own[value - FIRST_OWN].name
	       : value == 'c'                    ? "config"
						 : "now";
}

/* One option. Returns -1 to go on, or the exit code. */
static int
take_option(struct cli *cli, int value, const char *name)
{
	struct wrap_err err;

	if (optarg != NULL && optarg[0] == '\0')
		return cli_usage(cli, "--%s needs a value, and this one is empty", name);
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
	case 'h': help_print(cli->command); return CLI_DONE;
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
		if (value == ':')
			return cli_usage(cli, "%s needs a value", argv[optind - 1]);
		if (value == '?')
			return unknown_option(cli, argv[optind - 1]);
		code = take_option(cli, value, own_name(own, value));
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

int
cli_read(struct cli *cli, int argc, char **argv)
{
	int at = find_word(argc, argv);
	bool help = at > 0 && strcmp(argv[at], "help") == 0;

	if (help) /* of the command whose name follows it */
		at = at + 1 < argc ? at + 1 : 0;
	cli->command = at == 0 ? NULL : find_command(argv[at]);
	if (at > 0 && cli->command == NULL)
		return unknown_command(cli, argv[at]);
	if (help) {
		help_print(cli->command);
		return CLI_DONE;
	}
	return read_options(cli, argc, argv);
}
