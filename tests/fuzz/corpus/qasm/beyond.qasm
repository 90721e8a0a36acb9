OPENQASM 2.0;
include "qelib1.inc";
qreg q[7];
iswap q[0],q[1]; iswapdg q[0],q[1]; csxdg q[0],q[1]; c3sxdg q[0],q[1],q[2],q[3]; rc3xdg q[0],q[1],q[2],q[3]; mcx q[0],q[1],q[2],q[3],q[4],q[5],q[6]; mcz q[0],q[1],q[2]; mcp(0.1) q[0],q[1],q[2];
