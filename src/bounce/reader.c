/* One reader's history: the ledger's rows and what came back, laid side by side for policy.c. */
#include "bounce/internal.h"

#include <stdlib.h>
#include <string.h>

#define ISSUES_MAX 64 /* the newest; no rule looks back further */

struct history {
	struct policy_issue v[ISSUES_MAX];
	size_t n;
	int64_t since;
};

/* A new issue at the end. The oldest makes room for it. */
static struct policy_issue *
add_issue(struct history *h, int64_t edition_id, int64_t at)
{
	if (h->n == ISSUES_MAX) {
		memmove(h->v, h->v + 1, (ISSUES_MAX - 1) * sizeof(h->v[0]));
		h->n--;
	}
	h->v[h->n] = (struct policy_issue){ .edition_id = edition_id, .sent_at = at };
	return &h->v[h->n++];
}

static enum wrap_rc
add_delivery(
    void *ctx, const struct delivery *d, const char *key, int64_t sealed_at, struct wrap_err *err)
{
	struct history *h = ctx;

	(void)key;
	(void)sealed_at;
	(void)err;
	if (d->state != DELIVERY_SENT && d->state != DELIVERY_FAILED)
		return WRAP_OK;
	add_issue(h, d->edition_id, d->changed_at)->accepted = d->state == DELIVERY_SENT;
	return WRAP_OK;
}

static enum wrap_rc
add_event(void *ctx, const struct bounce *b, struct wrap_err *err)
{
	struct history *h = ctx;
	struct policy_issue event = { .event_at = b->at }, *issue;
	size_t i = 0;

	(void)err;
	if (b->undone_at != 0 || b->at < h->since || b->edition_id == 0 ||
	    !bounce_class_read(b->class, &event.class))
		return WRAP_OK;
	event.reason = REASON_UNCLEAR;
	if (event.class == BOUNCE_HARD || event.class == BOUNCE_SOFT)
		(void)bounce_reason_read(b->reason, &event.reason);
	event.group = bounce_reason_group(event.reason);
	event.clear = event.class == BOUNCE_HARD &&
		      reason_is_clear(event.reason, b->status, span_of(b->diagnostic));
	while (i < h->n && h->v[i].edition_id != b->edition_id)
		i++;
	if (i == h->n && h->n == ISSUES_MAX && b->at < h->v[0].sent_at)
		return WRAP_OK; /* older than we look back */
	/* Its ledger row may be gone, or in doubt still: what came back shows that it was sent. */
	issue = i < h->n ? &h->v[i] : add_issue(h, b->edition_id, b->at);
	if (policy_weight(&event) < policy_weight(issue) && issue->event_at != 0)
		return WRAP_OK;
	event.edition_id = issue->edition_id;
	event.sent_at = issue->sent_at;
	event.accepted = issue->accepted;
	*issue = event;
	return WRAP_OK;
}

enum wrap_rc
reader_decide(struct store *st, const struct policy_rules *rules, const struct subscriber *s,
    int64_t now, struct policy_verdict *out, struct wrap_err *err)
{
	struct history *h = calloc(1, sizeof(*h));
	enum wrap_rc rc;

	*out = (struct policy_verdict){ .act = POLICY_KEEP };
	if (h == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	h->since = s->changed_at;
	rc = delivery_history(st, s->id, add_delivery, h, err);
	if (rc == WRAP_OK)
		rc = bounce_each(st, s->id, 0, add_event, h, err);
	if (rc == WRAP_OK)
		policy_decide(rules, h->v, h->n, now, out);
	free(h);
	return rc;
}

const char *
reader_provider(const struct subscriber *s)
{
	const char *at = s->canonical == NULL ? NULL : strrchr(s->canonical, '@');

	return at == NULL ? "" : at + 1;
}
