// Package config reads the configuration file: one YAML file, as one struct whose every setting has a unit, a default and a check.
//
// [Load] reads the file, the secrets and the keys that it names; [Parse] reads text alone. Both report all that is wrong
// at once, each fault with the setting's name and its line and column:
//
//	offhook.yaml:14:5: trunks[0].codecs[1]: "GSM" is none of G722, PCMU, PCMA, opus
//
// A key that no setting has is a fault too, so a misspelt setting never passes silently for its default. A secret never stands in
// the file: it is named by a file or an environment variable and cannot be printed ([Secret]).
//
// offhook.example.yaml at the root of the repository explains every setting; a test holds it to this package.
package config
