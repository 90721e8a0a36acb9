/* F2  Ensembles of states: checking the description, members, labels, and which file prepares a member. */
#include "data/ensemble.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/error.h"
#include "data/adiabatic.h"
#include "data/ensemble_internal.h"
#include "engine/state_internal.h"

static const char *family_name(kw_family family) {
    static const char *const names[] = {
#define KW_FAMILY_NAME(kind, name, text) name,
        KW_FAMILY_LIST(KW_FAMILY_NAME)
#undef KW_FAMILY_NAME
    };
    return names[family];
}

/* ---- checks ---- */

static bool sampled(kw_family f) { return f != KW_FAMILY_CEREZO && f != KW_FAMILY_FILES && !kw_family_is_scrambled(f); }

static kw_status check_range(const char *key, long long value, long long min, long long max) {
    if (value >= min && value <= max) return KW_OK;
    return kw_fail(KW_E_INPUT, "%s = %lld: expected %lld..%lld", key, value, min, max);
}

static kw_status check_couplings(const kw_ensemble_config *c) {
    const bool ising = c->family == KW_FAMILY_TFIM;
    if (!isfinite(c->coupling_min) || !isfinite(c->coupling_max) || c->coupling_min > c->coupling_max)
        return kw_fail(KW_E_INPUT, "data.coupling_min = %g, data.coupling_max = %g: expected finite values, in this order",
                       c->coupling_min, c->coupling_max);
    if (ising && c->coupling_min < 0.0)
        return kw_fail(KW_E_INPUT, "data.coupling_min = %g: expected h >= 0 (h and -h differ by a Z on every qubit)",
                       c->coupling_min);
    if (c->family == KW_FAMILY_HUBBARD) return KW_OK;
    if (!ising && c->n_qubits < 2) return kw_fail(KW_E_INPUT, "data.qubits = %d: heisenberg needs at least 2", c->n_qubits);
    return check_range("data.adiabatic_steps", c->adiabatic_steps, 1, 1000000);
}

static kw_status check_ladder(const kw_ensemble_config *c) {
    kw_status status = check_range("data.sites_x", c->sites_x, 1, KW_MAX_QUBITS / 2);
    if (!status) status = check_range("data.sites_y", c->sites_y, 1, KW_MAX_QUBITS / 2);
    if (status) return status;
    const int sites = c->sites_x * c->sites_y;
    if (sites % 2)
        return kw_fail(KW_E_INPUT,
                       "data.sites_x, data.sites_y: %d x %d sites are not half filled by pairs of spins; make "
                       "one of them even",
                       c->sites_x, c->sites_y);
    if (c->n_qubits != 2 * sites)
        return kw_fail(KW_E_INPUT, "data.qubits = %d: hubbard on %d x %d sites takes %d, one per site and spin", c->n_qubits,
                       c->sites_x, c->sites_y, 2 * sites);
    if (!isfinite(c->interaction))
        return kw_fail(KW_E_INPUT, "data.interaction = %g: expected a finite value", c->interaction);
    return check_couplings(c);
}

static kw_status check_spectrum(const kw_ensemble_config *c) {
    double sum = 0.0;
    if (!c->spectrum || !c->spectrum_count) return kw_fail(KW_E_INPUT, "data.spectrum is empty: expected eigenvalues >= 0");
    if (c->spectrum_count > INT_MAX || c->spectrum_count > kw_bit(c->n_qubits))
        return kw_fail(KW_E_INPUT, "data.spectrum holds %zu values: expected at most 2^%d", c->spectrum_count, c->n_qubits);
    for (size_t k = 0; k < c->spectrum_count; ++k) {
        if (!(c->spectrum[k] >= 0.0) || !isfinite(c->spectrum[k]))
            return kw_fail(KW_E_INPUT, "data.spectrum: value %zu is %g, expected >= 0", k + 1, c->spectrum[k]);
        sum += c->spectrum[k];
    }
    if (!(sum > 0.0) || !isfinite(sum)) return kw_fail(KW_E_INPUT, "data.spectrum sums to %g: expected more than 0", sum);
    return check_range("data.scramble_layers", c->scramble_layers, 1, 100000);
}

static kw_status check_files(const kw_ensemble_config *c) {
    if (!c->files || !c->file_count || c->file_count > INT_MAX)
        return kw_fail(
            KW_E_INPUT,
            "data.files is empty: expected HDF5 files of one state each, or OpenQASM files (*.qasm) of one circuit each");
    return KW_OK;
}

