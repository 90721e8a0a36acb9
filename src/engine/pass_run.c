/* F2  Running a compiled pass, block by block: the first sweep loads from the state, the last one stores there, dense gates
 * stand between sweeps.  On the way back, ket and bra are swept together, and the products that make the gradient are
 * summed: by lane within a block, then over the blocks of a segment, then over segments in their order, so that the gradient
 * does not depend on the number of threads. */
#include "engine/pass_run.h"

#include <string.h>

#include "base/bits.h"
#include "base/comm_ops.h"
#include "engine/parallel.h"
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

/* Where blocks begin among the local amplitudes. */
typedef struct {
    uint64_t blocks;
    int positions[KW_MAX_QUBITS], count;
} layout;

static layout layout_of(const kw_plan *plan, const kw_tile_pass *pass) {
    layout at = {.blocks = kw_bit(plan->n_local - pass->bits)};
    for (uint64_t rest = pass->outside; rest; rest &= rest - 1) at.positions[at.count++] = kw_log2(rest & -rest);
    return at;
}

static uint64_t base_of(const layout *at, uint64_t block) { return kw_deposit(block, at->positions, at->count); }

/* States that one block is taken from: one, or ket and bra. */
typedef struct {
    kw_state *ket, *bra;
    uint64_t number, base; /* of the block; its first amplitude */
} origin;

static void set_ends(const kw_tile_program *p, const kw_tile_sweep *sweep, const origin *from, kw_sweep_ends *ends) {
    const uint64_t each = kw_amplitude_bytes(p->precision);
    for (int k = 0; k < 1 << p->kernels->tile_bits; ++k) {
        char *const amplitudes = (k >> p->tile_bits ? from->bra : from->ket)->amplitudes;
        ends->unit[k] = amplitudes + each * (from->base + sweep->place[k]);
    }
}

static void set_packed_ends(const kw_tile_program *p, const kw_tile_sweep *sweep, const origin *from, kw_sweep_ends *ends) {
    ends->packed = (int)kw_amplitude_bytes(from->ket->precision) / 2;
    for (int k = 0; k < 1 << p->kernels->tile_bits; ++k) {
        const kw_packed *psi = &(k >> p->tile_bits ? from->bra : from->ket)->packed;
        const uint64_t a = from->base + sweep->place[k], part = 2 * a - (a & (KW_RUN - 1));
        ends->unit[k] = (char *)psi->parts + part * (uint64_t)ends->packed;
        ends->scales[k] = psi->scales + (a >> KW_RUN_BITS);
        ends->gain[k] = (float)psi->gain;
    }
}

/* On ket and bra, one behind the other. */
static void run_dense(const kw_tile_program *p, const kw_tile_pass *pass, size_t sweep, char *block) {
    size_t i, end;
    kw_tile_dense_range(p, sweep, &i, &end);
    for (; i < end; ++i)
        for (int state = 0; state < (p->back ? 2 : 1); ++state)
            p->kernels->dense(block + state * (kw_amplitude_bytes(p->precision) << pass->bits), &p->dense[i].kernel);
}

/* ---- blocks of states: what is empty, packed states ---- */

static bool is_packed(const origin *from) { return from->ket->marks == NULL; }

/* Runs of the block: where the first is, and the positions that tell them apart. */
typedef struct {
    uint64_t first, path;
} block_runs;

static block_runs runs_of(const kw_tile_pass *pass, const origin *from) {
    return (block_runs){from->base >> KW_RUN_BITS, pass->positions >> KW_RUN_BITS};
}

#define FOR_BLOCK_RUNS(runs, run)                                                                                           \
    for (uint64_t at = 0, more = 1, run; more && (run = (runs).first | at, 1);                                              \
         at = ((at | ~(runs).path) + 1) & (runs).path, more = at != 0)

static bool is_empty(const kw_state *state, const kw_tile_pass *pass, const origin *from) {
    const block_runs runs = runs_of(pass, from);
    if (state->full) return false;
    FOR_BLOCK_RUNS(runs, run) if (!kw_run_is_empty(state, run)) return false;
    return true;
}

/* Zeros of either sign. */
static bool all_zero(const char *bytes, uint64_t count, kw_precision precision) {
    const uint64_t signs = precision == KW_DOUBLE ? UINT64_C(1) << 63 : UINT64_C(0x8000000080000000);
    uint64_t sum = 0, word;
    for (uint64_t i = 0; i < count; i += sizeof word) {
        memcpy(&word, bytes + i, sizeof word);
        sum |= word;
    }
    return (sum & ~signs) == 0;
}

