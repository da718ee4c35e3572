/*
 * Passwords: where wrap.conf says they are, file:PATH or env:NAME. They live in secret memory, which no child
 * sees and no core file holds. What came by the environment is taken out of it as soon as the file is read, so
 * that the editor, the pager and the browser that a command starts inherit nothing, and /proc shows nothing.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the environment -------------------------------------------------------------------------------- */

static enum wrap_rc
note_variable(struct config *c, const char *secret, struct wrap_err *err)
{
	struct config_variable *v;
	const char *value;

	if (secret == NULL || strncmp(secret, "env:", 4) != 0)
		return WRAP_OK;
	for (size_t i = 0; i < c->n_variables; i++)
		if (strcmp(c->variables[i].name, secret + 4) == 0)
			return WRAP_OK;
	v = realloc(c->variables, (c->n_variables + 1) * sizeof(*v));
	if (v == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	c->variables = v;
	v += c->n_variables;
	value = getenv(secret + 4);
	*v = (struct config_variable){ .name = str_dup(secret + 4) };
	if (v->name != NULL && value != NULL && value[0] != '\0')
		v->value = secret_text(span_of(value));
	c->n_variables += v->name != NULL;
	return v->name == NULL || (v->value == NULL && value != NULL && value[0] != '\0')
		   ? wrap_fail(err, WRAP_ENOMEM, "out of memory")
		   : WRAP_OK;
}

/* Gone from where a child would inherit it, and from where the kernel shows it. */
static void
erase(const char *name)
{
	char *value = getenv(name);

	if (value != NULL)
		secret_wipe(value, strlen(value));
	(void)unsetenv(name);
}

/* The name of a variable that by its name is one of ours and may hold anything; of another wrap.conf, say. */
static bool
one_of_ours(char out[256])
{
	for (char **e = environ; e != NULL && *e != NULL; e++) {
		size_t n = strcspn(*e, "=");

		if (strncmp(*e, "WRAP_", 5) != 0 || strncmp(*e, "WRAP_CONF=", 10) == 0 || n > 255 ||
		    (*e)[n] == '\0')
			continue;
		memcpy(out, *e, n);
		out[n] = '\0';
		return true;
	}
	return false;
}

enum wrap_rc
config_take_environment(struct config *c, struct wrap_err *err)
{
	char name[256];
	enum wrap_rc rc = WRAP_OK;

	for (size_t i = 0; rc == WRAP_OK && i < c->n_relays; i++) {
		rc = note_variable(c, c->relays[i].password, err);
		if (rc == WRAP_OK)
			rc = note_variable(c, c->relays[i].token, err);
	}
	if (rc == WRAP_OK)
		rc = note_variable(c, c->mailbox.password, err);
	if (rc == WRAP_OK)
		rc = note_variable(c, c->mailbox.token, err);
	for (size_t i = 0; i < c->n_variables; i++)
		erase(c->variables[i].name);
	while (one_of_ours(name))
		erase(name);
	return rc;
}

/* ---- the secrets themselves ----------------------------------------------------------------------------- */

static enum wrap_rc
fetch_secret(const struct config *c, const char *what, char **at, struct wrap_err *err)
{
	struct buf text = BUF_INIT(1 << 16);
	char *value = NULL, *path;
	enum wrap_rc rc;

	if (*at == NULL)
		return WRAP_OK;
	if (strncmp(*at, "env:", 4) == 0) {
		for (size_t i = 0; i < c->n_variables; i++)
			if (strcmp(c->variables[i].name, *at + 4) == 0)
				value = c->variables[i].value;
		if (value == NULL)
			return wrap_fail(
			    err, WRAP_ECONFIG, "%s: the environment has no %s", what, *at + 4);
		value = secret_text(span_of(value));
	} else {
		path = path_join(c->dir, *at + 5);
		if (path == NULL)
			return wrap_fail(err, WRAP_ENOMEM, "out of memory");
		rc = secret_file(path, &text, err);
		free(path);
		if (rc != WRAP_OK)
			return wrap_while(err, rc, "%s", what);
		value = secret_text(span_of(buf_str(&text)));
		secret_wipe(text.p, text.n);
		buf_clear(&text);
	}
	if (value == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	secret_free(*at);
	*at = value;
	return WRAP_OK;
}

enum wrap_rc
config_secrets(struct config *c, struct wrap_err *err)
{
	enum wrap_rc rc = WRAP_OK;

	if (c->have_secrets)
		return WRAP_OK;
	for (size_t i = 0; rc == WRAP_OK && i < c->n_relays; i++) {
		rc = fetch_secret(c, "password of the relay", &c->relays[i].password, err);
		if (rc == WRAP_OK)
			rc = fetch_secret(c, "token of the relay", &c->relays[i].token, err);
	}
	if (rc == WRAP_OK)
		rc = fetch_secret(c, "password of the mailbox", &c->mailbox.password, err);
	if (rc == WRAP_OK)
		rc = fetch_secret(c, "token of the mailbox", &c->mailbox.token, err);
	c->have_secrets = rc == WRAP_OK;
	return rc;
}
