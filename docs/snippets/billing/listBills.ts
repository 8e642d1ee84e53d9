const { API, TOKEN } = process.env;

const response = await fetch(`${API}/v1/billing/bills`, {
  headers: { authorization: `Bearer ${TOKEN}` },
});
if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);

const { data, pending } = await response.json();
for (const { number, period, totals } of data) console.log(`bill ${number} ${period} ${totals.seconds} s`);
for (const { period, adjustment_seconds } of pending)
  console.log(`pending ${period} ${adjustment_seconds} s`);
