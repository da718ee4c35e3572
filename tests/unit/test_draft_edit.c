/* The editor's last word: what is taken, what is refused and named, what an approval is worth; and why. */
#include "digest_week.h"

struct desk {
	struct week w;
	int64_t id[3];
	char *markdown;
};

static void
desk_open(struct desk *d)
{
	struct edition e;

	week_open(&d->w, "edition = { min_stories = 1; max_stories = 2; };\n");
	for (int i = 0; i < 3; i++) {
		char title[40];

		(void)snprintf(title, sizeof(title), "DNS story %c", 'A' + i);
		d->id[i] = week_put(&d->w,
		    i == 0   ? "alpha"
		    : i == 1 ? "beta"
			     : "alpha",
		    &(struct article){
			.title = title, .seen_at = DAYS(1), .published_at = DAYS(1) - i * 3600 });
	}
	e = week_draft(&d->w, "2026-W45", DAYS(4));
	d->markdown = str_dup(e.markdown);
	edition_clear(&e);
}

static void
desk_close(struct desk *d)
{
	free(d->markdown);
	week_close(&d->w);
}

static struct edition
desk_edition(struct desk *d)
{
	struct edition e;

	MUST(&d->w, edition_by_key(d->w.st, "2026-W45", &e, &d->w.err));
	return e;
}

static void
an_edited_document_decides_which_stories_are_told(void **state)
{
	struct desk d;
	struct edit_report r;
	struct edition e;
	static const char mine[] =
	    "# Mine this week\n\nDear readers, hello.\n\n"
	    "## Security\n\n### [DNS story A, retold](https://alpha.example/1)\n\nNew words.\n\n"
	    "### [Left out before](https://alpha.example/3)\n\nTaken up.\n\n"
	    "## Letters\n\n### [My own](https://elsewhere.example/x)\n\nHello.\n";

	(void)state;
	desk_open(&d);
	MUST(&d.w,
	    digest_edit(d.w.st, &d.w.c, "2026-W45", DAYS(4), NULL, span_of(mine), &r, &d.w.err));
	assert_int_equal(r.stories, 3);
	assert_int_equal(r.removed, 1);
	assert_int_equal(r.restored, 1);
	assert_int_equal(r.added, 1);
	assert_int_equal(r.retitled, 1);
	assert_int_equal(r.rewritten, 1);
	assert_int_equal(r.moved, 1);
	e = desk_edition(&d);
	assert_string_equal(e.subject, "Mine this week");
	assert_string_equal(e.markdown, mine);
	assert_true(digest_is_edited(&e));
	assert_int_equal(week_story(&d.w, &e, d.id[0]).position, 1);
	assert_int_equal(week_story(&d.w, &e, d.id[1]).position, 0);
	assert_string_equal(week_story(&d.w, &e, d.id[1]).why, "editor: taken out by the editor");
	assert_int_equal(week_story(&d.w, &e, d.id[2]).position, 2);
	assert_string_equal(week_story(&d.w, &e, d.id[2]).why, "pinned: put in by the editor");
	edition_clear(&e);
	desk_close(&d);
}

