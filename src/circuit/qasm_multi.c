/* F1  OpenQASM: phases with many controls in terms of qelib1, without clean ancillas.
 *    mcp(t; c1..ck, x) = cp(t/2; ck, x)  mcx(c1..ck-1 -> ck)  cp(-t/2; ck, x)  mcx(c1..ck-1 -> ck)  mcp(t/2; c1..ck-1, x)
 * where each mcx borrows x, whatever its state, as in Barenco et al. 1995 (arXiv quant-ph/9503016), Lemmas 7.2 to 7.4. */
#include "circuit/program_internal.h"

static void call(FILE *file, const char *name, const int *wires, int count) {
    fprintf(file, " %s", name);
    for (int j = 0; j < count; ++j) fprintf(file, "%cq%d", j ? ',' : ' ', wires[j]);
    fputc(';', file);
}

static void toffoli(FILE *file, int first, int second, int target) {
    call(file, "ccx", (const int[]){first, second, target}, 3);
}

/* x on `target` if the k >= 1 controls are 1; borrows k - 2 wires and gives them back as they were (Lemma 7.2). */
static void chain(FILE *file, const int *controls, int k, int target, const int *borrowed) {
    if (k == 1) call(file, "cx", (const int[]){controls[0], target}, 2);
    else if (k == 2) toffoli(file, controls[0], controls[1], target);
    if (k < 3) return;
    for (int round = 0; round < 2; ++round) {
        if (round == 0) toffoli(file, controls[k - 1], borrowed[k - 3], target);
        for (int i = k - 3; i > 0; --i) toffoli(file, controls[i + 1], borrowed[i - 1], borrowed[i]);
        toffoli(file, controls[0], controls[1], borrowed[0]);
        for (int i = 1; i <= k - 3; ++i) toffoli(file, controls[i + 1], borrowed[i - 1], borrowed[i]);
        if (round == 0) toffoli(file, controls[k - 1], borrowed[k - 3], target);
    }
}

/* x on `target` if wires 0 ... k-1 are 1; borrows one wire (Lemma 7.4: two halves, each borrowing the other). */
static void flip(FILE *file, int k, int target, int borrowed) {
    static const char *const few[] = {"x", "cx", "ccx", "c3x", "c4x"};
    int wires[KW_MAX_QUBITS + 1], second[KW_MAX_QUBITS + 1], spare[KW_MAX_QUBITS + 1];
    for (int j = 0; j < k; ++j) wires[j] = j;
    if (k <= 4) {
        wires[k] = target;
        call(file, few[k], wires, k + 1);
        return;
    }
    const int half = (k + 1) / 2, rest = k - half;
    for (int j = 0; j < rest; ++j) second[j] = spare[j] = half + j;
    second[rest] = borrowed;
    spare[rest] = target;
    for (int round = 0; round < 2; ++round) {
        chain(file, wires, half, borrowed, spare);
        chain(file, second, rest + 1, target, wires);
    }
}

void kw_qasm_write_mcp(FILE *file, int controls) {
    const int x = controls;
    fprintf(file, "gate mcp%d(t) q0", controls);
    for (int q = 1; q <= x; ++q) fprintf(file, ",q%d", q);
    fputs(" {", file);
    double part = 1;
    for (int last = controls - 1; last > 0; --last) {
        part *= 2;
        fprintf(file, " cp(t/%.0f) q%d,q%d;", part, last, x);
        flip(file, last, last, x);
        fprintf(file, " cp(-t/%.0f) q%d,q%d;", part, last, x);
        flip(file, last, last, x);
    }
    fprintf(file, " cp(t/%.0f) q0,q%d; }\n", part, x);
}
