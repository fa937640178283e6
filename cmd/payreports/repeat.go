package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports"
)

// repeatable is what makes a POST safe to repeat: its idempotency key, given or made here, and times that stay what they are.
type repeatable struct{ key string }

// instant is a flag of a request that holds a time.
type instant struct {
	flag, text string
	time       time.Time
}

func (r *repeatable) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&r.key, "idempotency-key", "", "repeat the request safely with the same `KEY`; times must then be absolute")
}

// option refuses times that a repeated command would count from another moment, because the key then stands for another request. Where
// no key is given it makes one, and tells on standard error how to repeat the request, before anything is sent: whether the service has
// got it can be unknown afterwards. The times are in the order in which they must come.
func (r *repeatable) option(cmd *cobra.Command, times ...instant) (payreports.CallOption, error) {
	absolute, refused, relative := "", false, ""
	for i, t := range times {
		absolute += fmt.Sprintf(" --%s %s", t.flag, t.time.UTC().Format(time.RFC3339))
		refused = refused || t.time.IsZero() || i > 0 && t.time.Unix() < times[i-1].time.Unix()
		if isRelative(t.text) {
			relative = fmt.Sprintf("--%s %s", t.flag, t.text)
		}
	}
	if cmd.Flags().Changed("idempotency-key") {
		if relative != "" {
			return nil, usageError{fmt.Errorf("%s depends on when it is read, so repeating it with the same --idempotency-key would be another request: give the times themselves:%s", relative, absolute)}
		}
		return payreports.WithIdempotencyKey(r.key), nil
	}
	key := payreports.NewIdempotencyKey()
	if !refused { // by the client, which says why
		fmt.Fprintf(cmd.ErrOrStderr(), "payreports: this request can be repeated safely with%s --idempotency-key %s\n", absolute, key)
	}
	return payreports.WithIdempotencyKey(key), nil
}
