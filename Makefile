# SPDX-License-Identifier: GPL-2.0
#
# For people; Kbuild is for the kernel's build system.

KDIR ?= /lib/modules/$(shell uname -r)/build
SECONDS ?= 10
ACCEL ?= tcg

# What the module has: for Kbuild, which is handed what the command line says
$(foreach part,OBSERVE VALIDATE,$(if $(filter-out y n,$(or $($(part)),n)),\
	$(error $(part)=$($(part)): must be y or n)))

-include $(KDIR)/include/config/auto.conf

# Clang's modules for a kernel that clang built; LLVM=-15 takes that version
LLVM ?= $(if $(CONFIG_CC_IS_CLANG),1)
kbuild = $(MAKE) -C $(KDIR) $(addprefix LLVM=,$(LLVM)) M=$(CURDIR)
clang = $(filter %/,$(LLVM))clang$(filter -%,$(LLVM))

# Folders with modules of their own, which are built where they are asked for
# and never installed
validating := kunit tools/torture
parts := tools/bench tools/demo tools/latency tools/testing/plants \
	tools/testing/selftests/xnheap $(validating)
$(if $(filter $(validating),$(MAKECMDGOALS:/=) $(PARTS)),$(if $(filter y,$(VALIDATE)),,\
	$(error $(validating) have heaps validated: VALIDATE=y)))

# Of these, what the kernel lets us build
PARTS ?= $(filter-out $(if $(CONFIG_GENERIC_ALLOCATOR),,tools/bench) \
	$(if $(CONFIG_KUNIT),,kunit) \
	$(if $(filter y,$(VALIDATE)),,$(validating)),$(parts))

.PHONY: all parts modules_install clean run shell check check-debug matrix torture coverage
.PHONY: bench search bench-native bench-threads bench-publish wcet lint prove fuzz fuzz-shared
.PHONY: mutants help
# A shell counts in a variable of this name
unexport SECONDS
export ACCEL

all: kdir
	+$(kbuild) modules

parts: $(PARTS)

.PHONY: $(parts) $(parts:=/)
$(parts) $(parts:=/): all
	+$(kbuild)/$(@:/=) KBUILD_EXTRA_SYMBOLS=$(CURDIR)/Module.symvers modules

modules_install: kdir
	@test -e xnheap/xnheap.ko || { \
		echo "error: there is no xnheap.ko to install yet: first, make" >&2; exit 1; }
	+$(kbuild) modules_install

clean:
	rm -rf build $(parts:=/Module.symvers)
	$(if $(wildcard $(KDIR)/Makefile),$(kbuild) clean)

.PHONY: kdir
kdir:
	@test -e "$(KDIR)/Makefile" || { \
		echo "error: no kernel to build against in KDIR=$(KDIR)"; \
		echo "Install your kernel's headers (on Debian:" \
			"apt-get install linux-headers-$$(uname -r)), or set KDIR=/path/to/headers."; \
		echo "'make run' and 'make check' bring their own kernels; that of 'make run' is" \
			"KDIR=$${XDG_CACHE_HOME:-$$HOME/.cache}/xnheap/rt/kdir."; \
		exit 1; } >&2
	@test -z "$(LLVM)" || command -v $(clang) >/dev/null || { \
		echo "error: there is no $(clang), which modules for a kernel" \
			"built by clang need"; \
		echo "On Debian: apt-get install clang lld llvm; or name a version: LLVM=-15"; \
		exit 1; } >&2

run:
	@tools/guest/run demo "$(SECONDS)" "$(COUNT)"

shell:
	@tools/guest/run shell $(FILES)

check:
	@tools/guest/check

check-debug:
	@tools/guest/check-debug $(QUICK)

matrix:
	@tools/guest/matrix $(ONLY)

torture:
	@tools/guest/run torture "$(SECONDS)" $(TORTURE)

coverage:
	@tools/guest/coverage

bench: KERNEL = rt
bench:
	@tools/bench/run count "$(KERNEL)"

search:
	@tools/bench/run search "$(SECONDS)"

bench-native:
	@tools/bench/run native

bench-threads:
	@tools/bench/run threads

bench-publish:
	@tools/bench/run publish

wcet:
	@tools/wcet/run

lint:
	@tools/guest/lint

# Each of two builds
fuzz: SECONDS = 30
fuzz:
	@tools/fuzz/run "$(SECONDS)"

fuzz-shared: SECONDS = 600
fuzz-shared:
	@tools/guest/fuzz-shared "$(SECONDS)" $(SEED)

# The proof; that it and the suites fail where they should
prove:
	@tools/guest/packages check
	@tools/prove/litmus/run
	@tools/prove/run

mutants:
	@tools/guest/packages check
	@tools/prove/mutants/run all

