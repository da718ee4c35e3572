/*
 * A page on a terminal, or as plain text when there is none: the width of the window, colours only for
 * eyes, bars of eighths of a column.
 */
#include "sheet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define LABEL_MAX 30
#define FACT_MAX 20
#define BAR_MIN 10
#define BAR_MAX 60

static bool
names_utf8(const char *locale)
{
	struct span s = span_of(locale);

	return span_ifind(s, SPAN_LIT("utf-8")) != (size_t)-1 ||
	       span_ifind(s, SPAN_LIT("utf8")) != (size_t)-1;
}

/* Only a terminal can be in want of another alphabet: files and pipes are UTF-8. */
static bool
wants_unicode(bool terminal)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	if (!terminal)
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *v = getenv(names[i]);

		if (v != NULL && v[0] != '\0')
			return names_utf8(v);
	}
	return false;
}

void
sheet_look_of(FILE *f, struct sheet_look *out)
{
	bool terminal = isatty(fileno(f)) == 1;
	const char *columns = getenv("COLUMNS"), *term = getenv("TERM"), *no = getenv("NO_COLOR");
	struct winsize w;

	*out = (struct sheet_look){
		.width = 80, .terminal = terminal, .unicode = wants_unicode(terminal)
	};
	out->colours = terminal && (no == NULL || no[0] == '\0') &&
		       (term == NULL || strcmp(term, "dumb") != 0);
	if (terminal && ioctl(fileno(f), TIOCGWINSZ, &w) == 0 && w.ws_col > 0)
		out->width = w.ws_col;
	else if (columns != NULL && strtol(columns, NULL, 10) > 0)
		out->width = (size_t)strtol(columns, NULL, 10);
	if (out->width < 40)
		out->width = 40;
}

/* ---- pieces ------------------------------------------------------------------------------------------ */

static const char *
tone_on(const struct sheet_look *l, enum sheet_tone tone)
{
	static const char *const codes[] = { [SHEET_PLAIN] = "\033[36m",
		[SHEET_GOOD] = "\033[32m",
		[SHEET_WARN] = "\033[33m",
		[SHEET_BAD] = "\033[31m",
		[SHEET_QUIET] = "\033[2m" };

	return l->colours ? codes[tone] : "";
}

static const char *
off(const struct sheet_look *l)
{
	return l->colours ? "\033[0m" : "";
}

static void
add_times(struct buf *b, const char *glyph, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_adds(b, glyph);
}

/* Text, cut or filled to so many columns. */
static void
add_cell(struct buf *b, const char *text, size_t columns)
{
	struct span s = span_of(text);
	size_t used = utf8_columns(s);

	if (used > columns) {
		size_t at = 0, wide = 0, len;

		while (at < s.n) {
			uint32_t cp = utf8_decode(s.p + at, s.n - at, &len);
			size_t w = (size_t)utf8_width(cp);

			if (wide + w + 1 > columns)
				break;
			wide += w;
			at += len;
		}
		buf_add(b, s.p, at);
		buf_adds(b, "…");
		used = wide + 1;
	} else {
		buf_addspan(b, s);
	}
	add_times(b, " ", columns > used ? columns - used : 0);
}

/* What tells the parts of a stacked bar apart without colours too. */
static const char *
part_glyph(const struct sheet_look *l, size_t part)
{
	static const char *const blocks[SHEET_SERIES] = { "█", "▓", "▒", "░" };
	static const char *const plain[SHEET_SERIES] = { "#", "=", "-", "." };

	return l->unicode ? blocks[part] : plain[part];
}

/* ---- charts -------------------------------------------------------------------------------------------- */

struct layout {
	size_t label, value, bar;
};

