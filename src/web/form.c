/*
 * What browsers send, read by hand: forms, paths, the address of a client. Small, without state, and held by a
 * fuzzer (tests/fuzz/fuzz_form.c): these are the bytes of strangers.
 */
#include "wrap/web.h"

#include "wrap/text.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static void
decode(struct span s, struct buf *out)
{
	for (size_t i = 0; i < s.n; i++) {
		int high = s.p[i] == '%' && i + 2 < s.n ? hex(s.p[i + 1]) : -1;
		int low = high >= 0 ? hex(s.p[i + 2]) : -1;

		if (low >= 0) {
			buf_addc(out, (char)(high << 4 | low));
			i += 2;
		} else {
			buf_addc(out, (char)(s.p[i] == '+' ? ' ' : s.p[i]));
		}
	}
}

/* Decoded, with bad UTF-8 replaced. Owned; NULL on no memory; *nul tells of a NUL within. */
static char *
decoded(struct span s, bool *nul)
{
	struct buf raw = BUF_INIT(0), sound = BUF_INIT(0);
	struct span r;

	decode(s, &raw);
	r = buf_span(&raw);
	*nul = *nul || (r.n > 0 && memchr(r.p, '\0', r.n) != NULL);
	for (size_t i = 0, len; i < r.n; i += len)
		utf8_add(&sound, utf8_decode(r.p + i, r.n - i, &len));
	buf_adds(&sound, "");
	buf_clear(&raw);
	return buf_steal(&sound);
}

static enum wrap_rc
add_field(struct form *f, struct span field, struct wrap_err *err)
{
	struct form_field *grown = realloc(f->v, (f->n + 1) * sizeof(*grown)), *at;
	struct span value = field, name;
	bool nul = false;

	if (grown == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	f->v = grown;
	at = &f->v[f->n++];
	(void)span_cut(&value, '=', &name);
	at->name = decoded(name, &nul);
	at->value = decoded(value, &nul);
	if (at->name == NULL || at->value == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	return nul ? wrap_fail(err, WRAP_EINVAL, "the form holds a NUL") : WRAP_OK;
}

enum wrap_rc
form_read(struct span body, struct form *out, struct wrap_err *err)
{
	struct span field;
	enum wrap_rc rc = WRAP_OK;

	*out = (struct form){ 0 };
	while (rc == WRAP_OK && span_cut(&body, '&', &field)) {
		if (field.n == 0)
			continue;
		rc = out->n == FORM_FIELDS ? wrap_fail(err, WRAP_ELIMIT,
						 "the form has more than %d fields", FORM_FIELDS)
					   : add_field(out, field, err);
	}
	if (rc != WRAP_OK)
		form_clear(out);
	return rc;
}

void
form_clear(struct form *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->v[i].name);
		free(f->v[i].value);
	}
	free(f->v);
	*f = (struct form){ 0 };
}

const char *
form_get(const struct form *f, const char *name)
{
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->v[i].name, name) == 0)
			return f->v[i].value;
	return NULL;
}

/* RFC 8058 3.2: the part called List-Unsubscribe holds One-Click and nothing else. */
static bool
multipart_one_click(struct span body)
{
	size_t at = span_ifind(body, SPAN_LIT("name=\"List-Unsubscribe\""));
	struct span rest, end = { "\n", 1 };

	if (at == (size_t)-1)
		at = span_ifind(body, SPAN_LIT("name=List-Unsubscribe"));
	if (at == (size_t)-1)
		return false;
	rest = (struct span){ body.p + at, body.n - at };
	at = span_find(rest, SPAN_LIT("\n\r\n"));
	at = at == (size_t)-1 ? span_find(rest, SPAN_LIT("\n\n")) : at + 1;
	if (at == (size_t)-1)
		return false;
	rest = (struct span){ rest.p + at + 2, rest.n - at - 2 };
	at = span_find(rest, end);
	return at != (size_t)-1 && span_eqs(span_trim((struct span){ rest.p, at }), "One-Click");
}

bool
form_is_one_click(struct span content_type, struct span body)
{
	struct form f;
	const char *value;
	bool is;

	if (span_ifind(content_type, SPAN_LIT("multipart/form-data")) == 0)
		return multipart_one_click(body);
	if (form_read(body, &f, NULL) != WRAP_OK)
		return false;
	value = form_get(&f, "List-Unsubscribe");
	is = value != NULL && span_eqs(span_trim(span_of(value)), "One-Click");
	form_clear(&f);
	return is;
}

bool
path_read(struct span base, struct span url, struct span *out)
{
	*out = (struct span){ "/", 1 };
	for (size_t i = 0; i < url.n; i++)
		if (url.p[i] == '?')
			url.n = i;
	if (url.n < base.n || (base.n > 0 && memcmp(url.p, base.p, base.n) != 0))
		return false;
	url.p += base.n;
	url.n -= base.n;
	if (url.n == 0) /* the front page, called without its last slash */
		return base.n > 0;
	for (size_t i = 0; i < url.n; i++) {
		char c = url.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			c == '-' || c == '_' || c == '.' || c == '/') ||
		    (c == '/' && i > 0 && url.p[i - 1] == '/'))
			return false;
	}
	*out = url;
	return url.p[0] == '/';
}

/* ---- clients -------------------------------------------------------------------------------------------- */

/* The address without port, brackets or zone; empty when it is none. */
static struct span
bare_address(struct span s, char room[INET6_ADDRSTRLEN])
{
	unsigned char bytes[16];
	struct span one = span_trim(s);

	if (one.n > 0 && one.p[0] == '[') {
		one.p++;
		one.n--;
		for (size_t i = 0; i < one.n; i++)
			if (one.p[i] == ']')
				one.n = i;
	}
	if (one.n == 0 || one.n >= INET6_ADDRSTRLEN)
		return (struct span){ 0 };
	memcpy(room, one.p, one.n);
	room[one.n] = '\0';
	if (strncmp(room, "::ffff:", 7) == 0 && inet_pton(AF_INET, room + 7, bytes) == 1)
		memmove(room, room + 7, strlen(room + 7) + 1);
	if (inet_pton(AF_INET, room, bytes) == 1)
		return span_of(room);
	if (inet_pton(AF_INET6, room, bytes) != 1 ||
	    inet_ntop(AF_INET6, bytes, room, INET6_ADDRSTRLEN) == NULL)
		return (struct span){ 0 };
	return span_of(room);
}

bool
client_is_trusted(const struct strs *trusted, struct span peer)
{
	char room[INET6_ADDRSTRLEN];
	struct span address = bare_address(peer, room);

	if (address.n == 0)
		return false;
	if (trusted->n > 0)
		return strs_has(trusted, address);
	return span_eqs(address, "::1") || (address.n > 4 && memcmp(address.p, "127.", 4) == 0);
}

void
client_read(const struct strs *trusted, struct span peer, struct span forwarded, struct buf *out)
{
	char room[INET6_ADDRSTRLEN];
	struct span client = bare_address(peer, room);

	while (client.n > 0 && forwarded.n > 0 && client_is_trusted(trusted, client)) {
		size_t comma = forwarded.n;

		while (comma > 0 && forwarded.p[comma - 1] != ',')
			comma--;
		client =
		    bare_address((struct span){ forwarded.p + comma, forwarded.n - comma }, room);
		forwarded.n = comma == 0 ? 0 : comma - 1;
	}
	if (client.n == 0)
		buf_adds(out, "?");
	else
		buf_addspan(out, client);
}
