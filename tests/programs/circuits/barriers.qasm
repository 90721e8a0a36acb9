// Barriers of all forms between h and h, and opaque gates that nobody calls: 000.
OPENQASM 2.0;
include "qelib1.inc";
opaque magic(a,b) p,q;
opaque box q;
qreg q[3];
creg c[3];
h q;
barrier q;
barrier q[0];
barrier q[1],q[2];
h q[0];
barrier q[2],q[0];
h q[1]; h q[2];
measure q -> c;
