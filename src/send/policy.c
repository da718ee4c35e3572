/*
 * What a reply means, and what follows from it. The only place in send that decides between "try again",
 * "this reader is refused" and "it is us". The tables are data: each row names the text it rests on.
 * RFC 5321 4.2 and 4.3.2 for codes, RFC 3463 and the IANA registry of enhanced status codes for the rest.
 */
#include "internal.h"

#include <string.h>

#define AT(s) (1U << (s))
#define AT_MAIL (AT(SEND_MAIL))
#define AT_RCPT (AT(SEND_RCPT))
#define AT_MESSAGE (AT(SEND_DATA) | AT(SEND_DOT))
#define AT_ANY (AT(SEND_CONNECT) | AT(SEND_AUTH) | AT_MAIL | AT_RCPT | AT_MESSAGE)

/*
 * Permanent refusals by enhanced status, first match wins. detail -1: any. Only MAIL, RCPT and what
 * comes after them look here; a refused connection or login is always about us.
 */
static const struct policy_status status_rows[] = {
	{ 1, 7, AT_ANY, OUTCOME_REFUSED_US, "RFC 3463 3.2: bad sender's mailbox syntax" },
	{ 1, 8, AT_ANY, OUTCOME_REFUSED_US, "RFC 3463 3.2: bad sender's system address" },
	{ 1, 10, AT_RCPT | AT_MESSAGE, OUTCOME_REFUSED,
	    "RFC 7505 4.2: the recipient's domain takes no mail (null MX)" },
	{ 1, -1, AT_RCPT | AT_MESSAGE, OUTCOME_REFUSED, "RFC 3463 3.2: address status" },
	{ 2, 3, AT_RCPT | AT_MESSAGE, OUTCOME_REFUSED_US,
	    "RFC 3463 3.3: our message is longer than the mailbox may take" },
	{ 2, -1, AT_RCPT | AT_MESSAGE, OUTCOME_REFUSED, "RFC 3463 3.3: mailbox status" },
	{ 3, -1, AT_ANY, OUTCOME_REFUSED_US, "RFC 3463 3.4: mail system status" },
	{ 4, 1, AT_RCPT | AT_MESSAGE, OUTCOME_REFUSED,
	    "Exchange Online: 550 5.4.1 recipient address rejected, unknown to the directory" },
	{ 4, 4, AT_RCPT | AT_MESSAGE, OUTCOME_REFUSED,
	    "RFC 3463 3.5: no route to the recipient's domain" },
	{ 4, 6, AT_RCPT | AT_MESSAGE, OUTCOME_REFUSED,
	    "RFC 3463 3.5: routing loop behind the relay" },
	{ 4, 7, AT_RCPT | AT_MESSAGE, OUTCOME_REFUSED, "RFC 3463 3.5: delivery time expired" },
	{ 4, -1, AT_ANY, OUTCOME_REFUSED_US, "RFC 3463 3.5: network and routing" },
	{ 5, -1, AT_ANY, OUTCOME_REFUSED_US, "RFC 3463 3.6: protocol" },
	{ 6, -1, AT_ANY, OUTCOME_REFUSED_US, "RFC 3463 3.7: content; RFC 6531 3.5 for 5.6.7" },
	{ 7, 13, AT_RCPT | AT_MESSAGE, OUTCOME_REFUSED, "RFC 5248 3: user account disabled" },
	{ 7, 17, AT_RCPT | AT_MESSAGE, OUTCOME_REFUSED, "RFC 7293 14: mailbox has a new owner" },
	{ 7, 18, AT_RCPT | AT_MESSAGE, OUTCOME_REFUSED, "RFC 7293 14: domain has a new owner" },
	{ 7, -1, AT_ANY, OUTCOME_REFUSED_US, "RFC 3463 3.8: security and policy" },
};

/* The same by reply code alone, where no enhanced status was given or no row above speaks of it. */
static const struct policy_code code_rows[] = {
	{ 501, AT_RCPT, OUTCOME_REFUSED, "RFC 5321 4.2.2: syntax error in the address we gave" },
	{ 521, AT_RCPT, OUTCOME_REFUSED, "RFC 7504 3: the recipient's host takes no mail" },
	{ 550, AT_RCPT, OUTCOME_REFUSED, "RFC 5321 4.2.2: mailbox unavailable" },
	{ 551, AT_RCPT, OUTCOME_REFUSED, "RFC 5321 4.2.2: user not local" },
	{ 552, AT_RCPT, OUTCOME_REFUSED, "RFC 5321 4.2.2: over its storage allocation" },
	{ 553, AT_RCPT, OUTCOME_REFUSED, "RFC 5321 4.2.2: mailbox name not allowed" },
	{ 556, AT_RCPT, OUTCOME_REFUSED, "RFC 7504 4: the recipient's domain takes no mail" },
	/* 554 is also what relays say to strangers ("relay access denied"), so alone it is about us. */
	{ 554, AT_ANY, OUTCOME_REFUSED_US, "RFC 5321 3.1 and 4.2.2: transaction failed" },
	{ 530, AT_ANY, OUTCOME_REFUSED_US, "RFC 4954 6: authentication required" },
	{ 534, AT_ANY, OUTCOME_REFUSED_US, "RFC 4954 6: mechanism too weak" },
	{ 535, AT_ANY, OUTCOME_REFUSED_US, "RFC 4954 6: credentials invalid" },
	{ 538, AT_ANY, OUTCOME_REFUSED_US, "RFC 4954 6: encryption required" },
	{ 555, AT_ANY, OUTCOME_REFUSED_US, "RFC 5321 4.1.1.11: parameters not known" },
};

