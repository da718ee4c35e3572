/*
 * wrap status: how things stand. Readers by state, last and next edition, deliveries, feeds' health.
 */
#include "week.h"

#include <stdio.h>
#include <string.h>

struct feeds_seen {
	const struct cli *cli;
	json_t *list;
	size_t n, failing, held;
};

static enum wrap_rc
see_feed(void *ctx, const struct feed *f, struct wrap_err *err)
{
	struct feeds_seen *s = ctx;
	char at[CLI_TIME];

	(void)err;
	s->n++;
	s->failing += f->failures > 0;
	s->held += f->hold != NULL;
	(void)json_array_append_new(
	    s->list, json_pack("{s:s,s:s,s:o,s:o,s:i,s:o,s:o}", "name", f->name, "url", f->url,
			 "last_good", cli_json_time(f->last_good_at), "next_check",
			 cli_json_time(f->next_check_at), "failures", f->failures, "error",
			 cli_json_text(f->error), "hold", cli_json_text(f->hold)));
	if (f->hold != NULL)
		cli_say(s->cli, "  held      %s: %s", f->name, f->hold);
	else if (f->failures > 0)
		cli_say(s->cli, "  failing   %s: %d times, last good %s: %s", f->name, f->failures,
		    cli_time(f->last_good_at, at),
		    f->error == NULL ? "no reason recorded" : f->error);
	return WRAP_OK;
}

static enum wrap_rc
readers(struct cli *cli, json_t *v, struct wrap_err *err)
{
	int64_t n[SUBSCRIBER_COMPLAINED + 1];
	json_t *counts = json_object();
	enum wrap_rc rc = subscriber_counts(cli->store, n, err);

	for (int i = 0; i <= SUBSCRIBER_COMPLAINED; i++)
		(void)json_object_set_new(counts, subscriber_state_name((enum subscriber_state)i),
		    json_integer((json_int_t)n[i]));
	(void)json_object_set_new(v, "subscribers", counts);
	if (rc == WRAP_OK)
		cli_say(cli,
		    "readers     %lld active, %lld pending, %lld unsubscribed, %lld bounced, %lld complained",
		    (long long)n[SUBSCRIBER_ACTIVE], (long long)n[SUBSCRIBER_PENDING],
		    (long long)n[SUBSCRIBER_UNSUBSCRIBED], (long long)n[SUBSCRIBER_BOUNCED],
		    (long long)n[SUBSCRIBER_COMPLAINED]);
	return rc;
}

static enum wrap_rc
last_edition(struct cli *cli, json_t *v, struct wrap_err *err)
{
	int64_t n[DELIVERY_STATES];
	json_t *counts = json_object();
	struct edition e;
	char at[CLI_TIME];
	enum wrap_rc rc = edition_latest(cli->store, &e, err);

	if (rc == WRAP_ENOTFOUND) {
		json_decref(counts);
		(void)json_object_set_new(v, "edition", json_null());
		cli_say(cli, "edition     none yet");
		return WRAP_OK;
	}
	if (rc == WRAP_OK)
		rc = delivery_counts(cli->store, e.id, n, err);
	if (rc != WRAP_OK) {
		json_decref(counts);
		return rc;
	}
	for (int i = 0; i < DELIVERY_STATES; i++)
		(void)json_object_set_new(counts, delivery_state_name((enum delivery_state)i),
		    json_integer((json_int_t)n[i]));
	(void)json_object_set_new(v, "edition",
	    json_pack("{s:s,s:s,s:s,s:o,s:o,s:o}", "key", e.key, "state",
		edition_state_name(e.state), "subject", e.subject, "sealed",
		cli_json_time(e.sealed_at), "hold", cli_json_text(e.hold), "deliveries", counts));
	cli_say(cli, "edition     %s, %s: %s%s%s", e.key, edition_state_name(e.state), e.subject,
	    e.hold == NULL ? "" : "; held: ", e.hold == NULL ? "" : e.hold);
	if (e.sealed_at != 0)
		cli_say(cli,
		    "  sealed    %s: %lld sent, %lld failed, %lld skipped, %lld open, %lld held",
		    cli_time(e.sealed_at, at), (long long)n[DELIVERY_SENT],
		    (long long)n[DELIVERY_FAILED], (long long)n[DELIVERY_SKIPPED],
		    (long long)(n[DELIVERY_QUEUED] + n[DELIVERY_SENDING] + n[DELIVERY_INDOUBT]),
		    (long long)n[DELIVERY_HELD]);
	edition_clear(&e);
	return WRAP_OK;
}

static void
next_edition(struct cli *cli, json_t *v)
{
	char key[EDITION_KEY], at[CLI_TIME];
	int64_t due;

	digest_week(&cli->config, cli->now, key, &due);
	(void)json_object_set_new(
	    v, "this_week", json_pack("{s:s,s:o}", "key", key, "due", cli_json_time(due)));
	if (cli->config.publication.slot != NULL)
		cli_say(cli, "this week   %s, due %s", key, cli_time(due, at));
	else
		cli_say(cli, "this week   %s, due with the first wrap run of the week", key);
}

int
cmd_status(struct cli *cli)
{
	struct feeds_seen seen = { .cli = cli, .list = json_array() };
	json_t *v = json_object();
	struct wrap_err err = { 0 };
	int64_t articles = 0;
	enum wrap_rc rc = readers(cli, v, &err);

	if (rc == WRAP_OK)
		rc = last_edition(cli, v, &err);
	if (rc == WRAP_OK)
		next_edition(cli, v);
	if (rc == WRAP_OK)
		rc = article_count(cli->store, &articles, &err);
	if (rc == WRAP_OK)
		rc = feed_each(cli->store, see_feed, &seen, &err);
	if (rc == WRAP_OK)
		cli_say(cli, "feeds       %zu known, %zu failing, %zu held; %lld articles kept",
		    seen.n, seen.failing, seen.held, (long long)articles);
	(void)json_object_set_new(v, "articles", json_integer((json_int_t)articles));
	(void)json_object_set_new(v, "feeds", seen.list);
	if (cli->json && rc == WRAP_OK)
		cli_json(v);
	else
		json_decref(v);
	return rc == WRAP_OK ? CLI_DONE : cli_fail(&err);
}
