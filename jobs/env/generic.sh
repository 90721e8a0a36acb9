# shellcheck shell=bash
# Sourced by jobs/slurm.sh inside a job when no other site is named (KETWALL_SITE): assumes that what ketwall needs is on the
# nodes, or was loaded before sbatch, which hands the environment on.  Whatever is set already stays.

# How ranks are started.  Without PMIx every task would be alone; ketwall refuses that.
export KETWALL_SRUN_FLAGS="${KETWALL_SRUN_FLAGS---mpi=pmix}"

# Threads stay on cores only where Slurm gives every rank cores of its own: elsewhere all ranks would share the first ones.
if scontrol show config 2>/dev/null | grep -Eq '^TaskPlugin .*(affinity|cgroup)'; then
  export OMP_PLACES="${OMP_PLACES:-cores}"
  export OMP_PROC_BIND="${OMP_PROC_BIND:-close}"
fi
