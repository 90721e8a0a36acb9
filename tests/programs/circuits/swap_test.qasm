// Swap test of |0> and |+>, whose overlap is 1/2: 0 with 3/4.
OPENQASM 2.0;
include "qelib1.inc";
qreg a[1];
qreg p[1];
qreg q[1];
creg c[1];
h q;
h a;
cswap a[0],p[0],q[0];
h a;
measure a -> c;
