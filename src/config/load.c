/*
 * Reading wrap.conf with libconfig, by the table of keys: its sections, groups and lists. Every refusal names
 * file, line and key, and says what is allowed.
 */
#include "config/load.h"

#include <stdlib.h>
#include <string.h>

static enum wrap_rc
unknown(const struct reader *r, const config_setting_t *s, const char *section)
{
	struct buf allowed = BUF_INIT(4096);
	struct nearest near = { .typed = config_setting_name(s) };
	enum wrap_rc rc;

	for (size_t i = 0; i < config_table_size; i++)
		if (strcmp(config_table[i].section, section) == 0) {
			buf_addf(
			    &allowed, "%s%s", allowed.n == 0 ? "" : ", ", config_table[i].name);
			nearest_try(&near, config_table[i].name);
		}
	if (strcmp(section, "topics") == 0)
		buf_adds(&allowed, ", sponsor");
	if (near.word != NULL)
		rc = refuse(r, s, "unknown key \"%.60s\" in %s; did you mean \"%s\"?", near.typed,
		    section, near.word);
	else
		rc = refuse(r, s, "unknown key \"%.60s\" in %s; allowed are %s", near.typed,
		    section, buf_str(&allowed));
	buf_clear(&allowed);
	return rc;
}

static enum wrap_rc read_group(
    const struct reader *r, const config_setting_t *group, const char *section, char *base);

static enum wrap_rc
read_member(const struct reader *r, const config_setting_t *s, const char *section, char *base)
{
	const char *name = config_setting_name(s);

	if (strcmp(section, "topics") == 0 && strcmp(name, "sponsor") == 0)
		return read_group(r, s, "topics.sponsor", base);
	for (size_t i = 0; i < config_table_size; i++) {
		const struct config_key *k = &config_table[i];

		if (strcmp(k->section, section) == 0 && strcmp(k->name, name) == 0)
			return key_read(r, s, k, base);
	}
	return unknown(r, s, section);
}

static enum wrap_rc
read_defaults(const struct reader *r, const char *section, char *base)
{
	enum wrap_rc rc = WRAP_OK;

	for (size_t i = 0; rc == WRAP_OK && i < config_table_size; i++)
		if (strcmp(config_table[i].section, section) == 0)
			rc = key_default(r, &config_table[i], base);
	return rc;
}

static enum wrap_rc
read_group(const struct reader *r, const config_setting_t *group, const char *section, char *base)
{
	enum wrap_rc rc;

	if (config_setting_type(group) != CONFIG_TYPE_GROUP)
		return refuse(r, group, "%s must be a group: { key = value; ... }", section);
	rc = read_defaults(r, section, base);
	for (int i = 0; rc == WRAP_OK && i < config_setting_length(group); i++)
		rc = read_member(r, config_setting_get_elem(group, (unsigned)i), section, base);
	for (size_t i = 0; rc == WRAP_OK && i < config_table_size; i++) {
		const struct config_key *k = &config_table[i];

		if (k->required && strcmp(k->section, section) == 0 &&
		    config_setting_get_member(group, k->name) == NULL)
			rc = refuse(r, group, "%s.%s is missing: %s", section, k->name, k->help);
	}
	return rc;
}

static enum wrap_rc
read_elements(
    const struct reader *r, const config_setting_t *list, const struct config_section *sec)
{
	char *base = (char *)r->c, *v;
	int n = config_setting_length(list);
	enum wrap_rc rc = WRAP_OK;

	if (config_setting_type(list) != CONFIG_TYPE_LIST)
		return refuse(
		    r, list, "%s must be a list of groups: ( { ... }, { ... } )", sec->name);
	if (n == 0)
		return WRAP_OK;
	v = calloc((size_t)n, sec->element_size);
	if (v == NULL)
		return wrap_fail(r->err, WRAP_ENOMEM, "out of memory");
	*(char **)(void *)(base + sec->offset) = v;
	*(size_t *)(void *)(base + sec->count_offset) = (size_t)n;
	for (int i = 0; rc == WRAP_OK && i < n; i++)
		rc = read_group(r, config_setting_get_elem(list, (unsigned)i), sec->name,
		    v + (size_t)i * sec->element_size);
	return rc;
}

static const struct config_section *
section_find(const char *name)
{
	for (size_t i = 0; i < config_sections_size; i++)
		if (strcmp(config_sections[i].name, name) == 0)
			return &config_sections[i];
	return NULL;
}

/* The time zone first: dates elsewhere in the file are of that zone. */
static enum wrap_rc
read_zone(const struct reader *r, const config_setting_t *root)
{
	const config_setting_t *pub = config_setting_get_member(root, "publication");
	const config_setting_t *s = pub == NULL || config_setting_type(pub) != CONFIG_TYPE_GROUP
					? NULL
					: config_setting_get_member(pub, "time_zone");
	const char *zone = s != NULL && config_setting_type(s) == CONFIG_TYPE_STRING
			       ? config_setting_get_string(s)
			       : "UTC";
	struct wrap_err zone_err;

	if (clock_zone_set(zone, &zone_err) != WRAP_OK)
		return refuse(r, s, "publication.time_zone: %s", zone_err.text);
	return WRAP_OK;
}

