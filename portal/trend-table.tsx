import { useState } from "preact/hooks";
import type { Day } from "./days.ts";
import { count, dayText, minutes } from "./figures.ts";

interface TrendTableProps {
  readonly days: readonly Day[];
  readonly before: readonly Day[] | undefined;
  readonly title: string;
}

/** The chart's values as a table. */
export function TrendTable({ days, before, title }: TrendTableProps) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <details class="trend-table" onToggle={({ currentTarget }) => setIsOpen(currentTarget.open)}>
      <summary>Show as a table</summary>
      {isOpen && (
        <table role="table" class="grid inner">
          <caption class="hidden">Usage by day, {title}, in minutes</caption>
          <thead role="rowgroup">
            <tr role="row">
              <th role="columnheader" scope="col" class="name">
                Day (UTC)
              </th>
              <th role="columnheader" scope="col" class="minutes">
                Minutes
              </th>
              <th role="columnheader" scope="col" class="agents">
                Calls
              </th>
              <th role="columnheader" scope="col" class="previous">
                Before
              </th>
            </tr>
          </thead>
          <tbody role="rowgroup">
            {days.map(({ date, seconds, calls }, index) => {
              const then = before?.[index];
              return (
                <tr role="row" class="line" key={date}>
                  <th role="rowheader" scope="row" class="name">
                    {dayText(date)}
                  </th>
                  <td role="cell" class="minutes">
                    {minutes(seconds)}
                  </td>
                  <td role="cell" class="agents">
                    {count(calls)}
                  </td>
                  <td role="cell" class="previous">
                    {then === undefined ? "–" : minutes(then.seconds)}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </details>
  );
}
