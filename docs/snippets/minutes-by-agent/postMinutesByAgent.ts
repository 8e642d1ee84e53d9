const { API, TOKEN } = process.env;

const response = await fetch(`${API}/v1/reports/minutes-by-agent`, {
  method: "POST",
  headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
  body: JSON.stringify({
    start_date: "2026-04-01",
    end_date: "2026-04-30",
    agent_ids: ["81a11a10-ba07-461b-b1ab-6d97995fb357", "302a394e-327e-454d-bba9-2e3e6363604d"],
  }),
});
if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);

const { data } = await response.json();
for (const { agent_name, total_minutes, call_count } of data) {
  console.log(agent_name, total_minutes, call_count);
}
