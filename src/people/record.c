/*
 * The parts of a reader's record as JSON.
 */
#include "record.h"

json_t *
record_text(const char *s)
{
	json_t *v = s == NULL ? NULL : json_string(s);

	return v == NULL ? json_null() : v;
}

json_t *
record_time(int64_t t)
{
	char out[CLOCK_TEXT];

	return t == 0 ? json_null() : json_string(clock_rfc3339(t, out));
}

enum wrap_rc
record_add(json_t *list, json_t *row, struct wrap_err *err)
{
	return row == NULL || json_array_append_new(list, row) != 0
		   ? wrap_fail(err, WRAP_ENOMEM, "out of memory")
		   : WRAP_OK;
}

enum wrap_rc
record_consent(void *list, const struct consent *c, struct wrap_err *err)
{
	return record_add(list,
	    json_pack("{s:o,s:o,s:o,s:o}", "at", record_time(c->at), "step", record_text(c->step),
		"source", record_text(c->source), "detail", record_text(c->detail)),
	    err);
}
