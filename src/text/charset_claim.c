/*
 * What a document says of its encoding, and what that means. Labels mean what the WHATWG Encoding Standard says
 * they mean on the web: latin1 is windows-1252, gb2312 is gb18030.
 */
#include "charset.h"

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

const char *
charset_name(struct span label)
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

struct span
charset_declared(struct span s, enum charset_kind kind)
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