.PHONY: tools check-tools
tools:
	$(MAKE) -C tools/xnheap-top
	$(MAKE) -C tools/xnheap-map
	$(MAKE) -C tools/latency
	$(MAKE) -C tools/libxnheap

check-tools:
	@tools/xnheap-top/test
	@tools/xnheap-map/test
	@tools/latency/test
	@tools/libxnheap/test

# Debian packages; what becomes of them in a fresh system
.PHONY: deb check-packages
deb:
	@tools/packages/build

SUITES = bookworm trixie
check-packages:
	@tools/packages/check $(SUITES)

# In a kernel's tree: where its source is; the suites, built into kernels
.PHONY: intree check-kunit
intree:
	@tools/intree/install "$(LINUX)"

check-kunit:
	@tools/guest/check-kunit $(or $(ARCH),um)

help:
	@echo "Against a kernel's build tree, KDIR=$(KDIR):"
	@echo "  make                  build the module, xnheap/xnheap.ko"
	@echo "  make modules_install  install it"
	@echo "  make tools/demo       build a module beside it, which is never installed"
	@echo "  make parts            build all of these: $(wordlist 1,3,$(parts))"
	@echo "                        $(wordlist 4,9,$(parts))"
	@echo "  make clean            remove what was built"
	@echo ""
	@echo "  OBSERVE=y             n: xnheap.ko has no debugfs, events, log or debug heaps"
	@echo "  VALIDATE=n            y: it can check every invariant of a heap, and the"
	@echo "                        suites and the torture, which do, can be built"
	@echo ""
	@echo "In a kernel's source tree:"
	@echo "  make intree LINUX=DIR put it there as lib/xnheap, or update it"
	@echo ""
	@echo "For this machine, with ncurses (libncurses-dev):"
	@echo "  make tools            build xnheap-top and xnheap-map, to look into heaps,"
	@echo "                        xnheap-latency, to time their calls, and libxnheap, for"
	@echo "                        processes that share them"
	@echo "  make check-tools      test them, with tmux, gnuplot and python3"
	@echo ""
	@echo "On Debian, as root or with sudo:"
	@echo "  make deb              build packages, into build/deb"
	@echo "  make check-packages   install them in chroots of SUITES=\"bookworm trixie\","
	@echo "                        and boot what DKMS built there; as root"
	@echo ""
	@echo "With kernels of their own, on x86-64 Debian 12, as root or with sudo:"
	@echo "  make run              boot an emulated machine and run the demo there"
	@echo "  make shell            boot it with the modules loaded, to a shell"
	@echo "  make check            run every test; ends with 'N passed, N failed'"
	@echo "  make check-debug      run them on kernels that find faults and data races"
	@echo "                        (QUICK=quick: a short torture on one of them)"
	@echo "  make matrix           build for Debian's kernels of other versions and processors,"
	@echo "                        and test there (ONLY=s390x: those with it in their name)"
	@echo "  make check-kunit      run the suites in kernels that have it built in, by kunit.py"
	@echo "                        (ARCH=um: arm, arm64, i386, powerpc, riscv, s390, x86_64, all)"
	@echo "  make torture          call upon heaps from every context at once"
	@echo "  make coverage         tell which lines and branches the suites reach"
	@echo "  make bench            count what each call costs, beside other allocators"
	@echo "  make search           search for states in which a call costs more than known"
	@echo "  make bench-native     time it on this processor, as a ratio to others"
	@echo "  make bench-threads    have two processors use one heap, beside the C library"
	@echo "  make bench-publish    put what these found into Documentation and the bounds"
	@echo "  make wcet             compute from machine code what each call costs at worst"
	@echo "  make prove            prove the calls on small heaps, by CBMC, and what CPUs"
	@echo "                        see of each other, by herd"
	@echo "  make fuzz             hold random calls against a model, built for 64 and for"
	@echo "                        32 bits, SECONDS=30 each"
	@echo "  make fuzz-shared      have processes, interrupts and the kernel use shared heaps at"
	@echo "                        random, on a kernel that finds faults: SECONDS=600, SEED=1"
	@echo "  make mutants          see the proof and the suites fail on broken copies"
	@echo "  make lint             check the style of every source file"
	@echo ""
	@echo "  SECONDS=10            how long the demo, the torture or the search takes"
	@echo "  KERNEL=rt             of the bench; sid: it runs on the newest kernel, beside"
	@echo "                        kmalloc_nolock() in every context"
	@echo "  COUNT=n               y: of the demo's calls, count instructions instead of time"
	@echo "  TORTURE=              its parameters; a wrong one has them listed"
	@echo "  FILES=\"my.ko prog\"   what the shell finds beside the modules; programs are static"
	@echo "  ACCEL=tcg             tcg emulates; kvm is faster where /dev/kvm works"
	@echo ""
	@echo "Kernels are kept in $${XDG_CACHE_HOME:-~/.cache}/xnheap; remove it for newer ones."
