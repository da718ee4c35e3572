/* What imap.c, trace.c, look.c and probe.c share: a session of libetpan. Only these include it. */
#ifndef WRAP_BOUNCE_IMAP_H
#define WRAP_BOUNCE_IMAP_H

#include "bounce/internal.h"

#include <libetpan/libetpan.h>

/* Connected, secured, logged in, folder open: read-only unless write. Failures are WRAP_EPEER, with host and reason. */
enum wrap_rc imap_open(const struct config_mailbox *m, const struct imap_place *where, bool write,
    mailimap **out, struct wrap_err *err);
/* When the certificate of the server ends; 0: the connection has none. */
int64_t imap_certificate_until(mailimap *s);
void imap_close(mailimap **s);
/* trace.c: with -v, what is said in this session goes to the log; between two calls of trace_login, no credentials. */
void trace_open(mailimap *s, const struct config_mailbox *m);
void trace_login(mailimap *s, bool going_on);
void trace_close(mailimap *s);
/* A result of libetpan as a failure, with what the server said. */
enum wrap_rc imap_fail(const mailimap *s, int code, const char *doing, struct wrap_err *err);

#endif
