// Two Bell pairs; measuring their inner halves entangles the outer ones: Z0 Z3 = X0 X3 = 1 in every shot.
OPENQASM 2.0;
include "qelib1.inc";
qreg q[4];
creg z[1];
creg x[1];
h q[0]; cx q[0],q[1];
h q[2]; cx q[2],q[3];
cx q[1],q[2];
h q[1];
measure q[1] -> z[0];
measure q[2] -> x[0];
if (x == 1) x q[3];
if (z == 1) z q[3];
