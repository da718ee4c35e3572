/*
 * What servers say when they refuse, by reason. The rows are asked from the top and the first that knows a
 * phrase of the text decides, so their order is the policy: what speaks of us (sender, authentication, block
 * lists, relay) comes before what speaks of the reader, because a text may hold both and a wrong "gone"
 * costs a willing reader. Within the reader's affairs "full" comes before "disabled" before "unknown".
 * Phrases are lower case, in the words of the servers' own sources, manuals and help pages, in the languages
 * they speak.
 */
#include "bounce/internal.h"

#include <string.h>

struct phrases {
	enum bounce_reason reason;
	const char *words; /* split by '|' */
};

static const struct phrases table[] = {
	{ REASON_AUTHENTICATION, "required authentication level|dmarc=|dmarc policy" },
	{ REASON_RATE, "temporarily rate limited|unusual rate of|receive limit|thresholdexceeded" },
	{ REASON_NETWORK,
	    "ssl negotiation|tls negotiation|certificate is not|certificate not|server certificate|certificate verif|certificate has|"
	    "host not found, try again|not found, try again|"
	    "delivery temporarily suspended: connect|"
	    "delivery temporarily suspended: conversation|delivery temporarily suspended: lost" },
	{ REASON_SENDER,
	    "verification failed for|while verifying|sender address rejected|sender rejected|sender denied|sender refused|"
	    "domain of sender|sender domain|unverifiable sending|sending domain does not|sending domain is not|sender's domain|sender verif|verify sender|"
	    "verify the sender|verify your sender|invalid sender|unknown sender|bad sender|"
	    "sender not allowed|sender unknown|sender is not|sender was rejected|"
	    "envelope sender|mail from domain|return address|from address|from: address|"
	    "not authorized to send|not permitted to send|not allowed to send|originator|"
	    "sender not|sender does not|sender doesn't|sender's|in mail from|mail from: domain|sending from|return-path|header from|from header|sender address|invalid dns mx or a|does not allow mail from|mail from not|reverse-path|badsender|"
	    "unresolvable domain|restrictions on sending|permission to send|allowed to post|"
	    "not permitted to post|permission to post|only members|resolver.rst.|moderat|"
	    "groups.google.com/support|cannot send e-mail to yourself|sender invalid|expéditeur|"
	    "absender|remitente|remetente|mittente|not a member|your domain|your email address|"
	    "your e-mail address|your sender" },
	{ REASON_AUTHENTICATION,
	    "dmarc|dkim| spf|spf |spf:|spf=|sender policy framework|sender id |unauthenticated|"
	    "authentication check|authentication fail|authentication-results|"
	    "authentication required|authentication requirement|authentication is required|"
	    "not authenticated|fails to pass|failed authentication|arc seal|authenticate first|"
	    "not pass authentication|domain signature" },
	{ REASON_RELAY,
	    "relay access denied|relaying denied|relay denied|relaying is denied|"
	    "unable to relay|not permitted to relay|cannot relay|can't relay|relaying not|"
	    "relay not|not allowed to relay|relaying prohibited|relaying is prohibited|"
	    "not relay|no relay|rcpthosts|relay operat|relaying to|relay from|relay your|"
	    "open relay|relaying mail|smtp relay|allowed to relay|relay this|relayed|relaying|"
	    "norelay" },
	{ REASON_BLOCKED,
	    "blacklist|black list|black-list|blocklist|block list|block-list|blocked using|"
	    "blocked by|is blocked|been blocked|was blocked|are blocked|were blocked|"
	    "temporarily blocked|permanently blocked|blocking list|rbl|dnsbl|spamhaus|spamcop|"
	    "barracudacentral|senderscore|sorbs|senderbase|spfbl|reputation|is listed|"
	    "are listed|was listed|been listed|currently listed|listed by|listed at|listed on|"
	    "ip listed|client host rejected|your client host|host rejected|banned|ban list|"
	    "connections not accepted|connection denied|connection rejected|"
	    "connection from your|connections from your|connection refused by policy|"
	    "reverse dns|ptr record|ptr resource|no ptr|unknown client|unrecognized client|client not|known mail server|"
	    "sending host|sending server|sending mta|sending system|host name could not be found for|"
	    "ptr lookup|rdns|reverse hostname|reverse lookup|"
	    "reverse name|dynamic ip|dynamic range|dynamic address|residential|"
	    "mismatches client ip|greylist|graylist|grey list|grey-list|refused to talk to me|"
	    "service refuse|not accept mail from|not accepting mail from|accept mail from your|"
	    "refuse mail from|your network|your ip|your host|your server|your mail server|"
	    "mail server has been|your mta|poor reput|invalid helo|helo command|ehlo command|"
	    "bad helo|helo:|ehlo:|helo is|helo does|ehlo does|ehlo is|helo name|helo/ehlo|helo hostname|no longer accept mail from|no longer accepting mail from|no longer accept connections|access denied...|"
	    "from dynamic|ip address sending|from ip|this ip|ip not|ip is|ips with|the ip |"
	    "ip address [|for your ip|denied. ip|your isp|no access from mail|"
	    "postmaster.live.com|postmaster.info.aol|error-codes|unexpected volume|"
	    "user complaints|not rfc compliant helo|not accepted from" },
	{ REASON_SPAM,
	    "virus|malware|infected|trojan|phish|as spam|spam mess|spam content|spam detect|"
	    "spam score|spam filter|spam-filter|spam-like|spamassassin|spam email|spam mail|"
	    "is spam|be spam|like spam|considered spam|suspected spam|spam protection|spam policy|"
	    "spam check|for spam|spam-rel|antispam|anti-spam|junk mail|junkmail|junk email|"
	    "unsolicited|bulk mail|bulk email|surbl|uribl|content filter|content scan|"
	    "content reject|rejected by content|message content|mail content|scam|suspicious|"
	    "undesirable|unwanted|mail rejete|rejected as|advertis|blocked url|"
	    "bad reputation url|text/html is not" },
	{ REASON_POLICY,
	    "policy reason|policy viol|for policy|due to policy|local policy|security policy|"
	    "site policy|company policy|of policy|by policy|policy reject|message blocked due|"
	    "administrative prohibition|administratively prohibited|administratively denied|"
	    "blocked because its content|security issue|security violation|security reasons|"
	    "protocol violation|rejected by user|user preferences|recipient preferences|"
	    "delivery not authorized|delivery not allowed|not authorized, message refused|"
	    "message refused|transport.rules|rejectmessage|rule impos|organization policy|"
	    "administrator's|address book policy|restricted address|recipient restricted|"
	    "closed group|challenge|whitelist|white list|allow list|not on the list" },
	{ REASON_FULL,
	    "mailbox full|mailbox is full|mailbox was full|mailbox are full|"
	    "mailbox for user is full|mailfolder is full|mail folder is full|inbox is full|"
	    "inbox full|box is full|box full|folder is full|folder full|account is full|"
	    "account full|user is full|storage is full|over quota|overquota|over-quota|"
	    "overquota|over disk quota|over its quota|over their quota|over the quota|"
	    "above its quota|above quota|quota exceed|quota is exceed|quota has been exceed|"
	    "exceeded quota|exceeded its quota|exceeded their quota|exceeded your quota|"
	    "exceeds quota|exceeds its quota|exceed quota|exceeded disk quota|"
	    "exceeded email quota|exceeded his|exceeding quota|exceed mailbox quota|"
	    "exceeded mailbox|exceeds mailbox|out of quota|quota violation|quota limit|"
	    "quota full|disk quota|disc quota|mailbox quota|storage quota|insufficient quota|"
	    "not enough quota|out of storage|storage exceed|storage limit|storage allocation|"
	    "exceeded storage|exceeds storage|storage space|storage capacity|enough storage|"
	    "enough space|insufficient space|no space for|mailbox has exceeded|mailbox exceed|"
	    "mailbox size|mailbox limit|mailbox too large|mailbox capacity|size of the mailbox|"
	    "number of messages in recipient's mailbox|exceeded the local limit|maildir over|"
	    "would exceed|overflow|too much mail data|too much mail in|over the maximum allowed|"
	    "exceeded the maximum mailbox|exceeded maximum storage|user disk|quotaexceeded|"
	    "quota-issues|mailboxfull|full mailbox|inbox has exceeded|boite pleine|boîte pleine|"
	    "boite aux lettres pleine|quota dépass|quota depass|postfach ist voll|postfach voll|"
	    "mailbox voll|überfüllt|buzón lleno|buzon lleno|casella piena|caixa cheia|"
	    "est pleine|est saturé|está lleno|está llena|esta lleno|esta llena|está cheia|lotada|è piena|è pieno|"
	    "postfach des empfängers ist voll|is vol |is vol.|jest pełn|je plná|dolu|заполнен|가득|용량|"
	    "переполнен|容量|がいっぱい|一杯で|已满|空间不足|满了" },
	{ REASON_TOO_BIG,
	    "message size|message too large|message too big|too large|too big|size limit|"
	    "maximum size|exceeds fixed|exceeds maximum|exceeded maximum|exceeds the size|"
	    "exceeds the maximum|exceeds size|exceeds administrative limit|message length|"
	    "larger than|size of this message|size exceeds|message exceeds|exceeded message|"
	    "message header size|maximum allowed size|over size|oversize" },
	{ REASON_LOOP,
	    "mail loop|too many hops|hop count|looping|forwarded more than the maximum|"
	    "loops back|duplicated message-id|loop detected|routing loop|hopcount|message loop|"
	    "loop count|forwarding loop|loop alert|infinite loop" },
	{ REASON_RATE,
	    "too many|rate limit|rate-limit|ratelimit|rate limited|throttl|too quickly|too fast|"
	    "too frequent|too often|excessive|exceeded the rate|temporarily deferred|"
	    "temporarily limited|concurrent|messages per|sending limit|sending quota|"
	    "daily limit|hourly|frequency limit|access frequency|connection frequency|mail at a rate|at a rate that|slow down|limit exceeded|"
	    "resources restricted|maximum number of|number of recipients|connection limit|"
	    "connection rate|over limit|daily message quota|exceeded the maximum number" },
	{ REASON_CONTENT,
	    "rfc 5322|rfc 2822|rfc 822|rfc5322|rfc2822|rfc822 |not compliant|non-compliant|"
	    "duplicate header|multiple subject|bare lf|bare cr|bare linefeed|bare newline|stray|"
	    "malformed|illegal attachment|attachment|8-bit data|8bit|eight bit|non-ascii|"
	    "data format error|smtputf8|utf-8 |charset|missing header|header error|"
	    "header format|headers missing|missing message-id|message-id is not|in header|invalid header|illegal header|"
	    "message format|mime error|mime structure|improper use|invalid character|"
	    "line too long|content not|unsupported content|encoding" },
	{ REASON_MOVED,
	    "has moved|have moved|was moved|moved to|mailbox moved|new address|changed address|"
	    "address has changed|changed his|changed her|no longer employed|no longer with|"
	    "no longer works|no longer work|left the company|left this company|has left|"
	    "no longer at|no longer here|no forwarding address|n'est plus|ne travaille plus|"
	    "ya no trabaja|nicht mehr" },
	{ REASON_DISABLED,
	    "deactivated|de-activated|discontinued|inactive|not active|account suspended|"
	    "account is suspended|account has been suspended|is suspended|been suspended|"
	    "user suspended|mailbox suspended|account blocked|account is locked|account locked|"
	    "temporary locked|temporarily locked|user locked|mailbox locked|mailbox is locked|"
	    "account closed|account is closed|account has been closed|account expired|"
	    "account has expired|expired account|expired user|user expired|mailbox expired|"
	    "account cancel|account is temporarily unavailable|account temporarily unavailable|"
	    "not activated|account unavailable|account is unavailable|account not available|"
	    "account dormant|unsubscribed user|désactivé|deaktiviert|disattivat|desactivad|desativad|"
	    "gesperrt|停止|заблокирован|отключен|停用|冻结|account terminated|"
	    "account has been terminated|user terminated|account has been deleted|"
	    "account deleted|user has been deleted|mailbox has been deleted|"
	    "address has been removed|account has been removed|mailbox has been removed|"
	    "recipient has been removed|account disabled|is disabled|been disabled|was disabled|"
	    "mailbox disabled|user disabled|recipient disabled|disabled user|disabled mailbox|"
	    "disabled account|disabled recipient|disabled address|address disabled|"
	    "currently disabled|disabled or|disabled, not|mailbox is closed|mailbox closed|"
	    "account frozen|account is frozen|account has been frozen|mailbox frozen|"
	    "account has been cancel" },
	{ REASON_NO_MAIL,
	    "null mx|nullmx|does not accept mail|does not accept email|doesn't accept mail|"
	    "doesn't accept email|domain does not accept|never accept|no mx found|"
	    "no mail exchanger|no mail host|does not receive mail|does not receive email|"
	    "no mx record|not accept mail at|no mailserver|accepts no mail" },
	{ REASON_UNKNOWN_HOST,
	    "host unknown|unknown host|unknown domain|domain unknown|no such domain|"
	    "domain not found|host not found|host or domain name not found|"
	    "couldn't find any host|couldn't find a mail|couldn't find an|illegal host|"
	    "invalid domain|invalid host|illegal domain|bad destination system|"
	    "bad destination host|domain is not reachable|no such host|nxdomain|"
	    "non-existent domain|nonexistent domain|dns lookup fail|dns lookup failure|"
	    "unrouteable mail domain|unroutable domain|all relevant mx|domain name not found|"
	    "unable to route|cannot route|no route for|has no mx|no mail server|"
	    "domain has expired|bad domain|bad-domain|domain couldn't|no mx or a record|no mx or a for|domain lookup fail|no route found to domain|domain could not|"
	    "domain is invalid|domain isn't|domain invalid|unknown remote|name server:|"
	    "remote host unknown|host is unknown|unresolvable host|domainnotexist|"
	    "domainnonexistent|nonexistentdomain|unresolv|ドメインが" },
	{ REASON_UNKNOWN_USER,
	    "user unknown|unknown user|unknown recipient|recipient unknown|"
	    "recipients unknown|no such user|no such recipient|no such person|"
	    "no such mailbox|no such address|no such account|no such local|no such id|"
	    "no such email|no such e-mail|no such alias|no such name|no such virtual|"
	    "no such member|no such dest|no user|no known user|user not found|"
	    "users not found|recipient not found|mailbox not found|address not found|"
	    "account not found|user mailbox not found|user not known|recipient not known|"
	    "user is not known|user doesn't exist|user does not exist|unknown local|"
	    "unknown mailbox|unknown address|unknown account|unknown or illegal|"
	    "unknown email|unknown e-mail|unknown customer|unknown username|address unknown|"
	    "mailbox unknown|addressee unknown|username unknown|account unknown|"
	    "unrouteable address|unroutable address|unrouteable recipient|invalid recipient|"
	    "invalid user|invalid mailbox|invalid address|invalid account|invalid alias|"
	    "invalid local|invalid email|invalid e-mail|invalid member|invalid rcpt|"
	    "recipient invalid|recipient is invalid|user invalid|bad destination mailbox|"
	    "bad destination email|bad destination address|not our user|bad recipient|"
	    "bad address|bad mailbox|bad user|illegal user|illegal alias|illegal recipient|"
	    "no mailbox|no account|no valid recipient|badrecipientto|badrcptto|"
	    "user not local|recipient is unknown|recipients are unknown|"
	    "not a valid recipient|not a valid user|not a valid mailbox|not a valid address|"
	    "not a valid email|not a valid e-mail|not a valid account|not valid recipient|"
	    "not valid user|address is not valid|mailbox is not valid|user is not valid|"
	    "recipient is not valid|recipient address is not|address is invalid|"
	    "mailbox is invalid|address invalid|not a local user|not my user|not a user|"
	    "not a mailbox|not in the directory|not in directory|mailbox unavailable|"
	    "mailbox not available|mailbox is unavailable|mailbox is not available|"
	    "user doesn't have|user does not have|has no mailbox|has no account|"
	    "incorrect address|address is incorrect|address incorrect|"
	    "email address is possibly incorrect|wrong address|address error|recipnotfound|"
	    "recipientnotfound|nosuchuser|invalidrecipient|all recipients are invalid|"
	    "unknown addressee" },
};

