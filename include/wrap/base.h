/*
 * base: what every other module stands on. Errors, borrowed and grown text, the log, the clock, random
 * bytes and keyed hashes. No module below it; nothing here knows about mail.
 */
#ifndef WRAP_BASE_H
#define WRAP_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define WRAP_VERSION "0.1.0"

/* ---- errors ------------------------------------------------------------------------------------ */

/* A failure of ours. News about mail (accepted, deferred, refused) is data and never one of these. */
enum wrap_rc {
	WRAP_OK = 0,
	WRAP_ENOTFOUND,
	WRAP_EEXISTS,
	WRAP_EINVAL,  /* a value breaks a documented rule */
	WRAP_ELIMIT,  /* a configured cap was passed */
	WRAP_EBUSY,   /* locked, offline, timed out: the same call may work later */
	WRAP_EPEER,   /* a server we need did not answer or would not have us */
	WRAP_EPROTO,  /* the peer or file broke its format */
	WRAP_EDENIED, /* the operating system or a rule of ours does not permit it */
	WRAP_ECONFIG, /* the configuration or a template is wrong */
	WRAP_ECREATE, /* a file that was named cannot be made */
	WRAP_ENOMEM,
	WRAP_ESYS /* disk full, I/O error, any other failing system call */
};

/* Fixed size, so that reporting a failure cannot itself fail. */
struct wrap_err {
	enum wrap_rc code;
	char text[512];
};

