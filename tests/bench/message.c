/*
 * What one message costs, step by step: filled for a reader (copy and slots), scanned by the gate, its
 * body hashed, signed; and how many a second all cores sign. usage: message EDITION.md [rounds]
 */
#include "../unit/sample.h"

#include "mail/dkim.h"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

struct bench {
	struct compiled *compiled;
	const struct dkim_key *keys[2];
	struct buf message;
	size_t rounds;
};

static double
seconds(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Of this process: other work on the machine does not count. */
static double
cpu(void)
{
	return seconds(CLOCK_PROCESS_CPUTIME_ID);
}

static void
must(enum wrap_rc rc, const struct wrap_err *err)
{
	if (rc != WRAP_OK) {
		fprintf(stderr, "message: %s\n", err->text);
		exit(1);
	}
}

static void
splice(const struct bench *b, size_t i, struct buf *out)
{
	struct render_reader reader = sample_reader();
	struct wrap_err err;
	char id[64];

	(void)snprintf(id, sizeof(id), "2026-w47.%zu@news.example.org", i);
	reader.message_id = id;
	must(compiled_splice(b->compiled, &reader, out, &err), &err);
}

static void
report(const char *what, double took, size_t n)
{
	printf("%-44s %9.2f us\n", what, took / (double)n * 1e6);
}

static void
measure_steps(struct bench *b)
{
	struct buf headers = BUF_INIT(0);
	struct wrap_err err;
	double at = cpu();
	size_t sign_rounds = b->rounds / 10 + 1;
	struct span head, body;
	double hash;

	for (size_t i = 0; i < b->rounds; i++)
		splice(b, i, &b->message);
	report("splice and gate", cpu() - at, b->rounds);
	at = cpu();
	for (size_t i = 0; i < b->rounds; i++)
		must(mime_gate(buf_span(&b->message), false, &err), &err);
	report("of it the gate", cpu() - at, b->rounds);
	at = cpu();
	for (size_t i = 0; i < b->rounds; i++) {
		uint8_t digest[SHA256_BYTES];

		secret_sha256(buf_span(&b->message), digest);
	}
	report("SHA-256 of as many bytes, for comparison", cpu() - at, b->rounds);
	(void)dkim_split(buf_span(&b->message), &head, &body);
	at = cpu();
	for (size_t i = 0; i < b->rounds; i++) {
		uint8_t digest[SHA256_BYTES];

		must(dkim_body_hash(body, digest, &err), &err);
	}
	hash = (cpu() - at) / (double)b->rounds;
	report("hash of the body, relaxed", hash, 1);
	for (size_t n = 1; n <= 2; n++) {
		at = cpu();
		for (size_t i = 0; i < sign_rounds; i++) {
			buf_reset(&headers);
			must(dkim_sign(
				 buf_span(&b->message), b->keys, n, 1795197600, &headers, &err),
			    &err);
		}
		report(n == 1 ? "header and RSA-2048 signature" : "the same and Ed25519",
		    (cpu() - at) / (double)sign_rounds - hash, 1);
	}
	buf_clear(&headers);
}

static void *
sign_many(void *ctx)
{
	const struct bench *b = ctx;
	struct buf out = BUF_INIT(0), headers = BUF_INIT(0);
	struct wrap_err err;

	for (size_t i = 0; i < b->rounds / 10; i++) {
		splice(b, i, &out);
		buf_reset(&headers);
		must(dkim_sign(buf_span(&out), b->keys, 1, 1795197600, &headers, &err), &err);
	}
	buf_clear(&out);
	buf_clear(&headers);
	return NULL;
}

static void
measure_threads(struct bench *b)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	pthread_t thread[64];

	for (long n = 1; n <= cores && n <= 64; n *= 2) {
		double at = seconds(CLOCK_MONOTONIC);

		for (long i = 0; i < n; i++)
			if (pthread_create(&thread[i], NULL, sign_many, b) != 0)
				exit(1);
		for (long i = 0; i < n; i++)
			(void)pthread_join(thread[i], NULL);
		printf("splice, hash, RSA signature on %2ld thread%s %9.0f messages/s\n", n,
		    n == 1 ? " " : "s",
		    (double)(b->rounds / 10) * (double)n / (seconds(CLOCK_MONOTONIC) - at));
	}
}

static struct dkim_key *
make_key(enum dkim_type type)
{
	struct buf pem = BUF_INIT(8192);
	struct dkim_key *k;
	struct wrap_err err;

	must(dkim_key_make(type, &pem, &err), &err);
	must(dkim_key_load(buf_span(&pem), "news.example.org", "bench", &k, &err), &err);
	buf_clear(&pem);
	return k;
}

int
main(int argc, char **argv)
{
	struct buf md = BUF_INIT(1 << 20);
	struct bench b = { .rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 20000 };
	struct dkim_key *rsa = make_key(DKIM_RSA), *ed = make_key(DKIM_ED25519);
	struct render_input in;
	struct render *r;
	struct wrap_err err;
	double at;

	if (argc < 2 || b.rounds < 10)
		return 64;
	b.keys[0] = rsa;
	b.keys[1] = ed;
	must(file_read(argv[1], 1 << 20, &md, &err), &err);
	in = sample_input(buf_span(&md));
	at = cpu();
	must(render_open(&in, &r, &err), &err);
	must(render_compile(r, NULL, &b.compiled, &err), &err);
	report("open and compile, once for a set of topics", cpu() - at, 1);
	splice(&b, 0, &b.message);
	printf("%-44s %9zu bytes\n", "message", b.message.n);
	measure_steps(&b);
	measure_threads(&b);
	compiled_free(&b.compiled);
	render_close(&r);
	dkim_key_free(&rsa);
	dkim_key_free(&ed);
	buf_clear(&b.message);
	buf_clear(&md);
	return 0;
}
