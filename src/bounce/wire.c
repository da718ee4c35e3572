/*
 * One message between the child that reads strangers' bytes and the parent that holds the store: read into
 * a letter, packed, unpacked with every number checked, for the child may be in a stranger's hands.
 */
#include "bounce/internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- reading, in the child --------------------------------------------------------------------------------- */

static void
copy_text(char *out, size_t size, const char *text)
{
	size_t n = text == NULL ? 0 : strlen(text);

	if (out == NULL || size == 0)
		return;
	if (n >= size)
		for (n = size - 1; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80; n--)
			; /* not in the middle of a UTF-8 character */
	if (n > 0)
		memcpy(out, text, n);
	out[n] = '\0';
}

/* Where a reader's own wish may stand: what they wrote to, and the subject. */
static enum wrap_rc
wishes_read(const struct report *r, struct strs *out, struct wrap_err *err)
{
	enum wrap_rc rc = WRAP_OK;

	if (r->kind != REPORT_NONE && r->kind != REPORT_OPTOUT)
		return WRAP_OK; /* a machine wishes nothing */
	if (r->automatic)
		return WRAP_OK;
	rc = verp_candidates(span_of(r->subject), '\0', out, err);
	if (rc == WRAP_OK)
		rc = verp_candidates(span_of(r->to), '\0', out, err);
	return rc;
}

