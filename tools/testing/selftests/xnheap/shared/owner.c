// SPDX-License-Identifier: GPL-2.0
/* Whose a block is, and who may do what with it. */

#include <fcntl.h>

#include "test.h"

void owner_free(void)
{
	u64 ours, others, kernels;
	int fd, other;

	make_heap();
	fd = open_heap(O_RDWR);
	other = open_heap(O_RDWR);
	ours = alloc(fd, 100);
	others = alloc(other, 1000);
	kernels = driver_alloc(10000);
	expect_errno(try_free(fd, others), EPERM);
	expect_errno(try_free(other, ours), EPERM);
	expect_errno(try_free(fd, kernels), EPERM);
	expect_equal(owner(fd, kernels), XNHEAP_OWNER_KERNEL);

	/* So that the module knows where it lies */
	expect_equal(driver_get(0, fd, 0), 0);
	expect_equal(driver_block(OP_ADOPT, ours, 0), 0);
	expect_errno(try_free(fd, ours), EPERM);
	expect_equal(driver_block(OP_LEND, ours, 0), 0);
	expect_equal(driver_block(OP_FREE, ours, 0), -EPERM);
	expect_equal(driver_block(OP_TEST_AND_FREE, ours, 0), -EPERM);
	expect_equal(owner(fd, ours), XNHEAP_OWNER_SELF);
	expect_errno(try_free(fd, ours), 0);
	expect_equal(driver_block(OP_FREE, ours, 0), -EINVAL);
	expect_equal(driver_block(OP_FREE, kernels, 0), 0);
	expect_errno(try_free(other, others), 0);
	expect_used(0);
}

void owner_at(void)
{
	u64 ours, kernels;
	int fd;

	make_heap();
	fd = open_heap(O_RDWR);
	ours = alloc(fd, 100);
	kernels = driver_alloc(1000);
	expect_equal(driver_block(OP_AT, kernels, 0), 1);
	expect_equal(driver_block(OP_AT, ours, 0), 0);
	expect_equal(driver_block(OP_AT, kernels + 32, 0), 0);
	expect_equal(driver_block(OP_AT, kernels + 512, 0), 0);
	expect_equal(driver_block(OP_AT, kernels + 1, 0), 0);
	expect_equal(driver_block(OP_AT, extent, 0), 0);
	expect_equal(driver_block(OP_AT, ~0UL, 0), 0);
	expect_equal(driver_block(OP_FREE, kernels, 0), 0);
	expect_equal(driver_block(OP_AT, kernels, 0), 0);
}

void owner_adopt(void)
{
	u64 block, others, kernels, beyond;
	int fd, other;

	make_heap();
	fd = open_heap(O_RDWR);
	other = open_heap(O_RDWR);
	block = alloc(fd, 100);
	others = alloc(other, 100);
	kernels = driver_alloc(100);
	expect_equal(driver_get(0, fd, 0), 0);
	expect_equal(driver_get(0, other, 1), 0);
	expect_equal(driver_block(OP_ADOPT, others, 0), -EPERM);
	expect_equal(driver_block(OP_ADOPT, kernels, 0), -EPERM);
	expect_equal(driver_block(OP_ADOPT, kernels, NO_PEER), -EPERM);
	expect_equal(driver_block(OP_ADOPT, block + 1, 0), -EINVAL);
	expect_equal(driver_block(OP_ADOPT, block + 32, 0), -EINVAL);
	expect_equal(driver_block(OP_ADOPT, extent - 32, 0), -EINVAL);
	for (beyond = extent; beyond <= window; beyond += extent)
		expect_equal(driver_block(OP_ADOPT, beyond, 0), -EFAULT);
	expect_equal(driver_block(OP_ADOPT, ~0UL, 0), -EFAULT);
	expect_equal(driver_block(OP_ADOPT, ~0UL << 5, NO_PEER), -EFAULT);

	expect_equal(driver_block(OP_ADOPT, block, 0), 0);
	expect_equal(driver_block(OP_ADOPT, block, 0), -EPERM);
	expect_equal(driver_block(OP_AT, block, 0), 1);
	expect_equal(info(fd).used, 0);
	expect_equal(info(fd).blocks, 0);
	expect_equal(owner(fd, block), XNHEAP_OWNER_KERNEL);
	expect_errno(try_free(fd, block), EPERM);
	/* Of any peer, where none is named */
	expect_equal(driver_block(OP_ADOPT, others, NO_PEER), 0);
	expect_equal(info(other).used, 0);

	/* It stays when the file is closed */
	close(fd);
	close(other);
	sleep_ms(50);
	expect_equal(driver_block(OP_AT, block, 0), 1);
	expect_equal(driver_block(OP_AT, others, 0), 1);
	expect_equal(driver_used(), 3 * 128);
}

