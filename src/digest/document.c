/*
 * The document: an edition as Markdown. What stands in it is put into values here; how it stands there is the
 * template edition.md, which an owner may replace. What came from feeds is escaped by the template, so a title
 * full of markup comes out as itself.
 */
#include "digest/edit.h"

#include <stdlib.h>
#include <string.h>

#define WORDS_A_MINUTE 230

static const struct template_name title_names[] = {
	{ "name", TEMPLATE_TEXT, NULL },
	{ "date", TEMPLATE_TEXT, NULL },
	{ "key", TEMPLATE_TEXT, NULL },
	{ NULL, TEMPLATE_TEXT, NULL },
};

enum wrap_rc
say_open(const struct config *c, struct phrasebook **out, struct wrap_err *err)
{
	return phrasebook_open(
	    c->publication.language, config_template_load, (struct config *)(uintptr_t)c, out, err);
}

/* ---- values ------------------------------------------------------------------------------------------ */

static void
value_date(const struct bench *b, struct value *v, int64_t t, enum phrase_date_form form)
{
	struct tm tm = clock_local(t);
	struct buf text = BUF_INIT(256);

	phrase_date(b->say, &tm, form, &text);
	value_text(v, "date", buf_span(&text));
	buf_clear(&text);
}

/* A link that a mail may hold; else the name stays unset. */
static void
value_link(struct value *v, const char *name, const char *url)
{
	if (url != NULL && url[0] != '\0' && url_is_safe(span_of(url)))
		value_texts(v, name, url);
}

/* "By Jane Doe" in a feed is Jane Doe, and "Von Jane Doe" too; but "Di Maio" is a name. */
static struct span
author_of(const struct bench *b, const struct item *i)
{
	struct span by = span_trim(text_span(i->a->byline)), word, rest, name;
	const char *const openings[] = { "By", phrase(b->say, "by") };

	for (size_t k = 0; k < 2; k++) {
		word = span_of(openings[k]);
		if (by.n <= word.n + 1 || by.p[word.n] != ' ')
			continue;
		name = rest = span_trim((struct span){ by.p + word.n, by.n - word.n });
		if (k == 0 ? span_ieq((struct span){ by.p, word.n }, word)
			   : span_eq((struct span){ by.p, word.n }, word) &&
				 span_cut(&rest, ' ', &word) && rest.n > 0)
			return name;
	}
	return by;
}

