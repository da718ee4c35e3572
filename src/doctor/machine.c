/*
 * What the machine gives: a clock, room on the disk, the lock, and files that are ours alone.
 */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#define EPOCH 1767225600 /* 2026-01-01: this program is not older */
#define RESERVE ((uint64_t)64 << 20)
#define DAY 86400

static void
check_clock(struct doctor *d)
{
	static const char check[] = "clock", type[] = "timedatectl set-ntp true   (as root)";
	struct timex tx = { .modes = 0 };
	struct wrap_err err;
	struct run r;
	int64_t last = 0;
	char at[CLOCK_TEXT], then[CLOCK_TEXT];

	if (d->st != NULL && run_last(d->st, &r, &err) == WRAP_OK) {
		last = r.started_at;
		run_clear(&r);
	}
	if (d->now < EPOCH)
		wrong(d, DOCTOR_SETUP, check, type,
		    "the clock says %s, which is before this program was made",
		    clock_rfc3339(d->now, at));
	else if (last > d->now + DAY)
		wrong(d, DOCTOR_SETUP, check, type, "the clock says %s, but the last run was at %s",
		    clock_rfc3339(d->now, at), clock_rfc3339(last, then));
	else if (adjtimex(&tx) == TIME_ERROR || (tx.status & STA_UNSYNC) != 0)
		note(d, check, type,
		    "the clock says %s; the kernel does not know it to be synchronised",
		    clock_rfc3339(d->now, at));
	else
		ok(d, check, "the clock says %s", clock_rfc3339(d->now, at));
	if (d->c != NULL && d->c->publication.slot != NULL)
		ok(d, check, "an edition is due %s, time zone %s", d->c->publication.slot,
		    d->c->publication.time_zone);
	else if (d->c != NULL)
		note(d, check, "publication.slot = \"Fri 09:00\"; in wrap.conf",
		    "no slot is set: the first wrap run of a week sends, whenever that is");
}

/* "512 MB" or "12.3 GB". */
static const char *
size_text(uint64_t bytes, char out[32])
{
	if (bytes < (uint64_t)10 << 30)
		(void)snprintf(out, 32, "%llu MB", (unsigned long long)(bytes >> 20));
	else
		(void)snprintf(out, 32, "%.1f GB", (double)bytes / (double)(1 << 30));
	return out;
}

static void
check_room(struct doctor *d, const char *path, const char *of, uint64_t need)
{
	struct statvfs fs;
	char *dir = str_dup(path), *slash = dir == NULL ? NULL : strrchr(dir, '/');
	char a[32], b[32];
	uint64_t room;

	if (slash != NULL && slash != dir)
		*slash = '\0';
	if (dir == NULL || statvfs(dir, &fs) != 0) {
		free(dir);
		return;
	}
	room = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (room < need)
		wrong(d, DOCTOR_DATA, "disk", "df -h   (and make room there)",
		    "%s are free for the %s at %s; an edition wants %s", size_text(room, a), of,
		    dir, size_text(need, b));
	else if (fs.f_files > 0 && fs.f_favail < 1000)
		wrong(d, DOCTOR_DATA, "disk", "df -i   (and make room there)",
		    "%llu files can still be made at %s", (unsigned long long)fs.f_favail, dir);
	else
		ok(d, "disk", "%s are free for the %s", size_text(room, a), of);
	free(dir);
}

static void
check_disk(struct doctor *d)
{
	struct stat st;
	uint64_t size = stat(d->c->paths.database, &st) == 0 ? (uint64_t)st.st_size : 0;

	check_room(d, d->c->paths.database, "database", RESERVE + 2 * size);
	if (d->c->n_relays == 0)
		check_room(d, d->c->paths.outbox, "outbox", RESERVE);
}

static void
check_lock(struct doctor *d)
{
	struct run_lock l;
	struct wrap_err err;

	if (access(d->c->paths.database, F_OK) != 0)
		return;
	if (run_lock_take(d->c->paths.database, d->now, &l, &err) == WRAP_OK) {
		run_lock_drop(&l);
		ok(d, "lock", "no run is at work");
	} else if (err.code == WRAP_EBUSY) {
		note(
		    d, "lock", "wrap status   (and ps, when it has run for hours)", "%s", err.text);
	} else {
		wrong(d, DOCTOR_DATA, "lock",
		    "ls -l   (there: the user who runs wrap must own the files)", "%s", err.text);
	}
}

static void
check_file(struct doctor *d)
{
	struct stat st;
	char type[600];

	if (stat(d->c->path, &st) != 0)
		return;
	(void)snprintf(type, sizeof(type), "chmod go-w %.500s", d->c->path);
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		wrong(d, DOCTOR_SETUP, "config", type, "%s can be written by others", d->c->path);
	else
		ok(d, "config", "%s is good", d->c->path);
}

void
doctor_machine(struct doctor *d)
{
	if (d->c != NULL)
		check_file(d);
	check_clock(d);
	if (d->c == NULL)
		return;
	check_disk(d);
	check_lock(d);
}
