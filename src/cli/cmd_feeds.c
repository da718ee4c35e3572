/* wrap feeds: how each feed fares, find a site's feed, and OPML in and out. */
#include "internal.h"

#include "wrap/collect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPML_MOST ((size_t)16 << 20)

/* ---- list ------------------------------------------------------------------------------------------------ */

struct health {
	struct cli *cli;
	json_t *list;
};

static const struct config_feed *
configured(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->n_feeds; i++)
		if (strcmp(c->feeds[i].name, name) == 0)
			return &c->feeds[i];
	return NULL;
}

static const char *
state_of(const struct feed *f)
{
	if (f->hold != NULL)
		return "held";
	if (f->failures > 0)
		return "failing";
	return f->last_good_at > 0 ? "good" : "new";
}

static enum wrap_rc
see(void *ctx, const struct feed *f, struct wrap_err *err)
{
	struct health *h = ctx;
	const struct config_feed *cf = configured(&h->cli->config, f->name);
	char good[CLI_TIME], next[CLI_TIME];

	(void)err;
	if (cf == NULL)
		return WRAP_OK; /* taken out of the configuration; its articles remain */
	(void)json_array_append_new(
	    h->list, json_pack("{s:s,s:s,s:s,s:o,s:o,s:i,s:o,s:o,s:o}", "name", f->name, "url",
			 f->url, "state", state_of(f), "last_good", cli_json_time(f->last_good_at),
			 "next_check", cli_json_time(f->next_check_at), "failures", f->failures,
			 "error", cli_json_text(f->error), "hold", cli_json_text(f->hold),
			 "fetched_from", cli_json_text(f->fetch_url)));
	cli_say(h->cli, "%-8s %-20s last good %s, %s %s", state_of(f), f->name,
	    cli_time(f->last_good_at, good),
	    cf->folder != NULL ? "read at every run" : "next check",
	    cf->folder != NULL ? "" : cli_time(f->next_check_at, next));
	cli_say(h->cli, "         %s", f->url);
	if (f->fetch_url != NULL)
		cli_say(h->cli, "         moved for good; now fetched from %s", f->fetch_url);
	if (f->hold != NULL)
		cli_say(h->cli, "         held: %s; to go on: wrap collect --force %s", f->hold,
		    f->name);
	else if (f->error != NULL)
		cli_say(h->cli, "         %d time%s in a row: %s", f->failures,
		    f->failures == 1 ? "" : "s", f->error);
	return WRAP_OK;
}

static int
list(struct cli *cli)
{
	struct health h = { .cli = cli, .list = json_array() };
	struct wrap_err err = { 0 };
	enum wrap_rc rc = feed_each(cli->store, see, &h, &err);

	if (rc == WRAP_OK && json_array_size(h.list) == 0)
		cli_say(cli, "no feed was polled yet: wrap collect");
	if (rc == WRAP_OK && cli->json)
		cli_json(h.list);
	else
		json_decref(h.list);
	return rc == WRAP_OK ? CLI_DONE : cli_fail(&err);
}

/* ---- add --------------------------------------------------------------------------------------------------- */

static void
show_stanza(
    const struct cli *cli, struct strs *taken, const char *title, const char *url, json_t *out)
{
	struct buf name = BUF_INIT(1 << 10), stanza = BUF_INIT(1 << 14);

	collect_stanza(&cli->config, taken, title, url, &name, &stanza);
	(void)strs_add(taken, buf_span(&name), NULL);
	cli_say(cli, "    %s", buf_str(&stanza));
	(void)json_array_append_new(
	    out, json_pack("{s:s,s:s,s:o,s:s}", "name", buf_str(&name), "url", url, "title",
		     cli_json_text(title), "stanza", buf_str(&stanza)));
	buf_clear(&name);
	buf_clear(&stanza);
}

