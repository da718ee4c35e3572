/*
 * mail: addresses, headers, MIME, DKIM, return paths and delivery reports, as bytes and values. No clock,
 * network or store, so that golden files and fuzzers can hold all of it.
 */
#ifndef WRAP_MAIL_H
#define WRAP_MAIL_H

#include "wrap/base.h"

/* ---- address.c: RFC 5321 4.1.2 and 5322 3.4 as people use them ------------------------------------ */

#define ADDRESS_MAX 254 /* RFC 5321 4.5.3.1.3, less the angle brackets */

struct address {
	char *local;  /* as typed, quotes kept */
	char *domain; /* lower case, A-labels (RFC 5891) */
	bool utf8;    /* the local part needs SMTPUTF8 (RFC 6531) */
};
/*
 * Check one bare address ("a@b", blanks around it allowed, no display name, no comments). Refused with
 * what is wrong: no or two @, an empty or over-long part, control characters, bad dots, a domain without
 * a dot, an address literal. WRAP_EINVAL. out is owned; address_clear ends it.
 */
enum wrap_rc address_parse(struct span text, struct address *out, struct wrap_err *err);
void address_clear(struct address *a);
/* What goes into an envelope: local@a-label-domain. Owned. */
char *address_mailbox(const struct address *a);
/*
 * The spelling under which an address is unique with us: local part in lower case and NFC, domain in
 * lower-case A-labels. Two spellings of one mailbox at any server we know give one canonical form. Owned.
 */
char *address_canonical(const struct address *a);
/* "Name <a@b>" or "a@b": the parts, name unquoted or NULL. WRAP_EINVAL. Both owned. RFC 5322 3.4. */
enum wrap_rc address_named(struct span text, char **name, char **mailbox, struct wrap_err *err);
/* The last gate before an envelope: printable ASCII (or UTF-8 when utf8_ok), no blank, no control, no angle bracket. */
bool address_is_safe(struct span mailbox, bool utf8_ok);

/* ---- mimeread.c: a stranger's message as a flat list of parts, without recursion ------------------- */

#define MIME_BYTES_MAX ((size_t)256 << 10) /* more of a message is not looked at */
#define MIME_PARTS_MAX 48
#define MIME_DEPTH_MAX 8

enum mime_encoding { MIME_PLAIN, MIME_QUOTED, MIME_BASE64 };

/* One part; the spans borrow from the message that was read. */
struct mime_part {
	struct span head;     /* header block, without the empty line */
	struct span body;     /* still encoded */
	char type[64];        /* lower case; "text/plain" when none is given, RFC 2045 5.2 */
	char charset[32];     /* lower case; "" when none is given */
	char report_type[32]; /* parameter of multipart/report, RFC 6522 */
	enum mime_encoding encoding;
	unsigned depth;
	bool quoted; /* inside a message/rfc822 or the like: of the mail that came back */
	bool split;  /* a multipart whose children follow in the list */
};

struct mime {
	/* the message itself first, then its parts, outer before inner */
	struct mime_part v[MIME_PARTS_MAX];
	size_t n;
	bool cut; /* there was more than the limits allow */
};

/* The message with LF line ends, NUL as blank, no mbox line, cut at MIME_BYTES_MAX: what mime_read wants. Appends. */
void mime_normal(struct span message, struct buf *out);
/*
 * Split a message into parts (RFC 2045, 2046). Never fails: a boundary that is missing or wrong leaves the
 * multipart unsplit, with its body as text. Work is bounded by size times MIME_DEPTH_MAX.
 */
void mime_read(struct span message, struct mime *out);
/* The nth (from 0) field of that name in a header block, as it stands, folded, trimmed. */
bool mime_field(struct span head, const char *name, size_t nth, struct span *value);
/* A field's text in one line of UTF-8, encoded words decoded (RFC 2047). Appends. */
void mime_words(struct span raw, struct buf *out);
/* A part's text as UTF-8: transfer encoding and character set undone, HTML laid out as text. Appends, at most max bytes. */
void mime_text(const struct mime_part *part, size_t max, struct buf *out);
/* quoted-printable, or the Q of RFC 2047 */
void mime_unquote(struct span s, bool header, struct buf *out);
/* stops at the first "=", skips what is foreign */
void mime_unbase64(struct span s, struct buf *out);
/*
 * Bytes of a named character set as UTF-8; what cannot be read becomes '?'. An unknown or empty name is
 * guessed: ISO-2022-JP by its escapes, UTF-8 when valid, else Windows-1252.
 */
void mime_charset(struct span s, const char *charset, struct buf *out);

/* ---- verp.c: the signed return path ----------------------------------------------------------------- */

/*
 * A bounce acts only through a token in the address it came to: version, reader, edition and day, signed
 * with a key derived for this purpose alone. 40 characters of base 32: they survive servers that fold
 * case, and leave room in a local part of 64.
 */
#define VERP_TOKEN 41 /* with the final NUL */
#define VERP_DAYS 30  /* a token is honoured so long after the day it was made */
#define VERP_TRIES 64 /* candidates of one message that are tried */

