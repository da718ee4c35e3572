/*
 * Speed of what reads texts: digest_inspect sentences|words|summary|bytes FILE LANG ROUNDS. Texts are parted by form
 * feeds. Prints MB/s, for summaries milliseconds an article, and a count, so that the work cannot be optimised away.
 * bytes is the measure beside the others: it counts the stops of the text, a byte at a time.
 */
#include "wrap/digest.h"
#include "wrap/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Do the work once; -1 on a failure. */
static long
work(struct words *w, const char *what, const char *lang, struct span text)
{
	struct sentences s = { 0 };
	struct terms t = { 0 };
	struct buf b = BUF_INIT(0);
	struct summary_style style = { .words = 60, .sentences = 3 };
	struct wrap_err err;
	enum wrap_rc rc = WRAP_OK;
	long count = 0;

	if (strcmp(what, "bytes") == 0) {
		for (size_t i = 0; i < text.n; i++)
			count += (text.p[i] == '.') | (text.p[i] == '!') | (text.p[i] == '?');
	} else if (strcmp(what, "sentences") == 0) {
		rc = sentences_split(w, lang, text, &s, &err);
		count = (long)s.n;
	} else if (strcmp(what, "words") == 0) {
		rc = words_terms(w, lang, text, &t, &err);
		count = (long)t.n;
	} else {
		struct span article;

		while (rc == WRAP_OK && text.n > 0 && span_cut(&text, '\f', &article)) {
			rc = summary_extract(w, lang, NULL, article, &style, &b, &err);
			count++;
		}
	}
	sentences_clear(&s);
	terms_clear(&t);
	buf_clear(&b);
	return rc == WRAP_OK ? count : -1;
}

int
main(int argc, char **argv)
{
	struct buf text = BUF_INIT(0);
	struct words *w = words_new();
	struct wrap_err err;
	long rounds, count = 0, one;
	double seconds;
	clock_t cpu;

	if (argc != 5 || w == NULL || file_read(argv[2], (size_t)64 << 20, &text, &err) != WRAP_OK)
		return 64;
	rounds = strtol(argv[4], NULL, 10);
	cpu = clock();
	for (long i = 0; i < rounds; i++) {
		one = work(w, argv[1], argv[3], buf_span(&text));
		if (one < 0)
			return 1;
		count += one;
	}
	seconds = (double)(clock() - cpu) / CLOCKS_PER_SEC;
	seconds = seconds > 0 ? seconds : 1e-6;
	if (strcmp(argv[1], "summary") == 0)
		printf("summary: %.2f ms an article, %ld articles a round\n",
		    seconds * 1e3 / (double)count, count / rounds);
	else
		printf("%s: %.1f MB/s, %ld found a round\n", argv[1],
		    (double)text.n * (double)rounds / 1e6 / seconds, count / rounds);
	buf_clear(&text);
	words_free(&w);
	return 0;
}
