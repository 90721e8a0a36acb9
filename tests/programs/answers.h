/* The known answers of the programs in circuits/. */
#ifndef TEST_ANSWERS_H
#define TEST_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>

/** Probability of a key; the keys of an answer are all that may occur. */
typedef struct {
    const char *key;
    double probability;
} test_outcome;

/** Expectation of a Pauli string; in a program that runs shot by shot, its value in every shot. */
typedef struct {
    const char *pauli;
    double value;
} test_expectation;

typedef struct {
    const char *file; /* circuits/<file>.qasm */
    bool is_static;
    const char *always;         /* the key of every shot, or NULL: outcomes */
    test_outcome outcomes[9];   /* ended by a key of NULL */
    test_expectation paulis[8]; /* ended by a string of NULL */
    double (*amplitudes)[2];    /* real and imaginary parts of all of them, or NULL */
} test_answer;

extern const test_answer test_answers[];
extern const size_t test_answer_count;

/** The answer that belongs to a file; NULL if there is none. */
const test_answer *test_answer_find(const char *file);

#endif
