package payreports

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/amazonpay-go/payreports/api"
	"github.com/amazonpay-go/payreports/api/wire"
)

// GetReportSchedulesOptions says which schedules to list. The zero value lists all.
type GetReportSchedulesOptions struct {
	// Types limits the list to these report types.
	Types []ReportType
}

// GetReportSchedules returns all matching schedules. There is at most one per report type, and no paging.
func (c *Client) GetReportSchedules(ctx context.Context, options GetReportSchedulesOptions, opts ...CallOption) (*GetReportSchedulesResponse, error) {
	types, err := listParameter(opGetReportSchedules, "reportTypes", options.Types)
	if err != nil {
		return nil, err
	}
	return execute(c, opGetReportSchedules, opts, func(generated *api.Client) (*http.Response, error) {
		return generated.GetReportSchedules(ctx, &api.GetReportSchedulesParams{ReportTypes: types})
	}, decodeList("reportSchedules", func(answer *GetReportSchedulesResponse) []ReportSchedule { return answer.ReportSchedules }, missingScheduleID))
}

func missingScheduleID(s ReportSchedule) string {
	if s.ReportScheduleID == "" {
		return "reportScheduleId"
	}
	return ""
}

// GetReportScheduleByID returns one schedule.
func (c *Client) GetReportScheduleByID(ctx context.Context, id ReportScheduleID, opts ...CallOption) (*ReportSchedule, error) {
	if err := checkID(opGetReportScheduleByID, "reportScheduleId", string(id)); err != nil {
		return nil, err
	}
	return execute(c, opGetReportScheduleByID, opts, func(generated *api.Client) (*http.Response, error) {
		return generated.GetReportScheduleByID(ctx, id)
	}, func(body []byte) (*ReportSchedule, error) {
		schedule, err := decodeSchedule(body)
		if err != nil {
			return nil, err
		}
		return schedule, checkAnsweredID("reportScheduleId", schedule.ReportScheduleID, id)
	})
}

// decodeSchedule reads a schedule as the API reference shows it, and wrapped in a list, as another page of the documentation shows it.
func decodeSchedule(body []byte) (*ReportSchedule, error) {
	schedule, err := decodeJSON[ReportSchedule](body)
	if err != nil || schedule.ReportScheduleID != "" {
		return schedule, err
	}
	wrapped, err := decodeJSON[GetReportSchedulesResponse](body)
	if err != nil {
		return nil, err
	}
	if len(wrapped.ReportSchedules) != 1 || wrapped.ReportSchedules[0].ReportScheduleID == "" {
		return nil, errors.New("it has no reportScheduleId")
	}
	return &wrapped.ReportSchedules[0], nil
}

// CreateReportScheduleRequest says which report to create, and how often.
type CreateReportScheduleRequest struct {
	// Type is the type of the report. [RulesFor] says which types can be scheduled.
	Type ReportType
	// Frequency is the interval between two reports, one of the ScheduleFrequency constants.
	Frequency ScheduleFrequency
	// NextCreation is when the first report will be created, to the second. It may be in the past.
	NextCreation time.Time
	// ReplaceExisting deletes the report type's existing schedule. It is sent as deleteExistingSchedule in both the query and the body, because
	// the documentation and the official SDKs disagree.
	ReplaceExisting bool
}

func (r CreateReportScheduleRequest) check() error {
	switch {
	case r.Type == "":
		return invalidArgument(opCreateReportSchedule, "reportType is missing: use one of the ReportType constants")
	case r.Frequency == "":
		return invalidArgument(opCreateReportSchedule, "scheduleFrequency is missing: use one of the ScheduleFrequency constants")
	case r.NextCreation.IsZero():
		return invalidArgument(opCreateReportSchedule, "nextReportCreationTime is missing")
	default:
		return nil
	}
}

