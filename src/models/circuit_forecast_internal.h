/* F4  Shared by the forecasts of programs that run once, programs that run shot by shot, and gradients. */
#ifndef KW_CIRCUIT_FORECAST_INTERNAL_H
#define KW_CIRCUIT_FORECAST_INTERNAL_H

#include "engine/predict.h"
#include "ketwall/forecast.h"
#include "models/circuit_run.h"

/* Counts saturate. */
static inline uint64_t kw_plus(uint64_t a, uint64_t b) { return a > UINT64_MAX - b ? UINT64_MAX : a + b; }
static inline uint64_t kw_times(uint64_t a, uint64_t b) { return b && a > UINT64_MAX / b ? UINT64_MAX : a * b; }

static inline kw_traffic kw_traffic_of(kw_plan_cost cost) { return (kw_traffic){cost.exchanges, cost.bytes_exchanged}; }

void kw_forecast_add(kw_run_forecast *out, uint64_t times, kw_traffic traffic);
kw_predict_shape kw_forecast_shape(const kw_run_forecast *forecast, const kw_forecast_query *query);

/** What one evaluation of an observable of qubits at `place` exchanges. */
kw_status kw_forecast_observable(const char *text, const int *place, const kw_run_forecast *forecast, kw_precision precision,
                                 kw_traffic *out);

/** The same, wherever the qubits are: a pattern per term at most. */
kw_status kw_forecast_observable_most(const char *text, const kw_run_forecast *forecast, kw_precision precision,
                                      kw_traffic *out);

/** Adds what rounding is expected to cost in one execution of a plan. */
void kw_forecast_add_infidelity(kw_run_forecast *out, const kw_plan *plan, const kw_run_request *request);

/** Sets the peak and whether it fits. */
void kw_forecast_finish(kw_run_forecast *out, uint64_t beside_states, kw_precision precision);

/** A program that is not static, on the grid that `out` holds. */
kw_status kw_forecast_shots(const kw_program *program, const kw_forecast_query *query, kw_run_forecast *out);

#endif
