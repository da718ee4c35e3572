/* Claims about encodings, for charset.c. */
#ifndef TEXT_CHARSET_H
#define TEXT_CHARSET_H

#include "wrap/text.h"

/* The name by which iconv knows a label; NULL: nobody knows it. Case, blanks, '-' and '_' do not matter. */
const char *charset_name(struct span label);
/* The declaration inside: encoding="..." of XML within its first line, charset= of HTML within the head. */
struct span charset_declared(struct span s, enum charset_kind kind);

#endif
