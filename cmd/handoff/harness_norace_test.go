//go:build !race

package main

// raceDetector tells whether this test binary looks for data races; the program that it builds then does so too.
const raceDetector = false
