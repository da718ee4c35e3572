/*
 * How long a draft takes: digest ARTICLES. Fills a store with made-up news of a few hundred words each, from forty
 * feeds, some of it copied or retold, and prints the milliseconds of one digest_draft.
 */
#include "wrap/digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NOW 1793923200

static const char config_text[] =
    "publication = { name = \"B\"; from = \"b <b@example.org>\"; address = \"x\"; };\n"
    "topics = ( { name = \"One\"; keywords = [\"zone\", \"cable\", \"river\"]; }, { name = \"Two\"; keywords = [\"court\", "
    "\"market\", \"garden\"]; } );\n"
    "edition = { other = \"Else\"; };\n";

static unsigned seed = 1;

static unsigned
next(unsigned below)
{
	seed = seed * 1103515245U + 12345U;
	return (seed >> 8) % below;
}

/* Common words are common: the smaller of three draws. */
static unsigned
word(void)
{
	unsigned a = next(30000), b = next(30000), c = next(30000);

	a = a < b ? a : b;
	return a < c ? a : c;
}

static void
word_add(struct buf *out, unsigned n)
{
	static const char *const known[] = { "zone", "cable", "river", "court", "market", "garden",
		"the", "of", "and", "said" };
	static const char syllable[] = "balemirotunasevokipadugefohizu";

	if (n < sizeof(known) / sizeof(known[0])) {
		buf_adds(out, known[n]);
		return;
	}
	do {
		buf_add(out, syllable + n % 15 * 2, 2);
		n /= 15;
	} while (n > 0);
}

static void
text_make(struct buf *out, size_t words)
{
	for (size_t i = 0; i < words; i++) {
		bool first = i % 18 == 0;
		size_t at;

		if (i > 0)
			buf_adds(out, first ? i % 72 == 0 ? ".\n\n" : ". " : " ");
		at = out->n;
		word_add(out, word());
		if (first && out->p[at] >= 'a' && out->p[at] <= 'z')
			out->p[at] = (char)(out->p[at] - 32);
	}
	buf_addc(out, '.');
}

static enum wrap_rc
fill(struct store *st, long n, struct wrap_err *err)
{
	struct buf text = BUF_INIT(0), title = BUF_INIT(0);
	enum wrap_rc rc = store_begin(st, err);

	for (long i = 0; rc == WRAP_OK && i < n; i++) {
		char guid[32], url[64], name[16];
		struct feed f = { 0 };
		bool added;
		int64_t id;

		(void)snprintf(name, sizeof(name), "feed%ld", i % 40);
		(void)snprintf(guid, sizeof(guid), "%ld", i);
		(void)snprintf(url, sizeof(url), "https://%s.example/%ld", name, i);
		rc = feed_take(st, name, "https://x.example", &f, err);
		if (i % 10 != 9) { /* every tenth is a copy of the one before */
			buf_reset(&text);
			text_make(&text, 300 + next(150));
		}
		buf_reset(&title);
		for (int k = 0; k < 8; k++) {
			word_add(&title, word());
			buf_addc(&title, ' ');
		}
		if (rc == WRAP_OK)
			rc = article_put(st,
			    &(struct article){ .feed_id = f.id,
				.guid = guid,
				.url = url,
				.title = title.p,
				.text = text.p,
				.published_at = NOW - (int64_t)next(500000),
				.seen_at = NOW - 1000,
				.comments = -1 },
			    &added, &id, err);
		feed_clear(&f);
	}
	buf_clear(&text);
	buf_clear(&title);
	return store_end(st, rc, err);
}

int
main(int argc, char **argv)
{
	char dir[] = "/tmp/wrap-bench-XXXXXX", path[64], cmd[64];
	struct config c;
	struct store *st;
	struct wrap_err err = { 0 };
	struct edition e;
	struct digest_report rep;
	int64_t t0, t1;
	clock_t cpu;
	long n = argc > 1 ? strtol(argv[1], NULL, 10) : 10000;

	if (mkdtemp(dir) == NULL)
		return 71;
	(void)snprintf(path, sizeof(path), "%s/wrap.conf", dir);
	if (file_write(path, SPAN_LIT(config_text), 0600, &err) != WRAP_OK ||
	    config_load(path, &c, &err) != WRAP_OK ||
	    store_open(c.paths.database, STORE_CREATE, &st, &err) != WRAP_OK ||
	    fill(st, n, &err) != WRAP_OK) {
		fprintf(stderr, "%s\n", err.text);
		return 71;
	}
	t0 = clock_monotonic_ms();
	cpu = clock();
	if (digest_draft(st, &c, "2026-W45", NOW, &e, &rep, &err) != WRAP_OK) {
		fprintf(stderr, "%s\n", err.text);
		return 71;
	}
	t1 = clock_monotonic_ms();
	cpu = clock() - cpu;
	printf(
	    "draft from %ld articles: %lld ms, %lld of them processor time (%zu on the bench, %zu "
	    "chosen)\n",
	    n, (long long)(t1 - t0), (long long)cpu * 1000 / CLOCKS_PER_SEC, rep.candidates,
	    rep.chosen);
	edition_clear(&e);
	store_close(&st);
	config_free(&c);
	(void)snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	return system(cmd) == 0 ? 0 : 71;
}