struct verp {
	int64_t reader;
	int64_t edition;
	int64_t made_at; /* midnight UTC of its day */
};
enum verp_result { VERP_ABSENT, VERP_FORGED, VERP_LATE, VERP_VALID };

/* reader below 2^40, edition below 2^24. made_at: when the edition was sealed, so that a repeat has the same bytes. */
void verp_make(const struct keyring *keys, const char *list_id, int64_t reader, int64_t edition,
    int64_t made_at, char out[VERP_TOKEN]);
/* One token's text, case folded. The current key counts, and the one before it. */
enum verp_result verp_read(const struct keyring *keys, const char *list_id, struct span token,
    int64_t now, struct verp *out);
/*
 * The words of a text that could be tokens, in its order, each once, lower case; at most VERP_TRIES. Around
 * them anything may stand: bounces+T@, T@, prvs=1234567890=bounces+T@, SRS0=x=y=domain=bounces+T@. first:
 * the letter they begin with, VERP_FIRST for tokens of this file, '\0' for any.
 */
#define VERP_FIRST 'w'
enum wrap_rc verp_candidates(struct span text, char first, struct strs *out, struct wrap_err *err);
/* The first candidate that is valid; else the least bad verdict on them. */
enum verp_result verp_choose(const struct keyring *keys, const char *list_id,
    const struct strs *candidates, int64_t now, struct verp *out);
/* An envelope sender: form with its '*' replaced by the token, or form itself when it has none. Appends. */
void verp_address(const char *form, const char *token, struct buf *out);

/* ---- report.c: mail that comes back, read as values ------------------------------------------------- */

enum report_kind {
	REPORT_NONE,      /* ordinary mail, or nothing known */
	REPORT_DELIVERY,  /* rows say what became of each recipient: RFC 3464 or free text */
	REPORT_COMPLAINT, /* RFC 5965 or a provider's own form */
	REPORT_OPTOUT,    /* RFC 5965 opt-out, or a mail that asks to leave */
	REPORT_AUTO,      /* vacation, receipt, challenge */
	REPORT_NOTICE     /* of a machine, but not about a reader: authentication, not-spam */
};

enum report_action {
	REPORT_ACTION_NONE, /* not told */
	REPORT_FAILED,
	REPORT_DELAYED,
	REPORT_DONE /* delivered, relayed or expanded */
};

/* What the refusal answered; REPORT_AT_NONE when it is not told. */
enum report_command {
	REPORT_AT_NONE,
	REPORT_AT_CONNECT,
	REPORT_AT_MAIL,
	REPORT_AT_RCPT,
	REPORT_AT_DATA
};

struct report_row {
	char *recipient; /* the failing address as reported; NULL when none is named */
	char *original;  /* Original-Recipient, when it differs; NULL */
	enum report_action action;
	char status[12];  /* Status field, "5.1.1"; "" */
	char *diagnostic; /* what the refusing server said, one line of UTF-8; NULL */
	char *prose;      /* what the report's own text says about this recipient; NULL */
	enum report_command command;
};

struct report {
	enum report_kind kind;
	/* a word for the kind: "failure", "delay", "abuse", "vacation" ...; static */
	const char *what;
	struct report_row *rows;
	size_t n;
	/* an empty return path, a daemon's name or an automatic field: no person wrote it */
	bool automatic;
	char *subject; /* decoded; NULL */
	char *to;      /* what the recipient fields hold, as it stands; NULL */
	/* the report's own words before the quoted original, at most REPORT_TEXT_MAX; NULL */
	char *text;
	/* the texts where a return token of ours may stand, one a line, best place first */
	struct buf tokens;
};
#define REPORT_TEXT_MAX 8192
#define REPORT_ROWS_MAX 64

/*
 * Read one message of a bounce mailbox. Whatever the bytes, the answer is a reading: WRAP_ENOMEM is the only
 * failure. Nothing in it is to be believed until a token was verified. Bounded in time and memory by
 * MIME_BYTES_MAX. out is owned; report_clear ends it.
 */
enum wrap_rc report_read(struct span message, struct report *out, struct wrap_err *err);
void report_clear(struct report *r);
/* ---- header.c: one field at a time, RFC 5322, 2047; all append "Name: value CRLF" -------------------- */

/*
 * None of them lets a line end into the message: CR, LF, NUL and other controls in name or value are
 * WRAP_EINVAL, and nothing is appended then. Lines are folded at blanks within 78 columns, 76 where an
 * encoded word stands; a single word longer than that stays whole, up to 998 (WRAP_ELIMIT above).
 */

/* Free text (Subject): UTF-8, as encoded words where it must be. */
enum wrap_rc header_text(struct buf *out, const char *name, struct span text, struct wrap_err *err);
/*
 * "Name: phrase <target>" (From, To, List-Id); the bare target when the phrase is empty. The phrase is
 * written as atoms, a quoted string or encoded words. A target in UTF-8 goes out as it is (RFC 6532).
 */
