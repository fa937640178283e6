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
		content, _, err := store.Open(ctx, report)
		if err == nil { // a run has just written it
			content.Close()
			continue
		}
		v.loneMetadata(ctx, store, name, report, err)
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
		if _, err := dir.stat(report); err != nil {
			v.loneMetadata(ctx, dir, name, report, err)
		}
	}
}

func reportOfMetadata(name string) (report string, isMetadata bool) {
	start, isMetadata := strings.CutSuffix(name, metadataExtension)
	return start + reportExtension, isMetadata
}

// loneMetadata records that a report can't be opened, if what has the name of its metadata is metadata.
func (v *Verification) loneMetadata(ctx context.Context, store Store, name, report string, why error) {
	metadata, err := readMetadata(ctx, store, name)
	switch _, onDisk := store.(directory); {
	case errors.Is(err, errNoMetadata), err != nil && onDisk: // others' work
	case err != nil:
		v.find(name, ProblemUnreadable, "", err.Error())
	case errors.Is(why, fs.ErrNotExist):
		v.find(report, ProblemMissing, metadata.Report.ReportID, fmt.Sprintf("it had %d bytes when it was downloaded", metadata.Size))
	default:
		v.find(report, ProblemUnreadable, metadata.Report.ReportID, why.Error())
	}
}
