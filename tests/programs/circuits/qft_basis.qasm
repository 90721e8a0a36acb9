// Fourier transform of |5> on 3 qubits: amplitude k is exp(2 pi i 5 k / 8) / sqrt 8.
OPENQASM 2.0;
include "qelib1.inc";
gate qft3 a,b,c { h c; cu1(pi/2) c,b; cu1(pi/4) c,a; h b; cu1(pi/2) b,a; h a; swap a,c; }
gate iqft3 a,b,c { swap a,c; h a; cu1(-pi/2) b,a; h b; cu1(-pi/4) c,a; cu1(-pi/2) c,b; h c; }

qreg q[3];
x q[0]; x q[2];
qft3 q[0],q[1],q[2];
