// Package simkit is what the simulators of contact centres share: the stage on which their people and customers are moved, by a
// test in the same process or over HTTP by anybody, the faults that can be switched on, and a small cast that plays by itself.
//
// A simulator answers the vendor's own paths as the vendor does. Everything of this package lies beside them, under /_sim/.
package simkit
