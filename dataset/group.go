package dataset

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/amazonpay-go/payreports/mirror"
	"github.com/amazonpay-go/payreports/reportfile"
)

// group is the partitions of a table and an account. No report is part of two groups.
type group struct {
	groupKey
	run      *run
	format   format
	inputs   []*input           // by path
	existing map[string]*stored // by month
	loaded   bool               // existing
}

// update brings the partitions up to date. The error ends the run.
func (g *group) update() error {
	if err := g.load(); err != nil {
		return err
	}
	if g.inScope() {
		g.findGone()
		if err := g.rewrite(); err != nil {
			return err
		}
		g.tellUnbalanced()
	}
	for _, month := range slices.Sorted(maps.Keys(g.existing)) {
		g.run.tables.add(g.existing[month])
	}
	return nil
}

// loaders is how many partitions are opened at once.
const loaders = 16

// load reads what the partitions say about themselves, once.
func (g *group) load() error {
	if g.loaded {
		return nil
	}
	g.loaded = true
	months := slices.Sorted(maps.Keys(g.existing))
	errs := make([]error, len(months))
	free := make(chan bool, loaders)
	var loading sync.WaitGroup
	for i, month := range months {
		free <- true
		loading.Go(func() {
			errs[i] = g.existing[month].load(g.run.ctx, g.run.target, readingOf(g.run.options.Reading))
			<-free
		})
	}
	loading.Wait()
	return cmp.Or(errs...)
}

// inScope is false for tables of types that were not asked for, and for what other runs have made from mirrors of other accounts.
func (g *group) inScope() bool { return g.isOfTypes() && !g.isElsewhere() }

// isElsewhere reports whether the partitions are those of another account than the one whose mirror this is.
func (g *group) isElsewhere() bool {
	return g.run.oneAccount && len(g.inputs) == 0 && g.account != g.run.options.Account
}

func (g *group) isOfTypes() bool {
	types := g.run.options.Types
	if len(types) == 0 {
		return true
	}
	for _, reportType := range types {
		if tableOf(reportType) == g.table {
			return true
		}
	}
	return false
}

func (g *group) rewrite() error {
	if err := g.recall(); err != nil {
		return err
	}
	var p plan
	if len(g.existing) == 0 { // all is written on the way, so that each report is read once
		if err := g.write(nil); err != nil {
			return err
		}
	} else if err := g.scan(); err != nil {
		return err
	}
	for {
		p = g.plan()
		if len(p.write) == 0 {
			break
		}
		done := len(g.run.Written) + len(g.run.Problems)
		if err := g.write(p.write); err != nil {
			return err
		}
		if len(g.run.Written)+len(g.run.Problems) == done {
			return fmt.Errorf("dataset: %s can't be written, and nothing says why: please report this", g.partition(p.write[0]))
		}
	}
	for _, month := range p.remove {
		name := g.partition(month)
		if err := g.run.target.Remove(g.run.ctx, name); err != nil {
			return fmt.Errorf("dataset: %s can't be removed: %w", name, err)
		}
		delete(g.existing, month)
		g.run.Removed = append(g.run.Removed, name)
	}
	for _, month := range p.keep {
		g.run.Kept = append(g.run.Kept, g.partition(month))
	}
	g.run.Problems = append(g.run.Problems, p.problems...)
	g.run.Unchanged += p.unchanged
	return nil
}

// fail records that a report can't become part of the data set. Only the end of the context is an error.
func (g *group) fail(in *input, err error) error {
	if g.run.ctx.Err() != nil {
		return context.Cause(g.run.ctx)
	}
	if in.err == nil {
		in.err = &mirror.FileError{Path: in.entry.Path, Err: err}
		g.run.problem(in.err)
	}
	return nil
}

