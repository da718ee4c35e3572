/* What we keep of a reader, as JSON: what the record of one person and the export of all share. */
#ifndef PEOPLE_RECORD_H
#define PEOPLE_RECORD_H

#include "wrap/people.h"

#include <jansson.h>

/* A text, or null where there is none; a time (Unix seconds) as RFC 3339, or null for 0. New references. */
json_t *record_text(const char *s);
json_t *record_time(int64_t t);
/* Put row at the end of list; row is taken over, and NULL is WRAP_ENOMEM. */
enum wrap_rc record_add(json_t *list, json_t *row, struct wrap_err *err);
/* One consent at the end of list (a json_t): for consent_each. */
enum wrap_rc record_consent(void *list, const struct consent *c, struct wrap_err *err);

#endif
