/*
 * Slots: the places in a rendered edition that differ between readers. The shells leave them as marks
 * (wrap/text.h); here they are found, and filled for one reader.
 */
#include "internal.h"

#include <string.h>

static const char *
field(const struct render_reader *reader, enum slot s)
{
	switch (s) {
	case SLOT_RECIPIENT: return reader->mailbox;
	case SLOT_NAME: return reader->name;
	case SLOT_UNSUBSCRIBE:
		return reader->unsubscribe_url != NULL ? reader->unsubscribe_url
						       : reader->unsubscribe_mailto;
	case SLOT_PREFERENCES: return reader->preferences_url;
	case SLOT_WEB: return reader->web_url;
	case SLOT_COUNT: break;
	}
	return NULL;
}

const char *
slot_value(const struct render_reader *reader, enum slot s)
{
	const char *v = reader == NULL ? NULL : field(reader, s);

	return v == NULL || v[0] == '\0' ? NULL : v;
}

void
slot_write(const char *value, bool html, struct buf *out)
{
	struct buf line = BUF_INIT(8192);

	utf8_line(span_of(value), &line);
	if (html)
		escape_html(buf_span(&line), out);
	else
		buf_addspan(out, buf_span(&line));
	buf_clear(&line);
}

size_t
mark_next(struct span s, size_t from, struct mark *out)
{
	static const char *const marks[] = { SLOT_IF, SLOT_UNLESS, SLOT_END, SLOT_VALUE };
	static const enum mark_kind kinds[] = { MARK_IF, MARK_UNLESS, MARK_END, MARK_VALUE };

	for (size_t i = from; i + 3 <= s.n; i++) {
		const char *p = memchr(s.p + i, 0xEF, s.n - i);

		if (p == NULL || s.n - (size_t)(p - s.p) < 3)
			break;
		i = (size_t)(p - s.p);
		for (size_t k = 0; k < 4; k++) {
			bool bare = kinds[k] == MARK_END;

			if (memcmp(p, marks[k], 3) != 0 || (!bare && i + 3 >= s.n))
				continue;
			*out = (struct mark){ .kind = kinds[k], .bytes = bare ? 3 : 4 };
			if (!bare)
				out->slot = (unsigned)((unsigned char)p[3] - 'A');
			if (bare || out->slot < SLOT_COUNT)
				return i;
		}
	}
	return s.n;
}

void
slots_fill(struct span marked, const struct render_reader *reader, bool html, struct buf *out)
{
	size_t at = 0, skipping = 0, depth = 0;

	while (at < marked.n) {
		struct mark m = { 0 };
		size_t next = mark_next(marked, at, &m);
		const char *value;

		if (skipping == 0)
			buf_add(out, marked.p + at, next - at);
		if (next == marked.n)
			break;
		at = next + m.bytes;
		if (m.kind == MARK_END) {
			skipping = skipping == depth ? 0 : skipping;
			depth -= depth > 0 ? 1 : 0;
			continue;
		}
		value = slot_value(reader, (enum slot)m.slot);
		if (m.kind == MARK_VALUE) {
			if (skipping == 0 && value != NULL)
				slot_write(value, html, out);
			continue;
		}
		depth++;
		if (skipping == 0 && (value != NULL) != (m.kind == MARK_IF))
			skipping = depth;
	}
}
