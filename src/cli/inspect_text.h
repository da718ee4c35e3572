/* inspect sentences, summary, stories: JSON lines in, JSON lines out. */
#ifndef WRAP_CLI_INSPECT_TEXT_H
#define WRAP_CLI_INSPECT_TEXT_H

#include "wrap/base.h"

#include <stdio.h>

struct inspect_options {
	size_t words;      /* of a summary */
	size_t sentences;  /* at most so many in it */
	double same_story; /* edition.same_story */
};

enum wrap_rc inspect_sentences(
    FILE *in, FILE *out, const struct inspect_options *opt, struct wrap_err *err);
enum wrap_rc inspect_summary(
    FILE *in, FILE *out, const struct inspect_options *opt, struct wrap_err *err);
enum wrap_rc inspect_stories(
    FILE *in, FILE *out, const struct inspect_options *opt, struct wrap_err *err);

#endif
