// A qubit measured twice gives the same bit twice: 00 and 11 with 1/2.
OPENQASM 2.0;
include "qelib1.inc";
qreg q[2];
creg c[2];
h q[0];
measure q[0] -> c[0];
measure q[0] -> c[1];
