/*
 * In the child: look at what is new in the mailbox and hand each message over as a letter; later, mark what
 * was acted on. UIDs and sizes first, then bodies in batches, at most 64 kB of each.
 */
#include "bounce/imap.h"

#include <stdlib.h>

#define BATCH 50
#define BODY_BYTES 65536
#define RANGE 10000 /* UIDs asked for at a time in a large mailbox */
#define RANGES 400  /* at most so many questions in one session */

/* One message to fetch. */
struct pick {
	uint32_t uid, size;
};

struct picks {
	struct pick *v;
	size_t n, cap;
};

static uint32_t
uid_of(const struct mailimap_msg_att *msg, uint32_t *size,
    const struct mailimap_msg_att_body_section **body)
{
	uint32_t uid = 0;

	for (clistiter *i = clist_begin(msg->att_list); i != NULL; i = clist_next(i)) {
		const struct mailimap_msg_att_item *item = clist_content(i);
		const struct mailimap_msg_att_static *st;

		if (item->att_type != MAILIMAP_MSG_ATT_ITEM_STATIC)
			continue;
		st = item->att_data.att_static;
		if (st->att_type == MAILIMAP_MSG_ATT_UID)
			uid = st->att_data.att_uid;
		else if (st->att_type == MAILIMAP_MSG_ATT_RFC822_SIZE && size != NULL)
			*size = st->att_data.att_rfc822_size;
		else if (st->att_type == MAILIMAP_MSG_ATT_BODY_SECTION && body != NULL)
			*body = st->att_data.att_body_section;
	}
	return uid;
}

static int
by_uid(const void *a, const void *b)
{
	uint32_t x = ((const struct pick *)a)->uid, y = ((const struct pick *)b)->uid;

	return x < y ? -1 : x > y;
}

static struct mailimap_fetch_type *
fetch_type(struct mailimap_fetch_att *more)
{
	struct mailimap_fetch_type *t = mailimap_fetch_type_new_fetch_att_list_empty();

	if (t == NULL || more == NULL)
		return NULL;
	(void)mailimap_fetch_type_new_fetch_att_list_add(t, mailimap_fetch_att_new_uid());
	(void)mailimap_fetch_type_new_fetch_att_list_add(t, more);
	return t;
}

