import { expect, test } from "vitest";
import { canariesOf, refuseCanaries } from "./canaries.ts";
import { LAKE, NORTH } from "./fixture.ts";

test("a log with an id, a name, or a name as JSON writes it is refused", () => {
  const canaries = [...canariesOf(LAKE), 'Say "hello"'];
  expect(() => refuseCanaries('{"status":200,"Rows":7}', canaries)).not.toThrow();
  for (const line of [`{"claim":"${NORTH}"}`, "for Acme Dental", JSON.stringify({ name: 'Say "hello"' })]) {
    expect(() => refuseCanaries(line, canaries)).toThrow("The log holds what it must not");
  }
});

test("accepts a customer who is named like a member of the log", () => {
  const line = JSON.stringify({ level: "info", caller: "56f5d264684da926" });
  expect(() => refuseCanaries(line, ["caller"])).not.toThrow();
  expect(() => refuseCanaries(JSON.stringify({ detail: "caller" }), ["caller"])).toThrow("caller");
});
