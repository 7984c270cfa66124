// SPDX-License-Identifier: GPL-2.0
/* What processes map of a shared heap: its extents' pages, one extent after the other. */

#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/version.h>

#include "window.h"

/* A page of the window, or NULL: the heap has not grown as far. */
static struct page *window_page(const struct window *window, unsigned long page)
{
	unsigned long extent_pages = window->extent_size >> PAGE_SHIFT;
	unsigned long nr = page / extent_pages;
	struct memory *memory;

	if (nr >= XNHEAP_MAX_EXTENTS)
		return NULL;
	nr = array_index_nospec(nr, XNHEAP_MAX_EXTENTS);
	/* Pairs with extent(): who finds it finds its pages */
	memory = smp_load_acquire(&window->memory[nr]);
	return memory ? memory_page(memory, page % extent_pages) : NULL;
}

/* Of an extent that came after mmap(), or where the process had its pages dropped. */
static vm_fault_t fault(struct vm_fault *vmf)
{
	const struct xnheap_peer *peer = vmf->vma->vm_file->private_data;
	struct page *page = window_page(peer->window, vmf->pgoff);

	if (!page)
		return VM_FAULT_SIGBUS;
	get_page(page);
	vmf->page = page;
	return 0;
}

static const struct vm_operations_struct vm_ops = {
	.fault = fault,
};

static void set_flags(struct vm_area_struct *vma)
{
	const vm_flags_t set = VM_MIXEDMAP | VM_DONTEXPAND, clear = VM_MAYEXEC;

#if KERNEL_VERSION(6, 3, 0) <= LINUX_VERSION_CODE
	vm_flags_mod(vma, set, clear);
#else
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
#endif
}

int peer_mmap(struct file *file, struct vm_area_struct *vma)
{
	const struct xnheap_peer *peer = file->private_data;
	const struct window *window = peer->window;
	unsigned long pages = window->size >> PAGE_SHIFT, i;
	struct page *page;
	int ret;

	if (!rcu_access_pointer(window->heap))
		return -ENODEV;
	/* Without VM_SHARED where the file is open for reading alone: then it may not write */
	if (!(vma->vm_flags & VM_MAYSHARE) || vma->vm_flags & VM_EXEC)
		return -EINVAL;
	if (vma->vm_pgoff > pages || vma_pages(vma) > pages - vma->vm_pgoff)
		return -EINVAL;
	set_flags(vma);
	vma->vm_ops = &vm_ops;
	for (i = 0; i < vma_pages(vma); i++) {
		page = window_page(window, vma->vm_pgoff + i);
		if (!page)
			break;
		ret = vm_insert_page(vma, vma->vm_start + (i << PAGE_SHIFT), page);
		if (ret)
			return ret;
		cond_resched();
	}
	return 0;
}
