/*
 * A stranger's message as a flat list of parts. RFC 2045, 2046 and 5322, read leniently: reports come from
 * every server ever written. No recursion anywhere: the list is its own work queue, and depth, parts and
 * bytes are bounded. Decoding of what a part holds is in mimetext.c; report.c reads the meaning.
 */
#include "wrap/mail.h"

#include <string.h>

static const size_t nowhere = (size_t)-1;

void
mime_normal(struct span message, struct buf *out)
{
	const char *p = message.p, *end = message.p + message.n;

	if (message.n > MIME_BYTES_MAX)
		end = p + MIME_BYTES_MAX;
	if (end - p > 5 && memcmp(p, "From ", 5) == 0) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));

		p = eol == NULL ? end : eol + 1;
	}
	while (p < end) {
		const char *q = p;

		while (q < end && *q != '\r' && *q != '\0')
			q++;
		buf_add(out, p, (size_t)(q - p));
		if (q == end)
			break;
		if (*q == '\0')
			buf_addc(out, ' ');
		else if (q + 1 == end || q[1] != '\n')
			buf_addc(out, '\n'); /* a bare CR ends a line as well */
		p = q + 1;
	}
}

/* The line at p, without its end; next is where the following one starts. */
static struct span
line_at(const char *p, const char *end, const char **next)
{
	const char *eol = memchr(p, '\n', (size_t)(end - p));

	*next = eol == NULL ? end : eol + 1;
	return (struct span){ p, (size_t)((eol == NULL ? end : eol) - p) };
}

/* "Name:" at the start of a line: its length without the colon, or nowhere. RFC 5322 3.6.8. */
static size_t
field_name(struct span line)
{
	size_t i = 0;

	while (i < line.n && line.p[i] > ' ' && line.p[i] < 127 && line.p[i] != ':')
		i++;
	if (i == 0)
		return nowhere;
	for (size_t j = i; j < line.n; j++) { /* obsolete syntax: blanks before the colon */
		if (line.p[j] == ':')
			return i;
		if (line.p[j] != ' ' && line.p[j] != '\t')
			break;
	}
	return nowhere;
}

static bool
is_folded(struct span line)
{
	return line.n > 0 && (line.p[0] == ' ' || line.p[0] == '\t');
}

bool
mime_field(struct span head, const char *name, size_t nth, struct span *value)
{
	const char *p = head.p, *end = head.p + head.n, *next;
	size_t len = strlen(name);

	for (; p < end; p = next) {
		struct span line = line_at(p, end, &next);
		size_t colon;

		if (line.n <= len || (line.p[0] | 32) != (name[0] | 32) ||
		    !span_ieqs((struct span){ line.p, len }, name) || field_name(line) != len)
			continue;
		if (nth-- > 0)
			continue;
		colon = span_find(line, SPAN_LIT(":")) + 1;
		while (next < end && (*next == ' ' || *next == '\t'))
			(void)line_at(next, end, &next);
		*value =
		    span_trim((struct span){ line.p + colon, (size_t)(next - line.p) - colon });
		return true;
	}
	return false;
}

/* Where the header block ends: at the first empty line, or at a line that can be no field. */
static void
cut_head(struct span whole, struct span *head, struct span *body)
{
	const char *p = whole.p, *end = whole.p + whole.n, *next;

	for (; p < end; p = next) {
		struct span line = line_at(p, end, &next);

		if (span_trim(line).n == 0) {
			*head = (struct span){ whole.p, (size_t)(p - whole.p) };
			*body = (struct span){ next, (size_t)(end - next) };
			return;
		}
		if (!is_folded(line) && field_name(line) == nowhere)
			break;
	}
	*head = (struct span){ whole.p, (size_t)(p - whole.p) };
	*body = (struct span){ p, (size_t)(end - p) };
}

static void
copy_lower(struct span s, char *out, size_t size)
{
	size_t n = 0;

	for (; n < s.n && n + 1 < size; n++)
		out[n] = (char)(s.p[n] >= 'A' && s.p[n] <= 'Z' ? s.p[n] + 32 : s.p[n]);
	out[n] = '\0';
}

