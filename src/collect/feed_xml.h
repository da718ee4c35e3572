/* What the readers of XML feeds share: the document's walk, and what each element gives to an entry or the feed. */
#ifndef COLLECT_FEED_XML_H
#define COLLECT_FEED_XML_H

#include "internal.h"
#include "xml.h"

struct walk {
	struct xml x;
	struct feed_doc *doc;
	struct span url;
	struct buf text; /* of the element being captured */
	struct buf part; /* attribute values and URLs */
	struct feed_entry *entry;
	struct feed_entry **last;
	size_t entry_depth; /* of its start tag */
	size_t root_depth;  /* 0: no root seen yet */
	bool rss;           /* RSS or RDF, else Atom */
	bool
	    foreign; /* the root's own namespace is unknown: unprefixed names are core all the same */
	bool
	    again; /* the current event was not consumed: an unclosed element was cut short by it */
	bool page; /* an HTML page was seen before any feed */
};

/* feed_elem.c: values out of the current element. The walk stands at XML_START and is at its XML_END after. */

/* Text of the element; markup tells that it had elements inside, which are then in the text as HTML. */
struct span elem_capture(struct walk *w, bool as_html, bool *markup);
/* Past the element with all it holds. */
void elem_skip(struct walk *w);
/* Does this element mean that the text of RSS around it lacks its end tag? It never stands inside one. */
bool elem_cuts_short(const struct walk *w);

/* The text of an element that is a plain word or number, trimmed. */
struct span elem_word(struct walk *w);
/* An attribute decoded and trimmed, owned by the document; empty when missing. */
struct span elem_attr(struct walk *w, const char *name);
/* The absolute form of a reference at the current element; the reference itself when there is no base. */
struct span elem_url(struct walk *w, struct span ref);
/* xml:base in force, else the document's URL. */
struct span elem_base(const struct walk *w);
/* Is this one of the feed's own elements, not an extension's? */
bool elem_is_core(const struct walk *w);
/* Has it this local name, in any case of letters? One of these? */
bool elem_is(const struct walk *w, const char *name);
bool elem_is_any(const struct walk *w, const char *const *names, size_t n);
#define ELEM_ANY(w, ...)                                     \
	elem_is_any(w, (const char *const[]){ __VA_ARGS__ }, \
	    sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

/* A value for a field, when its rank is higher than what the field has. */
void put_text(struct feed_text *to, struct feed_text t);
void put_link(struct feed_link *to, struct span s, int rank);
void put_time(struct feed_time *to, struct span s, int rank);

/* feed_text.c: a text as type and mode attributes, or the format's habit, say. */
struct feed_text elem_text(struct walk *w, int rank);
/* The same for a title. */
struct feed_text elem_title(struct walk *w, int rank);
/* Author as text (RSS) or with name and mail inside (Atom). */
struct feed_text elem_author(struct walk *w, int rank);

/* feed_entry.c, feed_extension.c, feed_xml.c: the current XML_START, consumed or left to be descended into. */
void entry_element(struct walk *w);
void entry_extension(struct walk *w);
void channel_element(struct walk *w);

/* feed_part.c: the same of parts that several vocabularies have. */

/* A file beside the story: enclosure of RSS, or, with media, content of Media RSS, which is descended into. */
void part_file(struct walk *w, bool media);
/* An item's own picture, which RSS never foresaw: url or href, a url element inside, or the address as text. */
void part_image(struct walk *w, int rank);
void part_category(struct walk *w);
void part_words(struct walk *w, struct span list); /* categories with commas between */

#endif
