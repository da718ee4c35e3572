/* The records that a child sends: numbers and texts, one behind the other, in the machine's own order of bytes. */
#include "reader.h"

#include <string.h>

void
record_put_int(struct buf *b, int64_t v)
{
	buf_add(b, &v, sizeof(v));
}

void
record_put_text(struct buf *b, struct span s, size_t most)
{
	if (s.n > most) {
		s.n = most;
		while (s.n > 0 && ((unsigned char)s.p[s.n] & 0xC0) == 0x80)
			s.n--;
	}
	record_put_int(b, (int64_t)s.n);
	buf_addspan(b, s);
}

int64_t
record_get_int(struct span *s)
{
	int64_t v = 0;

	if (s->n < sizeof(v)) {
		s->n = 0;
		return 0;
	}
	memcpy(&v, s->p, sizeof(v));
	s->p += sizeof(v);
	s->n -= sizeof(v);
	return v;
}

char *
record_get_text(struct span *s)
{
	int64_t n = record_get_int(s);
	char *text;

	if (n <= 0 || (size_t)n > s->n)
		return NULL;
	text = str_dup_span((struct span){ s->p, (size_t)n });
	s->p += n;
	s->n -= (size_t)n;
	return text;
}
