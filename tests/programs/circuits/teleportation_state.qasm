// Teleports ry(1.1) |0>: on qubit 2 Z = cos 1.1 and X = sin 1.1, in every shot.
OPENQASM 2.0;
include "qelib1.inc";
qreg q[3];
creg z[1];
creg x[1];
ry(1.1) q[0];
h q[1];
cx q[1],q[2];
cx q[0],q[1];
h q[0];
measure q[0] -> z[0];
measure q[1] -> x[0];
if (x == 1) x q[2];
if (z == 1) z q[2];
