package mirror

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// lone finds metadata whose report is missing.
func (v *Verification) lone(ctx context.Context, store Store) {
	if dir, ok := store.(directory); ok {
		v.loneBelow(ctx, dir, "", make(map[string]bool))
		return
	}
	present := make(map[string]bool)
	for file, err := range store.List(ctx, "") {
		if err != nil {
			v.find(".", ProblemUnreadable, "", err.Error())
			return
		}
		present[file.Name] = !isHidden(file.Name)
	}
	for name, visible := range present {
		report, isMetadata := reportOfMetadata(name)
		if !isMetadata || !visible || present[report] {
			continue
		}
		content, _, why := store.Open(ctx, report)
		if why == nil { // a run has just written it
			content.Close()
			continue
		}
		switch metadata, err := readMetadata(ctx, store, name); {
		case err == nil:
			v.missing(report, metadata, why)
		case !errors.Is(err, errNoMetadata): // else it is others' work
			v.find(name, ProblemUnreadable, "", err.Error())
		}
	}
}

// loneBelow goes through a folder of a directory, links too. What is hidden is others' work.
func (v *Verification) loneBelow(ctx context.Context, dir directory, folder string, seen map[string]bool) {
	if real, err := filepath.EvalSymlinks(dir.path(folder)); err != nil || seen[real] {
		return
	} else {
		seen[real] = true
	}
	files, err := os.ReadDir(dir.path(folder))
	if err != nil {
		return // the walk over the reports has told it
	}
	for _, file := range files {
		name := path.Join(folder, file.Name())
		if isHidden(file.Name()) {
			continue
		}
		if info, err := os.Stat(dir.path(name)); err != nil {
			continue
		} else if info.IsDir() {
			v.loneBelow(ctx, dir, name, seen)
			continue
		}
		report, isMetadata := reportOfMetadata(name)
		if !isMetadata {
			continue
		}
		_, why := dir.stat(report)
		if why == nil {
			continue
		}
		if metadata, err := readMetadata(ctx, dir, name); err == nil { // else it is others' work
			v.missing(report, metadata, why)
		}
	}
}

func reportOfMetadata(name string) (report string, isMetadata bool) {
	start, isMetadata := strings.CutSuffix(name, metadataExtension)
	return start + reportExtension, isMetadata
}

// missing records why a report that has metadata can't be opened.
func (v *Verification) missing(report string, metadata Metadata, why error) {
	if errors.Is(why, fs.ErrNotExist) {
		v.find(report, ProblemMissing, metadata.Report.ReportID, fmt.Sprintf("it had %d bytes when it was downloaded", metadata.Size))
		return
	}
	v.find(report, ProblemUnreadable, metadata.Report.ReportID, why.Error())
}