// CreateReportSchedule creates a schedule for a report type. If the type already has one and ReplaceExisting is false, nothing is created, and
// the error is a [*ReportScheduleExistsError] with the existing schedule. See also [Client.EnsureReportSchedule]. Like [Client.CreateReport], the
// request has an idempotency key.
func (c *Client) CreateReportSchedule(ctx context.Context, request CreateReportScheduleRequest, opts ...CallOption) (*CreateReportScheduleResponse, error) {
	if err := request.check(); err != nil {
		return nil, err
	}
	body := api.CreateReportScheduleRequest{
		ReportType:             request.Type,
		ScheduleFrequency:      request.Frequency,
		NextReportCreationTime: wire.NewTimestamp(request.NextCreation),
		DeleteExistingSchedule: request.ReplaceExisting,
	}
	result, err := execute(c, opCreateReportSchedule, opts, func(generated *api.Client) (*http.Response, error) {
		params := &api.CreateReportScheduleParams{DeleteExistingSchedule: optional(request.ReplaceExisting)}
		return generated.CreateReportSchedule(ctx, params, body)
	}, decodeCreateScheduleResult)
	if err != nil {
		return nil, err
	}
	if result.created == nil {
		return nil, &ReportScheduleExistsError{ReportType: request.Type, Schedules: result.existing}
	}
	return result.created, nil
}

// createScheduleResult is one of the two responses of createReportSchedule.
type createScheduleResult struct {
	created  *CreateReportScheduleResponse
	existing []ReportSchedule
}

// decodeCreateScheduleResult reads the new schedule's id, or the array that the service returns if there is already a schedule. The
// documentation doesn't say what is in the array, so this reads schedules, ids and a wrapped list.
func decodeCreateScheduleResult(body []byte) (*createScheduleResult, error) {
	body = bytes.TrimSpace(body)
	if !bytes.HasPrefix(body, []byte("[")) {
		created, err := decodeJSON[CreateReportScheduleResponse](body)
		if err != nil {
			return nil, err
		}
		if created.ReportScheduleID != "" {
			return &createScheduleResult{created: created}, nil
		}
		wrapped, err := decodeJSON[GetReportSchedulesResponse](body)
		if err != nil {
			return nil, err
		}
		if wrapped.ReportSchedules == nil {
			return nil, errors.New("it has no reportScheduleId")
		}
		return &createScheduleResult{existing: wrapped.ReportSchedules}, eachHas("reportSchedules", wrapped.ReportSchedules, missingScheduleID)
	}
	elements, err := decodeJSON[[]json.RawMessage](body)
	if err != nil {
		return nil, err
	}
	existing := make([]ReportSchedule, len(*elements))
	for i, element := range *elements {
		if bytes.HasPrefix(element, []byte("{")) {
			err = json.Unmarshal(element, &existing[i])
		} else {
			err = json.Unmarshal(element, &existing[i].ReportScheduleID)
		}
		if err != nil {
			return nil, err
		}
	}
	return &createScheduleResult{existing: existing}, eachHas("the list", existing, missingScheduleID)
}

// CancelReportSchedule cancels a schedule. The reports that it has created remain. A 404 is an error, unless an earlier attempt of the same call
// may have cancelled the schedule.
func (c *Client) CancelReportSchedule(ctx context.Context, id ReportScheduleID, opts ...CallOption) error {
	if err := checkID(opCancelReportSchedule, "reportScheduleId", string(id)); err != nil {
		return err
	}
	_, err := execute(c, opCancelReportSchedule, opts, func(generated *api.Client) (*http.Response, error) {
		return generated.CancelReportSchedule(ctx, id)
	}, func([]byte) (*struct{}, error) { return nil, nil }) // the body isn't documented
	return err
}

// EnsureAction is what [Client.EnsureReportSchedule] did.
type EnsureAction string

