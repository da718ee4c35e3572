/*
 * What a page says of itself: JSON-LD first, then meta elements, then what its head and body show. The
 * title is freed of the site's name when enough of it is left.
 */
#include "page.h"

#include <string.h>

void
page_meta_clear(struct page_meta *m)
{
	buf_clear(&m->title);
	buf_clear(&m->byline);
	buf_clear(&m->excerpt);
	buf_clear(&m->site);
	buf_clear(&m->published);
	buf_clear(&m->image);
	buf_clear(&m->body);
	buf_clear(&m->page_title);
}

/* ---- meta elements ----------------------------------------------------------------------------------------- */

/* Names of the values we want, best first; a '*' before the colon stands for any of the usual prefixes. */
static const char *const titles[] = { "dc:title", "dcterm:title", "dcterms:title", "og:title",
	"weibo:article:title", "weibo:webpage:title", "title", "twitter:title", "parsely-title" };
static const char *const bylines[] = { "dc:creator", "dcterm:creator", "dcterms:creator", "author",
	"parsely-author", "sailthru.author", "article:author" };
static const char *const excerpts[] = { "dc:description", "dcterm:description",
	"dcterms:description", "og:description", "weibo:article:description",
	"weibo:webpage:description", "description", "twitter:description" };
static const char *const sites[] = { "og:site_name" };
static const char *const dates[] = { "article:published_time", "parsely-pub-date", "datepublished",
	"dc:date", "dcterms:created", "date", "pubdate", "sailthru.date" };
static const char *const images[] = { "og:image", "twitter:image", "og:image:url" };

struct wanted {
	const char *const *names;
	size_t n;
	size_t best; /* rank of what was taken; n: nothing yet */
	struct buf *to;
};

/* "DC.creator" and "dc:creator" are one. */
static bool
same_name(struct span have, const char *want)
{
	size_t n = strlen(want);

	if (have.n != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = have.p[i];
		c = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
		if (c != want[i] && !(want[i] == ':' && c == '.'))
			return false;
	}
	return true;
}

static void
offer(struct wanted *w, size_t n_wanted, struct span names, struct span content)
{
	struct span name;

	while (span_cut(&names, ' ', &name))
		for (size_t i = 0; i < n_wanted; i++)
			for (size_t k = 0; k < w[i].best; k++)
				if (same_name(name, w[i].names[k])) {
					/* An author that is a link to a profile is no name. */
					if (w[i].names == bylines && url_is_web(content))
						break;
					w[i].best = k;
					buf_reset(w[i].to);
					utf8_line(content, w[i].to);
					break;
				}
}

/* ---- title -------------------------------------------------------------------------------------------------- */

static size_t
words_of(struct span s)
{
	struct span w;
	size_t n = 0;

	while (span_cut(&s, ' ', &w))
		n += w.n > 0;
	return n;
}

/* Separators between a title and its site, blanks around them. Position and length of the last; false for none. */
static bool
last_separator(struct span s, bool first, size_t *at, size_t *len)
{
	static const char *const marks[] = { " | ", " - ", " – ", " — ", " \\ ", " / ", " > ",
		" » ", " · ", " « " };
	bool found = false;

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		struct span m = span_of(marks[i]);
		for (size_t k = 0; k + m.n <= s.n; k++)
			if (memcmp(s.p + k, m.p, m.n) == 0 &&
			    (!found || (first ? k < *at : k > *at))) {
				*at = k;
				*len = m.n;
				found = true;
			}
	}
	return found;
}

static const struct pnode *
find_first(const struct ptree *t, GumboTag tag)
{
	for (const struct pnode *n = t->root; n != NULL; n = pnode_next(n, t->root, false))
		if (n->tag == tag)
			return n;
	return NULL;
}

/* Does a heading of the page say exactly this? */
static bool
heading_says(const struct ptree *t, struct span s)
{
	struct buf b = BUF_INIT(1 << 16);
	bool yes = false;

	for (const struct pnode *n = t->root; n != NULL && !yes; n = pnode_next(n, t->root, false))
		if (n->tag == GUMBO_TAG_H1 || n->tag == GUMBO_TAG_H2) {
			buf_reset(&b);
			pnode_line(n, 1 << 15, &b);
			yes = span_eq(buf_span(&b), s);
		}
	buf_clear(&b);
	return yes;
}