/* Temporary ones that are no news about the reader, so that no attempt is counted. */
static const struct policy_code passing_rows[] = {
	{ 421, AT_ANY, OUTCOME_NOT_TRIED, "RFC 5321 3.8: the service is closing this connection" },
	{ 454, AT(SEND_AUTH) | AT(SEND_CONNECT), OUTCOME_NOT_TRIED,
	    "RFC 4954 6, RFC 3207 4: login or TLS not available just now" },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

size_t
policy_status_rows(const struct policy_status **out)
{
	*out = status_rows;
	return COUNT(status_rows);
}

size_t
policy_code_rows(const struct policy_code **out)
{
	*out = code_rows;
	return COUNT(code_rows);
}

static bool
code_find(
    const struct policy_code *rows, size_t n, int code, enum send_stage stage, enum outcome *out)
{
	for (size_t i = 0; i < n; i++) {
		if (rows[i].code == code && (rows[i].stages & AT(stage)) != 0) {
			*out = rows[i].outcome;
			return true;
		}
	}
	return false;
}

static bool
status_find(int subject, int detail, enum send_stage stage, enum outcome *out)
{
	for (size_t i = 0; i < COUNT(status_rows); i++) {
		const struct policy_status *r = &status_rows[i];

		if (r->subject == subject && (r->detail == -1 || r->detail == detail) &&
		    (r->stages & AT(stage)) != 0) {
			*out = r->outcome;
			return true;
		}
	}
	return false;
}

enum outcome
policy_outcome(int code, int subject, int detail, enum send_stage stage)
{
	enum outcome out;

	/* DATA is answered by 354, all else by 2yz: a yes in the wrong place is no yes. */
	if (code / 100 == (stage == SEND_DATA ? 3 : 2))
		return OUTCOME_ACCEPTED;
	if (code >= 400 && code < 500) {
		if (code_find(passing_rows, COUNT(passing_rows), code, stage, &out))
			return out;
		/* Before MAIL there is no reader to defer: the relay is not ready for us. */
		return stage == SEND_CONNECT || stage == SEND_AUTH ? OUTCOME_NOT_TRIED
								   : OUTCOME_DEFERRED;
	}
	if (code < 500 || code > 599)
		return stage == SEND_DOT ? OUTCOME_INDOUBT : OUTCOME_NOT_TRIED;
	if (stage == SEND_CONNECT || stage == SEND_AUTH)
		return OUTCOME_REFUSED_US;
	if (subject >= 0 && status_find(subject, detail, stage, &out))
		return out;
	if (code_find(code_rows, COUNT(code_rows), code, stage, &out))
		return out;
	return OUTCOME_REFUSED_US;
}

/* ---- when to try again --------------------------------------------------------------------------- */

/* Greylisting is served by the second try; after that a relay that is ill gets its peace. Seconds. */
static const int64_t retry_after_s[] = { 5 * 60, 15 * 60, 60 * 60, 240 * 60 };
#define RETRY_REST_S (6 * 60 * 60)

/* SplitMix64's finaliser: spreads neighbouring row ids over the whole range. */
static uint64_t
mix(uint64_t x)
{
	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9U;
	x ^= x >> 27;
	x *= 0x94d049bb133111ebU;
	return x ^ (x >> 31);
}

int64_t
send_retry_after(int attempts, uint64_t seed)
{
	int64_t base, spread;

	if (attempts < 1)
		attempts = 1;
	base =
	    (size_t)attempts <= COUNT(retry_after_s) ? retry_after_s[attempts - 1] : RETRY_REST_S;
	spread = base / 5; /* 20 % either way */
	return base - spread +
	       (int64_t)(mix(seed * 64 + (uint64_t)attempts) % (uint64_t)(2 * spread + 1));
}

/* ---- is it us? ----------------------------------------------------------------------------------- */

bool
streak_note(struct streak *s, const struct verdict *v)
{
	if (v->outcome != OUTCOME_REFUSED_US) {
		/* Connections that come and go say nothing about the rule that refused us. */
		if (v->outcome != OUTCOME_NOT_TRIED)
			s->n = 0;
		return false;
	}
	if (s->n > 0 && s->code == v->reply_code && strcmp(s->enhanced, v->enhanced) == 0) {
		s->n++;
	} else {
		s->n = 1;
		s->code = v->reply_code;
		memcpy(s->enhanced, v->enhanced, sizeof(s->enhanced));
	}
	return s->n >= STREAK_LIMIT;
}
