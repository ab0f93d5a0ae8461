// Package dialplan decides who may call what, and by which way: the gate between agents and the phone bill (security.md S13).
//
// Whatever an agent, a far side's REFER or a trunk's redirection names as a target is read here, and nowhere else. A [Plan] gives back a
// [Destination] whose every string was built here from digits and names that were checked, so that it may stand in a SIP header as it is; or
// it says, in [Denied], which field is wrong and why. It keeps no state, reads no clock and does no I/O. How much one agent may call is
// counted by a [Meter], which is told the time.
//
// # Numbers
//
// A number is read as people write it, with blanks, dashes, dots, slashes and brackets; then it is a full number (E.164) or a short one. It is
// full if it begins with +, with an international prefix ("00") or with the national prefix ("0", to which the country code is put). Whatever
// is left is short: an emergency number, a service code, an extension of the PBX behind a trunk. So is a full number of fewer than seven digits.
//
//	+49 (30) 123-45    00493012345    030/12345    all are +493012345
//	112    *31#    4711                            are short
//
// A number in a SIP URI's user part is a number, whatever the host: a URI is no way around the list of numbers.
//
// # Patterns
//
// Numbers are named by patterns: a number stands for itself, and with * at its end for all that begin so. "+49*" is a country, "+*" is every
// full number, "112" is one short number. A full number of fewer than seven digits is matched by itself only. In an agent's rights "*" alone is
// everything, and "sip:*" every SIP URI.
//
// # The order of checks
//
// A target has to be readable; not in [Settings].Deny; in [Settings].Allow; if it is in the table of costly ranges (costly.go), in an entry of
// Allow that is at least as long as the range; in the agent's rights; and some route has to have a trunk for it. A list that is empty
// means nobody. Where a number can be read in two ways, as by a carrier that drops the 0 in +49 0900, every reading has to pass.
package dialplan
