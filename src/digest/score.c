/*
 * Scores: what each sentence of an article is worth to a summary, from features of its place, its words and its
 * looks. Position counts most. The weights were fitted on news in English, French and Portuguese.
 */
#include "digest/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RANK_ROUNDS 60

/* Phrases that only furniture has: such a sentence is never chosen. In lower case. */
static const char *const furniture[] = { "click here", "read more", "sign up for",
	"all rights reserved", "scroll down", "photo:", "photograph:", "image:", "photo by",
	"follow us", "our newsletter", "(pictured", "\xC2\xA9", "appeared first on",
	"continue reading", "subscribe to", "lire aussi", "cliquez", "leia mais", "clique aqui",
	"hier klicken", "weiterlesen", "lees meer", "leggi anche", "leer más", "haz clic" };
/* Words that make one likely. */
static const char *const furniture_words[] = { "copyright", "newsletter", "pictured", "cookie",
	"advertis", "subscribe", "sign up", "à lire", "clique", "abonnieren" };

static bool
has_any(struct span s, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (span_ifind(s, span_of(list[i])) != (size_t)-1)
			return true;
	return false;
}

#define HAS_ANY(s, list) has_any(s, list, sizeof(list) / sizeof((list)[0]))

static double
max_of(const double *v, size_t n)
{
	double m = 0;

	for (size_t i = 0; i < n; i++)
		if (v[i] > m)
			m = v[i];
	return m > 0 ? m : 1;
}

/* Cosine to the sum of all sentences. */
static void
centrality(const struct doc *d, double *out, double *sum)
{
	double z = 0;

	for (size_t k = 0; k < d->at[d->n]; k++)
		sum[d->v[k].term] += d->v[k].w;
	for (size_t t = 0; t < d->n_terms; t++)
		z += sum[t] * sum[t];
	z = z > 0 ? sqrt(z) : 1;
	for (size_t i = 0; i < d->n; i++) {
		out[i] = 0;
		for (size_t k = d->at[i]; k < d->at[i + 1]; k++)
			out[i] += d->v[k].w * sum[d->v[k].term] / z;
	}
}

/* PageRank on the likeness of sentences (LexRank, continuous). */
static void
page_rank(const struct doc *d, double *p)
{
	double next[DOC_SENTENCES], sum[DOC_SENTENCES], n = (double)d->n, change = 1;

	for (size_t i = 0; i < d->n; i++) {
		p[i] = 1 / n;
		sum[i] = -1;
		for (size_t j = 0; j < d->n; j++)
			sum[i] += d->sim[i][j];
	}
	for (int round = 0; round < RANK_ROUNDS && change > 1e-6; round++) {
		double lost = 0;

		for (size_t i = 0; i < d->n; i++)
			next[i] = 0;
		for (size_t i = 0; i < d->n; i++) {
			double k = sum[i] > 1e-12 ? 0.85 * p[i] / sum[i] : 0;

			if (k == 0) {
				lost += 0.85 * p[i] / n;
				continue;
			}
			for (size_t j = 0; j < d->n; j++)
				next[j] += k * d->sim[i][j];
			next[i] -= k;
		}
		change = 0;
		for (size_t i = 0; i < d->n; i++) {
			next[i] += 0.15 / n + lost;
			change += fabs(next[i] - p[i]);
			p[i] = next[i];
		}
	}
}

/* Which local terms the title, or the first two sentences, have; the sum of their idf. */
static double
mark_head(const struct doc *d, bool *head)
{
	double z = 0;

	for (size_t k = d->at[0]; k < d->at[d->n < 2 ? d->n : 2]; k++)
		head[d->v[k].term] = true;
	for (size_t t = 0; t < d->n_terms; t++)
		z += head[t] ? d->idf[t] : 0;
	return z > 0 ? z : 1;
}

static enum wrap_rc
mark_title(struct words *w, const char *lang, const char *title, const struct doc *d, bool *mark,
    double *sum, struct wrap_err *err)
{
	struct terms t = { 0 };
	enum wrap_rc rc = words_terms(w, lang, span_of(title), &t, err);

	*sum = 0;
	for (size_t i = 0; i < t.n; i++) {
		int k = doc_find(d, t.v[i]);

		if (k >= 0 && !mark[k]) {
			mark[k] = true;
			*sum += d->idf[k];
		}
	}
	if (*sum <= 0)
		*sum = 1;
	terms_clear(&t);
	return rc;
}

static double
covered(const struct doc *d, size_t i, const bool *mark, double sum)
{
	double c = 0;

	for (size_t k = d->at[i]; k < d->at[i + 1]; k++)
		c += mark[d->v[k].term] ? d->idf[d->v[k].term] : 0;
	return c / sum;
}

