/*
 * text: what is done to words before and after they are mail. Character sets, HTML of strangers, dates,
 * sentences, templates, display width. Values in, values out: no clock, network or store.
 */
#ifndef WRAP_TEXT_H
#define WRAP_TEXT_H

#include "wrap/base.h"

/* ---- utf8.c -------------------------------------------------------------------------------------- */

/* Decode one code point at p (n > 0 bytes left); *len is its length, at least 1. U+FFFD for bad bytes. */
uint32_t utf8_decode(const char *p, size_t n, size_t *len);
void utf8_add(struct buf *b, uint32_t cp);
bool utf8_valid(struct span s);
/* Columns on a terminal or in a text mail: 0 for combining and format characters, 2 for wide ones (UAX 11). */
int utf8_width(uint32_t cp);
size_t utf8_columns(struct span s);
/*
 * One line of plain text for a title, a name or a header: bad bytes to U+FFFD, controls and line ends to
 * single blanks, bidirectional overrides and zero-width format characters dropped (but ZWJ, ZWNJ and the
 * plain direction marks, which scripts need), blanks trimmed and folded, at most 8 marks on one letter.
 * Appends to out.
 */
void utf8_line(struct span s, struct buf *out);

/* Code points for internal use, which have no place in text that is interchanged (Unicode 23.7). */
bool utf8_is_noncharacter(uint32_t cp);
/* A mark that sits on the letter before it. More than UTF8_MARKS_MAX on one are no script we know but paint over other lines. */
#define UTF8_MARKS_MAX 8
bool utf8_is_mark(uint32_t cp);
/* Embeddings, overrides and isolates, which change how the text around them is laid out (UAX 9). */
bool utf8_is_reordering(uint32_t cp);

/* ---- wrap.c: paragraphs of plain text ------------------------------------------------------------- */

/*
 * Append text as lines of at most width columns, each ended by '\n'; first goes before the first, indent
 * before the others, and both count. Lines break where Unicode's rules (UAX 14) allow it, so in Japanese between
 * characters; a link ("://" in a word, or mailto:) is never broken, nor is a word in ASCII; another only when it is wider than a line.
 * '\n' in text breaks a line; blanks at the ends of lines are dropped. Bad bytes become U+FFFD.
 */
void text_wrap(
    struct span text, size_t width, const char *first, const char *indent, struct buf *out);

/* ---- escape.c: one writer for each context; any bytes in, sound text out; all append --------------- */

/* Text and quoted attribute values. Controls but tab and newline are dropped. */
void escape_html(struct span s, struct buf *out);
/* Inline text on one line, which CommonMark shows as itself, at the start of a line (of out) or inside; runs of blanks become one. */
void escape_markdown(struct span s, struct buf *out);
/* A link target for [text](target), without <>: what would end it is percent-coded. */
void escape_markdown_url(struct span s, struct buf *out);
/* A query or path component, RFC 3986 2.1. */
void escape_url(struct span s, struct buf *out);
/* Relative, or http, https or mailto; without blanks and controls. Anything else has no place in a link. */
bool url_is_safe(struct span url);

/* ---- value.c: what a template is filled with ------------------------------------------------------- */

/*
 * A record of named values: texts, flags, and lists of further records. A record that stands for one
 * thing which may be missing (a sponsor) is a list of none or one. Names are kept by pointer: literals.
 * Texts are copied. A call on NULL does nothing, and a failure to allocate is remembered by the whole tree
 * and reported by template_render, so trees are built straight down.
 */
struct value;
struct value *value_new(void);
void value_text(struct value *v, const char *name, struct span text);
void value_texts(struct value *v, const char *name, const char *text); /* NULL: stays unset */
void value_flag(struct value *v, const char *name, bool on);
/* A new record at the end of the list called name, to be filled; it belongs to v. */
struct value *value_add(struct value *v, const char *name);
void value_free(struct value **v); /* the whole tree, from its root */

/* ---- template.c: the placeholder language, a part of Mustache --------------------------------------- */

