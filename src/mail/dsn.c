/*
 * Delivery status fields: RFC 3464, with the UTF-8 forms of RFC 6533. Read line by line, so that fields out
 * of order, unfolded continuations, a missing empty line between the blocks, and reports pasted into plain
 * text all give their rows. A row needs a recipient field or an action.
 */
#include "mail/reading.h"

#include <stdlib.h>
#include <string.h>

enum dsn_field {
	FIELD_NONE,
	FIELD_FINAL,
	FIELD_ORIGINAL,
	FIELD_ACTUAL,
	FIELD_ACTION,
	FIELD_STATUS,
	FIELD_DIAGNOSTIC,
	FIELD_OTHER
};

static const struct {
	const char *name;
	enum dsn_field field;
} known[] = {
	{ "Final-Recipient", FIELD_FINAL },
	{ "Original-Recipient", FIELD_ORIGINAL },
	{ "X-Actual-Recipient", FIELD_ACTUAL },
	{ "Action", FIELD_ACTION },
	{ "Status", FIELD_STATUS },
	{ "Diagnostic-Code", FIELD_DIAGNOSTIC },
	{ "X-PowerMTA-BounceCategory", FIELD_DIAGNOSTIC },
	{ "Reporting-MTA", FIELD_OTHER },
	{ "Received-From-MTA", FIELD_OTHER },
	{ "Remote-MTA", FIELD_OTHER },
	{ "Arrival-Date", FIELD_OTHER },
	{ "Last-Attempt-Date", FIELD_OTHER },
	{ "Will-Retry-Until", FIELD_OTHER },
	{ "Final-Log-ID", FIELD_OTHER },
	{ "Original-Envelope-Id", FIELD_OTHER },
	{ "DSN-Gateway", FIELD_OTHER },
};

/* Which field the line begins, and its value on this line. */
static enum dsn_field
field_of(struct span line, struct span *value)
{
	size_t colon = span_find(line, SPAN_LIT(":"));
	struct span name;

	if (colon == (size_t)-1 || colon == 0)
		return FIELD_NONE;
	name = span_trim((struct span){ line.p, colon });
	*value = span_trim((struct span){ line.p + colon + 1, line.n - colon - 1 });
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (span_ieqs(name, known[i].name))
			return known[i].field;
	if (name.n > 2 && (name.p[0] | 32) == 'x' && name.p[1] == '-' &&
	    span_find(name, SPAN_LIT(" ")) == (size_t)-1)
		return FIELD_OTHER;
	return FIELD_NONE;
}

/* What one block of fields said so far. */
struct block {
	struct span final, original, actual, action, status;
	struct buf diagnostic;
	bool seen;
};

static enum report_action
action_of(struct span word)
{
	if (word.n >= 5 && span_ieqs((struct span){ word.p, 5 }, "delay"))
		return REPORT_DELAYED;
	if ((word.n >= 5 && span_ieqs((struct span){ word.p, 5 }, "relay")) ||
	    (word.n >= 7 && span_ieqs((struct span){ word.p, 7 }, "deliver")) ||
	    (word.n >= 6 && span_ieqs((struct span){ word.p, 6 }, "expand")))
		return REPORT_DONE;
	if (word.n >= 4 && (span_ieqs((struct span){ word.p, 4 }, "fail") ||
			       span_ieqs((struct span){ word.p, 4 }, "expi")))
		return REPORT_FAILED;
	return REPORT_ACTION_NONE;
}

/* "5.1.1 (comment)" as "5.1.1"; RFC 3463 2. */
static void
status_copy(struct span s, char out[12])
{
	size_t n = 0, dots = 0;

	while (s.n > 0 && (s.p[0] < '2' || s.p[0] > '5')) {
		s.p++;
		s.n--;
	}
	while (n < s.n && n < 11 && ((s.p[n] >= '0' && s.p[n] <= '9') || s.p[n] == '.'))
		dots += s.p[n++] == '.';
	if (dots != 2 || s.p[1] != '.' || s.p[n - 1] == '.')
		return;
	memcpy(out, s.p, n);
	out[n] = '\0';
}

static void
block_end(struct block *b, struct report *r)
{
	struct report_row *row;
	char *final = address_of_field(b->final), *original = address_of_field(b->original);
	struct span diagnostic = buf_span(&b->diagnostic);
	size_t semi;

	if (final == NULL)
		final = address_of_field(b->actual);
	if (final == NULL && original != NULL) {
		final = original;
		original = NULL;
	}
	if (b->seen && (final != NULL || b->action.n > 0)) {
		row = row_for(r, span_of(final));
		if (row != NULL) {
			row->action = action_of(b->action);
			status_copy(b->status, row->status);
			if (row->original == NULL && original != NULL &&
			    strcmp(original, final) != 0) {
				row->original = original;
				original = NULL;
			}
			semi = span_find(diagnostic, SPAN_LIT(";")); /* "smtp; 550 ..." */
			if (semi < 20 && span_find((struct span){ diagnostic.p, semi },
					     SPAN_LIT(" ")) == (size_t)-1)
				diagnostic = (struct span){ diagnostic.p + semi + 1,
					diagnostic.n - semi - 1 };
			if (diagnostic.n > 0 && row->diagnostic == NULL)
				row_text(&row->diagnostic, diagnostic);
		}
	}
	free(final);
	free(original);
	buf_clear(&b->diagnostic);
	*b = (struct block){ .diagnostic = BUF_INIT(PROSE_MAX * 2) };
}

static void
block_field(struct block *b, enum dsn_field field, struct span value)
{
	b->seen = b->seen || field == FIELD_FINAL || field == FIELD_ORIGINAL ||
		  field == FIELD_ACTUAL || field == FIELD_ACTION;
	switch (field) {
	case FIELD_FINAL: b->final = value; break;
	case FIELD_ORIGINAL: b->original = value; break;
	case FIELD_ACTUAL: b->actual = value; break;
	case FIELD_ACTION: b->action = value; break;
	case FIELD_STATUS: b->status = value; break;
	case FIELD_DIAGNOSTIC:
		if (b->diagnostic.n > 0)
			buf_addc(&b->diagnostic, ' ');
		buf_addspan(&b->diagnostic, value);
		break;
	case FIELD_NONE:
	case FIELD_OTHER: break;
	}
}

bool
dsn_read(struct span text, struct report *r)
{
	struct block b = { .diagnostic = BUF_INIT(PROSE_MAX * 2) };
	enum dsn_field last = FIELD_NONE;
	struct span rest = text, line;
	size_t before = r->n;

	while (span_cut(&rest, '\n', &line)) {
		struct span value = { NULL, 0 }, trimmed = span_trim(line);
		enum dsn_field field;

		if (trimmed.n == 0) {
			if (b.seen)
				block_end(&b, r);
			last = FIELD_NONE;
			continue;
		}
		field = field_of(line, &value);
		if (field == FIELD_NONE || line.p[0] == ' ' || line.p[0] == '\t') {
			if (last == FIELD_DIAGNOSTIC) /* folded, or unfolded by a careless server */
				block_field(&b, FIELD_DIAGNOSTIC, trimmed);
			else if (last == FIELD_FINAL &&
				 b.final.n < 16) /* "rfc822;" on a line of its own */
				b.final.n = (size_t)(trimmed.p + trimmed.n - b.final.p);
			else if (field == FIELD_NONE)
				last = FIELD_NONE;
			continue;
		}
		if (field == FIELD_FINAL && b.final.n > 0)
			block_end(&b, r);
		block_field(&b, field, value);
		last = field;
	}
	block_end(&b, r);
	buf_clear(&b.diagnostic);
	return r->n > before;
}
