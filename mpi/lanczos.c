/* PARPACK's reverse communication, for vectors that are split over ranks. */
#include "mpi_internal.h"

/* PARPACK's Fortran symbols; the trailing integers are the lengths of the character arguments. */
void pdsaupd_(const MPI_Fint *comm, int *ido, const char *bmat, const int *n, const char *which, const int *nev,
              const double *tol, double *resid, const int *ncv, double *v, const int *ldv, int *iparam, int *ipntr,
              double *workd, double *workl, const int *lworkl, int *info, size_t bmat_length, size_t which_length);
void pdseupd_(const MPI_Fint *comm, const int *rvec, const char *howmny, int *select, double *d, double *z, const int *ldz,
              const double *sigma, const char *bmat, const int *n, const char *which, const int *nev, const double *tol,
              double *resid, const int *ncv, double *v, const int *ldv, int *iparam, int *ipntr, double *workd,
              double *workl, const int *lworkl, int *info, size_t howmny_length, size_t bmat_length, size_t which_length);

void kw_mpi_lanczos_step(kw_comm *comm, kw_lanczos_call *c) {
    const MPI_Fint handle = MPI_Comm_c2f(kw_mpi_handle(comm));
    pdsaupd_(&handle, &c->ido, "I", &c->n, "SA", &c->nev, &c->tol, c->resid, &c->ncv, c->v, &c->ldv, c->iparam, c->ipntr,
             c->workd, c->workl, &c->lworkl, &c->info, 1, 2);
}

void kw_mpi_lanczos_finish(kw_comm *comm, kw_lanczos_call *c, int *select, double *values, double *vectors) {
    const MPI_Fint handle = MPI_Comm_c2f(kw_mpi_handle(comm));
    const int want_vectors = 1;
    const double sigma = 0.0;
    pdseupd_(&handle, &want_vectors, "A", select, values, vectors, &c->ldv, &sigma, "I", &c->n, "SA", &c->nev, &c->tol,
             c->resid, &c->ncv, c->v, &c->ldv, c->iparam, c->ipntr, c->workd, c->workl, &c->lworkl, &c->info, 1, 1, 2);
}
