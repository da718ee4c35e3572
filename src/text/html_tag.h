/* html_tag.c: a tag of HTML as it is written, for html_tame.c. */
#ifndef TEXT_HTML_TAG_H
#define TEXT_HTML_TAG_H

#include "internal.h"

/* Parts of the text that the copy leaves out of a tag: attributes that nobody asks for. */
#define HTML_CUTS_MOST 16
struct html_tag {
	GumboTag is; /* GUMBO_TAG_UNKNOWN: tell them by name */
	struct span name;
	uint32_t hash; /* of the name, case folded */
	size_t end;    /* past its '>' */
	bool closing, self;
	bool data; /* a script that is JSON-LD */
	size_t n_cuts;
	struct {
		size_t from, to;
	} cuts[HTML_CUTS_MOST];
};

/*
 * Read the tag that starts at s.p[at], which is '<'. fragment: tells who will read it, and so which of its
 * attributes are wanted. HTML 13.2.5.6 to 13.2.5.40.
 */
enum html_tag_rc {
	HTML_TAG,
	HTML_TAG_NONE,   /* the '<' is text, or begins a comment */
	HTML_TAG_UNENDED /* the rest of the document is lost in it */
};
enum html_tag_rc html_tag_at(struct span s, size_t at, bool fragment, struct html_tag *t);
bool html_is_blank(char c);

/* Never holds others, or closes itself before the next of its kind. */
#define HTML_FLAT 1U
/* An end tag from inside it does not reach the elements around it. */
#define HTML_WALL 2U
/* Its end tag closes nothing but itself; what it enclosed stays open. */
#define HTML_FORMATTING 4U
/* Its inside is text to a parser, whatever signs stand in it. */
#define HTML_RAW 8U

unsigned html_habits(GumboTag tag);

#endif