static void
mistakes_are_named_by_their_lines(void **state)
{
	static const struct {
		const char *text;
		size_t line;
		const char *says;
	} t[] = {
		{ "## DNS\n", 1, "an edition starts with its title" },
		{ "", 1, "an edition starts with its title" },
		{ "# T\n\n### [A](https://a.example)\n", 3, "under no topic" },
		{ "# T\n\n# U\n", 3, "a second title" },
		{ "# T\n\n## DSN\n", 3, "did you mean \"DNS\"?" },
		{ "# T\n\n## DNS\n\n## DNS\n", 5, "there twice" },
		{ "# T\n\n## DNS\n\n### [A](https://a.example\n", 5, "no closing )" },
		{ "# T\n\n## DNS\n\n### [A]\n", 5, "is broken" },
		{ "# T\n\n## DNS\n\n### [A](javascript:x)\n", 5,
		    "no address that mail can link to" },
		{ "# T\n\n## DNS\n\n### [](https://a.example)\n", 5, "without a title" },
		{ "# T\n\n## DNS\n\n### [A](https://a.example)\n\n### [B](http://www.a.example/)\n",
		    7, "as the story in line 5" },
		{ "# T\n\n## DNS\n\nText\n---\n", 6, "makes a heading" },
		{ "# T\n\n## Security\n\n*Sponsored by [X](https://x.example)*\n", 5,
		    "has no sponsor" },
		{ "# T\n\n## DNS\n\n*Sponsored by [Other](https://x.example)*\n", 5,
		    "the sponsor of \"DNS\" is Dot & Co" },
		{ "# T\n\n## DNS\n\n```\ncode\n", 6, "is not closed" },
		{ "# T\n\n\xFF\n", 3, "not UTF-8" },
	};
	struct desk d;

	(void)state;
	desk_open(&d);
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct edit_report r;

		MUST(&d.w, digest_check(&d.w.c, DAYS(4), span_of(t[i].text), &r, &d.w.err));
		if (r.n != 1 || r.v[0].line != t[i].line || strstr(r.v[0].text, t[i].says) == NULL)
			fail_msg("case %zu: %zu mistakes, line %zu: %s", i, r.n, r.v[0].line,
			    r.v[0].text);
		assert_int_equal(digest_edit(d.w.st, &d.w.c, "2026-W45", DAYS(4), NULL,
				     span_of(t[i].text), &r, &d.w.err),
		    WRAP_EINVAL);
	}
	{ /* and nothing was taken */
		struct edition e = desk_edition(&d);

		assert_string_equal(e.markdown, d.markdown);
		edition_clear(&e);
	}
	desk_close(&d);
}

static void
what_digest_writes_has_no_mistakes(void **state)
{
	struct desk d;
	struct edit_report r;

	(void)state;
	desk_open(&d);
	week_put(&d.w, "gamma",
	    &(struct article){ .title = "# `[odd]` (title) \\ <b> & more_ *x*",
		.url = "https://g.example/a(b)?x=1&amp=2",
		.seen_at = DAYS(2) });
	d.w.c.edition.max_stories = 9;
	free(d.markdown);
	{
		struct edition e = week_draft(&d.w, "2026-W45", DAYS(5));

		d.markdown = str_dup(e.markdown);
		edition_clear(&e);
	}
	MUST(&d.w, digest_check(&d.w.c, DAYS(5), span_of(d.markdown), &r, &d.w.err));
	if (r.n > 0)
		fail_msg("line %zu: %s", r.v[0].line, r.v[0].text);
	assert_int_equal(r.stories, 4);
	MUST(&d.w, digest_edit(d.w.st, &d.w.c, "2026-W45", DAYS(5), NULL, span_of(d.markdown), &r,
		       &d.w.err));
	assert_int_equal(r.removed + r.restored + r.added + r.retitled + r.rewritten + r.moved, 0);
	desk_close(&d);
}

static void
approval_is_of_one_document(void **state)
{
	struct desk d;
	struct edition e;
	struct edit_report r;
	struct buf changed = BUF_INIT(0);

	(void)state;
	desk_open(&d);
	MUST(&d.w, digest_decide(d.w.st, "2026-W45", DIGEST_APPROVE, NULL, &e, &d.w.err));
	assert_true(digest_is_approved(&e));
	edition_clear(&e);
	assert_int_equal(digest_draft(d.w.st, &d.w.c, "2026-W45", DAYS(5), &e,
			     &(struct digest_report){ 0 }, &d.w.err),
	    WRAP_EEXISTS);
	e.markdown[3] = 'x'; /* a change behind our back */
	assert_false(digest_is_approved(&e));
	edition_clear(&e);
	buf_addf(&changed, "%s\nOne more line.\n", d.markdown);
	MUST(&d.w, digest_edit(d.w.st, &d.w.c, "2026-W45", DAYS(4), NULL, buf_span(&changed), &r,
		       &d.w.err));
	assert_true(r.withdrawn);
	/* what the editor started with is not what is there now */
	assert_int_equal(digest_edit(d.w.st, &d.w.c, "2026-W45", DAYS(4), d.markdown,
			     buf_span(&changed), &r, &d.w.err),
	    WRAP_EBUSY);
	e = desk_edition(&d);
	assert_int_equal(e.state, EDITION_DRAFT);
	assert_false(digest_is_approved(&e));
	edition_clear(&e);
	buf_clear(&changed);
	desk_close(&d);
}

