/* What the files of text share: character references, and the one way to get a tree out of HTML. */
#ifndef TEXT_INTERNAL_H
#define TEXT_INTERNAL_H

#include "wrap/text.h"

#include <gumbo.h>

/* entity.c: the code point of a name without '&' and ';', 0 for none. */
uint32_t entity_named(struct span name);
/* The reference at the start of s ("&name;", "&#1;", "&#x1;", the last two also without ';'); 0 for none; *len its length. */
uint32_t entity_read(struct span s, size_t *len);

/*
 * html_tame.c: s without what no reader of ours asks for, so that its parse is short and its nesting below
 * HTML_DEPTH. Input that needs no change is not copied; else the copy lies in store, whose rc tells.
 */
struct span html_tame(struct span s, bool fragment, struct buf *store);

/*
 * html.c: a document or fragment as gumbo's tree, all of it in one arena. Nesting is held below
 * HTML_DEPTH before gumbo sees it, since its cost grows with the square of the depth.
 */
#define HTML_DEPTH 256
struct html_tree {
	struct html_arena *arena;
	GumboOutput *out;
};
/* false when the limits are passed or memory ends; the tree is then empty. */
bool html_parse(struct span html, bool fragment, struct html_tree *out);
void html_free(struct html_tree *t);
/* Value of an attribute; an empty span with p NULL when it is not there. */
struct span html_attr(const GumboNode *n, const char *name);
bool html_is_element(const GumboNode *n);
const GumboVector *html_children(const GumboNode *n);
/* Elements whose inside no reader sees. */
bool html_is_hidden(GumboTag tag);
/* Elements that begin a new line before and after. */
bool html_is_block(GumboTag tag);
/* Text between tags, for input that has no tree. */
void html_strip(struct span html, struct buf *out);

/*
 * simple.c: elements and texts of well-formed everyday HTML, without a tree. false: it is none, or open said
 * so; what the events did then must be undone, and the tree be used. attrs are as written.
 */
struct html_events {
	bool (*open)(void *ctx, GumboTag tag, struct span attrs);
	void (*close)(void *ctx);
	void (*text)(void *ctx, struct span text);
};
bool html_simple(struct span html, const struct html_events *ev, void *ctx);
/*
 * simple_attr.c. One attribute at s.p[*at], after its blanks: name, name=word, name="text" or name='text', of
 * characters that leave no doubt, then a blank, '/' or '>'; value as written. false: none such there; *at is
 * then where it should begin.
 */
bool html_simple_next(struct span s, size_t *at, struct span *name, struct span *value);
/* Append s with its references decoded; false when one of them is not the same to every reader. */
bool html_simple_decode(struct span s, bool attribute, struct buf *out);
/* Append an attribute's value, decoded; *found tells whether it is there. false: only the tree can tell. */
bool html_simple_attr(struct span attrs, const char *name, struct buf *out, bool *found);
/* clean.c, plain.c: by the tree whatever the input, so that tests can hold the short way against it. */
void clean_html_tree(struct span html, struct span base, struct buf *out);
void html_text_tree(struct span html, struct buf *out);

#endif