static double
mean_frequency(const struct doc *d, size_t i)
{
	double f = 0, n = 0;

	for (size_t k = d->at[i]; k < d->at[i + 1]; k++) {
		f += (double)d->total[d->v[k].term] / (double)d->n_all * d->v[k].tf;
		n += d->v[k].tf;
	}
	return f / (n > 4 ? n : 4);
}

static bool
starts(struct span s, const char *what)
{
	size_t n = strlen(what);

	return s.n >= n && memcmp(s.p, what, n) == 0;
}

static bool
is_quote(struct span s)
{
	return starts(s, "\"") || starts(s, "'") || starts(s, "\xE2\x80\x9C") ||
	       starts(s, "\xC2\xAB") || starts(s, "\xE2\x80\x98");
}

/* "- ", "* ", a bullet, "3. ". */
static bool
is_item(struct span s)
{
	size_t i = 0;

	if (starts(s, "- ") || starts(s, "* ") || starts(s, "\xE2\x80\xA2") ||
	    starts(s, "\xE2\x80\x93 ") || starts(s, "\xE2\x80\x94 "))
		return true;
	while (i < s.n && i < 3 && s.p[i] >= '0' && s.p[i] <= '9')
		i++;
	return i > 0 && i + 1 < s.n && (s.p[i] == '.' || s.p[i] == ')') && s.p[i + 1] == ' ';
}

/* "Victim: ...", "Pictured here: ...": up to three words and a colon, as captions and labels have them. */
static bool
is_label(struct span s)
{
	size_t words = 1;

	if (s.n == 0 || !text_is_capital(s))
		return false;
	for (size_t i = 0; i + 1 < s.n && words <= 3; i++) {
		if (s.p[i] == ':')
			return s.p[i + 1] == ' ';
		if (s.p[i] == ' ')
			words++;
		else if (strchr("\"(,.;0123456789", s.p[i]) != NULL)
			return false;
	}
	return false;
}

static struct span
bare_word(struct span t)
{
	static const char edges[] = ".,;:!?\"'()";
	bool more = true;

	while (t.n > 0 && strchr(edges, t.p[0]) != NULL && t.p[0] != '\0') {
		t.p++;
		t.n--;
	}
	while (t.n > 0 && strchr(edges, t.p[t.n - 1]) != NULL && t.p[t.n - 1] != '\0')
		t.n--;
	while (more) {
		more = false;
		if (t.n > 2 && (is_quote(t) || starts(t, "\xE2\x80\x9D"))) {
			size_t n = (unsigned char)t.p[0] == 0xC2 ? 2 : 3;

			t.p += n;
			t.n -= n;
			more = true;
		}
	}
	return t;
}

static void
look(struct words *w, const char *lang, struct span s, struct looks *l)
{
	const char *e = s.p + s.n;
	size_t caps = 0;

	*l = (struct looks){ .quote = is_quote(s),
		.furniture = HAS_ANY(s, furniture),
		.complete = trim_is_complete(s) };
	l->bad = l->furniture || HAS_ANY(s, furniture_words);
	l->furniture = l->furniture || is_item(s);
	l->half = !trim_is_balanced(s);
	for (const char *p = s.p; p < e;) {
		const char *b;
		struct span t;
		unsigned flags;

		while (p < e && (unsigned char)*p <= ' ')
			p++;
		for (b = p; p < e && (unsigned char)*p > ' '; p++)
			l->digit |= *p >= '0' && *p <= '9';
		if (p == b)
			break;
		t = bare_word((struct span){ b, (size_t)(p - b) });
		flags = words_flags(w, lang, t);
		l->cue |= (flags & WORD_CUE) != 0;
		if (l->words++ == 0) {
			l->leans = (flags & WORD_PRONOUN) != 0;
			l->points = (flags & WORD_POINTER) != 0;
			for (size_t i = 0; i < t.n; i++) /* "C'est", "It's" */
				if (t.p[i] == '\'' ||
				    starts((struct span){ t.p + i, t.n - i }, "\xE2\x80\x99"))
					l->leans |= (words_flags(w, lang, (struct span){ t.p, i }) &
							WORD_PRONOUN) != 0;
		} else {
			caps += text_is_capital((struct span){ b, (size_t)(p - b) });
		}
	}
	/* "It's one of the best loved books in American literature": it names what it points to. */
	l->points = l->points && caps > 0;
	l->caps = l->words > 1 ? (double)caps / (double)(l->words - 1) : 0;
	while (s.n > 0 && strchr("\"' )", s.p[s.n - 1]) != NULL)
		s.n--;
	if (s.n > 3 && memcmp(s.p + s.n - 3, "\xE2\x80\x9D", 3) == 0)
		s.n -= 3;
	l->question = s.n > 0 && s.p[s.n - 1] == '?';
}

