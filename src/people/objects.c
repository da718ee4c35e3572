/*
 * A list of readers as JSON: an array of objects, as wrap exports them, or one object after the other (JSON
 * lines). Each becomes a record of the table that their keys make, so that all that is known of columns holds
 * for them too. Objects are cut out of the text by their brackets and parsed one by one (jansson, RFC 8259);
 * the list is never held whole, and one that is broken costs itself, or the rest of its line.
 */
#include "internal.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_AHEAD 100 /* objects whose keys make the header */

struct objects {
	struct stream *w;
	json_t *now;      /* the object that the last record borrows from */
	struct buf cells; /* values that are no text */
	char *keys[CSV_COLUMNS];
	size_t n;
	bool array, closed; /* began with [; its ] was seen */
	char why[200];      /* of the last one that was refused */
};

static size_t
blanks(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && (p[i] == ' ' || p[i] == '\t' || p[i] == '\r' || p[i] == '\n'))
		i++;
	return i;
}

bool
objects_begin(const struct stream *w)
{
	const char *p = w->text + w->at;
	size_t n = w->n - w->at, i = blanks(p, n), k;

	if (i == n || (p[i] != '[' && p[i] != '{'))
		return false;
	k = i + 1 + blanks(p + i + 1, n - i - 1);
	if (k == n)
		return false;
	return p[i] == '[' ? p[k] == '{' || p[k] == ']' : p[k] == '"' || p[k] == '}';
}

/* How long is the object at p? false when it does not end within n. */
static bool
object_length(const char *p, size_t n, size_t *len)
{
	size_t depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < n; i++) {
		if (quoted && p[i] == '\\')
			i++;
		else if (p[i] == '"')
			quoted = !quoted;
		else if (!quoted && (p[i] == '{' || p[i] == '['))
			depth++;
		else if (!quoted && (p[i] == '}' || p[i] == ']') && --depth == 0) {
			*len = i + 1;
			return true;
		}
	}
	return false;
}

static enum wrap_rc
add_keys(struct objects *o, json_t *object, struct wrap_err *err)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		size_t i = 0;

		(void)value;
		while (i < o->n && strcmp(o->keys[i], key) != 0)
			i++;
		if (i < o->n || o->n == CSV_COLUMNS)
			continue;
		o->keys[o->n] = str_dup(key);
		if (o->keys[o->n] == NULL)
			return wrap_fail(err, WRAP_ENOMEM, "out of memory");
		o->n++;
	}
	return WRAP_OK;
}

/* The keys of the objects that stand in the window; nothing is passed. */
static enum wrap_rc
learn_keys(struct objects *o, struct wrap_err *err)
{
	const struct stream *w = o->w;
	enum wrap_rc rc = WRAP_OK;
	size_t len;

	for (size_t at = w->at, seen = 0; rc == WRAP_OK && seen < LOOK_AHEAD && at < w->n;
	     at += len) {
		json_t *v;

		len = 1;
		if (w->text[at] != '{')
			continue;
		if (!object_length(w->text + at, w->n - at, &len))
			break;
		v = json_loadb(w->text + at, len, 0, NULL);
		rc = add_keys(o, v, err);
		json_decref(v);
		seen++;
	}
	return rc;
}