void owner_lend(void)
{
	int fd, other;
	u64 block;

	make_heap();
	fd = open_heap(O_RDWR);
	other = open_heap(O_RDWR);
	expect_equal(driver_get(0, fd, 0), 0);
	expect_equal(driver_get(0, other, 1), 0);
	block = driver_alloc(300);
	expect_equal(driver_block(OP_LEND, block + 32, 0), -EINVAL);
	expect(driver_block(OP_LEND, BLOCK_NULL, 0) < 0);
	expect_equal(driver_block(OP_LEND, BLOCK_STRAY, 0), -EFAULT);
	expect_equal(driver_block(OP_LEND, block, 0), 0);
	expect_equal(info(fd).used, 512);
	expect_equal(info(fd).blocks, 1);
	expect_equal(owner(fd, block), XNHEAP_OWNER_SELF);
	expect_equal(driver_block(OP_AT, block, 0), 0);
	expect_equal(driver_block(OP_LEND, block, 0), -EPERM);
	expect_equal(driver_block(OP_LEND, block, 1), -EPERM);
	expect_errno(try_free(other, block), EPERM);
	expect_errno(try_free(fd, block), 0);
	expect_equal(driver_block(OP_LEND, block, 0), -EINVAL);

	/* To one that is gone */
	block = driver_alloc(300);
	close(fd);
	expect_equal(driver_block(OP_LEND, block, 0), -ENODEV);
	expect_equal(driver_block(OP_AT, block, 0), 1);
	expect_equal(driver_block(OP_LEND, block, 1), 0);
	close(other);
	expect_used(0);
}

static void in_context(enum shared_context context)
{
	struct shared_call call = { .op = OP_ALLOC, .size = 100, .context = context };
	u64 block, got;
	int fd;

	make_heap();
	fd = open_heap(O_RDWR);
	expect_equal(driver_get(0, fd, 0), 0);
	if (driver_call(&call) == -EOPNOTSUPP) {
		driver(OP_RESET, 0);
		return;
	}
	expect_equal(call.result, 0);
	block = call.offset;
	expect_equal(driver_in(context, OP_AT, block, 0), 1);
	expect_equal(driver_in(context, OP_AT, block + 32, 0), 0);
	expect_equal(driver_in(context, OP_AT, ~0UL, 0), 0);
	expect_equal(driver_in(context, OP_ADOPT, block, 0), -EPERM);
	expect_equal(driver_in(context, OP_LEND, block, 0), 0);
	expect_equal(driver_in(context, OP_AT, block, 0), 0);
	expect_equal(driver_in(context, OP_LEND, block, 0), -EPERM);
	expect_equal(driver_in(context, OP_FREE, block, 0), -EPERM);
	if (context == IN_NMI) {
		expect_equal(driver_in(context, OP_POST, block, 0), -EAGAIN);
	} else {
		expect_equal(driver_in(context, OP_POST, block, 0), 0);
		expect(read(fd, &got, sizeof(got)) == sizeof(got));
		expect_equal(got, block);
	}
	expect_equal(driver_in(context, OP_ADOPT, block, 0), 0);
	expect_equal(driver_in(context, OP_ADOPT, block + 1, 0), -EINVAL);
	expect_equal(driver_in(context, OP_ADOPT, extent, 0), -EFAULT);
	expect_equal(driver_in(context, OP_FREE, block, 0), 0);
	expect_equal(driver_in(context, OP_LEND, block, 0), -EINVAL);
	expect_equal(driver_used(), 0);
	close(fd);
	driver_put(0);
	expect_equal(driver(OP_DELETE, 0), 0);
}

void owner_contexts(void)
{
	in_context(IN_TASK);
	in_context(IN_RAW_LOCK);
	in_context(IN_HARD_IRQ);
	in_context(IN_NMI);
}

