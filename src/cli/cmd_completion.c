/*
 * wrap completion: the words that a shell may complete, written from the table of commands, so that they
 * are never behind it. What the first words of a command's synopsis offer (list | show ...) is offered too.
 */
#include "internal.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* The choices of a synopsis like "[list | add URL | export]": words in small letters that stand first. */
static void
add_choices(struct buf *b, const char *args)
{
	struct span rest = span_of(args), part;

	if (strchr(args, '|') == NULL)
		return;
	while (span_cut(&rest, '|', &part)) {
		size_t n = 0;

		part = span_trim(part);
		if (part.n > 0 && part.p[0] == '[') {
			part.p++;
			part.n--;
		}
		while (n < part.n && (islower((unsigned char)part.p[n]) || part.p[n] == '-'))
			n++;
		if (n > 0)
			buf_addf(b, " %.*s", (int)n, part.p);
	}
}

static void
add_options(struct buf *b, const struct cli_option *o)
{
	for (; o != NULL && o->name != NULL; o++)
		buf_addf(b, " --%s", o->name);
}

static void
add_globals(struct buf *b)
{
	for (size_t i = 0; cli_global(i) != NULL; i++)
		buf_addf(b, " --%s", cli_global(i));
}

static void
write_bash(struct buf *b)
{
	const struct cli_command *c;

	buf_adds(b,
	    "# bash completion for wrap: written by wrap completion bash\n"
	    "_wrap() {\n"
	    "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} i word= words\n"
	    "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	    "\t\tcase ${COMP_WORDS[i]} in\n"
	    "\t\t-c | --config | --now) ((i++)) ;;\n"
	    "\t\t-*) ;;\n"
	    "\t\t*) word=${COMP_WORDS[i]}; break ;;\n"
	    "\t\tesac\n"
	    "\tdone\n"
	    "\tcase $prev in\n"
	    "\t-c | --config | --html | --text | --eml | --mapping) COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n"
	    "\tesac\n"
	    "\tcase $word in\n"
	    "\t'') words='");
	for (size_t i = 0; (c = cli_command_at(i)) != NULL; i++)
		buf_addf(b, "%s%s", i == 0 ? "" : " ", c->name);
	buf_adds(b, "' ;;\n");
	for (size_t i = 0; (c = cli_command_at(i)) != NULL; i++) {
		buf_addf(b, "\t%s) words='", c->name);
		add_choices(b, c->args);
		add_options(b, c->options);
		buf_adds(b, "' ;;\n");
	}
	buf_adds(b, "\t*) words= ;;\n\tesac\n\twords=\"$words");
	add_globals(b);
	buf_adds(b,
	    " -c -n -q -v -h\"\n"
	    "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
	    "\t[[ ${#COMPREPLY[@]} -eq 0 && $cur != -* ]] && COMPREPLY=($(compgen -f -- \"$cur\"))\n"
	    "\treturn 0\n"
	    "}\n"
	    "complete -F _wrap wrap\n");
}

/* A help text inside single quotes and before a colon of zsh's. */
static void
add_quoted(struct buf *b, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			buf_adds(b, "'\\'");
		if (*text == ':' || *text == '[' || *text == ']')
			buf_addc(b, '\\');
		buf_addc(b, *text);
	}
}

static void
write_zsh(struct buf *b)
{
	const struct cli_command *c;

	buf_adds(b, "#compdef wrap\n# written by wrap completion zsh\n"
		    "_wrap() {\n\tlocal -a commands options\n\tlocal word= i\n\tcommands=(\n");
	for (size_t i = 0; (c = cli_command_at(i)) != NULL; i++) {
		buf_addf(b, "\t\t'%s:", c->name);
		add_quoted(b, c->help);
		buf_adds(b, "'\n");
	}
	buf_adds(b, "\t)\n"
		    "\tfor ((i = 2; i < CURRENT; i++)); do\n"
		    "\t\tcase ${words[i]} in\n"
		    "\t\t-c|--config|--now) ((i++)) ;;\n"
		    "\t\t-*) ;;\n"
		    "\t\t*) word=${words[i]}; break ;;\n"
		    "\t\tesac\n"
		    "\tdone\n"
		    "\tcase $word in\n");
	for (size_t i = 0; (c = cli_command_at(i)) != NULL; i++) {
		buf_addf(b, "\t%s) options=(", c->name);
		add_choices(b, c->args);
		add_options(b, c->options);
		buf_adds(b, " ) ;;\n");
	}
	buf_adds(b, "\tesac\n\toptions+=(");
	add_globals(b);
	buf_adds(b,
	    " -c -n -q -v -h )\n"
	    "\t[[ -z $word ]] && _describe command commands\n"
	    "\tcompadd -a options\n"
	    "\t_files\n"
	    "}\n"
	    "if [[ $funcstack[1] = _wrap ]]; then _wrap \"$@\"; else compdef _wrap wrap; fi\n");
}

int
cmd_completion(struct cli *cli)
{
	struct buf b = BUF_INIT(1 << 20);
	struct wrap_err err = { 0 };
	bool bash = strcmp(cli->argv[0], "bash") == 0;
	enum wrap_rc rc;

	if (!bash && strcmp(cli->argv[0], "zsh") != 0)
		return cli_usage(cli, "bash or zsh, not \"%.40s\"", cli->argv[0]);
	if (bash)
		write_bash(&b);
	else
		write_zsh(&b);
	rc = buf_rc(&b, &err);
	if (rc == WRAP_OK)
		(void)fwrite(b.p, 1, b.n, stdout);
	buf_clear(&b);
	return rc == WRAP_OK ? CLI_DONE : cli_fail(&err);
}
