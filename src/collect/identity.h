/* What the files of identity share: the names by which an entry is known. */
#ifndef COLLECT_IDENTITY_H
#define COLLECT_IDENTITY_H

#include "internal.h"

/* The names of one entry. Owned; NULL: it has none of that kind. */
struct names {
	char *key;   /* its guid in our store when it is new */
	char *own;   /* the same as an alias, for when it was first known by another */
	char *moved; /* the guid, whatever its host */
	char *story; /* title and path */
	char *known; /* guid of the article it turned out to be */
	bool repeat; /* the same entry stands in the document before */
};

/* The names of every entry of a document, to be freed with their number. */
enum wrap_rc identity_names(const struct reading *r, struct names **out, struct wrap_err *err);
void identity_names_free(struct names *v, size_t n);

#endif
