// Deutsch-Jozsa, the balanced function x0 + x1 x2 + x1 of 3 bits: never 000; 001, 011, 101 and 111 with 1/4 each.
OPENQASM 2.0;
include "qelib1.inc";
qreg q[3];
qreg f[1];
creg c[3];
x f; h f; h q;
cx q[0],f[0];
ccx q[1],q[2],f[0];
cx q[1],f[0];
h q;
measure q -> c;
