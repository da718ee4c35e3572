/*
 * Help, written from the table of commands; it fits into 80 columns.
 */
#include "internal.h"

#include "wrap/text.h"

#include <stdio.h>
#include <string.h>

#define WIDTH 80

static const char global_help[] =
    "Options of every command:\n"
    "  -c, --config FILE  configuration; else $WRAP_CONF, ./wrap.conf or\n"
    "                     /etc/wrap/wrap.conf\n"
    "  -n, --dry-run      do everything but change or send anything\n"
    "  -q, --quiet        say nothing but what is wrong\n"
    "  -v, --verbose      say more\n"
    "      --json         answer in JSON, for scripts\n"
    "      --now TIME     act as if it were TIME (2026-11-27T09:00:00Z)\n"
    "  -h, --help         this help; after a command, that command's\n"
    "      --version      print the version\n"
    "\n"
    "Exit codes: 0 done or nothing to do, 3 an edition is held, 64 wrong usage,\n"
    "65 bad input, 69 a server is unavailable, 71 the system failed, 73/74 cannot\n"
    "write, 75 try again later, 77 not permitted, 78 wrong configuration.\n";

/* A word on the left, and what is said of it beside it, or below when there is no room. */
static void
print_pair(const char *left, const char *text, size_t indent)
{
	char lead[64], rest[64];
	struct buf b = BUF_INIT(1 << 16);
	bool beside = strlen(left) + 3 <= indent;

	(void)snprintf(rest, sizeof(rest), "%*s", (int)indent, "");
	if (beside)
		(void)snprintf(lead, sizeof(lead), "  %-*s", (int)indent - 2, left);
	else
		(void)printf("  %s\n", left);
	text_wrap(span_of(text), WIDTH, beside ? lead : rest, rest, &b);
	(void)fputs(buf_str(&b), stdout);
	buf_clear(&b);
}

static void
print_all(void)
{
	const struct cli_command *c;

	(void)printf("wrap %s: collects a week of articles and mails them as one edition\n\n"
		     "usage: wrap [options] COMMAND [arguments]\n\nCommands:\n",
	    WRAP_VERSION);
	for (size_t i = 0; (c = cli_command_at(i)) != NULL; i++)
		print_pair(c->name, c->help, 15);
	(void)printf(
	    "\n%s\nHelp for one command: wrap help COMMAND. All of it: man wrap, man wrap.conf\n"
	    "A first edition: wrap init my-weekly, and it says what to type next\n",
	    global_help);
}

void
help_print(const struct cli_command *c)
{
	const struct cli_option *o = c == NULL ? NULL : c->options;
	struct buf b = BUF_INIT(1 << 16), text = BUF_INIT(1 << 16);

	if (c == NULL) {
		print_all();
		return;
	}
	buf_addf(&text, "wrap %s: %s", c->name, c->help);
	text_wrap(buf_span(&text), WIDTH, "", "", &b);
	buf_adds(&b, "\n");
	buf_reset(&text);
	buf_addf(&text, "usage: wrap %s %s%s", c->name, o == NULL ? "" : "[options] ", c->args);
	text_wrap(buf_span(&text), WIDTH, "", "    ", &b);
	(void)fputs(buf_str(&b), stdout);
	if (o != NULL)
		(void)printf("\nOptions:\n");
	for (; o != NULL && o->name != NULL; o++) {
		char left[64];

		(void)snprintf(left, sizeof(left), "--%s%s%s", o->name, o->value == NULL ? "" : " ",
		    o->value == NULL ? "" : o->value);
		print_pair(left, o->help, 21);
	}
	(void)printf("\n%s", global_help);
	buf_clear(&b);
	buf_clear(&text);
}