static void
lay_out(const struct sheet *p, size_t chart, const struct sheet_look *l, struct layout *out)
{
	size_t note = 0;

	*out = (struct layout){ .label = 4, .value = 1 };
	for (size_t i = chart + 1; i < p->n && p->v[i].kind == SHEET_BAR; i++) {
		const struct sheet_item *it = &p->v[i];
		size_t n = utf8_columns(span_of(it->label));
		size_t v = utf8_columns(span_of(it->number));

		if (n > out->label)
			out->label = n > LABEL_MAX ? LABEL_MAX : n;
		if (v > out->value)
			out->value = v;
		n = utf8_columns(span_of(it->text));
		if (n > note)
			note = n;
	}
	/* two blanks before each column */
	out->bar = l->width > out->label + out->value + note + 8 + BAR_MIN
		       ? l->width - out->label - out->value - note - 8
		       : BAR_MIN;
	if (out->bar > BAR_MAX)
		out->bar = BAR_MAX;
}

/* Eighths of a column, so that small differences show; what is not zero is never drawn as nothing. */
static size_t
add_single(struct buf *b, const struct sheet_look *l, int64_t value, int64_t full, size_t columns)
{
	static const char *const eighths[] = { "", "▏", "▎", "▍", "▌", "▋", "▊", "▉" };
	size_t n =
	    full > 0 ? (size_t)((double)value / (double)full * (double)columns * 8 + 0.5) : 0;

	if (n == 0 && value > 0)
		n = 1;
	if (!l->unicode) {
		n = n < 8 && value > 0 ? 1 : n / 8;
		add_times(b, "#", n);
		return n;
	}
	add_times(b, "█", n / 8);
	buf_adds(b, eighths[n % 8]);
	return n / 8 + (n % 8 != 0);
}

static size_t
add_stack(struct buf *b, const struct sheet_look *l, const struct sheet_item *it, int64_t full,
    size_t columns)
{
	size_t used = 0;
	int64_t sum = 0;

	for (size_t i = 0; i < it->n_series; i++) {
		size_t end;

		sum += it->parts[i];
		end = full > 0 ? (size_t)((double)sum / (double)full * (double)columns + 0.5) : 0;
		if (end <= used && it->parts[i] > 0 && used < columns)
			end = used + 1;
		if (end <= used)
			continue;
		buf_adds(b, tone_on(l, it->series[i].tone));
		add_times(b, part_glyph(l, i), end - used);
		buf_adds(b, off(l));
		used = end;
	}
	return used;
}

static void
add_bar(struct buf *b, const struct sheet_look *l, const struct sheet_item *it, int64_t full,
    const struct layout *at)
{
	size_t used, wide = utf8_columns(span_of(it->number));

	buf_adds(b, "  ");
	add_cell(b, it->label, at->label);
	add_times(b, " ", 2 + at->value - wide);
	buf_adds(b, it->number);
	if (it->total == 0 && it->text[0] == '\0') {
		buf_addc(b, '\n');
		return;
	}
	buf_adds(b, "  ");
	if (it->n_series == 1) {
		buf_adds(b, tone_on(l, it->series[0].tone));
		used = add_single(b, l, it->total, full, at->bar);
		buf_adds(b, off(l));
	} else {
		used = add_stack(b, l, it, full, at->bar);
	}
	if (it->text[0] != '\0') {
		add_times(b, " ", at->bar + 2 - used);
		buf_adds(b, it->text);
	}
	buf_addc(b, '\n');
}

/* The axis: where zero is, and what the end of it stands for. */
static void
add_axis(struct buf *b, const struct sheet_look *l, int64_t full, const char *number,
    const struct layout *at)
{
	size_t len = utf8_columns(span_of(number));

	if (full == 0 || at->bar < len + 2)
		return;
	buf_adds(b, tone_on(l, SHEET_QUIET));
	add_times(b, " ", at->label + at->value + 6);
	buf_addc(b, '0');
	add_times(b, l->unicode ? "┈" : ".", at->bar - len - 1);
	buf_addf(b, "%s%s\n", number, off(l));
}

