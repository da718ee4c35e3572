/*
 * Numbers for a progress line: rate over the last seconds, and from it the time left. Printing is the
 * caller's.
 */
#include "internal.h"

#define TELL_MS 200
#define MARK_MS 2000

void
meter_tell(struct meter *m, const struct send_options *opt, const struct send_report *r,
    size_t on_the_way, size_t connections, int64_t now_ms, bool end)
{
	size_t verdicts = r->tried + r->not_tried;
	struct send_progress p = { .so_far = r,
		.verdicts = verdicts,
		.total = opt->total,
		.on_the_way = on_the_way,
		.connections = connections,
		.left_s = -1 };

	if (opt->progress == NULL || (!end && now_ms < m->told_ms + TELL_MS))
		return;
	m->told_ms = now_ms;
	if (m->mark_ms == 0) {
		m->mark_ms = now_ms;
		m->mark = verdicts;
	} else if (now_ms >= m->mark_ms + MARK_MS) {
		double rate = (double)(verdicts - m->mark) * 1000 / (double)(now_ms - m->mark_ms);

		m->per_second = m->per_second <= 0 ? rate : (m->per_second + rate) / 2;
		m->mark_ms = now_ms;
		m->mark = verdicts;
	}
	p.per_second = m->per_second;
	if (p.total > verdicts && p.per_second > 0)
		p.left_s = (int64_t)((double)(p.total - verdicts) / p.per_second + 0.5);
	opt->progress(opt->ctx, &p);
}
