OPENQASM 2.0;
include "qelib1.inc"; // end
qreg q [ 2 ] ;
h
q
;