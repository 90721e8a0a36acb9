// Deutsch-Jozsa, the constant function 1 of 3 bits: 000.
OPENQASM 2.0;
include "qelib1.inc";
qreg q[3];
qreg f[1];
creg c[3];
x f; h f; h q;
x f;
h q;
measure q -> c;
