/*
 * The editor's file: what a person saved, read by the conventions of an edition, each mistake named with its line.
 * It looks at lines only: what is inside a paragraph is Markdown's business and render's.
 */
#include "digest/edit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_MAX ((size_t)240 << 10) /* what render takes */
#define NEAR 2 /* letters by which a topic may be misspelled and still be known */

struct reader {
	const struct config *c;
	int64_t now;
	struct edit_doc *d;
	struct edit_report *out; /* NULL: say nothing */
	struct wrap_err *err;
	size_t line;
	char *topic;     /* heading we are under */
	bool fence;      /* in a block of code */
	bool under;      /* the line before belongs to a paragraph */
	bool headed;     /* nothing but blanks since a topic's heading */
	struct buf body; /* of the story we are in */
	struct strs topics;
	struct phrasebook *say;
	enum wrap_rc rc;
};

__attribute__((format(printf, 3, 4))) static void
mistake(struct reader *r, size_t line, const char *fmt, ...)
{
	struct edit_problem *p;
	va_list ap;

	if (r->out == NULL || r->out->n == EDIT_PROBLEMS)
		return;
	p = &r->out->v[r->out->n++];
	p->line = line;
	va_start(ap, fmt);
	(void)vsnprintf(p->text, sizeof(p->text), fmt, ap);
	va_end(ap);
}

static void
out_of_memory(struct reader *r)
{
	if (r->rc == WRAP_OK)
		r->rc = wrap_fail(r->err, WRAP_ENOMEM, "no memory for the document");
}

/* Markdown's backslashes and the entity we write in links, taken off. */
static char *
plain(struct span s)
{
	struct buf b = BUF_INIT(0);

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\' && i + 1 < s.n &&
		    strchr("\\`*_{}[]()<>#+-.!|&~=", s.p[i + 1]) != NULL)
			i++;
		else if (s.p[i] == '&' && s.n - i >= 5 && memcmp(s.p + i, "&amp;", 5) == 0) {
			buf_addc(&b, '&');
			i += 4;
			continue;
		}
		buf_addc(&b, s.p[i]);
	}
	buf_adds(&b, "");
	return buf_steal(&b);
}

/* The position of the bracket that closes the one at s.p[0]; -1 when none does. */
static size_t
bracket_end(struct span s, char open, char close)
{
	int depth = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == open)
			depth++;
		else if (s.p[i] == close && --depth == 0)
			return i;
	}
	return (size_t)-1;
}

/* "[Title](https://...)" or "Title". False: a link that is broken, said so. */
static bool
heading_read(struct reader *r, struct span s, char **title, char **url)
{
	size_t e;
	struct span link;

	*url = NULL;
	if (s.n == 0 || s.p[0] != '[') {
		*title = plain(s);
		return true;
	}
	e = bracket_end(s, '[', ']');
	if (e == (size_t)-1 || e + 1 >= s.n || s.p[e + 1] != '(') {
		mistake(r, r->line,
		    "the link of this story is broken; it is written ### [Title](https://...)");
		*title = plain(s);
		return false;
	}
	*title = plain((struct span){ s.p + 1, e - 1 });
	link = (struct span){ s.p + e + 1, s.n - e - 1 };
	e = bracket_end(link, '(', ')');
	if (e == (size_t)-1) {
		mistake(r, r->line, "the link of this story has no closing )");
		return false;
	}
	link = span_trim((struct span){ link.p + 1, e - 1 });
	for (size_t i = 0; i < link.n; i++) /* a title may follow the address */
		if (link.p[i] == ' ')
			link.n = i;
	*url = plain(link);
	if (link.n == 0 ||
	    (*url != NULL && (!url_is_safe(span_of(*url)) || strchr(*url, ':') == NULL))) {
		mistake(r, r->line,
		    "\"%.*s\" is no address that mail can link to; it begins with https://",
		    (int)(link.n < 60 ? link.n : 60), link.p);
		return false;
	}
	return true;
}

