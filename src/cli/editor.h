/* What edit, approve, hold, cancel, resume and why share. */
#ifndef CLI_EDITOR_H
#define CLI_EDITOR_H

#include "internal.h"

#include "wrap/digest.h"

/* The edition the command names, or the newest. WRAP_ENOTFOUND with what to do. out is owned. */
enum wrap_rc editor_edition(struct cli *cli, struct edition *out, struct wrap_err *err);

#endif
