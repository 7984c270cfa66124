// SPDX-License-Identifier: GPL-2.0
/*
 * Test heaps that are shared with processes, from a process. xnheap.ko and
 * xnheap_shared_test.ko are loaded, debugfs is mounted where there is one, who runs it is
 * root. Prints KTAP; exits with 0 if no test failed.
 *
 * Usage: xnheap-shared-test [PART...] - the tests that have such a PART in their names
 *        xnheap-shared-test --nothing - just run
 *        xnheap-shared-test --make - the heap of the tests
 */

#include "test.h"

#define LIMIT	120		/* seconds of a test */

static const struct {
	const char *name;
	void (*run)(void);
	const char *sentence;
} tests[] = {
#define TEST(name, sentence) { #name, name, sentence },
#include "tests.h"
};

static void run(void *test)
{
	setpgid(0, 0);
	alarm(LIMIT);
	((void (*)(void))test)();
}

/* In a process, and a group, of its own. */
static int run_test(void (*test)(void))
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return FAIL;
	if (!pid) {
		run(test);
		fflush(stdout);
		_exit(PASS);
	}
	setpgid(pid, pid);
	waitpid(pid, &status, 0);
	kill(-pid, SIGKILL);
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	printf("# ended by signal %d (%s)\n", WTERMSIG(status), strsignal(WTERMSIG(status)));
	return FAIL;
}

static bool is_wanted(const char *name, char **parts)
{
	if (!*parts)
		return true;
	for (; *parts; parts++)
		if (strstr(name, *parts))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	unsigned int i, wanted = 0, nr = 0, failed = 0;
	const char *left;

	if (argc == 2 && !strcmp(argv[1], "--nothing"))
		return 0;
	if (argc == 2 && !strcmp(argv[1], "--make")) {
		make_heap();
		return 0;
	}
	for (i = 0; i < ARRAY_SIZE(tests); i++)
		wanted += is_wanted(tests[i].name, argv + 1);
	setlinebuf(stdout);
	printf("KTAP version 1\n1..%u\n", wanted);
	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		int result;

		if (!is_wanted(tests[i].name, argv + 1))
			continue;
		nr++;
		result = run_test(tests[i].run);
		left = driver_left();
		if (left && result != FAIL) {
			printf("# %s\n", left);
			result = FAIL;
		}
		failed += result != PASS && result != SKIP;
		printf("%s %u %s: %s%s\n", result == PASS || result == SKIP ? "ok" : "not ok",
		       nr, tests[i].name, tests[i].sentence, result == SKIP ? " # SKIP" : "");
	}
	return failed || !wanted;
}
