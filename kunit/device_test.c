// SPDX-License-Identifier: GPL-2.0
/* Heaps for a device: of memory that is coherent with it, and that go with it. */

#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/platform_device.h>

#include "kunit_xnheap.h"

#define DEVICE		"xnheap-kunit"
#define LABEL		"of-a-device"

KUNIT_DEFINE_ACTION_WRAPPER(device_end, platform_device_unregister,
			    struct platform_device *);

static struct device *device(struct kunit *test)
{
	struct platform_device *pdev;

	pdev = platform_device_register_simple(DEVICE, PLATFORM_DEVID_NONE, NULL, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR(pdev));
	undo_later(test, device_end, pdev);
	return &pdev->dev;
}

/* Likewise, one that reaches all memory; skips the test where there is no DMA. */
static struct device *dma_device(struct kunit *test)
{
	struct device *dev;

	if (!IS_ENABLED(CONFIG_HAS_DMA))
		kunit_skip(test, "this kernel has no DMA");
	dev = device(test);
	KUNIT_ASSERT_EQ(test, 0, dma_set_coherent_mask(dev, DMA_BIT_MASK(64)));
	return dev;
}

static const struct kind {
	const char *name;
	u_long size, page_size;
	unsigned int flags;
} kinds[] = {
	{ "64-byte pages", 4032, 64 },
	{ "512-byte pages", SZ_16K + 512, 512 },
	{ "4096-byte pages", 5 * SZ_4K, 4096 },
	{ "32768-byte pages", SZ_128K, 32768 },
	{ "4096-byte pages, fine", SZ_64K, 4096, XNHEAP_FINE },
	{ "4096-byte pages, aligned to 128", SZ_64K, 4096, XNHEAP_ALIGN(128) },
	{ "512-byte pages, by CPU", SZ_1M, 512, XNHEAP_PERCPU },
#ifdef XNHEAP_OBSERVE
	{ "4096-byte pages, debugged", SZ_64K, 4096, XNHEAP_DEBUG },
#endif
};

KUNIT_ARRAY_PARAM_DESC(kind, kinds, name);
#define DMA_CASE(test) KUNIT_CASE_PARAM(test, kind_gen_params)

KUNIT_DEFINE_ACTION_WRAPPER(created_end, xnheap_delete, struct xnheap *);

static struct xnheap *created(struct kunit *test, struct device *dev)
{
	const struct kind *kind = test->param_value;
	struct xnheap *heap = xnheap_create_dma(dev, LABEL, kind->size,
						kind->page_size, kind->flags);

	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(heap));
	undo_later(test, created_end, heap);
	return heap;
}

/* What the device would find at a block; the number of blocks. */
static u_long use_all(struct kunit *test, struct xnheap *heap)
{
	u_long page = xnheap_page_size(heap), n = 0, size = page / 2 - 8;
	dma_addr_t at;
	size_t offset;
	u64 cookie;
	u8 *block;

	while ((block = xnheap_alloc(heap, size))) {
		at = xnheap_dma_addr(heap, block);
		KUNIT_ASSERT_NE(test, (u64)DMA_MAPPING_ERROR, (u64)at);
		KUNIT_ASSERT_EQ(test, 0, xnheap_offset(heap, block, &offset, &cookie));
		KUNIT_ASSERT_EQ(test, (u64)at, cookie + offset);
		KUNIT_ASSERT_EQ(test, (u64)at + size - 1,
				(u64)xnheap_dma_addr(heap, block + size - 1));
		KUNIT_ASSERT_EQ(test, (u64)PHYS_ADDR_MAX, (u64)xnheap_phys(heap, block));
		/* A machine without an IOMMU for this device, where that is simple to say */
		if (IS_ENABLED(CONFIG_X86) && virt_addr_valid(block))
			KUNIT_ASSERT_EQ(test, (u64)virt_to_phys(block), (u64)at);
		/* Of the alignments up to the machine's page */
		KUNIT_ASSERT_EQ(test, offset_in_page(block), offset_in_page(at));
		memset(block, n, size);
		n++;
	}
	return n;
}

