/*
 * Reading returned mail from files: messages a second over the reports of tests/unit/bounces.txt, each with
 * a 20 kB original as servers send it back; then the worst that a stranger can send, one at a time.
 * usage: bounce FOLDER [rounds]: files are written to FOLDER and read from there. With "worst" as rounds only
 * the second part. Exit 1 when a budget is passed: 5,000 messages a second; 50 ms CPU and 64 MB a message.
 */
#include "wrap/bounce.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RATE 5000
#define WORST_MS 50
#define WORST_KB (64 * 1024)
#define FILES_MAX 1000

static double
cpu(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
die(const struct wrap_err *err)
{
	fprintf(stderr, "bounce: %s\n", err->text);
	exit(1);
}

/* One message as inspect reads it: the file, the report, a verdict on each row. */
static size_t
read_one(const char *path)
{
	struct buf b = BUF_INIT((size_t)64 << 20);
	struct report r;
	struct bounce_verdict v;
	struct wrap_err err;
	size_t n;

	if (file_read(path, (size_t)64 << 20, &b, &err) != WRAP_OK ||
	    report_read(buf_span(&b), &r, &err) != WRAP_OK)
		die(&err);
	for (size_t i = 0; i < r.n || i == 0; i++)
		bounce_classify(&r, i, &v);
	n = r.n;
	report_clear(&r);
	buf_clear(&b);
	return n;
}

static void
save(const char *folder, const char *name, const struct buf *b)
{
	char path[600];
	struct wrap_err err;

	(void)snprintf(path, sizeof(path), "%s/%s.eml", folder, name);
	if (buf_rc(b, &err) != WRAP_OK || file_write(path, buf_span(b), 0600, &err) != WRAP_OK)
		die(&err);
}

/* The blocks of bounces.txt as files, their quoted mail grown to the size of an edition. */
static size_t
write_reports(const char *folder)
{
	struct buf all = BUF_INIT(1 << 22), one = BUF_INIT(1 << 20);
	struct span rest, block;
	struct wrap_err err;
	size_t n = 0, at;
	char name[32];

	if (file_read("tests/unit/bounces.txt", 1 << 22, &all, &err) != WRAP_OK)
		die(&err);
	rest = buf_span(&all);
	while (n < FILES_MAX && (at = span_find(rest, SPAN_LIT("\n#### "))) != (size_t)-1) {
		size_t end;

		rest = (struct span){ rest.p + at + 6, rest.n - at - 6 };
		end = span_find(rest, SPAN_LIT("\n#### "));
		block = (struct span){ rest.p, end == (size_t)-1 ? rest.n : end };
		at = span_find(block, SPAN_LIT("\n\n")); /* name and expectations end here */
		if (at == (size_t)-1)
			continue;
		buf_reset(&one);
		buf_add(&one, block.p + at + 2, block.n - at - 2);
		if (span_find(block, SPAN_LIT("copy of the message")) != (size_t)-1 ||
		    span_find(block, SPAN_LIT("rfc822")) != (size_t)-1)
			for (int i = 0; i < 250; i++)
				buf_adds(&one,
				    "<p style=3D\"margin:0 0 8px 0;font-size:16px\">A line of the edition that came back=\r\n");
		(void)snprintf(name, sizeof(name), "r%04zu", n++);
		save(folder, name, &one);
	}
	buf_clear(&all);
	buf_clear(&one);
	return n;
}

static bool
measure_rate(const char *folder, size_t rounds)
{
	size_t files = write_reports(folder), n = 0;
	char path[600];
	double began = cpu(), rate;

	for (size_t k = 0; k < rounds; k++)
		for (size_t i = 0; i < files; i++) {
			(void)snprintf(path, sizeof(path), "%s/r%04zu.eml", folder, i);
			(void)read_one(path);
			n++;
		}
	rate = (double)n / (cpu() - began);
	printf("%-44s %9.0f messages/s of CPU, budget %d: %s\n", "reports from files", rate, RATE,
	    rate >= RATE ? "kept" : "PASSED");
	return rate >= RATE;
}

/* ---- the worst ------------------------------------------------------------------------------------------------ */

static void
many(struct buf *b, const char *piece, size_t times)
{
	for (size_t i = 0; i < times; i++)
		buf_adds(b, piece);
}

static const char dsn_head[] =
    "Return-Path: <>\r\nFrom: MAILER-DAEMON@x.example\r\nSubject: failure notice\r\n";

/* piece, many times, behind head: up to about 20 MB. */
static const struct {
	const char *name, *head, *piece;
	size_t times;
} hostile[] = {
	{ "comment", "From: ", "(", 150000 },
	{ "nested", "Content-Type: multipart/mixed; boundary=a\r\n\r\n",
	    "--a\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n", 50000 },
	{ "parts", "Content-Type: multipart/mixed; boundary=a\r\n\r\n", "--a\r\n\r\nx\r\n",
	    1000000 },
	{ "words", "Subject: ", "=?utf-8?B?w6Q=?= ", 400000 },
	{ "halfwords", "Subject: ", "=?utf-8?B?", 400000 },
	{ "addresses", dsn_head, "\r\n<a@b.example>: 550 user unknown", 200000 },
	{ "signs", dsn_head, "\r\n@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@", 200000 },
	{ "oneline", dsn_head, "a@b.example ", 1000000 },
	{ "blocks",
	    "From: MAILER-DAEMON@x\r\nContent-Type: multipart/report; boundary=a\r\n\r\n--a\r\n"
	    "Content-Type: message/delivery-status\r\n",
	    "\r\nFinal-Recipient: rfc822;a@b.example\r\nAction: failed\r\n", 200000 },
	{ "folded",
	    "From: MAILER-DAEMON@x\r\nContent-Type: multipart/report; boundary=a\r\n\r\n--a\r\n"
	    "Content-Type: message/delivery-status\r\n\r\nFinal-Recipient: rfc822;a@b.example\r\nDiagnostic-Code: x",
	    "\r\n user unknown mailbox full", 500000 },
	{ "nul", "From: MAILER-DAEMON@x\r\n\r\n", "\\0\1\2\3", 2000000 },
	{ "cr", "", "\r", 5000000 },
	{ "html", "Content-Type: text/html\r\nReturn-Path: <>\r\nFrom: postmaster@x\r\n\r\n", "<b>",
	    2000000 },
	{ "base64", "Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n",
	    "QUFBQUFBQUFBQUFB\r\n", 500000 },
	{ "qp", "Content-Transfer-Encoding: quoted-printable\r\nFrom: postmaster@x\r\n\r\n",
	    "=3D=\r\n", 1000000 },
	{ "charset", "Content-Type: text/plain; charset=iso-2022-jp\r\nFrom: postmaster@x\r\n\r\n",
	    "\033$B\033(B", 1000000 },
	{ "headers", "", "X-Failed-Recipients: a@b.example, c@d.example\r\n", 300000 },
	{ "received", "", "Received: from x by y for <bounces+waaaa@b.example>\r\n", 200000 },
	{ "json", "Subject: x\r\n\r\n{\"notificationType\":\"Bounce\",\"bouncedRecipients\":[",
	    "{\"emailAddress\":\"a@b.example\"},", 300000 },
	{ "xtext", "From: MAILER-DAEMON@x\r\n\r\nFinal-Recipient: utf-8;", "\\x{10FFFF}", 300000 },
	{ "original", dsn_head, "\r\nA line of the mail that came back, and nothing else in it.",
	    330000 },
};

static bool
worst_one(const char *folder, size_t i)
{
	struct buf b = BUF_INIT((size_t)64 << 20);
	char path[600], name[40];
	struct rusage used;
	double ms;
	bool kept;
	int status;
	pid_t pid;

	(void)snprintf(name, sizeof(name), "w-%s", hostile[i].name);
	(void)snprintf(path, sizeof(path), "%s/%s.eml", folder, name);
	buf_adds(&b, hostile[i].head);
	many(&b, hostile[i].piece, hostile[i].times);
	save(folder, name, &b);
	buf_clear(&b);
	pid = fork();
	if (pid == 0) {
		/* As the mailbox hands it over: the first 64 kB; and whole, as a file. */
		(void)execl("/proc/self/exe", "bounce", folder, path, (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &used) != pid)
		return false;
	ms = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e3 +
	     (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e3;
	kept = WIFEXITED(status) && WEXITSTATUS(status) == 0 && ms <= WORST_MS &&
	       used.ru_maxrss <= WORST_KB;
	printf("%-20s %7.1f ms CPU %7.1f MB%s\n", hostile[i].name, ms,
	    (double)used.ru_maxrss / 1024, kept ? "" : "   PASSED");
	return kept;
}

int
main(int argc, char **argv)
{
	bool kept = true;

	if (argc < 2) {
		fprintf(stderr, "usage: bounce FOLDER [rounds | worst]\n");
		return 64;
	}
	if (argc > 2 && argv[2][0] == '/') { /* the child that reads one */
		(void)read_one(argv[2]);
		return 0;
	}
	if (argc < 3 || strcmp(argv[2], "worst") != 0)
		kept = measure_rate(argv[1], argc > 2 ? strtoul(argv[2], NULL, 10) : 100);
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++)
		kept = worst_one(argv[1], i) && kept;
	return kept ? 0 : 1;
}
