/* The compiled message: filled for a reader, stored and read back, and safe against whatever a reader's data holds. */
#include "sample.h"

#include "wrap/mail.h"
#include "wrap/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static const char edition[] =
    "# The Weekly Wrap: 20 November 2026\n\nA note from the editor, long enough to stand for a preheader.\n\n"
    "## DNS\n\n*Sponsored by [Beacon](https://beacon.example/)*\n\n"
    "### [First story](https://a.example/1)\n\n*By Ann · 17 Nov*\n\nIts summary.\n\n"
    "## Security\n\n### [Second story](https://b.example/2)\n\nOther words.\n\n"
    "## Jobs\n\nWork for us.\n";

static struct render *
open_edition(const char *markdown, const char *language)
{
	static char *names[] = { "DNS", "Security", "IPv4" };
	struct render_input in = sample_input(span_of(markdown));
	struct wrap_err err = { 0 };
	struct render *r;

	sample_speak(&in, language);
	in.topics = (struct strs){ names, 3 };
	if (render_open(&in, &r, &err) != WRAP_OK)
		fail_msg("%s", err.text);
	return r;
}

static void
splice(struct render *r, const char *topics, const struct render_reader *reader, struct buf *out)
{
	struct wrap_err err = { 0 };
	struct compiled *m = NULL;

	if (render_compile(r, topics, &m, &err) != WRAP_OK ||
	    compiled_splice(m, reader, out, &err) != WRAP_OK)
		fail_msg("%s", err.text);
	compiled_free(&m);
}

static void
same_input_same_bytes_also_after_a_restart(void **state)
{
	static const char *const languages[] = { "en", "ja" }; /* quoted-printable and base64 */

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct render *r = open_edition(
		    i == 0 ? edition
			   : "# 今週のまとめ：十一月二十日の号\n\n"
			     "## DNS\n\n### [最初の記事](https://a.example/1)\n\n要約です。\n",
		    languages[i]);
		struct render_reader reader = sample_reader();
		struct buf first = BUF_INIT(0), again = BUF_INIT(0), blob = BUF_INIT(0);
		struct compiled *m = NULL, *loaded = NULL;

		assert_int_equal(render_compile(r, NULL, &m, NULL), WRAP_OK);
		assert_int_equal(compiled_splice(m, &reader, &first, NULL), WRAP_OK);
		assert_int_equal(compiled_splice(m, &reader, &again, NULL), WRAP_OK);
		assert_string_equal(first.p, again.p);
		assert_int_equal(compiled_save(m, &blob, NULL), WRAP_OK);
		assert_int_equal(compiled_load(buf_span(&blob), &loaded, NULL), WRAP_OK);
		assert_int_equal(compiled_splice(loaded, &reader, &again, NULL), WRAP_OK);
		assert_string_equal(first.p, again.p);
		splice(r, NULL, &reader, &again);
		assert_string_equal(first.p, again.p);
		compiled_free(&m);
		compiled_free(&loaded);
		render_close(&r);
		buf_clear(&first);
		buf_clear(&again);
		buf_clear(&blob);
	}
}

static void
a_damaged_blob_is_refused(void **state)
{
	struct render *r = open_edition(edition, "en");
	struct compiled *m = NULL, *loaded = NULL;
	struct buf blob = BUF_INIT(0);

	(void)state;
	assert_int_equal(render_compile(r, NULL, &m, NULL), WRAP_OK);
	assert_int_equal(compiled_save(m, &blob, NULL), WRAP_OK);
	for (size_t n = 0; n < blob.n; n += n < 300 ? 1 : 97) {
		assert_int_equal(
		    compiled_load((struct span){ blob.p, n }, &loaded, NULL), WRAP_EPROTO);
		assert_null(loaded);
		blob.p[n] ^= 1;
		assert_int_equal(compiled_load(buf_span(&blob), &loaded, NULL), WRAP_EPROTO);
		blob.p[n] ^= 1;
	}
	assert_int_equal(compiled_load(buf_span(&blob), &loaded, NULL), WRAP_OK);
	compiled_free(&m);
	compiled_free(&loaded);
	render_close(&r);
	buf_clear(&blob);
}

