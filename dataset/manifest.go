package dataset

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/amazonpay-go/payreports/mirror"
)

const manifestName = "manifest.json"

// manifest says to people what a data set holds. Nothing reads it: the partitions are what counts.
type manifest struct {
	Tables     []tableManifest `json:"tables"`
	Partitions []Partition     `json:"partitions"`
}

type tableManifest struct {
	Name       string   `json:"name"`
	Columns    []Column `json:"columns"`
	Partitions int      `json:"partitions"`
	Rows       int64    `json:"rows"`
}

// add adds a partition. Those of a table come together.
func (m *manifest) add(s *stored) {
	if s.record == nil {
		return
	}
	n := len(m.Tables)
	if n == 0 || m.Tables[n-1].Name != s.Table {
		m.Tables = append(m.Tables, tableManifest{Name: s.Table})
		n++
	}
	table := &m.Tables[n-1]
	table.Partitions++
	table.Rows += s.Rows
	for _, column := range s.columns {
		if !slices.Contains(table.Columns, column) {
			table.Columns = append(table.Columns, column)
		}
	}
	m.Partitions = append(m.Partitions, s.Partition)
}

// write writes the manifest, unless it is the same already.
func (m *manifest) write(ctx context.Context, target mirror.Store) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(m); err != nil {
		return err
	}
	if old, _, err := target.Open(ctx, manifestName); err == nil {
		content, err := io.ReadAll(old)
		old.Close()
		if err == nil && bytes.Equal(content, text.Bytes()) {
			return nil
		}
	}
	if err := target.Put(ctx, manifestName, text.Bytes()); err != nil {
		return fmt.Errorf("dataset: %s can't be written: %w", manifestName, err)
	}
	return nil
}
