/*
 * Failures as a code and one line of text. The function that sees a failure describes it; callers on
 * the way up put what they were doing in front. Only cli prints the result.
 */
#include "wrap/base.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void set_text(struct wrap_err *err, enum wrap_rc rc, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));

static void
set_text(struct wrap_err *err, enum wrap_rc rc, const char *fmt, va_list ap)
{
	if (err == NULL)
		return;
	err->code = rc;
	(void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
}

#undef wrap_fail
#undef wrap_fail_errno

enum wrap_rc
wrap_fail(struct wrap_err *err, enum wrap_rc rc, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_text(err, rc, fmt, ap);
	va_end(ap);
	return rc;
}

static enum wrap_rc
rc_of_errno(int e)
{
	switch (e) {
	case ENOENT: return WRAP_ENOTFOUND;
	case EEXIST: return WRAP_EEXISTS;
	case EACCES:
	case EPERM:
	case EROFS: return WRAP_EDENIED;
	case EAGAIN:
	case EBUSY:
	case ETIMEDOUT: return WRAP_EBUSY;
	case ENOMEM: return WRAP_ENOMEM;
	default: return WRAP_ESYS;
	}
}

enum wrap_rc
wrap_fail_errno(struct wrap_err *err, const char *fmt, ...)
{
	int e = errno;
	enum wrap_rc rc = rc_of_errno(e);
	va_list ap;
	size_t n;

	if (err == NULL)
		return rc;
	va_start(ap, fmt);
	set_text(err, rc, fmt, ap);
	va_end(ap);
	n = strlen(err->text);
	(void)snprintf(err->text + n, sizeof(err->text) - n, ": %s", strerror(e));
	return rc;
}

enum wrap_rc
wrap_while(struct wrap_err *err, enum wrap_rc rc, const char *fmt, ...)
{
	char was[sizeof(err->text)];
	va_list ap;
	size_t n;

	if (rc == WRAP_OK || err == NULL)
		return rc;
	memcpy(was, err->text, sizeof(was));
	va_start(ap, fmt);
	set_text(err, rc, fmt, ap);
	va_end(ap);
	n = strlen(err->text);
	(void)snprintf(err->text + n, sizeof(err->text) - n, ": %s", was);
	return rc;
}
