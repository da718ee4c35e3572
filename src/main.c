/*
 * wrap: a weekly digest mailer. main sets up the process and hands argv to cli, which finds the command
 * in its table; the week itself is in weekly/weekly.c.
 */
#include "wrap/cli.h"

#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>

int
main(int argc, char **argv)
{
	int code;

	(void)umask(077); /* readers' addresses are nobody else's business */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN); /* a file-size limit is an error to report, not a death */
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		(void)fprintf(stderr, "wrap: error: libcurl does not start\n");
		return 71;
	}
	code = cli_main(argc, argv);
	curl_global_cleanup();
	return code;
}
