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

// GetReportSchedulesOptions filters the list of schedules. The zero value asks for all.
type GetReportSchedulesOptions struct {
	// Types: only schedules of these report types.
	Types []ReportType
}

// GetReportSchedules returns the schedules that match. There is at most one per report type, and no paging.
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

// decodeSchedule reads the bare object of the reference, and the same wrapped in a list, as another page of the documentation
// shows it.
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

// CreateReportScheduleRequest says which report is to be created how often.
type CreateReportScheduleRequest struct {
	// Type is the type of the report. [RulesFor] says which types can be scheduled.
	Type ReportType
	// Frequency is the interval between two reports, one of the ScheduleFrequency constants.
	Frequency ScheduleFrequency
	// NextCreation is when the first report is to be created, to the second. It may lie in the past.
	NextCreation time.Time
	// ReplaceExisting deletes the schedule that the type has already. It is sent as deleteExistingSchedule in query and body,
	// because the documentation and the official SDKs disagree about the place.
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

// CreateReportSchedule creates the schedule of a report type. If the type has one already and ReplaceExisting is false,
// nothing is created and the error is a [*ReportScheduleExistsError] with the existing one; see [Client.EnsureReportSchedule].
// The request is safe to repeat, like [Client.CreateReport].
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

// createScheduleResult is either of the two answers of createReportSchedule.
type createScheduleResult struct {
	created  *CreateReportScheduleResponse
	existing []ReportSchedule
}

// decodeCreateScheduleResult tells the new schedule's id from the array that the service answers when there is a schedule already. The
// documentation doesn't say of what the array is: schedules, ids, and a wrapped list are all read.
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

// CancelReportSchedule ends a schedule; the reports that it has created stay. A 404 is an error, unless it is this
// API's own and an earlier attempt of this call may have cancelled the schedule before its answer was lost.
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

// What EnsureReportSchedule can have done.
const (
	// EnsureKept: a schedule of this type and frequency was there, and nothing was changed.
	EnsureKept EnsureAction = "kept"
	// EnsureCreated: there was no schedule of this type, and one was created.
	EnsureCreated EnsureAction = "created"
	// EnsureReplaced: a schedule of another frequency was replaced.
	EnsureReplaced EnsureAction = "replaced"
)

// EnsureReportScheduleResult says what was done and which schedule is in force now.
type EnsureReportScheduleResult struct {
	// Action is what was done.
	Action EnsureAction
	// Schedule is the schedule that is in force.
	Schedule ReportSchedule
}

// EnsureReportSchedule makes sure that the report type has a schedule of this frequency, and is safe to call at every start
// of a program, by several at once. It compares type and frequency only, because the next creation time moves on by itself. If
// there is nothing to do, it makes one list call. If there is a schedule of another frequency, it is replaced where the
// request has ReplaceExisting, else the error is a [*ReportScheduleExistsError]. [WithIdempotencyKey] is refused.
func (c *Client) EnsureReportSchedule(ctx context.Context, request CreateReportScheduleRequest, opts ...CallOption) (*EnsureReportScheduleResult, error) {
	if err := request.check(); err != nil {
		return nil, err
	}
	options, err := newCallOptions(c, opts)
	if err != nil {
		return nil, invalidArgument(opCreateReportSchedule, "%v", err)
	}
	if options.idempotencyKey != "" {
		return nil, invalidArgument(opCreateReportSchedule, "EnsureReportSchedule may create twice, with different requests, and is safe to repeat by itself: leave WithIdempotencyKey out")
	}
	existing, err := c.schedulesOf(ctx, request.Type, opts)
	if err != nil {
		return nil, err
	}
	if kept := request.keptBy(existing); kept != nil {
		return kept, nil
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
		// Someone else created one between the two calls. The answer may hold its id alone.
		if existing, err = c.schedulesOf(ctx, request.Type, opts); err != nil {
			return nil, err
		}
		if kept := request.keptBy(existing); kept != nil {
			return kept, nil
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

func (r CreateReportScheduleRequest) keptBy(existing []ReportSchedule) *EnsureReportScheduleResult {
	for _, schedule := range existing {
		if schedule.ScheduleFrequency == r.Frequency {
			return &EnsureReportScheduleResult{Action: EnsureKept, Schedule: schedule}
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
