const { API, TOKEN } = process.env;

const response = await fetch(`${API}/v1/reports/minutes-by-day`, {
  method: "POST",
  headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
  body: JSON.stringify({ start_date: "2026-04-13", end_date: "2026-04-19" }),
});
if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);

const { data } = await response.json();
for (const { date, total_voice_minutes, call_count } of data) {
  console.log(date, total_voice_minutes, call_count);
}
