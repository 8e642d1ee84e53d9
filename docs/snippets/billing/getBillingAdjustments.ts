const { API, TOKEN } = process.env;

const response = await fetch(`${API}/v1/billing/snapshots/2026-04/adjustments`, {
  headers: { authorization: `Bearer ${TOKEN}` },
});
if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);

const { data, revision, totals } = await response.json();
let seconds = 0;
for (const { seconds_delta } of data) seconds += seconds_delta;
if (seconds !== totals.adjustment_seconds) throw new Error("lines are missing");
console.log(`revision ${revision}: adjusted by ${seconds} s`);
