/* The cleaner: any bytes become allow-listed HTML in UTF-8, and cleaning that again changes nothing. */
#include "text/internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every '<' of the output opens or closes a tag of the list; attributes are href, src and alt. */
static void
check_tags(struct span s)
{
	static const char *const tags[] = { "a", "b", "strong", "i", "em", "code", "del", "sub",
		"sup", "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote",
		"pre", "br", "hr", "img" };

	for (size_t i = 0; i < s.n; i++) {
		size_t from = i + 1, end;
		bool known = false;
		if (s.p[i] != '<')
			continue;
		from += s.p[from] == '/';
		for (end = from; s.p[end] != '>' && s.p[end] != ' '; end++)
			;
		for (size_t k = 0; k < sizeof(tags) / sizeof(tags[0]); k++)
			known = known || span_eqs((struct span){ s.p + from, end - from }, tags[k]);
		if (!known)
			abort();
		if (s.p[end] == ' ' && memcmp(s.p + end, " href=\"http", 11) != 0 &&
		    memcmp(s.p + end, " src=\"http", 10) != 0 &&
		    strncasecmp(s.p + end, " href=\"mailto:", 14) != 0)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { (const char *)data, size }, base = SPAN_LIT("https://example.org/a/b");
	struct buf once = BUF_INIT(0), twice = BUF_INIT(0), text = BUF_INIT(0);

	clean_html(in, base, &once);
	if (!utf8_valid(buf_span(&once)))
		abort();
	check_tags(buf_span(&once));
	clean_html(buf_span(&once), base, &twice);
	if (!span_eq(buf_span(&once), buf_span(&twice)))
		abort();
	/* The short way must say what the tree says. */
	buf_reset(&twice);
	clean_html_tree(in, base, &twice);
	if (!span_eq(buf_span(&once), buf_span(&twice)))
		abort();
	html_text(in, &text);
	buf_reset(&twice);
	html_text_tree(in, &twice);
	if (html_has_tags(in) && !span_eq(buf_span(&text), buf_span(&twice)))
		abort();
	(void)html_has_tags(in);
	buf_clear(&once);
	buf_clear(&twice);
	buf_clear(&text);
	return 0;
}
