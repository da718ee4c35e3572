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
#include <termios.h>
#include <unistd.h>

const struct cli_option init_options[] = {
	{ "name", "NAME", "name of the publication" },
	{ "from", "ADDR", "header From: \"Name <address>\"" },
	{ "address", "TEXT", "postal address, for the footer" },
	{ "time-zone", "ZONE", "like America/Vancouver" },
	{ "feed", "URL", "the first feed" },
	{ "relay", "URL",
	    "mail server: smtps://user@host or smtp://host:25; without one mail goes into outbox/" },
	{ NULL, NULL, NULL },
};

struct answers {
	char *name, *from, *address, *time_zone, *feed;
	char *relay;    /* without the user */
	char *user;     /* NULL: the relay asks for no login */
	bool real_from; /* From was answered, so keys for its domain make sense */
};

static void
answers_clear(struct answers *a)
{
	free(a->name);
	free(a->from);
	free(a->address);
	free(a->time_zone);
	free(a->feed);
	free(a->relay);
	free(a->user);
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

/* smtps://user@host:port into its parts; a user may have an @ of its own. */
static enum wrap_rc
split_relay(struct answers *a, struct wrap_err *err)
{
	const char *host, *at;
	struct buf b = BUF_INIT(1024);
	char *whole = a->relay;

	if (whole == NULL)
		return WRAP_OK;
	if (strncmp(whole, "smtp://", 7) != 0 && strncmp(whole, "smtps://", 8) != 0)
		return wrap_fail(err, WRAP_EINVAL,
		    "relay \"%.100s\": write it like smtps://user@smtp.example.org or smtp://127.0.0.1:25",
		    whole);
	host = strstr(whole, "://") + 3;
	at = strrchr(host, '@');
	if (at == NULL)
		return WRAP_OK;
	if (memchr(host, ':', (size_t)(at - host)) != NULL)
		return wrap_fail(err, WRAP_EINVAL,
		    "a password does not belong into the relay's address; it is asked for, or goes into relay.pass");
	a->user = str_dup_span((struct span){ host, (size_t)(at - host) });
	buf_add(&b, whole, (size_t)(host - whole));
	buf_adds(&b, at + 1);
	a->relay = buf_steal(&b);
	free(whole);
	return a->user == NULL || a->relay == NULL ? wrap_fail(err, WRAP_ENOMEM, "out of memory")
						   : WRAP_OK;
}

static enum wrap_rc
ask(const struct cli *cli, struct answers *a, struct wrap_err *err)
{
	static const char placeholder[] = "The Weekly Wrap <wrap@example.org>";
	const char *zone = cli_given(cli, "time-zone");

	a->name = answer(cli, "name", "1. Name of the publication?", "The Weekly Wrap");
	a->from = answer(cli, "from", "2. Mail comes from, as Name <address>?", placeholder);
	a->address =
	    answer(cli, "address", "3. Postal address for the footer, which many laws ask for?",
		"1 Main Street, Springfield");
	a->feed = answer(
	    cli, "feed", "4. Address of the first feed (empty: only the folder articles)?", NULL);
	a->relay = answer(cli, "relay",
	    "5. Mail server, like smtps://user@smtp.example.org (empty: the folder outbox)?", NULL);
	a->time_zone = zone != NULL ? str_dup(zone) : machine_zone();
	a->real_from = a->from != NULL && strcmp(a->from, placeholder) != 0;
	return split_relay(a, err);
}

/* The relay's password, not shown while typed, into a file of our own; asked for only on a terminal. */
static enum wrap_rc
ask_password(const struct answers *a, const char *path, struct wrap_err *err)
{
	struct termios was, quiet;
	char line[512] = "";
	struct span s;
	enum wrap_rc rc = WRAP_OK;

	if (a->user == NULL || access(path, F_OK) == 0 || !isatty(STDIN_FILENO) ||
	    tcgetattr(STDIN_FILENO, &was) != 0)
		return WRAP_OK;
	quiet = was;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	(void)printf("   Password of %s there (not shown)? ", a->user);
	(void)fflush(stdout);
	if (fgets(line, sizeof(line), stdin) == NULL)
		line[0] = '\0';
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &was);
	(void)putchar('\n');
	s = span_trim(span_of(line));
	if (s.n > 0)
		rc = file_write(path, s, 0600, err);
	secret_wipe(line, sizeof(line));
	return rc;
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
given_value(const struct answers *a, const char *section, const char *name)
{
	/* A newcomer has one source and no topics yet: what there is is told, not held or left out. */
	static const char *const first[][2] = { { "other", "More stories" }, { "min_stories", "1" },
		{ "per_source", "8" } };

	for (size_t i = 0; strcmp(section, "edition") == 0 && i < 3; i++)
		if (strcmp(name, first[i][0]) == 0)
			return first[i][1];
	if (strcmp(section, "publication") != 0)
		return NULL;
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
			add_key(b, &k, given_value(a, section, k.name), "    ");
	}
}

