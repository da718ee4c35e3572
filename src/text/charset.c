/*
 * Bytes of any origin as UTF-8. Feeds and pages say their encoding in up to three places, often wrongly;
 * each claim is tried in the order of trust and gives way when the bytes contradict it.
 */
#include "charset.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

/* windows-1252's upper controls; the five it leaves open stay the C1 controls of Latin 1. */
static const uint16_t cp1252[32] = { 0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
	0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D, 0x017D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C,
	0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D, 0x017E,
	0x0178 };

uint32_t
charset_windows(uint32_t c)
{
	return c >= 0x80 && c <= 0x9F ? cp1252[c - 0x80] : c;
}

/* Length of the well-formed UTF-8 sequence at p, 0 for none. */
static size_t
sequence(const char *p, size_t n)
{
	size_t len;

	if (utf8_decode(p, n, &len) == 0xFFFD && !(len == 3 && memcmp(p, "\xEF\xBF\xBD", 3) == 0))
		return 0;
	return len;
}

/*
 * Text that is windows-1252, or UTF-8 with strange bytes in it (a quotation pasted from elsewhere, a letter cut in
 * half): which of the two, the majority of its upper bytes says.
 */
static enum wrap_rc
mixed(struct span in, struct buf *out, struct wrap_err *err)
{
	size_t good = 0, bad = 0, len, from = 0;
	bool keep;

	buf_reset(out);
	for (size_t i = 0; i < in.n; i += len) {
		len = (unsigned char)in.p[i] < 0x80 ? 1 : sequence(in.p + i, in.n - i);
		good += len > 1;
		bad += len == 0;
		len += len == 0;
	}
	keep = good >= 2 * bad;
	for (size_t i = 0; i < in.n; i += len) {
		unsigned char c = (unsigned char)in.p[i];
		len = c < 0x80 ? 1 : keep ? sequence(in.p + i, in.n - i) : 0;
		if (len > 0)
			continue;
		buf_add(out, in.p + from, i - from);
		utf8_add(out, charset_windows(c));
		len = 1;
		from = i + 1;
	}
	buf_add(out, in.p + from, in.n - from);
	return buf_rc(out, err);
}

/* iconv of the whole text; *bad counts the bytes that did not decode. */
static enum wrap_rc
convert(const char *name, struct span in, struct buf *out, size_t *bad, struct wrap_err *err)
{
	iconv_t cd = iconv_open("UTF-8", name);
	char *p = (char *)(uintptr_t)in.p, part[8192];
	size_t left = in.n, unit = strncmp(name, "UTF-16", 6) == 0   ? 2
				   : strncmp(name, "UTF-32", 6) == 0 ? 4
								     : 1;

	*bad = 0;
	buf_reset(out);
	if (cd == (iconv_t)-1) {
		*bad = in.n;
		return WRAP_OK;
	}
	while (left > 0 && out->rc == WRAP_OK) {
		char *o = part;
		size_t room = sizeof(part), r = iconv(cd, &p, &left, &o, &room);
		buf_add(out, part, (size_t)(o - part));
		if (r != (size_t)-1 || errno == E2BIG)
			continue;
		buf_adds(out, "\xEF\xBF\xBD");
		++*bad;
		p += left < unit ? left : unit;
		left -= left < unit ? left : unit;
	}
	(void)iconv_close(cd);
	return buf_rc(out, err);
}

struct guess {
	const char *name[6];
	size_t n;
};

static void
propose(struct guess *g, const char *name)
{
	if (name == NULL || g->n == sizeof(g->name) / sizeof(g->name[0]))
		return;
	for (size_t i = 0; i < g->n; i++)
		if (strcmp(g->name[i], name) == 0)
			return;
	g->name[g->n++] = name;
}

