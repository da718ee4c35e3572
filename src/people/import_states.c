/*
 * The words of cells: what newsletter services and languages call the state of a reader, and yes and no.
 */
#include "import.h"

#include <string.h>

#define COUNT(v) (sizeof(v) / sizeof((v)[0]))

/* As column_fold writes them; by_user and its like are reasons for which Mailman delivers nothing. */
static const struct state_word {
	enum subscriber_state state;
	const char *words;
} states[] = {
	{ SUBSCRIBER_ACTIVE,
	    "active subscribed enabled confirmed member regular premium gifted trialed "
	    "churning pastdue free paid optedin optin aktiv actif angemeldet bestatigt "
	    "abonniert abonne abonnee inscrit inscrite confirme confirmee activo activa "
	    "suscrito suscrita inscrito inscrita confirmado confirmada attivo iscritto "
	    "confermato ativo aangemeld actief" },
	{ SUBSCRIBER_PENDING,
	    "pending unconfirmed unactivated nonsubscribed validating awaitingconfirmation "
	    "waitingforconfirmation notconfirmed notoptedin unbestatigt ausstehend "
	    "enattente nonconfirme pendiente noconfirmado inattesa pendente inafwachting" },
	{ SUBSCRIBER_UNSUBSCRIBED,
	    "unsubscribed unsubscribe optedout optout removed deleted archived disabled "
	    "inactive blocked blocklisted blacklisted suppressed byuser bymoderator "
	    "unsubscribes cancelled canceled paused churned notsubscribed inaktiv "
	    "abgemeldet abbestellt ausgetragen gesperrt desabonne desabonnee desinscrit "
	    "desinscrite inactif inactivo baja dadodebaja cancelado darsedebaja disiscritto "
	    "cancellato inattivo descadastrado inativo afgemeld inactief unengaged" },
	{ SUBSCRIBER_BOUNCED,
	    "bounced bouncing hardbounced cleaned undeliverable bybounces bounce hardbounce "
	    "softbounced invalid invalidemail rejected unzustellbar zuruckgewiesen rebotado" },
	{ SUBSCRIBER_COMPLAINED,
	    "complained complaint spam spamreport spamreported abuse junk spammy "
	    "markedasspam reportedspam spamcomplaint abusecomplaint" },
};

bool
column_yes(struct span s)
{
	return column_word_in(
	    s, "true yes 1 t y on x ja j wahr oui vrai si verdadero vero sim verdadeiro waar");
}

bool
column_no(struct span s)
{
	return column_word_in(
	    s, "false no 0 f n off nein falsch non faux falso nao nee onwaar never");
}

bool
column_state_word(struct span word, enum subscriber_state *out)
{
	for (size_t i = 0; i < COUNT(states); i++)
		if (column_word_in(word, states[i].words)) {
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