/* A blob whose hash is right but whose program is not: what a bug or an older version could leave. */
static void
a_program_that_would_run_astray_is_refused(void **state)
{
	static const struct {
		size_t at;
		unsigned char value;
	} harm[] = {
		{ 0, 6 },    /* no such operation */
		{ 0, 255 },  /* nor this */
		{ 7, 1 },    /* bytes from beyond the data */
		{ 11, 255 }, /* more bytes than there are */
		{ 12, 2 },   /* the second, a header, becomes a value of no slot ... */
	};
	struct render *r = open_edition(edition, "en");
	struct compiled *m = NULL, *loaded = NULL;

	(void)state;
	assert_int_equal(render_compile(r, NULL, &m, NULL), WRAP_OK);
	for (size_t i = 0; i < sizeof(harm) / sizeof(harm[0]); i++) {
		struct buf blob = BUF_INIT(0);

		assert_int_equal(compiled_save(m, &blob, NULL), WRAP_OK);
		blob.p[16 + harm[i].at] = (char)harm[i].value;
		if (harm[i].at == 12)
			blob.p[16 + 13] = 77;
		secret_sha256(
		    (struct span){ blob.p, blob.n - 32 }, (uint8_t *)blob.p + blob.n - 32);
		assert_int_equal(compiled_load(buf_span(&blob), &loaded, NULL), WRAP_EPROTO);
		buf_clear(&blob);
	}
	compiled_free(&m);
	render_close(&r);
}

static void
topics_choose_what_a_reader_gets(void **state)
{
	struct render *r = open_edition(edition, "en");
	struct render_reader reader = sample_reader();
	struct compiled *m = NULL;
	struct buf out = BUF_INIT(0);

	(void)state;
	assert_int_equal(render_stories(r, NULL), 2);
	assert_int_equal(render_stories(r, "dns"), 1);
	assert_int_equal(render_stories(r, "IPv4"), 0);
	assert_int_equal(render_stories(r, "Security,DNS"), 2);
	assert_int_equal(render_text(r, "Security", &reader, &out, NULL), WRAP_OK);
	assert_non_null(strstr(out.p, "Second story\n"));
	assert_non_null(
	    strstr(out.p, "Work for us.")); /* a section nobody can choose goes to everyone */
	assert_null(strstr(out.p, "First story"));
	assert_null(strstr(out.p, "Beacon"));
	assert_int_equal(render_html(r, "DNS", &reader, &out, NULL), WRAP_OK);
	assert_non_null(strstr(out.p, "Sponsored by <a "));
	assert_null(strstr(out.p, "Second story"));
	assert_int_equal(render_compile(r, "IPv4", &m, NULL), WRAP_ENOTFOUND);
	assert_null(m);
	render_close(&r);
	buf_clear(&out);
}

static size_t
count(const char *hay, const char *needle)
{
	size_t n = 0;

	for (; (hay = strstr(hay, needle)) != NULL; hay++)
		n++;
	return n;
}

/* Lines that quoted-printable broke are made whole again. */
static void
unbreak(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0';)
		if (strncmp(from, "=\r\n", 3) == 0)
			from += 3;
		else
			*to++ = *from++;
	*to = '\0';
}

static void
each_header_stands_once_and_in_its_form(void **state)
{
	static const char *const once[] = { "\r\nTo: Jane Doe <jane.doe@example.net>\r\n",
		"\r\nReply-To: ", "\r\nSubject: ", "\r\nDate: Fri, 20 Nov 2026 18:00:00 +0000\r\n",
		"\r\nMessage-ID: <2026-w47.k3v9x2m7q4@news.example.org>\r\n",
		"\r\nList-Id: The Weekly Wrap <wrap.news.example.org>\r\n",
		"\r\nList-Unsubscribe:\r\n <https://",
		"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
		"\r\nList-Owner: <mailto:", "\r\nFeedback-ID: ", "\r\nPrecedence: bulk\r\n",
		"\r\nAuto-Submitted: auto-generated\r\n", "\r\nContent-Language: en\r\n",
		"\r\nMIME-Version: 1.0\r\n", "\r\nContent-Type: multipart/alternative;\r\n",
		"\r\nArchived-At: <https://news.example.org/wrap/2026-W47>\r\n" };
	struct render *r = open_edition(edition, "en");
	struct render_reader reader = sample_reader();
	struct buf out = BUF_INIT(0);

	(void)state;
	splice(r, NULL, &reader, &out);
	*strstr(out.p, "\r\n\r\n") = '\0';
	assert_int_equal(
	    strncmp(out.p, "From: The Weekly Wrap <wrap@news.example.org>\r\n", 47), 0);
	for (size_t i = 0; i < sizeof(once) / sizeof(once[0]); i++)
		assert_int_equal(count(out.p, once[i]), 1);
	render_close(&r);
	buf_clear(&out);
}

