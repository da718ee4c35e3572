/*
 * web: the pages for readers: subscribe, confirm, choose, leave, look back. `wrap serve` runs it behind the
 * site's own web server. GET and HEAD never change anything; what changes something is a POST.
 */
#ifndef WRAP_WEB_H
#define WRAP_WEB_H

#include "wrap/config.h"
#include "wrap/store.h"

#include <signal.h>

struct web_options {
	struct config *c; /* with its secrets, when letters are to go over a relay */
	const struct keyring *keys;
	const struct wclock *clock;
	const volatile sig_atomic_t *stop; /* set by a signal: finish what is begun, then return */
	void *ctx;
	/* Called once when requests are answered; where: "http://127.0.0.1:8025". */
	void (*ready)(void *ctx, const char *where);
	/* A line for each request, without address, link or query; may be NULL. Called from one thread. */
	void (*log)(void *ctx, const char *line);
};

/*
 * Answer requests until stop is set. Opens the database of the configuration by itself. WRAP_ECONFIG for a
 * template that is wrong, a publication without url, an address that is none; WRAP_EBUSY when the port is
 * taken; WRAP_ESYS. A socket handed over by systemd (sd_listen_fds(3)) is used in place of serve.listen.
 */
enum wrap_rc web_serve(const struct web_options *o, struct wrap_err *err);

/* ---- form.c: what a browser sends; any bytes in ------------------------------------------------------- */

#define FORM_FIELDS 200

struct form_field {
	char *name, *value;
};
/* The fields of a form in their order. Owned. */
struct form {
	struct form_field *v;
	size_t n;
};
/*
 * Read application/x-www-form-urlencoded (WHATWG URL 5.1). A lone % is itself, as browsers read it; bad
 * UTF-8 becomes U+FFFD. WRAP_EINVAL for a NUL, WRAP_ELIMIT for more than FORM_FIELDS, WRAP_ENOMEM.
 */
enum wrap_rc form_read(struct span body, struct form *out, struct wrap_err *err);
void form_clear(struct form *f);
/* The first field of that name, or NULL. */
const char *form_get(const struct form *f, const char *name);
/* Is this the body of an RFC 8058 POST: List-Unsubscribe=One-Click, in either encoding? */
bool form_is_one_click(struct span content_type, struct span body);
/*
 * What follows base in the path of a URL: "/leave/abc". False when it lies elsewhere, or has anything that no
 * link of ours has: a query is cut, all else but letters, digits, '-', '.', '_' and single '/' is refused.
 */
bool path_read(struct span base, struct span url, struct span *out);
/*
 * Which client a request comes from: the last address in forwarded (X-Forwarded-For) that is none of trusted,
 * when peer is; else peer. Appends; "?" for what is no address. trusted empty: loopback.
 */
void client_read(
    const struct strs *trusted, struct span peer, struct span forwarded, struct buf *out);
bool client_is_trusted(const struct strs *trusted, struct span peer);

#endif
