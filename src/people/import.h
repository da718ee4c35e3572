/* What the files of import share: the source, the meaning of its columns, one row as a reader. */
#ifndef PEOPLE_IMPORT_H
#define PEOPLE_IMPORT_H

#include "internal.h"

/* ---- import_source.c ------------------------------------------------------------------------------------ */

struct archive;
struct import_source {
	const char *path;
	int fd;
	struct archive *archive; /* NULL: a file of its own */
	unsigned char head[4];
	char name[256]; /* of the member being read, without folders */
	size_t members; /* so far */
	int64_t done, total;
};
enum wrap_rc import_open(struct import_source *s, const char *path, struct wrap_err *err);
void import_close(struct import_source *s);
/* Go to the next list in it. WRAP_ENOTFOUND after the last. */
enum wrap_rc import_member(struct import_source *s, struct wrap_err *err);
csv_source import_more; /* ctx: a struct import_source */

/* ---- import_columns.c ------------------------------------------------------------------------------------ */

enum column {
	COLUMN_NONE,
	COLUMN_EMAIL,
	COLUMN_NAME,
	COLUMN_FIRST,
	COLUMN_LAST,
	COLUMN_STATUS,
	COLUMN_TOPICS,
	COLUMN_LANGUAGE,
	COLUMN_CREATED,   /* when they came */
	COLUMN_CONFIRMED, /* when they confirmed */
	COLUMN_LEFT,      /* when they left or bounced */
	COLUMN_WHY,
	COLUMN_EVIDENCE, /* of their consent: an IP address, a form */
	COLUMN_ON,       /* yes: mail is wanted */
	COLUMN_OFF,      /* yes: no mail is wanted */
	COLUMN_CHANGED,  /* these three only in what wrap exported */
	COLUMN_PAUSED,
	COLUMN_CONSENT
};

/* ---- import_look.c -------------------------------------------------------------------------------------- */

/* What stands in a column in the first rows; a header is counted as a row. */
struct column_look {
	size_t filled, addresses, states, slashes; /* slashes: dates like 03/04/2020 */
	uint64_t day_line, month_line; /* the first such date with a day over 12 there; 0: none */
};
struct look {
	size_t rows;
	bool semicolons; /* between cells: by a spreadsheet in a language with a decimal comma */
	struct column_look v[CSV_COLUMNS];
};
/* Look at the window's rows without moving it. words: --status, for states of the caller. */
enum wrap_rc look_ahead(
    const struct stream *w, const char *words, struct look *out, struct wrap_err *err);
/* Does it begin like 03/04/2020? Its first two numbers. */
bool look_slashes(struct span s, int *first, int *second);

/* ---- import_columns.c, on ---------------------------------------------------------------------------------- */

/* The header of what wrap exports, and so what it knows again. */
#define IMPORT_OWN_HEADER \
	"address,name,topics,language,state,created,confirmed,changed,paused_until,why,consent"
/* What stands in front of the header of rows that were refused. */
#define IMPORT_REFUSED_HEADER "file,line,reason"

struct columns {
	enum column of[CSV_COLUMNS];
	char *names[CSV_COLUMNS]; /* as the header has them; "column 3" without one */
	size_t n;
	bool header;      /* the first record was one */
	bool own;         /* wrap wrote this list */
	bool guarded;     /* by wrap, against formulas: a ' in front comes off */
	const char *kind; /* "Mailchimp", "listmonk" ...: static */
	bool implied;     /* a row without a status of its own has this one */
	enum subscriber_state state;
	bool if_confirmed; /* implied only for rows with a date of consent */
	bool if_wanted;    /* implied only for rows that say yes in a COLUMN_ON */
	bool day_first;    /* 03/04/2020 is in April */
	char dates[120];   /* how that was told; "": no such date was seen */
};
/*
 * Learn the columns from the first record, a look at what follows, the name of the file and what the caller
 * says (opt.map, opt.status). language: of the publication. WRAP_EINVAL, with what there is and what to type,
 * when no address or no status can be told.
 */
