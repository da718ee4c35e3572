/*
 * Bringing in a list of readers. The rules: a row makes a new reader as the file says; one we know is
 * never moved out of unsubscribed, bounced or complained, and who was forgotten stays so; who left
 * elsewhere leaves here too, unless they agreed here after that. Nothing is ever taken from a reader we
 * know: at most a name or language we lacked is filled in. So the same import again changes nothing, and
 * one that was killed is simply run again.
 *
 * It is done in transactions of about half a second, and between two of them others may write.
 */
#include "import.h"

#include "wrap/text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CHUNK_ROWS 100000
#define CHUNK_MS 2000

/* ---- transactions ------------------------------------------------------------------------------------------ */

static enum wrap_rc
chunk_end(struct import *im, enum wrap_rc rc, struct wrap_err *err)
{
	if (!im->open)
		return rc;
	im->open = false;
	return store_end(im->st, rc, err);
}

static enum wrap_rc
chunk_begin(struct import *im, struct wrap_err *err)
{
	enum wrap_rc rc = store_begin(im->st, err);

	if (rc != WRAP_OK)
		return rc;
	im->open = true;
	im->rows = 0;
	im->began_ms = clock_monotonic_ms();
	rc = suppression_any(im->st, &im->suppressions, err);
	return rc == WRAP_OK ? subscriber_next(im->st, &im->next_id, err) : rc;
}

/* Before each row: a new transaction when the last was long enough. */
static enum wrap_rc
chunk_step(struct import *im, struct wrap_err *err)
{
	struct timespec nap = { .tv_nsec = 5000000 }; /* longer than a waiting writer sleeps */
	enum wrap_rc rc;

	im->rows++;
	if (im->rows % 1024 == 0 && im->opt->progress != NULL)
		im->opt->progress(im->opt->ctx, im->source.done, im->source.total, im->out->rows);
	if (im->open && (im->rows < CHUNK_ROWS) &&
	    (im->rows % 64 != 0 || clock_monotonic_ms() - im->began_ms < CHUNK_MS))
		return WRAP_OK;
	if (im->open) {
		rc = chunk_end(im, WRAP_OK, err);
		if (rc != WRAP_OK)
			return rc;
		(void)nanosleep(&nap, NULL);
	}
	return chunk_begin(im, err);
}

/* ---- one row ------------------------------------------------------------------------------------------------- */

static enum wrap_rc
record_step(struct import *im, int64_t id, int64_t at, const char *detail, struct wrap_err *err)
{
	struct consent c = { .subscriber_id = id,
		.at = at,
		.step = "import",
		.source = im->label,
		.detail = detail };

	return consent_add(im->st, &c, err);
}

/* The history that our own export wrote, as it was. */
static enum wrap_rc
record_history(struct import *im, int64_t id, struct span text, struct wrap_err *err)
{
	json_t *list = json_loadb(text.p, text.n, 0, NULL);
	enum wrap_rc rc = WRAP_OK;

	for (size_t i = 0; rc == WRAP_OK && i < json_array_size(list); i++) {
		json_t *v = json_array_get(list, i);
		struct consent c = { .subscriber_id = id,
			.step = json_string_value(json_object_get(v, "step")),
			.source = json_string_value(json_object_get(v, "source")),
			.detail = json_string_value(json_object_get(v, "detail")) };
		const char *at = json_string_value(json_object_get(v, "at"));

		if (c.step == NULL || c.source == NULL || at == NULL ||
		    clock_parse(at, &c.at, NULL) != WRAP_OK)
			continue;
		rc = consent_add(im->st, &c, err);
	}
	json_decref(list);
	return rc;
}

