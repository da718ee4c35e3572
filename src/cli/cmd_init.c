/*
 * wrap init: a folder with a commented wrap.conf, keys, database and outbox. What is there already is
 * kept, so it can be repeated. The configuration is written from the table of keys.
 */
#include "internal.h"

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
	{ "time-zone", "ZONE", "like America/Vancouver" },
	{ "feed", "URL", "the first feed" },
	{ NULL, NULL, NULL },
};

struct answers {
	char *name, *from, *address, *time_zone, *feed;
};

static void
answers_clear(struct answers *a)
{
	free(a->name);
	free(a->from);
	free(a->address);
	free(a->time_zone);
	free(a->feed);
}

/* From the flag; else asked on a terminal; else the fallback (NULL: none). */
static char *
answer(const struct cli *cli, const char *flag, const char *question, const char *fallback)
{
	const char *given = cli_given(cli, flag);
	char line[512];

	if (given != NULL)
		return str_dup(given);
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)) {
		(void)printf("%s%s%s%s ", question, fallback == NULL ? "" : " [",
		    fallback == NULL ? "" : fallback, fallback == NULL ? "" : "]");
		(void)fflush(stdout);
		if (fgets(line, sizeof(line), stdin) != NULL) {
			struct span s = span_trim(span_of(line));

			if (s.n > 0)
				return str_dup_span(s);
		}
	}
	return str_dup(fallback);
}

static char *
machine_zone(void)
{
	char path[512];
	ssize_t n = readlink("/etc/localtime", path, sizeof(path) - 1);
	const char *zone;

	path[n < 0 ? 0 : n] = '\0';
	zone = strstr(path, "zoneinfo/");
	return str_dup(zone == NULL ? "UTC" : zone + strlen("zoneinfo/"));
}

static void
ask(const struct cli *cli, struct answers *a)
{
	char *zone = machine_zone();

	a->name = answer(cli, "name", "Name of the publication?", "The Weekly Wrap");
	a->from = answer(
	    cli, "from", "Mail comes from (Name <address>)?", "The Weekly Wrap <wrap@example.org>");
	a->address =
	    answer(cli, "address", "Postal address for the footer?", "1 Main Street, Springfield");
	a->time_zone = answer(cli, "time-zone", "Time zone?", zone);
	a->feed = answer(cli, "feed", "Address of the first feed (empty for none)?", NULL);
	free(zone);
}

/* A value as libconfig reads it. */
static void
add_quoted(struct buf *b, const char *text)
{
	buf_addc(b, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			buf_addc(b, '\\');
		if ((unsigned char)*text >= ' ')
			buf_addc(b, *text);
	}
	buf_addc(b, '"');
}

static const char *
given_value(const struct answers *a, const char *name)
{
	if (strcmp(name, "name") == 0)
		return a->name;
	if (strcmp(name, "from") == 0)
		return a->from;
	if (strcmp(name, "address") == 0)
		return a->address;
	if (strcmp(name, "time_zone") == 0)
		return a->time_zone;
	return NULL;
}

static void
add_key(struct buf *b, const struct config_key_info *k, const char *value, const char *indent)
{
	bool off = value == NULL;

	buf_addf(b, "%s// %s\n%s%s%s = ", indent, k->help, indent, off ? "// " : "", k->name);
	if (value == NULL)
		value = k->default_text;
	if (value == NULL)
		buf_addf(b, k->quoted ? "\"...\"" : "...");
	else if (k->quoted)
		add_quoted(b, value);
	else
		buf_adds(b, value);
	buf_adds(b, ";\n");
}

static void
add_group(struct buf *b, const char *section, const struct answers *a)
{
	struct config_key_info k;
	size_t n = config_keys((size_t)-1, &k);

	for (size_t i = 0; i < n; i++) {
		(void)config_keys(i, &k);
		if (strcmp(k.section, section) == 0)
			add_key(b, &k,
			    strcmp(section, "publication") == 0 ? given_value(a, k.name) : NULL,
			    "    ");
	}
}

