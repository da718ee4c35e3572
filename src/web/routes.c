/*
 * Every page there is. A path that is none of these, or whose token was not made by one of our keys, is not
 * found, and the answer says no more than that.
 */
#include "internal.h"

#include <string.h>

const struct route routes[] = {
	{ "signup", "/", signup_get, NULL, false, false },
	{ "signup", "/subscribe", signup_get, signup_post, true, false },
	{ "sent", "/sent", sent_get, NULL, false, false },
	{ "archive", "/archive", archive_get, NULL, false, false },
	{ "edition", "/archive/", edition_get, NULL, false, false },
	{ "feed", "/feed.atom", feed_get, NULL, false, false },
	{ "style", "/style.css", style_get, NULL, false, false },
	{ "health", "/health", health_get, NULL, false, false },
	{ "confirm", "/confirm/", confirm_get, confirm_post, false, false },
	{ "leave", "/leave/", leave_get, leave_post, false, false },
	{ "back", "/back/", back_get, back_post, false, false },
	{ "choose", "/choose/", choose_get, choose_post, false, false },
	{ "data", "/data/", data_get, data_post, false, true },
};
const size_t n_routes = sizeof(routes) / sizeof(routes[0]);

/* "2026-W47" and nothing else. */
static bool
is_key(struct span s)
{
	static const char form[] = "dddd-Wdd";

	if (s.n != sizeof(form) - 1)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (form[i] == 'd' ? s.p[i] < '0' || s.p[i] > '9' : s.p[i] != form[i])
			return false;
	return true;
}

const struct route *
route_find(struct visit *v)
{
	for (size_t i = 0; i < n_routes; i++) {
		const struct route *r = &routes[i];
		size_t n = strlen(r->path);
		struct span rest;

		if (n < 2 || r->path[n - 1] != '/') {
			if (span_eqs(v->path, r->path))
				return r;
			continue;
		}
		if (v->path.n <= n || memcmp(v->path.p, r->path, n) != 0)
			continue;
		rest = (struct span){ v->path.p + n, v->path.n - n };
		if (r->get == edition_get)
			return is_key(rest) ? r : NULL;
		return people_link_read(v->site->c, v->site->keys, v->path, &v->link, &v->reader)
			   ? r
			   : NULL;
	}
	return NULL;
}