/* What a new reader needs besides what the file says. */
static enum wrap_rc
complete(struct import *im, struct subscriber *s, struct wrap_err *err)
{
	bool own = im->columns.own;
	int64_t came = s->confirmed_at != 0 ? s->confirmed_at : s->created_at;

	s->id = im->next_id;
	if (s->created_at == 0)
		s->created_at = came != 0 ? came : im->now;
	if (!own && s->state == SUBSCRIBER_ACTIVE)
		s->confirmed_at = came;
	if (s->changed_at == 0 && s->state > SUBSCRIBER_ACTIVE)
		s->changed_at = im->row.left_at;
	if (s->changed_at == 0)
		/* Whoever is to confirm gets their time from now on: serve.pending_days. */
		s->changed_at = s->state == SUBSCRIBER_ACTIVE && came != 0 ? came : im->now;
	if (own || s->why != NULL)
		return WRAP_OK;
	s->why = str_dup(
	    s->state == SUBSCRIBER_ACTIVE && im->opt->why != NULL ? im->opt->why : im->label);
	return s->why == NULL ? wrap_fail(err, WRAP_ENOMEM, "out of memory") : WRAP_OK;
}

/* Did the reader themselves, or someone who holds their consent, say yes here; not a list? */
static enum wrap_rc
note_own(void *ctx, const struct consent *c, struct wrap_err *err)
{
	bool *own = ctx;

	(void)err;
	*own = strcmp(c->step, "import") != 0;
	return WRAP_OK;
}

/* Somebody active or pending here who left, bounced or complained elsewhere. */
static enum wrap_rc
leave(struct import *im, const struct subscriber *was, struct wrap_err *err)
{
	const struct row *r = &im->row;
	int64_t left_at = r->left_at != 0 ? r->left_at : im->columns.own ? r->s.changed_at : 0;
	bool stays = false;
	enum wrap_rc rc = WRAP_OK;

	if (was->confirmed_at != 0 && left_at == 0)
		rc = consent_each(im->st, was->id, note_own, &stays, err);
	else if (was->confirmed_at != 0)
		stays = left_at < was->confirmed_at;
	if (rc != WRAP_OK || stays) {
		im->out->kept += stays;
		return rc;
	}
	im->out->left++;
	rc = subscriber_move(im->st, was->id, r->s.state, left_at != 0 ? left_at : im->now,
	    r->s.why != NULL ? r->s.why : im->label, err);
	return rc == WRAP_OK ? record_step(im, was->id, im->now,
				   r->s.why != NULL ? r->s.why : "left elsewhere", err)
			     : rc;
}

/* A name or a language we lack. */
static enum wrap_rc
fill_in(struct import *im, struct subscriber *was, bool *filled, struct wrap_err *err)
{
	struct subscriber *s = &im->row.s;

	*filled = (was->name == NULL && s->name != NULL) ||
		  (was->language == NULL && s->language != NULL);
	if (!*filled)
		return WRAP_OK;
	if (was->name == NULL) {
		was->name = s->name;
		s->name = NULL;
	}
	if (was->language == NULL) {
		was->language = s->language;
		s->language = NULL;
	}
	return subscriber_choose(im->st, was, err);
}

/* Somebody we know. */
static enum wrap_rc
meet(struct import *im, struct wrap_err *err)
{
	const struct subscriber *s = &im->row.s;
	struct subscriber was;
	enum wrap_rc rc = subscriber_by_canonical(im->st, s->canonical, &was, err);
	bool filled = false;

	if (rc != WRAP_OK)
		return rc;
	if (was.state > SUBSCRIBER_ACTIVE) {
		*(s->state <= SUBSCRIBER_ACTIVE ? &im->out->out : &im->out->same) += 1;
	} else if (s->state > SUBSCRIBER_ACTIVE) {
		rc = leave(im, &was, err);
	} else {
		rc = fill_in(im, &was, &filled, err);
		if (rc == WRAP_OK && was.state == SUBSCRIBER_PENDING &&
		    s->state == SUBSCRIBER_ACTIVE) {
			im->out->confirmed++;
			rc = subscriber_move(
			    im->st, was.id, SUBSCRIBER_ACTIVE, im->now, s->why, err);
			if (rc == WRAP_OK)
				rc =
				    record_step(im, was.id, im->now, buf_str(&im->row.detail), err);
		} else {
			*(filled ? &im->out->filled : &im->out->same) += 1;
		}
	}
	subscriber_clear(&was);
	return rc;
}

