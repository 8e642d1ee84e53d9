import { toSeconds } from "../lib/minutes.ts";
import { counted, minutes, share } from "./figures.ts";
import type { Compared, Table } from "./rows.ts";

/** The number of bars. All smaller organizations share one more line. */
const BARS = 8;

/** The largest organizations as bars, each with its previous period as a thin line below it. */
export function Chart({ table }: { readonly table: Table }) {
  const { total } = table;
  // The API's order is the largest first.
  const [largest, rest] = [table.rows.slice(0, BARS), table.rows.slice(BARS)];
  const bars: (Compared & { readonly name: string; readonly key: string })[] = largest
    .filter(({ seconds }) => seconds > 0)
    .map(({ organization, seconds, before }) => ({
      name: organization.name,
      key: organization.key,
      seconds,
      before,
    }));
  const others = toSeconds(rest.reduce((sum, { seconds }) => sum + seconds, 0));
  const widest = Math.max(1, ...bars.flatMap(({ seconds, before }) => [seconds, before ?? 0]));
  if (bars.length < 2) return null;
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
          <li key={key}>
            <bdi class="clip" title={name}>
              {name}
            </bdi>
            <span class="bars" aria-hidden="true">
              <span class="present" style={{ width: `${(100 * seconds) / widest}%` }} />
              {before !== undefined && (
                <span class="previous" style={{ width: `${(100 * before) / widest}%` }} />
              )}
            </span>
            <span class="number">
              {minutes(seconds)} <span class="quiet">{share(seconds / total.seconds)}</span>
            </span>
          </li>
        ))}
        {others > 0 && (
          // No bar: one for all others together would dwarf the rest.
          <li class="others quiet">
            <span>{counted(rest.filter(({ seconds }) => seconds > 0).length, "other")}</span>
            <span class="number">
              {minutes(others)} <span class="quiet">{share(others / total.seconds)}</span>
            </span>
          </li>
        )}
      </ol>
    </figure>
  );
}
