/*
 * The list of readers as a file: for a spreadsheet, for another program, or for another wrap. What import
 * reads back is the same list, byte for byte.
 */
#include "import.h"
#include "record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct export
{
	struct store *st;
	FILE *to;
	enum export_format format;
	bool guard;
	size_t n;
};

static void
cell(struct buf *b, const char *s, bool guard)
{
	csv_cell(b, span_of(s), guard);
	buf_addc(b, ',');
}

static void
csv_line(const struct export *x, const struct subscriber *s, const char *steps, struct buf *b)
{
	char at[CLOCK_TEXT];

	cell(b, s->address, x->guard);
	cell(b, s->name, x->guard);
	cell(b, s->topics, x->guard);
	cell(b, s->language, x->guard);
	cell(b, subscriber_state_name(s->state), false);
	cell(b, clock_rfc3339(s->created_at, at), false);
	cell(b, s->confirmed_at == 0 ? "" : clock_rfc3339(s->confirmed_at, at), false);
	cell(b, clock_rfc3339(s->changed_at, at), false);
	cell(b, s->paused_until == 0 ? "" : clock_rfc3339(s->paused_until, at), false);
	cell(b, s->why, x->guard);
	csv_cell(b, span_of(steps), x->guard);
	buf_adds(b, "\r\n");
}

/* An array with one reader to a line. Takes steps. */
static void
json_line(const struct export *x, const struct subscriber *s, json_t *steps, struct buf *b)
{
	json_t *v = json_pack("{s:o,s:o,s:o,s:o,s:s,s:o,s:o,s:o,s:o,s:o,s:o}", "address",
	    record_text(s->address), "name", record_text(s->name), "topics", record_text(s->topics),
	    "language", record_text(s->language), "state", subscriber_state_name(s->state),
	    "created", record_time(s->created_at), "confirmed", record_time(s->confirmed_at),
	    "changed", record_time(s->changed_at), "paused_until", record_time(s->paused_until),
	    "why", record_text(s->why), "consent", steps);
	char *dump = v == NULL ? NULL : json_dumps(v, JSON_COMPACT | JSON_PRESERVE_ORDER);

	buf_adds(b, x->n == 0 ? "" : ",\n");
	if (dump != NULL)
		buf_adds(b, dump);
	else
		b->rc = WRAP_ENOMEM;
	free(dump);
	json_decref(v);
}

static enum wrap_rc
put(const struct export *x, struct buf *b, enum wrap_rc rc, struct wrap_err *err)
{
	if (rc == WRAP_OK)
		rc = buf_rc(b, err);
	if (rc == WRAP_OK && fwrite(b->p, 1, b->n, x->to) != b->n)
		rc = wrap_fail_errno(err, "write the export");
	buf_clear(b);
	return rc;
}

static enum wrap_rc
export_one(void *ctx, const struct subscriber *s, struct wrap_err *err)
{
	struct export *x = ctx;
	struct buf b = BUF_INIT(0);
	json_t *steps = json_array();
	char *dump = NULL;
	enum wrap_rc rc;

	if (steps == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	rc = consent_each(x->st, s->id, record_consent, steps, err);
	if (rc == WRAP_OK && x->format == EXPORT_JSON) {
		json_line(x, s, json_incref(steps), &b);
	} else if (rc == WRAP_OK) {
		dump = json_dumps(steps, JSON_COMPACT | JSON_PRESERVE_ORDER);
		if (dump == NULL)
			rc = wrap_fail(err, WRAP_ENOMEM, "out of memory");
		else
			csv_line(x, s, dump, &b);
	}
	free(dump);
	json_decref(steps);
	x->n++;
	return put(x, &b, rc, err);
}

enum wrap_rc
people_export(struct store *st, const enum subscriber_state *state, enum export_format format,
    bool raw, FILE *to, struct wrap_err *err)
{
	struct export x = { .st = st, .to = to, .format = format, .guard = !raw };
	struct buf b = BUF_INIT(0);
	enum wrap_rc rc;

	buf_adds(&b, format == EXPORT_CSV ? IMPORT_OWN_HEADER "\r\n" : "[\n");
	rc = put(&x, &b, WRAP_OK, err);
	if (rc == WRAP_OK)
		rc = subscriber_each(st, state, export_one, &x, err);
	if (rc == WRAP_OK && format == EXPORT_JSON) {
		buf_adds(&b, x.n == 0 ? "]\n" : "\n]\n");
		rc = put(&x, &b, rc, err);
	}
	if (rc == WRAP_OK && fflush(to) != 0)
		rc = wrap_fail_errno(err, "write the export");
	return rc;
}
