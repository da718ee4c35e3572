/*
 * What the files of config share: the shape of the table of keys.
 */
#ifndef CONFIG_INTERNAL_H
#define CONFIG_INTERNAL_H

#include "wrap/config.h"

enum key_kind {
	KEY_TEXT,   /* char *; one line, not empty */
	KEY_INT,    /* int64_t in [min, max] */
	KEY_NUMBER, /* double in [min, max] */
	KEY_BOOL,   /* bool */
	KEY_LIST,   /* struct strs */
	KEY_CHOICE, /* an enum (int) by its word, in the order of extra */
	KEY_PATH,   /* char *; made absolute from the file's folder */
	KEY_SECRET, /* char *; file:PATH or env:NAME */
	KEY_URL,    /* char *; scheme one of extra, no blanks */
	KEY_FROM,   /* int64_t: local midnight at the start of a date */
	KEY_UNTIL   /* int64_t: local midnight after a date */
};

struct config_key {
	const char *section, *name;
	enum key_kind kind;
	size_t offset;            /* in struct config, or in the element of a list */
	const char *default_text; /* as it would stand in the file, without quotes; NULL: none */
	double min, max;
	const char *extra; /* choices or schemes, joined by '|'; or the unit of a number */
	bool required;
	const char *help;
};

extern const struct config_key config_table[];
extern const size_t config_table_size;

/* A group or list of groups at the top of the file, or a group inside an element. */
struct config_section {
	const char *name;
	bool list;
	size_t offset;       /* of the pointer to the elements; of nothing for a group */
	size_t count_offset; /* of their number */
	size_t element_size;
	const char *help;
};
extern const struct config_section config_sections[];
extern const size_t config_sections_size;

/* What no single key can know: what belongs together, what must be unique, what follows from what. */
enum wrap_rc config_check(struct config *c, struct wrap_err *err);

/* Take the secrets that the file names env:NAME out of the environment, and what else there is named WRAP_. */
enum wrap_rc config_take_environment(struct config *c, struct wrap_err *err);

#endif
