# shellcheck shell=bash
# Copy this to jobs/env/SITE.sh, set what differs on your machine, and submit with KETWALL_SITE=SITE in the environment.
# The file is sourced by jobs/slurm.sh inside every job, before anything runs.  Everything is optional; what is
# commented out is an example.
# Account, partition and the like belong to Slurm: sbatch --account=..., or SBATCH_ACCOUNT and SBATCH_PARTITION.

# -- Modules: what ketwall was built with.
# module purge
# module load gcc openmpi hdf5/parallel openblas
# spack load openmpi hdf5+mpi

# -- The program, where it is neither KETWALL_HOME/build/release/ketwall nor on PATH.
# export KETWALL_PROGRAM="${KETWALL_PROGRAM:-$HOME/ketwall/bin/ketwall}"

# -- Where runs go: a parallel file system that all nodes see.
# export KETWALL_RUNS="${KETWALL_RUNS:-$SCRATCH/ketwall}"

# -- Flags of srun.  `srun --mpi=list` shows what there is; MPICH and its relatives take pmi2 or cray_shasta.  Bind to cores;
#    --hint=nomultithread leaves hardware threads alone, but not together with --cpu-bind.
export KETWALL_SRUN_FLAGS="${KETWALL_SRUN_FLAGS---mpi=pmix --cpu-bind=cores}"

# -- Threads.  OMP_NUM_THREADS is Slurm's CPUs per task: sbatch --cpus-per-task=N, else a rank's part of its node's
#    allocation.  One rank per socket or NUMA domain is best: sbatch --ntasks-per-node=DOMAINS --cpus-per-task=CORES_OF_ONE.
export OMP_PLACES="${OMP_PLACES:-cores}"
export OMP_PROC_BIND="${OMP_PROC_BIND:-close}"

# -- MPI.  ketwall chooses ROMIO for files by itself.  Network, where Open MPI does not find it:
# export OMPI_MCA_pml=ucx
# export UCX_TLS=rc,sm,self
# export OMPI_MCA_btl_tcp_if_include=ib0

# -- How often a job puts itself back into the queue at most.
# export KETWALL_MAX_RESTARTS="${KETWALL_MAX_RESTARTS:-20}"
