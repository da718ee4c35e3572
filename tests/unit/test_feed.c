/* Feeds of every format, and what is wrong with them in the wild. */
#include "collect/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define RSS(items) "<rss version='2.0'><channel><title>F</title>" items "</channel></rss>"
#define ATOM(entries) "<feed xmlns='http://www.w3.org/2005/Atom'><title>F</title>" entries "</feed>"

static void
read_doc(const char *text, struct feed_doc *d)
{
	struct wrap_err err = { 0 };

	if (feed_read(span_of(text), SPAN_LIT(""), SPAN_LIT("http://h.example/d/f.xml"), d, &err) !=
	    WRAP_OK)
		fail_msg("%s: %s", text, err.text);
}

static void
expect(const char *doc, const char *what, const char *want, struct span got)
{
	if (!span_eqs(got, want))
		fail_msg("%s of %s\nis    %.*s\nnot   %s", what, doc, (int)got.n, got.p, want);
}

/* Title, link, summary and content of the first entry; NULL is not asked for. */
static const struct {
	const char *doc, *title, *link, *summary, *content, *author;
} entries[] = {
	{ RSS("<item><title>A &amp;amp; b</title><link> /x </link><description>s</description></item>"),
	    "A &amp; b", "http://h.example/x", "s", NULL, NULL },
	{ RSS("<item><title>&lt;b&gt;Bold&lt;/b&gt; &amp;eacute;</title></item>"), "Bold é", NULL,
	    NULL, NULL, NULL },
	{ RSS("<item><title>1 &lt; 2 and caf&eacute; &#146;</title></item>"), "1 < 2 and café ’",
	    NULL, NULL, NULL, NULL },
	{ RSS("<item><title><![CDATA[x <i>y</i>]]> z</title></item>"), "x y z", NULL, NULL, NULL,
	    NULL },
	{ RSS("<item><description>a</description><content:encoded>&lt;p&gt;b&lt;/p&gt;&lt;p&gt;c&lt;/p&gt;</content:encoded></item>"),
	    NULL, NULL, "a", "b\n\nc", NULL },
	{ RSS("<item><guid>http://g.example/1</guid></item>"), NULL, "http://g.example/1", NULL,
	    NULL, NULL },
	{ RSS("<item><guid isPermaLink='false'>http://g.example/1</guid><enclosure url='e.mp3'/></item>"),
	    NULL, "http://h.example/d/e.mp3", NULL, NULL, NULL },
	{ RSS("<item><title>T</title><image><title>I</title></image><media:group><media:title>M</media:title></media:group></item>"),
	    "T", NULL, NULL, NULL, NULL },
	{ RSS("<item><author>jane@x.example (Jane Doe)</author></item>"), NULL, NULL, NULL, NULL,
	    "Jane Doe" },
	{ RSS("<item><author>jane@x.example</author><dc:creator>Other</dc:creator></item>"), NULL,
	    NULL, NULL, NULL, "Other" },
	{ ATOM(
	      "<entry><source><id>s</id><title>S</title><author><name>Ann</name></author></source><title>T</title></entry>"),
	    "T", NULL, NULL, NULL, "Ann" },
	{ RSS("<item><dc:creator>Jane</dc:creator><itunes:author>X</itunes:author></item>"), NULL,
	    NULL, NULL, NULL, "Jane" },
	{ RSS("<item xml:base='http://b.example/q/'><link>r</link></item>"), NULL,
	    "http://b.example/q/r", NULL, NULL, NULL },
	{ RSS("<ITEM><Title>T</Title></ITEM>"), "T", NULL, NULL, NULL, NULL },
	{ RSS("<item><title>a & b < c &nope; d</title><link>http://x.example/?a=1&b=2</link></item>"),
	    "a & b < c &nope; d", "http://x.example/?a=1&b=2", NULL, NULL, NULL },
	{ RSS("<item><title>open<link>http://x.example/</link></item>"), "open", NULL, NULL, NULL,
	    NULL },
	{ RSS("<item><description>one <p>two</p> three</description></item>"), NULL, NULL,
	    "one\n\ntwo\n\nthree", NULL, NULL },
	{ "<br /><b>Warning</b>: x in y\n" RSS("<item><title>T</title></item>") "trash", "T", NULL,
	    NULL, NULL, NULL },
	{ "<rss><channel><item><title>T</title><link>http://x.example/</link><description>cut o",
	    "T", "http://x.example/", "cut o", NULL, NULL },
	{ "<!DOCTYPE rss [<!ENTITY a 'x'><!ENTITY b '&a;&a;'>]>" RSS(
	      "<item><title>T &b;</title></item>"),
	    "T &b;", NULL, NULL, NULL, NULL },
	{ ATOM(
	      "<entry><title>A &lt;b&gt;</title><link rel='self' href='s'/><link href='a'/></entry>"),
	    "A <b>", "http://h.example/d/a", NULL, NULL, NULL },
	{ ATOM("<entry><title type='html'>A &lt;b&gt;c&lt;/b&gt; &amp;amp;</title></entry>"),
	    "A c &", NULL, NULL, NULL, NULL },
	{ ATOM(
	      "<entry><title type='xhtml'><x:div xmlns:x='http://www.w3.org/1999/xhtml'>a <x:i>b</x:i> &lt;</x:div></title></entry>"),
	    "a b <", NULL, NULL, NULL, NULL },
	{ ATOM(
	      "<entry><content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>a<br/>b</p></div></content></entry>"),
	    NULL, NULL, NULL, "a\nb", NULL },
	{ ATOM(
	      "<entry><summary>x</summary><author><name>Jane</name><email>j@x.example</email></author></entry>"),
	    NULL, NULL, "x", NULL, "Jane" },
	{ ATOM("<entry><content type='application/octet-stream'>aGVsbG8=</content></entry>"), NULL,
	    NULL, NULL, "hello", NULL },
	{ ATOM(
	      "<entry><title>E</title><source><title>S</title><author><name>N</name></author></source></entry>"),
	    "E", NULL, NULL, NULL, NULL },
	{ "<feed version='0.3' xmlns='http://purl.org/atom/ns#'><entry><title mode='escaped' type='text/html'>&lt;i&gt;x&lt;/i&gt;</title><link href='/l'/></entry></feed>",
	    "x", "http://h.example/l", NULL, NULL, NULL },
	{ "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'><channel/><item rdf:about='http://r.example/1'><title>R</title></item></rdf:RDF>",
	    "R", "http://r.example/1", NULL, NULL, NULL },
	{ RSS("<item><title>T</title><dc:creator>Jane<category>c</category><description>d</description></item>"),
	    "T", NULL, "d", NULL, "Jane" },
	{ RSS("<item><title>T</title><description>one</description><summary>two</summary></item>"),
	    "T", NULL, "one", "two", NULL },
	{ RSS("<item><title><![cdata[T & x]]></title><link>/x</link></item>"), "T & x",
	    "http://h.example/x", NULL, NULL, NULL },
	{ ATOM("<entry><id>http://i.example/1</id><title>T</title></entry>"), "T",
	    "http://i.example/1", NULL, NULL, NULL },
	{ ATOM("<entry><id>http://i.example/1</id><link href='a' / ><title>T</title></entry>"), "T",
	    "http://h.example/d/a", NULL, NULL, NULL },
	{ "<rdf:RDF xmlns:rdf='https://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='https://purl.org/rss/1.0/'><item><title>R</title></item></rdf:RDF>",
	    "R", NULL, NULL, NULL, NULL },
	{ "<feed version='0.3' xmlns='http://purl.org/atom/ns#'><entry><content type='multipart/alternative'><content type='text/html' mode='escaped'>&lt;b&gt;h&lt;/b&gt;</content><content type='text/plain'>p</content></content></entry></feed>",
	    NULL, NULL, NULL, "h", NULL },
	/* Half an address or a tag is none. */
	{ "<rss><channel><item><title>T</title><guid>http://x.example/1</guid><link>http://x.example/1/ab",
	    "T", "http://x.example/1", NULL, NULL, NULL },
	{ "<feed><entry><id>http://x.example/1</id><title>T</title><link href='http://x.example/ab",
	    "T", "http://x.example/1", NULL, NULL, NULL },
	{ "<rss><channel><item><title>T</", "T", NULL, NULL, NULL, NULL },
	/* One family behind something of the other. */
	{ "{\"x\":1}" RSS("<item><title>T</title></item>"), "T", NULL, NULL, NULL, NULL },
	{ ")]}',\n{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[{\"id\":\"http://j.example/1\",\"title\":\"J\",\"authors\":[{\"url\":\"u\"},\"N\"]}]}",
	    "J", "http://j.example/1", NULL, NULL, "N" },
	{ "<b>Notice</b>: a{0} in x.php<br>{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[{\"title\":\"J\"}]}",
	    "J", NULL, NULL, NULL, NULL },
	{ "{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[{\"id\":7,\"title\":\"J <b>\",\"url\":\"/j\",\"content_html\":\"<p>c</p>\",\"author\":{\"name\":\"N\"}}]}",
	    "J <b>", "http://h.example/j", NULL, "c", "N" },
};

