/* The article in pages as the usual programs make them: what is found, what is kept out. All of them made up. */
#include "wrap/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#define ONE \
	"The harbour board voted on Tuesday to rebuild the old pier, which has been closed to walkers since the storms of last winter."
#define TWO \
	"Work is to begin in March, when the herring boats are out, and the board hopes that the first half will open before the summer."
#define THREE \
	"Fishers had asked for a longer quay, and some of them, who spoke at the meeting, said that the plan was made for visitors."
#define FOUR \
	"The mayor answered that both would be served, since the lower deck keeps its cranes, and that the money comes from the state and not from the town."
#define P(x) "<p>" x "</p>\n"
#define BODY P(ONE) P(TWO) P(THREE) P(FOUR)
#define ALL ONE "\n\n" TWO "\n\n" THREE "\n\n" FOUR
#define NAV "<nav><ul><li><a href=/>Home</a></li><li><a href=/n>News</a></li></ul></nav>"
#define HEAD(title, more)                                                              \
	"<!doctype html><html><head><meta charset=utf-8><title>" title "</title>" more \
	"</head><body>"

/* NULL: not asked; "": not there. */
static const struct {
	const char *what, *html, *title, *byline, *published, *image, *site, *text;
} pages[] = {
	{ "WordPress",
	    HEAD("Pier to be rebuilt &#8211; Coast News",
		"<meta property='og:site_name' content='Coast News'><meta property='og:image' content='/p.jpg'>") "<div id=page class=site><header id=masthead class=site-header>" NAV
														  "</header><main id=main class=site-main><article id=post-1 class='post-1 post hentry'><header class=entry-header>"
														  "<h1 class=entry-title>Pier to be rebuilt</h1><div class=entry-meta>Posted on <time class='entry-date published' "
														  "datetime='2026-11-03T08:00:00+00:00'>November 3</time><span class=byline> by <span class='author vcard'>"
														  "<a class='url fn n' href=#>Ann Berg</a></span></span></div></header><div class=entry-content>" BODY
														  "<div class='sharedaddy sd-sharing-enabled'><h3>Share this:</h3><ul><li><a href=#>Tweet</a></li></ul></div></div>"
														  "<footer class=entry-footer>Posted in <a href=#>News</a></footer></article></main>"
														  "<aside id=secondary class=widget-area><h2>Recent Posts</h2><ul><li><a href=#>Ferry</a></ul></aside></div>",
	    "Pier to be rebuilt", "Ann Berg", "2026-11-03T08:00:00+00:00",
	    "https://e.example/p.jpg", "Coast News", ALL },
	{ "news with JSON-LD",
	    HEAD("Pier | Coast Post",
		"<script type='application/ld+json'>{\"@context\":\"http://schema.org\",\"@type\":\"NewsArticle\",\"headline\":"
		"\"Pier to be rebuilt\",\"datePublished\":\"2026-11-03T08:00:00Z\",\"author\":[{\"@type\":\"Person\",\"name\":\"Ann Berg\"},"
		"{\"name\":\"Bo Dahl\"}],\"publisher\":{\"name\":\"Coast Post\"},\"image\":[\"https://e.example/p.jpg\"]}</script>")
		NAV
	    "<article><h1>Pier to be rebuilt</h1>" BODY
	    "</article><div class=related-articles><h3>Related</h3><ul><li><a href=1>Storm damage counted</a></ul></div>"
	    "<footer>All rights reserved by the Coast Post, its writers and its printers, since 1908.</footer>",
	    "Pier to be rebuilt", "Ann Berg, Bo Dahl", "2026-11-03T08:00:00Z",
	    "https://e.example/p.jpg", "Coast Post", ALL },
	{ "static blog",
	    HEAD("Pier to be rebuilt",
		"") "<header>" NAV "</header><main><h1>Pier to be rebuilt</h1><p class=meta>"
		    "<time datetime=2026-11-03>3 Nov</time></p>" BODY
		    "</main><footer>Made with care</footer>",
	    "Pier to be rebuilt", NULL, "2026-11-03", "", "", NULL },
	{ "text parted by <br><br>",
	    HEAD("Pier to be rebuilt", "") NAV "<div class=post-body>" ONE "<br /><br />" TWO
					       "<br>\n<br>" THREE "<br/><br/>" FOUR
					       "</div><div class=comments><p>Nice words.</p></div>",
	    "Pier to be rebuilt", "", "", NULL, NULL, ALL },
	{ "bare text in divs of an application",
	    HEAD("Pier to be rebuilt",
		"") "<div id=__next><div class=Header_x>" NAV
		    "</div><div class=Story_copy><div>" ONE "</div><div>" TWO "</div><div>" THREE
		    "</div><div>" FOUR "</div></div></div>"
		    "<script id=__NEXT_DATA__ type='application/json'>{\"body\":\"not this\"}</script>",
	    "Pier to be rebuilt", NULL, NULL, NULL, NULL, ALL },
	{ "mailing-list archive, in pre",
	    HEAD("[coast] Pier", "") "<h1>[coast] Pier</h1><pre>" ONE "\n\n" TWO "\n \n\n" THREE
				     "\n\n" FOUR "\n</pre>",
	    "[coast] Pier", NULL, NULL, NULL, NULL, ALL },
	{ "documentation with marks beside its headings",
	    HEAD("Piers", "") "<div class=sidebar role=navigation><ul><li><a href=#a>Planks</a></ul></div><div role=main class=body>" P(
		ONE) P(TWO) "<h2>Planks<a class=headerlink href=#a>¶</a></h2>" P(THREE)
		P(FOUR) "</div>",
	    "Piers", NULL, NULL, NULL, NULL, ONE "\n\n" TWO "\n\nPlanks\n\n" THREE "\n\n" FOUR },
	{ "consent, comments, newsletter, author, pointers to other stories",
	    HEAD("Pier to be rebuilt",
		"") "<div id=onetrust-consent-sdk><p>We and our partners store and access information on a device, such as cookies, "
		    "and process personal data, such as unique identifiers, for ads, content, and insights, as you allow.</p></div>"
		    "<article><h1>Pier to be rebuilt</h1><div class=share-bar><a href=f>Facebook</a></div>" P(
			ONE)
			P(TWO) "<div class=inline-newsletter><h3>In your inbox</h3><p>Sign up for our weekly letter.</p></div>"
			       "<p><strong>Also read: <a href=/x>Storm damage counted in the harbour</a></strong></p>" P(
				   THREE)
				   P(FOUR) "<div class=author-box><p>Ann Berg has written about the coast for ten years, and lives there with dogs.</p></div>"
					   "</article><section id=comments class=comments-area><ol><li class=comment><p>I walked there as a child, and I hope, "
					   "as many of us do, that it comes back as it was, with its lamps, benches and gulls.</p></li></ol></section>",
	    "Pier to be rebuilt", NULL, NULL, NULL, NULL, ALL },
	{ "a teaser before a paywall",
	    HEAD("Pier to be rebuilt",
		"<meta name=description content='The board voted.'>") "<article><h1>Pier to be rebuilt</h1>" P(ONE)
		P(TWO) "<div class=paywall><h2>Subscribe to read on</h2><p>From one euro a week, cancel at any time.</p></div></article>",
	    "Pier to be rebuilt", NULL, NULL, NULL, NULL, ONE "\n\n" TWO },
	{ "German",
	    HEAD("Die Seebr\xC3\xBC"
		 "cke wird neu gebaut | K\xC3\xBCstenblatt",
		"<meta name=date content='2026-11-03T09:00:00+01:00'>") "<div id=inhalt><h1>Die Seebr\xC3\xBC"
									"cke wird neu gebaut</h1><p>Der Hafenrat hat am Dienstag beschlossen, die alte Br\xC3\xBC"
									"cke, die seit den St\xC3\xBCrmen gesperrt ist, neu zu bauen.</p><p>Lesen Sie auch: <a href=x>Der Sturm im Hafen und was danach geschah</a></p></div>",
	    "Die Seebr\xC3\xBC"
	    "cke wird neu gebaut",
	    NULL, "2026-11-03T09:00:00+01:00", NULL, NULL,
	    "Der Hafenrat hat am Dienstag beschlossen, die alte Br\xC3\xBC"
	    "cke, die seit den St\xC3\xBCrmen gesperrt ist, neu zu bauen." },
	{ "Japanese",
	    HEAD("\xE6\xA1\x9F\xE6\xA9\x8B", "") NAV
	    "<div id=main><p>港湾委員会は火曜日、昨冬の嵐以来閉鎖されている古い桟橋を、九百万をかけて再建することを決めた。</p>"
	    "<p>漁師たちはより長い岸壁を求めており、市長は、両方の役に立つと答えた、と会議の記録は伝えている。</p></div>",
	    "桟橋", NULL, NULL, NULL, NULL,
	    "港湾委員会は火曜日、昨冬の嵐以来閉鎖されている古い桟橋を、九百万をかけて再建することを決めた。\n\n"
	    "漁師たちはより長い岸壁を求めており、市長は、両方の役に立つと答えた、と会議の記録は伝えている。" },
	{ "no text", HEAD("Only a title here", "") "<div></div>", "Only a title here", "", "", "",
	    "", "" },
	{ "nothing", "", "", "", "", "", "", "" },
};