static enum wrap_rc
is_suppressed(struct import *im, bool *out, struct wrap_err *err)
{
	uint8_t hash[SHA256_BYTES];
	char *reason = NULL;
	enum wrap_rc rc;

	*out = false;
	if (!im->suppressions)
		return WRAP_OK;
	suppress_hash(im->keys, im->row.s.canonical, hash);
	rc = suppression_find(im->st, hash, &reason, err);
	free(reason);
	*out = rc == WRAP_OK;
	return rc == WRAP_ENOTFOUND ? WRAP_OK : rc;
}

static enum wrap_rc
take_row(struct import *im, struct wrap_err *err)
{
	struct subscriber *s = &im->row.s;
	struct buf *detail = &im->row.detail;
	bool added, suppressed;
	int64_t id, at;
	enum wrap_rc rc = is_suppressed(im, &suppressed, err);

	if (rc != WRAP_OK || suppressed) {
		im->out->suppressed += suppressed;
		return rc;
	}
	if (im->opt->why != NULL && s->state == SUBSCRIBER_ACTIVE)
		buf_addf(detail, "%s%.300s", detail->n > 0 ? "; " : "", im->opt->why);
	at = s->confirmed_at != 0 ? s->confirmed_at : s->created_at;
	if (s->state > SUBSCRIBER_ACTIVE && im->row.left_at != 0)
		at = im->row.left_at;
	{
		struct subscriber new = *s; /* borrows, but for why */

		new.why = str_dup(s->why);
		rc = complete(im, &new, err);
		if (rc == WRAP_OK)
			rc = subscriber_put(im->st, &new, &added, &id, err);
		free(new.why);
	}
	if (rc != WRAP_OK)
		return rc;
	if (!added)
		return meet(im, err);
	im->next_id++;
	im->out->added[s->state]++;
	if (im->columns.own)
		return record_history(im, id, im->row.consent, err);
	return record_step(
	    im, id, at != 0 ? at : im->now, detail->n > 0 ? buf_str(detail) : NULL, err);
}

/* ---- one list --------------------------------------------------------------------------------------------------- */

static enum wrap_rc
next_record(struct import *im, struct wrap_err *err)
{
	return im->objects != NULL ? objects_next(im->objects, &im->record, err)
				   : csv_next(&im->csv, &im->record, err);
}

static enum wrap_rc
read_records(struct import *im, bool first, struct wrap_err *err)
{
	enum wrap_rc rc = WRAP_OK;

	while (rc == WRAP_OK) {
		if (!first)
			rc = next_record(im, err);
		first = false;
		if (rc != WRAP_OK)
			break;
		im->out->rows++;
		rc = row_read(&im->reader, &im->record, &im->row, err);
		if (rc == WRAP_OK)
			rc = chunk_step(im, err);
		if (rc != WRAP_OK)
			break;
		im->out->bad_dates += im->row.bad == NULL && im->row.bad_date;
		rc = im->row.bad != NULL ? import_reject(im, err) : take_row(im, err);
	}
	return rc == WRAP_ENOTFOUND ? WRAP_OK : rc;
}

/* JSON or a table, which shows at once; and its header, or the first record of a table without. */
static enum wrap_rc
begin_list(struct import *im, struct wrap_err *err)
{
	struct look *look = calloc(1, sizeof(*look));
	enum wrap_rc rc = csv_open(&im->csv, import_more, &im->source, err);

	if (look == NULL && rc == WRAP_OK)
		rc = wrap_fail(err, WRAP_ENOMEM, "out of memory");
	if (rc == WRAP_OK)
		rc = stream_fill(&im->csv.w, err);
	if (rc == WRAP_OK)
		rc = look_ahead(&im->csv.w, im->opt->status, look, err);
	if (rc == WRAP_OK && objects_begin(&im->csv.w))
		rc = objects_open(&im->objects, &im->csv.w, &im->record, err);
	else if (rc == WRAP_OK)
		rc = csv_next(&im->csv, &im->record, err);
	if (rc == WRAP_OK && im->record.bad != NULL)
		rc = wrap_fail(err, WRAP_EINVAL, "%s, line %llu: %s; this is no list",
		    im->source.name, (unsigned long long)im->record.line, im->record.bad);
	if (rc == WRAP_OK)
		rc = columns_learn(&im->columns, &im->record, look, im->source.name,
		    im->reader.c->publication.language, im->opt, err);
	free(look);
	if (rc == WRAP_OK && im->objects != NULL)
		im->columns.guarded = false; /* only cells of a spreadsheet are */
	return rc;
}

