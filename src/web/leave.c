/*
 * Confirm, leave, come back. A GET shows a page with a button and changes nothing, because scanners follow
 * every link of a mail; the button, or the mail program's one click (RFC 8058), is a POST.
 */
#include "internal.h"

#include <string.h>

/* The link of a page for this reader, below the site. */
static void
link_to(const struct visit *v, enum people_link which, int64_t id, char out[PEOPLE_URL])
{
	(void)people_link(v->site->c, v->site->keys, which, id, out);
}

/* ---- confirm ------------------------------------------------------------------------------------------------- */

static enum wrap_rc
confirm_answer(
    struct visit *v, const struct subscriber *s, enum confirm_result result, struct wrap_err *err)
{
	char url[PEOPLE_URL];

	if (result == CONFIRM_LATE) {
		struct buf home = BUF_INIT(4096);
		enum wrap_rc rc;

		buf_addspan(&home, v->site->base);
		buf_adds(&home, "/");
		rc = page_note(v, 410, "late", NULL, buf_str(&home), "subscribe_again", err);
		buf_clear(&home);
		return rc;
	}
	link_to(v, PEOPLE_CHOOSE, s->id, url);
	return page_note(v, 200, result == CONFIRM_DONE ? "confirmed" : "was_active", NULL, url,
	    "choose_page", err);
}

enum wrap_rc
confirm_get(struct visit *v, struct store *st, struct wrap_err *err)
{
	enum confirm_result result;
	struct buf who = BUF_INIT(512);
	struct subscriber s;
	struct value *p;
	enum wrap_rc rc = people_confirmable(st, v->reader, v->now, &s, &result, err);

	if (!visit_meets(v, &s, &rc, err))
		return rc;
	if (result != CONFIRM_DONE) {
		rc = confirm_answer(v, &s, result, err);
	} else {
		mask_address(s.address, &who);
		p = page_values(v, "confirm_title");
		value_text(p, "who", buf_span(&who));
		value_text(p, "action", span_of(v->url));
		rc = page_show(v, PAGE_CONFIRM, 200, &p, err);
		buf_clear(&who);
	}
	subscriber_clear(&s);
	return rc;
}

enum wrap_rc
confirm_post(struct visit *v, struct store *st, struct wrap_err *err)
{
	char source[SOURCE_TEXT];
	struct buf wording = BUF_INIT(8192);
	struct people_act act = { .now = v->now, .source = visit_source(v, source) };
	enum confirm_result result;
	struct subscriber s;
	enum wrap_rc rc;

	say(v, "confirm_button", NULL, &wording);
	act.detail = buf_str(&wording);
	rc = people_confirm(st, v->site->c, v->site->keys, v->reader, &act, &s, &result, err);
	buf_clear(&wording);
	if (!visit_meets(v, &s, &rc, err))
		return rc;
	v->letters = result == CONFIRM_DONE && v->site->c->serve.welcome;
	rc = confirm_answer(v, &s, result, err);
	subscriber_clear(&s);
	return rc;
}

/* ---- leave --------------------------------------------------------------------------------------------------- */

enum wrap_rc
leave_get(struct visit *v, struct store *st, struct wrap_err *err)
{
	struct buf who = BUF_INIT(512);
	struct subscriber s;
	struct value *p;
	enum wrap_rc rc = subscriber_by_id(st, v->reader, &s, err);

	if (!visit_meets(v, &s, &rc, err))
		return rc;
	mask_address(s.address, &who);
	if (s.state == SUBSCRIBER_UNSUBSCRIBED || s.state == SUBSCRIBER_COMPLAINED) {
		rc = page_note(v, 200, "was_out", buf_str(&who), NULL, NULL, err);
	} else {
		char choose[PEOPLE_URL];

		p = page_values(v, "leave_title");
		link_to(v, PEOPLE_CHOOSE, s.id, choose);
		value_say(p, "text", v, "leave_text", buf_str(&who));
		value_text(p, "action", span_of(v->url));
		value_texts(p, "link_url", s.state == SUBSCRIBER_ACTIVE ? choose : NULL);
		rc = page_show(v, PAGE_LEAVE, 200, &p, err);
	}
	buf_clear(&who);
	subscriber_clear(&s);
	return rc;
}

/* Left: a page with an undo, or a word for the mail program that pressed the button. */
static enum wrap_rc
left_answer(struct visit *v, const struct subscriber *s, bool undo, struct wrap_err *err)
{
	struct buf who = BUF_INIT(512);
	char back[PEOPLE_URL];
	struct value *p;
	enum wrap_rc rc;

	if (v->one_click) {
		buf_reset(&v->body);
		buf_adds(&v->body, "unsubscribed\n");
		v->type = "text/plain; charset=utf-8";
		v->status = 200;
		return buf_rc(&v->body, err);
	}
	mask_address(s->address, &who);
	p = page_values(v, "left_title");
	value_say(p, "text", v, "left_text", buf_str(&who));
	if (undo) {
		link_to(v, PEOPLE_BACK, s->id, back);
		value_path(p, "undo_url", v, back + strlen(v->site->c->publication.url));
	}
	rc = page_show(v, PAGE_NOTE, 200, &p, err);
	buf_clear(&who);
	return rc;
}

enum wrap_rc
leave_post(struct visit *v, struct store *st, struct wrap_err *err)
{
	char source[SOURCE_TEXT];
	enum unsubscribe_result result;
	struct subscriber s;
	bool active;
	enum wrap_rc rc;

	/* Some scanners post too, without a word: only the one click of RFC 8058 and our own button count. */
	if (!v->one_click && form_get(&v->form, "leave") == NULL)
		return leave_get(v, st, err);
	rc = subscriber_by_id(st, v->reader, &s, err);
	if (!visit_meets(v, &s, &rc, err))
		return rc;
	active = s.state == SUBSCRIBER_ACTIVE;
	subscriber_clear(&s);
	rc = people_leave(st, v->reader,
	    v->one_click ? "one click in the mail program" : "the link in a mail",
	    visit_source(v, source), v->now, &s, &result, err);
	if (rc != WRAP_OK)
		return rc;
	rc = left_answer(v, &s, active && result == UNSUBSCRIBE_LEFT, err);
	subscriber_clear(&s);
	return rc;
}

/* ---- back ---------------------------------------------------------------------------------------------------- */

enum wrap_rc
back_get(struct visit *v, struct store *st, struct wrap_err *err)
{
	struct subscriber s;
	struct value *p;
	enum wrap_rc rc = subscriber_by_id(st, v->reader, &s, err);

	if (!visit_meets(v, &s, &rc, err))
		return rc;
	if (s.state == SUBSCRIBER_ACTIVE || !people_may_return(&s, v->now)) {
		rc = confirm_answer(
		    v, &s, s.state == SUBSCRIBER_ACTIVE ? CONFIRM_WAS_ACTIVE : CONFIRM_LATE, err);
	} else {
		p = page_values(v, "back_title");
		value_text(p, "undo_url", span_of(v->url));
		rc = page_show(v, PAGE_NOTE, 200, &p, err);
	}
	subscriber_clear(&s);
	return rc;
}

enum wrap_rc
back_post(struct visit *v, struct store *st, struct wrap_err *err)
{
	char source[SOURCE_TEXT];
	struct people_act act = { .now = v->now, .source = visit_source(v, source) };
	enum confirm_result result;
	struct subscriber s;
	enum wrap_rc rc = people_return(st, v->reader, &act, &s, &result, err);

	if (!visit_meets(v, &s, &rc, err))
		return rc;
	rc = confirm_answer(v, &s, result, err);
	subscriber_clear(&s);
	return rc;
}
