/* A page as a tree that can be cut down to its article; shared by the page_*.c files. */
#ifndef TEXT_PAGE_H
#define TEXT_PAGE_H

#include "internal.h"

struct pnode {
	GumboTag tag;       /* GUMBO_TAG_LAST for text */
	const GumboNode *g; /* NULL for nodes of our own */
	struct span text;   /* of a text node, and what pnode_measure finds in it */
	uint32_t length, commas;
	struct pnode *up, *first, *last, *prev, *next;
	double score;
	bool scored;     /* score was begun */
	bool data_table; /* a table that holds data, not layout */
	bool kept;
};

struct ptree {
	struct pnode *root; /* the document element */
	struct pblock *blocks;
	size_t n_nodes;
	bool failed;
};

/* page_tree.c */
/* A fresh copy of a parsed page, which must outlive it. */
bool ptree_build(const struct html_tree *html, struct ptree *out);
void ptree_clear(struct ptree *t);
struct pnode *pnode_new(struct ptree *t, GumboTag tag, const GumboNode *g);
void pnode_append(struct pnode *up, struct pnode *n);
void pnode_remove(struct pnode *n);
void pnode_replace(struct pnode *old, struct pnode *by);
/* Next in document order within top; skip: not into n's children. NULL at the end. */
struct pnode *pnode_next(const struct pnode *n, const struct pnode *top, bool skip);
bool pnode_is_text(const struct pnode *n);
bool pnode_is_blank(const struct pnode *n); /* text of blanks only */
struct span pnode_attr(const struct pnode *n, const char *name);
/* class and id in lower case into out (NUL-terminated, cut). */
#define NAMES_MOST 256
const char *pnode_names(const struct pnode *n, char out[NAMES_MOST]);
bool pnode_inside(const struct pnode *n, GumboTag tag);
bool pnode_phrasing(const struct pnode *n);
bool pnode_heading(const struct pnode *n);

/* page_count.c */
/* Characters of a text node, blanks folded, and its commas: once, for every count walks over them. */
void pnode_measure(struct pnode *n);
/* What is in a subtree, counted in one walk. Text lengths in characters, blanks folded. */
struct pcount {
	size_t text, link_text, list_text, heading_text, textish_text;
	size_t commas, p, img, li, input, embed, links;
	double link_weight; /* link_text, links within the page counted less */
};
struct pcount pnode_count(const struct pnode *n);
double pcount_links(const struct pcount *c); /* link density 0..1 */
/* Text as a reader sees it, blocks parted; and on one line, at most most bytes. */
void pnode_text(const struct pnode *n, struct buf *out);
void pnode_line(const struct pnode *n, size_t most, struct buf *out);
int pnode_weight(const struct pnode *n); /* by class and id, -50 to 50 */
bool has_word(const char *names, const char *const *words, size_t n);

/* page_meta.c: what a page says of itself. */
struct page_meta {
	struct buf title, byline, excerpt, site, published, image, body;
	struct buf page_title; /* the title element, whole */
};
void page_meta_read(const struct html_tree *html, const struct ptree *t, struct page_meta *m);
void page_meta_clear(struct page_meta *m);
/* page_jsonld.c: schema.org's description of an article, if json holds one. */
void jsonld_read(struct span json, struct page_meta *m);

/* page_find.c: the element that holds the article, as a node of our own with what belongs to it. */
struct page_flags {
	bool strip_unlikely, weigh_names, clean;
};
struct pnode *page_find(
    struct ptree *t, struct page_flags f, const char *title, struct buf *byline);
/* page_trim.c: everything out of it that is no article. */
void page_trim(struct ptree *t, struct pnode *article, struct page_flags f);

#endif
