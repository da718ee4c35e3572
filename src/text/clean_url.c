/* Which addresses may stand in a mail, and which pictures only count who looks. */
#include "clean.h"

bool
clean_url(struct span base, struct span v, bool mail, struct buf *out)
{
	struct url u;

	buf_reset(out);
	v = span_trim(v);
	if (v.n == 0 || v.n > 4096 || !url_resolve(base, v, out))
		return false;
	if (url_is_web(buf_span(out)))
		return true;
	u = url_split(buf_span(out));
	return mail && span_ieqs(u.scheme, "mailto") && u.path.n > 0;
}

bool
clean_is_tracker(const struct clean_element *e, struct span url)
{
	static const char *const marks[] = { "feeds.feedburner.com/~r/", "feedsportal.com",
		"doubleclick.net", "pixel.wp.com", "stats.wordpress.com", "google-analytics.com",
		"/pixel.gif", "/1x1.", "/b.gif", "feedads.", "pheedo.com", "/open.aspx",
		"list-manage.com/track", "sendgrid.net/wf/open", "/piwik.php", "/matomo.php",
		"scorecardresearch.com", "pixel.quantserve.com", "/~ff/",
		"blogger.googleusercontent.com/tracker" };
	struct span sides[] = { e->width, e->height };

	for (size_t i = 0; i < 2; i++) {
		struct span v = span_trim(sides[i]);
		size_t digits = 0;
		while (digits < v.n && v.p[digits] >= '0' && v.p[digits] <= '9')
			digits++;
		if (digits == 1 && v.p[0] <= '3' && !(v.n > 1 && v.p[1] == '%'))
			return true;
	}
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (span_ifind(url, span_of(marks[i])) != (size_t)-1)
			return true;
	return false;
}
