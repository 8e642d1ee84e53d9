const { API, TOKEN } = process.env;

const response = await fetch(`${API}/v1/billing/snapshots/2026-04`, {
  headers: { authorization: `Bearer ${TOKEN}` },
});
if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);

const { data, revision, adjustments } = await response.json();
let seconds = 0;
for (const { total_voice_minutes } of data) seconds += Math.round(total_voice_minutes * 60);
let delta = 0;
for (const { seconds_delta } of adjustments) delta += seconds_delta;
console.log(`revision ${revision}: ${seconds} s, ${delta} s other than in the one before`);