void owner_busy(void)
{
	u64 kernels, ours;
	int fd;

	make_heap();
	fd = open_heap(O_RDWR);
	expect_equal(driver_get(0, fd, 0), 0);
	kernels = driver_alloc(100);
	ours = alloc(fd, 100);
	if (driver_in(IN_NMI_BUSY, OP_AT, kernels, 0) == -EOPNOTSUPP)
		skip("no way to send an NMI");
	expect_equal(driver_in(IN_NMI_BUSY, OP_AT, kernels, 0), 0);
	expect_equal(driver_in(IN_NMI_BUSY, OP_LEND, kernels, 0), -EAGAIN);
	expect_equal(driver_in(IN_NMI_BUSY, OP_ADOPT, ours, 0), -EAGAIN);
	expect_equal(driver_in(IN_NMI_BUSY, OP_POST, kernels, 0), -EAGAIN);
	expect_equal(owner(fd, kernels), XNHEAP_OWNER_KERNEL);
	expect_equal(owner(fd, ours), XNHEAP_OWNER_SELF);
}

void owner_peer(void)
{
	int fd, other, null;
	u64 block;

	make_heap();
	expect_equal(driver_create(1, "shared-other", extent, 512, XNHEAP_VMALLOC, 0), 0);
	fd = open_heap(O_RDWR);
	other = try_open("shared-other", O_RDWR);
	expect(other >= 0);
	null = open("/dev/null", O_RDWR);
	expect(null >= 0);
	expect_equal(driver_get(0, -1, 0), -EBADF);
	expect_equal(driver_get(0, 1000, 0), -EBADF);
	expect_equal(driver_get(0, other, 0), -EINVAL);
	expect_equal(driver_get(1, fd, 0), -EINVAL);
	expect_equal(driver_get(0, null, 0), -EINVAL);

	expect_equal(driver_get(0, fd, 0), 0);
	expect_equal(driver_get(0, fd, 1), 0);
	expect_equal(driver_get(1, other, 2), 0);
	block = driver_alloc(32);
	expect_equal(driver_block(OP_LEND, block, 2), -EINVAL);
	expect_equal(driver_block(OP_AT, block, 0), 1);
	expect_equal(driver_block(OP_LEND, block, 0), 0);
	expect_equal(driver_block(OP_ADOPT, block, 2), -EINVAL);
	/* It is the same one, got twice */
	expect_equal(driver_block(OP_ADOPT, block, 1), 0);
	driver_put(1);
	expect_equal(driver_block(OP_LEND, block, 0), 0);

	/* It outlives the file, and the heap */
	close(fd);
	expect_used(0);
	block = driver_alloc(32);
	expect_equal(driver_block(OP_LEND, block, 0), -ENODEV);
	/* nor is it the peer that comes next */
	fd = open_heap(O_RDWR);
	expect_equal(driver_block(OP_LEND, block, 0), -ENODEV);
	expect_equal(driver_block(OP_ADOPT, alloc(fd, 1), 0), -EPERM);
	expect_equal(driver(OP_DELETE, 0), 0);
	make_heap();
	block = driver_alloc(32);
	expect_equal(driver_block(OP_LEND, block, 0), -EINVAL);
	driver_put(0);
	driver_put(2);
	expect_equal(driver(OP_DELETE, 1), 0);
	expect_equal(driver_block(OP_AT, block, 0), 1);
}

void owner_plain(void)
{
	struct shared_call call = { .op = OP_SHARE, .flags = 0600 };
	u64 block;
	int fd;

	expect_equal(driver_create(1, "shared-other", extent, 512, XNHEAP_VMALLOC, 0), 0);
	expect_equal(driver_create(0, NAME, extent, 512, XNHEAP_VMALLOC | SHARED_PLAIN, 0), 0);
	fd = try_open("shared-other", O_RDWR);
	expect(fd >= 0);
	expect(try_open(NAME, O_RDWR) < 0);
	expect_equal(driver_get(1, fd, 0), 0);
	block = driver_alloc(32);
	expect_equal(driver_get(0, fd, 1), -EINVAL);
	expect_equal(driver_quota(0, 0), -EINVAL);
	expect_equal(driver_call(&call), -EINVAL);
	expect_equal(driver_block(OP_AT, block, 0), 0);
	expect_equal(driver_block(OP_ADOPT, block, NO_PEER), -EINVAL);
	expect_equal(driver_block(OP_ADOPT, block, 0), -EINVAL);
	expect_equal(driver_block(OP_LEND, block, 0), -EINVAL);
	expect_equal(driver_block(OP_POST, block, 0), -EINVAL);
	expect_equal(driver_block(OP_FREE, block, 0), 0);
}