/*
 * Nobody is there, or nothing: these do not say what is missing. Under a status about policy or content it is
 * a certificate, a host name or a header of ours.
 */
static const char missing[] =
    "name not found| id not found|not a known|not known here|not known at|"
    "does not exist|doesn't exist|do not exist|not exist|non-exist|nonexist|"
    "non exist|not existing|unknown to|unknown in|unknown at|unknown name|"
    "name unknown|is unknown|invalid destination|no longer accept|is not a valid|"
    "is not valid|isn't valid|not our customer|not a customer|not a registered|"
    "not registered|not in our|unable to find|cannot find|can't find|could not find|"
    "couldn't find|couldn't be found|could not be found|wasn't found|was not found|"
    "were not found|cannot be found|not found in|not listed in|not recognized|"
    "not recognised|unrecognized|unrecognised|doesn't have an|does not have an|"
    "no longer valid|no longer in use|no longer used|no longer active|"
    "no longer exist|no longer on|no longer available|no longer a|no longer handled|"
    "no longer reach|is obsolete|misspell|mis-typed|mistyped|"
    "no matches to nameserver|resolver.adr.invalid|resolver.adr.bad";

/* What is asked after those. */
static const struct phrases rest[] = {
	{ REASON_UNKNOWN_USER,
	    "undeliverable address|unable to verify recipient|rcp-p1|"
	    "not have a mailbox|not hosted here|doesn't work here|recipient isn't|no mail box|"
	    "user has not|destination address required|destinataire invalide|"
	    "utilisateur inconnu|destinataire inconnu|adresse inconnue|inconnu|introuvable|"
	    "n'existe pas|n existe pas|empfänger unbekannt|benutzer unbekannt|unbekannter|"
	    "adresse unbekannt|unbekannt|existiert nicht|nicht gefunden|nicht bekannt|ungültige|"
	    "destinatario sconosciuto|sconosciut|non esiste|inesistente|inexistente|no existe|"
	    "desconocid|desconhecid|não existe|nao existe|no se encontr|não encontrad|"
	    "não foi encontrad|onbekend|niet bekend|bestaat niet|okänd|ukendt|ukjent|"
	    "nie istnieje|nieznany|neexistuje|nem létezik|não localizad|не существует|"
	    "несуществующ|не найден|неизвестн|нет такого|недействительн|見つかりません|ありません|存在しません|"
	    "存在しない|宛先不明|不明です|不存在|无此用户|用户不存|未找到|找不到|無此|查无此|존재하지|없는 사용자" },
	{ REASON_POLICY,
	    "your message was rejected|this message was rejected|message rejected|"
	    "message was blocked|mail rejected|rejected for|rejected due|rejected because|"
	    "refused by|refused due" },
	{ REASON_EXPIRED,
	    "retry timeout|retry time|could not be delivered for|not be delivered for|"
	    "message expired|queue.expired|envelope expired|in the queue too long|"
	    "in queue too long|giving up|have been failing|delivery time expired|"
	    "delivery time has expired|for too long|too long in|multiple retries|"
	    "maximum retries|attempts|queue lifetime|queue time|message timed out|"
	    "message-expired|expired before|has stopped trying|stopped trying|"
	    "message was not delivered within|undelivered for|message timeout|delivery expired|"
	    "retries exceeded|maximum time" },
	{ REASON_NETWORK,
	    "timed out|time out|timeout|connection refused|connection reset|no route to host|"
	    "network unreachable|network is unreachable|host unreachable|host is unreachable|"
	    "unreachable|could not connect|couldn't connect|unable to connect|cannot connect|"
	    "can't connect|failed to connect|establish an smtp connection|lost connection|"
	    "connection dropped|connection closed|connection lost|connection fail|"
	    "connection died|connection was|name service error|temporary lookup|lookup fail|"
	    "dns error|dns server|dns failure|nameserver|starttls|tls |certificate|ssl |"
	    "broken pipe|no-answer-from-host|bad-connection|routing-errors|communicat|host down|"
	    "server down|not responding|did not respond|no answer|remote protocol error|"
	    "network error|connect to|greeting" },
	{ REASON_SYSTEM,
	    "internal error|system error|transaction failed|service unavailable|"
	    "service not available|service currently|local error|configuration|temporary fail|"
	    "temporary error|temporarily unavail|temporary problem|temporary system|processing|"
	    "insufficient system|disk space|disk full|no space left|system resource|"
	    "out of memory|lock failure|can't create|cannot create|cannot open|can't open|"
	    "mailer error|command output|procmail|command died|unexpected|system storage|"
	    "system not|server error|software error|i/o error|try again|try later|later|"
	    "essayer plus tard|bad file|permission|database|backend|server busy|error writing|"
	    "error in processing|failure" },
};

