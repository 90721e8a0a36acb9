// A qubit measured, turned by h and measured again: all of 00, 01, 10, 11 with 1/4, in spite of h h = 1.
OPENQASM 2.0;
include "qelib1.inc";
qreg q[1];
creg c[2];
h q;
measure q[0] -> c[0];
h q;
measure q[0] -> c[1];
