/*
 * How fast feeds are read and HTML is cleaned, beside a bare SAX pass of libxml2 over the same bytes; how
 * fast the article in a page is found, beside a bare parse by gumbo. All inputs are made here: small documents like those of a poll, one large feed, article bodies. Times are
 * processor time, best of five, for the machine is shared.
 */
#include "collect/internal.h"

#include <gumbo.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DOCS 200
#define ROUNDS 5

static double
cpu_seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static const char body[] =
    "<p>The council met on <b>Monday</b> and chose a plan, after long debate, that few had seen before.</p>"
    "<p>Its <a href=\"/plans/%d?x=1&amp;y=2\">text</a> runs to forty pages &mdash; and a map: <img src=\"map.png\" alt=\"map\"></p>"
    "<ul><li>roads</li><li>schools &amp; parks</li></ul><blockquote>\"We will see\", said the mayor.</blockquote>";

static void
add_item(struct buf *b, int n, int bodies, bool cdata)
{
	struct buf html = BUF_INIT(0);

	for (int i = 0; i < bodies; i++)
		buf_adds(&html, body);
	buf_addf(b,
	    "<item><title>Story number %d &amp; more</title><link>https://site.example/2026/11/%d</link><guid isPermaLink=\"false\">id-%d</guid>"
	    "<pubDate>Tue, 03 Feb 2026 04:05:06 +0000</pubDate><dc:creator>Jane Doe</dc:creator><category>News</category><description>",
	    n, n, n);
	if (cdata) {
		buf_adds(b, "<![CDATA[");
		buf_addspan(b, buf_span(&html));
		buf_adds(b, "]]>");
	} else {
		escape_html(buf_span(&html), b);
	}
	buf_adds(b, "</description></item>\n");
	buf_clear(&html);
}

static void
make_feed(struct buf *b, int seed, int items, int bodies)
{
	buf_adds(b,
	    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\">"
	    "<channel><title>A site</title><link>https://site.example/</link><description>News</description>\n");
	for (int i = 0; i < items; i++)
		add_item(b, seed * 1000 + i, bodies, i % 2 == 0);
	buf_adds(b, "</channel></rss>\n");
}

static size_t
read_all(const struct buf *v, size_t n)
{
	size_t entries = 0;

	for (size_t i = 0; i < n; i++) {
		struct feed_doc d;
		if (feed_read(buf_span(&v[i]), SPAN_LIT("text/xml"),
			SPAN_LIT("https://site.example/f"), &d, NULL) == WRAP_OK) {
			entries += d.n_entries;
			feed_doc_clear(&d);
		}
	}
	return entries;
}

static size_t
sax_all(const struct buf *v, size_t n)
{
	xmlSAXHandler none;

	memset(&none, 0, sizeof(none));
	none.initialized = XML_SAX2_MAGIC;
	for (size_t i = 0; i < n; i++) {
		xmlParserCtxtPtr c = xmlCreatePushParserCtxt(&none, NULL, NULL, 0, NULL);
		(void)xmlCtxtUseOptions(c, XML_PARSE_RECOVER | XML_PARSE_NONET);
		(void)xmlParseChunk(c, v[i].p, (int)v[i].n, 1);
		xmlFreeParserCtxt(c);
	}
	return n;
}

static size_t
clean_all(const struct buf *v, size_t n)
{
	size_t bytes = 0;

	for (size_t i = 0; i < n; i++) {
		struct buf out = BUF_INIT(0);
		clean_html(buf_span(&v[i]), SPAN_LIT("https://site.example/"), &out);
		bytes += out.n;
		buf_clear(&out);
	}
	return bytes;
}

static void
measure(const char *what, size_t (*run)(const struct buf *v, size_t n), const struct buf *v,
    size_t n, int repeats)
{
	double best = 1e9, bytes = 0;

	for (size_t i = 0; i < n; i++)
		bytes += (double)v[i].n;
	for (int k = 0; k < ROUNDS; k++) {
		double t = cpu_seconds();
		for (int r = 0; r < repeats; r++)
			if (run(v, n) == 0)
				exit(1);
		t = (cpu_seconds() - t) / repeats;
		best = t < best ? t : best;
	}
	printf("%-44s %9.0f documents/s %8.1f MB/s\n", what, (double)n / best, bytes / best / 1e6);
}

