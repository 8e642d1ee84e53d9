// A client of the API as its reader would write one, over types and requests by oapi-codegen. Prints what it got as one
// JSON object; with the argument "figures", only the exact seconds of the figures.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"os"
	"time"

	"github.com/oapi-codegen/runtime/types"
)

type object = map[string]any

var (
	api   = os.Getenv("API")
	april = GetMinutesByOrganizationParams{StartDate: day("2026-04-01"), EndDate: day("2026-04-30")}
)

func main() {
	client := clientWith(os.Getenv("TOKEN"))
	program := everything
	if len(os.Args) > 1 && os.Args[1] == "figures" {
		program = figuresAlone
	}
	check(json.NewEncoder(os.Stdout).Encode(program(client)))
}

func everything(client *ClientWithResponses) object {
	ctx := context.Background()
	report := get(client.GetMinutesByOrganizationWithResponse(ctx, &april)).JSON200
	two := []types.UUID{report.Data[0].OrganizationId, report.Data[1].OrganizationId}
	narrowed := april
	narrowed.OrganizationIds = &two
	filtered := get(client.GetMinutesByOrganizationWithResponse(ctx, &narrowed)).JSON200
	body := ReportRequest{StartDate: april.StartDate, EndDate: april.EndDate, OrganizationIds: &two}
	posted := get(client.PostMinutesByOrganizationWithResponse(ctx, body)).JSON200

	months := []object{}
	for _, month := range get(client.ListBillingSnapshotsWithResponse(ctx, nil)).JSON200.Data {
		months = append(months, object{"period": month.Period, "revision": month.Revision, "as_of": instant(month.AsOf)})
	}
	newest := get(client.GetBillingSnapshotWithResponse(ctx, "2026-04", nil)).JSON200
	first := 1
	closed := get(client.GetBillingSnapshotWithResponse(ctx, "2026-04", &GetBillingSnapshotParams{Revision: &first}))
	tag := closed.HTTPResponse.Header.Get("etag")
	known := get(client.GetBillingSnapshotWithResponse(ctx, "2026-04", &GetBillingSnapshotParams{Revision: &first, IfNoneMatch: &tag}))

	wrong := april
	wrong.StartDate, wrong.EndDate = april.EndDate, april.StartDate
	refused := get(client.GetMinutesByOrganizationWithResponse(ctx, &wrong))
	codes := []string{}
	for _, problem := range refused.ApplicationproblemJSON400.Errors {
		codes = append(codes, problem.Code)
	}
	stranger := get(clientWith("made-up").GetMinutesByOrganizationWithResponse(ctx, &april))
	refusal := must(stranger.JSON401.AsGatewayMessage())
	open := get(client.GetBillingSnapshotWithResponse(ctx, "2026-05", nil))

	return object{
		"report":   object{"figures": figures(report.Data), "period": report.Period},
		"filtered": figures(filtered.Data),
		"posted":   figures(posted.Data),
		"months":   months,
		"newest":   told(newest),
		"closed":   told(closed.JSON200),
		"known":    known.StatusCode(),
		"wrong":    object{"status": refused.StatusCode(), "codes": codes},
		"stranger": object{"status": stranger.StatusCode(), "refusal": refusal.Message},
		"open": object{
			"status":  open.StatusCode(),
			"is_open": open.ApplicationproblemJSON404.Type == ProblemTypeMONTHNOTCLOSED,
		},
	}
}

func figuresAlone(client *ClientWithResponses) object {
	ctx := context.Background()
	report := get(client.GetMinutesByOrganizationWithResponse(ctx, &april)).JSON200
	month := get(client.GetBillingSnapshotWithResponse(ctx, "2026-04", nil)).JSON200
	minutes := []int64{}
	for _, organization := range report.Data {
		for _, agent := range organization.Agents {
			minutes = append(minutes, seconds(agent.VoiceMinutes))
		}
	}
	adjustments := [][]int64{}
	for _, each := range month.Adjustments {
		adjustments = append(adjustments, []int64{each.SecondsBefore, each.SecondsAfter, each.SecondsDelta})
	}
	return object{"seconds": minutes, "adjustments": adjustments}
}

// The exact seconds of a figure.
func seconds(minutes float64) int64 {
	return int64(math.Round(minutes * 60))
}

func figures(organizations []Organization) []object {
	result := []object{}
	for _, organization := range organizations {
		total := int64(0)
		for _, agent := range organization.Agents {
			total += seconds(agent.VoiceMinutes)
		}
		result = append(result, object{
			"organization_id":     organization.OrganizationId,
			"reseller_id":         organization.ResellerId,
			"total_voice_minutes": organization.TotalVoiceMinutes,
			"seconds":             total,
		})
	}
	return result
}

func told(snapshot *Snapshot) object {
	delta := int64(0)
	for _, adjustment := range snapshot.Adjustments {
		delta += adjustment.SecondsDelta
	}
	return object{
		"figures":     figures(snapshot.Data),
		"revision":    snapshot.Revision,
		"as_of":       instant(snapshot.AsOf),
		"adjustments": len(snapshot.Adjustments),
		"delta":       delta,
	}
}

func clientWith(token string) *ClientWithResponses {
	authorize := func(_ context.Context, request *http.Request) error {
		request.Header.Set("authorization", "Bearer "+token)
		return nil
	}
	return must(NewClientWithResponses(api, WithRequestEditorFn(authorize)))
}

func day(text string) types.Date {
	return types.Date{Time: must(time.Parse(time.DateOnly, text))}
}

func instant(at time.Time) string {
	return at.UTC().Format(time.RFC3339Nano)
}

func get[Answer any](answer *Answer, err error) *Answer {
	return must(answer, err)
}

func must[Value any](value Value, err error) Value {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
