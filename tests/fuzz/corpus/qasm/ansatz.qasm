OPENQASM 2.0;
include "qelib1.inc";
gate layer(a,b) p,q { rx(a/2) p; ry(-b+pi/3) q; cx p,q; rzz(2*(a-1)-a) p,q; }
gate ansatz(t0,t1,t2) q0,q1,q2 { layer(3*t0,t1) q0,q1; layer(t2,t2*0+1) q2,q0; barrier q0,q1; cu3(t0-t0,t1^1,t2/4) q1,q2; }
qreg q[3];
ansatz(0.1,0.2,0.3) q[2],q[0],q[1];
