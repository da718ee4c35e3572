/*
 * The article in a web page: text, title, byline, date, image, excerpt. The search runs on a copy of the
 * page's tree and is repeated with looser rules when it finds too little.
 */
#include "page.h"

#include <stdlib.h>
#include <string.h>

#define ENOUGH 500 /* characters; less, and looser rules are tried */

void
page_clear(struct page *p)
{
	free(p->title);
	free(p->byline);
	free(p->excerpt);
	free(p->site_name);
	free(p->published);
	free(p->image);
	free(p->text);
	*p = (struct page){ 0 };
}

/* The first paragraph with words in it. */
static void
first_paragraph(const struct pnode *article, struct buf *out)
{
	for (const struct pnode *n = pnode_next(article, article, false); n != NULL && out->n == 0;
	     n = pnode_next(n, article, false))
		if (n->tag == GUMBO_TAG_P)
			pnode_line(n, 1 << 15, out);
}

struct best {
	struct buf text, excerpt, byline;
	size_t length;
};

/* One search with these rules, which uses up the tree; *b keeps the longest text so far. false: no memory. */
static bool
attempt(struct ptree *t, struct page_flags f, const char *title, bool want_byline, struct best *b)
{
	struct buf byline = BUF_INIT(1 << 16);
	struct pnode *article;
	size_t length;

	/* A byline that is known already need not be looked for, but its element goes all the same. */
	if (!want_byline)
		buf_addc(&byline, ' ');
	article = page_find(t, f, title, &byline);
	if (article != NULL) {
		page_trim(article, f);
		length = pnode_count(article)->text;
		if (length > b->length || b->length == 0) {
			b->length = length;
			buf_reset(&b->text);
			buf_reset(&b->excerpt);
			buf_reset(&b->byline);
			pnode_text(article, &b->text);
			first_paragraph(article, &b->excerpt);
			if (want_byline)
				buf_addspan(&b->byline, buf_span(&byline));
		}
	}
	buf_clear(&byline);
	return article != NULL;
}

static char *
steal_line(struct buf *b)
{
	if (b->n == 0 || b->rc != WRAP_OK) {
		buf_clear(b);
		return NULL;
	}
	return buf_steal(b);
}

static void
make_absolute(struct buf *image, struct span url)
{
	struct buf abs = BUF_INIT(1 << 16);

	if (image->n > 0 && url_resolve(url, buf_span(image), &abs) && url_is_web(buf_span(&abs))) {
		buf_reset(image);
		buf_addspan(image, buf_span(&abs));
	} else {
		buf_reset(image);
	}
	buf_clear(&abs);
}

enum wrap_rc
page_read(
    struct span bytes, struct span label, struct span url, struct page *out, struct wrap_err *err)
{
	static const struct page_flags rules[] = { { true, true, true }, { false, true, true },
		{ false, false, true }, { false, false, false } };
	struct page_meta m = { 0 };
	struct buf store = BUF_INIT((size_t)64 << 20);
	struct best b = { 0 };
	struct html_tree tree = { 0 };
	struct span html;
	struct ptree t;
	enum wrap_rc rc;
	bool more;

	*out = (struct page){ 0 };
	rc = charset_decode(bytes, label, CHARSET_HTML, &store, &html, err);
	if (rc == WRAP_OK && (!html_parse(html, false, &tree) || !ptree_build(&tree, &t)))
		rc = wrap_fail(err, WRAP_ELIMIT, "the page is too large or too deeply nested");
	if (rc != WRAP_OK) {
		html_free(&tree);
		buf_clear(&store);
		return rc;
	}
	page_meta_read(&t, &m);
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]) && b.length < ENOUGH; i++) {
		if (i > 0 && !ptree_build(&tree, &t))
			break;
		more = attempt(&t, rules[i], buf_str(&m.title), m.byline.n == 0, &b);
		ptree_clear(&t);
		if (!more)
			break;
	}
	make_absolute(&m.image, url);
	out->title = steal_line(&m.title);
	out->byline = steal_line(m.byline.n > 0 ? &m.byline : &b.byline);
	out->excerpt = steal_line(m.excerpt.n > 0 ? &m.excerpt : &b.excerpt);
	out->site_name = steal_line(&m.site);
	out->published = steal_line(&m.published);
	out->image = steal_line(&m.image);
	out->text = steal_line(&b.text);
	page_meta_clear(&m);
	buf_clear(&b.text);
	buf_clear(&b.excerpt);
	buf_clear(&b.byline);
	html_free(&tree);
	buf_clear(&store);
	return WRAP_OK;
}