/* Describe a failure; the function that sees it first calls this. err may be NULL. Returns rc. */
enum wrap_rc wrap_fail(struct wrap_err *err, enum wrap_rc rc, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same, with strerror(errno) added: "open wrap.db: No space left on device". Chooses the code from errno. */
enum wrap_rc wrap_fail_errno(struct wrap_err *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Say what the caller was doing: puts "fmt: " in front of the text when rc is a failure. Returns rc. */
enum wrap_rc wrap_while(struct wrap_err *err, enum wrap_rc rc, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#ifdef __clang_analyzer__
/* The static analyzer sees one file at a time: tell it that a failure is one. */
#define wrap_fail(err, rc, ...) ((void)(wrap_fail)(err, rc, __VA_ARGS__), (rc))
#define wrap_fail_errno(err, ...) ((void)(wrap_fail_errno)(err, __VA_ARGS__), WRAP_ESYS)
#endif

/* ---- text -------------------------------------------------------------------------------------- */

/* Borrowed bytes; not NUL-terminated. */
struct span {
	const char *p;
	size_t n;
};

#define SPAN_LIT(s) ((struct span){ (s), sizeof(s) - 1 })
struct span span_of(const char *s); /* NULL gives an empty span */
bool span_eq(struct span a, struct span b);
bool span_eqs(struct span a, const char *s);
/* ASCII case folded, whatever the locale. */
bool span_ieq(struct span a, struct span b);
bool span_ieqs(struct span a, const char *s);
bool span_starts(struct span a, const char *with);
struct span span_trim(struct span a); /* ASCII blanks off both ends */
/* Position of needle in hay, or (size_t)-1; the i form folds ASCII case. */
size_t span_find(struct span hay, struct span needle);
size_t span_ifind(struct span hay, struct span needle);
/* Cut the next field off rest, up to sep or the end; false when rest was empty and nothing is left. */
bool span_cut(struct span *rest, char sep, struct span *field);

/*
 * A text that grows up to a cap, is always NUL-terminated, and remembers its first failure: append
 * freely and ask buf_rc once. After a failure appends do nothing. Zero cap means BUF_DEFAULT_CAP.
 */
struct buf {
	char *p; /* never NULL after an append or buf_str */
	size_t n;
	size_t size;
	size_t cap;
	enum wrap_rc rc;
};

#define BUF_DEFAULT_CAP ((size_t)64 << 20)
#define BUF_INIT(max_bytes) ((struct buf){ .cap = (max_bytes) })
void buf_init(struct buf *b, size_t max_bytes);
void buf_clear(struct buf *b); /* frees; the cap stays */
void buf_reset(struct buf *b); /* length 0, failure forgotten, memory kept */
void buf_add(struct buf *b, const void *p, size_t n);
void buf_addspan(struct buf *b, struct span s);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_truncate(struct buf *b, size_t n);
const char *buf_str(const struct buf *b); /* "" when nothing was added */
struct span buf_span(const struct buf *b);
/* WRAP_OK, WRAP_ELIMIT or WRAP_ENOMEM, with text in err. */
enum wrap_rc buf_rc(const struct buf *b, struct wrap_err *err);
/* Hand the text to the caller (free it); the buf is empty after. NULL after a failure. */
char *buf_steal(struct buf *b);

/* Heap copies; NULL in gives NULL out; NULL on no memory too. */
char *str_dup(const char *s);
char *str_dup_span(struct span s);

/* near.c: letters to change, add or drop to make b of a (case aside); a word of over 64 is far from any. */
size_t letters_apart(const char *a, const char *b);
/* For "did you mean": set typed, try each word there is; word is then the one that is near enough, or NULL. */
struct nearest {
	const char *typed, *word;
	size_t apart;
};
void nearest_try(struct nearest *n, const char *word);

/* A list of heap strings. */
struct strs {
	char **v;
	size_t n;
};
enum wrap_rc strs_add(struct strs *l, struct span s, struct wrap_err *err);
bool strs_has(const struct strs *l, struct span s); /* exact bytes */
void strs_clear(struct strs *l);

/* Read a whole file, at most max_bytes (WRAP_ELIMIT above). WRAP_ENOTFOUND when there is none. out is owned. */
enum wrap_rc file_read(const char *path, size_t max_bytes, struct buf *out, struct wrap_err *err);
/* Write a file in one step: temporary name, fsync, rename. mode as open(2). */
enum wrap_rc file_write(const char *path, struct span data, unsigned mode, struct wrap_err *err);
/* All of data, again after a signal or a short write. false: errno says why. */
bool fd_write(int fd, struct span data);
/* dir + "/" + name, or name alone when it is absolute. Owned. */
char *path_join(const char *dir, const char *name);

/* ---- log --------------------------------------------------------------------------------------- */

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };
/*
 * Lines go to standard error as "wrap: level: text", cut to one line, with the priority in front where that is the
 * journal of systemd. Default: LOG_WARN and worse.
 */
void log_level_set(enum log_level max);
bool log_wants(enum log_level l);
void log_line(enum log_level l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/*
 * One line of what is said to a peer ('>') or by it ('<'), for -v: "PEER #NUMBER > LINE", cut after 400 bytes. number
 * tells connections to one peer apart; 0: there is one. The caller keeps secrets out of it: "(not shown)" stands there.
 */
void log_wire(const char *peer, unsigned number, char direction, struct span line);

/* ---- clock: Unix seconds, UTC, everywhere ------------------------------------------------------- */

/* The time of this invocation's acts: fixed by --now, else the machine's. */
struct wclock {
	bool fixed;
	int64_t at;
};
int64_t clock_now(const struct wclock *c);
/* Milliseconds that never go back; for deadlines and rates only. */
int64_t clock_monotonic_ms(void);
int64_t clock_monotonic_us(void); /* the same in microseconds, to time what is short */
/* RFC 3339 with an offset or Z; a date alone is midnight UTC. WRAP_EINVAL names the text. */
enum wrap_rc clock_parse(const char *text, int64_t *out, struct wrap_err *err);
/*
 * Set the zone that clock_local, clock_iso_week and clock_from_local speak of (an IANA name). It is the
 * zone of the process, TZ in its environment: call once, before any thread. WRAP_EINVAL when unknown.
 */
enum wrap_rc clock_zone_set(const char *name, struct wrap_err *err);
struct tm clock_local(int64_t t);
/* The first moment at or after the given local wall-clock time (a spring gap moves forward, autumn takes the first). */
int64_t clock_from_local(int year, int month, int day, int hour, int minute);
/* ISO 8601 week of the local date. */
void clock_iso_week(int64_t t, int *year, int *week);
/* RFC 3339 in UTC, "2026-11-22T19:00:00Z"; out holds CLOCK_TEXT. */
#define CLOCK_TEXT 40
const char *clock_rfc3339(int64_t t, char out[CLOCK_TEXT]);
/* Local "Fri, 27 Nov 2026 09:00:00 -0800" as mail wants it; English names always. RFC 5322 3.3. */
const char *clock_rfc5322(int64_t t, char out[CLOCK_TEXT]);

/* ---- secrets ----------------------------------------------------------------------------------- */

#define SECRET_KEY_BYTES 32
#define SHA256_BYTES 32
struct secret_key {
	uint8_t b[SECRET_KEY_BYTES];
};
#define KEYRING_OLDER 8
/*
 * Our own secrets: what tokens and hashes are keyed with. A new key is made by rotation; the one before
 * it goes on being honoured. The suppression key never rotates: its hashes could not be made anew.
 */
struct keyring {
	struct secret_key current, previous, suppression;
	bool has_previous;
	struct secret_key older[KEYRING_OLDER]; /* they only let a reader leave */
	size_t n_older;
};
/* Make the files in dir (made 0700 when missing) that are not there yet. */
enum wrap_rc keyring_make(const char *dir, struct wrap_err *err);
/* WRAP_ENOTFOUND, WRAP_EDENIED (others can read them), WRAP_EPROTO (damaged). */
enum wrap_rc keyring_load(const char *dir, struct keyring *out, struct wrap_err *err);
/*
 * A new token.key; the last becomes token.old, that token.old.2 and so on; the one after KEYRING_OLDER goes.
 * Killed at any point it leaves every key under a name, and can be done again. One caller at a time.
 */
enum wrap_rc keyring_rotate(const char *dir, struct wrap_err *err);
/* The file of the token key that was replaced i times; false: none so old is kept. */
#define KEYRING_NAME 16
bool keyring_name(size_t i, char out[KEYRING_NAME]);
enum wrap_rc secret_random(void *out, size_t n, struct wrap_err *err);
/* HMAC-SHA256, RFC 2104. */
void secret_hmac(const struct secret_key *key, struct span data, uint8_t out[SHA256_BYTES]);
void secret_sha256(struct span data, uint8_t out[SHA256_BYTES]);
bool secret_equal(const void *a, const void *b, size_t n); /* constant time */
void secret_wipe(void *p, size_t n);
/*
 * n bytes of zeros for a key or a password, on pages of their own: a process made by fork sees zeros there again,
 * whatever was written, and no core dump holds them. NULL on no memory or a kernel that cannot do this (before Linux 4.14).
 */
void *secret_new(size_t n);
char *secret_text(struct span s); /* a copy of s there, NUL-terminated; NULL as above */
void secret_free(void *p);        /* of these two only: wiped and given back; NULL is fine */
/* Read a file that only its owner may read (0600 or 0400, owned by us): WRAP_EDENIED otherwise. Trailing newline off. */
enum wrap_rc secret_file(const char *path, struct buf *out, struct wrap_err *err);
/* Lower-case base 32 (RFC 4648 alphabet, no padding): safe in a local part and in a URL, whatever folds case. */
void base32_encode(struct span data, struct buf *out);
/* false when a character is foreign or the length impossible. */
bool base32_decode(struct span text, struct buf *out);
void hex_encode(struct span data, struct buf *out);

/* ---- child.c: a disposable process for strangers' bytes -------------------------------------------- */

struct child_limits {
	size_t memory_bytes; /* on top of what the parent has mapped at the fork */
	int cpu_s;           /* of processor time */
	int wall_ms;         /* from the start to the last record */
	size_t record_bytes; /* a longer record ends the child */
	size_t total_bytes;  /* of all records together; more ends the child */
	bool network; /* may make sockets; else they, and new programs, are refused by the kernel */
};

struct child;
/*
 * Fork a process that runs work(ctx, out_fd) and leaves. Before work all other inherited descriptors are
 * closed but those of keep (n_keep of them), limits are set, and neither new privileges, files of any
 * size nor core dumps can be had. work hands its results over with child_put; what it returns ends the
 * process: WRAP_OK cleanly, anything else as a failure whose text reaches the parent. Its changes to
 * memory die with it. The caller must have no thread.
 */
enum wrap_rc child_start(const struct child_limits *lim, const int *keep, size_t n_keep,
    enum wrap_rc (*work)(void *ctx, int out_fd, struct wrap_err *err), void *ctx,
    struct child **out, struct wrap_err *err);
/* In the child: hand one record to the parent. WRAP_ESYS when the parent is gone. */
enum wrap_rc child_put(int out_fd, struct span record, struct wrap_err *err);
/*
 * In the parent: the next record (out is reset first). WRAP_ENOTFOUND: it ended cleanly. WRAP_ELIMIT: it
 * passed a limit (time, processor, memory, size) and was ended; WRAP_EPROTO: it crashed; or the failure
 * of its work. err says which in words that fit a report.
 */
enum wrap_rc child_get(struct child *c, struct buf *out, struct wrap_err *err);
/* End it if it still runs, reap it, free. NULL is fine; leaves NULL. */
void child_close(struct child **c);

#endif
