/*
 * What of HTML is worth a parse. gumbo looks at every byte several times, makes an object of each attribute,
 * and its cost grows with the square of the depth. So comments, scripts, styles and attributes that nobody
 * asks for are left out before it sees them, and so are start tags that would nest too deep. What remains has
 * the same text in the same elements.
 */
#include "html_tag.h"

#include <string.h>

/* Elements that are open. Names are told apart by their hashes first: an end tag may be held against all. */
struct open_tags {
	uint32_t hash[HTML_DEPTH];
	bool wall[HTML_DEPTH];
	struct span name[HTML_DEPTH];
	size_t n;
	uint16_t like[256]; /* how many are open by the last byte of their hash */
};

/* The number of the open element that an end tag closes; o->n: it closes none. */
static size_t
find_open(const struct open_tags *o, const struct html_tag *t)
{
	if (o->like[t->hash & 255] == 0)
		return o->n;
	for (size_t i = o->n; i-- > 0;) {
		if (o->hash[i] == t->hash && span_ieq(o->name[i], t->name))
			return i;
		if (o->wall[i])
			break;
	}
	return o->n;
}

static void
close_one(struct open_tags *o, size_t i)
{
	size_t above = o->n - i - 1;

	o->like[o->hash[i] & 255]--;
	memmove(o->hash + i, o->hash + i + 1, above * sizeof(o->hash[0]));
	memmove(o->wall + i, o->wall + i + 1, above * sizeof(o->wall[0]));
	memmove(o->name + i, o->name + i + 1, above * sizeof(o->name[0]));
	o->n--;
}

/* false: it closes nothing that is open. */
static bool
close_tag(struct open_tags *o, const struct html_tag *t, bool formatting)
{
	size_t i = find_open(o, t);

	if (i == o->n)
		return false;
	if (formatting)
		close_one(o, i);
	while (!formatting && o->n > i)
		o->like[o->hash[--o->n] & 255]--;
	return true;
}

static void
open_tag(struct open_tags *o, const struct html_tag *t, bool wall)
{
	o->like[t->hash & 255]++;
	o->wall[o->n] = wall;
	o->hash[o->n] = t->hash;
	o->name[o->n++] = t->name;
}

/* ---- parts that nobody sees ------------------------------------------------------------------------- */

/* Position past the end tag of the raw element that begins in t; (size_t)-1 when it has none. */
static size_t
raw_end(struct span s, const struct html_tag *t)
{
	size_t at = t->end;
	struct html_tag end;
	enum html_tag_rc rc;

	for (const char *lt; at < s.n && (lt = memmem(s.p + at, s.n - at, "</", 2)) != NULL;) {
		at = (size_t)(lt - s.p);
		at += 2;
		if (at + t->name.n > s.n ||
		    !span_ieq((struct span){ s.p + at, t->name.n }, t->name))
			continue;
		rc = html_tag_at(s, at - 2, true, &end);
		if (rc == HTML_TAG && span_ieq(end.name, t->name))
			return end.end;
		if (rc == HTML_TAG_UNENDED)
			break;
	}
	return (size_t)-1;
}

static bool
begins(struct span s, size_t at, const char *with, size_t n)
{
	return s.n - at >= n && memcmp(s.p + at, with, n) == 0;
}

/* Past the comment at s.p[at], which is "<!--"; s.n when it does not end. */
static size_t
comment_end(struct span s, size_t at)
{
	const char *p;

	at += 4;
	if (at < s.n && s.p[at] == '>')
		return at + 1;
	if (at + 1 < s.n && s.p[at] == '-' && s.p[at + 1] == '>')
		return at + 2;
	for (; at < s.n && (p = memchr(s.p + at, '-', s.n - at)) != NULL; at++) {
		at = (size_t)(p - s.p);
		if (begins(s, at, "-->", 3))
			return at + 3;
		if (begins(s, at, "--!>", 4))
			return at + 4;
	}
	return s.n;
}

/* Elements of HTML that SVG has too, or that a drawing may well hold. */
static bool
is_drawn(GumboTag tag)
{
	return tag == GUMBO_TAG_UNKNOWN || tag == GUMBO_TAG_TITLE || tag == GUMBO_TAG_DESC ||
	       tag == GUMBO_TAG_STYLE || tag == GUMBO_TAG_SCRIPT || tag == GUMBO_TAG_FONT;
}