/*
 *   {{name}}        the value, escaped for the template's context
 *   {{{name}}}      or {{&name}}: the value as it is; only for names declared TEMPLATE_MARKUP
 *   {{#name}} .. {{/name}}   once for a text or flag that is set, once for each record of a list
 *   {{^name}} .. {{/name}}   when it is empty, off or missing
 *   {{.}}           the text of the section around it
 *   {{say_KEY}}     the phrase KEY (below), escaped; its own {{name}}s stand for what they do here
 *   {{> file}}      another template, put in here with the indentation of its line
 *   {{! comment}}
 *
 * A line that holds only one section, comment or partial tag vanishes with its line end. Not taken from
 * Mustache: changing the delimiters, dotted names and lambdas; they are refused.
 */
enum template_kind {
	TEMPLATE_TEXT,
	TEMPLATE_URL, /* as a link target in Markdown; left out of HTML unless url_is_safe; else as text */
	TEMPLATE_MARKUP, /* made by us in the output's own language */
	TEMPLATE_FLAG,
	TEMPLATE_SLOT, /* a text that is not known yet; see SLOT_VALUE */
	TEMPLATE_LIST  /* its records have the names of inside, and see those around them */
};

/*
 * What stands in the output where a slot does, to be filled in for each reader: SLOT_VALUE and one letter;
 * for {{#slot}} and {{^slot}} SLOT_IF or SLOT_UNLESS and the letter, the text, and SLOT_END. They are
 * noncharacters, which no escaping lets through from a value, so that nobody can forge one. The letter is
 * the text that the value tree gives the name.
 */
#define SLOT_IF "\xEF\xB7\x90" /* U+FDD0 */
#define SLOT_UNLESS "\xEF\xB7\x91"
#define SLOT_END "\xEF\xB7\x92"
#define SLOT_VALUE "\xEF\xB7\x93"

/* One name that a template may use. A table of them ends with a NULL name. */
struct template_name {
	const char *name;
	enum template_kind kind;
	const struct template_name *inside;
};

/* The language of the output: how {{name}} is escaped. */
enum template_escape {
	TEMPLATE_ESCAPE_HTML,
	TEMPLATE_ESCAPE_MARKDOWN,
	TEMPLATE_ESCAPE_TEXT, /* plain text: as it is, without controls */
	TEMPLATE_ESCAPE_LINE, /* one line of a header or subject: utf8_line */
	TEMPLATE_ESCAPE_URL
};

struct template_source {
	const char *name; /* for messages: "message.html" */
	struct span text;
	enum template_escape escape;
	const struct template_name *names;
	const struct phrasebook *say; /* its phrases are {{say_KEY}}; NULL: none are used */
	/* Text of the partial called name, or NULL; the caller keeps it alive until template_compile returns. May be NULL. */
	const char *(*partial)(void *ctx, const char *name);
	void *ctx;
};

/*
 * Check and compile. WRAP_ECONFIG with "file:line: what is wrong" for an unknown name (the names there are
 * are listed) or phrase, an unclosed or crossed section, a partial that is missing or includes itself, a text put in
 * unescaped. names must outlive the template; the rest is copied. Mustache specification 1.4.
 */
struct template;
struct phrasebook;
enum wrap_rc template_compile(
    const struct template_source *src, struct template **out, struct wrap_err *err);
/* Append to out. Fails for memory or out's cap only: nothing in v can break a compiled template. Safe in threads. */
enum wrap_rc template_render(
    const struct template *t, const struct value *v, struct buf *out, struct wrap_err *err);
void template_free(struct template **t);

/* ---- phrase.c: our own words, dates and numbers by language -------------------------------------------- */

/*
 * The words of one language, from files words.LANG (lines "key = text"; templates/words.en has every key and
 * says what each is for). Templates use them as {{say_KEY}}; a text may hold {{publication}} and the like.
 */
/*
 * Fill out (set up by the caller) with the file called name: the one built in, or the owner's when own is set.
 * WRAP_ENOTFOUND when there is none. config_template_load is one.
 */