/* Quotation marks open at the end of s, when so many were before it; -1: a low one. Straight ones pair in their order. */
static int
quotes_open(struct span s, int open)
{
	for (size_t i = 0; i < s.n; i++) {
		struct span rest = { s.p + i, s.n - i };

		if (s.p[i] == '"')
			open = open > 0 ? open - 1 : 1;
		else if (starts(rest, "\xE2\x80\x9E")) /* closed by what opens one in English */
			open = -1;
		else if (open < 0 && starts(rest, "\xE2\x80\x9C"))
			open = 0;
		else if (starts(rest, "\xE2\x80\x9C") || starts(rest, "\xC2\xAB"))
			open++;
		else if ((starts(rest, "\xE2\x80\x9D") || starts(rest, "\xC2\xBB")) && open > 0)
			open--;
	}
	return open;
}

/* A sentence in the middle of somebody's words says not who speaks. */
static void
mark_speech(const struct doc *d, struct looks *l)
{
	int open = 0;

	for (size_t i = 0; i < d->n; i++) {
		if (i > 0 && d->list.v[i].paragraph != d->list.v[i - 1].paragraph)
			open = 0;
		if (open != 0)
			l[i].speech = true;
		open = quotes_open(d->list.v[i].text, open);
	}
}

static double
score_one(const struct doc *d, size_t i, const struct looks *l, double central, double rank,
    double basic, double title, double head)
{
	double n = (double)d->n, s;

	s = 0.369 / (double)(1 + i) + 0.0125 * (1 - (double)i / n) + 0.079 * title +
	    0.075 * central + 0.069 * rank + 0.168 * basic + 0.05 * l->caps;
	if (i > 1)
		s += 0.227 * head;
	s += d->list.v[i].paragraph == d->list.v[0].paragraph ? 0.019 : 0;
	s += l->words < 8 ? 0.041 : 0;
	s += l->digit ? 0.016 : 0;
	s += l->cue ? 0.014 : 0;
	s -= 0.071 * (double)(l->words < 30 ? l->words : 30) / 30;
	s -= l->words > 40 ? 0.121 : 0;
	s -= l->quote || l->speech ? 0.073 : 0;
	s -= l->bad ? 0.034 : 0;
	s -= i == 0 ? 0.028 : 0;
	s -= l->leans ? 0.010 : 0;
	s -= l->question ? 0.290 : 0;
	return s;
}

enum wrap_rc
score_all(struct words *w, const char *lang, const char *title, const struct doc *d,
    struct scored *out, struct wrap_err *err)
{
	double central[DOC_SENTENCES], rank[DOC_SENTENCES], basic[DOC_SENTENCES], *sum,
	    title_sum = 1, head_sum = 1;
	bool *mark;
	enum wrap_rc rc = WRAP_OK;

	sum = calloc(d->n_terms + 1, sizeof(*sum));
	mark = calloc((d->n_terms + 1) * 2, sizeof(*mark));
	if (sum == NULL || mark == NULL) {
		rc = wrap_fail(err, WRAP_ENOMEM, "no memory for a summary");
	} else {
		rc = mark_title(w, lang, title, d, mark, &title_sum, err);
		head_sum = mark_head(d, mark + d->n_terms + 1);
		centrality(d, central, sum);
		page_rank(d, rank);
		for (size_t i = 0; i < d->n; i++)
			basic[i] = mean_frequency(d, i);
	}
	for (size_t i = 0; rc == WRAP_OK && i < d->n; i++) {
		look(w, lang, d->list.v[i].text, &out->looks[i]);
		if (i > 0 && is_label(d->list.v[i].text))
			out->looks[i].furniture = true;
	}
	if (rc == WRAP_OK)
		mark_speech(d, out->looks);
	for (size_t i = 0; rc == WRAP_OK && i < d->n; i++) {
		out->score[i] = score_one(d, i, &out->looks[i], central[i] / max_of(central, d->n),
		    rank[i] / max_of(rank, d->n), basic[i] / max_of(basic, d->n),
		    covered(d, i, mark, title_sum), covered(d, i, mark + d->n_terms + 1, head_sum));
		out->order[i] = i;
	}
	free(sum);
	free(mark);
	for (size_t i = 1; rc == WRAP_OK && i < d->n;
	     i++) /* insertion keeps the earlier of two equals first */
		for (size_t k = i;
		     k > 0 && out->score[out->order[k]] > out->score[out->order[k - 1]]; k--) {
			size_t t = out->order[k];

			out->order[k] = out->order[k - 1];
			out->order[k - 1] = t;
		}
	return rc;
}