static void
entries_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		struct feed_doc d;
		struct buf b = BUF_INIT(0);
		const struct feed_entry *e;
		const char *doc = entries[i].doc;

		read_doc(doc, &d);
		if (d.n_entries != 1)
			fail_msg("%s: %zu entries", doc, d.n_entries);
		e = d.entries;
		if (entries[i].title != NULL) {
			feed_text_line(&e->title, &b);
			expect(doc, "title", entries[i].title, buf_span(&b));
		}
		buf_reset(&b);
		if (entries[i].summary != NULL) {
			feed_text_plain(&e->summary, &b);
			expect(doc, "summary", entries[i].summary, span_trim(buf_span(&b)));
		}
		buf_reset(&b);
		if (entries[i].content != NULL) {
			feed_text_plain(&e->content, &b);
			expect(doc, "content", entries[i].content, buf_span(&b));
		}
		buf_reset(&b);
		if (entries[i].author != NULL) {
			feed_author(&e->author, false, &b);
			expect(doc, "author", entries[i].author, buf_span(&b));
		}
		if (entries[i].link != NULL)
			expect(doc, "link", entries[i].link, e->link.s);
		buf_clear(&b);
		feed_doc_clear(&d);
	}
}

static void
pictures_have_many_homes(void **state)
{
	static const struct {
		const char *item, *image;
	} cases[] = {
		{ "<image><title>x</title><url>i.png</url></image>", "http://h.example/d/i.png" },
		{ "<image>http://i.example/a?b=1&amp;c=2</image>", "http://i.example/a?b=1&c=2" },
		{ "<image href='/i.png'/>", "http://h.example/i.png" },
		{ "<media:thumbnail>http://i.example/t.jpg</media:thumbnail>",
		    "http://i.example/t.jpg" },
		{ "<media:content url='http://i.example/x.JPG?w=1'/>",
		    "http://i.example/x.JPG?w=1" },
		{ "<enclosure url='http://i.example/x.webp'/>", "http://i.example/x.webp" },
		{ "<enclosure url='http://i.example/x.jpg' type='audio/mpeg'/>", "" },
		{ "<media:content url='http://i.example/x.mp4'/><itunes:image href='http://i.example/p.png'/>",
		    "http://i.example/p.png" },
		/* The first of the text, when the feed names none, and neither counters nor stamps. */
		{ "<description>&lt;p&gt;x&lt;/p&gt;&lt;IMG alt='a' src='b.png?a=1&amp;amp;b=2'&gt;</description>",
		    "http://h.example/d/b.png?a=1&b=2" },
		{ "<description><![CDATA[<img src=p.gif width=1 height=1><img src='f.png' width='32'><img src='javascript:x'><img src='b.png' width='600'>]]></description>",
		    "http://h.example/d/b.png" },
		{ "<description><![CDATA[<img src='s.png'>]]></description><content:encoded><![CDATA[<img src='c.png'>]]></content:encoded>",
		    "http://h.example/d/c.png" },
		{ "<description><![CDATA[<img src='s.png'>]]></description><media:thumbnail url='/t.png'/>",
		    "http://h.example/t.png" },
		{ "<description><![CDATA[<img src='s.png]]></description>", "" },
		{ "<image><url>i.png</item><item><title>next</title>", "http://h.example/d/i.png" }
	};
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf doc = BUF_INIT(0), got = BUF_INIT(0);
		struct feed_doc d;
		buf_addf(&doc, RSS("<item>%s</item>"), cases[i].item);
		read_doc(buf_str(&doc), &d);
		feed_picture(d.entries, &got);
		expect(buf_str(&doc), "image", cases[i].image, buf_span(&got));
		buf_clear(&got);
		feed_doc_clear(&d);
		buf_clear(&doc);
	}
}

