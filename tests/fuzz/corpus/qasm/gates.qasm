OPENQASM 2.0;
include "qelib1.inc";
gate g(t,u) a,b { rx(t/u) a; barrier a,b; cu1(t^2-u) a,b; U(t,0,-u) b; CX b,a; }
gate f(t) x { }
opaque magic(a,b) q,r;
opaque ryy(t) a,b;
qreg q[3];
g(1,2) q[0],q[1]; f(1) q; ryy(0.5) q[0],q[2];
