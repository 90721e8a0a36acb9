# Spack package.  Until Ketwall is in a repository of its own: copy this folder to REPO/packages/ketwall, `spack repo add REPO`,
# then, in a clone of Ketwall,
#   spack dev-build ketwall@main +mpi +openmp
# Every option of CMakeLists.txt is set here; tests/install/spack.sh checks that none is forgotten.
from spack.package import *


class Ketwall(CMakePackage):
    """Quantum machine learning at the memory wall: a distributed statevector simulator with adjoint
    gradients, quantum autoencoders, variational eigensolvers and Quantum-Train."""

    license("Apache-2.0")

    version("main", branch="main")

    variant("mpi", default=True, description="Distribute states over MPI ranks")
    variant("openmp", default=True, description="Use threads inside a rank")
    variant("shared", default=False, description="Build libketwall as a shared library")
    variant("werror", default=False, description="Treat warnings as errors")
    variant("sanitize", values=any_combination_of("address", "undefined"), description="Sanitizers to build with")
    variant("fuzz", default=False, description="Build the fuzz targets with the tests (clang)")

    depends_on("c", type="build")
    depends_on("cmake@3.25:", type="build")
    depends_on("pkgconfig", type="build")

    depends_on("mpi@3.1:", when="+mpi")
    depends_on("hdf5@1.10: +mpi", when="+mpi")
    depends_on("hdf5@1.10: ~mpi", when="~mpi")
    # The pthreads variant of OpenBLAS oversubscribes under ranks.
    depends_on("openblas threads=none")
    depends_on("arpack-ng@3.8: +mpi", when="+mpi")
    depends_on("arpack-ng@3.8:", when="~mpi")
    depends_on("nlopt")
    depends_on("jansson")
    depends_on("inih")
    depends_on("random123")
    depends_on("xxhash@0.8:")
    depends_on("zlib-api")

    # For reports; without it they hold tables.
    depends_on("gnuplot", type="run")

    # Tests are built and run with `spack install --test=root`.
    depends_on("cmocka", type="test")
    depends_on("fftw@3: precision=double", type="test")

    conflicts("+fuzz", when="%gcc", msg="fuzz targets need clang")

    def cmake_args(self):
        sanitizers = [s for s in self.spec.variants["sanitize"].value if s != "none"]
        return [
            self.define_from_variant("KETWALL_MPI", "mpi"),
            self.define_from_variant("KETWALL_OPENMP", "openmp"),
            self.define_from_variant("BUILD_SHARED_LIBS", "shared"),
            self.define_from_variant("KETWALL_WERROR", "werror"),
            self.define_from_variant("KETWALL_FUZZ", "fuzz"),
            self.define("KETWALL_TESTS", self.run_tests),
            self.define("KETWALL_SANITIZE", ",".join(sanitizers)),
        ]

    def check(self):
        with working_dir(self.build_directory):
            ctest("-LE", "long", "--output-on-failure")

    @run_after("install")
    @on_package_attributes(run_tests=True)
    def smoke_test(self):
        Executable(self.prefix.share.ketwall.join("smoke.sh"))(self.prefix)
