/*
 * The character sets of mail as UTF-8, by iconv: under the names that mail programs give them, guessed where
 * there is none. Lenient: bytes that mean nothing become '?'.
 */
#include "wrap/mail.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

/* Length of the UTF-8 sequence at p when it is well formed (RFC 3629), else 0. */
static size_t
utf8_length(const unsigned char *p, size_t n)
{
	size_t len;

	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] < 0xe0)
		len = 2;
	else if ((p[0] & 0xf0) == 0xe0)
		len = 3;
	else if (p[0] >= 0xf0 && p[0] < 0xf5)
		len = 4;
	else
		return 0;
	if (len > n)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return len;
}

static bool
utf8_whole(struct span s)
{
	for (size_t i = 0, len; i < s.n; i += len) {
		len = utf8_length((const unsigned char *)s.p + i, s.n - i);
		if (len == 0)
			return false;
	}
	return true;
}

static void
utf8_repair(struct span s, struct buf *out)
{
	for (size_t i = 0; i < s.n;) {
		size_t len = utf8_length((const unsigned char *)s.p + i, s.n - i);

		if (len == 0)
			buf_addc(out, '?');
		else
			buf_add(out, s.p + i, len);
		i += len == 0 ? 1 : len;
	}
}

/* The name iconv knows for one that mail uses. */
static const char *
charset_name(const char *name)
{
	static const char *const alias[][2] = {
		{ "unicode-1-1-utf-7", "UTF-7" },
		{ "x-sjis", "CP932" },
		{ "shift_jis", "CP932" },
		{ "sjis", "CP932" },
		{ "iso-2022-jp", "ISO-2022-JP-2" },
		{ "cp50220", "ISO-2022-JP-2" },
		{ "gb2312", "GB18030" },
		{ "gbk", "GB18030" },
		{ "x-gbk", "GB18030" },
		{ "ks_c_5601-1987", "CP949" },
		{ "euc-kr", "CP949" },
		{ "iso-8859-1", "CP1252" },
		{ "latin1", "CP1252" },
		{ "iso-8859-8-i", "ISO-8859-8" },
		{ "x-mac-roman", "MACINTOSH" },
		{ "big5", "BIG5-HKSCS" },
	};

	for (size_t i = 0; i < sizeof(alias) / sizeof(alias[0]); i++)
		if (strcmp(name, alias[i][0]) == 0)
			return alias[i][1];
	return name;
}

static bool
has_escape(struct span s)
{
	return span_find(s, SPAN_LIT("\033$")) != (size_t)-1 ||
	       span_find(s, SPAN_LIT("\033(J")) != (size_t)-1;
}

/* Names that need no converter, or whose label is so often wrong that the bytes decide. */
static bool
is_guessed(const char *name)
{
	static const char *const names[] = { "", "us-ascii", "ascii", "utf-8", "utf8",
		"unknown-8bit", "8bit", "default", "unknown", "x-unknown" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static bool
convert(struct span s, const char *name, struct buf *out)
{
	iconv_t cd = iconv_open("UTF-8", name);
	char *in, piece[1024];
	size_t left = s.n;

	if (cd == (iconv_t)-1)
		return false;
	memcpy(&in, &s.p, sizeof(in)); /* iconv wants it without const, and writes nothing there */
	while (left > 0 && out->rc == WRAP_OK) {
		char *to = piece;
		size_t room = sizeof(piece), n = iconv(cd, &in, &left, &to, &room);
		int why = errno;

		buf_add(out, piece, sizeof(piece) - room);
		if (n != (size_t)-1 || left == 0)
			continue;
		if (why == EINVAL)
			break;
		if (why == EILSEQ) {
			buf_addc(out, '?');
			in++;
			left--;
		}
	}
	(void)iconv_close(cd);
	return true;
}

void
mime_charset(struct span s, const char *charset, struct buf *out)
{
	char name[32];
	size_t n = 0;

	for (; charset[n] != '\0' && n + 1 < sizeof(name); n++) {
		char c = charset[n];

		c = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
		if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && strchr("-_.:", c) == NULL)
			break; /* "//IGNORE" and other words to iconv are not for strangers */
		name[n] = c;
	}
	name[n] = '\0';
	if (!is_guessed(name) && convert(s, charset_name(name), out))
		return;
	if (has_escape(s) && convert(s, "ISO-2022-JP-2", out))
		return;
	if (utf8_whole(s))
		buf_addspan(out, s);
	else if (strncmp(name, "utf", 3) == 0 || !convert(s, "CP1252", out))
		utf8_repair(s, out);
}
