package dataset

// goneReport is a report that the mirror doesn't have any more, and whose rows a partition still has.
type goneReport struct {
	account, partition, path, sha256 string
	elsewhere                        bool // not gone, but in another account's mirror
}

// findGoneAccounts finds what is left of accounts that have no reports any more, perhaps because they were renamed. A settlement
// of theirs must not count again below another name.
func (r *run) findGoneAccounts() error {
	for _, g := range r.groups {
		if len(g.inputs) > 0 || !g.isOfTypes() {
			continue
		}
		if err := g.load(); err != nil {
			return err
		}
		g.findGone()
	}
	return nil
}

// findGone finds the settlements of reports that are gone. With Prune their rows are dropped.
func (g *group) findGone() {
	elsewhere := g.isElsewhere()
	if g.run.options.Prune && !elsewhere {
		return
	}
	paths := make(map[string]bool, len(g.inputs))
	for _, in := range g.inputs {
		paths[in.entry.Path] = true
	}
	for _, s := range g.existing {
		if s.record == nil {
			continue
		}
		for _, report := range s.record.Reports {
			if paths[report.Path] {
				continue
			}
			for _, settlement := range report.Settlements {
				g.run.gone[claim{g.table, settlement}] = goneReport{g.account, s.Path, report.Path, report.SHA256, elsewhere}
			}
		}
	}
}
