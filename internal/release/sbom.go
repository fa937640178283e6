package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/CycloneDX/cyclonedx-go"
)

const cyclonedxGomod = "github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0"

// writeSBOM lists the modules that a binary links, with their versions and hashes.
func writeSBOM(name string, b binary) error {
	printed, err := output(os.TempDir(), "go", "run", cyclonedxGomod, "bin", "-json", "-std", "-noserial", "-notimestamp", "-version", "v"+b.version, b.path)
	if err != nil {
		return err
	}
	var bom cyclonedx.BOM
	if err := cyclonedx.NewBOMDecoder(strings.NewReader(printed), cyclonedx.BOMFileFormatJSON).Decode(&bom); err != nil {
		return fmt.Errorf("the bill of materials can't be read: %w", err)
	}
	if bom.Components == nil || len(*bom.Components) != len(b.info.Deps)+1 { // and the standard library
		return fmt.Errorf("the bill of materials doesn't list the %d modules that are linked", len(b.info.Deps))
	}
	bom.Metadata.Timestamp = b.time.Format(time.RFC3339)
	for i := range *bom.Metadata.Tools.Tools {
		(*bom.Metadata.Tools.Tools)[i].Hashes = nil // they depend on where the tool was built
	}
	return create(name, func(w io.Writer) error {
		return cyclonedx.NewBOMEncoder(w, cyclonedx.BOMFileFormatJSON).SetPretty(true).SetEscapeHTML(false).Encode(&bom)
	})
}
