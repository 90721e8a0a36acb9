/* F0  Aligned, counted memory; what the machine has. */
#include "base/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HUGE_FROM  ((uint64_t)4 << 20)
#define HUGE_ALIGN ((uint64_t)2 << 20)

static uint64_t held, peak;

void *kw_block_alloc(uint64_t bytes) {
    if (bytes > SIZE_MAX / 2) return NULL;
    const uint64_t align = bytes >= HUGE_FROM ? HUGE_ALIGN : 64;
    const uint64_t padded = (bytes + align - 1) / align * align;
    void *block = aligned_alloc(align, padded ? padded : align);
    if (!block) return NULL;
    if (bytes >= HUGE_FROM) madvise(block, padded, MADV_HUGEPAGE);
    const uint64_t now = __atomic_add_fetch(&held, bytes, __ATOMIC_RELAXED);
    uint64_t seen = __atomic_load_n(&peak, __ATOMIC_RELAXED);
    while (seen < now && !__atomic_compare_exchange_n(&peak, &seen, now, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {}
    return block;
}

void kw_block_free(void *block, uint64_t bytes) {
    if (!block) return;
    free(block);
    __atomic_sub_fetch(&held, bytes, __ATOMIC_RELAXED);
}

uint64_t kw_memory_now(void) { return __atomic_load_n(&held, __ATOMIC_RELAXED); }
uint64_t kw_memory_peak(void) { return __atomic_load_n(&peak, __ATOMIC_RELAXED); }
void kw_memory_peak_reset(void) { __atomic_store_n(&peak, kw_memory_now(), __ATOMIC_RELAXED); }

/* The number after `key` in a file of "key value" lines, times `unit`; 0 if there is none. */
static uint64_t lookup(const char *path, const char *key, uint64_t unit) {
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    char line[256];
    uint64_t value = 0;
    while (!value && fgets(line, sizeof line, file))
        if (!strncmp(line, key, strlen(key))) value = strtoull(line + strlen(key), NULL, 10) * unit;
    fclose(file);
    return value;
}

uint64_t kw_memory_resident(void) { return lookup("/proc/self/status", "VmHWM:", 1024); }

static uint64_t minimum(uint64_t a, uint64_t b) { return b && b < a ? b : a; }

/* What the control group still allows: limit minus use; 0 if unlimited. */
static uint64_t cgroup_available(void) {
    static const char *const pairs[][2] = {
        {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"},
        {"/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"}};
    for (int i = 0; i < 2; ++i) {
        const uint64_t limit = lookup(pairs[i][0], "", 1);
        if (limit && limit < (uint64_t)1 << 60) {
            const uint64_t used = lookup(pairs[i][1], "", 1);
            return used < limit ? limit - used : 1;
        }
    }
    return 0;
}

uint64_t kw_memory_available(void) {
    uint64_t bytes = lookup("/proc/meminfo", "MemAvailable:", 1024);
    if (!bytes) bytes = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    bytes = minimum(bytes, cgroup_available());
    const char *slurm = getenv("SLURM_MEM_PER_NODE"); /* MiB */
    if (slurm) bytes = minimum(bytes, strtoull(slurm, NULL, 10) << 20);
    return bytes;
}

int kw_ranks_on_node(void) {
    const char *text = getenv("OMPI_COMM_WORLD_LOCAL_SIZE");
    if (!text) text = getenv("SLURM_TASKS_PER_NODE"); /* "4(x2)": the first node's number */
    const int ranks = text ? atoi(text) : 1;
    return ranks > 0 ? ranks : 1;
}
