/* F4  Machines for forecasts. */
#include <stdlib.h>

#include "base/error.h"
#include "io/disk.h"
#include "io/machine_file.h"
#include "ketwall/forecast.h"

static kw_status measure(int ranks, kw_machine *machine) {
    kw_status status = kw_machine_measure(ranks, machine);
    if (status == KW_OK) status = kw_rates_measure_all(machine->rates);
    if (status == KW_OK) machine->disk_bandwidth = kw_disk_measure(".");
    return status;
}

kw_status kw_machine_create(const char *path, int ranks, kw_machine **out) {
    if (ranks < 1) return kw_fail(KW_E_ARG, "a machine for %d ranks: at least one", ranks);
    kw_machine *machine = calloc(1, sizeof *machine);
    if (!machine) return kw_fail(KW_E_NOMEM, "no memory for a machine");
    const kw_status status = path ? kw_machine_read(path, machine) : measure(ranks, machine);
    if (status == KW_OK) *out = machine;
    else free(machine);
    return status;
}

void kw_machine_destroy(kw_machine **machine) {
    free(*machine);
    *machine = NULL;
}
