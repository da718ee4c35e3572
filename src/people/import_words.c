/*
 * The words of lists: headers in several languages, what newsletter services call a state, and the columns
 * by which their exports are known.
 */
#include "import.h"

#include "wrap/text.h"

#include <stdio.h>
#include <string.h>

#define COUNT(v) (sizeof(v) / sizeof((v)[0]))

/* Headers in lower case, without blanks and signs. */
static const struct alias {
	const char *word;
	enum column column;
} aliases[] = {
	{ "email", COLUMN_EMAIL },
	{ "emailaddress", COLUMN_EMAIL },
	{ "address", COLUMN_EMAIL },
	{ "mail", COLUMN_EMAIL },
	{ "subscriberemail", COLUMN_EMAIL },
	{ "adressemail", COLUMN_EMAIL },
	{ "adresseemail", COLUMN_EMAIL },
	{ "adresseelectronique", COLUMN_EMAIL },
	{ "adresseélectronique", COLUMN_EMAIL },
	{ "courriel", COLUMN_EMAIL },
	{ "emailadresse", COLUMN_EMAIL },
	{ "mailadresse", COLUMN_EMAIL },
	{ "emailadres", COLUMN_EMAIL },
	{ "correo", COLUMN_EMAIL },
	{ "correoelectrónico", COLUMN_EMAIL },
	{ "direccióndecorreoelectrónico", COLUMN_EMAIL },
	{ "endereçodeemail", COLUMN_EMAIL },
	{ "indirizzoemail", COLUMN_EMAIL },
	{ "indirizzodiposta", COLUMN_EMAIL },
	{ "name", COLUMN_NAME },
	{ "fullname", COLUMN_NAME },
	{ "displayname", COLUMN_NAME },
	{ "realname", COLUMN_NAME },
	{ "subscribername", COLUMN_NAME },
	{ "nombre", COLUMN_NAME },
	{ "naam", COLUMN_NAME },
	{ "nome", COLUMN_NAME },
	{ "firstname", COLUMN_FIRST },
	{ "fname", COLUMN_FIRST },
	{ "givenname", COLUMN_FIRST },
	{ "vorname", COLUMN_FIRST },
	{ "prénom", COLUMN_FIRST },
	{ "prenom", COLUMN_FIRST },
	{ "voornaam", COLUMN_FIRST },
	{ "lastname", COLUMN_LAST },
	{ "lname", COLUMN_LAST },
	{ "surname", COLUMN_LAST },
	{ "familyname", COLUMN_LAST },
	{ "nachname", COLUMN_LAST },
	{ "achternaam", COLUMN_LAST },
	{ "apellido", COLUMN_LAST },
	{ "apellidos", COLUMN_LAST },
	{ "cognome", COLUMN_LAST },
	{ "status", COLUMN_STATUS },
	{ "state", COLUMN_STATUS },
	{ "subscriptionstatus", COLUMN_STATUS },
	{ "subscriberstatus", COLUMN_STATUS },
	{ "emailstatus", COLUMN_STATUS },
	{ "emailmarketingstatus", COLUMN_STATUS },
	{ "subscribertype", COLUMN_STATUS },
	{ "deliverystatus", COLUMN_STATUS },
	{ "tags", COLUMN_TOPICS },
	{ "topics", COLUMN_TOPICS },
	{ "labels", COLUMN_TOPICS },
	{ "groups", COLUMN_TOPICS },
	{ "interests", COLUMN_TOPICS },
	{ "segments", COLUMN_TOPICS },
	{ "language", COLUMN_LANGUAGE },
	{ "lang", COLUMN_LANGUAGE },
	{ "locale", COLUMN_LANGUAGE },
	{ "preferredlanguage", COLUMN_LANGUAGE },
	{ "optintime", COLUMN_CREATED },
	{ "createdat", COLUMN_CREATED },
	{ "created", COLUMN_CREATED },
	{ "creationdate", COLUMN_CREATED },
	{ "dateadded", COLUMN_CREATED },
	{ "subscribedat", COLUMN_CREATED },
	{ "subscribedon", COLUMN_CREATED },
	{ "subscriptiondate", COLUMN_CREATED },
	{ "subscribedate", COLUMN_CREATED },
	{ "signupdate", COLUMN_CREATED },
	{ "startdate", COLUMN_CREATED },
	{ "joined", COLUMN_CREATED },
	{ "joinedat", COLUMN_CREATED },
	{ "confirmtime", COLUMN_CONFIRMED },
	{ "confirmed", COLUMN_CONFIRMED },
	{ "confirmedat", COLUMN_CONFIRMED },
	{ "confirmationdate", COLUMN_CONFIRMED },
	{ "unsubtime", COLUMN_LEFT },
	{ "cleantime", COLUMN_LEFT },
	{ "unsubscribedat", COLUMN_LEFT },
	{ "unsubscribedon", COLUMN_LEFT },
	{ "unsubscribedate", COLUMN_LEFT },
	{ "unsubscriptiondate", COLUMN_LEFT },
	{ "deletedat", COLUMN_LEFT },
	{ "bouncedat", COLUMN_LEFT },
	{ "why", COLUMN_WHY },
	{ "unsubreason", COLUMN_WHY },
	{ "unsubscribereason", COLUMN_WHY },
	{ "unsubreasonother", COLUMN_NONE },
	{ "optinip", COLUMN_EVIDENCE },
	{ "confirmip", COLUMN_EVIDENCE },
	{ "ipaddress", COLUMN_EVIDENCE },
	{ "ip", COLUMN_EVIDENCE },
	{ "signupsource", COLUMN_EVIDENCE },
	{ "source", COLUMN_EVIDENCE },
	{ "referrerurl", COLUMN_EVIDENCE },
	{ "consent", COLUMN_EVIDENCE },
	{ "subscribedtoemails", COLUMN_ON },
	{ "emailenabled", COLUMN_ON },
	{ "emaildisabled", COLUMN_OFF },
	{ "unsubscribed", COLUMN_OFF },
	{ "optedout", COLUMN_OFF },
	{ "hasoptedoutofemail", COLUMN_OFF },
};

