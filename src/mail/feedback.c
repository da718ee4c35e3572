/*
 * Complaints: feedback reports of RFC 5965, with the types of RFC 6591 and 6430, and the notices that
 * Amazon SES sends as JSON in a mail. Who complained is often redacted; the token of ours in the quoted mail
 * tells better.
 */
#include "mail/reading.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *type;
	enum report_kind kind;
	const char *what;
} types[] = {
	{ "abuse", REPORT_COMPLAINT, "abuse" },
	{ "fraud", REPORT_COMPLAINT, "fraud" },
	{ "virus", REPORT_COMPLAINT, "virus" },
	{ "other", REPORT_COMPLAINT, "other" },
	{ "miscategorized", REPORT_COMPLAINT, "abuse" },
	{ "complaint", REPORT_COMPLAINT, "abuse" },
	{ "opt-out", REPORT_OPTOUT, "opt-out" },
	{ "opt-out-list", REPORT_OPTOUT, "opt-out" },
	{ "not-spam", REPORT_NOTICE, "not-spam" },
	{ "auth-failure", REPORT_NOTICE, "authentication" },
	{ "dmarc", REPORT_NOTICE, "authentication" },
};

void
feedback_read(struct span text, struct report *r)
{
	static const char *const who[] = { "Original-Rcpt-To", "Removal-Recipient",
		"X-HmXmrOriginalRecipient", "Original-Recipient" };
	struct report_row *row;
	struct span v;
	char *address = NULL;

	r->kind = REPORT_COMPLAINT; /* a type nobody registered is still somebody's complaint */
	r->what = "abuse";
	if (mime_field(text, "Feedback-Type", 0, &v))
		for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
			if (span_ieqs(v, types[i].type)) {
				r->kind = types[i].kind;
				r->what = types[i].what;
			}
	for (size_t i = 0; i < sizeof(who) / sizeof(who[0]) && address == NULL; i++)
		if (mime_field(text, who[i], 0, &v))
			address = address_of_field(v);
	row = row_for(r, span_of(address));
	free(address);
	if (row != NULL)
		row_text(&row->prose, text);
}

/* ---- JSON in a mail ---------------------------------------------------------------------------------- */

/* The string value of a key at or after *at, escapes as they stand; *at moves behind it. */
static bool
json_string(struct span text, const char *key, size_t *at, size_t until, struct span *out)
{
	struct span rest = { text.p + *at, until - *at };
	char quoted[48];
	size_t n, i;

	(void)snprintf(quoted, sizeof(quoted), "\"%s\"", key);
	n = strlen(quoted);
	i = span_find(rest, (struct span){ quoted, n });
	if (i == (size_t)-1)
		return false;
	for (i += n; i < rest.n && (rest.p[i] == ' ' || rest.p[i] == ':' || rest.p[i] == '\n'); i++)
		;
	if (i == rest.n || rest.p[i] != '"')
		return false;
	out->p = rest.p + ++i;
	while (i < rest.n && rest.p[i] != '"')
		i += rest.p[i] == '\\' ? 2 : 1;
	if (i >= rest.n)
		return false;
	out->n = (size_t)(rest.p + i - out->p);
	*at += i + 1;
	return true;
}

static void
notify_recipient(struct span text, size_t at, size_t until, struct span address, struct report *r)
{
	struct report_row *row = row_for(r, address);
	struct span v;
	size_t from;

	if (row == NULL)
		return;
	row->action = r->what[0] == 'd' ? REPORT_DELAYED : REPORT_FAILED;
	from = at;
	if (json_string(text, "status", &from, until, &v) && v.n < sizeof(row->status)) {
		memcpy(row->status, v.p, v.n);
		row->status[v.n] = '\0';
	}
	from = at;
	if (json_string(text, "diagnosticCode", &from, until, &v))
		row_text(&row->diagnostic, v);
}

bool
notify_read(struct span text, struct report *r)
{
	struct span type, address, list;
	size_t at = 0, from, end;
	const char *key = "bouncedRecipients";

	if (!json_string(text, "notificationType", &at, text.n, &type)) {
		at = 0;
		if (!json_string(text, "eventType", &at, text.n, &type))
			return false;
	}
	r->kind = REPORT_DELIVERY;
	r->what = "failure";
	if (span_eqs(type, "Complaint")) {
		r->kind = REPORT_COMPLAINT;
		r->what = "abuse";
		key = "complainedRecipients";
	} else if (span_eqs(type, "DeliveryDelay")) {
		r->what = "delay";
		key = "delayedRecipients";
	} else if (!span_eqs(type, "Bounce")) {
		r->kind = REPORT_NOTICE;
		r->what = "delivery";
		return true;
	}
	from = span_find(text, span_of(key));
	if (from == (size_t)-1)
		return true;
	list = (struct span){ text.p + from, text.n - from };
	end = span_find(list, SPAN_LIT("]"));
	end = end == (size_t)-1 ? text.n : from + end;
	while (json_string(text, "emailAddress", &from, end, &address)) {
		size_t next = from;
		struct span following;

		if (json_string(text, "emailAddress", &next, end, &following))
			next = (size_t)(following.p - text.p);
		else
			next = end;
		notify_recipient(text, from, next, address_bare(address), r);
	}
	return true;
}
