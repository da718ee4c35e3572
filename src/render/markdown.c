/*
 * The edition's Markdown as blocks with a role: title, note, topic, sponsor line, story, byline. The
 * document is parsed once by cmark; the walkers (html.c, text.c) go over these blocks and the one tree
 * below them, so that both parts of a mail and the web copy tell the same story.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

#define MARKDOWN_MAX ((size_t)256 << 10) /* cmark takes seconds for 240 kB made to hurt it */
#define DEPTH_MAX 60                     /* nested quotes and lists; the walkers recurse */

/* The whole paragraph is one emphasis. */
static bool
is_emphasised(cmark_node *n)
{
	cmark_node *child = cmark_node_first_child(n);

	return cmark_node_get_type(n) == CMARK_NODE_PARAGRAPH && child != NULL &&
	       cmark_node_get_type(child) == CMARK_NODE_EMPH && cmark_node_next(child) == NULL;
}

/* The whole paragraph is one image, linked or not. */
static bool
is_image(cmark_node *n)
{
	cmark_node *child = cmark_node_first_child(n);

	if (cmark_node_get_type(n) != CMARK_NODE_PARAGRAPH || child == NULL ||
	    cmark_node_next(child) != NULL)
		return false;
	if (cmark_node_get_type(child) == CMARK_NODE_LINK) {
		child = cmark_node_first_child(child);
		if (child == NULL || cmark_node_next(child) != NULL)
			return false;
	}
	return cmark_node_get_type(child) == CMARK_NODE_IMAGE;
}

static bool
is_comment(cmark_node *n)
{
	struct span s;

	if (cmark_node_get_type(n) != CMARK_NODE_HTML_BLOCK)
		return false;
	s = span_trim(span_of(cmark_node_get_literal(n)));
	return s.n >= 7 && memcmp(s.p, "<!--", 4) == 0 && memcmp(s.p + s.n - 3, "-->", 3) == 0 &&
	       span_find(s, SPAN_LIT("-->")) == s.n - 3;
}

/* "<!-- lang: de -->" under a story says in what language it is; other comments are the editor's own. */
static char *
comment_language(cmark_node *n)
{
	struct span s = span_trim(span_of(cmark_node_get_literal(n)));

	s = span_trim((struct span){ s.p + 4, s.n - 7 });
	if (s.n < 6 || !span_ieq((struct span){ s.p, 5 }, SPAN_LIT("lang:")))
		return NULL;
	s = span_trim((struct span){ s.p + 5, s.n - 5 });
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] | 32) >= 'a' && (s.p[i] | 32) <= 'z') &&
		    !(s.p[i] >= '0' && s.p[i] <= '9') && s.p[i] != '-')
			return NULL;
	return s.n >= 2 && s.n <= 35 ? str_dup_span(s) : NULL;
}

static char *
heading_text(cmark_node *n)
{
	struct buf b = BUF_INIT(MARKDOWN_MAX);

	node_text(n, &b);
	return buf_steal(&b);
}

static bool
is_choosable(const struct strs *choosable, const char *name)
{
	for (size_t i = 0; i < choosable->n; i++)
		if (span_ieqs(span_trim(span_of(choosable->v[i])), name))
			return true;
	return false;
}

