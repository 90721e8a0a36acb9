/* F1  What a program is made of, and how the reader builds it. */
#ifndef KW_PROGRAM_INTERNAL_H
#define KW_PROGRAM_INTERNAL_H

#include "circuit/circuit_internal.h"
#include "ketwall/qasm.h"

typedef struct {
    kw_register *items;
    size_t count, capacity;
    int total; /* qubits or bits of all of them */
} kw_register_list;

struct kw_program {
    kw_circuit *circuit; /* every gate of every step; while reading it has KW_MAX_QUBITS qubits */
    kw_register_list quantum, classical;
    size_t steps, step_capacity;
    kw_step *step;
    bool is_static;
};

/** An empty program without registers. */
kw_status kw_program_create(kw_program **out);

/** Appends a register whose name is text[0..length); copies it.  The caller has checked the total. */
kw_status kw_program_add_register(kw_register_list *list, const char *text, size_t length, int size);

/** Appends a step; gates that continue a gate step under the same condition are joined to it. */
kw_status kw_program_add_step(kw_program *program, const kw_step *step);

/** Appends the gates of one step to a circuit. */
kw_status kw_program_append_gates(const kw_program *program, const kw_step *step, kw_circuit *circuit);

/** Name of a noise channel in files, and the number of its rates. */
const char *kw_noise_name(kw_noise_channel channel);
int kw_noise_rates(kw_noise_channel channel);

/** To be called once after the last step: fixes the number of qubits, decides whether the program is static. */
void kw_program_finish(kw_program *program);

/** No measurement in the program: then all qubits are measured at its end. */
bool kw_program_measures_nothing(const kw_program *program);

/** kw_program_key for any number of bits, each asked for once.
 *  @param[in] all_qubits  kw_program_measures_nothing() */
size_t kw_program_spell_key(const kw_program *program, bool all_qubits, int (*bit)(const void *context, int index),
                            const void *context, char *out, size_t size);

/** Writes what OpenQASM needs beside qelib1 for gates with any number of controls (1 <= controls <= 61):
 *  gate mcpK(t) q0,...,qK { ... }, from cu1, cx, ccx, c3x and c4x; about 8 K^2 gates. */
void kw_qasm_write_mcp(FILE *file, int controls);

#endif
