/* Another project's program: a state of three qubits through the public headers alone. */
#include <stdio.h>

#include <ketwall/state.h>

int main(void) {
    kw_state *state = NULL;
    if (kw_state_create(kw_comm_self(), 3, KW_DOUBLE, &state) != KW_OK) {
        fprintf(stderr, "%s\n", kw_error_message());
        return 1;
    }
    double norm2 = kw_state_norm2(state);
    kw_state_destroy(&state);
    printf("norm of |000>: %g\n", norm2);
    return norm2 == 1.0 ? 0 : 1;
}