/* Words too common to be asked before a status code. */
static const struct phrases hints[] = {
	{ REASON_SPAM, "spam" },
	{ REASON_POLICY,
	    "policy|denied|prohibited|forbidden|restrict|abuse|blocked|not allowed|not permitted|"
	    "refused|rejected|rejects|unacceptable|not accepted|not authorized|unauthorized|reject|"
	    "policy-related|spam-related" },
	{ REASON_UNKNOWN_USER, "bad-mailbox" },
};

static bool
has_word(struct span folded, const char *words)
{
	struct span left = span_of(words), word;

	while (span_cut(&left, '|', &word))
		if (span_find(folded, word) != (size_t)-1)
			return true;
	return false;
}

static enum bounce_reason
look(const struct phrases *t, size_t n, struct span folded)
{
	for (size_t i = 0; i < n; i++)
		if (has_word(folded, t[i].words))
			return t[i].reason;
	return REASON_UNCLEAR;
}

enum bounce_reason
phrase_reason(struct span folded, bool wary)
{
	enum bounce_reason reason;

	/* "550 <a@b> unknown": all that is left when code and address are off. */
	if (span_eqs(folded, "unknown") || span_starts(folded, "unknown ("))
		return REASON_UNKNOWN_USER;
	reason = look(table, sizeof(table) / sizeof(table[0]), folded);
	if (reason == REASON_UNCLEAR && !wary && has_word(folded, missing))
		reason = REASON_UNKNOWN_USER;
	if (reason == REASON_UNCLEAR)
		reason = look(rest, sizeof(rest) / sizeof(rest[0]), folded);
	return reason;
}

