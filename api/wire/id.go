package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// ReportID identifies a report. It is opaque. A JSON number is read as well as a string, because
// some ids consist of digits only.
type ReportID string

// ReportDocumentID identifies the document of a completed report. It is opaque, and not the same as
// the report's id. A JSON number is read as well as a string.
type ReportDocumentID string

// ReportScheduleID identifies a report schedule. It is opaque. A JSON number is read as well as a
// string.
type ReportScheduleID string

// OpaqueID is any other identifier of an answer, such as the settlement of a disbursement. A JSON
// number is read as well as a string.
type OpaqueID string

// UnmarshalJSON reads a string, a number as its digits stand, or null as "".
func (id *ReportID) UnmarshalJSON(data []byte) error { return unmarshalID(data, id) }

// UnmarshalJSON reads a string, a number as its digits stand, or null as "".
func (id *ReportDocumentID) UnmarshalJSON(data []byte) error { return unmarshalID(data, id) }

// UnmarshalJSON reads a string, a number as its digits stand, or null as "".
func (id *ReportScheduleID) UnmarshalJSON(data []byte) error { return unmarshalID(data, id) }

// UnmarshalJSON reads a string, a number as its digits stand, or null as "".
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
		return fmt.Errorf("wire: an id is a string or a number, not %s", kindOf(data))
	}
	if strings.Trim(number.String(), "0123456789") != "" { // 6.8e10 has lost the digits that it stood for
		return fmt.Errorf("wire: an id that is a number is made of digits, not %q", cut(number.String()))
	}
	*id = ID(number)
	return nil
}

// kindOf names what stands in the place of an id, without quoting it: it may hold a secret.
func kindOf(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte("{")):
		return "an object"
	case bytes.HasPrefix(data, []byte("[")):
		return "a list"
	default:
		return "a truth value"
	}
}
