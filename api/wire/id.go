package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// ReportID identifies a report. It is opaque. It can be decoded from a JSON string or number, because
// some ids consist of digits only.
type ReportID string

// ReportDocumentID identifies the document of a completed report. It is opaque, and it differs from
// the report's id. It can be decoded from a JSON string or number.
type ReportDocumentID string

// ReportScheduleID identifies a report schedule. It is opaque. It can be decoded from a JSON string or
// number.
type ReportScheduleID string

// OpaqueID is any other identifier in a response, such as the settlement of a disbursement. It can be
// decoded from a JSON string or number.
type OpaqueID string

// UnmarshalJSON decodes a string, the digits of a number, or null as "".
func (id *ReportID) UnmarshalJSON(data []byte) error { return unmarshalID(data, id) }

// UnmarshalJSON decodes a string, the digits of a number, or null as "".
func (id *ReportDocumentID) UnmarshalJSON(data []byte) error { return unmarshalID(data, id) }

// UnmarshalJSON decodes a string, the digits of a number, or null as "".
func (id *ReportScheduleID) UnmarshalJSON(data []byte) error { return unmarshalID(data, id) }

// UnmarshalJSON decodes a string, the digits of a number, or null as "".
func (id *OpaqueID) UnmarshalJSON(data []byte) error { return unmarshalID(data, id) }

func unmarshalID[ID ~string](data []byte, id *ID) error {
	data = bytes.TrimSpace(data)
	if bytes.Equal(data, []byte("null")) {
		*id = ""
		return nil
	}
	if len(data) > 0 && data[0] == '"' {
		var s string
		if err := json.Unmarshal(data, &s); err != nil {
			return err
		}
		*id = ID(s)
		return nil
	}
	var number json.Number
	if err := json.Unmarshal(data, &number); err != nil {
		return fmt.Errorf("wire: an id must be a string or a number, not %s", kindOf(data))
	}
	if strings.Trim(number.String(), "0123456789") != "" { // 6.8e10 has lost its digits
		return fmt.Errorf("wire: an id that is a number must have only digits, unlike %q", cut(number.String()))
	}
	*id = ID(number)
	return nil
}

// kindOf describes a value that isn't an id. It doesn't quote the value, which may contain a secret.
func kindOf(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte("{")):
		return "an object"
	case bytes.HasPrefix(data, []byte("[")):
		return "a list"
	default:
		return "a boolean"
	}
}
