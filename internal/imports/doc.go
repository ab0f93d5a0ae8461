// Package imports holds the walls between the parts: which folder may import which, and which third-party library stands behind which
// folder. It has no code; its test reads every file that is not a test and holds its imports to one table.
package imports