/* Words of --map. */
static const struct alias roles[] = {
	{ "email", COLUMN_EMAIL },
	{ "address", COLUMN_EMAIL },
	{ "name", COLUMN_NAME },
	{ "first", COLUMN_FIRST },
	{ "last", COLUMN_LAST },
	{ "status", COLUMN_STATUS },
	{ "topics", COLUMN_TOPICS },
	{ "language", COLUMN_LANGUAGE },
	{ "created", COLUMN_CREATED },
	{ "confirmed", COLUMN_CONFIRMED },
	{ "left", COLUMN_LEFT },
	{ "why", COLUMN_WHY },
	{ "consent", COLUMN_EVIDENCE },
	{ "wanted", COLUMN_ON },
	{ "unwanted", COLUMN_OFF },
	{ "none", COLUMN_NONE },
};

/* A row of these services is a subscriber unless it says otherwise; their header has this word. */
static const struct column_kind kinds[] = {
	{ "memberrating", "Mailchimp", true, true },
	{ "leid", "Mailchimp", true, true },
	{ "optintime", "Mailchimp", true, true },
	{ "uuid", "listmonk", false, false },
	{ "activesubscription", "Substack", true, false },
	{ "emaildisabled", "Substack", true, false },
	{ "emailsreceived6mo", "Substack", true, false },
	{ "subscribedtoemails", "Ghost", true, false },
	{ "complimentaryplan", "Ghost", true, false },
	{ "subscribertype", "Buttondown", false, false },
	{ "deliverystatus", "Mailman", true, false },
	{ "deliverymode", "Mailman", true, false },
	{ "moderationaction", "Mailman", true, false },
};