static kw_status check(const kw_ensemble_config *c) {
    const int n = c->n_qubits;
    if (c->family < 0 || c->family >= KW_FAMILY_KINDS)
        return kw_fail(KW_E_INPUT, "data.family = %d: no such family", (int)c->family);
    kw_status status = check_range("data.qubits", n, 1, KW_MAX_QUBITS);
    if (!status && sampled(c->family) && c->sampling != KW_SAMPLING_QUADRATURE)
        status = check_range("data.members", c->members, 1, INT_MAX);
    if (status) return status;
    switch (c->family) {
    case KW_FAMILY_CEREZO:
        if (n < 3) return kw_fail(KW_E_INPUT, "data.qubits = %d: cerezo sets qubits 0, 1 and 2, so it needs at least 3", n);
        return KW_OK;
    case KW_FAMILY_DICKE_PHASE:
    case KW_FAMILY_SECTOR: return check_range("data.weight", c->weight, 0, n);
    case KW_FAMILY_STABILIZER:
        status = check_range("data.logical", c->logical, 0, n < 20 ? n : 20);
        return status ? status : check_range("data.scramble_layers", c->scramble_layers, 1, 100000);
    case KW_FAMILY_SPECTRUM: return check_spectrum(c);
    case KW_FAMILY_CIRCUIT: return check_range("data.scramble_layers", c->scramble_layers, 1, 100000);
    case KW_FAMILY_TFIM:
    case KW_FAMILY_HEISENBERG: return check_couplings(c);
    case KW_FAMILY_HUBBARD: return check_ladder(c);
    case KW_FAMILY_FILES: return check_files(c);
    default: return KW_OK;
    }
}

/* ---- life ---- */

/* Replaces the caller's arrays by copies; on failure the ensemble owns what was copied so far. */
static kw_status own_arrays(kw_ensemble_config *own, const kw_ensemble_config *given) {
    own->spectrum = NULL;
    own->files = NULL;
    own->spectrum_count = own->file_count = 0;
    if (given->family == KW_FAMILY_SPECTRUM) {
        double *values = malloc(given->spectrum_count * sizeof *values);
        if (!values) return kw_fail(KW_E_NOMEM, "no memory for a spectrum");
        memcpy(values, given->spectrum, given->spectrum_count * sizeof *values);
        own->spectrum = values;
        own->spectrum_count = given->spectrum_count;
    }
    if (given->family == KW_FAMILY_FILES) {
        const char **names = calloc(given->file_count, sizeof *names);
        if (!names) return kw_fail(KW_E_NOMEM, "no memory for file names");
        own->files = names;
        own->file_count = given->file_count;
        for (size_t k = 0; k < given->file_count; ++k)
            if (!(names[k] = strdup(given->files[k]))) return kw_fail(KW_E_NOMEM, "no memory for file names");
    }
    return KW_OK;
}

static kw_status make_circuit(kw_ensemble *ensemble) {
    const kw_ensemble_config *c = &ensemble->config;
    if (kw_family_is_scrambled(c->family)) return kw_scramble_circuit(c, &ensemble->circuit);
    if (c->family == KW_FAMILY_CIRCUIT) return kw_brickwork_circuit(c, &ensemble->circuit);
    if (kw_family_has_adiabatic(c->family))
        return kw_adiabatic_circuit(c->family, c->n_qubits, c->periodic, c->adiabatic_steps, &ensemble->circuit);
    return KW_OK;
}

kw_status kw_ensemble_create(const kw_ensemble_config *config, kw_ensemble **out) {
    kw_status status = check(config);
    if (status) return status;
    kw_ensemble *ensemble = calloc(1, sizeof *ensemble);
    if (!ensemble) return kw_fail(KW_E_NOMEM, "no memory for an ensemble");
    ensemble->config = *config;
    status = own_arrays(&ensemble->config, config);
    ensemble->plans = calloc(KW_PLAN_SLOTS, sizeof(kw_plan *));
    if (!status && !ensemble->plans) status = kw_fail(KW_E_NOMEM, "no memory for an ensemble");
    if (!status) status = kw_family_sample(ensemble);
    if (!status) status = make_circuit(ensemble);
    if (!status && config->family == KW_FAMILY_FILES) status = kw_files_read(ensemble);
    if (status) kw_ensemble_destroy(&ensemble);
    else *out = ensemble;
    return status;
}

void kw_ensemble_destroy(kw_ensemble **ensemble) {
    kw_ensemble *e = *ensemble;
    if (!e) return;
    for (int k = 0; e->programs && k < e->members; ++k) kw_program_destroy(&e->programs[k]);
    for (size_t k = 0; k < e->config.file_count; ++k) free((char *)e->config.files[k]);
    for (int slot = 0; e->plans && slot < KW_PLAN_SLOTS; ++slot)
        if (e->plans[slot]) kw_plan_destroy(&e->plans[slot]);
    if (e->circuit) kw_circuit_destroy(&e->circuit);
    free((void *)e->config.files);
    free((void *)e->config.spectrum);
    free(e->programs);
    free(e->plans);
    free(e->parameters);
    free(e->weights);
    free(e);
    *ensemble = NULL;
}

/* ---- members ---- */

int kw_ensemble_members(const kw_ensemble *ensemble) { return ensemble->members; }
double kw_ensemble_weight(const kw_ensemble *ensemble, int member) { return ensemble->weights[member]; }
const kw_circuit *kw_ensemble_circuit(const kw_ensemble *ensemble) { return ensemble->circuit; }

