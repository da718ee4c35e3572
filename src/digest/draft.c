/*
 * The draft: from the articles of a window to an edition in the store, step by step, each step a file of its
 * own. A draft is made anew as often as wanted until an editor's hand is on it: then it is the editor's.
 */
#include "digest/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
digest_hash(struct span text, char out[DIGEST_HASH])
{
	uint8_t h[SHA256_BYTES];
	struct buf b = BUF_INIT(256);

	secret_sha256(text, h);
	hex_encode((struct span){ (const char *)h, sizeof(h) }, &b);
	(void)snprintf(out, DIGEST_HASH, "%s", buf_str(&b));
	buf_clear(&b);
}

bool
digest_is_edited(const struct edition *e)
{
	char hash[DIGEST_HASH];

	digest_hash(text_span(e->markdown), hash);
	return e->generated_hash == NULL || strcmp(hash, e->generated_hash) != 0;
}

/* May this edition be made anew? */
static enum wrap_rc
may_remake(const struct edition *e, struct wrap_err *err)
{
	if (e->sealed_at != 0 || (e->state != EDITION_DRAFT && e->state != EDITION_HELD))
		return wrap_fail(
		    err, WRAP_EEXISTS, "edition %s is %s", e->key, edition_state_name(e->state));
	if (digest_is_edited(e))
		return wrap_fail(err, WRAP_EEXISTS,
		    "edition %s was changed by an editor and is left as it is", e->key);
	if (e->state == EDITION_HELD && e->hold != NULL &&
	    strncmp(e->hold, DIGEST_HELD_BY_EDITOR, strlen(DIGEST_HELD_BY_EDITOR)) == 0)
		return wrap_fail(err, WRAP_EEXISTS, "edition %s is %s", e->key, e->hold);
	return WRAP_OK;
}

static enum wrap_rc
bench_run(struct bench *b, int64_t now, struct wrap_err *err)
{
	enum wrap_rc rc;

	b->words = words_new();
	if (b->words == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "no memory for words");
	rc = say_open(b->c, &b->say, err);
	if (rc == WRAP_OK)
		rc = window_open(b, now, err);
	b->when = b->due > now ? b->due : now;
	if (rc == WRAP_OK)
		rc = items_read(b, err);
	if (rc == WRAP_OK)
		rc = past_counts_read(b, err);
	if (rc == WRAP_OK)
		rc = rules_apply(b, err);
	if (rc == WRAP_OK)
		rc = section_choose(b, err);
	if (rc == WRAP_OK)
		rc = story_group(b, err);
	if (rc == WRAP_OK)
		rc = rank_score(b, err);
	if (rc == WRAP_OK)
		rc = choose_stories(b, err);
	return rc;
}

static void
report_fill(const struct bench *b, struct digest_report *rep)
{
	int topic = -1;

	*rep = (struct digest_report){ .candidates = b->n };
	sponsor_notes(b, rep->notes, sizeof(rep->notes));
	for (int t = 0; t <= (int)b->c->n_topics; t++)
		for (size_t i = 0; i < b->n; i++) {
			if (b->v[i].position == 0 || b->v[i].topic != t)
				continue;
			rep->chosen++;
			rep->topics += topic != t;
			topic = t;
		}
}

static char *
why_of(const struct bench *b, const struct item *i)
{
	if (item_is_in(i))
		return text_format("%s: under %s %s; score %.2f = %s%s", reason_word(i->reason),
		    section_name(b, i->topic), i->topic_why == NULL ? "" : i->topic_why, i->score,
		    i->score_why == NULL ? "" : i->score_why,
		    i->rolled ? "; left over from last week" : "");
	return text_format("%s: %s", reason_word(i->reason), i->why == NULL ? "" : i->why);
}

/* One row for each article on the bench: in with its place, or out with the reason. */
static enum wrap_rc
stories_put(struct bench *b, int64_t edition_id, struct wrap_err *err)
{
	struct story *v = calloc(b->n + 1, sizeof(*v));
	enum wrap_rc rc = WRAP_OK;

	if (v == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "no memory for stories");
	for (size_t i = 0; rc == WRAP_OK && i < b->n; i++) {
		const char *topic = section_name(b, b->v[i].topic);

		v[i] = (struct story){ .edition_id = edition_id,
			.article_id = b->v[i].a->id,
			.topic = str_dup(topic),
			.position = b->v[i].position,
			.why = why_of(b, &b->v[i]) };
		if (v[i].why == NULL || (topic != NULL && v[i].topic == NULL))
			rc = wrap_fail(err, WRAP_ENOMEM, "no memory for stories");
	}
	if (rc == WRAP_OK)
		rc = story_replace(b->st, edition_id, v, b->n, err);
	for (size_t i = 0; i < b->n; i++)
		story_clear(&v[i]);
	free(v);
	return rc;
}

