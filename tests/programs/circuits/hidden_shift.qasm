// Hidden shift 1010 of the bent function x0 x1 + x2 x3: found for certain.
OPENQASM 2.0;
include "qelib1.inc";
qreg q[4];
creg c[4];
h q;
x q[1]; x q[3];
cz q[0],q[1]; cz q[2],q[3];
x q[1]; x q[3];
h q;
cz q[0],q[1]; cz q[2],q[3];
h q;
measure q -> c;