enum wrap_rc header_phrase(struct buf *out, const char *name, struct span phrase,
    struct span target, struct wrap_err *err);
/* A structured value of ASCII words (Message-ID, List-Unsubscribe); only folded. */
enum wrap_rc header_words(
    struct buf *out, const char *name, struct span value, struct wrap_err *err);

/* ---- mime.c: transfer encodings and the last gate ---------------------------------------------------- */

/* Is this text shorter as base64 than as quoted-printable? Then it is mostly not Latin. */
bool mime_prefers_base64(struct span text);
/*
 * Append text (LF or CRLF line ends) as quoted-printable, RFC 2045 6.7, lines of 76 at most. *column is
 * where the last call left off, 0 at first. Never leaves a blank at a line's end nor two in a row, a dot
 * or "From " at its start: what relays change, so that a signature holds.
 */
void mime_qp(struct span text, size_t *column, struct buf *out);
/* A soft line break, unless at the start of a line. */
void mime_qp_break(size_t *column, struct buf *out);
/* Append as base64, each line of 76 or less ended by CRLF. */
void mime_base64(struct span bytes, struct buf *out);
/*
 * Does each CR stand before an LF and each LF behind a CR? Anything else is where mail smuggling begins. out: what
 * else was seen on the way. In blocks of fixed length, which compilers turn into vector code.
 */
struct mime_lines {
	bool dots; /* some line but the first begins with a dot */
	bool high; /* some byte is no ASCII */
	bool nul;
};
bool mime_lines(struct span s, struct mime_lines *out);
/*
 * The last look at a whole message: CRLF everywhere and nowhere else, no NUL, no line over 998 octets, 7
 * bits in the body and, unless utf8_headers, in the header. WRAP_EPROTO says where. RFC 5322 2.3, 5321 4.5.3.1.6.
 */
enum wrap_rc mime_gate(struct span message, bool utf8_headers, struct wrap_err *err);

/* ---- token.c: links that act for one reader ---------------------------------------------------------- */

enum token_purpose { TOKEN_LEAVE = 1, TOKEN_CONFIRM, TOKEN_PREFERENCES, TOKEN_DATA, TOKEN_BACK };
#define TOKEN_TEXT 41 /* characters with the final NUL */

/* Bound to purpose, list and reader by HMAC-SHA256, 128 bits of it; holds no address. */
void token_make(const struct keyring *keys, enum token_purpose purpose, const char *list_id,
    int64_t subscriber_id, char out[TOKEN_TEXT]);
/* The reader a token speaks for; false when it was not made by one of our keys for this purpose and list. */
bool token_read(const struct keyring *keys, enum token_purpose purpose, const char *list_id,
    struct span text, int64_t *subscriber_id);
/* ---- dkim.c: signatures, RFC 6376, 8301 and 8463 ------------------------------------------------------ */

enum dkim_type { DKIM_RSA, DKIM_ED25519 };

/* A private key and the name its public half has in the DNS. Not changed after loading: threads may share it. */
struct dkim_key;
/*
 * Read a private key from PEM text. domain is what d= says, selector s=. WRAP_EINVAL for a key that is
 * neither RSA of 2048 to 4096 bits nor Ed25519, and for names that are none. The text may be wiped after.
 */
enum wrap_rc dkim_key_load(struct span pem, const char *domain, const char *selector,
    struct dkim_key **out, struct wrap_err *err);
void dkim_key_free(struct dkim_key **k);
enum dkim_type dkim_key_type(const struct dkim_key *k);
/* A new key as PEM (PKCS #8), appended; wipe it after use. RSA has 2048 bits. */
enum wrap_rc dkim_key_make(enum dkim_type type, struct buf *pem, struct wrap_err *err);
/* "selector._domainkey.domain", appended. */
void dkim_record_name(const struct dkim_key *k, struct buf *out);
/* The TXT record's value, "v=DKIM1; k=rsa; p=...", appended. */
enum wrap_rc dkim_record(const struct dkim_key *k, struct buf *out, struct wrap_err *err);
/*
 * Sign a finished message with each key: appends one DKIM-Signature header per key to headers, which go in
 * front of the message. The body is hashed once. relaxed/relaxed; signed_at is t=, x= four weeks later. What a second copy
 * of could mislead a reader is signed once more than it is there. Same input, same bytes. Safe in threads.
 */
enum wrap_rc dkim_sign(struct span message, const struct dkim_key *const *keys, size_t n,
    int64_t signed_at, struct buf *headers, struct wrap_err *err);
/*
 * Check every DKIM-Signature of a message as a receiver does, for the last test before a mail goes out. record
 * gives the TXT value for a name, or NULL. good: how many hold, all: how many there are. WRAP_OK when there is one and all hold;
 * else WRAP_EPROTO with what is wrong. now: for x=; 0 leaves it unchecked.
 */
enum wrap_rc dkim_verify(struct span message, const char *(*record)(void *ctx, const char *name),
    void *ctx, int64_t now, size_t *good, size_t *all, struct wrap_err *err);

#endif
