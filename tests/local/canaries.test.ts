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
