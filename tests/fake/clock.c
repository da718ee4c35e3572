/* A clock that runs and is off: preloaded, time() is CLOCK_OFFSET seconds ahead of the machine's. */
#include <stdlib.h>
#include <time.h>

time_t
time(time_t *out)
{
	const char *by = getenv("CLOCK_OFFSET");
	struct timespec ts;
	time_t t;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	t = ts.tv_sec + (by != NULL ? (time_t)strtoll(by, NULL, 10) : 0);
	if (out != NULL)
		*out = t;
	return t;
}
