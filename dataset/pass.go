package dataset

import (
	"fmt"
	"maps"
	"slices"
)

// maxOpen is how many partitions are written at once, each with a part of its rows in memory. What doesn't fit is written
// when the reports are read again.
const maxOpen = 3

// pass reads reports one after the other, and writes partitions on the way.
type pass struct {
	g      *group
	inputs []*input
	wanted map[string]bool // nil if all are
	parts  map[string]*part
	missed map[string]bool
	open   int
	at     int // of inputs
}

// write writes the partitions of some months, or of all if they aren't known yet. It may leave some of them out.
func (g *group) write(months []string) error {
	p := &pass{g: g, inputs: g.inputs, parts: make(map[string]*part), missed: make(map[string]bool)}
	if months != nil {
		p.wanted = make(map[string]bool)
		for _, month := range months {
			p.wanted[month] = true
		}
		p.inputs = slices.DeleteFunc(slices.Clone(g.inputs), func(in *input) bool { return !slices.ContainsFunc(months, in.mayHold) })
	}
	defer p.discard()
	for i, in := range p.inputs {
		p.at = i
		if in.err != nil {
			continue
		}
		if err := g.read(in, p.part); err != nil {
			return err
		}
		for _, part := range p.parts {
			if part.last <= i && !part.closed {
				if err := p.close(part); err != nil {
					return err
				}
			}
		}
	}
	for _, month := range slices.Sorted(maps.Keys(p.parts)) {
		if err := p.commit(p.parts[month]); err != nil {
			return err
		}
	}
	return nil
}

// part returns what is being written of a month, nil if nothing is.
func (p *pass) part(month string) (*part, error) {
	if current, ok := p.parts[month]; ok {
		if current.closed { // too early: the report has rows outside of its period
			current.discard()
			delete(p.parts, month)
			p.missed[month] = true
			return nil, nil
		}
		return current, nil
	}
	if p.missed[month] || p.wanted != nil && !p.wanted[month] {
		return nil, nil
	}
	if p.open == maxOpen {
		p.missed[month] = true
		return nil, nil
	}
	created, err := p.g.create(month)
	if err != nil || created == nil {
		return nil, err
	}
	created.last = p.at
	for i := len(p.inputs) - 1; i > p.at; i-- {
		if p.inputs[i].err == nil && p.inputs[i].mayHold(month) {
			created.last = i
			break
		}
	}
	p.parts[month] = created
	p.open++
	return created, nil
}

// close ends a part to which no report adds any more. It gets its name later, when all reports are known to be readable.
func (p *pass) close(part *part) error {
	p.open--
	part.closed = true
	var inputs []*input
	for _, in := range p.inputs[:p.at+1] {
		if in.err == nil && in.read && in.mayHold(part.month) {
			inputs = append(inputs, in)
		}
	}
	if err := part.close(inputs, p.g.run.options.Reading); err != nil {
		return p.g.unwritable(part.month, err)
	}
	return nil
}

// commit gives a part its name, unless something that can't be read may be part of it.
func (p *pass) commit(part *part) error {
	if !part.closed {
		if err := p.close(part); err != nil {
			return err
		}
	}
	if p.g.blocked(part.month) {
		return nil
	}
	written, err := part.commit(p.g)
	if err != nil {
		return p.g.unwritable(part.month, err)
	}
	p.g.existing[part.month] = written
	p.g.run.Written = append(p.g.run.Written, written.Partition)
	if tell := p.g.run.options.Written; tell != nil {
		tell(written.Partition)
	}
	return nil
}

func (p *pass) discard() {
	for _, part := range p.parts {
		part.discard()
	}
}

func (g *group) unwritable(month string, err error) error {
	return fmt.Errorf("dataset: %s can't be written: %w", g.partition(month), err)
}
