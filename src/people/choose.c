/*
 * What a reader chooses on their page: topics, name, language, a pause. Each save that changes something is a
 * step in the consent record.
 */
#include "wrap/people.h"

#include "wrap/text.h"

#include <stdlib.h>
#include <string.h>

#define NAME_BYTES 200

static bool
same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* The choices as they are stored. Owned. */
struct chosen {
	char *topics, *name, *language;
};

static void
chosen_clear(struct chosen *n)
{
	free(n->topics);
	free(n->name);
	free(n->language);
	*n = (struct chosen){ 0 };
}

static enum wrap_rc
read_choice(const struct config *c, const struct people_choice *choice, struct chosen *out,
    struct wrap_err *err)
{
	struct buf line = BUF_INIT(1 << 16);
	enum wrap_rc rc = people_topics(c, choice->topics, &out->topics, err);

	utf8_line(span_of(choice->name), &line);
	if (rc == WRAP_OK && line.n > NAME_BYTES)
		rc = wrap_fail(err, WRAP_EINVAL, "the name is longer than %d bytes", NAME_BYTES);
	if (rc == WRAP_OK && choice->language != NULL && choice->language[0] != '\0' &&
	    !language_tag_ok(choice->language))
		rc = wrap_fail(err, WRAP_EINVAL, "that is no language");
	if (rc == WRAP_OK && line.n > 0 && (out->name = str_dup(buf_str(&line))) == NULL)
		rc = wrap_fail(err, WRAP_ENOMEM, "out of memory");
	if (rc == WRAP_OK && choice->language != NULL && choice->language[0] != '\0' &&
	    (out->language = str_dup(choice->language)) == NULL)
		rc = wrap_fail(err, WRAP_ENOMEM, "out of memory");
	buf_clear(&line);
	return rc;
}

/* What is kept of a step: the choices in words, not the name. */
static enum wrap_rc
record(struct store *st, int64_t id, const struct chosen *n, int64_t paused_until,
    const struct people_act *act, struct wrap_err *err)
{
	struct buf detail = BUF_INIT(4096);
	char until[CLOCK_TEXT];
	struct consent c = {
		.subscriber_id = id, .at = act->now, .step = "choose", .source = act->source
	};
	enum wrap_rc rc;

	buf_addf(&detail, "topics: %s", n->topics == NULL ? "all" : n->topics);
	if (paused_until != 0)
		buf_addf(&detail, "; pause until %s", clock_rfc3339(paused_until, until));
	c.detail = buf_str(&detail);
	rc = consent_add(st, &c, err);
	buf_clear(&detail);
	return rc;
}

static enum wrap_rc
choose_in_store(struct store *st, int64_t id, const struct people_choice *choice,
    const struct chosen *n, const struct people_act *act, struct subscriber *out,
    struct wrap_err *err)
{
	struct subscriber s = {
		.id = id, .topics = n->topics, .name = n->name, .language = n->language
	};
	int64_t until = choice->keep_pause ? 0 : choice->paused_until;
	bool moved;
	enum wrap_rc rc = subscriber_by_id(st, id, out, err);

	if (rc != WRAP_OK)
		return rc;
	if (choice->keep_pause)
		until = out->paused_until;
	moved = !same(out->topics, n->topics) || !same(out->name, n->name) ||
		!same(out->language, n->language) || out->paused_until != until;
	if (!moved)
		return WRAP_OK;
	rc = subscriber_choose(st, &s, err);
	if (rc == WRAP_OK)
		rc = subscriber_pause(st, id, until, err);
	if (rc == WRAP_OK)
		rc = record(st, id, n, until, act, err);
	subscriber_clear(out);
	return rc == WRAP_OK ? subscriber_by_id(st, id, out, err) : rc;
}

enum wrap_rc
people_choose(struct store *st, const struct config *c, int64_t id,
    const struct people_choice *choice, const struct people_act *act, struct subscriber *out,
    struct wrap_err *err)
{
	struct chosen n = { 0 };
	enum wrap_rc rc = read_choice(c, choice, &n, err);

	*out = (struct subscriber){ 0 };
	if (rc == WRAP_OK)
		rc = store_begin(st, err);
	if (rc == WRAP_OK)
		rc = store_end(st, choose_in_store(st, id, choice, &n, act, out, err), err);
	if (rc != WRAP_OK)
		subscriber_clear(out);
	chosen_clear(&n);
	return rc;
}