static void
topic_check(struct reader *r)
{
	const char *near = NULL;

	if (r->topic[0] == '\0') {
		mistake(r, r->line, "a topic without a name");
		return;
	}
	if (strs_has(&r->topics, span_of(r->topic)))
		mistake(r, r->line,
		    "the topic \"%s\" is there twice; put its stories under one heading", r->topic);
	else if (strs_add(&r->topics, span_of(r->topic), r->err) != WRAP_OK)
		r->rc = WRAP_ENOMEM;
	if (config_topic_find(r->c, span_of(r->topic)) != NULL ||
	    (r->c->edition.other != NULL && span_ieqs(span_of(r->topic), r->c->edition.other)))
		return;
	for (size_t i = 0; i < r->c->n_topics; i++)
		if (letters_apart(r->topic, r->c->topics[i].name) <= NEAR)
			near = r->c->topics[i].name;
	if (near != NULL)
		mistake(r, r->line, "the topic \"%s\" is unknown; did you mean \"%s\"?", r->topic,
		    near);
}

/* "*Sponsored by ...*" under a topic: it must be that topic's, inside its dates. */
static void
sponsor_check(struct reader *r, struct span line)
{
	const struct config_topic *t = config_topic_find(r->c, text_span(r->topic));
	const struct config_sponsor *s = t == NULL ? NULL : &t->sponsor;

	if (span_ifind(line, SPAN_LIT("sponsor")) == (size_t)-1 &&
	    span_ifind(line, span_of(phrase(r->say, "sponsored"))) == (size_t)-1)
		return;
	if (s == NULL || s->name == NULL)
		mistake(
		    r, r->line, "the topic \"%s\" has no sponsor in the configuration", r->topic);
	else if (!sponsor_stands(s, r->now))
		mistake(r, r->line, "today is outside the dates of the sponsor %s", s->name);
	else if (span_find(line, span_of(s->name)) == (size_t)-1)
		mistake(r, r->line, "the sponsor of \"%s\" is %s", r->topic, s->name);
}

static void
story_end(struct reader *r)
{
	if (r->d->n > 0)
		secret_sha256(span_trim(buf_span(&r->body)), r->d->v[r->d->n - 1].hash);
	buf_reset(&r->body);
}

static void
story_read(struct reader *r, struct span s)
{
	struct edit_story *v, *e;
	char *url;
	struct buf key = BUF_INIT(8192);

	story_end(r);
	v = realloc(r->d->v, (r->d->n + 1) * sizeof(*v));
	if (v == NULL) {
		out_of_memory(r);
		return;
	}
	r->d->v = v;
	e = &v[r->d->n++];
	*e = (struct edit_story){ .line = r->line, .topic = str_dup(r->topic) };
	(void)heading_read(r, s, &e->title, &url);
	if (e->title == NULL || (r->topic != NULL && e->topic == NULL))
		out_of_memory(r);
	else if (span_trim(span_of(e->title)).n == 0)
		mistake(r, r->line, "a story without a title");
	if (r->topic == NULL)
		mistake(r, r->line, "this story stands under no topic (##)");
	if (url != NULL) {
		digest_url_key(url, &key);
		e->key = buf_steal(&key);
	}
	for (size_t i = 0; e->key != NULL && i + 1 < r->d->n; i++)
		if (v[i].key != NULL && strcmp(v[i].key, e->key) == 0)
			mistake(r, r->line, "the same link as the story in line %zu", v[i].line);
	free(url);
	buf_clear(&key);
}

static void
heading(struct reader *r, int level, struct span s)
{
	if (level == 1) {
		if (r->d->title != NULL)
			mistake(r, r->line, "a second title (#); topics are ##, stories ###");
		else if ((r->d->title = plain(s)) == NULL)
			out_of_memory(r);
		else if (s.n == 0)
			mistake(r, r->line, "the title is empty");
		return;
	}
	if (r->d->title == NULL && r->d->n == 0 && r->topic == NULL)
		mistake(r, r->line, "an edition starts with its title: # Title");
	if (level == 2) {
		free(r->topic);
		r->topic = plain(s);
		if (r->topic == NULL)
			out_of_memory(r);
		else
			topic_check(r);
		r->headed = true;
	} else if (level == 3) {
		story_read(r, s);
		r->headed = false;
	}
}

