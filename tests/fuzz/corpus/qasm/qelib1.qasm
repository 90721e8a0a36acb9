OPENQASM 2.0;
include "qelib1.inc";
qreg q[6];
u0(1) q[0]; u2(0,pi) q; sx q[0]; sxdg q[1]; id q[2]; swap q[0],q[1]; cswap q[0],q[1],q[2]; crx(1) q[0],q[1]; cry(1) q[0],q[1]; crz(1) q[0],q[1]; cu3(1,2,3) q[0],q[1]; cu(1,2,3,4) q[0],q[1]; csx q[0],q[1]; cp(1) q[0],q[1]; rxx(1) q[0],q[1]; rzz(1) q[0],q[1]; rccx q[0],q[1],q[2]; rc3x q[0],q[1],q[2],q[3]; c3x q[0],q[1],q[2],q[3]; c4x q[0],q[1],q[2],q[3],q[4]; c3sqrtx q[0],q[1],q[2],q[3]; cH q[0],q[1]; CCX q[0],q[1],q[2];