static void
all_authors_stand_in_the_byline(void **state)
{
	static const struct {
		const char *doc, *byline;
	} cases[] = {
		{ RSS("<item><dc:creator>Ann</dc:creator><dc:creator>Ben</dc:creator><dc:creator>Ann</dc:creator></item>"),
		    "Ann, Ben" },
		{ RSS("<item><author>a@x.example (Ann)</author><itunes:author>Ben</itunes:author></item>"),
		    "Ann" },
		{ RSS("<item><itunes:author>Ben</itunes:author><dc:creator>Ann</dc:creator><dc:creator>Cem</dc:creator></item>"),
		    "Ann, Cem" },
		{ RSS("<item><author>a@x.example</author><author>b@x.example (Ben)</author></item>"),
		    "Ben" },
		{ ATOM(
		      "<author><name>F</name></author><entry><author><name>Ann</name></author><author><email>b@x.example</email></author><author><name>Cem</name></author></entry>"),
		    "Ann, Cem" },
		{ ATOM("<author><name>F</name></author><entry/>"), "F" },
		{ "{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":[{\"authors\":[{\"name\":\"Ann\"},{\"url\":\"u\"},\"Ben\"],\"author\":{\"name\":\"Cem\"}}]}",
		    "Ann, Ben" }
	};
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf got = BUF_INIT(0);
		struct feed_doc d;
		read_doc(cases[i].doc, &d);
		feed_byline(&d, d.entries, &got);
		expect(cases[i].doc, "byline", cases[i].byline, buf_span(&got));
		feed_doc_clear(&d);
		buf_clear(&got);
	}
}

static void
damaged_json_gives_what_is_whole(void **state)
{
	static const struct {
		const char *items;
		size_t n;
		const char *title; /* of the first */
	} cases[] = { { "{\"title\":\"a\nb\"}]}", 1, "a b" },
		{ "{\"title\":\"a \\q \\ud83d\"},]}", 1, "a q \xEF\xBF\xBD" },
		{ "{\"title\":\"\\ud83d\\ude00\",},{}]} <!-- cached -->", 2, "\xF0\x9F\x98\x80" },
		{ "{\"title\":\"a\"},{\"title\":\"b\",\"url\":\"http:", 1, "a" },
		{ "{\"title\":\"a\"},{\"tags\":[\"b\"", 1, "a" },
		{ "{\"title\":\"a\"}]] {\"x\":1}", 1, "a" },
		{ "{title: 'a \"b\" c', n: NaN, /* ] */ u: undefined // }\n}]}", 1, "a \"b\" c" },
		{ "{\"id\":12345678901234567890123,\"title\":\"a\"}]}", 1, "a" } };
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf doc = BUF_INIT(0), line = BUF_INIT(0);
		struct feed_doc d;
		buf_addf(&doc, "{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[%s",
		    cases[i].items);
		read_doc(buf_str(&doc), &d);
		assert_int_equal(d.n_entries, cases[i].n);
		feed_text_line(&d.entries->title, &line);
		expect(buf_str(&doc), "title", cases[i].title, buf_span(&line));
		feed_doc_clear(&d);
		buf_clear(&doc);
		buf_clear(&line);
	}
}

