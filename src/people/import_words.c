/*
 * The words of headers in several languages, and the columns by which the exports of services are known.
 */
#include "import.h"

#include "wrap/mail.h"
#include "wrap/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(v) (sizeof(v) / sizeof((v)[0]))

/* Headers as column_fold writes them. */
static const struct alias {
	enum column column;
	const char *words;
} aliases[] = {
	{ COLUMN_EMAIL,
	    "email emailaddress address mail subscriberemail adressemail adresseemail "
	    "adresseelectronique courriel emailadresse mailadresse emailadres correo "
	    "correoelectronico direcciondecorreoelectronico enderecodeemail indirizzoemail "
	    "indirizzodiposta emailid contactemail primaryemail emailaddress1 email1 "
	    "courrielprincipal posta mejl epost epostadress adresmailowy adresemail "
	    "email1value" },
	{ COLUMN_NAME, "name fullname displayname realname subscribername nombre naam nome "
		       "vollstandigername nomcomplet nombrecompleto contactname naamcontact" },
	{ COLUMN_FIRST,
	    "firstname fname givenname vorname prenom voornaam nombredepila primeironome "
	    "fornamn" },
	{ COLUMN_LAST, "lastname lname surname familyname nachname achternaam apellido apellidos "
		       "cognome nom nomdefamille familienname sobrenome efternamn" },
	{ COLUMN_STATUS, "status state subscriptionstatus subscriberstatus emailstatus "
			 "emailmarketingstatus subscribertype deliverystatus statut estado stato "
			 "subscriberstate confirmationstatus" },
	{ COLUMN_TOPICS, "tags topics labels groups interests segments tag label group categories "
			 "category etiquetas etichette etiquettes schlagworte schlagworter themen "
			 "gruppen groupes grupos gruppi temas sujets groupmembership interest" },
	{ COLUMN_LANGUAGE,
	    "language lang locale preferredlanguage sprache langue idioma lingua taal "
	    "emaillanguage" },
	{ COLUMN_CREATED,
	    "optintime createdat created creationdate dateadded subscribedat subscribedon "
	    "subscriptiondate subscribedate signupdate startdate joined joinedat datejoined "
	    "joindate joinedon dateofsubscription subscribeddate optindate optinat "
	    "signedupat signupat signuptime createddate datecreated creationtime addedat "
	    "addedon addedtime timestamp registrationdate anmeldedatum angemeldetam "
	    "anmeldung eintragsdatum datedinscription inscritle datedabonnement fechadealta "
	    "fechadesuscripcion fechadeinscripcion datadiiscrizione datadeinscricao "
	    "inschrijfdatum aanmelddatum" },
	{ COLUMN_CONFIRMED,
	    "confirmtime confirmed confirmedat confirmationdate confirmedon "
	    "confirmationtime optinconfirmed doubleoptindate doubleoptinat bestatigtam "
	    "datedeconfirmation fechadeconfirmacion" },
	{ COLUMN_LEFT, "unsubtime cleantime unsubscribedat unsubscribedon unsubscribedate "
		       "unsubscriptiondate deletedat bouncedat unsubscribeddate dateunsubscribed "
		       "unsubscribetime optoutdate optouttime optedoutat stoptime "
		       "abmeldedatum abgemeldetam datededesinscription "
		       "datededesabonnement fechadebaja datadidisiscrizione unsubscribedtime "
		       "bouncedate complaineddate complainedat" },
	{ COLUMN_WHY,
	    "why unsubreason unsubscribereason unsubscriptionreason reasonforunsubscribing" },
	{ COLUMN_NONE, "unsubreasonother" },
	{ COLUMN_EVIDENCE,
	    "optinip confirmip ipaddress ip signupsource source referrerurl consent "
	    "signupip optinsource signupurl referrer optinmethod doubleoptin optinipaddress "
	    "signupform quelle origine origen subscriptionsourcefree" },
	{ COLUMN_ON, "subscribedtoemails emailenabled subscribed optin optedin emailoptin "
		     "acceptsmarketing acceptsemailmarketing receivesemail mailable" },
	{ COLUMN_OFF, "emaildisabled unsubscribed optedout hasoptedoutofemail emailblacklisted "
		      "emailblocklisted blacklisted blocklisted blacklist blocklist emailoptout "
		      "optout donotemail donotcontact unsubscribedfromall emailisblacklisted" },
};

