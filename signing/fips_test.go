package signing_test

import (
	"testing"

	"github.com/amazonpay-go/payreports/internal/fipstest"
)

func TestMain(m *testing.M) {
	fipstest.Prepare()
	m.Run()
}
