# OpenQASM programs with known answers.
kw_test(programs/test_programs.c RANKS 1 2 4)
target_sources(test_programs PRIVATE programs/answers.c)
target_compile_definitions(test_programs PRIVATE TEST_CIRCUITS="${CMAKE_CURRENT_SOURCE_DIR}/programs/circuits")

# Random programs over all gates; by hand for any number of seeds (tests/programs/soak.sh).
kw_test(programs/soak_qelib1.c RANKS 1 2 4)
target_sources(soak_qelib1 PRIVATE programs/random_qasm.c programs/random_expression.c)