static enum wrap_rc
unknown_section(const struct reader *r, const config_setting_t *s)
{
	struct buf allowed = BUF_INIT(4096);
	struct nearest near = { .typed = config_setting_name(s) };
	enum wrap_rc rc;

	for (size_t i = 0; i < config_sections_size; i++) {
		buf_addf(&allowed, "%s%s", allowed.n == 0 ? "" : ", ", config_sections[i].name);
		nearest_try(&near, config_sections[i].name);
	}
	if (near.word != NULL)
		rc = refuse(
		    r, s, "unknown section \"%.60s\"; did you mean \"%s\"?", near.typed, near.word);
	else
		rc = refuse(r, s, "unknown section \"%.60s\"; allowed are %s", near.typed,
		    buf_str(&allowed));
	buf_clear(&allowed);
	return rc;
}

static enum wrap_rc
read_root(const struct reader *r, const config_setting_t *root)
{
	enum wrap_rc rc = read_zone(r, root);

	for (int i = 0; rc == WRAP_OK && i < config_setting_length(root); i++) {
		const config_setting_t *s = config_setting_get_elem(root, (unsigned)i);

		if (section_find(config_setting_name(s)) == NULL)
			rc = unknown_section(r, s);
	}
	for (size_t i = 0; rc == WRAP_OK && i < config_sections_size; i++) {
		const struct config_section *sec = &config_sections[i];
		const config_setting_t *s = config_setting_get_member(root, sec->name);

		if (s == NULL && strcmp(sec->name, "publication") == 0)
			rc = wrap_fail(r->err, WRAP_ECONFIG,
			    "%s: the section publication is missing; wrap init DIR writes a whole configuration to look at",
			    r->path);
		else if (s == NULL && !sec->list)
			rc = read_defaults(r, sec->name, (char *)r->c);
		else if (s != NULL)
			rc = sec->list ? read_elements(r, s, sec)
				       : read_group(r, s, sec->name, (char *)r->c);
	}
	return rc;
}

/* Absolute, so that what is named in it stays right wherever a child works. */
static enum wrap_rc
find_file(const char *path, struct config *c, struct wrap_err *err)
{
	char *slash, *full = realpath(path, NULL);

	if (full == NULL)
		return wrap_fail_errno(err, "configuration %s", path);
	c->path = full;
	slash = strrchr(full, '/');
	c->dir = str_dup_span((struct span){ full, slash == full ? 1 : (size_t)(slash - full) });
	return c->dir == NULL ? wrap_fail(err, WRAP_ENOMEM, "out of memory") : WRAP_OK;
}

enum wrap_rc
config_load(const char *path, struct config *out, struct wrap_err *err)
{
	struct reader r = { .c = out, .err = err, .path = path };
	struct buf text;
	config_t file;
	enum wrap_rc rc;

	*out = (struct config){ 0 };
	rc = find_file(path, out, err);
	if (rc != WRAP_OK)
		return rc;
	rc = file_read(path, 1 << 20, &text, err);
	if (rc == WRAP_ESYS) /* a folder, for one */
		rc = wrap_fail(err, WRAP_ECONFIG, "%s is no file that can be read", path);
	if (rc != WRAP_OK) {
		config_free(out);
		return rc;
	}
	config_init(&file);
	if (config_read_string(&file, buf_str(&text)) != CONFIG_TRUE)
		rc = wrap_fail(err, WRAP_ECONFIG, "%s:%d: %s%s", path, config_error_line(&file),
		    config_error_text(&file),
		    strcmp(config_error_text(&file), "syntax error") != 0
			? ""
			: "; there, or on a line before, a quote, a semicolon or a bracket is missing");
	else
		rc = read_root(&r, config_root_setting(&file));
	if (rc == WRAP_OK)
		rc = config_check(out, err);
	if (rc == WRAP_OK)
		rc = config_take_environment(out, err);
	config_destroy(&file);
	buf_clear(&text);
	if (rc != WRAP_OK)
		config_free(out);
	return rc;
}

static void
clear_section(const char *section, char *base)
{
	for (size_t i = 0; i < config_table_size; i++)
		if (strcmp(config_table[i].section, section) == 0)
			key_clear(&config_table[i], base);
}

void
config_free(struct config *c)
{
	for (size_t i = 0; i < config_sections_size; i++) {
		const struct config_section *sec = &config_sections[i];
		char *v;

		if (!sec->list) {
			clear_section(sec->name, (char *)c);
			continue;
		}
		v = *(char **)(void *)((char *)c + sec->offset);
		for (size_t n = *(size_t *)(void *)((char *)c + sec->count_offset); n-- > 0;) {
			clear_section(sec->name, v + n * sec->element_size);
			if (strcmp(sec->name, "topics") == 0)
				clear_section("topics.sponsor", v + n * sec->element_size);
		}
		free(v);
	}
	for (size_t i = 0; i < c->n_variables; i++) {
		free(c->variables[i].name);
		secret_free(c->variables[i].value);
	}
	free(c->variables);
	free(c->publication.from_address);
	free(c->publication.domain);
	free(c->path);
	free(c->dir);
	*c = (struct config){ 0 };
}