/* Words of --map. */
static const struct alias roles[] = {
	{ COLUMN_EMAIL, "email address" },
	{ COLUMN_NAME, "name" },
	{ COLUMN_FIRST, "first" },
	{ COLUMN_LAST, "last" },
	{ COLUMN_STATUS, "status" },
	{ COLUMN_TOPICS, "topics" },
	{ COLUMN_LANGUAGE, "language" },
	{ COLUMN_CREATED, "created" },
	{ COLUMN_CONFIRMED, "confirmed" },
	{ COLUMN_LEFT, "left" },
	{ COLUMN_WHY, "why" },
	{ COLUMN_EVIDENCE, "consent" },
	{ COLUMN_ON, "wanted" },
	{ COLUMN_OFF, "unwanted" },
	{ COLUMN_NONE, "none" },
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
	{ "secondaryid", "Buttondown", false, false },
	{ "unsubscriptiondate", "Buttondown", false, false },
	{ "deliverystatus", "Mailman", true, false },
	{ "deliverymode", "Mailman", true, false },
	{ "moderationaction", "Mailman", true, false },
};

/* A word as the tables have it: lower case, no accents, blanks and signs. */
void
column_fold(struct span s, char out[64])
{
	/* Latin-1's letters from U+00C0 on, without what stands above and below them. */
	static const char plain[] = "aaaaaaaceeeeiiiidnooooo ouuuuyts"
				    "aaaaaaaceeeeiiiidnooooo ouuuuyty";
	struct buf b = BUF_INIT(1 << 12);

	for (size_t i = 0, len; i < s.n && b.n < 60; i += len) {
		uint32_t c = utf8_decode(s.p + i, s.n - i, &len);

		if (c >= 0xc0 && c <= 0xff)
			c = (unsigned char)plain[c - 0xc0];
		else if (c >= 'A' && c <= 'Z')
			c += 0x20;
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		    (c >= 0x100 && (c < 0x300 || c > 0x36f) && (c < 0x2000 || c > 0x206f)))
			utf8_add(&b, c);
	}
	(void)snprintf(out, 64, "%s", buf_str(&b));
	buf_clear(&b);
}

struct span
column_trim(struct span s)
{
	static const char *const blank[] = { " ", "\t", "\r", "\n", "\xc2\xa0", "\xe2\x80\x8b",
		"\xe2\x80\x8c", "\xe2\x80\x8d", "\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\xaf",
		"\xe3\x80\x80", "\xef\xbb\xbf" };
	bool more = true;

	while (more) {
		more = false;
		for (size_t i = 0; i < COUNT(blank); i++) {
			size_t n = strlen(blank[i]);

			while (s.n >= n && memcmp(s.p, blank[i], n) == 0) {
				s.p += n;
				s.n -= n;
				more = true;
			}
			while (s.n >= n && memcmp(s.p + s.n - n, blank[i], n) == 0) {
				s.n -= n;
				more = true;
			}
		}
	}
	return s;
}

bool
column_is_address(struct span s)
{
	char *name = NULL, *mailbox = NULL;
	bool is = s.n > 0 && memchr(s.p, '@', s.n) != NULL &&
		  address_named(s, &name, &mailbox, NULL) == WRAP_OK;

	free(name);
	free(mailbox);
	return is;
}

bool
column_word_in(struct span word, const char *words)
{
	char w[64];
	size_t n;

	column_fold(word, w);
	n = strlen(w);
	for (const char *p = words; n > 0 && (p = strstr(p, w)) != NULL; p += n)
		if ((p == words || p[-1] == ' ') && (p[n] == ' ' || p[n] == '\0'))
			return true;
	return false;
}

static bool
find(const struct alias *v, size_t n, struct span word, enum column *out)
{
	for (size_t i = 0; i < n; i++)
		if (column_word_in(word, v[i].words)) {
			*out = v[i].column;
			return true;
		}
	return false;
}

bool
column_is_weak(struct span header)
{
	return column_word_in(header, "state address estado stato statut");
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
