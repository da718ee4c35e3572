/*
 * What pages are made of: for each language its words and the templates with the words put in,
 * and one style sheet with the theme's colours. All of it is read and checked when the server
 * starts, so a template that is wrong stops it there with its line, and shows no reader anything.
 */
#include "internal.h"

#include "wrap/render.h"

#include <stdlib.h>
#include <string.h>

static const char *const files[PAGES] = { [PAGE_SIGNUP] = "page_signup.html",
	[PAGE_NOTE] = "page_note.html",
	[PAGE_LEAVE] = "page_leave.html",
	[PAGE_CONFIRM] = "page_confirm.html",
	[PAGE_CHOOSE] = "page_choose.html",
	[PAGE_DATA] = "page_data.html",
	[PAGE_ARCHIVE] = "page_archive.html" };

static const struct template_name in_topic[] = {
	{ "topic", TEMPLATE_TEXT, NULL },
	{ "sponsor", TEMPLATE_TEXT, NULL },
	{ "ticked", TEMPLATE_FLAG, NULL },
	{ NULL, TEMPLATE_TEXT, NULL },
};
static const struct template_name in_choice[] = {
	{ "value", TEMPLATE_TEXT, NULL },
	{ "label", TEMPLATE_TEXT, NULL },
	{ "chosen", TEMPLATE_FLAG, NULL },
	{ NULL, TEMPLATE_TEXT, NULL },
};
static const struct template_name in_edition[] = {
	{ "edition_title", TEMPLATE_TEXT, NULL },
	{ "edition_url", TEMPLATE_URL, NULL },
	{ "edition_date", TEMPLATE_TEXT, NULL },
	{ NULL, TEMPLATE_TEXT, NULL },
};
static const struct template_name in_story[] = {
	{ "story", TEMPLATE_TEXT, NULL },
	{ NULL, TEMPLATE_TEXT, NULL },
};
static const struct template_name in_fact[] = {
	{ "fact", TEMPLATE_TEXT, NULL },
	{ "is", TEMPLATE_TEXT, NULL },
	{ NULL, TEMPLATE_TEXT, NULL },
};

static const struct template_name names[] = {
	{ "language", TEMPLATE_TEXT, NULL },
	{ "dir", TEMPLATE_TEXT, NULL },
	{ "title", TEMPLATE_TEXT, NULL },
	{ "publication", TEMPLATE_TEXT, NULL },
	{ "promise", TEMPLATE_TEXT, NULL },
	{ "postal", TEMPLATE_TEXT, NULL },
	{ "contact", TEMPLATE_TEXT, NULL },
	{ "logo", TEMPLATE_URL, NULL },
	{ "home_url", TEMPLATE_URL, NULL },
	{ "archive_url", TEMPLATE_URL, NULL },
	{ "feed_url", TEMPLATE_URL, NULL },
	{ "style_url", TEMPLATE_URL, NULL },
	{ "action", TEMPLATE_URL, NULL }, /* where the page's form goes */
	{ "leave_url", TEMPLATE_URL, NULL },
	{ "link_url", TEMPLATE_URL, NULL },
	{ "link", TEMPLATE_TEXT, NULL },
	{ "text", TEMPLATE_TEXT, NULL },
	{ "problem", TEMPLATE_TEXT, NULL },
	{ "saved", TEMPLATE_TEXT, NULL },
	{ "stamp", TEMPLATE_TEXT, NULL },
	{ "email", TEMPLATE_TEXT, NULL },
	{ "name", TEMPLATE_TEXT, NULL },
	{ "who", TEMPLATE_TEXT, NULL },
	{ "date", TEMPLATE_TEXT, NULL },
	{ "undo_url", TEMPLATE_URL, NULL },
	{ "quote", TEMPLATE_TEXT, NULL },
	{ "quote_by", TEMPLATE_TEXT, NULL },
	{ "n", TEMPLATE_TEXT, NULL },
	{ "open", TEMPLATE_FLAG, NULL },
	{ "many", TEMPLATE_FLAG, NULL }, /* topics to choose from */
	{ "topics", TEMPLATE_LIST, in_topic },
	{ "languages_many", TEMPLATE_FLAG, NULL },
	{ "languages", TEMPLATE_LIST, in_choice },
	{ "pauses", TEMPLATE_LIST, in_choice },
	{ "any", TEMPLATE_FLAG, NULL }, /* editions to list */
	{ "editions", TEMPLATE_LIST, in_edition },
	{ "latest", TEMPLATE_LIST, in_edition },
	{ "headlines", TEMPLATE_FLAG, NULL },
	{ "stories", TEMPLATE_LIST, in_story },
	{ "facts", TEMPLATE_LIST, in_fact },
	{ "steps", TEMPLATE_LIST, in_fact },
	{ NULL, TEMPLATE_TEXT, NULL },
};

/* ---- one language ----------------------------------------------------------------------------------------- */

/* Languages that have words for every page. Others show the words they lack in English, and so are not offered. */
static const char *const offered[] = { "en", "de", "es", "fr", "it", "nl", "pt" };

/* Texts that a template being compiled has borrowed. */
struct lending {
	const struct site *s;
	struct buf texts[64];
	size_t n;
	struct wrap_err err;
};

static const char *
partial(void *ctx, const char *name)
{
	struct lending *l = ctx;
	struct buf *b;

	if (l->n == sizeof(l->texts) / sizeof(l->texts[0]))
		return NULL;
	b = &l->texts[l->n];
	if (config_template(l->s->c, name, b, &l->err) != WRAP_OK)
		return NULL;
	l->n++;
	return buf_str(b);
}

