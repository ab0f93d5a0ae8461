package dialplan

import "strings"

// costly are ranges that cost more than their country's other numbers, or lie elsewhere than their country code says. They are the ones that toll
// fraud is paid by. Allowing "+1*" does not allow them: an entry of Allow has to be at least as long. A range that is missing here belongs into
// Deny; one that is wanted, into Allow.
var costly = []struct{ digits, what string }{
	// ITU-T E.164, list of assigned country codes: networks and services that are no country's.
	{"808", "international shared cost"}, {"870", "satellite"}, {"878", "universal personal numbers"}, {"881", "satellite"},
	{"882", "international networks"}, {"883", "international networks"}, {"979", "international premium rate"},
	// North American Numbering Plan: premium rate, and the islands' countries, which share code 1.
	{"1900", "premium rate"},
	{"1242", "Bahamas"}, {"1246", "Barbados"}, {"1264", "Anguilla"}, {"1268", "Antigua and Barbuda"}, {"1284", "British Virgin Islands"},
	{"1345", "Cayman Islands"}, {"1441", "Bermuda"}, {"1473", "Grenada"}, {"1649", "Turks and Caicos Islands"}, {"1658", "Jamaica"},
	{"1664", "Montserrat"}, {"1721", "Sint Maarten"}, {"1758", "Saint Lucia"}, {"1767", "Dominica"}, {"1784", "Saint Vincent"},
	{"1809", "Dominican Republic"}, {"1829", "Dominican Republic"}, {"1849", "Dominican Republic"}, {"1868", "Trinidad and Tobago"},
	{"1869", "Saint Kitts and Nevis"}, {"1876", "Jamaica"},
	// National plans, as their regulators publish them.
	{"4910", "choice of another carrier"}, {"49118", "directory enquiries"}, {"49137", "mass calls"}, {"49180", "shared cost"}, {"49900", "premium rate"},
	{"4390", "premium rate"}, {"4393", "premium rate"}, {"4190", "premium rate"},
	{"449", "premium rate"}, {"44118", "directory enquiries"}, {"4470", "personal numbers"}, {"4487", "special rate"},
	{"3389", "special rate"}, {"33118", "directory enquiries"}, {"3190", "premium rate"}, {"3290", "premium rate"}, {"3989", "premium rate"},
	{"34803", "premium rate"}, {"34806", "premium rate"}, {"34807", "premium rate"}, {"34905", "mass calls"}, {"34118", "directory enquiries"},
}

// costlyRange finds the range that a number lies in; nil if none.
func costlyRange(n number) *struct{ digits, what string } {
	if !n.full {
		return nil
	}
	for i := range costly {
		if strings.HasPrefix(n.digits, costly[i].digits) {
			return &costly[i]
		}
	}
	return nil
}
