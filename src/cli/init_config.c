/*
 * The first wrap.conf, written from the table of keys: what was answered is on, everything else stands there
 * with its meaning and its default, switched off.
 */
#include "init.h"

#include <string.h>

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
	if (strcmp(name, "language") == 0)
		return a->language;
	return NULL;
}

static void
add_key(struct buf *b, const struct config_key_info *k, const char *value, const char *indent)
{
	bool off = value == NULL;

	buf_addf(b, "%s// %s\n%s%s%s = ", indent, k->help, indent, off ? "// " : "", k->name);
	if (value == NULL)
		value = k->default_text;
	if (value == NULL && strcmp(k->type, "list of texts") == 0)
		buf_adds(b, "[\"...\", \"...\"]");
	else if (value == NULL)
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
	buf_adds(b, init_relay_is_local(a->relay) ? "; tls = \"none\"; } );\n\n" : "; } );\n\n");
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

enum wrap_rc
init_write_config(const char *path, const struct answers *a, struct wrap_err *err)
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