// recall finds out what the partitions know of the reports: a report that they all have as it is needn't be read.
func (g *group) recall() error {
	type memory struct {
		record     reportRecord
		consistent bool
		in         []string
	}
	memories := make(map[string]*memory)
	for month, s := range g.existing {
		if s.record == nil {
			continue
		}
		for _, report := range s.record.Reports {
			m := memories[report.Path]
			if m == nil {
				m = &memory{report, true, nil}
				memories[report.Path] = m
			}
			m.consistent = m.consistent && s.current && m.record.sameReport(&report)
			m.in = append(m.in, month)
		}
	}
	for _, in := range g.inputs {
		if g.format.kind() == reportfile.KindTable {
			in.read, in.months = true, []string{in.home}
			in.first, in.last = in.home, in.home
			if in.home == "" {
				if err := g.fail(in, errors.New("nothing says when its period ends, and so its month: it needs its metadata, or a folder date=YYYY-MM-DD")); err != nil {
					return err
				}
				continue
			}
		}
		m := memories[in.entry.Path]
		if m == nil {
			continue
		}
		slices.Sort(m.in)
		in.recorded = m.in
		if err := in.hash(g.run.ctx, g.run.options.TrustRecorded); err != nil {
			if err := g.fail(in, err); err != nil {
				return err
			}
			continue
		}
		if m.consistent && m.record.SHA256 == in.sha256 {
			in.read, in.months, in.settlements, in.unbalanced = true, m.record.Months, m.record.Settlements, m.record.Unbalanced
			if err := g.claimAll(in); err != nil {
				return err
			}
		}
	}
	return nil
}

// scan reads the reports that the partitions don't know, so that their months are known.
func (g *group) scan() error {
	for _, in := range g.inputs {
		if in.err != nil || in.read && in.sha256 != "" {
			continue
		}
		var err error
		if g.format.kind() == reportfile.KindTable {
			if err = in.hash(g.run.ctx, false); err == nil {
				err = g.checkElsewhere(in)
			}
			if err != nil {
				err = g.fail(in, err)
			}
		} else {
			err = g.read(in, func(string) (*part, error) { return nil, nil })
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// read reads a report, hands its rows to the partitions, and finds out its months. The error ends the run.
func (g *group) read(in *input, to func(month string) (*part, error)) error {
	known := in.read
	if !known {
		in.months, in.sums = nil, nil
	}
	var fatal error
	err := in.use(g.run.ctx, g.run.options.Reading, g.format.kind(), func(reader *reportfile.Reader) error {
		return g.format.read(in, reader, func(month string) (*part, error) {
			if at, found := slices.BinarySearch(in.months, month); !found && !known {
				in.months = slices.Insert(in.months, at, month)
			} else if !found {
				return nil, errors.New("it has changed while it was read: run this again")
			}
			p, err := to(month)
			fatal = cmp.Or(fatal, err)
			return p, err
		})
	})
	var unwritten *writeError
	if errors.As(err, &unwritten) {
		return fmt.Errorf("dataset: the data set can't be written: %w", unwritten.error)
	}
	if fatal != nil {
		return fatal
	}
	if err == nil && !known {
		err = g.learned(in)
	}
	if err == nil {
		err = g.checkElsewhere(in)
	}
	if err != nil {
		return g.fail(in, err)
	}
	in.read = true
	if len(in.months) == 1 && in.months[0] == in.home { // perhaps a partition without a row
		_, err = to(in.home)
	}
	return err
}

// learned is called when the rows of a report are known.
func (g *group) learned(in *input) error {
	in.sumUp()
	if len(in.months) == 0 {
		if g.format.kind() == reportfile.KindSettlement {
			return errors.New("the settlement report has no rows")
		}
		if in.home != "" { // where the record of it is
			in.months = []string{in.home}
		}
	}
	for _, settlement := range in.settlements {
		if err := g.claim(in, settlement); err != nil {
			return err
		}
	}
	return nil
}

func (g *group) claimAll(in *input) error {
	for _, settlement := range in.settlements {
		if err := g.claim(in, settlement); err != nil {
			return g.fail(in, err)
		}
	}
	return nil
}

// claim makes a settlement that of a report. It is an error if it is that of another, because it would count twice.
func (g *group) claim(in *input, settlement string) error {
	key := claim{g.table, settlement}
	if other, claimed := g.run.claims[key]; claimed && other != in.entry.Path {
		return fmt.Errorf("settlement %.40q is in %s as well and would count twice: move one of the files away", settlement, other)
	}
	gone, found := g.run.gone[key]
	if found && gone.elsewhere {
		return fmt.Errorf("settlement %.40q is in %s", settlement, ofOtherAccount(gone.partition))
	}
	if found && (gone.sha256 != in.sha256 || gone.account != g.account) { // it hasn't just moved
		return fmt.Errorf("settlement %.40q is in %s as well and would count twice, from %s, which is gone: drop its rows with the option Prune (--prune), or move this file away",
			settlement, gone.partition, gone.path)
	}
	g.run.claims[key] = in.entry.Path
	return nil
}
