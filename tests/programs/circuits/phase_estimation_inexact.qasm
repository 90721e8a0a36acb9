// Phase estimation of 1/3 with 3 bits: m with sin^2(8 pi d) / (64 sin^2(pi d)), d = 1/3 - m/8.
OPENQASM 2.0;
include "qelib1.inc";
gate qft3 a,b,c { h c; cu1(pi/2) c,b; cu1(pi/4) c,a; h b; cu1(pi/2) b,a; h a; swap a,c; }
gate iqft3 a,b,c { swap a,c; h a; cu1(-pi/2) b,a; h b; cu1(-pi/4) c,a; cu1(-pi/2) c,b; h c; }

qreg q[3];
qreg eigen[1];
creg c[3];
x eigen[0];
h q;
cu1(2*pi*(1/3)) q[0],eigen[0];
cu1(4*pi*(1/3)) q[1],eigen[0];
cu1(8*pi*(1/3)) q[2],eigen[0];
iqft3 q[0],q[1],q[2];
measure q -> c;
