// Conditions on a register that conditional measurements change: each of four bits is set in turn: 1111.
OPENQASM 2.0;
include "qelib1.inc";
qreg q[1];
creg c[4];
x q;
measure q[0] -> c[0];
if (c == 1) measure q[0] -> c[1];
if (c == 2) measure q[0] -> c[3];
if (c == 3) measure q[0] -> c[2];
if (c == 7) x q[0];
if (c == 7) x q[0];
if (c == 7) measure q[0] -> c[3];
