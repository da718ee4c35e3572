/* A compiled template, as template.c makes it and template_render.c runs it. */
#ifndef WRAP_TEXT_TEMPLATE_H
#define WRAP_TEXT_TEMPLATE_H

#include "wrap/text.h"

#define TEMPLATE_DEPTH 16 /* sections open at once */

enum node_kind { NODE_LITERAL, NODE_VALUE, NODE_RAW, NODE_SECTION, NODE_INVERTED };

struct node {
	enum node_kind kind;
	struct span text;                 /* of a literal; lies in one of the template's sources */
	const struct template_name *name; /* of the others */
	unsigned up;                      /* how many records further out the name is declared */
	size_t end;                       /* of a section: the node after its last */
};

struct template
{
	enum template_escape escape;
	struct node *nodes;
	size_t n, room;
	/* the text of the file and of each partial or phrase, as often as it is put in */
	struct strs sources;
};

/* Text of ours or of a value, as it may stand in the output's language. Appends. */
void template_escape(enum template_escape escape, struct span text, struct buf *out);

#endif
