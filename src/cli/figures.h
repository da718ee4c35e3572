/*
 * What status and report share: the figures as read from the store, and the parts of a page and of a
 * JSON answer that both have.
 */
#ifndef CLI_FIGURES_H
#define CLI_FIGURES_H

#include "internal.h"
#include "sheet.h"

#include "wrap/digest.h"

#define FIGURE_WEEKS 12
#define FIGURE_PROVIDERS 10

/* One edition and what became of its readers. */
struct edition_figures {
	struct edition e; /* without its document */
	struct ledger_figures l;
	int64_t missed; /* readers without a delivery who should have one */
	int64_t stories, topics;
};
enum wrap_rc edition_figures_read(
    struct cli *cli, const struct edition *e, struct edition_figures *out, struct wrap_err *err);
void edition_figures_clear(struct edition_figures *f);
/* Queued, on the way or in doubt. */
int64_t edition_figures_open(const struct edition_figures *f);
bool edition_figures_sound(const struct edition_figures *f);
json_t *edition_figures_json(const struct edition_figures *f);
/* "every reader is accounted for", or what is wrong. */
void edition_figures_verdict(struct sheet *p, const struct edition_figures *f);

/* The newest sealed editions, oldest first. */
struct editions_figures {
	struct edition_figures v[FIGURE_WEEKS];
	size_t n;
};
enum wrap_rc editions_figures_read(
    struct cli *cli, struct editions_figures *out, struct wrap_err *err);
void editions_figures_clear(struct editions_figures *f);

/*
 * The words of a page: English on a terminal; on an HTML page the publication's language, when there are words
 * for it. language is theirs. out: close it after the page.
 */
enum wrap_rc figures_words(struct cli *cli, bool html, struct phrasebook **out,
    const char **language, struct wrap_err *err);
/* Each adds a section to the page and a member to the JSON object. */
enum wrap_rc figures_readers(struct cli *cli, struct sheet *p, json_t *v, struct wrap_err *err);
enum wrap_rc figures_next(struct cli *cli, struct sheet *p, json_t *v, struct wrap_err *err);
enum wrap_rc figures_growth(struct cli *cli, struct sheet *p, json_t *v, struct wrap_err *err);
enum wrap_rc figures_feeds(struct cli *cli, struct sheet *p, json_t *v, struct wrap_err *err);
/* edition_id 0: of any edition since then. */
enum wrap_rc figures_providers(struct cli *cli, int64_t edition_id, int64_t since, struct sheet *p,
    json_t *v, struct wrap_err *err);

#endif
