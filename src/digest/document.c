/*
 * The document: an edition as Markdown. What came from feeds is escaped, so a title full of markup comes out as
 * itself.
 */
#include "digest/internal.h"

#include <stdlib.h>
#include <string.h>

#define WORDS_A_MINUTE 230

static const struct template_name title_names[] = {
	{ "name", TEMPLATE_TEXT, NULL },
	{ "date", TEMPLATE_TEXT, NULL },
	{ "key", TEMPLATE_TEXT, NULL },
	{ NULL, TEMPLATE_TEXT, NULL },
};

static const char *const months[] = { "January", "February", "March", "April", "May", "June",
	"July", "August", "September", "October", "November", "December" };

static char *
long_date(int64_t t)
{
	struct tm tm = clock_local(t);

	return text_format("%d %s %d", tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900);
}

enum wrap_rc
document_title(struct bench *b, const char *key, struct buf *out, struct wrap_err *err)
{
	struct template_source src = { .name = "edition.title",
		.text = span_of(b->c->edition.title),
		.escape = TEMPLATE_ESCAPE_LINE,
		.names = title_names };
	struct template *t = NULL;
	struct value *v = NULL;
	char *date = long_date(b->when);
	enum wrap_rc rc = template_compile(&src, &t, err);

	if (rc == WRAP_OK) {
		v = value_new();
		value_texts(v, "name", b->c->publication.name);
		value_texts(v, "date", date);
		value_texts(v, "key", key);
		rc = template_render(t, v, out, err);
	}
	value_free(&v);
	template_free(&t);
	free(date);
	return rc;
}

static void
link_write(struct buf *out, const char *text, const char *url)
{
	struct span u = text_span(url);

	if (u.n > 0 && url_is_safe(u)) {
		buf_addc(out, '[');
		escape_markdown(span_of(text), out);
		buf_adds(out, "](");
		escape_markdown_url(u, out);
		buf_addc(out, ')');
	} else {
		escape_markdown(span_of(text), out);
	}
}

/* "By Jane Doe · 19 Nov · 4 min read" */
static void
byline_write(const struct item *i, struct buf *out)
{
	struct span by = span_trim(text_span(i->a->byline));
	struct tm tm = clock_local(i->date);
	size_t minutes = (i->words + WORDS_A_MINUTE / 2) / WORDS_A_MINUTE;

	if (by.n > 3 && span_ieqs((struct span){ by.p, 3 }, "by "))
		by = span_trim((struct span){ by.p + 3, by.n - 3 });
	buf_addc(out, '*');
	if (by.n > 0) {
		buf_adds(out, "By ");
		escape_markdown(by, out);
	} else {
		escape_markdown(span_of(i->a->feed_name), out);
	}
	buf_addf(out, " \xC2\xB7 %d %.3s", tm.tm_mday, months[tm.tm_mon]);
	if (minutes > 0)
		buf_addf(out, " \xC2\xB7 %zu min read", minutes);
	buf_adds(out, "*\n\n");
}

/* Who else tells it: other articles of the story, from other sources first. */
static void
others_write(const struct bench *b, const struct item *head, struct buf *out)
{
	const char *lead = "Also covered by ";
	const int64_t *seen = NULL;

	for (size_t k = 0; head->copies > 0 && k < b->n; k++) {
		const struct item *i = &b->v[k];

		if (i->head != head || i == head || i->a->feed_id == head->a->feed_id ||
		    (seen != NULL && *seen == i->a->feed_id))
			continue;
		buf_adds(out, lead);
		link_write(out, i->a->feed_name, i->a->url);
		lead = ", ";
		seen = &i->a->feed_id;
	}
	if (seen != NULL)
		buf_adds(out, "\n\n");
}

static enum wrap_rc
story_write(struct bench *b, const struct item *i, struct buf *out, struct wrap_err *err)
{
	struct buf teaser = BUF_INIT(65536);
	enum wrap_rc rc = WRAP_OK;

	buf_adds(out, "### ");
	link_write(out, i->a->title, i->a->url);
	buf_adds(out, "\n\n");
	byline_write(i, out);
	if ((size_t)i->topic >= b->c->n_topics || !b->c->topics[i->topic].headlines)
		rc = teaser_write(b, i, &teaser, err);
	if (teaser.n > 0) {
		escape_markdown(buf_span(&teaser), out);
		buf_adds(out, "\n\n");
	}
	buf_clear(&teaser);
	others_write(b, i, out);
	return rc;
}

/* The sponsor of a topic, inside its dates. */
static const struct config_sponsor *
sponsor_of(const struct bench *b, int topic)
{
	const struct config_sponsor *s;

	if ((size_t)topic >= b->c->n_topics)
		return NULL;
	s = &b->c->topics[topic].sponsor;
	if (s->name == NULL || (s->from != 0 && b->when < s->from) ||
	    (s->until != 0 && b->when >= s->until))
		return NULL;
	return s;
}

static void
topic_write(const struct bench *b, int topic, struct buf *out)
{
	const struct config_sponsor *s = sponsor_of(b, topic);

	buf_adds(out, "## ");
	escape_markdown(span_of(section_name(b, topic)), out);
	buf_adds(out, "\n\n");
	if (s == NULL)
		return;
	buf_adds(out, "*Sponsored by ");
	link_write(out, s->name, s->url);
	buf_adds(out, "*\n\n");
}

/* Topics without a story whose sponsor is shown all the same. */
static void
quiet_topics_write(const struct bench *b, struct buf *out)
{
	for (int t = 0; (size_t)t < b->c->n_topics; t++) {
		const struct config_sponsor *s = sponsor_of(b, t);
		bool told = s == NULL || !s->always;

		for (size_t k = 0; !told && k < b->n; k++)
			told = b->v[k].position > 0 && b->v[k].topic == t;
		if (told)
			continue;
		topic_write(b, t, out);
		buf_adds(out, "Nothing new here this week.\n\n");
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

enum wrap_rc
document_write(struct bench *b, const char *title, struct buf *out, struct wrap_err *err)
{
	const struct item *i;
	int topic = -1;
	enum wrap_rc rc = WRAP_OK;

	buf_adds(out, "# ");
	escape_markdown(span_of(title), out);
	buf_adds(out, "\n\n");
	for (int p = 1; rc == WRAP_OK && (i = at_position(b, p)) != NULL; p++) {
		if (i->topic != topic)
			topic_write(b, topic = i->topic, out);
		rc = story_write(b, i, out, err);
	}
	quiet_topics_write(b, out);
	if (out->n > 1 && out->p[out->n - 2] == '\n')
		buf_truncate(out, out->n - 1);
	return rc == WRAP_OK ? buf_rc(out, err) : rc;
}
