/*
 * A page as one HTML file that needs nothing else: charts are SVG in it, colours follow the reader's light
 * or dark screen, and it prints well. No script.
 */
#include "sheet.h"

#include <string.h>

/* The drawing's own units; the browser scales it to the column. */
#define WIDE 760
#define SIDE 150  /* right of the longest bar: its number and note */
#define GLYPH 7.2 /* about the width of a letter */
#define LABEL_COLUMNS 40
#define ROW 26
#define HEAD 24 /* numbers of the axis */
#define TICKS 4

static const char *const tone_class[] = { [SHEET_PLAIN] = "plain",
	[SHEET_GOOD] = "good",
	[SHEET_WARN] = "warn",
	[SHEET_BAD] = "bad",
	[SHEET_QUIET] = "quiet" };

static const char style[] =
    ":root{--paper:#fff;--text:#20262e;--muted:#5a6472;--line:#d9dee5;--plain:#2f6db3;--good:#2e8050;"
    "--warn:#b7791f;--bad:#b3372f;--quiet:#9aa4b1}\n"
    "@media screen and (prefers-color-scheme:dark){:root{--paper:#15181d;--text:#dfe3e8;--muted:#a3acb8;"
    "--line:#39404a;--plain:#6ea8e8;--good:#5cb683;--warn:#e0a94a;--bad:#f08a80;--quiet:#6c7685}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;padding:32px 20px 48px;max-width:820px;background:var(--paper);color:var(--text);"
    "font:16px/1.5 system-ui,-apple-system,\"Segoe UI\",Roboto,\"DejaVu Sans\",sans-serif}\n"
    "h1{font-size:28px;line-height:1.2;margin:0}\n"
    "h1+p{margin:4px 0 0;color:var(--muted)}\n"
    "h2{font-size:19px;margin:32px 0 10px;padding-bottom:6px;border-bottom:2px solid var(--line)}\n"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 20px;margin:0}\n"
    "dt{color:var(--muted)}dd{margin:0;overflow-wrap:anywhere}p{margin:8px 0}\n"
    "figure{margin:16px 0;break-inside:avoid}figcaption{color:var(--muted);font-size:14px}\n"
    "svg{display:block;width:100%;height:auto;margin-top:6px}\n"
    "svg text{font-size:13px;fill:var(--text);font-variant-numeric:tabular-nums}\n"
    "svg .axis{fill:var(--muted);font-size:12px}svg line{stroke:var(--line)}\n"
    "svg .note{fill:var(--muted)}\n"
    "rect.plain{fill:var(--plain)}rect.good{fill:var(--good)}rect.warn{fill:var(--warn)}"
    "rect.bad{fill:var(--bad)}rect.quiet{fill:var(--quiet)}\n"
    ".good{color:var(--good)}.warn{color:color-mix(in srgb,var(--warn) 75%,var(--text))}.bad{color:var(--bad)}.quiet{color:var(--muted)}\n"
    ".key{display:inline-block;margin-right:14px}.key svg{display:inline-block;width:11px;height:11px;"
    "margin:0 5px 0 0}\n"
    "@page{margin:18mm 16mm}\n"
    "@media print{body{padding:0;max-width:none;font-size:11pt}h2{break-after:avoid}"
    "rect,svg{print-color-adjust:exact;-webkit-print-color-adjust:exact}}\n";

static void
add_escaped(struct buf *b, const char *text)
{
	escape_html(span_of(text), b);
}

/* A step of 1, 2 or 5 times a power of ten, so that at most TICKS of them reach full. */
static int64_t
nice_step(int64_t full)
{
	int64_t step = 1;

	for (;;) {
		if (step * TICKS >= full)
			return step;
		if (step * 2 * TICKS >= full)
			return step * 2;
		if (step * 5 * TICKS >= full)
			return step * 5;
		step *= 10;
	}
}

static size_t
count_bars(const struct sheet *p, size_t chart)
{
	size_t i = chart + 1;

	while (i < p->n && p->v[i].kind == SHEET_BAR)
		i++;
	return i - chart - 1;
}

/* Where the bars begin and how long the longest is, in units of the drawing. */
struct scale {
	double left, width;
	int64_t step, end;
};

static void
find_scale(const struct sheet *p, size_t chart, size_t bars, struct scale *out)
{
	const struct sheet_item *c = &p->v[chart];
	size_t widest = 8;

	for (size_t i = 0; i < bars; i++) {
		size_t n = utf8_columns(span_of(p->v[chart + 1 + i].label));

		widest = n > widest ? n : widest;
	}
	widest = widest > LABEL_COLUMNS ? LABEL_COLUMNS : widest;
	out->left = (double)widest * GLYPH + 16;
	out->width = WIDE - SIDE - out->left;
	out->step = nice_step(c->full > 0 ? c->full : 1);
	out->end = (c->full + out->step - 1) / out->step * out->step;
	if (out->end == 0)
		out->end = out->step;
}

static void
add_axis(struct buf *b, const struct scale *s, size_t bars)
{
	char number[SHEET_NUMBER];

	for (int64_t at = 0; at <= s->end; at += s->step) {
		double x = s->left + (double)at / (double)s->end * s->width;

		buf_addf(b, "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%zu\"/>", x, HEAD - 4, x,
		    HEAD + bars * ROW);
		buf_addf(b,
		    "<text class=\"axis\" x=\"%.1f\" y=\"14\" text-anchor=\"middle\">%s</text>\n",
		    x, sheet_number(at, number));
	}
}

