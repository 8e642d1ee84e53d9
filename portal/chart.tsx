import { type Seconds, toSeconds } from "../lib/minutes.ts";
import { count, minutes, share } from "./figures.ts";
import { type Compared, type Table } from "./rows.ts";

/** So many bars; what is smaller is one more. */
const BARS = 8;

/** The largest organizations as bars, each with its previous period as a thin line below it. */
export function Chart({ table }: { readonly table: Table }) {
  const { total } = table;
  // The API's order is the largest first.
  const [largest, rest] = [table.rows.slice(0, BARS), table.rows.slice(BARS)];
  const bars: (Compared & { readonly name: string; readonly key: string })[] = largest
    .filter(({ seconds }) => seconds > 0)
    .map(({ organization, seconds, before }) => ({ name: organization.name, key: organization.key, seconds, before }));
  const others = { seconds: sum(rest.map(({ seconds }) => seconds)), before: restBefore(rest) };
  const widest = Math.max(1, others.seconds, ...bars.flatMap(({ seconds, before }) => [seconds, before ?? 0]), others.before ?? 0);
  if (bars.length < 2) return null;
  if (others.seconds > 0) bars.push({ ...others, name: `${count(rest.length)} others`, key: "others" });
  return (
    <figure class="chart">
      <figcaption>
        <h2>Largest organizations</h2>
        <span class="key quiet" aria-hidden="true">
          <i class="present" /> this period <i class="previous" /> before
        </span>
      </figcaption>
      <ol>
        {bars.map(({ key, name, seconds, before }) => (
          <li key={key} class={key === "others" ? "others" : ""}>
            <bdi class="clip" title={name}>
              {name}
            </bdi>
            <span class="bars" aria-hidden="true">
              <span class="present" style={{ width: `${(100 * seconds) / widest}%` }} />
              {before !== undefined && <span class="previous" style={{ width: `${(100 * before) / widest}%` }} />}
            </span>
            <span class="number">
              {minutes(seconds)} <span class="quiet">{share(seconds / total.seconds)}</span>
            </span>
          </li>
        ))}
      </ol>
    </figure>
  );
}

function restBefore(rows: readonly Compared[]): Seconds | undefined {
  const known = rows.map(({ before }) => before).filter((before) => before !== undefined);
  return known.length === 0 ? undefined : sum(known);
}

function sum(figures: readonly Seconds[]): Seconds {
  return toSeconds(figures.reduce((total, seconds) => total + seconds, 0));
}