static void
without_pages_the_way_out_is_by_mail(void **state)
{
	struct render *r = open_edition(edition, "en");
	struct render_reader reader = sample_reader();
	struct buf out = BUF_INIT(0);

	(void)state;
	reader.unsubscribe_url = reader.preferences_url = reader.web_url = NULL;
	splice(r, NULL, &reader, &out);
	assert_non_null(strstr(out.p, "\r\nList-Unsubscribe:\r\n <mailto:"));
	assert_null(strstr(out.p, "List-Unsubscribe-Post"));
	assert_null(strstr(out.p, "Archived-At"));
	assert_int_equal(render_text(r, NULL, &reader, &out, NULL), WRAP_OK);
	assert_non_null(strstr(out.p, "Unsubscribe:\nmailto:wrap+u"));
	assert_null(strstr(out.p, "preferences"));
	assert_null(strstr(out.p, "Read it on the web"));
	render_close(&r);
	buf_clear(&out);
}

static void
what_a_reader_brings_cannot_leave_its_place(void **state)
{
	struct render *r = open_edition(edition, "en");
	struct compiled *m = NULL;
	struct buf out = BUF_INIT(0);
	struct render_reader reader = sample_reader();

	(void)state;
	assert_int_equal(render_compile(r, NULL, &m, NULL), WRAP_OK);
	reader.name = "Eve\r\nBcc: all@x.example\r\n\r\n<script>";
	assert_int_equal(compiled_splice(m, &reader, &out, NULL), WRAP_OK);
	assert_null(strstr(out.p, "\r\nBcc:"));
	assert_non_null(strstr(
	    out.p, "\r\nTo: \"Eve Bcc: all@x.example <script>\" <jane.doe@example.net>\r\n"));
	reader = sample_reader();
	reader.mailbox = "a@b.example\r\nBcc: c@d.example";
	assert_int_equal(compiled_splice(m, &reader, &out, NULL), WRAP_EINVAL);
	assert_int_equal(out.n, 0);
	reader = sample_reader();
	reader.unsubscribe_url = "javascript:alert(1)";
	assert_int_equal(compiled_splice(m, &reader, &out, NULL), WRAP_EINVAL);
	reader.unsubscribe_url = "https://x.example/\"><script>";
	assert_int_equal(compiled_splice(m, &reader, &out, NULL), WRAP_EINVAL);
	reader = sample_reader();
	reader.message_id = "a>\r\nX: y";
	assert_int_equal(compiled_splice(m, &reader, &out, NULL), WRAP_EINVAL);
	reader = sample_reader();
	reader.unsubscribe_url = reader.unsubscribe_mailto = NULL;
	assert_int_equal(compiled_splice(m, &reader, &out, NULL), WRAP_EINVAL);
	reader = sample_reader();
	reader.mailbox = "jörg@example.net"; /* RFC 6532: as it is, and only in To */
	assert_int_equal(compiled_splice(m, &reader, &out, NULL), WRAP_OK);
	assert_non_null(strstr(out.p, "<jörg@example.net>\r\n"));
	compiled_free(&m);
	render_close(&r);
	buf_clear(&out);
}

/* In a document slots cannot be forged: their marks are noncharacters. */
static void
a_document_cannot_bring_slots(void **state)
{
	struct render *r = open_edition(
	    "# T " SLOT_VALUE "A\n\n## DNS\n\n### [S " SLOT_VALUE "A](https://a.example/" SLOT_VALUE
	    "A)\n\n" SLOT_IF "Agone" SLOT_END "\n\n`" SLOT_VALUE "A`\n\n    " SLOT_VALUE "A\n",
	    "en");
	struct buf out = BUF_INIT(0);
	struct render_reader reader = sample_reader();

	(void)state;
	reader.mailbox = "secret@example.net";
	assert_int_equal(render_html(r, NULL, &reader, &out, NULL), WRAP_OK);
	assert_int_equal(count(out.p, "secret@"), 1);
	assert_non_null(strstr(out.p, "gone"));
	assert_int_equal(render_text(r, NULL, &reader, &out, NULL), WRAP_OK);
	assert_int_equal(count(out.p, "secret@"), 1);
	assert_non_null(strstr(out.p, "gone"));
	assert_int_equal(render_web(r, &out, NULL), WRAP_OK);
	assert_int_equal(count(out.p, "secret@"), 0);
	render_close(&r);
	buf_clear(&out);
}

