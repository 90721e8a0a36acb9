// Teleports ry(1.1) |0> with quantum controls in place of if: on qubit 2 Z = cos 1.1 and X = sin 1.1.
OPENQASM 2.0;
include "qelib1.inc";
qreg q[3];
ry(1.1) q[0];
h q[1];
cx q[1],q[2];
cx q[0],q[1];
h q[0];
cx q[1],q[2];
cz q[0],q[2];