/* Which runs of a block may be nonzero after the pass: all of them, if most were before; else those that are. */
static void mark(kw_state *state, const kw_tile_pass *pass, const origin *from) {
    const block_runs runs = runs_of(pass, from);
    const uint64_t bytes = KW_RUN * kw_amplitude_bytes(state->precision);
    uint64_t marked = 0;
    if (state->full) return;
    FOR_BLOCK_RUNS(runs, run) marked += state->marks[run];
    const bool few = 2 * marked < kw_bit(pass->bits - KW_RUN_BITS);
    FOR_BLOCK_RUNS(runs, run)
    state->marks[run] = !few || !all_zero((const char *)state->amplitudes + run * bytes, bytes, state->precision);
}

static void store_packed(const kw_tile_pass *pass, kw_state *state, const origin *from, const char *block) {
    const block_runs runs = runs_of(pass, from);
    kw_kernels(state->precision)->codec->pack_block(&state->packed, runs.first, runs.path, block, pass->factor);
}

static void run_sweeps(const kw_tile_program *p, const kw_tile_pass *pass, const origin *from, void *block, void *sums) {
    const kw_tile_sweep *sweeps = p->sweeps + pass->first_sweep;
    const bool packed = is_packed(from);
    for (size_t i = 0; i < pass->n_sweeps; ++i) {
        kw_sweep_ends ends = {.load = i == 0, .store = !packed && i + 1 == pass->n_sweeps, .factor = pass->factor};
        if (packed && ends.load) set_packed_ends(p, &sweeps[i], from, &ends);
        else if (ends.load || ends.store) set_ends(p, &sweeps[i], from, &ends);
        p->kernels->sweep(block, &sweeps[i], from->number << 32, &ends, sums);
        run_dense(p, pass, pass->first_sweep + i, block);
    }
}

static void run_on_block(const kw_tile_program *p, const kw_tile_pass *pass, const origin *from, char *block, void *sums) {
    kw_state *const states[2] = {from->ket, from->bra};
    const size_t each = (size_t)kw_amplitude_bytes(p->precision) << pass->bits;
    run_sweeps(p, pass, from, block, sums);
    for (int i = 0; i < (from->bra ? 2 : 1); ++i)
        if (is_packed(from)) store_packed(pass, states[i], from, block + (size_t)i * each);
        else mark(states[i], pass, from);
}

/* Whether a pass has left no run empty. */
static void note_full(kw_state *state) {
    const uint64_t runs = kw_runs(kw_state_local_count(state));
    uint64_t run = 0;
    while (!state->full && run < runs && !kw_run_is_empty(state, run)) ++run;
    state->full = state->full || run == runs;
}

static void one_block(const kw_tile_program *p, const kw_tile_pass *pass, const layout *at, uint64_t b, kw_state *state) {
    const origin from = {state, NULL, b, base_of(at, b)};
    if (!is_empty(state, pass, &from)) run_on_block(p, pass, &from, p->scratch + (size_t)thread() * p->scratch_bytes, NULL);
}

/* Threads work where they first touched the memory; while blocks are empty, on whatever is left to do. */
void kw_pass_run(const kw_plan *plan, const kw_tile_program *p, size_t index, kw_state *state) {
    const kw_tile_pass *pass = &p->passes[index];
    const layout at = layout_of(plan, pass);
    if (state->full) {
#pragma omp parallel for schedule(static) num_threads(p->threads) if (at.blocks > 1)
        for (uint64_t b = 0; b < at.blocks; ++b) one_block(p, pass, &at, b, state);
    } else {
#pragma omp parallel for schedule(dynamic) num_threads(p->threads) if (at.blocks > 1)
        for (uint64_t b = 0; b < at.blocks; ++b) one_block(p, pass, &at, b, state);
        note_full(state);
    }
}

/* ---- the way back ---- */

typedef struct {
    const kw_plan *plan;
    const kw_way *way;
    const kw_tile_program *program;
    const kw_tile_pass *pass;
    layout at;
    kw_state *ket, *bra;
} back_run;

static void add_sums(const kw_tile_program *p, const void *sums, size_t count, double *totals) {
    for (size_t i = 0; i < count; ++i)
        totals[i] += p->precision == KW_DOUBLE ? ((const double *)sums)[i] : (double)((const float *)sums)[i];
}

