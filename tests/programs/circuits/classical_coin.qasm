// A classical coin: q is flipped as often as the coin says; out is the parity of the 3 tosses
// in all: 8 keys with 1/8 each.
OPENQASM 2.0;
include "qelib1.inc";
qreg coin[1];
qreg q[1];
creg toss[1];
creg all[3];
creg out[1];
h coin; measure coin -> toss; if (toss == 1) x q; measure coin[0] -> all[0]; reset coin;
h coin; measure coin -> toss; if (toss == 1) x q; measure coin[0] -> all[1]; reset coin;
h coin; measure coin -> toss; if (toss == 1) x q; measure coin[0] -> all[2]; reset coin;
measure q -> out;