static void
add_lists(struct buf *b, const struct answers *a)
{
	buf_adds(b, "// The topics of an edition, in their order: the unit a reader can choose.\n"
		    "topics = (\n"
		    "    { name = \"News\"; keywords = [\"announces\", \"launches\", \"report\"];\n"
		    "      // sponsor = { name = \"Example Ltd\"; url = \"https://example.org\";\n"
		    "      //             from = \"2026-01-01\"; until = \"2026-12-31\"; };\n"
		    "    }\n);\n\n"
		    "// Where articles come from: feeds over HTTP, folders of Markdown files.\n"
		    "feeds = (\n");
	if (a->feed != NULL) {
		buf_adds(b, "    { name = \"site\"; url = ");
		add_quoted(b, a->feed);
		buf_adds(b, "; required = true; },\n");
	}
	buf_adds(b,
	    "    { name = \"notes\"; folder = \"articles\"; }\n"
	    "    // further keys: topic, required, weight, pages; see wrap.conf(5)\n"
	    ");\n\n"
	    "// The mail servers that take our mail; without one it goes into the Maildir paths.outbox.\n"
	    "// relay = ( { url = \"smtps://smtp.example.org\"; user = \"wrap\"; password = \"file:relay.pass\"; } );\n\n"
	    "// Keys that sign each message: wrap.conf(5), section dkim.\n"
	    "// dkim = ( { selector = \"w1\"; domain = \"example.org\"; key = \"keys/dkim.pem\"; } );\n\n");
}

static enum wrap_rc
write_config(const char *path, const struct answers *a, struct wrap_err *err)
{
	static const char *const groups[] = { "publication", "edition", "rank", "send", "mailbox",
		"bounces", "fetch", "paths" };
	struct buf b = BUF_INIT(1 << 18);
	enum wrap_rc rc;

	buf_adds(&b,
	    "// Configuration of wrap; see wrap.conf(5). A line that begins with // is off.\n\n");
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		buf_addf(&b, "%s = {\n", groups[i]);
		add_group(&b, groups[i], a);
		buf_adds(&b, "};\n\n");
		if (i == 0) {
			/* What fits no topic is still told, until the editor has topics of their own. */
			add_lists(&b, a);
		}
	}
	rc = buf_rc(&b, err);
	if (rc == WRAP_OK)
		rc = file_write(path, buf_span(&b), 0600, err);
	buf_clear(&b);
	return rc;
}

static enum wrap_rc
make_dir(const char *path, struct wrap_err *err)
{
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return wrap_fail_errno(err, "make folder %s", path);
	return WRAP_OK;
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
make_all(struct cli *cli, const char *path, bool *kept, struct wrap_err *err)
{
	struct answers a = { 0 };
	struct store *st = NULL;
	enum wrap_rc rc = WRAP_OK;

	*kept = access(path, F_OK) == 0;
	if (!*kept) {
		ask(cli, &a);
		rc = write_config(path, &a, err);
		answers_clear(&a);
	}
	if (rc == WRAP_OK)
		rc = config_load(path, &cli->config, err);
	if (rc != WRAP_OK && !*kept)
		(void)unlink(path); /* an answer was wrong: ask again next time */
	if (rc == WRAP_OK)
		rc = keyring_make(cli->config.paths.keys, err);
	if (rc == WRAP_OK)
		rc = make_folders(&cli->config, err);
	if (rc == WRAP_OK)
		rc = store_open(cli->config.paths.database, STORE_CREATE, &st, err);
	store_close(&st);
	return rc;
}

int
cmd_init(struct cli *cli)
{
	const char *dir = cli->argc > 0 ? cli->argv[0] : ".";
	char *path = path_join(dir, "wrap.conf");
	struct wrap_err err = { 0 };
	bool kept = false;
	int code;

	if (cli->dry_run) {
		cli_say(cli, "would make %s with database, keys and outbox beside it", path);
		free(path);
		return CLI_DONE;
	}
	if (path == NULL || make_dir(dir, &err) != WRAP_OK ||
	    make_all(cli, path, &kept, &err) != WRAP_OK) {
		code = cli_fail(&err);
		free(path);
		return code == CLI_DENIED || code == CLI_IO ? CLI_CANNOT_CREATE : code;
	}
	if (cli->json)
		cli_json(json_pack("{s:s,s:b}", "config", cli->config.path, "kept", kept));
	cli_say(cli, "%s %s", kept ? "kept" : "wrote", cli->config.path);
	cli_say(cli, "ready: database %s, keys %s, outbox %s", cli->config.paths.database,
	    cli->config.paths.keys, cli->config.paths.outbox);
	cli_say(cli,
	    "next: edit %s, add yourself: wrap -c %s subscribe you@example.org --confirmed --why me",
	    cli->config.path, cli->config.path);
	cli_say(cli, "then: wrap -c %s run", cli->config.path);
	free(path);
	return CLI_DONE;
}