static const struct state_word {
	const char *word;
	enum subscriber_state state;
} states[] = {
	{ "active", SUBSCRIBER_ACTIVE },
	{ "subscribed", SUBSCRIBER_ACTIVE },
	{ "enabled", SUBSCRIBER_ACTIVE },
	{ "confirmed", SUBSCRIBER_ACTIVE },
	{ "member", SUBSCRIBER_ACTIVE },
	{ "regular", SUBSCRIBER_ACTIVE }, /* Buttondown */
	{ "premium", SUBSCRIBER_ACTIVE },
	{ "gifted", SUBSCRIBER_ACTIVE },
	{ "trialed", SUBSCRIBER_ACTIVE },
	{ "churning", SUBSCRIBER_ACTIVE },
	{ "pastdue", SUBSCRIBER_ACTIVE },
	{ "free", SUBSCRIBER_ACTIVE },
	{ "paid", SUBSCRIBER_ACTIVE },
	{ "pending", SUBSCRIBER_PENDING },
	{ "unconfirmed", SUBSCRIBER_PENDING },
	{ "unactivated", SUBSCRIBER_PENDING },
	{ "nonsubscribed", SUBSCRIBER_PENDING },
	{ "unsubscribed", SUBSCRIBER_UNSUBSCRIBED },
	{ "unsubscribe", SUBSCRIBER_UNSUBSCRIBED },
	{ "optedout", SUBSCRIBER_UNSUBSCRIBED },
	{ "optout", SUBSCRIBER_UNSUBSCRIBED },
	{ "removed", SUBSCRIBER_UNSUBSCRIBED },
	{ "deleted", SUBSCRIBER_UNSUBSCRIBED },
	{ "archived", SUBSCRIBER_UNSUBSCRIBED },
	{ "disabled", SUBSCRIBER_UNSUBSCRIBED },
	{ "inactive", SUBSCRIBER_UNSUBSCRIBED },
	{ "blocked", SUBSCRIBER_UNSUBSCRIBED },
	{ "blocklisted", SUBSCRIBER_UNSUBSCRIBED },
	{ "blacklisted", SUBSCRIBER_UNSUBSCRIBED },
	{ "suppressed", SUBSCRIBER_UNSUBSCRIBED },
	{ "byuser", SUBSCRIBER_UNSUBSCRIBED }, /* Mailman: delivery stopped by them */
	{ "bymoderator", SUBSCRIBER_UNSUBSCRIBED },
	{ "bounced", SUBSCRIBER_BOUNCED },
	{ "bouncing", SUBSCRIBER_BOUNCED },
	{ "hardbounced", SUBSCRIBER_BOUNCED },
	{ "cleaned", SUBSCRIBER_BOUNCED },
	{ "undeliverable", SUBSCRIBER_BOUNCED },
	{ "bybounces", SUBSCRIBER_BOUNCED },
	{ "complained", SUBSCRIBER_COMPLAINED },
	{ "complaint", SUBSCRIBER_COMPLAINED },
	{ "spam", SUBSCRIBER_COMPLAINED },
	{ "spamreport", SUBSCRIBER_COMPLAINED },
	{ "spamreported", SUBSCRIBER_COMPLAINED },
	{ "abuse", SUBSCRIBER_COMPLAINED },
};

/* A word as the tables have it: lower case, no blanks and signs. */
void
column_fold(struct span s, char out[64])
{
	struct buf b = BUF_INIT(1 << 12);

	for (size_t i = 0, len; i < s.n && b.n < 60; i += len) {
		uint32_t c = utf8_decode(s.p + i, s.n - i, &len);

		if ((c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde))
			c += 0x20;
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c >= 0xc0)
			utf8_add(&b, c);
	}
	(void)snprintf(out, 64, "%s", buf_str(&b));
	buf_clear(&b);
}

static bool
find(const struct alias *v, size_t n, struct span word, enum column *out)
{
	char w[64];

	column_fold(word, w);
	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i].word, w) == 0) {
			*out = v[i].column;
			return true;
		}
	return false;
}

bool
column_state_word(struct span word, enum subscriber_state *out)
{
	char w[64];

	column_fold(word, w);
	for (size_t i = 0; i < COUNT(states); i++)
		if (strcmp(states[i].word, w) == 0) {
			*out = states[i].state;
			return true;
		}
	return false;
}

bool
column_state(struct span word, const char *extra, enum subscriber_state *out)
{
	struct span rest = span_of(extra), pair, left;

	while (span_cut(&rest, ',', &pair)) {
		if (memchr(pair.p, '=', pair.n) == NULL || !span_cut(&pair, '=', &left))
			continue;
		if (span_ieq(span_trim(left), span_trim(word)))
			return column_state_word(pair, out);
	}
	return column_state_word(word, out);
}

bool
column_by_header(struct span header, enum column *out)
{
	return find(aliases, COUNT(aliases), header, out);
}

bool
column_by_role(struct span role, enum column *out)
{
	return find(roles, COUNT(roles), role, out);
}

const struct column_kind *
column_kind_of(struct span header)
{
	char word[64];

	column_fold(header, word);
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (strcmp(kinds[i].word, word) == 0)
			return &kinds[i];
	return NULL;
}
