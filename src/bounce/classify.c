/*
 * What a report means for a reader: one class, one reason, one status. The words of the refusing server come
 * first, then the most specific code, then what the reporting server says in its own text; "5.x.x is hard"
 * is wrong for half of all mail, so a code alone decides only where RFC 3463 speaks of the mailbox. What
 * follows from a class is policy.c's affair. phrases.c holds the words.
 */
#include "bounce/internal.h"

#include <string.h>

static const struct {
	const char *word;
	enum bounce_group group;
	bool hard;
	const char *status; /* what RFC 3463 would call it, for reports that give no code */
} reasons[] = {
	[REASON_UNCLEAR] = { "unclear", BOUNCE_ABOUT_TRANSPORT, false, "" },
	[REASON_UNKNOWN_USER] = { "unknown-user", BOUNCE_ABOUT_ADDRESS, true, "5.1.1" },
	[REASON_MOVED] = { "moved", BOUNCE_ABOUT_ADDRESS, true, "5.1.6" },
	[REASON_DISABLED] = { "disabled", BOUNCE_ABOUT_ADDRESS, true, "5.2.1" },
	[REASON_UNKNOWN_HOST] = { "unknown-host", BOUNCE_ABOUT_ADDRESS, true, "5.1.2" },
	[REASON_NO_MAIL] = { "no-mail", BOUNCE_ABOUT_ADDRESS, true, "5.1.10" },
	[REASON_FULL] = { "mailbox-full", BOUNCE_ABOUT_MAILBOX, false, "5.2.2" },
	[REASON_TOO_BIG] = { "too-big", BOUNCE_ABOUT_CONTENT, false, "5.3.4" },
	[REASON_SENDER] = { "sender-refused", BOUNCE_ABOUT_US, false, "5.1.8" },
	[REASON_AUTHENTICATION] = { "authentication", BOUNCE_ABOUT_US, false, "5.7.1" },
	[REASON_BLOCKED] = { "blocked", BOUNCE_ABOUT_US, false, "5.7.1" },
	[REASON_SPAM] = { "spam", BOUNCE_ABOUT_US, false, "5.7.1" },
	[REASON_POLICY] = { "policy", BOUNCE_ABOUT_US, false, "5.7.1" },
	[REASON_RATE] = { "rate", BOUNCE_ABOUT_US, false, "5.4.5" },
	[REASON_RELAY] = { "relaying", BOUNCE_ABOUT_US, false, "5.7.1" },
	[REASON_CONTENT] = { "content", BOUNCE_ABOUT_CONTENT, false, "5.6.0" },
	[REASON_LOOP] = { "loop", BOUNCE_ABOUT_TRANSPORT, false, "5.4.6" },
	[REASON_NETWORK] = { "network", BOUNCE_ABOUT_TRANSPORT, false, "5.4.1" },
	[REASON_EXPIRED] = { "expired", BOUNCE_ABOUT_TRANSPORT, false, "5.4.7" },
	[REASON_SYSTEM] = { "system", BOUNCE_ABOUT_TRANSPORT, false, "5.3.0" },
	[REASON_DELAYED] = { "delayed", BOUNCE_ABOUT_NOTHING, false, "4.4.0" },
};

static const char *const class_names[] = { "hard", "soft", "complaint", "unsubscribe", "auto",
	"other" };

const char *
bounce_class_name(enum bounce_class c)
{
	return class_names[c];
}

const char *
bounce_reason_name(enum bounce_reason r)
{
	return reasons[r].word;
}

enum bounce_group
bounce_reason_group(enum bounce_reason r)
{
	return reasons[r].group;
}

bool
bounce_reason_read(const char *word, enum bounce_reason *out)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (strcmp(word, reasons[i].word) == 0) {
			*out = (enum bounce_reason)i;
			return true;
		}
	return false;
}

