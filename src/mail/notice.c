/*
 * What servers write in their own words. No rule here knows one server: nearly all of them put the failing
 * address at the start of a line and the reason on the same line or below it (qmail, Postfix, Exim, sendmail,
 * OpenSMTPD, Courier, Yahoo, Domino, Exchange), and the rest name it after "to", "for" or "recipient". So
 * the lines are searched for the first form, then for the second, then for any address that is not ours.
 */
#include "mail/reading.h"

#include <string.h>

#define LINES_MAX 600
#define REASON_LINES 60 /* below a recipient; the longest transcripts have half of it */

/* ---- where the quoted mail begins --------------------------------------------------------------------- */

/* Beginnings of the line above it, punctuation off. A longer form stands before its own beginning. */
static const char quote_lines[] =
    "this is a copy of the message|this is a copy of your message|this is a copy of the header|"
    "below this line is a copy|below is a copy of|below is your original|a copy of your message|"
    "a copy of the original|here is a copy of|included is a copy|attached is a copy|copy of message|"
    "original message follows|original message headers|original message header|original message:|"
    "original message text|message headers follow|message header follows|message header:|"
    "headers of the original|header of the original|the header of the original|headers of your message|"
    "unsent message|message text follows|message body follows|returned message|original mail as follows|"
    "original mail info|original mail follows|the original message follows|the original mail|"
    "your original message|your message follows|the text of your message|text of the original|"
    "the following is the original|the following is a copy|start of original|begin original|"
    "beginning of original|contents of the original|undelivered message follows|"
    "returned mail follows|message follows|start of returned|copy of the original|"
    "content-type: message/rfc822|content-type: text/rfc822-headers|"
    "message d'origine|en-têtes de message d'origine|ursprüngliche nachricht|"
    "mensaje original|encabezados del mensaje original|cabeçalhos da mensagem original|"
    "messaggio originale|oorspronkelijk bericht|"
    "元のメッセージ";

/* Fields of a quoted header, when they stand at the margin. */
static const char quote_fields[] =
    "received: |return-path: |x-received: |dkim-signature: |arc-seal: ";

static bool
begins_with_any(struct span line, const char *words)
{
	struct span rest = span_of(words), word;

	while (span_cut(&rest, '|', &word))
		if (line.n >= word.n && memcmp(line.p, word.p, word.n) == 0)
			return true;
	return false;
}

/* The line in lower case without the dashes and stars around it. */
static struct span
bare_line(struct span line, struct buf *fold)
{
	struct span s;

	if (line.n > 200)
		line.n = 200;
	buf_reset(fold);
	fold_text(line, fold);
	s = buf_span(fold);
	while (s.n > 0 && strchr("-=*#|_> .\"<", s.p[0]) != NULL) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && strchr("-=*#|_ ", s.p[s.n - 1]) != NULL)
		s.n--;
	return s;
}

size_t
notice_end(struct span text)
{
	struct buf fold = BUF_INIT(1024);
	struct span rest = text, line;
	size_t end = text.n;
	bool any = false;

	while (span_cut(&rest, '\n', &line)) {
		struct span bare = bare_line(line, &fold);

		if (bare.n == 0)
			continue;
		if (any &&
		    (begins_with_any(bare, quote_lines) || span_eqs(bare, "original message") ||
			(bare.p == buf_str(&fold) && line.p[0] > ' ' &&
			    begins_with_any(bare, quote_fields)))) {
			end = (size_t)(line.p - text.p);
			break;
		}
		any = true;
	}
	buf_clear(&fold);
	return end;
}

/* ---- lines that begin with the failing address ---------------------------------------------------------- */