/* The language of an item that is not in the edition's; NULL: it is, as far as anyone can tell. */
static const char *
foreign_language(const struct bench *b, const struct item *i)
{
	const char *ours = b->c->publication.language, *its = item_language(b, i);
	size_t n = strcspn(ours, "-_"), m = strcspn(its, "-_");
	size_t tail =
	    strspn(its, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");

	if (m < 2 || m > 3 || its[tail] != '\0' || tail > 35)
		return NULL;
	return span_ieq((struct span){ its, m }, (struct span){ ours, n }) ? NULL : its;
}

/* A planet or a site's second feed that links to the very page: a reader finds nothing else there. */
static bool
is_same_page(const struct item *a, const struct item *b)
{
	struct buf x = BUF_INIT(8192), y = BUF_INIT(8192);
	bool same;

	if (a->a->url != NULL)
		digest_url_key(a->a->url, &x);
	if (b->a->url != NULL)
		digest_url_key(b->a->url, &y);
	same = x.n > 0 && span_eq(buf_span(&x), buf_span(&y));
	buf_clear(&x);
	buf_clear(&y);
	return same;
}

/* Who else tells it: other articles of the story, from other sources and on other pages, each source once. */
static void
others_fill(const struct bench *b, const struct item *head, struct value *v)
{
	struct value *last = NULL;
	int64_t seen = head->a->feed_id;

	for (size_t k = 0; head->copies > 0 && k < b->n; k++) {
		const struct item *i = &b->v[k];
		struct value *o;

		if (i->head != head || i == head || i->a->feed_id == head->a->feed_id ||
		    i->a->feed_id == seen || is_same_page(i, head))
			continue;
		o = value_add(v, "others");
		value_texts(o, "site", i->a->feed_name);
		value_link(o, "site_url", i->a->url);
		value_flag(o, "first", last == NULL);
		seen = i->a->feed_id;
		last = o;
	}
	value_flag(last, "last", true);
}

static enum wrap_rc
story_fill(struct bench *b, const struct item *i, struct value *v, struct wrap_err *err)
{
	struct buf text = BUF_INIT(65536);
	size_t minutes = (i->words + WORDS_A_MINUTE / 2) / WORDS_A_MINUTE;
	enum wrap_rc rc = WRAP_OK;

	value_texts(v, "headline", i->a->title);
	value_link(v, "link", i->a->url);
	value_text(v, "author", author_of(b, i));
	value_texts(v, "source", i->a->feed_name);
	value_texts(v, "language", foreign_language(b, i));
	value_date(b, v, i->date, PHRASE_DATE_SHORT);
	if (minutes > 0) {
		phrase_count(b->say, "minutes", (long long)minutes, &text);
		value_text(v, "minutes", buf_span(&text));
		buf_reset(&text);
	}
	if ((size_t)i->topic >= b->c->n_topics || !b->c->topics[i->topic].headlines)
		rc = teaser_write(b, i, &text, err);
	value_text(v, "summary", buf_span(&text));
	buf_clear(&text);
	others_fill(b, i, v);
	return rc;
}

/* The sponsor of a topic, inside its dates. */
static const struct config_sponsor *
sponsor_of(const struct bench *b, int topic)
{
	if ((size_t)topic >= b->c->n_topics ||
	    !sponsor_stands(&b->c->topics[topic].sponsor, b->when))
		return NULL;
	return &b->c->topics[topic].sponsor;
}

static struct value *
topic_fill(const struct bench *b, int topic, struct value *edition)
{
	const struct config_sponsor *s = sponsor_of(b, topic);
	struct value *v = value_add(edition, "topics"), *o;

	value_texts(v, "topic", section_name(b, topic));
	if (s != NULL) {
		o = value_add(v, "sponsor");
		value_texts(o, "sponsor_name", s->name);
		value_link(o, "sponsor_url", s->url);
	}
	return v;
}

/* Topics without a story whose sponsor is shown all the same. */
static void
quiet_topics_fill(const struct bench *b, struct value *edition)
{
	for (int t = 0; (size_t)t < b->c->n_topics; t++) {
		const struct config_sponsor *s = sponsor_of(b, t);
		bool told = s == NULL || !s->always;

		for (size_t k = 0; !told && k < b->n; k++)
			told = b->v[k].position > 0 && b->v[k].topic == t;
		if (!told)
			value_flag(topic_fill(b, t, edition), "quiet", true);
	}
}

static const struct item *
at_position(const struct bench *b, int position)
{
	for (size_t k = 0; k < b->n; k++)
		if (b->v[k].position == position)
			return &b->v[k];
	return NULL;
}

#define LEADING 3 /* stories at the top that may bring the edition's one picture */

/*
 * The edition's one picture, near the top where it is seen. Only https: mail programs refuse the rest, and
 * some ask servers of their own for it so that nobody learns who reads.
 */
static bool
image_fill(const struct bench *b, const struct item *i, struct value *v)
{
	struct span url = text_span(i->a->image);

	if (!b->c->edition.lead_image || url.n < 9 || memcmp(url.p, "https://", 8) != 0 ||
	    !url_is_safe(url))
		return false;
	value_text(v, "image", url);
	value_texts(v, "image_from", i->a->feed_name);
	return true;
}

static enum wrap_rc
edition_values(struct bench *b, struct value *v, size_t *stories, struct wrap_err *err)
{
	const struct item *i;
	struct value *topic = NULL, *story;
	int last = -1;
	bool pictured = false;
	enum wrap_rc rc = WRAP_OK;

	value_texts(v, "publication", b->c->publication.name);
	for (int p = 1; rc == WRAP_OK && (i = at_position(b, p)) != NULL; p++) {
		if (i->topic != last)
			topic = topic_fill(b, last = i->topic, v);
		story = value_add(topic, "stories");
		pictured = pictured || (p <= LEADING && image_fill(b, i, story));
		rc = story_fill(b, i, story, err);
		++*stories;
	}
	quiet_topics_fill(b, v);
	return rc;
}

/* ---- templates ---------------------------------------------------------------------------------------- */

enum wrap_rc
document_title(struct bench *b, const char *key, struct buf *out, struct wrap_err *err)
{
	struct template_source src = { .name = "edition.title",
		.text = span_of(b->c->edition.title),
		.escape = TEMPLATE_ESCAPE_LINE,
		.names = title_names };
	struct template *t = NULL;
	struct value *v = NULL;
	enum wrap_rc rc = template_compile(&src, &t, err);

	if (rc == WRAP_OK) {
		v = value_new();
		value_texts(v, "name", b->c->publication.name);
		value_texts(v, "key", key);
		value_date(b, v, b->when, PHRASE_DATE);
		rc = template_render(t, v, out, err);
	}
	value_free(&v);
	template_free(&t);
	return rc;
}

/* An owner's template must keep to what an edition is, or half of it would be lost on the way to readers. */
static enum wrap_rc
shape_check(const struct bench *b, struct span text, size_t stories, struct wrap_err *err)
{
	struct edit_doc d;
	struct edit_report mistakes = { 0 };
	enum wrap_rc rc = edit_read(b->c, b->when, text, &d, &mistakes, err);

	if (rc != WRAP_OK)
		return rc;
	if (d.title == NULL)
		rc = wrap_fail(err, WRAP_ECONFIG,
		    "%s: the document it makes has no title (# {{title}})", EDITION_TEMPLATE);
	else if (d.n != stories)
		rc = wrap_fail(err, WRAP_ECONFIG,
		    "%s: the document it makes has %zu stories, not %zu; each is a heading ### "
		    "[{{headline}}]({{link}})",
		    EDITION_TEMPLATE, d.n, stories);
	for (size_t i = 0; rc == WRAP_OK && i < d.n; i++)
		if (d.v[i].topic == NULL)
			rc = wrap_fail(err, WRAP_ECONFIG,
			    "%s: the document it makes has stories under no topic (## {{topic}})",
			    EDITION_TEMPLATE);
	edit_doc_clear(&d);
	return rc;
}

enum wrap_rc
document_write(
    struct bench *b, const char *key, const char *title, struct buf *out, struct wrap_err *err)
{
	struct template *t = NULL;
	struct value *v = value_new();
	size_t stories = 0;
	enum wrap_rc rc = document_template(b, &t, err);

	value_texts(v, "title", title);
	value_texts(v, "key", key);
	if (rc == WRAP_OK)
		rc = edition_values(b, v, &stories, err);
	if (rc == WRAP_OK)
		rc = template_render(t, v, out, err);
	if (rc == WRAP_OK)
		rc = shape_check(b, buf_span(out), stories, err);
	value_free(&v);
	template_free(&t);
	return rc;
}