// The possible actions of EnsureReportSchedule.
const (
	// EnsureUnchanged means that a schedule with this type and frequency already existed.
	EnsureUnchanged EnsureAction = "unchanged"
	// EnsureCreated means that the type had no schedule, and one was created.
	EnsureCreated EnsureAction = "created"
	// EnsureReplaced means that a schedule with another frequency was replaced.
	EnsureReplaced EnsureAction = "replaced"
)

// EnsureReportScheduleResult says what [Client.EnsureReportSchedule] did, and which schedule is active now.
type EnsureReportScheduleResult struct {
	// Action is what was done.
	Action EnsureAction
	// Schedule is the active schedule.
	Schedule ReportSchedule
}

// EnsureReportSchedule makes sure that the report type has a schedule with this frequency. You can call it whenever your program starts, even from
// several programs at once.
//
// It compares only type and frequency, because the service updates the next creation time. If the schedule already exists, it makes a single
// call. A schedule with another frequency is replaced if ReplaceExisting is set. Otherwise the error is a [*ReportScheduleExistsError].
// [WithIdempotencyKey] isn't allowed.
func (c *Client) EnsureReportSchedule(ctx context.Context, request CreateReportScheduleRequest, opts ...CallOption) (*EnsureReportScheduleResult, error) {
	if err := request.check(); err != nil {
		return nil, err
	}
	options, err := newCallOptions(c, opts)
	if err != nil {
		return nil, invalidArgument(opCreateReportSchedule, "%v", err)
	}
	if options.idempotencyKey != "" {
		return nil, invalidArgument(opCreateReportSchedule, "WithIdempotencyKey isn't allowed: EnsureReportSchedule may send two different requests, and is safe to repeat without a key")
	}
	existing, err := c.schedulesOf(ctx, request.Type, opts)
	if err != nil {
		return nil, err
	}
	if unchanged := request.satisfiedBy(existing); unchanged != nil {
		return unchanged, nil
	}
	if len(existing) > 0 && !request.ReplaceExisting {
		return nil, &ReportScheduleExistsError{ReportType: request.Type, Schedules: existing}
	}
	result := &EnsureReportScheduleResult{Action: EnsureCreated}
	create := request
	create.ReplaceExisting = len(existing) > 0
	if create.ReplaceExisting {
		result.Action = EnsureReplaced
	}
	created, err := c.CreateReportSchedule(ctx, create, opts...)
	var exists *ReportScheduleExistsError
	if errors.As(err, &exists) && !create.ReplaceExisting {
		// Someone else created one between the two calls. The response may contain only its id.
		if existing, err = c.schedulesOf(ctx, request.Type, opts); err != nil {
			return nil, err
		}
		if unchanged := request.satisfiedBy(existing); unchanged != nil {
			return unchanged, nil
		}
		if !request.ReplaceExisting {
			return nil, &ReportScheduleExistsError{ReportType: request.Type, Schedules: existing}
		}
		result.Action = EnsureReplaced
		created, err = c.CreateReportSchedule(ctx, request, opts...)
	}
	if err != nil {
		return nil, err
	}
	result.Schedule = ReportSchedule{
		ReportScheduleID:       created.ReportScheduleID,
		ReportType:             request.Type,
		ScheduleFrequency:      request.Frequency,
		NextReportCreationTime: wire.NewTimestamp(request.NextCreation),
	}
	return result, nil
}

func (r CreateReportScheduleRequest) satisfiedBy(existing []ReportSchedule) *EnsureReportScheduleResult {
	for _, schedule := range existing {
		if schedule.ScheduleFrequency == r.Frequency {
			return &EnsureReportScheduleResult{Action: EnsureUnchanged, Schedule: schedule}
		}
	}
	return nil
}

func (c *Client) schedulesOf(ctx context.Context, reportType ReportType, opts []CallOption) ([]ReportSchedule, error) {
	list, err := c.GetReportSchedules(ctx, GetReportSchedulesOptions{Types: []ReportType{reportType}}, opts...)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(list.ReportSchedules, func(s ReportSchedule) bool { return s.ReportType != reportType }), nil
}
