package records

import _ "embed"

//go:embed call-record.schema.json
var schema []byte

// Schema is the JSON Schema (draft 2020-12) of a record; docs/call-records.md says the same to people.
func Schema() []byte { return schema }