static enum wrap_rc
add_topic(struct document *d, const struct strs *choosable, cmark_node *n, struct wrap_err *err)
{
	struct topic *t = &d->topics[d->n_topics];

	t->name = heading_text(n);
	if (t->name == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	d->n_topics++;
	if (t->name[0] == '\0')
		return wrap_fail(err, WRAP_EPROTO, "line %d: a topic without a name",
		    cmark_node_get_start_line(n));
	t->choosable = is_choosable(choosable, t->name);
	return WRAP_OK;
}

static enum wrap_rc
add_story(struct document *d, cmark_node *n, struct wrap_err *err)
{
	struct story *s = &d->stories[d->n_stories];

	s->title = heading_text(n);
	if (s->title == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	d->n_stories++;
	if (s->title[0] == '\0')
		return wrap_fail(err, WRAP_EPROTO, "line %d: a story without a title",
		    cmark_node_get_start_line(n));
	s->topic = d->n_topics == 0 ? NO_TOPIC : d->n_topics - 1;
	s->line = cmark_node_get_start_line(n);
	return WRAP_OK;
}

/* What a block that is no heading is, by the block before it. */
static enum block_role
role_of(const struct document *d, cmark_node *n, bool in_story)
{
	enum block_role before = d->n_blocks == 0 ? BLOCK_TEXT : d->blocks[d->n_blocks - 1].role;

	for (size_t i = d->n_blocks; before == BLOCK_SILENT && i-- > 0;)
		before = d->blocks[i].role;
	if (is_comment(n))
		return BLOCK_SILENT;
	if (is_image(n))
		return BLOCK_IMAGE;
	if (is_emphasised(n)) {
		if (before == BLOCK_TOPIC)
			return BLOCK_SPONSOR;
		if (before == BLOCK_STORY || (before == BLOCK_IMAGE && in_story))
			return BLOCK_BYLINE;
	}
	return d->n_topics == 0 && !in_story ? BLOCK_NOTE : BLOCK_TEXT;
}

static enum wrap_rc
add_block(struct document *d, const struct strs *choosable, cmark_node *n, struct wrap_err *err)
{
	int level =
	    cmark_node_get_type(n) == CMARK_NODE_HEADING ? cmark_node_get_heading_level(n) : 0;
	struct block *b = &d->blocks[d->n_blocks];
	const struct block *last = d->n_blocks == 0 ? NULL : b - 1;
	bool in_story = last != NULL && last->story != NO_TOPIC;
	enum wrap_rc rc = WRAP_OK;

	*b = (struct block){ .node = n, .story = NO_TOPIC };
	if (level == 1) {
		if (d->title != NULL)
			return wrap_fail(err, WRAP_EPROTO,
			    "line %d: a second title (#); topics are ##, stories ###",
			    cmark_node_get_start_line(n));
		b->role = BLOCK_TITLE;
		d->title = heading_text(n);
		if (d->title == NULL)
			return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	} else if (level == 2) {
		b->role = BLOCK_TOPIC;
		rc = add_topic(d, choosable, n, err);
	} else if (level == 3) {
		b->role = BLOCK_STORY;
		rc = add_story(d, n, err);
		b->story = d->n_stories - 1;
	} else {
		b->role = role_of(d, n, in_story);
		b->story = in_story ? last->story : NO_TOPIC;
		if (b->role == BLOCK_SILENT && in_story && d->stories[b->story].language == NULL)
			d->stories[b->story].language = comment_language(n);
	}
	if (d->title == NULL && b->role != BLOCK_SILENT)
		return wrap_fail(err, WRAP_EPROTO,
		    "line %d: an edition starts with its title: # Title",
		    cmark_node_get_start_line(n));
	b->topic = d->n_topics == 0 ? NO_TOPIC : d->n_topics - 1;
	d->n_blocks++;
	return rc;
}

/* The walkers recurse over the tree: refuse one that is deeper than any text a person writes. */
static enum wrap_rc
check_depth(cmark_node *root, struct wrap_err *err)
{
	cmark_iter *it = cmark_iter_new(root);
	cmark_event_type ev;
	int depth = 0, line = 0;

	while (it != NULL && depth <= DEPTH_MAX && (ev = cmark_iter_next(it)) != CMARK_EVENT_DONE) {
		cmark_node *n = cmark_iter_get_node(it);

		if (cmark_node_first_child(n) == NULL)
			continue;
		depth += ev == CMARK_EVENT_ENTER ? 1 : -1;
		if (cmark_node_get_start_line(n) > 0)
			line = cmark_node_get_start_line(n);
	}
	cmark_iter_free(it);
	if (depth > DEPTH_MAX)
		return wrap_fail(
		    err, WRAP_EPROTO, "line %d: quotes, lists or emphasis nest too deep", line);
	return WRAP_OK;
}

/*
 * What no text of an edition needs: controls become blanks, marks that reorder the text around them go, and
 * what was lost before it came here ("\xEF\xBF\xBD") is one '?', for a row of black diamonds helps no reader.
 */
static void
clean(struct span s, struct buf *out)
{
	bool lost = false;
	size_t marks = 0;

	for (size_t i = 0, len; i < s.n; i += len) {
		uint32_t cp = utf8_decode(s.p + i, s.n - i, &len);
		bool bad = cp == 0xFFFD || utf8_is_noncharacter(cp);

		marks = utf8_is_mark(cp) ? marks + 1 : 0;
		if (marks > UTF8_MARKS_MAX)
			continue;
		if (cp == '\n' || cp == '\t' || cp == '\r')
			buf_addc(out, (char)cp);
		else if (cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || cp == 0x2028 || cp == 0x2029)
			buf_addc(out, ' ');
		else if (bad && !lost)
			buf_addc(out, '?');
		else if (!bad && !utf8_is_reordering(cp) && cp != 0xFEFF)
			utf8_add(out, cp);
		lost = bad;
	}
}

static enum wrap_rc
parse(struct span markdown, cmark_node **root, struct wrap_err *err)
{
	struct buf b = BUF_INIT(MARKDOWN_MAX * 2);
	enum wrap_rc rc;

	clean(markdown, &b);
	rc = buf_rc(&b, err);
	if (rc == WRAP_OK) {
		*root = cmark_parse_document(buf_str(&b), b.n, CMARK_OPT_DEFAULT);
		if (*root == NULL)
			rc = wrap_fail(err, WRAP_ENOMEM, "out of memory");
	}
	if (rc == WRAP_OK)
		cmark_consolidate_text_nodes(*root);
	buf_clear(&b);
	return rc;
}

enum wrap_rc
document_open(
    struct span markdown, const struct strs *choosable, struct document *out, struct wrap_err *err)
{
	struct document d = { 0 };
	size_t n = 0;
	enum wrap_rc rc;

	*out = d;
	if (markdown.n > MARKDOWN_MAX)
		return wrap_fail(err, WRAP_ELIMIT, "the edition has %zu kB, at most %zu are taken",
		    markdown.n >> 10, MARKDOWN_MAX >> 10);
	rc = parse(markdown, &d.root, err);
	if (rc != WRAP_OK)
		return rc;
	for (cmark_node *at = cmark_node_first_child(d.root); at != NULL; at = cmark_node_next(at))
		n++;
	d.blocks = calloc(n + 1, sizeof(*d.blocks));
	d.topics = calloc(n + 1, sizeof(*d.topics));
	d.stories = calloc(n + 1, sizeof(*d.stories));
	if (d.blocks == NULL || d.topics == NULL || d.stories == NULL)
		rc = wrap_fail(err, WRAP_ENOMEM, "out of memory");
	else
		rc = check_depth(d.root, err);
	for (cmark_node *at = cmark_node_first_child(d.root); at != NULL && rc == WRAP_OK;
	     at = cmark_node_next(at))
		rc = add_block(&d, choosable, at, err);
	if (rc == WRAP_OK && (d.title == NULL || d.title[0] == '\0'))
		rc = wrap_fail(
		    err, WRAP_EPROTO, "line 1: an edition starts with its title: # Title");
	if (rc != WRAP_OK)
		document_close(&d);
	*out = d;
	return rc;
}

void
document_close(struct document *d)
{
	for (size_t i = 0; i < d->n_topics; i++)
		free(d->topics[i].name);
	for (size_t i = 0; i < d->n_stories; i++) {
		free(d->stories[i].title);
		free(d->stories[i].language);
	}
	free(d->topics);
	free(d->stories);
	free(d->blocks);
	free(d->title);
	if (d->root != NULL)
		cmark_node_free(d->root);
	*d = (struct document){ 0 };
}

bool
document_wants(const struct document *d, const char *topics, size_t topic)
{
	struct span rest = span_of(topics), one;

	if (topics == NULL || topic == NO_TOPIC || !d->topics[topic].choosable)
		return true;
	while (span_cut(&rest, ',', &one))
		if (span_ieqs(span_trim(one), d->topics[topic].name))
			return true;
	return false;
}

size_t
document_stories(const struct document *d, const char *topics)
{
	size_t n = 0;
	bool any = topics == NULL;

	/* Sections for everyone go along with chosen topics, but are no reason to write to somebody. */
	for (size_t i = 0; topics != NULL && i < d->n_stories; i++)
		any = any || (d->stories[i].topic != NO_TOPIC &&
				 d->topics[d->stories[i].topic].choosable &&
				 document_wants(d, topics, d->stories[i].topic));
	for (size_t i = 0; any && i < d->n_stories; i++)
		n += document_wants(d, topics, d->stories[i].topic) ? 1 : 0;
	return n;
}
