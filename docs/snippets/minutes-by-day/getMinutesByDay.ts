const { API, TOKEN } = process.env;
const query = new URLSearchParams({ start_date: "2026-04-13", end_date: "2026-04-19" });

const response = await fetch(`${API}/v1/reports/minutes-by-day?${query}`, {
  headers: { authorization: `Bearer ${TOKEN}` },
});
if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);

const { data } = await response.json();
for (const { date, total_voice_minutes, call_count } of data) {
  console.log(date, total_voice_minutes, call_count);
}