/* UTF-16 or -32 by its mark or by where the zero bytes of the first "<" (or "{") lie. *skip: length of the mark. */
static const char *
wide(struct span s, size_t *skip)
{
	static const struct {
		const char *mark;
		size_t n, skip;
		const char *name;
	} marks[] = {
		{ "\xFF\xFE\0\0", 4, 4, "UTF-32LE" },
		{ "\0\0\xFE\xFF", 4, 4, "UTF-32BE" },
		{ "\xFF\xFE", 2, 2, "UTF-16LE" },
		{ "\xFE\xFF", 2, 2, "UTF-16BE" },
		{ "<\0\0\0", 4, 0, "UTF-32LE" },
		{ "\0\0\0<", 4, 0, "UTF-32BE" },
		{ "<\0", 2, 0, "UTF-16LE" },
		{ "\0<", 2, 0, "UTF-16BE" },
		{ "{\0", 2, 0, "UTF-16LE" },
		{ "\0{", 2, 0, "UTF-16BE" },
		{ "\x4C\x6F\xA7\x94", 4, 0, "CP037" },
	};

	*skip = 0;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (s.n >= marks[i].n && memcmp(s.p, marks[i].mark, marks[i].n) == 0) {
			*skip = marks[i].skip;
			return marks[i].name;
		}
	return NULL;
}

static bool
is_ascii(struct span s)
{
	size_t i = 0;

	for (; i + 8 <= s.n; i += 8) {
		uint64_t w;
		memcpy(&w, s.p + i, 8);
		if ((w & UINT64_C(0x8080808080808080)) != 0)
			return false;
	}
	for (; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

/* Encodings in which two bytes make one letter: they say so rightly more often than UTF-8 is valid by chance. */
static bool
is_multibyte(const char *name)
{
	static const char *const names[] = { "GB18030", "BIG5-HKSCS", "CP950", "CP932", "EUC-JP-MS",
		"UHC", "JOHAB" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static bool
is_seven_bit(const char *name)
{
	return strncmp(name, "ISO-2022", 8) == 0 || strcmp(name, "HZ") == 0 ||
	       strcmp(name, "UTF-7") == 0;
}

/* Every claim that is not already contradicted, in the order of trust. */
static void
collect_guesses(struct span s, struct span label, enum charset_kind kind, bool utf8, bool ascii,
    struct guess *g)
{
	const char *claims[2] = { charset_name(label), charset_name(charset_declared(s, kind)) };

	for (size_t i = 0; i < 2; i++) {
		const char *c = claims[i];
		if (c == NULL || strncmp(c, "UTF-16", 6) == 0 || strncmp(c, "UTF-32", 6) == 0)
			continue; /* wide text was told by its zero bytes; here is none */
		if (strcmp(c, "CP1252") == 0 || strcmp(c, "UTF-8") == 0)
			continue; /* told apart by the bytes */
		if (ascii ? is_seven_bit(c) : !utf8 || is_multibyte(c))
			propose(g, c);
	}
}

enum wrap_rc
charset_decode(struct span bytes, struct span label, enum charset_kind kind, struct buf *store,
    struct span *out, struct wrap_err *err)
{
	struct guess g = { 0 };
	size_t skip, bad;
	const char *name;
	bool ascii, utf8;
	enum wrap_rc rc;

	while (bytes.n >= 3 && memcmp(bytes.p, "\xEF\xBB\xBF", 3) == 0) {
		bytes.p += 3;
		bytes.n -= 3;
		label = (struct span){ "utf-8", 5 };
	}
	*out = bytes;
	name = wide(bytes, &skip);
	if (name != NULL) {
		bytes = (struct span){ bytes.p + skip, bytes.n - skip };
		rc = convert(name, bytes, store, &bad, err);
		*out = buf_span(store);
		return rc;
	}
	ascii = is_ascii(bytes);
	utf8 = ascii || utf8_valid(bytes);
	collect_guesses(bytes, label, kind, utf8, ascii, &g);
	for (size_t i = 0; i < g.n; i++) {
		rc = convert(g.name[i], bytes, store, &bad, err);
		if (rc != WRAP_OK)
			return rc;
		*out = buf_span(store);
		/* A stray byte or two happen in any encoding; more means that the label lies. */
		if (bad == 0 || (!utf8 && bad < bytes.n / 256))
			return WRAP_OK;
	}
	if (utf8) {
		*out = bytes;
		return WRAP_OK;
	}
	rc = mixed(bytes, store, err);
	*out = buf_span(store);
	return rc;
}