static enum wrap_rc
compile(const struct site *s, struct tongue *t, enum page_kind page, struct wrap_err *err)
{
	struct lending *l = calloc(1, sizeof(*l));
	struct buf text = BUF_INIT(1 << 20);
	enum wrap_rc rc;

	if (l == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	l->s = s;
	rc = config_template(s->c, files[page], &text, err);
	if (rc == WRAP_OK) {
		struct template_source src = { .name = files[page],
			.text = buf_span(&text),
			.escape = TEMPLATE_ESCAPE_HTML,
			.names = names,
			.say = t->book,
			.partial = partial,
			.ctx = l };

		rc = template_compile(&src, &t->pages[page], err);
	}
	for (size_t i = 0; i < l->n; i++)
		buf_clear(&l->texts[i]);
	free(l);
	buf_clear(&text);
	return rc;
}

/* Does tag ask for ours: the same, or the same up to a hyphen in either? */
static bool
speaks(const char *ours, struct span tag)
{
	struct span mine = span_of(ours), a, b;

	if (span_ieq(mine, tag))
		return true;
	return span_cut(&mine, '-', &a) && span_cut(&tag, '-', &b) && span_ieq(a, b);
}

static enum wrap_rc
tongue_open(struct site *s, const char *language, struct wrap_err *err)
{
	struct tongue *t = &s->tongues[s->n_tongues];
	enum wrap_rc rc;

	for (size_t i = 0; i < s->n_tongues; i++)
		if (speaks(s->tongues[i].language, span_of(language)))
			return WRAP_OK;
	if (s->n_tongues == TONGUES || strlen(language) >= sizeof(t->language))
		return WRAP_OK;
	*t = (struct tongue){ 0 };
	memcpy(t->language, language, strlen(language) + 1);
	s->n_tongues++;
	rc =
	    phrasebook_open(language, config_template_load, (void *)(uintptr_t)s->c, &t->book, err);
	for (int i = 0; rc == WRAP_OK && i < PAGES; i++)
		rc = compile(s, t, (enum page_kind)i, err);
	return rc;
}

/* ---- the look --------------------------------------------------------------------------------------------- */

static enum wrap_rc
open_look(struct site *s, struct wrap_err *err)
{
	struct buf theme, css, hex = BUF_INIT(128);
	uint8_t hash[SHA256_BYTES];
	enum wrap_rc rc = config_template(s->c, "theme.conf", &theme, err);

	buf_init(&s->css, 1 << 20);
	if (rc == WRAP_OK)
		rc = render_colours(buf_str(&theme), &s->css, err);
	buf_clear(&theme);
	if (rc == WRAP_OK) {
		rc = config_template(s->c, "page.css", &css, err);
		buf_addspan(&s->css, buf_span(&css));
		buf_clear(&css);
	}
	secret_sha256(buf_span(&s->css), hash);
	hex_encode((struct span){ (const char *)hash, 8 }, &hex);
	(void)memcpy(s->css_tag, buf_str(&hex), 17);
	buf_clear(&hex);
	return rc == WRAP_OK ? buf_rc(&s->css, err) : rc;
}

enum wrap_rc
site_open(const struct config *c, const struct keyring *keys, const struct wclock *clock,
    struct site *out, struct wrap_err *err)
{
	enum wrap_rc rc;

	*out = (struct site){ .c = c, .keys = keys, .clock = clock };
	if (c->publication.url == NULL)
		return wrap_fail(err, WRAP_ECONFIG,
		    "%s: publication.url is not set: it says where these pages are reached",
		    c->path);
	out->base = url_split(span_of(c->publication.url)).path;
	rc = tongue_open(out, c->publication.language, err);
	for (size_t i = 0; rc == WRAP_OK && i < sizeof(offered) / sizeof(offered[0]); i++)
		rc = tongue_open(out, offered[i], err);
	if (rc == WRAP_OK)
		rc = open_look(out, err);
	if (rc != WRAP_OK)
		site_close(out);
	return rc;
}

void
site_close(struct site *s)
{
	for (size_t i = 0; i < s->n_tongues; i++) {
		phrasebook_close(&s->tongues[i].book);
		for (int p = 0; p < PAGES; p++)
			template_free(&s->tongues[i].pages[p]);
	}
	buf_clear(&s->css);
	*s = (struct site){ 0 };
}

/* ---- which language ----------------------------------------------------------------------------------------- */

const struct tongue *
site_tongue(const struct site *s, const char *language, const struct tongue *fallback)
{
	for (size_t i = 0; language != NULL && i < s->n_tongues; i++)
		if (speaks(s->tongues[i].language, span_of(language)))
			return &s->tongues[i];
	return fallback;
}

const struct tongue *
site_accepts(const struct site *s, struct span header)
{
	const struct tongue *best = &s->tongues[0];
	double most = 0;
	struct span one;

	for (int n = 0; n < 32 && span_cut(&header, ',', &one); n++) {
		struct span tag = { 0 };
		char number[8] = "1";

		if (!span_cut(&one, ';', &tag))
			continue;
		one = span_trim(one);
		if (one.n > 2 && one.n < sizeof(number) + 2 &&
		    (one.p[0] == 'q' || one.p[0] == 'Q')) {
			memcpy(number, one.p + 2, one.n - 2);
			number[one.n - 2] = '\0';
		}
		for (size_t i = 0; i < s->n_tongues; i++)
			if (speaks(s->tongues[i].language, span_trim(tag)) &&
			    strtod(number, NULL) > most) {
				most = strtod(number, NULL);
				best = &s->tongues[i];
			}
	}
	return best;
}
