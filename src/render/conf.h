/* Files of "key = value" under "[section]", '#' opens a comment: theme.conf. */
#ifndef WRAP_RENDER_CONF_H
#define WRAP_RENDER_CONF_H

#include "wrap/base.h"

struct conf_line {
	const char *file;
	size_t number;
	struct span section, key, value;
};

/* Call each for every entry of the file. Stops at its first failure. */
enum wrap_rc conf_each(const char *file, const char *text,
    enum wrap_rc (*each)(void *ctx, const struct conf_line *l, struct wrap_err *err), void *ctx,
    struct wrap_err *err);
/* WRAP_ECONFIG: "file:line: what 'word'". */
enum wrap_rc conf_refuse(
    const struct conf_line *l, const char *what, struct span word, struct wrap_err *err);
/* Letters, digits and '_' only: a key becomes the name of a class and of a placeholder. */
bool conf_is_key(struct span s);
bool conf_is_word(char c);

#endif