static void
hold_cancel_and_resume_go_their_ways(void **state)
{
	struct desk d;
	struct edition e;

	(void)state;
	desk_open(&d);
	MUST(&d.w, digest_decide(d.w.st, "2026-W45", DIGEST_HOLD, "sick", &e, &d.w.err));
	assert_string_equal(e.hold, "held by the editor: sick");
	edition_clear(&e);
	assert_int_equal(digest_draft(d.w.st, &d.w.c, "2026-W45", DAYS(5), &e,
			     &(struct digest_report){ 0 }, &d.w.err),
	    WRAP_EEXISTS);
	edition_clear(&e);
	MUST(&d.w, digest_decide(d.w.st, "2026-W45", DIGEST_RESUME, NULL, &e, &d.w.err));
	assert_int_equal(e.state, EDITION_DRAFT);
	edition_clear(&e);
	MUST(&d.w, digest_decide(d.w.st, "2026-W45", DIGEST_APPROVE, NULL, &e, &d.w.err));
	edition_clear(&e);
	MUST(&d.w, digest_decide(d.w.st, "2026-W45", DIGEST_HOLD, NULL, &e, &d.w.err));
	edition_clear(&e);
	MUST(&d.w, digest_decide(d.w.st, "2026-W45", DIGEST_RESUME, NULL, &e, &d.w.err));
	assert_int_equal(e.state, EDITION_APPROVED); /* its document is still the approved one */
	edition_clear(&e);
	MUST(&d.w, digest_decide(d.w.st, "2026-W45", DIGEST_CANCEL, NULL, &e, &d.w.err));
	assert_int_equal(e.state, EDITION_CANCELLED);
	edition_clear(&e);
	e = week_draft(&d.w, "2026-W46", DAYS(11)); /* its stories are free */
	assert_true(week_story(&d.w, &e, d.id[0]).position > 0);
	week_seal(&d.w, &e, DAYS(11));
	edition_clear(&e);
	for (int what = DIGEST_APPROVE; what <= DIGEST_RESUME; what++)
		assert_int_equal(digest_decide(d.w.st, "2026-W46", (enum digest_decision)what, NULL,
				     &e, &d.w.err),
		    WRAP_EEXISTS);
	assert_int_equal(
	    digest_decide(d.w.st, "2026-W50", DIGEST_HOLD, NULL, &e, &d.w.err), WRAP_ENOTFOUND);
	desk_close(&d);
}

static void
discarded_changes_are_handed_back_and_the_draft_is_made_anew(void **state)
{
	struct desk d;
	struct edit_report r;
	struct edition e;
	struct buf old = BUF_INIT(0);
	static const char mine[] = "# Mine\n\n## DNS\n\n### DNS story B\n";

	(void)state;
	desk_open(&d);
	MUST(&d.w,
	    digest_edit(d.w.st, &d.w.c, "2026-W45", DAYS(4), NULL, span_of(mine), &r, &d.w.err));
	MUST(&d.w, digest_discard(d.w.st, "2026-W45", &old, &d.w.err));
	assert_string_equal(buf_str(&old), mine);
	e = week_draft(&d.w, "2026-W45", DAYS(4));
	assert_string_equal(e.markdown, d.markdown);
	edition_clear(&e);
	buf_clear(&old);
	desk_close(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_edited_document_decides_which_stories_are_told),
		cmocka_unit_test(mistakes_are_named_by_their_lines),
		cmocka_unit_test(what_digest_writes_has_no_mistakes),
		cmocka_unit_test(approval_is_of_one_document),
		cmocka_unit_test(hold_cancel_and_resume_go_their_ways),
		cmocka_unit_test(discarded_changes_are_handed_back_and_the_draft_is_made_anew),
	};

	return cmocka_run_group_tests_name("draft_edit", tests, NULL, NULL);
}
