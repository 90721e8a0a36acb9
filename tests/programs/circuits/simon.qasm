// Simon with the secret 110: outcomes y with y . s = 0: 000, 001, 110 and 111, 1/4 each.
OPENQASM 2.0;
include "qelib1.inc";
qreg x[3];
qreg f[3];
creg y[3];
h x;
cx x,f;
cx x[1],f[1];
cx x[1],f[2];
h x;
measure x -> y;
