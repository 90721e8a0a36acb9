// Registers of both kinds, declared between gates and filled crosswise: c b a = 1 011 10.
OPENQASM 2.0;
include "qelib1.inc";
qreg q[2];
creg a[2];
x q[1];
qreg r[4];
creg b[3];
creg c[1];
x r[0]; x r[2]; x r[3];
measure q -> a;
measure r[0] -> b[1];
measure r[1] -> b[2];
measure r[2] -> b[0];
measure r[3] -> c[0];