static void
add_chart(struct buf *b, const struct sheet_look *l, const struct sheet *p, size_t chart)
{
	const struct sheet_item *c = &p->v[chart];
	struct layout at;
	size_t i;

	lay_out(p, chart, l, &at);
	if (c->label[0] != '\0')
		buf_addf(b, "  %s\n", c->label);
	if (c->n_series > 1) {
		buf_adds(b, " ");
		for (i = 0; i < c->n_series; i++)
			buf_addf(b, " %s%s%s %s", tone_on(l, c->series[i].tone), part_glyph(l, i),
			    off(l), sheet_say(p, c->series[i].name));
		buf_addc(b, '\n');
	}
	for (i = chart + 1; i < p->n && p->v[i].kind == SHEET_BAR; i++)
		add_bar(b, l, &p->v[i], c->full, &at);
	if (i > chart + 1)
		add_axis(b, l, c->full, c->number, &at);
}

/* ---- the page --------------------------------------------------------------------------------------------- */

/* Text after a label, wrapped under itself. */
static void
add_text(struct buf *b, const struct sheet_look *l, const char *label, size_t columns,
    const struct sheet_item *it)
{
	struct buf lead = BUF_INIT(4096), body = BUF_INIT(1 << 16);
	bool coloured = it->tone != SHEET_PLAIN;

	buf_adds(&lead, "  ");
	if (columns > 0) {
		add_cell(&lead, label, columns);
		buf_adds(&lead, "  ");
	}
	/* Wrapped without its label and its colour, whose bytes are no columns. */
	text_wrap(span_of(it->text), l->width - (columns > 0 ? columns + 4 : 2), "", "", &body);
	for (struct span rest = buf_span(&body), line; span_cut(&rest, '\n', &line);) {
		if (line.n == 0)
			continue;
		buf_adds(b, buf_str(&lead));
		buf_adds(b, coloured ? tone_on(l, it->tone) : "");
		buf_addspan(b, line);
		buf_addf(b, "%s\n", coloured ? off(l) : "");
		buf_truncate(&lead, 0);
		add_times(&lead, " ", columns > 0 ? columns + 4 : 2);
	}
	buf_clear(&lead);
	buf_clear(&body);
}

/* The label column of the facts that stand together with item i. */
static size_t
fact_columns(const struct sheet *p, size_t i)
{
	size_t widest = 0;

	while (i > 0 && p->v[i - 1].kind == SHEET_FACT)
		i--;
	for (; i < p->n && p->v[i].kind == SHEET_FACT; i++) {
		size_t n = utf8_columns(span_of(p->v[i].label));

		if (n > widest)
			widest = n;
	}
	return widest > FACT_MAX ? FACT_MAX : widest;
}

enum wrap_rc
sheet_print(const struct sheet *p, const struct sheet_look *l, FILE *f, struct wrap_err *err)
{
	struct buf b = BUF_INIT(1 << 22);
	enum wrap_rc rc;

	buf_addf(&b, "%s%s%s", l->colours ? "\033[1m" : "", p->title, off(l));
	buf_addf(&b, "%s%s\n", p->subtitle[0] == '\0' ? "" : "  ", p->subtitle);
	for (size_t i = 0; i < p->n; i++) {
		const struct sheet_item *it = &p->v[i];

		switch (it->kind) {
		case SHEET_SECTION:
			buf_addf(&b, "\n%s%s%s\n", l->colours ? "\033[1m" : "", it->label, off(l));
			break;
		case SHEET_FACT: add_text(&b, l, it->label, fact_columns(p, i), it); break;
		case SHEET_NOTE: add_text(&b, l, "", 0, it); break;
		case SHEET_CHART: add_chart(&b, l, p, i); break;
		case SHEET_BAR: break; /* drawn with its chart */
		}
	}
	rc = buf_rc(&b, err);
	if (rc == WRAP_OK && fwrite(b.p, 1, b.n, f) != b.n)
		rc = wrap_fail_errno(err, "write");
	buf_clear(&b);
	return rc;
}