typedef enum wrap_rc (*phrasebook_load_fn)(
    void *ctx, const char *name, bool own, struct buf *out, struct wrap_err *err);
/*
 * language: BCP 47, any case; one we have no words for gets English, and so does a missing key. WRAP_ECONFIG
 * with "file:line: what is wrong" for an unknown or repeated key, a broken line, a list with a word too few.
 */
enum wrap_rc phrasebook_open(const char *language, phrasebook_load_fn load, void *ctx,
    struct phrasebook **out, struct wrap_err *err);
void phrasebook_close(struct phrasebook **p);
/* false: there is no file of that language, and the words are English. */
bool phrasebook_speaks(const struct phrasebook *p);
/* Borrowed from p, never NULL: plain text, to be escaped where it is put. A key that is not there gives itself. */
const char *phrase(const struct phrasebook *p, const char *key);
const char *phrase_find(
    const struct phrasebook *p, struct span key); /* NULL when it is not there */
/* KEY_one or KEY_other, as the language counts n; and the same with {{n}} filled in, appended. */
const char *phrase_plural(const struct phrasebook *p, const char *key, long long n);
void phrase_count(const struct phrasebook *p, const char *key, long long n, struct buf *out);
/* A text with each {{name}} of v filled in, appended; a name that is not there gives nothing. */
struct phrase_value {
	const char *name, *text;
};
void phrase_fill(const char *text, const struct phrase_value *v, size_t n, struct buf *out);

/* Examples in English: 22 November 2026 | 22 Nov | 22 November 2026, 14:05 */
enum phrase_date_form { PHRASE_DATE, PHRASE_DATE_SHORT, PHRASE_DATE_TIME };
/* tm: what clock_local gives. Both append. */
void phrase_date(
    const struct phrasebook *p, const struct tm *tm, enum phrase_date_form form, struct buf *out);
/* With the language's marks for thousands. Appends. */
void phrase_number(const struct phrasebook *p, long long n, struct buf *out);

/* tag.c: en, pt-BR, zh-Hant-TW: letters and digits in parts of at most eight, the first of letters. RFC 5646 2.1. */
#define LANGUAGE_TAG_BYTES 35 /* RFC 5646 4.4.1 */
bool language_tag_ok(const char *tag);

/* ---- words.c: the dictionary of a run ------------------------------------------------------------- */

/* What a language's tables say of a word. */
#define WORD_TITLE 1U     /* stands before a name: its stop ends no sentence */
#define WORD_NUMBER 2U    /* the same before a number */
#define WORD_MAYBE 4U     /* ends a sentence when a usual opener follows */
#define WORD_OPENER 8U    /* usually opens a sentence when it has a capital */
#define WORD_STOP 16U     /* carries no topic */
#define WORD_PRONOUN 32U  /* as first word it leans on the sentence before */
#define WORD_POINTER 128U /* a pronoun that may open a text of its own: "This is the moment" */
#define WORD_CUE 64U      /* a verb of news */

/*
 * Languages opened and terms seen so far. One for a run; not for two threads at once. A language is named
 * by its BCP 47 tag, of which the first part counts; NULL and "" are English, an unknown one is read by
 * punctuation and case alone.
 */
struct words;
struct words *words_new(void); /* NULL on no memory */
void words_free(struct words **w);

/* Terms of a text in their order: numbers that stand for stems, from 1. */
struct terms {
	uint32_t *v;
	size_t n, size;
};
/*
 * Append the terms of text: letters and digits in lower case, stop words and single letters left out, Snowball
 * stem where the language has one. Han and kana characters are terms of their own.
 */
enum wrap_rc words_terms(
    struct words *w, const char *lang, struct span text, struct terms *out, struct wrap_err *err);
/* The same, and the hash of every word, stop words too, appended to raw: what fingerprints are made of. Either list may be NULL. */
enum wrap_rc words_read(struct words *w, const char *lang, struct span text, struct terms *terms,
    struct terms *raw, struct wrap_err *err);
uint32_t words_number(
    struct words *w, struct span stem); /* the term of a stem, numbered when new; 0 on no memory */
