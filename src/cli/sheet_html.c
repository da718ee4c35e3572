/*
 * A page as one HTML file that needs nothing else: a chart is a table, whose bars are SVG as wide as their cell,
 * so that it can be read on a phone, by a screen reader and on paper. Colours follow the reader's light or
 * dark screen. No script.
 */
#include "sheet.h"

#include <string.h>

#define TICKS 4
#define LABEL 30

static const char *const tone_class[] = { [SHEET_PLAIN] = "plain",
	[SHEET_GOOD] = "good",
	[SHEET_WARN] = "warn",
	[SHEET_BAD] = "bad",
	[SHEET_QUIET] = "quiet" };

static const char style[] =
    ":root{color-scheme:light dark;--paper:#fff;--text:#20262e;--muted:#5a6472;--line:#d9dee5;--plain:#2f6db3;"
    "--good:#2e8050;--warn:#b7791f;--bad:#b3372f;--quiet:#9aa4b1}\n"
    "@media screen and (prefers-color-scheme:dark){:root{--paper:#15181d;--text:#dfe3e8;--muted:#a3acb8;"
    "--line:#39404a;--plain:#6ea8e8;--good:#5cb683;--warn:#e0a94a;--bad:#f08a80;--quiet:#6c7685}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;padding:32px 20px 48px;max-width:820px;background:var(--paper);color:var(--text);"
    "font:16px/1.5 system-ui,-apple-system,\"Segoe UI\",Roboto,\"DejaVu Sans\",sans-serif;overflow-wrap:anywhere}\n"
    "h1{font-size:28px;line-height:1.2;margin:0}\n"
    "h1+p{margin:4px 0 0;color:var(--muted)}\n"
    "h2{font-size:19px;line-height:1.3;margin:36px 0 10px;padding-bottom:6px;border-bottom:2px solid var(--line)}\n"
    "dl{display:grid;grid-template-columns:fit-content(40%) 1fr;gap:4px 20px;margin:0}\n"
    "dt{color:var(--muted)}dd{margin:0}p{margin:8px 0}\n"
    "table{width:100%;border-collapse:collapse;margin:14px 0 18px;font-size:14px;line-height:1.35;"
    "font-variant-numeric:tabular-nums}\n"
    "caption{text-align:start;color:var(--muted);padding-bottom:6px}\n"
    "tr{break-inside:avoid}th,td{padding:0;font-weight:400;text-align:start;vertical-align:middle}\n"
    "th{padding:4px 12px 4px 0;min-width:min(var(--label) + 12px,34vw)}\n"
    ".plot{width:100%;min-width:80px;border-inline-end:1px solid var(--line);"
    "background:linear-gradient(to right,var(--line) 1px,transparent 1px) 0 0;"
    "print-color-adjust:exact;-webkit-print-color-adjust:exact}\n"
    "thead .plot{border:0;background:none}\n"
    ".n{text-align:end;white-space:nowrap;padding:0 0 0 12px}\n"
    ".note{color:var(--muted);padding-inline-start:10px;white-space:nowrap}\n"
    "svg{display:block;width:100%;overflow:visible}.plot svg{height:16px}\n"
    "svg text{font-size:12px;fill:var(--muted)}\n"
    "rect.plain{fill:var(--plain)}rect.good{fill:var(--good)}rect.warn{fill:var(--warn)}"
    "rect.bad{fill:var(--bad)}rect.quiet{fill:var(--quiet)}\n"
    "rect{print-color-adjust:exact;-webkit-print-color-adjust:exact}\n"
    ".good{color:var(--good)}.warn{color:color-mix(in srgb,var(--warn) 75%,var(--text))}.bad{color:var(--bad)}"
    ".quiet{color:var(--muted)}.plain{color:inherit}\n"
    ".key{display:inline-block;margin-inline-end:14px}.key svg{display:inline-block;width:11px;height:11px;"
    "margin-inline-end:5px}\n"
    "@media screen and (max-width:560px){body{padding:20px 16px 40px}th{padding-inline-end:8px}"
    ".mid{display:none}.n{padding-inline-start:8px}.note{padding-inline-start:6px}}\n"
    "@page{margin:18mm 16mm}\n"
    "@media print{body{padding:0;max-width:none;font-size:11pt}h2,caption{break-after:avoid}}\n";

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

/* What the whole width of a chart stands for: a whole number of steps. */
struct scale {
	int64_t step, end;
	size_t label; /* columns of the widest */
	bool notes;   /* some bar has one */
};

static void
find_scale(const struct sheet *p, size_t chart, size_t bars, struct scale *out)
{
	int64_t full = p->v[chart].full;

	*out = (struct scale){ .step = nice_step(full > 0 ? full : 1) };
	out->end = (full + out->step - 1) / out->step * out->step;
	if (out->end == 0)
		out->end = out->step;
	for (size_t i = 0; i < bars; i++) {
		const struct sheet_item *it = &p->v[chart + 1 + i];
		size_t n = utf8_columns(span_of(it->label));

		out->notes = out->notes || it->text[0] != '\0';
		out->label = n > out->label ? n : out->label;
	}
	if (out->label > LABEL)
		out->label = LABEL; /* more goes into a second line */
}