/* The level of a heading line and its text; 0 when it is none. CommonMark 4.2. */
static int
heading_level(struct span line, struct span *text)
{
	size_t i = 0, level = 0;

	while (i < line.n && i < 4 && line.p[i] == ' ')
		i++;
	while (i + level < line.n && line.p[i + level] == '#')
		level++;
	if (i > 3 || level == 0 || level > 6 ||
	    (i + level < line.n && line.p[i + level] != ' ' && line.p[i + level] != '\t'))
		return 0;
	*text = span_trim((struct span){ line.p + i + level, line.n - i - level });
	while (text->n > 0 && text->p[text->n - 1] == '#' &&
	       (text->n == 1 || text->p[text->n - 2] == '#' || text->p[text->n - 2] == ' '))
		text->n--;
	*text = span_trim(*text);
	return (int)level;
}

/* Only - or only =: under a paragraph it makes a heading of it, which is seldom meant. */
static bool
is_underline(struct span s)
{
	for (size_t i = 1; i < s.n; i++)
		if (s.p[i] != s.p[0])
			return false;
	return s.n > 0 && (s.p[0] == '-' || s.p[0] == '=');
}

static void
line_read(struct reader *r, struct span line)
{
	struct span s = span_trim(line), text;
	bool mark = s.n >= 3 && (memcmp(s.p, "```", 3) == 0 || memcmp(s.p, "~~~", 3) == 0);
	int level = r->fence || mark ? 0 : heading_level(line, &text);

	if (mark)
		r->fence = !r->fence;
	if (level > 0) {
		heading(r, level, text);
		r->under = false;
		return;
	}
	if (r->d->n > 0) {
		buf_addspan(&r->body, s);
		buf_addc(&r->body, '\n');
	}
	if (r->fence || s.n == 0) {
		r->under = false;
		return;
	}
	if (r->under && is_underline(s))
		mistake(r, r->line,
		    "this line makes a heading of the text above it; leave a line empty between them");
	if (r->headed && s.p[0] == '*' && r->topic != NULL)
		sponsor_check(r, s);
	r->headed = false;
	r->under = true;
}

enum wrap_rc
edit_read(const struct config *c, int64_t now, struct span text, struct edit_doc *d,
    struct edit_report *out, struct wrap_err *err)
{
	struct reader r = { .c = c, .now = now, .d = d, .out = out, .err = err };
	struct span rest = text, line;

	*d = (struct edit_doc){ 0 };
	buf_init(&r.body, 0);
	r.rc = say_open(c, &r.say, err);
	if (text.n > BYTES_MAX)
		mistake(&r, 1, "the document has %zu kB; %zu is the most that can be mailed",
		    text.n >> 10, BYTES_MAX >> 10);
	for (r.line = 1; r.rc == WRAP_OK && text.n <= BYTES_MAX && span_cut(&rest, '\n', &line);
	     r.line++) {
		if (!utf8_valid(line))
			mistake(&r, r.line, "this line is not UTF-8");
		line_read(&r, line);
	}
	story_end(&r);
	if (r.rc == WRAP_OK && text.n <= BYTES_MAX && d->title == NULL &&
	    (out == NULL || out->n == 0))
		mistake(&r, 1, "an edition starts with its title: # Title");
	if (r.fence)
		mistake(&r, r.line - 1, "a block of code (```) is not closed");
	buf_clear(&r.body);
	free(r.topic);
	strs_clear(&r.topics);
	phrasebook_close(&r.say);
	if (r.rc != WRAP_OK)
		edit_doc_clear(d);
	return r.rc;
}

void
edit_doc_clear(struct edit_doc *d)
{
	for (size_t i = 0; i < d->n; i++) {
		free(d->v[i].topic);
		free(d->v[i].title);
		free(d->v[i].key);
	}
	free(d->v);
	free(d->title);
	*d = (struct edit_doc){ 0 };
}

enum wrap_rc
digest_check(const struct config *c, int64_t now, struct span markdown, struct edit_report *out,
    struct wrap_err *err)
{
	struct edit_doc d;
	enum wrap_rc rc;

	*out = (struct edit_report){ 0 };
	rc = edit_read(c, now, markdown, &d, out, err);
	out->stories = d.n;
	edit_doc_clear(&d);
	return rc;
}
