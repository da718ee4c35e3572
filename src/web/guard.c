/*
 * Token buckets for sign-ups, one for each client, in a table of fixed size: a flood from many addresses
 * cannot make it grow. Who falls out of it is the client with the most left, so forgetting is cheap.
 */
#include "internal.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define SETS 2048
#define WAYS 4

struct bucket {
	uint64_t key; /* 0: free */
	int64_t at_ms;
	double left;
};

struct guard {
	double most; /* tokens, refilled in an hour */
	uint64_t salt;
	struct bucket v[SETS][WAYS];
};

struct guard *
guard_new(int64_t signups_an_hour)
{
	struct guard *g = calloc(1, sizeof(*g));

	if (g == NULL)
		return NULL;
	g->most = (double)signups_an_hour;
	if (secret_random(&g->salt, sizeof(g->salt), NULL) != WRAP_OK)
		guard_free(&g);
	return g;
}

void
guard_free(struct guard **g)
{
	free(*g);
	*g = NULL;
}

/* A keyed number for the client, so that nobody can choose addresses that meet in one set. Never 0. */
static uint64_t
client_key(const struct guard *g, const char *client)
{
	unsigned char b[16] = { 0 };
	uint64_t h = 14695981039346656037ULL ^ g->salt;

	/* IPv6: the first 64 bits are what a subscriber of a network has for themselves. */
	if (inet_pton(AF_INET6, client, b) == 1)
		memset(b + 8, 0, 8);
	else if (inet_pton(AF_INET, client, b) != 1)
		b[0] = 255;
	for (size_t i = 0; i < sizeof(b); i++) {
		h = (h ^ b[i]) * 1099511628211ULL;
		h ^= h >> 29;
	}
	h *= g->salt | 1;
	return (h ^ h >> 32) | 1;
}

static void
refill(const struct guard *g, struct bucket *b, int64_t now_ms)
{
	b->left += g->most * (double)(now_ms - b->at_ms) / 3600000.0;
	if (b->left > g->most)
		b->left = g->most;
	b->at_ms = now_ms;
}

bool
guard_signup(struct guard *g, const char *client, int64_t now_ms)
{
	uint64_t key = client_key(g, client);
	struct bucket *set = g->v[key >> 1 & (SETS - 1)], *best = &set[0];

	for (int i = 0; i < WAYS; i++) {
		if (set[i].key == 0) {
			best = &set[i];
			continue;
		}
		refill(g, &set[i], now_ms);
		if (set[i].key == key) {
			best = &set[i];
			break;
		}
		if (best->key != 0 && set[i].left > best->left)
			best = &set[i];
	}
	if (best->key != key)
		*best = (struct bucket){ .key = key, .at_ms = now_ms, .left = g->most };
	if (best->left < 1)
		return false;
	best->left -= 1;
	return true;
}
