/*
 * Speed of sentences, words and summaries over a text file: digest_inspect sentences|words|summary FILE LANG ROUNDS.
 * Prints MB/s (or ms an article, texts parted by a form feed) and a count, so that the work cannot be optimised away.
 */
#include "wrap/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
main(int argc, char **argv)
{
	struct buf text = BUF_INIT(0);
	struct words *w = words_new();
	struct wrap_err err;
	long rounds;
	size_t count = 0;
	int64_t t0, t1;

	if (argc != 5 || w == NULL || file_read(argv[2], (size_t)64 << 20, &text, &err) != WRAP_OK)
		return 64;
	rounds = strtol(argv[4], NULL, 10);
	t0 = clock_monotonic_ms();
	for (long i = 0; i < rounds; i++) {
		struct sentences s = { 0 };
		struct terms t = { 0 };

		if (strcmp(argv[1], "sentences") == 0) {
			if (sentences_split(w, argv[3], buf_span(&text), &s, &err) != WRAP_OK)
				return 1;
			count += s.n;
		} else {
			if (words_terms(w, argv[3], buf_span(&text), &t, &err) != WRAP_OK)
				return 1;
			count += t.n;
		}
		sentences_clear(&s);
		terms_clear(&t);
	}
	t1 = clock_monotonic_ms();
	printf("%s: %.1f MB/s, %zu found a round\n", argv[1],
	    (double)text.n * (double)rounds / 1e3 / (double)(t1 > t0 ? t1 - t0 : 1),
	    count / (size_t)rounds);
	buf_clear(&text);
	words_free(&w);
	return 0;
}