static void
add_label(struct buf *b, const char *label, size_t y)
{
	static const size_t most = LABEL_COLUMNS;
	struct span s = span_of(label);
	size_t at = 0, columns = 0, len;

	buf_addf(b, "<text x=\"0\" y=\"%zu\">", y);
	if (utf8_columns(s) <= most) {
		add_escaped(b, label);
	} else {
		while (at < s.n && columns < most - 1) {
			columns += (size_t)utf8_width(utf8_decode(s.p + at, s.n - at, &len));
			at += len;
		}
		escape_html((struct span){ s.p, at }, b);
		buf_adds(b, "…");
	}
	buf_adds(b, "</text>");
}

static void
add_bar(struct buf *b, const struct sheet_item *it, const struct scale *s, size_t row)
{
	size_t top = HEAD + row * ROW;
	char number[SHEET_NUMBER];
	double x = s->left;

	buf_adds(b, "<g><title>");
	add_escaped(b, it->label);
	buf_addf(b, ": %s", sheet_number(it->total, number));
	for (size_t i = 0; it->n_series > 1 && i < it->n_series; i++)
		if (it->parts[i] > 0)
			buf_addf(
			    b, ", %s %s", sheet_number(it->parts[i], number), it->series[i].name);
	buf_adds(b, "</title>");
	add_label(b, it->label, top + 17);
	for (size_t i = 0; i < it->n_series; i++) {
		double w = (double)it->parts[i] / (double)s->end * s->width;

		if (it->parts[i] <= 0)
			continue;
		if (w < 1.5)
			w = 1.5; /* what is not zero can be seen */
		buf_addf(b,
		    "<rect class=\"%s\" x=\"%.1f\" y=\"%zu\" width=\"%.1f\" height=\"%d\"/>",
		    tone_class[it->series[i].tone], x, top + 4, w, ROW - 8);
		x += w;
	}
	buf_addf(b, "<text x=\"%.1f\" y=\"%zu\">%s<tspan class=\"note\" dx=\"10\">", x + 8,
	    top + 17, sheet_number(it->total, number));
	add_escaped(b, it->text);
	buf_adds(b, "</tspan></text></g>\n");
}

static void
add_chart(struct buf *b, const struct sheet *p, size_t chart)
{
	const struct sheet_item *c = &p->v[chart];
	size_t bars = count_bars(p, chart);
	struct scale at;

	find_scale(p, chart, bars, &at);
	buf_adds(b, "<figure><figcaption>");
	add_escaped(b, c->label);
	for (size_t i = 0; c->n_series > 1 && i < c->n_series; i++)
		buf_addf(b,
		    "%s<span class=\"key\"><svg viewBox=\"0 0 10 10\" aria-hidden=\"true\"><rect class=\"%s\" width=\"10\" "
		    "height=\"10\"/></svg>%s</span>",
		    i == 0 && c->label[0] != '\0' ? "<br>" : "", tone_class[c->series[i].tone],
		    c->series[i].name);
	buf_addf(b, "</figcaption>\n<svg viewBox=\"0 0 %d %zu\" role=\"img\" aria-label=\"", WIDE,
	    HEAD + bars * ROW + 4);
	add_escaped(b, c->label);
	buf_adds(b, "\">\n");
	add_axis(b, &at, bars);
	for (size_t i = 0; i < bars; i++)
		add_bar(b, &p->v[chart + 1 + i], &at, i);
	buf_adds(b, "</svg></figure>\n");
}

static void
add_item(struct buf *b, const struct sheet *p, size_t i)
{
	const struct sheet_item *it = &p->v[i];

	switch (it->kind) {
	case SHEET_SECTION:
		buf_adds(b, "<h2>");
		add_escaped(b, it->label);
		buf_adds(b, "</h2>\n");
		break;
	case SHEET_FACT:
		if (i == 0 || p->v[i - 1].kind != SHEET_FACT)
			buf_adds(b, "<dl>\n");
		buf_adds(b, "<dt>");
		add_escaped(b, it->label);
		buf_addf(b, "</dt><dd class=\"%s\">", tone_class[it->tone]);
		add_escaped(b, it->text);
		buf_adds(b, "</dd>\n");
		if (i + 1 == p->n || p->v[i + 1].kind != SHEET_FACT)
			buf_adds(b, "</dl>\n");
		break;
	case SHEET_NOTE:
		buf_addf(b, "<p class=\"%s\">", tone_class[it->tone]);
		add_escaped(b, it->text);
		buf_adds(b, "</p>\n");
		break;
	case SHEET_CHART: add_chart(b, p, i); break;
	case SHEET_BAR: break; /* drawn with its chart */
	}
}

enum wrap_rc
sheet_html(const struct sheet *p, struct buf *out, struct wrap_err *err)
{
	buf_adds(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		      "<meta name=\"robots\" content=\"noindex\">\n<title>");
	add_escaped(out, p->title);
	buf_adds(out, "</title>\n<style>\n");
	buf_adds(out, style);
	buf_adds(out, "</style>\n</head>\n<body>\n<h1>");
	add_escaped(out, p->title);
	buf_adds(out, "</h1>\n<p>");
	add_escaped(out, p->subtitle);
	buf_adds(out, "</p>\n");
	for (size_t i = 0; i < p->n; i++)
		add_item(out, p, i);
	buf_adds(out, "</body>\n</html>\n");
	return buf_rc(out, err);
}
