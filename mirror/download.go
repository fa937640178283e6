package mirror

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/internal/atomicfile"
)

// download writes the report and its metadata. The metadata comes first, so that a report that is there always has it.
// What has the report's name is set aside, and its new name returned; if it holds the same, it stays, unless it was
// asked for again.
func (m *run) download(ctx context.Context, file *File, present, again bool) (old string, err error) {
	if err := context.Cause(ctx); err != nil {
		return "", err
	}
	final := m.dir.path(file.Path)
	if err := atomicfile.MkdirAll(filepath.Dir(final)); err != nil {
		return "", err
	}
	var answer payreports.ResponseInfo
	var document payreports.DocumentInfo
	content, err := m.client.OpenReportDocument(ctx, file.Report.ReportDocumentID, payreports.WithResponseInfo(&answer), payreports.WithDocumentInfo(&document), payreports.WithUsage(&m.usage))
	if err != nil {
		return "", err
	}
	defer content.Close()
	partial, err := atomicfile.Create(final)
	if err != nil {
		return "", err
	}
	defer partial.Discard()
	hash := sha256.New()
	size, err := io.Copy(io.MultiWriter(partial, hash, byteCounter{m}), content)
	if err != nil {
		return "", err
	}
	metadata := Metadata{
		Report: file.Report, SHA256: hex.EncodeToString(hash.Sum(nil)), Size: size,
		Downloaded: time.Now().UTC().Truncate(time.Second), RequestID: answer.RequestID, ContentType: document.ContentType,
	}
	if err := m.look(partial, metadata); err != nil {
		return "", err
	}
	if err := partial.Sync(); err != nil { // before metadata says that it is there
		return "", err
	}
	same := false
	if present {
		hash, _, err := m.dir.hash(ctx, file.Path)
		same = err == nil && hash == metadata.SHA256 && !again
	}
	if present && !same {
		if old, err = m.dir.setAside(file.Path); err != nil {
			return "", err
		}
	}
	if err := writeMetadata(m.dir.path(metadataPath(file.Path)), metadata); err != nil {
		return "", err
	}
	file.Size = size
	if same {
		return "", nil
	}
	return old, partial.Commit()
}

func writeMetadata(name string, metadata any) error {
	text, err := json.MarshalIndent(metadata, "", "  ")
	if err != nil {
		return err
	}
	_, err = atomicfile.Write(name, bytes.NewReader(append(text, '\n')))
	return err
}

// look refuses a file that isn't the report that was asked for, and keeps its beginning.
func (m *run) look(partial io.ReadSeeker, metadata Metadata) error {
	if _, err := partial.Seek(0, io.SeekStart); err != nil {
		return err
	}
	problem := inspect(metadata.Report, partial)
	if problem == nil {
		return nil
	}
	if _, err := partial.Seek(0, io.SeekStart); err != nil {
		return err
	}
	m.refusing.Lock()
	defer m.refusing.Unlock()
	kept, err := m.dir.keepRefused(problem, metadata, partial)
	if err != nil {
		return fmt.Errorf("%w (it could not be kept for a look: %v)", problem, err) //nolint:errorlint // the problem is what counts
	}
	return fmt.Errorf("%w; what came is in %s", problem, kept)
}
