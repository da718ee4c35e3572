/*
 * inspect: what sentences, summary and stories make of a stranger's text. One JSON object a line in and out;
 * a line that cannot be read gives its line with "error" set and the rest go on.
 */
#include "cli/inspect_text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "wrap/digest.h"
#include "wrap/text.h"

static void
line_put(FILE *out, json_t *o)
{
	char *s = json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII);

	if (s != NULL)
		fprintf(out, "%s\n", s);
	free(s);
	json_decref(o);
}

static struct span
text_of(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	return json_is_string(v) ? (struct span){ json_string_value(v), json_string_length(v) }
				 : (struct span){ "", 0 };
}

/* One sentence as it is printed: blanks and line ends folded to one blank. */
static json_t *
folded(struct span s)
{
	struct buf b = BUF_INIT(0);
	json_t *v;

	text_fold(s, &b);
	v = json_stringn(buf_str(&b), b.n);
	buf_clear(&b);
	return v;
}

static json_t *
sentences_of(struct words *w, const json_t *in, struct wrap_err *err)
{
	struct sentences s = { 0 };
	json_t *list = json_array();

	if (sentences_split(w, json_string_value(json_object_get(in, "lang")), text_of(in, "text"),
		&s, err) != WRAP_OK) {
		json_decref(list);
		list = NULL;
	}
	for (size_t i = 0; list != NULL && i < s.n; i++)
		json_array_append_new(list, folded(s.v[i].text));
	sentences_clear(&s);
	return list;
}

/* What is answered to one line: fill out from in. */
typedef bool (*answer_fn)(
    struct words *w, const json_t *in, json_t *out, const struct inspect_options *opt);

static bool
answer_sentences(struct words *w, const json_t *in, json_t *out, const struct inspect_options *opt)
{
	struct wrap_err err;
	json_t *list = sentences_of(w, in, &err);

	(void)opt;
	return list != NULL && json_object_set_new(out, "sentences", list) == 0;
}

static bool
answer_summary(struct words *w, const json_t *in, json_t *out, const struct inspect_options *opt)
{
	struct summary_style style = { .words = opt->words, .sentences = opt->sentences };
	struct buf b = BUF_INIT(0);
	struct wrap_err err;
	bool ok;

	ok = summary_extract(w, json_string_value(json_object_get(in, "lang")),
		 json_string_value(json_object_get(in, "title")), text_of(in, "text"), &style, &b,
		 &err) == WRAP_OK &&
	     json_object_set_new(out, "summary", json_stringn(buf_str(&b), b.n)) == 0;
	buf_clear(&b);
	return ok;
}

static enum wrap_rc
each_line(
    FILE *in, FILE *out, answer_fn answer, const struct inspect_options *opt, struct wrap_err *err)
{
	struct words *w = words_new();
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	if (w == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "no memory for words");
	while ((n = getline(&line, &size, in)) > 0) {
		json_error_t bad;
		json_t *o = json_loadb(line, (size_t)n, 0, &bad), *r = json_object();

		if (json_is_object(o))
			json_object_set(r, "id", json_object_get(o, "id"));
		if (!json_is_object(o))
			json_object_set_new(
			    r, "error", json_string(o == NULL ? bad.text : "no object"));
		else if (!answer(w, o, r, opt))
			json_object_set_new(r, "error", json_string("no memory"));
		line_put(out, r);
		json_decref(o);
	}
	free(line);
	words_free(&w);
	return ferror(in) ? wrap_fail_errno(err, "read standard input") : WRAP_OK;
}

enum wrap_rc
inspect_sentences(FILE *in, FILE *out, const struct inspect_options *opt, struct wrap_err *err)
{
	return each_line(in, out, answer_sentences, opt, err);
}

enum wrap_rc
inspect_summary(FILE *in, FILE *out, const struct inspect_options *opt, struct wrap_err *err)
{
	return each_line(in, out, answer_summary, opt, err);
}

/* ---- stories: all lines are read before the first is answered ---- */

struct told {
	json_t **id;
	struct story_text *t;
	size_t n, size;
	struct words *w;
};

static bool
told_add(struct told *s, const json_t *o, struct wrap_err *err)
{
	const char *lang = json_string_value(json_object_get(o, "lang"));
	struct story_text *t;

	if (s->n == s->size) {
		size_t size = s->size ? s->size * 2 : 64;
		json_t **id = realloc(s->id, size * sizeof(json_t *));

		if (id != NULL)
			s->id = id;
		t = realloc(s->t, size * sizeof(*t));
		if (t != NULL)
			s->t = t;
		if (id == NULL || t == NULL)
			return false;
		s->size = size;
	}
	t = &s->t[s->n];
	*t = (struct story_text){ 0 };
	s->id[s->n++] = json_incref(json_object_get(o, "id"));
	return words_read(s->w, lang, text_of(o, "title"), &t->title, &t->raw, err) == WRAP_OK &&
	       words_read(s->w, lang, text_of(o, "text"), &t->body, &t->raw, err) == WRAP_OK;
}

static void
told_free(struct told *s)
{
	for (size_t i = 0; i < s->n; i++) {
		json_decref(s->id[i]);
		terms_clear(&s->t[i].title);
		terms_clear(&s->t[i].body);
		terms_clear(&s->t[i].raw);
	}
	free(s->id);
	free(s->t);
	words_free(&s->w);
}

static enum wrap_rc
told_answer(struct told *s, FILE *out, const struct inspect_options *opt, struct wrap_err *err)
{
	size_t *copy = calloc(s->n + 1, sizeof(*copy)), *group = calloc(s->n + 1, sizeof(*group));
	enum wrap_rc rc;

	if (copy == NULL || group == NULL)
		rc = wrap_fail(err, WRAP_ENOMEM, "no memory for stories");
	else
		rc = stories_find(s->w, s->t, s->n, NULL, opt->same_story, copy, group, err);
	for (size_t i = 0; rc == WRAP_OK && i < s->n; i++) {
		json_t *r = json_object();

		json_object_set(r, "id", s->id[i]);
		json_object_set_new(r, "group", json_integer((json_int_t)group[i]));
		line_put(out, r);
	}
	free(copy);
	free(group);
	return rc;
}

enum wrap_rc
inspect_stories(FILE *in, FILE *out, const struct inspect_options *opt, struct wrap_err *err)
{
	struct told s = { .w = words_new() };
	char *line = NULL;
	size_t size = 0;
	ssize_t n;
	enum wrap_rc rc =
	    s.w == NULL ? wrap_fail(err, WRAP_ENOMEM, "no memory for words") : WRAP_OK;

	while (rc == WRAP_OK && (n = getline(&line, &size, in)) > 0) {
		json_error_t bad;
		json_t *o = json_loadb(line, (size_t)n, 0, &bad);

		if (!json_is_object(o)) {
			json_t *r = json_object();

			json_object_set_new(
			    r, "error", json_string(o == NULL ? bad.text : "no object"));
			line_put(out, r);
		} else if (!told_add(&s, o, err)) {
			rc = wrap_fail(err, WRAP_ENOMEM, "no memory for stories");
		}
		json_decref(o);
	}
	if (rc == WRAP_OK)
		rc = told_answer(&s, out, opt, err);
	free(line);
	told_free(&s);
	return rc;
}
