/*
 * An edition with the reasons beside it: its document once more, with a quoted line at the end of each story that
 * says why it is in, and at the end what was left out and why. For the editor's eyes; it is never kept or mailed.
 */
#include "digest/edit.h"

#include <stdlib.h>
#include <string.h>

#define LEFT_OUT_MOST 100 /* a busy week has thousands */
#define BYTES_MOST ((size_t)200 << 10)

struct notes {
	const struct edit_doc *d;
	char **why;     /* by story of the document; NULL: none of ours */
	struct buf out; /* list items of what was left out */
	size_t left_out;
	size_t room; /* bytes the list may have */
};

/* The story of the document that an article tells; d->n when it tells none. */
static size_t
told_as(const struct edit_doc *d, const struct article *a)
{
	struct buf key = BUF_INIT(8192);
	size_t i = 0;

	if (a->url != NULL)
		digest_url_key(a->url, &key);
	for (; i < d->n; i++)
		if (d->v[i].key != NULL
			? span_eqs(buf_span(&key), d->v[i].key)
			: strcmp(d->v[i].title, a->title == NULL ? "" : a->title) == 0)
			break;
	buf_clear(&key);
	return i;
}

static enum wrap_rc
note_story(void *ctx, const struct story *s, const struct article *a, struct wrap_err *err)
{
	struct notes *n = ctx;
	size_t i = s->position > 0 ? told_as(n->d, a) : n->d->n;

	if (i < n->d->n) {
		free(n->why[i]);
		n->why[i] = str_dup(s->why);
		return n->why[i] == NULL ? wrap_fail(err, WRAP_ENOMEM, "out of memory") : WRAP_OK;
	}
	if (n->left_out++ >= LEFT_OUT_MOST || n->out.n > n->room)
		return WRAP_OK;
	buf_adds(&n->out, "- ");
	escape_markdown(text_span(a->title), &n->out);
	buf_adds(&n->out, " (");
	escape_markdown(span_of(a->feed_name), &n->out);
	buf_adds(&n->out, "): ");
	escape_markdown(text_span(s->why), &n->out);
	buf_addc(&n->out, '\n');
	return buf_rc(&n->out, err);
}

static void
write_why(const struct notes *n, size_t story, struct buf *out)
{
	buf_adds(out, "> ");
	escape_markdown(n->why[story] != NULL ? span_of(n->why[story])
					      : SPAN_LIT("the editor's own: no feed gave it"),
	    out);
	buf_addc(out, '\n');
}

/* A story ends before the next one, the next topic, or at the end. */
static void
write_annotated(const struct notes *n, struct span text, struct buf *out)
{
	struct span line;
	size_t number = 1, story = 0, open = n->d->n;

	for (; span_cut(&text, '\n', &line); number++) {
		bool begins = story < n->d->n && n->d->v[story].line == number;

		if (open < n->d->n && (begins || (line.n > 2 && memcmp(line.p, "## ", 3) == 0))) {
			write_why(n, open, out);
			buf_addc(out, '\n');
			open = n->d->n;
		}
		if (begins)
			open = story++;
		buf_addspan(out, line);
		buf_addc(out, '\n');
	}
	if (open < n->d->n) {
		buf_addc(out, '\n');
		write_why(n, open, out);
	}
}

enum wrap_rc
digest_annotate(struct store *st, const struct config *c, const struct edition *e, struct buf *out,
    struct wrap_err *err)
{
	struct span text = text_span(e->markdown);
	struct edit_doc d;
	struct notes n = { .d = &d, .out = BUF_INIT(0) };
	enum wrap_rc rc = edit_read(c, 0, text, &d, NULL, err);

	if (rc != WRAP_OK)
		return rc;
	n.room = text.n * 2 < BYTES_MOST ? BYTES_MOST - text.n * 2 : 0;
	n.why = calloc(d.n + 1, sizeof(char *));
	rc = n.why == NULL ? wrap_fail(err, WRAP_ENOMEM, "out of memory")
			   : story_each(st, e->id, note_story, &n, err);
	if (rc == WRAP_OK) {
		write_annotated(&n, text, out);
		if (n.left_out > 0)
			buf_addf(out, "\n## Left out (%zu)\n\n%s", n.left_out, buf_str(&n.out));
		if (n.left_out > LEFT_OUT_MOST || n.out.n > n.room)
			buf_adds(out, "\nThere are more; wrap why ADDRESS answers for each.\n");
		rc = buf_rc(out, err);
	}
	for (size_t i = 0; n.why != NULL && i < d.n; i++)
		free(n.why[i]);
	free(n.why);
	buf_clear(&n.out);
	edit_doc_clear(&d);
	return rc;
}