static void
same(const char *what, const char *field, const char *have, const char *want)
{
	if (want != NULL && strcmp(have == NULL ? "" : have, want) != 0)
		fail_msg(
		    "%s: %s is \"%s\" and not \"%s\"", what, field, have == NULL ? "" : have, want);
}

static void
articles_are_found_in_the_usual_pages(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		struct page p;

		assert_int_equal(page_read(span_of(pages[i].html), SPAN_LIT(""),
				     SPAN_LIT("https://e.example/a/b"), &p, NULL),
		    WRAP_OK);
		same(pages[i].what, "title", p.title, pages[i].title);
		same(pages[i].what, "byline", p.byline, pages[i].byline);
		same(pages[i].what, "published", p.published, pages[i].published);
		same(pages[i].what, "image", p.image, pages[i].image);
		same(pages[i].what, "site", p.site_name, pages[i].site);
		same(pages[i].what, "text", p.text, pages[i].text);
		page_clear(&p);
	}
}

static void
the_excerpt_is_the_pages_own_or_its_first_paragraph(void **state)
{
	static const char told[] =
	    HEAD("A b c d", "<meta name=description content='What the board decided'>") BODY;
	static const char untold[] = HEAD("A b c d", "") "<h2>Plans</h2>" BODY;
	struct page p;
	(void)state;

	assert_int_equal(page_read(span_of(told), SPAN_LIT(""), SPAN_LIT(""), &p, NULL), WRAP_OK);
	assert_string_equal(p.excerpt, "What the board decided");
	page_clear(&p);
	assert_int_equal(page_read(span_of(untold), SPAN_LIT(""), SPAN_LIT(""), &p, NULL), WRAP_OK);
	assert_string_equal(p.excerpt, ONE);
	page_clear(&p);
}

