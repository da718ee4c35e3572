/* inspect bounce: files in, one JSON line each: what the reader of returned mail makes of them. */
#ifndef WRAP_CLI_INSPECT_BOUNCE_H
#define WRAP_CLI_INSPECT_BOUNCE_H

#include "wrap/base.h"

#include <stdio.h>

struct inspect_bounce_options {
	const struct keyring *keys; /* NULL: tokens cannot be checked and every one is "absent" */
	const char *list_id;
	int64_t now;
};

/*
 * The files in paths, or when n is 0 the paths on in, one a line. {"path","token","rows":[{recipient,
 * class,status,reason,diagnostic}]}; a file that cannot be read has "error". Fails only when out does.
 */
enum wrap_rc inspect_bounce(char *const *paths, size_t n, FILE *in,
    const struct inspect_bounce_options *opt, FILE *out, struct wrap_err *err);

#endif
