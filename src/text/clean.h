/*
 * Cleaning HTML, inside text: clean.c walks what strangers wrote, clean_writer.c decides what of it may stand and
 * writes it, clean_url.c judges addresses.
 */
#ifndef TEXT_CLEAN_H
#define TEXT_CLEAN_H

#include "internal.h"

/* What is asked of an element, from a tree or from the text itself. Values decoded; p NULL: not there. */
struct clean_element {
	GumboTag tag;
	struct span href, src, alt, width, height;
};

/* ---- clean_writer.c --------------------------------------------------------------------------------- */

/* What is kept: blocks hold blocks or text and end an open p; lists hold li; the rest is inline. */
enum clean_kind { KIND_INLINE, KIND_BLOCK, KIND_P, KIND_HEADING, KIND_LIST, KIND_ITEM, KIND_PRE };
struct clean_kept {
	GumboTag tag;
	const char *name;
	enum clean_kind kind;
};

#define CLEAN_OPEN_MOST 64

struct clean_open {
	const struct clean_kept *what;
	size_t serial; /* of its opening: the same element may have been closed from inside */
	/* its start tag stands in the output; it is held back until something is inside */
	bool written;
};

/* The writer, and where it is. */
struct cleaner {
	struct buf *out;
	struct span base;
	struct clean_open open[CLEAN_OPEN_MOST];
	size_t n;
	bool blank;  /* a blank is owed before the next word of this block */
	bool inside; /* something was written since the last block began or ended */
	size_t serial;
	struct buf url;
	struct buf href; /* of the link that is open; there is never a second */
	struct buf word; /* text on its way, escaped */
};

/* What the begin of an element did, for its end. */
struct clean_begun {
	enum { BEGUN_NOTHING, BEGUN_KEPT, BEGUN_BLANK, BEGUN_BREAK } how;
	size_t serial; /* of what was pushed */
	size_t was;    /* elements open before */
	bool edge;     /* its end is the end of a block */
};

/* out and the memory of base must stay until cleaner_finish, which closes what is open. */
void cleaner_init(struct cleaner *c, struct span base, struct buf *out);
void cleaner_finish(struct cleaner *c);
/* An element begins; what is returned goes to clean_end where it ends. */
struct clean_begun clean_begin(struct cleaner *c, const struct clean_element *e);
void clean_end(struct cleaner *c, struct clean_begun b);
/* Text between tags, decoded. */
void clean_text(struct cleaner *c, struct span s);

/* ---- clean_url.c ------------------------------------------------------------------------------------ */

/* v as an absolute address, into out (made empty first); false when it may not be linked. mail: mailto: may. */
bool clean_url(struct span base, struct span v, bool mail, struct buf *out);
/* Is the picture one to three pixels wide or high, or from a host that only counts? */
bool clean_is_tracker(const struct clean_element *e, struct span url);

#endif
