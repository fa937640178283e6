package payreports

import (
	"context"
	"log/slog"
)

// unreadableTime is a member of a response that should be a time but isn't.
type unreadableTime struct{ id, member, text string }

// warnOfTimes logs a warning if times in a response can't be read, with the first one and their number. In the result they are zero.
func (c *Client) warnOfTimes(ctx context.Context, operation string, value any) {
	times := unreadableTimes(value)
	if len(times) == 0 {
		return
	}
	first := times[0]
	c.logger.LogAttrs(ctx, slog.LevelWarn, "payreports: can't read a time in the response, so it is left out of the result",
		slog.String("operation", operation), slog.String("id", oneLine(first.id, 64)), slog.String("member", first.member),
		slog.String("text", oneLine(first.text, 64)), slog.Int("unreadable", len(times)))
}

func unreadableTimes(value any) []unreadableTime {
	var times []unreadableTime
	add := func(id, member, text string) {
		if text != "" {
			times = append(times, unreadableTime{id, member, text})
		}
	}
	report := func(r Report) {
		id := string(r.ReportID)
		add(id, "startTime", r.StartTime.Unreadable())
		add(id, "endTime", r.EndTime.Unreadable())
		add(id, "createdTime", r.CreatedTime.Unreadable())
		add(id, "processingStartTime", r.ProcessingStartTime.Unreadable())
		add(id, "processingEndTime", r.ProcessingEndTime.Unreadable())
	}
	schedules := func(list ...ReportSchedule) {
		for _, s := range list {
			add(string(s.ReportScheduleID), "nextReportCreationTime", s.NextReportCreationTime.Unreadable())
		}
	}
	switch answer := value.(type) {
	case *GetReportsResponse:
		for _, r := range answer.Reports {
			report(r)
		}
	case *Report:
		report(*answer)
	case *GetReportSchedulesResponse:
		schedules(answer.ReportSchedules...)
	case *ReportSchedule:
		schedules(*answer)
	case *createScheduleResult:
		schedules(answer.existing...)
	case *GetDisbursementsResponse:
		for _, d := range answer.Disbursements {
			add(d.SettlementID, "transactionTime", d.TransactionTime.Unreadable())
		}
	}
	return times
}