static void
a_mail_too_large_names_the_story_to_shorten(void **state)
{
	struct buf md = BUF_INIT(0);
	struct wrap_err err = { 0 };
	struct strs warnings;
	struct render *r;

	(void)state;
	buf_adds(&md,
	    "# T\n\n## DNS\n\n### [Short](https://a.example/1)\n\nx\n\n### [The long one](https://a.example/2)\n\n");
	for (int i = 0; i < 7600; i++)
		buf_adds(&md, "many words ");
	r = open_edition(buf_str(&md), "en");
	assert_int_equal(render_check(r, &warnings, &err), WRAP_OK);
	assert_int_equal(warnings.n, 1);
	assert_non_null(strstr(warnings.v[0], "kB of HTML"));
	strs_clear(&warnings);
	render_close(&r);
	for (int i = 0; i < 3000; i++)
		buf_adds(&md, "many words ");
	r = open_edition(buf_str(&md), "en");
	assert_int_equal(render_check(r, &warnings, &err), WRAP_ELIMIT);
	assert_non_null(strstr(err.text, "The long one"));
	assert_int_equal(warnings.n, 0);
	render_close(&r);
	buf_clear(&md);
}

static void
letters_are_whole_messages_in_their_language(void **state)
{
	static const char *const kinds[] = { "confirm", "welcome", "farewell", "data" };
	static const char *const languages[] = { "en", "de", "fr", "es", "it", "pt", "nl", "ru",
		"ar", "he", "ja", "zh", "ko" };

	(void)state;
	for (size_t k = 0; k < 4; k++)
		for (size_t i = 0; i < 13; i++) {
			struct render_letter l = { .of = sample_input((struct span){ 0 }),
				.kind = kinds[k],
				.reader = sample_reader(),
				.action_url =
				    k == 0 ? "https://news.example.org/wrap/c/abc?x=1&y=2" : NULL };
			struct buf out = BUF_INIT(0), again = BUF_INIT(0);
			struct wrap_err err;

			sample_speak(&l.of, languages[i]);
			if (render_letter(&l, &out, &err) != WRAP_OK)
				fail_msg("%s %s: %s", kinds[k], languages[i], err.text);
			assert_int_equal(render_letter(&l, &again, &err), WRAP_OK);
			assert_string_equal(out.p, again.p);
			assert_int_equal(count(out.p, "\r\nSubject: "), 1);
			assert_int_equal(count(out.p, "\r\nAuto-Submitted: auto-generated\r\n"), 1);
			assert_int_equal(count(out.p, "List-"), 0);
			if (i == 0 && k == 0) {
				assert_non_null(strstr(
				    out.p, "\r\nSubject: Please confirm: The Weekly Wrap\r\n"));
				unbreak(out.p);
				assert_int_equal(
				    count(out.p, "https://news.example.org/wrap/c/abc?x=3D1&"), 2);
			}
			buf_clear(&out);
			buf_clear(&again);
		}
}

static void
a_letter_is_refused_for_what_must_not_go_out(void **state)
{
	struct render_letter l = {
		.of = sample_input((struct span){ 0 }), .kind = "confirm", .reader = sample_reader()
	};
	struct buf out = BUF_INIT(0);

	(void)state;
	l.action_url = "javascript:alert(1)";
	assert_int_equal(render_letter(&l, &out, NULL), WRAP_EINVAL);
	l.action_url = NULL;
	l.reader.mailbox = "a@b.example\r\nBcc: x";
	assert_int_equal(render_letter(&l, &out, NULL), WRAP_EINVAL);
	l.reader = sample_reader();
	l.kind = "nonsense";
	assert_int_equal(render_letter(&l, &out, NULL), WRAP_ECONFIG);
	assert_int_equal(out.n, 0);
	buf_clear(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_input_same_bytes_also_after_a_restart),
		cmocka_unit_test(a_damaged_blob_is_refused),
		cmocka_unit_test(a_program_that_would_run_astray_is_refused),
		cmocka_unit_test(topics_choose_what_a_reader_gets),
		cmocka_unit_test(each_header_stands_once_and_in_its_form),
		cmocka_unit_test(without_pages_the_way_out_is_by_mail),
		cmocka_unit_test(what_a_reader_brings_cannot_leave_its_place),
		cmocka_unit_test(a_document_cannot_bring_slots),
		cmocka_unit_test(a_mail_too_large_names_the_story_to_shorten),
		cmocka_unit_test(letters_are_whole_messages_in_their_language),
		cmocka_unit_test(a_letter_is_refused_for_what_must_not_go_out),
	};

	return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
