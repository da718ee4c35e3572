/* How template.c looks into the values that value.c keeps. */
#ifndef WRAP_TEXT_VALUE_H
#define WRAP_TEXT_VALUE_H

#include "wrap/text.h"

struct value_field {
	const char *name;
	char *text; /* owned; NULL for a list and for a flag */
	size_t n;
	bool on;             /* of a flag */
	struct value **list; /* owned records */
	size_t count;
	size_t room;
};

struct value {
	struct value *root;
	struct value_field *fields;
	size_t n, room;
	bool failed; /* of the root: some allocation failed */
};

/* NULL when it was never set. */
const struct value_field *value_find(const struct value *v, const char *name);

#endif
