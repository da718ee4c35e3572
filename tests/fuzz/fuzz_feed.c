/* Feeds: any document is read or refused with a reason; every text that comes out of it is UTF-8. */
#include "collect/internal.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct feed_text *t, bool line)
{
	struct buf b = BUF_INIT(0);

	if (line)
		feed_text_line(t, &b);
	else
		feed_text_html(t, &b);
	if (b.rc == WRAP_OK && !utf8_valid(buf_span(&b)))
		abort();
	for (size_t i = 0; line && i < b.n; i++)
		if ((unsigned char)b.p[i] < ' ')
			abort();
	buf_reset(&b);
	feed_author(t, line, &b);
	buf_clear(&b);
}

/* A byline is one line of UTF-8, and a picture that the text gives is on the web. */
static void
check_entry(const struct feed_doc *doc, const struct feed_entry *e)
{
	struct buf b = BUF_INIT(0);

	feed_byline(doc, e, &b);
	if (!utf8_valid(buf_span(&b)))
		abort();
	for (size_t i = 0; i < b.n; i++)
		if ((unsigned char)b.p[i] < ' ')
			abort();
	buf_reset(&b);
	feed_picture(e, &b);
	if (e->image.s.n == 0 && b.n > 0 && !url_is_web(buf_span(&b)))
		abort();
	buf_clear(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span bytes = { (const char *)data, size };
	struct wrap_err err = { 0 };
	struct feed_doc doc;
	size_t n = 0;

	if (feed_read(bytes, SPAN_LIT("text/xml"), SPAN_LIT("https://example.org/f/"), &doc,
		&err) != WRAP_OK) {
		if (err.text[0] == '\0')
			abort();
		return 0;
	}
	check(&doc.title, true);
	for (const struct feed_entry *e = doc.entries; e != NULL; e = e->next) {
		n++;
		check(&e->title, true);
		check(&e->summary, false);
		check(&e->content, false);
		check(&e->author, true);
		check_entry(&doc, e);
	}
	if (n != doc.n_entries)
		abort();
	feed_doc_clear(&doc);
	return 0;
}