/* The value of a parameter of a Content-Type, quotes off. RFC 2045 5.1; comments and RFC 2231 pieces are not followed. */
static bool
parameter(struct span value, const char *name, struct span *out)
{
	const char *p = value.p, *end = value.p + value.n;
	size_t len = strlen(name);

	while (p < end && (p = memchr(p, ';', (size_t)(end - p))) != NULL) {
		const char *start;

		do
			p++;
		while (p < end && (*p == ' ' || *p == '\t' || *p == '\n'));
		if ((size_t)(end - p) <= len || !span_ieqs((struct span){ p, len }, name))
			continue;
		for (p += len; p < end && (*p == ' ' || *p == '\t'); p++)
			;
		if (p == end || *p != '=')
			continue;
		for (p++; p < end && (*p == ' ' || *p == '\t'); p++)
			;
		if (p < end && *p == '"') {
			for (start = ++p; p < end && *p != '"'; p++)
				;
		} else {
			for (start = p; p < end && *p != ';' && *p > ' '; p++)
				;
		}
		*out = (struct span){ start, (size_t)(p - start) };
		return true;
	}
	return false;
}

static void
part_type(struct mime_part *part)
{
	struct span v, w, type;
	size_t i = 0;

	if (!mime_field(part->head, "Content-Type", 0, &v))
		return;
	type = v;
	while (i < type.n && type.p[i] != ';' && type.p[i] > ' ')
		i++;
	type.n = i;
	if (span_find(type, SPAN_LIT("/")) != nowhere)
		copy_lower(type, part->type, sizeof(part->type));
	if (parameter(v, "charset", &w))
		copy_lower(w, part->charset, sizeof(part->charset));
	if (parameter(v, "report-type", &w))
		copy_lower(w, part->report_type, sizeof(part->report_type));
}

static void
part_init(struct mime_part *part, struct span whole, const struct mime_part *parent)
{
	bool digest = parent != NULL && strcmp(parent->type, "multipart/digest") == 0;
	struct span v;

	memset(part, 0, sizeof(*part));
	cut_head(whole, &part->head, &part->body);
	if (parent != NULL) {
		part->depth = parent->depth + 1;
		part->quoted = parent->quoted || strncmp(parent->type, "message/", 8) == 0;
	}
	copy_lower(
	    span_of(digest ? "message/rfc822" : "text/plain"), part->type, sizeof(part->type));
	part_type(part);
	if (mime_field(part->head, "Content-Transfer-Encoding", 0, &v)) {
		if (span_ieqs(v, "quoted-printable"))
			part->encoding = MIME_QUOTED;
		else if (span_ieqs(v, "base64"))
			part->encoding = MIME_BASE64;
	}
}

static void
part_add(struct mime *m, struct span whole, size_t parent)
{
	if (m->n == MIME_PARTS_MAX) {
		m->cut = true;
		return;
	}
	part_init(&m->v[m->n], whole, &m->v[parent]);
	m->n++;
}

/* Is this line "--boundary" (1), "--boundary--" (2) or neither (0)? RFC 2046 5.1.1. */
static int
delimiter(struct span line, struct span boundary)
{
	struct span rest;

	if (line.n < boundary.n + 2 || line.p[0] != '-' || line.p[1] != '-' ||
	    memcmp(line.p + 2, boundary.p, boundary.n) != 0)
		return 0;
	rest = span_trim((struct span){ line.p + 2 + boundary.n, line.n - 2 - boundary.n });
	if (rest.n == 0)
		return 1;
	return span_eqs(rest, "--") ? 2 : 0;
}

static void
split(struct mime *m, size_t at)
{
	struct mime_part *part = &m->v[at];
	const char *p = part->body.p, *end = p + part->body.n, *next, *start = NULL;
	struct span type, boundary;

	if (!mime_field(part->head, "Content-Type", 0, &type) ||
	    !parameter(type, "boundary", &boundary) || boundary.n == 0)
		return;
	for (; p < end; p = next) {
		int kind = delimiter(line_at(p, end, &next), boundary);

		if (kind == 0)
			continue;
		if (start != NULL)
			part_add(m, (struct span){ start, (size_t)(p - start) }, at);
		part->split = true;
		start = kind == 1 ? next : NULL;
		if (kind == 2)
			break;
	}
	if (start != NULL)
		part_add(m, (struct span){ start, (size_t)(end - start) }, at);
}

void
mime_read(struct span message, struct mime *out)
{
	out->n = 1;
	out->cut = false;
	part_init(&out->v[0], message, NULL);
	for (size_t i = 0; i < out->n; i++) {
		struct mime_part *part = &out->v[i];

		if (part->depth == MIME_DEPTH_MAX)
			out->cut = true;
		else if (strncmp(part->type, "multipart/", 10) == 0)
			split(out, i);
		else if (strcmp(part->type, "message/rfc822") == 0 ||
			 strcmp(part->type, "message/global") == 0)
			part_add(out, part->body, i);
	}
}
