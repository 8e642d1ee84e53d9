const { API, TOKEN } = process.env;

const response = await fetch(`${API}/v1/billing/bills/1`, {
  headers: { authorization: `Bearer ${TOKEN}` },
});
if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);

const { number, totals } = await response.json();
console.log(`bill ${number}: ${totals.usage_seconds} s used, ${totals.adjustment_seconds} s adjusted`);
