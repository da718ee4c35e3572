/*
 * One key's value, by the kind that the table of keys gives it: read from the file, checked, and put where it
 * belongs in struct config; or its default there. A new kind of value is a new case here.
 */
#include "config/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum wrap_rc
refuse(const struct reader *r, const config_setting_t *s, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return wrap_fail(r->err, WRAP_ECONFIG, "%s:%u: %s", r->path,
	    s == NULL ? 0 : (unsigned)config_setting_source_line(s), text);
}

static enum wrap_rc
no_memory(const struct reader *r)
{
	return wrap_fail(r->err, WRAP_ENOMEM, "out of memory");
}

static enum wrap_rc
put_text(const struct reader *r, char **at, const char *text)
{
	free(*at);
	*at = str_dup(text);
	return *at == NULL ? no_memory(r) : WRAP_OK;
}

/* The position of word among words joined by '|', or -1. */
static int
choice_find(const char *choices, const char *word)
{
	struct span rest = span_of(choices), one;

	for (int i = 0; span_cut(&rest, '|', &one); i++)
		if (span_eqs(one, word))
			return i;
	return -1;
}

static bool
is_one_line(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

static enum wrap_rc
read_url(const struct reader *r, const config_setting_t *s, const struct config_key *k, char **at,
    const char *text)
{
	const char *colon = strstr(text, "://");
	char scheme[16];
	size_t n = colon == NULL ? 0 : (size_t)(colon - text);

	(void)snprintf(scheme, sizeof(scheme), "%.*s", (int)(n < 15 ? n : 15), text);
	if (n == 0 || choice_find(k->extra, scheme) < 0 || colon[3] == '\0' || colon[3] == '/' ||
	    strpbrk(text, " \t\"<>\\^`{|}") != NULL)
		return refuse(r, s,
		    "%s.%s = \"%.100s\" is not a URL it can use; write %s://host...", k->section,
		    k->name, text, k->extra);
	return put_text(r, at, text);
}

static enum wrap_rc
read_secret(const struct reader *r, const config_setting_t *s, const struct config_key *k,
    char **at, const char *text)
{
	if ((strncmp(text, "file:", 5) != 0 || text[5] == '\0') &&
	    (strncmp(text, "env:", 4) != 0 || text[4] == '\0'))
		return refuse(r, s,
		    "%s.%s: a secret may not stand in this file; write file:PATH or env:NAME",
		    k->section, k->name);
	secret_free(*at);
	*at = secret_text(span_of(text)); /* config_secrets puts the secret itself in its place */
	return *at == NULL ? no_memory(r) : WRAP_OK;
}

static enum wrap_rc
read_date(const struct reader *r, const config_setting_t *s, const struct config_key *k,
    int64_t *at, const char *text)
{
	int64_t day;
	struct tm tm;
	time_t t;

	if (strlen(text) != 10 || clock_parse(text, &day, NULL) != WRAP_OK)
		return refuse(r, s, "%s.%s = \"%.40s\" is not a date; write it like 2026-12-31",
		    k->section, k->name, text);
	t = (time_t)day + (k->kind == KEY_UNTIL ? 86400 : 0);
	(void)gmtime_r(&t, &tm);
	*at = clock_from_local(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, 0, 0);
	return WRAP_OK;
}

static enum wrap_rc
read_choice(const struct reader *r, const config_setting_t *s, const struct config_key *k, int *at,
    const char *text)
{
	int i = choice_find(k->extra, text);

	if (i < 0)
		return refuse(r, s, "%s.%s = \"%.40s\" is not one of %s", k->section, k->name, text,
		    k->extra);
	*at = i;
	return WRAP_OK;
}

/* Keys whose value is written as a text. */
static enum wrap_rc
read_text(const struct reader *r, const config_setting_t *s, const struct config_key *k, void *at,
    const char *text)
{
	char **out = at;

	if (text[0] == '\0' || !is_one_line(text))
		return refuse(
		    r, s, "%s.%s must be one line of text and not empty", k->section, k->name);
	switch (k->kind) {
	case KEY_URL: return read_url(r, s, k, out, text);
	case KEY_SECRET: return read_secret(r, s, k, out, text);
	case KEY_CHOICE: return read_choice(r, s, k, at, text);
	case KEY_FROM:
	case KEY_UNTIL: return read_date(r, s, k, at, text);
	case KEY_PATH:
		free(*out);
		*out = path_join(r->c->dir, text);
		return *out == NULL ? no_memory(r) : WRAP_OK;
	case KEY_TEXT:
	case KEY_INT:
	case KEY_NUMBER:
	case KEY_BOOL:
	case KEY_LIST: break;
	}
	return put_text(r, out, text);
}

static enum wrap_rc
read_number(const struct reader *r, const config_setting_t *s, const struct config_key *k, void *at)
{
	int type = config_setting_type(s);
	bool whole = type == CONFIG_TYPE_INT || type == CONFIG_TYPE_INT64;
	double v;

	if (!whole && (k->kind == KEY_INT || type != CONFIG_TYPE_FLOAT))
		return refuse(r, s, "%s.%s must be a %snumber%s%s", k->section, k->name,
		    k->kind == KEY_INT ? "whole " : "", k->extra == NULL ? "" : " of ",
		    k->extra == NULL ? "" : k->extra);
	v = whole ? (double)config_setting_get_int64(s) : config_setting_get_float(s);
	if (!(v >= k->min && v <= k->max))
		return refuse(r, s, "%s.%s = %g is out of range; from %g to %g%s%s", k->section,
		    k->name, v, k->min, k->max, k->extra == NULL ? "" : " ",
		    k->extra == NULL ? "" : k->extra);
	if (k->kind == KEY_INT)
		*(int64_t *)at = (int64_t)v;
	else
		*(double *)at = v;
	return WRAP_OK;
}

static enum wrap_rc
read_list(
    const struct reader *r, const config_setting_t *s, const struct config_key *k, struct strs *at)
{
	int type = config_setting_type(s);

	if (type != CONFIG_TYPE_ARRAY && type != CONFIG_TYPE_LIST)
		return refuse(r, s, "%s.%s must be a list of texts, like [\"one\", \"two\"]",
		    k->section, k->name);
	for (int i = 0; i < config_setting_length(s); i++) {
		const char *text = config_setting_get_string_elem(s, i);

		if (text == NULL || text[0] == '\0' || !is_one_line(text))
			return refuse(r, s, "%s.%s must be a list of texts, none of them empty",
			    k->section, k->name);
		if (strs_add(at, span_of(text), r->err) != WRAP_OK)
			return WRAP_ENOMEM;
	}
	return WRAP_OK;
}

enum wrap_rc
key_read(const struct reader *r, const config_setting_t *s, const struct config_key *k, char *base)
{
	void *at = base + k->offset;
	const char *text;

	if (k->kind == KEY_INT || k->kind == KEY_NUMBER)
		return read_number(r, s, k, at);
	if (k->kind == KEY_LIST)
		return read_list(r, s, k, at);
	if (k->kind == KEY_BOOL) {
		if (config_setting_type(s) != CONFIG_TYPE_BOOL)
			return refuse(r, s, "%s.%s must be true or false", k->section, k->name);
		*(bool *)at = config_setting_get_bool(s) != 0;
		return WRAP_OK;
	}
	text = config_setting_type(s) == CONFIG_TYPE_STRING ? config_setting_get_string(s) : NULL;
	if (text == NULL)
		return refuse(r, s, "%s.%s must be a text in quotes", k->section, k->name);
	return read_text(r, s, k, at, text);
}

enum wrap_rc
key_default(const struct reader *r, const struct config_key *k, char *base)
{
	void *at = base + k->offset;

	if (k->default_text == NULL)
		return WRAP_OK;
	switch (k->kind) {
	case KEY_INT: *(int64_t *)at = strtoll(k->default_text, NULL, 10); return WRAP_OK;
	case KEY_NUMBER: *(double *)at = strtod(k->default_text, NULL); return WRAP_OK;
	case KEY_BOOL: *(bool *)at = strcmp(k->default_text, "true") == 0; return WRAP_OK;
	case KEY_TEXT:
	case KEY_LIST:
	case KEY_CHOICE:
	case KEY_PATH:
	case KEY_SECRET:
	case KEY_URL:
	case KEY_FROM:
	case KEY_UNTIL: break;
	}
	return read_text(r, NULL, k, at, k->default_text);
}

void
key_clear(const struct config_key *k, char *base)
{
	void *at = base + k->offset;

	switch (k->kind) {
	case KEY_SECRET: secret_free(*(char **)at); break;
	case KEY_TEXT:
	case KEY_PATH:
	case KEY_URL: free(*(char **)at); break;
	case KEY_LIST: strs_clear(at); break;
	case KEY_INT:
	case KEY_NUMBER:
	case KEY_BOOL:
	case KEY_CHOICE:
	case KEY_FROM:
	case KEY_UNTIL: break;
	}
}
