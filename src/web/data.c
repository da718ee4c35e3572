/*
 * What we keep about a reader: to look at, to download, to erase. Its link comes in a letter to their own
 * mailbox and works for a week; a forwarded edition has none.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

static void
fact(struct value *p, const char *list, const struct visit *v, const char *key, const char *is)
{
	struct value *f;

	if (is == NULL || is[0] == '\0')
		return;
	f = value_add(p, list);
	value_say(f, "fact", v, key, NULL);
	value_texts(f, "is", is);
}

static void
fact_time(struct value *p, const struct visit *v, const char *key, int64_t at)
{
	struct buf date = BUF_INIT(256);
	struct tm tm = clock_local(at);

	if (at != 0) {
		phrase_date(v->tongue->book, &tm, PHRASE_DATE_TIME, &date);
		fact(p, "facts", v, key, buf_str(&date));
	}
	buf_clear(&date);
}

struct steps {
	struct visit *v;
	struct value *p;
};

static enum wrap_rc
add_step(void *ctx, const struct consent *c, struct wrap_err *err)
{
	struct steps *s = ctx;
	struct value *step = value_add(s->p, "steps");
	struct buf date = BUF_INIT(256), what = BUF_INIT(8192);
	struct tm tm = clock_local(c->at);

	(void)err;
	phrase_date(s->v->tongue->book, &tm, PHRASE_DATE_TIME, &date);
	buf_addf(&what, "%s (%s)%s%s", c->step, c->source, c->detail == NULL ? "" : ": ",
	    c->detail == NULL ? "" : c->detail);
	value_text(step, "fact", buf_span(&date));
	value_text(step, "is", buf_span(&what));
	buf_clear(&date);
	buf_clear(&what);
	return WRAP_OK;
}

static enum wrap_rc
show_data(struct visit *v, struct store *st, const struct subscriber *s, const char *problem,
    struct wrap_err *err)
{
	struct value *p = page_values(v, "data_title");
	struct steps steps = { v, p };
	enum wrap_rc rc;

	value_text(p, "action", span_of(v->url));
	fact(p, "facts", v, "fact_address", s->address);
	fact(p, "facts", v, "fact_name", s->name);
	fact(p, "facts", v, "fact_topics", s->topics);
	fact(p, "facts", v, "fact_language", s->language);
	fact(p, "facts", v, "fact_state", subscriber_state_name(s->state));
	fact_time(p, v, "fact_created", s->created_at);
	fact_time(p, v, "fact_confirmed", s->confirmed_at);
	fact_time(p, v, "fact_changed", s->changed_at);
	if (problem != NULL)
		value_say(p, "problem", v, problem, NULL);
	rc = consent_each(st, s->id, add_step, &steps, err);
	if (rc != WRAP_OK) {
		value_free(&p);
		return rc;
	}
	return page_show(v, PAGE_DATA, problem == NULL ? 200 : 422, &p, err);
}

/* The reader, if their link still works; otherwise the page that says so. */
static enum wrap_rc
open_data(
    struct visit *v, struct store *st, struct subscriber *s, bool *shown, struct wrap_err *err)
{
	bool open = false;
	enum wrap_rc rc = subscriber_by_id(st, v->reader, s, err);

	*shown = true;
	if (!visit_meets(v, s, &rc, err))
		return rc;
	rc = people_data_open(st, v->reader, v->now, &open, err);
	if (rc != WRAP_OK)
		return rc;
	*shown = !open;
	return open ? WRAP_OK : page_note(v, 410, "data_late", NULL, NULL, NULL, err);
}

enum wrap_rc
data_get(struct visit *v, struct store *st, struct wrap_err *err)
{
	struct subscriber s = { 0 };
	bool shown;
	enum wrap_rc rc = open_data(v, st, &s, &shown, err);

	if (rc == WRAP_OK && !shown)
		rc = show_data(v, st, &s, NULL, err);
	subscriber_clear(&s);
	return rc;
}

static enum wrap_rc
download(struct visit *v, struct store *st, const struct subscriber *s, struct wrap_err *err)
{
	v->status = 200;
	v->type = "application/json";
	v->file = "what-we-keep.json";
	return people_what(st, v->site->keys, s->address, &v->body, err);
}

static enum wrap_rc
erase(struct visit *v, struct store *st, const struct subscriber *s, struct wrap_err *err)
{
	struct forget_report gone;
	enum wrap_rc rc = people_forget(st, v->site->keys, s->address, v->now, &gone, err);

	return rc == WRAP_OK ? page_note(v, 200, "erased", NULL, NULL, NULL, err) : rc;
}

enum wrap_rc
data_post(struct visit *v, struct store *st, struct wrap_err *err)
{
	struct subscriber s = { 0 };
	bool shown;
	enum wrap_rc rc = open_data(v, st, &s, &shown, err);

	if (rc == WRAP_OK && !shown) {
		if (form_get(&v->form, "download") != NULL)
			rc = download(v, st, &s, err);
		else if (form_get(&v->form, "erase") == NULL)
			rc = show_data(v, st, &s, NULL, err);
		else if (form_get(&v->form, "sure") == NULL)
			rc = show_data(v, st, &s, "erase_sure", err);
		else
			rc = erase(v, st, &s, err);
	}
	subscriber_clear(&s);
	return rc;
}
