/* What the files of wrap init share. */
#ifndef CLI_INIT_H
#define CLI_INIT_H

#include "internal.h"

struct answers {
	char *name, *from, *address, *time_zone;
	char *language, *feed; /* NULL: none was named */
	char *relay;           /* without the user */
	char *user;            /* NULL: the relay asks for no login */
	bool real_from;        /* From was answered, so keys for its domain make sense */
};
void answers_clear(struct answers *a);

/* init_ask.c: fill a from flags, terminal and fallbacks. WRAP_EINVAL for a flag that cannot be. */
enum wrap_rc init_ask(const struct cli *cli, struct answers *a, struct wrap_err *err);
/* The relay's password into the file path, when there is a user, a terminal and no such file. */
enum wrap_rc init_password(const struct answers *a, const char *path, struct wrap_err *err);
/* A relay on this machine needs no TLS; any other must have it. */
bool init_relay_is_local(const char *url);

/* init_config.c: a commented wrap.conf at path, mode 0600 */
enum wrap_rc init_write_config(const char *path, const struct answers *a, struct wrap_err *err);

/* init_signing.c: keys for the domain of From, named in the configuration conf; DNS records into dir */
enum wrap_rc init_signing(struct cli *cli, const struct answers *a, const char *conf,
    const char *dir, struct wrap_err *err);

#endif
