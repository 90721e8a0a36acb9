// A classical register that nothing is written to: all qubits are sampled: 10.
OPENQASM 2.0;
include "qelib1.inc";
qreg q[2];
creg c[5];
x q[1];
