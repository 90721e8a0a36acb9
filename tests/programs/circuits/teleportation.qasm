// Teleports u3(0.7, 0.3, 0) |0> with corrections by if: z and x uniform; undone at the far end, the third bit is 0.
OPENQASM 2.0;
include "qelib1.inc";
qreg q[3];
creg z[1];
creg x[1];
creg far[1];
u3(0.7,0.3,0) q[0];
h q[1];
cx q[1],q[2];
barrier q;
cx q[0],q[1];
h q[0];
measure q[0] -> z[0];
measure q[1] -> x[0];
if (x == 1) x q[2];
if (z == 1) z q[2];
u3(-0.7,0,-0.3) q[2];
measure q[2] -> far[0];