bool
bounce_class_read(const char *word, enum bounce_class *out)
{
	for (size_t i = 0; i < sizeof(class_names) / sizeof(class_names[0]); i++)
		if (strcmp(word, class_names[i]) == 0) {
			*out = (enum bounce_class)i;
			return true;
		}
	return false;
}

/* ---- codes ------------------------------------------------------------------------------------------------ */

/* What the statuses of RFC 3463 and its registry, and those of Microsoft (x.x.1xx and up), say when the words say nothing. */
static const struct {
	const char *code; /* without the class digit */
	enum bounce_reason reason;
} codes[] = {
	{ "1.0", REASON_UNKNOWN_USER },
	{ "1.1", REASON_UNKNOWN_USER },
	{ "1.2", REASON_UNKNOWN_HOST },
	{ "1.3", REASON_UNKNOWN_USER },
	{ "1.6", REASON_MOVED },
	{ "1.7", REASON_SENDER },
	{ "1.8", REASON_SENDER },
	{ "1.10", REASON_NO_MAIL },
	{ "1.351", REASON_UNKNOWN_USER },
	{ "2.1", REASON_DISABLED },
	{ "2.2", REASON_FULL },
	{ "2.3", REASON_TOO_BIG },
	{ "2.121", REASON_RATE },
	{ "2.122", REASON_RATE },
	{ "3.1", REASON_SYSTEM },
	{ "3.4", REASON_TOO_BIG },
	{ "4.0", REASON_NETWORK },
	{ "4.1", REASON_NETWORK },
	{ "4.2", REASON_NETWORK },
	{ "4.3", REASON_NETWORK },
	{ "4.4", REASON_UNKNOWN_HOST },
	{ "4.5", REASON_SYSTEM },
	{ "4.6", REASON_LOOP },
	{ "4.7", REASON_EXPIRED },
	{ "4.14", REASON_LOOP },
	{ "4.310", REASON_UNKNOWN_HOST },
	{ "7.13", REASON_DISABLED },
	{ "7.26", REASON_AUTHENTICATION },
	{ "7.25", REASON_BLOCKED },
	{ "7.515", REASON_AUTHENTICATION },
};

static enum bounce_reason
reason_of_status(const char *status)
{
	if (status[0] == '\0')
		return REASON_UNCLEAR;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strcmp(status + 2, codes[i].code) == 0)
			return codes[i].reason;
	if (strncmp(status + 2, "7.", 2) == 0)
		return REASON_POLICY;
	if (strncmp(status + 2, "6.", 2) == 0)
		return REASON_CONTENT;
	return REASON_UNCLEAR;
}

