/*
 * The canary: the first messages of an edition go out alone. When too many of them are not taken, the
 * rest is not sent into the same wall; the replies say what to mend.
 */
#include "internal.h"

#include <stdio.h>
#include <string.h>

void
canary_init(struct canary *c, size_t want, double limit)
{
	*c = (struct canary){ .want = want, .limit = limit, .passed = want == 0 };
}

bool
canary_open(const struct canary *c)
{
	return c->passed || c->given < c->want;
}

void
canary_note(struct canary *c, const struct verdict *v)
{
	size_t i = 0;

	if (c->passed)
		return;
	c->judged++;
	/* A connection that did not hold is the relay's pace, not an opinion on our mail. */
	if (v->outcome == OUTCOME_ACCEPTED || v->outcome == OUTCOME_NOT_TRIED ||
	    v->outcome == OUTCOME_INDOUBT)
		return;
	c->bad++;
	while (i < c->n_replies && (c->replies[i].v.reply_code != v->reply_code ||
				       strcmp(c->replies[i].v.enhanced, v->enhanced) != 0))
		i++;
	if (i == CANARY_REPLIES)
		return;
	if (i == c->n_replies) {
		c->replies[i].v = *v;
		c->n_replies++;
	}
	c->replies[i].n++;
}

bool
canary_failed(struct canary *c, bool no_more, char *why, size_t size)
{
	size_t n = 0;
	int w;

	if (c->passed || c->judged < c->given || (c->given < c->want && !no_more))
		return false;
	c->passed = true;
	/* That was all there is: nobody is left to be spared. */
	if (c->given < c->want)
		return false;
	if ((double)c->bad * 100 <= c->limit * (double)c->judged)
		return false;
	w = snprintf(why, size, "of the first %zu messages %zu were not taken:", c->judged, c->bad);
	for (size_t i = 0; i < c->n_replies && w > 0 && (n += (size_t)w) < size; i++)
		w = snprintf(why + n, size - n, "%s %zu x %d %.120s", i == 0 ? "" : ";",
		    c->replies[i].n, c->replies[i].v.reply_code, c->replies[i].v.text);
	return true;
}