/* A relay on this machine needs no TLS; any other must have it. */
static bool
is_local(const char *url)
{
	const char *host = strstr(url, "://") + 3;

	return strncmp(url, "smtp://", 7) == 0 &&
	       (strncmp(host, "127.", 4) == 0 || strncmp(host, "localhost", 9) == 0 ||
		   strncmp(host, "[::1]", 5) == 0);
}

static void
add_relay(struct buf *b, const struct answers *a)
{
	if (a->relay == NULL) {
		buf_adds(b, "// relay = ( { url = \"smtps://smtp.example.org\"; user = \"wrap\";"
			    " password = \"file:relay.pass\"; } );\n\n");
		return;
	}
	buf_adds(b, "relay = ( { url = ");
	add_quoted(b, a->relay);
	if (a->user != NULL) {
		buf_adds(b, "; user = ");
		add_quoted(b, a->user);
		buf_adds(b, "; password = \"file:relay.pass\"");
	}
	buf_adds(b, is_local(a->relay) ? "; tls = \"none\"; } );\n\n" : "; } );\n\n");
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
	    "// The mail servers that take our mail; without one it goes into the Maildir paths.outbox.\n");
	add_relay(b, a);
	buf_adds(b,
	    "// Keys that sign each message, and more of them: wrap dkim keygen.\n"
	    "// dkim = ( { selector = \"w1\"; domain = \"example.org\"; key = \"keys/dkim.pem\"; } );\n\n");
}