static enum wrap_rc
rows_make(struct letter *l, size_t n, struct wrap_err *err)
{
	l->rows = n == 0 ? NULL : calloc(n, sizeof(*l->rows));
	if (n > 0 && l->rows == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	l->n = n;
	return WRAP_OK;
}

enum wrap_rc
letter_read(struct span bytes, struct letter *out, struct wrap_err *err)
{
	struct report r;
	enum wrap_rc rc = report_read(bytes, &r, err);
	size_t n;

	memset(out, 0, sizeof(*out));
	out->kind = LETTER_MESSAGE;
	if (rc != WRAP_OK)
		return rc;
	secret_sha256(bytes, out->fingerprint);
	out->report = r.kind;
	n = r.kind == REPORT_NONE ? 0 : r.n == 0 ? 1 : r.n > LETTER_ROWS ? LETTER_ROWS : r.n;
	rc = rows_make(out, n, err);
	for (size_t i = 0; i < out->n; i++) {
		const struct report_row *row = i < r.n ? &r.rows[i] : NULL;
		struct letter_row *to = &out->rows[i];

		bounce_classify(&r, i, &to->verdict);
		copy_text(
		    to->recipient, sizeof(to->recipient), row == NULL ? NULL : row->recipient);
		copy_text(to->diagnostic, sizeof(to->diagnostic),
		    row == NULL               ? r.subject
		    : row->diagnostic != NULL ? row->diagnostic
					      : row->prose);
	}
	if (rc == WRAP_OK)
		rc = verp_candidates(buf_span(&r.tokens), VERP_FIRST, &out->tokens, err);
	if (rc == WRAP_OK)
		rc = wishes_read(&r, &out->wishes, err);
	report_clear(&r);
	return rc;
}

void
letter_clear(struct letter *l)
{
	strs_clear(&l->tokens);
	strs_clear(&l->wishes);
	free(l->rows);
	memset(l, 0, sizeof(*l));
}

/* ---- packing: numbers as four bytes, texts with their length ---------------------------------------------------- */

static void
put_number(struct buf *b, uint32_t v)
{
	for (int i = 24; i >= 0; i -= 8)
		buf_addc(b, (char)(v >> i & 0xff));
}

static void
put_text(struct buf *b, struct span s)
{
	put_number(b, (uint32_t)s.n);
	buf_addspan(b, s);
}

void
letter_pack(const struct letter *l, struct buf *out)
{
	const struct strs *lists[] = { &l->tokens, &l->wishes };

	put_number(out, (uint32_t)l->kind);
	put_number(out, l->uidvalidity);
	put_number(out, l->uid);
	buf_add(out, l->fingerprint, sizeof(l->fingerprint));
	put_number(out, (uint32_t)l->report);
	put_number(out, (uint32_t)l->n);
	for (size_t i = 0; i < l->n; i++) {
		const struct letter_row *row = &l->rows[i];

		put_text(out, span_of(row->recipient));
		put_number(out, (uint32_t)row->verdict.class);
		put_number(out, (uint32_t)row->verdict.reason);
		put_number(out, row->verdict.clear);
		put_text(out, span_of(row->verdict.word));
		put_text(out, span_of(row->verdict.status));
		put_text(out, span_of(row->diagnostic));
	}
	for (size_t k = 0; k < 2; k++) {
		put_number(out, (uint32_t)lists[k]->n);
		for (size_t i = 0; i < lists[k]->n; i++)
			put_text(out, span_of(lists[k]->v[i]));
	}
}

/* A reader over the record; after the first short read all that follows is zero and bad. */
struct unpacker {
	struct span rest;
	bool bad;
};

static uint32_t
get_number(struct unpacker *u, uint32_t below)
{
	uint32_t v = 0;

	if (u->bad || u->rest.n < 4) {
		u->bad = true;
		return 0;
	}
	for (int i = 0; i < 4; i++)
		v = v << 8 | (unsigned char)u->rest.p[i];
	u->rest.p += 4;
	u->rest.n -= 4;
	if (below != 0 && v >= below) {
		u->bad = true;
		return 0;
	}
	return v;
}

static struct span
get_bytes(struct unpacker *u, size_t n)
{
	struct span s = { u->rest.p, n };

	if (u->bad || u->rest.n < n) {
		u->bad = true;
		return (struct span){ "", 0 };
	}
	u->rest.p += n;
	u->rest.n -= n;
	return s;
}

/* A text into a field of that size; controls of any kind become '?', so that it is fit for a line of the report. */
static void
get_text(struct unpacker *u, char *out, size_t size)
{
	struct span s = get_bytes(u, get_number(u, (uint32_t)size));

	for (size_t i = 0; i < s.n; i++)
		out[i] = (char)((unsigned char)s.p[i] < ' ' || s.p[i] == 127 ? '?' : s.p[i]);
	out[s.n] = '\0';
}

/* The kinds' own words; a reason has its own. */
static const char *
word_known(const char *word)
{
	static const char *const words[] = { "failure", "delay", "delivered", "abuse", "fraud",
		"virus", "other", "opt-out", "mail", "not-spam", "authentication", "vacation",
		"receipt", "challenge", "delivery" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(word, words[i]) == 0)
			return words[i];
	return "other";
}

static void
get_row(struct unpacker *u, struct letter_row *row)
{
	char word[32] = "";

	get_text(u, row->recipient, sizeof(row->recipient));
	row->verdict.class = (enum bounce_class)get_number(u, BOUNCE_OTHER + 1);
	row->verdict.reason = (enum bounce_reason)get_number(u, REASON_DELAYED + 1);
	row->verdict.clear = get_number(u, 2) == 1;
	get_text(u, word, sizeof(word));
	get_text(u, row->verdict.status, sizeof(row->verdict.status));
	get_text(u, row->diagnostic, sizeof(row->diagnostic));
	row->verdict.group = bounce_reason_group(row->verdict.reason);
	if (row->verdict.class == BOUNCE_HARD || row->verdict.class == BOUNCE_SOFT)
		row->verdict.word = bounce_reason_name(row->verdict.reason);
	else
		row->verdict.word = word_known(word);
}

static enum wrap_rc
get_list(struct unpacker *u, struct strs *out, struct wrap_err *err)
{
	uint32_t n = get_number(u, 2 * VERP_TRIES + 1);
	enum wrap_rc rc = WRAP_OK;

	for (uint32_t i = 0; i < n && !u->bad && rc == WRAP_OK; i++) {
		struct span s = get_bytes(u, get_number(u, VERP_TOKEN));

		if (!u->bad)
			rc = strs_add(out, s, err);
	}
	return rc;
}

enum wrap_rc
letter_unpack(struct span record, struct letter *out, struct wrap_err *err)
{
	struct unpacker u = { .rest = record };
	struct span print;
	enum wrap_rc rc;

	memset(out, 0, sizeof(*out));
	out->kind = get_number(&u, LETTER_END + 1);
	out->uidvalidity = get_number(&u, 0);
	out->uid = get_number(&u, 0);
	print = get_bytes(&u, SHA256_BYTES);
	memcpy(out->fingerprint, print.p, print.n);
	out->report = (enum report_kind)get_number(&u, REPORT_NOTICE + 1);
	rc = rows_make(out, get_number(&u, LETTER_ROWS + 1), err);
	for (size_t i = 0; rc == WRAP_OK && i < out->n && !u.bad; i++)
		get_row(&u, &out->rows[i]);
	if (rc == WRAP_OK)
		rc = get_list(&u, &out->tokens, err);
	if (rc == WRAP_OK)
		rc = get_list(&u, &out->wishes, err);
	if (rc == WRAP_OK && (u.bad || u.rest.n > 0))
		rc = wrap_fail(err, WRAP_EPROTO, "the mailbox reader's record is damaged");
	if (rc != WRAP_OK)
		letter_clear(out);
	return rc;
}