static void
a_broken_entry_costs_itself_only(void **state)
{
	struct feed_doc d;
	(void)state;

	read_doc(
	    RSS("<item><title>1<item><title>2</title></b></item><item a='x><title>3</title></item><item><title>4</title></item>"),
	    &d);
	assert_true(d.n_entries >= 3);
	feed_doc_clear(&d);
}

static void
hints_for_the_next_poll(void **state)
{
	struct feed_doc d;
	(void)state;

	read_doc(
	    RSS("<ttl> 90 </ttl><skipHours><hour>0</hour><hour>23</hour></skipHours><skipDays><day>Sunday</day></skipDays>"),
	    &d);
	assert_int_equal(d.ttl_minutes, 90);
	assert_int_equal(d.skip_hours, 1U | 1U << 23);
	assert_int_equal(d.skip_days, 1);
	feed_doc_clear(&d);
}

static void
what_is_no_feed_is_refused_in_words(void **state)
{
	static const struct {
		const char *doc, *says;
	} cases[] = { { "", "empty" }, { " \n", "empty" },
		{ "<html><body>x</body></html>", "web page" }, { "hello", "no feed" },
		{ "{\"a\":1}", "no JSON Feed" },
		{ "<html><script>{\"version\":1,\"items\":[]}</script></html>", "web page" },
		{ "[1", "bad JSON" }, { "<opml><body/></opml>", "no feed" } };
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct wrap_err err = { 0 };
		struct feed_doc d;
		assert_int_equal(
		    feed_read(span_of(cases[i].doc), SPAN_LIT(""), SPAN_LIT(""), &d, &err),
		    WRAP_EPROTO);
		if (strstr(err.text, cases[i].says) == NULL)
			fail_msg("\"%s\" is refused as: %s", cases[i].doc, err.text);
	}
}

static void
hostile_documents_cost_little(void **state)
{
	static const char *const parts[] = { "<a b='", "<item ", "<!--", "<![CDATA[", "&#x110000;",
		"<x xmlns:a='u'>", "</rss>", "<a b=\"<", "<b><i></b>" };
	(void)state;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		struct buf b = BUF_INIT(0);
		struct feed_doc d;
		int64_t began = clock_monotonic_ms();
		buf_adds(&b, "<rss><channel><item><title>");
		for (int k = 0; k < 200000; k++)
			buf_adds(&b, parts[i]);
		if (feed_read(buf_span(&b), SPAN_LIT(""), SPAN_LIT(""), &d, NULL) == WRAP_OK)
			feed_doc_clear(&d);
		assert_true(clock_monotonic_ms() - began < 4000);
		buf_clear(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_are_read),
		cmocka_unit_test(pictures_have_many_homes),
		cmocka_unit_test(all_authors_stand_in_the_byline),
		cmocka_unit_test(damaged_json_gives_what_is_whole),
		cmocka_unit_test(a_broken_entry_costs_itself_only),
		cmocka_unit_test(hints_for_the_next_poll),
		cmocka_unit_test(what_is_no_feed_is_refused_in_words),
		cmocka_unit_test(hostile_documents_cost_little),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