static void
replace(char **s, char *with)
{
	free(*s);
	*s = with;
}

/* Why the edition may not go out by itself: too few stories, a week badly seen. NULL: it may. */
static enum wrap_rc
hold_reason(struct bench *b, const struct digest_report *rep, char **out, struct wrap_err *err)
{
	char *why = NULL, *both;
	enum wrap_rc rc = coverage_check(b, &why, err);

	if (rc == WRAP_OK && (int64_t)rep->chosen < b->c->edition.min_stories) {
		both = text_format(
		    "%zu %s, fewer than the %lld asked for (edition.min_stories)%s%s", rep->chosen,
		    rep->chosen == 1 ? "story" : "stories", (long long)b->c->edition.min_stories,
		    why == NULL ? "" : "; ", why == NULL ? "" : why);
		free(why);
		why = both;
		if (why == NULL)
			rc = wrap_fail(err, WRAP_ENOMEM, "no memory for the edition");
	}
	*out = why;
	return rc;
}

/* Fill the edition from the bench: document, window, state. */
static enum wrap_rc
edition_fill(
    struct bench *b, struct edition *e, const struct digest_report *rep, struct wrap_err *err)
{
	struct buf title = BUF_INIT(4096), text = BUF_INIT(0);
	char hash[DIGEST_HASH], *hold = NULL;
	enum wrap_rc rc = document_title(b, e->key, &title, err);

	if (rc == WRAP_OK)
		rc = document_write(b, e->key, buf_str(&title), &text, err);
	if (rc == WRAP_OK)
		rc = hold_reason(b, rep, &hold, err);
	if (rc == WRAP_OK) {
		digest_hash(buf_span(&text), hash);
		replace(&e->subject, buf_steal(&title));
		replace(&e->markdown, buf_steal(&text));
		replace(&e->generated_hash, str_dup(hash));
		replace(&e->approved_hash, NULL);
		replace(&e->hold, hold);
		e->window_from = b->from;
		e->window_to = b->to;
		e->state = hold == NULL ? EDITION_DRAFT : EDITION_HELD;
		if (e->subject == NULL || e->markdown == NULL || e->generated_hash == NULL)
			rc = wrap_fail(err, WRAP_ENOMEM, "no memory for the edition");
	}
	buf_clear(&title);
	buf_clear(&text);
	return rc;
}

static enum wrap_rc
draft_make(struct bench *b, int64_t now, struct edition *e, struct digest_report *rep,
    struct wrap_err *err)
{
	enum wrap_rc rc = bench_run(b, now, err);

	if (rc == WRAP_OK) {
		report_fill(b, rep);
		rc = edition_fill(b, e, rep, err);
	}
	if (rc == WRAP_OK && e->id == 0) {
		e->created_at = now;
		rc = edition_add(b->st, e, &e->id, err);
	} else if (rc == WRAP_OK) {
		rc = edition_put(b->st, e, err);
	}
	if (rc == WRAP_OK)
		rc = stories_put(b, e->id, err);
	if (rc == WRAP_OK)
		rc = past_counts_write(b, e->key, err);
	return rc;
}

enum wrap_rc
digest_draft(struct store *st, const struct config *c, const char *key, int64_t now,
    struct edition *out, struct digest_report *rep, struct wrap_err *err)
{
	struct bench b = { .st = st, .c = c };
	char this_week[EDITION_KEY];
	enum wrap_rc rc;

	digest_week(c, now, this_week, &b.due);
	if (strcmp(key, this_week) != 0)
		b.due = 0;

	*rep = (struct digest_report){ 0 };
	*out = (struct edition){ 0 };
	rc = store_begin(st, err);
	if (rc != WRAP_OK)
		return rc;
	rc = edition_by_key(st, key, out, err);
	if (rc == WRAP_OK) {
		rc = may_remake(out, err);
	} else if (rc == WRAP_ENOTFOUND) {
		(void)snprintf(out->key, sizeof(out->key), "%s", key);
		rc = WRAP_OK;
	}
	if (rc == WRAP_OK)
		rc = draft_make(&b, now, out, rep, err);
	bench_clear(&b);
	if (rc != WRAP_OK && rc != WRAP_EEXISTS)
		edition_clear(out);
	return wrap_while(err, store_end(st, rc, err), "draft %s", key);
}