/* What no reader asks for is left out before the parse; the text must not notice. */
static void
what_is_not_parsed_changes_nothing(void **state)
{
	static const char *const noise[] = { "<!-- <p>no</p> -->",
		"<script>a < b && '<p>no</p>'</script>", "<style>p > a { x }</style>",
		"<svg viewBox='0 0 1 1'><title>no</title><path d='M0 0'/><a><text>no</text></a></svg>",
		"<noscript><p>Switch it on, please, or else nothing of this page, which needs it, can be seen at all.</p></noscript>",
		"\n\n   \t\n" };
	(void)state;

	for (size_t i = 0; i < sizeof(noise) / sizeof(noise[0]); i++) {
		struct buf b = BUF_INIT(0);
		struct page p;

		buf_addf(&b,
		    "<html><title>A b c d</title><div data-x='>' onclick=\"f('<b>')\" class=story>%s<p data-a=1 lang=en>" ONE
		    "</p>%s<p style='color:red'>" TWO "%s</p>%s<p>" THREE "</p><p a/b/>" FOUR
		    "</p>%s</div>%s",
		    noise[i], noise[i], noise[i], noise[i], noise[i], noise[i]);
		assert_int_equal(
		    page_read(buf_span(&b), SPAN_LIT(""), SPAN_LIT(""), &p, NULL), WRAP_OK);
		same(noise[i], "text", p.text, ALL);
		page_clear(&p);
		buf_clear(&b);
	}
}

static void
no_page_costs_much(void **state)
{
	static const char *const parts[] = { "<p>", "<p>x", "<div class=content>",
		"<table><tr><td>x", "<b>", "<a b=\"", "<noscript>", "<svg>", "<svg><p>", "</b>",
		"<!--", "<", "<x1></y>", "<style>", "<title>", "<ul><li><a href=#x>a",
		"<div style=display>",
		"<script type=application/ld+json>{\"@type\":\"Article\"}</script>",
		"<font id=1><font id=2><p>", "x<br>" };
	(void)state;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		struct buf b = BUF_INIT(0);
		struct page p;
		clock_t began;

		while (b.n < ((size_t)3 << 20))
			buf_adds(&b, parts[i]);
		began = clock();
		(void)page_read(buf_span(&b), SPAN_LIT(""), SPAN_LIT(""), &p, NULL);
		page_clear(&p);
		/* A sanitizer makes it several times dearer; what grows with the square of the length takes minutes. */
		if (clock() - began > 4 * CLOCKS_PER_SEC)
			fail_msg("%s costs %ld ms", parts[i],
			    (long)((clock() - began) * 1000 / CLOCKS_PER_SEC));
		buf_clear(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(articles_are_found_in_the_usual_pages),
		cmocka_unit_test(the_excerpt_is_the_pages_own_or_its_first_paragraph),
		cmocka_unit_test(what_is_not_parsed_changes_nothing),
		cmocka_unit_test(no_page_costs_much),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