/* Past the svg element that begins in t, or where an element of HTML ends it. HTML 13.2.6.5. */
static size_t
svg_end(struct span s, const struct html_tag *t)
{
	size_t at = t->end, depth = 1, foreign = 0, links = 0;
	struct html_tag in;
	enum html_tag_rc rc;

	for (const char *lt; at < s.n && (lt = memchr(s.p + at, '<', s.n - at)) != NULL;) {
		at = (size_t)(lt - s.p);
		if (begins(s, at, "<!--", 4)) {
			at = comment_end(s, at);
			continue;
		}
		rc = html_tag_at(s, at, true, &in);
		if (rc == HTML_TAG_UNENDED)
			break;
		if (rc == HTML_TAG_NONE) {
			at++;
			continue;
		}
		if (in.is == GUMBO_TAG_SVG) {
			depth = in.closing ? depth - 1 : depth + !in.self;
			if (depth == 0)
				return in.end;
		} else if (in.is == GUMBO_TAG_FOREIGNOBJECT) {
			foreign = in.closing ? foreign - (foreign > 0) : foreign + !in.self;
		} else if (in.is == GUMBO_TAG_A) {
			if (in.closing && links == 0)
				return at;
			links = in.closing ? links - 1 : links + !in.self;
		} else if (foreign == 0 && !is_drawn(in.is)) {
			return at;
		}
		at = in.end;
	}
	return s.n;
}

/* ---- all ---------------------------------------------------------------------------------------------- */

/*
 * A page is read up to here: more of what is worth a parse, and memory would pass any use. The largest articles
 * we know of have a third of it, Wikipedia's longest apart.
 */
#define PAGE_BYTES ((size_t)1 << 20)
#define PAGE_TAGS 48000 /* start and end */

struct tamer {
	struct span s;
	size_t from; /* what is before is copied, or left out */
	struct buf *store;
	bool fragment;
	bool no_end; /* no noscript from here on has an end tag */
	bool body;   /* something was seen that no head holds */
	size_t edge; /* past the last tag that begins or ends a block */
	size_t tags;
	struct open_tags open;
};

static void
leave_out(struct tamer *m, size_t from, size_t to)
{
	buf_add(m->store, m->s.p + m->from, from - m->from);
	m->from = to;
}

/* Past an element that the copy lacks, which begins in t; 0 when it has it. */
static size_t
hidden_end(struct tamer *m, const struct html_tag *t)
{
	size_t end;

	switch ((int)t->is) {
	case GUMBO_TAG_SCRIPT:
		if (t->data)
			return 0;
		/* fallthrough */
	case GUMBO_TAG_STYLE: end = raw_end(m->s, t); return end == (size_t)-1 ? m->s.n : end;
	case GUMBO_TAG_NOSCRIPT:
		/* Raw text to whoever runs scripts; gumbo, who does not, takes it out of the head. */
		end = m->fragment || m->no_end ? (size_t)-1 : raw_end(m->s, t);
		m->no_end = end == (size_t)-1;
		return m->no_end ? 0 : end;
	case GUMBO_TAG_SVG: return m->fragment || t->self ? 0 : svg_end(m->s, t);
	default: return 0;
	}
}

/* The tag t at at: left out whole, or copied without the attributes that nobody wants. Returns where to go on. */
static size_t
tame_tag(struct tamer *m, size_t at, const struct html_tag *t)
{
	unsigned h = html_habits(t->is);
	size_t next = t->end, end;

	if (t->closing) {
		if (!(h & HTML_FLAT) && !close_tag(&m->open, t, (h & HTML_FORMATTING) != 0)) {
			leave_out(m, at, next);
			return next;
		}
	} else if ((end = hidden_end(m, t)) != 0) {
		leave_out(m, at, end);
		return end;
	} else if (h & HTML_RAW) {
		next = raw_end(m->s, t);
		next = next == (size_t)-1 ? m->s.n : next;
		if (!m->fragment && next - at > PAGE_BYTES) {
			leave_out(m, at, next);
			return next;
		}
	} else if (!(h & HTML_FLAT)) {
		if (m->open.n == HTML_DEPTH) {
			leave_out(m, at, next);
			return next;
		}
		open_tag(&m->open, t, (h & HTML_WALL) != 0);
	}
	for (size_t i = 0; i < t->n_cuts; i++)
		leave_out(m, t->cuts[i].from, t->cuts[i].to);
	return next;
}

