/* The small configuration file of templates/, theme.conf, line by line. */
#include "conf.h"

#include <string.h>

bool
conf_is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

bool
conf_is_key(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!conf_is_word(s.p[i]))
			return false;
	return s.n > 0 && s.n < 40 && s.p[0] >= 'a' && s.p[0] <= 'z';
}

enum wrap_rc
conf_each(const char *file, const char *text,
    enum wrap_rc (*each)(void *ctx, const struct conf_line *l, struct wrap_err *err), void *ctx,
    struct wrap_err *err)
{
	struct span rest = span_of(text), raw;
	struct conf_line l = { .file = file };
	enum wrap_rc rc = WRAP_OK;

	while (rc == WRAP_OK && span_cut(&rest, '\n', &raw)) {
		struct span s = span_trim(raw);

		l.number++;
		if (s.n == 0 || s.p[0] == '#')
			continue;
		if (s.p[0] == '[' && s.p[s.n - 1] == ']') {
			l.section = span_trim((struct span){ s.p + 1, s.n - 2 });
			continue;
		}
		l.value = s;
		if (!span_cut(&l.value, '=', &l.key) || l.key.n == s.n)
			return wrap_fail(err, WRAP_ECONFIG,
			    "%s:%zu: not a [section], nor key = value", file, l.number);
		l.key = span_trim(l.key);
		l.value = span_trim(l.value);
		rc = each(ctx, &l, err);
	}
	return rc;
}

enum wrap_rc
conf_refuse(const struct conf_line *l, const char *what, struct span word, struct wrap_err *err)
{
	return wrap_fail(err, WRAP_ECONFIG, "%s:%zu: %s '%.*s'", l->file, l->number, what,
	    (int)(word.n > 60 ? 60 : word.n), word.p);
}
