/*
 * What must hold before the first byte of a message goes out. libcurl has no such gate: CR LF in an address would be
 * commands, a bare LF in a message the seam at which a second one is smuggled in. The message and the reply that
 * would come of it are judged here without the relay. RFC 5321 2.3.8 and 4.1.2, RFC 1870 6.3, RFC 6531 3.
 */
#include "internal.h"

#include "wrap/mail.h"

static bool
has_8bit(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (((unsigned char)s.p[i] & 0x80) != 0)
			return true;
	return false;
}

bool
gate_admits(
    const struct dialog *d, const struct send_item *it, struct gate *found, struct verdict *why)
{
	struct span from = span_of(it->mail_from), to = span_of(it->rcpt_to);
	size_t most =
	    d->size_limit > 0 && d->size_limit < MESSAGE_MAX ? d->size_limit : MESSAGE_MAX;

	struct mime_lines lines;

	*found = (struct gate){ .utf8 = has_8bit(to) || has_8bit(from) };
	if (to.n == 0 || !address_is_safe(to, true))
		*why = verdict_make(OUTCOME_REFUSED, "5.1.3",
		    "the recipient's address cannot be put into an envelope");
	else if (from.n == 0 || !address_is_safe(from, true))
		*why = verdict_make(OUTCOME_REFUSED_US, "5.1.7",
		    "our envelope sender cannot be put into an envelope");
	else if (found->utf8 && !d->smtputf8)
		*why = verdict_make(OUTCOME_REFUSED_US, "5.6.7",
		    "the address needs SMTPUTF8, which the relay does not offer");
	else if (it->message.n > most)
		*why = verdict_make(OUTCOME_REFUSED_US, "5.3.4",
		    "the message has %zu bytes, the relay takes %zu", it->message.n, most);
	else if (!mime_lines(it->message, &lines))
		*why = verdict_make(
		    OUTCOME_REFUSED_US, "5.6.0", "the message has a bare CR or LF in it");
	else {
		found->dots = lines.dots;
		found->high = lines.high;
		return true;
	}
	return false;
}
