package mirror

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/amazonpay-go/payreports"
)

// otherRun is why a report is replaced that wasn't present a moment ago.
const otherRun = "another run stored a different file for it at the same time"

// download writes the report and its metadata. The metadata comes first, so that a report that is present always has it.
// What has the report's name is set aside, and its new name returned; if it holds the same, it stays, unless it was
// asked for again.
func (m *run) download(ctx context.Context, file *File, present, again bool) (old string, err error) {
	if err := context.Cause(ctx); err != nil {
		return "", err
	}
	draft, err := m.store.Create(ctx, file.Path)
	if err != nil {
		return "", err
	}
	defer draft.Discard()
	metadata, err := m.fetch(ctx, file.Report, draft)
	if err != nil {
		return "", err
	}
	file.Size = metadata.Size
	if err := m.look(ctx, draft, metadata); err != nil {
		return "", err
	}
	if err := draft.Sync(); err != nil { // before metadata says that it is present
		return "", err
	}
	const attempts = 3 // more than two runs at once are not expected
	for attempt := 1; ; attempt++ {
		same := false
		if present && !again {
			hash, err := hash(ctx, m.store, file.Path)
			same = err == nil && hash == metadata.SHA256
		}
		if present && !same {
			if old, err = setAside(ctx, m.store, file.Path); err != nil {
				return "", err
			}
		}
		if err := putJSON(ctx, m.store, metadataPath(file.Path), metadata); err != nil {
			return "", err
		}
		if same {
			return old, nil
		}
		err = draft.Commit(ctx)
		if !errors.Is(err, fs.ErrExist) || attempt == attempts {
			return old, err
		}
		present, again = true, false // another run was faster
	}
}

// fetch downloads a report.
func (m *run) fetch(ctx context.Context, report payreports.Report, to io.Writer) (Metadata, error) {
	var answer payreports.ResponseInfo
	var document payreports.DocumentInfo
	content, err := m.client.OpenReportDocument(ctx, report.ReportDocumentID, payreports.WithResponseInfo(&answer), payreports.WithDocumentInfo(&document), payreports.WithUsage(&m.usage))
	if err != nil {
		return Metadata{}, err
	}
	defer content.Close()
	sum := sha256.New()
	size, err := io.Copy(io.MultiWriter(to, sum, byteCounter{m}), content)
	return Metadata{
		Report: report, SHA256: hex.EncodeToString(sum.Sum(nil)), Size: size,
		Downloaded: time.Now().UTC().Truncate(time.Second), RequestID: answer.RequestID, ContentType: document.ContentType,
	}, err
}

// look refuses a file that isn't the report that was asked for, and keeps its beginning.
func (m *run) look(ctx context.Context, draft io.ReadSeeker, metadata Metadata) error {
	if _, err := draft.Seek(0, io.SeekStart); err != nil {
		return err
	}
	problem := inspect(metadata.Report, draft)
	if problem == nil {
		return nil
	}
	if _, err := draft.Seek(0, io.SeekStart); err != nil {
		return err
	}
	m.refusing.Lock()
	defer m.refusing.Unlock()
	kept, err := keepRefused(ctx, m.store, problem, metadata, draft)
	if err != nil {
		return fmt.Errorf("%w (it could not be kept for you to look at: %v)", problem, err) //nolint:errorlint // the problem is what counts
	}
	return fmt.Errorf("%w; what came is in %s", problem, kept)
}