static void a_block_has_its_device_s_address(struct kunit *test)
{
	struct xnheap *heap = created(test, dma_device(test));
	const struct kind *kind = test->param_value;

	KUNIT_EXPECT_EQ(test, kind->size, xnheap_usable_mem(heap));
	KUNIT_EXPECT_EQ(test, 0UL, heap->first_base % kind->page_size);
	KUNIT_EXPECT_GE(test, use_all(test, heap), kind->size / kind->page_size / 2);
	EXPECT_SOUND(test, heap);
}

static void a_heap_of_a_device_grows(struct kunit *test)
{
	struct xnheap *heap = created(test, dma_device(test));
	const struct kind *kind = test->param_value;
	u_long before = use_all(test, heap);

	KUNIT_EXPECT_EQ(test, 0, xnheap_grow(heap));
	KUNIT_EXPECT_EQ(test, 0, xnheap_grow(heap));
	KUNIT_EXPECT_EQ(test, 3 * kind->size, xnheap_usable_mem(heap));
	KUNIT_EXPECT_GE(test, use_all(test, heap), before);
	EXPECT_SOUND(test, heap);
}

static void what_a_device_wrote_stays(struct kunit *test)
{
	struct xnheap *heap = created(test, dma_device(test));
	u_long page = xnheap_page_size(heap), i;
	u8 *block = xnheap_alloc(heap, page / 2 - 8), *other;

	KUNIT_ASSERT_NOT_NULL(test, block);
	memset(block, 0x77, page / 2 - 8);
	for (i = 0; i < 100; i++) {
		other = xnheap_alloc(heap, page / 4);
		KUNIT_ASSERT_EQ(test, 0, xnheap_free(heap, other));
	}
	KUNIT_EXPECT_NULL(test, memchr_inv(block, 0x77, page / 2 - 8));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_destroy(heap, NULL, NULL));
	KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, block));
}

static int no_dma(struct device *dev, const char *name, u_long size,
		  u_long page_size, unsigned int flags)
{
	struct xnheap *heap = xnheap_create_dma(dev, name, size, page_size, flags);
	struct xnheap *devm = devm_xnheap_create_dma(dev, name, size, page_size, flags);

	return PTR_ERR(heap) == PTR_ERR(devm) ? PTR_ERR(heap) : 1;
}