/* Does a block begin or end at s.p[at]? */
static bool
is_edge(struct span s, size_t at)
{
	size_t from = at + 1;

	if (at >= s.n || s.p[at] != '<')
		return false;
	from += from < s.n && s.p[from] == '/';
	for (at = from; at < s.n && !html_is_blank(s.p[at]) && s.p[at] != '/' && s.p[at] != '>';
	     at++)
		;
	return html_is_block(gumbo_tagn_enum(s.p + from, (unsigned)(at - from)));
}

/*
 * A run of blanks. A page needs none in its head or between two places where blocks begin or end; else one, or
 * the line ends, two of which part paragraphs in a pre.
 */
static size_t
tame_blanks(struct tamer *m, size_t at)
{
	size_t lines = 0, i = at, keep;

	for (; i < m->s.n && html_is_blank(m->s.p[i]); i++)
		lines += m->s.p[i] == '\n';
	if (!m->body || (at == m->edge && is_edge(m->s, i))) {
		leave_out(m, at, i);
		return i;
	}
	keep = lines > 1 ? 2 : 1;
	if (i - at > keep) {
		leave_out(m, at, i);
		buf_add(m->store, lines == 0 ? " " : "\n\n", keep);
	}
	return i;
}

static bool
is_of_head(GumboTag tag)
{
	return tag == GUMBO_TAG_HTML || tag == GUMBO_TAG_HEAD || tag == GUMBO_TAG_META ||
	       tag == GUMBO_TAG_LINK || tag == GUMBO_TAG_BASE || tag == GUMBO_TAG_TITLE ||
	       tag == GUMBO_TAG_SCRIPT || tag == GUMBO_TAG_STYLE || tag == GUMBO_TAG_NOSCRIPT;
}

/* The next byte that matters. */
static size_t
skip_words(const struct tamer *m, size_t at)
{
	const char *lt;

	if (!m->fragment) {
		while (at < m->s.n && m->s.p[at] != '<' && !html_is_blank(m->s.p[at]))
			at++;
		return at;
	}
	lt = at < m->s.n ? memchr(m->s.p + at, '<', m->s.n - at) : NULL;
	return lt == NULL ? m->s.n : (size_t)(lt - m->s.p);
}

/* Is there more of the page than anybody reads? at: what is before it is to be copied. */
static bool
is_over(const struct tamer *m, size_t at)
{
	return !m->fragment && (m->tags > PAGE_TAGS || m->store->n + (at - m->from) > PAGE_BYTES);
}

struct span
html_tame(struct span s, bool fragment, struct buf *store)
{
	struct tamer m = { .s = s, .store = store, .fragment = fragment };
	enum html_tag_rc rc;
	struct html_tag t;
	size_t next = 0, at;

	for (at = skip_words(&m, 0); at < s.n && !is_over(&m, at); at = skip_words(&m, next)) {
		m.body = m.body || at > next; /* there were words */
		next = at + 1;
		if (s.p[at] != '<') {
			next = tame_blanks(&m, at);
			continue;
		}
		if (begins(s, at, "<!--", 4)) {
			next = comment_end(s, at);
			leave_out(&m, at, next);
			continue;
		}
		rc = html_tag_at(s, at, fragment, &t);
		if (rc == HTML_TAG_UNENDED)
			break;
		if (rc == HTML_TAG_NONE)
			continue;
		m.tags++;
		m.body = m.body || !is_of_head(t.is);
		next = tame_tag(&m, at, &t);
		if (html_is_block(t.is) && m.from <= at)
			m.edge = next;
	}
	if (m.from == 0)
		return (struct span){ s.p, at };
	leave_out(&m, at, s.n);
	return buf_span(store);
}
