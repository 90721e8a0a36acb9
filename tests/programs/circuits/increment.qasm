// A counter of 4 bits, raised by one three times from 14: modulo 16 this is 1 = 0001.
OPENQASM 2.0;
include "qelib1.inc";
gate increment a,b,c,d { c3x a,b,c,d; ccx a,b,c; cx a,b; x a; }
qreg q[4];
creg c[4];
x q[1]; x q[2]; x q[3];
increment q[0],q[1],q[2],q[3];
increment q[0],q[1],q[2],q[3];
increment q[0],q[1],q[2],q[3];
measure q -> c;
