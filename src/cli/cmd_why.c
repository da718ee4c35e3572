/*
 * wrap why: for a story's address, where it came from, which date it was given, and what each edition made of it; for
 * a reader's address, whether mail goes there and what became of the last ones.
 */
#include "editor.h"

#include "wrap/mail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- stories ---- */

struct answer {
	struct cli *cli;
	json_t *list; /* NULL: for people */
	json_t *editions;
	int64_t last; /* the article printed last */
	size_t n;
};

static const struct config_feed *
feed_of(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->n_feeds; i++)
		if (strcmp(c->feeds[i].name, name) == 0)
			return &c->feeds[i];
	return NULL;
}

static void
say_article(struct answer *w, const struct article *a)
{
	const struct config_feed *f = feed_of(&w->cli->config, a->feed_name);
	char at[CLI_TIME];

	cli_say(w->cli, "%s\n  %s", a->title, a->url == NULL ? "(no link)" : a->url);
	if (f == NULL)
		cli_say(
		    w->cli, "  from %s, which is not in the configuration any more", a->feed_name);
	else
		cli_say(w->cli, "  from %s, weight %.1f%s%s", f->name, f->weight,
		    f->topic == NULL ? "" : ", topic ", f->topic == NULL ? "" : f->topic);
	if (a->published_at > 0)
		cli_say(w->cli, "  dated %s by its feed", cli_time(a->published_at, at));
	else
		cli_say(w->cli, "  without a date of its own: the time it was first seen counts");
	cli_say(w->cli, "  first seen %s", cli_time(a->seen_at, at));
}

static json_t *
article_json(const struct article *a)
{
	return json_pack("{s:s, s:o, s:s, s:o, s:o, s:[]}", "title", a->title, "url",
	    cli_json_text(a->url), "feed", a->feed_name, "published",
	    cli_json_time(a->published_at), "seen", cli_json_time(a->seen_at), "editions");
}

static enum wrap_rc
say_fact(void *ctx, const struct digest_fact *f, struct wrap_err *err)
{
	struct answer *w = ctx;

	(void)err;
	if (w->last != f->article->id) {
		w->n++;
		w->last = f->article->id;
		if (w->list != NULL) {
			json_t *o = article_json(f->article);

			w->editions = json_object_get(o, "editions");
			json_array_append_new(w->list, o);
		} else {
			say_article(w, f->article);
		}
	}
	if (w->list != NULL)
		json_array_append_new(w->editions,
		    json_pack("{s:o, s:o, s:I, s:o, s:s}", "edition", cli_json_text(f->edition),
			"state",
			cli_json_text(f->edition == NULL ? NULL : edition_state_name(f->state)),
			"position", (json_int_t)f->position, "topic", cli_json_text(f->topic),
			"why", f->why));
	else if (f->edition == NULL)
		cli_say(w->cli, "  %s", f->why);
	else if (f->position > 0)
		cli_say(w->cli, "  %s (%s): in, place %d\n    %s", f->edition,
		    edition_state_name(f->state), f->position, f->why);
	else
		cli_say(w->cli, "  %s (%s): out\n    %s", f->edition, edition_state_name(f->state),
		    f->why);
	return WRAP_OK;
}

static int
why_story(struct cli *cli, const char *url)
{
	struct answer w = { .cli = cli, .list = cli->json ? json_array() : NULL };
	struct wrap_err err = { 0 };
	enum wrap_rc rc = digest_why(cli->store, &cli->config, url, say_fact, &w, &err);

	if (rc == WRAP_OK && w.list != NULL)
		cli_json(w.list);
	else
		json_decref(w.list);
	return rc == WRAP_OK ? CLI_DONE : cli_fail(&err);
}

/* ---- readers ---- */

static enum wrap_rc
say_delivery(
    void *ctx, const struct delivery *d, const char *key, int64_t sealed_at, struct wrap_err *err)
{
	struct answer *w = ctx;
	char at[CLI_TIME];

	(void)err;
	(void)sealed_at;
	if (w->list != NULL)
		json_array_append_new(
		    w->list, json_pack("{s:s, s:s, s:o, s:i, s:o}", "edition", key, "state",
				 delivery_state_name(d->state), "at", cli_json_time(d->changed_at),
				 "code", d->reply_code, "reason", cli_json_text(d->reason)));
	else
		cli_say(w->cli, "  %s: %s %s%s%s", key, delivery_state_name(d->state),
		    cli_time(d->changed_at, at), d->reason == NULL ? "" : ": ",
		    d->reason == NULL ? "" : d->reason);
	return WRAP_OK;
}

static const char *
means(enum subscriber_state s)
{
	switch (s) {
	case SUBSCRIBER_PENDING: return "asked for it but never confirmed: gets no edition";
	case SUBSCRIBER_ACTIVE: return "gets editions";
	case SUBSCRIBER_UNSUBSCRIBED: return "left: gets nothing";
	case SUBSCRIBER_BOUNCED: return "mail there fails for good: gets nothing";
	case SUBSCRIBER_COMPLAINED: return "called our mail spam: gets nothing";
	}
	return "";
}

static void
say_reader(struct answer *w, const struct subscriber *s)
{
	char at[CLI_TIME];

	cli_say(w->cli, "%s is %s since %s: %s", s->address, subscriber_state_name(s->state),
	    cli_time(s->changed_at, at), means(s->state));
	if (s->why != NULL)
		cli_say(w->cli, "  reason: %s", s->why);
	cli_say(w->cli, "  topics: %s", s->topics == NULL ? "all" : s->topics);
}

static int
why_reader(struct cli *cli, const char *text)
{
	struct answer w = { .cli = cli, .list = cli->json ? json_array() : NULL };
	struct address a = { 0 };
	struct subscriber s = { 0 };
	struct wrap_err err = { 0 };
	char *canonical = NULL;
	enum wrap_rc rc = address_parse(span_of(text), &a, &err);

	if (rc == WRAP_OK && (canonical = address_canonical(&a)) == NULL)
		rc = wrap_fail(&err, WRAP_ENOMEM, "out of memory");
	if (rc == WRAP_OK)
		rc = subscriber_by_canonical(cli->store, canonical, &s, &err);
	if (rc == WRAP_ENOTFOUND)
		rc = wrap_fail(&err, rc, "%s was never on the list", text);
	if (rc == WRAP_OK && w.list == NULL)
		say_reader(&w, &s);
	if (rc == WRAP_OK)
		rc = delivery_history(cli->store, s.id, say_delivery, &w, &err);
	if (rc == WRAP_OK && w.list != NULL)
		cli_json(json_pack("{s:s, s:s, s:o, s:o, s:o, s:O}", "address", s.address, "state",
		    subscriber_state_name(s.state), "since", cli_json_time(s.changed_at), "why",
		    cli_json_text(s.why), "topics", cli_json_text(s.topics), "deliveries", w.list));
	json_decref(w.list);
	free(canonical);
	address_clear(&a);
	subscriber_clear(&s);
	return rc == WRAP_OK ? CLI_DONE : cli_fail(&err);
}

int
cmd_why(struct cli *cli)
{
	const char *what = cli->argv[0];

	if (what[0] == '\0')
		return cli_usage(cli, "it needs the address of a story or of a reader");
	return strchr(what, '@') != NULL && strstr(what, "://") == NULL ? why_reader(cli, what)
									: why_story(cli, what);
}