enum wrap_rc columns_learn(struct columns *c, const struct csv_record *first,
    const struct look *look, const char *file, const char *language,
    const struct import_options *opt, struct wrap_err *err);
void columns_clear(struct columns *c);
/* In words, for the report. Appends. */
void columns_say(const struct columns *c, struct buf *out);
bool columns_may_repeat(enum column what);
bool columns_is_date(enum column what);
/* ---- import_map.c ------------------------------------------------------------------------------------------ */

/* opt.map and opt.status; WRAP_EINVAL explains. */
enum wrap_rc columns_map(struct columns *c, const char *map, struct wrap_err *err);
enum wrap_rc columns_status(
    struct columns *c, const struct import_options *opt, struct wrap_err *err);
/* The columns' names, for a message. Appends. */
void columns_list(const struct columns *c, struct buf *out);
/* ---- import_words.c, import_states.c ---------------------------------------------------------------------------------------- */

/* An export known by a column of its own; whether its rows are readers when they do not say otherwise. */
struct column_kind {
	const char *word, *name;
	bool implied, if_confirmed;
};
const struct column_kind *column_kind_of(struct span header); /* NULL: none we know */
bool column_by_header(struct span header, enum column *out);
bool column_is_weak(struct span header); /* a header that often means something else */
bool column_by_role(struct span role, enum column *out); /* a word of --map */
/* A word as it is compared: lower case, no accents, blanks and signs. */
void column_fold(struct span s, char out[64]);
/* Is it one of those, which stand folded, a blank apart? */
bool column_word_in(struct span word, const char *words);
/* Blanks off both ends, also those that cannot be seen: no-break spaces, zero-width ones, marks. */
struct span column_trim(struct span s);
bool column_is_address(struct span cell);
/* Yes and no in several languages. */
bool column_yes(struct span s);
bool column_no(struct span s);
bool column_state_word(struct span word, enum subscriber_state *out);
/* A word for a state; words of the caller (--status "VIP=active,Gone=unsubscribed") come first. */
bool column_state(struct span word, const char *extra, enum subscriber_state *out);

/* ---- import_date.c ----------------------------------------------------------------------------------------- */

/* A date as spreadsheets and services write it; 03/04/2020 as this list means it. */
bool column_date(const struct columns *c, struct span s, int64_t *t);

/* ---- import_row.c ------------------------------------------------------------------------------------------ */

/* One row as a reader. */
struct row {
	struct subscriber s; /* owned; its times 0 when the file has none */
	int64_t left_at;     /* 0: not said */
	struct buf detail;   /* of the consent record */
	const char *bad;     /* why the row is refused, NULL when it is not; in text */
	char text[300];
	bool bad_date;
	struct span consent; /* JSON, of our own export; borrowed from the record */
};
struct row_reader {
	const struct config *c;
	const struct columns *columns;
	const struct import_options *opt;
	struct strs *unknown; /* topics that are none of ours; may grow to 20 */
	int64_t now;
};
enum wrap_rc row_read(
    struct row_reader *r, const struct csv_record *in, struct row *out, struct wrap_err *err);
void row_clear(struct row *r);

/* ---- import.c, import_reject.c ------------------------------------------------------------------------------- */

/* One import under way. */
struct import {
	struct store *st;
	const struct keyring *keys;
	const struct import_options *opt;
	struct import_source source;
	struct csv csv;
	struct objects *objects; /* NULL: it is no JSON */
	struct columns columns;
	struct row_reader reader;
	struct row row;
	struct csv_record record;
	struct import_report *out;
	size_t lists;    /* that were read */
	char *passed;    /* why the first member of an archive was passed over; NULL: none was */
	char label[300]; /* "import:FILE", for consent records */
	int64_t now;
	/* of the open transaction */
	bool open, suppressions;
	int64_t next_id, began_ms, rows;
	FILE *rejects;
	bool rejects_headed; /* for this list */
};

/* Write down the record that row refuses, and count it. */
enum wrap_rc import_reject(struct import *im, struct wrap_err *err);

#endif