/* Does the status name one thing? "x.0.0" and "x.y.0" do not. */
static bool
is_specific(const char *status)
{
	size_t n = strlen(status);

	return n >= 5 && !(status[n - 1] == '0' && status[n - 2] == '.');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* An enhanced status at s: its length, else 0. RFC 3463 2: class, subject and detail of up to three digits. */
static size_t
status_length(struct span s)
{
	size_t i = 1, dots = 0, run = 0;

	if (s.n < 5 || (s.p[0] != '4' && s.p[0] != '5') || s.p[1] != '.')
		return 0;
	for (; i < s.n && (is_digit(s.p[i]) || s.p[i] == '.'); i++) {
		if (s.p[i] == '.') {
			if (++dots > 2 || (i + 1 < s.n && !is_digit(s.p[i + 1]) && dots < 2))
				break;
			run = 0;
		} else if (++run > 3)
			return 0;
	}
	if (dots == 3) /* a fourth number: an address of a host, or a sentence that ends here */
		return i + 1 < s.n && is_digit(s.p[i + 1]) ? 0 : i;
	return dots == 2 && run > 0 ? i : 0;
}

/* The first reply code and the best enhanced status in a text of a server. */
static void
codes_in(struct span s, int *reply, char status[12])
{
	bool specific = false;

	for (size_t i = 0; i < s.n; i++) {
		bool start = i == 0 || strchr(" -(#:;<[\t", s.p[i - 1]) != NULL;
		size_t n;

		if (!start || !is_digit(s.p[i]))
			continue;
		if (*reply == 0 && i + 3 <= s.n && (s.p[i] == '4' || s.p[i] == '5') &&
		    is_digit(s.p[i + 1]) && is_digit(s.p[i + 2]) &&
		    (i + 3 == s.n || strchr(" -:#", s.p[i + 3]) != NULL) &&
		    (i == 0 || s.p[i - 1] != '-'))
			*reply = (s.p[i] - '0') * 100 + (s.p[i + 1] - '0') * 10 + s.p[i + 2] - '0';
		n = status_length((struct span){ s.p + i, s.n - i });
		if (n > 0 && n < 12 && !specific) {
			char found[12] = "";

			memcpy(found, s.p + i, n);
			if (found[n - 1] == '.')
				found[n - 1] = '\0';
			specific = is_specific(found);
			if (specific || status[0] == '\0')
				memcpy(status, found, sizeof(found));
		}
	}
}

/* ---- one refusal ------------------------------------------------------------------------------------------ */

struct evidence {
	struct span said;   /* by the refusing server */
	struct span prose;  /* by the reporting server, about this recipient */
	struct span report; /* by the reporting server in all */
	const char *status; /* field */
	enum report_command command;
};

/* Which of two codes to believe and show: the server's own when it is specific, then the field, then any. */
static const char *
best_status(const char *said, const char *field)
{
	if (is_specific(said))
		return said;
	if (is_specific(field))
		return field;
	if (said[0] != '\0' && (field[0] == '\0' || strncmp(field + 2, "0.0", 3) == 0))
		return said;
	return field;
}

static enum bounce_reason
reason_of_words(struct span text, const char *status)
{
	struct buf folded = BUF_INIT(REPORT_TEXT_MAX * 2);
	bool wary = is_specific(status) && (status[2] == '6' || status[2] == '7');
	enum bounce_reason reason;

	phrase_fold(text, &folded);
	/* Microsoft's edge says so of addresses that are not in the directory; at others it is a policy. */
	if (strcmp(status, "5.4.1") == 0 &&
	    span_find(buf_span(&folded), SPAN_LIT("recipient address rejected: access denied")) !=
		(size_t)-1)
		reason = REASON_UNKNOWN_USER;
	else
		reason = phrase_reason(buf_span(&folded), wary);
	buf_clear(&folded);
	return reason;
}

static enum bounce_reason
reason_of_hints(struct span text)
{
	struct buf folded = BUF_INIT(REPORT_TEXT_MAX * 2);
	enum bounce_reason reason;

	phrase_fold(text, &folded);
	reason = phrase_hint(buf_span(&folded));
	buf_clear(&folded);
	return reason;
}

/* Words of the server, a telling code, words of the report, any code, common words: the first that knows. */
static enum bounce_reason
reason_of(const struct evidence *e, const char *status)
{
	enum bounce_reason reason = reason_of_words(e->said, status);

	if (reason == REASON_UNCLEAR && e->said.n > 0 && is_specific(status))
		reason = reason_of_status(status);
	if (reason == REASON_UNCLEAR)
		reason = reason_of_words(e->prose, status);
	if (reason == REASON_UNCLEAR && is_specific(status))
		reason = reason_of_status(status);
	if (reason == REASON_UNCLEAR)
		reason = reason_of_words(e->report, status);
	else if (reason == REASON_SYSTEM) { /* "can't create output": elsewhere it may say why */
		enum bounce_reason why = reason_of_words(e->prose, status);

		if (why == REASON_UNCLEAR || why == REASON_SYSTEM)
			why = reason_of_words(e->report, status);
		if (why != REASON_UNCLEAR && !reasons[why].hard)
			reason = why;
	}
	if (reason == REASON_UNCLEAR)
		reason = reason_of_status(status);
	if (reason == REASON_UNCLEAR)
		reason = reason_of_hints(e->said.n > 0 ? e->said : e->prose);
	return reason;
}

bool
reason_is_clear(enum bounce_reason reason, const char *status, struct span words)
{
	if (reason != REASON_UNKNOWN_USER && reason != REASON_MOVED && reason != REASON_NO_MAIL)
		return false;
	if (status == NULL || strcmp(status, "5.1.0") != 0)
		return true;
	return reasons[reason_of_words(words, status)].hard;
}

static void
judge(const struct evidence *e, bool delayed, struct bounce_verdict *out)
{
	char said[12] = "";
	const char *status;
	int reply = 0;
	bool temporary;

	codes_in(e->said, &reply, said);
	if (reply == 0 && said[0] == '\0')
		codes_in(e->prose, &reply, said);
	if (reply == 0 && said[0] == '\0')
		codes_in(e->report, &reply, said);
	status = best_status(said, e->status);
	out->reason = reason_of(e, status);
	if (said[0] != '\0' || reply != 0)
		temporary = said[0] != '\0' ? said[0] == '4' : reply < 500;
	else
		temporary = e->status[0] == '4';
	/* A refusal of MAIL FROM was spoken before any recipient was named. */
	if (reasons[out->reason].hard &&
	    (e->command == REPORT_AT_MAIL || e->command == REPORT_AT_CONNECT))
		out->reason = REASON_SENDER;
	/* So did one whose code is about the sender's address, whatever "invalid address" it speaks of. RFC 3463 3.2. */
	if (reasons[out->reason].hard && reason_of_status(status) == REASON_SENDER)
		out->reason = REASON_SENDER;
	out->class =
	    reasons[out->reason].hard && !temporary && !delayed ? BOUNCE_HARD : BOUNCE_SOFT;
	if (delayed && out->class == BOUNCE_SOFT && reasons[out->reason].group != BOUNCE_ABOUT_US)
		out->reason = REASON_DELAYED;
	out->group = reasons[out->reason].group;
	out->word = reasons[out->reason].word;
	out->clear = out->class == BOUNCE_HARD &&
		     reason_is_clear(out->reason, status, e->said.n > 0 ? e->said : e->prose);
	if (status[0] == '\0') {
		status = reply >= 500   ? "5.0.0"
			 : reply >= 400 ? "4.0.0"
					: reasons[out->reason].status;
		if (delayed)
			status = "4.4.0";
	}
	memcpy(out->status, status, strlen(status) + 1);
}

void
bounce_classify(const struct report *r, size_t i, struct bounce_verdict *out)
{
	const struct report_row *row = i < r->n ? &r->rows[i] : NULL;
	struct evidence e = { .status = "" };

	*out = (struct bounce_verdict){ .class = BOUNCE_OTHER, .word = r->what };
	switch (r->kind) {
	case REPORT_NONE:
	case REPORT_NOTICE: return;
	case REPORT_COMPLAINT: out->class = BOUNCE_COMPLAINT; return;
	case REPORT_OPTOUT: out->class = BOUNCE_UNSUBSCRIBE; return;
	case REPORT_AUTO: out->class = BOUNCE_AUTO; return;
	case REPORT_DELIVERY: break;
	}
	if (row == NULL || row->action == REPORT_DONE) {
		out->word = "delivered";
		return;
	}
	e.status = row->status;
	e.said = span_of(row->diagnostic);
	e.prose = span_of(row->prose);
	e.report = span_of(r->text);
	e.command = row->command;
	judge(&e, row->action == REPORT_DELAYED, out);
}

void
bounce_classify_reply(int reply_code, const char *enhanced, const char *text,
    enum report_command at, struct bounce_verdict *out)
{
	struct evidence e = { .said = span_of(text), .status = enhanced, .command = at };

	*out = (struct bounce_verdict){ .class = BOUNCE_OTHER };
	judge(&e, false, out);
	if (reply_code < 500)
		out->class = BOUNCE_SOFT;
}
