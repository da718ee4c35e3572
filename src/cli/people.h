/* The words of `wrap subscribers` that have a file of their own. */
#ifndef CLI_PEOPLE_H
#define CLI_PEOPLE_H

#include "internal.h"

int subscribers_export(struct cli *cli);
int subscribers_forget(struct cli *cli);
int subscribers_import(struct cli *cli);
int subscribers_what(struct cli *cli);

#endif