/* Length of a reply code with its enhanced status at the start: "550 ", "550 5.1.1 ", "550-5.1.1 "; 0 for none. */
static size_t
code_length(struct span s)
{
	size_t i = 3, dots = 0;

	if (s.n < 5 || s.p[0] < '2' || s.p[0] > '5' || s.p[1] < '0' || s.p[1] > '9' ||
	    s.p[2] < '0' || s.p[2] > '9' || (s.p[3] != ' ' && s.p[3] != '-'))
		return 0;
	i++;
	for (size_t j = i; j < s.n && ((s.p[j] >= '0' && s.p[j] <= '9') || s.p[j] == '.'); j++) {
		dots += s.p[j] == '.';
		if (dots == 2 && j + 1 < s.n && s.p[j + 1] == ' ')
			i = j + 2;
	}
	return i;
}

static bool
recipient_line(struct span line, struct span *address, struct span *after, bool *coded)
{
	struct span t = span_trim(line);
	size_t at = 0, code;

	if (t.n > 3 && memcmp(t.p, "<<<", 3) == 0) /* the other server speaks here */
		return false;
	while (t.n > 0 &&
	       (strchr("*->|#\"' \t", t.p[0]) != NULL || (t.n > 3 && memcmp(t.p, "•", 3) == 0))) {
		size_t n = t.p[0] == '\xe2' ? 3 : 1;

		t.p += n;
		t.n -= n;
	}
	code = code_length(t);
	*coded = code > 0 && code < t.n && t.p[code] == '<';
	if (*coded) {
		t.p += code;
		t.n -= code;
	}
	if (!address_next(t, &at, address) || address->p - t.p > 1 ||
	    (address->p > t.p && t.p[0] != '<' && t.p[0] != '"'))
		return false;
	if (at < t.n && t.p[0] == '<' && t.p[at] == '>')
		at++;
	*after = (struct span){ t.p + at, t.n - at };
	while (after->n > 0 && strchr(" :,;.\"'>", after->p[0]) != NULL) {
		after->p++;
		after->n--;
	}
	return true;
}

struct lines {
	struct span v[LINES_MAX];
	size_t n;
};

static void
lines_split(struct span text, struct lines *l)
{
	struct span rest = text;

	l->n = 0;
	while (l->n < LINES_MAX && span_cut(&rest, '\n', &l->v[l->n]))
		l->n++;
}

/*
 * sendmail's transcript ends each recipient with a line of its own, "550 <a@b>... User unknown"; what was
 * said on the wire stands above it, back to the line of the recipient before.
 */
static void
replies_above(const struct lines *l, size_t i, struct report_row *row)
{
	size_t from = i;

	while (from > 0 && from + 12 > i) {
		struct span t = span_trim(l->v[from - 1]), address, after;
		bool coded;

		if (t.n < 4 ||
		    (memcmp(t.p, "<<<", 3) != 0 && memcmp(t.p, ">>>", 3) != 0 &&
			code_length(t) == 0) ||
		    recipient_line(t, &address, &after, &coded))
			break;
		from--;
	}
	for (; from < i; from++)
		row_text(&row->prose, span_trim(l->v[from]));
}

/* Does what we have so far only lead on: "because:"? */
static bool
announced(const struct report_row *row)
{
	size_t n = row->prose == NULL ? 0 : strlen(row->prose);

	return n > 0 && n < 60 && row->prose[n - 1] == ':';
}

/* The reason: the rest of the recipient's line and what follows, up to an empty line or the next recipient. */
static void
reason_below(const struct lines *l, size_t i, struct span after, struct report_row *row)
{
	bool any = after.n > 1, own = any;
	struct span address, rest;
	bool coded;

	if (any)
		row_text(&row->prose, after);
	for (size_t j = i + 1, blanks = 0; j < l->n && j <= i + REASON_LINES; j++) {
		struct span t = span_trim(l->v[j]);

		if (t.n == 0) {
			/* Below a bare address, or a word that announces it, the reason may follow after an empty line or two. */
			if (((own || any) && !announced(row)) || ++blanks > 2)
				return;
			continue;
		}
		if (recipient_line(l->v[j], &address, &rest, &coded) &&
		    !(row->recipient != NULL && span_ieqs(address, row->recipient)))
			return;
		row_text(&row->prose, t);
		any = true;
	}
}

