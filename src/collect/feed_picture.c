/*
 * The picture of an entry: the one its feed names for it, or else the first of its text that is neither a
 * counter nor an ornament. What decides that it is safe is the cleaner, as for every other picture.
 */
#include "internal.h"

#include <string.h>

#define TRIES_MOST 6
#define TAG_MOST 4096
#define SIDE_LEAST 100 /* pixels; smaller ones are faces, flags and buttons */

/* The number that follows name in a tag, -1 when there is none. */
static long
side(struct span tag, struct span name)
{
	size_t at = span_ifind(tag, name);
	long n = 0;

	if (at == (size_t)-1)
		return -1;
	tag = (struct span){ tag.p + at + name.n, tag.n - at - name.n };
	while (tag.n > 0 && strchr(" =\"'", tag.p[0]) != NULL)
		tag = (struct span){ tag.p + 1, tag.n - 1 };
	if (tag.n == 0 || tag.p[0] < '0' || tag.p[0] > '9')
		return -1;
	for (size_t i = 0; i < tag.n && i < 6 && tag.p[i] >= '0' && tag.p[i] <= '9'; i++)
		n = n * 10 + (tag.p[i] - '0');
	return n;
}

static bool
is_small(struct span tag)
{
	long width = side(tag, SPAN_LIT(" width=")), height = side(tag, SPAN_LIT(" height="));

	return (width >= 0 && width < SIDE_LEAST) || (height >= 0 && height < SIDE_LEAST);
}

/* The next tag of a picture in *s, which goes on behind it. */
static bool
next_img(struct span *s, struct span *tag)
{
	const char *lt, *end;

	while (s->n > 0 && (lt = memchr(s->p, '<', s->n)) != NULL) {
		*s = (struct span){ lt + 1, s->n - (size_t)(lt + 1 - s->p) };
		if (s->n < 4 || !span_ieqs((struct span){ s->p, 3 }, "img"))
			continue;
		end = memchr(s->p, '>', s->n > TAG_MOST ? TAG_MOST : s->n);
		if (end == NULL)
			continue;
		*tag = (struct span){ lt, (size_t)(end + 1 - lt) };
		return true;
	}
	return false;
}

/* The address in what the cleaner left of a picture's tag; it writes one form only. */
static void
add_source(struct span cleaned, struct buf *out)
{
	struct span before = SPAN_LIT("<img src=\"");
	size_t at = span_find(cleaned, before);
	const char *end;

	if (at == (size_t)-1)
		return;
	cleaned = (struct span){ cleaned.p + at + before.n, cleaned.n - at - before.n };
	end = memchr(cleaned.p, '"', cleaned.n);
	if (end != NULL)
		html_unescape((struct span){ cleaned.p, (size_t)(end - cleaned.p) }, out);
}

static void
picture_in(const struct feed_text *t, struct buf *out)
{
	struct span rest = t->s, tag;
	size_t was = out->n;

	for (int i = 0; i < TRIES_MOST && out->n == was && next_img(&rest, &tag); i++) {
		struct buf cleaned = BUF_INIT(0);
		if (!is_small(tag)) {
			clean_html(tag, t->base, &cleaned);
			add_source(buf_span(&cleaned), out);
		}
		buf_clear(&cleaned);
	}
}

void
feed_picture(const struct feed_entry *e, struct buf *out)
{
	const struct feed_text *const texts[] = { &e->content, &e->summary };
	size_t was = out->n;

	buf_addspan(out, e->image.s);
	for (size_t i = 0; i < 2 && out->n == was; i++)
		if (texts[i]->kind != FEED_PLAIN)
			picture_in(texts[i], out);
}
