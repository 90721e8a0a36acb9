// Walk with a Hadamard coin on a cycle of 8 places, 3 steps from place 0 with coin 0 (1 goes up, 0 goes down):
// places 1, 3 and 5 with 1/8, place 7 with 5/8.
OPENQASM 2.0;
include "qelib1.inc";
gate forward c,a,b,d { c3x c,a,b,d; ccx c,a,b; cx c,a; }
gate backward c,a,b,d { cx c,a; ccx c,a,b; c3x c,a,b,d; }
qreg at[3];
qreg coin[1];
creg place[3];
h coin[0];
forward coin[0],at[0],at[1],at[2];
x coin[0];
backward coin[0],at[0],at[1],at[2];
x coin[0];
h coin[0];
forward coin[0],at[0],at[1],at[2];
x coin[0];
backward coin[0],at[0],at[1],at[2];
x coin[0];
h coin[0];
forward coin[0],at[0],at[1],at[2];
x coin[0];
backward coin[0],at[0],at[1],at[2];
x coin[0];
measure at -> place;
