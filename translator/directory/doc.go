// Package directory finds whom an agent means by the first letters of a name: "mul bil" is Jonas Müller of Billing.
//
// It is one pure function over the entries of the agent protocol, so that every spelling is a test. What letters are without their accents is Unicode's
// business (UAX #15), and its library stands behind this folder.
package directory