static void run_block(const back_run *r, uint64_t b, char *block, void *sums, double *totals) {
    const kw_tile_program *p = r->program;
    const kw_tile_pass *pass = r->pass;
    const origin from = {r->ket, r->bra, b, base_of(&r->at, b)};
    if (is_empty(r->ket, pass, &from) && is_empty(r->bra, pass, &from)) return;
    memset(sums, 0, pass->n_sums * sizeof(double));
    run_on_block(p, pass, &from, block, sums);
    add_sums(p, sums, pass->n_sums, totals);
}

static double phase_sum(const back_run *r, const kw_tile_op *op, const kw_tile_source *source, const kw_primitive *primitive,
                        const double *sums) {
    const kw_tile_program *p = r->program;
    const uint64_t local = kw_bit(r->plan->n_local) - 1, rank_bits = (uint64_t)r->ket->comm->rank << r->plan->n_local;
    const uint64_t tables = kw_bit(kw_popcount(op->select)), units = kw_bit(p->tile_bits);
    const uint64_t lanes = kw_bit(p->kernels->lane_bits);
    double sum = 0;
    if (primitive->where & ~local & ~rank_bits) return 0;
    const kw_entry_mask mask = kw_tile_entries(p, r->pass, op, source, primitive->where & local);
    for (uint64_t t = mask.selected; t < tables; t = (t + 1) | mask.selected)
        for (uint64_t k = mask.units; k < units; k = (k + 1) | mask.units)
            for (uint64_t l = mask.lanes; l < lanes; l = (l + 1) | mask.lanes) sum += sums[(t * units + k) * lanes + l];
    return -2 * sum;
}

static double turn_sum(const kw_tile_program *p, const kw_tile_op *op, const kw_tile_source *source, const double *sums) {
    const bool on_lane = op->code >= KW_TILE_SUM_LANE_TURN;
    const int bit = op->code - KW_TILE_SUM_LANE_TURN;
    double sum = 0;
    for (uint64_t l = 0; l < kw_bit(p->kernels->lane_bits); ++l) {
        if ((l & source->lane_controls) != source->lane_controls) continue;
        sum += on_lane && !(l >> bit & 1) ? -sums[l] : sums[l];
    }
    return sum;
}

/* One number per slot of the pass. */
static void reduce(const back_run *r, const double *totals, double *out) {
    const kw_tile_program *p = r->program;
    for (size_t i = 0; i < r->pass->n_slots; ++i) {
        const kw_tile_slot *slot = &p->slots[r->pass->first_slot + i];
        const kw_tile_op *op = &p->ops[slot->op];
        const kw_tile_source *source = &p->sources[slot->op];
        const kw_primitive *primitive = &r->way->primitives.items[p->references[slot->reference]];
        const double *sums = totals + op->sums;
        const double sum =
            op->code == KW_TILE_SUM_PHASES ? phase_sum(r, op, source, primitive, sums) : turn_sum(p, op, source, sums);
        out[i] = slot->factor * source->weight * sum;
    }
}

static void run_segment(const back_run *r, int segment, double *partials) {
    const kw_tile_program *p = r->program;
    char *block = p->scratch + (size_t)thread() * p->scratch_bytes;
    void *sums = block + p->block_bytes;
    double *totals = (double *)sums + r->pass->n_sums;
    const bool few = r->at.blocks < KW_SEGMENTS; /* one block each */
    const uint64_t first = few ? (uint64_t)segment : kw_segment(r->at.blocks, segment);
    const uint64_t last = few ? first + 1 : kw_segment(r->at.blocks, segment + 1);
    double *mine = partials + (size_t)segment * r->pass->n_slots;
    memset(totals, 0, r->pass->n_sums * sizeof *totals);
    for (uint64_t b = first; b < last; ++b) run_block(r, b, block, sums, totals);
    reduce(r, totals, mine);
}

void kw_pass_run_back(const kw_plan *plan, const kw_way *way, const kw_tile_program *p, size_t index, kw_state *ket,
                      kw_state *bra, double *gradient) {
    const kw_tile_pass *pass = &p->passes[index];
    const back_run r = {plan, way, p, pass, layout_of(plan, pass), ket, bra};
    const int segments = r.at.blocks < KW_SEGMENTS ? (int)r.at.blocks : KW_SEGMENTS;
#pragma omp parallel for schedule(static) num_threads(p->threads) if (r.at.blocks > 1)
    for (int s = 0; s < segments; ++s) run_segment(&r, s, p->partials);
    note_full(ket);
    note_full(bra);
    for (int s = 0; s < segments; ++s)
        for (size_t i = 0; i < pass->n_slots; ++i)
            gradient[p->slots[pass->first_slot + i].parameter] += p->partials[(size_t)s * pass->n_slots + i];
}
