/* Reading wrap.conf: load.c walks its sections, key_value.c reads what one key is given. */
#ifndef CONFIG_LOAD_H
#define CONFIG_LOAD_H

#include "config/internal.h"

#include <libconfig.h>

struct reader {
	struct config *c;
	struct wrap_err *err;
	const char *path;
};

/* WRAP_ECONFIG with "file:line: " and the text. s: where in the file; NULL: nowhere, line 0. */
enum wrap_rc refuse(const struct reader *r, const config_setting_t *s, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* base: the struct that k->offset counts from. What stood there is freed and replaced. */
enum wrap_rc key_read(
    const struct reader *r, const config_setting_t *s, const struct config_key *k, char *base);
/* The same with the default, which is written as the file would write it; a key without one is left. */
enum wrap_rc key_default(const struct reader *r, const struct config_key *k, char *base);
void key_clear(const struct config_key *k, char *base);

#endif
