/*
 * Rules: the owner's own word on articles, by title, address, author, feed, category or text. A phrase matches whole
 * words whatever their case. The first rule that matches decides: blocked, kept from later rules, pinned, put under a
 * topic, or weighed.
 */
#include "digest/internal.h"

#include <stdlib.h>
#include <string.h>

static bool
phrase_in(const struct terms *hay, const struct terms *needle)
{
	for (size_t i = 0; needle->n > 0 && i + needle->n <= hay->n; i++)
		if (hay->v[i] == needle->v[0] &&
		    memcmp(hay->v + i, needle->v, needle->n * sizeof(*needle->v)) == 0)
			return true;
	return false;
}

static const char *
field_text(const struct item *i, enum config_field f)
{
	switch (f) {
	case CONFIG_FIELD_TITLE: return i->a->title;
	case CONFIG_FIELD_URL: return i->a->url;
	case CONFIG_FIELD_AUTHOR: return i->a->byline;
	case CONFIG_FIELD_FEED: return i->a->feed_name;
	case CONFIG_FIELD_CATEGORY: return i->a->categories;
	case CONFIG_FIELD_TEXT:
	case CONFIG_FIELD_ANY: break;
	}
	return NULL;
}

static enum wrap_rc
field_matches(struct bench *b, const struct item *i, enum config_field f,
    const struct terms *phrase, bool *out, struct wrap_err *err)
{
	struct terms t = { 0 };
	enum wrap_rc rc;

	*out = false;
	if (f == CONFIG_FIELD_TEXT) {
		*out = phrase_in(&i->raw, phrase);
		return WRAP_OK;
	}
	rc = words_read(b->words, i->lang, text_span(field_text(i, f)), NULL, &t, err);
	if (rc == WRAP_OK)
		*out = phrase_in(&t, phrase);
	terms_clear(&t);
	return rc;
}

static enum wrap_rc
rule_matches(struct bench *b, const struct item *i, const struct config_rule *r,
    const struct terms *phrase, bool *out, struct wrap_err *err)
{
	enum wrap_rc rc = WRAP_OK;

	*out = false;
	if (r->field != CONFIG_FIELD_ANY)
		return field_matches(b, i, r->field, phrase, out, err);
	for (int f = CONFIG_FIELD_TITLE; rc == WRAP_OK && !*out && f <= CONFIG_FIELD_TEXT; f++)
		rc = field_matches(b, i, (enum config_field)f, phrase, out, err);
	return rc;
}

static void
rule_act(struct bench *b, struct item *i, const struct config_rule *r)
{
	switch (r->action) {
	case CONFIG_ACTION_BLOCK:
		item_drop(i, REASON_BLOCKED, "a rule blocks \"%s\"", r->match);
		break;
	case CONFIG_ACTION_KEEP: break;
	case CONFIG_ACTION_PIN:
		i->pinned = true;
		i->reason = REASON_PINNED;
		break;
	case CONFIG_ACTION_TOPIC:
		i->topic = section_index(b, r->topic);
		if (i->topic >= 0)
			i->topic_why = text_format("by a rule on \"%s\"", r->match);
		break;
	case CONFIG_ACTION_WEIGHT: i->weight = r->weight; break;
	}
}

enum wrap_rc
rules_apply(struct bench *b, struct wrap_err *err)
{
	struct terms *phrase = calloc(b->c->n_rules + 1, sizeof(*phrase));
	enum wrap_rc rc = WRAP_OK;

	if (phrase == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "no memory for rules");
	for (size_t r = 0; rc == WRAP_OK && r < b->c->n_rules; r++)
		rc = words_read(
		    b->words, NULL, span_of(b->c->rules[r].match), NULL, &phrase[r], err);
	for (size_t k = 0; rc == WRAP_OK && k < b->n; k++) {
		bool hit = !item_is_in(&b->v[k]);

		for (size_t r = 0; rc == WRAP_OK && !hit && r < b->c->n_rules; r++) {
			rc = rule_matches(b, &b->v[k], &b->c->rules[r], &phrase[r], &hit, err);
			if (rc == WRAP_OK && hit)
				rule_act(b, &b->v[k], &b->c->rules[r]);
		}
	}
	for (size_t r = 0; r < b->c->n_rules; r++)
		terms_clear(&phrase[r]);
	free(phrase);
	return rc;
}
