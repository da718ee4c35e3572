/*
 * Our own secrets on disk: token.key, token.old after a rotation, token.old.2 to 9 after more, suppression.key.
 * Each is 32 bytes in base 32 on one line, readable by its owner only.
 */
#include "wrap/base.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A new key in that file, whatever was there. */
static enum wrap_rc
key_write(const char *path, struct wrap_err *err)
{
	struct secret_key key;
	struct buf text = BUF_INIT(256);
	enum wrap_rc rc = secret_random(key.b, sizeof(key.b), err);

	if (rc == WRAP_OK) {
		base32_encode((struct span){ (const char *)key.b, sizeof(key.b) }, &text);
		buf_addc(&text, '\n');
		rc = buf_rc(&text, err);
	}
	if (rc == WRAP_OK)
		rc = file_write(path, buf_span(&text), 0600, err);
	secret_wipe(&key, sizeof(key));
	if (text.p != NULL)
		secret_wipe(text.p, text.n);
	buf_clear(&text);
	return rc;
}

static enum wrap_rc
key_make(const char *dir, const char *name, struct wrap_err *err)
{
	struct stat st;
	char *path = path_join(dir, name);
	enum wrap_rc rc = WRAP_OK;

	if (path == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	if (stat(path, &st) != 0)
		rc = key_write(path, err);
	free(path);
	return rc;
}

enum wrap_rc
keyring_make(const char *dir, struct wrap_err *err)
{
	enum wrap_rc rc;

	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return wrap_fail_errno(err, "make folder %s", dir);
	rc = key_make(dir, "token.key", err);
	return rc == WRAP_OK ? key_make(dir, "suppression.key", err) : rc;
}

static enum wrap_rc
key_load(const char *dir, const char *name, struct secret_key *out, struct wrap_err *err)
{
	struct buf text = BUF_INIT(256), raw = BUF_INIT(256);
	char *path = path_join(dir, name);
	enum wrap_rc rc;

	if (path == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	rc = secret_file(path, &text, err);
	if (rc == WRAP_OK && (!base32_decode(buf_span(&text), &raw) || raw.n != SECRET_KEY_BYTES))
		rc = wrap_fail(err, WRAP_EPROTO, "%s is damaged; restore it from a backup", path);
	if (rc == WRAP_OK)
		memcpy(out->b, raw.p, SECRET_KEY_BYTES);
	if (text.p != NULL)
		secret_wipe(text.p, text.n);
	if (raw.p != NULL)
		secret_wipe(raw.p, raw.n);
	buf_clear(&text);
	buf_clear(&raw);
	free(path);
	return rc;
}

/* token.old.2, token.old.3 and so on, as far as they go. */
static enum wrap_rc
older_load(const char *dir, struct keyring *out, struct wrap_err *err)
{
	enum wrap_rc rc = WRAP_OK;

	while (rc == WRAP_OK && out->n_older < KEYRING_OLDER) {
		char name[] = "token.old.0";

		name[sizeof(name) - 2] = (char)('2' + (int)out->n_older);
		rc = key_load(dir, name, &out->older[out->n_older], err);
		out->n_older += rc == WRAP_OK;
	}
	return rc == WRAP_ENOTFOUND ? WRAP_OK : rc;
}

enum wrap_rc
keyring_load(const char *dir, struct keyring *out, struct wrap_err *err)
{
	enum wrap_rc rc;

	*out = (struct keyring){ 0 };
	rc = key_load(dir, "token.key", &out->current, err);
	if (rc == WRAP_OK)
		rc = key_load(dir, "suppression.key", &out->suppression, err);
	if (rc == WRAP_OK) {
		rc = key_load(dir, "token.old", &out->previous, err);
		out->has_previous = rc == WRAP_OK;
		if (rc == WRAP_ENOTFOUND)
			rc = WRAP_OK;
	}
	if (rc == WRAP_OK)
		rc = older_load(dir, out, err);
	if (rc == WRAP_ENOTFOUND)
		rc = wrap_fail(err, rc, "no keys in %s; type: wrap init", dir);
	return rc;
}

/* ---- rotation --------------------------------------------------------------------------------------------- */

bool
keyring_name(size_t i, char out[KEYRING_NAME])
{
	if (i > KEYRING_OLDER + 1)
		return false;
	(void)snprintf(out, KEYRING_NAME,
	    i == 0   ? "token.key"
	    : i == 1 ? "token.old"
		     : "token.old.%u",
	    (unsigned)(i % 10));
	return true;
}

/*
 * Give a key its older name, and leave it under its own: whatever moment the power goes, each key has a name,
 * and no number is missing, behind which keyring_load would not look.
 */
static enum wrap_rc
key_age(const char *dir, size_t i, struct wrap_err *err)
{
	char now[KEYRING_NAME], then[KEYRING_NAME];
	char *from, *to, *tmp;
	enum wrap_rc rc = WRAP_OK;

	(void)keyring_name(i, now);
	(void)keyring_name(i + 1, then);
	from = path_join(dir, now);
	to = path_join(dir, then);
	tmp = path_join(dir, "token.new");
	if (from == NULL || to == NULL || tmp == NULL) {
		rc = wrap_fail(err, WRAP_ENOMEM, "out of memory");
	} else {
		(void)unlink(tmp);
		if (link(from, tmp) != 0 || rename(tmp, to) != 0)
			rc = wrap_fail_errno(err, "keep %s as %s", from, then);
		(void)unlink(tmp); /* still there when both were one file before */
	}
	free(from);
	free(to);
	free(tmp);
	return rc;
}

static bool
is_there(const char *dir, const char *name)
{
	char *path = path_join(dir, name);
	bool there = path != NULL && access(path, F_OK) == 0;

	free(path);
	return there;
}

enum wrap_rc
keyring_rotate(const char *dir, struct wrap_err *err)
{
	char name[KEYRING_NAME];
	size_t n = 0;
	char *path;
	enum wrap_rc rc = WRAP_OK;

	while (keyring_name(n, name) && is_there(dir, name))
		n++;
	if (n == 0)
		return wrap_fail(err, WRAP_ENOTFOUND, "no keys in %s; type: wrap init", dir);
	if (n == KEYRING_OLDER + 2)
		n--; /* the oldest gives way */
	for (size_t i = n; rc == WRAP_OK && i-- > 0;)
		rc = key_age(dir, i, err);
	path = path_join(dir, "token.key");
	if (rc == WRAP_OK)
		rc = path == NULL ? wrap_fail(err, WRAP_ENOMEM, "out of memory")
				  : key_write(path, err);
	free(path);
	return rc;
}
