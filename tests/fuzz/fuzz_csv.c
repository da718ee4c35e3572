/*
 * Lists of readers: whatever the bytes, records come out with cells that lie in order, and what the writer
 * makes of them is read back as the same cells.
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

/* The cells of b, written and read again, are those of a. */
static void
same_again(const struct csv_record *a, bool guard)
{
	struct buf b = BUF_INIT(1 << 20);
	struct csv_record again;
	struct source s = { .step = 7 };
	struct csv c;

	buf_adds(&b, "a,b\n");
	for (size_t i = 0; i < a->n; i++) {
		if (i > 0)
			buf_addc(&b, ',');
		csv_cell(&b, a->v[i], guard);
	}
	buf_adds(&b, ",end\r\n");
	s.p = (const uint8_t *)b.p;
	s.n = b.n;
	if (b.rc != WRAP_OK || a->n >= CSV_COLUMNS || b.n > CSV_RECORD / 2 ||
	    csv_open(&c, more, &s, NULL) != WRAP_OK) {
		buf_clear(&b);
		return;
	}
	if (csv_next(&c, &again, NULL) != WRAP_OK || csv_next(&c, &again, NULL) != WRAP_OK ||
	    again.bad != NULL || again.n != a->n + 1)
		abort();
	for (size_t i = 0; i < a->n; i++) {
		struct span v = again.v[i];

		if (guard && csv_is_formula(v)) {
			if (v.p[0] != '\'')
				abort();
			v.p++;
			v.n--;
		}
		if (!span_eq(v, a->v[i]))
			abort();
	}
	csv_close(&c);
	buf_clear(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source s = { .p = data, .n = size, .step = size % 3 == 0 ? 13 : 1 << 20 };
	static struct csv_record r;
	struct csv c;
	size_t rows = 0;

	if (csv_open(&c, more, &s, NULL) != WRAP_OK)
		return 0;
	while (csv_next(&c, &r, NULL) == WRAP_OK) {
		if (r.bad != NULL)
			continue;
		if (r.n == 0 || r.n > CSV_COLUMNS)
			abort();
		if (rows++ < 50) {
			same_again(&r, false);
			same_again(&r, true);
		}
	}
	csv_close(&c);
	return 0;
}
