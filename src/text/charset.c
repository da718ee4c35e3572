/*
 * Bytes of any origin as UTF-8. Feeds and pages say their encoding in up to three places, often wrongly;
 * each claim is tried in the order of trust and gives way when the bytes contradict it. Labels mean what
 * the WHATWG Encoding Standard says they mean on the web: latin1 is windows-1252, gb2312 is gb18030.
 */
#include "wrap/text.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

/* Label, in lower case without blanks, '-' and '_', to the name iconv knows. */
static const struct {
	const char *label, *name;
} labels[] = {
	{ "utf8", "UTF-8" },
	{ "unicode11utf8", "UTF-8" },
	{ "unicode", "UTF-16LE" },
	{ "utf16", "UTF-16" },
	{ "utf16le", "UTF-16LE" },
	{ "utf16be", "UTF-16BE" },
	{ "ucs2", "UTF-16" },
	{ "iso10646ucs2", "UTF-16" },
	{ "utf32", "UTF-32" },
	{ "utf32le", "UTF-32LE" },
	{ "utf32be", "UTF-32BE" },
	{ "ucs4", "UTF-32" },
	{ "ascii", "CP1252" },
	{ "usascii", "CP1252" },
	{ "ansix3.41968", "CP1252" },
	{ "iso646us", "CP1252" },
	{ "latin1", "CP1252" },
	{ "l1", "CP1252" },
	{ "iso88591", "CP1252" },
	{ "iso885911987", "CP1252" },
	{ "isoir100", "CP1252" },
	{ "8859", "CP1252" },
	{ "cp819", "CP1252" },
	{ "ibm819", "CP1252" },
	{ "windows1252", "CP1252" },
	{ "cp1252", "CP1252" },
	{ "xcp1252", "CP1252" },
	{ "win1252", "CP1252" },
	{ "ansi", "CP1252" },
	{ "latin2", "ISO-8859-2" },
	{ "l2", "ISO-8859-2" },
	{ "iso88592", "ISO-8859-2" },
	{ "latin3", "ISO-8859-3" },
	{ "iso88593", "ISO-8859-3" },
	{ "latin4", "ISO-8859-4" },
	{ "iso88594", "ISO-8859-4" },
	{ "cyrillic", "ISO-8859-5" },
	{ "iso88595", "ISO-8859-5" },
	{ "arabic", "ISO-8859-6" },
	{ "iso88596", "ISO-8859-6" },
	{ "greek", "ISO-8859-7" },
	{ "greek8", "ISO-8859-7" },
	{ "iso88597", "ISO-8859-7" },
	{ "hebrew", "ISO-8859-8" },
	{ "iso88598", "ISO-8859-8" },
	{ "iso88598i", "ISO-8859-8" },
	{ "visual", "ISO-8859-8" },
	{ "latin5", "CP1254" },
	{ "iso88599", "CP1254" },
	{ "l5", "CP1254" },
	{ "windows1254", "CP1254" },
	{ "cp1254", "CP1254" },
	{ "xcp1254", "CP1254" },
	{ "latin6", "ISO-8859-10" },
	{ "iso885910", "ISO-8859-10" },
	{ "iso885911", "CP874" },
	{ "tis620", "CP874" },
	{ "windows874", "CP874" },
	{ "cp874", "CP874" },
	{ "dos874", "CP874" },
	{ "iso885913", "ISO-8859-13" },
	{ "iso885914", "ISO-8859-14" },
	{ "iso885915", "ISO-8859-15" },
	{ "latin9", "ISO-8859-15" },
	{ "l9", "ISO-8859-15" },
	{ "iso885916", "ISO-8859-16" },
	{ "windows1250", "CP1250" },
	{ "cp1250", "CP1250" },
	{ "xcp1250", "CP1250" },
	{ "win1250", "CP1250" },
	{ "windows1251", "CP1251" },
	{ "cp1251", "CP1251" },
	{ "xcp1251", "CP1251" },
	{ "win1251", "CP1251" },
	{ "win", "CP1251" },
	{ "windows1253", "CP1253" },
	{ "cp1253", "CP1253" },
	{ "xcp1253", "CP1253" },
	{ "windows1255", "CP1255" },
	{ "cp1255", "CP1255" },
	{ "xcp1255", "CP1255" },
	{ "windows1256", "CP1256" },
	{ "cp1256", "CP1256" },
	{ "xcp1256", "CP1256" },
	{ "windows1257", "CP1257" },
	{ "cp1257", "CP1257" },
	{ "xcp1257", "CP1257" },
	{ "windows1258", "CP1258" },
	{ "cp1258", "CP1258" },
	{ "xcp1258", "CP1258" },
	{ "koi8", "KOI8-R" },
	{ "koi8r", "KOI8-R" },
	{ "koi", "KOI8-R" },
	{ "koi8u", "KOI8-U" },
	{ "koi8ru", "KOI8-U" },
	{ "ibm866", "CP866" },
	{ "cp866", "CP866" },
	{ "866", "CP866" },
	{ "dos866", "CP866" },
	{ "macintosh", "MACINTOSH" },
	{ "mac", "MACINTOSH" },
	{ "macroman", "MACINTOSH" },
	{ "xmacroman", "MACINTOSH" },
	{ "xmaccyrillic", "MAC-CYRILLIC" },
	{ "maccyrillic", "MAC-CYRILLIC" },
	{ "xmacukrainian", "MAC-CYRILLIC" },
	{ "gb2312", "GB18030" },
	{ "gbk", "GB18030" },
	{ "xgbk", "GB18030" },
	{ "gb18030", "GB18030" },
	{ "cp936", "GB18030" },
	{ "chinese", "GB18030" },
	{ "csgb2312", "GB18030" },
	{ "gb231280", "GB18030" },
	{ "euccn", "GB18030" },
	{ "windows936", "GB18030" },
	{ "hzgb2312", "HZ" },
	{ "big5", "BIG5-HKSCS" },
	{ "big5hkscs", "BIG5-HKSCS" },
	{ "cnbig5", "BIG5-HKSCS" },
	{ "xxbig5", "BIG5-HKSCS" },
	{ "csbig5", "BIG5-HKSCS" },
	{ "cp950", "CP950" },
	{ "shiftjis", "CP932" },
	{ "sjis", "CP932" },
	{ "xsjis", "CP932" },
	{ "mskanji", "CP932" },
	{ "ms932", "CP932" },
	{ "csshiftjis", "CP932" },
	{ "windows31j", "CP932" },
	{ "cp932", "CP932" },
	{ "eucjp", "EUC-JP-MS" },
	{ "xeucjp", "EUC-JP-MS" },
	{ "cseucpkdfmtjapanese", "EUC-JP-MS" },
	{ "ujis", "EUC-JP-MS" },
	{ "iso2022jp", "ISO-2022-JP-2" },
	{ "csiso2022jp", "ISO-2022-JP-2" },
	{ "jis", "ISO-2022-JP-2" },
	{ "iso2022jp2", "ISO-2022-JP-2" },
	{ "iso2022kr", "ISO-2022-KR" },
	{ "euckr", "UHC" },
	{ "ksc56011987", "UHC" },
	{ "ksc5601", "UHC" },
	{ "ksc56011989", "UHC" },
	{ "cp949", "UHC" },
	{ "uhc", "UHC" },
	{ "windows949", "UHC" },
	{ "korean", "UHC" },
	{ "cseuckr", "UHC" },
	{ "ks_c_5601", "UHC" },
	{ "isoir149", "UHC" },
	{ "johab", "JOHAB" },
	{ "viscii", "VISCII" },
	{ "tcvn", "TCVN" },
	{ "ebcdiccpus", "CP037" },
	{ "ibm037", "CP037" },
	{ "cp037", "CP037" },
	{ "cp437", "CP437" },
	{ "ibm437", "CP437" },
	{ "cp850", "CP850" },
	{ "cp852", "CP852" },
	{ "utf7", "UTF-7" },
};

