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

/* limit minus use of one control group; 0 if it has no limit. */
static uint64_t group_available(const char *folder, const char *limit_name, const char *use_name) {
    char path[4096 + 64];
    snprintf(path, sizeof path, "%s/%s", folder, limit_name);
    const uint64_t limit = lookup(path, "", 1);
    if (!limit || limit >= (uint64_t)1 << 60) return 0;
    snprintf(path, sizeof path, "%s/%s", folder, use_name);
    const uint64_t used = lookup(path, "", 1);
    return used < limit ? limit - used : 1;
}

/* What the control groups still allow: this process's own (version 2: "0::/path") and all above it; 0 if unlimited. */
static uint64_t cgroup_available(void) {
    uint64_t least = group_available("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes");
    char line[4096] = "", folder[4096 + 32];
    FILE *file = fopen("/proc/self/cgroup", "r");
    while (file && fgets(line, sizeof line, file) && strncmp(line, "0::/", 4)) line[0] = '\0';
    if (file) fclose(file);
    line[strcspn(line, "\n")] = '\0';
    if (strncmp(line, "0::/", 4) != 0) return least;
    snprintf(folder, sizeof folder, "/sys/fs/cgroup%s", line + 3);
    for (;;) {
        const uint64_t here = group_available(folder, "memory.max", "memory.current");
        if (here && (!least || here < least)) least = here;
        char *slash = strrchr(folder, '/');
        if (!strcmp(folder, "/sys/fs/cgroup") || slash <= folder) return least;
        *slash = '\0';
    }
}

uint64_t kw_memory_available(void) {
    uint64_t bytes = lookup("/proc/meminfo", "MemAvailable:", 1024);
    if (!bytes) bytes = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    bytes = minimum(bytes, cgroup_available());
    const char *node = getenv("SLURM_MEM_PER_NODE"), *core = getenv("SLURM_MEM_PER_CPU"); /* MiB */
    const char *cores = getenv("SLURM_CPUS_ON_NODE");
    if (node) bytes = minimum(bytes, strtoull(node, NULL, 10) << 20);
    if (core && cores) bytes = minimum(bytes, (strtoull(core, NULL, 10) << 20) * strtoull(cores, NULL, 10));
    return bytes;
}

int kw_ranks_on_node(void) {
    const char *text = getenv("OMPI_COMM_WORLD_LOCAL_SIZE");
    if (!text) text = getenv("SLURM_TASKS_PER_NODE"); /* "4(x2)": the first node's number */
    const int ranks = text ? atoi(text) : 1;
    return ranks > 0 ? ranks : 1;
}

uint64_t kw_memory_per_rank(void) { return kw_memory_available() / (uint64_t)kw_ranks_on_node(); }