bool
notice_names(struct span text, const struct bystanders *b)
{
	struct span rest = text, line, address, after;
	bool coded;

	while (span_cut(&rest, '\n', &line)) {
		size_t colon = span_find(line, SPAN_LIT(":"));

		if (recipient_line(line, &address, &after, &coded) && !is_bystander(b, address))
			return true;
		if (colon != (size_t)-1 &&
		    recipient_line((struct span){ line.p + colon + 1, line.n - colon - 1 },
			&address, &after, &coded) &&
		    after.n == 0 && !is_bystander(b, address))
			return true;
	}
	return false;
}

static bool
is_role(struct span address)
{
	static const char *const roles[] = { "postmaster@", "mailer-daemon@", "abuse@", "support@",
		"helpdesk@", "hostmaster@", "noreply@", "no-reply@", "webmaster@", "spam@" };

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		size_t n = strlen(roles[i]);

		if (address.n > n && span_ieqs((struct span){ address.p, n }, roles[i]))
			return true;
	}
	return false;
}

/* First form. With rows from elsewhere (X-Failed-Recipients, status fields) only theirs are filled in. */
static bool
read_lines(
    const struct lines *l, const struct bystanders *b, bool ours_too, bool add, struct report *r)
{
	bool found = false;

	for (size_t i = 0; i < l->n; i++) {
		struct span address, after;
		struct report_row *row;
		bool coded;

		if (!recipient_line(l->v[i], &address, &after, &coded) ||
		    (!ours_too && is_bystander(b, address)))
			continue;
		row = add ? row_for(r, address) : row_find(r, address);
		if (row == NULL)
			continue;
		found = true;
		if (coded) {
			replies_above(l, i, row);
			row_text(&row->prose, after);
		} else
			reason_below(l, i, after, row);
	}
	return found;
}

/* ---- addresses named inside a sentence ------------------------------------------------------------------ */

static const char names_recipient[] =
    " to|to:|rcpt|recipient|address|mailbox|user|for|failed|deliver|account|destinat|empfänger|"
    "宛|先|收件";
static const char names_other[] =
    "contact|please send|assistance|help|sender|mail from|from:|questions|reply|report this|"
    "message-id:|support|by <|subject|delivered by|wenden sie|hilfe|fragen|kontakt|ihre anfrage|"
    "aide|écrire à|écrivez|ayuda|consulte|contacte|ajuda|assistenza|scriva|vragen|pytania|"
    "обрат|вопрос|помощ|お問い合わせ|联系|聯絡|문의";

static bool
read_sentences(const struct lines *l, const struct bystanders *b, bool hinted, struct report *r)
{
	struct buf fold = BUF_INIT(4096);
	bool found = false;

	for (size_t i = 0; i < l->n; i++) {
		struct span address, line = l->v[i];
		size_t at = 0;

		if (line.n > 1000)
			line.n = 1000;
		while (address_next(line, &at, &address)) {
			struct report_row *row;

			buf_reset(&fold);
			fold_text((struct span){ line.p, (size_t)(address.p - line.p) }, &fold);
			if (is_bystander(b, address) || is_role(address) ||
			    has_any(buf_span(&fold), names_other) ||
			    (hinted && !has_any(buf_span(&fold), names_recipient)))
				continue;
			row = row_for(r, address);
			if (row == NULL)
				break;
			found = true;
		}
	}
	buf_clear(&fold);
	return found;
}

void
notice_read(struct span text, const struct bystanders *b, struct report *r)
{
	struct lines l;
	bool add = r->n == 0;

	text.n = notice_end(text);
	lines_split(text, &l);
	if (read_lines(&l, b, false, add, r) || !add)
		return;
	if (read_sentences(&l, b, true, r) || read_lines(&l, b, true, true, r))
		return;
	(void)read_sentences(&l, b, false, r);
}
