/* F2  What this machine's memory gives: the triad of STREAM (McCalpin 1995), a_i = b_i + s c_i, 24 bytes for every i. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#ifdef _OPENMP
#    include <omp.h>
#endif

#include "base/bits.h"
#include "base/error.h"
#include "base/memory.h"
#include "engine/machine.h"

#define LEAST_CACHE   ((uint64_t)8 << 20)
#define MOST_BYTES    ((uint64_t)128 << 20) /* of all three arrays: first touch is most of the time */
#define TRIES_SECONDS 0.05
#define MOST_TRIES    1000
#define PARTS         16

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int kw_machine_cores(void) {
#ifdef _OPENMP
    return omp_get_num_procs();
#else
    return 1;
#endif
}

int kw_machine_threads(void) {
#ifdef _OPENMP
    return omp_get_max_threads();
#else
    return 1;
#endif
}

static void triad(double *restrict a, const double *restrict b, const double *restrict c, uint64_t count) {
#pragma omp simd
    for (uint64_t i = 0; i < count; ++i) a[i] = b[i] + 0.5 * c[i];
}

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Bytes per second of one thread on its own three arrays, part after part: the median of many short tries, because others
 * may use the machine too.  Nobody waits for anybody, so that one thread that is held up does not hold up the rest. */
static double bandwidth_of_thread(double *arrays, uint64_t count) {
    double tries[MOST_TRIES];
    const uint64_t part = count / PARTS;
    size_t done = 0;
    const double begin = now();
    do {
        double *from = arrays + done % PARTS * part;
        const double start = now();
        triad(from, from + count, from + 2 * count, part);
        tries[done++] = now() - start;
    } while (done < MOST_TRIES && now() - begin < TRIES_SECONDS);
    qsort(tries, done, sizeof *tries, ascending);
    return 24.0 * (double)part / tries[done / 2];
}

static double bandwidth(double *arrays, uint64_t numbers, int threads) {
    const uint64_t count = numbers / 3 / (uint64_t)threads;
    double sum = 0;
#pragma omp parallel num_threads(threads)
    {
#pragma omp for schedule(static, 1) /* first touch, before anybody is timed */
        for (int t = 0; t < threads; ++t)
            for (uint64_t i = 0; i < 3 * count; ++i) arrays[(uint64_t)t * 3 * count + i] = 1.0;
#pragma omp for schedule(static, 1) reduction(+ : sum)
        for (int t = 0; t < threads; ++t) sum += bandwidth_of_thread(arrays + (uint64_t)t * 3 * count, count);
    }
    return sum;
}

/* The last-level cache that a core reaches: in virtual machines sysconf may count all those of the host. */
static uint64_t cache_bytes(void) {
    unsigned long kib = 0;
    FILE *file = fopen("/sys/devices/system/cpu/cpu0/cache/index3/size", "r");
    if (file && fscanf(file, "%luK", &kib) != 1) kib = 0;
    if (file) fclose(file);
    const long all = sysconf(_SC_LEVEL3_CACHE_SIZE);
    const uint64_t bytes = kib ? (uint64_t)kib << 10 : all > 0 ? (uint64_t)all : 0;
    return bytes > LEAST_CACHE ? bytes : LEAST_CACHE;
}

kw_status kw_machine_measure(int ranks, kw_machine *out) {
    const uint64_t cache = cache_bytes(), wanted = 4 * cache, bytes = wanted < MOST_BYTES ? wanted : MOST_BYTES;
    const int cores = kw_machine_cores();
    const double used = fmin(cores, (double)ranks * kw_machine_threads());
    double *arrays = kw_block_alloc(bytes);
    if (!arrays) return kw_fail(KW_E_NOMEM, "no memory to measure the memory: give a --machine file");
    const uint64_t numbers = bytes / sizeof *arrays, in_cache = cache / 4 / sizeof *arrays;
    *out = (kw_machine){.nodes = 1,
                        .node_mtbf = KW_NODE_MTBF_HOURS * 3600.0,
                        .ranks_per_node = ranks,
                        .cores_per_rank = used / ranks,
                        .memory_per_node = kw_memory_available() + bytes,
                        .memory_bandwidth = bandwidth(arrays, numbers, (int)used),
                        .cache_per_node = cache,
                        .cache_bandwidth = bandwidth(arrays, in_cache, (int)used)};
    kw_block_free(arrays, bytes);
    return KW_OK;
}
