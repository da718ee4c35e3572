/*
 * text: what is done to words before and after they are mail. Character sets, HTML of strangers, dates,
 * sentences, templates, display width. Values in, values out: no clock, network or store.
 */
#ifndef WRAP_TEXT_H
#define WRAP_TEXT_H

#include "wrap/base.h"

/* ---- utf8.c -------------------------------------------------------------------------------------- */

/* Decode one code point at p (n > 0 bytes left); *len is its length, at least 1. U+FFFD for bad bytes. */
uint32_t utf8_decode(const char *p, size_t n, size_t *len);
void utf8_add(struct buf *b, uint32_t cp);
bool utf8_valid(struct span s);
/* Columns on a terminal or in a text mail: 0 for combining and format characters, 2 for wide ones (UAX 11). */
int utf8_width(uint32_t cp);
size_t utf8_columns(struct span s);
/*
 * One line of plain text for a title, a name or a header: bad bytes to U+FFFD, controls and line ends to
 * single blanks, bidirectional overrides and zero-width format characters dropped (but ZWJ, ZWNJ and the
 * plain direction marks, which scripts need), blanks trimmed and folded, at most 8 marks on one letter.
 * Appends to out.
 */
void utf8_line(struct span s, struct buf *out);

/* ---- escape.c: one writer for each context; any bytes in, sound text out; all append --------------- */

/* Text and quoted attribute values. Controls but tab and newline are dropped. */
void escape_html(struct span s, struct buf *out);
/* Inline text on one line, which CommonMark shows as itself, also at the start of a line; runs of blanks become one. */
void escape_markdown(struct span s, struct buf *out);
/* A link target for [text](target), without <>: what would end it is percent-coded. */
void escape_markdown_url(struct span s, struct buf *out);
/* A query or path component, RFC 3986 2.1. */
void escape_url(struct span s, struct buf *out);

#endif
