/*
 * Lists of readers as JSON: whatever the bytes, reading ends, lines only grow, and each record that is no
 * refusal has the columns of the header.
 */
#include "people/internal.h"

#include <stdlib.h>
#include <string.h>

struct source {
	const uint8_t *p;
	size_t n, step;
};

static enum wrap_rc
more(void *ctx, char *p, size_t max, size_t *got, struct wrap_err *err)
{
	struct source *s = ctx;

	(void)err;
	*got = s->n < max ? s->n : max;
	if (*got > s->step)
		*got = s->step;
	if (*got > 0)
		memcpy(p, s->p, *got);
	s->p += *got;
	s->n -= *got;
	return WRAP_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source s = { .p = data, .n = size, .step = size % 3 == 0 ? 13 : 1 << 20 };
	static struct csv_record r;
	struct objects *o = NULL;
	struct stream w;
	uint64_t line = 1;
	size_t records = 0, columns;

	if (stream_open(&w, more, &s, NULL) != WRAP_OK)
		return 0;
	if (stream_fill(&w, NULL) == WRAP_OK && objects_begin(&w) &&
	    objects_open(&o, &w, &r, NULL) == WRAP_OK) {
		columns = r.n;
		while (objects_next(o, &r, NULL) == WRAP_OK) {
			size_t bytes = 0;

			if (records++ > size || r.line < line)
				abort();
			line = r.line;
			if (r.bad == NULL && (r.n != columns || r.n == 0 || r.n > CSV_COLUMNS))
				abort();
			for (size_t i = 0; i < r.n; i++)
				for (size_t k = 0; k < r.v[i].n; k++)
					bytes += r.v[i].p[k] != '\0';
			if (bytes > 16 * CSV_RECORD)
				abort();
		}
	}
	objects_close(&o);
	stream_close(&w);
	return 0;
}
