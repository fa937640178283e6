package reconcile

import (
	"strings"
	"testing"
)

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// An XML file or an element without an end is an error before it fills the memory.
func TestBoundedXML(t *testing.T) {
	t.Parallel()
	chunk := make([]byte, 1<<20)
	for name, test := range map[string]struct {
		elements bool // whether elements end
		want     string
		most     int
	}{
		"an element": {false, "an element of it is larger than 32 MiB", maxElement},
		"a file":     {true, "it is larger than 1024 MiB: split it", maxStatement},
	} {
		b := bounded{Reader: endless{}}
		read, err := 0, error(nil)
		for err == nil && read <= 2*test.most {
			var n int
			n, err = b.Read(chunk)
			read += n
			if test.elements {
				b.element = 0
			}
		}
		if err == nil || !strings.Contains(err.Error(), test.want) || read < test.most || read > test.most+2*len(chunk) {
			t.Errorf("%s: %v after %d bytes, want %s", name, err, read, test.want)
		}
	}
}
