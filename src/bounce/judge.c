/*
 * The end of a scan: each reader it touched is judged by policy.c, the circuit breaker looks at the whole,
 * and only then somebody is set aside. Refusals that speak of us are told to the owner by provider.
 */
#include "bounce/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINES_MAX 40

static enum wrap_rc
say(struct scan *s, const char *line, struct wrap_err *err)
{
	if (s->out->lines.n >= LINES_MAX)
		return WRAP_OK;
	return strs_add(&s->out->lines, span_of(line), err);
}

enum wrap_rc
scan_act(struct scan *s, const struct subscriber *reader, int64_t bounce, enum subscriber_state to,
    const char *why, struct wrap_err *err)
{
	enum wrap_rc rc = subscriber_move(s->st, reader->id, to, s->now, why, err);

	if (rc == WRAP_OK)
		rc = bounce_acted(s->st, bounce, subscriber_state_name(to),
		    subscriber_state_name(reader->state), err);
	return rc;
}

static enum wrap_rc
decide(
    struct scan *s, const struct policy_rules *rules, const struct touched *t, struct wrap_err *err)
{
	struct subscriber reader = { 0 };
	struct policy_verdict v;
	struct plan *grown;
	char line[400];
	enum wrap_rc rc = subscriber_by_id(s->st, t->reader, &reader, err);

	if (rc == WRAP_OK && reader.state == SUBSCRIBER_ACTIVE)
		rc = reader_decide(s->st, rules, &reader, s->now, &v, err);
	else
		v.act = POLICY_KEEP;
	if (rc == WRAP_OK && v.act == POLICY_TELL) {
		(void)snprintf(line, sizeof(line), "%.200s: %.150s", reader.address, v.why);
		rc = say(s, line, err);
	}
	if (rc == WRAP_OK && v.act == POLICY_SET_ASIDE) {
		grown = realloc(s->plans, (s->n_plans + 1) * sizeof(*grown));
		if (grown == NULL)
			rc = wrap_fail(err, WRAP_ENOMEM, "out of memory");
		else {
			s->plans = grown;
			s->plans[s->n_plans] =
			    (struct plan){ .reader = reader, .bounce = t->bounce };
			(void)snprintf(s->plans[s->n_plans].why, sizeof(s->plans[0].why),
			    "bounced: %.200s", v.why);
			s->n_plans++;
			return WRAP_OK; /* the plan owns the reader now */
		}
	}
	subscriber_clear(&reader);
	return rc;
}

struct census {
	struct scan *s;
	const char *provider;
	int64_t readers;
};

static enum wrap_rc
count_provider(void *ctx, const struct subscriber *reader, struct wrap_err *err)
{
	struct census *c = ctx;

	(void)err;
	c->readers += strcmp(reader_provider(reader), c->provider) == 0;
	return WRAP_OK;
}

static int64_t
plans_of(const struct scan *s, const char *provider)
{
	int64_t n = 0;

	for (size_t i = 0; i < s->n_plans; i++)
		n += strcmp(reader_provider(&s->plans[i].reader), provider) == 0;
	return n;
}

/* More than is likely? Says so in the report and gives WRAP_EBUSY, which rolls the scan back. */
static enum wrap_rc
breaker(struct scan *s, const struct policy_rules *rules, struct wrap_err *err)
{
	enum subscriber_state active = SUBSCRIBER_ACTIVE;
	int64_t counts[SUBSCRIBER_COMPLAINED + 1], n = (int64_t)s->n_plans;
	struct census census = { .s = s };
	char line[500];
	enum wrap_rc rc;

	if (n <= rules->breaker_readers || s->accept)
		return WRAP_OK;
	rc = subscriber_counts(s->st, counts, err);
	if (rc != WRAP_OK)
		return rc;
	if (policy_breaks(rules, n, counts[SUBSCRIBER_ACTIVE], false)) {
		(void)snprintf(line, sizeof(line),
		    "this scan would set aside %lld of %lld readers, which is more than is likely: nothing was changed; "
		    "look at wrap bounces --dry-run, then say yes with wrap bounces --accept",
		    (long long)n, (long long)counts[SUBSCRIBER_ACTIVE]);
		s->out->stopped = true;
		rc = say(s, line, err);
		return rc == WRAP_OK ? wrap_fail(err, WRAP_EBUSY, "%s", line) : rc;
	}
	for (size_t i = 0; i < s->n_plans && rc == WRAP_OK; i++) {
		census.provider = reader_provider(&s->plans[i].reader);
		census.readers = 0;
		n = plans_of(s, census.provider);
		if (n <= rules->breaker_readers)
			continue;
		rc = subscriber_each(s->st, &active, count_provider, &census, err);
		if (rc != WRAP_OK || !policy_breaks(rules, n, census.readers, true))
			continue;
		(void)snprintf(line, sizeof(line),
		    "this scan would set aside %lld of the %lld readers at %.200s, which is more than is likely: "
		    "nothing was changed; look at wrap bounces --dry-run, then say yes with wrap bounces --accept",
		    (long long)n, (long long)census.readers, census.provider);
		s->out->stopped = true;
		rc = say(s, line, err);
		return rc == WRAP_OK ? wrap_fail(err, WRAP_EBUSY, "%s", line) : rc;
	}
	return rc;
}

static enum wrap_rc
say_providers(struct scan *s, struct wrap_err *err)
{
	enum wrap_rc rc = WRAP_OK;
	char line[LETTER_TEXT + 400];

	for (size_t i = 0; i < s->n_providers && rc == WRAP_OK; i++) {
		const struct provider *p = &s->providers[i];

		(void)snprintf(line, sizeof(line),
		    "%s refuses us (%s), %zu report%s, for example: %.300s", p->name, p->reason,
		    p->n, p->n == 1 ? "" : "s", p->sample);
		rc = say(s, line, err);
	}
	return rc;
}

static enum wrap_rc
act_on_plans(struct scan *s, struct wrap_err *err)
{
	enum wrap_rc rc = WRAP_OK;

	for (size_t i = 0; i < s->n_plans && rc == WRAP_OK; i++) {
		rc = scan_act(s, &s->plans[i].reader, s->plans[i].bounce, SUBSCRIBER_BOUNCED,
		    s->plans[i].why, err);
		s->out->deactivated += rc == WRAP_OK;
	}
	return rc;
}

static int
by_reader(const void *a, const void *b)
{
	const struct touched *x = a, *y = b;

	if (x->reader != y->reader)
		return x->reader < y->reader ? -1 : 1;
	return x->bounce < y->bounce ? -1 : x->bounce > y->bounce;
}

enum wrap_rc
scan_judge(struct scan *s, struct wrap_err *err)
{
	const struct policy_rules rules = { .full_editions = s->c->bounces.full_editions,
		.full_days = s->c->bounces.full_days,
		.apart_days = s->c->bounces.apart_days,
		.breaker_percent = s->c->bounces.breaker_percent,
		.breaker_readers = s->c->bounces.breaker_readers };
	enum wrap_rc rc = WRAP_OK;

	if (s->n_touched > 1)
		qsort(s->touched, s->n_touched, sizeof(*s->touched), by_reader);
	for (size_t i = 0; i < s->n_touched && rc == WRAP_OK; i++)
		if (i + 1 == s->n_touched || s->touched[i + 1].reader != s->touched[i].reader)
			rc = decide(s, &rules, &s->touched[i], err);
	if (rc == WRAP_OK)
		rc = breaker(s, &rules, err);
	if (rc == WRAP_OK)
		rc = act_on_plans(s, err);
	return rc == WRAP_OK ? say_providers(s, err) : rc;
}
