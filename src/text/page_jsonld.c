/*
 * schema.org's description of an article in a page's JSON-LD. Only a few values are wanted out of a
 * document that may be large and broken, so it is read in one forgiving pass: objects are entered, and a
 * string under a wanted name in an object that calls itself an article is taken.
 */
#include "page.h"

#include <string.h>

#define JSON_DEPTH 24

struct json {
	struct span s;
	size_t at;
	struct buf text; /* the last string */
};

/* What an object told before it is known whether it is an article. */
struct told {
	struct buf headline, name, author, date, description, publisher, body, image;
	bool article;
};

static void
blanks(struct json *j)
{
	while (j->at < j->s.n && strchr(" \t\r\n", j->s.p[j->at]) != NULL && j->s.p[j->at] != '\0')
		j->at++;
}

static uint32_t
hex4(const struct json *j, size_t at)
{
	uint32_t v = 0;

	for (size_t i = 0; i < 4; i++) {
		char c = at + i < j->s.n ? j->s.p[at + i] : 'x';
		uint32_t d = c >= '0' && c <= '9'                 ? (uint32_t)(c - '0')
			     : (c | 32) >= 'a' && (c | 32) <= 'f' ? (uint32_t)((c | 32) - 'a' + 10)
								  : 99;
		if (d == 99)
			return 0xFFFD;
		v = v << 4 | d;
	}
	return v;
}

/* The escape at j->at, past its backslash. */
static void
escape(struct json *j)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	char c = j->s.p[j->at++];
	const char *known = c == '\0' ? NULL : strchr(from, c);
	uint32_t cp;

	if (known != NULL) {
		buf_addc(&j->text, to[known - from]);
	} else if (c == 'u') {
		cp = hex4(j, j->at);
		j->at += j->at + 4 <= j->s.n ? 4 : j->s.n - j->at;
		if (cp >= 0xD800 && cp < 0xDC00 && j->at + 6 <= j->s.n && j->s.p[j->at] == '\\' &&
		    j->s.p[j->at + 1] == 'u') {
			uint32_t low = hex4(j, j->at + 2);
			if (low >= 0xDC00 && low < 0xE000) {
				cp = 0x10000 + ((cp - 0xD800) << 10) + (low - 0xDC00);
				j->at += 6;
			}
		}
		utf8_add(&j->text, cp >= 0xD800 && cp < 0xE000 ? 0xFFFD : cp);
	} else {
		buf_addc(&j->text, c);
	}
}

/* The string at j->at into j->text. */
static void
string(struct json *j)
{
	buf_reset(&j->text);
	for (j->at++; j->at < j->s.n && j->s.p[j->at] != '"';) {
		size_t from = j->at;
		if (j->s.p[j->at] == '\\' && j->at + 1 < j->s.n) {
			j->at++;
			escape(j);
			continue;
		}
		while (j->at < j->s.n && j->s.p[j->at] != '"' &&
		       (j->s.p[j->at] != '\\' || j->at + 1 == j->s.n))
			j->at++;
		buf_add(&j->text, j->s.p + from, j->at - from);
	}
	j->at += j->at < j->s.n;
}

static void
keep(struct buf *to, const struct json *j)
{
	if (to->n == 0)
		buf_addspan(to, buf_span(&j->text));
}

static bool
is_article_type(struct span s)
{
	static const char *const types[] = { "Article", "NewsArticle", "BlogPosting",
		"ReportageNewsArticle", "OpinionNewsArticle", "AnalysisNewsArticle",
		"AdvertiserContentArticle", "BackgroundNewsArticle", "ReviewNewsArticle",
		"LiveBlogPosting", "SocialMediaPosting", "ScholarlyArticle",
		"MedicalScholarlyArticle", "TechArticle", "SatiricalArticle", "APIReference",
		"Report" };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (span_eqs(s, types[i]))
			return true;
	return false;
}

static void value(
    struct json *j, const char *key, struct told *t, struct page_meta *m, unsigned depth);

static void
take(struct json *j, const char *key, struct told *t)
{
	if (strcmp(key, "@type") == 0)
		t->article = t->article || is_article_type(buf_span(&j->text));
	else if (strcmp(key, "headline") == 0)
		keep(&t->headline, j);
	else if (strcmp(key, "name") == 0)
		keep(&t->name, j);
	else if (strcmp(key, "author") == 0 && !url_is_web(buf_span(&j->text)))
		keep(&t->author, j);
	else if (strcmp(key, "datePublished") == 0)
		keep(&t->date, j);
	else if (strcmp(key, "description") == 0)
		keep(&t->description, j);
	else if (strcmp(key, "publisher") == 0)
		keep(&t->publisher, j);
	else if (strcmp(key, "articleBody") == 0)
		keep(&t->body, j);
	else if (strcmp(key, "image") == 0 || strcmp(key, "url") == 0)
		keep(&t->image, j);
}

