// SPDX-License-Identifier: GPL-2.0
/*
 * Time on the real processor, against other allocators in the same boot: each
 * round plays the same script with all of them in turn, so that what disturbs
 * the machine disturbs each alike.
 */

#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>

#include "bench.h"

#define PLACES		4096
#define STEPS		20000
#define ROUNDS		101

/* A block is freed as soon as it is allocated. */
static void write_pair(struct bench_step *step, u32 size)
{
	u32 i;

	for (i = 0; i < STEPS; i++)
		step[i] = (struct bench_step) { .place = 0, .size = size };
}

/* Half of the places hold a block; each always asks for the same size. */
static void write_random(struct bench_step *step, u32 size)
{
	struct rnd_state rnd;
	u32 i, k;

	prandom_seed_state(&rnd, 1);
	for (i = 0; i < STEPS; i++) {
		k = prandom_u32_state(&rnd) % PLACES;
		step[i] = (struct bench_step) {
			.place = k,
			.size = k * 40503 % size + 1,
		};
	}
}

static const struct script {
	const char *name;
	void (*write)(struct bench_step *step, u32 size);
	u32 size;
} scripts[] = {
	{ "pair-64", write_pair, 64 },
	{ "pair-512", write_pair, 512 },
	{ "random-512", write_random, 512 },
	{ "random-4096", write_random, 4096 },
};

/*
 * One round: open the pool, warm up, play, close. In picoseconds for each pair
 * of calls.
 */
static int play_round(const struct allocator *a, const struct script *s,
		      const struct bench_step *step, void **place, u64 *ps)
{
	const struct bench_load load = {
		.bytes = POOL_BYTES, .size = s->size, .blocks = PLACES,
	};
	u64 start;
	u32 i, k;
	int ret;

	ret = a->open(&load);
	if (ret)
		return ret;
	a->play(step, STEPS, place);
	start = ktime_get_ns();
	a->play(step, STEPS, place);
	*ps = div_u64((ktime_get_ns() - start) * 1000, STEPS / 2);
	/* What is left is freed by the last step there was at its place. */
	for (i = STEPS; i-- > 0;) {
		k = step[i].place;
		if (place[k])
			a->play(&step[i], 1, place);
	}
	a->close();
	return 0;
}

int bench_native(void)
{
	struct bench_step *step;
	unsigned int s, r, i;
	void **place;
	int ret = 0;
	u64 ps;

	step = vcalloc(STEPS, sizeof(*step));
	place = vcalloc(PLACES, sizeof(*place));
	if (!step || !place)
		ret = -ENOMEM;
	for (s = 0; !ret && s < ARRAY_SIZE(scripts); s++) {
		scripts[s].write(step, scripts[s].size);
		for (r = 0; !ret && r < ROUNDS; r++) {
			for (i = 0; !ret && i < nr_allocators; i++) {
				const struct allocator *a = &allocators[i];

				/* a tenth of the rounds is enough of these */
				if (a->fixed || (a->slow && r % 10))
					continue;
				ret = play_round(a, &scripts[s], step, place, &ps);
				if (!ret)
					bench_print("native\t%s\t%s\t%u\t%llu\n",
						    scripts[s].name, a->name, r, ps);
			}
			cond_resched();
		}
	}
	vfree(place);
	vfree(step);
	return ret;
}
