/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_SEQLOCK_H
#define _PROVE_SEQLOCK_H

typedef unsigned int seqcount_t;

#define seqcount_init(seq)		(*(seq) = 0)
#define raw_write_seqcount_begin(seq)	(++*(seq))
#define raw_write_seqcount_end(seq)	(++*(seq))
#define raw_read_seqcount(seq)		(*(seq))
#define read_seqcount_retry(seq, start)	(*(seq) != (start))

#endif
