package protocol

// Files and Update are for the tests outside the package: those that play calls import what imports the package.
var (
	Files  = files
	Update = update
)