enum wrap_rc
objects_open(struct objects **out, struct stream *w, struct csv_record *first, struct wrap_err *err)
{
	struct objects *o = calloc(1, sizeof(*o));
	enum wrap_rc rc;

	*out = o;
	if (o == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	o->w = w;
	o->cells = BUF_INIT(8 * CSV_RECORD);
	stream_skip(w, blanks(w->text + w->at, w->n - w->at));
	o->array = w->text[w->at] == '[';
	rc = stream_fill(w, err);
	if (rc == WRAP_OK)
		rc = learn_keys(o, err);
	if (rc == WRAP_OK && o->n == 0)
		rc = wrap_fail(err, WRAP_ENOTFOUND, "no objects");
	*first = (struct csv_record){ .line = w->line, .n = o->n };
	for (size_t i = 0; i < o->n; i++)
		first->v[i] = span_of(o->keys[i]);
	if (rc != WRAP_OK)
		objects_close(out);
	return rc;
}

void
objects_close(struct objects **out)
{
	struct objects *o = *out;

	if (o == NULL)
		return;
	*out = NULL;
	for (size_t i = 0; i < o->n; i++)
		free(o->keys[i]);
	json_decref(o->now);
	buf_clear(&o->cells);
	free(o);
}

/* To the next byte that is neither blank nor part of the list around the objects. false: there is none. */
static bool
to_next(struct objects *o, struct wrap_err *err, enum wrap_rc *rc)
{
	struct stream *w = o->w;

	for (;;) {
		if (!w->ended && w->n - w->at < CSV_RECORD + 2)
			*rc = stream_fill(w, err);
		if (*rc != WRAP_OK || w->at == w->n)
			return false;
		if (w->text[w->at] == ']')
			o->closed = true;
		else if (w->text[w->at] != '\0' && strchr(" \t\r\n,[", w->text[w->at]) == NULL)
			return true;
		stream_skip(w, 1);
	}
}

/* The values as cells. What is no text is written into one buffer first, for it may move as it grows. */
static enum wrap_rc
fill_cells(struct objects *o, struct csv_record *out, struct wrap_err *err)
{
	size_t from[CSV_COLUMNS];

	buf_reset(&o->cells);
	out->n = o->n;
	for (size_t i = 0; i < o->n; i++) {
		json_t *v = json_object_get(o->now, o->keys[i]);
		char *text = NULL;

		from[i] = o->cells.n;
		if (v == NULL || json_is_null(v) || json_is_string(v))
			continue;
		text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
		if (text == NULL)
			return wrap_fail(err, WRAP_ENOMEM, "out of memory");
		buf_adds(&o->cells, text);
		free(text);
	}
	for (size_t i = 0; i < o->n; i++) {
		json_t *v = json_object_get(o->now, o->keys[i]);
		size_t end = i + 1 < o->n ? from[i + 1] : o->cells.n;

		out->v[i] = json_is_string(v)
				? (struct span){ json_string_value(v), json_string_length(v) }
				: (struct span){ buf_str(&o->cells) + from[i], end - from[i] };
	}
	return buf_rc(&o->cells, err);
}

enum wrap_rc
objects_next(struct objects *o, struct csv_record *out, struct wrap_err *err)
{
	struct stream *w = o->w;
	enum wrap_rc rc = WRAP_OK;
	json_error_t what;
	size_t n, len;

	out->n = 0;
	out->bad = NULL;
	if (!to_next(o, err, &rc)) {
		if (rc != WRAP_OK || !o->array || o->closed)
			return rc != WRAP_OK ? rc : wrap_fail(err, WRAP_ENOTFOUND, "the end");
		o->closed = true; /* said once */
		out->line = w->line;
		out->bad = "the file ends before its list does: what followed is missing";
		return WRAP_OK;
	}
	out->line = w->line;
	n = w->n - w->at < CSV_RECORD ? w->n - w->at : CSV_RECORD;
	if (w->text[w->at] != '{' || !object_length(w->text + w->at, n, &len)) {
		out->bad = w->text[w->at] != '{' ? "no JSON object begins here"
			   : n == CSV_RECORD     ? "it is longer than 64 kB"
						 : "it is opened with { and never closed";
		rc = stream_past_line(w, err);
		o->closed = o->closed || (w->ended && w->at == w->n); /* that says it */
		return rc;
	}
	json_decref(o->now);
	o->now = json_loadb(w->text + w->at, len, 0, &what);
	stream_skip(w, len);
	if (o->now != NULL)
		return fill_cells(o, out, err);
	(void)snprintf(o->why, sizeof(o->why), "it is no JSON: %.150s", what.text);
	out->bad = o->why;
	return WRAP_OK;
}