const kw_circuit *kw_ensemble_member_circuit(const kw_ensemble *e, int member) {
    if (e->programs) return e->programs[member] ? kw_program_circuit(e->programs[member]) : NULL;
    return kw_family_is_ground(e->config.family) ? NULL : e->circuit;
}

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

void kw_ensemble_label(const kw_ensemble *ensemble, int member, char *text, size_t bytes) {
    const kw_ensemble_config *c = &ensemble->config;
    const kw_parameter *p = &ensemble->parameters[member];
    const double phi = 2.0 * acos(-1.0) * ((double)p->numerator / (double)p->denominator);
    switch (c->family) {
    case KW_FAMILY_GHZ_ANGLE: snprintf(text, bytes, "a = %.3f", p->value); break;
    case KW_FAMILY_GHZ_PHASE:
    case KW_FAMILY_W_PHASE:
    case KW_FAMILY_W_GRADED:
    case KW_FAMILY_DICKE_PHASE: snprintf(text, bytes, "phi = %.3f", phi); break;
    case KW_FAMILY_CEREZO: snprintf(text, bytes, "%s", member ? "qubits 0, 1, 2 set" : "all zero"); break;
    case KW_FAMILY_IDENTICAL: snprintf(text, bytes, "theta = %.3f, phi = %.3f", acos(p->value), phi); break;
    case KW_FAMILY_STABILIZER: snprintf(text, bytes, "codeword %d", member); break;
    case KW_FAMILY_SPECTRUM: snprintf(text, bytes, "eigenvector %d", member); break;
    case KW_FAMILY_TFIM: snprintf(text, bytes, "h = %.3f", p->value); break;
    case KW_FAMILY_HEISENBERG: snprintf(text, bytes, "Delta = %.3f", p->value); break;
    case KW_FAMILY_HUBBARD: snprintf(text, bytes, "t = %.3f", p->value); break;
    case KW_FAMILY_FILES: snprintf(text, bytes, "%s", base_name(c->files[member])); break;
    default: snprintf(text, bytes, "%s %d", family_name(c->family), member);
    }
}

bool kw_ensemble_expensive(const kw_ensemble *ensemble) {
    const kw_family f = ensemble->config.family;
    return kw_family_is_scrambled(f) || kw_family_is_ground(f) || f == KW_FAMILY_CIRCUIT || f == KW_FAMILY_FILES;
}

kw_status kw_ensemble_prepare(const kw_ensemble *ensemble, int member, kw_state *state, char *note, size_t note_bytes) {
    const kw_ensemble_config *c = &ensemble->config;
    if (note && note_bytes) note[0] = '\0';
    if (member < 0 || member >= ensemble->members)
        return kw_fail(KW_E_ARG, "member %d of an ensemble of %d states", member, ensemble->members);
    if (kw_state_qubits(state) != c->n_qubits)
        return kw_fail(KW_E_ARG, "an ensemble on %d qubits for a state of %d", c->n_qubits, kw_state_qubits(state));
    if (kw_family_is_scrambled(c->family)) return kw_scramble_prepare(ensemble, member, state);
    if (c->family == KW_FAMILY_CIRCUIT) return kw_brickwork_prepare(ensemble, member, state);
    if (kw_family_is_ground(c->family)) return kw_ground_prepare(ensemble, member, state, note, note_bytes);
    if (c->family == KW_FAMILY_FILES) return kw_files_prepare(ensemble, member, state);
    return kw_family_fill(ensemble, member, state);
}

kw_status kw_ensemble_prepare_need(const kw_ensemble *ensemble, int member, kw_precision precision, int ranks,
                                   kw_prepare_need *out) {
    const kw_family f = ensemble->config.family;
    kw_prepare_need need = {.traffic_known = true};
    kw_status status = KW_OK;
    if (f == KW_FAMILY_FILES) status = kw_files_prepare_need(ensemble, member, precision, ranks, &need);
    if (kw_family_is_ground(f)) status = kw_ground_prepare_need(ensemble, precision, ranks, &need);
    if (kw_family_is_scrambled(f) || f == KW_FAMILY_CIRCUIT) {
        status = kw_ensemble_foretell(ensemble->circuit, precision, ranks, &need.traffic, &need.kept);
        need.bytes = need.kept;
    }
    if (status == KW_OK) *out = need;
    return status;
}

bool kw_ensemble_alike(const kw_ensemble *ensemble) { return !ensemble->programs; }

int kw_ensemble_least_local(const kw_ensemble *ensemble) {
    int least = ensemble->circuit ? kw_plan_least_local(ensemble->circuit) : 0;
    for (int k = 0; ensemble->programs && k < ensemble->members; ++k) {
        const int own = ensemble->programs[k] ? kw_plan_least_local(kw_program_circuit(ensemble->programs[k])) : 0;
        if (own > least) least = own;
    }
    return least;
}
