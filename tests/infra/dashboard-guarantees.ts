import { describe, expect, test } from "vitest";
import * as z from "zod";
import type { Template } from "../../infra/package-template.ts";
import { internalError } from "../../lib/errors.ts";
import { startRecord } from "../../lib/http/request-record.ts";
import { all, only, type Packaged } from "./packaged.ts";
import { failedRollupLine, failedRunLine } from "./run-lines.ts";
import { WRITTEN_METRICS } from "./written-metrics.ts";

const options = z.object({ id: z.optional(z.string()), expression: z.optional(z.string()) });
/** Namespace, name, names and values of the dimensions; then options, which stand alone for an expression. */
const row = z.array(z.union([z.string(), options])).transform((cells) => ({
  metric: cells.filter((cell) => typeof cell === "string"),
  ...options.parse(cells.at(-1)),
}));
const area = { x: z.int().min(0), y: z.int().min(0), width: z.int().min(1), height: z.int().min(1) };
const widget = z.discriminatedUnion("type", [
  z.object({
    ...area,
    type: z.literal("metric"),
    properties: z.object({ title: z.string(), metrics: z.array(row) }),
  }),
  z.object({
    ...area,
    type: z.literal("log"),
    properties: z.object({ title: z.string(), query: z.string() }),
  }),
  z.object({
    ...area,
    type: z.literal("alarm"),
    properties: z.object({ title: z.string(), alarms: z.array(z.string()) }),
  }),
]);
const resource = z.object({
  DashboardName: z.object({ "Fn::Sub": z.string() }),
  DashboardBody: z.object({ "Fn::Sub": z.string() }),
});

const templateText = (template: Template) =>
  resource.parse(only(template, "AWS::CloudWatch::Dashboard")).DashboardBody["Fn::Sub"];

/** As CloudFormation resolves it, with names of resources instead of their values. */
function widgetsOf(template: Template) {
  const text = templateText(template).replace(/\$\{([\w:.]+)\}/g, "$1");
  return z.object({ widgets: z.array(widget) }).parse(JSON.parse(text)).widgets;
}

/** The rows of every metric widget. */
function charts(template: Template) {
  return widgetsOf(template).flatMap((each) => (each.type === "metric" ? [each.properties] : []));
}

/** Tests of the dashboard. */
export const describeDashboard = (packaged: Packaged) =>
  describe("the dashboard", () => {
    test("is JSON in which every ${} names a resource or a pseudo parameter", () => {
      expect(() => widgetsOf(packaged.everything)).not.toThrow();
      const names = Array.from(
        templateText(packaged.byDefault).matchAll(/\$\{([^}]*)\}/g),
        ([, name]) => name,
      );
      const known = new Set([...Object.keys(packaged.byDefault.Resources), "AWS::Region"]);
      expect(names.filter((name) => !known.has(String(name).replace(/\.(Arn|QueueName)$/, "")))).toEqual([]);
    });

    test("is one for each stage and region, because all regions of an account share dashboard names", () => {
      const { DashboardName } = resource.parse(only(packaged.byDefault, "AWS::CloudWatch::Dashboard"));
      expect(DashboardName["Fn::Sub"]).toMatch(/-dev-.*\$\{AWS::Region\}$/);
    });

    test("keeps its widgets on the grid without overlaps", () => {
      const widgets = widgetsOf(packaged.byDefault);
      const taken = new Map<string, string>();
      for (const { x, y, width, height, properties } of widgets) {
        expect(x + width, properties.title).toBeLessThanOrEqual(24);
        for (let column = x; column < x + width; column++) {
          for (let line = y; line < y + height; line++) {
            const field = `${column},${line}`;
            expect(taken.get(field), `${properties.title}, at ${field}`).toBeUndefined();
            taken.set(field, properties.title);
          }
        }
      }
      // Without gaps: every line down to the last is full.
      const bottom = Math.max(...widgets.map(({ y, height }) => y + height));
      expect(taken.size).toBe(24 * bottom);
    });

    test("shows every metric that the functions write, and no other", () => {
      const ours = charts(packaged.byDefault)
        .flatMap(({ metrics }) => metrics.map(({ metric }) => metric))
        .filter(([namespace]) => namespace === "MinutesService");
      const shown = Object.groupBy(ours, (metric) => metric.slice(2).join());
      const namesOf = (id: string) => new Set(shown[`FunctionName,${id}`]?.map(([, name]) => name));
      // The API of closed months has charts of its own for a few of the reports' metrics.
      for (const id of Object.keys(WRITTEN_METRICS).filter((each) => !each.includes("Dashapi"))) {
        expect(namesOf(id)).toEqual(new Set(WRITTEN_METRICS[id]));
      }
      for (const dimension of Object.keys(shown)) {
        const [kind, id = ""] = dimension.split(",");
        expect(kind).toBe("FunctionName");
        expect(WRITTEN_METRICS[id]).toEqual(expect.arrayContaining([...namesOf(id)]));
      }
    });

    test("uses only metrics of its own chart in expressions", () => {
      for (const { title, metrics } of charts(packaged.byDefault)) {
        const ids = metrics.flatMap(({ id }) => (id === undefined ? [] : [id]));
        expect(new Set(ids).size, title).toBe(ids.length);
        const used = metrics.flatMap(
          ({ expression = "" }) => expression.replace(/'[^']*'/g, "").match(/\b[a-z]\w*/g) ?? [],
        );
        expect(ids, title).toEqual(expect.arrayContaining(used));
      }
    });

    test("shows every alarm", () => {
      const shown = widgetsOf(packaged.byDefault).flatMap((each) =>
        each.type === "alarm" ? each.properties.alarms : [],
      );
      const alarms = Object.keys(all(packaged.byDefault, "AWS::CloudWatch::Alarm"));
      expect(shown.toSorted()).toEqual(alarms.map((alarm) => `${alarm}.Arn`).toSorted());
    });

    test.each([
      ["Latest failures", failedLine, ["code", "status", "request_id"]],
      ["Latest failed runs", failedRunLine, ["message", "level", "period", "code", "detail"]],
      ["Latest failed rollups", failedRollupLine, ["message", "level", "days_due", "code", "detail"]],
    ])("lists fields under %s that the log's lines have", (title, lineOf, some) => {
      const queries = widgetsOf(packaged.byDefault).flatMap((each) =>
        each.type === "log" && each.properties.title === title ? [each.properties.query] : [],
      );
      const [, filtered = "", shown = ""] = /filter (.*?) \|.*display (.*)$/.exec(queries.join()) ?? [];
      const fields = [...filtered.matchAll(/(\w+) [=>]/g), ...shown.matchAll(/(?<!\S)([\w.]+)/g)].map(
        ([, name]) => name,
      );
      expect(fields).toEqual(expect.arrayContaining(some));
      const line: unknown = JSON.parse(lineOf());
      for (const field of fields) expect(line, field).toHaveProperty(String(field));
    });
  });

/** The line of a request that failed as late as possible. */
function failedLine(): string {
  const record = startRecord({ requestId: "id", functionName: "report", method: "GET" }, Date.now);
  record.add({ queryExecutionId: "q", executions: 1 });
  return record.line({ status: 500, bytes: 1 }, internalError("reason"));
}
