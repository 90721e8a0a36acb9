/* F2  Running a compiled pass: every block is gathered, swept, scattered. */
#include "engine/pass_run.h"
#include "base/bits.h"
#include "base/comm_ops.h"
#ifdef _OPENMP
#    include <omp.h>
#endif

static int thread(void) {
#ifdef _OPENMP
    return omp_get_thread_num();
#else
    return 0;
#endif
}

void kw_pass_run(const kw_plan *plan, const kw_tile_program *p, size_t index, kw_state *state) {
    const kw_tile_pass *pass = &p->passes[index];
    const uint64_t blocks = kw_bit(plan->n_local - pass->shape.bits);
    int positions[KW_MAX_QUBITS], count = 0;
    for (uint64_t rest = pass->outside; rest; rest &= rest - 1) positions[count++] = kw_log2(rest & -rest);
#pragma omp parallel for schedule(static) num_threads(p->threads) if (blocks > 1)
    for (uint64_t b = 0; b < blocks; ++b) {
        void *block = p->scratch + (size_t)thread() * p->scratch_bytes;
        const uint64_t base = kw_deposit(b, positions, count);
        p->kernels->gather(state->amplitudes, block, base, &pass->shape);
        for (size_t i = 0; i < pass->n_sweeps; ++i) p->kernels->sweep(block, &p->sweeps[pass->first_sweep + i], b << 32);
        p->kernels->scatter(state->amplitudes, block, base, &pass->shape, pass->factor);
    }
}
