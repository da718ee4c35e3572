/* A page as a tree that can be cut down to its article; shared by the page_*.c files. */
#ifndef TEXT_PAGE_H
#define TEXT_PAGE_H

#include "internal.h"

/* What is in a subtree but its root. Text lengths in characters, blanks folded. */
struct pcount {
	uint32_t text, list_text, heading_text, textish_text;
	uint32_t link_text, inside_text; /* in links elsewhere, in links within the page */
	uint32_t commas, p, img, li, input, embed, tables, blocks;
	uint32_t links; /* its root too */
};

struct pnode {
	GumboTag tag;       /* GUMBO_TAG_LAST for text */
	const GumboNode *g; /* NULL for nodes of our own */
	struct pnode *up, *first, *last, *prev, *next;
	struct span text; /* of a text node, and what there is in it */
	uint32_t length, commas;
	struct pcount *count; /* of an element; right while counted is set */
	double score;
	uint16_t names; /* NAME_*: what its class and id say */
	int8_t weight;  /* of an article, by class and id: -50 to 50 */
	bool counted;
	bool scored;     /* score was begun */
	bool data_table; /* a table that holds data, not layout */
	bool hidden;     /* by its attributes */
	bool aside;      /* by its role */
	bool author;     /* by rel or itemprop */
	bool inside;     /* a link within the page */
};

/* What words in a class or an id say of an element. */
#define NAME_UNLIKELY 1U /* no part of an article */
#define NAME_MAYBE 2U    /* one all the same */
#define NAME_BYLINE 4U
#define NAME_EXTRA 8U /* share buttons and the like, in an article but not of it */
#define NAME_GOOD 16U
#define NAME_BAD 32U

/* page_names.c: the words of these tables by their first letter, to find all of them in one pass. */
#define NAME_WORDS_MOST 160
struct name_index {
	uint8_t first[128], next[NAME_WORDS_MOST];
};
void name_index_init(struct name_index *x);
/* Fill in what the attributes of n->g say. */
void pnode_read_attributes(struct pnode *n, const struct name_index *x);

struct ptree {
	struct pnode *root; /* the document element */
	struct pblock *blocks;
	size_t n_nodes;
	bool failed;
	struct name_index names;
	struct span *data; /* JSON-LD, whose scripts are not in the tree */
	size_t n_data;
};

/* page_tree.c */
/* A fresh copy of a parsed page, which must outlive it. false: no memory, or too many nodes. */
bool ptree_build(const struct html_tree *html, struct ptree *out);
void ptree_clear(struct ptree *t);
struct pnode *pnode_new(struct ptree *t, GumboTag tag, const GumboNode *g);
void pnode_append(struct pnode *up, struct pnode *n);
void pnode_remove(struct pnode *n);
void pnode_replace(struct pnode *old, struct pnode *by);
void pnode_rename(struct pnode *n, GumboTag tag);
/* Next in document order within top; skip: not into n's children. NULL at the end. */
struct pnode *pnode_next(const struct pnode *n, const struct pnode *top, bool skip);
bool pnode_is_text(const struct pnode *n);
bool pnode_is_blank(const struct pnode *n); /* text of blanks only */
struct span pnode_attr(const struct pnode *n, const char *name);
bool pnode_inside(const struct pnode *n, GumboTag tag);
bool pnode_phrasing(const struct pnode *n);
bool pnode_heading(const struct pnode *n);

/* page_count.c */
/* Characters of a text node, blanks folded, and its commas. p ends with NUL. */
void pnode_measure(struct pnode *n, const char *p);
/* What is in an element, now; counted anew only where something changed. Good until the next change. */
const struct pcount *pnode_count(struct pnode *n);
double pcount_links(
    const struct pcount *c); /* link density 0..1; links within the page count less */

/* page_text.c */
/* Text as a reader sees it, blocks parted; and on one line, at most most bytes. */
void pnode_text(const struct pnode *n, struct buf *out);
void pnode_line(const struct pnode *n, size_t most, struct buf *out);

/* page_meta.c: what a page says of itself. */
struct page_meta {
	struct buf title, byline, excerpt, site, published, image, body;
	struct buf page_title; /* the title element, whole */
};
void page_meta_read(const struct ptree *t, struct page_meta *m);
void page_meta_clear(struct page_meta *m);
/* page_jsonld.c: schema.org's description of an article, if json holds one. */
void jsonld_read(struct span json, struct page_meta *m);

struct page_flags {
	bool strip_unlikely, weigh_names, clean;
};
/* Elements in their order; free(v). */
struct pnodes {
	struct pnode **v;
	size_t n, size;
};
void pnodes_add(struct ptree *t, struct pnodes *l, struct pnode *n);
/* page_clear.c: out of the tree what is no article at first sight, *byline on the way; the rest's paragraphs to paragraphs. */
void page_clear_away(struct ptree *t, struct page_flags f, const char *title, struct buf *byline,
    struct pnodes *paragraphs);
/* page_find.c: the element that holds the article, as a node of our own with what belongs to it. */
struct pnode *page_find(
    struct ptree *t, struct page_flags f, const char *title, struct buf *byline);
/* page_trim.c: everything out of it that is no article. */
void page_trim(struct pnode *article, struct page_flags f);

#endif