static void bad_arguments_make_no_heap_of_a_device(struct kunit *test)
{
	struct device *dev = device(test);
	u64 mask = dev->coherent_dma_mask;

	KUNIT_EXPECT_EQ(test, -EINVAL, no_dma(NULL, "x", SZ_16K, 512, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL, no_dma(dev, NULL, SZ_16K, 512, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL, no_dma(dev, "", SZ_16K, 512, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL, no_dma(dev, "x", SZ_16K + 1, 512, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL, no_dma(dev, "x", 512, 512, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL, no_dma(dev, "x", 0, 512, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL, no_dma(dev, "x", SZ_16K, 500, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL, no_dma(dev, "x", SZ_16K, 512, XNHEAP_PAGES));
	KUNIT_EXPECT_EQ(test, -EINVAL, no_dma(dev, "x", SZ_16K, 512, XNHEAP_VMALLOC));
	KUNIT_EXPECT_EQ(test, -EINVAL, no_dma(dev, "x", SZ_16K, 512, BIT(31)));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			no_dma(dev, "x", SZ_16K, 512, XNHEAP_FINE | XNHEAP_PERCPU));
	KUNIT_EXPECT_EQ(test, -EINVAL, no_dma(dev, "x", SZ_16K, 512, XNHEAP_ALIGN(1024)));
	dev->coherent_dma_mask = 0;
	KUNIT_EXPECT_EQ(test, -EINVAL, no_dma(dev, "x", SZ_16K, 512, 0));
	dev->coherent_dma_mask = mask;
	KUNIT_EXPECT_EQ(test, -EINVAL,
			PTR_ERR(devm_xnheap_create(NULL, "x", SZ_16K, 512, XNHEAP_PAGES)));
	KUNIT_EXPECT_EQ(test, -EINVAL, PTR_ERR(devm_xnheap_create(dev, "x", SZ_16K, 512, 0)));
}

static void without_dma_it_is_enomem(struct kunit *test)
{
	if (IS_ENABLED(CONFIG_HAS_DMA))
		kunit_skip(test, "this kernel has DMA");
	KUNIT_EXPECT_EQ(test, -ENOMEM, no_dma(device(test), "x", SZ_16K, 512, 0));
}

/* A driver that makes heaps when it gets a device. */
static struct {
	bool dma, fails;
	unsigned int made;
} driver_does;

static int probe(struct platform_device *pdev)
{
	struct xnheap *heap;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		heap = driver_does.dma ?
		       devm_xnheap_create_dma(&pdev->dev, LABEL, SZ_16K, 512, 0) :
		       devm_xnheap_create(&pdev->dev, LABEL, SZ_16K, 512, XNHEAP_PAGES);
		if (IS_ERR(heap))
			return PTR_ERR(heap);
		driver_does.made += !!xnheap_alloc(heap, 100);
		/* The device is the last to let go of it */
		xnheap_free(heap, (void *)heap->first_base);
	}
	return driver_does.fails ? -ENXIO : 0;
}

static struct platform_driver driver = {
	.driver = { .name = DEVICE },
	.probe = probe,
};

KUNIT_DEFINE_ACTION_WRAPPER(driver_end, platform_driver_unregister,
			    struct platform_driver *);

/* Heaps that there are of this name. */
static unsigned int live(void)
{
	const struct xnheap *heap;
	unsigned int n = 0;

	mutex_lock(&heaps_lock);
	list_for_each_entry(heap, &heaps, list)
		n += !strcmp(heap->label, LABEL);
	mutex_unlock(&heaps_lock);
	return n;
}

static struct device *bound(struct kunit *test, bool dma, bool fails)
{
	struct device *dev = dma ? dma_device(test) : device(test);

	driver_does.dma = dma;
	driver_does.fails = fails;
	driver_does.made = 0;
	KUNIT_ASSERT_EQ(test, 0, platform_driver_register(&driver));
	undo_later(test, driver_end, &driver);
	KUNIT_ASSERT_EQ(test, 2U, driver_does.made);
	return dev;
}

static const struct memory_of {
	const char *name;
	bool dma;
} memories[] = { { "pages", false }, { "coherent", true } };

KUNIT_ARRAY_PARAM_DESC(memory_of, memories, name);
#define DEVM_CASE(test) KUNIT_CASE_PARAM(test, memory_of_gen_params)

static bool is_dma(struct kunit *test)
{
	return ((const struct memory_of *)test->param_value)->dma;
}

static void a_heap_goes_when_its_driver_leaves_the_device(struct kunit *test)
{
	struct device *dev = bound(test, is_dma(test), false);

	KUNIT_EXPECT_EQ(test, 2U, live());
	device_release_driver(dev);
	KUNIT_EXPECT_EQ(test, 0U, live());
	/* And once more */
	KUNIT_ASSERT_EQ(test, 1, device_attach(dev));
	KUNIT_EXPECT_EQ(test, 2U, live());
	device_release_driver(dev);
	KUNIT_EXPECT_EQ(test, 0U, live());
}

static void a_heap_goes_when_probing_fails(struct kunit *test)
{
	bound(test, is_dma(test), true);
	KUNIT_EXPECT_EQ(test, 0U, live());
}

static struct kunit_case cases[] = {
	DMA_CASE(a_block_has_its_device_s_address),
	DMA_CASE(a_heap_of_a_device_grows),
	DMA_CASE(what_a_device_wrote_stays),
	KUNIT_CASE(bad_arguments_make_no_heap_of_a_device),
	KUNIT_CASE(without_dma_it_is_enomem),
	DEVM_CASE(a_heap_goes_when_its_driver_leaves_the_device),
	DEVM_CASE(a_heap_goes_when_probing_fails),
	{ }
};

static struct kunit_suite suite = {
	.name = "xnheap_device",
	.test_cases = cases,
};

kunit_test_suite(suite);
