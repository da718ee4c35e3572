/* inspect bounce: what mail/report.c read and bounce/classify.c made of it, one JSON line a message. */
#include "inspect_bounce.h"

#include "wrap/bounce.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_MAX ((size_t)64 << 20)

static json_t *
text_or_null(const char *s)
{
	json_t *v = s == NULL || s[0] == '\0' ? NULL : json_string(s);

	return v == NULL ? json_null() : v;
}

static const char *
token_word(const struct report *r, const struct inspect_bounce_options *opt)
{
	struct strs candidates = { 0 };
	enum verp_result result = VERP_ABSENT;
	struct verp v;

	(void)verp_candidates(buf_span(&r->tokens), VERP_FIRST, &candidates, NULL);
	if (opt->keys != NULL)
		result = verp_choose(opt->keys, opt->list_id, &candidates, opt->now, &v);
	strs_clear(&candidates);
	switch (result) {
	case VERP_VALID: return "valid";
	case VERP_LATE:
	case VERP_FORGED:
		return "forged"; /* past its time it counts no more than one that never was */
	case VERP_ABSENT: break;
	}
	/* A word of a token's form without the keys to check it is nobody's: it must not look like proof. */
	return "absent";
}

static json_t *
rows_json(const struct report *r)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < r->n || (i == 0 && r->kind != REPORT_NONE); i++) {
		const struct report_row *row = i < r->n ? &r->rows[i] : NULL;
		struct bounce_verdict v;
		json_t *o = json_object();

		bounce_classify(r, i, &v);
		(void)json_object_set_new(
		    o, "recipient", text_or_null(row == NULL ? NULL : row->recipient));
		(void)json_object_set_new(o, "class", json_string(bounce_class_name(v.class)));
		(void)json_object_set_new(o, "status", text_or_null(v.status));
		(void)json_object_set_new(o, "reason", text_or_null(v.word));
		(void)json_object_set_new(o, "diagnostic",
		    text_or_null(row == NULL               ? NULL
				 : row->diagnostic != NULL ? row->diagnostic
							   : row->prose));
		(void)json_array_append_new(rows, o);
	}
	return rows;
}

static enum wrap_rc
inspect_one(
    const char *path, const struct inspect_bounce_options *opt, FILE *out, struct wrap_err *err)
{
	struct buf bytes = BUF_INIT(MESSAGE_MAX);
	struct report r;
	struct wrap_err why = { 0 };
	json_t *line = json_object(), *name = json_string(path);
	enum wrap_rc rc;
	int written;

	(void)json_object_set_new(line, "path", name == NULL ? json_string("?") : name);
	if (file_read(path, MESSAGE_MAX, &bytes, &why) != WRAP_OK ||
	    report_read(buf_span(&bytes), &r, &why) != WRAP_OK) {
		(void)json_object_set_new(line, "error", json_string(why.text));
		(void)json_object_set_new(line, "rows", json_array());
	} else {
		(void)json_object_set_new(line, "token", json_string(token_word(&r, opt)));
		(void)json_object_set_new(line, "rows", rows_json(&r));
		report_clear(&r);
	}
	written = json_dumpf(line, out, JSON_COMPACT) == 0 && fputc('\n', out) != EOF;
	rc = written ? WRAP_OK : wrap_fail_errno(err, "write");
	json_decref(line);
	buf_clear(&bytes);
	return rc;
}

enum wrap_rc
inspect_bounce(char *const *paths, size_t n, FILE *in, const struct inspect_bounce_options *opt,
    FILE *out, struct wrap_err *err)
{
	enum wrap_rc rc = WRAP_OK;
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	for (size_t i = 0; i < n && rc == WRAP_OK; i++)
		rc = inspect_one(paths[i], opt, out, err);
	while (n == 0 && rc == WRAP_OK && (len = getline(&line, &size, in)) > 0) {
		while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
			line[--len] = '\0';
		if (len > 0)
			rc = inspect_one(line, opt, out, err);
	}
	free(line);
	return rc;
}
