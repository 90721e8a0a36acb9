// A Bell pair, one half reset, nothing measured: all qubits are sampled after every shot: 00 and 10 with 1/2.
OPENQASM 2.0;
include "qelib1.inc";
qreg q[2];
h q[0];
cx q[0],q[1];
reset q[0];
