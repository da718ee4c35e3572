/*
 * How far a mistyped word is from the right one (Levenshtein's distance), for "did you mean".
 */
#include "wrap/base.h"

#include <string.h>

#define LETTERS 64

size_t
letters_apart(const char *a, const char *b)
{
	size_t row[LETTERS + 1], n = strlen(a), m = strlen(b);

	if (n > LETTERS || m > LETTERS)
		return n + m;
	for (size_t j = 0; j <= m; j++)
		row[j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t corner = row[0], up;

		row[0] = i;
		for (size_t j = 1; j <= m; j++) {
			char x = a[i - 1], y = b[j - 1];
			size_t cost = (x | 32) == (y | 32) ? corner : corner + 1;

			up = row[j];
			row[j] = up + 1 < row[j - 1] + 1 ? up + 1 : row[j - 1] + 1;
			row[j] = cost < row[j] ? cost : row[j];
			corner = up;
		}
	}
	return row[m];
}

void
nearest_try(struct nearest *n, const char *word)
{
	size_t apart = letters_apart(n->typed, word), len = strlen(n->typed);
	bool begins = len >= 3 && strncmp(n->typed, word, len) == 0;

	if (begins)
		apart = 1;
	/* A third of a word may be wrong, and two letters of one that is not very short. */
	if (apart > (len < 4 ? 1 : len < 9 ? 2 : len / 3))
		return;
	if (n->word == NULL || apart < n->apart) {
		n->word = word;
		n->apart = apart;
	}
}
