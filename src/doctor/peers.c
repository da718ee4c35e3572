/*
 * The servers that the week needs: each relay up to its login, the mailbox up to its folders.
 */
#include "internal.h"

#include "wrap/bounce.h"
#include "wrap/send.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define DAY 86400
#define CERTIFICATE_DAYS 14
#define WAIT_S 15
#define SIZE_MIN \
	((size_t)256 << 10) /* an edition has at most 100 kB of HTML, and its text beside it */

void
doctor_certificate(struct doctor *d, const char *check, const char *url, int64_t until)
{
	int64_t days = (until - d->now) / DAY;

	if (until != 0 && days < CERTIFICATE_DAYS)
		warn(d, check, "renew the certificate there, or tell who runs it",
		    "the certificate of %s ends in %lld day%s", url, (long long)days,
		    days == 1 ? "" : "s");
}

static void
judge_relay(struct doctor *d, const struct config_relay *r, const struct send_probe *p)
{
	static const char check[] = "relay";

	doctor_certificate(d, check, r->url, p->certificate_until);
	if (p->size && p->size_limit > 0 && p->size_limit < SIZE_MIN)
		wrong(d, DOCTOR_PEER, check,
		    "raise the relay's limit (Postfix: message_size_limit)",
		    "%s takes no message over %zu kB", r->url, p->size_limit >> 10);
	if (p->in_clear && strstr(r->url, "//127.") == NULL &&
	    strstr(r->url, "//localhost") == NULL && strstr(r->url, "//[::1]") == NULL)
		warn(d, check, "take tls = \"none\" out of wrap.conf",
		    "mail crosses the network to %s in clear", r->url);
	ok(d, check, "%s answers%s%s", r->url,
	    p->in_clear ? " (in clear)" : ", encrypted and trusted",
	    p->logged_in ? ", and lets us in" : "");
}

static void
check_relays(struct doctor *d)
{
	static const char check[] = "relay";

	if (d->c->n_relays == 0)
		note(d, check, "relay = ( ... ); in wrap.conf",
		    "none: mail goes into the Maildir %s", d->c->paths.outbox);
	for (size_t i = 0; i < d->c->n_relays; i++) {
		struct config_relay r = d->c->relays[i];
		struct send_probe p;
		struct wrap_err err;

		doctor_step(d, check);
		if (r.timeout > WAIT_S)
			r.timeout = WAIT_S;
		if (send_probe(&r, &p, &err) == WRAP_OK)
			judge_relay(d, &r, &p);
		else
			wrong(d, DOCTOR_PEER, check,
			    "check url, user and password of relay in wrap.conf, then: wrap -v doctor",
			    "%s: %s", r.url, err.text);
	}
}

static void
check_mailbox(struct doctor *d)
{
	static const char check[] = "mailbox";
	const struct config *c = d->c;
	struct bounce_probe p;
	struct wrap_err err;

	if (c->mailbox.url == NULL) {
		if (c->n_relays > 0)
			warn(d, check, "mailbox = { url = \"imaps://...\"; ... }; in wrap.conf",
			    "none is configured: bounces are not read");
		return;
	}
	doctor_step(d, check);
	if (strchr(c->publication.return_path, '*') == NULL)
		wrong(d, DOCTOR_SETUP, check,
		    "publication.return_path = \"bounces+*@YOUR-DOMAIN\"; in wrap.conf",
		    "the return path %s has no *, so no bounce can prove which mail it is about",
		    c->publication.return_path);
	if (bounce_look(c, &p, &err) != WRAP_OK) {
		wrong(d, DOCTOR_PEER, check, "check url, user and password of mailbox in wrap.conf",
		    "%s: %s", c->mailbox.url, err.text);
		return;
	}
	doctor_certificate(d, check, c->mailbox.url, p.certificate_until);
	if (c->mailbox.mark == CONFIG_MARK_MOVE && !p.done_there)
		note(d, check, "nothing: wrap makes it with the first report",
		    "its folder %s, for what was read, is not there yet", c->mailbox.done);
	ok(d, check, "%s lets us in; %lld messages wait", c->mailbox.url, (long long)p.messages);
}

bool
doctor_peers(struct doctor *d)
{
	struct wrap_err err;

	if (config_secrets(d->c, &err) != WRAP_OK) {
		wrong(d, DOCTOR_SETUP, "secrets",
		    "chmod 600 FILE   (or write it, or set the variable)", "%s", err.text);
		return false;
	}
	check_relays(d);
	check_mailbox(d);
	return true;
}