static void
end_list(struct import *im)
{
	im->out->recoded += (int64_t)im->csv.recoded;
	columns_clear(&im->columns);
	objects_close(&im->objects);
	csv_close(&im->csv);
}

static enum wrap_rc
read_list(struct import *im, struct wrap_err *err)
{
	struct buf *say = &im->out->mapping;
	enum wrap_rc rc = begin_list(im, err);

	im->rejects_headed = false;
	if (rc == WRAP_OK) {
		buf_addf(say, "%s: ", im->source.name);
		columns_say(&im->columns, say);
		buf_addc(say, '\n');
		im->reader.columns = &im->columns;
		im->lists++;
		rc = read_records(im, !im->columns.header, err);
	} else if (rc == WRAP_ENOTFOUND) {
		buf_addf(say, "%s: empty\n", im->source.name);
		rc = WRAP_OK;
	} else if (rc == WRAP_EINVAL && im->source.archive != NULL) {
		/* Services put other tables beside the readers: who opened what, say. */
		buf_addf(say, "%s: passed over: %s\n", im->source.name, err->text);
		im->passed = im->passed == NULL ? str_dup(err->text) : im->passed;
		rc = im->passed == NULL ? wrap_fail(err, WRAP_ENOMEM, "out of memory") : WRAP_OK;
	}
	end_list(im);
	return rc;
}

static enum wrap_rc
finish(struct import *im, enum wrap_rc rc, struct wrap_err *err)
{
	rc = chunk_end(im, rc, err);
	if (im->rejects != NULL && fclose(im->rejects) != 0 && rc == WRAP_OK)
		rc = wrap_fail_errno(err, "write %s", im->out->rejected_path);
	if (rc == WRAP_OK && im->opt->progress != NULL)
		im->opt->progress(im->opt->ctx, im->source.total, im->source.total, im->out->rows);
	row_clear(&im->row);
	buf_clear(&im->row.detail);
	import_close(&im->source);
	(void)store_bulk(im->st, false, NULL);
	return rc;
}

enum wrap_rc
people_import(struct store *st, const struct config *c, const struct keyring *keys,
    const char *path, const struct import_options *opt, int64_t now, struct import_report *out,
    struct wrap_err *err)
{
	struct import *im = calloc(1, sizeof(*im));
	int64_t began = clock_monotonic_ms();
	enum wrap_rc rc;

	*out = (struct import_report){ .mapping = BUF_INIT(1 << 20) };
	if (im == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	im->st = st;
	im->keys = keys;
	im->opt = opt;
	im->out = out;
	im->now = now;
	im->row.detail = BUF_INIT(4096);
	im->reader =
	    (struct row_reader){ .c = c, .opt = opt, .unknown = &out->unknown_topics, .now = now };
	rc = import_open(&im->source, path, err);
	if (rc == WRAP_ENOTFOUND) /* which a list uses to say that it has ended */
		rc = wrap_fail(err, WRAP_EINVAL, "there is no file %s", path);
	if (rc == WRAP_OK)
		rc = store_bulk(st, true, err);
	while (rc == WRAP_OK && (rc = import_member(&im->source, err)) == WRAP_OK) {
		(void)snprintf(im->label, sizeof(im->label), "import:%s", im->source.name);
		rc = read_list(im, err);
	}
	if (rc == WRAP_ENOTFOUND && im->lists == 0 && im->passed != NULL)
		rc = wrap_fail(err, WRAP_EINVAL, "%s", im->passed);
	rc = finish(im, rc == WRAP_ENOTFOUND ? WRAP_OK : rc, err);
	free(im->passed);
	free(im);
	out->took_ms = clock_monotonic_ms() - began;
	return rc;
}

void
import_report_clear(struct import_report *r)
{
	buf_clear(&r->mapping);
	strs_clear(&r->examples);
	strs_clear(&r->unknown_topics);
	free(r->rejected_path);
	*r = (struct import_report){ 0 };
}
