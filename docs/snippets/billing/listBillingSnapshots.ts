const { API, TOKEN } = process.env;

const response = await fetch(`${API}/v1/billing/snapshots`, {
  headers: { authorization: `Bearer ${TOKEN}` },
});
if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);

const { data } = await response.json();
for (const { period, revision, as_of } of data) console.log(period, revision, as_of);
