/*
 * Teasers: the few words under a title. In order of preference: what an author of ours wrote, what the feed gives
 * when a person wrote it, the best sentences of the text, the best of what the feed gives; else nothing: the title
 * stands alone.
 */
#include "digest/internal.h"

#include <string.h>

#define WRITTEN_MIN 12 /* words of a summary that a person wrote */
#define WRITTEN_MAX 70
#define BOILERPLATE 3 /* items of one feed with the same summary */

static bool
has(struct span s, const char *what)
{
	return span_ifind(s, span_of(what)) != (size_t)-1;
}

/* Is it the head of the text, cut where a machine cut it? */
static bool
is_cut_from(struct span summary, const char *text)
{
	struct buf a = BUF_INIT(0), b = BUF_INIT(0);
	bool cut = false;

	if (text != NULL) {
		text_fold(summary, &a);
		text_fold(span_of(text), &b);
		cut = a.n > 0 && a.n < b.n && memcmp(a.p, b.p, a.n) == 0 &&
		      !trim_is_complete(buf_span(&a));
	}
	buf_clear(&a);
	buf_clear(&b);
	return cut;
}

static bool
is_boilerplate(const struct bench *b, const struct item *i)
{
	size_t n = 0;

	for (size_t k = 0; k < b->n; k++)
		n += b->v[k].a->feed_id == i->a->feed_id && b->v[k].a->summary != NULL &&
		     strcmp(b->v[k].a->summary, i->a->summary) == 0;
	return n >= BOILERPLATE;
}

/* Did a person write the feed's summary, to be read as it is? */
static bool
is_written(const struct bench *b, const struct item *i)
{
	struct span s = span_trim(text_span(i->a->summary));
	size_t words = blank_words(s);

	return words >= WRITTEN_MIN && words <= WRITTEN_MAX && trim_is_complete(s) &&
	       !has(s, "[...]") && !has(s, "[\xE2\x80\xA6]") && !has(s, "appeared first on") &&
	       !has(s, "read more") &&
	       !(s.n > 3 && memcmp(s.p + s.n - 3, "\xE2\x80\xA6", 3) == 0) &&
	       !(s.n > 3 && memcmp(s.p + s.n - 3, "...", 3) == 0) && !span_ieqs(s, i->a->title) &&
	       !is_cut_from(s, i->a->text) && !is_boilerplate(b, i);
}

/* Does s say no more than the title over it? */
static bool
is_title(struct span s, const char *title)
{
	struct buf a = BUF_INIT(0), b = BUF_INIT(0);
	bool same;

	text_fold(s, &a);
	text_fold(text_span(title), &b);
	s = buf_span(&a);
	while (s.n > 0 && strchr(".!?", s.p[s.n - 1]) != NULL)
		s.n--;
	same = s.n > 0 && (span_ieq(s, buf_span(&b)) || span_ieq(buf_span(&a), buf_span(&b)));
	buf_clear(&a);
	buf_clear(&b);
	return same;
}

/* "players or fans; unless it": a feed cut its text there. What nobody could end on is shown to go on. */
static void
mark_cut(struct words *w, const char *lang, struct buf *out)
{
	struct span s = buf_span(out), last = s;

	if (trim_is_complete(s))
		return;
	for (size_t i = s.n; i-- > 0;)
		if (s.p[i] == ' ') {
			last = (struct span){ s.p + i + 1, s.n - i - 1 };
			break;
		}
	if (words_flags(w, lang, last) & WORD_STOP)
		buf_adds(out, "\xE2\x80\xA6");
}

enum wrap_rc
teaser_write(struct bench *b, const struct item *i, struct buf *out, struct wrap_err *err)
{
	struct summary_style style = { .words = (size_t)b->c->edition.words,
		.sentences = (size_t)b->c->edition.sentences };
	struct span s = span_trim(text_span(i->a->summary)), t = span_trim(text_span(i->a->text));
	bool ours = i->feed != NULL && i->feed->folder != NULL && s.n > 0,
	     written = s.n > 0 && is_written(b, i);

	const char *lang = item_language(b, i);
	size_t before = out->n;
	enum wrap_rc rc;

	if ((ours || written) && blank_words(s) <= style.words) {
		text_fold(s, out);
		return buf_rc(out, err);
	}
	if (t.n == 0 || ours || written)
		t = s;
	rc = summary_extract(b->words, lang, i->a->title, t, &style, out, err);
	if (rc == WRAP_OK && before == 0 && is_title(buf_span(out), i->a->title))
		buf_reset(out);
	else if (rc == WRAP_OK)
		mark_cut(b->words, lang, out);
	return rc == WRAP_OK ? buf_rc(out, err) : rc;
}
