/* F2  Scrambled families: basis state, then a random circuit drawn from the seed; the inverse circuit is the exact encoder.
 */
#include <math.h>
#include <stdlib.h>

#include "base/bits.h"
#include "base/error.h"
#include "base/rng.h"
#include "data/ensemble_internal.h"
#include "engine/state_internal.h"

/* A random number of the circuit: consecutive indices of one stream. */
typedef struct {
    kw_rng rng;
    uint64_t next;
} dice;

static int roll(dice *d, int sides) { return (int)(kw_rng_uniform(&d->rng, d->next++) * sides); }
static double roll_angle(dice *d) { return 2.0 * acos(-1.0) * kw_rng_uniform(&d->rng, d->next++); }

/* Stabilizer: one of I, H, S, S H, H S, H S H; spectrum: u3 of three random angles. */
static kw_status append_one_qubit(kw_circuit *circuit, kw_family family, int qubit, dice *d) {
    static const kw_gate_kind choices[6][3] = {{KW_GATE_ID, KW_GATE_ID, KW_GATE_ID}, {KW_GATE_H, KW_GATE_ID, KW_GATE_ID},
                                               {KW_GATE_S, KW_GATE_ID, KW_GATE_ID},  {KW_GATE_S, KW_GATE_H, KW_GATE_ID},
                                               {KW_GATE_H, KW_GATE_S, KW_GATE_ID},   {KW_GATE_H, KW_GATE_S, KW_GATE_H}};
    if (family == KW_FAMILY_SPECTRUM) {
        kw_angle angles[3];
        for (int j = 0; j < 3; ++j) angles[j] = kw_angle_constant(roll_angle(d));
        return kw_circuit_append(circuit, KW_GATE_U3, &qubit, 1, angles);
    }
    const kw_gate_kind *kinds = choices[roll(d, 6)];
    kw_status status = KW_OK;
    for (int j = 0; j < 3 && !status && kinds[j] != KW_GATE_ID; ++j)
        status = kw_circuit_append(circuit, kinds[j], &qubit, 1, NULL);
    return status;
}

/* One layer: a random gate on every qubit, then CNOTs on a random pairing (Fisher-Yates). */
static kw_status append_layer(kw_circuit *circuit, kw_family family, dice *d) {
    const int n = kw_circuit_qubits(circuit);
    int order[KW_MAX_QUBITS];
    kw_status status = KW_OK;
    for (int q = 0; q < n; ++q) order[q] = q;
    for (int q = 0; q < n && !status; ++q) status = append_one_qubit(circuit, family, q, d);
    for (int q = n - 1; q > 0; --q) {
        const int other = roll(d, q + 1), keep = order[q];
        order[q] = order[other];
        order[other] = keep;
    }
    for (int q = 0; q + 1 < n && !status; q += 2) status = kw_circuit_append(circuit, KW_GATE_CX, order + q, 2, NULL);
    return status;
}

kw_status kw_scramble_circuit(const kw_ensemble_config *config, kw_circuit **out) {
    kw_circuit *circuit = NULL;
    dice d = {kw_rng_make(config->seed, KW_STREAM_STATES, KW_SUBSTREAM_SCRAMBLE), 0};
    kw_status status = kw_circuit_create(config->n_qubits, &circuit);
    for (int layer = 0; layer < config->scramble_layers && !status; ++layer)
        status = append_layer(circuit, config->family, &d);
    if (status) kw_circuit_destroy(&circuit);
    else *out = circuit;
    return status;
}

kw_status kw_ensemble_plan(const kw_ensemble *ensemble, int ranks, const kw_plan **out) {
    if (ranks < 1 || !kw_is_power_of_two((uint64_t)ranks))
        return kw_fail(KW_E_ARG, "%d ranks: expected a power of two", ranks);
    kw_plan **slot = &ensemble->plans[kw_log2((uint64_t)ranks)];
    const kw_status status = *slot ? KW_OK : kw_plan_create(ensemble->circuit, ranks, slot);
    if (!status) *out = *slot;
    return status;
}

kw_status kw_ensemble_foretell(const kw_circuit *circuit, kw_precision precision, int ranks, kw_traffic *traffic,
                               uint64_t *bytes) {
    kw_plan *plan = NULL; /* not the cached one: foretelling a large run must not hold its memory */
    const kw_status status = kw_plan_create(circuit, ranks, &plan);
    if (status) return status;
    const kw_plan_cost run = kw_plan_forward_cost(plan, precision);
    const kw_traffic order = kw_order_cost(kw_circuit_qubits(circuit), ranks, kw_plan_final_place(plan), precision);
    *traffic = (kw_traffic){run.exchanges + order.exchanges, run.bytes_exchanged + order.bytes};
    *bytes = kw_plan_bytes(plan);
    kw_plan_destroy(&plan);
    return KW_OK;
}

kw_status kw_scramble_prepare(const kw_ensemble *ensemble, int member, kw_state *state) {
    const kw_plan *plan = NULL;
    kw_status status = kw_comm_agree(state->comm, kw_ensemble_plan(ensemble, kw_comm_size(state->comm), &plan));
    if (!status) status = kw_state_set_basis(state, (uint64_t)member);
    if (!status) status = kw_plan_run(plan, NULL, state);
    if (!status) status = kw_state_order(state);
    return status;
}
