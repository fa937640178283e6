//go:build !race

package payreports_test

const raceDetector = false