static void
shorten_title(const struct ptree *t, struct span whole, struct buf *out)
{
	struct span s = whole, after;
	size_t at, len;
	const char *colon;

	if (last_separator(s, false, &at, &len)) {
		s = span_trim((struct span){ whole.p, at });
		if (words_of(s) < 3 && !heading_says(t, s) &&
		    last_separator(whole, true, &at, &len))
			s = span_trim((struct span){ whole.p + at + len, whole.n - at - len });
	} else if ((colon = memmem(s.p, s.n, ": ", 2)) != NULL && !heading_says(t, s)) {
		after = (struct span){ colon + 2, s.n - (size_t)(colon + 2 - s.p) };
		if (words_of(after) >= 3 &&
		    words_of((struct span){ s.p, (size_t)(colon - s.p) }) <= 5)
			s = after;
	}
	/* Too little left means that the separator was part of the title. */
	if (words_of(s) <= 4 && (words_of(s) + 1 < words_of(whole) || words_of(s) < 2) &&
	    !heading_says(t, s))
		s = whole;
	utf8_line(s, out);
}

static void
title_of_page(const struct ptree *t, struct page_meta *m)
{
	const struct pnode *n;

	if (m->page_title.n > 0)
		shorten_title(t, buf_span(&m->page_title), &m->title);
	else if ((n = find_first(t, GUMBO_TAG_H1)) != NULL)
		pnode_line(n, 1000, &m->title);
}

/* ---- date -------------------------------------------------------------------------------------------------- */

/* The date that a page shows: marked as that of its publishing, else the first time element of its article. */
static void
date_of_page(const struct ptree *t, struct buf *out)
{
	struct span marked = { 0 }, first = { 0 };
	int64_t at;

	for (const struct pnode *n = t->root; n != NULL && marked.n == 0;
	     n = pnode_next(n, t->root, false)) {
		struct span when = pnode_attr(n, "datetime"), prop = pnode_attr(n, "itemprop");
		if (when.n == 0)
			when = pnode_attr(n, "content");
		if (when.n == 0 || !date_parse(when, &at))
			continue;
		if (span_ieqs(prop, "datePublished"))
			marked = when;
		else if (first.n == 0 && n->tag == GUMBO_TAG_TIME &&
			 (pnode_inside(n, GUMBO_TAG_ARTICLE) || pnode_inside(n, GUMBO_TAG_MAIN)))
			first = when;
	}
	utf8_line(marked.n > 0 ? marked : first, out);
}

/* ---- all ------------------------------------------------------------------------------------------------------ */

void
page_meta_read(const struct ptree *t, struct page_meta *m)
{
	struct buf title = BUF_INIT(1 << 16), byline = BUF_INIT(1 << 16),
		   excerpt = BUF_INIT(1 << 16), site = BUF_INIT(1 << 16), date = BUF_INIT(1 << 16),
		   image = BUF_INIT(1 << 16);
#define WANT(list, to)                                                                       \
	{                                                                                    \
		list, sizeof(list) / sizeof((list)[0]), sizeof(list) / sizeof((list)[0]), to \
	}
	struct wanted w[] = { WANT(titles, &title), WANT(bylines, &byline),
		WANT(excerpts, &excerpt), WANT(sites, &site), WANT(dates, &date),
		WANT(images, &image) };
#undef WANT
	struct buf *const mine[] = { &m->title, &m->byline, &m->excerpt, &m->site, &m->published,
		&m->image };

	const struct pnode *title_element = find_first(t, GUMBO_TAG_TITLE);

	if (title_element != NULL)
		pnode_line(title_element, 1 << 15, &m->page_title);
	for (size_t i = 0; i < t->n_data; i++)
		jsonld_read(t->data[i], m);
	for (const struct pnode *n = t->root; n != NULL; n = pnode_next(n, t->root, false)) {
		struct span content, name;
		if (n->tag != GUMBO_TAG_META)
			continue;
		content = pnode_attr(n, "content");
		name = pnode_attr(n, "property");
		if (span_trim(content).n == 0)
			continue;
		offer(w, sizeof(w) / sizeof(w[0]), name, content);
		offer(w, sizeof(w) / sizeof(w[0]), pnode_attr(n, "name"), content);
	}
	for (size_t i = 0; i < sizeof(w) / sizeof(w[0]); i++) {
		if (mine[i]->n == 0)
			buf_addspan(mine[i], buf_span(w[i].to));
		buf_clear(w[i].to);
	}
	if (m->title.n == 0)
		title_of_page(t, m);
	if (m->published.n == 0)
		date_of_page(t, &m->published);
}