static int
add(struct cli *cli, const char *typed)
{
	struct collect_found found;
	struct strs taken = { 0 };
	struct wrap_err err = { 0 };
	json_t *out;

	if (collect_discover(&cli->config, cli->now, typed, &found, &err) != WRAP_OK)
		return cli_fail(&err);
	out = json_array();
	for (size_t i = 0; i < found.n; i++)
		cli_say(cli, "found %s: \"%s\", %zu entries%s%s", found.v[i].url,
		    found.v[i].title == NULL ? "" : found.v[i].title, found.v[i].entries,
		    found.v[i].newest == NULL ? "" : ", newest: ",
		    found.v[i].newest == NULL ? "" : found.v[i].newest);
	cli_say(cli,
	    found.n > 1 ? "paste one of these into feeds = ( ... ) of %s:"
			: "paste this into feeds = ( ... ) of %s:",
	    cli->config.path);
	for (size_t i = 0; i < found.n; i++)
		show_stanza(cli, &taken, found.v[i].title, found.v[i].url, out);
	if (cli->json)
		cli_json(out);
	else
		json_decref(out);
	strs_clear(&taken);
	collect_found_clear(&found);
	return CLI_DONE;
}

/* ---- OPML --------------------------------------------------------------------------------------------------- */

static bool
have_url(const struct config *c, const char *url)
{
	for (size_t i = 0; i < c->n_feeds; i++)
		if (c->feeds[i].url != NULL && strcmp(c->feeds[i].url, url) == 0)
			return true;
	return false;
}

static int
import_opml(struct cli *cli, const char *path)
{
	struct collect_outlines l = { 0 };
	struct strs taken = { 0 };
	struct buf bytes = BUF_INIT(OPML_MOST);
	struct wrap_err err = { 0 };
	json_t *out = json_array();
	size_t known = 0;
	enum wrap_rc rc = file_read(path, OPML_MOST, &bytes, &err);

	if (rc == WRAP_OK)
		rc = collect_opml_read(buf_span(&bytes), &l, &err);
	buf_clear(&bytes);
	if (rc != WRAP_OK) {
		json_decref(out);
		(void)wrap_while(&err, rc, "%s", path);
		return cli_fail(&err);
	}
	for (size_t i = 0; i < l.n; i++)
		known += have_url(&cli->config, l.v[i].url);
	cli_say(cli,
	    "%zu feeds in %s, %zu of them configured already, %zu without a web address. Paste the others into feeds = ( ... ) of %s:",
	    l.n, path, known, l.skipped, cli->config.path);
	for (size_t i = 0; i < l.n; i++)
		if (!have_url(&cli->config, l.v[i].url))
			show_stanza(cli, &taken, l.v[i].title, l.v[i].url, out);
	if (cli->json)
		cli_json(out);
	else
		json_decref(out);
	strs_clear(&taken);
	collect_outlines_clear(&l);
	return CLI_DONE;
}

static int
export_opml(const struct cli *cli)
{
	struct buf out = BUF_INIT(OPML_MOST);
	bool written;

	collect_opml_write(&cli->config, &out);
	written =
	    out.rc == WRAP_OK && fwrite(out.p, 1, out.n, stdout) == out.n && fflush(stdout) == 0;
	buf_clear(&out);
	return written ? CLI_DONE : CLI_IO;
}

int
cmd_feeds(struct cli *cli)
{
	const char *word = cli->argc > 0 ? cli->argv[0] : "list";

	if (strcmp(word, "list") == 0 && cli->argc <= 1)
		return list(cli);
	if (strcmp(word, "export") == 0 && cli->argc == 1)
		return export_opml(cli);
	if (strcmp(word, "add") == 0 && cli->argc == 2)
		return add(cli, cli->argv[1]);
	if (strcmp(word, "import") == 0 && cli->argc == 2)
		return import_opml(cli, cli->argv[1]);
	return cli_usage(cli, "\"%.40s%s\" is not how: say list, add URL, import OPML or export",
	    word, cli->argc > 1 ? " ..." : "");
}
