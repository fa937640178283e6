package main

import (
	"fmt"

	"github.com/spf13/pflag"
)

// fileFlag registers a flag for one file. A second one is refused: whoever gives it thinks that both count.
func fileFlag(flags *pflag.FlagSet, path *string, name, usage string) {
	flags.Var((*onceValue)(path), name, usage)
}

type onceValue string

func (v *onceValue) String() string { return string(*v) }
func (v *onceValue) Type() string   { return "string" }

func (v *onceValue) Set(path string) error {
	if *v != "" && string(*v) != path {
		return fmt.Errorf("give one file: it is %s already", *v)
	}
	*v = onceValue(path)
	return nil
}
