OPENQASM 2.0;
include "qelib1.inc";
gate x a { U(1,2,3) a; }
gate a0 a { x a; x a; }
gate a1 a { a0 a; a0 a; }
gate a2 a { a1 a; a1 a; }
gate a3 a { a2 a; a2 a; }
qreg r[2]; qreg s[2]; creg k[3];
a3 r; cx r,s; cx r[0],s; measure r -> k;