enum bounce_reason
phrase_hint(struct span folded)
{
	return look(hints, sizeof(hints) / sizeof(hints[0]), folded);
}

/* ---- what is not a phrase ------------------------------------------------------------------------------- */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "550", "550-5.7.26", "#5.1.1", "(#5.1.1)": codes of the reply, repeated on each of its lines. */
static bool
is_code(struct span w)
{
	size_t digits = 0;

	while (w.n > 0 && strchr("(#[", w.p[0]) != NULL) {
		w.p++;
		w.n--;
	}
	while (w.n > 0 && strchr(")].,:;-", w.p[w.n - 1]) != NULL)
		w.n--;
	if (w.n < 3 || (w.p[0] != '2' && w.p[0] != '4' && w.p[0] != '5'))
		return false;
	for (size_t i = 0; i < w.n; i++) {
		if (is_digit(w.p[i]))
			digits++;
		else if (w.p[i] != '.' && w.p[i] != '-')
			return false;
	}
	return digits <= 10;
}

/* An address, to be left out; a sentence of a script without blanks that holds one stays. */
static bool
is_address(struct span w)
{
	if (memchr(w.p, '@', w.n) == NULL)
		return false;
	for (size_t i = 0; i < w.n; i++)
		if ((unsigned char)w.p[i] >= 0xe3)
			return false;
	return true;
}

void
phrase_fold(struct span s, struct buf *out)
{
	bool host = false;

	for (size_t i = 0; i < s.n;) {
		struct span w;
		size_t j = i;

		while (j < s.n && (unsigned char)s.p[j] > ' ')
			j++;
		w = (struct span){ s.p + i, j - i };
		i = j + 1;
		if (w.n == 0)
			continue;
		/* The name after "host" is the other server's, not a word of its reply; nor is an address. */
		if (host || is_code(w) || is_address(w)) {
			host = false;
			if (is_address(w) || w.p[w.n - 1] != ':')
				continue;
		}
		host = span_ieqs(w, "host") && i < s.n &&
		       memchr(s.p + i, '[', s.n - i < 80 ? s.n - i : 80) != NULL;
		if (out->n > 0)
			buf_addc(out, ' ');
		for (size_t k = 0; k < w.n; k++)
			buf_addc(
			    out, (char)(w.p[k] >= 'A' && w.p[k] <= 'Z' ? w.p[k] + 32 : w.p[k]));
	}
}
