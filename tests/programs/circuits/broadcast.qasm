// Gates on whole registers, one against one and one against all: d = 101, c = 110.
OPENQASM 2.0;
include "qelib1.inc";
qreg q[3];
qreg r[3];
qreg s[1];
creg c[3];
creg d[3];
x q;
cx q,r;
x s;
cx s[0],q;
x q[0];
ccx s[0],q,r;
cx r,q[2];
x q[2];
measure q -> d;
measure r -> c;
