/** A table, marks and state of the first release: without counts of broken records, without a definition. */
import { expect, test } from "vitest";
import { ANNA, call, DENTAL, LAKE, NORTH } from "./fixture.ts";
import { startGround } from "./rollup-world.ts";

const NOW = "2026-05-02T00:30:00Z";
const DAY = "2026-04-10";
const TABLE = `CREATE TABLE IF NOT EXISTS usage_daily (
  dt string, reseller_id string, organization_id string, agent_id string, seconds bigint, calls bigint, source string
)
PARTITIONED BY (truncate(7, dt), bucket(16, reseller_id))
LOCATION 's3://rollup/usage_daily/'
TBLPROPERTIES ('table_type' = 'ICEBERG', 'format' = 'parquet', 'write_compression' = 'zstd')`;

/** The rolled-up day has other seconds than its calls, so that an answer shows where its figures come from. */
function rolledUp(lake: string): string {
  return `MERGE INTO usage_daily AS recorded
USING (
  SELECT * FROM (VALUES
    ('${DAY}', CAST(NULL AS varchar), CAST(NULL AS varchar), CAST(NULL AS varchar), 0, 0, '${lake} digest'),
    ('${DAY}', '${NORTH}', '${DENTAL}', '${ANNA}', 999, 1, CAST(NULL AS varchar))
  ) AS days (dt, reseller_id, organization_id, agent_id, seconds, calls, source)
) AS changed
ON recorded.dt = changed.dt
WHEN NOT MATCHED THEN INSERT (dt, reseller_id, organization_id, agent_id, seconds, calls, source)
  VALUES (changed.dt, changed.reseller_id, changed.organization_id, changed.agent_id,
    changed.seconds, changed.calls, changed.source)`;
}

test("is not read until its days are rolled up again, and gets the missing column", async () => {
  await using ground = await startGround();
  const world = await ground.world({
    ...LAKE,
    call_usage: [call("1"), call("2", { agent_id: "front desk" })],
  });
  const question = { resellers: [NORTH], start_date: DAY, end_date: DAY };
  try {
    await world.damage(TABLE);
    await world.damage(rolledUp(world.lake));
    const days = { from: DAY, through: DAY };
    const state = JSON.stringify({ schema_version: 1, lake: world.lake, closed: days });
    await world.firstState.write(state, "nothing");

    const before = await world.ask(question);
    expect(before?.rolled).toBeUndefined();
    expect(before?.answer).toEqual(before?.fromCalls);

    expect(await world.rollUp(NOW)).toMatchObject({
      days_merged: 1,
      closed_through: DAY,
      broken_records: [{ day: DAY, kind: "invalid_agent_id", records: 1 }],
    });
    const after = await world.ask(question);
    expect(after?.rolled).toBeDefined();
    expect(after?.fellBack).toBeUndefined();
    expect(after?.answer).toEqual(after?.fromCalls);
    expect(await world.rollUp(NOW)).toMatchObject({ days_due: 0 });
  } finally {
    await world.end();
  }
});
