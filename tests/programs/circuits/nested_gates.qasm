// Gates of gates with parameters: turns by pi/6, 2 pi/6 and pi/2, half a turn in all: 11.
OPENQASM 2.0;
include "qelib1.inc";
gate turn(a) q { u3(a,0,0) q; }
gate turns(a,b) q { turn(a) q; turn(2*a) q; turn(-(b - 2*b)/1) q; }
gate both(x,y) p,q { turns(x,y/2) p; turns(x,y/2) q; cx p,q; cx p,q; id p; }
qreg q[2];
creg c[2];
both(pi/6,pi) q[0],q[1];
measure q -> c;
