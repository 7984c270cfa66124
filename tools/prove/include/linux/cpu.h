/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_CPU_H
#define _PROVE_LINUX_CPU_H

/* There is one processor, which stays. */
enum cpuhp_state { CPUHP_BP_PREPARE_DYN };

#define cpus_read_lock()	((void)0)
#define cpus_read_unlock()	((void)0)

#define cpuhp_setup_state_nocalls(state, name, startup, teardown)	((void)(teardown), 0)
#define cpuhp_remove_state_nocalls(state)	((void)(state))

#endif
