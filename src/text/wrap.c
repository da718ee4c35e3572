/*
 * Plain text in lines of a given width. Where a line may break is Unicode's to say (UAX 14, by
 * libunistring), how wide it is counts in columns (UAX 11). Links stay whole, whatever their length.
 */
#include "wrap/text.h"

#include <stdlib.h>
#include <string.h>
#include <unilbrk.h>

/* Text with bad bytes, controls and noncharacters out of the way, as libunistring wants it. */
static void
clean(struct span text, struct buf *out)
{
	for (size_t i = 0, len; i < text.n; i += len) {
		uint32_t cp = utf8_decode(text.p + i, text.n - i, &len);

		if (cp == '\n' || cp == '\t' || cp == 0x2028 || cp == 0x2029)
			buf_addc(out, cp == '\t' ? ' ' : '\n');
		else if (cp >= 0x20 && cp != 0x7F && !(cp >= 0x80 && cp < 0xA0))
			utf8_add(out, utf8_is_noncharacter(cp) ? 0xFFFD : cp);
	}
}

/* Stands for a byte inside a link, beside the values libunistring knows. */
#define IN_LINK 100

static bool
is_scheme(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* No breaks inside links, though UAX 14 allows them after each slash. A link ends at a blank or what is not ASCII. */
static void
keep_links(struct span line, char *breaks)
{
	for (size_t i = 0; i < line.n; i++) {
		struct span rest = { line.p + i, line.n - i };
		size_t from = i, end = i;

		if (rest.n > 3 && memcmp(rest.p, "://", 3) == 0)
			for (; from > 0 && is_scheme(line.p[from - 1]); from--)
				;
		else if (!(rest.n > 7 && memcmp(rest.p, "mailto:", 7) == 0))
			continue;
		while (end < line.n && line.p[end] > ' ' && line.p[end] != 0x7F)
			end++;
		if (end > from + 1)
			memset(breaks + from + 1, IN_LINK, end - from - 1);
		i = end;
	}
}

struct wrapper {
	struct buf *out;
	size_t width;
	const char *indent; /* of the next line */
	const char *rest;   /* of those after it */
};

static void
put_line(struct wrapper *w, struct span line)
{
	while (line.n > 0 && line.p[line.n - 1] == ' ')
		line.n--;
	if (line.n > 0) {
		buf_adds(w->out, w->indent);
		buf_addspan(w->out, line);
	}
	buf_addc(w->out, '\n');
	w->indent = w->rest;
}

/* One line of the text, without '\n', into as many as it takes. */
static void
wrap_line(struct wrapper *w, struct span line, char *breaks)
{
	size_t from = 0, chance = 0, columns = 0, room;

	keep_links(line, breaks);
	room = utf8_columns(span_of(w->indent));
	room = w->width > room + 1 ? w->width - room : 1;
	for (size_t i = 0, len; i < line.n; i += len) {
		uint32_t cp = utf8_decode(line.p + i, line.n - i, &len);
		size_t wide = (size_t)utf8_width(cp), end = i;

		if (i > from && breaks[i] == UC_BREAK_POSSIBLE)
			chance = i;
		columns += wide;
		if (columns <= room || cp == ' ' || i == from || wide == 0)
			continue;
		if (chance > from) {
			end = chance;
		} else { /* a word wider than the line: in ASCII whole, for it is a link or a code; else cut here */
			while (end < line.n && (unsigned char)line.p[end] < 0x80 &&
			       line.p[end] != ' ' && breaks[end] != UC_BREAK_POSSIBLE)
				end++;
		}
		put_line(w, (struct span){ line.p + from, end - from });
		while (end < line.n && line.p[end] == ' ')
			end++;
		from = chance = end;
		i = end;
		len = columns = 0;
		room = utf8_columns(span_of(w->indent));
		room = w->width > room + 1 ? w->width - room : 1;
	}
	if (from < line.n || line.n == 0)
		put_line(w, (struct span){ line.p + from, line.n - from });
}

void
text_wrap(struct span text, size_t width, const char *first, const char *indent, struct buf *out)
{
	struct wrapper w = { .out = out, .width = width, .indent = first, .rest = indent };
	struct buf b = BUF_INIT(0);
	struct span rest, line;
	char *breaks;

	clean(text, &b);
	breaks = malloc(b.n + 1);
	if (b.rc != WRAP_OK || breaks == NULL) {
		out->rc = out->rc == WRAP_OK ? WRAP_ENOMEM : out->rc;
		goto out;
	}
	u8_possible_linebreaks((const uint8_t *)buf_str(&b), b.n, "UTF-8", breaks);
	for (rest = buf_span(&b); span_cut(&rest, '\n', &line);)
		wrap_line(&w, line, breaks + (line.p - b.p));
out:
	free(breaks);
	buf_clear(&b);
}