/* A page as news sites make them: menus, scripts, an article of n paragraphs, teasers, comments. */
static void
make_page(struct buf *b, int n)
{
	buf_addf(b,
	    "<!DOCTYPE html><html lang=en><head><title>Council chooses plan %d | A site</title><meta charset=utf-8>"
	    "<meta property=\"og:title\" content=\"Council chooses plan %d\"><script>var a = \"<b>\";</script></head><body class=news>",
	    n, n);
	for (int i = 0; i < 60; i++)
		buf_addf(b,
		    "<li class=\"menu-item item-%d\"><a class=\"menu\" href=\"/s/%d\">Section %d</a></li>\n",
		    i, i, i);
	buf_adds(b,
	    "<div id=page><div class=\"wrap row\"><article class=post><h1>Council chooses plan</h1><p class=byline>By Jane Doe</p>");
	for (int i = 0; i < n; i++) {
		buf_adds(b, body);
		buf_addf(b,
		    "<div class=\"ad ad-%d\" data-x='{\"y\":1}'><script>show(%d);</script></div>\n",
		    i, i);
	}
	buf_adds(b, "</article></div><div class=sidebar>");
	for (int i = 0; i < 40; i++)
		buf_addf(b,
		    "<div class=teaser><a href=\"/t/%d\"><img src=\"/i/%d.jpg\" alt=\"\"><span>Another story %d</span></a></div>\n",
		    i, i, i);
	buf_adds(b, "</div></div></body></html>");
}

static void
read_page(struct span html)
{
	struct page p;

	if (page_read(html, SPAN_LIT(""), SPAN_LIT("https://site.example/a"), &p, NULL) != WRAP_OK)
		exit(1);
	page_clear(&p);
}

static void
bare_gumbo(struct span html)
{
	GumboOutput *o = gumbo_parse_with_options(&kGumboDefaultOptions, html.p, html.n);

	gumbo_destroy_output(&kGumboDefaultOptions, o);
}

static double
best_ms(void (*run)(struct span html), struct span html)
{
	double best = 1e9;

	for (int k = 0; k < ROUNDS; k++) {
		double t = cpu_seconds();
		run(html);
		t = (cpu_seconds() - t) * 1000;
		best = t < best ? t : best;
	}
	return best;
}

/* Middle and worst time of a page, each page the best of its rounds, and all beside a bare parse of the same. */
static void
measure_pages(void)
{
	double ms[60], bytes = 0, ours = 0, bare = 0;
	size_t n = sizeof(ms) / sizeof(ms[0]);

	for (size_t i = 0; i < n; i++) {
		struct buf b = BUF_INIT(4 << 20);
		make_page(&b, (int)(5 + i * 3));
		bytes += (double)b.n;
		ms[i] = best_ms(read_page, buf_span(&b));
		ours += ms[i];
		bare += best_ms(bare_gumbo, buf_span(&b));
		buf_clear(&b);
	}
	/* Pages grow from the first to the last, and so do their times. */
	printf(
	    "articles found in pages of %.0f kB: median %.1f ms, worst %.1f ms, %.2f of a bare gumbo parse\n",
	    bytes / (double)n / 1000, ms[n / 2], ms[n - 1], ours / bare);
}

int
main(void)
{
	struct buf small[DOCS], large = BUF_INIT((size_t)16 << 20), html[DOCS];

	for (int i = 0; i < DOCS; i++) {
		small[i] = BUF_INIT(1 << 20);
		make_feed(&small[i], i, i % 8 == 0 ? 12 : 2, 1);
		html[i] = BUF_INIT(1 << 20);
		for (int k = 0; k < 1 + i % 20; k++)
			buf_adds(&html[i], body);
	}
	make_feed(&large, 0, 2000, 9);
	measure("feeds of a poll, to entries", read_all, small, DOCS, 20);
	measure("the same, bare libxml2 SAX", sax_all, small, DOCS, 20);
	measure("one feed of 8 MB, to entries", read_all, &large, 1, 2);
	measure("the same, bare libxml2 SAX", sax_all, &large, 1, 2);
	measure("bodies cleaned", clean_all, html, DOCS, 4);
	measure_pages();
	for (int i = 0; i < DOCS; i++) {
		buf_clear(&small[i]);
		buf_clear(&html[i]);
	}
	buf_clear(&large);
	return 0;
}