static const char *
name_of(struct span label)
{
	char key[32];
	size_t n = 0;

	for (size_t i = 0; i < label.n; i++) {
		char c = label.p[i];
		if (c == '-' || c == '_' || c == ' ' || c == '"' || c == '\'' || c == ':' ||
		    c == '\t')
			continue;
		if (n + 1 == sizeof(key))
			return NULL;
		key[n++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
	}
	key[n] = '\0';
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		if (strcmp(labels[i].label, key) == 0)
			return labels[i].name;
	return NULL;
}

struct span
charset_of_type(struct span type)
{
	size_t at = span_ifind(type, SPAN_LIT("charset="));
	struct span v;
	size_t end = 0;

	if (at == (size_t)-1)
		return (struct span){ "", 0 };
	v = (struct span){ type.p + at + 8, type.n - at - 8 };
	v = span_trim(v);
	if (v.n > 0 && (v.p[0] == '"' || v.p[0] == '\'')) {
		v.p++;
		v.n--;
	}
	while (end < v.n && v.p[end] != ';' && v.p[end] != '"' && v.p[end] != '\'' &&
	       v.p[end] != ' ' && v.p[end] != ',')
		end++;
	return (struct span){ v.p, end };
}

/* The declaration inside: encoding="..." of XML within its first line, charset= of HTML within the head. */
static struct span
declared(struct span s, enum charset_kind kind)
{
	struct span head = { s.p, s.n < 1024 ? s.n : 1024 };
	size_t at;

	if (kind == CHARSET_XML) {
		size_t end;
		at = span_find(head, SPAN_LIT("<?xml"));
		if (at == (size_t)-1)
			return (struct span){ "", 0 };
		head = (struct span){ head.p + at, head.n - at };
		end = span_find(head, SPAN_LIT(">"));
		if (end != (size_t)-1)
			head.n = end;
		at = span_find(head, SPAN_LIT("encoding"));
		if (at == (size_t)-1)
			return (struct span){ "", 0 };
		head = (struct span){ head.p + at + 8, head.n - at - 8 };
		at = span_find(head, SPAN_LIT("="));
		if (at == (size_t)-1)
			return (struct span){ "", 0 };
		head = span_trim((struct span){ head.p + at + 1, head.n - at - 1 });
		if (head.n > 0 && (head.p[0] == '"' || head.p[0] == '\'')) {
			head.p++;
			head.n--;
		}
		for (at = 0; at < head.n && strchr("\"'? >", head.p[at]) == NULL; at++)
			;
		return (struct span){ head.p, at };
	}
	if (kind == CHARSET_HTML) {
		head.n = s.n < 4096 ? s.n : 4096;
		for (struct span rest = head;;) {
			at = span_ifind(rest, SPAN_LIT("<meta"));
			if (at == (size_t)-1)
				return (struct span){ "", 0 };
			rest = (struct span){ rest.p + at + 5, rest.n - at - 5 };
			at = span_find(rest, SPAN_LIT(">"));
			struct span tag = { rest.p, at == (size_t)-1 ? rest.n : at };
			if (span_ifind(tag, SPAN_LIT("charset=")) != (size_t)-1)
				return charset_of_type(tag);
		}
	}
	return (struct span){ "", 0 };
}

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
	const char *claims[2] = { name_of(label), name_of(declared(s, kind)) };

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