/* UIDs and sizes in from..to (0: the last). A server may answer with UIDs that were not asked for. */
static enum wrap_rc
ask_range(
    mailimap *s, uint32_t from, uint32_t to, size_t max, struct picks *out, struct wrap_err *err)
{
	struct mailimap_set *set = mailimap_set_new_interval(from, to);
	struct mailimap_fetch_type *type = fetch_type(mailimap_fetch_att_new_rfc822_size());
	clist *answers = NULL;
	enum wrap_rc rc = WRAP_OK;
	int code;

	if (set == NULL || type == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	code = mailimap_uid_fetch(s, set, type, &answers);
	mailimap_set_free(set);
	mailimap_fetch_type_free(type);
	if (code != MAILIMAP_NO_ERROR)
		return imap_fail(s, code, "list the messages", err);
	for (clistiter *i = clist_begin(answers); i != NULL && rc == WRAP_OK; i = clist_next(i)) {
		struct pick p = { 0 };

		p.uid = uid_of(clist_content(i), &p.size, NULL);
		if (p.uid < from || (to != 0 && p.uid > to))
			continue;
		if (out->n == out->cap) {
			size_t cap = out->cap == 0 ? 256 : out->cap * 2;
			struct pick *v = realloc(out->v, cap * sizeof(*v));

			if (v == NULL) {
				rc = wrap_fail(err, WRAP_ENOMEM, "out of memory");
				break;
			}
			out->v = v;
			out->cap = cap;
		}
		out->v[out->n++] = p;
	}
	mailimap_fetch_list_free(answers);
	if (rc == WRAP_OK && out->n > 1)
		qsort(out->v, out->n, sizeof(*out->v), by_uid);
	if (out->n > max)
		out->n = max;
	return rc;
}

/* All new messages up to max, in order of UID; *looked is the last UID that this covers. */
static enum wrap_rc
ask_new(mailimap *s, uint32_t last, size_t max, struct picks *out, uint32_t *looked,
    struct wrap_err *err)
{
	const struct mailimap_selection_info *info = s->imap_selection_info;
	uint32_t next = info->sel_uidnext;
	enum wrap_rc rc = WRAP_OK;

	*looked = last;
	if (info->sel_exists == 0 || last == UINT32_MAX || (next > 0 && last + 1 >= next))
		return WRAP_OK;
	if (info->sel_exists <= 2 * RANGE || next == 0) {
		rc = ask_range(s, last + 1, 0, max, out, err);
		*looked = next > 0 ? next - 1 : last;
	} else {
		for (int i = 0; i < RANGES && rc == WRAP_OK && out->n < max && *looked + 1 < next;
		     i++) {
			uint32_t to = next - 1 - *looked > RANGE ? *looked + RANGE : next - 1;

			rc = ask_range(s, *looked + 1, to, max, out, err);
			*looked = to;
		}
	}
	if (out->n > 0 && (out->n == max || next == 0))
		*looked = out->v[out->n - 1].uid;
	return rc;
}

static enum wrap_rc
put_letter(int fd, const struct letter *l, struct wrap_err *err)
{
	struct buf record = BUF_INIT((size_t)1 << 20);
	enum wrap_rc rc;

	letter_pack(l, &record);
	rc = buf_rc(&record, err);
	if (rc == WRAP_OK)
		rc = child_put(fd, buf_span(&record), err);
	buf_clear(&record);
	return rc;
}

static enum wrap_rc
put_message(int fd, const mailimap *s, const struct mailimap_msg_att *msg, bool careful,
    struct wrap_err *err)
{
	const struct mailimap_msg_att_body_section *body = NULL;
	struct letter l = { .kind = LETTER_BROKEN,
		.uidvalidity = s->imap_selection_info->sel_uidvalidity,
		.uid = uid_of(msg, NULL, &body) };
	struct letter trying = l;
	enum wrap_rc rc = WRAP_OK;

	if (trying.uid == 0 || body == NULL || body->sec_body_part == NULL || body->sec_length == 0)
		return WRAP_OK;
	if (careful)
		rc = put_letter(fd, &trying, err);
	if (rc == WRAP_OK)
		rc = letter_read((struct span){ body->sec_body_part, body->sec_length }, &l, err);
	l.uid = trying.uid;
	l.uidvalidity = trying.uidvalidity;
	if (rc == WRAP_OK)
		rc = put_letter(fd, &l, err);
	letter_clear(&l);
	return rc;
}

static enum wrap_rc
fetch_batch(mailimap *s, int fd, const struct pick *v, size_t n, bool careful, struct wrap_err *err)
{
	struct mailimap_set *set = mailimap_set_new_empty();
	struct mailimap_fetch_type *type =
	    fetch_type(mailimap_fetch_att_new_body_peek_section_partial(
		mailimap_section_new(NULL), 0, BODY_BYTES));
	clist *answers = NULL;
	enum wrap_rc rc = WRAP_OK;
	int code;

	if (set == NULL || type == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	for (size_t i = 0; i < n; i++)
		(void)mailimap_set_add_single(set, v[i].uid);
	code = mailimap_uid_fetch(s, set, type, &answers);
	mailimap_set_free(set);
	mailimap_fetch_type_free(type);
	if (code != MAILIMAP_NO_ERROR)
		return imap_fail(s, code, "fetch messages", err);
	for (clistiter *i = clist_begin(answers); i != NULL && rc == WRAP_OK; i = clist_next(i))
		rc = put_message(fd, s, clist_content(i), careful, err);
	mailimap_fetch_list_free(answers);
	return rc;
}

enum wrap_rc
imap_look(void *ctx, int out_fd, struct wrap_err *err)
{
	const struct imap_look *look = ctx;
	struct letter mark = { .kind = LETTER_BEGIN };
	struct picks picks = { 0 };
	mailimap *s;
	uint32_t looked = 0, last;
	enum wrap_rc rc = imap_open(look->mailbox, look->place, false, &s, err);

	if (rc != WRAP_OK)
		return rc;
	mark.uidvalidity = s->imap_selection_info->sel_uidvalidity;
	last = mark.uidvalidity == look->uidvalidity ? look->last_uid : 0;
	/* UIDs never go back (RFC 9051 2.3.1.1); where they do, what we remember was told by a liar. */
	if (s->imap_selection_info->sel_uidnext > 0 && last >= s->imap_selection_info->sel_uidnext)
		last = 0;
	rc = put_letter(out_fd, &mark, err);
	if (rc == WRAP_OK)
		rc = ask_new(s, last, look->max_messages, &picks, &looked, err);
	for (size_t i = 0, n; i < picks.n && rc == WRAP_OK; i += n) {
		n = look->careful ? 1 : picks.n - i < BATCH ? picks.n - i : BATCH;
		rc = fetch_batch(s, out_fd, picks.v + i, n, look->careful, err);
		mark.kind = LETTER_END; /* so far; the last of these holds for the whole */
		mark.uid = i + n == picks.n ? looked : picks.v[i + n - 1].uid;
		if (rc == WRAP_OK)
			rc = put_letter(out_fd, &mark, err);
	}
	if (rc == WRAP_OK && picks.n == 0) {
		mark.kind = LETTER_END;
		mark.uid = looked;
		rc = put_letter(out_fd, &mark, err);
	}
	free(picks.v);
	imap_close(&s);
	return rc;
}

/* ---- afterwards -------------------------------------------------------------------------------------------------- */

static enum wrap_rc
flag_seen(mailimap *s, struct mailimap_set *set, struct wrap_err *err)
{
	struct mailimap_flag_list *flags = mailimap_flag_list_new_empty();
	struct mailimap_store_att_flags *store;
	int code;

	if (flags == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	(void)mailimap_flag_list_add(flags, mailimap_flag_new_seen());
	store = mailimap_store_att_flags_new_add_flags_silent(flags);
	if (store == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	code = mailimap_uid_store(s, set, store);
	mailimap_store_att_flags_free(store);
	return code == MAILIMAP_NO_ERROR ? WRAP_OK : imap_fail(s, code, "flag messages", err);
}

enum wrap_rc
imap_mark(void *ctx, int out_fd, struct wrap_err *err)
{
	const struct imap_mark *mark = ctx;
	struct letter end = { .kind = LETTER_END };
	mailimap *s;
	enum wrap_rc rc = imap_open(mark->mailbox, mark->place, true, &s, err);
	bool move;

	if (rc != WRAP_OK)
		return rc;
	/* Without MOVE (RFC 6851) a move needs an expunge, which takes other people's deleted mail along. */
	move = mark->move && mailimap_has_extension(s, "MOVE");
	end.uidvalidity = s->imap_selection_info->sel_uidvalidity;
	if (move)
		(void)mailimap_create(s, mark->place->done); /* is there already: fine */
	for (size_t i = 0; i < mark->n && rc == WRAP_OK && end.uidvalidity == mark->uidvalidity;
	     i += BATCH) {
		struct mailimap_set *set = mailimap_set_new_empty();
		int code = MAILIMAP_NO_ERROR;

		if (set == NULL) {
			rc = wrap_fail(err, WRAP_ENOMEM, "out of memory");
			break;
		}
		for (size_t k = i; k < mark->n && k < i + BATCH; k++)
			(void)mailimap_set_add_single(set, mark->uids[k]);
		if (move)
			code = mailimap_uid_move(s, set, mark->place->done);
		else
			rc = flag_seen(s, set, err);
		if (code != MAILIMAP_NO_ERROR)
			rc = imap_fail(s, code, "move messages", err);
		mailimap_set_free(set);
	}
	if (rc == WRAP_OK)
		rc = put_letter(out_fd, &end, err);
	imap_close(&s);
	return rc;
}
