/*
 * One plain libcurl SMTP transfer after another, as its documentation shows it: a multi handle, N easy
 * handles, connections reused. The measure that the sending engine's cost per mail is held against.
 *
 *   send_curl URL COUNT SIZE CONNECTIONS
 */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

struct upload {
	const char *p;
	size_t n, at;
};

static size_t
on_read(char *to, size_t size, size_t n, void *ctx)
{
	struct upload *u = ctx;
	size_t left = u->n - u->at, take = size * n < left ? size * n : left;

	memcpy(to, u->p + u->at, take);
	u->at += take;
	return take;
}

static char *
make_message(size_t size)
{
	char *m = malloc(size + 200);
	size_t n;

	if (m == NULL)
		exit(1);
	n = (size_t)sprintf(m, "From: <wrap@sender.example>\r\nSubject: wrap\r\n\r\n");
	while (n + 78 < size) {
		memset(m + n, 'a' + (int)(n % 26), 76);
		memcpy(m + n + 76, "\r\n", 2);
		n += 78;
	}
	memcpy(m + n, "end\r\n", 6);
	return m;
}

static CURL *
make_handle(const char *url, struct curl_slist *to, struct upload *u)
{
	CURL *e = curl_easy_init();

	if (e == NULL)
		exit(1);
	(void)curl_easy_setopt(e, CURLOPT_URL, url);
	(void)curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(e, CURLOPT_UPLOAD, 1L);
	(void)curl_easy_setopt(e, CURLOPT_MAIL_FROM, "wrap@sender.example");
	(void)curl_easy_setopt(e, CURLOPT_MAIL_RCPT, to);
	(void)curl_easy_setopt(e, CURLOPT_READFUNCTION, on_read);
	(void)curl_easy_setopt(e, CURLOPT_READDATA, u);
	(void)curl_easy_setopt(e, CURLOPT_PRIVATE, u);
	return e;
}

int
main(int argc, char **argv)
{
	long count = argc > 2 ? strtol(argv[2], NULL, 10) : 1000, begun = 0, ended = 0, failed = 0;
	size_t size = argc > 3 ? strtoul(argv[3], NULL, 10) : 30000;
	long lanes = argc > 4 ? strtol(argv[4], NULL, 10) : 20;
	char *message = make_message(size);
	struct upload *u = calloc((size_t)lanes, sizeof(*u));
	struct curl_slist *to = curl_slist_append(NULL, "reader@reader.example");
	CURLM *m;
	struct timespec a, b;
	struct rusage ru;
	int running;

	if (argc < 2 || u == NULL)
		return 64;
	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
	m = curl_multi_init();
	(void)clock_gettime(CLOCK_MONOTONIC, &a);
	for (long i = 0; i < lanes && begun < count; i++, begun++) {
		u[i] = (struct upload){ message, strlen(message), 0 };
		(void)curl_multi_add_handle(m, make_handle(argv[1], to, &u[i]));
	}
	while (ended < count) {
		CURLMsg *msg;
		int left;

		(void)curl_multi_perform(m, &running);
		while ((msg = curl_multi_info_read(m, &left)) != NULL) {
			CURL *e = msg->easy_handle;
			struct upload *mine;

			failed += msg->data.result != CURLE_OK;
			ended++;
			(void)curl_easy_getinfo(e, CURLINFO_PRIVATE, (char **)&mine);
			(void)curl_multi_remove_handle(m, e);
			if (begun < count) {
				begun++;
				mine->at = 0;
				(void)curl_multi_add_handle(m, e);
			} else {
				curl_easy_cleanup(e);
			}
		}
		if (ended < count)
			(void)curl_multi_poll(m, NULL, 0, 100, NULL);
	}
	(void)clock_gettime(CLOCK_MONOTONIC, &b);
	(void)getrusage(RUSAGE_SELF, &ru);
	(void)printf("{\"failed\":%ld,\"wall_ms\":%ld,\"cpu_us\":%ld}\n", failed,
	    (long)((b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000),
	    (long)((ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * 1000000 + ru.ru_utime.tv_usec +
		   ru.ru_stime.tv_usec));
	(void)curl_multi_cleanup(m);
	curl_slist_free_all(to);
	free(message);
	free(u);
	return failed == 0 ? 0 : 1;
}
