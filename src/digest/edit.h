/*
 * The edition document as an editor saved it, line by line: shared by edit.c, which reads and checks it, and
 * decide.c, which puts it into the store.
 */
#ifndef WRAP_DIGEST_EDIT_H
#define WRAP_DIGEST_EDIT_H

#include "digest/internal.h"

struct edit_story {
	size_t line;
	char *topic;                /* its heading; NULL: before any */
	char *title;                /* without markup */
	char *key;                  /* digest_url_key of its link; NULL: none */
	uint8_t hash[SHA256_BYTES]; /* of what stands under its heading */
};

struct edit_doc {
	char *title;
	struct edit_story *v;
	size_t n;
};

/* Read a document; mistakes go to out, which may be NULL. WRAP_ENOMEM, or what say_open says. */
enum wrap_rc edit_read(const struct config *c, int64_t now, struct span text, struct edit_doc *d,
    struct edit_report *out, struct wrap_err *err);
void edit_doc_clear(struct edit_doc *d);

#endif
