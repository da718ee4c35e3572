/* What a browser could send, in any bytes: a form, the path of a URL, the addresses a proxy claims to speak for. */
#include "wrap/text.h"
#include "wrap/web.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* The fields are text that can be stored: sound UTF-8, and not more of it than came in, but for U+FFFD. */
static void
check_form(struct span all)
{
	struct form f;
	size_t bytes = 0;

	if (form_read(all, &f, NULL) != WRAP_OK) {
		if (f.v != NULL || f.n != 0)
			abort();
		return;
	}
	if (f.n > FORM_FIELDS)
		abort();
	for (size_t i = 0; i < f.n; i++) {
		if (!utf8_valid(span_of(f.v[i].name)) || !utf8_valid(span_of(f.v[i].value)))
			abort();
		if (form_get(&f, f.v[i].name) == NULL)
			abort();
		bytes += strlen(f.v[i].name) + strlen(f.v[i].value);
	}
	if (bytes > all.n * 3)
		abort();
	form_clear(&f);
}

/* A path that is taken lies below base and climbs nowhere. */
static void
check_path(struct span all)
{
	struct span path;

	if (!path_read(SPAN_LIT("/wrap"), all, &path))
		return;
	if (path.n == 0 || path.p[0] != '/')
		abort();
	for (size_t i = 0; i < path.n; i++)
		if (strchr("%?#&<>\"'\\ ;:", path.p[i]) != NULL || (unsigned char)path.p[i] >= 0x7f)
			abort();
}

static void
check_client(struct span all)
{
	char own[] = "198.51.100.7", *one[] = { own };
	struct strs some = { one, 1 }, none = { 0 };
	struct span peer = all, forwarded;
	struct buf b = BUF_INIT(1 << 16);

	peer.n = all.n / 3;
	forwarded = (struct span){ all.p + peer.n, all.n - peer.n };
	client_read(&none, peer, forwarded, &b);
	buf_addc(&b, '\n');
	client_read(&none, SPAN_LIT("127.0.0.1"), all, &b);
	buf_addc(&b, '\n');
	client_read(&some, SPAN_LIT("198.51.100.7"), all, &b);
	/* An address, or the one sign that says there is none: nothing that could be markup or a line of a log. */
	for (size_t i = 0; i < b.n; i++)
		if (strchr("0123456789abcdef.:?\n", b.p[i]) == NULL)
			abort();
	buf_reset(&b);
	client_read(&some, SPAN_LIT("203.0.113.5"), all, &b);
	if (strcmp(buf_str(&b), "203.0.113.5") != 0)
		abort();
	buf_clear(&b);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct span all = { (const char *)data, size };

	check_form(all);
	check_path(all);
	check_client(all);
	(void)form_is_one_click(SPAN_LIT("multipart/form-data; boundary=x"), all);
	(void)form_is_one_click(SPAN_LIT("application/x-www-form-urlencoded"), all);
	return 0;
}
