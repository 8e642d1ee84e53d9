const { API, TOKEN } = process.env;

const response = await fetch(`${API}/v1/reports/minutes-by-organization`, {
  method: "POST",
  headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
  body: JSON.stringify({
    start_date: "2026-04-01",
    end_date: "2026-04-30",
    organization_ids: ["41d52398-79b9-4878-843d-7449a8eda453"],
  }),
});
if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);

const { data } = await response.json();
for (const { organization_name, agents } of data) {
  for (const { agent_name, voice_minutes } of agents) {
    console.log(organization_name, agent_name, voice_minutes);
  }
}