void terms_sort(uint32_t *v, size_t n); /* rising */
void terms_clear(struct terms *t);
size_t words_known(const struct words *w);                    /* number of terms */
struct span words_term(const struct words *w, uint32_t term); /* its stem, lower case */
unsigned words_flags(
    struct words *w, const char *lang, struct span word); /* WORD_* of one word, any case */
/*
 * guess.c: the language text is in: declared (NULL: English), unless its words speak clearly for another of those whose
 * words are compiled in. Gives declared back, or a code of two letters that lives as long as the program.
 */
const char *words_guess(struct words *w, const char *declared, struct span text);

/* ---- blank.c ------------------------------------------------------------------------------------------ */

size_t blank_words(struct span text);   /* words as an editor counts them: parted by blanks */
bool text_is_capital(struct span word); /* its first character is an upper-case letter */
/* Append; runs of blanks and line ends become one blank, ends are trimmed. */
void text_fold(struct span s, struct buf *out);

/* ---- fingerprint.c: near-equal texts ----------------------------------------------------------------- */

/* The set of hashes of all runs of three words of a text, rising, each once. */
struct shingles {
	uint64_t *v;
	size_t n;
};
/* raw: hashes of words in their order. false on no memory. */
bool shingles_of(const uint32_t *raw, size_t n, struct shingles *out);
void shingles_clear(struct shingles *s);
/* Are two texts copies: a third of their runs shared, or half of the shorter one's (of 12 at least)? */
bool shingles_copy(const struct shingles *a, const struct shingles *b);
/* The share of the smaller set that the other has too, 0 to 1. */
double shingles_shared(const struct shingles *a, const struct shingles *b);
/* Do two texts that look like copies tell different things? */
typedef bool copies_apart(void *ctx, size_t a, size_t b);
/*
 * Which of n texts are copies of one another, given the word hashes of each. out[i] is the lowest number of
 * a text that i is a copy of, over any chain of copies; i itself when there is none. Runs that more than 20
 * texts share are a site's furniture and find no pair. apart, unless NULL, has the last word on a pair.
 */
enum wrap_rc copies_find(const struct terms *raw, size_t n, copies_apart *apart, void *ctx,
    size_t *out, struct wrap_err *err);

/* ---- sentence.c ------------------------------------------------------------------------------------ */

struct sentence {
	struct span
	    text; /* into the text given: never a copy; may hold line ends and several blanks */
	uint32_t paragraph; /* counted from 0 */
};
struct sentences {
	struct sentence *v;
	size_t n, size;
};
/*
 * Part a text into sentences, appended to out. Empty lines, form feeds, list items part always; for the rest
 * see the top of sentence.c. Nothing of the text but blanks is lost between them. WRAP_ENOMEM.
 */
enum wrap_rc sentences_split(struct words *w, const char *lang, struct span text,
    struct sentences *out, struct wrap_err *err);
void sentences_clear(struct sentences *s);

/* ---- charset.c: bytes of any origin as UTF-8 ------------------------------------------------------- */

enum charset_kind { CHARSET_XML, CHARSET_HTML, CHARSET_JSON, CHARSET_PLAIN };
/*
 * Decode a document. Order: byte order mark, label (the charset of its Content-Type; may be empty), the
 * document's own declaration, UTF-8 when valid, windows-1252; labels mean what the WHATWG Encoding
 * Standard says. A choice that does not decode, or that makes nonsense of plain UTF-8, gives way to the
 * next. out borrows bytes when they are UTF-8 already, else it lies in store (reset first). Bad bytes
 * become U+FFFD. WRAP_ELIMIT or WRAP_ENOMEM only.
 */
enum wrap_rc charset_decode(struct span bytes, struct span label, enum charset_kind kind,
    struct buf *store, struct span *out, struct wrap_err *err);
/* The charset parameter of a Content-Type; empty when there is none. RFC 9110 8.3.2. */
struct span charset_of_type(struct span content_type);
/* What &#128; to &#159; and bytes of that value mean on the web: windows-1252. Others are themselves. */
uint32_t charset_windows(uint32_t c);

