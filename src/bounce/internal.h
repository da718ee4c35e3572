/* What the files of bounce share. */
#ifndef WRAP_BOUNCE_INTERNAL_H
#define WRAP_BOUNCE_INTERNAL_H

#include "wrap/bounce.h"

/* Lower case, addresses, host names before "said:", reply codes and enhanced codes dropped, blanks folded. Appends. */
void phrase_fold(struct span s, struct buf *out);
/* The reason that the words of a server give, text as phrase_fold makes it; REASON_UNCLEAR when none does. */
enum bounce_reason phrase_reason(struct span folded);
/* A reason from words too common to be asked first: "denied", "rejected", "spam". */
enum bounce_reason phrase_hint(struct span folded);

#endif
