package dataset

import (
	"fmt"
	"maps"
	"slices"
)

// plan says what has to be done with the partitions of a group.
type plan struct {
	write, remove []string // months
	keep          []string
	problems      []error
	unchanged     int
}

// plan compares the partitions with the reports, whose months are all known.
func (g *group) plan() plan {
	var p plan
	byMonth := make(map[string][]*input)
	hashes := make(map[string]bool)
	paths := make(map[string]bool)
	for _, in := range g.inputs {
		paths[in.entry.Path] = true
		hashes[in.sha256] = true
		if in.err == nil {
			for _, month := range in.months {
				byMonth[month] = append(byMonth[month], in)
			}
		}
	}
	months := make(map[string]bool)
	for month := range byMonth {
		months[month] = true
	}
	for month := range g.existing {
		months[month] = true
	}
	for _, month := range slices.Sorted(maps.Keys(months)) {
		s := g.existing[month]
		reports := byMonth[month]
		if s != nil && s.record == nil {
			p.keep = append(p.keep, month)
			p.problems = append(p.problems, fmt.Errorf("%s isn't a partition that payreports has written: move it away", s.Path))
			continue
		}
		if g.blocked(month) {
			p.keep = append(p.keep, month)
			continue
		}
		if s != nil && s.madeFrom(reports) {
			if !s.written {
				p.unchanged++
			}
			continue
		}
		if s != nil && !g.run.options.Prune {
			var gone []string
			for _, report := range s.record.Reports {
				if !paths[report.Path] && !hashes[report.SHA256] {
					gone = append(gone, report.Path)
				}
			}
			if gone != nil {
				p.keep = append(p.keep, month)
				p.problems = append(p.problems, &VanishedError{s.Path, gone})
				continue
			}
		}
		if len(reports) > 0 {
			p.write = append(p.write, month)
		} else {
			p.remove = append(p.remove, month)
		}
	}
	return p
}

// madeFrom reports whether a partition is what these reports would give.
func (s *stored) madeFrom(inputs []*input) bool {
	return s.current && slices.EqualFunc(s.record.Reports, inputs, func(report reportRecord, in *input) bool {
		return report.Path == in.entry.Path && report.SHA256 == in.sha256
	})
}

// blocked reports whether a partition must stay as it is, because of something that can't be read.
func (g *group) blocked(month string) bool {
	for _, key := range g.run.blocked {
		if (key.table == "" || key.table == g.table) && (key.account == "" || key.account == g.account) {
			return true
		}
	}
	return slices.ContainsFunc(g.inputs, func(in *input) bool { return in.err != nil && in.mayHold(month) })
}