/* ---- url.c: RFC 3986 as browsers forgive it --------------------------------------------------------- */

struct url {
	struct span scheme, user, host, port, path, query, fragment; /* without their delimiters */
	bool has_authority, has_query, has_fragment;
};
/* Split; every text has some split. Borrowed. RFC 3986 appendix B. */
struct url url_split(struct span s);
/*
 * Append the absolute form of ref against base (5.2), blanks and controls removed and what no URL may
 * hold percent-coded. An absolute ref needs no base. false, and nothing appended, when there is no scheme in the end.
 */
bool url_resolve(struct span base, struct span ref, struct buf *out);
bool url_is_web(struct span s); /* http or https with a host */
/*
 * The form under which two links are the same story: https for http, host in lower case less "www.",
 * "m." and "amp.", no default port, no fragment, no tracking parameters, the others sorted, no AMP or trailing
 * slash ends. Appends; a text that is no web URL is appended as it is.
 */
void url_canonical(struct span s, struct buf *out);
/*
 * Append the link as it is mailed: without the parameters that only follow the reader (utm_*, fbclid, mc_eid and
 * their like) and otherwise byte for byte, so that it leads to the same page. Names that some sites use for content (ref,
 * rss, partner) stay, and a link with a signature stays whole, for that may cover them.
 */
void url_untracked(struct span s, struct buf *out);

/* ---- html.c: HTML of strangers as text --------------------------------------------------------------- */

/* Append s with character references decoded once; unknown ones stay. HTML 13.5 (names of HTML 4). */
void html_unescape(struct span s, struct buf *out);
/* Is there markup in it: a tag of HTML, a comment. A bare "<" or "a < b" is none. */
bool html_has_tags(struct span s);
/*
 * Append what a reader sees of a fragment: scripts, styles and comments gone, references decoded, blanks
 * folded, blocks parted by an empty line, <br> as a line end. Input past limits of depth or memory is
 * read as text between tags.
 */
void html_text(struct span html, struct buf *out);

/* ---- clean.c: an allow-list, written anew ------------------------------------------------------------- */

/*
 * Append the fragment as it may stand in a mail: only a, blockquote, br, code, del, em, h1 to h6, hr, img, li, ol, p,
 * pre, strong, sub, sup, ul (b and i included), no attribute but href, src and alt, links absolute against
 * base and of http, https or mailto, no tracker images. Everything written is ours, so nothing active can
 * pass; cleaning it again changes nothing.
 */
void clean_html(struct span html, struct span base, struct buf *out);

/* ---- date.c: what people write into date fields --------------------------------------------------------- */

/*
 * Read a moment: RFC 822, ISO 8601 and W3C-DTF, asctime, Unix seconds, and what feeds really hold (month names of
 * twenty languages, 12-hour clocks, zone names, slashes and dots, junk at the end). No zone means UTC. false when
 * there is no date in it.
 */
bool date_parse(struct span s, int64_t *out);

/* ---- page*.c: the article in a web page ---------------------------------------------------------------- */

/* Owned; NULL: not found. One line each but text, whose paragraphs are parted by an empty line. */
struct page {
	char *title, *byline, *excerpt, *site_name;
	char *published; /* as the page writes it: date_parse reads it */
	char *image;     /* absolute URL */
	char *text;
};
/*
 * Find the article in a page. label: the charset of its Content-Type, may be empty; url: where it was
 * fetched. A page without any article gives what it has. WRAP_ELIMIT for one past the limits; WRAP_ENOMEM.
 */
enum wrap_rc page_read(
    struct span bytes, struct span label, struct span url, struct page *out, struct wrap_err *err);
void page_clear(struct page *p);

/* page_links.c: the feeds that a page names, in its order. Owned; title may be NULL. */
struct page_link {
	char *url, *title;
};
struct page_links {
	struct page_link *v;
	size_t n;
};
enum wrap_rc page_feed_links(struct span bytes, struct span label, struct span url,
    struct page_links *out, struct wrap_err *err);
void page_links_clear(struct page_links *l);

#endif
