// Adder of Draper in Fourier space, modulo 8: 3 + 7 = 2, so b = 010.
OPENQASM 2.0;
include "qelib1.inc";
gate qft3 a,b,c { h c; cu1(pi/2) c,b; cu1(pi/4) c,a; h b; cu1(pi/2) b,a; h a; swap a,c; }
gate iqft3 a,b,c { swap a,c; h a; cu1(-pi/2) b,a; h b; cu1(-pi/4) c,a; cu1(-pi/2) c,b; h c; }

qreg a[3];
qreg b[3];
creg c[3];
x a[0]; x a[1];
x b;
qft3 b[0],b[1],b[2];
cu1(pi/4) a[0],b[0];
cu1(pi/2) a[0],b[1];
cu1(pi) a[0],b[2];
cu1(pi/2) a[1],b[0];
cu1(pi) a[1],b[1];
cu1(pi) a[2],b[0];
iqft3 b[0],b[1],b[2];
measure b -> c;
