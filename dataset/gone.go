package dataset

import "fmt"

// goneReport is a report that the mirror doesn't have any more, and whose rows a partition still has.
type goneReport struct {
	account, partition, path, sha256 string
	elsewhere                        bool // not gone, but in another account's mirror
}

// copyKey is a report of a table, whatever its name is.
type copyKey struct{ table, sha256 string }

// checkElsewhere is an error if a new report is one of another account, whose mirror this isn't: perhaps the account was renamed.
func (g *group) checkElsewhere(in *input) error {
	partition, found := g.run.elsewhere[copyKey{g.table, in.sha256}]
	if !found || in.recorded != nil {
		return nil
	}
	return fmt.Errorf("its rows are in %s", ofOtherAccount(partition))
}

// ofOtherAccount says what to do about rows of a partition that another account has, and this one as well.
func ofOtherAccount(partition string) string {
	return partition + " as well, which is of another account, and would count twice: move this file away, or drop the other with the option Prune (--prune) and the reports of all accounts"
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
			if elsewhere && report.Rows > 0 {
				g.run.elsewhere[copyKey{g.table, report.SHA256}] = s.Path
			}
			for _, settlement := range report.Settlements {
				g.run.gone[claim{g.table, settlement}] = goneReport{g.account, s.Path, report.Path, report.SHA256, elsewhere}
			}
		}
	}
}