static enum wrap_rc
write_config(const char *path, const struct answers *a, struct wrap_err *err)
{
	static const char *const groups[] = { "publication", "edition", "rank", "send", "mailbox",
		"bounces", "fetch", "serve", "doctor", "paths" };
	struct buf b = BUF_INIT(1 << 18);
	enum wrap_rc rc;

	buf_adds(&b,
	    "// Configuration of wrap; see wrap.conf(5). A line that begins with // is off.\n\n");
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		buf_addf(&b, "%s = {\n", groups[i]);
		add_group(&b, groups[i], a);
		buf_adds(&b, "};\n\n");
		if (i == 0) {
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

/* ---- signing keys and what the DNS must say ------------------------------------------------------------ */

/* The records to publish, as a zone file takes them; the file says which are ours and which are to be looked over. */
static enum wrap_rc
write_records(const struct cli *cli, const struct answers *a, const json_t *keys, const char *path,
    struct wrap_err *err)
{
	const char *domain = cli->config.publication.domain;
	const char *host = a->relay == NULL ? NULL : strstr(a->relay, "://") + 3;
	struct buf b = BUF_INIT(1 << 16);
	size_t i;
	json_t *k;
	enum wrap_rc rc;

	buf_adds(&b,
	    "; What the DNS must say of mail from us; wrap doctor looks whether it does.\n\n"
	    "; The keys that sign it\n");
	json_array_foreach(keys, i, k)
	    buf_addf(&b, "%s\n", json_string_value(json_object_get(k, "zone")));
	buf_addf(&b,
	    "\n; Who may send for us: put in what your relay's manual says, often an include:\n"
	    "%s. 3600 IN TXT ( \"v=spf1 %s%.*s ~all\" )\n"
	    "\n; What receivers do with mail that is not ours; reports come to rua\n"
	    "_dmarc.%s. 3600 IN TXT ( \"v=DMARC1; p=none; rua=mailto:%s\" )\n",
	    domain, host == NULL || is_local(a->relay) ? "mx" : "mx a:",
	    host == NULL || is_local(a->relay) ? 0 : (int)strcspn(host, ":/"),
	    host == NULL ? "" : host, domain, cli->config.publication.from_address);
	rc = buf_rc(&b, err);
	if (rc == WRAP_OK)
		rc = file_write(path, buf_span(&b), 0644, err);
	if (rc == WRAP_OK)
		cli_say(cli, "DNS records to publish, also in %s:\n\n%s", path, buf_str(&b));
	buf_clear(&b);
	return rc;
}

/* Keys for the domain of From, named in the configuration beside the example of them. */
static enum wrap_rc
make_signing(struct cli *cli, const struct answers *a, const char *conf, const char *dir,
    struct wrap_err *err)
{
	static const char mark[] = "// dkim = (";
	struct buf text = BUF_INIT(1 << 18), out = BUF_INIT(1 << 18), unused = BUF_INIT(1 << 14);
	char selector[16], *records = path_join(dir, "dns-records.txt");
	json_t *list = json_array();
	enum wrap_rc rc;
	size_t at;

	(void)snprintf(selector, sizeof(selector), "w%d", clock_local(cli->now).tm_year + 1900);
	rc = cli_dkim_pair(cli, cli->config.publication.domain, selector, list, &unused, err);
	if (rc == WRAP_OK)
		rc = file_read(conf, 1 << 18, &text, err);
	at = rc == WRAP_OK ? span_find(buf_span(&text), span_of(mark)) : (size_t)-1;
	if (at != (size_t)-1) {
		buf_add(&out, text.p, at);
		for (int i = 0; i < 2; i++)
			buf_addf(&out,
			    "%s{ selector = \"%s%s\"; domain = \"%s\"; key = \"keys/dkim-%s%s.pem\"; }",
			    i == 0 ? "dkim = ( " : ",\n         ", selector, i == 0 ? "" : "e",
			    cli->config.publication.domain, selector, i == 0 ? "" : "e");
		buf_addf(&out, " );\n%s", text.p + at);
		rc = buf_rc(&out, err);
	}
	if (rc == WRAP_OK && at != (size_t)-1)
		rc = file_write(conf, buf_span(&out), 0600, err);
	if (rc == WRAP_OK)
		rc = write_records(cli, a, list, records, err);
	json_decref(list);
	buf_clear(&text);
	buf_clear(&out);
	buf_clear(&unused);
	free(records);
	return rc;
}

/* ---- all of it --------------------------------------------------------------------------------------------- */

static enum wrap_rc
make_config(
    struct cli *cli, struct answers *a, const char *path, const char *dir, struct wrap_err *err)
{
	char *password = path_join(dir, "relay.pass");
	enum wrap_rc rc = ask(cli, a, err);

	if (rc == WRAP_OK)
		rc = write_config(path, a, err);
	if (rc == WRAP_OK)
		rc = config_load(path, &cli->config, err);
	if (rc == WRAP_OK)
		rc = ask_password(a, password, err);
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
		rc = make_signing(cli, a, path, dir, err);
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
	if (path == NULL || make_dir(dir, &err) != WRAP_OK ||
	    make_all(cli, &a, path, dir, kept, &err) != WRAP_OK) {
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
