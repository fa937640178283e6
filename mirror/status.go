package mirror

// Status is how far a run of [Sync] is.
type Status struct {
	// Total is how many reports the run goes through, and Done how many of them are downloaded, already present, or failed.
	// Reports that the service hasn't completed don't count.
	Total, Done int
	// Bytes is how much has been downloaded, also of reports that aren't complete yet or failed.
	Bytes int64
}

// change changes the status and tells it.
func (m *run) change(how func(*Status)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.changeLocked(how)
}

// changeLocked is change for those who hold m.mu.
func (m *run) changeLocked(how func(*Status)) {
	how(&m.status)
	if m.options.Status != nil {
		m.options.Status(m.status)
	}
}

// byteCounter counts what is downloaded.
type byteCounter struct{ run *run }

func (c byteCounter) Write(p []byte) (int, error) {
	c.run.change(func(s *Status) { s.Bytes += int64(len(p)) })
	return len(p), nil
}