static void
told_clear(struct told *t)
{
	buf_clear(&t->headline);
	buf_clear(&t->name);
	buf_clear(&t->author);
	buf_clear(&t->date);
	buf_clear(&t->description);
	buf_clear(&t->publisher);
	buf_clear(&t->body);
	buf_clear(&t->image);
}

/* What an object said goes to the page when it is an article, else its name or address to the object around it. */
static void
settle(struct told *t, const char *key, struct told *around, struct page_meta *m)
{
	/* Some sites put the story's name into name and their own words into headline: the page's title tells. */
	bool by_name = t->name.n > 0 &&
		       span_find(buf_span(&m->page_title), buf_span(&t->name)) != (size_t)-1 &&
		       span_find(buf_span(&m->page_title), buf_span(&t->headline)) == (size_t)-1;
	struct buf *title = t->headline.n > 0 && !by_name ? &t->headline : &t->name;

	if (t->article) {
		if (m->title.n == 0)
			utf8_line(buf_span(title), &m->title);
		if (m->byline.n == 0)
			utf8_line(buf_span(&t->author), &m->byline);
		if (m->published.n == 0)
			utf8_line(buf_span(&t->date), &m->published);
		if (m->excerpt.n == 0)
			utf8_line(buf_span(&t->description), &m->excerpt);
		if (m->site.n == 0)
			utf8_line(buf_span(&t->publisher), &m->site);
		if (m->image.n == 0)
			utf8_line(buf_span(&t->image), &m->image);
		if (m->body.n == 0)
			buf_addspan(&m->body, buf_span(&t->body));
		return;
	}
	if (strcmp(key, "author") == 0 && t->name.n > 0) {
		/* Several authors are named one after the other. */
		if (around->author.n > 0)
			buf_adds(&around->author, ", ");
		buf_addspan(&around->author, buf_span(&t->name));
	} else if (strcmp(key, "publisher") == 0 && around->publisher.n == 0) {
		buf_addspan(&around->publisher, buf_span(&t->name));
	} else if (strcmp(key, "image") == 0 && around->image.n == 0) {
		buf_addspan(&around->image, buf_span(&t->image));
	}
}

static void
object(struct json *j, const char *key, struct told *around, struct page_meta *m, unsigned depth)
{
	struct told t = { 0 };
	char name[32];

	for (j->at++; j->at < j->s.n;) {
		blanks(j);
		if (j->at >= j->s.n || j->s.p[j->at] == '}')
			break;
		if (j->s.p[j->at] != '"') {
			j->at++;
			continue;
		}
		string(j);
		name[0] = '\0';
		if (j->text.n < sizeof(name))
			memcpy(name, buf_str(&j->text), j->text.n + 1);
		blanks(j);
		if (j->at < j->s.n && j->s.p[j->at] == ':') {
			j->at++;
			value(j, name, &t, m, depth + 1);
		}
	}
	j->at += j->at < j->s.n;
	settle(&t, key, around, m);
	told_clear(&t);
}

static void
value(struct json *j, const char *key, struct told *t, struct page_meta *m, unsigned depth)
{
	blanks(j);
	if (j->at >= j->s.n)
		return;
	if (depth > JSON_DEPTH) {
		j->at = j->s.n;
		return;
	}
	switch (j->s.p[j->at]) {
	case '"':
		string(j);
		take(j, key, t);
		break;
	case '{': object(j, key, t, m, depth); break;
	case '[':
		for (j->at++; j->at < j->s.n && j->s.p[j->at] != ']';) {
			size_t was = j->at;
			value(j, key, t, m, depth + 1);
			blanks(j);
			if (j->at < j->s.n && j->s.p[j->at] == ',')
				j->at++;
			else if (j->at == was)
				j->at++;
		}
		j->at += j->at < j->s.n;
		break;
	default:
		while (j->at < j->s.n && strchr(",]} \t\r\n", j->s.p[j->at]) == NULL)
			j->at++;
		break;
	}
}

void
jsonld_read(struct span json, struct page_meta *m)
{
	struct json j = { .s = json, .text = BUF_INIT((size_t)4 << 20) };
	struct told none = { 0 };

	while (j.at < j.s.n && j.s.p[j.at] != '{' && j.s.p[j.at] != '[')
		j.at++;
	value(&j, "", &none, m, 0);
	told_clear(&none);
	buf_clear(&j.text);
}
