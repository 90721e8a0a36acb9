// No classical register: all qubits are sampled: 0101 and 1101 with 1/2.
OPENQASM 2.0;
include "qelib1.inc";
qreg a[2];
qreg b[2];
x a[0];
x b[0];
h b[1];
