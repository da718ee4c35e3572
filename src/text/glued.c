/*
 * Stops without a blank behind them: two sentences whose blank was lost, or the inside of a name.
 */
#include "text/sentence.h"

static const char top_domains[] = "com org net info biz edu gov mil int io co ai me tv app dev uk "
				  "us de fr eu es it nl jp cn ru in ca au br "
				  "ch se no pl xyz online shop site html php js py asp exe txt pdf "
				  "arpa name pro mobi museum cat jobs tel "
				  "asia post xxx nz at be cz dk fi gr hu ie il ir is kr lt lu lv "
				  "mx my pt ro rs sg si sk th tr tw ua vn za "
				  "blog cloud club design email group life live link media news "
				  "one online page press shop store tech top "
				  "web website wiki work world zone json xml yml yaml conf cfg ini "
				  "log md rs go java cpp rb sh sql css ts";

/* "17h15.La suite": a number before a glued stop, and a word that usually opens a sentence after it. */
static bool
is_after_number(const struct stretch *s, const struct stop *t)
{
	struct around a;

	if (t->at == s->b || t->at[-1] < '0' || t->at[-1] > '9')
		return false;
	around_after(s, t->end, &a);
	return a.opener && a.next_n > 1;
}

/* Text whose blank was lost: "crisis.The" parts; "Booking.com", "Node.js", "v2.0", "e.g.This" do not. */
bool
stop_is_glued(const struct stretch *s, const struct stop *t)
{
	const char *b = t->at, *q = t->end, *w;
	size_t letters = 0, n;
	uint32_t cp;
	char low[WORD_MAX];
	bool quoted = b > s->b && (b[-1] == '"' || cp_before(s->b, b, &n) == 0xBB);

	if (t->kind == STOP_ELLIPSIS || t->end != t->at + 1)
		return false;
	if (quoted) {
		(void)cp_before(s->b, b, &n);
		b -= n;
	}
	while (b > s->b && letters < 4 && cp_is_letter(cp = cp_before(s->b, b, &n))) {
		if (letters == 0 && !quoted && !cp_is_lower(cp))
			return false;
		b -= n;
		letters++;
	}
	if (letters < 3 && !(b == t->at && is_after_number(s, t)))
		return false;
	if (q < s->e && (*q == '"' || cp_at(q, s->e, &n) == 0x201C || cp_at(q, s->e, &n) == 0xAB)) {
		(void)cp_at(q, s->e, &n);
		q += n;
	}
	w = q;
	if (q >= s->e || !cp_is_upper(cp_at(q, s->e, &n)))
		return false;
	for (q += n, letters = 1; q < s->e && cp_is_letter(cp = cp_at(q, s->e, &n));
	     q += n, letters++)
		if (cp_is_upper(cp) && *w < 0)
			continue; /* a Roman numeral or a name in a script of its own */
		else if (!cp_is_lower(cp) && !(w[0] == 'X' || w[0] == 'V' || w[0] == 'I'))
			return false;
	if (q >= s->e || !(cp_is_space(cp_at(q, s->e, &n)) || *q == ',' || *q == '\'' ||
			     cp_at(q, s->e, &n) == 0x2019))
		return false;
	n = lower_into((struct span){ w, (size_t)(q - w) }, low, sizeof(low));
	return !listed(top_domains, low, n);
}
