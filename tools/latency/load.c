// SPDX-License-Identifier: GPL-2.0
/* The load of --load: a program of its own. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "latency.h"

static char * const loads[][10] = {
	{ "hackbench", "-l", "1000000000" },
	{ "stress-ng", "--quiet", "--cpu", "0", "--sock", "0", "--vm", "2",
	  "--timeout=0" },
	{}
};

static pid_t pid;
static const char *name = "the user's own";

static char * const *find(const char *wanted)
{
	for (size_t i = 0; loads[i][0]; i++)
		if ((!*wanted || !strcmp(wanted, loads[i][0])) &&
		    program_exists(loads[i][0]))
			return loads[i];
	return NULL;
}

/* A group of its own, so that all of it can be ended, by signals it does not block. */
static int start(char * const *argv)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int error;

	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
	sigemptyset(&none);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	error = posix_spawnp(&pid, argv[0], &actions, &attributes, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	if (!error)
		return 0;
	pid = 0;
	return fail("cannot run %s: %s", argv[0], strerror(error));
}

int load_begin(const struct options *options)
{
	char * const *argv;

	if (!options->load)
		return 0;
	argv = find(options->load);
	if (argv) {
		name = argv[0];
		return start(argv);
	}
	if (*options->load && strcmp(options->load, "hackbench") &&
	    strcmp(options->load, "stress-ng"))
		return fail("--load=%s: must be hackbench or stress-ng", options->load);
	return fail("--load needs %s, which is not installed: on Debian apt-get install %s",
		    *options->load ? options->load : "hackbench or stress-ng",
		    strcmp(options->load, "stress-ng") ? "rt-tests" : "stress-ng");
}

/*
 * What is measured without the load is not what was asked for. It is not waited
 * for here: load_end() ends what it left.
 */
int load_check(void)
{
	siginfo_t info = {};

	if (!pid || waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) || !info.si_pid)
		return 0;
	return fail("the load, %s, ended before the measurement", name);
}

void load_end(void)
{
	if (!pid)
		return;
	kill(-pid, SIGTERM);
	waitpid(pid, NULL, 0);
	pid = 0;
}

const char *load_name(void)
{
	return name;
}
