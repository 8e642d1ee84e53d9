const { API, TOKEN } = process.env;
const query = new URLSearchParams({ start_date: "2026-04-01", end_date: "2026-04-30" });

const response = await fetch(`${API}/v1/reports/minutes-by-organization?${query}`, {
  headers: { authorization: `Bearer ${TOKEN}` },
});
if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);

const { data } = await response.json();
for (const organization of data) {
  const seconds = Math.round(organization.total_voice_minutes * 60);
  console.log(organization.organization_name, organization.total_voice_minutes, seconds);
}