/* The numbers over the lines; between the first and the last there is no room on a phone. */
static void
add_axis(struct buf *b, struct sheet *p, const struct scale *s)
{
	buf_adds(
	    b, "<thead aria-hidden=\"true\"><tr><td></td><td class=\"plot\"><svg height=\"16\">");
	for (int64_t at = 0; at <= s->end; at += s->step) {
		const char *anchor = at == 0 ? "start" : at == s->end ? "end" : "middle";

		buf_addf(b, "<text x=\"%.2f%%\" y=\"12\" text-anchor=\"%s\"%s>",
		    100 * (double)at / (double)s->end, anchor,
		    at == 0 || at == s->end ? "" : " class=\"mid\"");
		add_escaped(b, sheet_number(p, at));
		buf_adds(b, "</text>");
	}
	buf_addf(b, "</svg></td><td></td>%s</tr></thead>\n", s->notes ? "<td></td>" : "");
}

static void
add_bar(struct buf *b, struct sheet *p, const struct sheet_item *it, const struct scale *s)
{
	double x = 0;

	buf_adds(b, "<tr><th scope=\"row\">");
	add_escaped(b, it->label);
	/* The lines behind the bars are the cell's background, a tile for each step. */
	buf_addf(b, "</th><td class=\"plot\" style=\"background-size:%.3f%% 100%%\">",
	    100 * (double)s->step / (double)s->end);
	buf_adds(b, "<svg role=\"img\"><title>");
	for (size_t i = 0; i < it->n_series; i++)
		if (it->n_series == 1 || it->parts[i] > 0) {
			buf_addf(
			    b, "%s%s ", i > 0 && x > 0 ? ", " : "", sheet_number(p, it->parts[i]));
			add_escaped(b, sheet_say(p, it->series[i].name));
			x = 1;
		}
	buf_adds(b, "</title>");
	x = 0;
	for (size_t i = 0; i < it->n_series; i++) {
		double w = 100 * (double)it->parts[i] / (double)s->end;

		if (it->parts[i] <= 0)
			continue;
		if (w < 0.4)
			w = 0.4; /* what is not zero can be seen */
		buf_addf(b,
		    "<rect class=\"%s\" x=\"%.3f%%\" y=\"1\" width=\"%.3f%%\" height=\"14\"/>",
		    tone_class[it->series[i].tone], x, w);
		x += w;
	}
	buf_adds(b, "</svg></td><td class=\"n\">");
	add_escaped(b, it->number);
	buf_adds(b, "</td>");
	if (s->notes) {
		buf_adds(b, "<td class=\"note\">");
		add_escaped(b, it->text);
		buf_adds(b, "</td>");
	}
	buf_adds(b, "</tr>\n");
}

static void
add_chart(struct buf *b, struct sheet *p, size_t chart)
{
	const struct sheet_item *c = &p->v[chart];
	size_t bars = count_bars(p, chart);
	struct scale at;

	find_scale(p, chart, bars, &at);
	buf_addf(b, "<table style=\"--label:%zuch\">\n", at.label + 2); /* some letters are wide */
	if (c->label[0] != '\0' || c->n_series > 1) {
		buf_adds(b, "<caption>");
		add_escaped(b, c->label);
		for (size_t i = 0; c->n_series > 1 && i < c->n_series; i++) {
			buf_addf(b,
			    "%s<span class=\"key\"><svg viewBox=\"0 0 10 10\" aria-hidden=\"true\">"
			    "<rect class=\"%s\" width=\"10\" height=\"10\"/></svg>",
			    i == 0 && c->label[0] != '\0' ? "<br>" : "",
			    tone_class[c->series[i].tone]);
			add_escaped(b, sheet_say(p, c->series[i].name));
			buf_adds(b, "</span>");
		}
		buf_adds(b, "</caption>\n");
	}
	add_axis(b, p, &at);
	buf_adds(b, "<tbody>\n");
	for (size_t i = 0; i < bars; i++)
		add_bar(b, p, &p->v[chart + 1 + i], &at);
	buf_adds(b, "</tbody></table>\n");
}

static void
add_item(struct buf *b, struct sheet *p, size_t i)
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
sheet_html(struct sheet *p, struct buf *out, struct wrap_err *err)
{
	buf_adds(out, "<!DOCTYPE html>\n<html lang=\"");
	add_escaped(out, p->language);
	buf_adds(out, "\">\n<head>\n<meta charset=\"utf-8\">\n"
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
	if (p->failed)
		return sheet_rc(p, err);
	return buf_rc(out, err);
}
