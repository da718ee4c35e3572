/* The words of `wrap subscribers` that have a file of their own. */
#ifndef CLI_PEOPLE_H
#define CLI_PEOPLE_H

#include "internal.h"

int subscribers_export(struct cli *cli);
int subscribers_forget(struct cli *cli);
int subscribers_import(struct cli *cli);
int subscribers_show(struct cli *cli);
int subscribers_what(struct cli *cli);

/* One reader as every answer in JSON shows them. */
json_t *subscriber_json(const struct subscriber *s);
/* Does the address take a relay with SMTPUTF8, RFC 6531? */
bool needs_smtputf8(const char *address);

#endif
