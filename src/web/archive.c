/*
 * Looking back: the index of editions, a page for each, an Atom feed (RFC 4287), and the style sheet. All of it
 * is the same for everybody and holds nothing of any reader.
 */
#include "internal.h"

#include "wrap/weekly.h"

#include <stdlib.h>
#include <string.h>

#define FEED_ENTRIES 20

/* Sent, or on its way: what readers have. */
static bool
is_public(const struct edition *e)
{
	return e->sealed_at != 0 && (e->state == EDITION_SENDING || e->state == EDITION_SENT);
}

/* An answer that caches may keep. */
static void
keep(struct visit *v)
{
	uint8_t hash[SHA256_BYTES];
	struct buf hex = BUF_INIT(64);

	secret_sha256(buf_span(&v->body), hash);
	hex_encode((struct span){ (const char *)hash, 8 }, &hex);
	memcpy(v->etag, buf_str(&hex), hex.n + 1 < sizeof(v->etag) ? hex.n + 1 : 1);
	buf_clear(&hex);
	v->open = true;
}

struct listing {
	struct visit *v;
	struct value *p;
	struct edition *list; /* newest first; of the feed */
	size_t n;
};

static enum wrap_rc
note_edition(void *ctx, const struct edition *e, struct wrap_err *err)
{
	struct listing *l = ctx;
	struct edition *grown;

	if (!is_public(e))
		return WRAP_OK;
	grown = realloc(l->list, (l->n + 1) * sizeof(*grown));
	if (grown == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	l->list = grown;
	/* edition_each owns e: only what the index shows is kept. */
	l->list[l->n] = (struct edition){
		.id = e->id, .sealed_at = e->sealed_at, .subject = str_dup(e->subject)
	};
	memcpy(l->list[l->n].key, e->key, EDITION_KEY);
	l->n++;
	return WRAP_OK;
}

static int
newer_first(const void *a, const void *b)
{
	const struct edition *x = a, *y = b;

	return x->sealed_at < y->sealed_at ? 1 : x->sealed_at > y->sealed_at ? -1 : 0;
}

static enum wrap_rc
list_editions(struct visit *v, struct store *st, struct listing *out, struct wrap_err *err)
{
	enum wrap_rc rc;

	*out = (struct listing){ .v = v };
	rc = edition_each(st, note_edition, out, err);
	if (out->n > 1)
		qsort(out->list, out->n, sizeof(*out->list), newer_first);
	return rc;
}

static void
listing_clear(struct listing *l)
{
	for (size_t i = 0; i < l->n; i++)
		edition_clear(&l->list[i]);
	free(l->list);
	*l = (struct listing){ 0 };
}

enum wrap_rc
archive_get(struct visit *v, struct store *st, struct wrap_err *err)
{
	struct listing l;
	struct value *p;
	enum wrap_rc rc = list_editions(v, st, &l, err);

	if (rc != WRAP_OK) {
		listing_clear(&l);
		return rc;
	}
	p = page_values(v, "archive_title");
	value_flag(p, "any", l.n > 0);
	for (size_t i = 0; i < l.n; i++) {
		struct value *one = value_add(p, "editions");
		struct buf date = BUF_INIT(256);
		struct tm tm = clock_local(l.list[i].sealed_at);
		char path[32] = "/archive/";

		strncat(path, l.list[i].key, EDITION_KEY);
		phrase_date(v->tongue->book, &tm, PHRASE_DATE, &date);
		value_texts(one, "edition_title", l.list[i].subject);
		value_path(one, "edition_url", v, path);
		value_text(one, "edition_date", buf_span(&date));
		buf_clear(&date);
	}
	listing_clear(&l);
	rc = page_show(v, PAGE_ARCHIVE, 200, &p, err);
	keep(v);
	return rc;
}

enum wrap_rc
edition_get(struct visit *v, struct store *st, struct wrap_err *err)
{
	struct weekly_message *m = NULL;
	struct edition e;
	char key[EDITION_KEY] = "";
	enum wrap_rc rc;

	memcpy(key, v->path.p + v->path.n - (EDITION_KEY - 1), EDITION_KEY - 1);
	rc = edition_by_key(st, key, &e, err);
	if (rc == WRAP_ENOTFOUND || (rc == WRAP_OK && !is_public(&e))) {
		edition_clear(&e);
		return page_note(v, 404, "missing", NULL, NULL, NULL, err);
	}
	if (rc == WRAP_OK)
		rc = weekly_message_open(v->site->c, &e, e.sealed_at, &m, err);
	if (rc == WRAP_OK)
		rc = render_web(weekly_message_render(m), &v->body, err);
	weekly_message_close(&m);
	edition_clear(&e);
	v->status = 200;
	v->styled = true;
	keep(v);
	return rc;
}

/* <name>text</name> */
static void
element(struct buf *out, const char *name, const char *text)
{
	buf_addf(out, "<%s>", name);
	escape_html(span_of(text), out);
	buf_addf(out, "</%s>\n", name);
}

static void
feed_entry(struct visit *v, const struct edition *e, struct buf *out)
{
	char at[CLOCK_TEXT], url[PEOPLE_URL];

	(void)people_edition_link(v->site->c, e->key, url);
	buf_adds(out, "<entry>\n");
	element(out, "title", e->subject);
	element(out, "id", url);
	element(out, "updated", clock_rfc3339(e->sealed_at, at));
	buf_adds(out, "<link rel=\"alternate\" type=\"text/html\" href=\"");
	escape_html(span_of(url), out);
	buf_adds(out, "\"/>\n</entry>\n");
}

enum wrap_rc
feed_get(struct visit *v, struct store *st, struct wrap_err *err)
{
	const struct config *c = v->site->c;
	struct buf *out = &v->body;
	char at[CLOCK_TEXT];
	struct listing l;
	enum wrap_rc rc = list_editions(v, st, &l, err);

	buf_adds(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
		      "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"");
	escape_html(span_of(c->publication.language), out);
	buf_adds(out, "\">\n");
	element(out, "title", c->publication.name);
	element(out, "subtitle", c->publication.description);
	element(out, "id", c->publication.url);
	element(out, "updated", clock_rfc3339(l.n > 0 ? l.list[0].sealed_at : 0, at));
	buf_adds(out, "<author>");
	element(out, "name", c->publication.name);
	buf_adds(out, "</author>\n<link rel=\"alternate\" type=\"text/html\" href=\"");
	escape_html(span_of(c->publication.url), out);
	buf_adds(out, "/\"/>\n<link rel=\"self\" type=\"application/atom+xml\" href=\"");
	escape_html(span_of(c->publication.url), out);
	buf_adds(out, "/feed.atom\"/>\n");
	for (size_t i = 0; rc == WRAP_OK && i < l.n && i < FEED_ENTRIES; i++)
		feed_entry(v, &l.list[i], out);
	buf_adds(out, "</feed>\n");
	listing_clear(&l);
	v->status = 200;
	v->type = "application/atom+xml; charset=utf-8";
	keep(v);
	return rc == WRAP_OK ? buf_rc(out, err) : rc;
}

enum wrap_rc
style_get(struct visit *v, struct store *st, struct wrap_err *err)
{
	(void)st;
	buf_addspan(&v->body, buf_span(&v->site->css));
	v->status = 200;
	v->type = "text/css; charset=utf-8";
	keep(v);
	return buf_rc(&v->body, err);
}

enum wrap_rc
health_get(struct visit *v, struct store *st, struct wrap_err *err)
{
	int64_t n;
	enum wrap_rc rc = article_count(st, &n, err);

	buf_adds(&v->body, "ok\n");
	v->status = 200;
	v->type = "text/plain; charset=utf-8";
	return rc;
}
